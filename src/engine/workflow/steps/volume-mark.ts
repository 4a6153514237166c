/** Steps that put our mark on a volume (import, renewal) and take it off (forget). No data are touched by them. */
import type { VolumeObservation } from '../../driver/contract.ts';
import { RefusedError } from '../types.ts';
import {
  type CallStep,
  deviceOf,
  markMismatch,
  markOf,
  type Outcome,
  requireOurVolume,
  requireUnmapped,
  type StepIo,
  type StepOf,
} from './handler.ts';

export function volumeMark({ args }: StepOf<'volume.mark'>): CallStep {
  const learn = async (io: StepIo, volume: VolumeObservation): Promise<Outcome> => {
    const known = (await io.record(args.volume)).status.device;
    return {
      learnt: {
        urn: args.volume,
        device: {
          ...(known ?? { origin: 'imported' as const }),
          system: io.system.urn,
          nativeId: volume.nativeId,
          label: volume.name,
          ...(volume.wwn === undefined ? {} : { wwn: volume.wwn }),
          provisionedBytes: volume.sizeBytes,
        },
      },
    };
  };
  const wwn = args.wwn === undefined ? {} : { wwn: args.wwn };
  const expect = (io: StepIo) => ({ nativeId: args.nativeId, ...wwn, mark: markOf(io, args.volume) });
  return {
    form: 'call',
    summary: `mark volume ${args.nativeId} as ours`,
    mayPreexist: true,
    perform: async (io) => {
      const before = await io.array.readVolume(io.context(), args.nativeId);
      if (!before) throw new RefusedError('COPRHD-HELD-001', `volume ${args.nativeId} is missing on ${io.system.name}`);
      if (before.wwn !== args.wwn) {
        throw new RefusedError('COPRHD-HELD-011', `volume ${args.nativeId} has the WWN ${before.wwn ?? 'unknown'}`);
      }
      const mismatch = before.mark || !args.unmarked ? markMismatch(io, args.volume, before) : undefined;
      if (mismatch !== undefined) {
        throw new RefusedError('COPRHD-HELD-011', `volume ${args.nativeId} can't be marked: ${mismatch}`);
      }
      io.requireInScope(before.pool);
      const unmarked = !before.mark ? { unmarked: true } : {};
      return learn(io, await io.mutate((ctx) => io.array.markVolume(ctx, { ...expect(io), ...unmarked })));
    },
    probe: async (io) => {
      const volume = await io.array.readVolume(io.context(), args.nativeId);
      if (!volume) return { verdict: 'not-done' };
      // One without an identity gets it with the mark.
      if (args.wwn !== undefined && volume.wwn !== args.wwn)
        return { verdict: 'foreign', why: `its WWN is ${volume.wwn ?? 'unknown'}` };
      if (!volume.mark) return { verdict: 'not-done' };
      const mismatch = markMismatch(io, args.volume, volume);
      if (mismatch !== undefined) return { verdict: 'foreign', why: mismatch };
      return volume.mark.epoch < io.epoch ? { verdict: 'not-done' } : { verdict: 'done', ...(await learn(io, volume)) };
    },
    undo: async (io) => {
      // A renewed mark was ours before: it stays.
      if (args.unmarked) {
        const volume = await io.array.readVolume(io.context(), args.nativeId);
        if (volume) io.requireInScope(volume.pool);
        await io.mutate((ctx) => io.array.unmarkVolume(ctx, expect(io)));
      }
      return {};
    },
  };
}

export function volumeUnmark({ args }: StepOf<'volume.unmark'>): CallStep {
  return {
    form: 'call',
    summary: 'take our mark off the volume',
    mayPreexist: true,
    perform: async (io) => {
      const { device, expect } = await deviceOf(io, args.volume);
      const volume = await io.array.readVolume(io.context(), device.nativeId);
      // Forgetting what is gone is fine.
      if (!volume) return {};
      requireOurVolume(io, args.volume, device, volume);
      // Exported by a plan that was under way when this one was made: whoever lets go of it now would leave its masks behind.
      requireUnmapped(volume);
      await io.mutate((ctx) => io.array.unmarkVolume(ctx, expect));
      return {};
    },
    probe: async (io) => {
      const { device } = await deviceOf(io, args.volume);
      const volume = await io.array.readVolume(io.context(), device.nativeId);
      if (!volume?.mark || volume.mark.urn !== args.volume) return { verdict: 'done' };
      return { verdict: 'not-done' };
    },
    undo: async (io) => {
      const { device, expect } = await deviceOf(io, args.volume);
      const volume = await io.array.readVolume(io.context(), device.nativeId);
      if (!volume) return {};
      io.requireInScope(volume.pool);
      await io.mutate((ctx) => io.array.markVolume(ctx, { ...expect, unmarked: true }));
      return {};
    },
  };
}
