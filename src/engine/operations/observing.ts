/** Reads the devices that an operation needs, at once, and keeps what was seen when the operation may write. */
import { hasErrors, OperationError } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { DriverError } from '../driver/errors.ts';
import { foldName } from '../model/address.ts';
import type { Urn } from '../model/urn.ts';
import type { ObservedEstate, SystemObservation } from '../observe/observation.ts';
import { observeSystem } from '../observe/read-system.ts';
import { knownObjects, NOTHING_KNOWN } from '../observe/trust.ts';
import { keys } from '../state/keys.ts';
import { type ViewLoader, withView } from '../state/view.ts';
import { callContext, type DeviceSpec } from './devices.ts';
import { driverFacts, loadDriver } from './drivers.ts';
import type { Call } from './engine.ts';

export interface SystemToObserve {
  readonly spec: DeviceSpec;
  /** Undefined = declared only. */
  readonly urn?: Urn;
}

export async function observeSystems(
  call: Call,
  loader: ViewLoader,
  systems: readonly SystemToObserve[],
): Promise<ObservedEstate> {
  const seen = await Promise.all(
    systems.map(async (system) => [foldName(system.spec.name), await observeOne(call, loader, system)] as const),
  );
  return new Map(seen);
}

async function observeOne(
  { engine, ctx }: Call,
  loader: ViewLoader,
  { spec, urn }: SystemToObserve,
): Promise<{ observation: SystemObservation; driver: ReturnType<typeof driverFacts> }> {
  const { default: manifest } = await loadDriver(spec.driver);
  const known = urn === undefined ? NOTHING_KNOWN : (await withView(loader, (view) => knownObjects(view, urn))).result;
  const startedAtMs = engine.clock.nowMs();
  ctx.emit({ type: 'observe.started', system: spec.name });
  let observation: SystemObservation;
  try {
    const { array } = await engine.devices.connect(spec);
    observation = await observeSystem({
      array,
      ctx: callContext(engine.clock, ctx.signal, LIMITS.discoveryDeadlineMs),
      known,
    });
  } catch (error) {
    if (error instanceof OperationError && hasErrors(error.diagnostics)) throw error;
    if (!(error instanceof DriverError)) throw error;
    const why = error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
    observation = {
      observedAtMs: startedAtMs,
      trust: { level: 'unreachable', why },
      pools: [],
      ports: [],
      volumes: [],
      masks: [],
    };
  }
  const durationMs = engine.clock.nowMs() - startedAtMs;
  ctx.emit({ type: 'observe.finished', system: spec.name, trust: observation.trust.level, durationMs });
  return { observation, driver: driverFacts(manifest) };
}

/** One blob per section, rewritten only when its content changed; `o/storageSystem/…` says which. */
export async function keepObservation({ engine }: Call, system: Urn, observation: SystemObservation): Promise<void> {
  const { pools, ports, volumes, masks, trust, observedAtMs } = observation;
  if (trust.level !== 'whole') return;
  const sections: Record<string, string> = {};
  for (const [name, items] of Object.entries({ pools, ports, volumes, masks })) {
    sections[name] = await engine.blobs.put(JSON.stringify(items));
  }
  const value = JSON.stringify({ observedAtMs, trust, sections });
  await engine.store.txn({ success: [{ type: 'put', key: keys.observed(system), value }] });
}
