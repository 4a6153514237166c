/** What operations know of network systems: seen now, or kept from an earlier look where the caller asked for that. */
import { atMost } from '../../lib/at-most.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { SystemIdentity } from '../driver/contract.ts';
import { DriverError } from '../driver/errors.ts';
import { foldName } from '../model/address.ts';
import { DEVICE_WORDS } from '../model/device-kinds.ts';
import type {
  NetworkDriverFacts,
  NetworkObservation,
  ObservedNetworks,
  SeenFabric,
} from '../observe/network-observation.ts';
import { observeNetwork, unreachableNetwork } from '../observe/read-network.ts';
import { beforeLook, loadObservation } from '../state/observations.ts';
import type { ViewLoader } from '../state/view.ts';
import { callContext } from './call-context.ts';
import type { DeviceSpec } from './device-session.ts';
import { loadNetworkSystem, networkDriverFacts } from './drivers.ts';
import type { Call } from './engine.ts';
import {
  deviceHash,
  isFresh,
  type ObserveOptions,
  refuseUnkept,
  type SystemToObserve,
  type Unkept,
} from './observing.ts';

/** Many at once. Fails when what was kept must do and there is nothing, naming each such system. */
export async function observeNetworks(
  call: Call,
  loader: ViewLoader,
  systems: readonly SystemToObserve[],
  options: Pick<ObserveOptions, 'refresh' | 'looks'> = {},
): Promise<ObservedNetworks> {
  const seen = await atMost(LIMITS.devicesObservedMax, systems, async (system) => {
    const driver = networkDriverFacts(await loadNetworkSystem(system.spec.driver));
    const observation = await observeOne(call, loader, system, options);
    return [foldName(system.spec.name), { driver, observation }] as [
      string,
      { driver: NetworkDriverFacts; observation: NetworkObservation | Unkept },
    ];
  });
  const unkept = seen.flatMap(([, { observation }]) => ('unkept' in observation ? [observation] : []));
  if (unkept.length > 0) refuseUnkept(unkept, DEVICE_WORDS.networkSystem);
  return new Map(seen) as ObservedNetworks;
}

async function observeOne(
  call: Call,
  { snapshot }: ViewLoader,
  { spec, urn }: SystemToObserve,
  { refresh = 'full', looks }: Pick<ObserveOptions, 'refresh' | 'looks'>,
): Promise<NetworkObservation | Unkept> {
  if (refresh !== 'full') {
    const { blobs } = call.engine;
    const found =
      urn === undefined
        ? { why: 'it is only declared yet' }
        : await loadObservation({ snapshot, blobs }, { system: urn, device: deviceHash(spec) });
    if (!('why' in found) && (refresh === 'none' || isFresh(call, found))) {
      const { observedAtMs, identity, sections } = found;
      const trust = { level: 'whole', why: '' } as const;
      const fabrics = Object.values(sections).flat() as SeenFabric[];
      return { observedAtMs, trust, identity: identity as SystemIdentity, fabrics, kept: true };
    }
    if (refresh === 'none') return { unkept: spec.name, why: 'why' in found ? found.why : '' };
  }
  const before = urn !== undefined && looks ? await beforeLook(call.engine.store, urn) : undefined;
  const network = await lookAt(call, spec);
  if (urn !== undefined && before) looks?.push({ system: urn, spec, before, network });
  return network;
}

/** As they are kept: each by itself, so that what changes in one rewrites no other. */
export function fabricSections(fabrics: readonly SeenFabric[]): Record<string, readonly unknown[]> {
  return Object.fromEntries(fabrics.map((seen) => [`fabric ${seen.fabric.nativeId}`, [seen]]));
}

async function lookAt({ engine, ctx }: Call, spec: DeviceSpec): Promise<NetworkObservation> {
  const startedAtMs = engine.clock.nowMs();
  ctx.emit({ type: 'observe.started', system: spec.name });
  let observation: NetworkObservation;
  try {
    const { network, hostKeys, fellBack } = await engine.devices.connectNetwork(spec);
    const callCtx = callContext(engine.clock, ctx.signal, LIMITS.discoveryDeadlineMs);
    const seen = await observeNetwork({ system: network, ctx: callCtx });
    const reached = fellBack ? { ...seen, warnings: [fellBack, ...(seen.warnings ?? [])] } : seen;
    observation = seen.identity ? { ...reached, hostKeys: hostKeys() } : reached;
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    const why = error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
    observation = unreachableNetwork(startedAtMs, why);
  }
  const durationMs = engine.clock.nowMs() - startedAtMs;
  ctx.emit({ type: 'observe.finished', system: spec.name, trust: observation.trust.level, durationMs });
  return observation;
}
