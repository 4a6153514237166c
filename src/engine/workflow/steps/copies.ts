/** The step that overwrites one volume with what another one holds. */

import type { CopiesCapability } from '../../driver/copies-contract.ts';
import type { Urn } from '../../model/urn.ts';
import { RefusedError } from '../types.ts';
import {
  deviceOf,
  type JobStep,
  type Outcome,
  readOurVolume,
  type StepIo,
  type StepOf,
  volumeMismatch,
} from './handler.ts';

export const copiesOf = (io: StepIo): CopiesCapability => {
  if (io.array.copies) return io.array.copies;
  throw new RefusedError('COPRHD-DEVICE-007', `${io.system.name} can't copy volumes`);
};

/** A full copy keeps of which moment it is, and how far it can be relied on: its snapshot may go. */
async function whatItHolds(io: StepIo, { from, to }: StepOf<'volume.copy'>['args']): Promise<Outcome> {
  const [source, target] = await Promise.all([io.record(from), io.record(to)]);
  const { device } = target.status;
  if (!device || (target.spec as { readonly copyOf?: Urn }).copyOf === undefined) return {};
  const { takenAtMs: _moment, consistency: _before, ...rest } = device;
  const { takenAtMs, consistency } = (source.kind === 'snapshot' && source.status.device) || {};
  return {
    learnt: {
      urn: to,
      device: {
        ...rest,
        ...(takenAtMs === undefined ? {} : { takenAtMs }),
        ...(consistency === undefined ? {} : { consistency }),
      },
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
      return found === 'done' ? { verdict: 'done', ...(await whatItHolds(io, args)) } : { verdict: 'not-done' };
    },
    makes: true,
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
