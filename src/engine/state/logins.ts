/**
 * Local users and tokens in state. Of a password there is a hash, of a token the hash is its key: what is stored lets
 * nobody in. Tokens and the key that signs them are of this installation, and not in exports (transfer.ts).
 */
import { z } from 'zod';
import { canonicalJson } from '../../lib/canonical-json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { keys } from './keys.ts';
import { type KeyValue, type Revision, rangeAll, type StateStore, StoreDamagedError } from './store.ts';

/** Loose: another version's fields are kept. */
const USER = z.looseObject({
  name: z.string(),
  /** Absent = nobody can log in. */
  passwordHash: z.string().optional(),
  /** Of passwords before, the newest first. */
  history: z.array(z.string()),
  changedAtMs: z.number(),
});
const TOKEN = z.looseObject({
  user: z.string(),
  createdAtMs: z.number(),
  usedAtMs: z.number(),
  expiresAtMs: z.number(),
  proxy: z.boolean().optional(),
});
const SIGNING_KEY = z.looseObject({ key: z.string() });

export interface StoredUser {
  readonly name: string;
  readonly passwordHash?: string | undefined;
  readonly history: readonly string[];
  readonly changedAtMs: number;
}

export interface StoredToken {
  readonly user: string;
  readonly createdAtMs: number;
  /** Written back now and then, not with each use. */
  readonly usedAtMs: number;
  readonly expiresAtMs: number;
  /** It lets in only together with the token of a user who may ask for others. */
  readonly proxy?: boolean | undefined;
}

/** Not ended by its life, nor by its idle limit; but whoever asks for others may be silent for long. */
export const isCurrent = ({ usedAtMs, expiresAtMs, proxy }: StoredToken, nowMs: number): boolean =>
  nowMs < expiresAtMs && (proxy === true || nowMs - usedAtMs < LIMITS.tokenIdleMs);

export interface VersionedLogin<T> {
  readonly key: string;
  readonly value: T;
  readonly revision: Revision;
}

export async function readUser(store: StateStore, name: string): Promise<VersionedLogin<StoredUser> | undefined> {
  const item = await store.get(keys.user(name));
  return item && versioned<StoredUser>(USER, item);
}

export async function listUsers(store: StateStore): Promise<VersionedLogin<StoredUser>[]> {
  const found: VersionedLogin<StoredUser>[] = [];
  for await (const item of rangeAll(store, keys.users)) found.push(versioned<StoredUser>(USER, item));
  return found;
}

/** Ends all logins of the user. False when it was changed since it was read; without `previous`, when it is there. */
export async function putUser(store: StateStore, user: StoredUser, previous?: VersionedLogin<StoredUser>) {
  const key = keys.user(user.name);
  const value = canonicalJson({ ...previous?.value, ...user });
  const compare = [{ key, modRevision: previous?.revision ?? 0 }];
  const prefix = keys.tokensOf(user.name);
  const success = [
    { type: 'put' as const, key, value },
    { type: 'delete-prefix' as const, prefix },
  ];
  return (await store.txn({ compare, success })).succeeded;
}

/** Made by whoever asks first. */
export async function signingKey(store: StateStore, fresh: () => string): Promise<string> {
  const key = keys.tokenKey;
  for (;;) {
    const item = await store.get(key);
    if (item) return versioned<{ key: string }>(SIGNING_KEY, item).value.key;
    const value = canonicalJson({ key: fresh() });
    await store.txn({ compare: [{ key, modRevision: 0 }], success: [{ type: 'put', key, value }] });
  }
}

export async function readToken(store: StateStore, user: string, hash: string) {
  const item = await store.get(keys.token(user, hash));
  return item && versioned<StoredToken>(TOKEN, item);
}

export async function tokensOf(store: StateStore, user: string): Promise<VersionedLogin<StoredToken>[]> {
  const found: VersionedLogin<StoredToken>[] = [];
  for await (const item of rangeAll(store, keys.tokensOf(user))) found.push(versioned<StoredToken>(TOKEN, item));
  return found;
}

/**
 * False when what it is put after was changed since: for a new token its user, whose password may be another by now, else the
 * token itself.
 */
export async function putToken(
  store: StateStore,
  hash: string,
  token: StoredToken,
  after: VersionedLogin<StoredUser | StoredToken>,
): Promise<boolean> {
  const key = keys.token(token.user, hash);
  const compare = [{ key: after.key, modRevision: after.revision }];
  const success = [{ type: 'put' as const, key, value: canonicalJson(token) }];
  return (await store.txn({ compare, success })).succeeded;
}

export async function dropToken(store: StateStore, key: string): Promise<void> {
  await store.txn({ success: [{ type: 'delete', key }] });
}

function versioned<T>(schema: z.ZodType, item: KeyValue): VersionedLogin<T> {
  let raw: unknown;
  try {
    raw = JSON.parse(item.value);
  } catch {
    raw = undefined;
  }
  const parsed = schema.safeParse(raw);
  // What is stored there is never repeated.
  if (!parsed.success) throw new StoreDamagedError(`${item.key.split('/').slice(0, 3).join('/')} can't be read`);
  return { key: item.key, value: parsed.data as T, revision: item.modRevision };
}
