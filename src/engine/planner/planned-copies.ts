/** The snapshots and attached full copies that a plan writes, by what they are copies of. Units are only looked at once. */

import { sourceOf } from '../model/on-array.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { RecordedSpec } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import type { Draft } from './draft.ts';

interface Index {
  /** So many units are in it. */
  units: number;
  readonly bySource: Map<Urn, Set<Urn>>;
}

const indexes = new WeakMap<Draft, Index>();

export function plannedCopies(draft: Draft, source: Urn): ResourceRecord[] {
  const index = indexes.get(draft) ?? { units: 0, bySource: new Map() };
  indexes.set(draft, index);
  for (; index.units < draft.units.length; index.units++) {
    for (const { urn, final } of draft.units[index.units]!.writes) {
      const of = sourceOf(final);
      if (of !== undefined) index.bySource.set(of, (index.bySource.get(of) ?? new Set()).add(urn));
    }
  }
  return [...(index.bySource.get(source) ?? [])].flatMap((urn) => {
    const copy = draft.get(urn);
    return copy && sourceOf(copy) === source && !isDetached(copy) ? [copy] : [];
  });
}

const isDetached = ({ spec }: ResourceRecord): boolean => (spec as Partial<RecordedSpec<'volume'>>).detached === true;
