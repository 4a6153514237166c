/**
 * A read of changes gives what a whole read gives: on the simulated array, after any history; and on devices that answer
 * wrongly, where it must end in a whole read.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSimulatedArray } from '../../../drivers/simulator/client.ts';
import type { HandEdit } from '../../../drivers/simulator/hand.ts';
import { createMemoryArray } from '../../../drivers/simulator/memory.ts';
import { generateTopology } from '../../../drivers/simulator/topology.ts';
import type { ChangesAnswer } from '../../../src/engine/driver/changes-contract.ts';
import type { BlockArray } from '../../../src/engine/driver/contract.ts';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import type { ReadBase } from '../../../src/engine/observe/merge-changes.ts';
import type { SystemObservation } from '../../../src/engine/observe/observation.ts';
import { observeSystem } from '../../../src/engine/observe/read-system.ts';
import { type KnownObjects, NOTHING_KNOWN } from '../../../src/engine/observe/trust.ts';
import { createVirtualClock } from '../../../src/lib/clock.ts';

const MIB = 1024 ** 2;
const MARK = { installation: 'i', urn: 'urn:storageos:Volume:1:vdc1', epoch: 1 };

function createWorld({ changeLogEntries = 20, volumes = 3, pageItems = 4 } = {}) {
  const clock = createVirtualClock(1_000_000);
  const [usual] = generateTopology({ arrays: 1 });
  const topology = {
    ...usual!,
    foreignVolumes: volumes,
    pageItems,
    changeLogEntries,
    zeroingBytesPerSecond: 100 * MIB,
  };
  const memory = createMemoryArray({ topology, sleep: clock.sleep });
  const array = createSimulatedArray(memory.transport);
  const calls = { changed: 0, listed: 0, all: 0 };
  const counting: BlockArray = new Proxy(array, {
    get: (target, key: keyof BlockArray) => {
      if (key === 'changes') {
        return {
          ...target.changes,
          changesSince: async (...args: Parameters<NonNullable<BlockArray['changes']>['changesSince']>) => {
            calls.all++;
            const answer = await target.changes!.changesSince(...args);
            if (answer.kind === 'changes') calls.changed += answer.sections.volumes!.changed.length;
            return answer;
          },
        };
      }
      const call = target[key] as (...args: unknown[]) => Promise<{ items?: unknown[] }>;
      return async (...args: unknown[]) => {
        calls.all++;
        const value = await call(...args);
        calls.listed += value.items?.length ?? 0;
        return value;
      };
    },
  });
  const ctx = () => ({
    nowMs: clock.nowMs,
    deadlineMs: clock.nowMs() + 60_000,
    signal: new AbortController().signal,
    log: { debug: () => {} },
  });
  return {
    clock,
    array,
    ctx,
    calls,
    memory,
    edit: (args: HandEdit) => memory.handle({ operation: 'hand', args, nowMs: clock.nowMs() }),
    look: (base?: ReadBase, known: KnownObjects = NOTHING_KNOWN, from: BlockArray = counting) =>
      observeSystem({ array: from, ctx: ctx(), known, base }),
  };
}
type World = ReturnType<typeof createWorld>;

/** As it is kept: through JSON. */
function baseOf({ current, identity, volumes, masks }: SystemObservation): ReadBase {
  return JSON.parse(JSON.stringify({ ...current, identity, sections: { volumes, masks } })) as ReadBase;
}

const sections = ({ identity, pools, ports, volumes, masks, trust }: SystemObservation) =>
  JSON.parse(JSON.stringify({ identity, pools, ports, volumes, masks, trust }));

const number = fc.nat({ max: 7 });
const ACTION = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('add' as const), n: number, thick: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('delete', 'resize', 'rename', 'write', 'tag', 'expand'), n: number }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('zero', 'wait'), n: number }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('mask', 'unmask', 'map', 'unmap', 'initiator', 'login'), n: number }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('restart', 'reset', 'hide', 'show', 'show', 'port', 'pool'),
      n: number,
    }),
  },
);
type Action = typeof ACTION extends fc.Arbitrary<infer T> ? T : never;

/** What can't be done (nothing there, a name taken) isn't. */
async function act({ memory, array, clock, ctx, edit }: World, action: Action): Promise<void> {
  const { n } = action;
  const names = [`legacy-00000${n}`, `v${n}`];
  const iqn = `iqn.2026-01.io.test:h${n}`;
  const nowMs = clock.nowMs();
  const all = memory.handle({ operation: 'show', args: {}, nowMs });
  if (!all.ok) throw new Error('no snapshot');
  const volume = all.value.volumes[n % Math.max(1, all.value.volumes.length)];
  switch (action.do) {
    case 'add': {
      const provisioning = 'thick' in action && action.thick ? ('thick' as const) : ('thin' as const);
      const args = { name: names[1]!, pool: 'fast', sizeBytes: 512 * MIB, provisioning, mark: MARK };
      const wwn = `6${String(all.value.volumes.length).padStart(3, '0')}${String(nowMs).padStart(28, '0')}`;
      return void (await array.ensureVolume(ctx(), { ...args, wwn, serial: names[1]! }).catch(() => {}));
    }
    case 'zero':
      if (volume) {
        await array.zeroing!.startZeroing(ctx(), { nativeId: volume.id, mark: MARK }).catch(() => {});
      }
      return;
    case 'expand':
      if (volume) {
        const expect = { nativeId: volume.id, mark: MARK };
        await array.expand!.expandVolume(ctx(), expect, { sizeBytes: volume.sizeBytes + MIB }).catch(() => {});
      }
      return;
    case 'delete':
      return void edit({ edit: 'delete-volume', volume: volume?.id ?? names[0]! });
    case 'resize':
      return void edit({ edit: 'resize-volume', volume: volume?.id ?? names[0]!, sizeBytes: (n + 1) * 64 * MIB });
    case 'rename':
      return void edit({ edit: 'rename-volume', volume: volume?.id ?? names[0]!, name: `r${n}` });
    case 'write':
      return void edit({ edit: 'write-volume', volume: volume?.id ?? names[0]!, allocatedBytes: n * 1024 });
    case 'tag':
      return void edit({ edit: 'tag-volume', volume: volume?.id ?? names[0]!, tag: n % 2 ? null : 'theirs' });
    case 'mask':
      return void edit({ edit: 'add-mask', name: `m${n}`, initiators: [iqn], mappings: [] });
    case 'unmask':
      return void edit({ edit: 'delete-mask', mask: `m${n}` });
    case 'map':
      return void edit({ edit: 'add-mapping', mask: `m${n}`, volume: volume?.id ?? names[0]!, hlu: n });
    case 'unmap':
      return void edit({ edit: 'delete-mapping', mask: `m${n}`, hlu: n });
    case 'initiator':
      return void edit({ edit: 'add-initiator', mask: `m${n}`, initiator: `${iqn}x` });
    case 'login':
      return void edit({ edit: 'login', initiator: iqn });
    case 'port':
      return void edit({ edit: 'port', port: 'SP-A1', status: n % 2 ? 'up' : 'down' });
    case 'pool':
      return void edit({ edit: 'pool', pool: 'bulk', offlineWhy: n % 2 ? null : 'by hand' });
    case 'restart':
      return void edit({ edit: 'restart' });
    case 'reset':
      return void memory.handle({ operation: 'reset', args: {}, nowMs });
    case 'hide': {
      const args = { operation: 'listVolumes' as const, vanish: true as const, match: `00${n}` };
      return void memory.handle({ operation: 'addFault', args, nowMs });
    }
    case 'show':
      return void memory.handle({ operation: 'clearFaults', args: {}, nowMs });
    case 'wait':
      return clock.advance((n + 1) * 1_000);
  }
}

describe('a read of changes', () => {
  it('equals a whole read, after any history of changes', async () => {
    let byChanges = 0;
    const histories = fc.array(fc.array(ACTION, { maxLength: 9 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(histories, fc.constantFrom(2, 4, 6, 100), async (batches, changeLogEntries) => {
        const world = createWorld({ changeLogEntries, volumes: 5 });
        let last = await world.look();
        for (const batch of batches) {
          for (const action of batch) await act(world, action);
          const incremental = await world.look(last.current ? baseOf(last) : undefined);
          expect(sections(incremental)).toEqual(sections(await world.look()));
          if (incremental.read?.how === 'changes') byChanges++;
          last = incremental;
        }
      }),
      { numRuns: 300, seed: 26 },
    );
    expect(byChanges).toBeGreaterThan(100);
  }, 120_000);

  it('asks for no more where nothing changed, and says so', async () => {
    const world = createWorld();
    const whole = await world.look();
    expect(whole.read).toEqual({ how: 'whole' });
    const again = await world.look(baseOf(whole));
    expect(again.read).toEqual({ how: 'changes', changed: 0, removed: 0, wholeAtMs: 1_000_000 });
    expect(again.current).toEqual(whole.current);
    expect(world.calls.changed).toBe(0);
  });

  it('costs on an array of 10,000 volumes with 3 changes what it costs on one of 100', async () => {
    const costOf = async (volumes: number) => {
      const world = createWorld({ volumes, pageItems: 500 });
      const whole = await world.look();
      world.edit({ edit: 'resize-volume', volume: 'legacy-000007', sizeBytes: 640 * MIB });
      world.edit({ edit: 'delete-volume', volume: 'legacy-000008' });
      world.edit({ edit: 'add-volume', name: 'new', pool: 'fast', sizeBytes: MIB, provisioning: 'thin' });
      Object.assign(world.calls, { changed: 0, listed: 0, all: 0 });
      const seen = await world.look(baseOf(whole));
      expect([seen.read, seen.volumes.length]).toMatchObject([{ how: 'changes', changed: 2, removed: 1 }, volumes]);
      return { ...world.calls };
    };
    const many = await costOf(10_000);
    expect(many).toEqual(await costOf(100));
    expect(many).toMatchObject({ all: 5, changed: 2 });
  });

  it('tells what happened while all was read the next time', async () => {
    const world = createWorld({ volumes: 9 });
    let pages = 0;
    const meanwhile: BlockArray = {
      ...world.array,
      listVolumes: async (ctx, page) => {
        const shown = await world.array.listVolumes(ctx, page);
        if (pages++ === 0) {
          world.edit({ edit: 'rename-volume', volume: shown.items[0]!.nativeId, name: 'other' });
          world.edit({ edit: 'delete-volume', volume: shown.items[1]!.nativeId });
        }
        return shown;
      },
    };
    const torn = await world.look(undefined, NOTHING_KNOWN, meanwhile);
    const next = await world.look(baseOf(torn));
    expect(next.read).toMatchObject({ how: 'changes', changed: 1, removed: 1 });
    expect(sections(next)).toEqual(sections(await world.look()));
  });
});

describe('all is read instead', () => {
  const wrong = (world: World, answer: (real: ChangesAnswer) => unknown): BlockArray => ({
    ...world.array,
    changes: {
      ...world.array.changes!,
      changesSince: async (ctx, token) =>
        answer(await world.array.changes!.changesSince(ctx, token)) as Promise<ChangesAnswer>,
    },
  });
  const lied = (real: ChangesAnswer, volumes: { changed?: object[]; removed?: string[] }): unknown =>
    real.kind === 'whole' ? real : { ...real, sections: { volumes: { changed: [], removed: [], ...volumes } } };
  const volume = (more: object) => ({
    ...{ nativeId: 'vol-x', name: 'x', pool: 'fast', sizeBytes: MIB, allocatedBytes: 0, provisioning: 'thin' },
    ...{ zeroed: true, quarantined: false, mappedBy: [] },
    ...more,
  });

  const CASES: Record<string, { answer: (real: ChangesAnswer) => unknown; why: string }> = {
    'where the answer is not one': { answer: () => ({ kind: 'changes' }), why: 'can not be understood' },
    'where sections are missing': {
      answer: (real) => (real.kind === 'whole' ? real : { ...real, sections: {} }),
      why: 'can not be understood',
    },
    'where an object is told as changed and removed': {
      answer: (real) => lied(real, { changed: [volume({})], removed: ['vol-x'] }),
      why: 'can not be understood: an object is in it twice',
    },
    'where it never ends': {
      answer: (real) => (real.kind === 'whole' ? real : { ...real, more: true }),
      why: 'does not end',
    },
    'where a volume is in a pool that is not there': {
      answer: (real) => lied(real, { changed: [volume({ pool: 'nowhere' })] }),
      why: 'volume vol-x is in a pool that is not there',
    },
    'where a volume is said to be mapped and no mask maps it': {
      answer: (real) => lied(real, { changed: [volume({ mappedBy: ['mask-1'] })] }),
      why: 'volume vol-x and the masks do not agree',
    },
    'where a volume that is recorded would be missing': {
      answer: (real) => lied(real, { removed: ['vol-000001'] }),
      why: 'volume vol-000001 is recorded and would be missing',
    },
    'where the call fails': {
      answer: (real) => {
        if (real.kind === 'whole') return real;
        throw new DriverError({ class: 'transient', message: 'connection reset' });
      },
      why: 'changes not read: connection reset',
    },
  };
  it.each(Object.entries(CASES))('%s', async (_title, { answer, why }) => {
    const world = createWorld();
    const whole = await world.look();
    const known = { volumes: ['vol-000001'], masks: [] };
    const seen = await world.look(baseOf(whole), known, wrong(world, answer));
    expect(seen.read).toEqual({ how: 'whole', why: expect.stringContaining(why) });
    expect(sections(seen)).toEqual(sections(whole));
  });

  it('where a mask maps a volume that the changes left out', async () => {
    const world = createWorld();
    const whole = await world.look();
    world.edit({ edit: 'add-volume', name: 'new', pool: 'fast', sizeBytes: MIB, provisioning: 'thin' });
    world.edit({ edit: 'add-mask', name: 'm', initiators: [], mappings: [{ volume: 'new', hlu: 1 }] });
    const forgetful = wrong(world, (real) => lied(real, {}));
    const seen = await world.look(baseOf(whole), NOTHING_KNOWN, forgetful);
    expect(seen.read).toMatchObject({ how: 'whole', why: 'volume vol-000004 is mapped and not there' });
    expect(seen.volumes).toHaveLength(4);
  });

  it('of another device, model, firmware, or by a driver that shows objects otherwise', async () => {
    const world = createWorld();
    const base = baseOf(await world.look());
    const updated = { ...base, identity: { ...base.identity, firmwareVersion: '0.9' } };
    expect((await world.look(updated)).read).toMatchObject({ how: 'whole', why: expect.stringContaining('version') });
    expect((await world.look({ ...base, version: 0 })).read).toMatchObject({
      how: 'whole',
      why: 'its driver shows objects otherwise than when it was read',
    });
  });

  it('and nothing is current at what was read in part', async () => {
    const world = createWorld();
    const base = baseOf(await world.look());
    const broken: BlockArray = {
      ...world.array,
      listMasks: () => Promise.reject(new DriverError({ class: 'transient', message: 'no' })),
    };
    const seen = await world.look(base, { volumes: ['vol-gone'], masks: [] }, broken);
    expect([seen.trust.level, seen.current]).toEqual(['partial', undefined]);
    expect((await world.look(undefined, NOTHING_KNOWN, broken)).current).toBeUndefined();
  });
});
