/** Whether the pool in which a volume is would be one that its virtual pool could have chosen: else it is in the wrong one. */

import { NO_AMOUNTS, type RecordedView } from '../model/recorded-view.ts';
import { ZONE } from '../model/unique-names.ts';
import { serviceProblem, wantedService } from '../observe/compare.ts';
import { NOTHING_PLACED } from '../placement/filter.ts';
import { driveTypeFilter } from '../placement/filters/drive-type.ts';
import { ioLimitsFilter } from '../placement/filters/io-limits.ts';
import { protocolsFilter } from '../placement/filters/protocols.ts';
import { raidLevelFilter } from '../placement/filters/raid-level.ts';
import { systemTypeFilter } from '../placement/filters/system-type.ts';
import { tieringPolicyFilter } from '../placement/filters/tiering-policy.ts';
import { candidateOf, roleRequest } from '../planner/candidates.ts';
import { Draft } from '../planner/draft.ts';
import type { ImportLook, Wanted } from './import-look.ts';

/** The planner looks at the volume's own provisioning and size; these belong to its pool. */
const OF_THE_POOL = [
  systemTypeFilter,
  protocolsFilter,
  raidLevelFilter,
  driveTypeFilter,
  tieringPolicyFilter,
  ioLimitsFilter,
];

export function unfit(
  { base, system, observation }: ImportLook,
  view: RecordedView,
  input: { readonly project: string; readonly virtualPool: string; readonly virtualArray: string },
  wanted: readonly Wanted[],
): ReadonlyMap<string, { readonly why: string; readonly fix: string }> {
  const unfitting = new Map<string, { why: string; fix: string }>();
  const [project, virtualPool, virtualArray] = (['project', 'virtualPool', 'virtualArray'] as const).map(
    (kind) => view.byName(kind, ZONE, input[kind])?.record.urn,
  );
  if (!project || !virtualPool || !virtualArray) return unfitting;
  const draft = new Draft({ ...base, view });
  const pools = new Map(draft.childrenOf('pool', system.urn).map((pool) => [pool.spec.nativeId, pool]));
  for (const { name, volume } of wanted) {
    const pool = pools.get(volume.pool);
    const candidate = pool && candidateOf(draft, system, pool, [virtualArray]);
    const spec = { project, sizeBytes: volume.sizeBytes, virtualPool, virtualArray };
    const role = roleRequest(draft, spec);
    if (!candidate || !role) continue;
    const looked = { role, candidate, promised: NO_AMOUNTS, placed: NOTHING_PLACED };
    const [miss] = OF_THE_POOL.flatMap(({ check }) => check(looked) ?? []);
    const asked = draft.get<'virtualPool'>(virtualPool)?.spec;
    const service = asked && serviceProblem(wantedService(asked), volume);
    if (!miss && service !== undefined) {
      const why = `virtual pool ${input.virtualPool} gives volumes something else: ${service}`;
      unfitting.set(name, { why, fix: 'choose a virtual pool that fits, or change it on the storage system' });
    }
    if (!miss) continue;
    const shown = observation.pools.find(({ nativeId }) => nativeId === volume.pool)?.name ?? volume.pool;
    unfitting.set(name, {
      why: `it is in the wrong pool: virtual pool ${input.virtualPool} wants ${miss.fact} ${miss.needed}, ${shown} has ${miss.had}`,
      fix: 'choose a virtual pool that fits',
    });
  }
  return unfitting;
}
