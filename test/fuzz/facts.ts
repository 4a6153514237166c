/** State and arrays of a fuzzed installation in the same words, without what people have had their hands on. */
import type { ResourceRecord } from '../../src/engine/model/record.ts';
import type { DeviceFacts } from '../crash/support/device-facts.ts';
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
  const marked = (tag: string | undefined) => {
    const { urn } = JSON.parse(tag ?? '{}') as { urn?: string };
    return urn === undefined ? {} : { markedAs: urn };
  };
  const all = arrays.map((array) => ({ ...estate.show(array), array }));
  return {
    volumes: all.flatMap(({ array, volumes }) =>
      volumes
        .filter(({ id }) => !touched.has(`${array} ${id}`))
        .map(({ id, name, sizeBytes, quarantined, wwn, tag }) => ({
          ...{ nativeId: `${array} ${id}`, name, sizeBytes, quarantined },
          ...(wwn === undefined ? {} : { wwn }),
          ...marked(tag),
        })),
    ),
    masks: all.flatMap(({ array, masks }) =>
      masks
        .filter(({ id, tag }) => tag !== undefined && !touched.has(`${array} ${id}`))
        .map(({ id, name, initiators, mappings, tag }) => ({
          ...{ nativeId: `${array} ${id}`, name, initiators, ...marked(tag) },
          mappings: mappings.map(({ hlu, volume }) => ({ hlu, volume: `${array} ${volume}` })),
        })),
    ),
  };
}
