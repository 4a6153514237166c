/** Steps that make, grow, rename and delete volumes. */
import type { VolumeObservation } from '../../driver/contract.ts';
import { DriverError } from '../../driver/errors.ts';
import type { DeviceObject } from '../../model/record.ts';
import { formatSize } from '../../model/size.ts';
import { serviceOf, serviceProblem } from '../../observe/compare.ts';
import { type PagesRead, readPages } from '../../observe/pages.ts';
import { RefusedError } from '../types.ts';
import {
  type CallStep,
  deviceOf,
  markMismatch,
  markOf,
  type Outcome,
  readOurVolume,
  requireKnownSince,
  requireOurVolume,
  requireUnmapped,
  type StepIo,
  type StepOf,
  type Verdict,
  volumeMismatch,
} from './handler.ts';

export function volumeCreate({ args }: StepOf<'volume.create'>): CallStep {
  const service = serviceOf(args);
  const learn = (io: StepIo, volume: VolumeObservation): Outcome => ({
    learnt: {
      urn: args.volume,
      device: {
        system: io.system.urn,
        nativeId: volume.nativeId,
        label: volume.name,
        wwn: volume.wwn ?? args.wwn,
        pool: args.pool,
        provisionedBytes: volume.sizeBytes,
        ...(args.setAsideBytes === undefined ? {} : { setAsideBytes: args.setAsideBytes }),
        ...service,
        origin: 'created',
      },
    },
  });
  const ensure = (io: StepIo) =>
    io.mutate((ctx) =>
      io.array.ensureVolume(ctx, {
        name: args.name,
        pool: args.poolNativeId,
        sizeBytes: args.sizeBytes,
        provisioning: args.provisioning,
        ...(args.setAsideBytes === undefined ? {} : { setAsideBytes: args.setAsideBytes }),
        ...service,
        wwn: args.wwn,
        serial: args.serial,
        mark: markOf(io, args.volume),
      }),
    );
  /** Why what has our name isn't what we asked for; marks aside. */
  const difference = (volume: VolumeObservation): string | undefined => {
    if (volume.wwn !== args.wwn) return `its WWN is ${volume.wwn ?? 'unknown'} instead of ${args.wwn}`;
    if (volume.pool !== args.poolNativeId) return `it is in pool ${volume.pool}`;
    if (volume.sizeBytes < args.sizeBytes) return `it has ${volume.sizeBytes} bytes`;
    if (volume.provisioning !== args.provisioning) return `it is ${volume.provisioning}`;
    return serviceProblem(args, volume);
  };
  /** Ours in the making: right identity, nobody has it, and the mark still to come. */
  const isHalfMade = (io: StepIo, volume: VolumeObservation): boolean =>
    !volume.mark && volume.mappedBy.length === 0 && markMismatch(io, args.volume, volume) !== undefined;
  /** By native id once we know it: somebody may have renamed it by hand, and it is still ours to answer for. */
  const find = async (io: StepIo): Promise<VolumeObservation | undefined> => {
    const { device } = (await io.record(args.volume)).status;
    const known = device?.wwn === args.wwn ? await io.array.readVolume(io.context(), device.nativeId) : undefined;
    if (known?.wwn === args.wwn) return known;
    const named = await io.array.findVolume(io.context(), args.name);
    return named ?? (io.isRestored ? findByMark(io, args.volume) : undefined);
  };
  return {
    form: 'call',
    summary: `create volume ${args.name} in ${args.poolNativeId}`,
    mayPreexist: true,
    perform: async (io) => {
      io.requireInScope(args.poolNativeId);
      const volume = await ensure(io);
      const wrong = difference(volume) ?? markMismatch(io, args.volume, volume);
      if (wrong !== undefined) {
        throw new RefusedError('COPRHD-HELD-011', `volume ${args.name} is not what was asked for: ${wrong}`);
      }
      return learn(io, volume);
    },
    probe: async (io) => {
      const volume = await find(io);
      if (!volume) return { verdict: 'not-done' };
      const halfMade = isHalfMade(io, volume);
      const wrong = difference(volume) ?? (halfMade ? undefined : markMismatch(io, args.volume, volume));
      if (wrong !== undefined) return { verdict: 'foreign', why: `volume ${args.name}: ${wrong}` };
      if (halfMade) return { verdict: 'partial' };
      return { verdict: 'done', ...learn(io, volume) };
    },
    undo: async (io) => {
      io.requireInScope(args.poolNativeId);
      let volume = await find(io);
      // Half-made: finished first, because only what carries our mark may be deleted.
      if (volume && isHalfMade(io, volume)) volume = await ensure(io);
      if (!volume) return {};
      const wrong = difference(volume) ?? markMismatch(io, args.volume, volume);
      if (wrong !== undefined) throw new RefusedError('COPRHD-HELD-011', `volume ${args.name} stays: ${wrong}`);
      requireUnmapped(volume);
      requireKnownSince(io, `volume ${args.name}`);
      const expect = { nativeId: volume.nativeId, wwn: args.wwn, mark: markOf(io, args.volume) };
      await io.mutate((ctx) => io.array.deleteVolume(ctx, expect));
      return {};
    },
  };
}

/**
 * After a state was put back the volume may have been made, and renamed, in what this state does not know of: its name finds
 * it no more, its mark does. All volumes of the device are read for it.
 */
async function findByMark(io: StepIo, urn: string): Promise<VolumeObservation | undefined> {
  const { items, problems }: PagesRead<VolumeObservation> = { items: new Map(), problems: new Set() };
  await readPages((page) => io.array.listVolumes(io.context(), page), { items, problems });
  const found = [...items.values()].find(({ mark }) => mark?.installation === io.installation && mark.urn === urn);
  if (found) return found;
  if (problems.size > 0) throw new DriverError({ class: 'transient', message: 'the list of volumes is not complete' });
  return undefined;
}

/** Reads by recorded native id and tells whether the wanted is there; shared by the steps on existing volumes. */
async function probeVolume(
  io: StepIo,
  step: StepOf<'volume.expand' | 'volume.rename' | 'volume.delete'>,
  judge: (volume: VolumeObservation, device: DeviceObject) => Verdict,
  missing: Verdict,
): Promise<Verdict> {
  const { device } = await deviceOf(io, step.args.volume);
  const volume = await io.array.readVolume(io.context(), device.nativeId);
  if (!volume) return missing;
  const mismatch = volumeMismatch(io, step.args.volume, device, volume);
  if (mismatch !== undefined) return { verdict: 'foreign', why: `volume ${device.nativeId}: ${mismatch}` };
  return judge(volume, device);
}

export function volumeExpand(step: StepOf<'volume.expand'>): CallStep {
  const { args } = step;
  const learn = (device: DeviceObject, volume: VolumeObservation): Outcome => ({
    learnt: { urn: args.volume, device: { ...device, provisionedBytes: volume.sizeBytes } },
  });
  return {
    form: 'call',
    summary: `expand volume to ${formatSize(args.sizeBytes)}`,
    mayPreexist: true,
    perform: async (io) => {
      const { device, expect } = await readOurVolume(io, args.volume);
      const { expand } = io.array;
      if (!expand) throw new RefusedError('COPRHD-DEVICE-007', `${io.system.name} can't expand volumes`);
      const volume = await io.mutate((ctx) => expand.expandVolume(ctx, expect, { sizeBytes: args.sizeBytes }));
      if (volume.sizeBytes < args.sizeBytes || volume.wwn !== device.wwn) {
        throw new RefusedError('COPRHD-HELD-011', `volume ${device.nativeId} is not what was asked for after growing`);
      }
      return learn(device, volume);
    },
    probe: (io) =>
      probeVolume(
        io,
        step,
        (volume, device) =>
          volume.sizeBytes >= args.sizeBytes ? { verdict: 'done', ...learn(device, volume) } : { verdict: 'not-done' },
        { verdict: 'not-done' },
      ),
  };
}

export function volumeRename(step: StepOf<'volume.rename'>): CallStep {
  const { args } = step;
  const learn = (device: DeviceObject, volume: VolumeObservation): Outcome => ({
    learnt: { urn: args.volume, device: { ...device, label: volume.name } },
  });
  const rename = async (io: StepIo, name: string, quarantined: boolean): Promise<Outcome> => {
    const { device, expect, volume } = await readOurVolume(io, args.volume);
    if (quarantined) requireUnmapped(volume);
    const renamed = await io.mutate((ctx) => io.array.renameVolume(ctx, expect, { name, quarantined }));
    return learn(device, renamed);
  };
  return {
    form: 'call',
    summary: `${args.quarantined ? 'quarantine' : 'rename'} volume ${args.from} as ${args.to}`,
    mayPreexist: true,
    perform: (io) => rename(io, args.to, args.quarantined),
    probe: (io) =>
      probeVolume(
        io,
        step,
        (volume, device) =>
          volume.name === args.to && volume.quarantined === args.quarantined
            ? { verdict: 'done', ...learn(device, volume) }
            : { verdict: 'not-done' },
        { verdict: 'not-done' },
      ),
    undo: (io) => rename(io, args.from, io.writeOf(args.volume)?.before?.status.phase === 'quarantined'),
  };
}

export function volumeDelete(step: StepOf<'volume.delete'>): CallStep {
  const { args } = step;
  return {
    form: 'call',
    summary: 'delete volume',
    mayPreexist: false,
    perform: async (io) => {
      const { device, expect } = await deviceOf(io, args.volume);
      const volume = await io.array.readVolume(io.context(), device.nativeId);
      if (!volume) return {};
      requireOurVolume(io, args.volume, device, volume);
      requireUnmapped(volume);
      await io.mutate((ctx) => io.array.deleteVolume(ctx, expect));
      return {};
    },
    probe: (io) => probeVolume(io, step, () => ({ verdict: 'not-done' }), { verdict: 'done' }),
  };
}
