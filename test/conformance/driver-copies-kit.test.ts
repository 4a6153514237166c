/** The cases of copies against drivers that are wrong on purpose, as driver-kit.test.ts has it for the others. */
import { expect, test } from 'vitest';
import { driverConformance } from '../../src/engine/driver/conformance/suite.ts';
import type { ConformanceTarget, OpenDevice } from '../../src/engine/driver/conformance/target.ts';
import type { BlockArray, VolumeObservation } from '../../src/engine/driver/contract.ts';
import type { CopiesCapability } from '../../src/engine/driver/copies-contract.ts';
import { memoryTarget } from '../drivers/simulator/target.ts';

type Spoil = (copies: CopiesCapability, array: BlockArray, device: OpenDevice) => Partial<CopiesCapability>;

const broken = (spoil: Spoil, rest: (array: BlockArray) => Partial<BlockArray> = () => ({})): ConformanceTarget => ({
  manifest: memoryTarget.manifest,
  open: async () => {
    const device = await memoryTarget.open();
    const { array } = device;
    const copies = { ...array.copies!, ...spoil(array.copies!, array, device) };
    return { ...device, array: { ...array, ...rest(array), copies } };
  },
});

const DEFECTS: Record<string, { target: ConformanceTarget; failing: string }> = {
  'does not tell what a snapshot is of': {
    target: broken(
      () => ({}),
      (array) => ({
        readVolume: async (ctx, nativeId) => {
          const seen = await array.readVolume(ctx, nativeId);
          const { snapshot: _, ...rest } = seen ?? ({} as VolumeObservation);
          return seen && rest;
        },
      }),
    ),
    failing: '34-snapshot',
  },
  'makes the snapshots of a set one after the other': {
    target: broken((copies, _array, device) => ({
      ensureSnapshots: async (ctx, { set, members }) => {
        const seen: VolumeObservation[] = [];
        for (const member of members) {
          seen.push(...(await copies.ensureSnapshots(ctx, { set, members: [member] })));
          await device.clock.sleep(5);
        }
        return seen;
      },
    })),
    failing: '34-set-twice',
  },
  'completes a set that is there in part': {
    target: broken((copies) => ({
      ensureSnapshots: async (ctx, { set, members }) =>
        (await Promise.all(members.map((member) => copies.ensureSnapshots(ctx, { set, members: [member] })))).flat(),
    })),
    failing: '34-set-in-part',
  },
  'leaves a part of a set that it can not make': {
    target: broken((copies) => ({
      ensureSnapshots: async (ctx, { set, members }) => {
        for (const member of members) await copies.ensureSnapshots(ctx, { set, members: [member] });
        return copies.ensureSnapshots(ctx, { set, members });
      },
    })),
    failing: '34-all-or-none',
  },
  'makes every snapshot anew': {
    target: broken((copies, array) => ({
      ensureSnapshots: async (ctx, args) => {
        for (const { name, wwn, mark } of args.members) {
          const there = await array.findVolume(ctx, name);
          if (there) await array.deleteVolume(ctx, { nativeId: there.nativeId, wwn, mark });
        }
        return copies.ensureSnapshots(ctx, args);
      },
    })),
    failing: '08-reply-lost-ensureSnapshots',
  },
  'takes any snapshot under the name': {
    target: broken((copies, array) => ({
      ensureSnapshots: async (ctx, args) => {
        const there = await Promise.all(args.members.map(({ name }) => array.findVolume(ctx, name)));
        const all = there.filter((volume) => volume !== undefined);
        return all.length === there.length ? all : copies.ensureSnapshots(ctx, args);
      },
    })),
    failing: '34-snapshot-differs',
  },
  'takes the snapshot late': {
    target: broken((copies, array, device) => ({
      ensureSnapshots: async (ctx, args) => {
        for (const { source } of args.members) {
          if (await array.readVolume(ctx, source.nativeId)) await device.hand!.writeContent!(source.nativeId, 'late');
        }
        return copies.ensureSnapshots(ctx, args);
      },
    })),
    failing: '34-content',
  },
  'begins a copy again that is done': {
    target: broken((copies) => ({
      startCopy: async (ctx, args) => {
        await copies.startCopy(ctx, { ...args, copy: `${args.copy}-again` });
        return copies.startCopy(ctx, args);
      },
    })),
    failing: '35-copy',
  },
  'says done when the copy has begun': {
    target: broken((copies) => ({
      pollCopy: async (ctx, to, handle) => ({ ...(await copies.pollCopy(ctx, to, handle)), state: 'done' }),
    })),
    failing: '35-copy',
  },
  'copies nothing': {
    target: broken((copies) => ({
      startCopy: (ctx, args) => copies.startCopy(ctx, { ...args, from: args.to }).catch(() => ({})),
      pollCopy: async () => ({ state: 'done', doneBytes: 1, totalBytes: 1 }),
    })),
    failing: '35-restore',
  },
  'copies onto what is in use': {
    target: broken((copies, array) => ({
      startCopy: async (ctx, args) => {
        const seen = await array.readVolume(ctx, args.to.nativeId);
        return seen?.mappedBy.length ? {} : copies.startCopy(ctx, args);
      },
    })),
    failing: '35-copy-in-use',
  },
  'takes a cancelled copy for done': {
    target: broken((copies) => ({
      pollCopy: async (ctx, to, handle) => {
        const progress = await copies.pollCopy(ctx, to, handle);
        return progress.state === 'lost' ? { ...progress, state: 'done' } : progress;
      },
    })),
    failing: '35-copy-ended',
  },
};

test.each(Object.entries(DEFECTS))('a driver that %s is caught', async (_defect, { target, failing }) => {
  const found = driverConformance(target).find(({ id }) => id === failing);
  expect(found, failing).toBeDefined();
  await expect(found!.run()).rejects.toMatchObject({ name: expect.stringMatching(/^(AssertionError|DriverError)$/) });
});
