/**
 * Observed objects by their native id: one index for a list, however many are looked up in it. Lists of an observation
 * never change, so that the list itself is the key. The planner and observe/ rely on it.
 */
type Identified = { readonly nativeId: string };

const indexes = new WeakMap<readonly Identified[], ReadonlyMap<string, Identified>>();

export function nativeIndex<T extends Identified>(items: readonly T[]): ReadonlyMap<string, T> {
  const known = indexes.get(items) as ReadonlyMap<string, T> | undefined;
  if (known) return known;
  const index = new Map(items.map((item) => [item.nativeId, item]));
  indexes.set(items, index);
  return index;
}
