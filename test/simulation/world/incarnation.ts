/**
 * A process that lives, may be frozen for longer than its lease, and dies: at any call that it makes of its Env. Killed, its
 * promises never settle, its pid is gone, and what it had sent still arrives.
 */
import type { ProcessHost } from '../../../src/engine/state/leases.ts';
import type { Snapshot } from '../../../src/engine/state/store.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import type { Rng } from '../core/rng.ts';
import type { Owner, Scheduler } from '../core/scheduler.ts';
import type { World } from './world.ts';

export interface Machine {
  readonly name: string;
  readonly livePids: Set<number>;
  /** How far its clock is off: all its processes have the same. */
  readonly skewMs: number;
}

/** Never settles: what a dead process waits for. */
export const never = <T>(): Promise<T> => new Promise<T>(() => {});

export class Incarnation implements Owner {
  readonly world: World;
  readonly name: string;
  readonly pid: number;
  readonly machine: Machine;
  readonly rng: Rng;
  readonly skewMs: number;
  readonly clock: Clock;
  readonly host: ProcessHost;
  /** Ids under which it registered in the state. */
  readonly registrations = new Set<string>();
  readonly snapshots = new Set<Snapshot>();
  readonly deferred: (() => void)[] = [];
  readonly death: Promise<void>;
  #died: () => void = () => {};
  state: 'alive' | 'frozen' | 'dead' = 'alive';
  /** The operation that it is in, for messages and for the few rules that depend on it. */
  operation = '';
  steps = 0;

  constructor(world: World, name: string, pid: number, machine: Machine) {
    this.world = world;
    this.name = name;
    this.pid = pid;
    this.machine = machine;
    this.death = new Promise((resolve) => {
      this.#died = resolve;
    });
    this.rng = world.rng.fork(`process ${pid}`);
    this.skewMs = machine.skewMs;
    this.clock = createClock(this, world.scheduler);
    machine.livePids.add(pid);
    const startTimeOf = (other: number) => (machine.livePids.has(other) ? `started-${other}` : undefined);
    this.host = {
      process: {
        host: machine.name,
        bootId: `boot-${machine.name}`,
        pidNamespace: 'pids',
        pid,
        startTime: `started-${pid}`,
      },
      startTimeOf,
    };
  }

  /**
   * It makes a call of its Env. False: it was killed right there, before anything was sent. `weight`: how much more likely it
   * dies or stands still here than elsewhere, for most calls only read.
   */
  step(weight = 1): boolean {
    this.steps++;
    this.world.counts.steps++;
    const { world, rng } = this;
    const { kill = 0, freeze = 0 } = world.options.process;
    if (rng.chance(kill * weight) && world.trouble) {
      // Often in the middle of the call that begins here, or of one of the next.
      const delayMs = rng.chance(0.3) ? 0 : rng.skewed({ min: 0, max: 2 * world.options.deviceMs.max });
      if (delayMs === 0) {
        this.kill();
        return false;
      }
      world.scheduler.in(delayMs, () => this.kill(), this);
    }
    if (rng.chance(freeze * weight) && world.trouble) {
      const forMs = rng.pick([1_000, 5_000, 9_000, 12_000, 20_000]) + rng.int(0, 3_000);
      world.scheduler.in(rng.skewed({ min: 0, max: world.options.deviceMs.max }), () => this.freeze(forMs), this);
    }
    return true;
  }

  kill(): void {
    if (this.state === 'dead') return;
    this.world.counts.kills++;
    this.world.log.say(this.name, `killed (pid ${this.pid}) in ${this.operation}`);
    this.#end();
  }

  /** Its work is done, or came to an error that ends it: the pid goes, and no promise of it is waited for any more. */
  exit(): void {
    if (this.state !== 'dead') this.#end();
  }

  #end(): void {
    this.state = 'dead';
    this.machine.livePids.delete(this.pid);
    this.world.living.delete(this);
    this.deferred.length = 0;
    for (const snapshot of this.snapshots) snapshot.close();
    this.#died();
  }

  /** As a virtual machine that is moved, or SIGSTOP: it knows nothing of the time between. */
  freeze(forMs: number): void {
    if (this.state !== 'alive') return;
    this.state = 'frozen';
    this.world.count('freeze');
    this.world.log.say(this.name, `frozen for ${forMs} ms`);
    this.world.scheduler.in(forMs, () => this.thaw());
  }

  thaw(): void {
    if (this.state !== 'frozen') return;
    this.state = 'alive';
    this.world.log.say(this.name, 'goes on');
    for (const run of this.deferred.splice(0)) this.world.scheduler.in(0, run, this);
  }
}

function createClock(process: Incarnation, scheduler: Scheduler): Clock {
  return {
    nowMs: () => scheduler.nowMs + process.skewMs,
    sleep: (durationMs, signal) => {
      if (!process.step()) return never();
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          handle.cancelled = true;
          reject(signal?.reason);
        };
        const wake = () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        const handle = scheduler.in(Math.max(0, durationMs), wake, process);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    every: (periodMs, fn) => {
      let stopped = false;
      const next = () =>
        scheduler.in(
          periodMs,
          () => {
            if (stopped) return;
            next();
            if (process.step()) fn();
          },
          process,
        );
      next();
      return () => {
        stopped = true;
      };
    },
  };
}
