/** State and arrays of a fuzzed installation in the same words, without what people have had their hands on. */
import type { ResourceRecord } from '../../src/engine/model/record.ts';
import { type DeviceFacts, snapshotFacts, urnInTag } from '../crash/support/device-facts.ts';
import type { StateFacts } from '../crash/support/state-facts.ts';
import type { Estate } from '../engine/planner/estate.ts';

export interface Seen {
  readonly estate: Estate;
  readonly arrays: readonly string[];
  /** Native ids, each after its array (`sim-1 vol-000002`), of what people have changed, made or removed by hand. */
  readonly touched: ReadonlySet<string>;
}

/** Arrays give out the same ids: here each comes after its array. */
export function placed(facts: StateFacts): StateFacts {
  const arrayOf = new Map<string, string>();
  for (const record of facts.records) {
    if (record.kind !== 'storageSystem') continue;
    arrayOf.set(record.urn, String((record as ResourceRecord<'storageSystem'>).spec.configuration.array));
  }
  const onDevice = facts.onDevice.map((record) => {
    const device = record.status.device!;
    const nativeId = `${arrayOf.get(device.system)} ${device.nativeId}`;
    return { ...record, status: { ...record.status, device: { ...device, nativeId } } } as ResourceRecord;
  });
  return { ...facts, onDevice };
}

export function deviceFacts({ estate, arrays, touched }: Seen): DeviceFacts {
  const all = arrays.map((array) => {
    const { volumes, masks } = snapshotFacts(estate.show(array), urnInTag);
    const placeOf = (nativeId: string) => `${array} ${nativeId}`;
    return {
      volumes: volumes.map((volume) => ({ ...volume, nativeId: placeOf(volume.nativeId) })),
      masks: masks.map((mask) => ({
        ...{ ...mask, nativeId: placeOf(mask.nativeId) },
        mappings: mask.mappings.map(({ hlu, volume }) => ({ hlu, volume: placeOf(volume) })),
      })),
    };
  });
  const untouched = ({ nativeId }: { readonly nativeId: string }) => !touched.has(nativeId);
  return {
    volumes: all.flatMap(({ volumes }) => volumes).filter(untouched),
    masks: all.flatMap(({ masks }) => masks).filter((mask) => mask.markedAs !== undefined && untouched(mask)),
  };
}
