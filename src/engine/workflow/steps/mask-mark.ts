/** The step that takes over a mask as it is: nothing but our mark is written. */
import type { MaskObservation } from '../../driver/contract.ts';
import { RefusedError } from '../types.ts';
import { type CallStep, markMismatch, markOf, type StepIo, type StepOf } from './handler.ts';
import { learn } from './mask.ts';

type Args = StepOf<'mask.mark'>['args'];

export function maskMark({ args }: StepOf<'mask.mark'>): CallStep {
  const expect = (io: StepIo) => ({ nativeId: args.nativeId, mark: markOf(io, args.mask) });
  return {
    form: 'call',
    summary: `mark mask ${args.name} as ours`,
    mayPreexist: true,
    perform: async (io) => {
      const before = await io.array.readMask(io.context(), args.nativeId);
      if (!before) throw new RefusedError('COPRHD-HELD-001', `mask ${args.name} is missing on ${io.system.name}`);
      const mismatch = before.mark && markMismatch(io, args.mask, before);
      if (mismatch !== undefined)
        throw new RefusedError('COPRHD-HELD-011', `mask ${args.name} can't be marked: ${mismatch}`);
      const changed = changedSince(before, args);
      if (changed !== undefined)
        throw new RefusedError('COPRHD-HELD-011', `mask ${args.name} is not as it was when planned: ${changed}`);
      const marked = await io.mutate((ctx) => io.array.markMask(ctx, { ...expect(io), unmarked: true }));
      return learn(io, args.mask, marked, 'imported');
    },
    probe: async (io) => {
      const mask = await io.array.readMask(io.context(), args.nativeId);
      if (!mask?.mark) return { verdict: 'not-done' };
      const mismatch = markMismatch(io, args.mask, mask);
      if (mismatch !== undefined) return { verdict: 'foreign', why: `mask ${args.name}: ${mismatch}` };
      return { verdict: 'done', ...(await learn(io, args.mask, mask, 'imported')) };
    },
    undo: async (io) => {
      await io.mutate((ctx) => io.array.unmarkMask(ctx, expect(io)));
      return {};
    },
  };
}

/** What others do meanwhile to LUNs that are not taken over is theirs. */
function changedSince({ initiators, mappings }: MaskObservation, planned: Args): string | undefined {
  const [now, then] = [initiators, planned.initiators].map((names) => [...names].sort().join(', '));
  if (now !== then) return `it admits ${now || 'nobody'} instead of ${then || 'nobody'}`;
  const gone = planned.luns.find((lun) => !mappings.some((each) => each.hlu === lun.hlu && each.volume === lun.volume));
  return gone && `LUN ${gone.hlu} does not show ${gone.volume} any more`;
}
