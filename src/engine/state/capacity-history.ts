/**
 * Histories of capacity as they are stored, one key each under `oc/…`: columns of differences, so that half a year takes
 * 1 to 4 KiB. Whoever samples compares the key's revision, so that two who do it at once don't overwrite each other.
 */
import { z } from 'zod';
import { type CapacityHistory, type CapacitySample, withSample } from '../model/capacity-history.ts';
import type { Urn } from '../model/urn.ts';
import { chunkWrites } from './chunks.ts';
import { keys } from './keys.ts';
import type { RecordWrite } from './records.ts';
import type { KeyValue, Snapshot, StateStore } from './store.ts';

const FORMAT = 1;
const HOUR_MS = 3_600_000;
const MIB = 1024 ** 2;

const column = z.array(z.int());
/** In hours since 1970 and MiB; the first of a column as it is, then what each has more than the one before. */
const STORED = z.looseObject({
  format: z.literal(FORMAT),
  hours: column,
  total: column,
  used: column,
  subscribed: column,
});

const COLUMNS = { total: 'totalBytes', used: 'usedBytes', subscribed: 'subscribedBytes' } as const;

const differences = (values: readonly number[]): number[] =>
  values.map((value, index) => value - (index === 0 ? 0 : values[index - 1]!));

function sums(values: readonly number[]): number[] {
  let sum = 0;
  return values.map((value) => {
    sum += value;
    return sum;
  });
}

export function encodeCapacityHistory(history: CapacityHistory): string {
  const of = (value: (sample: CapacitySample) => number) =>
    differences(history.map((sample) => Math.round(value(sample))));
  return JSON.stringify({
    format: FORMAT,
    hours: of(({ atMs }) => atMs / HOUR_MS),
    total: of(({ totalBytes }) => totalBytes / MIB),
    used: of(({ usedBytes }) => usedBytes / MIB),
    subscribed: of(({ subscribedBytes }) => subscribedBytes / MIB),
  });
}

/** Undefined: of a newer version, or damaged. Forecasts can be made without; nothing fails for it. */
export function decodeCapacityHistory({ value }: Pick<KeyValue, 'value'>): CapacityHistory | undefined {
  const parsed = STORED.safeParse(parse(value));
  if (!parsed.success) return undefined;
  const { hours, ...columns } = parsed.data;
  const byColumn = Object.entries(COLUMNS).map(
    ([name, field]) => [field, sums(columns[name as keyof typeof COLUMNS])] as const,
  );
  if (byColumn.some(([, values]) => values.length !== hours.length)) return undefined;
  return sums(hours).map(
    (hour, index) =>
      ({
        atMs: hour * HOUR_MS,
        ...Object.fromEntries(byColumn.map(([field, values]) => [field, values[index]! * MIB])),
      }) as unknown as CapacitySample,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `of`: whose ledger it is, a pool's or an account's. */
export interface NewSample {
  readonly of: Urn;
  readonly sample: CapacitySample;
}

/** What somebody else has sampled meanwhile stays, and so does what a newer version has written. */
export async function addCapacitySamples(store: StateStore, samples: readonly NewSample[]): Promise<void> {
  const items = await Promise.all(samples.map(({ of }) => store.get(keys.capacityHistory(of))));
  const writes = samples.flatMap(({ of, sample }, index): RecordWrite[] => {
    const item = items[index];
    const before = item ? decodeCapacityHistory(item) : [];
    const history = before && withSample(before, sample);
    if (!history) return [];
    const key = keys.capacityHistory(of);
    const put = { type: 'put', key, value: encodeCapacityHistory(history) } as const;
    return [{ compare: [{ key, modRevision: item?.modRevision ?? 0 }], operations: [put] }];
  });
  for (const txn of chunkWrites(writes)) await store.txn(txn);
}

/** So many are read at once: up to 2 MiB. */
const PAGE = 500;

/** Undefined: there is none, or a newer version has written it. */
export async function readCapacityHistory(
  snapshot: Pick<Snapshot, 'get'>,
  of: Urn,
): Promise<CapacityHistory | undefined> {
  const item = await snapshot.get(keys.capacityHistory(of));
  return item && decodeCapacityHistory(item);
}

/** All there are, by the uuid of whose ledger it is. */
export async function readCapacityHistories(snapshot: Pick<Snapshot, 'range'>): Promise<Map<string, CapacityHistory>> {
  const found = new Map<string, CapacityHistory>();
  const prefix = keys.capacityHistories;
  for (let after: string | undefined; ; ) {
    const page = await snapshot.range({ prefix, limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const item of page.items) {
      const history = decodeCapacityHistory(item);
      if (history) found.set(item.key.slice(prefix.length), history);
    }
    after = page.items.at(-1)?.key;
    if (!page.more || after === undefined) return found;
  }
}
