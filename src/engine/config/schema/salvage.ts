/**
 * What is left of a value when all that was complained about is taken out of it, so that the rest can still be checked
 * against other resources. It never leads to a plan: there was a complaint.
 */
import type { z } from 'zod';
import type { Path } from '../complaints.ts';

export interface Salvaged {
  readonly value: unknown;
  /** Of a list that lost entries: the index at which each of the rest is written. */
  readonly origin?: readonly number[];
}

/** Each round takes out what the schema complains about; a list may complain about its entries, then about the whole. */
const ROUNDS_MAX = 8;

/** Undefined when nothing can be used. `unclear`: places of which it isn't known what they stand for. */
export function salvage(schema: z.ZodType, written: unknown, unclear: readonly Path[]): Salvaged | undefined {
  if (written === undefined) return parsed(schema, undefined);
  const value = structuredClone(written);
  const origin = Array.isArray(value) ? value.map((_, index) => index) : undefined;
  let lost: readonly Path[] = unclear;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    if (lost.length > 0 && !removeAll(value, lost, origin)) break;
    const result = schema.safeParse(value);
    if (result.success) {
      const kept = origin !== undefined && origin.length < (written as unknown[]).length ? origin : undefined;
      return kept === undefined ? { value: result.data } : placedAs(result.data, kept);
    }
    lost = issuePaths(result.error.issues);
  }
  return parsed(schema, undefined);
}

function parsed(schema: z.ZodType, value: unknown): Salvaged | undefined {
  const result = schema.safeParse(value);
  return result.success ? { value: result.data } : undefined;
}

/** Entries that know where they stand are told the right place. */
function placedAs(value: unknown, origin: readonly number[]): Salvaged {
  const list = value as readonly unknown[];
  const isPlaced = (entry: unknown): entry is { from: number } =>
    typeof entry === 'object' && entry !== null && 'from' in entry && typeof entry.from === 'number';
  if (!list.some(isPlaced)) return { value, origin };
  return { value: list.map((entry) => (isPlaced(entry) ? { ...entry, from: origin[entry.from]! } : entry)) };
}

/** Where things are wrong, as deep as it is known. */
export function issuePaths(issues: readonly z.core.$ZodIssue[], root: Path = []): Path[] {
  return issues.flatMap((issue): Path[] => {
    const path = [...root, ...(issue.path as Path)];
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...path, key]);
    if (issue.code !== 'invalid_union') return [path];
    const fitting = issue.errors.find(
      (errors) => !errors.some((e) => e.code === 'invalid_type' && e.path.length === 0),
    );
    return fitting === undefined ? [path] : issuePaths(fitting, path);
  });
}

/** False when the whole is lost. */
function removeAll(value: unknown, paths: readonly Path[], origin: number[] | undefined): boolean {
  // What isn't there is missing from what holds it, which then can't be used.
  const existing = new Map(
    paths.map((path) => nearestExisting(value, path)).map((path) => [JSON.stringify(path), path]),
  );
  if ([...existing.values()].some((path) => path.length === 0)) return false;
  // From the end, so that indices stay right.
  for (const path of [...existing.values()].sort((a, b) => -comparePaths(a, b))) {
    const parent = path
      .slice(0, -1)
      .reduce<unknown>((inner, part) => (inner as Record<string, unknown>)?.[part], value);
    const last = path.at(-1)!;
    if (Array.isArray(parent)) {
      parent.splice(Number(last), 1);
      if (path.length === 1) origin?.splice(Number(last), 1);
    } else if (parent !== null && typeof parent === 'object') delete (parent as Record<string, unknown>)[last];
  }
  return true;
}

function nearestExisting(value: unknown, path: Path): Path {
  let inner = value;
  for (const [depth, part] of path.entries()) {
    if (inner === null || typeof inner !== 'object') return path.slice(0, depth);
    if (!Object.hasOwn(inner, part)) return path.slice(0, depth);
    inner = (inner as Record<string | number, unknown>)[part];
  }
  return path;
}

function comparePaths(a: Path, b: Path): number {
  for (const [depth, part] of a.entries()) {
    const other = b[depth];
    if (other === undefined) return 1;
    if (part === other) continue;
    if (typeof part === 'number' && typeof other === 'number') return part - other;
    return String(part) < String(other) ? -1 : 1;
  }
  return a.length - b.length;
}
