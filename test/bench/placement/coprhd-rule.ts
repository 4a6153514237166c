/**
 * CoprHD's published rule for placing volumes (StorageScheduler), as a baseline. The numbers are those of its steps:
 *
 *   4, 5  Which pools will do is asked of the same filters as ours: same utilisation, subscription, limits of
 *         the pool's own and numbers of volumes.
 *   6     The pools that will do are sorted: (a) ascending average port metric of their storage system, (b) descending
 *         free capacity, (c) ascending subscribed to total.
 *   7     As few pools as can be: all N volumes into the first pool that takes N; if none does, N-1, and so on; after a
 *         pool has taken k, on with min(k, remaining) and without that pool. All or nothing. For a consistency group the
 *         pools are grouped by array first, and all volumes are on one of them, or on the one that has the group.
 *
 * What the rule leaves open is taken in its favour or literally: free capacity is physical, less what thick volumes of
 * earlier requests reserve; a system without a port metric counts as idle; arrays are tried in the order of their first
 * pool; what is equal goes by name.
 */
import type { Urn } from '../../../src/engine/model/urn.ts';
import { NOTHING_PLACED, type PlacementPolicy } from '../../../src/engine/placement/filter.ts';
import { DEFAULT_POLICY } from '../../../src/engine/placement/policy.ts';
import type { Candidate, RoleRequest } from '../../../src/engine/placement/request.ts';
import { filledWith, type StreamRequest } from './instance.ts';

/** The pool of each volume; undefined = the request is refused. */
export function coprhdRule(
  request: StreamRequest,
  candidates: readonly Candidate[],
  groupSystem?: Urn,
  policy: PlacementPolicy = DEFAULT_POLICY,
): readonly Urn[] | undefined {
  const { volume, count, group } = request;
  const matching = candidates
    .filter(({ system }) => groupSystem === undefined || system === groupSystem)
    .filter((candidate) => takes(policy, candidate, volume, 1))
    .sort(byStepSix);
  if (group === undefined) return select(policy, matching, volume, count);
  for (const system of new Set(matching.map((candidate) => candidate.system))) {
    const ofSystem = matching.filter((candidate) => candidate.system === system);
    const chosen = select(policy, ofSystem, volume, count);
    if (chosen) return chosen;
  }
  return undefined;
}

function byStepSix(a: Candidate, b: Candidate): number {
  return (
    (a.portBusyPercent ?? 0) - (b.portBusyPercent ?? 0) ||
    freeBytes(b) - freeBytes(a) ||
    subscribedShare(a) - subscribedShare(b) ||
    compareText(a.systemName, b.systemName) ||
    compareText(a.attributes.name, b.attributes.name)
  );
}

/** Step 7. `sorted` are the pools that take one volume at least. */
function select(
  policy: PlacementPolicy,
  sorted: readonly Candidate[],
  volume: RoleRequest,
  count: number,
): readonly Urn[] | undefined {
  const chosen: Urn[] = [];
  let pools = sorted;
  let together = count;
  while (chosen.length < count) {
    const pool = pools.find((candidate) => takes(policy, candidate, volume, together));
    if (pool === undefined) {
      if (--together === 0) return undefined;
      continue;
    }
    for (let n = 0; n < together; n++) chosen.push(pool.pool);
    pools = pools.filter((other) => other !== pool);
    together = Math.min(together, count - chosen.length);
  }
  return chosen;
}

/** Steps 4 and 5 for so many volumes at once. */
function takes(policy: PlacementPolicy, candidate: Candidate, volume: RoleRequest, count: number): boolean {
  let filled = candidate;
  for (let n = 0; n < count; n++) {
    const input = { role: volume, candidate: filled, promised: filled.promised, placed: NOTHING_PLACED };
    if (policy.filters.some((filter) => filter.check(input))) return false;
    filled = filledWith(filled, volume);
  }
  return true;
}

const freeBytes = ({ attributes, promised }: Candidate) => attributes.freeBytes - promised.allocatedBytes;

const subscribedShare = ({ attributes, promised }: Candidate) =>
  (attributes.subscribedBytes + promised.subscribedBytes) / attributes.totalBytes;

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
