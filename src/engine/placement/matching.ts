/**
 * Matching: which pools a virtual pool may use at all, whatever they hold now (CoprHD's virtual pool matchers). The same
 * filters refuse a pool in placement. Pure; nothing is kept, because a pool is matched by its own facts and one virtual
 * pool alone: what changes is matched again, and nothing else.
 */
import type { ResourceRecord } from '../model/record.ts';
import { NO_AMOUNTS } from '../model/recorded-view.ts';
import type { PoolAttributes } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import { type Miss, NOTHING_PLACED } from './filter.ts';
import { MATCHERS } from './policy.ts';
import type { Candidate, RoleRequest } from './request.ts';

export interface PoolToMatch extends Pick<Candidate, 'ports' | 'portsWithin'> {
  readonly pool: ResourceRecord<'pool'>;
  readonly system: ResourceRecord<'storageSystem'>;
  /** Of its system. */
  readonly virtualArrays: readonly Urn[];
  readonly attributes: PoolAttributes;
}

export interface VirtualPoolToMatch {
  readonly record: ResourceRecord<'virtualPool'>;
  readonly virtualArrays: readonly Urn[];
}

/** Why the virtual pool may not use it, in the order of the matchers; empty = it may. */
export function matchMisses(
  virtualPool: VirtualPoolToMatch,
  pool: PoolToMatch,
): readonly (Miss & { filter: string })[] {
  const role = roleOf(virtualPool, pool);
  if (!role) {
    const [needed, had] = ['a virtual array', `${virtualPool.record.name} is in none`];
    return [{ filter: 'virtual-array', fact: 'virtual array', needed, had, shortfall: 1 }];
  }
  const candidate: Candidate = {
    pool: pool.pool.urn,
    poolNativeId: pool.pool.spec.nativeId,
    system: pool.system.urn,
    systemName: pool.system.name,
    systemType: pool.system.spec.driver,
    manageable: true,
    virtualArrays: pool.virtualArrays,
    attributes: pool.attributes,
    promised: NO_AMOUNTS,
    ...abilitiesOf(pool.attributes),
    ...(pool.ports === undefined ? {} : { ports: pool.ports }),
    ...(pool.portsWithin === undefined ? {} : { portsWithin: pool.portsWithin }),
  };
  const input = { role, candidate, promised: NO_AMOUNTS, placed: NOTHING_PLACED };
  return MATCHERS.flatMap(({ name, check }) => {
    const miss = check(input);
    return miss ? [{ filter: name, ...miss }] : [];
  });
}

/** What the pool's storage system can do, as it was told with the pool. */
export function abilitiesOf({
  consistencyGroups,
  thinPreAllocation,
}: PoolAttributes): Pick<Candidate, 'consistencyGroups' | 'thinPreAllocation'> {
  return {
    ...(consistencyGroups === undefined ? {} : { consistencyGroups }),
    ...(thinPreAllocation === undefined ? {} : { thinPreAllocation }),
  };
}

/** A volume of the smallest size, in the virtual array that the two share. */
function roleOf({ record, virtualArrays }: VirtualPoolToMatch, pool: PoolToMatch): RoleRequest | undefined {
  const virtualArray = virtualArrays.find((urn) => pool.virtualArrays.includes(urn)) ?? virtualArrays[0];
  if (virtualArray === undefined) return undefined;
  const sizeBytes = Math.min(pool.attributes.volumeBytesMax, Math.max(1, pool.attributes.volumeBytesMin));
  return { role: 'source', sizeBytes, virtualArray, ...demandOf(record) };
}

/** What a virtual pool asks of every pool that it uses. */
export function demandOf({
  urn,
  spec,
}: ResourceRecord<'virtualPool'>): Omit<RoleRequest, 'role' | 'sizeBytes' | 'virtualArray'> {
  const { protocols, provisioning, driveType, raidLevels, systemTypes, limits } = spec;
  const { thinPreAllocation, multiVolumeConsistency, allocation, paths } = spec;
  const { compression, deduplication, longTermRetention, autoTieringPolicy, hostIoLimits } = spec;
  return {
    virtualPool: urn,
    ...{ protocols, provisioning, limits },
    ...(driveType === undefined ? {} : { driveType }),
    ...(raidLevels === undefined ? {} : { raidLevels }),
    ...(systemTypes === undefined ? {} : { systemTypes }),
    ...(thinPreAllocation === undefined ? {} : { thinPreAllocation }),
    ...(multiVolumeConsistency === undefined ? {} : { multiVolumeConsistency }),
    ...(allocation === undefined ? {} : { allocation }),
    ...(compression === undefined ? {} : { compression }),
    ...(deduplication === undefined ? {} : { deduplication }),
    ...(longTermRetention === undefined ? {} : { longTermRetention }),
    ...(autoTieringPolicy === undefined ? {} : { tieringPolicy: autoTieringPolicy }),
    ...(hostIoLimits === undefined ? {} : { ioLimits: hostIoLimits }),
    ...(spec.pools === undefined ? {} : { assignedPools: spec.pools }),
    // No host may have fewer; up to the most is taken where there are more.
    pathsMin: paths.min,
  };
}
