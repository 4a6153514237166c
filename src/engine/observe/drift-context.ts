/** What the parts of drift share: the records of the systems looked at, by what they are asked for. Internal to observe. */

import { groupBy } from '../../lib/group-by.ts';
import type { MaskObservation, VolumeObservation } from '../driver/contract.ts';
import { foldName } from '../model/address.ts';
import { allOnArray } from '../model/on-array.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import type { Urn } from '../model/urn.ts';
import type { DriverFacts, ObservedEstate, SystemObservation } from './observation.ts';
import {
  byNativeId,
  type OwnershipBasis,
  type OwnershipVerdict,
  ownershipOfMask,
  ownershipOfVolume,
} from './ownership.ts';
import { systemOf } from './trust.ts';

export interface DriftRequest {
  readonly view: RecordedView;
  readonly observed: ObservedEstate;
  readonly systems: readonly { readonly name: string; readonly urn: Urn }[];
  readonly installation: string;
  readonly epoch: number;
}

/** One observed system with everything recorded on it. */
export interface SystemContext {
  readonly view: RecordedView;
  readonly name: string;
  readonly urn: Urn;
  readonly observation: SystemObservation;
  readonly driver: DriverFacts;
  /** Live records of the system, by native id. */
  readonly volumes: ReadonlyMap<string, ResourceRecord<'volume'>>;
  readonly masks: ReadonlyMap<string, ResourceRecord<'exportMask'>>;
  /** Native ids of the volumes that were seen. */
  readonly volumesSeen: ReadonlySet<string>;
  /** Live volumes of all systems. */
  readonly volumesByUrn: ReadonlyMap<Urn, ResourceRecord<'volume'>>;
  /** Live maps of a mask, by HLU. */
  readonly lunMapsOf: (mask: Urn) => readonly ResourceRecord<'lunMap'>[];
  /** Live records without a native object yet: what carries their mark is being made right now. */
  readonly inTheMaking: ReadonlySet<string>;
  readonly ownershipOfVolume: (volume: VolumeObservation) => OwnershipVerdict;
  readonly ownershipOfMask: (mask: MaskObservation) => OwnershipVerdict;
}

/** Systems that were not observed are left out. */
export function systemContexts(request: DriftRequest): SystemContext[] {
  const { view, observed, installation, epoch } = request;
  const live = <R extends ResourceRecord>(found: readonly { readonly record: R }[]): R[] =>
    found.map(({ record }) => record).filter(isLive);
  const volumes = live(allOnArray(view));
  const masks = live(view.all('exportMask'));
  const lunMaps = groupBy(
    live(view.all('lunMap')).sort((a, b) => a.spec.hlu - b.spec.hlu),
    (record) => record.spec.mask,
  );
  const volumesByUrn = new Map(volumes.map((record) => [record.urn, record]));
  const inTheMaking = new Set<string>(
    [...volumes, ...masks].filter((record) => record.status.device === undefined).map((record) => record.urn),
  );
  return request.systems.flatMap(({ name, urn }): SystemContext[] => {
    const seen = observed.get(foldName(name));
    if (!seen) return [];
    const { observation, driver } = seen;
    const here = { volumes: onSystem(volumes, urn), masks: onSystem(masks, urn) };
    const basis = (records: OwnershipBasis['records']): OwnershipBasis => ({
      installation,
      epoch,
      ownershipMark: driver.ownershipMark,
      records,
    });
    return [
      {
        ...{ view, name, urn, observation, driver, volumesByUrn, inTheMaking, ...here },
        volumesSeen: new Set(observation.volumes.map(({ nativeId }) => nativeId)),
        lunMapsOf: (mask) => lunMaps.get(mask) ?? [],
        ownershipOfVolume: (volume) => ownershipOfVolume(volume, basis(here.volumes)),
        ownershipOfMask: (mask) => ownershipOfMask(mask, basis(here.masks)),
      },
    ];
  });
}

function onSystem<R extends ResourceRecord>(records: readonly R[], system: Urn): Map<string, R> {
  return byNativeId(records.filter((record) => systemOf(record) === system));
}
