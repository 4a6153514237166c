/**
 * The installation: its identity, the epoch of its state, and the version of the stored forms. Every command that needs
 * state opens it here, so that a missing, newer, older or damaged one is met in one place, with a diagnostic.
 */
import type { Clock } from '../../lib/clock.ts';
import { fail } from '../../lib/diagnostic.ts';
import { type Random, uuid } from '../../lib/random.ts';
import { type Actor, RECORD_SCHEMA_VERSION, type ResourceRecord } from '../model/record.ts';
import { ROOT_TENANT_NAME, ROOT_TENANT_URN } from '../model/urn.ts';
import { keys } from './keys.ts';
import { createMemoryStore } from './memory/memory-store.ts';
import { migratePairs, migrateStore, STATE_VERSION } from './migrations.ts';
import { putRecordOps } from './records.ts';
import { rangeAll, type StateStore, StoreDamagedError, StoreMissingError } from './store.ts';

export interface Installation {
  /** Random; part of the mark on every object of ours. */
  readonly installationId: string;
  readonly createdAtMs: number;
  /** +1 at every import or restore. A mark with a higher one means that this state is old. */
  readonly epoch: number;
  readonly version: number;
}

const FIRST_EPOCH = 1;

/** Makes an empty store a state: identity, epoch, version and the root tenant, in one transaction. */
export async function initialiseState(
  store: StateStore,
  env: { readonly random: Random; readonly clock: Clock; readonly actor: Actor },
): Promise<Installation> {
  const createdAtMs = env.clock.nowMs();
  const installationId = uuid(env.random);
  const tenant = putRecordOps(rootTenant(env.actor, createdAtMs));
  const { succeeded } = await store.txn({
    compare: [{ key: keys.installation, exists: false }, ...tenant.compare],
    success: [
      { type: 'put', key: keys.installation, value: JSON.stringify({ id: installationId, createdAtMs }) },
      { type: 'put', key: keys.epoch, value: String(FIRST_EPOCH) },
      { type: 'put', key: keys.version, value: String(STATE_VERSION) },
      ...tenant.operations,
    ],
  });
  if (!succeeded) {
    fail('error', {
      code: 'COPRHD-STATE-004',
      summary: `there is a state already in ${store.description}`,
      fix: 'use it as it is, or choose another place for the new one',
    });
  }
  return { installationId, createdAtMs, epoch: FIRST_EPOCH, version: STATE_VERSION };
}

function rootTenant(actor: Actor, createdAtMs: number): ResourceRecord<'tenant'> {
  return {
    urn: ROOT_TENANT_URN,
    kind: 'tenant',
    name: ROOT_TENANT_NAME,
    scope: {},
    owner: { type: 'api', user: actor.name },
    spec: {},
    status: { phase: 'ready', sinceMs: createdAtMs },
    policy: { protect: true, onRemove: 'retain' },
    createdBy: actor,
    createdAtMs,
    incarnation: 1,
    schemaVersion: RECORD_SCHEMA_VERSION,
  };
}

/** Undefined when the store is not a state yet. Throws StoreDamagedError. */
export async function readInstallation(store: StateStore): Promise<Installation | undefined> {
  const { gets } = await readTogether(store);
  const [installation, epoch, version, importing] = gets;
  if (importing) {
    throw new StoreDamagedError(
      `an import into ${store.description} did not finish: run it again with the same document`,
    );
  }
  if (!installation) return undefined;
  try {
    const { id, createdAtMs } = JSON.parse(installation.value) as { id: string; createdAtMs: number };
    if (typeof id !== 'string') throw new TypeError('no id');
    return { installationId: id, createdAtMs, epoch: integer(epoch?.value), version: integer(version?.value ?? '0') };
  } catch (cause) {
    throw new StoreDamagedError(`the state is damaged: ${keys.installation} is not readable`, { cause });
  }
}

/** From one snapshot, and without a write transaction: the store may be open for reading only. */
async function readTogether(store: StateStore) {
  const snapshot = await store.snapshot();
  try {
    const wanted = [keys.installation, keys.epoch, keys.version, IMPORTING_KEY];
    return { gets: await Promise.all(wanted.map((key) => snapshot.get(key))) };
  } finally {
    snapshot.close();
  }
}

/** There while an import runs; see transfer.ts. */
export const IMPORTING_KEY = 'm/importing';

function integer(text: string | undefined): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new TypeError(`not an integer: ${text}`);
  return value;
}

export interface OpenedState {
  readonly store: StateStore;
  readonly installation: Installation;
}

export interface OpenStateOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The store is open for reading only: an older state is then brought to this version in memory. */
  readonly readOnly?: boolean;
}

/**
 * Opens the store and makes sure that it is a state of this version, bringing an older one to it. Otherwise an
 * OperationError (COPRHD-STATE-001, -002, -003), with the store closed.
 */
export async function openState(open: () => Promise<StateStore>, options: OpenStateOptions): Promise<OpenedState> {
  let store: StateStore | undefined;
  try {
    store = await open();
    const installation = await readInstallation(store);
    if (!installation) throw new StoreMissingError(`there is no state in ${store.description}`);
    if (installation.version > STATE_VERSION) refuseNewer(store, installation.version);
    if (installation.version === STATE_VERSION) return { store, installation };
    const current = options.readOnly ? await migratedCopy(store, installation.version, options) : store;
    if (!options.readOnly) await migrateStore(store, installation.version);
    return { store: current, installation: { ...installation, version: STATE_VERSION } };
  } catch (error) {
    await store?.close();
    return explainFailure(error);
  }
}

function refuseNewer(store: StateStore, version: number): never {
  fail('error', {
    code: 'COPRHD-STATE-002',
    summary: `the state in ${store.description} is newer than this version of coprhd`,
    detail: `the state has version ${version}; this coprhd knows up to ${STATE_VERSION}`,
    fix: 'use the version of coprhd that wrote it, or a later one',
  });
}

/** What to do with a state that can't be read. */
export const RESTORE_FIX =
  'restore the last export into a new state: coprhd state import FILE --state NEW; keep this one for whoever looks into it. Nothing was changed';

function explainFailure(error: unknown): never {
  if (error instanceof StoreMissingError) {
    fail('error', { code: 'COPRHD-STATE-001', summary: error.message, fix: 'make one with `coprhd init`' });
  }
  if (error instanceof StoreDamagedError) {
    fail('error', {
      code: 'COPRHD-STATE-003',
      summary: error.message,
      fix: RESTORE_FIX,
    });
  }
  throw error;
}

async function migratedCopy(store: StateStore, version: number, env: OpenStateOptions): Promise<StateStore> {
  const pairs = [];
  const snapshot = await store.snapshot();
  try {
    for await (const item of rangeAll(snapshot, '')) if (item.lease === undefined) pairs.push(item);
  } finally {
    snapshot.close();
  }
  const copy = createMemoryStore(env);
  for (const { key, value } of migratePairs(pairs, version)) {
    await copy.txn({ success: [{ type: 'put', key, value }] });
  }
  await copy.txn({ success: [{ type: 'put', key: keys.version, value: String(STATE_VERSION) }] });
  await store.close();
  return copy;
}
