/**
 * Full copies that were made together of a consistency group: of snapshots of one moment. Restored, all of them go back to the volumes that
 * these snapshots were taken of; resynchronised, new snapshots of one moment are taken, and the copies brought to them. All or none: one unit.
 */
import { groupBy } from '../../lib/group-by.ts';
import { copySetKey } from '../model/copy-set.ts';
import { isFollowing } from '../model/following.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { formatSize } from '../model/size.ts';
import { parseUrn, type Urn, uuidOf } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { recordedIn } from './consistency-groups.ts';
import { endSources, isOnlyFor, SOURCE_TAG } from './copy-sources.ts';
import type { Draft } from './draft.ts';
import { nameOf } from './holds.ts';
import {
  bytesOf,
  isPossible,
  keepEach,
  keepTogether,
  type Overwrite,
  overwriteTogether,
  ownName,
  ownSnapshot,
  refuse,
} from './overwriting.ts';
import { takeSnapshots } from './snapshots.ts';

type Volume = VersionedRecord<'volume'>;
type Snapshot = ResourceRecord<'snapshot'>;

interface Copy {
  readonly copy: Volume;
  readonly snapshot: Snapshot;
}

export interface CopySet {
  readonly key: string;
  readonly group: Urn;
  /** In the order of their names. */
  readonly copies: readonly Copy[];
}

/** What is a copy of a snapshot of a consistency group, with that snapshot. */
function copyIn(view: RecordedView, { urn, kind }: ResourceRecord): Copy | undefined {
  const copy = kind === 'volume' ? view.get<'volume'>(urn) : undefined;
  if (!copy || !isLive(copy.record)) return undefined;
  const { copyOf, detached } = copy.record.spec;
  if (copyOf === undefined || detached || isFollowing(copy.record)) return undefined;
  if (parseUrn(copyOf).kind !== 'snapshot') return undefined;
  const snapshot = view.get<'snapshot'>(copyOf)?.record;
  if (!snapshot || !isLive(snapshot) || snapshot.spec.consistencyGroup === undefined) return undefined;
  return { copy, snapshot };
}

const keyOf = ({ copy, snapshot }: Copy): string => copySetKey(copy.record, snapshot);

/** The sets of attached full copies of a group, in the order of their copies' names. */
function copySetsOf(view: RecordedView, group: Urn): CopySet[] {
  const copies = view
    .inScope('snapshot', uuidOf(group))
    .filter(({ record }) => isLive(record) && record.spec.consistencyGroup === group)
    .flatMap(({ record: { urn } }) => view.inScope('volume', uuidOf(urn)))
    .flatMap((volume) => copyIn(view, volume.record) ?? [])
    .sort((a, b) => (a.copy.record.name < b.copy.record.name ? -1 : 1));
  return [...groupBy(copies, keyOf)].map(([key, members]) => ({ key, group, copies: members }));
}

/** Not those that somebody has made of snapshots that were there for themselves. */
export const copySetsMadeOf = (view: RecordedView, group: Urn): CopySet[] =>
  copySetsOf(view, group).filter(({ copies }) => copies.every(({ snapshot }) => snapshot.tags?.includes(SOURCE_TAG)));

/** The set that it belongs to; undefined where it is a copy of something else. */
export function copySetWith(view: RecordedView, copy: ResourceRecord): CopySet | undefined {
  const own = copyIn(view, copy);
  return own && copySetsOf(view, own.snapshot.spec.consistencyGroup!).find(({ key }) => key === keyOf(own));
}

export function drawSetVerb(draft: Draft, verb: Overwrite['verb'], set: CopySet): void {
  const pairs = isWhole(draft, verb, set) && pairsOf(draft, set);
  if (!pairs) return;
  if (verb === 'restore') restoreAll(draft, set, pairs);
  else resynchroniseAll(draft, set, pairs);
}

interface Pair extends Copy {
  readonly volume: Volume;
}

/** Each volume of the group has exactly one copy in it, and all of them are of one moment. Says what is not so. */
function isWhole(draft: Draft, verb: Overwrite['verb'], { group, copies }: CopySet): boolean {
  const before = draft.diagnostics.length;
  const members = recordedIn(draft.input.view, group);
  const name = nameOf(draft, group);
  const [first] = copies as [Copy];
  const set = `the set of ${addressOf(first.copy.record)}`;
  for (const volume of members) {
    const own = copies.filter(({ snapshot }) => snapshot.spec.volume === volume.urn).map(({ copy }) => copy.record);
    const address = addressOf(volume);
    if (own.length === 0) {
      const why = 'it came to the group later, or its copy was detached or removed';
      const fix = `take it out of the group, or make new copies: coprhd copy create NAME --of ${addressOf(draft.get(group)!)}`;
      draft.error({
        ...{ code: 'COPRHD-PLAN-009', summary: `${address} has no copy in ${set}`, detail: why, fix, address },
      });
    } else if (own.length > 1) {
      const names = own.map(addressOf).join(', ');
      refuse(
        draft,
        address,
        `has several copies in ${set}: ${names}`,
        `detach all but one: coprhd copy detach ${addressOf(own[1]!)}`,
      );
    }
  }
  for (const { copy, snapshot } of copies) {
    const address = addressOf(copy.record);
    if (!members.some(({ urn }) => urn === snapshot.spec.volume)) {
      const what = `is a copy of ${nameOf(draft, snapshot.spec.volume)}, which is not in consistency group ${name} any more`;
      refuse(draft, address, what, `detach it: coprhd copy detach ${address}`);
    } else if (verb === 'restore' && snapshot.status.device?.takenAtMs !== first.snapshot.status.device?.takenAtMs) {
      const what = `is of another moment than ${addressOf(first.copy.record)}`;
      refuse(draft, address, what, `bring all to one: coprhd copy resync ${address} --whole-set`);
    } else if (verb === 'resynchronise' && !snapshot.tags?.includes(SOURCE_TAG)) {
      const what = `is a copy of ${addressOf(snapshot)}, which was not taken for it and is of its moment for ever`;
      refuse(
        draft,
        address,
        what,
        `make copies of the group: coprhd copy create NAME --of ${addressOf(draft.get(group)!)}`,
      );
    }
  }
  return draft.diagnostics.length === before;
}

function pairsOf(draft: Draft, { copies }: CopySet): Pair[] {
  return copies.map(({ copy, snapshot }) => ({
    copy,
    snapshot,
    volume: draft.input.view.get<'volume'>(snapshot.spec.volume)!,
  }));
}

function restoreAll(draft: Draft, { group }: CopySet, pairs: readonly Pair[]): void {
  const grown = pairs.filter(({ copy, volume }) => bytesOf(volume.record) > bytesOf(copy.record));
  for (const { copy, volume } of grown) {
    const [has, held] = [bytesOf(volume.record), bytesOf(copy.record)].map(formatSize);
    const what = `has grown to ${has} since its copy of ${held} was made`;
    refuse(
      draft,
      addressOf(volume.record),
      what,
      `restore it by itself from a copy that was made since, or detach ${addressOf(copy.record)}`,
    );
  }
  if (grown.length > 0) return;
  const wanted = pairs.map(({ copy, volume }): Overwrite => ({ from: copy.record, to: volume, verb: 'restore' }));
  const kept = isPossible(draft, wanted) && keepTogether(draft, wanted, nameOf(draft, group));
  if (kept) overwriteTogether(draft, wanted, kept);
}

function resynchroniseAll(draft: Draft, { key, group }: CopySet, pairs: readonly Pair[]): void {
  const from = pairs.map(
    ({ copy, volume }): Overwrite => ({ from: volume.record, to: copy, verb: 'resynchronise', bySnapshot: true }),
  );
  if (!isPossible(draft, from)) return;
  const set = ownName(draft, nameOf(draft, group), 'source', draft.newUrn('snapshot', `${key} source`));
  const copies = pairs.map(({ copy }) => copy.record);
  const taken = pairs.map(({ copy, volume, snapshot }) =>
    ownSnapshot(draft, volume.record, {
      as: { name: copy.record.name, word: 'source' },
      seed: `${copy.record.urn} source`,
      tag: SOURCE_TAG,
      reason: `what ${copy.record.name} is brought to`,
      set,
      replaces: isOnlyFor(draft, snapshot, copies) ? snapshot.urn : undefined,
    }),
  );
  takeSnapshots(draft, taken);
  // Why one of them can't be taken was said there.
  if (taken.some(({ target }) => draft.unitOf(target.urn) === undefined)) return;
  const wanted = from.map((each, index): Overwrite => ({ ...each, taken: taken[index]!.target.urn }));
  const kept = keepEach(draft, wanted);
  if (!kept) return;
  overwriteTogether(draft, wanted, kept);
  endSources(draft, copies);
}
