/**
 * Quotas: how much may be provisioned in a project, for a tenant, from a virtual pool, and from a virtual pool for a tenant;
 * how many volumes a storage system may have, and how many of one project. Each that is set has an account: a ledger like a pool's, in which
 * everything provisioned counts from the moment it is promised. Where none is set there is no account, and nothing is paid
 * for it. Pure; the planner asks it what a volume counts against, the executor what a new account begins with.
 */
import type { ResourceRecord } from '../model/record.ts';
import { type Amounts, addAmounts, type CapacityLimits, NO_AMOUNTS } from '../model/recorded-view.ts';
import { pairUrn, type Urn } from '../model/urn.ts';

/** Whose quota. `virtualPool`: the tenant's share of one virtual pool. `system`: of the project, on one storage system. */
export interface QuotaPlace {
  readonly of: Urn;
  readonly virtualPool?: Urn;
  readonly system?: Urn;
}

/** What is set there; absent = no limit. */
export interface Quota {
  readonly bytes?: number;
  readonly volumes?: number;
}

export interface Account extends QuotaPlace {
  /** Whose ledger (`l/{uuid}`) it is. */
  readonly ledger: Urn;
  readonly quota: Quota;
  /** `project payroll`, `virtual pool gold for tenant finance`. */
  readonly what: string;
}

/** What a volume is provisioned in. The root tenant has no quota and no record that could have one. */
export interface Provisioned {
  readonly virtualPool: ResourceRecord<'virtualPool'>;
  readonly project: ResourceRecord<'project'>;
  readonly tenant?: ResourceRecord<'tenant'>;
  readonly system?: ResourceRecord<'storageSystem'>;
}

/** Every place where a quota may be set that a volume counts against, in the order in which they are checked. */
export function quotaPlaces({ virtualPool, project, tenant, system }: Provisioned): QuotaPlace[] {
  return [
    { of: virtualPool.urn },
    { of: project.urn },
    ...(tenant ? [{ of: tenant.urn }, { of: tenant.urn, virtualPool: virtualPool.urn }] : []),
    ...(system ? [{ of: system.urn }, { of: project.urn, system: system.urn }] : []),
  ];
}

/** Those of them where one is set. */
export function accountsOf(provisioned: Provisioned): Account[] {
  const { virtualPool, project, tenant, system } = provisioned;
  const records = [virtualPool, project, tenant, system].filter((record) => record !== undefined);
  const byUrn = new Map<Urn, ResourceRecord>(records.map((record) => [record.urn, record]));
  return quotaPlaces(provisioned).flatMap((place) => {
    const record = byUrn.get(place.of)!;
    const quota = quotaAt(record, place);
    if (quota === undefined) return [];
    const name = `${WORDS[record.kind] ?? record.kind} ${record.name}`;
    const what = place.virtualPool
      ? `virtual pool ${virtualPool.name} for ${name}`
      : place.system
        ? `${name} on storage system ${system?.name}`
        : name;
    return [{ ...place, ledger: accountLedger(place), quota, what }];
  });
}

const WORDS: Partial<Record<ResourceRecord['kind'], string>> = {
  virtualPool: 'virtual pool',
  storageSystem: 'storage system',
};

export function accountLedger({ of, virtualPool, system }: QuotaPlace): Urn {
  const other = virtualPool ?? system;
  return other === undefined ? of : pairUrn(of, other);
}

/** The quota that is set there; undefined = none. */
export function quotaAt(record: ResourceRecord, place: Omit<QuotaPlace, 'of'> = {}): Quota | undefined {
  const bytes = place.system === undefined ? bytesAt(record, place.virtualPool) : undefined;
  const volumes = volumesAt(record, place);
  if (bytes === undefined && volumes === undefined) return undefined;
  return { ...(bytes === undefined ? {} : { bytes }), ...(volumes === undefined ? {} : { volumes }) };
}

function volumesAt(record: ResourceRecord, { virtualPool, system }: Omit<QuotaPlace, 'of'>): number | undefined {
  if (virtualPool !== undefined) return undefined;
  if (record.kind === 'storageSystem') return (record as ResourceRecord<'storageSystem'>).spec.limits?.volumes;
  const isOnSystem = record.kind === 'project' && system !== undefined;
  return isOnSystem ? (record as ResourceRecord<'project'>).spec.volumesPerSystem : undefined;
}

function bytesAt(record: ResourceRecord, virtualPool?: Urn): number | undefined {
  switch (record.kind) {
    case 'project':
    case 'virtualPool':
      return (record as ResourceRecord<'project' | 'virtualPool'>).spec.quotaBytes;
    case 'tenant': {
      const { quota } = (record as ResourceRecord<'tenant'>).spec;
      return virtualPool === undefined ? quota?.capacityBytes : quota?.virtualPools?.[virtualPool];
    }
    default:
      return undefined;
  }
}

/** All places of a record where a quota is set. `systems`: all storage systems, asked for only where each has a place. */
export function quotasOf(record: ResourceRecord, systems: () => readonly Urn[]): QuotaPlace[] {
  const shares =
    record.kind === 'tenant' ? Object.keys((record as ResourceRecord<'tenant'>).spec.quota?.virtualPools ?? {}) : [];
  return [
    ...(quotaAt(record) === undefined ? [] : [{ of: record.urn }]),
    ...shares.map((virtualPool) => ({ of: record.urn, virtualPool: virtualPool as Urn })),
    ...(isPerSystem(record) ? systems().map((system) => ({ of: record.urn, system })) : []),
  ];
}

const isPerSystem = (record: ResourceRecord): boolean =>
  record.kind === 'project' && (record as ResourceRecord<'project'>).spec.volumesPerSystem !== undefined;

/** What is provisioned is counted, whatever of it is written. */
export function quotaLimits({ bytes, volumes }: Quota): CapacityLimits {
  return {
    allocatedBytesMax: Number.MAX_SAFE_INTEGER,
    subscribedBytesMax: bytes ?? Number.MAX_SAFE_INTEGER,
    ...(volumes === undefined ? {} : { volumesMax: volumes }),
  };
}

/** What is there already when an account begins: volumes that are on a device, those that are about to end too. */
export function provisionedIn(place: QuotaPlace, volumes: Iterable<ResourceRecord<'volume'>>): Amounts {
  let sum = NO_AMOUNTS;
  for (const { spec, scope, status } of volumes) {
    const { device } = status;
    if (status.phase === 'deleted' || device?.pool === undefined) continue;
    if (![spec.project, spec.virtualPool, scope.tenant, device.system].includes(place.of)) continue;
    if (place.virtualPool !== undefined && spec.virtualPool !== place.virtualPool) continue;
    if (place.system !== undefined && device.system !== place.system) continue;
    const subscribedBytes = device.provisionedBytes ?? spec.sizeBytes;
    sum = addAmounts(sum, { allocatedBytes: 0, subscribedBytes, volumes: 1 });
  }
  return sum;
}
