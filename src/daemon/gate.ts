/** Who may come in: authentication is the engine's, the daemon asks it before every route. */
import type { Right } from '../engine/operations/inputs.ts';
import type { LocalClient } from '../engine/operations/local-client.ts';
import { homeOf, type Principal } from '../engine/operations/login-types.ts';
import type { Bounds } from '../engine/tenancy/bounds.ts';
import { OperationError } from '../lib/diagnostic.ts';

export type { Principal };

export interface Gate {
  login(user: string, password: string, address: string): Promise<{ token: string; principal: Principal } | Refused>;
  /** `proxy`: the token of a user in whose name the caller asks. */
  check(token: string, proxy?: string): Promise<Principal | Refused>;
  proxyToken(token: string): Promise<{ token: string } | Refused>;
  logout(token: string, options: { readonly everywhere: boolean; readonly proxies: boolean }): Promise<void>;
  /** Rejects with an OperationError where there is no such user. */
  logoutOther(user: string, options: { readonly proxies: boolean; readonly by: string }): Promise<void>;
  changePassword(asked: PasswordChange): Promise<object | Refused>;
}

/** Of one's own password. `onlyCheck`: changes nothing. */
export interface PasswordChange {
  readonly name: string;
  readonly old: string;
  readonly password: string;
  /** Of the client. */
  readonly address: string;
  readonly onlyCheck: boolean;
}

export interface Refused {
  readonly refused: string;
  /** It isn't about who asks, but about the password that is to be. */
  readonly isPolicy?: boolean;
}

export const isRefused = (answer: object): answer is Refused => 'refused' in answer;

export function createGate(local: LocalClient): Gate {
  const client = local.as({ actor: { type: 'system', name: 'daemon' }, origin: 'internal', requestId: 'gate' });
  return {
    login: (name, password, address) => orRefused(client.call('user.login', { name, password, address })),
    check: (token, proxy) => orRefused(client.call('user.check', { token, proxy }).then(({ principal }) => principal)),
    proxyToken: (token) => orRefused(client.call('user.proxy-token', { token })),
    logout: async (token, options) => void (await orRefused(client.call('user.logout', { token, ...options }))),
    logoutOther: async (name, { proxies, by }) => {
      const asker = { actor: { type: 'user', name: by }, origin: 'rest', requestId: 'gate' } as const;
      await local.as(asker).call('user.logout-other', { name, proxies });
    },
    changePassword: (asked) => orRefused(client.call('user.password', asked)),
  };
}

async function orRefused<T>(asked: Promise<T>): Promise<T | Refused> {
  try {
    return await asked;
  } catch (error) {
    const [first] = error instanceof OperationError ? error.diagnostics : [];
    const isPolicy = first?.code === 'COPRHD-LOGIN-003';
    if (first === undefined || (first.code !== 'COPRHD-LOGIN-001' && !isPolicy)) throw error;
    return { refused: first.fix === undefined ? first.summary : `${first.summary}: ${first.fix}`, isPolicy };
  }
}

/** What a route or operation is for. `monitor`: to read what is of the whole installation, and no tenant's. */
export type RouteRight = Right | 'monitor';

const OF_INSTALLATION: Readonly<Record<RouteRight, readonly Principal['roles'][number][]>> = {
  read: ['SYSTEM_MONITOR', 'SYSTEM_ADMIN'],
  monitor: ['SYSTEM_MONITOR', 'SYSTEM_ADMIN'],
  provision: ['SYSTEM_ADMIN'],
  administer: ['SYSTEM_ADMIN'],
};

const has = ({ roles }: Principal, right: RouteRight): boolean =>
  OF_INSTALLATION[right].some((role) => roles.includes(role));

/** Who is of a tenant may read and provision: what, the engine looks at (boundsOf). */
export function mayDo(principal: Principal, right: RouteRight): boolean {
  return has(principal, right) || (principal.tenant !== undefined && (right === 'read' || right === 'provision'));
}

/** Undefined for who administers the whole installation. Others change what their tenant lets them, and see that, or all. */
export function boundsOf(principal: Principal): Bounds | undefined {
  if (has(principal, 'administer')) return undefined;
  const { user, groups = [], tenantRoles } = principal;
  const bounds = { user, groups, tenant: homeOf(principal), roles: tenantRoles };
  return has(principal, 'monitor') ? { ...bounds, monitors: true } : bounds;
}

/** Whether he sees all that there is. */
export const seesAll = (principal: Principal): boolean => has(principal, 'monitor');
