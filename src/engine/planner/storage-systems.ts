/**
 * Storage systems: registering one brings its pools and ports along, seen by a read-only observation made for this plan.
 * A system that answers with another identity than the recorded one is never used.
 */
import { sameJson } from '../../lib/canonical-json.ts';
import { isoTime } from '../../lib/clock.ts';
import { describeHostKey, type HostKey } from '../../lib/host-key.ts';
import type { DesiredSpecs } from '../config/desired.ts';
import { foldName } from '../model/address.ts';
import { credentialToUse, isRotatedAway, openWindow } from '../model/credential-window.ts';
import type { ResourceRecord, Status } from '../model/record.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { notVisibleWords } from '../model/visibility.ts';
import { addressOf } from '../observe/addresses.ts';
import { discoveredWrites } from '../observe/attributes.ts';
import type { SystemObservation } from '../observe/observation.ts';
import { openedAccounts } from './accounts.ts';
import { buildRecord } from './base-record.ts';
import { type Draft, liveWrite, type Target } from './draft.ts';
import type { ChildChange, FieldChange, PlannedWrite } from './plan.ts';
import { finishRecordOnly } from './record-only.ts';

export function planStorageSystem(draft: Draft, target: Target): void {
  const spec = target.node.spec as DesiredSpecs['storageSystem'];
  const seen = draft.input.observed.get(foldName(target.node.name));
  const observation = seen?.observation;
  if (!target.recorded && (!observation?.identity || observation.trust.level !== 'whole')) {
    draft.error({
      code: 'COPRHD-DEVICE-001',
      summary: `storage system ${target.node.name} can't be registered: it was not read whole`,
      detail: observation?.trust.why ?? 'it was not observed',
      fix: 'check that the device runs, and its `configuration` and `endpoint`',
      span: target.node.spanOf(),
    });
    draft.unusableSystems.add(target.urn);
    return;
  }
  const identity = observation?.identity;
  const old = target.recorded?.record as ResourceRecord<'storageSystem'> | undefined;
  if (identity ? !identityAgrees(draft, target, identity.serialNumber) : !sameAccess(draft, target, old!, spec)) {
    draft.unusableSystems.add(target.urn);
    return;
  }
  const { epoch } = draft.input;
  const status =
    identity && !old?.status.identity
      ? {
          identity: {
            serialNumber: identity.serialNumber,
            model: identity.model,
            firmwareVersion: identity.firmwareVersion,
            nativeGuid: identity.nativeGuid,
            reviewedMode: identity.supported ? ('manage' as const) : ('observe' as const),
            reviewedEpoch: epoch,
          },
        }
      : acceptedVersion(old, identity);
  const pinned = pinHostKeys(status, old, observation);
  const final = buildRecord<'storageSystem'>(
    draft,
    target,
    {
      driver: spec.driver,
      endpoint: spec.endpoint,
      // Given even when undefined: what is no longer declared doesn't stay in the record.
      ssh: spec.ssh,
      configuration: { ...spec.configuration },
      ...credentials(draft, target, spec.credential, old?.spec),
      mode: spec.mode,
      scope: spec.scope.pools ? { pools: [...spec.scope.pools] } : {},
      limits: spec.limits as RecordedSpec<'storageSystem'>['limits'],
    },
    pinned,
  );
  const children = observation && !old ? poolsAndPorts(draft, final, observation) : { writes: [], changes: [] };
  sayAboutDevice(draft, target, final as ResourceRecord<'storageSystem'>, observation);
  const hostKeys = final.status.identity?.hostKeys;
  const facts = {
    ...(identity ? { model: identity.model, serial: identity.serialNumber } : {}),
    mode: spec.mode,
    ...(hostKeys ? { hostKey: hostKeys.map(describeHostKey).join(', ') } : {}),
  };
  const [before, after] = [old?.status.identity?.firmwareVersion, final.status.identity?.firmwareVersion];
  const fields: FieldChange[] = old && before !== after ? [{ field: 'firmwareVersion', before, after }] : [];
  const pinnedBefore = old?.status.identity?.hostKeys ?? [];
  if (old && !sameJson(pinnedBefore, hostKeys ?? [])) {
    const words = (keys: readonly HostKey[]) => keys.map(describeHostKey).join(', ');
    fields.push({ field: 'hostKey', before: words(pinnedBefore), after: words(hostKeys ?? []) });
  }
  finishRecordOnly(draft, target, final, [], children, {
    ...{ facts, fields },
    opens: openedAccounts(draft, target, [final]),
  });
}

/**
 * A file that still names what a rotation moved away from changes nothing: the recorded credential stays, and the plan says
 * so. Any other reference is taken as declared, and ends what the rotation left.
 */
function credentials(
  draft: Draft,
  target: Target,
  declared: string | undefined,
  recorded: RecordedSpec<'storageSystem'> | undefined,
): Pick<RecordedSpec<'storageSystem'>, 'credential' | 'previousCredential'> {
  if (!recorded?.previousCredential) return { credential: declared };
  const { credential, previousCredential } = recorded;
  if (isRotatedAway(declared, recorded)) {
    const { by, atMs } = previousCredential;
    const { name } = target.node;
    draft.warn({
      code: 'COPRHD-DEVICE-012',
      summary: `storage system ${name}: the file says credential ${declared}, which ${by} has rotated away from; ${credential} stays`,
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
  old: ResourceRecord<'storageSystem'> | undefined,
  observation: SystemObservation | undefined,
): Partial<Status> {
  const identity = status.identity ?? old?.status.identity;
  const hostKeys = observation?.hostKeys;
  if (!identity || hostKeys === undefined || sameJson(identity.hostKeys ?? [], hostKeys)) return status;
  const { hostKeys: _before, ...rest } = identity;
  return { ...status, identity: hostKeys.length > 0 ? { ...rest, hostKeys } : rest };
}

/** A version that the driver was tested with needs nobody's review; what was accepted stays. */
function acceptedVersion(
  old: ResourceRecord<'storageSystem'> | undefined,
  identity: SystemObservation['identity'],
): Partial<Status> {
  const known = old?.status.identity;
  if (!known || !identity?.supported || known.firmwareVersion === identity.firmwareVersion) return {};
  return { identity: { ...known, model: identity.model, firmwareVersion: identity.firmwareVersion } };
}

/** A device that can't be asked who it is keeps the way to it that is known to lead there. */
function sameAccess(
  draft: Draft,
  target: Target,
  old: ResourceRecord<'storageSystem'>,
  spec: DesiredSpecs['storageSystem'],
): boolean {
  const accessOf = ({ driver, endpoint, ssh, configuration }: typeof old.spec | typeof spec) => ({
    driver,
    endpoint,
    ssh,
    configuration,
  });
  if (sameJson(accessOf(old.spec), accessOf(spec))) return true;
  draft.error({
    code: 'COPRHD-DEVICE-001',
    summary: `storage system ${target.node.name} does not answer in the way that is declared now`,
    detail: draft.input.observed.get(foldName(target.node.name))?.observation.trust.why ?? 'it was not observed',
    fix: 'correct its endpoint and configuration; they change only for a device that says that it is the same',
    span: target.node.spanOf(),
  });
  return false;
}

function identityAgrees(draft: Draft, target: Target, serialNumber: string): boolean {
  const recorded = target.recorded?.record.status.identity?.serialNumber;
  if (recorded !== undefined && recorded !== serialNumber) {
    draft.error({
      code: 'COPRHD-DEVICE-005',
      summary: `storage system ${target.node.name} is another device than the recorded one`,
      detail: `recorded serial number ${recorded}, the device says ${serialNumber}`,
      fix: 'correct its endpoint and configuration; register a new device under a new name',
      span: target.node.spanOf(),
    });
    return false;
  }
  if (recorded !== undefined) return true;
  const twin = draft.input.view
    .all('storageSystem')
    .find(({ record }) => record.status.phase !== 'deleted' && record.status.identity?.serialNumber === serialNumber);
  if (!twin) return true;
  draft.error({
    code: 'COPRHD-STATE-006',
    summary: `storage system ${target.node.name} is registered already`,
    detail: `${addressOf(twin.record)} has the same serial number ${serialNumber}`,
    fix: `use that name, or rename it with \`movedFrom: storageSystem.${twin.record.name}\``,
    span: target.node.spanOf(),
  });
  return false;
}

function poolsAndPorts(
  draft: Draft,
  system: ResourceRecord,
  observation: SystemObservation,
): { writes: PlannedWrite[]; changes: ChildChange[] } {
  const { view, nowMs, actor, installation } = draft.input;
  const found = discoveredWrites({
    system: system.urn,
    observation,
    view,
    newUrn: draft.newUrn,
    nowMs,
    actor,
    installation,
  });
  return {
    writes: found.map(({ record, attributes, previous }) => liveWrite(draft, previous, record, attributes)),
    changes: found.map(({ record, previous }) => ({
      kind: record.kind,
      urn: record.urn,
      action: previous ? ('update' as const) : ('create' as const),
      summary: record.name,
    })),
  };
}

function sayAboutDevice(
  draft: Draft,
  target: Target,
  system: ResourceRecord<'storageSystem'>,
  observation: SystemObservation | undefined,
): void {
  const { spec } = system;
  const named = [
    ...(spec.scope.pools ?? []).map((pool) => ({ pool, field: ['scope', 'pools'] })),
    ...Object.keys(spec.limits?.pools ?? {}).map((pool) => ({ pool, field: ['limits', 'pools'] })),
  ];
  for (const { pool, field } of named) {
    if (observation?.trust.level !== 'whole' || observation.pools.some(({ nativeId }) => nativeId === pool)) continue;
    const known = draft.childrenOf('pool', system.urn).find((record) => record.spec.nativeId === pool);
    if (known) {
      const sinceMs = draft.input.view.pool(known.urn)?.notVisibleSinceMs ?? observation.observedAtMs;
      draft.warn({
        code: 'COPRHD-DEVICE-014',
        summary: `pool ${pool} in the scope of storage system ${target.node.name} is ${notVisibleWords(sinceMs)}`,
        detail: 'it stays recorded with what is in it, and gets no new volumes',
        fix: 'find out on the device what became of it; correct `scope.pools` if it does not come back',
        span: target.node.spanOf(['scope', 'pools']),
      });
      continue;
    }
    draft.error({
      code: 'COPRHD-DEVICE-004',
      summary: `storage system ${target.node.name} has no pool ${pool}`,
      detail: `it reports ${observation.pools.map(({ nativeId }) => nativeId).join(', ') || 'none'}`,
      fix: `correct \`${field.join('.')}\``,
      span: target.node.spanOf(field),
    });
  }
  const accepted = system.status.identity;
  const unknown = observation?.identity && !observation.identity.supported;
  if (
    unknown &&
    (accepted?.reviewedMode === 'observe' || accepted?.firmwareVersion !== observation.identity?.firmwareVersion)
  ) {
    draft.warn({
      code: 'COPRHD-DEVICE-006',
      summary: `storage system ${target.node.name} runs a version that the driver wasn't tested with; it is only observed`,
      detail: `${observation.identity?.model} ${observation.identity?.firmwareVersion}`,
      fix: `coprhd device review ${target.node.name} --accept manage`,
      span: target.node.spanOf(),
    });
  }
  if (spec.mode !== 'observe' && spec.scope.pools === undefined) {
    draft.warn({
      code: 'COPRHD-HELD-007',
      summary: `storage system ${target.node.name} has no scope: nothing may be changed on it`,
      fix: 'list its pools under `scope: { pools: [...] }`',
      span: target.node.spanOf(),
    });
  }
}
