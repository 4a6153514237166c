/** Who comes in: local users with passwords, and the tokens that stand for them afterwards. */
import { fail } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { hashPassword, isPassword, macOf, NOBODYS_HASH, sameText, sha256Base64Url } from '../../lib/password-hash.ts';
import {
  dropToken,
  dropTokensOf,
  listUsers,
  putToken,
  putUser,
  readToken,
  readUser,
  type StoredToken,
  type StoredUser,
  signingKey,
  tokensOf,
  type VersionedLogin,
} from '../state/logins.ts';
import { LOCAL_USERS, type LocalUser, localUser } from '../tenancy/local-users.ts';
import { PASSWORD_POLICY, passwordProblems } from '../tenancy/password-policy.ts';
import type { Call, Engine } from './engine.ts';
import { randomHex } from './engine.ts';
import { createLockout, type Lockout } from './lockout.ts';
import type { Principal } from './login-types.ts';
import type { InputOf, ResultOf } from './types.ts';

/** Of one process: who failed, who was looked up lately, how many hashes are being made. */
interface Memory {
  readonly lockout: Lockout;
  readonly checked: Map<string, { readonly token: StoredToken; readonly atMs: number }>;
  /** Grows with whatever ends tokens: what was read before is not remembered after. */
  ended: number;
  hashing: number;
  key: string | undefined;
}

const memories = new WeakMap<Engine['store'], Memory>();

function memoryOf({ store }: Engine): Memory {
  const found = memories.get(store) ?? {
    lockout: createLockout(),
    checked: new Map(),
    ended: 0,
    hashing: 0,
    key: undefined,
  };
  memories.set(store, found);
  return found;
}

const OK = { outcome: 'ok', diagnostics: [] } as const;

export async function userInitialise({ engine }: Call): Promise<ResultOf<'user.initialise'>> {
  const { store, random, clock } = engine;
  const present = new Set((await listUsers(store)).map(({ value }) => value.name));
  let rootPassword: string | undefined;
  for (const { name } of LOCAL_USERS) {
    if (present.has(name)) continue;
    // The others are nobody's until somebody sets their password.
    const password = name === 'root' ? randomPassword(engine) : undefined;
    const passwordHash = password === undefined ? undefined : await hashPassword(password, random);
    const made = await putUser(store, { name, passwordHash, history: [], changedAtMs: clock.nowMs() });
    if (made && password !== undefined) rootPassword = password;
  }
  return { ...OK, ...(rootPassword === undefined ? {} : { rootPassword }) };
}

/** 128 bits, with one of each kind of character that passwords need. */
const randomPassword = ({ random }: Engine): string =>
  `Aa1-${Buffer.from(random.bytes(16))
    .toString('base64url')
    .replace(/(.)\1{2,}/g, '$1$1')}`;

export async function userList({ engine }: Call): Promise<ResultOf<'user.list'>> {
  const users = await Promise.all(
    (await listUsers(engine.store)).map(async ({ value: { name, passwordHash, changedAtMs } }) => ({
      name,
      roles: localUser(name)?.roles ?? [],
      hasPassword: passwordHash !== undefined,
      changedAtMs,
      tokens: (await tokensOf(engine.store, name)).filter(({ value }) => isCurrent(value, engine.clock.nowMs())).length,
    })),
  );
  return { ...OK, users };
}

export async function userPassword(
  { engine }: Call,
  input: InputOf<'user.password'>,
): Promise<ResultOf<'user.password'>> {
  const { store, random, clock } = engine;
  const { name, password, old } = input;
  const user = localUser(name);
  const stored = user && (await readUser(store, user.name));
  if (!user || !stored) {
    return fail('error', {
      code: 'COPRHD-LOGIN-002',
      summary: `there is no local user ${name}`,
      fix: 'coprhd user list',
    });
  }
  const { passwordHash, history } = stored.value;
  if (old !== undefined && !(passwordHash && (await slowly(engine, () => isPassword(old, passwordHash))))) {
    return fail('error', { code: 'COPRHD-LOGIN-001', summary: 'the old password is wrong', fix: 'type it again' });
  }
  const problems = passwordProblems(password, { user: user.name, ...(old === undefined ? {} : { before: old }) });
  const before = [...(passwordHash === undefined ? [] : [passwordHash]), ...history].slice(
    0,
    PASSWORD_POLICY.historyMax,
  );
  for (const hash of problems.length > 0 ? [] : before) {
    if (await slowly(engine, () => isPassword(password, hash))) problems.push('it was in use before');
  }
  if (problems.length > 0) {
    const summary = `the password of ${user.name} can't be that: ${problems.join('; ')}`;
    return fail('error', { code: 'COPRHD-LOGIN-003', summary, fix: 'choose another' });
  }
  const next = {
    name: user.name,
    passwordHash: await slowly(engine, () => hashPassword(password, random)),
    history: before,
    changedAtMs: clock.nowMs(),
  };
  if (!(await putUser(store, next, stored))) {
    return fail('claimed', {
      code: 'COPRHD-LOGIN-002',
      summary: `${user.name} was changed meanwhile`,
      fix: 'try again',
    });
  }
  forgetChecked(engine);
  return { ...OK, name: user.name };
}

function forgetChecked(engine: Engine): void {
  const memory = memoryOf(engine);
  memory.ended++;
  memory.checked.clear();
}

export async function userLogin({ engine }: Call, input: InputOf<'user.login'>): Promise<ResultOf<'user.login'>> {
  const { store, clock } = engine;
  const { lockout } = memoryOf(engine);
  const lockedUntilMs = lockout.lockedUntilMs(input.address, clock.nowMs());
  if (lockedUntilMs !== undefined) {
    const minutes = Math.ceil((lockedUntilMs - clock.nowMs()) / 60_000);
    return refuse(`too many wrong passwords came from ${input.address}`, `try again in ${minutes} min`);
  }
  const user = localUser(input.name);
  const stored = user && (await readUser(store, user.name));
  // Where there is nobody it takes as long, and the answer is the same.
  const hash = stored?.value.passwordHash ?? NOBODYS_HASH;
  if (!lockout.begin(input.address, clock.nowMs())) return tooMany();
  const isRight = await slowly(engine, () => isPassword(input.password, hash)).catch((error: unknown) => {
    lockout.dropped(input.address);
    throw error;
  });
  if (!isRight || !user || stored?.value.passwordHash === undefined) {
    lockout.failed(input.address, clock.nowMs());
    return refuse('wrong name or password', 'check both');
  }
  lockout.succeeded(input.address);
  return { ...OK, token: await newToken(engine, stored), principal: principalOf(user) };
}

async function newToken(engine: Engine, user: VersionedLogin<StoredUser>): Promise<string> {
  const { store, clock, random } = engine;
  const { name } = user.value;
  const nowMs = clock.nowMs();
  const [ended, current] = [[], []] as [string[], string[]];
  for (const { key, value } of await tokensOf(store, name)) (isCurrent(value, nowMs) ? current : ended).push(key);
  for (const key of ended) await dropToken(store, key);
  const max = name === 'proxyuser' ? LIMITS.proxyTokensMax : LIMITS.tokensPerUserMax;
  if (current.length >= max) return refuse(`${name} is logged in ${current.length} times already`, 'log out somewhere');
  const body = `${Buffer.from(name).toString('base64url')}.${Buffer.from(random.bytes(32)).toString('base64url')}`;
  const token = `${body}.${macOf(body, await keyOf(engine))}`;
  const stored = { user: name, createdAtMs: nowMs, usedAtMs: nowMs, expiresAtMs: nowMs + LIMITS.tokenLifeMs };
  const isIn = await putToken(store, sha256Base64Url(token), stored, user);
  // The password is another one since.
  return isIn ? token : refuse('wrong name or password', 'check both');
}

async function keyOf(engine: Engine): Promise<string> {
  const memory = memoryOf(engine);
  memory.key ??= await signingKey(engine.store, () => randomHex(engine.random, 32));
  return memory.key;
}

export async function userCheck({ engine }: Call, { token }: InputOf<'user.check'>): Promise<ResultOf<'user.check'>> {
  const user = await tokenUser(engine, token);
  return { ...OK, principal: principalOf(user) };
}

/** Whose token it is. Rejects where it is none, or none any more. */
async function tokenUser(engine: Engine, token: string): Promise<LocalUser> {
  const { store, clock } = engine;
  const memory = memoryOf(engine);
  const { checked, ended } = memory;
  const nowMs = clock.nowMs();
  const [name = '', secret = '', mac = '', ...more] = token.split('.');
  const user = localUser(Buffer.from(name, 'base64url').toString('utf8'));
  if (!user || more.length > 0 || !sameText(mac, macOf(`${name}.${secret}`, await keyOf(engine))))
    return refuse('not a valid token');
  const hash = sha256Base64Url(token);
  const known = checked.get(hash);
  // Revoked elsewhere it is taken so long at most.
  if (known && nowMs - known.atMs < LIMITS.tokenCheckMs && isCurrent(known.token, nowMs)) return user;
  checked.delete(hash);
  const stored = await readToken(store, user.name, hash);
  if (!stored || !isCurrent(stored.value, nowMs)) return refuse('not a valid token any more');
  let { value } = stored;
  if (nowMs - value.usedAtMs >= LIMITS.tokenUseWriteMs) {
    value = { ...value, usedAtMs: nowMs };
    // Somebody else wrote it, or logged out: the next look tells.
    await putToken(store, hash, value, stored);
  }
  if (checked.size >= LIMITS.callersRememberedMax) checked.clear();
  if (memory.ended === ended) checked.set(hash, { token: value, atMs: nowMs });
  return user;
}

const isCurrent = ({ usedAtMs, expiresAtMs }: StoredToken, nowMs: number): boolean =>
  nowMs < expiresAtMs && nowMs - usedAtMs < LIMITS.tokenIdleMs;

export async function userLogout({ engine }: Call, input: InputOf<'user.logout'>): Promise<ResultOf<'user.logout'>> {
  const { name } = await tokenUser(engine, input.token);
  if (input.everywhere) {
    await dropTokensOf(engine.store, name);
  } else {
    const stored = await readToken(engine.store, name, sha256Base64Url(input.token));
    if (stored) await dropToken(engine.store, stored.key);
  }
  forgetChecked(engine);
  return OK;
}

const principalOf = ({ name, roles, tenantRoles }: LocalUser): Principal => ({ user: name, roles, tenantRoles });

/** Each takes a core and 32 MiB for a moment: strangers can't have many at once. */
async function slowly<T>(engine: Engine, work: () => Promise<T>): Promise<T> {
  const memory = memoryOf(engine);
  if (memory.hashing >= LIMITS.hashesAtOnceMax) return tooMany();
  memory.hashing++;
  try {
    return await work();
  } finally {
    memory.hashing--;
  }
}

const tooMany = (): never => refuse('too many logins at once', 'try again in a moment');

function refuse(summary: string, fix = 'log in again'): never {
  return fail('error', { code: 'COPRHD-LOGIN-001', summary, fix });
}
