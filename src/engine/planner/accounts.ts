/**
 * What volumes count against besides their pool: quotas of project, tenant and virtual pool (tenancy/quotas.ts). Every unit
 * that changes what is provisioned takes from these accounts, or gives back to them, and holds who has them shared, so
 * that no quota is set or taken away meanwhile.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { ResourceRecord } from '../model/record.ts';
import { type Amounts, NO_AMOUNTS } from '../model/recorded-view.ts';
import { formatSize } from '../model/size.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { ROOT_TENANT_URN, type Urn } from '../model/urn.ts';
import {
  type Account,
  accountLedger,
  accountsOf,
  type Provisioned,
  provisionedIn,
  type QuotaPlace,
  quotaAt,
  quotaLimits,
  quotaPlaces,
  quotasOf,
} from '../tenancy/quotas.ts';
import { reservedIn } from './capacity.ts';
import type { Draft, Target } from './draft.ts';
import type { Predicate, Unit } from './plan.ts';

type VolumeSpec = Pick<RecordedSpec<'volume'>, 'project' | 'virtualPool'>;

function provisionedOf(draft: Draft, spec: VolumeSpec): Provisioned | undefined {
  const virtualPool = known<'virtualPool'>(draft, spec.virtualPool);
  const project = known<'project'>(draft, spec.project);
  if (!virtualPool || !project) return undefined;
  const isRoot = project.spec.tenant === ROOT_TENANT_URN;
  const tenant = isRoot ? undefined : known<'tenant'>(draft, project.spec.tenant);
  return { virtualPool, project, ...(tenant ? { tenant } : {}) };
}

/** Also what this plan removes: what is in it is given back to it. */
function known<K extends 'virtualPool' | 'project' | 'tenant'>(draft: Draft, urn: Urn): ResourceRecord<K> | undefined {
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
  spec: VolumeSpec,
  amounts: Amounts,
): Charge | undefined {
  const provisioned = provisionedOf(draft, spec);
  if (!provisioned) return NO_CHARGE;
  const accounts = accountsOf(provisioned);
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
    reservations: accounts.map(({ ledger, quotaBytes }) => ({
      pool: ledger,
      amounts: counted(amounts),
      limits: quotaLimits(quotaBytes),
    })),
    releases: [],
  };
}

/** Gives back to every account. */
export function credit(draft: Draft, spec: VolumeSpec, amounts: Amounts): Charge {
  const provisioned = provisionedOf(draft, spec);
  if (!provisioned) return NO_CHARGE;
  const releases = accountsOf(provisioned).map(({ ledger }) => ({ pool: ledger, amounts: counted(amounts) }));
  return { shared: holders(draft, provisioned), reservations: [], releases };
}

const NO_CHARGE: Charge = { shared: [], reservations: [], releases: [] };

/** Provisioned is provisioned, thin or thick. */
const counted = ({ subscribedBytes, volumes }: Amounts): Amounts => ({ allocatedBytes: 0, subscribedBytes, volumes });

function holders(draft: Draft, { virtualPool, project, tenant }: Provisioned): Urn[] {
  const urns = [virtualPool.urn, project.urn, ...(tenant ? [tenant.urn] : [])];
  return urns.filter((urn) => draft.get(urn) !== undefined && draft.unitOf(urn) === undefined);
}

function lackOf(
  draft: Draft,
  account: Account,
  { subscribedBytes }: Amounts,
): Pick<Diagnostic, 'code' | 'summary' | 'detail' | 'fix'> | undefined {
  const usedBytes = usedIn(draft, account) + draft.promisedIn(account.ledger).subscribedBytes;
  const leftBytes = account.quotaBytes - usedBytes;
  if (subscribedBytes <= leftBytes) return undefined;
  const quota = formatSize(account.quotaBytes);
  return {
    code: 'COPRHD-QUOTA-001',
    summary: `does not fit the quota of ${account.what}: it needs ${formatSize(subscribedBytes)}, ${formatSize(Math.max(0, leftBytes))} of ${quota} are left`,
    detail: `${formatSize(usedBytes)} are provisioned or promised, with what this plan places before it`,
    fix: `declare less, remove something, or raise the quota by ${formatSize(subscribedBytes - leftBytes)}`,
  };
}

/** Provisioned or promised, without what this plan promises. */
function usedIn(draft: Draft, place: QuotaPlace & { readonly ledger: Urn }): number {
  const { view } = draft.input;
  const recorded = view.get(place.of)?.record;
  if (recorded && quotaAt(recorded, place.virtualPool) !== undefined) {
    const committed = view.ledger(place.ledger)?.committed ?? NO_AMOUNTS;
    return committed.subscribedBytes + reservedIn(draft, place.ledger).subscribedBytes;
  }
  // The account begins with this plan: what is there already is counted.
  return provisionedIn(
    place,
    view.all('volume').map(({ record }) => record),
  ).subscribedBytes;
}

/** Accounts that begin with this record: the executor counts what is there, with nobody else at it. */
export function openedAccounts(draft: Draft, target: Target, final: ResourceRecord): QuotaPlace[] {
  const before = target.recorded?.record;
  const opened = quotasOf(final).filter(
    ({ virtualPool }) => before === undefined || quotaAt(before, virtualPool) === undefined,
  );
  for (const place of quotasOf(final)) sayIfOver(draft, target, final, place);
  return opened;
}

/** A quota below what is there is a way to say "nothing more"; it is said, not refused. */
function sayIfOver(draft: Draft, target: Target, final: ResourceRecord, place: QuotaPlace): void {
  const quotaBytes = quotaAt(final, place.virtualPool)!;
  const before = target.recorded?.record;
  if (before === undefined || quotaAt(before, place.virtualPool) === quotaBytes) return;
  const usedBytes = usedIn(draft, { ...place, ledger: accountLedger(place) });
  if (usedBytes <= quotaBytes) return;
  const share = place.virtualPool ? ` of virtual pool ${draft.get(place.virtualPool)?.name ?? place.virtualPool}` : '';
  draft.warn({
    code: 'COPRHD-QUOTA-002',
    summary: `${target.address} has more provisioned${share} than its quota: ${formatSize(usedBytes)} of ${formatSize(quotaBytes)}`,
    detail: 'what is there stays; nothing more is provisioned',
    span: target.node.spanOf(['quota']),
    address: target.address,
  });
}

/** What a unit relied on: that the quotas are what they were when the plan was made. */
export function quotaPredicates(draft: Draft, { writes, reservations, releases }: Unit): Predicate[] {
  if (reservations.length === 0 && releases.length === 0) return [];
  return writes.flatMap(({ final }) => {
    if (final.kind !== 'volume') return [];
    const provisioned = provisionedOf(draft, final.spec as VolumeSpec);
    if (!provisioned) return [];
    const bytes = new Map(accountsOf(provisioned).map((account) => [account.ledger, account.quotaBytes]));
    return quotaPlaces(provisioned).map((place): Predicate => {
      const quotaBytes = bytes.get(accountLedger(place));
      return { type: 'quota', ...place, ...(quotaBytes === undefined ? {} : { quotaBytes }) };
    });
  });
}
