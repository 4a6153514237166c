/** What placement may choose from, and what it is asked: recorded and observed facts of pools and virtual pools as its data. */

import { withinArray } from '../model/connectivity.ts';
import { inScope } from '../model/mode.ts';
import type { ResourceRecord } from '../model/record.ts';
import { addAmounts, NO_AMOUNTS } from '../model/recorded-view.ts';
import { poolDeregisteredWhy } from '../model/registration.ts';
import type { PoolAttributes, PoolLimits, RecordedSpec } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import { systemBusyPercent } from '../observe/metrics.ts';
import { usedBytes } from '../placement/amounts.ts';
import { abilitiesOf, demandOf, matchMisses } from '../placement/matching.ts';
import { needOfPools } from '../placement/need.ts';
import type { Candidate, PlacementRequest, RoleRequest } from '../placement/request.ts';
import { accountLedger } from '../tenancy/quotas.ts';
import { seenBy } from './affinity.ts';
import { attributesOf, poolLimitsOf, reservedIn } from './capacity.ts';
import type { Draft } from './draft.ts';
import { notManageable } from './holds.ts';
import { byName } from './members.ts';

/** What one volume asks for; undefined when its virtual pool isn't known. `volume`: the exports of the plan may show it. */
export function roleRequest(draft: Draft, spec: RecordedSpec<'volume'>, volume?: Urn): RoleRequest | undefined {
  const virtualPool = draft.get<'virtualPool'>(spec.virtualPool);
  if (!virtualPool) return undefined;
  const seen = volume && seenBy(draft, volume, spec.virtualArray);
  return {
    role: 'source',
    sizeBytes: spec.sizeBytes,
    virtualArray: spec.virtualArray,
    ...demandOf(virtualPool),
    project: spec.project,
    ...(seen ? { hosts: seen.hosts } : {}),
    ...(seen && virtualPool.spec.arrayAffinity ? { affinity: seen.servedBy } : {}),
    ...(spec.placement?.require ? { require: spec.placement.require } : {}),
    ...(spec.placement?.avoid ? { avoid: spec.placement.avoid } : {}),
  };
}

/** Every pool of every system in the virtual arrays that were asked for, once. */
export function candidatesFor(draft: Draft, request: PlacementRequest): Candidate[] {
  const arraysBySystem = new Map<Urn, Set<Urn>>();
  for (const virtualArray of new Set(request.units.flatMap((unit) => unit.roles.map((role) => role.virtualArray)))) {
    for (const system of byName(draft, draft.systemsOf(virtualArray))) {
      const arrays = arraysBySystem.get(system) ?? new Set();
      arraysBySystem.set(system, arrays.add(virtualArray));
    }
  }
  const users = virtualPoolsOf(draft, [...new Set([...arraysBySystem.values()].flatMap((arrays) => [...arrays]))]);
  const projects = new Set(request.units.flatMap(({ roles }) => roles.flatMap(({ project }) => project ?? [])));
  const found: { readonly candidate: Candidate; readonly users: readonly Urn[] }[] = [];
  for (const [systemUrn, arrays] of arraysBySystem) {
    const system = draft.get<'storageSystem'>(systemUrn);
    if (!system) continue;
    const ofProjects = projectFacts(draft, systemUrn, [...projects]);
    for (const pool of draft.childrenOf('pool', systemUrn)) {
      const candidate = candidateOf(draft, system, pool, [...arrays]);
      if (!candidate) continue;
      found.push({ candidate: { ...candidate, ...ofProjects }, users: users(system, pool, candidate) });
    }
  }
  const needs = needOfPools(
    found.map(({ candidate, users }) => ({ totalBytes: candidate.attributes.totalBytes, users })),
  );
  return found.map(({ candidate, users }, index) => ({
    ...candidate,
    virtualPools: users.length,
    virtualPoolNeed: needs[index]!,
  }));
}

/** Of projects that say how many of their volumes may be on one storage system: how many are, and may be besides. */
function projectFacts(
  draft: Draft,
  system: Urn,
  projects: readonly Urn[],
): Pick<Candidate, 'projectVolumes' | 'projectVolumesLeft'> {
  const counted = projects.flatMap((project) => {
    const max = draft.get<'project'>(project)?.spec.volumesPerSystem;
    return max === undefined ? [] : [{ project, max, there: volumesIn(draft, accountLedger({ of: project, system })) }];
  });
  if (counted.length === 0) return {};
  return {
    projectVolumes: Object.fromEntries(counted.map(({ project, there }) => [project, there])),
    projectVolumesLeft: Object.fromEntries(counted.map(({ project, max, there }) => [project, max - there])),
  };
}

/** The virtual pools of these virtual arrays that may use a pool. Pools that look the same are asked about once. */
function virtualPoolsOf(draft: Draft, virtualArrays: readonly Urn[]) {
  const virtualPools = draft
    .all('virtualPool')
    .map((record) => ({ record, virtualArrays: draft.membersOf(record.urn, 'virtualArrays') }))
    .filter((each) => each.virtualArrays.some((array) => virtualArrays.includes(array)));
  const asked = new Map<string, readonly Urn[]>();
  return (
    system: ResourceRecord<'storageSystem'>,
    pool: ResourceRecord<'pool'>,
    { attributes, virtualArrays: arrays, ports, portsWithin }: Candidate,
  ): readonly Urn[] => {
    const { provisioning, protocols, driveType, raidLevels, usable } = attributes;
    const key = JSON.stringify([
      ...[system.spec.driver, arrays, ports, portsWithin, abilitiesOf(attributes)],
      ...[provisioning, protocols, driveType, raidLevels, usable],
    ]);
    const known = asked.get(key);
    if (known !== undefined) return known;
    const toMatch = {
      ...{ pool, system, virtualArrays: arrays, attributes },
      ...(ports ? { ports } : {}),
      ...(portsWithin ? { portsWithin } : {}),
    };
    const using = virtualPools.filter((virtualPool) => matchMisses(virtualPool, toMatch).length === 0);
    const urns = using.map(({ record }) => record.urn);
    asked.set(key, urns);
    return urns;
  };
}

/** Undefined when nothing is known of the pool yet. */
export function candidateOf(
  draft: Draft,
  system: ResourceRecord<'storageSystem'>,
  pool: ResourceRecord<'pool'>,
  virtualArrays: readonly Urn[],
): Candidate | undefined {
  const attributes = attributesOf(draft, pool);
  if (!attributes) return undefined;
  const why = notManageableWhy(draft, system, pool);
  const promised = promisedBeyond(draft, pool.urn, attributes);
  const limits = poolLimitsOf(system, pool);
  const systemFacts = factsOfSystem(draft, system, virtualArrays);
  return {
    pool: pool.urn,
    poolNativeId: pool.spec.nativeId,
    system: system.urn,
    systemName: system.name,
    systemType: system.spec.driver,
    manageable: why === undefined,
    ...(why === undefined ? {} : { notManageableWhy: why }),
    virtualArrays,
    attributes,
    promised,
    ...(limits ? { limits: fractionsOf(limits) } : {}),
    ...(limits?.volumes === undefined ? {} : { volumesLeft: limits.volumes - volumesIn(draft, pool.urn) }),
    ...abilitiesOf(attributes),
    ...systemFacts,
  };
}

export const fractionsOf = ({ utilisation, subscription }: PoolLimits): NonNullable<Candidate['limits']> => ({
  ...(utilisation === undefined ? {} : { utilisation }),
  ...(subscription === undefined ? {} : { subscription }),
});

type SystemFacts = Pick<Candidate, 'systemVolumesLeft' | 'portBusyPercent' | 'ports' | 'portsWithin'>;

const factsBySystem = new WeakMap<Draft, Map<string, SystemFacts>>();

/** The same for all pools of a system. */
function factsOfSystem(
  draft: Draft,
  system: ResourceRecord<'storageSystem'>,
  virtualArrays: readonly Urn[],
): SystemFacts {
  const known = factsBySystem.get(draft) ?? new Map<string, SystemFacts>();
  factsBySystem.set(draft, known);
  const key = [system.urn, ...virtualArrays].join(' ');
  const found = known.get(key);
  if (found) return found;
  const observation = draft.observation(system)?.observation;
  const volumesMax = system.spec.limits?.volumes;
  const portBusyPercent = systemBusyPercent(draft.input.view.systemMetrics(system.urn), draft.input.nowMs);
  const facts: SystemFacts = {
    ...(portBusyPercent === undefined ? {} : { portBusyPercent }),
    ...(volumesMax === undefined ? {} : { systemVolumesLeft: volumesMax - volumesIn(draft, system.urn) }),
    ...(observation && observation.trust.level !== 'unreachable'
      ? portFacts(registeredPorts(draft, system, observation.ports), virtualArrays, reachIn(draft))
      : {}),
  };
  known.set(key, facts);
  return facts;
}

/** What is deregistered is in no new mask: it is no path. */
function registeredPorts<P extends { readonly nativeId: string }>(
  draft: Draft,
  system: ResourceRecord<'storageSystem'>,
  ports: readonly P[],
): P[] {
  const records = draft.childrenOf('port', system.urn);
  const deregistered = new Set(records.filter(({ spec }) => spec.deregistered).map(({ spec }) => spec.nativeId));
  return ports.filter(({ nativeId }) => !deregistered.has(nativeId));
}

const PROTOCOL_OF = { ip: 'iscsi', fc: 'fc' } as const;

type PortSeen = Parameters<typeof portsOf>[0][number] & { readonly address: string };

/** Of a storage system, and of what hosts of its virtual arrays reach where that is less. */
export function portFacts(
  ports: readonly PortSeen[],
  virtualArrays: readonly Urn[],
  reachOf: (virtualArray: Urn) => (port: PortSeen) => boolean,
): Required<Pick<Candidate, 'ports'>> & Pick<Candidate, 'portsWithin'> {
  const within = virtualArrays.flatMap((urn) => {
    const reached = ports.filter(reachOf(urn));
    return reached.length === ports.length ? [] : [[urn, portsOf(reached, ports)] as const];
  });
  return { ports: portsOf(ports), ...(within.length > 0 ? { portsWithin: Object.fromEntries(within) } : {}) };
}

const reaches = new WeakMap<Draft, Map<Urn, ReturnType<typeof withinArray>>>();

/** After this plan. */
function reachIn(draft: Draft): Parameters<typeof portFacts>[2] {
  const known = reaches.get(draft) ?? new Map();
  reaches.set(draft, known);
  return (virtualArray) => {
    const found = known.get(virtualArray) ?? withinArray(draft, virtualArray);
    known.set(virtualArray, found);
    return found;
  };
}

/** Usable ports by protocol, and on how many HA domains they are, where the storage system tells any apart. */
export function portsOf(
  ports: readonly { readonly transport: 'ip' | 'fc'; readonly status: 'up' | 'down'; readonly haDomain: string }[],
  all: readonly { readonly haDomain: string }[] = ports,
): NonNullable<Candidate['ports']> {
  const tellsDomains = new Set(all.map(({ haDomain }) => haDomain)).size > 1;
  const found: Record<string, { usable: number; domains: Set<string> }> = {};
  for (const { transport, status, haDomain } of ports) {
    const entry = (found[PROTOCOL_OF[transport]] ??= { usable: 0, domains: new Set() });
    if (status !== 'up') continue;
    entry.usable++;
    entry.domains.add(haDomain);
  }
  return Object.fromEntries(
    Object.entries(found).map(([protocol, { usable, domains }]) => [
      protocol,
      { usable, ...(tellsDomains ? { haDomains: domains.size } : {}) },
    ]),
  );
}

/** Ours, recorded and promised; of a system that is where it has a limit, and so an account. */
function volumesIn(draft: Draft, urn: Urn): number {
  const committed = draft.input.view.ledger(urn)?.committed.volumes ?? 0;
  return committed + reservedIn(draft, urn).volumes + draft.promisedIn(urn).volumes;
}

/**
 * Promised and not on the device yet: also what the ledger has for snapshots that have not grown, as it counts at the commit. What is
 * adopted is there already.
 */
function promisedBeyond(draft: Draft, pool: Urn, seen: PoolAttributes) {
  const adopted = draft.adopted.get(pool) ?? NO_AMOUNTS;
  const committed = draft.input.view.ledger(pool)?.committed ?? NO_AMOUNTS;
  const unseen = {
    allocatedBytes: Math.max(0, committed.allocatedBytes - usedBytes(seen)),
    subscribedBytes: Math.max(0, committed.subscribedBytes - seen.subscribedBytes),
    volumes: 0,
  };
  return [draft.promisedIn(pool), unseen].reduce(
    (sum, amounts) => addAmounts(sum, amounts),
    addAmounts(reservedIn(draft, pool), adopted, -1),
  );
}

function notManageableWhy(
  draft: Draft,
  system: ResourceRecord<'storageSystem'>,
  pool: ResourceRecord<'pool'>,
): string | undefined {
  const trust = draft.observation(system)?.observation.trust;
  if (trust && trust.level !== 'whole') return `${system.name} is ${trust.level}: ${trust.why}`;
  const held = notManageable(draft, system);
  if (held) return held.summary;
  if (!inScope(system, pool.spec.nativeId)) return `pool ${pool.name} is outside the scope of ${system.name}`;
  return poolDeregisteredWhy(system, pool);
}
