/**
 * Records as store operations: the one place that knows that a record's unique names and address are written with it.
 * Pure; whoever writes records (operations, workflow, observe) uses it and nothing else. Read values are checked here,
 * so that a damaged or foreign one is found at the door, with its key.
 */
import { z } from 'zod';
import { assert } from '../../lib/assert.ts';
import { canonicalJson } from '../../lib/canonical-json.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { PortMetrics, SystemMetrics } from '../model/metrics.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import type { LedgerEntry } from '../model/recorded-view.ts';
import { type PoolAttributes, type PortAttributes, SPEC_SCHEMAS } from '../model/specs.ts';
import { uniqueNames } from '../model/unique-names.ts';
import { isUrn, parseUrn, type Urn } from '../model/urn.ts';
import { envelopeProblem, urnSchema } from './envelope.ts';
import { keys } from './keys.ts';
import { type Compare, type KeyValue, type Operation, StoreDamagedError } from './store.ts';

/** A write and what must hold for it. Belongs into one transaction as a whole. */
export interface RecordWrite {
  readonly compare: readonly Compare[];
  readonly operations: readonly Operation[];
}

/** Keys that a record holds beside its own, each with the URN as value. A tombstone holds no address. */
export function heldKeys(record: ResourceRecord): string[] {
  const names = uniqueNames(record).map(({ kind, scope, name }) => keys.unique(kind, scope, name));
  const address = addressKey(record);
  return address === undefined || record.status.phase === 'deleted' ? names : [...names, address];
}

/** Only what a stack declares has an address; REST's and the engine's own have none. */
function addressKey(record: ResourceRecord): string | undefined {
  const { owner, kind, name } = record;
  return owner.type === 'stack' ? keys.address(owner.tenant, owner.name, kind, name) : undefined;
}

/**
 * Writes a record: it must be at `previous` (or absent), and names it takes anew must be free. Names and the address that
 * it doesn't hold any more are released.
 */
export function putRecordOps(record: ResourceRecord, previous?: VersionedRecord): RecordWrite {
  assert(!previous || previous.record.urn === record.urn, `${record.urn} is not the successor of another record`);
  const held = new Set(previous ? heldKeys(previous.record) : []);
  const wanted = new Set(heldKeys(record));
  const taken = [...wanted].filter((key) => !held.has(key));
  const released = [...held].filter((key) => !wanted.has(key));
  return {
    compare: [
      { key: keys.record(record.urn), modRevision: previous?.revision ?? 0 },
      ...taken.map((key): Compare => ({ key, exists: false })),
    ],
    operations: [
      { type: 'put', key: keys.record(record.urn), value: encodeRecord(record) },
      ...taken.map((key): Operation => ({ type: 'put', key, value: record.urn })),
      ...released.map((key): Operation => ({ type: 'delete', key })),
    ],
  };
}

const WITH_CAPACITY: ReadonlySet<string> = new Set(['pool', 'virtualPool', 'project', 'tenant']);

/** Removes a record for good, with its names, its address and what was observed and measured of it. */
export function removeRecordOps(previous: VersionedRecord): RecordWrite {
  const { urn, kind } = previous.record;
  const measured = [
    ...(kind in METRICS ? [keys.metrics(urn)] : []),
    ...(WITH_CAPACITY.has(kind) ? [keys.capacityHistory(urn)] : []),
  ];
  const gone = [keys.record(urn), keys.observed(urn), ...measured, ...heldKeys(previous.record)];
  return {
    compare: [{ key: keys.record(urn), modRevision: previous.revision }],
    operations: gone.map((key): Operation => ({ type: 'delete', key })),
  };
}

/**
 * Several writes as one. A name that one releases and another takes moves: the compare on the releasing record guards it.
 */
export function combineWrites(writes: readonly RecordWrite[]): RecordWrite {
  const operations = writes.flatMap((write) => write.operations);
  const put = new Set(operations.filter((o) => o.type === 'put').map((o) => o.key));
  const moved = new Set(operations.flatMap((o) => (o.type === 'delete' && put.has(o.key) ? [o.key] : [])));
  return {
    compare: writes.flatMap((write) => write.compare).filter((c) => !('exists' in c && moved.has(c.key))),
    operations: operations.filter((o) => !(o.type === 'delete' && moved.has(o.key))),
  };
}

/** Throws AssertionError when the record is too large: growing lists belong into records of their own. */
export function encodeRecord(record: ResourceRecord): string {
  const text = canonicalJson(record);
  const bytes = Buffer.byteLength(text);
  assert(bytes <= LIMITS.recordBytesMax, `${record.urn} has ${bytes} bytes, at most ${LIMITS.recordBytesMax}`);
  return text;
}

/** The last value that was read of a key: a running workflow reads the same records again and again. Emptied when full. */
const LAST_READ = new Map<string, { readonly value: string; readonly record: ResourceRecord }>();
const LAST_READ_MAX = 1_000;

/** The record of `r/{kind}/{uuid}`. Throws StoreDamagedError naming the key and what is wrong. */
export function decodeRecord(item: KeyValue): VersionedRecord {
  const last = LAST_READ.get(item.key);
  if (last?.value === item.value) return { record: last.record, revision: item.modRevision };
  const versioned = readItem(item);
  if (LAST_READ.size >= LAST_READ_MAX) LAST_READ.clear();
  LAST_READ.set(item.key, { value: item.value, record: versioned.record });
  return versioned;
}

function readItem(item: KeyValue): VersionedRecord {
  const raw = parse(item) as ResourceRecord;
  const problem = envelopeProblem(raw);
  if (problem !== undefined) throw damaged(item.key, problem);
  const { kind, uuid } = parseUrn(raw.urn);
  if (raw.kind !== kind || item.key !== `r/${kind}/${uuid}`) throw damaged(item.key, `holds ${raw.kind} ${raw.urn}`);
  const spec = SPEC_SCHEMAS[kind].safeParse(raw.spec);
  if (!spec.success) throw damaged(item.key, z.prettifyError(spec.error));
  // What was stored wins over what the schema returns: inside nested objects that has lost unknown fields.
  return { record: { ...raw, spec: { ...spec.data, ...raw.spec } } as ResourceRecord, revision: item.modRevision };
}

/** The URN that a unique or address key stands for. */
export function decodeReference(item: KeyValue): Urn {
  if (!isUrn(item.value)) throw damaged(item.key, 'is not a URN');
  return item.value;
}

const count = z.number().nonnegative();
const amounts = z.looseObject({ allocatedBytes: count, subscribedBytes: count, volumes: count });
const LEDGER = z.looseObject({ pool: urnSchema, reservations: z.record(z.string(), amounts), committed: amounts });
const seen = { notVisibleSinceMs: z.number().optional() };
const OBSERVED = {
  pool: z.looseObject({ name: z.string(), totalBytes: count, freeBytes: count, observedAtMs: z.number(), ...seen }),
  port: z.looseObject({ name: z.string(), status: z.enum(['up', 'down']), observedAtMs: z.number(), ...seen }),
} as const;

interface ObservedTypes {
  readonly pool: PoolAttributes;
  readonly port: PortAttributes;
}
export type ObservedKind = keyof ObservedTypes;

const percent = z.number().min(0).max(100);
const taken = { sampledAtMs: z.number(), receivedAtMs: z.number() };
const busy = z
  .looseObject({
    lastPercent: percent,
    averagePercent: percent,
    samples: z.int().nonnegative(),
    periodStartedAtMs: z.number(),
    longAveragePercent: percent.optional(),
    measuredAtMs: z.number(),
  })
  .optional();
const METRICS = {
  port: z.looseObject({ ...taken, kilobytesTransferred: count, busy, cpuBusyPercent: percent.optional() }),
  storageSystem: z.looseObject({
    receivedAtMs: z.number(),
    usablePorts: z.looseObject({ busyPercent: percent, measuredAtMs: z.number() }).optional(),
    haDomains: z.array(z.looseObject({ ...taken, name: z.string(), totalTicks: count, idleTicks: count, busy })),
  }),
} as const;

interface MetricsTypes {
  readonly port: PortMetrics;
  readonly storageSystem: SystemMetrics;
}
export type MeasuredKind = keyof MetricsTypes;

export function encodeLedger(entry: LedgerEntry): string {
  return canonicalJson(entry);
}

export function decodeLedger(item: KeyValue): LedgerEntry {
  return checked(LEDGER, item) as LedgerEntry;
}

export function encodeObserved<K extends ObservedKind>(_kind: K, attributes: ObservedTypes[K]): string {
  return canonicalJson(attributes);
}

export function decodeObserved<K extends ObservedKind>(kind: K, item: KeyValue): ObservedTypes[K] {
  return checked(OBSERVED[kind], item) as unknown as ObservedTypes[K];
}

export function encodeMetrics<K extends MeasuredKind>(_kind: K, metrics: MetricsTypes[K]): string {
  return canonicalJson(metrics);
}

export function decodeMetrics<K extends MeasuredKind>(kind: K, item: KeyValue): MetricsTypes[K] {
  return checked(METRICS[kind], item) as unknown as MetricsTypes[K];
}

function checked(schema: z.ZodType, item: KeyValue): unknown {
  const value = parse(item);
  const result = schema.safeParse(value);
  if (!result.success) throw damaged(item.key, z.prettifyError(result.error));
  return value;
}

function parse(item: KeyValue): unknown {
  try {
    return JSON.parse(item.value);
  } catch (cause) {
    throw damaged(item.key, 'is not JSON', cause);
  }
}

function damaged(key: string, what: string, cause?: unknown): StoreDamagedError {
  return new StoreDamagedError(`the state is damaged: ${key}: ${what.replaceAll('\n', ' ')}`, { cause });
}
