/** Calls to a fabric over the same faulty network as to an array, and what only a switch does. */
import { whyNotSent } from '../../../drivers/simulator/client.ts';
import type { SanRequest, SanResponse, SanTransport } from '../../../drivers/simulator/san/core.ts';
import {
  NETWORK_OPERATIONS,
  type NetworkOperationName,
  type NetworkOperations,
} from '../../../drivers/simulator/san/requests.ts';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import type { ZoneDelta } from '../../../src/engine/driver/network-contract.ts';
import type { DeviceFault, FabricFault } from '../options.ts';
import { CALL_FAULTS, callFaulty, falls } from './faulty-call.ts';
import { type Incarnation, never } from './incarnation.ts';
import type { SimFabric } from './sim-san.ts';

type NetworkRequest = SanRequest<NetworkOperationName>;

interface Faults {
  readonly call?: DeviceFault;
  readonly fabric?: FabricFault;
}

export function transportToFabric(process: Incarnation, fabric: SimFabric): SanTransport {
  let expired = false;
  return {
    call: (request, ctx, lateClass) => {
      const { world, rng } = process;
      const stop = whyNotSent(false, ctx);
      if (stop) return Promise.reject(new DriverError({ class: 'transient', message: stop }));
      const { changes } = NETWORK_OPERATIONS[request.operation as NetworkOperationName];
      if (!process.step(changes ? 15 : 1)) return never();
      const faults = faultsOf(process, fabric, changes, request.operation.startsWith('list'));
      const fault = faults.fabric === 'cut' ? 'lost-after' : faults.call;
      if (fault === 'auth') expired = true;
      for (const kind of [faults.fabric ?? fault]) if (kind) world.count(kind);
      const call = new FabricCall(process, fabric, request as NetworkRequest, faults);
      return callFaulty<SanResponse>({
        ...{ process, device: fabric, operation: request.operation, changes, ctx, lateClass, fault, expired },
        latencyMs: rng.skewed(world.options.deviceMs),
        arrive: (late) => call.arrive(late),
        onAmbiguous: () => {},
      });
    },
  };
}

function faultsOf(process: Incarnation, fabric: SimFabric, changes: boolean, isList: boolean): Faults {
  const { world, rng } = process;
  const { device, fabrics } = world.options;
  const weight = changes ? 3 : 1;
  const hit = (fault: DeviceFault) => rng.chance((device[fault] ?? 0) * weight) && world.trouble;
  const [first] = CALL_FAULTS.filter(hit);
  if (hit('unavailable')) falls(process, fabric);
  const partial = hit('partial') && isList;
  const call = partial ? ('partial' as const) : first;
  const rates = (fabrics || undefined)?.faults ?? {};
  const own = (['rejected', 'cut', 'fenced'] as const).filter((kind) => rng.chance(rates[kind] ?? 0) && world.trouble);
  return { ...(call ? { call } : {}), ...(changes && own[0] ? { fabric: own[0] } : {}) };
}

/** As it is at the fabric. */
class FabricCall {
  readonly #process: Incarnation;
  readonly #fabric: SimFabric;
  readonly #request: NetworkRequest;
  readonly #faults: Faults;
  #arrived = 0;

  constructor(process: Incarnation, fabric: SimFabric, request: NetworkRequest, faults: Faults) {
    this.#process = process;
    this.#fabric = fabric;
    this.#request = request;
    this.#faults = faults;
  }

  arrive(late: boolean): SanResponse {
    const { world } = this.#process;
    const request = { ...this.#request, nowMs: world.scheduler.nowMs };
    if (request.operation !== 'applyZoneDelta') return this.#distorted(this.#fabric.san.handle(request).answer);
    return this.#change(request as SanRequest<'applyZoneDelta'>, late);
  }

  #change(request: SanRequest<'applyZoneDelta'>, late: boolean): SanResponse {
    const process = this.#process;
    const { world } = process;
    const fabric = this.#fabric;
    const again = this.#arrived++ > 0;
    const fault = again ? undefined : this.#faults.fabric;
    const { delta } = request.args;
    if (fault === 'fenced') world.fence?.(fabric);
    if (late) world.log.say(process.name, `${fabric.name}: what was given up arrives`);
    else world.monitor.zones.beforeDelta(process, fabric, delta);
    const before = world.monitor.zones.openPaths(fabric);
    const { answer, changes } = this.#handled(request, fault);
    world.counts.mutations++;
    const dead = process.state === 'dead' ? ' for a dead one' : '';
    const became = answer.ok ? 'done' : answer.error.class;
    world.log.say(
      process.name,
      `${fabric.name}: ${wordsOf(delta)}: ${fault === 'cut' ? 'cut off, ' : ''}${became}${dead}`,
    );
    world.monitor.zones.afterDelta(process, fabric, delta, changes, before, again);
    return answer;
  }

  #handled(request: SanRequest<'applyZoneDelta'>, fault: FabricFault | undefined) {
    const { san, name } = this.#fabric;
    const { nowMs } = request;
    if (fault === 'cut') {
      const { system, delta } = request.args;
      return san.handle({ ...request, args: { system, delta: { ...delta, activate: false } } });
    }
    if (fault !== 'rejected') return san.handle(request);
    const rejection = {
      operation: 'activate',
      before: this.#process.rng.pick(['invalid', 'busy', 'transient']),
      times: 1,
    };
    san.handle({ operation: 'addFault', args: { fabric: name, fault: rejection as never }, nowMs });
    const result = san.handle(request);
    san.handle({ operation: 'clearFaults', args: { fabric: name }, nowMs });
    return result;
  }

  #distorted(answer: SanResponse): SanResponse {
    if (!answer.ok || this.#faults.call !== 'partial') return answer;
    const page = answer.value as NetworkOperations['listZones']['value'];
    const items = page.items.filter(() => this.#process.rng.chance(0.6));
    return { ...answer, value: { ...page, items, complete: false } } as SanResponse;
  }
}

function wordsOf({ add, change, remove }: ZoneDelta): string {
  const names = (sign: string, zones: readonly { readonly name: string }[]) =>
    zones.map(({ name }) => `${sign}${name}`);
  return `zones ${[...names('+', add), ...names('~', change), ...names('-', remove)].join(' ')}`;
}
