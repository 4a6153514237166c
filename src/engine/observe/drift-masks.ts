/**
 * Drift of recorded masks and their LUN maps, shown under the exports they serve: gone, not ours any more, other
 * initiators, mappings gone, moved, added or with another identity. Internal to observe.
 */
import type { MappingObservation, MaskObservation } from '../driver/contract.ts';
import type { ResourceRecord } from '../model/record.ts';
import { addressesOfMask, addressOfLunMap, expectedInitiators } from './addresses.ts';
import { compareMask, type WrongMapping } from './compare.ts';
import type { SystemContext } from './drift-context.ts';
import type { DriftItem } from './observation.ts';
import { isExpected } from './trust.ts';

export function maskItems(context: SystemContext): DriftItem[] {
  const seen = new Map(context.observation.masks.map((mask) => [mask.nativeId, mask]));
  return [...context.masks.values()]
    .filter(isExpected)
    .flatMap((mask) => itemsOf(context, mask, seen.get(mask.status.device!.nativeId)));
}

function itemsOf(
  context: SystemContext,
  mask: ResourceRecord<'exportMask'>,
  observation: MaskObservation | undefined,
): DriftItem[] {
  const { view, name } = context;
  const lunMaps = context.lunMapsOf(mask.urn);
  const [address, ...others] = addressesOfMask(view, mask, lunMaps);
  const device = mask.status.device!;
  const what = `mask ${device.label} (${device.nativeId}) on ${name}`;
  const shared = others.length === 0 ? '' : `; ${others.join(', ')} uses it too`;
  const base = { address, urn: mask.urn, system: name, class: 'managed' as const };
  if (observation === undefined) {
    if (context.observation.trust.level !== 'whole') return [];
    const lost = `mask ${device.label} (${device.nativeId}) is not on ${name} any more, with ${lunMaps.length} mappings`;
    return [
      { ...base, summary: `${lost}${shared}`, recorded: { nativeId: device.nativeId, mappings: lunMaps.length } },
    ];
  }
  const items: DriftItem[] = [];
  const { ownership, why } = context.ownershipOfMask(observation);
  if (ownership !== 'ours' && ownership !== 'state-is-old') {
    items.push({ ...base, summary: `${what} is not ours any more: ${why}${shared}` });
  }
  const initiators = expectedInitiators(view, mask);
  const drift = compareMask({ mask, lunMaps, volumesByUrn: context.volumesByUrn, initiators, observation });
  const compared = { recorded: { initiators }, observed: { initiators: observation.initiators } };
  // While the mask is being changed its initiators are on the way from one list to the other.
  if (mask.status.phase === 'ready' && drift.initiatorsMissing.length > 0) {
    const names = drift.initiatorsMissing.join(', ');
    items.push({ ...base, summary: `${what} does not admit ${names} any more${shared}`, ...compared });
  }
  if (mask.status.phase === 'ready' && drift.initiatorsExtra.length > 0) {
    const names = drift.initiatorsExtra.join(', ');
    items.push({ ...base, summary: `${what} admits ${names}, not recorded${shared}`, ...compared });
  }
  return [
    ...items,
    ...drift.mappingsMissing.flatMap((lunMap) => missingMapping(context, lunMap, what)),
    ...drift.mappingsWrong.flatMap((wrong) => wrongMapping(context, wrong, what)),
    ...drift.foreignMappings.map((mapping) => foreignMapping(context, mapping, what, base)),
  ];
}

function missingMapping(context: SystemContext, lunMap: ResourceRecord<'lunMap'>, what: string): DriftItem[] {
  const device = context.volumesByUrn.get(lunMap.spec.volume)?.status.device;
  const { hlu } = lunMap.spec;
  // A volume that isn't there can't be mapped; that it isn't there is said at the volume.
  const there = device !== undefined && context.volumesSeen.has(device.nativeId);
  if (isChanging(lunMap) || !there) return [];
  return [
    {
      ...ofLunMap(context, lunMap),
      class: 'managed',
      summary: `${what} does not map volume ${device.label} (${device.nativeId}) at HLU ${hlu} any more`,
      recorded: { hlu, volume: device.nativeId },
    },
  ];
}

function wrongMapping(context: SystemContext, { lunMap, why, observed }: WrongMapping, what: string): DriftItem[] {
  if (isChanging(lunMap)) return [];
  const device = context.volumesByUrn.get(lunMap.spec.volume)!.status.device!;
  const { hlu } = lunMap.spec;
  const volume = `volume ${device.label} (${device.nativeId})`;
  if (why === 'other-hlu') {
    return [
      {
        ...ofLunMap(context, lunMap),
        class: 'managed',
        summary: `${what} maps ${volume} at HLU ${observed.hlu}, recorded is ${hlu}`,
        recorded: { hlu },
        observed: { hlu: observed.hlu },
      },
    ];
  }
  return [
    {
      ...ofLunMap(context, lunMap),
      class: 'managed',
      summary: `${what} shows another WWN than recorded for ${volume} at HLU ${hlu}`,
      recorded: { wwn: device.wwn },
      observed: { wwn: observed.wwn },
    },
  ];
}

function foreignMapping(
  context: SystemContext,
  mapping: MappingObservation,
  what: string,
  base: Pick<DriftItem, 'address' | 'urn' | 'system'>,
): DriftItem {
  const ours = context.volumes.get(mapping.volume);
  const volume = ours ? `volume ${ours.status.device!.label} (${mapping.volume})` : `foreign volume ${mapping.volume}`;
  return {
    ...base,
    class: ours ? 'managed' : 'foreign',
    summary: `${what} maps ${volume} at HLU ${mapping.hlu}, not recorded`,
    observed: { hlu: mapping.hlu, volume: mapping.volume },
  };
}

/** Its mapping is being made or removed right now. */
function isChanging(lunMap: ResourceRecord<'lunMap'>): boolean {
  return lunMap.status.phase !== 'ready' && lunMap.status.phase !== 'suspect';
}

function ofLunMap(
  context: SystemContext,
  lunMap: ResourceRecord<'lunMap'>,
): Pick<DriftItem, 'address' | 'urn' | 'system'> {
  return { address: addressOfLunMap(context.view, lunMap), urn: lunMap.urn, system: context.name };
}
