/** Steps that make snapshots of one moment: by one call of the device, or by a job that copies all that the volumes hold. */

import { sha256Hex } from '../../../lib/canonical-json.ts';
import { LIMITS } from '../../../lib/limits.ts';
import type { VolumeObservation } from '../../driver/contract.ts';
import type { EnsureSnapshotsArgs, SnapshotJobs } from '../../driver/copies-contract.ts';
import type { DeviceObject } from '../../model/record.ts';
import type { Urn } from '../../model/urn.ts';
import type { SnapshotSet } from '../../planner/snapshot-set.ts';
import { RefusedError } from '../types.ts';
import { takeAtRest } from './at-rest.ts';
import { copiesOf } from './copies.ts';
import {
  type CallStep,
  deviceOf,
  type JobStep,
  type Learnt,
  markMismatch,
  markOf,
  type Outcome,
  type Pause,
  readOurVolume,
  requireKnownSince,
  requireUnmapped,
  type StepIo,
  type StepOf,
  type Verdict,
} from './handler.ts';

type Member = SnapshotSet['members'][number];

/** What came of bringing applications to rest. */
interface Rest extends Pick<DeviceObject, 'consistency' | 'notQuiescedWhy'> {
  readonly pauses?: readonly Pause[];
}

function learnt(io: StepIo, member: Member, volume: VolumeObservation, { pauses = [], ...rest }: Rest): Learnt {
  const { takenAtMs, ioPausedMs } = volume.snapshot ?? {};
  return {
    urn: member.snapshot,
    device: {
      system: io.system.urn,
      nativeId: volume.nativeId,
      label: volume.name,
      wwn: volume.wwn ?? member.wwn,
      pool: member.pool,
      provisionedBytes: volume.sizeBytes,
      ...(takenAtMs === undefined ? {} : { takenAtMs }),
      ...(ioPausedMs === undefined ? {} : { ioPausedMs }),
      ...(pauses.length > 0 ? { atRestMs: Math.max(...pauses.map(({ durationMs }) => durationMs)) } : {}),
      ...rest,
      origin: 'created',
    },
  };
}

function outcome(
  io: StepIo,
  { members }: SnapshotSet,
  volumes: readonly VolumeObservation[],
  rest: Rest = {},
): Outcome {
  const [first, ...others] = members.map((member, index) => learnt(io, member, volumes[index]!, rest));
  const pausedMs = Math.max(0, ...volumes.map(({ snapshot }) => snapshot?.ioPausedMs ?? 0));
  const heldUp: Pause[] = pausedMs > 0 ? [{ what: 'io', name: io.system.name, durationMs: pausedMs }] : [];
  const pauses = [...heldUp, ...(rest.pauses ?? [])];
  return {
    learnt: first!,
    ...(others.length > 0 ? { alsoLearnt: others } : {}),
    ...(pauses.length > 0 ? { pauses } : {}),
  };
}

function difference(io: StepIo, { set }: SnapshotSet, member: Member, volume: VolumeObservation): string | undefined {
  if (volume.wwn !== member.wwn) return `its WWN is ${volume.wwn ?? 'unknown'} instead of ${member.wwn}`;
  if (volume.snapshot === undefined) return 'it is no snapshot';
  if (volume.snapshot.set !== set) return `it is of set ${volume.snapshot.set}`;
  return markMismatch(io, member.snapshot, volume);
}

const find = (io: StepIo, { members }: SnapshotSet) =>
  Promise.all(members.map(async ({ name }) => io.array.findVolume(io.context(), name)));

async function probe(io: StepIo, args: SnapshotSet): Promise<Verdict> {
  const found = await find(io, args);
  const there = found.filter((volume) => volume !== undefined);
  for (const [index, member] of args.members.entries()) {
    const volume = found[index];
    const wrong = volume && difference(io, args, member, volume);
    if (wrong !== undefined) return { verdict: 'foreign', why: `snapshot ${member.name}: ${wrong}` };
  }
  if (there.length === 0) return { verdict: 'not-done' };
  if (there.length < args.members.length) return { verdict: 'partial' };
  return { verdict: 'done', ...outcome(io, args, there) };
}

async function remove(io: StepIo, args: SnapshotSet): Promise<Outcome> {
  const found = await find(io, args);
  for (const [index, member] of args.members.entries()) {
    const volume = found[index];
    if (!volume) continue;
    const wrong = difference(io, args, member, volume);
    if (wrong !== undefined) throw new RefusedError('COPRHD-HELD-011', `snapshot ${member.name} stays: ${wrong}`);
    io.requireInScope(volume.pool);
    requireUnmapped(volume);
    requireKnownSince(io, `snapshot ${member.name}`);
    const expect = { nativeId: volume.nativeId, wwn: member.wwn, mark: markOf(io, member.snapshot) };
    await io.mutate((ctx) => io.array.deleteVolume(ctx, expect));
  }
  return {};
}

/** `source`: how a volume is read, or only known. */
async function wanted(
  io: StepIo,
  { set, members }: SnapshotSet,
  source: typeof deviceOf,
): Promise<EnsureSnapshotsArgs> {
  const sources = await Promise.all(members.map(({ volume }) => source(io, volume)));
  const each = members.map(({ snapshot, name, wwn, serial }, index) => ({
    ...{ source: sources[index]!.expect, name, wwn, serial, mark: markOf(io, snapshot) },
  }));
  return { set, members: each };
}

const nameOf = ({ members }: SnapshotSet): string =>
  members.length === 1 ? `snapshot ${members[0]!.name}` : `${members.length} snapshots of one moment`;

export function snapshotCreate({ args }: StepOf<'snapshot.create'>): CallStep {
  const { members, quiesce } = args;
  const take = async (io: StepIo) => {
    const ask = await wanted(io, args, readOurVolume);
    const made = await io.mutate((ctx) => copiesOf(io).ensureSnapshots(ctx, ask));
    for (const [index, member] of members.entries()) {
      const volume = made[index];
      const wrong = volume ? difference(io, args, member, volume) : 'the device has not told of it';
      if (wrong !== undefined) {
        throw new RefusedError('COPRHD-HELD-011', `snapshot ${member.name} is not what was asked for: ${wrong}`);
      }
    }
    return made;
  };
  return {
    form: 'call',
    summary: `make ${nameOf(args)}${quiesce ? ' of applications at rest' : ''}`,
    mayPreexist: true,
    perform: async (io) => {
      if (!quiesce) return outcome(io, args, await take(io));
      // What one that died has left was taken who knows when.
      await remove(io, args);
      const { hosts, orCrash } = quiesce;
      const token = `${tokenOf(args)}-${io.nonce()}`;
      const taken = await takeAtRest(io, { hosts, token, must: !orCrash }, () => take(io));
      const { value, pauses, why = await whoWasAwake(io, args, hosts) } = taken;
      if (why === undefined) return outcome(io, args, value, { consistency: 'application', pauses });
      if (orCrash) return outcome(io, args, value, { notQuiescedWhy: why.slice(0, LIMITS.reasonLengthMax), pauses });
      await remove(io, args);
      throw new RefusedError(
        'COPRHD-HOST-001',
        [why, ...pauses.map(({ name, durationMs }) => `${name} was at rest for ${durationMs} ms at most`)].join('; '),
        'plan it again; give the hosts more time (quiesce.timeout), or ask for quiesce: try',
      );
    },
    probe: async (io) => {
      const found = await probe(io, args);
      // Whether its hosts were at rest for it is known only to who took it: it is taken again.
      return quiesce && found.verdict === 'done' ? { verdict: 'partial' } : found;
    },
    undo: (io) => remove(io, args),
  };
}

/** Nobody has brought to rest who saw a volume only after this was planned. */
async function whoWasAwake(io: StepIo, { members }: SnapshotSet, hosts: readonly Urn[]): Promise<string | undefined> {
  for (const { volume } of members) {
    const other = (await io.seersOf(volume)).find(({ urn }) => !hosts.includes(urn));
    if (other) return `${other.name} sees ${(await io.record(volume)).name}, too, since it was planned`;
  }
  return undefined;
}

/** Names the set to its hosts. */
const tokenOf = ({ set }: SnapshotSet): string => sha256Hex(set).slice(0, 16);

function jobsOf(io: StepIo): SnapshotJobs {
  const { snapshotJobs } = copiesOf(io);
  if (snapshotJobs) return snapshotJobs;
  throw new RefusedError('COPRHD-DEVICE-007', `${io.system.name} makes no snapshots by full copy`);
}

export function snapshotCopy({ args }: StepOf<'snapshot.copy'>): JobStep {
  const cancel = async (io: StepIo) => {
    const ask = await wanted(io, args, deviceOf);
    await io.mutate((ctx) => jobsOf(io).cancelSnapshots(ctx, ask));
  };
  return {
    form: 'job',
    summary: `make ${nameOf(args)} by full copy`,
    probe: (io) => probe(io, args),
    makes: true,
    start: async (io) => {
      const ask = await wanted(io, args, readOurVolume);
      const attested = args.attested ? { attested: true } : {};
      return io.mutate((ctx) => jobsOf(io).startSnapshots(ctx, { ...ask, ...attested }));
    },
    poll: async (io, handle) => jobsOf(io).pollSnapshots(io.context(), await wanted(io, args, deviceOf), handle),
    cancel,
    undo: async (io) => {
      await cancel(io);
      // Somebody has one of its names: none of the set is there, and none will be.
      return (await probe(io, args)).verdict === 'foreign' ? {} : remove(io, args);
    },
  };
}
