/** What the device says about a recorded volume, as far as the plan may rely on it. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { VolumeObservation } from '../driver/contract.ts';
import type { ResourceRecord } from '../model/record.ts';
import { formatSize } from '../model/size.ts';
import { addressOf } from '../observe/addresses.ts';
import { compareVolume } from '../observe/compare.ts';
import { nativeIndex } from '../observe/native-index.ts';
import { ownershipOfVolume } from '../observe/ownership.ts';
import type { Draft } from './draft.ts';
import { untrusted } from './holds.ts';

/** What the device says about a recorded volume; `hold` when nothing may be done to it now. */
export function observeVolume(
  draft: Draft,
  record: ResourceRecord<'volume'>,
): { state: 'same' | 'missing'; sizeBytes?: number; hold?: Diagnostic } {
  const device = record.status.device;
  const system = device && draft.get<'storageSystem'>(device.system);
  const seen = system && draft.observation(system);
  const address = addressOf(record);
  if (!device || !system || !seen) return { state: 'same' };
  if (seen.observation.trust.level !== 'whole') {
    if (!volumeIndex(draft, system).has(device.nativeId))
      return { state: 'same', hold: untrusted({ address }, system.name, seen.observation.trust.why) };
  }
  const drift = compareVolume(record, volumeIndex(draft, system).get(device.nativeId));
  if (drift.state === 'missing') {
    const elsewhere = markedElsewhere(draft, record, system);
    if (elsewhere) return { state: 'same', hold: elsewhere };
    const bytes = formatSize(record.spec.sizeBytes);
    return {
      state: 'missing',
      hold: {
        code: 'COPRHD-HELD-001',
        severity: 'error',
        address,
        summary: `${address} is missing on ${system.name}: its data are gone or elsewhere`,
        detail: `${device.label} (native id ${device.nativeId}, WWN ${device.wwn}, ${bytes}) is not on the device any more`,
        fix: `find out what happened to it; then \`forget\` it in the file, or make a new, empty one with --replace-missing ${address}`,
      },
    };
  }
  if (drift.state === 'identity') {
    return {
      state: 'same',
      hold: {
        code: 'COPRHD-HELD-011',
        severity: 'error',
        address,
        summary: `${address} is not the object that is on ${system.name} now`,
        detail: drift.why,
        fix: `compare \`coprhd show ${address}\` with the device; nothing is changed until they agree`,
      },
    };
  }
  const foreign = ownershipHold(draft, record, system);
  if (foreign) return { state: 'same', hold: foreign };
  const recordedBytes = device.provisionedBytes ?? record.spec.sizeBytes;
  if (drift.sizeBytes !== undefined && drift.sizeBytes < recordedBytes) {
    const [has, had] = [formatSize(drift.sizeBytes), formatSize(recordedBytes)];
    return {
      state: 'same',
      hold: {
        code: 'COPRHD-HELD-011',
        severity: 'error',
        address,
        summary: `${address} shrank on ${system.name}: it has ${has}, recorded are ${had}`,
        detail: 'what lay beyond its new end is lost; growing it again would hide that',
        fix: `restore the data, or grow ${device.label} to ${had} on the device by hand; then plan again`,
      },
    };
  }
  return { state: 'same', ...(drift.sizeBytes === undefined ? {} : { sizeBytes: drift.sizeBytes }) };
}

/**
 * Not missing: another object of the device carries the mark of this very volume. Made a second time by a call that arrived twice
 * while somebody deleted the first one, or brought back by the array under another native id. It may have the data.
 */
function markedElsewhere(
  draft: Draft,
  record: ResourceRecord<'volume'>,
  system: ResourceRecord<'storageSystem'>,
): Diagnostic | undefined {
  const observed = draft
    .observation(system)
    ?.observation.volumes.find(
      ({ mark }) => mark?.installation === draft.input.installation && mark.urn === record.urn,
    );
  if (!observed) return undefined;
  const device = record.status.device!;
  const address = addressOf(record);
  const shown = `native id ${observed.nativeId}, WWN ${observed.wwn ?? 'none'}, ${formatSize(observed.sizeBytes)}`;
  return {
    code: 'COPRHD-HELD-011',
    severity: 'error',
    address,
    summary: `${address} is recorded as ${device.nativeId} of ${system.name}, and its mark is on ${observed.nativeId}`,
    detail: `${device.label} (native id ${device.nativeId}, WWN ${device.wwn}) is not on the device any more; ${observed.name} (${shown}) carries its mark`,
    fix: `find out on the device what ${observed.name} is and whether it has the data; nothing is made anew while it carries that mark`,
  };
}

/** The object that has the recorded native id isn't ours any more. */
export function ownershipHold(
  draft: Draft,
  record: ResourceRecord<'volume'>,
  system: ResourceRecord<'storageSystem'>,
): Diagnostic | undefined {
  const device = record.status.device!;
  const observed = volumeIndex(draft, system).get(device.nativeId);
  if (!observed) return undefined;
  const { installation, epoch } = draft.input;
  const { ownershipMark } = draft.observation(system)!.driver;
  const records = new Map([[device.nativeId, record]]);
  const owned = ownershipOfVolume(observed, { installation, epoch, records, ownershipMark });
  if (owned.ownership === 'ours') return undefined;
  const address = addressOf(record);
  return {
    code: 'COPRHD-HELD-011',
    severity: 'error',
    address,
    summary: `${address}: the object on ${system.name} doesn't carry our mark and identity`,
    detail: owned.why,
    fix: `find out who changed it; nothing is changed until record and device agree, or it is named under \`forget:\``,
  };
}

export function volumeIndex(draft: Draft, system: ResourceRecord): ReadonlyMap<string, VolumeObservation> {
  return nativeIndex(draft.observation(system)?.observation.volumes ?? NO_VOLUMES);
}

const NO_VOLUMES: readonly VolumeObservation[] = [];
