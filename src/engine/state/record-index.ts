/**
 * All records in memory, kept up to date by the store's watch, with the indexes that are not in the store: by kind, by
 * the beginning of a name or tag, by project and by tenant. For processes that live long and are asked often; a command
 * reads what it needs (view.ts). What it says is as old as the watch: a moment. Whoever wrote something waits for it.
 */
import { compareText } from '../../lib/compare-text.ts';
import { foldName } from '../model/address.ts';
import type { KindName } from '../model/kinds.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import { uniqueNames, ZONE } from '../model/unique-names.ts';
import { makeUrn, type Urn, uuidOf } from '../model/urn.ts';
import { keys } from './keys.ts';
import { decodeRecord } from './records.ts';
import { createSortedTexts, type SortedTexts } from './sorted-texts.ts';
import { type KeyValue, type Revision, rangeAll, type StateStore, type WatchBatch } from './store.ts';

export interface TagMatch {
  readonly record: VersionedRecord;
  /** The whole tag. */
  readonly tag: string;
}

export interface RecordIndex {
  /** Of the store when the index was last changed. */
  readonly revision: Revision;
  /** Live or dead. */
  get<K extends KindName>(urn: Urn): VersionedRecord<K> | undefined;
  /** Live ones, by name; all below too. */
  ofKind<K extends KindName>(kind: K): readonly VersionedRecord<K>[];
  /** Names that begin so, ignoring case; an equal one first. */
  named<K extends KindName>(kind: K, prefix: string): readonly VersionedRecord<K>[];
  tagged(kind: KindName, prefix: string): readonly TagMatch[];
  /** In a project, on a storage system, or of what belongs to another record: pools of a system, initiators of a host. */
  under<K extends KindName>(kind: K, scope: Urn): readonly VersionedRecord<K>[];
  /** The same by the scope's uuid, in no order: where many are asked about. */
  inScope<K extends KindName>(kind: K, scope: string): readonly VersionedRecord<K>[];
  /** Resolves true when it holds for the records as they are or come to be, false when the signal is aborted first. */
  until(holds: (index: RecordIndex) => boolean, signal: AbortSignal): Promise<boolean>;
  /** Rejects with what ended the watch, when that was an error; resolves after close. */
  readonly ended: Promise<void>;
  close(): void;
}

interface KindIndex {
  readonly names: SortedTexts<Urn>;
  readonly tags: SortedTexts<Urn>;
  /** By uuid. */
  readonly scopes: Map<string, Set<Urn>>;
}

/** Loads everything once. Throws StoreError. */
export async function openRecordIndex(store: StateStore): Promise<RecordIndex> {
  const stop = new AbortController();
  const records = new Map<Urn, VersionedRecord>();
  const kinds = new Map<KindName, KindIndex>();
  const waiting = new Set<() => void>();
  let revision: Revision = 0;

  const kindOf = (kind: KindName): KindIndex => {
    const found = kinds.get(kind) ?? { names: createSortedTexts(), tags: createSortedTexts(), scopes: new Map() };
    kinds.set(kind, found);
    return found;
  };
  const forget = (urn: Urn): void => {
    const before = records.get(urn);
    if (!before) return;
    records.delete(urn);
    if (isLive(before.record)) unlist(kindOf(before.record.kind), before.record);
  };
  const learn = (item: KeyValue): Urn => {
    const versioned = decodeRecord(item);
    const { record } = versioned;
    const before = records.get(record.urn);
    if (before && before.revision >= versioned.revision) return record.urn;
    forget(record.urn);
    records.set(record.urn, versioned);
    if (isLive(record)) list(kindOf(record.kind), record);
    return record.urn;
  };
  const load = async (): Promise<void> => {
    const snapshot = await store.snapshot();
    try {
      const seen = new Set<Urn>();
      for await (const item of rangeAll(snapshot, keys.records)) seen.add(learn(item));
      for (const urn of [...records.keys()]) if (!seen.has(urn)) forget(urn);
      revision = snapshot.revision;
    } finally {
      snapshot.close();
    }
  };
  const apply = async (batch: WatchBatch): Promise<void> => {
    if (batch.type === 'gap') await load();
    else {
      for (const event of batch.events) {
        if (event.type === 'put') learn(event.item);
        else forgetKey(event.key, event.modRevision);
      }
      revision = Math.max(revision, batch.revision);
    }
    for (const wake of [...waiting]) wake();
  };
  const forgetKey = (key: string, modRevision: Revision): void => {
    const [, kind, uuid] = key.split('/') as [string, KindName, string];
    const before = records.get(makeUrn(kind, uuid));
    if (before && before.revision < modRevision) forget(before.record.urn);
  };

  await load();
  const watch = async (): Promise<void> => {
    for await (const batch of store.watch(keys.records, revision + 1, stop.signal)) await apply(batch);
  };
  const ended = watch();
  // Whoever asks hears of it; nobody has to.
  ended.catch(() => {});

  const found = <K extends KindName>(urns: Iterable<Urn>) =>
    [...urns].flatMap((urn) => (records.get(urn) as VersionedRecord<K> | undefined) ?? []);
  const index: RecordIndex = {
    get revision() {
      return revision;
    },
    get: <K extends KindName>(urn: Urn) => records.get(urn) as VersionedRecord<K> | undefined,
    ofKind: (kind) => found(kindOf(kind).names.all()),
    named: (kind, prefix) =>
      found(
        kindOf(kind)
          .names.startingWith(foldName(prefix))
          .map(({ value }) => value),
      ),
    tagged: (kind, prefix) =>
      kindOf(kind)
        .tags.startingWith(prefix)
        .flatMap(({ text, value }) => found([value]).map((record) => ({ record, tag: text }))),
    inScope: (kind, scope) => found(kindOf(kind).scopes.get(scope) ?? []),
    under: (kind, scope) => byName(index.inScope(kind, uuidOf(scope))),
    until: (holds, signal) => waitUntil(() => holds(index), waiting, signal, ended),
    ended,
    close: () => stop.abort(),
  };
  return index;
}

/** Every new state is looked at at once: what comes between two is seen by nobody. */
function waitUntil(
  holds: () => boolean,
  waiting: Set<() => void>,
  signal: AbortSignal,
  ended: Promise<void>,
): Promise<boolean> {
  if (holds()) return Promise.resolve(true);
  return new Promise((resolve, reject) => {
    const end = (answer: boolean): void => {
      waiting.delete(look);
      signal.removeEventListener('abort', give);
      resolve(answer);
    };
    const look = (): void => {
      if (holds()) end(true);
    };
    const give = (): void => end(false);
    waiting.add(look);
    signal.addEventListener('abort', give);
    if (signal.aborted) give();
    ended.then(give, (error: unknown) => {
      waiting.delete(look);
      reject(error);
    });
  });
}

const byName = <K extends KindName>(found: readonly VersionedRecord<K>[]): VersionedRecord<K>[] =>
  [...found].sort(
    (a, b) => compareText(foldName(a.record.name), foldName(b.record.name)) || compareText(a.record.urn, b.record.urn),
  );

/** Whose name it has to be unique under, whose it is, and who sees by it. */
function scopesOf(record: ResourceRecord): Set<string> {
  const {
    tenant = record.scope.tenant,
    host,
    cluster,
  } = record.spec as {
    readonly [K in 'tenant' | 'host' | 'cluster']?: Urn;
  };
  const { project } = record.scope;
  const on = record.status.device?.system;
  const scopes = new Set(uniqueNames(record).map(({ scope }) => scope));
  scopes.delete(ZONE);
  for (const urn of [tenant, project, host, cluster, on]) if (urn !== undefined) scopes.add(uuidOf(urn));
  return scopes;
}

function list({ names, tags, scopes }: KindIndex, record: ResourceRecord): void {
  names.add(foldName(record.name), record.urn);
  for (const tag of record.tags ?? []) tags.add(tag, record.urn);
  for (const scope of scopesOf(record)) scopes.set(scope, (scopes.get(scope) ?? new Set()).add(record.urn));
}

function unlist({ names, tags, scopes }: KindIndex, record: ResourceRecord): void {
  names.remove(foldName(record.name), record.urn);
  for (const tag of record.tags ?? []) tags.remove(tag, record.urn);
  for (const scope of scopesOf(record)) {
    const members = scopes.get(scope);
    members?.delete(record.urn);
    if (members?.size === 0) scopes.delete(scope);
  }
}
