/**
 * Numbered migrations of stored forms. Each is a pure function over one key/value pair, and idempotent: a pair that is
 * new already comes back as it is. So a migration runs in chunks beside other writers, goes on after a crash, and the
 * version is written last. Published migrations never change. Whoever opens a state relies on it (installation.ts).
 */
import { assert } from '../../lib/assert.ts';
import { foldName } from '../model/address.ts';
import { chunkWrites } from './chunks.ts';
import { keys } from './keys.ts';
import { hasLists, listsToMembers } from './lists-to-members.ts';
import type { RecordWrite } from './records.ts';
import { hasShares, sharesToMembers } from './shares-to-members.ts';
import { type KeyValue, type Operation, type StateStore, StoreDamagedError } from './store.ts';

export interface Pair {
  readonly key: string;
  readonly value: string;
}

export interface Migration {
  /** From `to - 1`. */
  readonly to: number;
  readonly what: string;
  /** What stands in the pair's place: itself (the same object) when there is nothing to do, nothing when it goes. */
  migrate(pair: Pair): readonly Pair[];
}

const MIGRATIONS: readonly Migration[] = [
  {
    to: 1,
    what: 'policy beside the spec, incarnations, names folded in keys',
    migrate: (pair) => {
      if (pair.key.startsWith('r/')) return [recordToVersion1(pair)];
      const parts = pair.key.split('/');
      if (parts[0] === 'u') return [withKey(pair, [...parts.slice(0, 3), foldName(parts.slice(3).join('/'))])];
      if (parts[0] !== 'a') return [pair];
      const [, tenant, stack, kind, ...name] = parts;
      return [withKey(pair, ['a', tenant!, foldName(stack!), kind!, foldName(name.join('/'))])];
    },
  },
  {
    to: 2,
    what: 'lists of references as records of their own, one an entry',
    migrate: (pair) => (hasLists(pair.key) ? listsToMembers(pair, parseObject(pair)) : [pair]),
  },
  {
    to: 3,
    what: "tenants' shares of virtual pools as records of their own, one a share",
    migrate: (pair) => (hasShares(pair.key) ? sharesToMembers(pair, parseObject(pair)) : [pair]),
  },
];

/** What this version of the product reads and writes. */
export const STATE_VERSION = 3;
assert(MIGRATIONS.length === STATE_VERSION, 'each version of the state has one migration');

/** Pairs read at once, and the most a chunk of a crashed migration has to do again. */
const PAGE = 100;
const CONFLICTS_MAX = 20;

function withKey(pair: Pair, parts: readonly string[]): Pair {
  const key = parts.join('/');
  return key === pair.key ? pair : { key, value: pair.value };
}

function recordToVersion1(pair: Pair): Pair {
  const record = parseObject(pair);
  if (typeof record.schemaVersion === 'number') return pair;
  const { protect = true, onRemove = 'quarantine', ...spec } = (record.spec ?? {}) as Record<string, unknown>;
  const value = { incarnation: 1, ...record, spec, policy: { protect, onRemove }, schemaVersion: 1 };
  return { key: pair.key, value: JSON.stringify(value) };
}

function parseObject(pair: Pair): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(pair.value);
    if (value !== null && typeof value === 'object') return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new StoreDamagedError(`the state is damaged: ${pair.key} is not a record`);
}

/** The same for pairs that are not in a store yet. Throws StoreDamagedError when two become one. */
export function migratePairs(pairs: readonly Pair[], fromVersion: number): readonly Pair[] {
  return MIGRATIONS.filter((migration) => migration.to > fromVersion).reduce<readonly Pair[]>((before, migration) => {
    const after = new Map<string, Pair>();
    for (const pair of before.flatMap((each) => migration.migrate(each))) {
      if (after.get(pair.key) && after.get(pair.key)!.value !== pair.value) throw collision(pair.key);
      after.set(pair.key, pair);
    }
    return [...after.values()];
  }, pairs);
}

/** Brings a store from `fromVersion` to STATE_VERSION. Safe to run again, and by several processes at once. */
export async function migrateStore(store: StateStore, fromVersion: number): Promise<void> {
  for (const migration of MIGRATIONS) {
    if (migration.to <= fromVersion) continue;
    await runMigration(store, migration);
    await writeVersion(store, migration.to);
  }
}

async function writeVersion(store: StateStore, version: number): Promise<void> {
  const current = await store.get(keys.version);
  if (current && Number(current.value) >= version) return;
  await store.txn({
    compare: [{ key: keys.version, modRevision: current?.modRevision ?? 0 }],
    success: [{ type: 'put', key: keys.version, value: String(version) }],
  });
}

async function runMigration(store: StateStore, migration: Migration): Promise<void> {
  let after: string | undefined;
  let conflicts = 0;
  for (;;) {
    const page = await store.range({ prefix: '', limit: PAGE, ...(after === undefined ? {} : { after }) });
    if (!(await migratePage(store, migration, page.items))) {
      assert(++conflicts <= CONFLICTS_MAX, `migration ${migration.to} meets a conflict again and again`);
      continue;
    }
    after = page.items.at(-1)?.key;
    if (!page.more || after === undefined) return;
  }
}

/** False when somebody else wrote meanwhile: the page has to be read again. */
async function migratePage(store: StateStore, migration: Migration, items: readonly KeyValue[]): Promise<boolean> {
  const writes: RecordWrite[] = [];
  for (const item of items) {
    // What belongs to a lease is gone by itself before long.
    if (item.lease !== undefined) continue;
    const pairs = migration.migrate(item);
    if (pairs.length === 1 && pairs[0] === item) continue;
    const write = await replace(store, item, pairs);
    if (write === undefined) return false;
    writes.push(write);
  }
  for (const txn of chunkWrites(writes)) {
    if (!(await store.txn(txn)).succeeded) return false;
  }
  return true;
}

/** Undefined when somebody else has replaced it meanwhile, and went on with what came of it. */
async function replace(store: StateStore, item: KeyValue, pairs: readonly Pair[]): Promise<RecordWrite | undefined> {
  const compare = [{ key: item.key, modRevision: item.modRevision }];
  const operations: Operation[] = pairs.map(({ key, value }) => ({ type: 'put', key, value }));
  for (const { key, value } of pairs) {
    if (key === item.key) continue;
    const there = await store.get(key);
    if (there && there.value !== value) {
      if ((await store.get(item.key))?.modRevision !== item.modRevision) return undefined;
      throw collision(key);
    }
    compare.push({ key, modRevision: there?.modRevision ?? 0 });
  }
  if (pairs.every(({ key }) => key !== item.key)) operations.push({ type: 'delete', key: item.key });
  return { compare, operations };
}

function collision(key: string): StoreDamagedError {
  return new StoreDamagedError(`the state can't be brought to this version: two entries become ${key}`);
}
