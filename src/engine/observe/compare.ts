/**
 * One recorded object against what its device shows of it. Pure facts without judgement: drift words them, the planner
 * repairs from them. Whether the observation may be trusted is for the caller to ask first.
 */

import { sameJson } from '../../lib/canonical-json.ts';
import { groupBy } from '../../lib/group-by.ts';
import type { IoLimits } from '../../lib/pool-service.ts';
import type { MappingObservation, MaskObservation, VolumeObservation } from '../driver/contract.ts';
import type { ResourceRecord } from '../model/record.ts';
import { formatSize } from '../model/size.ts';
import type { RecordedSpec } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import { identityProblem } from './ownership.ts';

export type VolumeDifference = 'identity' | 'size' | 'service' | 'renamed';

export interface VolumeDrift {
  /** The worst of the differences. */
  readonly state: 'same' | 'missing' | VolumeDifference;
  /** All of them, worst first. */
  readonly differences: readonly VolumeDifference[];
  /** For people; empty when the same. */
  readonly why: string;
  /** What the device shows; absent when missing. */
  readonly sizeBytes?: number;
  readonly label?: string;
  readonly wwn?: string;
}

/** `observed` = the volume that has the recorded native id. */
export function compareVolume(record: ResourceRecord<'volume'>, observed: VolumeObservation | undefined): VolumeDrift {
  const device = record.status.device;
  if (observed === undefined || device === undefined) {
    return { state: 'missing', differences: [], why: `${device?.nativeId ?? record.name} is not on the device` };
  }
  const found: [VolumeDifference, string][] = [];
  const identity = identityProblem(record, observed.wwn);
  if (identity !== undefined) found.push(['identity', identity]);
  const recordedBytes = device.provisionedBytes;
  // Before its real size was recorded only the declared one is known, and that may have been rounded up.
  const sizeDiffers =
    recordedBytes === undefined ? observed.sizeBytes < record.spec.sizeBytes : observed.sizeBytes !== recordedBytes;
  if (sizeDiffers) {
    found.push(['size', `it has ${observed.sizeBytes} bytes, recorded are ${recordedBytes ?? record.spec.sizeBytes}`]);
  }
  const service = serviceProblem(device, observed);
  if (service !== undefined) found.push(['service', service]);
  if (observed.name !== device.label) {
    found.push(['renamed', `its name on the device is ${observed.name}, recorded is ${device.label}`]);
  }
  return {
    state: found[0]?.[0] ?? 'same',
    differences: found.map(([difference]) => difference),
    why: found.map(([, why]) => why).join('; '),
    sizeBytes: observed.sizeBytes,
    label: observed.name,
    ...(observed.wwn === undefined ? {} : { wwn: observed.wwn }),
  };
}

export type VolumeService = Pick<VolumeObservation, 'tieringPolicy' | 'ioLimits'>;

export function serviceOf({ tieringPolicy, ioLimits }: VolumeService): VolumeService {
  return {
    ...(tieringPolicy === undefined ? {} : { tieringPolicy }),
    ...(ioLimits === undefined ? {} : { ioLimits }),
  };
}

/** What a virtual pool gives its volumes. */
export function wantedService({ autoTieringPolicy, hostIoLimits }: RecordedSpec<'virtualPool'>): VolumeService {
  return {
    ...(autoTieringPolicy === undefined ? {} : { tieringPolicy: autoTieringPolicy }),
    ...(hostIoLimits === undefined ? {} : { ioLimits: hostIoLimits }),
  };
}

/** What the storage system does for the volume other than it was asked to. */
export function serviceProblem(wanted: VolumeService, { tieringPolicy, ioLimits }: VolumeService): string | undefined {
  if (tieringPolicy !== wanted.tieringPolicy) {
    return `its auto-tiering policy is ${tieringPolicy ?? 'none'} instead of ${wanted.tieringPolicy ?? 'none'}`;
  }
  if (sameJson(ioLimits ?? {}, wanted.ioLimits ?? {})) return undefined;
  return `its host I/O is limited to ${ioLimitsText(ioLimits)} instead of ${ioLimitsText(wanted.ioLimits)}`;
}

/** `5000 IOPS and 200 MiB/s`. */
export function ioLimitsText({ iops, bytesPerSecond }: IoLimits = {}): string {
  const parts = [
    ...(iops === undefined ? [] : [`${iops} IOPS`]),
    ...(bytesPerSecond === undefined ? [] : [`${formatSize(bytesPerSecond)}/s`]),
  ];
  return parts.join(' and ') || 'nothing';
}

export interface MaskComparison {
  readonly mask: ResourceRecord<'exportMask'>;
  /** Live ones of this mask. */
  readonly lunMaps: readonly ResourceRecord<'lunMap'>[];
  /** Those that the maps name. */
  readonly volumesByUrn: ReadonlyMap<Urn, ResourceRecord<'volume'>>;
  /** Port names that the mask shall admit, and no other. */
  readonly initiators: readonly string[];
  /** The mask that has the recorded native id. */
  readonly observation: MaskObservation | undefined;
}

export interface WrongMapping {
  readonly lunMap: ResourceRecord<'lunMap'>;
  readonly why: 'other-hlu' | 'other-wwn';
  readonly observed: MappingObservation;
}

export interface MaskDrift {
  readonly missing: boolean;
  /** Lower case, sorted. A missing mask lacks all initiators and all mappings. */
  readonly initiatorsMissing: readonly string[];
  readonly initiatorsExtra: readonly string[];
  readonly mappingsMissing: readonly ResourceRecord<'lunMap'>[];
  readonly mappingsWrong: readonly WrongMapping[];
  /** Mappings that no record stands for, of foreign volumes or of our own. They keep their HLU taken. */
  readonly foreignMappings: readonly MappingObservation[];
}

export function compareMask({ lunMaps, volumesByUrn, initiators, observation }: MaskComparison): MaskDrift {
  const wanted = sortedUnique(initiators);
  if (observation === undefined) {
    return {
      missing: true,
      initiatorsMissing: wanted,
      initiatorsExtra: [],
      mappingsMissing: lunMaps,
      mappingsWrong: [],
      foreignMappings: [],
    };
  }
  const admitted = sortedUnique(observation.initiators);
  const unclaimed = new Set(observation.mappings);
  const byVolume = groupBy(observation.mappings, ({ volume }) => volume);
  const mappingsMissing: ResourceRecord<'lunMap'>[] = [];
  const mappingsWrong: WrongMapping[] = [];
  for (const lunMap of lunMaps) {
    const device = volumesByUrn.get(lunMap.spec.volume)?.status.device;
    const ofVolume = device === undefined ? [] : (byVolume.get(device.nativeId) ?? []);
    const observed = ofVolume.find((mapping) => mapping.hlu === lunMap.spec.hlu) ?? ofVolume[0];
    if (device === undefined || observed === undefined) {
      mappingsMissing.push(lunMap);
      continue;
    }
    unclaimed.delete(observed);
    if (observed.hlu !== lunMap.spec.hlu) mappingsWrong.push({ lunMap, why: 'other-hlu', observed });
    // A device that doesn't say which identity it shows can't be found wrong.
    else if (observed.wwn !== undefined && observed.wwn.toLowerCase() !== device.wwn?.toLowerCase()) {
      mappingsWrong.push({ lunMap, why: 'other-wwn', observed });
    }
  }
  return {
    missing: false,
    initiatorsMissing: wanted.filter((name) => !admitted.includes(name)),
    initiatorsExtra: admitted.filter((name) => !wanted.includes(name)),
    mappingsMissing,
    mappingsWrong,
    foreignMappings: [...unclaimed],
  };
}

function sortedUnique(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.toLowerCase()))].sort();
}
