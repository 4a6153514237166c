/**
 * What a device holds, in the same words whatever device it is, and whether that and the state agree: nothing of ours
 * without a record, no record without its object, one object a record, identities as recorded, HLUs as recorded.
 */
import type { ArraySnapshot } from '../../../drivers/simulator/inventory.ts';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import type { StateFacts } from './state-facts.ts';

export interface DeviceVolume {
  readonly nativeId: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly quarantined: boolean;
  readonly wwn?: string;
  /** URN in a mark of any installation. */
  readonly markedAs?: string;
}

export interface DeviceMask {
  readonly nativeId: string;
  readonly name: string;
  readonly initiators: readonly string[];
  readonly markedAs?: string;
  /** Volumes by native id. */
  readonly mappings: readonly { readonly hlu: number; readonly volume: string; readonly wwn?: string }[];
}

export interface DeviceFacts {
  readonly volumes: readonly DeviceVolume[];
  readonly masks: readonly DeviceMask[];
}

/** Of a simulated array: what it shows of itself. `urnOf`: the resource that a mark stands for. */
export function snapshotFacts(
  { volumes, masks }: Pick<ArraySnapshot, 'volumes' | 'masks'>,
  urnOf: (object: { readonly id: string; readonly tag?: string }) => string | undefined,
): DeviceFacts {
  const markedAs = (object: { readonly id: string; readonly tag?: string }) => {
    const urn = urnOf(object);
    return urn === undefined ? {} : { markedAs: urn };
  };
  return {
    volumes: volumes.map((volume) => ({
      ...{ nativeId: volume.id, name: volume.name, sizeBytes: volume.sizeBytes, quarantined: volume.quarantined },
      ...(volume.wwn === undefined ? {} : { wwn: volume.wwn }),
      ...markedAs(volume),
    })),
    masks: masks.map((mask) => ({
      ...{ nativeId: mask.id, name: mask.name, initiators: mask.initiators, ...markedAs(mask) },
      mappings: mask.mappings.map(({ hlu, volume }) => ({ hlu, volume })),
    })),
  };
}

/** Of a mark of any installation. */
export const urnInTag = ({ tag }: { readonly tag?: string }): string | undefined =>
  (JSON.parse(tag ?? '{}') as { urn?: string }).urn;

export function disagreements(state: StateFacts, device: DeviceFacts): string[] {
  const objects = [...device.volumes, ...device.masks];
  const byId = new Map(objects.map((object) => [object.nativeId, object]));
  const recorded = new Map<string, ResourceRecord>(
    state.onDevice.map((record) => [record.status.device!.nativeId, record]),
  );
  const marks = objects.flatMap(({ markedAs }) => (markedAs === undefined ? [] : [markedAs]));
  return [
    ...objects
      .filter(({ nativeId, markedAs }) => markedAs !== undefined && recorded.get(nativeId)?.urn !== markedAs)
      .map(({ name, nativeId, markedAs }) => `orphan: ${name} (${nativeId}) is marked as ${markedAs}, not recorded`),
    ...twice(marks).map((urn) => `double: more than one object is marked as ${urn}`),
    ...twice(device.volumes.map(({ name }) => name)).map((name) => `double: two volumes have the name ${name}`),
    ...twice(device.volumes.flatMap(({ wwn }) => wwn ?? [])).map((wwn) => `double: two volumes have the WWN ${wwn}`),
    ...state.onDevice
      .filter(({ urn, status }) => byId.get(status.device!.nativeId)?.markedAs !== urn)
      .map(({ urn, status }) => `gone: ${urn} has no object ${status.device!.nativeId} of its own`),
    ...device.volumes.flatMap((volume) => volumeDifferences(recorded.get(volume.nativeId), volume)),
    ...device.masks.flatMap((mask) => maskDifferences(state, mask)),
  ];
}

function twice(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

function volumeDifferences(record: ResourceRecord | undefined, volume: DeviceVolume): string[] {
  const device = record?.status.device;
  if (!record || !device) return [];
  const differs = (what: string, is: unknown, wanted: unknown) =>
    is === wanted ? [] : [`${record.urn} ${record.name}: ${what} is ${is} on the device, recorded is ${wanted}`];
  return [
    ...differs('WWN', volume.wwn, device.wwn),
    ...differs('name', volume.name, device.label),
    ...differs('size', volume.sizeBytes, device.provisionedBytes),
    ...differs('quarantine', volume.quarantined, record.status.phase === 'quarantined'),
  ];
}

function maskDifferences({ live, onDevice }: StateFacts, mask: DeviceMask): string[] {
  const record = onDevice.find(({ urn }) => urn === mask.markedAs);
  const nativeIds = new Map<string, string>(onDevice.map(({ urn, status }) => [urn, status.device!.nativeId]));
  const maps = live.filter(
    (candidate): candidate is ResourceRecord<'lunMap'> =>
      candidate.kind === 'lunMap' && (candidate as ResourceRecord<'lunMap'>).spec.mask === record?.urn,
  );
  const text = (hlu: number, volume: string | undefined) => `${hlu}=${volume}`;
  const is = mask.mappings.map(({ hlu, volume }) => text(hlu, volume)).sort();
  const wanted = maps.map(({ spec }) => text(spec.hlu, nativeIds.get(spec.volume))).sort();
  const wwns = new Map(onDevice.map(({ status }) => [status.device!.nativeId, status.device!.wwn]));
  return [
    ...mask.mappings
      .filter(({ volume, wwn }) => wwn !== undefined && wwn !== wwns.get(volume))
      .map(({ hlu, wwn }) => `${mask.name} shows the WWN ${wwn} at LUN ${hlu}, not the recorded one`),
    ...twice(mask.mappings.map(({ hlu }) => String(hlu))).map((hlu) => `${mask.name} maps two volumes at LUN ${hlu}`),
    ...(is.join() === wanted.join() ? [] : [`${mask.name} maps ${is.join()}, recorded is ${wanted.join()}`]),
  ];
}

/** WWN and native id of each recorded volume, by URN: what no crash may ever change. */
export function identities(state: StateFacts): Map<string, string> {
  return new Map(
    state.onDevice
      .filter(({ kind }) => kind === 'volume')
      .map(({ urn, status }) => [urn, `${status.device!.wwn} ${status.device!.nativeId}`]),
  );
}

/** Without the ids in names that are made. */
function lastingName(kind: string, name: string): string {
  if (kind === 'lunMap') return '';
  return kind === 'member' ? name.slice(0, name.indexOf('.')) : name;
}

/**
 * The estate without what differs between two runs that went alike (URNs, native ids, WWNs of what is new, HLUs): to
 * compare a run that crashed with one that didn't.
 */
export function shapeOf(state: StateFacts, device: DeviceFacts): unknown {
  const names = new Map(state.onDevice.map(({ status, name }) => [status.device!.nativeId, name]));
  return {
    records: state.live.map(({ kind, name, status }) => `${kind} ${lastingName(kind, name)} ${status.phase}`).sort(),
    volumes: device.volumes
      .map(({ nativeId, name, sizeBytes, quarantined }) => {
        const shown = names.get(nativeId) ?? `foreign ${name} ${nativeId}`;
        return `${shown} ${sizeBytes} ${quarantined}`;
      })
      .sort(),
    masks: device.masks
      .map(({ initiators, mappings }) => {
        const mapped = mappings.map(({ volume }) => names.get(volume)).sort();
        return `${initiators.join()}: ${mapped.join()}`;
      })
      .sort(),
  };
}
