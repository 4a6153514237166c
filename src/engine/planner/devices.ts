/**
 * What registering and changing a device have in common, whatever kind it is: a read-only look made for this plan, the
 * identity that it must keep, the host keys that it is known by, the credential, the mode. A device that answers with another
 * identity than the recorded one is never used.
 */
import { sameJson } from '../../lib/canonical-json.ts';
import { isoTime } from '../../lib/clock.ts';
import { describeHostKey, type HostKey } from '../../lib/host-key.ts';
import type { DesiredAccess } from '../config/desired.ts';
import type { SystemIdentity } from '../driver/contract.ts';
import { credentialToUse, isRotatedAway, openWindow } from '../model/credential-window.ts';
import { DEVICE_WORDS, type DeviceKind, type DeviceRecord } from '../model/device-kinds.ts';
import type { ResourceRecord, Status } from '../model/record.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { addressOf } from '../observe/addresses.ts';
import type { Trust } from '../observe/observation.ts';
import { buildRecord } from './base-record.ts';
import type { Draft, Target } from './draft.ts';
import type { FieldChange } from './plan.ts';

/** What was seen of it for this plan, as far as it is the same for all devices. */
export interface SeenDevice {
  readonly trust: Trust;
  readonly identity?: SystemIdentity;
  readonly hostKeys?: readonly HostKey[];
}

export interface PlannedDevice<K extends DeviceKind> {
  readonly final: ResourceRecord<K>;
  readonly recorded?: ResourceRecord<K>;
  /** For its line in the plan. */
  readonly facts: Readonly<Record<string, string>>;
  readonly fields: readonly FieldChange[];
}

/** `own`: what only its kind has. Undefined: it can't be used, and was complained about. */
export function planDevice<K extends DeviceKind>(
  draft: Draft,
  target: Target,
  seen: SeenDevice | undefined,
  own: Omit<RecordedSpec<K>, keyof Access>,
): PlannedDevice<K> | undefined {
  const spec = target.node.spec as DesiredAccess;
  const old = target.recorded?.record as ResourceRecord<K> | undefined;
  if (!isUsable(draft, target, seen)) {
    draft.unusableSystems.add(target.urn);
    return undefined;
  }
  const identity = seen?.identity;
  const status = identity && !old?.status.identity ? registered(draft, identity) : acceptedVersion(old, identity);
  const access: Access = {
    driver: spec.driver,
    endpoint: spec.endpoint,
    // Given even when undefined: what is no longer declared doesn't stay in the record.
    ssh: spec.ssh,
    configuration: { ...spec.configuration },
    ...credentials(draft, target, spec.credential, old?.spec),
    mode: spec.mode,
  };
  const whole = { ...access, ...own } as RecordedSpec<K>;
  const final = buildRecord<K>(draft, target, whole, pinHostKeys(status, old, seen)) as ResourceRecord<K>;
  warnOfVersion(draft, target, final, identity);
  const hostKeys = final.status.identity?.hostKeys;
  const facts = {
    ...(identity ? { model: identity.model, serial: identity.serialNumber } : {}),
    mode: spec.mode,
    ...(hostKeys ? { hostKey: hostKeys.map(describeHostKey).join(', ') } : {}),
  };
  return { final, ...(old ? { recorded: old } : {}), facts, fields: old ? identityFields(old, final) : [] };
}

type Access = Pick<
  RecordedSpec<DeviceKind>,
  'driver' | 'endpoint' | 'ssh' | 'configuration' | 'credential' | 'previousCredential' | 'mode'
>;

const wordsOf = (target: Target): string => `${DEVICE_WORDS[target.node.kind as DeviceKind]} ${target.node.name}`;

function isUsable(draft: Draft, target: Target, seen: SeenDevice | undefined): boolean {
  if (!target.recorded && (!seen?.identity || seen.trust.level !== 'whole')) {
    draft.error({
      code: 'COPRHD-DEVICE-001',
      summary: `${wordsOf(target)} can't be registered: it was not read whole`,
      detail: seen?.trust.why ?? 'it was not observed',
      fix: 'check that the device runs, and its `configuration` and `endpoint`',
      span: target.node.spanOf(),
    });
    return false;
  }
  return seen?.identity
    ? identityAgrees(draft, target, seen.identity.serialNumber)
    : sameAccess(draft, target, target.recorded!.record as DeviceRecord, seen);
}

function registered({ input }: Draft, identity: SystemIdentity): Partial<Status> {
  const { serialNumber, model, firmwareVersion, nativeGuid, supported } = identity;
  const reviewedMode = supported ? ('manage' as const) : ('observe' as const);
  return { identity: { serialNumber, model, firmwareVersion, nativeGuid, reviewedMode, reviewedEpoch: input.epoch } };
}

function identityFields(old: DeviceRecord, final: DeviceRecord): FieldChange[] {
  const [before, after] = [old.status.identity?.firmwareVersion, final.status.identity?.firmwareVersion];
  const fields: FieldChange[] = before === after ? [] : [{ field: 'firmwareVersion', before, after }];
  const keysOf = ({ status }: DeviceRecord): readonly HostKey[] => status.identity?.hostKeys ?? [];
  if (sameJson(keysOf(old), keysOf(final))) return fields;
  const words = (record: DeviceRecord) => keysOf(record).map(describeHostKey).join(', ');
  return [...fields, { field: 'hostKey', before: words(old), after: words(final) }];
}

/**
 * A file that still names what a rotation moved away from changes nothing: the recorded credential stays, and the plan says
 * so. Any other reference is taken as declared, and ends what the rotation left.
 */
function credentials(
  draft: Draft,
  target: Target,
  declared: string | undefined,
  recorded: RecordedSpec<DeviceKind> | undefined,
): Pick<Access, 'credential' | 'previousCredential'> {
  if (!recorded?.previousCredential) return { credential: declared };
  const { credential, previousCredential } = recorded;
  if (isRotatedAway(declared, recorded)) {
    const { by, atMs } = previousCredential;
    const { name } = target.node;
    draft.warn({
      code: 'COPRHD-DEVICE-012',
      summary: `${wordsOf(target)}: the file says credential ${declared}, which ${by} has rotated away from; ${credential} stays`,
      detail: `rotated at ${isoTime(atMs)}`,
      fix: `keep it: write \`credential: ${credential}\`. Revert it: coprhd device rotate ${name} ${openWindow(recorded, draft.input.nowMs) ? '--back' : `--credential ${declared}`}`,
      span: target.node.spanOf(['credential']),
    });
  }
  const used = credentialToUse(declared, recorded);
  return used === credential ? { credential, previousCredential } : { credential: used, previousCredential: undefined };
}

/** The host keys that the device was seen with are those that it must have from now on. */
function pinHostKeys(
  status: Partial<Status>,
  old: DeviceRecord | undefined,
  seen: SeenDevice | undefined,
): Partial<Status> {
  const identity = status.identity ?? old?.status.identity;
  const hostKeys = seen?.hostKeys;
  if (!identity || hostKeys === undefined || sameJson(identity.hostKeys ?? [], hostKeys)) return status;
  const { hostKeys: _before, ...rest } = identity;
  return { ...status, identity: hostKeys.length > 0 ? { ...rest, hostKeys } : rest };
}

/** A version that the driver was tested with needs nobody's review; what was accepted stays. */
function acceptedVersion(old: DeviceRecord | undefined, identity: SystemIdentity | undefined): Partial<Status> {
  const known = old?.status.identity;
  if (!known || !identity?.supported || known.firmwareVersion === identity.firmwareVersion) return {};
  return { identity: { ...known, model: identity.model, firmwareVersion: identity.firmwareVersion } };
}

/** A device that can't be asked who it is keeps the way to it that is known to lead there. */
function sameAccess(draft: Draft, target: Target, old: DeviceRecord, seen: SeenDevice | undefined): boolean {
  const accessOf = ({ driver, endpoint, ssh, configuration }: DeviceRecord['spec'] | DesiredAccess) => ({
    driver,
    endpoint,
    ssh,
    configuration,
  });
  if (sameJson(accessOf(old.spec), accessOf(target.node.spec as DesiredAccess))) return true;
  draft.error({
    code: 'COPRHD-DEVICE-001',
    summary: `${wordsOf(target)} does not answer in the way that is declared now`,
    detail: seen?.trust.why ?? 'it was not observed',
    fix: 'correct its endpoint and configuration; they change only for a device that says that it is the same',
    span: target.node.spanOf(),
  });
  return false;
}

function identityAgrees(draft: Draft, target: Target, serialNumber: string): boolean {
  const kind = target.node.kind as DeviceKind;
  const recorded = target.recorded?.record.status.identity?.serialNumber;
  if (recorded !== undefined && recorded !== serialNumber) {
    draft.error({
      code: 'COPRHD-DEVICE-005',
      summary: `${wordsOf(target)} is another device than the recorded one`,
      detail: `recorded serial number ${recorded}, the device says ${serialNumber}`,
      fix: 'correct its endpoint and configuration; register a new device under a new name',
      span: target.node.spanOf(),
    });
    return false;
  }
  if (recorded !== undefined) return true;
  const twin = draft.input.view
    .all(kind)
    .find(({ record }) => record.status.phase !== 'deleted' && record.status.identity?.serialNumber === serialNumber);
  if (!twin) return true;
  draft.error({
    code: 'COPRHD-STATE-006',
    summary: `${wordsOf(target)} is registered already`,
    detail: `${addressOf(twin.record)} has the same serial number ${serialNumber}`,
    fix: `use that name, or rename it with \`movedFrom: ${kind}.${twin.record.name}\``,
    span: target.node.spanOf(),
  });
  return false;
}

function warnOfVersion(draft: Draft, target: Target, final: DeviceRecord, identity: SystemIdentity | undefined): void {
  const accepted = final.status.identity;
  if (!identity || identity.supported) return;
  if (accepted?.reviewedMode !== 'observe' && accepted?.firmwareVersion === identity.firmwareVersion) return;
  draft.warn({
    code: 'COPRHD-DEVICE-006',
    summary: `${wordsOf(target)} runs a version that the driver wasn't tested with; it is only observed`,
    detail: `${identity.model} ${identity.firmwareVersion}`,
    fix: `coprhd device review ${target.node.name} --accept manage`,
    span: target.node.spanOf(),
  });
}
