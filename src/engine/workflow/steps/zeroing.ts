/** Writing zeros to a new thick volume: a job of the device, to which any process can re-attach by its handle. */
import { RefusedError } from '../types.ts';
import { deviceOf, type JobStep, readOurVolume, requireOurVolume, type StepIo, type StepOf } from './handler.ts';

export function volumeZero({ args }: StepOf<'volume.zero'>): JobStep {
  const zeroing = (io: StepIo) => {
    if (io.array.zeroing) return io.array.zeroing;
    throw new RefusedError('COPRHD-DEVICE-007', `${io.system.name} can't write zeros to volumes`);
  };
  return {
    form: 'job',
    summary: 'write zeros to the volume',
    probe: async (io) => {
      const { device } = await deviceOf(io, args.volume);
      const volume = await io.array.readVolume(io.context(), device.nativeId);
      if (!volume) return { verdict: 'not-done' };
      if (volume.wwn !== device.wwn) return { verdict: 'foreign', why: `its WWN is ${volume.wwn ?? 'unknown'}` };
      return { verdict: volume.zeroed ? 'done' : 'not-done' };
    },
    start: async (io) => {
      const { device, expect } = await deviceOf(io, args.volume);
      const volume = await io.array.readVolume(io.context(), device.nativeId);
      if (!volume) throw new RefusedError('COPRHD-HELD-001', `volume ${device.nativeId} is missing`);
      requireOurVolume(io, args.volume, device, volume);
      // Zeros go only onto what this installation made and nobody has ever seen.
      if (device.origin !== 'created' || volume.mappedBy.length > 0) {
        throw new RefusedError('COPRHD-HELD-004', `volume ${volume.name} may hold data: zeros are not written to it`);
      }
      return io.mutate((ctx) => zeroing(io).startZeroing(ctx, expect));
    },
    poll: async (io, handle) => {
      const { expect } = await deviceOf(io, args.volume);
      return zeroing(io).pollZeroing(io.context(), expect, handle);
    },
    cancel: async (io, handle) => {
      const { expect } = await readOurVolume(io, args.volume);
      await io.mutate((ctx) => zeroing(io).cancelZeroing(ctx, expect, handle));
    },
  };
}
