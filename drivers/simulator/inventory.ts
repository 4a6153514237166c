/** Reading the simulated array: identity, pages of its collections, single objects, and a snapshot of the whole. */

import type {
  Capability,
  MaskObservation,
  Page,
  PoolObservation,
  PortObservation,
  SystemIdentity,
  VolumeObservation,
} from 'coprhd/driver';
import { contentAt } from './copies.ts';
import { type Kv, pageIds, type Table } from './kv.ts';
import { MODELS } from './models/catalogue.ts';
import { ENTRY } from './models/entry.ts';
import {
  arrays,
  FIRMWARE,
  initiators,
  MODEL,
  maskNames,
  masks,
  pools,
  ports,
  SELF,
  type StoredInitiator,
  type StoredMask,
  type StoredPool,
  type StoredVolume,
  volumeNames,
  volumes,
  zeroedBytesAt,
} from './objects.ts';
import { maskView, poolView, portView, volumeView } from './views.ts';

export const SUPPORTED_MODELS: readonly string[] = [MODEL, ...MODELS.map(({ model }) => model)];

export function identify(kv: Kv): SystemIdentity {
  const { serialNumber, model, firmwareVersion, hluMax, nameLengthMax, metrics = true } = arrays.need(kv, SELF);
  const lacks: Capability[] = [
    ...(metrics ? [] : ['metrics' as const]),
    ...(model === ENTRY.model ? (['copies', 'mirrors'] as const) : []),
  ];
  return {
    serialNumber,
    model,
    firmwareVersion,
    nativeGuid: `SIMULATOR+${serialNumber}`,
    consistencyGroups: model !== ENTRY.model,
    supported: SUPPORTED_MODELS.includes(model) && firmwareVersion === FIRMWARE,
    ...(hluMax === undefined && nameLengthMax === undefined
      ? {}
      : {
          limits: {
            ...(hluMax === undefined ? {} : { hluMax }),
            ...(nameLengthMax === undefined
              ? {}
              : { volumeNameLengthMax: nameLengthMax, maskNameLengthMax: nameLengthMax }),
          },
        }),
    ...(lacks.length > 0 ? { lacks } : {}),
  };
}

function pageOf<S, T>(kv: Kv, from: Table<S>, after: string | undefined, view: (stored: S) => T): Page<T> {
  const { ids, next } = pageIds(kv, from, after, arrays.need(kv, SELF).pageItems);
  return { items: ids.map((id) => view(from.listed(kv, id))), ...(next === undefined ? {} : { next }), complete: true };
}

interface PageArgs {
  readonly page?: string;
}

export const listPools = (kv: Kv, { page }: PageArgs): Page<PoolObservation> => pageOf(kv, pools, page, poolView);

export const listPorts = (kv: Kv, { page }: PageArgs): Page<PortObservation> =>
  pageOf(kv, ports, page, (port) => portView(kv, port));

export const listVolumes = (kv: Kv, { page }: PageArgs, nowMs: number): Page<VolumeObservation> =>
  pageOf(kv, volumes, page, (volume) => volumeView(kv, volume, nowMs));

export const listMasks = (kv: Kv, { page }: PageArgs): Page<MaskObservation> =>
  pageOf(kv, masks, page, (mask) => maskView(kv, mask));

export function readVolume(kv: Kv, args: { readonly nativeId: string }, nowMs: number): VolumeObservation | undefined {
  const volume = volumes.get(kv, args.nativeId);
  return volume && volumeView(kv, volume, nowMs);
}

export function findVolume(kv: Kv, args: { readonly name: string }, nowMs: number): VolumeObservation | undefined {
  const nativeId = volumeNames.get(kv, args.name);
  return nativeId === undefined ? undefined : readVolume(kv, { nativeId }, nowMs);
}

export function readMask(kv: Kv, args: { readonly nativeId: string }): MaskObservation | undefined {
  const mask = masks.get(kv, args.nativeId);
  return mask && maskView(kv, mask);
}

export function findMask(kv: Kv, args: { readonly name: string }): MaskObservation | undefined {
  const nativeId = maskNames.get(kv, args.name);
  return nativeId === undefined ? undefined : readMask(kv, { nativeId });
}

/**
 * Everything that is on the array, sorted, and nothing that only the simulator knows (counters, clocks, faults): two
 * snapshots are equal exactly when the arrays hold the same.
 */
export interface ArraySnapshot {
  readonly name: string;
  readonly identity: SystemIdentity;
  readonly pools: readonly StoredPool[];
  readonly ports: readonly PortObservation[];
  readonly volumes: readonly (Omit<StoredVolume, 'job' | 'copy' | 'mirror'> & {
    readonly zeroing: boolean;
    readonly mirror?: { readonly source: string; readonly paused: boolean };
  })[];
  readonly masks: readonly StoredMask[];
  readonly initiators: readonly StoredInitiator[];
}

export function show(kv: Kv, nowMs: number): ArraySnapshot {
  const array = arrays.need(kv, SELF);
  const all = <T>(from: Table<T>, keyOf: (item: T) => string) =>
    from
      .list(kv)
      .map((id) => from.listed(kv, id))
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return {
    name: array.name,
    identity: identify(kv),
    pools: all(pools, ({ name }) => name),
    ports: all(ports, ({ nativeId }) => nativeId).map((port) => portView(kv, port)),
    volumes: all(volumes, ({ id }) => id).map((stored) => {
      const { job, copy, mirror, ...volume } = stored;
      const zeroedBytes = zeroedBytesAt(stored, array.zeroingBytesPerSecond, nowMs);
      const zeroing = job !== undefined && zeroedBytes < volume.sizeBytes;
      // How far a running job is depends on when one looks.
      const content = contentAt(kv, stored, nowMs);
      return {
        ...volume,
        ...(content === undefined ? {} : { content }),
        ...(mirror ? { mirror: { source: mirror.source, paused: mirror.pausedBytes !== undefined } } : {}),
        zeroedBytes: zeroing ? 0 : zeroedBytes,
        zeroing,
      };
    }),
    masks: all(masks, ({ id }) => id),
    initiators: all(initiators, ({ name }) => name),
  };
}
