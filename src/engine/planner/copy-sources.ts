/**
 * Snapshots that were taken only to make full copies of a consistency group of them, at one moment. Nobody asked for them, so they go with
 * the last copy that needs them: when it is detached, removed, or brought to new ones, in the same plan.
 */
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { parseUrn, type Urn, uuidOf } from '../model/urn.ts';
import type { Draft } from './draft.ts';
import { removeVolume } from './volume-removal.ts';

export const SOURCE_TAG = 'copy-source';

/** `copies`: those that this plan detaches, removes, or makes copies of something else, as they are recorded. What is held of them keeps its source. */
export function endSources(draft: Draft, copies: readonly ResourceRecord[]): void {
  for (const [source, own] of bySource(copies)) {
    const recorded = draft.input.view.get(source);
    if (!recorded || !isLive(recorded.record) || draft.isRemoved(source)) continue;
    if (!recorded.record.tags?.includes(SOURCE_TAG) || isNeeded(draft, source)) continue;
    removeVolume(draft, recorded as unknown as VersionedRecord<'volume'>, 'policy', own);
  }
}

/** Whether it was taken only for these copies, which are all that need it. */
export function isOnlyFor(draft: Draft, source: ResourceRecord, copies: readonly ResourceRecord[]): boolean {
  const own = new Set(copies.map(({ urn }) => urn));
  return source.tags?.includes(SOURCE_TAG) === true && copiesOf(draft, source.urn).every(({ urn }) => own.has(urn));
}

function bySource(copies: readonly ResourceRecord[]): Map<Urn, Urn[]> {
  const sources = new Map<Urn, Urn[]>();
  for (const { urn, spec } of copies) {
    const { copyOf } = spec as Partial<RecordedSpec<'volume'>>;
    if (copyOf === undefined || parseUrn(copyOf).kind !== 'snapshot') continue;
    sources.set(copyOf, [...(sources.get(copyOf) ?? []), urn]);
  }
  return sources;
}

/** By a copy that is attached to it when this plan is done, in quarantine too. */
const isNeeded = (draft: Draft, source: Urn): boolean => copiesOf(draft, source).length > 0;

/** Those that are attached to it when the plan is done, as far as it is drawn. */
const copiesOf = (draft: Draft, source: Urn): ResourceRecord<'volume'>[] =>
  draft.input.view
    .inScope('volume', uuidOf(source))
    .filter(({ record }) => isLive(record) && !draft.isRemoved(record.urn))
    .map(({ record }) => draft.get<'volume'>(record.urn) ?? record)
    .filter(({ spec }) => spec.copyOf === source && spec.detached !== true);
