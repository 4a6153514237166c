/**
 * Whose an observed object is. Ours = record (native id and identity) and mark on the device agree; everything else is
 * not to be touched. Pure. The planner, drift and the check before a destructive call rely on it, so every doubt is
 * answered with "not ours".
 */
import type { MaskObservation, OwnershipMark, VolumeObservation } from '../driver/contract.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { DriverFacts } from './observation.ts';

/**
 * orphan: our installation's mark, but no live record, or not the one it names. unmarked: no mark, or one that was
 * copied from another object. state-is-old: the device was written by a later epoch of this installation's state.
 */
export type Ownership = 'ours' | 'orphan' | 'other-installation' | 'unmarked' | 'state-is-old';

export interface OwnershipVerdict {
  readonly ownership: Ownership;
  /** For people; empty when ours. */
  readonly why: string;
}

export interface OwnershipBasis {
  readonly installation: string;
  /** Of the state. */
  readonly epoch: number;
  readonly ownershipMark: DriverFacts['ownershipMark'];
  /** Records of this kind on this system, by native id. */
  readonly records: ReadonlyMap<string, ResourceRecord>;
}

export function ownershipOfVolume(volume: VolumeObservation, basis: OwnershipBasis): OwnershipVerdict {
  return classify(volume, basis, (record) => identityProblem(record, volume.wwn));
}

/** A mask has no identity of its own beyond its native id. */
export function ownershipOfMask(mask: MaskObservation, basis: OwnershipBasis): OwnershipVerdict {
  return classify(mask, basis, () => undefined);
}

/** Undefined = both have an identity and it is the same. */
export function identityProblem(record: ResourceRecord, wwn: string | undefined): string | undefined {
  const recorded = record.status.device?.wwn;
  if (recorded === undefined) return `no WWN is recorded for ${record.name}`;
  if (wwn === undefined) return `it shows no WWN, recorded is ${recorded}`;
  return recorded.toLowerCase() === wwn.toLowerCase() ? undefined : `its WWN is ${wwn}, recorded is ${recorded}`;
}

/** Live records by the native id of their object. */
export function byNativeId<R extends ResourceRecord>(records: readonly R[]): Map<string, R> {
  const map = new Map<string, R>();
  for (const record of records) {
    if (isLive(record) && record.status.device) map.set(record.status.device.nativeId, record);
  }
  return map;
}

type Observed = Pick<VolumeObservation, 'nativeId' | 'name' | 'mark' | 'wwn'>;
type IdentityCheck = (record: ResourceRecord) => string | undefined;

function classify(observed: Observed, basis: OwnershipBasis, identity: IdentityCheck): OwnershipVerdict {
  const { mark } = observed;
  const found = basis.records.get(observed.nativeId);
  const record = found !== undefined && isLive(found) ? found : undefined;
  if (mark === undefined) return classifyUnmarked(observed, basis, record, identity);
  if (mark.installation !== basis.installation) {
    return { ownership: 'other-installation', why: `it carries the mark of installation ${mark.installation}` };
  }
  const copied = copiedMark(observed, mark, basis);
  if (copied !== undefined) return { ownership: 'unmarked', why: copied };
  if (mark.epoch > basis.epoch) {
    const why = `its mark was written in epoch ${mark.epoch} of the state, and this state is at ${basis.epoch}`;
    return { ownership: 'state-is-old', why };
  }
  if (record === undefined)
    return { ownership: 'orphan', why: `it carries our mark (${mark.urn}) and is not recorded` };
  if (record.urn !== mark.urn) {
    return { ownership: 'orphan', why: `it carries our mark of ${mark.urn} and is recorded as ${record.urn}` };
  }
  const problem = nativeIdProblem(record, observed) ?? identity(record);
  if (problem !== undefined) return { ownership: 'orphan', why: `it carries our mark, but ${problem}` };
  return { ownership: 'ours', why: '' };
}

/** Where the device keeps no mark, or only the name, the record alone must do, and only while the identity agrees. */
function classifyUnmarked(
  observed: Observed,
  basis: OwnershipBasis,
  record: ResourceRecord | undefined,
  identity: IdentityCheck,
): OwnershipVerdict {
  if (record === undefined) return { ownership: 'unmarked', why: 'it carries no mark of ours' };
  if (basis.ownershipMark === 'tag' || basis.ownershipMark === 'comment') {
    return { ownership: 'unmarked', why: `it is recorded as ${record.name}, but carries no mark of ours any more` };
  }
  const problem = nativeIdProblem(record, observed) ?? identity(record);
  if (problem !== undefined) return { ownership: 'unmarked', why: problem };
  const label = record.status.device!.label;
  if (observed.name === label) return { ownership: 'ours', why: '' };
  const why = `its name stands for the mark there, and it was changed from ${label} to ${observed.name}`;
  return { ownership: 'unmarked', why };
}

function nativeIdProblem(record: ResourceRecord, observed: Observed): string | undefined {
  const recorded = record.status.device?.nativeId;
  if (recorded === observed.nativeId) return undefined;
  return `its native id is ${observed.nativeId}, recorded is ${recorded ?? 'none'}`;
}

/**
 * Clones and replicas copy tags. The driver compares the mark's native identity, whose form is the driver's own, with
 * the object and reports a copy without mark. What can be told from data alone is checked again here.
 */
function copiedMark(observed: Observed, { nativeIdentity }: OwnershipMark, basis: OwnershipBasis): string | undefined {
  if (nativeIdentity === '') return 'its mark does not say which object it was put on';
  if (nativeIdentity === observed.nativeId) return undefined;
  const otherWwn =
    /^[0-9a-f]{32}$/i.test(nativeIdentity) &&
    observed.wwn !== undefined &&
    nativeIdentity.toLowerCase() !== observed.wwn.toLowerCase();
  return otherWwn || basis.records.has(nativeIdentity) ? `its mark was copied from ${nativeIdentity}` : undefined;
}
