/** Registration of devices, pools and ports: recorded, audited, and seen by placement from the next plan on. */
import { type Diagnostic, fail } from '../../lib/diagnostic.ts';
import { nearest } from '../../lib/suggest.ts';
import { foldName } from '../model/address.ts';
import { type DeviceKind, isDeviceKind } from '../model/device-kinds.ts';
import { allOnArray } from '../model/on-array.ts';
import { isLive, type VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { type RegisteredKind, registrationStatus } from '../model/registration.ts';
import type { Urn } from '../model/urn.ts';
import { uuidOf } from '../model/urn.ts';
import { withView } from '../state/view.ts';
import { findDevice, findResource } from './addresses.ts';
import { audit } from './auditing.ts';
import type { DeregisterInput, RegistrationResult } from './device-types.ts';
import type { Call } from './engine.ts';
import { refuseClaimed, rewrite } from './recorded.ts';
import type { Report } from './types.ts';

type Recorded = VersionedRecord<RegisteredKind>;
/** `device`: of any kind. */
type Asked = 'device' | 'pool' | 'port';
type Verb<I> = (call: Call, input: I) => Promise<Report & RegistrationResult>;

const registering =
  (kind: Asked): Verb<{ name: string }> =>
  (call, { name }) =>
    register(call, kind, name);
const deregistering =
  (kind: Asked): Verb<DeregisterInput> =>
  (call, { name, why }) =>
    deregister(call, kind, name, why);

export const deviceRegister = registering('device');
export const deviceDeregister = deregistering('device');
export const poolRegister = registering('pool');
export const poolDeregister = deregistering('pool');
export const portRegister = registering('port');
export const portDeregister = deregistering('port');

async function register(call: Call, kind: Asked, text: string): Promise<Report & RegistrationResult> {
  const found = await find(call, kind, text);
  const { recorded } = found;
  const { deregistered, ...spec } = recorded.record.spec;
  if (!deregistered) return resultOf(found, recorded, false);
  return write(call, found, { ...recorded.record, spec } as Recorded['record']);
}

async function deregister(
  call: Call,
  kind: Asked,
  text: string,
  why: string | undefined,
): Promise<Report & RegistrationResult> {
  const found = await find(call, kind, text);
  const { recorded } = found;
  // Who did it first, and why, stays.
  if (recorded.record.spec.deregistered) return resultOf(found, recorded, false);
  const { engine, ctx } = call;
  const deregistered = { by: ctx.actor.name, atMs: engine.clock.nowMs(), ...(why === undefined ? {} : { why }) };
  const spec = { ...recorded.record.spec, deregistered };
  return write(call, found, { ...recorded.record, spec } as Recorded['record']);
}

/** In the audit log before it is done, so that no change can be missing there. */
async function write(call: Call, found: Found, record: Recorded['record']): Promise<Report & RegistrationResult> {
  const { recorded, name } = found;
  refuseClaimed(recorded);
  const { deregistered } = record.spec;
  const event = `${isDeviceKind(record.kind) ? 'device' : record.kind}.${deregistered ? 'deregister' : 'register'}`;
  await audit(call, event, {
    urn: record.urn,
    name,
    ...(deregistered?.why === undefined ? {} : { why: deregistered.why }),
  });
  await rewrite(call, recorded, record);
  return resultOf(found, { record }, true);
}

function resultOf(
  { name, keeps }: Found,
  { record }: Pick<Recorded, 'record'>,
  changed: boolean,
): Report & RegistrationResult {
  const { deregistered } = record.spec;
  return {
    outcome: 'ok',
    diagnostics: [],
    kind: record.kind,
    name,
    registrationStatus: registrationStatus(record),
    changed,
    keeps,
    ...(deregistered ? { deregistered } : {}),
  };
}

interface Found {
  readonly recorded: Recorded;
  /** `array-1`, `array-1/fast`. */
  readonly name: string;
  readonly keeps: number;
}

/** `SYSTEM/NAME`, a pool or a port of a storage system. */
export function findPart<K extends 'pool' | 'port'>(
  view: RecordedView,
  kind: K,
  text: string,
):
  | { readonly recorded: VersionedRecord<'storageSystem'>; readonly child: VersionedRecord<K> }
  | { readonly problem: Omit<Diagnostic, 'severity'> } {
  const slash = text.indexOf('/');
  if (slash < 0) return { problem: noSystem(kind, text) };
  const system = findResource(view, text.slice(0, slash), 'storageSystem');
  if ('problem' in system) return system;
  const recorded = system.recorded as VersionedRecord<'storageSystem'>;
  const child = findChild(view, recorded, kind, text.slice(slash + 1));
  return 'problem' in child ? child : { recorded, child: child as VersionedRecord<K> };
}

async function find({ engine }: Call, kind: Asked, text: string): Promise<Found> {
  const { result } = await withView(engine.store, (view) => {
    if (kind === 'device') {
      const device = findDevice(view, text);
      if ('problem' in device) return device;
      const recorded = device.recorded as VersionedRecord<DeviceKind>;
      return { recorded, name: recorded.record.name, keeps: kept(view, recorded) };
    }
    const part = findPart(view, kind, text);
    if ('problem' in part) return part;
    const { recorded, child } = part;
    return { recorded: child, name: `${recorded.record.name}/${child.record.name}`, keeps: kept(view, child) };
  });
  return 'problem' in result ? fail('error', result.problem) : result;
}

type Problem = Omit<Diagnostic, 'severity'>;

const noSystem = (kind: Asked, text: string): Problem => ({
  code: 'COPRHD-STATE-007',
  summary: `${text} does not say of which storage system the ${kind} is`,
  fix: `write SYSTEM/${text}; coprhd device list shows them`,
});

/** Names of pools and ports are the device's; two may differ in case only. */
function findChild<K extends 'pool' | 'port'>(
  view: RecordedView,
  system: VersionedRecord<'storageSystem'>,
  kind: K,
  name: string,
): VersionedRecord<K> | { readonly problem: Problem } {
  const all = view.inScope(kind, uuidOf(system.record.urn)).filter(({ record }) => isLive(record));
  const alike = all.filter(({ record }) => foldName(record.name) === foldName(name));
  const exact = alike.filter(({ record }) => record.name === name);
  const [found, another] = exact.length > 0 ? exact : alike;
  if (found && !another) return found;
  const names = (alike.length > 0 ? alike : all).map(({ record }) => record.name).sort();
  const guess = found ? undefined : nearest(name, names);
  return {
    problem: {
      code: found ? 'COPRHD-STATE-007' : 'COPRHD-STATE-005',
      summary: found
        ? `${kind} ${name} of ${system.record.name} is ambiguous: ${names.join(', ')}`
        : `${system.record.name} has no ${kind} ${name}`,
      fix: guess === undefined ? 'coprhd device list' : `did you mean ${system.record.name}/${guess}?`,
    },
  };
}

/** What stays there: volumes of ours, masks that were given the port, zones that are in its fabrics. */
function kept(
  view: RecordedView,
  { record }: { readonly record: { readonly kind: RegisteredKind; readonly urn: Urn } },
): number {
  const { kind, urn } = record;
  if (kind === 'port') {
    return view.all('exportMask').filter(({ record: mask }) => isLive(mask) && mask.spec.ports.includes(urn)).length;
  }
  if (kind === 'networkSystem') {
    const isOurs = (network: Urn) => view.get<'network'>(network)?.record.spec.networkSystem === urn;
    return view.all('zone').filter(({ record: zone }) => isLive(zone) && isOurs(zone.spec.network)).length;
  }
  const where = kind === 'pool' ? 'pool' : 'system';
  return allOnArray(view).filter(({ record: volume }) => isLive(volume) && volume.status.device?.[where] === urn)
    .length;
}
