/**
 * Snapshots of sets: each is a file of its own in the pool of its source, a clone whose blocks are shared until one of the two is
 * written to. What happens on the machine, and how a set is of one moment: SNAPSHOTS in copy-scripts.ts.
 */
import {
  type CallContext,
  type CopiesCapability,
  DriverError,
  type EnsureSnapshotsArgs,
  type SnapshotMember,
  type VolumeObservation,
} from 'coprhd/driver';
import { changing, type TgtClient } from './client.ts';
import { SET_POOLS_MAX, SNAPSHOTS } from './copy-scripts.ts';
import { conflict, expectOwned, markText, originBegin } from './ownership.ts';
import { surprise } from './parse/surprise.ts';
import { restoreText, type StoredVolume, type VolumeSeen, volumeByName, volumeSeen } from './pool-files.ts';
import { expectedVolume, NAME_LENGTH_MAX, requireIdentity, requireName, volumeObservation } from './volumes.ts';

export function snapshotCalls(client: TgtClient): Pick<CopiesCapability, 'ensureSnapshots'> {
  return { ensureSnapshots: (ctx, args) => changing(client, (own) => ensureSnapshots(ctx, own, args)) };
}

export interface MemberSeen {
  readonly member: SnapshotMember;
  readonly source: StoredVolume;
  /** Masks that map the source. */
  readonly holders: readonly string[];
  /** The snapshot, where it is made already. */
  readonly there: VolumeSeen | undefined;
}

async function ensureSnapshots(
  ctx: CallContext,
  client: TgtClient,
  args: EnsureSnapshotsArgs,
): Promise<readonly VolumeObservation[]> {
  const found = await membersSeen(ctx, client, args);
  const there = found.flatMap((each) => (each.there ? [each.there] : []));
  if (there.length === found.length) return there.map((snapshot) => volumeObservation(snapshot));
  return take(ctx, client, args.set, found);
}

/** Throws `conflict` where one of them is not as it should be, or a part of the set is mapped. */
export async function membersSeen(
  ctx: CallContext,
  client: TgtClient,
  { set, members }: EnsureSnapshotsArgs,
): Promise<readonly MemberSeen[]> {
  const names = members.map(({ name }) => name);
  const invalid = (message: string) => new DriverError({ class: 'invalid', message });
  if (new Set(names).size < names.length) throw invalid('two snapshots of a set have the same name');
  const found = await Promise.all(members.map((member) => memberSeen(ctx, client, set, member)));
  const there = found.flatMap((each) => (each.there ? [each.there] : []));
  const mapped = there.length < found.length ? there.find(({ holders }) => holders.length > 0) : undefined;
  if (mapped) {
    const { volume, holders } = mapped;
    throw conflict(`snapshot ${volume.name} of an incomplete set is mapped by ${holders.join(', ')}`, holders);
  }
  return found;
}

/** Throws `conflict` unless the source is the expected one, and its snapshot is there as asked for or not at all. */
async function memberSeen(
  ctx: CallContext,
  client: TgtClient,
  set: string,
  member: SnapshotMember,
): Promise<MemberSeen> {
  requireName(member.name, NAME_LENGTH_MAX);
  requireIdentity(member);
  const [{ volume: source, holders }, there] = await Promise.all([
    expectedVolume(ctx, client, member.source),
    volumeByName(ctx, client, member.name),
  ]);
  if (source.snapshot) throw conflict(`${source.name} is a snapshot itself`);
  if (source.quarantined) throw conflict(`volume ${source.name} is quarantined`);
  if (!there) return { member, source, holders, there };
  const { nativeId, serial, snapshot, pool, quarantined } = there.volume;
  expectOwned(there.volume, { nativeId, wwn: member.wwn, mark: member.mark });
  const same = snapshot?.source === source.nativeId && snapshot.set === set && serial === member.serial;
  if (!same || quarantined || pool !== source.pool) {
    throw conflict(`${member.name} is there and is not this snapshot of ${source.name}`, [nativeId]);
  }
  return { member, source, holders, there };
}

type MemberPlace = Pick<MemberSeen, 'member' | 'there'> & {
  readonly source: Pick<StoredVolume, 'directory' | 'pool' | 'path' | 'native' | 'markText' | 'shownPath' | 'nativeId'>;
};

/** Of the scripts on sets: their pools, then the members (copy-scripts.ts). */
export function setParameters(
  set: string,
  members: readonly MemberPlace[],
  how: { readonly fullCopy?: true } = {},
): readonly (string | number)[] {
  const directories = [...new Set(members.map(({ source }) => source.directory))].sort();
  if (directories.length > SET_POOLS_MAX) {
    throw new DriverError({ class: 'unsupported', message: `a set of snapshots spans at most ${SET_POOLS_MAX} pools` });
  }
  const each = members.flatMap(({ member: { name }, source, there }) => [
    ...[source.directory, source.pool, source.path, source.native, source.markText, source.shownPath],
    ...[name, originBegin(set, source.nativeId, how), there?.volume.native ?? '', there?.volume.markText ?? ''],
  ]);
  return [directories.length, ...directories, ...each];
}

/** For setfattr, of files whose names begin with `as`. */
export function snapshotAttributes(members: readonly MemberSeen[], as: string): string {
  return members
    .map(({ member: { name, wwn, serial, mark }, source }) =>
      // It takes room only as its source is overwritten, or where that holds something, whatever that is.
      restoreText(`${source.directory}/${as}${name}`, {
        provisioning: 'thin',
        ...{ wwn, serial, mark: markText(mark) },
      }),
    )
    .join('');
}

async function take(
  ctx: CallContext,
  client: TgtClient,
  set: string,
  members: readonly MemberSeen[],
): Promise<readonly VolumeObservation[]> {
  const text = await client.script(ctx, `take the snapshots ${set}`, SNAPSHOTS, setParameters(set, members), {
    input: snapshotAttributes(members, '.coprhd-snap-'),
  });
  const records = text.split('\0');
  return members.map(({ source }, index) => {
    const record = records.slice(3 * index, 3 * index + 3);
    const seen = volumeSeen(client, source.pool, `${record.join('\0')}\0`);
    if (!seen) throw surprise('the reading of a snapshot', text);
    return volumeObservation(seen);
  });
}
