/** Who may come in: authentication is the engine's, the daemon asks it before every route. */
import type { Right } from '../engine/operations/inputs.ts';
import type { LocalClient } from '../engine/operations/local-client.ts';
import { homeOf, type Principal } from '../engine/operations/login-types.ts';
import type { Bounds } from '../engine/tenancy/bounds.ts';
import { OperationError } from '../lib/diagnostic.ts';

export type { Principal };

export interface Gate {
  login(user: string, password: string, address: string): Promise<{ token: string; principal: Principal } | Refused>;
  check(token: string): Promise<Principal | Refused>;
  logout(token: string, options: { readonly everywhere: boolean }): Promise<void>;
}

export interface Refused {
  readonly refused: string;
}

export const isRefused = (answer: object): answer is Refused => 'refused' in answer;

export function createGate(local: LocalClient): Gate {
  const client = local.as({ actor: { type: 'system', name: 'daemon' }, origin: 'internal', requestId: 'gate' });
  return {
    login: (name, password, address) => orRefused(client.call('user.login', { name, password, address })),
    check: (token) => orRefused(client.call('user.check', { token }).then(({ principal }) => principal)),
    logout: async (token, { everywhere }) => void (await orRefused(client.call('user.logout', { token, everywhere }))),
  };
}

async function orRefused<T>(asked: Promise<T>): Promise<T | Refused> {
  try {
    return await asked;
  } catch (error) {
    const [first] = error instanceof OperationError ? error.diagnostics : [];
    if (first?.code !== 'COPRHD-LOGIN-001') throw error;
    return { refused: first.fix === undefined ? first.summary : `${first.summary}: ${first.fix}` };
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

/** Undefined for who has a role of the whole installation. Others see and change what their tenant lets them. */
export function boundsOf(principal: Principal): Bounds | undefined {
  if (has(principal, 'monitor')) return undefined;
  const { user, groups = [], tenantRoles } = principal;
  return { user, groups, tenant: homeOf(principal), roles: tenantRoles };
}
