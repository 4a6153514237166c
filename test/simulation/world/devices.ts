/** Devices as one process reaches them: the simulator's own drivers over a faulty network (faulty-call.ts). */
import { createSimulatedArray, type Transport, whyNotSent } from '../../../drivers/simulator/client.ts';
import type { Request, Response } from '../../../drivers/simulator/messages.ts';
import { DRIVER_OPERATIONS, type DriverOperationName } from '../../../drivers/simulator/requests.ts';
import { createSimulatedFabric } from '../../../drivers/simulator/san/client.ts';
import type { BlockArrayManifest } from '../../../src/engine/driver/contract.ts';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import type { NetworkSystemManifest } from '../../../src/engine/driver/network-contract.ts';
import type { CredentialResolver } from '../../../src/engine/operations/credentials.ts';
import type { DeviceSpec } from '../../../src/engine/operations/device-session.ts';
import {
  type DeviceRegistry,
  deviceSpec,
  type OpenDevice,
  type OpenNetwork,
} from '../../../src/engine/operations/devices.ts';
import type { DeviceFault } from '../options.ts';
import { transportToFabric } from './fabric-calls.ts';
import { CALL_FAULTS, callFaulty, falls } from './faulty-call.ts';
import { type Incarnation, never } from './incarnation.ts';
import type { SimArray } from './sim-array.ts';

const LISTS: ReadonlySet<string> = new Set(['listVolumes', 'listMasks']);

export interface Manifests {
  readonly array: BlockArrayManifest;
  readonly network: NetworkSystemManifest;
}

export function deviceRegistry(
  process: Incarnation,
  manifests: Manifests,
  resolve: CredentialResolver,
): DeviceRegistry {
  const { world } = process;
  const reach = async (device: Reachable | undefined, what: string, spec: DeviceSpec) => {
    if (!device) throw new DriverError({ class: 'invalid', message: `no ${what}` });
    if (spec.credential !== undefined) await resolve(spec.credential);
    if (!process.step()) return never();
    await new Promise<void>(
      (then) => void world.scheduler.in(process.rng.skewed(world.options.deviceMs), then, process),
    );
    if (world.scheduler.nowMs < device.unavailableUntilMs) {
      throw new DriverError({ class: 'transient', message: `${device.name} does not answer` });
    }
  };
  const arrays = connections(async (spec): Promise<OpenDevice> => {
    const name = String(spec.configuration.array);
    const array = world.arrays.get(name)!;
    await reach(array, `array ${name}`, spec);
    return {
      array: createSimulatedArray(transportTo(process, array)),
      manifest: manifests.array,
      hostKeys: () => [],
    };
  });
  const networks = connections(async (spec): Promise<OpenNetwork> => {
    const name = String(spec.configuration.fabric);
    const fabric = world.san?.fabrics.get(name);
    await reach(fabric, `fabric ${name}`, spec);
    return {
      network: createSimulatedFabric(transportToFabric(process, fabric!), name),
      manifest: manifests.network,
      hostKeys: () => [],
    };
  });
  return {
    connect: arrays.connect,
    open: (system) => arrays.connect(deviceSpec(system)),
    reopen: (system) => arrays.again(deviceSpec(system)),
    connectNetwork: networks.connect,
    openNetwork: (system) => networks.connect(deviceSpec(system)),
    reopenNetwork: (system) => networks.again(deviceSpec(system)),
    readHostKeys: async () => [],
    openProvider: async () => {
      throw new DriverError({ class: 'unsupported', message: 'there is no storage provider here' });
    },
    close: async () => {
      arrays.clear();
      networks.clear();
    },
  };
}

interface Reachable {
  readonly name: string;
  readonly unavailableUntilMs: number;
}

/** One a device, kept. */
function connections<T>(open: (spec: DeviceSpec) => Promise<T>) {
  const known = new Map<string, Promise<T>>();
  const connect = (spec: DeviceSpec): Promise<T> => {
    const there = known.get(spec.name);
    if (there) return there;
    const opening = open(spec);
    known.set(spec.name, opening);
    opening.catch(() => known.delete(spec.name));
    return opening;
  };
  return {
    connect,
    again: async (spec: DeviceSpec): Promise<T> => {
      known.delete(spec.name);
      return connect(spec);
    },
    clear: () => known.clear(),
  };
}

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
      const call = new ArrayCall(process, array, request, fault);
      return callFaulty({
        ...{ process, device: array, operation: request.operation, changes, ctx, lateClass, fault, expired },
        latencyMs: rng.skewed(world.options.deviceMs),
        arrive: (late) => call.arrive(late),
        onAmbiguous: () => world.monitor.onAmbiguous(process, array, request),
      });
    },
  };
}

function faultOf(process: Incarnation, array: SimArray, request: Request): DeviceFault | undefined {
  const { world, rng } = process;
  const rates = world.options.device;
  // Most calls read, and what a lost change does is what matters.
  const weight = DRIVER_OPERATIONS[request.operation as DriverOperationName].changes ? 3 : 1;
  const hit = (fault: DeviceFault) => rng.chance((rates[fault] ?? 0) * weight) && world.trouble;
  const hits = CALL_FAULTS.filter(hit);
  if (hit('unavailable')) falls(process, array);
  const [partial, vanish] = [hit('partial'), hit('vanish')];
  if (LISTS.has(request.operation)) {
    if (vanish) world.hideSomething(array, rng);
    if (partial) return 'partial';
  }
  return hits[0];
}

/** A call to an array, as it is at the array. */
class ArrayCall {
  readonly #process: Incarnation;
  readonly #array: SimArray;
  readonly #request: Request;
  readonly #fault: DeviceFault | undefined;
  readonly #changes: boolean;
  /** What it came to the first time that it arrived. */
  #first: Response | undefined;

  constructor(process: Incarnation, array: SimArray, request: Request, fault: DeviceFault | undefined) {
    this.#process = process;
    this.#array = array;
    this.#request = request;
    this.#fault = fault;
    this.#changes = DRIVER_OPERATIONS[request.operation as DriverOperationName].changes;
  }

  /** `late`: whoever sent it has given it up and gone on. */
  arrive(late: boolean): Response {
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
      world.monitor.afterMutation(this.#process, this.#array, request, changes);
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
  const {
    name,
    hlu,
    members = [],
    ...objects
  } = args as {
    readonly [key in 'expect' | 'mask' | 'volume' | 'from' | 'to' | 'source' | 'target']?: {
      readonly nativeId: string;
    };
  } & { readonly name?: string; readonly hlu?: number; readonly members?: readonly { readonly name: string }[] };
  const { expect, mask, volume, from, to, source, target } = objects;
  const ids = [expect, mask, volume, from, to, source, target].flatMap((object) => object?.nativeId ?? []);
  const names = [name, ...members.map((member) => member.name)];
  return [...ids, ...names, hlu === undefined ? undefined : `HLU ${hlu}`]
    .filter((text) => text !== undefined)
    .join(' ');
}
