/**
 * How much a pool is needed by the virtual pools that may use it. Whoever may use few bytes needs each pool of them more:
 * it counts as often as these go into the bytes of the virtual pool that may use most. Sizes, not what is free: the answer
 * doesn't change while a plan is made.
 */

export interface NeededPool {
  readonly totalBytes: number;
  /** Virtual pools that may use it, by any name that tells them apart. */
  readonly users: readonly string[];
}

/** One figure a pool, in their order; at least the number of its users. Cost: pools times users. */
export function needOfPools(pools: readonly NeededPool[]): number[] {
  const bytesOf = new Map<string, number>();
  for (const { totalBytes, users } of pools) {
    for (const user of users) bytesOf.set(user, (bytesOf.get(user) ?? 0) + totalBytes);
  }
  let mostBytes = 0;
  for (const bytes of bytesOf.values()) mostBytes = Math.max(mostBytes, bytes);
  const timesOf = (user: string): number => (mostBytes > 0 ? mostBytes / bytesOf.get(user)! : 1);
  return pools.map(({ totalBytes, users }) =>
    totalBytes > 0 ? users.reduce((sum, user) => sum + timesOf(user), 0) : users.length,
  );
}
