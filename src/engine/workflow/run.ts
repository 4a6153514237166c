/**
 * One incarnation of a running workflow: the fence under which everything is written, the way it stops, and its pauses.
 * Everything else in this folder writes to the store through `write` only.
 *
 * Stopping: the first fatal error (fence lost, store failed, a test's kill) wins; from then on every write, device call
 * and crash point of this run throws that same error, so that nothing is done by the units that were in flight.
 */
import { setMaxListeners } from 'node:events';
import { LIMITS } from '../../lib/limits.ts';
import type { Plan, Unit } from '../planner/plan.ts';
import { keys } from '../state/keys.ts';
import type { Compare, Operation, Revision } from '../state/store.ts';
import type { DeviceSlots } from './device-slots.ts';
import { createDeviceSlots } from './device-slots.ts';
import { Journal } from './journal.ts';
import { createNamers, type Namers } from './namers.ts';
import { FenceLostError, InterruptedError, type UnitEntry, type WorkflowEnv } from './types.ts';

export class Run {
  readonly env: WorkflowEnv;
  readonly id: string;
  readonly plan: Plan;
  readonly journal: Journal;
  readonly slots: DeviceSlots;
  /** Which units name which record. */
  readonly namers: Namers;
  /** Verdicts over steps that an earlier incarnation left open. */
  readonly verdicts: { unit: string; step: string; verdict: string }[] = [];
  /** Revision of `wo/{id}` that we wrote. */
  readonly #fence: Revision;
  readonly #stop = new AbortController();
  /** Aborted when the run is over for whatever reason; given to device calls. */
  readonly signal: AbortSignal;
  readonly #wake: AbortSignal;

  constructor(env: WorkflowEnv, id: string, plan: Plan, fence: Revision, journal = new Journal(id)) {
    this.env = env;
    this.id = id;
    this.plan = plan;
    this.journal = journal;
    this.slots = createDeviceSlots();
    this.namers = createNamers(plan);
    this.#fence = fence;
    this.signal = AbortSignal.any([this.#stop.signal, env.process.signal]);
    this.#wake = AbortSignal.any([this.signal, env.signal]);
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

  /**
   * A transaction under the fence. Resolves with the revision, or undefined when one of the caller's compares failed.
   * Throws FenceLostError when another process has taken the workflow over, and stops the run on any store error,
   * because whether the write happened isn't known then: recovery reads what is there.
   */
  async write(compare: readonly Compare[], success: readonly Operation[]): Promise<Revision | undefined> {
    this.check();
    const owner = keys.workflowOwner(this.id);
    try {
      const result = await this.env.store.txn({
        compare: [{ key: owner, modRevision: this.#fence }, ...compare],
        success,
      });
      if (result.succeeded) return result.revision;
      const now = await this.env.store.get(owner);
      if (now?.modRevision === this.#fence) return undefined;
    } catch (error) {
      throw this.stop(error);
    }
    throw this.stop(new FenceLostError('another process has taken this workflow over'));
  }

  /** Throws InterruptedError once the user asked to stop. */
  checkInterrupt(): void {
    this.check();
    if (this.env.signal.aborted) throw new InterruptedError('interrupted');
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

  unitEntry(unit: Unit): UnitEntry | undefined {
    return this.journal.unit(unit.id);
  }
}
