/** Why something is shown but not done: the reasons of safety, each as a diagnostic with its way out. */
import { isoTime } from '../../lib/clock.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { SystemIdentity } from '../driver/contract.ts';
import { DEVICE_WORDS, type DeviceRecord } from '../model/device-kinds.ts';
import { maintenanceDiagnostic, maintenanceOf } from '../model/maintenance.ts';
import { effectiveMode, inScope } from '../model/mode.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { DeviceMode } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { makeChange } from './base-record.ts';
import type { Draft, Target } from './draft.ts';
import type { Action } from './plan.ts';

export function phaseHold(target: { readonly address: string }, record: ResourceRecord): Diagnostic | undefined {
  const { phase, why, untilMs } = record.status;
  const { address } = target;
  if (phase === 'suspect') {
    return {
      code: 'COPRHD-HELD-012',
      severity: 'error',
      address,
      summary: `${address} is suspect after a failure`,
      detail: why ?? 'the outcome of its last change is unknown',
      fix: 'coprhd recover',
    };
  }
  if (phase === 'quarantined') {
    return {
      code: 'COPRHD-HELD-010',
      severity: 'error',
      address,
      summary: `${address} was removed and is quarantined${untilMs ? ` until ${isoTime(untilMs).slice(0, 10)}` : ''}`,
      detail: 'its data are still there, and so is its name',
      fix: `bring it back with \`coprhd undelete ${address}\`, or end it with \`coprhd purge ${address} --confirm-destroy=1\``,
    };
  }
  return undefined;
}

/** Why nothing is changed on a storage system, or of one of its pools. */
export function notManageable(
  draft: Draft,
  system: ResourceRecord<'storageSystem'>,
  poolNativeId?: string,
): Diagnostic | undefined {
  const held = deviceNotManageable(draft, system, draft.observation(system)?.observation.identity);
  if (held) return held;
  if (poolNativeId !== undefined && !inScope(system, poolNativeId)) {
    return {
      code: 'COPRHD-HELD-007',
      severity: 'error',
      summary: `pool ${poolNativeId} of ${system.name} is outside the scope`,
      fix: 'add it to `scope.pools` of the storage system',
    };
  }
  return undefined;
}

/** Of whichever kind: maintenance, its mode, a version that nobody has accepted. `seen`: who it is now. */
export function deviceNotManageable(
  draft: Draft,
  device: DeviceRecord,
  seen: SystemIdentity | undefined,
): Diagnostic | undefined {
  const { input } = draft;
  const maintenance = maintenanceOf(device, input.nowMs);
  if (maintenance) return maintenanceDiagnostic(device, maintenance);
  const { name } = device;
  const mode = effectiveMode(device, input.epoch);
  if (mode !== 'manage') return notInModeManage(device, mode);
  const accepted = device.status.identity?.firmwareVersion;
  if (!seen || seen.supported || seen.firmwareVersion === accepted) return undefined;
  return {
    code: 'COPRHD-HELD-006',
    severity: 'error',
    summary: `${name} runs ${seen.firmwareVersion}, which the driver wasn't tested with: nothing is changed on it`,
    detail: `it was accepted with ${accepted ?? 'another version'}`,
    fix: `coprhd device review ${name} --accept ${device.spec.mode}`,
  };
}

const PROPOSED =
  'its commands are not written out either: plan --emit commands is not built yet, propose only observes';

function notInModeManage({ name, kind, spec }: DeviceRecord, mode: DeviceMode): Diagnostic {
  const declared = spec.mode;
  const summary = `${name} is in mode ${mode}: nothing is changed on it`;
  if (declared !== mode) {
    return {
      code: 'COPRHD-HELD-006',
      severity: 'error',
      summary,
      detail: `the file says ${declared}, but it was not reviewed since the state was imported or its version changed`,
      fix: `coprhd device review ${name} --accept ${declared}`,
    };
  }
  return {
    code: 'COPRHD-HELD-006',
    severity: 'error',
    summary,
    ...(mode === 'propose' ? { detail: PROPOSED } : {}),
    fix: `set \`mode: manage\` on the ${DEVICE_WORDS[kind]}`,
  };
}

/** Where something is that is to be changed with another one, or why neither may be now. */
export function changeable(
  draft: Draft,
  record: ResourceRecord<'volume'>,
  other: ResourceRecord,
): { readonly why: Diagnostic } | { readonly system: ResourceRecord<'storageSystem'>; readonly nativeId: string } {
  const address = addressOf(record);
  const phase = phaseHold({ address }, record) ?? phaseHold({ address: addressOf(other) }, other);
  if (phase) return { why: phase };
  const { device } = record.status;
  const system = device && draft.get<'storageSystem'>(device.system);
  const seen = system && draft.observation(system);
  if (!device || !system || seen?.observation.trust.level !== 'whole') {
    return { why: untrusted({ address }, system?.name ?? 'its storage system', seen?.observation.trust.why) };
  }
  const pool = device.pool && draft.get<'pool'>(device.pool);
  const why = notManageable(draft, system, pool ? pool.spec.nativeId : undefined);
  return why ? { why } : { system, nativeId: device.nativeId };
}

export function untrusted(
  target: { readonly address?: string },
  system: string,
  why = 'it was not observed',
): Diagnostic {
  return {
    code: 'COPRHD-HELD-008',
    severity: 'error',
    ...(target.address === undefined ? {} : { address: target.address }),
    summary: `${system} can't be trusted now: nothing of it is created, re-created or removed`,
    detail: why,
    fix: `check the device, then \`coprhd discover ${system}\``,
  };
}

/** A held line: shown, never done. */
export function hold(
  draft: Draft,
  target: Pick<Target, 'address' | 'urn'> & {
    readonly node: { readonly kind: Target['node']['kind'] | 'volume'; readonly spanOf?: Target['node']['spanOf'] };
  },
  wanted: Action,
  diagnostic: Diagnostic,
): void {
  const span = target.node.spanOf?.();
  const full: Diagnostic = { address: target.address, ...(span ? { span } : {}), ...diagnostic };
  draft.held.set(target.urn, full);
  draft.changes.push(makeChange(target, { action: 'held', reason: full.summary, held: { wanted, diagnostic: full } }));
}

export function nameOf(draft: Draft, urn: Urn): string {
  return draft.get(urn)?.name ?? draft.input.view.get(urn)?.record.name ?? draft.targetByUrn(urn)?.node.name ?? urn;
}

/** Why something goes that is recorded and not declared. */
export function droppedReason(draft: Draft): string {
  if (draft.input.apiOwned) return 'asked for';
  return draft.input.destroy ? 'its stack is destroyed' : 'not in the files any more';
}

/** Of something that waits for a volume or snapshot that has no place: where this plan has that, it was said there; else another task is still making it. */
export function holdUntilThere(draft: Draft, target: Parameters<typeof hold>[1], source: Urn): void {
  if (draft.targetByUrn(source)) return;
  hold(draft, target, 'create', {
    code: 'COPRHD-HELD-014',
    severity: 'error',
    address: target.address,
    summary: `${target.address} waits for ${nameOf(draft, source)}, which is not there yet`,
    detail: 'a task is making it',
    fix: 'plan again once it is made (coprhd task list); where its process has died: coprhd recover',
  });
}
