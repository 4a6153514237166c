/**
 * How far an observation may be believed. Objects that are recorded and not seen are "gone" only when everything was
 * read and not too much is gone at once: a mount that is missing, a target daemon that lost its configuration or a login
 * with fewer rights all look like "everything was deleted". Pure; used by read-system and by whoever judges again with
 * other records.
 */
import { LIMITS } from '../../lib/limits.ts';
import { ON_ARRAY_KINDS, type OnArrayKind } from '../model/on-array.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import type { RecordedSpec } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import type { SystemObservation, Trust } from './observation.ts';

/** Native ids that the records say are on the system. */
export interface KnownObjects {
  readonly volumes: readonly string[];
  readonly masks: readonly string[];
}

export const NOTHING_KNOWN: KnownObjects = { volumes: [], masks: [] };

/** Of one system at least; of others too. */
export interface OnSystem {
  of(kind: OnArrayKind | 'exportMask', system: Urn): readonly { readonly record: ResourceRecord }[];
}

/** What must be there now: not what is being removed, and not what has no native object yet. */
export function knownObjects(records: OnSystem, system: Urn): KnownObjects {
  const idsOf = (kind: OnArrayKind | 'exportMask') =>
    records
      .of(kind, system)
      .map(({ record }) => record)
      .filter((record) => isExpected(record) && systemOf(record) === system)
      .map((record) => record.status.device!.nativeId);
  return { volumes: ON_ARRAY_KINDS.flatMap(idsOf), masks: idsOf('exportMask') };
}

/** One look through all records, however many systems are asked about. */
export function onSystems(view: Pick<RecordedView, 'all'>): OnSystem {
  const found = new Map<string, { readonly record: ResourceRecord }[]>();
  const kinds = [...ON_ARRAY_KINDS, 'exportMask'] as const;
  for (const kind of kinds) {
    for (const each of view.all(kind)) {
      const system = systemOf(each.record);
      if (system === undefined) continue;
      const key = `${kind} ${system}`;
      const there = found.get(key);
      if (there) there.push(each);
      else found.set(key, [each]);
    }
  }
  return { of: (kind, system) => found.get(`${kind} ${system}`) ?? [] };
}

/** The system that an object is on; undefined while it has no native object. */
export function systemOf(record: ResourceRecord): Urn | undefined {
  if (record.kind === 'exportMask') return (record.spec as RecordedSpec<'exportMask'>).system;
  return record.status.device?.system;
}

/** Has a native object that nobody is removing right now. */
export function isExpected(record: ResourceRecord): boolean {
  return isLive(record) && record.status.phase !== 'deleting' && record.status.device !== undefined;
}

/** `whole` becomes `untrusted` when too much vanished together; what was less than whole stays what it was. */
export function judgeTrust(
  observation: Pick<SystemObservation, 'trust' | 'volumes' | 'masks'>,
  known: KnownObjects,
): Trust {
  if (observation.trust.level !== 'whole') return observation.trust;
  const kinds = [
    { word: 'volumes', known: new Set(known.volumes), gone: gone(known.volumes, observation.volumes) },
    { word: 'masks', known: new Set(known.masks), gone: gone(known.masks, observation.masks) },
  ];
  const total = kinds.reduce((sum, kind) => sum + kind.known.size, 0);
  const vanished = kinds.reduce((sum, kind) => sum + kind.gone, 0);
  const tooMany = vanished > LIMITS.vanishedTogetherMax && vanished > total * LIMITS.vanishedTogetherFraction;
  const allOfOne = kinds.some((kind) => kind.known.size > LIMITS.vanishedTogetherMax && kind.gone === kind.known.size);
  if (!tooMany && !allOfOne) return observation.trust;
  const counts = kinds
    .filter((kind) => kind.gone > 0)
    .map((kind) => `${kind.gone} of ${kind.known.size} known ${kind.word}`);
  return { level: 'untrusted', why: `${counts.join(' and ')} are not there any more, too many to be believed` };
}

function gone(known: readonly string[], seen: readonly { readonly nativeId: string }[]): number {
  const ids = new Set(seen.map(({ nativeId }) => nativeId));
  return [...new Set(known)].filter((id) => !ids.has(id)).length;
}
