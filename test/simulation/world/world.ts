/** Everything that there is in one run: time, dice, the true state, the arrays, who lives, what went wrong. */

import { SAN_UNIT } from '../../../drivers/simulator/san/objects.ts';
import { createMemoryLogStore, type LogStore } from '../../../src/engine/state/log.ts';
import type { Operation } from '../../../src/engine/state/store.ts';
import { quiesceOptionsOf } from '../copy-options.ts';
import { SimLog } from '../core/log.ts';
import type { Rng } from '../core/rng.ts';
import { Rng as Dice } from '../core/rng.ts';
import { Scheduler } from '../core/scheduler.ts';
import { Monitor } from '../invariants/monitor.ts';
import type { SimOptions } from '../options.ts';
import { sanTopology } from './fabric-topology.ts';
import { Incarnation, type Machine } from './incarnation.ts';
import { createMirroredStore, type MirroredStore } from './mirrored-store.ts';
import { SimArray } from './sim-array.ts';
import { SimHost } from './sim-hosts.ts';
import { type SimFabric, SimSan } from './sim-san.ts';
import { hostNames, topologies } from './topology.ts';

export const START_MS = 1_800_000_000_000;

export interface Violation {
  /** Name of the invariant. */
  readonly invariant: string;
  readonly message: string;
  readonly atMs: number;
}

export interface Counts {
  steps: number;
  mutations: number;
  kills: number;
  operations: number;
  /** Blobs that nothing refers to at the end. */
  blobsLeft: number;
  readonly faults: Record<string, number>;
  readonly outcomes: Record<string, number>;
}

export class World {
  readonly options: SimOptions;
  readonly scheduler = new Scheduler(START_MS);
  readonly rng: Rng;
  readonly log: SimLog;
  readonly store: MirroredStore;
  readonly history: LogStore = createMemoryLogStore();
  readonly arrays = new Map<string, SimArray>();
  readonly san: SimSan | undefined;
  /** Those that snapshots may freeze. */
  readonly hosts = new Map<string, SimHost>();
  /** Somebody edits the zoning of the fabric at this very moment. */
  fence: ((fabric: SimFabric) => void) | undefined;
  readonly machines: readonly Machine[];
  readonly living = new Set<Incarnation>();
  readonly monitor: Monitor;
  readonly counts: Counts = { steps: 0, mutations: 0, kills: 0, operations: 0, blobsLeft: 0, faults: {}, outcomes: {} };
  /** Nothing goes wrong any more once it is false. */
  trouble = false;
  storeDownUntilMs = 0;
  diskFullUntilMs = 0;
  violation: Violation | undefined;
  #nextPid = 100;

  constructor(options: SimOptions, keepLog: boolean) {
    this.options = options;
    this.rng = new Dice(options.seed);
    this.log = new SimLog(keepLog, START_MS, () => this.scheduler.nowMs);
    const clock = {
      nowMs: () => this.scheduler.nowMs,
      sleep: () => Promise.reject(new Error('the store never sleeps')),
      // Only for leases that end while nobody asks; every watch would look ten times a second.
      every: (periodMs: number, fn: () => void) => this.#every(Math.max(periodMs, 2_000), fn),
    };
    const onChange = (operations: readonly Operation[]) => this.monitor?.beforeStored(operations);
    this.store = createMirroredStore({ clock, random: this.rng.fork('store'), onChange });
    this.machines = Array.from({ length: options.machines }, (_, index) => ({
      name: `node-${index + 1}`,
      livePids: new Set<number>(),
      skewMs: Math.round((this.rng.fork(`clock ${index}`).fraction() - 0.5) * options.skewMs),
    }));
    const { fabrics } = options;
    if (fabrics) this.san = new SimSan(sanTopology(options, fabrics), (name) => this.arrays.get(name)?.reader);
    const beyond = fabrics ? (unit: string) => (unit === SAN_UNIT ? this.san?.reader : undefined) : undefined;
    for (const topology of topologies(options)) this.arrays.set(topology.name, new SimArray(topology, beyond));
    this.monitor = new Monitor(this);
    const quiesce = quiesceOptionsOf(options);
    if (quiesce) for (const name of hostNames(options.hosts)) this.hosts.set(name, new SimHost(name, this, quiesce));
    for (const array of this.arrays.values()) {
      array.onSettled = (job, changes) => this.monitor.fullCopies.onSettled(array, job, changes);
    }
  }

  #every(periodMs: number, fn: () => void): () => void {
    let stopped = false;
    const next = () =>
      this.scheduler.in(periodMs, () => {
        if (stopped) return;
        fn();
        next();
      });
    next();
    return () => {
      stopped = true;
    };
  }

  start(name: string, machine: Machine): Incarnation {
    const process = new Incarnation(this, name, this.#nextPid++, machine);
    this.living.add(process);
    return process;
  }

  count(fault: string): void {
    this.counts.faults[fault] = (this.counts.faults[fault] ?? 0) + 1;
  }

  /** The first one counts: what follows may only be its consequence. */
  violate(invariant: string, message: string): void {
    if (this.violation) return;
    this.violation = { invariant, message, atMs: this.scheduler.nowMs - START_MS };
    this.log.say('VIOLATION', `${invariant}: ${message}`);
  }

  beginStoreOutage(forMs: number): void {
    if (this.scheduler.nowMs < this.storeDownUntilMs) return;
    this.storeDownUntilMs = this.scheduler.nowMs + forMs;
    this.log.say('store', `no leader for ${forMs} ms`);
  }

  beginDiskFull(forMs: number): void {
    if (this.scheduler.nowMs < this.diskFullUntilMs) return;
    this.diskFullUntilMs = this.scheduler.nowMs + forMs;
    this.log.say('store', `disk full for ${forMs} ms`);
  }

  /** From now on for a while the array's lists leave something out without saying so. */
  hideSomething(array: SimArray, rng: Rng): void {
    if (this.scheduler.nowMs < array.hiddenUntilMs) return;
    const objects = [...array.texts.keys()].filter((key) => key.startsWith('volume/') || key.startsWith('mask/'));
    if (objects.length === 0) return;
    array.hidden.clear();
    const many = rng.chance(0.2) ? rng.int(2, 6) : 1;
    for (let count = 0; count < many; count++) {
      const key = rng.pick(objects);
      const nativeId = key.slice(key.indexOf('/') + 1);
      array.hidden.add(nativeId);
      this.monitor.lied.add(`${array.name}/${nativeId}`);
    }
    array.hiddenUntilMs = this.scheduler.nowMs + rng.int(1_000, 20_000);
    this.count('vanish');
    this.log.say(array.name, `hides ${[...array.hidden].join(', ')}`);
  }
}
