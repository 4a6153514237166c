/** "Did you mean": the nearest of the allowed names, if any is near enough to be helpful. */
import { closest, distance } from 'fastest-levenshtein';

export function nearest(name: string, allowed: readonly string[]): string | undefined {
  if (allowed.length === 0) return undefined;
  const fold = (s: string) => s.toLowerCase();
  const best = closest(fold(name), allowed.map(fold));
  const original = allowed.find((candidate) => fold(candidate) === best);
  const limit = Math.max(2, Math.floor(name.length / 3));
  return original !== undefined && distance(fold(name), best) <= limit ? original : undefined;
}
