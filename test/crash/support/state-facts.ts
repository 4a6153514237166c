/** What a state holds, read whole, and what must be true of it once nothing is going on any more. */
import type { KindName } from '../../../src/engine/model/kinds.ts';
import { isOnArray } from '../../../src/engine/model/on-array.ts';
import { isLive, type ResourceRecord } from '../../../src/engine/model/record.ts';
import { type Amounts, addAmounts, NO_AMOUNTS } from '../../../src/engine/model/recorded-view.ts';
import { parseUrn } from '../../../src/engine/model/urn.ts';
import { decodeLedger, decodeRecord, heldKeys } from '../../../src/engine/state/records.ts';
import { type KeyValue, rangeAll, type StateStore } from '../../../src/engine/state/store.ts';
import { accountLedger, type QuotaPlace, quotasOf } from '../../../src/engine/tenancy/quotas.ts';
import { LIMITS } from '../../../src/lib/limits.ts';

export interface StateFacts {
  readonly records: readonly ResourceRecord[];
  readonly live: readonly ResourceRecord[];
  /** Live volumes, snapshots and masks that have an object on a device. */
  readonly onDevice: readonly ResourceRecord[];
  /** Everything that should not be there: empty when the state is at rest. */
  readonly complaints: readonly string[];
}

const ON_ARRAY: ReadonlySet<string> = new Set(['volume', 'snapshot', 'exportMask']);

const IN_BETWEEN: ReadonlySet<string> = new Set(['creating', 'updating', 'replacing', 'deleting', 'suspect']);

export async function readFacts(store: StateStore): Promise<StateFacts> {
  const items: KeyValue[] = [];
  const snapshot = await store.snapshot();
  try {
    for await (const item of rangeAll(snapshot, '')) items.push(item);
  } finally {
    snapshot.close();
  }
  const under = (...prefixes: readonly string[]) => items.filter(({ key }) => prefixes.some((p) => key.startsWith(p)));
  const records = under('r/').map((item) => decodeRecord(item).record);
  const live = records.filter(isLive);
  return {
    records,
    live,
    onDevice: live.filter(({ kind, status }) => status.device && ON_ARRAY.has(kind)),
    complaints: [
      ...under('w/', 'wo/', 'wj/', 'c/').map(({ key }) => `${key} is left`),
      ...records.filter(({ claim }) => claim).map(({ urn, claim }) => `${urn} is claimed by ${claim!.workflow}`),
      ...live
        .filter(({ status }) => IN_BETWEEN.has(status.phase))
        .map(({ urn, status }) => `${urn} is ${status.phase}${status.why === undefined ? '' : `: ${status.why}`}`),
      ...nameComplaints(records, under('u/', 'a/')),
      ...ledgerComplaints(live, under('l/')),
      ...hluComplaints(live),
    ],
  };
}

/** Of all that is recorded, whoever has counted it. */
function provisionedFor({ of, virtualPool, system: on }: QuotaPlace, live: readonly ResourceRecord[]): Amounts {
  let sum = NO_AMOUNTS;
  for (const record of live) {
    if (record.kind !== 'volume') continue;
    const { spec, status, scope } = record as ResourceRecord<'volume'>;
    const { pool, system, provisionedBytes = spec.sizeBytes } = status.device ?? {};
    const isOf = [spec.project, spec.virtualPool, scope.tenant, system].some((urn) => urn === of);
    if (pool === undefined || !isOf || (virtualPool !== undefined && spec.virtualPool !== virtualPool)) continue;
    if (on !== undefined && system !== on) continue;
    sum = addAmounts(sum, { allocatedBytes: 0, subscribedBytes: provisionedBytes, volumes: 1 });
  }
  return sum;
}

/** Unique and address keys are exactly those that the records hold. */
function nameComplaints(records: readonly ResourceRecord[], names: readonly KeyValue[]): string[] {
  const wanted = new Map(records.flatMap((record) => heldKeys(record).map((key) => [key, record.urn] as const)));
  const held = new Map(names.map(({ key, value }) => [key, value]));
  return [
    ...[...held].filter(([key, urn]) => wanted.get(key) !== urn).map(([key, urn]) => `${key} stands for ${urn}`),
    ...[...wanted].filter(([key]) => !held.has(key)).map(([key, urn]) => `${key} of ${urn} is not there`),
  ];
}

/**
 * Nothing is promised, and what is committed in each pool is what its volumes are; so for each quota that is set. What is
 * left of one that was taken away counts for nothing.
 */
function ledgerComplaints(live: readonly ResourceRecord[], ledgers: readonly KeyValue[]): string[] {
  const committed = new Map<string, Amounts>();
  const thick = new Set<string>(
    live.flatMap((record) =>
      record.kind === 'virtualPool' && (record as ResourceRecord<'virtualPool'>).spec.provisioning === 'thick'
        ? [record.urn]
        : [],
    ),
  );
  for (const record of live) {
    if (!isOnArray(record)) continue;
    const { spec, status } = record;
    const { pool, provisionedBytes = spec.sizeBytes } = status.device ?? {};
    if (pool === undefined) continue;
    const isSnapshot = (record.kind as KindName) === 'snapshot';
    const isFullCopy = (spec as { readonly fullCopy?: true }).fullCopy === true;
    const reservedBytes = isFullCopy ? spec.sizeBytes : Math.ceil(spec.sizeBytes * LIMITS.snapshotReserveFraction);
    const bytes = isSnapshot ? reservedBytes : provisionedBytes;
    const isSetAside = isFullCopy || thick.has(spec.virtualPool);
    const amounts = { allocatedBytes: isSetAside ? bytes : 0, subscribedBytes: bytes, volumes: 1 };
    committed.set(pool, addAmounts(committed.get(pool) ?? NO_AMOUNTS, amounts));
  }
  const systems = live.filter(({ kind }) => kind === 'storageSystem').map(({ urn }) => urn);
  for (const record of live) {
    for (const place of quotasOf(record, () => systems))
      committed.set(accountLedger(place), provisionedFor(place, live));
  }
  const counting = ledgers.filter((item) => {
    const { pool } = decodeLedger(item);
    return parseUrn(pool).kind === 'pool' || committed.has(pool);
  });
  return counting.flatMap((item) => {
    const ledger = decodeLedger(item);
    const wanted = committed.get(ledger.pool) ?? NO_AMOUNTS;
    const promised = Object.keys(ledger.reservations);
    return [
      ...promised.map((workflow) => `${item.key} still promises something to ${workflow}`),
      ...(JSON.stringify(sorted(ledger.committed)) === JSON.stringify(sorted(wanted))
        ? []
        : [`${item.key} has ${JSON.stringify(ledger.committed)} committed, its volumes are ${JSON.stringify(wanted)}`]),
    ];
  });
}

const sorted = ({ allocatedBytes, subscribedBytes, volumes }: Amounts) => [allocatedBytes, subscribedBytes, volumes];

function hluComplaints(live: readonly ResourceRecord[]): string[] {
  const seen = new Set<string>();
  return live.flatMap((record) => {
    if (record.kind !== 'lunMap') return [];
    const { mask, hlu } = (record as ResourceRecord<'lunMap'>).spec;
    const key = `${mask} LUN ${hlu}`;
    if (seen.has(key)) return [`${key} is recorded twice`];
    seen.add(key);
    return [];
  });
}
