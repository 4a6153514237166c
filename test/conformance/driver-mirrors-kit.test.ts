/** The cases of continuous copies against drivers that are wrong on purpose, as driver-kit.test.ts has it for the others. */
import { expect, test } from 'vitest';
import { driverConformance } from '../../src/engine/driver/conformance/suite.ts';
import type { ConformanceTarget, OpenDevice } from '../../src/engine/driver/conformance/target.ts';
import type { BlockArray, CallContext, VolumeObservation } from '../../src/engine/driver/contract.ts';
import type { MirrorPair, MirrorState, MirrorsCapability } from '../../src/engine/driver/mirrors-contract.ts';
import { memoryTarget } from '../drivers/simulator/target.ts';

type Spoil = (mirrors: MirrorsCapability, array: BlockArray, device: OpenDevice) => Partial<MirrorsCapability>;

const broken = (spoil: Spoil, rest: (array: BlockArray) => Partial<BlockArray> = () => ({})): ConformanceTarget => ({
  manifest: memoryTarget.manifest,
  open: async () => {
    const device = await memoryTarget.open();
    const { array } = device;
    const mirrors = { ...array.mirrors!, ...spoil(array.mirrors!, array, device) };
    return { ...device, array: { ...array, ...rest(array), mirrors } };
  },
});

/** What is told of a volume that follows is told otherwise. */
const telling = (change: (mirror: MirrorState) => MirrorState | undefined) =>
  broken(
    () => ({}),
    (array) => ({
      readVolume: async (ctx, nativeId) => {
        const seen = await array.readVolume(ctx, nativeId);
        if (!seen?.mirror) return seen;
        const { mirror, ...rest } = seen;
        const told = change(mirror);
        return told ? { ...rest, mirror: told } : rest;
      },
    }),
  );

const splitAnyway =
  (mirrors: MirrorsCapability) =>
  async (ctx: CallContext, pair: MirrorPair): Promise<VolumeObservation> => {
    await mirrors.resumeMirror(ctx, pair);
    return mirrors.splitMirror(ctx, pair).catch(async () => (await mirrors.pauseMirrors(ctx, [pair]))[0]!);
  };

const DEFECTS: Record<string, { target: ConformanceTarget; failing: string }> = {
  'does not tell what follows': { target: telling(() => undefined), failing: '36-mirror' },
  'tells another source': { target: telling((mirror) => ({ ...mirror, source: 'vol-999999' })), failing: '36-mirror' },
  'calls it in sync at once': {
    target: telling((mirror) => ({ ...mirror, state: 'synchronized', percent: 100 })),
    failing: '36-mirror-content',
  },
  'begins anew when asked again': {
    target: broken((mirrors) => ({
      ensureMirror: async (ctx, pair) => {
        await mirrors.pauseMirrors(ctx, [pair]).catch(() => undefined);
        return mirrors.ensureMirror(ctx, pair);
      },
    })),
    failing: '36-mirror',
  },
  'goes on when it is paused': {
    target: broken((_mirrors, array) => ({
      pauseMirrors: (ctx, pairs) =>
        Promise.all(
          pairs.map(async ({ target }) => {
            const seen = (await array.readVolume(ctx, target.nativeId))!;
            return { ...seen, mirror: { ...seen.mirror!, state: 'paused' } };
          }),
        ),
    })),
    failing: '36-mirror-content',
  },
  'pauses one after the other': {
    target: broken((mirrors) => ({
      pauseMirrors: async (ctx, pairs) => {
        const paused: VolumeObservation[] = [];
        for (const pair of pairs) paused.push(...(await mirrors.pauseMirrors(ctx, [pair])));
        return paused;
      },
    })),
    failing: '36-mirrors-together',
  },
  'splits what is not whole': {
    target: broken((mirrors) => ({ splitMirror: splitAnyway(mirrors) })),
    failing: '36-mirror-halfway',
  },
  'takes a paused one for done': {
    target: broken((mirrors) => ({
      pollMirror: async (ctx, target, handle) => {
        const progress = await mirrors.pollMirror(ctx, target, handle);
        return progress.state === 'lost' ? { ...progress, state: 'done' } : progress;
      },
    })),
    failing: '36-mirror-halfway',
  },
  'lets what follows nobody be resumed': {
    target: broken((mirrors) => ({ resumeMirror: (ctx, pair) => mirrors.ensureMirror(ctx, pair) })),
    failing: '36-mirror-refused',
  },
  'overwrites what is mapped': {
    target: broken((mirrors, array) => ({
      ensureMirror: async (ctx, pair) => {
        const seen = await array.readVolume(ctx, pair.target.nativeId);
        return seen?.mappedBy.length ? {} : mirrors.ensureMirror(ctx, pair);
      },
    })),
    failing: '36-mirror-refused',
  },
  'splits off what follows when its source goes': {
    target: broken(
      () => ({}),
      (array) => ({ deleteVolume: (ctx, expected) => array.deleteVolume(ctx, expected).catch(() => undefined) }),
    ),
    failing: '36-mirror-bound',
  },
};

test.each(Object.entries(DEFECTS))('a driver that %s is caught', async (_defect, { target, failing }) => {
  const found = driverConformance(target).find(({ id }) => id === failing);
  expect(found, failing).toBeDefined();
  await expect(found!.run()).rejects.toMatchObject({ name: expect.stringMatching(/^(AssertionError|DriverError)$/) });
});
