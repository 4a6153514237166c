/**
 * What volumes count against besides their pool: quotas of project, tenant and virtual pool (tenancy/quotas.ts). Every unit
 * that changes what is provisioned takes from these accounts, or gives back to them, and holds who has them shared, so
 * that no quota is set or taken away meanwhile.
 */
import { sameJson } from '../../lib/canonical-json.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import { type Amounts, addAmounts, NO_AMOUNTS } from '../model/recorded-view.ts';
import { formatSize, formatSizeLeft } from '../model/size.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { ROOT_TENANT_URN, type Urn, uuidOf } from '../model/urn.ts';
import {
  type Account,
  accountLedger,
  accountsOf,
  type Provisioned,
  provisionedIn,
  type Quota,
  type QuotaPlace,
  quotaAt,
  quotaLimits,
  quotaPlaces,
  quotasOf,
  shareName,
} from '../tenancy/quotas.ts';
import { reservedIn } from './capacity.ts';
import type { Draft, Target } from './draft.ts';
import type { Predicate, Unit } from './plan.ts';

/** Of a volume: its spec, and the storage system that it is or will be on. */
export interface Charged {
  readonly spec: Pick<RecordedSpec<'volume'>, 'project' | 'virtualPool'>;
  readonly system: Urn | undefined;
}

function provisionedOf(draft: Draft, { spec, system: urn }: Charged): Provisioned | undefined {
  const virtualPool = known<'virtualPool'>(draft, spec.virtualPool);
  const project = known<'project'>(draft, spec.project);
  if (!virtualPool || !project) return undefined;
  const isRoot = project.spec.tenant === ROOT_TENANT_URN;
  const tenant = isRoot ? undefined : known<'tenant'>(draft, project.spec.tenant);
  const system = urn && known<'storageSystem'>(draft, urn);
  const share = tenant && draft.memberOf(tenant.urn, shareName(virtualPool.urn));
  return {
    virtualPool,
    project,
    ...(tenant ? { tenant } : {}),
    ...(share ? { share } : {}),
    ...(system ? { system } : {}),
  };
}

/** Also what this plan removes: what is in it is given back to it. */
function known<K extends 'virtualPool' | 'project' | 'tenant' | 'storageSystem'>(
  draft: Draft,
  urn: Urn,
): ResourceRecord<K> | undefined {
  return draft.get<K>(urn) ?? draft.input.view.get<K>(urn)?.record;
}

/** The part of a unit that concerns quotas, to be added to what it takes from pools. */
export interface Charge {
  readonly shared: readonly Urn[];
  readonly reservations: Unit['reservations'];
  readonly releases: Unit['releases'];
}

/** Takes from every account; undefined and a complaint where a quota doesn't have so much left. */
export function charge(
  draft: Draft,
  target: Pick<Target, 'address' | 'node'>,
  charged: Charged,
  amounts: Amounts,
): Charge | undefined {
  return chargeTo(draft, target, charged, accountsIn(draft, charged), amounts);
}

const accountsIn = (draft: Draft, charged: Charged): readonly Account[] => {
  const provisioned = provisionedOf(draft, charged);
  return provisioned ? accountsOf(provisioned) : [];
};

function chargeTo(
  draft: Draft,
  target: Pick<Target, 'address' | 'node'>,
  charged: Charged,
  accounts: readonly Account[],
  amounts: Amounts,
): Charge | undefined {
  const provisioned = provisionedOf(draft, charged);
  if (!provisioned) return NO_CHARGE;
  const exceeded = accounts.flatMap((account) => lackOf(draft, account, amounts) ?? []);
  for (const { summary, ...rest } of exceeded) {
    draft.error({
      ...rest,
      summary: `${target.address} ${summary}`,
      span: target.node.spanOf(['size']),
      address: target.address,
    });
  }
  if (exceeded.length > 0) return undefined;
  return {
    shared: holders(draft, provisioned),
    reservations: accounts.map(({ ledger, quota }) => ({
      pool: ledger,
      amounts: counted(amounts),
      limits: quotaLimits(quota),
    })),
    releases: [],
  };
}

/** Gives back to every account. */
export function credit(draft: Draft, charged: Charged, amounts: Amounts): Charge {
  const provisioned = provisionedOf(draft, charged);
  if (!provisioned) return NO_CHARGE;
  const releases = accountsOf(provisioned).map(({ ledger }) => ({ pool: ledger, amounts: counted(amounts) }));
  return { shared: holders(draft, provisioned), reservations: [], releases };
}

/** From the accounts of one virtual pool to those of another; what both count against stays. As `charge`. */
export function transfer(
  draft: Draft,
  target: Pick<Target, 'address' | 'node'>,
  { from, to, system }: { readonly from: Charged['spec']; readonly to: Charged['spec']; readonly system: Urn },
  amounts: Amounts,
): Charge | undefined {
  if (from.virtualPool === to.virtualPool) return NO_CHARGE;
  const old = credit(draft, { spec: from, system }, amounts);
  const staying = new Set(old.releases.map(({ pool }) => pool));
  const own = accountsIn(draft, { spec: to, system }).filter(({ ledger }) => !staying.has(ledger));
  const fresh = chargeTo(draft, target, { spec: to, system }, own, amounts);
  if (!fresh) return undefined;
  const kept = new Set(accountsIn(draft, { spec: to, system }).map(({ ledger }) => ledger));
  return {
    shared: [...new Set([...old.shared, ...fresh.shared])],
    reservations: fresh.reservations,
    releases: old.releases.filter(({ pool }) => !kept.has(pool)),
  };
}

const NO_CHARGE: Charge = { shared: [], reservations: [], releases: [] };

/** Provisioned is provisioned, thin or thick. */
const counted = ({ subscribedBytes, volumes }: Amounts): Amounts => ({ allocatedBytes: 0, subscribedBytes, volumes });

function holders(draft: Draft, { virtualPool, project, tenant, system }: Provisioned): Urn[] {
  const urns = [virtualPool, project, tenant, system].flatMap((record) => record?.urn ?? []);
  return urns.filter((urn) => draft.get(urn) !== undefined && draft.unitOf(urn) === undefined);
}

function lackOf(
  draft: Draft,
  account: Account,
  { subscribedBytes, volumes }: Amounts,
): Pick<Diagnostic, 'code' | 'summary' | 'detail' | 'fix'> | undefined {
  const used = addAmounts(usedIn(draft, account), draft.promisedIn(account.ledger));
  const { bytes, volumes: volumesMax } = account.quota;
  const code = 'COPRHD-QUOTA-001';
  if (bytes !== undefined && used.subscribedBytes + subscribedBytes > bytes) {
    const leftBytes = bytes - used.subscribedBytes;
    return {
      code,
      summary: `does not fit the quota of ${account.what}: it needs ${formatSize(subscribedBytes)}, ${formatSizeLeft(leftBytes)} of ${formatSize(bytes)} are left`,
      detail: `${formatSize(used.subscribedBytes)} are provisioned or promised, with what this plan places before it`,
      fix: `declare less, remove something, or raise the quota by ${formatSize(subscribedBytes - leftBytes)}`,
    };
  }
  if (volumesMax === undefined || used.volumes + volumes <= volumesMax) return undefined;
  return {
    code,
    summary: `does not fit the limit of ${account.what}: it has ${used.volumes} of ${volumesMax} volumes`,
    fix: 'remove something, or raise the limit',
  };
}

const begun = new WeakMap<Draft, Map<Urn, Amounts>>();

/** Provisioned or promised, without what this plan promises. */
function usedIn(draft: Draft, place: QuotaPlace & { readonly ledger: Urn }): Amounts {
  const { view } = draft.input;
  const recorded = view.get(place.of)?.record;
  if (recorded && recordedQuota(draft, place) !== undefined) {
    const committed = view.ledger(place.ledger)?.committed ?? NO_AMOUNTS;
    return addAmounts(committed, reservedIn(draft, place.ledger));
  }
  // The account begins with this plan: what is there already is counted, once.
  if (!recorded) return NO_AMOUNTS;
  const known = begun.get(draft) ?? new Map<Urn, Amounts>();
  begun.set(draft, known);
  const found = known.get(place.ledger);
  if (found) return found;
  const there = provisionedIn(
    place,
    view.all('volume').map(({ record }) => record),
  );
  known.set(place.ledger, there);
  return there;
}

/** What is recorded; undefined = none is set. */
function recordedQuota({ input: { view } }: Draft, place: QuotaPlace): Quota | undefined {
  const { of, virtualPool } = place;
  const found = virtualPool === undefined ? view.get(of) : view.byName('member', uuidOf(of), shareName(virtualPool));
  return found && isLive(found.record) ? quotaAt(found.record, place) : undefined;
}

/** Accounts that begin with these records of one resource: the executor counts what is there, with nobody else at it. */
export function openedAccounts(draft: Draft, target: Target, finals: readonly ResourceRecord[]): QuotaPlace[] {
  const systems = () => draft.all('storageSystem').map(({ urn }) => urn);
  return finals.filter(isLive).flatMap((final) =>
    quotasOf(final, systems).filter((place) => {
      const [old, now] = [target.recorded && recordedQuota(draft, place), quotaAt(final, place)!];
      if (target.recorded && !sameJson(old ?? null, now)) sayIfOver(draft, target, now, place);
      return old === undefined;
    }),
  );
}

/** A quota below what is there is a way to say "nothing more"; it is said, not refused. */
function sayIfOver(draft: Draft, target: Target, { bytes, volumes }: Quota, place: QuotaPlace): void {
  const used = usedIn(draft, { ...place, ledger: accountLedger(place) });
  const share = place.virtualPool ? ` of virtual pool ${draft.get(place.virtualPool)?.name ?? place.virtualPool}` : '';
  const there = place.system ? ` on storage system ${draft.get(place.system)?.name ?? place.system}` : '';
  const said =
    bytes !== undefined && used.subscribedBytes > bytes
      ? `${formatSize(used.subscribedBytes)}${share}, its quota is ${formatSize(bytes)}`
      : volumes !== undefined && used.volumes > volumes
        ? `${used.volumes} volumes${there}, its limit is ${volumes}`
        : undefined;
  if (said === undefined) return;
  draft.warn({
    code: 'COPRHD-QUOTA-002',
    summary: `${target.address} has ${said}`,
    detail: 'what is there stays; nothing more is provisioned',
    span: target.node.spanOf([target.node.kind === 'storageSystem' ? 'limits' : 'quota']),
    address: target.address,
  });
}

/** What a unit relied on: that the quotas are what they were when the plan was made. */
export function quotaPredicates(draft: Draft, { writes, steps, reservations, releases }: Unit): Predicate[] {
  if (reservations.length === 0 && releases.length === 0) return [];
  return writes.flatMap(({ final }) => {
    if (final.kind !== 'volume') return [];
    const { spec, status } = final as ResourceRecord<'volume'>;
    const provisioned = provisionedOf(draft, { spec, system: status.device?.system ?? steps[0]?.system });
    if (!provisioned) return [];
    const quotas = new Map(accountsOf(provisioned).map((account) => [account.ledger, account.quota]));
    return quotaPlaces(provisioned).map(
      (place): Predicate => ({ type: 'quota', ...place, quota: quotas.get(accountLedger(place)) ?? {} }),
    );
  });
}
