/** Local users and their passwords. */
import { fail } from '../../lib/diagnostic.ts';
import { hashPassword, isPassword, NOBODYS_HASH } from '../../lib/password-hash.ts';
import { isCurrent, listUsers, putUser, readUser, tokensOf } from '../state/logins.ts';
import { LOCAL_USERS, localUser } from '../tenancy/local-users.ts';
import { PASSWORD_POLICY, passwordProblems } from '../tenancy/password-policy.ts';
import type { Call, Engine } from './engine.ts';
import { forgetChecked, guess, memoryOf, slowly } from './login-memory.ts';
import type { InputOf, ResultOf } from './types.ts';

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
  const { name, password, old, address, onlyCheck } = input;
  const user = localUser(name);
  const stored = user && (await readUser(store, user.name));
  if (old !== undefined) await ownsPassword(engine, stored?.value.passwordHash, old, address);
  if (!user || !stored) {
    return fail('error', {
      code: 'COPRHD-LOGIN-002',
      summary: `there is no local user ${name}`,
      fix: 'coprhd user list',
    });
  }
  const { passwordHash, history } = stored.value;
  const before = [...(passwordHash === undefined ? [] : [passwordHash]), ...history].slice(
    0,
    PASSWORD_POLICY.historyMax,
  );
  const problems = passwordProblems(password, { user: user.name, ...(old === undefined ? {} : { before: old }) });
  for (const hash of problems.length > 0 ? [] : before) {
    if (await slowly(engine, () => isPassword(password, hash))) problems.push('it was in use before');
  }
  if (problems.length > 0) {
    const summary = `the password of ${user.name} can't be that: ${problems.join('; ')}`;
    return fail('error', { code: 'COPRHD-LOGIN-003', summary, fix: 'choose another' });
  }
  if (onlyCheck) return { ...OK, name: user.name };
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

/** Where there is nobody of the name it takes as long, and the answer is the same. */
async function ownsPassword(
  engine: Engine,
  hash: string | undefined,
  old: string,
  address: string | undefined,
): Promise<void> {
  const isRight = () => slowly(engine, () => isPassword(old, hash ?? NOBODYS_HASH));
  const known = address === undefined ? await isRight() : await guess(engine, address, isRight, hash !== undefined);
  if (known && hash !== undefined) return;
  fail('error', { code: 'COPRHD-LOGIN-001', summary: 'the old password is wrong', fix: 'type it again' });
}

export async function userLockouts({ engine }: Call): Promise<ResultOf<'user.lockouts'>> {
  return { ...OK, addresses: memoryOf(engine).lockout.locked(engine.clock.nowMs()) };
}

export async function userUnlock(
  { engine }: Call,
  { address }: InputOf<'user.unlock'>,
): Promise<ResultOf<'user.unlock'>> {
  return { ...OK, unlocked: memoryOf(engine).lockout.forget(address) };
}
