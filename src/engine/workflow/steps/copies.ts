/** Steps that make snapshots of one moment, and that overwrite one volume with what another one holds. */

import type { VolumeObservation } from '../../driver/contract.ts';
import type { CopiesCapability } from '../../driver/copies-contract.ts';
import type { Urn } from '../../model/urn.ts';
import { RefusedError } from '../types.ts';
import {
  type CallStep,
  deviceOf,
  type JobStep,
  type Learnt,
  markMismatch,
  markOf,
  type Outcome,
  readOurVolume,
  requireKnownSince,
  requireUnmapped,
  type StepIo,
  type StepOf,
  volumeMismatch,
} from './handler.ts';

const copiesOf = (io: StepIo): CopiesCapability => {
  if (io.array.copies) return io.array.copies;
  throw new RefusedError('COPRHD-DEVICE-007', `${io.system.name} can't copy volumes`);
};

type Member = StepOf<'snapshot.create'>['args']['members'][number];

export function snapshotCreate({ args }: StepOf<'snapshot.create'>): CallStep {
  const { members, set } = args;
  const what = members.length === 1 ? `snapshot ${members[0]!.name}` : `${members.length} snapshots of one moment`;
  const learnt = (io: StepIo, member: Member, volume: VolumeObservation): Learnt => ({
    urn: member.snapshot,
    device: {
      system: io.system.urn,
      nativeId: volume.nativeId,
      label: volume.name,
      wwn: volume.wwn ?? member.wwn,
      pool: member.pool,
      provisionedBytes: volume.sizeBytes,
      ...(volume.snapshot ? { takenAtMs: volume.snapshot.takenAtMs } : {}),
      origin: 'created',
    },
  });
  const outcome = (io: StepIo, volumes: readonly VolumeObservation[]): Outcome => {
    const [first, ...others] = members.map((member, index) => learnt(io, member, volumes[index]!));
    return { learnt: first!, ...(others.length > 0 ? { alsoLearnt: others } : {}) };
  };
  const difference = (io: StepIo, member: Member, volume: VolumeObservation): string | undefined => {
    if (volume.wwn !== member.wwn) return `its WWN is ${volume.wwn ?? 'unknown'} instead of ${member.wwn}`;
    if (volume.snapshot === undefined) return 'it is no snapshot';
    if (volume.snapshot.set !== set) return `it is of set ${volume.snapshot.set}`;
    return markMismatch(io, member.snapshot, volume);
  };
  const find = (io: StepIo) => Promise.all(members.map(async ({ name }) => io.array.findVolume(io.context(), name)));
  return {
    form: 'call',
    summary: `make ${what}`,
    mayPreexist: true,
    perform: async (io) => {
      const sources = await Promise.all(members.map(({ volume }) => readOurVolume(io, volume)));
      const wanted = members.map(({ snapshot, name, wwn, serial }, index) => ({
        ...{ source: sources[index]!.expect, name, wwn, serial, mark: markOf(io, snapshot) },
      }));
      const made = await io.mutate((ctx) => copiesOf(io).ensureSnapshots(ctx, { set, members: wanted }));
      for (const [index, member] of members.entries()) {
        const volume = made[index];
        const wrong = volume ? difference(io, member, volume) : 'the device has not told of it';
        if (wrong !== undefined) {
          throw new RefusedError('COPRHD-HELD-011', `snapshot ${member.name} is not what was asked for: ${wrong}`);
        }
      }
      return outcome(io, made);
    },
    probe: async (io) => {
      const found = await find(io);
      const there = found.filter((volume) => volume !== undefined);
      for (const [index, member] of members.entries()) {
        const volume = found[index];
        const wrong = volume && difference(io, member, volume);
        if (wrong !== undefined) return { verdict: 'foreign', why: `snapshot ${member.name}: ${wrong}` };
      }
      if (there.length === 0) return { verdict: 'not-done' };
      if (there.length < members.length) return { verdict: 'partial' };
      return { verdict: 'done', ...outcome(io, there) };
    },
    undo: async (io) => {
      const found = await find(io);
      for (const [index, member] of members.entries()) {
        const volume = found[index];
        if (!volume) continue;
        const wrong = difference(io, member, volume);
        if (wrong !== undefined) throw new RefusedError('COPRHD-HELD-011', `snapshot ${member.name} stays: ${wrong}`);
        io.requireInScope(volume.pool);
        requireUnmapped(volume);
        requireKnownSince(io, `snapshot ${member.name}`);
        const expect = { nativeId: volume.nativeId, wwn: member.wwn, mark: markOf(io, member.snapshot) };
        await io.mutate((ctx) => io.array.deleteVolume(ctx, expect));
      }
      return {};
    },
  };
}

export function volumeCopy({ args }: StepOf<'volume.copy'>): JobStep {
  const { to, copy } = args;
  const start = async (io: StepIo, from: Urn, id: string) => {
    const [source, target] = await Promise.all([readOurVolume(io, from), readOurVolume(io, to)]);
    if (target.volume.quarantined) {
      throw new RefusedError('COPRHD-HELD-010', `volume ${target.volume.name} is quarantined`);
    }
    const { name, mirror } = source.volume;
    if (mirror) {
      const what = `volume ${name} follows ${mirror.source}, and may be neither one thing nor the other`;
      throw new RefusedError('COPRHD-HELD-011', what);
    }
    const attested = args.attested ? { attested: true } : {};
    const wanted = { copy: id, from: source.expect, to: target.expect, ...attested };
    return io.mutate((ctx) => copiesOf(io).startCopy(ctx, wanted));
  };
  const begun = async (io: StepIo, id: string): Promise<'not' | 'running' | 'done' | { readonly foreign: string }> => {
    const { device } = await deviceOf(io, to);
    const volume = await io.array.readVolume(io.context(), device.nativeId);
    if (!volume) return { foreign: `volume ${device.nativeId} is missing` };
    const mismatch = volumeMismatch(io, to, device, volume);
    if (mismatch !== undefined) return { foreign: `volume ${device.nativeId}: ${mismatch}` };
    if (volume.copied?.copy !== id) return 'not';
    return volume.copied.done ? 'done' : 'running';
  };
  const poll: JobStep['poll'] = async (io, handle) => {
    const { expect } = await deviceOf(io, to);
    return copiesOf(io).pollCopy(io.context(), expect, handle);
  };
  const { putBack } = args;
  const undoId = `${copy}-undo`;
  return {
    form: 'job',
    summary: args.summary,
    probe: async (io) => {
      const found = await begun(io, copy);
      if (typeof found === 'object') return { verdict: 'foreign', why: found.foreign };
      return { verdict: found === 'done' ? 'done' : 'not-done' };
    },
    start: (io) => start(io, args.from, copy),
    poll,
    cancel: async (io, handle) => {
      const { expect } = await readOurVolume(io, to);
      await io.mutate((ctx) => copiesOf(io).cancelCopy(ctx, expect, handle));
    },
    ...(putBack === undefined
      ? {}
      : {
          putBack: {
            // Not begun, and not put back: nothing has changed.
            probe: async (io: StepIo) => {
              const [forward, back] = [await begun(io, copy), await begun(io, undoId)];
              if (typeof forward === 'object') return { verdict: 'foreign' as const, why: forward.foreign };
              if (back === 'done' || (forward === 'not' && back === 'not')) return { verdict: 'not-done' as const };
              return { verdict: 'partial' as const };
            },
            start: (io: StepIo) => start(io, putBack, undoId),
            poll,
          },
        }),
  };
}
