/**
 * The conformance kit against drivers that are wrong on purpose: each defect must make the case that is about it fail. A
 * suite that passes everything would pass these too.
 */
import { expect, test } from 'vitest';
import type { SectionChanges } from '../../src/engine/driver/changes-contract.ts';
import { driverConformance } from '../../src/engine/driver/conformance/suite.ts';
import type { ConformanceTarget, OpenDevice } from '../../src/engine/driver/conformance/target.ts';
import type { BlockArray, EnsureVolumeArgs, VolumeObservation } from '../../src/engine/driver/contract.ts';
import { DriverError } from '../../src/engine/driver/errors.ts';
import { sha256Hex } from '../../src/lib/canonical-json.ts';
import { memoryTarget } from '../drivers/simulator/target.ts';

/** The memory simulator with one thing made wrong. */
function broken(spoil: (array: BlockArray, device: OpenDevice) => Partial<BlockArray>): ConformanceTarget {
  return {
    manifest: memoryTarget.manifest,
    open: async () => {
      const device = await memoryTarget.open();
      return { ...device, array: { ...device.array, ...spoil(device.array, device) } };
    },
  };
}

type ToldVolumes = { readonly volumes: SectionChanges<VolumeObservation> };

/** With what it tells of volumes made wrong. */
function tells(spoil: (told: ToldVolumes) => ToldVolumes): ConformanceTarget {
  return broken((array) => ({
    changes: {
      ...array.changes!,
      changesSince: async (ctx, token) => {
        const answer = await array.changes!.changesSince(ctx, token);
        return answer.kind === 'whole' ? answer : { ...answer, sections: spoil(answer.sections as ToldVolumes) };
      },
    },
  }));
}

/** A volume that somebody makes while the answer is on its way. */
const late = (token: string): EnsureVolumeArgs => ({
  ...{ name: `late-${sha256Hex(token).slice(0, 8)}`, pool: 'fast', sizeBytes: 2 ** 23, provisioning: 'thin' },
  ...{ wwn: `6${sha256Hex(token).slice(0, 31)}`, serial: 's' },
  mark: { installation: 'late', urn: 'urn:storageos:Volume:1:vdc1', epoch: 1 },
});

const DEFECTS: Record<string, { target: ConformanceTarget; failing: string }> = {
  'shows only the first page': {
    target: broken((array) => ({
      listVolumes: async (ctx, page) => {
        const { items, complete } = await array.listVolumes(ctx, page);
        return { items, complete };
      },
    })),
    failing: '02-complete',
  },
  'claims that a partial list is complete': {
    target: broken((array) => ({
      listVolumes: async (ctx, page) => ({ ...(await array.listVolumes(ctx, page)), complete: true }),
    })),
    failing: '02-partial',
  },
  'writes when it looks': {
    target: broken((array, device) => ({
      findVolume: async (ctx, name) => {
        await device.hand!.login!('iqn.2026-01.io.test:probe');
        return array.findVolume(ctx, name);
      },
    })),
    failing: '02-read-only',
  },
  'writes again when the object is there': {
    target: broken((array, device) => ({
      ensureVolume: async (ctx, args) => {
        const seen = await array.ensureVolume(ctx, args);
        await device.hand!.renameVolume!(seen.nativeId, `${args.name}x`);
        await device.hand!.renameVolume!(seen.nativeId, args.name);
        return seen;
      },
    })),
    failing: '03-volume-one-write',
  },
  'takes any size for the same volume': {
    target: broken((array) => ({
      ensureVolume: async (ctx, args) =>
        (await array.findVolume(ctx, args.name)) ?? (await array.ensureVolume(ctx, args)),
    })),
    failing: '04-volume-differs',
  },
  'complains about the missing': {
    target: broken((array) => ({
      deleteVolume: async (ctx, expected) => {
        if (!(await array.readVolume(ctx, expected.nativeId))) {
          throw new DriverError({ class: 'not-found', message: 'gone' });
        }
        await array.deleteVolume(ctx, expected);
      },
    })),
    failing: '05-delete-missing',
  },
  'deletes what is mapped': {
    target: broken((array, device) => ({
      deleteVolume: async (ctx, { nativeId }) => {
        if (await array.readVolume(ctx, nativeId)) await device.hand!.deleteVolume!(nativeId);
      },
    })),
    failing: '06-delete-mapped',
  },
  'takes over the unmarked without being asked': {
    target: broken((array) => ({
      markVolume: (ctx, expected) => array.markVolume(ctx, { ...expected, unmarked: true }),
    })),
    failing: '07-foreign',
  },
  'calls a lost answer transient': {
    target: broken((array) => ({
      ensureVolume: (ctx, args) =>
        array.ensureVolume(ctx, args).catch(() => {
          throw new DriverError({ class: 'transient', message: 'again, please' });
        }),
    })),
    failing: '08-reply-lost-ensureVolume',
  },
  'swallows a lost request': {
    target: broken((array) => ({
      ensureMask: (ctx, args) => array.ensureMask(ctx, args).catch(() => array.ensureMask(ctx, args)),
    })),
    failing: '09-request-lost-ensureMask',
  },
  'hammers a busy device': {
    target: broken((array) => ({
      ensureMapping: async (ctx, mask, args) => {
        for (let attempt = 1; attempt < 20; attempt++) {
          const seen = await array.ensureMapping(ctx, mask, args).catch(() => undefined);
          if (seen) return seen;
        }
        return array.ensureMapping(ctx, mask, args);
      },
    })),
    failing: '10-busy-ensureMapping',
  },
  'throws what is not a DriverError': {
    target: broken((array) => ({
      deleteVolume: (ctx, expected) =>
        array.deleteVolume(ctx, expected).catch((error: DriverError) => {
          throw new Error(error.message);
        }),
    })),
    failing: '06-delete-mapped',
  },
  'cuts names off': {
    target: broken((array) => ({
      ensureVolume: (ctx, args) => array.ensureVolume(ctx, { ...args, name: args.name.slice(0, 32) }),
    })),
    failing: '13-volume-names',
  },
  'reports the size that was asked for': {
    target: broken((array) => ({
      ensureVolume: async (ctx, args) => ({
        ...(await array.ensureVolume(ctx, args)),
        sizeBytes: args.sizeBytes,
      }),
    })),
    failing: '14-sizes',
  },
  'starts although the deadline is over': {
    target: broken((array, device) => ({
      deleteVolume: (ctx, expected) =>
        array.deleteVolume({ ...ctx, deadlineMs: device.clock.nowMs() + 1_000 }, expected),
    })),
    failing: '18-no-time-deleteVolume',
  },
  'has a capability that it does not declare as missing': {
    target: {
      ...memoryTarget,
      manifest: { ...memoryTarget.manifest, capabilities: ['expand'] },
    },
    failing: '19-declared',
  },
  'identifies a new volume as the old one': {
    target: broken((array) => ({
      ensureVolume: async (ctx, args) => ({ ...(await array.ensureVolume(ctx, args)), nativeId: args.name }),
    })),
    failing: '21-identity',
  },
  shrinks: {
    target: broken((array, device) => ({
      expand: {
        expandVolume: async (ctx, expected, { sizeBytes }) => {
          await device.hand!.growVolume!(expected.nativeId, sizeBytes);
          return (await array.readVolume(ctx, expected.nativeId))!;
        },
      },
    })),
    failing: '30-never-shrinks',
  },
  'counts backwards': {
    target: broken((array) => ({
      metrics: {
        sampleMetrics: async (ctx) => {
          const { ports, ...sample } = await array.metrics!.sampleMetrics(ctx);
          return {
            ...sample,
            ports: ports.map((port) => ({ ...port, kilobytesTransferred: 9e12 - sample.sampledAtMs })),
          };
        },
      },
    })),
    failing: '32-metrics-grow',
  },
  'counts ports that it does not list': {
    target: broken((array) => ({
      metrics: {
        sampleMetrics: async (ctx) => {
          const { ports, ...sample } = await array.metrics!.sampleMetrics(ctx);
          return { ...sample, ports: ports.map((port) => ({ ...port, nativeId: `${port.nativeId}x` })) };
        },
      },
    })),
    failing: '32-metrics',
  },
  'writes when it samples': {
    target: broken((array, device) => ({
      metrics: {
        sampleMetrics: async (ctx) => {
          await device.hand!.login!('iqn.2026-01.io.test:probe');
          return array.metrics!.sampleMetrics(ctx);
        },
      },
    })),
    failing: '32-metrics-read-only',
  },
  'tells nothing of what a person renamed': {
    target: tells((answer) => ({
      ...answer,
      volumes: { ...answer.volumes, changed: answer.volumes.changed.filter(({ name }) => name !== 'by-hand') },
    })),
    failing: '33-changes-hand',
  },
  'tells nothing of what was removed': {
    target: tells((answer) => ({ ...answer, volumes: { ...answer.volumes, removed: [] } })),
    failing: '33-changes-driver',
  },
  'tells changes since any token': {
    target: broken((array) => ({
      changes: {
        ...array.changes!,
        changesSince: async (ctx, token) => {
          const answer = await array.changes!.changesSince(ctx, token);
          if (token === undefined || answer.kind === 'changes') return answer;
          const volumes = { changed: [], removed: [] };
          return { kind: 'changes', sections: { volumes }, token: answer.token!, more: false };
        },
      },
    })),
    failing: '33-changes-refused',
  },
  'stops after the first answer': {
    target: broken((array) => ({
      changes: {
        ...array.changes!,
        changesSince: async (ctx, token) => {
          const answer = await array.changes!.changesSince(ctx, token);
          return answer.kind === 'changes' ? { ...answer, more: false } : answer;
        },
      },
    })),
    failing: '33-changes-many',
  },
  'gives a token of the time after the answer': {
    target: broken((array) => ({
      changes: {
        ...array.changes!,
        changesSince: async (ctx, token) => {
          const answer = await array.changes!.changesSince(ctx, token);
          if (answer.kind === 'whole' || answer.more) return answer;
          await array.ensureVolume(ctx, late(answer.token));
          const now = await array.changes!.changesSince(ctx);
          return { ...answer, token: now.token! };
        },
      },
    })),
    failing: '33-changes-none',
  },
};

test.each(Object.entries(DEFECTS))('a driver that %s is caught', async (_defect, { target, failing }) => {
  const found = driverConformance(target).find(({ id }) => id === failing);
  expect(found, failing).toBeDefined();
  await expect(found!.run()).rejects.toMatchObject({ name: expect.stringMatching(/^(AssertionError|DriverError)$/) });
});

test('cases of a capability that is not declared are left out', () => {
  const cases = driverConformance({ ...memoryTarget, manifest: { ...memoryTarget.manifest, capabilities: [] } });
  expect(cases.length).toBeGreaterThan(50);
  expect(cases.every(({ needs }) => needs === undefined)).toBe(true);
});

test('ids are unique', () => {
  const ids = driverConformance(memoryTarget).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
