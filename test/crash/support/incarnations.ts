/**
 * Processes that live and die within the test's own: each has a pid that nobody else ever had, and one that is killed
 * leaves everything as SIGKILL would: its lease stays, its claims stay, and nothing of it reaches the state any more.
 */

import { openLocalClient } from '../../../src/engine/operations/local-client.ts';
import type { EngineClient } from '../../../src/engine/operations/types.ts';
import type { ProcessHost } from '../../../src/engine/state/leases.ts';
import type { Lease, StateStore } from '../../../src/engine/state/store.ts';
import { type Clock, createVirtualClock, systemClock } from '../../../src/lib/clock.ts';

/** What a killed incarnation's calls reject with. */
export class Killed extends Error {
  override name = 'Killed';
}

export interface Incarnation {
  readonly pid: number;
  readonly client: EngineClient;
  /** The state as this process has it open. Only after a first operation. */
  store(): StateStore;
  /** Frees what the test's process holds for it; what it left in the state stays. */
  end(): Promise<void>;
}

export interface StartOptions {
  /** Called at every crash point; what it answers decides whether the incarnation lives on. */
  readonly onPoint?: (point: string) => 'die' | undefined;
}

export interface Machine {
  /** The time in which its processes live, ahead of the real one. */
  readonly nowMs: () => number;
  start(state: string, options?: StartOptions): Promise<Incarnation>;
}

/**
 * Time that passes at once when somebody sleeps: a recovery that waits for the deadline of a dead process's call would
 * otherwise wait for it a hundred times. Everybody else goes on before a sleeper wakes.
 */
function createSharedClock(turnMs: number): Clock {
  const clock = createVirtualClock(systemClock.nowMs());
  return {
    ...clock,
    sleep: async (durationMs, signal) => {
      await new Promise((resolve) => (turnMs > 0 ? setTimeout(resolve, turnMs) : setImmediate(resolve)));
      await clock.sleep(durationMs, signal);
    },
  };
}

export interface MachineOptions {
  /** What everybody else gets of real time before a sleeper wakes; more where the state is behind a network. */
  readonly turnMs?: number;
  /** For logs of a state that is no directory. */
  readonly stateHome?: string;
}

export function createMachine({ turnMs = 0, stateHome }: MachineOptions = {}): Machine {
  const clock = createSharedClock(turnMs);
  const living = new Set<number>();
  let lastPid = 4_000_000;
  const startTimeOf = (pid: number) => (living.has(pid) ? `started-${pid}` : undefined);
  return {
    nowMs: clock.nowMs,
    start: async (state, { onPoint } = {}) => {
      const pid = ++lastPid;
      living.add(pid);
      let store: StateStore | undefined;
      const host: ProcessHost = {
        process: { host: 'crash-test', bootId: 'boot-1', pidNamespace: 'pids-1', pid, startTime: startTimeOf(pid)! },
        startTimeOf,
      };
      const client = await openLocalClient({
        state,
        actor: { type: 'local', name: `crasher-${pid}`, uid: 0 },
        host,
        clock,
        ...(stateHome === undefined ? {} : { surroundings: { stateHome } }),
        wrapStore: (real) => (store = mortal(real, () => !living.has(pid))),
        crashPoint: (point) => {
          if (onPoint?.(point) !== 'die') return;
          living.delete(pid);
          throw new Killed(point);
        },
      });
      return {
        pid,
        client,
        store: () => store!,
        end: async () => {
          await client.close();
          living.delete(pid);
        },
      };
    },
  };
}

/** A store that takes nothing from the dead; only closing it still works. */
export function mortal(store: StateStore, isDead: () => boolean): StateStore {
  const whileAlive = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isDead()) throw new Killed('this process was killed');
    return work();
  };
  return {
    description: store.description,
    get: (key) => whileAlive(() => store.get(key)),
    range: (request) => whileAlive(() => store.range(request)),
    snapshot: () => whileAlive(() => store.snapshot()),
    txn: (txn) => whileAlive(() => store.txn(txn)),
    watch: (...request) => store.watch(...request),
    grantLease: (ttlMs) => whileAlive(async () => mortalLease(await store.grantLease(ttlMs), isDead)),
    close: () => store.close(),
  };
}

/** The dead don't give their lease back. */
function mortalLease(lease: Lease, isDead: () => boolean): Lease {
  return {
    id: lease.id,
    ttlMs: lease.ttlMs,
    get expiresAtMs() {
      return lease.expiresAtMs;
    },
    renew: async () => (isDead() ? undefined : lease.renew()),
    revoke: async () => (isDead() ? undefined : lease.revoke()),
  };
}
