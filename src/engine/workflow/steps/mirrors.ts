/** Steps on continuous copies: a volume begins to follow another one, is paused, goes on, and is split from it. */

import type { JobHandle, VolumeObservation } from '../../driver/contract.ts';
import type { MirrorPair, MirrorState, MirrorsCapability } from '../../driver/mirrors-contract.ts';
import type { FollowingPair } from '../../model/following.ts';
import { RefusedError } from '../types.ts';
import {
  type CallStep,
  deviceOf,
  type JobStep,
  readOurVolume,
  requireKnownSince,
  requireUnmapped,
  type StepIo,
  type StepOf,
  type Verdict,
  volumeMismatch,
} from './handler.ts';

type MirrorStep = StepOf<'mirror.begin' | 'mirror.resume' | 'mirror.split'>;
type Args = FollowingPair;

const mirrorsOf = (io: StepIo): MirrorsCapability => {
  if (io.array.mirrors) return io.array.mirrors;
  throw new RefusedError('COPRHD-DEVICE-007', `${io.system.name} has no continuous copies`);
};

/** Both as they are right now; refused unless they are ours. */
async function readPair(
  io: StepIo,
  { source, target }: Args,
): Promise<{ pair: MirrorPair; volume: VolumeObservation }> {
  const [from, to] = await Promise.all([readOurVolume(io, source), readOurVolume(io, target)]);
  return { pair: { source: from.expect, target: to.expect }, volume: to.volume };
}

/** What the device says of it now, or why the verdict is another one. */
async function stateOf(io: StepIo, { source, target }: Args): Promise<MirrorState | 'none' | { readonly why: string }> {
  const [{ device }, from] = await Promise.all([deviceOf(io, target), deviceOf(io, source)]);
  const volume = await io.array.readVolume(io.context(), device.nativeId);
  if (!volume) return { why: `volume ${device.nativeId} is missing` };
  const mismatch = volumeMismatch(io, target, device, volume);
  if (mismatch !== undefined) return { why: `volume ${device.nativeId}: ${mismatch}` };
  const { mirror } = volume;
  if (!mirror) return 'none';
  if (mirror.source === from.device.nativeId) return mirror;
  return { why: `volume ${device.nativeId} follows ${mirror.source}, not ${from.device.nativeId}` };
}

type Judge = (state: MirrorState | 'none') => Verdict;

const probing =
  (args: Args, judge: Judge) =>
  async (io: StepIo): Promise<Verdict> => {
    const state = await stateOf(io, args);
    if (state !== 'none' && 'why' in state) return { verdict: 'foreign', why: state.why };
    return judge(state);
  };

const NOT_DONE = { verdict: 'not-done' } as const;
const followsNobody: Verdict = { verdict: 'foreign', why: 'it follows nobody any more' };

/** What is synchronized is done; everything on the way is begun again, which goes on with it. */
function syncJob(args: Args, summary: string, probe: JobStep['probe'], start: JobStep['start']): JobStep {
  return {
    form: 'job',
    summary,
    probe,
    start,
    poll: async (io, handle: JobHandle) => {
      const { expect } = await deviceOf(io, args.target);
      return mirrorsOf(io).pollMirror(io.context(), expect, handle);
    },
    cancel: (io) => pause(io, args),
  };
}

/** Where it still follows. */
async function pause(io: StepIo, args: Args): Promise<void> {
  const { pair, volume } = await readPair(io, args);
  if (volume.mirror) await io.mutate((ctx) => mirrorsOf(io).pauseMirrors(ctx, [pair]));
}

export function mirrorBegin({ args }: MirrorStep): JobStep {
  const probe = probing(args, (state) =>
    state !== 'none' && state.state === 'synchronized' ? { verdict: 'done' } : NOT_DONE,
  );
  return syncJob(args, 'synchronize the continuous copy', probe, async (io) => {
    const { pair, volume } = await readPair(io, args);
    requireFree(io, volume);
    return io.mutate((ctx) => mirrorsOf(io).ensureMirror(ctx, pair));
  });
}

export function mirrorResume({ args }: MirrorStep): JobStep {
  const probe = probing(args, (state) => {
    if (state === 'none') return followsNobody;
    return state.state === 'synchronized' ? { verdict: 'done' } : NOT_DONE;
  });
  const start: JobStep['start'] = async (io) => {
    const { pair, volume } = await readPair(io, args);
    requireFree(io, volume);
    return io.mutate((ctx) => mirrorsOf(io).resumeMirror(ctx, pair));
  };
  // It is recorded as paused again then, and must be so, however far it came.
  const undo = async (io: StepIo) => {
    await pause(io, args);
    return {};
  };
  return { ...syncJob(args, 'synchronize the continuous copy again', probe, start), undo };
}

/** It is overwritten: no host may see it. In a state that was put back it may have been split, or paused anew, since. */
function requireFree(io: StepIo, volume: VolumeObservation): void {
  if (!volume.mirror || volume.mirror.state === 'paused') requireKnownSince(io, `volume ${volume.name}`);
  if (volume.quarantined) throw new RefusedError('COPRHD-HELD-010', `volume ${volume.name} is quarantined`);
  requireUnmapped(volume);
}

export function mirrorPause({ args: { pairs } }: StepOf<'mirror.pause'>): CallStep {
  const readAll = (io: StepIo) => Promise.all(pairs.map(async (pair) => (await readPair(io, pair)).pair));
  return {
    form: 'call',
    summary: pairs.length === 1 ? 'pause the continuous copy' : `pause ${pairs.length} continuous copies`,
    mayPreexist: true,
    perform: async (io) => {
      const all = await readAll(io);
      const paused = await io.mutate((ctx) => mirrorsOf(io).pauseMirrors(ctx, all));
      if (paused.length < pairs.length || paused.some(({ mirror }) => mirror?.state !== 'paused'))
        throw new RefusedError('COPRHD-HELD-011', 'it is not paused, as was asked for');
      return {};
    },
    probe: async (io) => {
      const verdicts = await Promise.all(pairs.map((pair) => probing(pair, judgePaused)(io)));
      return (
        verdicts.find(({ verdict }) => verdict === 'foreign') ??
        verdicts.find(({ verdict }) => verdict !== 'done') ?? { verdict: 'done' }
      );
    },
    // They go on by themselves; nobody has to wait for that.
    undo: async (io) => {
      const all = await Promise.all(pairs.map((pair) => readPair(io, pair)));
      for (const { volume } of all) requireKnownSince(io, `volume ${volume.name}`);
      for (const { pair } of all) await io.mutate((ctx) => mirrorsOf(io).resumeMirror(ctx, pair));
      return {};
    },
  };
}

const judgePaused: Judge = (state) => {
  if (state === 'none') return followsNobody;
  return state.state === 'paused' ? { verdict: 'done' } : NOT_DONE;
};

export function mirrorSplit({ args }: MirrorStep): CallStep {
  return {
    form: 'call',
    summary: 'split the continuous copy from its source',
    mayPreexist: true,
    perform: async (io) => {
      const { pair } = await readPair(io, args);
      const { mirror } = await io.mutate((ctx) => mirrorsOf(io).splitMirror(ctx, pair));
      if (mirror) throw new RefusedError('COPRHD-HELD-011', `it follows ${mirror.source} still`);
      return {};
    },
    probe: probing(args, (state) => (state === 'none' ? { verdict: 'done' } : NOT_DONE)),
  };
}
