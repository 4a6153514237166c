/**
 * Quotas: how much may be provisioned in a project, for a tenant, from a virtual pool, and from a virtual pool for a tenant.
 * Each that is set has an account: a ledger like a pool's, in which everything provisioned counts from the moment it is
 * promised. Where no quota is set there is no account, and nothing is paid for it. Pure; the planner asks it what a volume
 * counts against, the executor what a new account begins with.
 */
import type { ResourceRecord } from '../model/record.ts';
import { type Amounts, addAmounts, type CapacityLimits, NO_AMOUNTS } from '../model/recorded-view.ts';
import { pairUrn, type Urn } from '../model/urn.ts';

/** Whose quota. `virtualPool`: the tenant's share of one virtual pool. */
export interface QuotaPlace {
  readonly of: Urn;
  readonly virtualPool?: Urn;
}

export interface Account extends QuotaPlace {
  /** Whose ledger (`l/{uuid}`) it is. */
  readonly ledger: Urn;
  readonly quotaBytes: number;
  /** `project payroll`, `virtual pool gold for tenant finance`. */
  readonly what: string;
}

/** What a volume is provisioned in. The root tenant has no quota and no record that could have one. */
export interface Provisioned {
  readonly virtualPool: ResourceRecord<'virtualPool'>;
  readonly project: ResourceRecord<'project'>;
  readonly tenant?: ResourceRecord<'tenant'>;
}

/** Every place where a quota may be set that a volume counts against, in the order in which they are checked. */
export function quotaPlaces({ virtualPool, project, tenant }: Provisioned): QuotaPlace[] {
  const places: QuotaPlace[] = [{ of: virtualPool.urn }, { of: project.urn }];
  if (tenant) places.push({ of: tenant.urn }, { of: tenant.urn, virtualPool: virtualPool.urn });
  return places;
}

/** Those of them where one is set. */
export function accountsOf(provisioned: Provisioned): Account[] {
  const { virtualPool, project, tenant } = provisioned;
  const records = new Map<Urn, ResourceRecord>(
    [virtualPool, project, ...(tenant ? [tenant] : [])].map((r) => [r.urn, r]),
  );
  return quotaPlaces(provisioned).flatMap((place) => {
    const record = records.get(place.of)!;
    const quotaBytes = quotaAt(record, place.virtualPool);
    if (quotaBytes === undefined) return [];
    const what = place.virtualPool
      ? `virtual pool ${virtualPool.name} for tenant ${record.name}`
      : `${record.kind === 'virtualPool' ? 'virtual pool' : record.kind} ${record.name}`;
    return [{ ...place, ledger: accountLedger(place), quotaBytes, what }];
  });
}

export function accountLedger({ of, virtualPool }: QuotaPlace): Urn {
  return virtualPool === undefined ? of : pairUrn(of, virtualPool);
}

/** The quota that is set there; undefined = none. Bytes. */
export function quotaAt(record: ResourceRecord, virtualPool?: Urn): number | undefined {
  if (record.kind !== 'tenant') return (record as ResourceRecord<'project' | 'virtualPool'>).spec.quotaBytes;
  const { quota } = (record as ResourceRecord<'tenant'>).spec;
  return virtualPool === undefined ? quota?.capacityBytes : quota?.virtualPools?.[virtualPool];
}

/** All places of a record where a quota is set. */
export function quotasOf(record: ResourceRecord): QuotaPlace[] {
  const shares =
    record.kind === 'tenant' ? Object.keys((record as ResourceRecord<'tenant'>).spec.quota?.virtualPools ?? {}) : [];
  return [
    ...(quotaAt(record) === undefined ? [] : [{ of: record.urn }]),
    ...shares.map((virtualPool) => ({ of: record.urn, virtualPool: virtualPool as Urn })),
  ];
}

/** What is provisioned is counted, whatever of it is written. */
export function quotaLimits(quotaBytes: number): CapacityLimits {
  return { allocatedBytesMax: Number.MAX_SAFE_INTEGER, subscribedBytesMax: quotaBytes };
}

/** What is there already when an account begins: volumes that are, or are about to end, on a device. */
export function provisionedIn({ of, virtualPool }: QuotaPlace, volumes: Iterable<ResourceRecord<'volume'>>): Amounts {
  let sum = NO_AMOUNTS;
  for (const { spec, scope, status } of volumes) {
    if (status.phase === 'deleted' || status.device?.pool === undefined) continue;
    if (spec.project !== of && spec.virtualPool !== of && scope.tenant !== of) continue;
    if (virtualPool !== undefined && spec.virtualPool !== virtualPool) continue;
    sum = addAmounts(sum, {
      allocatedBytes: 0,
      subscribedBytes: status.device.provisionedBytes ?? spec.sizeBytes,
      volumes: 1,
    });
  }
  return sum;
}
