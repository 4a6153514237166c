/**
 * Loading what the pure parts need: they run over a RecordedView, note what is missing, the needs are loaded from one
 * snapshot, and they run again, until nothing is missing. Operations rely on it; the pure parts only know RecordedView.
 */
import { assert, unreachable } from '../../lib/assert.ts';
import type { KindName } from '../model/kinds.ts';
import { memberKind } from '../model/members.ts';
import type { PortMetrics, SystemMetrics } from '../model/metrics.ts';
import type { VersionedRecord } from '../model/record.ts';
import type { LedgerEntry, Need, RecordedView } from '../model/recorded-view.ts';
import type { PoolAttributes, PortAttributes } from '../model/specs.ts';
import { makeUrn, parseUrn, type Urn } from '../model/urn.ts';
import { keys } from './keys.ts';
import { decodeLedger, decodeMetrics, decodeObserved, decodeRecord, decodeReference } from './records.ts';
import { type Revision, rangeAll, type Snapshot, type StateStore } from './store.ts';

/** Each round loads at least one level of references more; the model is not this deep. */
const ROUNDS_MAX = 64;
/**
 * No chain of references is this long: somebody stops at the first of many that isn't there yet (`some`, `find`), and each
 * round brings one more. From here on whole kinds are loaded, so that it ends.
 */
const ROUNDS_EACH = 16;
const READS_AT_ONCE = 128;

/** What is loaded, by URN or key. `undefined` as a value: looked up and absent. */
interface Loaded {
  readonly revision: Revision;
  readonly records: Map<Urn, VersionedRecord | undefined>;
  /** Unique and address keys. */
  readonly references: Map<string, Urn | undefined>;
  /** Whole ranges of references or of records, by prefix: whom they stand for, in the order of their keys. */
  readonly ranges: Map<string, readonly Urn[]>;
  /** By the prefix of their keys. */
  readonly members: Map<string, readonly Urn[]>;
  readonly wholeKinds: Set<KindName>;
  /** Of these all unique keys are in `references` and `ranges`. */
  readonly wholeScopes: Set<KindName>;
  readonly observed: Map<string, PoolAttributes | PortAttributes | undefined>;
  readonly metrics: Map<string, SystemMetrics | PortMetrics | undefined>;
  readonly ledgers: Map<string, LedgerEntry | undefined>;
}

/** A pure function's answer, and the record keys it read with their revisions (0 = absent). */
export interface ViewResult<T> {
  readonly result: T;
  readonly revision: Revision;
  readonly readSet: ReadonlyMap<string, Revision>;
}

/** One snapshot with everything that was loaded from it so far. Must be closed. */
export interface ViewLoader {
  readonly revision: Revision;
  /** What is read of it beside the view belongs to the same moment. */
  readonly snapshot: Pick<Snapshot, 'get' | 'range'>;
  run<T>(fn: (view: RecordedView) => T): Promise<ViewResult<T>>;
  close(): void;
}

/** Runs `fn` until it has all it asks for. It runs several times, so it must be pure. Given a loader, goes on there. */
export async function withView<T>(
  source: StateStore | ViewLoader,
  fn: (view: RecordedView) => T,
): Promise<ViewResult<T>> {
  if ('run' in source) return source.run(fn);
  const loader = await openViewLoader(source);
  try {
    return await loader.run(fn);
  } finally {
    loader.close();
  }
}

/**
 * `like`: what is asked for is much like what was asked before under that name. What that needed is read at once, all of it
 * anew, so that it takes one round instead of one for each level of references.
 */
export async function openViewLoader(store: StateStore, like?: string): Promise<ViewLoader> {
  const snapshot = await store.snapshot();
  const loaded = emptyLoaded(snapshot.revision);
  const asked = new Map<string, Need>(like === undefined ? [] : neededBefore(store, like));
  const used = new Set<string>();
  let ahead = [...asked.values()];
  return {
    revision: snapshot.revision,
    snapshot,
    run: async (fn) => {
      const first = ahead;
      ahead = [];
      await Promise.all(first.map((need) => loadNeed(snapshot, loaded, need)));
      for (let round = 0; round < ROUNDS_MAX; round++) {
        const needs = new Map<string, Need>();
        const reads = new Map<Urn, VersionedRecord | undefined>();
        const result = fn(createRecordedView(loaded, needs, reads, used));
        if (needs.size === 0) return viewResult(result, snapshot.revision, reads);
        for (const [key, need] of needs) asked.set(key, need);
        await loadNeeds(snapshot, loaded, [...needs.values()], round >= ROUNDS_EACH);
      }
      assert(false, `a view still has needs after ${ROUNDS_MAX} rounds`);
    },
    close: () => {
      snapshot.close();
      if (like !== undefined) rememberNeeds(store, like, loaded, asked, used);
    },
  };
}

/** By question: what it needs, without what only one of them was about. By the keys that are read. */
const remembered = new WeakMap<StateStore, Map<string, ReadonlyMap<string, Need>>>();
const QUESTIONS_MAX = 64;
const NEEDS_MAX = 1_000;

const neededBefore = (store: StateStore, like: string): ReadonlyMap<string, Need> =>
  remembered.get(store)?.get(like) ?? new Map();

/**
 * Only what was looked at is needed. Volumes are what the questions differ in; whole kinds may be large, and be had otherwise
 * the next time. Records come first: what refers to them finds them read.
 */
function rememberNeeds(
  store: StateStore,
  like: string,
  loaded: Loaded,
  asked: ReadonlyMap<string, Need>,
  used: ReadonlySet<string>,
): void {
  const records = [...loaded.records].map(([urn]): [string, Need] => [keys.record(urn), { type: 'record', urn }]);
  const isOwn = (need: Need): boolean =>
    need.type === 'kind' ||
    ('kind' in need && need.kind === 'volume') ||
    (need.type === 'record' && (!loaded.records.get(need.urn) || parseUrn(need.urn).kind === 'volume'));
  const kept = [...records, ...asked].filter(([key, need]) => used.has(key) && !isOwn(need));
  const questions = remembered.get(store) ?? new Map<string, ReadonlyMap<string, Need>>();
  if (!questions.has(like) && questions.size >= QUESTIONS_MAX) questions.clear();
  remembered.set(store, questions.set(like, new Map(kept.slice(0, NEEDS_MAX))));
}

/** Few ask for the read set, and it is as large as what was read: made when it is asked for. */
function viewResult<T>(
  result: T,
  revision: Revision,
  reads: ReadonlyMap<Urn, VersionedRecord | undefined>,
): ViewResult<T> {
  return {
    result,
    revision,
    get readSet() {
      return new Map([...reads].map(([urn, read]) => [keys.record(urn), read?.revision ?? 0]));
    },
  };
}

function emptyLoaded(revision: Revision): Loaded {
  return {
    revision,
    records: new Map(),
    references: new Map(),
    ranges: new Map(),
    members: new Map(),
    wholeKinds: new Set(),
    wholeScopes: new Set(),
    observed: new Map(),
    metrics: new Map(),
    ledgers: new Map(),
  };
}

/** The view over what is loaded. Notes what isn't in `needs`, what was read in `reads`, and which keys that took in `used`. */
function createRecordedView(
  loaded: Loaded,
  needs: Map<string, Need>,
  reads: Map<Urn, VersionedRecord | undefined>,
  used: Set<string>,
): RecordedView {
  const record = (urn: Urn): VersionedRecord | undefined => {
    const found = loaded.records.get(urn);
    if (!found && !loaded.records.has(urn) && !loaded.wholeKinds.has(parseUrn(urn).kind)) {
      needs.set(keys.record(urn), { type: 'record', urn });
      return undefined;
    }
    reads.set(urn, found);
    used.add(keys.record(urn));
    return found;
  };
  const isScopeLoaded = (need: Need): boolean => 'scope' in need && loaded.wholeScopes.has(need.kind);
  const referenced = (key: string, need: Need): VersionedRecord | undefined => {
    const urn = loaded.references.get(key);
    used.add(key);
    if (urn) return record(urn);
    if (!loaded.references.has(key) && !isScopeLoaded(need)) needs.set(key, need);
    return undefined;
  };
  const ranged = (prefix: string, need: Need): readonly VersionedRecord[] => {
    const found = loaded.ranges.get(prefix);
    used.add(prefix);
    if (!found && !isScopeLoaded(need)) needs.set(prefix, need);
    return (found ?? []).flatMap((urn) => record(urn) ?? []);
  };
  const looked = <T>(map: Map<string, T | undefined>, key: string, need: Need): T | undefined => {
    used.add(key);
    if (!map.has(key)) needs.set(key, need);
    return map.get(key);
  };
  const all = (kind: KindName): readonly VersionedRecord[] => {
    const prefix = keys.recordsOf(kind);
    const found = loaded.ranges.get(prefix);
    if (!found) needs.set(prefix, { type: 'kind', kind });
    return (found ?? []).map((urn) => record(urn)!);
  };
  return {
    revision: loaded.revision,
    get: (urn) => record(urn) as never,
    byName: (kind, scope, name) =>
      referenced(keys.unique(kind, scope, name), { type: 'unique', kind, scope, name }) as never,
    inScope: (kind, scope) => ranged(keys.uniqueIn(kind, scope), { type: 'unique-in', kind, scope }) as never,
    byAddress: (tenant, stack, kind, name) =>
      referenced(keys.address(tenant, stack, kind, name), { type: 'address', tenant, stack, kind, name }) as never,
    members: (of, list) => looked(loaded.members, keys.membersOf(of, list), { type: 'members', of, list }) ?? [],
    inStack: (tenant, stack) => ranged(keys.addressesOf(tenant, stack), { type: 'stack', tenant, stack }),
    all: (kind) => all(kind) as never,
    pool: (urn) => looked(loaded.observed, keys.observed(urn), { type: 'observed', urn }) as PoolAttributes | undefined,
    port: (urn) => looked(loaded.observed, keys.observed(urn), { type: 'observed', urn }) as PortAttributes | undefined,
    systemMetrics: (urn) =>
      looked(loaded.metrics, keys.metrics(urn), { type: 'metrics', urn }) as SystemMetrics | undefined,
    portMetrics: (urn) =>
      looked(loaded.metrics, keys.metrics(urn), { type: 'metrics', urn }) as PortMetrics | undefined,
    ledger: (pool) => looked(loaded.ledgers, keys.ledger(pool), { type: 'ledger', pool }),
  };
}

async function loadNeeds(
  snapshot: Snapshot,
  loaded: Loaded,
  needs: readonly Need[],
  wholeKinds: boolean,
): Promise<void> {
  if (wholeKinds) for (const need of needs) await loadWhole(snapshot, loaded, need);
  await inBatches(needs, (need) => loadNeed(snapshot, loaded, need));
}

/** All that is like what is needed. */
async function loadWhole(snapshot: Snapshot, loaded: Loaded, need: Need): Promise<void> {
  if (need.type === 'record') {
    const { kind } = parseUrn(need.urn);
    if (!loaded.wholeKinds.has(kind)) await loadKind(snapshot, loaded, kind);
  } else if ('scope' in need && !loaded.wholeScopes.has(need.kind)) {
    await loadScopes(snapshot, loaded, need.kind);
  }
}

async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += READS_AT_ONCE) {
    await Promise.all(items.slice(at, at + READS_AT_ONCE).map(work));
  }
}

async function loadNeed(snapshot: Snapshot, loaded: Loaded, need: Need): Promise<void> {
  switch (need.type) {
    case 'record':
      return loadRecord(snapshot, loaded, need.urn);
    case 'unique':
      return loadReference(snapshot, loaded, keys.unique(need.kind, need.scope, need.name));
    case 'address':
      return loadReference(snapshot, loaded, keys.address(need.tenant, need.stack, need.kind, need.name));
    case 'unique-in':
      return loadReferences(snapshot, loaded, keys.uniqueIn(need.kind, need.scope));
    case 'stack':
      return loadReferences(snapshot, loaded, keys.addressesOf(need.tenant, need.stack));
    case 'members':
      return loadMembers(snapshot, loaded, need.of, need.list);
    case 'kind':
      return loadKind(snapshot, loaded, need.kind);
    case 'observed': {
      const key = keys.observed(need.urn);
      const { kind } = parseUrn(need.urn);
      const item = await snapshot.get(key);
      loaded.observed.set(key, item && decodeObserved(kind === 'port' ? 'port' : 'pool', item));
      return;
    }
    case 'metrics': {
      const item = await snapshot.get(keys.metrics(need.urn));
      loaded.metrics.set(
        keys.metrics(need.urn),
        item && decodeMetrics(parseUrn(need.urn).kind === 'port' ? 'port' : 'storageSystem', item),
      );
      return;
    }
    case 'ledger': {
      const item = await snapshot.get(keys.ledger(need.pool));
      loaded.ledgers.set(keys.ledger(need.pool), item && decodeLedger(item));
      return;
    }
    default:
      unreachable(need, 'need');
  }
}

async function loadRecord(snapshot: Snapshot, loaded: Loaded, urn: Urn): Promise<void> {
  if (loaded.records.has(urn)) return;
  const item = await snapshot.get(keys.record(urn));
  loaded.records.set(urn, item && decodeRecord(item));
}

/** With the record it stands for, which is what was asked for. */
async function loadReference(snapshot: Snapshot, loaded: Loaded, key: string): Promise<void> {
  const item = await snapshot.get(key);
  const urn = item && decodeReference(item);
  loaded.references.set(key, urn);
  if (urn) await loadRecord(snapshot, loaded, urn);
}

async function loadReferences(snapshot: Snapshot, loaded: Loaded, prefix: string): Promise<void> {
  const found: Urn[] = [];
  for await (const item of rangeAll(snapshot, prefix)) {
    const urn = decodeReference(item);
    loaded.references.set(item.key, urn);
    found.push(urn);
  }
  await inBatches(found, (urn) => loadRecord(snapshot, loaded, urn));
  // A record that is being renamed holds its old name and its new one: it is one all the same.
  loaded.ranges.set(prefix, [...new Set(found)]);
}

/** Of every scope. */
async function loadScopes(snapshot: Snapshot, loaded: Loaded, kind: KindName): Promise<void> {
  const found = new Map<string, Set<Urn>>();
  for await (const item of rangeAll(snapshot, keys.uniqueOf(kind))) {
    const urn = decodeReference(item);
    const prefix = item.key.slice(0, item.key.indexOf('/', keys.uniqueOf(kind).length) + 1);
    loaded.references.set(item.key, urn);
    found.set(prefix, (found.get(prefix) ?? new Set()).add(urn));
  }
  if (!loaded.wholeKinds.has(kind)) await loadKind(snapshot, loaded, kind);
  for (const [prefix, urns] of found) loaded.ranges.set(prefix, [...urns]);
  loaded.wholeScopes.add(kind);
}

async function loadMembers(snapshot: Snapshot, loaded: Loaded, of: Urn, list: string): Promise<void> {
  const prefix = keys.membersOf(of, list);
  const kind = memberKind(parseUrn(of).kind, list);
  const found: Urn[] = [];
  for await (const item of rangeAll(snapshot, prefix)) found.push(makeUrn(kind, item.key.slice(prefix.length)));
  loaded.members.set(prefix, found);
}

async function loadKind(snapshot: Snapshot, loaded: Loaded, kind: KindName): Promise<void> {
  const found: Urn[] = [];
  for await (const item of rangeAll(snapshot, keys.recordsOf(kind))) {
    const urn = makeUrn(kind, item.key.slice(keys.recordsOf(kind).length));
    if (!loaded.records.has(urn)) loaded.records.set(urn, decodeRecord(item));
    found.push(urn);
  }
  loaded.ranges.set(keys.recordsOf(kind), found);
  loaded.wholeKinds.add(kind);
}
