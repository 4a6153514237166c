/** Who may come in: authentication is the engine's, the daemon asks it before every route. */
import type { Right } from '../engine/operations/inputs.ts';
import type { LocalClient } from '../engine/operations/local-client.ts';
import type { Principal } from '../engine/operations/login-types.ts';
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

/** CoprHD's roles of the whole installation. Those of tenants give no right to what is not only a tenant's. */
const NEEDS: Readonly<Record<Right, readonly Principal['roles'][number][]>> = {
  read: ['SYSTEM_MONITOR', 'SYSTEM_ADMIN'],
  provision: ['SYSTEM_ADMIN'],
  administer: ['SYSTEM_ADMIN'],
};

export function mayDo({ roles }: Principal, right: Right): boolean {
  return NEEDS[right].some((role) => roles.includes(role));
}
