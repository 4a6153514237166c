/**
 * Another virtual pool or virtual array for a volume that stays where it is: possible as long as what it is on, what it is given there
 * and how hosts reach it is what the new one asks for. Data is never moved.
 */
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { serviceProblem, wantedService } from '../observe/compare.ts';
import { matchMisses } from '../placement/matching.ts';
import { candidateOf } from './candidates.ts';
import type { Draft } from './draft.ts';
import { nameOf } from './holds.ts';
import { volumeIndex } from './observed-volume.ts';

type Place = Pick<RecordedSpec<'volume'>, 'virtualPool' | 'virtualArray'>;

/** Undefined = it can be. In words that go on after "it can't be moved: ". */
export function moveProblem(draft: Draft, volume: ResourceRecord<'volume'>, to: Place): string | undefined {
  const virtualPool = draft.get<'virtualPool'>(to.virtualPool);
  const device = volume.status.device;
  const system = device && draft.get<'storageSystem'>(device.system);
  const pool = device?.pool && draft.get<'pool'>(device.pool);
  if (!virtualPool) return 'the virtual pool is not known';
  if (!system || !pool) return 'it is on no storage system';
  const arrays = draft.membersOf(to.virtualPool, 'virtualArrays');
  if (!arrays.includes(to.virtualArray)) {
    return `virtual pool ${virtualPool.name} is not in virtual array ${nameOf(draft, to.virtualArray)}`;
  }
  if (!draft.systemsOf(to.virtualArray).includes(system.urn)) {
    return `its storage system ${system.name} is not in virtual array ${nameOf(draft, to.virtualArray)}, and data is not moved`;
  }
  return (
    misfit(draft, { virtualPool, virtualArray: to.virtualArray, system, pool }) ??
    otherService(draft, volume, virtualPool, system) ??
    groupProblem(draft, volume, virtualPool) ??
    reachProblem(draft, volume, virtualPool, to.virtualArray)
  );
}

interface Fit {
  readonly virtualPool: ResourceRecord<'virtualPool'>;
  readonly virtualArray: Urn;
  readonly system: ResourceRecord<'storageSystem'>;
  readonly pool: ResourceRecord<'pool'>;
}

/** What room there is doesn't matter: it has its own. */
function misfit(draft: Draft, { virtualPool, virtualArray, system, pool }: Fit): string | undefined {
  const candidate = candidateOf(draft, system, pool, [virtualArray]);
  if (!candidate) return `nothing is known of its pool ${pool.name}`;
  const { attributes, ports, portsWithin } = candidate;
  const facts = { pool, system, virtualArrays: [virtualArray], attributes };
  const reached = { ...(ports ? { ports } : {}), ...(portsWithin ? { portsWithin } : {}) };
  const [miss] = matchMisses({ record: virtualPool, virtualArrays: [virtualArray] }, { ...facts, ...reached });
  return (
    miss && `its pool ${pool.name} has ${miss.fact} ${miss.had}, virtual pool ${virtualPool.name} wants ${miss.needed}`
  );
}

function otherService(
  draft: Draft,
  volume: ResourceRecord<'volume'>,
  virtualPool: ResourceRecord<'virtualPool'>,
  system: ResourceRecord<'storageSystem'>,
): string | undefined {
  const observed = volumeIndex(draft, system).get(volume.status.device?.nativeId ?? '');
  if (!observed) return `it is not seen on ${system.name}`;
  const wanted = virtualPool.spec.provisioning;
  if (observed.provisioning !== wanted)
    return `it is ${observed.provisioning}, volumes of virtual pool ${virtualPool.name} are ${wanted}`;
  const other = serviceProblem(wantedService(virtualPool.spec), observed);
  return other && `virtual pool ${virtualPool.name} gives volumes something else: ${other}`;
}

function groupProblem(
  draft: Draft,
  { spec }: ResourceRecord<'volume'>,
  virtualPool: ResourceRecord<'virtualPool'>,
): string | undefined {
  if (spec.consistencyGroup === undefined || virtualPool.spec.multiVolumeConsistency) return undefined;
  return `it is in consistency group ${nameOf(draft, spec.consistencyGroup)}, and virtual pool ${virtualPool.name} has no \`multiVolumeConsistency\``;
}

/** Hosts that see it go on to, through the protocols and networks of the new one. */
function reachProblem(
  draft: Draft,
  volume: ResourceRecord<'volume'>,
  virtualPool: ResourceRecord<'virtualPool'>,
  virtualArray: Urn,
): string | undefined {
  const networks = new Set(draft.membersOf(virtualArray, 'networks'));
  for (const { record } of draft.input.view.inScope('lunMap', uuidOf(volume.urn))) {
    const mask = isLive(record) ? draft.get<'exportMask'>(record.spec.mask) : undefined;
    if (!mask) continue;
    const host = nameOf(draft, mask.spec.host);
    const protocol = mask.spec.transport === 'fc' ? 'fc' : 'iscsi';
    if (!virtualPool.spec.protocols.includes(protocol))
      return `host ${host} sees it over ${protocol}, which virtual pool ${virtualPool.name} is not for`;
    const own = draft.childrenOf('initiator', mask.spec.host).filter(({ spec }) => spec.protocol === protocol);
    const outside = own.find(({ spec }) => !networks.has(spec.network));
    if (outside)
      return `host ${host} sees it through network ${nameOf(draft, outside.spec.network)}, which is not in virtual array ${nameOf(draft, virtualArray)}`;
  }
  return undefined;
}
