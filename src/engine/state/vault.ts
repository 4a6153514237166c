/**
 * The vault: secrets in state, each sealed under a key that state never holds. `s/key` says which key is in use, and during
 * a rotation which one came before; every write compares it, so that nothing is sealed under a key that was given up. What
 * is stored goes into exports as it is. Only operations on secrets and credentials rely on it.
 */
import { z } from 'zod';
import { canonicalJson } from '../../lib/canonical-json.ts';
import type { Random } from '../../lib/random.ts';
import type { Redacted } from '../../lib/redacted.ts';
import { type SealingKey, seal, unseal } from '../../lib/sealing.ts';
import { foldName } from '../model/address.ts';
import type { Actor } from '../model/record.ts';
import { chunkWrites } from './chunks.ts';
import { keys } from './keys.ts';
import type { RecordWrite } from './records.ts';
import { type KeyValue, type Revision, rangeAll, type StateStore, StoreDamagedError } from './store.ts';

/** Loose: another version's fields are kept. */
const ACTOR = z.looseObject({ type: z.enum(['local', 'user', 'system']), name: z.string() });
const SECRET = z.looseObject({
  name: z.string(),
  keyId: z.string(),
  sealed: z.string(),
  setAtMs: z.number(),
  setBy: ACTOR,
});
const KEY_IN_USE = z.looseObject({
  keyId: z.string(),
  sinceMs: z.number(),
  by: ACTOR,
  /** There while a rotation is open: secrets may still be sealed under these. */
  previous: z.array(z.string()),
});

export interface StoredSecret {
  readonly name: string;
  readonly keyId: string;
  readonly sealed: string;
  readonly setAtMs: number;
  readonly setBy: Actor;
}

export interface KeyInUse {
  readonly keyId: string;
  readonly sinceMs: number;
  readonly by: Actor;
  readonly previous: readonly string[];
}

export interface Versioned<T> {
  readonly value: T;
  readonly revision: Revision;
}

/** Undefined before the first key was used. */
export async function readKeyInUse(store: StateStore): Promise<Versioned<KeyInUse> | undefined> {
  const item = await store.get(keys.secretKey);
  return item && { value: decode(KEY_IN_USE, item) as KeyInUse, revision: item.modRevision };
}

export async function readSecret(store: StateStore, name: string): Promise<Versioned<StoredSecret> | undefined> {
  const item = await store.get(keys.secret(name));
  return item && { value: decode(SECRET, item) as StoredSecret, revision: item.modRevision };
}

/** By name. */
export async function listSecrets(store: StateStore): Promise<Versioned<StoredSecret>[]> {
  const found: Versioned<StoredSecret>[] = [];
  for await (const item of rangeAll(store, keys.secrets)) {
    found.push({ value: decode(SECRET, item) as StoredSecret, revision: item.modRevision });
  }
  return found;
}

/** False when another key came into use since `previous` was read. */
export async function putKeyInUse(
  store: StateStore,
  next: KeyInUse,
  previous: Versioned<KeyInUse> | undefined,
): Promise<boolean> {
  const { succeeded } = await store.txn({
    compare: [{ key: keys.secretKey, modRevision: previous?.revision ?? 0 }],
    success: [{ type: 'put', key: keys.secretKey, value: canonicalJson({ ...previous?.value, ...next }) }],
  });
  return succeeded;
}

export interface SecretWrite {
  readonly name: string;
  readonly value: Redacted;
  readonly atMs: number;
  readonly by: Actor;
  readonly key: SealingKey;
  readonly random: Random;
}

/** False when the secret, or the key in use, was changed since they were read. */
export async function putSecret(
  store: StateStore,
  write: SecretWrite,
  inUse: Versioned<KeyInUse>,
  previous: Versioned<StoredSecret> | undefined,
): Promise<boolean> {
  const { name, value, atMs, by, key, random } = write;
  const stored: StoredSecret = { name, ...seal(value, key, purposeOf(name), random), setAtMs: atMs, setBy: by };
  const { compare, operations } = secretWrite(stored, previous);
  const { succeeded } = await store.txn({ compare: [...compare, isInUse(inUse)], success: operations });
  return succeeded;
}

/** False when it was changed since it was read. */
export async function removeSecret(store: StateStore, previous: Versioned<StoredSecret>): Promise<boolean> {
  const key = keys.secret(previous.value.name);
  const { succeeded } = await store.txn({
    compare: [{ key, modRevision: previous.revision }],
    success: [{ type: 'delete', key }],
  });
  return succeeded;
}

/** Undefined when none of the keys opens it: a wrong key, or damage. */
export function openSecret(stored: StoredSecret, ring: readonly SealingKey[]): Redacted | undefined {
  const key = ring.find(({ id }) => id === stored.keyId);
  return key && unseal(stored, key, purposeOf(stored.name));
}

export interface ResealResult {
  readonly resealed: number;
  /** Names of those that no key of the ring opens; they stay as they are. */
  readonly unopened: readonly string[];
}

/**
 * Seals everything that is not yet under the key in use anew, in transactions within the store's ceilings. Undefined when
 * somebody changed a secret or the key meanwhile: read again and go on.
 */
export async function resealAll(
  store: StateStore,
  inUse: Versioned<KeyInUse>,
  ring: readonly SealingKey[],
  random: Random,
): Promise<ResealResult | undefined> {
  const key = ring.find(({ id }) => id === inUse.value.keyId);
  if (key === undefined) throw new TypeError('the key in use is not on the ring');
  const writes: RecordWrite[] = [];
  const unopened: string[] = [];
  for (const secret of await listSecrets(store)) {
    const stored = secret.value;
    if (stored.keyId === key.id) continue;
    const plain = openSecret(stored, ring);
    if (plain === undefined) unopened.push(stored.name);
    else writes.push(secretWrite({ ...stored, ...seal(plain, key, purposeOf(stored.name), random) }, secret));
  }
  // One compare and one operation a secret, and one place for the compare of the key.
  for (const txn of chunkWrites(writes, { compares: 1 })) {
    const { succeeded } = await store.txn({ ...txn, compare: [...txn.compare, isInUse(inUse)] });
    if (!succeeded) return undefined;
  }
  return { resealed: writes.length, unopened };
}

const isInUse = (inUse: Versioned<KeyInUse>) => ({ key: keys.secretKey, modRevision: inUse.revision });

/** A sealed text can't be passed off as another secret's. */
const purposeOf = (name: string): string => `secret ${foldName(name)}`;

function secretWrite(stored: StoredSecret, previous: Versioned<StoredSecret> | undefined): RecordWrite {
  const key = keys.secret(stored.name);
  return {
    compare: [{ key, modRevision: previous?.revision ?? 0 }],
    operations: [{ type: 'put', key, value: canonicalJson({ ...previous?.value, ...stored }) }],
  };
}

/** What is wrong is told by the key only. */
function decode(schema: z.ZodType, item: KeyValue): unknown {
  try {
    return schema.parse(JSON.parse(item.value));
  } catch (cause) {
    throw new StoreDamagedError(`the state is damaged: ${item.key} can't be read`, { cause });
  }
}
