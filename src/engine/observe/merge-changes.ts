/**
 * What a device told of its changes, put on what was kept of it: the same as a whole read gives, or the reason why it can't
 * be. Pure; read-system relies on it. Nothing becomes missing by it: where an object that the records know isn't in the
 * result, only a whole read can say so.
 */
import { hashOf } from '../../lib/canonical-json.ts';
import type { ChangeSection, SectionObjects } from '../driver/changes-contract.ts';
import type { MaskObservation, PoolObservation, SystemIdentity, VolumeObservation } from '../driver/contract.ts';
import type { KnownObjects } from './trust.ts';

/** A whole read, or one that was merged from one, and what it is current at. */
export interface ReadBase {
  readonly token: string;
  /** Of the driver's way to show objects. */
  readonly version: number;
  /** When everything was last read from the device itself. */
  readonly wholeAtMs: number;
  readonly identity: SystemIdentity;
  readonly sections: { readonly [S in ChangeSection]: readonly SectionObjects[S][] };
}

/** The last that was told of each object; undefined = it is gone. */
export type Told = { readonly [S in ChangeSection]?: ReadonlyMap<string, SectionObjects[S] | undefined> };

export interface Merged {
  readonly sections: { readonly [S in ChangeSection]?: readonly SectionObjects[S][] };
  /** New ones, and those that differ from what was kept. */
  readonly changed: number;
  readonly removed: number;
}

type Identified = { readonly nativeId: string };

/** Collections of an observation are in this order, however they were read. */
export const byNativeId = <T extends Identified>(items: Iterable<T>): readonly T[] =>
  [...items].sort((a, b) => (a.nativeId < b.nativeId ? -1 : a.nativeId > b.nativeId ? 1 : 0));

export function mergeChanges(base: Pick<ReadBase, 'sections'>, told: Told): Merged {
  const parts = {
    ...(told.volumes ? { volumes: mergeSection(base.sections.volumes, told.volumes) } : {}),
    ...(told.masks ? { masks: mergeSection(base.sections.masks, told.masks) } : {}),
  };
  const counted = (of: 'changed' | 'removed') => Object.values(parts).reduce((sum, part) => sum + part[of], 0);
  return {
    sections: {
      ...(parts.volumes ? { volumes: parts.volumes.items } : {}),
      ...(parts.masks ? { masks: parts.masks.items } : {}),
    },
    changed: counted('changed'),
    removed: counted('removed'),
  };
}

function mergeSection<T extends Identified>(kept: readonly T[], told: ReadonlyMap<string, T | undefined>) {
  const items = new Map(kept.map((item) => [item.nativeId, item]));
  let changed = 0;
  let removed = 0;
  for (const [nativeId, now] of told) {
    const before = items.get(nativeId);
    if (now === undefined) {
      // It came and went since: nobody here ever saw it.
      if (items.delete(nativeId)) removed++;
    } else if (before === undefined || hashOf(before) !== hashOf(now)) {
      items.set(nativeId, now);
      changed++;
    }
  }
  return { items: byNativeId(items.values()), changed, removed };
}

/** What a merged observation is held against. All that isn't told by changes was read from the device just now. */
export interface Fitting {
  readonly pools: readonly PoolObservation[];
  readonly volumes: readonly VolumeObservation[];
  readonly masks: readonly MaskObservation[];
  readonly known: KnownObjects;
}

/** Why the result can't be what is on the device, or may not be taken for it; undefined = it fits. */
export function whyMisfit(told: Told, { pools, volumes, masks, known }: Fitting): string | undefined {
  const poolIds = new Set(pools.map(({ nativeId }) => nativeId));
  for (const volume of told.volumes?.values() ?? []) {
    if (volume && !poolIds.has(volume.pool)) return `volume ${volume.nativeId} is in a pool that is not there`;
  }
  const absent = (what: string, ids: readonly string[], there: readonly Identified[]) => {
    const seen = new Set(there.map(({ nativeId }) => nativeId));
    const gone = ids.find((id) => !seen.has(id));
    return gone === undefined ? undefined : `${what} ${gone} is recorded and would be missing`;
  };
  return absent('volume', known.volumes, volumes) ?? absent('mask', known.masks, masks) ?? whyUnmapped(volumes, masks);
}

/** Volumes and masks must tell the same of what is mapped: a change that was left out often shows here. */
function whyUnmapped(volumes: readonly VolumeObservation[], masks: readonly MaskObservation[]): string | undefined {
  const byVolume = new Map<string, Set<string>>();
  for (const { nativeId, mappings } of masks) {
    for (const { volume } of mappings) byVolume.set(volume, (byVolume.get(volume) ?? new Set()).add(nativeId));
  }
  for (const { nativeId, mappedBy } of volumes) {
    const mapping = byVolume.get(nativeId) ?? new Set();
    byVolume.delete(nativeId);
    if (mapping.size !== new Set(mappedBy).size || mappedBy.some((mask) => !mapping.has(mask))) {
      return `volume ${nativeId} and the masks do not agree about where it is mapped`;
    }
  }
  const [unknown] = byVolume.keys();
  return unknown === undefined ? undefined : `volume ${unknown} is mapped and not there`;
}
