/**
 * Verbs on copies: restore (copy → what it is a copy of), resynchronise (the other way), detach.
 */

import { isFollowing } from '../model/following.ts';
import { sourceOf } from '../model/on-array.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { RecordedSpec } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { makeChange } from './base-record.ts';
import { endSources, SOURCE_TAG } from './copy-sources.ts';
import { type Draft, liveWrite } from './draft.ts';
import { hold, nameOf, phaseHold } from './holds.ts';
import { drawMirrorVerbs, isMirrorVerb, type MirrorVerb } from './mirror-verbs.ts';
import { observeVolume } from './observed-volume.ts';
import { type Overwrite, overwrite, refuse } from './overwriting.ts';

export type CopyVerb = 'restore' | 'resynchronise' | 'detach' | MirrorVerb;

export function drawCopyVerb(draft: Draft, verb: CopyVerb, copies: readonly VersionedRecord[]): void {
  const overwritten: Overwrite[] = [];
  const following: VersionedRecord<'volume'>[] = [];
  for (const copy of copies) {
    const asked = addressOf(copy.record);
    if (isMirrorVerb(verb) || isFollowing(copy.record)) {
      following.push(copy as VersionedRecord<'volume'>);
      continue;
    }
    const source = sourceOf(copy.record);
    const detached = (copy.record.spec as Partial<RecordedSpec<'volume'>>).detached === true;
    if (source === undefined || (detached && verb !== 'detach')) {
      refuse(
        draft,
        asked,
        detached ? 'is detached from what it was a copy of' : 'is no copy',
        'coprhd snapshot list, coprhd copy list',
      );
    } else if (verb === 'detach') {
      detach(draft, copy as VersionedRecord<'volume'>, source);
    } else {
      const other = draft.input.view.get(source);
      if (!other || !isLive(other.record)) {
        refuse(draft, asked, `is a copy of what is gone`, `coprhd show ${asked}`);
      } else if (verb === 'restore' && other.record.kind === 'snapshot') {
        const fix = wayBack(copy.record, other.record);
        refuse(draft, asked, 'is a copy of a snapshot, which is of its moment for ever', fix);
      } else if (verb === 'restore') {
        overwritten.push({ from: copy.record, to: other as VersionedRecord<'volume'>, verb });
      } else if (copy.record.kind === 'snapshot') {
        refuse(draft, asked, 'is a snapshot, which is of its moment for ever', 'take another snapshot');
      } else overwritten.push({ from: other.record, to: copy as VersionedRecord<'volume'>, verb });
    }
  }
  drawMirrorVerbs(draft, verb, following);
  if (verb === 'detach') {
    endSources(
      draft,
      copies.map(({ record }) => record),
    );
  }
  overwrite(draft, overwritten);
}

/** A snapshot that is hidden behind copies of a group is nobody's to restore from. */
const wayBack = (copy: ResourceRecord, snapshot: ResourceRecord): string =>
  snapshot.tags?.includes(SOURCE_TAG)
    ? `with all that were made with it: coprhd copy restore ${addressOf(copy)} --whole-set`
    : `restore the volume from ${addressOf(snapshot)}`;

function detach(draft: Draft, copy: VersionedRecord<'volume'>, source: Urn): void {
  const { record } = copy;
  const target = { address: addressOf(record), urn: record.urn, node: { kind: 'volume' as const } };
  const phase = phaseHold(target, record);
  if (phase) {
    hold(draft, target, 'invoke', phase);
    return;
  }
  if (record.kind !== 'volume') {
    refuse(draft, target.address, 'is a snapshot: it can not be without its volume', 'make a full copy of it');
    return;
  }
  if (record.spec.detached) {
    draft.unchanged++;
    return;
  }
  // Nothing would be done there; but who is told that it is a volume of its own relies on it.
  const { state, hold: missing } = observeVolume(draft, record);
  if (state === 'missing') {
    hold(draft, target, 'invoke', missing!);
    return;
  }
  draft.addUnit({
    id: draft.nextUnitId(),
    address: target.address,
    urn: target.urn,
    action: 'invoke',
    dependsOn: [],
    writes: [liveWrite(draft, copy, { ...record, spec: { ...record.spec, detached: true } })],
    steps: [],
    shared: [],
    reservations: [],
    releases: [],
  });
  draft.changes.push(
    makeChange(target, {
      action: 'invoke',
      reason: `detach: it has nothing to do with ${nameOf(draft, source)} any more`,
      facts: { verb: 'detach', from: nameOf(draft, source) },
      reversible: false,
    }),
  );
}
