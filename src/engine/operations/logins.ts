/** Who comes in: logins of local users, and the tokens that stand for them afterwards. */
import { fail } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { isPassword, macOf, NOBODYS_HASH, sameText, sha256Base64Url } from '../../lib/password-hash.ts';
import {
  dropToken,
  isCurrent,
  putToken,
  readToken,
  readUser,
  type StoredToken,
  type StoredUser,
  signingKey,
  tokensOf,
  type VersionedLogin,
} from '../state/logins.ts';
import { type LocalUser, localUser } from '../tenancy/local-users.ts';
import type { Call, Engine } from './engine.ts';
import { randomHex } from './engine.ts';
import { forgetChecked, guess, memoryOf, refuse, slowly } from './login-memory.ts';
import type { Principal } from './login-types.ts';
import type { InputOf, ResultOf } from './types.ts';

const OK = { outcome: 'ok', diagnostics: [] } as const;

export async function userLogin({ engine }: Call, input: InputOf<'user.login'>): Promise<ResultOf<'user.login'>> {
  const user = localUser(input.name);
  const stored = user && (await readUser(engine.store, user.name));
  // Where there is nobody it takes as long, and the answer is the same.
  const { passwordHash } = stored?.value ?? {};
  const isRight = () => slowly(engine, () => isPassword(input.password, passwordHash ?? NOBODYS_HASH));
  const known = await guess(engine, input.address, isRight, passwordHash !== undefined);
  if (!known || !user || !stored) return refuse('wrong name or password', 'check both');
  return { ...OK, token: await newToken(engine, stored), principal: principalOf(user) };
}

async function newToken(engine: Engine, user: VersionedLogin<StoredUser>, proxy = false): Promise<string> {
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
  const lifeMs = proxy ? LIMITS.proxyTokenLifeMs : LIMITS.tokenLifeMs;
  const times = { createdAtMs: nowMs, usedAtMs: nowMs, expiresAtMs: nowMs + lifeMs };
  const stored = { user: name, ...times, ...(proxy ? { proxy } : {}) };
  const isIn = await putToken(store, sha256Base64Url(token), stored, user);
  // The password is another one since.
  return isIn ? token : refuse('wrong name or password', 'check both');
}

async function keyOf(engine: Engine): Promise<string> {
  const memory = memoryOf(engine);
  memory.key ??= await signingKey(engine.store, () => randomHex(engine.random, 32));
  return memory.key;
}

export async function userCheck(
  { engine }: Call,
  { token, proxy }: InputOf<'user.check'>,
): Promise<ResultOf<'user.check'>> {
  const user = await tokenUser(engine, token);
  if (proxy === undefined) return { ...OK, principal: principalOf(user) };
  if (!user.roles.includes('PROXY_USER')) return refuse(`${user.name} may not ask in the name of others`);
  const principal = principalOf(await tokenUser(engine, proxy, true));
  return { ...OK, principal: { ...principal, proxiedBy: user.name } };
}

export async function userProxyToken(
  { engine }: Call,
  { token }: InputOf<'user.proxy-token'>,
): Promise<ResultOf<'user.proxy-token'>> {
  const { name } = await tokenUser(engine, token);
  const stored = await readUser(engine.store, name);
  return { ...OK, token: stored ? await newToken(engine, stored, true) : refuse('not a valid token any more') };
}

/** Whose token it is. Rejects where it is none, or none any more. */
async function tokenUser(engine: Engine, token: string, proxy = false): Promise<LocalUser> {
  const { store, clock } = engine;
  const memory = memoryOf(engine);
  const { checked, ended } = memory;
  const nowMs = clock.nowMs();
  const hash = sha256Base64Url(token);
  const known = checked.get(hash);
  // Revoked elsewhere it is taken so long at most.
  const isOf = ({ proxy: given = false }: StoredToken) => given === proxy;
  if (known && nowMs - known.atMs < LIMITS.tokenCheckMs && isCurrent(known.token, nowMs) && isOf(known.token))
    return known.user;
  checked.delete(hash);
  const [name = '', secret = '', mac = '', ...more] = token.split('.');
  const user = localUser(Buffer.from(name, 'base64url').toString('utf8'));
  if (!user || more.length > 0 || !sameText(mac, macOf(`${name}.${secret}`, await keyOf(engine))))
    return refuse('not a valid token');
  const stored = await readToken(store, user.name, hash);
  if (!stored || !isCurrent(stored.value, nowMs)) return refuse('not a valid token any more');
  if (!isOf(stored.value)) return refuse('not a valid token');
  let { value } = stored;
  if (nowMs - value.usedAtMs >= LIMITS.tokenUseWriteMs) {
    value = { ...value, usedAtMs: nowMs };
    // Somebody else wrote it, or logged out: the next look tells.
    await putToken(store, hash, value, stored);
  }
  if (checked.size >= LIMITS.callersRememberedMax) checked.clear();
  if (memory.ended === ended) checked.set(hash, { user, token: value, atMs: nowMs });
  return user;
}

export async function userLogout({ engine }: Call, input: InputOf<'user.logout'>): Promise<ResultOf<'user.logout'>> {
  const { name } = await tokenUser(engine, input.token);
  if (input.everywhere) {
    await endLogins(engine, name, input.proxies);
  } else {
    const stored = await readToken(engine.store, name, sha256Base64Url(input.token));
    if (stored) await dropToken(engine.store, stored.key);
  }
  forgetChecked(engine);
  return OK;
}

export async function userLogoutOther(
  { engine }: Call,
  { name, proxies }: InputOf<'user.logout-other'>,
): Promise<ResultOf<'user.logout-other'>> {
  const user = localUser(name);
  if (!user) {
    const fix = 'coprhd user list';
    return fail('error', { code: 'COPRHD-LOGIN-002', summary: `there is no local user ${name}`, fix });
  }
  const ended = await endLogins(engine, user.name, proxies);
  forgetChecked(engine);
  return { ...OK, ended };
}

async function endLogins({ store }: Engine, name: string, proxies = false): Promise<number> {
  const ending = (await tokensOf(store, name)).filter(({ value }) => proxies || value.proxy !== true);
  for (const { key } of ending) await dropToken(store, key);
  return ending.length;
}

const principalOf = ({ name, roles, tenantRoles }: LocalUser): Principal => ({ user: name, roles, tenantRoles });
