/** The rankings of one run: equal requests share one. Internal to placement. */
import { canonicalJson } from '../../lib/canonical-json.ts';
import type { Board } from './board.ts';
import { createPoolOrder, type PoolOrder } from './pool-order.ts';
import { createRanking, type Ranking } from './ranking.ts';
import type { RoleRequest } from './request.ts';

/** Kept at once; plans have few different requests. An order holds an entry a pool, a ranking one a storage system. */
const ORDERS_MAX = 32;
const RANKINGS_MAX = 256;

export interface Rankings {
  readonly of: (role: RoleRequest) => Ranking;
  readonly orderOf: (role: RoleRequest) => PoolOrder;
}

export function rankingsOver(board: Board): Rankings {
  const orders = keptUpTo<PoolOrder>(ORDERS_MAX);
  const rankings = keptUpTo<Ranking>(RANKINGS_MAX);
  const orderOf = (role: RoleRequest): PoolOrder => {
    const order = orders(sortOf(role), () => createPoolOrder(board, role));
    order.catchUp();
    return order;
  };
  return {
    orderOf,
    of: (role) => rankings(keyOf(role), () => createRanking(board, orderOf(role), role)),
  };
}

/** The name of the role and the virtual pool that it came from make no difference; project and hosts none to a pool. */
export const sortOf = remembered((role) => {
  const {
    role: _role,
    virtualPool: _virtualPool,
    project: _project,
    hosts: _hosts,
    affinity: _affinity,
    ...asked
  } = role;
  return canonicalJson(asked);
});

const keyOf = remembered((role) => {
  const { project, hosts, affinity } = role;
  return `${sortOf(role)} ${canonicalJson(affinity === undefined ? { project } : { project, hosts, affinity })}`;
});

/** A role of a group is looked up on every storage system. */
function remembered(keyOf: (role: RoleRequest) => string): (role: RoleRequest) => string {
  const keys = new WeakMap<RoleRequest, string>();
  return (role) => {
    const key = keys.get(role) ?? keyOf(role);
    keys.set(role, key);
    return key;
  };
}

/** Drops what wasn't used for longest. */
function keptUpTo<T>(max: number): (key: string, make: () => T) => T {
  const kept = new Map<string, T>();
  return (key, make) => {
    const found = kept.get(key) ?? make();
    kept.delete(key);
    kept.set(key, found);
    if (kept.size > max) kept.delete(kept.keys().next().value!);
    return found;
  };
}
