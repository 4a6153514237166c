/**
 * Quotas: how much may be provisioned in a project, for a tenant, from a virtual pool, and from a virtual pool for a tenant;
 * how many volumes a storage system may have, and how many of one project. Each that is set has an account: a ledger like a pool's, in which
 * everything provisioned counts from the moment it is promised. Where none is set there is no account, and nothing is paid
 * for it. Pure; the planner asks it what a volume counts against, the executor what a new account begins with.
 */
import { memberName } from '../model/members.ts';
import type { ResourceRecord } from '../model/record.ts';
import { type Amounts, addAmounts, type CapacityLimits, NO_AMOUNTS } from '../model/recorded-view.ts';
import { pairUrn, type Urn } from '../model/urn.ts';

/** List of a tenant's shares of virtual pools (model/members.ts). */
export const SHARES = 'quota.virtualPools';

/** Name of the record that says the share. */
export const shareName = (virtualPool: Urn): string => memberName(SHARES, virtualPool);

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
  /** The tenant's, of this virtual pool. */
  readonly share?: ResourceRecord<'member'>;
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
  const { virtualPool, project, tenant, share, system } = provisioned;
  const records = [virtualPool, project, tenant, system].filter((record) => record !== undefined);
  const byUrn = new Map<Urn, ResourceRecord>(records.map((record) => [record.urn, record]));
  return quotaPlaces(provisioned).flatMap((place) => {
    const record = byUrn.get(place.of)!;
    const says = place.virtualPool === undefined ? record : share;
    const quota = says && quotaAt(says, place);
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

/** The quota that this record sets there; undefined = none. A tenant's share is a record of its own. */
export function quotaAt(record: ResourceRecord, place: Pick<QuotaPlace, 'system'> = {}): Quota | undefined {
  const bytes = place.system === undefined ? bytesAt(record) : undefined;
  const volumes = volumesAt(record, place);
  if (bytes === undefined && volumes === undefined) return undefined;
  return { ...(bytes === undefined ? {} : { bytes }), ...(volumes === undefined ? {} : { volumes }) };
}

function volumesAt(record: ResourceRecord, { system }: Pick<QuotaPlace, 'system'>): number | undefined {
  if (record.kind === 'storageSystem') return (record as ResourceRecord<'storageSystem'>).spec.limits?.volumes;
  const isOnSystem = record.kind === 'project' && system !== undefined;
  return isOnSystem ? (record as ResourceRecord<'project'>).spec.volumesPerSystem : undefined;
}

function bytesAt(record: ResourceRecord): number | undefined {
  switch (record.kind) {
    case 'project':
    case 'virtualPool':
      return (record as ResourceRecord<'project' | 'virtualPool'>).spec.quotaBytes;
    case 'tenant':
      return (record as ResourceRecord<'tenant'>).spec.quota?.capacityBytes;
    case 'member':
      return isShare(record) ? (record as ResourceRecord<'member'>).spec.bytes : undefined;
    default:
      return undefined;
  }
}

function isShare(record: ResourceRecord): boolean {
  return record.kind === 'member' && (record as ResourceRecord<'member'>).spec.list === SHARES;
}

/** All places where a record sets a quota. `systems`: all storage systems, asked for only where each has a place. */
export function quotasOf(record: ResourceRecord, systems: () => readonly Urn[]): QuotaPlace[] {
  if (isShare(record)) {
    const { of, member } = (record as ResourceRecord<'member'>).spec;
    return [{ of, virtualPool: member }];
  }
  return [
    ...(quotaAt(record) === undefined ? [] : [{ of: record.urn }]),
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
