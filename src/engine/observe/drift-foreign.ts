/**
 * What is on a system and not recorded: foreign volumes and masks, orphans of ours, copies; and the one item that says
 * that the device was written by a later state. Foreign things have no address. Internal to observe.
 */
import type { SystemContext } from './drift-context.ts';
import type { DriftItem } from './observation.ts';
import type { OwnershipVerdict } from './ownership.ts';

export function foreignItems(context: SystemContext): DriftItem[] {
  const { observation, name } = context;
  const volumes = observation.volumes.map((volume) => ({
    what: `volume ${volume.name} (${volume.nativeId})`,
    recorded: context.volumes.has(volume.nativeId),
    mark: volume.mark,
    verdict: context.ownershipOfVolume(volume),
    observed: { nativeId: volume.nativeId, pool: volume.pool, sizeBytes: volume.sizeBytes, wwn: volume.wwn },
  }));
  const masks = observation.masks.map((mask) => ({
    what: `mask ${mask.name} (${mask.nativeId})`,
    recorded: context.masks.has(mask.nativeId),
    mark: mask.mark,
    verdict: context.ownershipOfMask(mask),
    observed: { nativeId: mask.nativeId, initiators: mask.initiators, mappings: mask.mappings.length },
  }));
  const all = [...volumes, ...masks];
  const newer = all.filter(({ verdict }) => verdict.ownership === 'state-is-old');
  const items = all
    .filter(({ recorded, verdict }) => !recorded && verdict.ownership !== 'state-is-old')
    .filter(({ verdict, mark }) => !(verdict.ownership === 'orphan' && context.inTheMaking.has(mark!.urn)))
    .map(({ what, verdict, observed }): DriftItem => {
      const foreign = verdict.ownership === 'orphan' ? '' : ' is foreign';
      return {
        class: 'foreign',
        address: '',
        system: name,
        summary: `${what} on ${name}${foreign}: ${verdict.why}`,
        observed,
      };
    });
  const first = newer[0];
  if (first) items.unshift(stateIsOld(context, first.what, first.verdict, newer.length));
  return items;
}

function stateIsOld({ name, urn }: SystemContext, what: string, { why }: OwnershipVerdict, count: number): DriftItem {
  const more = count === 1 ? '' : `, and so were ${count - 1} more`;
  return {
    class: 'managed',
    address: '',
    urn,
    system: name,
    summary: `${name} was written by a newer state than this one: ${what}: ${why}${more}`,
    observed: { objects: count },
  };
}
