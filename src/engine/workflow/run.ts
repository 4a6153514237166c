/**
 * One incarnation of a running workflow: the fence under which everything is written, the way it stops, and its pauses.
 * Everything else in this folder writes to the store through `write` only.
 *
 * Stopping: the first fatal error (fence lost, store failed, a test's kill) wins; from then on every write, device call
 * and crash point of this run throws that same error, so that nothing is done by the units that were in flight.
 */
import { setMaxListeners } from 'node:events';
import { LIMITS } from '../../lib/limits.ts';
import type { Plan, Step, Unit } from '../planner/plan.ts';
import { follow } from '../state/follow.ts';
import { keys } from '../state/keys.ts';
import type { Compare, Operation, Revision } from '../state/store.ts';
import { ClaimedRecords } from './claimed-records.ts';
import { type Control, controlOf, NO_CONTROL, readControl } from './control.ts';
import type { DeviceSlots } from './device-slots.ts';
import { createDeviceSlots } from './device-slots.ts';
import { createFabricLanes, type FabricLanes } from './fabric-lanes.ts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import { Journal } from './journal.ts';
import { createNamers, type Namers } from './namers.ts';
import type { Verdict } from './steps/handler.ts';
import {
  CancelledError,
  DEFAULT_POLICY,
  FenceLostError,
  InterruptedError,
  type RunPolicy,
  type UnitEntry,
  type WorkflowEnv,
} from './types.ts';

/** Why a run begins nothing more although it is not over: what is open stays in the journal. */
export type Halt = 'interrupted' | 'frozen' | 'suspended' | 'on-error';

export interface RunOf {
  readonly journal?: Journal;
  readonly createdAtMs?: number;
  readonly policy?: RunPolicy | undefined;
}

export class Run {
  readonly env: WorkflowEnv;
  readonly id: string;
  readonly plan: Plan;
  readonly journal: Journal;
  readonly policy: RunPolicy;
  readonly records: ClaimedRecords;
  /** Of the workflow. */
  readonly createdAtMs: number;
  readonly #ordinals: ReadonlyMap<string, number>;
  readonly slots: DeviceSlots;
  readonly fabrics: FabricLanes;
  /** Which units name which record. */
  readonly namers: Namers;
  /** What a person has said of steps, for when the device can't be asked (resolve.ts). */
  readonly attested = new Map<Step, (why: string) => Verdict>();
  /** Where that counted. */
  readonly attestedBy: { unit: string; step: string; verdict: string }[] = [];
  /** Verdicts over steps that an earlier incarnation left open. */
  readonly verdicts: { unit: string; step: string; verdict: string }[] = [];
  /** Revision of `wo/{id}` that we wrote. */
  readonly #fence: Revision;
  readonly #stop = new AbortController();
  /** Aborted when the run is over for whatever reason; given to device calls. */
  readonly signal: AbortSignal;
  readonly #wake: AbortSignal;
  readonly #halt = new AbortController();
  readonly #group: GroupCommit;
  #control: Control = NO_CONTROL;
  readonly #noReturn = new Set<string>();

  constructor(env: WorkflowEnv, id: string, plan: Plan, fence: Revision, of: RunOf = {}) {
    this.env = env;
    this.id = id;
    this.plan = plan;
    this.journal = of.journal ?? new Journal(id);
    this.policy = of.policy ?? DEFAULT_POLICY;
    this.records = new ClaimedRecords(env.store, id);
    this.createdAtMs = of.createdAtMs ?? this.nowMs;
    this.#ordinals = new Map(plan.units.map((unit, ordinal) => [unit.id, ordinal]));
    this.slots = env.slots ?? createDeviceSlots();
    this.fabrics = env.fabrics ?? createFabricLanes(env.clock);
    this.#group = env.commits ?? createGroupCommit(env.store);
    this.namers = createNamers(plan);
    this.#fence = fence;
    this.signal = AbortSignal.any([this.#stop.signal, env.process.signal]);
    this.#wake = AbortSignal.any([this.signal, env.signal, this.#halt.signal]);
    // One listener a unit that sleeps; Node would warn of a leak from the eleventh on.
    setMaxListeners(0, this.#wake);
  }

  get nowMs(): number {
    return this.env.clock.nowMs();
  }

  /** Throws when the run is over. */
  check(): void {
    if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
    if (this.env.process.signal.aborted) throw this.stop(new FenceLostError('the lease of this process is lost'));
  }

  /** Ends the run for good; returns the error that ended it first, to be thrown. */
  stop(error: unknown): unknown {
    if (!this.#stop.signal.aborted) this.#stop.abort(error);
    return this.#stop.signal.reason;
  }

  point(name: string): void {
    this.check();
    try {
      this.env.crashPoint?.(name);
    } catch (error) {
      throw this.stop(error);
    }
  }

  /** Reads and writes of these keys, one after the other within the process (group-commit.ts). */
  inTurn<T>(of: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#group.inTurn(of, work);
  }

  /**
   * A transaction under the fence. Resolves with the revision, or undefined when one of the caller's compares failed.
   * Throws FenceLostError when another process has taken the workflow over, and stops the run on any store error,
   * because whether the write happened isn't known then: recovery reads what is there.
   */
  async write(compare: readonly Compare[], success: readonly Operation[]): Promise<Revision | undefined> {
    this.check();
    const owner = keys.workflowOwner(this.id);
    const fence = { key: owner, modRevision: this.#fence };
    try {
      const revision = await this.#group.write({
        compare: [fence, ...compare],
        operations: success,
        // It may have waited for others: a run that is over writes nothing more.
        check: () => this.check(),
      });
      if (revision !== undefined) return revision;
      const now = await this.env.store.get(owner);
      if (now?.modRevision === this.#fence) return undefined;
    } catch (error) {
      throw this.stop(error);
    }
    throw this.stop(new FenceLostError('another process has taken this workflow over'));
  }

  /**
   * Writes an intent: only while nothing is frozen, nobody has asked this workflow for what we don't know of, and `compare`
   * holds. `going`: the way of the unit; what goes back is not stopped by having been cancelled. False: something of that
   * has changed, and nothing was written.
   */
  async writeIntent(
    { unit, going, compare }: { unit: string; going: 'forward' | 'back'; compare: readonly Compare[] },
    operations: readonly Operation[],
  ): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      this.checkInterrupt();
      if (going === 'forward') this.checkCancelled(unit);
      const guards: Compare[] = [
        { key: keys.frozen, exists: false },
        { key: keys.stopRequest(this.id), modRevision: this.#control.stopRevision },
        ...compare,
      ];
      if ((await this.write(guards, operations)) !== undefined) return true;
      if (attempt > 1) return false;
      const control = await readControl(this.env.store, this.id).catch((error: unknown) => {
        throw this.stop(error);
      });
      this.#obey(control);
    }
  }

  /** Hears of what others ask until `signal` is aborted. The intents are what keeps to it; this is for who waits. */
  async hear(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.signal.aborted) {
      try {
        for await (const items of follow(this.env.store, keys.controls, signal)) {
          this.#obey(controlOf(this.id, (key) => items.get(key)));
        }
      } catch {
        // A store that doesn't answer is found out by the next write; here it is only asked again.
        await this.env.clock.sleep(LIMITS.jobPollIntervalMaxMs, signal).catch(() => undefined);
      }
    }
  }

  #obey(control: Control): void {
    // What is heard late must not take back what an intent has found out already.
    if (control.stopRevision < this.#control.stopRevision) return;
    this.#control = control;
    if (control.freeze) this.halt('frozen');
    if (control.stop?.want === 'suspend') this.halt('suspended');
  }

  /** Nothing more begins; the first reason counts. */
  halt(why: Halt): void {
    if (!this.#halt.signal.aborted) this.#halt.abort(why);
  }

  get halted(): Halt | undefined {
    if (this.#halt.signal.aborted) return this.#halt.signal.reason as Halt;
    return this.env.signal.aborted ? 'interrupted' : undefined;
  }

  /** One of its steps is done, and can't be undone. */
  pastReturn(unit: string): void {
    this.#noReturn.add(unit);
  }

  canReturn(unit: string): boolean {
    return !this.#noReturn.has(unit);
  }

  isCancelled(unit: string): boolean {
    const { stop } = this.#control;
    return stop?.want === 'cancel' && (this.policy.atomic || stop.units === 'all' || stop.units.includes(unit));
  }

  /** For messages. */
  get cancellation(): string {
    return `cancelled by ${this.#control.stop?.by.name ?? 'somebody'}`;
  }

  /** A unit that has done what can't be undone can only go forward. */
  checkCancelled(unit: string): void {
    if (this.isCancelled(unit) && !this.#noReturn.has(unit)) throw new CancelledError(this.cancellation);
  }

  /** Throws InterruptedError once the user, or somebody else, asked to stop. */
  checkInterrupt(): void {
    this.check();
    if (this.halted) throw new InterruptedError(this.halted);
  }

  /** Sleeps; an interrupt or the end of the run wakes it at once, with their errors. */
  async pause(durationMs: number): Promise<void> {
    this.checkInterrupt();
    try {
      await this.env.clock.sleep(durationMs, this.#wake);
    } catch (error) {
      this.checkInterrupt();
      throw error;
    }
    this.checkInterrupt();
  }

  /**
   * Absolute deadline of a device call that starts now: it ends before our lease does, so that whoever takes over after
   * the lease finds the call over. May be in the past.
   */
  callDeadlineMs(): number {
    const leaseMs = this.env.process.leaseDeadlineMs() - LIMITS.leaseSafetyMarginMs;
    return Math.min(this.nowMs + LIMITS.deviceCallDeadlineMs, leaseMs);
  }

  /** Of a command in a call that may go on until `endsMs`. */
  commandDeadlineMs(endsMs: number): number {
    return Math.min(endsMs, this.env.process.leaseDeadlineMs() - LIMITS.leaseSafetyMarginMs);
  }

  /** Waits for a renewal when less than a second is left for a device call. */
  async awaitLease(): Promise<void> {
    const MIN_MS = 1_000;
    while (this.callDeadlineMs() - this.nowMs < MIN_MS) {
      this.check();
      if (this.nowMs >= this.env.process.leaseDeadlineMs()) {
        throw this.stop(new FenceLostError('the lease of this process has ended'));
      }
      await this.pause(LIMITS.claimPollMs);
    }
  }

  /** Position of a unit in the plan. */
  ordinalOf(unit: string): number {
    return this.#ordinals.get(unit) ?? 0;
  }

  unitEntry(unit: Unit): UnitEntry | undefined {
    return this.journal.unit(unit.id);
  }
}
