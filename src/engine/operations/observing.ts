/**
 * What operations know of devices: seen now, or kept from an earlier look where the caller asked for that. Looking is one
 * thing and keeping another: only those that may write keep (keeping.ts).
 */
import { atMost } from '../../lib/at-most.ts';
import { hashOf } from '../../lib/canonical-json.ts';
import { hasErrors, OperationError } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { SystemIdentity } from '../driver/contract.ts';
import { DriverError } from '../driver/errors.ts';
import { foldName } from '../model/address.ts';
import { DEVICE_WORDS } from '../model/device-kinds.ts';
import type { Urn } from '../model/urn.ts';
import type { NetworkObservation } from '../observe/network-observation.ts';
import type { DriverFacts, ObservedEstate, SystemObservation } from '../observe/observation.ts';
import type { AskedBase } from '../observe/read-changes.ts';
import { observeSystem } from '../observe/read-system.ts';
import {
  judgeTrust,
  type KnownObjects,
  knownObjects,
  NOTHING_KNOWN,
  type OnSystem,
  onSystems,
} from '../observe/trust.ts';
import { type BeforeLook, beforeLook, type KeptObservation, loadBase, loadObservation } from '../state/observations.ts';
import { type ViewLoader, withView } from '../state/view.ts';
import { callContext } from './call-context.ts';
import type { DeviceSpec } from './device-session.ts';
import { driverFacts, loadBlockArray } from './drivers.ts';
import type { Call } from './engine.ts';
import { keptIndex } from './record-finding.ts';
import type { Refresh } from './types.ts';

const HOUR_MS = 3_600_000;

export interface SystemToObserve {
  readonly spec: DeviceSpec;
  /** Undefined = declared only. */
  readonly urn?: Urn;
}

interface LookAt {
  readonly system: Urn;
  readonly spec: DeviceSpec;
  readonly before: BeforeLook;
}

/** One look at a recorded device, and how its kept observation was before. */
export type Look = SystemLook | NetworkLook;
export interface SystemLook extends LookAt {
  readonly observation: SystemObservation;
}
export interface NetworkLook extends LookAt {
  readonly network: NetworkObservation;
}

export interface ObserveOptions {
  /** `full` unless given. */
  readonly refresh?: Refresh;
  /**
   * Only what changed since it was seen last is read, where the device can tell. With `refresh: 'auto'` always: whoever asks
   * for that takes what was kept. Never of what is only declared.
   */
  readonly changes?: boolean;
  /** Gets every look that was taken, for those who keep. */
  readonly looks?: Look[];
}

/** Many at once. Fails when what was kept must do and there is nothing, naming each such system. */
export async function observeSystems(
  call: Call,
  loader: ViewLoader,
  systems: readonly SystemToObserve[],
  options: ObserveOptions = {},
): Promise<ObservedEstate> {
  const known = await recordedOn(call, loader, systems);
  const seen = await atMost(LIMITS.devicesObservedMax, systems, async (system) => {
    const manifest = await loadBlockArray(system.spec.driver);
    const observation = await observeOne(call, loader, system, known(system), options);
    const driver = driverFacts(manifest, 'unkept' in observation ? undefined : observation.identity);
    return [foldName(system.spec.name), { driver, observation }] as [
      string,
      { driver: DriverFacts; observation: SystemObservation | Unkept },
    ];
  });
  const unkept = seen.flatMap(([, { observation }]) => ('unkept' in observation ? [observation] : []));
  if (unkept.length > 0) refuseUnkept(unkept);
  return new Map(seen) as ObservedEstate;
}

/** From the index of a process that keeps one; else all of the estate's are read, once for all systems. */
export async function objectsOnSystems({ engine, ctx }: Call, loader: ViewLoader): Promise<OnSystem> {
  const index = await keptIndex(engine, ctx);
  return index ? { of: (kind, system) => index.under(kind, system) } : (await withView(loader, onSystems)).result;
}

async function recordedOn(
  call: Call,
  loader: ViewLoader,
  systems: readonly SystemToObserve[],
): Promise<(system: SystemToObserve) => KnownObjects> {
  if (systems.every(({ urn }) => urn === undefined)) return () => NOTHING_KNOWN;
  const records = await objectsOnSystems(call, loader);
  return ({ urn }) => (urn === undefined ? NOTHING_KNOWN : knownObjects(records, urn));
}

/** There is nothing to go by, and nobody may look. */
export interface Unkept {
  readonly unkept: string;
  readonly why: string;
}

export function refuseUnkept(all: readonly Unkept[], what = DEVICE_WORDS.storageSystem): never {
  throw new OperationError(
    'error',
    all.map(({ unkept, why }) => ({
      code: 'COPRHD-DEVICE-009',
      severity: 'error',
      summary: `${what} ${unkept} would have to be looked at: ${why}`,
      fix: `coprhd discover ${unkept}, or leave out --refresh none`,
    })),
  );
}

async function observeOne(
  call: Call,
  loader: ViewLoader,
  { spec, urn }: SystemToObserve,
  known: KnownObjects,
  { refresh = 'full', looks, changes = refresh === 'auto' }: ObserveOptions,
): Promise<SystemObservation | Unkept> {
  if (refresh !== 'full') {
    const kept =
      urn === undefined ? { why: 'it is only declared yet' } : await loadKept(call, loader, spec, urn, known);
    if (!('why' in kept) && (refresh === 'none' || isFresh(call, kept))) return kept;
    if (refresh === 'none') return { unkept: spec.name, why: 'why' in kept ? kept.why : '' };
  }
  const before = urn !== undefined && (looks || changes) ? await beforeLook(call.engine.store, urn) : undefined;
  const base = before && changes ? await baseOf(call, spec, before) : undefined;
  const observation = await lookAt(call, spec, known, base);
  if (urn !== undefined && before) looks?.push({ system: urn, spec, before, observation });
  return observation;
}

/** A clock that was set back makes nothing fresh. */
export function isFresh({ engine }: Call, { observedAtMs }: { readonly observedAtMs: number }): boolean {
  const ageMs = engine.clock.nowMs() - observedAtMs;
  return ageMs >= 0 && ageMs < LIMITS.observationFreshMs;
}

/** What a system must be reached by for a kept observation to be of it. */
export function deviceHash({ driver, endpoint, configuration }: DeviceSpec): string {
  return hashOf({ driver, endpoint, configuration });
}

/** And by whom: with another login it may show less, and what isn't shown would be gone. */
export function readerHash({ credential, ssh }: DeviceSpec): string {
  return hashOf({ credential: credential ?? null, ssh: ssh ?? null });
}

async function baseOf({ engine }: Call, spec: DeviceSpec, before: BeforeLook): Promise<AskedBase> {
  const wanted = { device: deviceHash(spec), reader: readerHash(spec), names: ['volumes', 'masks'] };
  const base = await loadBase(engine.blobs, before.index, wanted);
  if ('why' in base) return base;
  const { token, version, wholeAtMs } = base.current;
  const ageMs = engine.clock.nowMs() - wholeAtMs;
  // A clock that was set back makes nothing young.
  if (ageMs < 0 || ageMs >= LIMITS.wholeReadIntervalMs) {
    return { why: `it is read whole once in ${LIMITS.wholeReadIntervalMs / HOUR_MS} hours` };
  }
  const { volumes, masks } = base.sections as Pick<SystemObservation, 'volumes' | 'masks'>;
  return { token, version, wholeAtMs, identity: base.identity as SystemIdentity, sections: { volumes, masks } };
}

async function loadKept(
  { engine }: Call,
  { snapshot }: ViewLoader,
  spec: DeviceSpec,
  system: Urn,
  known: KnownObjects,
): Promise<SystemObservation | { readonly why: string }> {
  const found = await loadObservation({ snapshot, blobs: engine.blobs }, { system, device: deviceHash(spec) });
  if ('why' in found) return found;
  const observation = { ...fromKept(found), kept: true as const };
  // By the records of today: what they know may be more than what was known then.
  return { ...observation, trust: judgeTrust(observation, known) };
}

/** Of what is kept nothing is known that it wasn't whole. */
export function fromKept({ observedAtMs, identity, sections }: KeptObservation): SystemObservation {
  const { pools = [], ports = [], volumes = [], masks = [] } = sections as Partial<SystemObservation>;
  const trust = { level: 'whole', why: '' } as const;
  return { observedAtMs, trust, identity: identity as SystemIdentity, pools, ports, volumes, masks };
}

async function lookAt(
  { engine, ctx }: Call,
  spec: DeviceSpec,
  known: KnownObjects,
  base: AskedBase,
): Promise<SystemObservation> {
  const startedAtMs = engine.clock.nowMs();
  ctx.emit({ type: 'observe.started', system: spec.name });
  let observation: SystemObservation;
  try {
    const { array, hostKeys, fellBack } = await engine.devices.connect(spec);
    const seen = await observeSystem({
      array,
      ctx: callContext(engine.clock, ctx.signal, LIMITS.discoveryDeadlineMs),
      known,
      // Logged in to with the credential before, which may show less.
      base: base && fellBack ? { why: 'its credential was refused, and the one before was used' } : base,
    });
    const { current: _current, ...once } = seen;
    const reached = fellBack ? { ...once, warnings: [fellBack] } : seen;
    observation = seen.identity ? { ...reached, hostKeys: hostKeys() } : reached;
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
  return observation;
}
