/** When a mask or a map may not be made, repaired or removed. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { MappingObservation } from '../driver/contract.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import { uuidOf } from '../model/urn.ts';
import type { Draft, Target } from './draft.ts';
import { nameOf, notManageable, phaseHold, untrusted } from './holds.ts';
import { maskImports } from './mask-adoption.ts';
import type { MaskContext } from './masks.ts';
import { volumeIndex } from './observed-volume.ts';

/**
 * A mask that is there but lacks one LUN, or shows another identity at it: somebody did that on purpose, or the object
 * behind it is not what we think. A whole mask that is gone is a lost export and is simply repaired.
 */
export function mapHold(
  draft: Draft,
  target: Pick<Target, 'address'>,
  context: MaskContext,
  map: VersionedRecord<'lunMap'>,
): Diagnostic | undefined {
  const { hlu, volume } = map.record.spec;
  const { observed, system, host } = context;
  const name = nameOf(draft, volume);
  const record = draft.get<'volume'>(volume);
  if (!observed) return undefined;
  const mapping = context.mappings.get(hlu);
  if (draft.placedOn.has(volume)) return takenHold(draft, target, context, map, mapping);
  const where = `LUN ${hlu} of ${context.label} on ${system.name} (host ${host.name})`;
  if (!mapping) {
    return {
      code: 'COPRHD-HELD-001',
      severity: 'error',
      address: target.address,
      summary: `${where}, volume ${name}, is missing: somebody deleted it on the device`,
      detail: `its recorded identity is WWN ${record?.status.device?.wwn ?? 'unknown'}; nothing is made in its place`,
      fix: `find out why; to map the same volume there again: --replace-missing ${target.address}`,
    };
  }
  const wwn = record?.status.device?.wwn;
  const nativeId = record?.status.device?.nativeId;
  if (mapping.volume !== nativeId || (wwn !== undefined && mapping.wwn !== undefined && mapping.wwn !== wwn)) {
    return {
      code: 'COPRHD-HELD-011',
      severity: 'error',
      address: target.address,
      summary: `${where} is not volume ${name}`,
      detail: `recorded ${nativeId} with WWN ${wwn}, the device shows ${mapping.volume} with WWN ${mapping.wwn ?? 'none'}`,
      fix: 'correct it on the device; nothing is changed until they agree',
    };
  }
  return undefined;
}

/** A volume that this plan makes anew gets its LUN back with it, unless that shows something else than what was lost. */
function takenHold(
  draft: Draft,
  target: Pick<Target, 'address'>,
  { label, system }: MaskContext,
  map: VersionedRecord<'lunMap'>,
  mapping: MappingObservation | undefined,
): Diagnostic | undefined {
  const { hlu, volume } = map.record.spec;
  const lost = draft.input.view.get(volume)?.record.status.device;
  if (!mapping || mapping.volume === lost?.nativeId || (mapping.wwn !== undefined && mapping.wwn === lost?.wwn)) {
    return undefined;
  }
  return {
    code: 'COPRHD-HELD-011',
    severity: 'error',
    address: target.address,
    summary: `LUN ${hlu} of ${label} on ${system.name} shows ${mapping.volume} (WWN ${mapping.wwn ?? 'none'}), not what is replaced`,
    fix: 'correct it on the device; nothing is changed until they agree',
  };
}

/** A host that is logged in may still use what is missing: its LUN does not become another volume under it. */
export function replacementHold(draft: Draft, record: ResourceRecord<'volume'>): Diagnostic | undefined {
  if (draft.input.attestOffline !== undefined) return undefined;
  for (const { record: map } of draft.input.view.inScope('lunMap', uuidOf(record.urn))) {
    const mask = draft.input.view.get<'exportMask'>(map.spec.mask)?.record;
    const system = mask && draft.get<'storageSystem'>(mask.spec.system);
    const seen = system && draft.observation(system)?.observation.masks;
    const loggedIn = seen?.find(({ nativeId }) => nativeId === mask?.status.device?.nativeId)?.loggedIn ?? [];
    if (map.status.phase === 'deleted' || loggedIn.length === 0) continue;
    return {
      code: 'COPRHD-HELD-005',
      severity: 'error',
      summary: `host ${nameOf(draft, mask!.spec.host)} is logged in and may still use the volume that would be replaced`,
      detail: `it would find another, empty volume at LUN ${map.spec.hlu}`,
      fix: 'unmount it and log out there first, or name who vouches that it is not in use with --attest-offline',
    };
  }
  return undefined;
}

/** Why nothing may be changed about a mask at all. */
export function maskHold(draft: Draft, context: MaskContext): Diagnostic | undefined {
  const { observation, system, label, foreignWhy, recorded } = context;
  if (observation.trust.level !== 'whole') return untrusted({}, system.name, observation.trust.why);
  if (foreignWhy !== undefined) {
    return {
      code: 'COPRHD-HELD-011',
      severity: 'error',
      summary: `mask ${label} on ${system.name} is not ours any more`,
      detail: foreignWhy,
      fix: 'find out who changed it; nothing is changed until record and device agree',
    };
  }
  const phase = recorded && phaseHold({ address: `mask ${label}` }, recorded.record);
  return phase ?? notManageable(draft, system);
}

/** An initiator belongs to one host: not to ours and to a mask of somebody else. */
export function initiatorHold(context: MaskContext, gained: readonly string[]): Diagnostic | undefined {
  const { observation, observed, urn, host, system } = context;
  for (const mask of observation.masks) {
    if (mask.nativeId === observed?.nativeId || mask.mark?.urn === urn) continue;
    const name = mask.initiators.find((initiator) => gained.includes(initiator));
    if (name === undefined) continue;
    return {
      code: 'COPRHD-HELD-004',
      severity: 'error',
      summary: `initiator ${name} of host ${host.name} is in mask ${mask.name} on ${system.name} already, which is not ours`,
      detail: 'an initiator belongs to one host in the whole estate',
      fix: 'take it out of that mask, or correct the host',
    };
  }
  return undefined;
}

/** Initiators that use a mask don't lose it without a word. */
export function loginHold({ label, system }: MaskContext, busy: readonly string[]): Diagnostic {
  return {
    code: 'COPRHD-HELD-005',
    severity: 'error',
    summary: `${busy.join(', ')} would lose access to ${label} on ${system.name} while logged in`,
    fix: 'declare the initiator on the host, log it out, or name who vouches for it with --attest-offline',
  };
}

/** The volume is out of scope, or shown to somebody by a mapping that isn't ours. */
export function strangerHold(
  draft: Draft,
  contexts: readonly MaskContext[],
  volume: ResourceRecord<'volume'>,
): Diagnostic | undefined {
  const { system, observation } = contexts[0]!;
  const device = volume.status.device;
  const pool = draft.locationOf(volume.urn)?.pool;
  const manage = notManageable(draft, system, pool && draft.get<'pool'>(pool)?.spec.nativeId);
  if (manage || !device || draft.placedOn.has(volume.urn)) return manage;
  const masks = draft.input.view
    .inScope('lunMap', uuidOf(volume.urn))
    .map(({ record }) => draft.input.view.get(record.spec.mask)?.record.status.device?.nativeId);
  const { byMask } = maskImports(draft);
  const strangers = (volumeIndex(draft, system).get(device.nativeId)?.mappedBy ?? []).filter(
    (id) => !masks.includes(id) && !byMask.has(`${system.urn} ${id}`),
  );
  if (strangers.length === 0) return undefined;
  const names = strangers.map((id) => observation.masks.find(({ nativeId }) => nativeId === id)?.name ?? id);
  return {
    code: 'COPRHD-HELD-004',
    severity: 'error',
    summary: `volume ${volume.name} is mapped on ${system.name} by ${names.join(', ')}, which is not ours`,
    detail: 'two hosts that write to one volume destroy its data',
    fix: 'remove that mapping on the device',
  };
}

/** `idle` permits a removal that somebody asked for; a login without an attestation holds it. */
export function removalEvidence(draft: Draft, context: MaskContext): 'idle' | 'attested' | Diagnostic {
  const loggedIn = (context.observed?.loggedIn ?? []).filter(
    (name) => context.initiators.includes(name) || context.observed?.initiators.includes(name),
  );
  // Also of who logs in before it is done.
  if (draft.input.attestUnexports !== undefined) return 'attested';
  if (loggedIn.length === 0) return 'idle';
  if (draft.input.attestOffline !== undefined) return 'attested';
  // A step of the plan waits until it is so.
  if (draft.input.waitIdleMs !== undefined) return 'idle';
  return {
    code: 'COPRHD-HELD-005',
    severity: 'error',
    summary: `host ${context.host.name} is logged in to ${context.label} on ${context.system.name}`,
    detail: `${loggedIn.join(', ')} may be using what would be unexported`,
    fix: 'unmount it and log out there first, wait for that with --wait-idle, or name who vouches that it is not in use with --attest-offline',
  };
}
