/** Masks as they are recorded and as they were seen, found without going through all of them. */
import type { MappingObservation, MaskObservation } from '../driver/contract.ts';
import type { VersionedRecord } from '../model/record.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import type { SystemObservation } from '../observe/observation.ts';
import type { Draft } from './draft.ts';

/** Of one host on one storage system; live. */
export function recordedMask(draft: Draft, host: Urn, system: Urn): VersionedRecord<'exportMask'> | undefined {
  const found = draft.input.view.byName('exportMask', uuidOf(system), uuidOf(host));
  return found && found.record.status.phase !== 'deleted' ? found : undefined;
}

/** Made once an observation, and once a mask, however many are looked up. */
const masks = new WeakMap<object, Map<string, MaskObservation>>();
const mappings = new WeakMap<object, Map<string, MappingObservation>>();

function indexed<T extends object, V>(known: WeakMap<object, Map<string, V>>, of: T, make: (of: T) => Map<string, V>) {
  const found = known.get(of) ?? make(of);
  known.set(of, found);
  return found;
}

export const observedMask = (observation: SystemObservation, nativeId: string): MaskObservation | undefined =>
  indexed(masks, observation, (seen) => new Map(seen.masks.map((mask) => [mask.nativeId, mask]))).get(nativeId);

/** Where a mask maps a volume, by its native id. */
export const mappingOf = (mask: MaskObservation, volume: string): MappingObservation | undefined =>
  indexed(mappings, mask, (seen) => new Map(seen.mappings.map((each) => [each.volume, each]))).get(volume);
