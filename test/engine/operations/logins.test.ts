/** Local users, passwords and tokens. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createLockout } from '../../../src/engine/operations/lockout.ts';
import { OPERATIONS } from '../../../src/engine/operations/registry.ts';
import { PASSWORD_POLICY, passwordProblems } from '../../../src/engine/tenancy/password-policy.ts';
import { OperationError } from '../../../src/lib/diagnostic.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { createEstate, type Estate } from '../planner/estate.ts';

const MINUTE_MS = 60_000;
let estate: Estate;
let root: string;

beforeEach(async () => {
  estate = await createEstate({ arrays: [] });
  root = (await estate.run('user.initialise', {})).rootPassword!;
});

const login = (name: string, password: string, address = '10.0.0.1') =>
  estate.run('user.login', { name, password, address });
const check = (token: string) => estate.run('user.check', { token });
const refused = (asked: Promise<unknown>) =>
  asked.then(
    () => 'let in',
    (error: unknown) => (error instanceof OperationError ? error.diagnostics[0]!.summary : Promise.reject(error)),
  );
/** Another process on the same state. */
function neighbour() {
  const call = () => ({ ...estate.call(), engine: { ...estate.engine, store: { ...estate.engine.store } } });
  const { engine, ctx } = call();
  const other = { engine, ctx };
  return {
    check: async (token: string) => (await OPERATIONS['user.check']())(other, { token }),
    initialise: async () => (await OPERATIONS['user.initialise']())(other, {}),
  };
}

describe('local users', () => {
  it('are made once, and the password of root is told once, whoever comes first', async () => {
    expect(root.length).toBeGreaterThan(20);
    expect(passwordProblems(root, { user: 'root' })).toEqual([]);
    expect((await estate.run('user.initialise', {})).rootPassword).toBeUndefined();
    for (const key of await estate.keys('au/')) await estate.engine.store.txn({ success: [{ type: 'delete', key }] });
    const both = await Promise.all([neighbour().initialise(), neighbour().initialise()]);
    expect(both.filter(({ rootPassword }) => rootPassword !== undefined)).toHaveLength(1);
    const { users } = await estate.run('user.list', {});
    expect(users.map(({ name, hasPassword }) => [name, hasPassword])).toEqual([
      ['proxyuser', false],
      ['root', true],
      ['svcuser', false],
      ['sysmonitor', false],
    ]);
  });

  it('log in with the right password only, and nobody hears what was wrong', async () => {
    const { principal } = await login('ROOT', root);
    expect(principal).toMatchObject({
      user: 'root',
      roles: expect.arrayContaining(['SYSTEM_ADMIN', 'SECURITY_ADMIN']),
    });
    for (const [name, password] of [
      ['root', 'wrong'],
      ['nobody', root],
      ['svcuser', ''],
      ['svcuser', root],
      ['__proto__', root],
    ] as const) {
      expect(await refused(login(name, password)), name).toBe('wrong name or password');
    }
  });

  it('get a password that the rules admit, which ends their logins', async () => {
    const { token } = await login('root', root);
    const set = (name: string, password: string, old?: string) =>
      estate.run('user.password', { name, password, ...(old === undefined ? {} : { old }) });
    expect(await refused(set('root', 'short'))).toContain(
      'it needs 8 characters; it needs a capital letter; it needs a digit',
    );
    expect(await refused(set('ada', 'Good-Pass1'))).toBe('there is no local user ada');
    expect(await refused(set('root', 'Good-Pass1', 'wrong'))).toBe('the old password is wrong');
    await set('root', 'Good-Pass1', root);
    expect(await refused(check(token))).toBe('not a valid token any more');
    expect(await refused(login('root', root))).toBe('wrong name or password');
    expect((await login('root', 'Good-Pass1')).principal.user).toBe('root');
    expect(await refused(set('root', root))).toContain('it was in use before');
    await set('svcuser', 'Good-Pass2');
    expect((await login('svcuser', 'Good-Pass2')).principal.roles).toEqual(['SYSTEM_MONITOR']);
  });
});

/** Lets `first` go as far as the store's answer, does `meanwhile`, and lets it go on. */
async function during<T>(
  what: 'get' | 'txn',
  isIt: (key: string) => boolean,
  first: () => Promise<T>,
  meanwhile: () => Promise<unknown>,
) {
  const { store } = estate.engine;
  const { get, txn } = store;
  const doNow = async () => {
    Object.assign(store, { get, txn });
    await meanwhile();
  };
  if (what === 'get') {
    store.get = async (key) => {
      const item = await get.call(store, key);
      if (isIt(key)) await doNow();
      return item;
    };
  } else {
    store.txn = async (given) => {
      if (given.success.some((each) => 'key' in each && isIt(each.key))) await doNow();
      return txn.call(store, given);
    };
  }
  try {
    return await first();
  } finally {
    Object.assign(store, { get, txn });
  }
}

describe('a password that changes', () => {
  const change = () => estate.run('user.password', { name: 'root', password: 'Good-Pass1' });

  it('lets nobody in who had given the old one by then', async () => {
    const isToken = (key: string) => key.startsWith('au/token/');
    const answer = during('txn', isToken, () => refused(login('root', root)), change);
    expect(await answer).toBe('wrong name or password');
    expect(await estate.keys('au/token/')).toEqual([]);
  });

  it('ends logins in the same transaction', async () => {
    await login('root', root);
    const sizes: number[] = [];
    const { txn } = estate.engine.store;
    estate.engine.store.txn = (given) => {
      if (given.success.some((each) => 'key' in each && each.key === 'au/user/root')) sizes.push(given.success.length);
      return txn.call(estate.engine.store, given);
    };
    await change();
    expect(sizes).toEqual([2]);
    expect(await estate.keys('au/token/')).toEqual([]);
  });
});

describe('a token', () => {
  it('that was being looked at while its user logged out is not taken afterwards', async () => {
    const { token } = await login('root', root);
    const isToken = (key: string) => key.startsWith('au/token/');
    await during(
      'get',
      isToken,
      () => refused(check(token)),
      () => estate.run('user.logout', { token, everywhere: false }),
    );
    expect(await refused(check(token))).toBe('not a valid token any more');
  });

  it('stands for its user until it is logged out, here at once and elsewhere a second later', async () => {
    const other = neighbour();
    const [{ token }, second] = [await login('root', root), await login('root', root)];
    expect((await check(token)).principal.user).toBe('root');
    expect((await other.check(token)).principal.user).toBe('root');
    await estate.run('user.logout', { token, everywhere: false });
    expect(await refused(check(token))).toBe('not a valid token any more');
    estate.clock.advance(LIMITS.tokenCheckMs);
    expect(await refused(other.check(token))).toBe('not a valid token any more');
    expect((await check(second.token)).principal.user).toBe('root');
    await estate.run('user.logout', { token: second.token, everywhere: true });
    expect(await refused(check(second.token))).toBe('not a valid token any more');
  });

  it('ends after its life, and earlier when nobody uses it', async () => {
    const { token } = await login('root', root);
    for (let minutes = 0; minutes < 470; minutes += 94) {
      estate.clock.advance(94 * MINUTE_MS);
      expect(await refused(check(token)), `${minutes}`).toBe('let in');
    }
    estate.clock.advance(10 * MINUTE_MS);
    expect(await refused(check(token))).toBe('not a valid token any more');
    const idle = await login('root', root);
    estate.clock.advance(119 * MINUTE_MS);
    expect(await refused(check(idle.token))).toBe('let in');
    estate.clock.advance(121 * MINUTE_MS);
    expect(await refused(check(idle.token))).toBe('not a valid token any more');
  });

  it('that was changed, made up, or signed elsewhere is none', async () => {
    const { token } = await login('root', root);
    const [name, secret, mac] = token.split('.') as [string, string, string];
    const other = await createEstate({ arrays: [], seed: 2 });
    const { rootPassword } = await other.run('user.initialise', {});
    const foreign = await other.run('user.login', { name: 'root', password: rootPassword!, address: 'x' });
    const admin = Buffer.from('sysmonitor').toString('base64url');
    for (const text of [
      '',
      '.',
      '..',
      'a.b.c',
      `${name}.${secret}.`,
      `${name}.${secret}x.${mac}`,
      `${admin}.${secret}.${mac}`,
      `${token}.`,
      foreign.token,
      '\u0000.\u0000.\u0000',
    ]) {
      expect(await refused(check(text)), text).toBe('not a valid token');
    }
  });

  it('is one of 100 of a user at most; those that ended count no more', async () => {
    // Each login is a hash: most of them are made up here.
    const { token } = await login('root', root);
    const [item] = await estate.keys('au/token/');
    const value = (await estate.engine.store.get(item!))!.value;
    for (let n = 1; n < LIMITS.tokensPerUserMax; n++) {
      await estate.engine.store.txn({ success: [{ type: 'put', key: `${item}-${n}`, value }] });
    }
    expect(await refused(login('root', root))).toBe('root is logged in 100 times already');
    estate.clock.advance(LIMITS.tokenIdleMs);
    expect(await refused(login('root', root))).toBe('let in');
    expect(await estate.keys('au/token/')).toHaveLength(1);
    expect(await refused(check(token))).toBe('not a valid token any more');
  });
});

it('no password and no token is in the state or in its export', async () => {
  const { token } = await login('root', root);
  const { document } = await estate.run('state.export', {});
  const stored = (await Promise.all((await estate.keys('')).map((key) => estate.engine.store.get(key))))
    .map((item) => `${item?.key} ${item?.value}`)
    .join('\n');
  for (const secret of [root, token, token.split('.')[1]!]) {
    expect(stored).not.toContain(secret);
    expect(document).not.toContain(secret);
  }
  expect(stored).toContain('au/token/');
  expect(document).not.toContain('au/token');
  expect(document).not.toContain('au/key');
});

describe('wrong passwords', () => {
  it('lock their address out for ten minutes, and no other', async () => {
    for (let n = 0; n < LIMITS.loginFailuresMax; n++) await refused(login('root', 'wrong', '10.6.6.6'));
    expect(await refused(login('root', root, '10.6.6.6'))).toBe('too many wrong passwords came from 10.6.6.6');
    expect(await refused(login('root', root, '10.0.0.2'))).toBe('let in');
    estate.clock.advance(LIMITS.lockoutMs);
    expect(await refused(login('root', root, '10.6.6.6'))).toBe('let in');
  });

  it('that come all at once are no more than those that come one by one', async () => {
    const guesses = Array.from({ length: 3 * LIMITS.loginFailuresMax }, () =>
      refused(login('root', 'wrong', '10.6.6.6')),
    );
    const looked = (await Promise.all(guesses)).filter((summary) => summary === 'wrong name or password');
    expect(looked).toHaveLength(LIMITS.loginFailuresMax);
  });

  it('of very many addresses take a bounded memory', () => {
    const lockout = createLockout();
    for (let n = 0; n < LIMITS.loginFailuresMax; n++) lockout.failed('first', 0);
    expect(lockout.lockedUntilMs('first', 1)).toBe(LIMITS.lockoutMs);
    for (let n = 0; n < LIMITS.callersRememberedMax; n++) lockout.failed(`address-${n}`, 1);
    expect(lockout.lockedUntilMs('first', 2)).toBeUndefined();
  });
});

it('a password is refused with all that is wrong, and only then', () => {
  const piece = fc.oneof(
    fc.constantFrom('a', 'A', '1', '!', 'ä', 'Ж', 'aaaa', 'root', ' '),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const password = pieces.join('');
      const problems = passwordProblems(password, { user: 'root' });
      const fine =
        password.length >= PASSWORD_POLICY.lengthMin &&
        /\p{Ll}/u.test(password) &&
        /\p{Lu}/u.test(password) &&
        /\p{Nd}/u.test(password) &&
        /[^\p{L}\p{Nd}\s]/u.test(password) &&
        !/(.)\1\1\1/su.test(password) &&
        !password.toLowerCase().includes('root');
      expect(problems.length === 0).toBe(fine);
    }),
  );
});
