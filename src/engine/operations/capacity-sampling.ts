/**
 * Samples of capacity, for forecasts: of the pools of a storage system whenever what was seen of it is kept, and of accounts of
 * quotas after what changed them. Once an hour at most; within that a look costs nothing more.
 */
import { hourOf } from '../model/capacity-history.ts';
import { amountsIn } from '../model/members.ts';
import { isLive } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { parseUrn, type Urn, uuidOf } from '../model/urn.ts';
import { poolAttributes } from '../observe/attributes.ts';
import { usedBytes } from '../placement/amounts.ts';
import type { Plan } from '../planner/plan.ts';
import { addCapacitySamples, type NewSample } from '../state/capacity-history.ts';
import { observedAt } from '../state/observations.ts';
import { withView } from '../state/view.ts';
import { accountLedger, quotaAt, SHARES } from '../tenancy/quotas.ts';
import type { Engine } from './engine.ts';
import type { SystemLook } from './observing.ts';
import { liveOf } from './pool-facts.ts';

/** Of a look at all of the system. */
export async function samplePools(engine: Engine, { system, before, observation }: SystemLook): Promise<void> {
  const { observedAtMs } = observation;
  const lastMs = observedAt(before.index);
  if (lastMs !== undefined && hourOf(lastMs) === hourOf(observedAtMs)) return;
  const { result: pools } = await withView(engine.store, (view) =>
    view
      .inScope('pool', uuidOf(system))
      .map(({ record }) => record)
      .filter(isLive),
  );
  const samples = pools.flatMap(({ urn, spec }): NewSample[] => {
    const attributes = poolAttributes(observation, spec.nativeId, engine.installation.installationId);
    // One that is offline may tell nothing of itself.
    if (!attributes || attributes.totalBytes === 0) return [];
    const { totalBytes, subscribedBytes } = attributes;
    const sample = { atMs: observedAtMs, totalBytes, usedBytes: usedBytes(attributes), subscribedBytes };
    return [{ of: urn, sample }];
  });
  await addCapacitySamples(engine.store, samples);
}

/** Quotas of bytes that the plan has taken something of. */
export const accountsOfPlan = ({ units }: Plan): ReadonlySet<Urn> =>
  new Set(
    units
      .flatMap(({ reservations }) => reservations)
      .filter(
        ({ pool, limits }) => parseUrn(pool).kind !== 'pool' && limits.subscribedBytesMax < Number.MAX_SAFE_INTEGER,
      )
      .map(({ pool }) => pool),
  );

/** All that have a quota of bytes. */
export function accountsWithQuota(view: RecordedView): Urn[] {
  const tenants = liveOf(view, 'tenant');
  const records = [...liveOf(view, 'virtualPool'), ...liveOf(view, 'project'), ...tenants];
  const shares = tenants.flatMap(({ urn }) =>
    [...amountsIn(view, urn, SHARES).keys()].map((virtualPool) => accountLedger({ of: urn, virtualPool })),
  );
  return [...records.filter((record) => quotaAt(record)?.bytes !== undefined).map(({ urn }) => urn), ...shares];
}

export async function sampleAccounts(
  { store, clock }: Engine,
  accounts: (view: RecordedView) => Iterable<Urn>,
): Promise<void> {
  const { result: samples } = await withView(store, (view) =>
    [...accounts(view)].flatMap((of): NewSample[] => {
      const { committed } = view.ledger(of) ?? {};
      if (!committed) return [];
      const { subscribedBytes } = committed;
      return [{ of, sample: { atMs: clock.nowMs(), totalBytes: 0, usedBytes: 0, subscribedBytes } }];
    }),
  );
  await addCapacitySamples(store, samples);
}
