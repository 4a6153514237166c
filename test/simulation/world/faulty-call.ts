/**
 * One call to a device over a network that loses calls, repeats them and is slow. Legal: a call is over for the device when
 * its answer was delivered or its deadline has passed, whichever is first; so a repeated or late one arrives before that,
 * and what a killed process had sent may still arrive until then.
 */
import type { TransportContext } from '../../../drivers/simulator/client.ts';
import { DriverError, type DriverErrorClass } from '../../../src/engine/driver/errors.ts';
import type { DeviceFault } from '../options.ts';
import type { Incarnation } from './incarnation.ts';

/** What may happen to any call, in the order of importance. */
export const CALL_FAULTS = ['lost-before', 'lost-after', 'twice', 'slow', 'busy', 'refused', 'auth'] as const;

interface Device {
  readonly name: string;
  /** For messages. */
  readonly type: 'array' | 'fabric';
  unavailableUntilMs: number;
}

/** For a while it answers nobody. */
export function falls({ world, rng }: Incarnation, device: Device): void {
  if (world.scheduler.nowMs < device.unavailableUntilMs) return;
  const forMs = rng.int(1_000, 30_000);
  device.unavailableUntilMs = world.scheduler.nowMs + forMs;
  world.count('unavailable');
  world.log.say(device.name, `does not answer for ${forMs} ms`);
}

export interface FaultyCall<A> {
  readonly process: Incarnation;
  readonly device: Device;
  readonly operation: string;
  readonly changes: boolean;
  readonly ctx: TransportContext;
  readonly lateClass: DriverErrorClass;
  readonly fault: DeviceFault | undefined;
  /** The session is over. */
  readonly expired: boolean;
  readonly latencyMs: number;
  /** The call is at the device. `late`: whoever sent it has given it up and gone on. */
  arrive(late: boolean): A;
  /** The sender doesn't know what became of it. */
  onAmbiguous(): void;
}

export function callFaulty<A>(call: FaultyCall<A>): Promise<A> {
  const { process, device, operation, changes, ctx, lateClass, fault, latencyMs } = call;
  const { rng } = process;
  const { scheduler } = process.world;
  /** On the world's clock. */
  const deadlineMs = scheduler.nowMs + (ctx.deadlineMs - ctx.nowMs());
  return new Promise((resolve, reject) => {
    const onAbort = () => fail(lateClass, 'interrupted before the answer came', 0);
    let over = false;
    const settle = (then: () => void) => {
      if (over) return;
      over = true;
      deadline.cancelled = true;
      ctx.signal.removeEventListener('abort', onAbort);
      then();
    };
    const fail = (errorClass: DriverErrorClass, message: string, inMs: number) => {
      const dueMs = Math.min(deadlineMs, scheduler.nowMs + inMs);
      const error = () => {
        if (errorClass === 'ambiguous') call.onAmbiguous();
        return new DriverError({ class: errorClass, message: `${operation}: ${message}` });
      };
      if (inMs <= 0) settle(() => reject(error()));
      else scheduler.at(dueMs, () => settle(() => reject(error())), process);
    };
    ctx.signal.addEventListener('abort', onAbort, { once: true });
    const late = () => fail(lateClass, 'no answer before the deadline', 0);
    const deadline = scheduler.at(deadlineMs, late, process);
    if (call.expired) return fail('auth', 'the session is over', latencyMs);
    if (fault === 'busy') return fail('busy', 'busy', latencyMs);
    // Its own reasons: a licence, a limit, a lock of somebody's.
    if (fault === 'refused') return fail(changes ? 'invalid' : 'transient', 'refused', latencyMs);
    const slowMs = fault === 'slow' ? rng.int(1_000, 8_000) : 0;
    const wayMs = Math.max(1, latencyMs >> 1);
    const arriveMs = scheduler.nowMs + wayMs + (rng.chance(0.5) ? slowMs : 0);
    const answerMs = Math.max(arriveMs + 1, scheduler.nowMs + latencyMs + slowMs);
    const repeatMs = fault === 'twice' ? rng.int(arriveMs, Math.min(answerMs, deadlineMs)) : undefined;
    const arrive = (answers: boolean, late = false) => {
      if (scheduler.nowMs >= deadlineMs) return;
      if (scheduler.nowMs < device.unavailableUntilMs) {
        if (answers) fail('transient', `the ${device.type} does not answer`, wayMs);
        return;
      }
      const answer = call.arrive(late);
      if (!answers) return;
      if (fault === 'lost-after') {
        if (rng.chance(0.5)) fail(lateClass, 'the answer was lost', wayMs);
        return;
      }
      scheduler.at(answerMs, () => settle(() => resolve(answer)), process);
    };
    // Broken at once half of the time, now and then after it was sent; else nobody ever answers.
    if (fault === 'lost-before') {
      if (rng.chance(0.5)) return undefined;
      if (rng.chance(0.3)) scheduler.at(scheduler.nowMs + rng.int(1, 6_000), () => arrive(false, true));
      return fail(lateClass, 'the connection broke', latencyMs);
    }
    scheduler.at(arriveMs, () => arrive(true));
    if (repeatMs !== undefined) scheduler.at(repeatMs, () => arrive(false));
    return undefined;
  });
}
