/**
 * Devices as one process reaches them: the simulator's own driver over a network that loses calls, repeats them and is slow.
 * Legal: a call is over for the device when its answer was delivered or its deadline has passed, whichever is first; so a
 * repeated or late one arrives before that, and what a killed process had sent may still arrive until then.
 */
import {
  createSimulatedArray,
  type Transport,
  type TransportContext,
  whyNotSent,
} from '../../../drivers/simulator/client.ts';
import type { Request, Response } from '../../../drivers/simulator/messages.ts';
import { DRIVER_OPERATIONS, type DriverOperationName } from '../../../drivers/simulator/requests.ts';
import type { BlockArrayManifest } from '../../../src/engine/driver/contract.ts';
import { DriverError, type DriverErrorClass } from '../../../src/engine/driver/errors.ts';
import type { CredentialResolver } from '../../../src/engine/operations/credentials.ts';
import type { DeviceSpec } from '../../../src/engine/operations/device-session.ts';
import { type DeviceRegistry, deviceSpec, type OpenDevice } from '../../../src/engine/operations/devices.ts';
import type { DeviceFault } from '../options.ts';
import { type Incarnation, never } from './incarnation.ts';
import type { SimArray } from './sim-array.ts';

const LISTS: ReadonlySet<string> = new Set(['listVolumes', 'listMasks']);

export function deviceRegistry(
  process: Incarnation,
  manifest: BlockArrayManifest,
  resolve: CredentialResolver,
): DeviceRegistry {
  const { world } = process;
  const connections = new Map<string, Promise<OpenDevice>>();
  const open = async (spec: DeviceSpec): Promise<OpenDevice> => {
    const array = world.arrays.get(String(spec.configuration.array));
    if (!array) throw new DriverError({ class: 'invalid', message: `no array ${String(spec.configuration.array)}` });
    if (spec.credential !== undefined) await resolve(spec.credential);
    if (!process.step()) return never();
    await new Promise<void>(
      (then) => void world.scheduler.in(process.rng.skewed(world.options.deviceMs), then, process),
    );
    if (world.scheduler.nowMs < array.unavailableUntilMs) {
      throw new DriverError({ class: 'transient', message: `${array.name} does not answer` });
    }
    return { array: createSimulatedArray(transportTo(process, array)), manifest, hostKeys: () => [] };
  };
  const connect = (spec: DeviceSpec): Promise<OpenDevice> => {
    const known = connections.get(spec.name);
    if (known) return known;
    const opening = open(spec);
    connections.set(spec.name, opening);
    opening.catch(() => connections.delete(spec.name));
    return opening;
  };
  return {
    connect,
    open: (system) => connect(deviceSpec(system)),
    reopen: async (system) => {
      connections.delete(system.name);
      return connect(deviceSpec(system));
    },
    connectNetwork: noNetwork,
    openNetwork: noNetwork,
    reopenNetwork: noNetwork,
    readHostKeys: async () => [],
    openProvider: async () => {
      throw new DriverError({ class: 'unsupported', message: 'there is no storage provider here' });
    },
    close: async () => connections.clear(),
  };
}

const noNetwork = async (): Promise<never> => {
  throw new DriverError({ class: 'unsupported', message: 'there is no network system here' });
};

function transportTo(process: Incarnation, array: SimArray): Transport {
  const openedMs = process.world.scheduler.nowMs;
  let expired = false;
  return {
    call: (request, ctx, lateClass) => {
      const { world, rng } = process;
      const stop = whyNotSent(false, ctx);
      if (stop) return Promise.reject(new DriverError({ class: 'transient', message: stop }));
      const { changes } = DRIVER_OPERATIONS[request.operation as DriverOperationName];
      if (!process.step(changes ? 15 : 1)) return never();
      world.monitor.onSent(process, array, request);
      const fault = faultOf(process, array, request);
      if (fault === 'auth') expired = true;
      if (openedMs < array.sessionsFromMs) expired = true;
      if (fault) world.count(fault);
      return new DeviceCall(process, array, request, ctx, lateClass, fault).run(
        expired,
        rng.skewed(world.options.deviceMs),
      );
    },
  };
}

function faultOf(process: Incarnation, array: SimArray, request: Request): DeviceFault | undefined {
  const { world, rng } = process;
  const rates = world.options.device;
  // Most calls read, and what a lost change does is what matters.
  const weight = DRIVER_OPERATIONS[request.operation as DriverOperationName].changes ? 3 : 1;
  const hit = (fault: DeviceFault) => rng.chance((rates[fault] ?? 0) * weight) && world.trouble;
  const hits = (['lost-before', 'lost-after', 'twice', 'slow', 'busy', 'refused', 'auth'] as const).filter(hit);
  if (hit('unavailable') && world.scheduler.nowMs >= array.unavailableUntilMs) {
    const forMs = rng.int(1_000, 30_000);
    array.unavailableUntilMs = world.scheduler.nowMs + forMs;
    world.count('unavailable');
    world.log.say(array.name, `does not answer for ${forMs} ms`);
  }
  const [partial, vanish] = [hit('partial'), hit('vanish')];
  if (LISTS.has(request.operation)) {
    if (vanish) world.hideSomething(array, rng);
    if (partial) return 'partial';
  }
  return hits[0];
}

class DeviceCall {
  readonly #process: Incarnation;
  readonly #array: SimArray;
  readonly #request: Request;
  readonly #lateClass: DriverErrorClass;
  readonly #fault: DeviceFault | undefined;
  readonly #signal: AbortSignal;
  /** On the world's clock. */
  readonly #deadlineMs: number;
  readonly #changes: boolean;
  /** What it came to the first time that it arrived. */
  #first: Response | undefined;

  constructor(
    process: Incarnation,
    array: SimArray,
    request: Request,
    ctx: TransportContext,
    lateClass: DriverErrorClass,
    fault: DeviceFault | undefined,
  ) {
    this.#process = process;
    this.#array = array;
    this.#request = request;
    this.#lateClass = lateClass;
    this.#fault = fault;
    this.#signal = ctx.signal;
    this.#deadlineMs = process.world.scheduler.nowMs + (ctx.deadlineMs - ctx.nowMs());
    this.#changes = DRIVER_OPERATIONS[request.operation as DriverOperationName].changes;
  }

  run(expired: boolean, latencyMs: number): Promise<Response> {
    const { scheduler } = this.#process.world;
    const { rng } = this.#process;
    return new Promise((resolve, reject) => {
      const onAbort = () => fail(this.#lateClass, 'interrupted before the answer came', 0);
      let over = false;
      const settle = (then: () => void) => {
        if (over) return;
        over = true;
        deadline.cancelled = true;
        this.#signal.removeEventListener('abort', onAbort);
        then();
      };
      const fail = (errorClass: DriverErrorClass, message: string, inMs: number) => {
        const dueMs = Math.min(this.#deadlineMs, scheduler.nowMs + inMs);
        const error = () => {
          if (errorClass === 'ambiguous')
            this.#process.world.monitor.onAmbiguous(this.#process, this.#array, this.#request);
          return new DriverError({ class: errorClass, message: `${this.#request.operation}: ${message}` });
        };
        if (inMs <= 0) settle(() => reject(error()));
        else scheduler.at(dueMs, () => settle(() => reject(error())), this.#process);
      };
      this.#signal.addEventListener('abort', onAbort, { once: true });
      const late = () => fail(this.#lateClass, 'no answer before the deadline', 0);
      const deadline = scheduler.at(this.#deadlineMs, late, this.#process);
      if (expired) return fail('auth', 'the session is over', latencyMs);
      if (this.#fault === 'busy') return fail('busy', 'busy', latencyMs);
      // Its own reasons: a licence, a limit, a lock of somebody's.
      if (this.#fault === 'refused') return fail(this.#changes ? 'invalid' : 'transient', 'refused', latencyMs);
      const slowMs = this.#fault === 'slow' ? rng.int(1_000, 8_000) : 0;
      const wayMs = Math.max(1, latencyMs >> 1);
      const arriveMs = scheduler.nowMs + wayMs + (rng.chance(0.5) ? slowMs : 0);
      const answerMs = Math.max(arriveMs + 1, scheduler.nowMs + latencyMs + slowMs);
      const repeatMs = this.#fault === 'twice' ? rng.int(arriveMs, Math.min(answerMs, this.#deadlineMs)) : undefined;
      const arrive = (answers: boolean, late = false) => {
        if (scheduler.nowMs >= this.#deadlineMs) return;
        if (scheduler.nowMs < this.#array.unavailableUntilMs) {
          if (answers) fail('transient', 'the array does not answer', wayMs);
          return;
        }
        const answer = this.#arrive(late);
        if (!answers) return;
        if (this.#fault === 'lost-after') {
          if (rng.chance(0.5)) fail(this.#lateClass, 'the answer was lost', wayMs);
          return;
        }
        scheduler.at(answerMs, () => settle(() => resolve(answer)), this.#process);
      };
      // Broken at once half of the time, now and then after it was sent; else nobody ever answers.
      if (this.#fault === 'lost-before') {
        if (rng.chance(0.5)) return undefined;
        if (rng.chance(0.3)) scheduler.at(scheduler.nowMs + rng.int(1, 6_000), () => arrive(false, true));
        return fail(this.#lateClass, 'the connection broke', latencyMs);
      }
      scheduler.at(arriveMs, () => arrive(true));
      if (repeatMs !== undefined) scheduler.at(repeatMs, () => arrive(false));
      return undefined;
    });
  }

  /** `late`: whoever sent it has given it up and gone on. */
  #arrive(late: boolean): Response {
    const { world } = this.#process;
    const request = { ...this.#request, nowMs: world.scheduler.nowMs } as Request;
    if (this.#changes && !late) world.monitor.beforeMutation(this.#process, this.#array, request);
    else if (this.#changes) world.log.say(this.#process.name, `${this.#array.name}: what was given up arrives`);
    else world.monitor.onRead(this.#process, this.#array, request);
    const { answer, changes } = this.#array.handle(request);
    if (this.#changes) {
      world.counts.mutations++;
      const { class: errorClass } = answer.ok ? { class: 'done' } : answer.error;
      const dead = this.#process.state === 'dead' ? ' for a dead one' : '';
      world.log.say(
        this.#process.name,
        `${this.#array.name}: ${request.operation} ${aboutOf(request)}: ${errorClass}${dead}`,
      );
      if (this.#first) world.monitor.onRepeated(this.#array, this.#first, changes);
      this.#first = answer;
      world.monitor.afterMutation(this.#process, this.#array, request, changes, answer);
    }
    return this.#distorted(answer);
  }

  #distorted(answer: Response): Response {
    const { world } = this.#process;
    if (!answer.ok || !LISTS.has(this.#request.operation)) return answer;
    const page = answer.value as { items: readonly { readonly nativeId: string }[]; complete: boolean };
    const hides = world.scheduler.nowMs < this.#array.hiddenUntilMs;
    let items = page.items.filter(({ nativeId }) => !hides || !this.#array.hidden.has(nativeId));
    if (this.#fault !== 'partial') return { ...answer, value: { ...page, items } } as Response;
    items = items.filter(() => this.#process.rng.chance(0.6));
    return { ...answer, value: { ...page, items, complete: false } } as Response;
  }
}

/** Which object a change is about, in a few words. */
function aboutOf({ args }: Request): string {
  const { name, expect, mask, volume, hlu } = args as {
    readonly [key in 'expect' | 'mask' | 'volume']?: { readonly nativeId: string };
  } & { readonly name?: string; readonly hlu?: number };
  const ids = [expect, mask, volume].flatMap((object) => object?.nativeId ?? []);
  return [...ids, name, hlu === undefined ? undefined : `HLU ${hlu}`].filter((text) => text !== undefined).join(' ');
}
