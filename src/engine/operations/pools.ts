/** Operations that read what is recorded of pools: `pool list`, `pool fit`, `capacity`. They write nothing, nor look at devices. */
import { fail } from '../../lib/diagnostic.ts';
import { groupBy } from '../../lib/group-by.ts';
import { foldName } from '../model/address.ts';
import { amountsIn } from '../model/members.ts';
import { inScope } from '../model/mode.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { poolDeregisteredWhy } from '../model/registration.ts';
import type { Urn } from '../model/urn.ts';
import { discoveryStatus } from '../model/visibility.ts';
import { capacityLimits, tighterLimits, usedBytes } from '../placement/amounts.ts';
import { takenBytes } from '../placement/ledger.ts';
import type { VirtualPoolToMatch } from '../placement/matching.ts';
import { fractionsOf } from '../planner/candidates.ts';
import { poolLimitsOf, type Watermark } from '../planner/capacity.ts';
import { withView } from '../state/view.ts';
import { quotaAt, SHARES } from '../tenancy/quotas.ts';
import { findResource } from './addresses.ts';
import type { Call } from './engine.ts';
import { allPoolFacts, capacityOf, liveOf, matchOf, type PoolFacts, virtualPoolsToMatch } from './pool-facts.ts';
import type { CapacityRow, FittingPool, ListedPool, PoolMatch } from './pool-types.ts';
import type { InputOf, ResultOf } from './types.ts';
import { unrecordedVirtualPool, virtualPoolSaid } from './unrecorded-virtual-pool.ts';

export async function poolList({ engine }: Call, input: InputOf<'pool.list'>): Promise<ResultOf<'pool.list'>> {
  const { result } = await withView(engine.store, (view) => {
    const asked = input.system === undefined ? undefined : findResource(view, input.system, 'storageSystem');
    if (asked && 'problem' in asked) return asked;
    const virtualPools = virtualPoolsToMatch(view);
    return allPoolFacts(view)
      .filter(({ system }) => asked === undefined || system.urn === asked.recorded.record.urn)
      .map((facts) => listed(facts, virtualPools));
  });
  if (!Array.isArray(result)) return fail('error', result.problem);
  return { outcome: 'ok', diagnostics: [], pools: result };
}

function listed(facts: PoolFacts, virtualPools: readonly VirtualPoolToMatch[]): ListedPool {
  const { attributes, pool, system } = facts;
  const capacity = capacityOf(facts);
  const deregistered = system.spec.deregistered ?? pool.spec.deregistered;
  return {
    name: facts.name,
    system: system.name,
    urn: pool.urn,
    nativeId: pool.spec.nativeId,
    usable: attributes?.usable ?? false,
    ...(attributes?.unusableWhy === undefined ? {} : { unusableWhy: attributes.unusableWhy }),
    discoveryStatus: discoveryStatus(attributes ?? {}),
    ...(attributes?.notVisibleSinceMs === undefined ? {} : { notVisibleSinceMs: attributes.notVisibleSinceMs }),
    registrationStatus: poolDeregisteredWhy(system, pool) === undefined ? 'REGISTERED' : 'UNREGISTERED',
    ...(deregistered ? { deregistered } : {}),
    provisioning: attributes?.provisioning ?? [],
    protocols: attributes?.protocols ?? [],
    ...(attributes?.driveType === undefined ? {} : { driveType: attributes.driveType }),
    ...(attributes?.tiers === undefined ? {} : { tiers: attributes.tiers }),
    ...(attributes?.tieringPolicies === undefined
      ? {}
      : { tieringPolicies: attributes.tieringPolicies.map((policy) => policy.name) }),
    ...(attributes?.ioLimits === undefined ? {} : { ioLimits: attributes.ioLimits }),
    ...(capacity ? { capacity } : {}),
    ...(attributes ? { observedAtMs: attributes.observedAtMs } : {}),
    virtualArrays: facts.virtualArrays.map(({ name }) => name),
    virtualPools: virtualPools.filter((each) => usableFor(each, facts).fits).map(({ record }) => record.name),
  };
}

export async function poolFit(call: Call, input: InputOf<'pool.fit'>): Promise<ResultOf<'pool.fit'>> {
  const { virtualPool: name, fields } = input;
  const said = fields && virtualPoolSaid(name, fields);
  const { result } = await withView(call.engine.store, (view) => {
    const asked = said ? unrecordedVirtualPool(view, call, said) : recordedVirtualPool(view, name);
    if ('problem' in asked) return asked;
    const pools = allPoolFacts(view).map((facts) => fitting(asked, facts));
    return { name: asked.record.name, pools: [...pools].sort(byFit) };
  });
  if ('problem' in result) return fail('error', result.problem);
  return { outcome: 'ok', diagnostics: [], virtualPool: result.name, pools: result.pools };
}

function recordedVirtualPool(view: RecordedView, text: string) {
  const asked = findResource(view, text, 'virtualPool');
  if ('problem' in asked) return asked;
  const record = asked.recorded.record as ResourceRecord<'virtualPool'>;
  return { record, virtualArrays: view.members(record.urn, 'virtualArrays') };
}

function fitting(virtualPool: VirtualPoolToMatch, facts: PoolFacts): FittingPool {
  const match = usableFor(virtualPool, facts);
  const capacity = capacityOf(facts);
  if (!match.fits || !capacity) return match;
  return { ...match, roomBytes: roomIn(virtualPool.record, facts), watermark: capacity.watermark };
}

/** Matches, and isn't left out by the scope of its storage system: nothing could be made there. Without a scope all may come into it. */
export function usableFor(virtualPool: VirtualPoolToMatch, facts: PoolFacts): PoolMatch {
  const match = matchOf(virtualPool, facts);
  const { pool, system } = facts;
  if (system.spec.scope.pools === undefined || inScope(system, pool.spec.nativeId)) return match;
  const had = `${pool.name}, which is not`;
  const miss = { filter: 'managed', fact: 'scope', needed: `a pool in the scope of ${system.name}`, had };
  return { ...match, fits: false, misses: [miss, ...match.misses] };
}

/** Of the virtual pool and of the pool itself, the tighter ones. */
export function limitsIn({ spec }: ResourceRecord<'virtualPool'>, { pool, system }: PoolFacts, totalBytes: number) {
  const own = poolLimitsOf(system, pool);
  return capacityLimits(totalBytes, tighterLimits(spec.limits, own && fractionsOf(own)));
}

/** Logical bytes that the limits leave for more volumes. */
function roomIn(virtualPool: ResourceRecord<'virtualPool'>, facts: PoolFacts): number {
  const { attributes, ledger } = facts;
  if (!attributes) return 0;
  const { provisioning, thinPreAllocation = 0 } = virtualPool.spec;
  const limits = limitsIn(virtualPool, facts, attributes.totalBytes);
  const taken = takenBytes(ledger, {
    allocatedBytes: usedBytes(attributes),
    subscribedBytes: attributes.subscribedBytes,
  });
  const logical = limits.subscribedBytesMax - taken.subscribedBytes;
  const physical = limits.allocatedBytesMax - taken.allocatedBytes;
  const allocatedFraction = provisioning === 'thick' ? 1 : thinPreAllocation;
  return Math.max(0, Math.floor(allocatedFraction > 0 ? Math.min(logical, physical / allocatedFraction) : logical));
}

/** Fitting ones first, those with most room before the others; then those that miss least. */
function byFit(a: FittingPool, b: FittingPool): number {
  return (
    Number(b.fits) - Number(a.fits) || (b.roomBytes ?? 0) - (a.roomBytes ?? 0) || a.misses.length - b.misses.length
  );
}

export async function capacity({ engine }: Call): Promise<ResultOf<'capacity'>> {
  const { result } = await withView(engine.store, (view) => {
    const pools = allPoolFacts(view);
    const volumes = liveOf(view, 'volume');
    const inPool = groupBy(volumes, ({ status }) => status.device?.pool);
    const ofVirtualPool = groupBy(volumes, ({ spec }) => spec.virtualPool);
    return {
      pools: pools.map((facts) => ({ ...summed(facts.name, [facts]), ...ours(inPool.get(facts.pool.urn) ?? []) })),
      virtualPools: virtualPoolsToMatch(view).map((virtualPool) =>
        virtualPoolRow(virtualPool, pools, ofVirtualPool.get(virtualPool.record.urn) ?? []),
      ),
      projects: grouped(view, 'project', volumes, ({ spec }) => spec.project),
      tenants: tenantRows(view, volumes),
    };
  });
  return { outcome: 'ok', diagnostics: [], ...result };
}

type Volume = ResourceRecord<'volume'>;

function ours(volumes: readonly Volume[]): Pick<CapacityRow, 'volumes' | 'provisionedBytes'> {
  const sizes = volumes.map(({ spec, status }) => status.device?.provisionedBytes ?? spec.sizeBytes);
  return { volumes: volumes.length, provisionedBytes: sizes.reduce((sum, bytes) => sum + bytes, 0) };
}

function virtualPoolRow(
  virtualPool: VirtualPoolToMatch,
  pools: readonly PoolFacts[],
  volumes: readonly Volume[],
): CapacityRow {
  const { record } = virtualPool;
  const matched = pools.filter((facts) => usableFor(virtualPool, facts).fits);
  const row = { ...summed(record.name, matched), ...ours(volumes), ...quotaOf(record) };
  if (row.totalBytes === undefined) return row;
  const limits = matched.flatMap((facts) =>
    facts.attributes ? limitsIn(record, facts, facts.attributes.totalBytes) : [],
  );
  const sum = (key: 'allocatedBytesMax' | 'subscribedBytesMax') => limits.reduce((total, each) => total + each[key], 0);
  return {
    ...row,
    limits: { allocatedBytesMax: sum('allocatedBytesMax'), subscribedBytesMax: sum('subscribedBytesMax') },
  };
}

/** The watermark of several is that of the best: while one takes volumes, the virtual pool does. */
const WATERMARKS: readonly Watermark[] = ['ok', 'warn', 'full'];

function summed(name: string, pools: readonly PoolFacts[]): CapacityRow {
  const known = pools.map(capacityOf).filter((each) => each !== undefined);
  const base = { name, pools: pools.length, volumes: 0, provisionedBytes: 0 };
  if (known.length === 0) return base;
  const metadata = known.flatMap(({ metadataBytes }) => metadataBytes ?? []);
  const sum = (key: 'totalBytes' | 'usedBytes' | 'freeBytes' | 'subscribedBytes' | 'reservedBytes') =>
    known.reduce((total, each) => total + each[key], 0);
  return {
    ...base,
    totalBytes: sum('totalBytes'),
    usedBytes: sum('usedBytes'),
    ...(metadata.length === 0 ? {} : { metadataBytes: metadata.reduce((total, bytes) => total + bytes, 0) }),
    freeBytes: sum('freeBytes'),
    subscribedBytes: sum('subscribedBytes'),
    reservedBytes: sum('reservedBytes'),
    watermark: WATERMARKS.find((level) => known.some(({ watermark }) => watermark === level)) ?? 'ok',
  };
}

/** Projects or tenants: what they hold of ours. Pools belong to nobody. */
function grouped(
  view: RecordedView,
  kind: 'project' | 'tenant',
  volumes: readonly Volume[],
  of: (volume: Volume) => Urn | undefined,
): CapacityRow[] {
  const byOwner = groupBy(volumes, of);
  return liveOf(view, kind)
    .sort((a, b) => (foldName(a.name) < foldName(b.name) ? -1 : 1))
    .map((record) => heldRow(record, byOwner.get(record.urn) ?? []));
}

function heldRow(record: ResourceRecord<'project' | 'tenant'>, held: readonly Volume[]): CapacityRow {
  const pools = new Set(held.map(({ status }) => status.device?.pool)).size;
  return { name: record.name, pools, ...ours(held), ...quotaOf(record) };
}

/** Each followed by its shares of virtual pools. */
function tenantRows(view: RecordedView, volumes: readonly Volume[]): CapacityRow[] {
  const rows = grouped(view, 'tenant', volumes, ({ scope }) => scope.tenant);
  const tenants = new Map(liveOf(view, 'tenant').map((record) => [record.name, record]));
  return rows.flatMap((row) => {
    const record = tenants.get(row.name)!;
    const held = groupBy(
      volumes.filter(({ scope }) => scope.tenant === record.urn),
      ({ spec }) => spec.virtualPool,
    );
    const shares = [...amountsIn(view, record.urn, SHARES)].map(([virtualPool, quotaBytes]) => {
      const name = view.get(virtualPool)?.record.name ?? virtualPool;
      return { ...heldRow(record, held.get(virtualPool) ?? []), quotaBytes, virtualPool: name };
    });
    return [row, ...shares.sort((a, b) => (foldName(a.virtualPool) < foldName(b.virtualPool) ? -1 : 1))];
  });
}

function quotaOf(record: ResourceRecord): Pick<CapacityRow, 'quotaBytes'> {
  const bytes = quotaAt(record)?.bytes;
  return bytes === undefined ? {} : { quotaBytes: bytes };
}
