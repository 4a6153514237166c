/** Who reads only what has changed on a device, who reads all of it, and that nothing is destroyed on the strength of changes. */
import { describe, expect, it } from 'vitest';
import { keys } from '../../../src/engine/state/keys.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { createEstate, type Estate, GIB, lines } from '../planner/estate.ts';
import { infrastructure, sourceOf, stack } from '../planner/texts.ts';

const INFRASTRUCTURE = infrastructure();
const texts = (volumes: Record<string, string | null>, exports: Record<string, string> = {}) => [
  INFRASTRUCTURE,
  stack({ volumes, exports }),
];
const MAPPED = texts({ a: null, b: null }, { e: 'host: h1, volumes: [a]' });

/** Of array-1. `lists` counts lists of volumes; with `silent` its log leaves out everything. */
async function createWorld() {
  const estate = await createEstate({ arrays: [{}] });
  const device = { lists: 0, silent: false };
  estate.wrap = (array) => ({
    ...array,
    listVolumes: (...args) => {
      device.lists++;
      return array.listVolumes(...args);
    },
    changes: {
      ...array.changes!,
      changesSince: async (ctx, token) => {
        const answer = await array.changes!.changesSince(ctx, token);
        if (answer.kind === 'whole' || !device.silent) return answer;
        return { ...answer, sections: { volumes: { changed: [], removed: [] } } };
      },
    },
  });
  await estate.applied(MAPPED);
  const discover = async (input: { whole?: boolean } = {}) => {
    device.lists = 0;
    const { systems, foreign } = await estate.run('discover', input);
    return { ...systems[0]!, foreign, lists: device.lists };
  };
  return { estate, device, discover };
}

const idOf = async (estate: Estate, name: string) =>
  (await estate.record('volume', name)).record.status.device!.nativeId;

const addForeign = (estate: Estate, name: string) =>
  estate.edit({ edit: 'add-volume', name, pool: 'fast', sizeBytes: GIB, provisioning: 'thin' });

describe('discover', () => {
  it('reads what has changed since, and shows what a whole read shows', async () => {
    const { estate, discover } = await createWorld();
    expect(await discover()).toMatchObject({ read: { how: 'changes', changed: 0, removed: 0 }, lists: 0, volumes: 2 });
    addForeign(estate, 'theirs');
    addForeign(estate, 'gone-again');
    expect(await discover()).toMatchObject({
      read: { how: 'changes', changed: 2, removed: 0 },
      lists: 0,
      foreign: [{}, {}],
    });
    estate.edit({ edit: 'delete-volume', volume: 'gone-again' });
    const { read, lists, ...seen } = await discover();
    expect([read, lists]).toMatchObject([{ how: 'changes', changed: 0, removed: 1 }, 0]);
    const { read: readWhole, lists: listed, ...whole } = await discover({ whole: true });
    expect([readWhole, listed]).toEqual([{ how: 'whole' }, 1]);
    expect({ ...seen, observedAtMs: 0 }).toEqual({ ...whole, observedAtMs: 0 });
  });

  it('keeps what it merged: plans may go by it', async () => {
    const { estate, discover } = await createWorld();
    estate.edit({ edit: 'tag-volume', volume: await idOf(estate, 'b'), tag: null });
    expect((await discover()).read).toMatchObject({ how: 'changes', changed: 1 });
    const kept = await estate.planned(MAPPED, { refresh: 'none' });
    expect(lines(kept)).toEqual(lines(await estate.planned(MAPPED)));
    expect(lines(kept)).not.toEqual([]);
  });

  it('reads all where nothing is kept, and where a token is refused, and says why', async () => {
    const { estate, discover } = await createWorld();
    estate.edit({ edit: 'restart' });
    expect(await discover()).toMatchObject({
      read: { how: 'whole', why: 'the array has restarted since, or began its log of changes anew' },
      lists: 1,
    });
    expect((await discover()).read).toMatchObject({ how: 'changes' });
    const { record } = await estate.record('storageSystem', 'array-1');
    await estate.engine.store.txn({ success: [{ type: 'delete', key: keys.observed(record.urn) }] });
    expect((await discover()).read).toEqual({ how: 'whole', why: 'nothing that was seen of it is kept' });
  });

  it('reads all once in 24 hours, counted from when all was read, so that a log which is wrong misleads no longer', async () => {
    const { estate, device, discover } = await createWorld();
    await discover({ whole: true });
    device.silent = true;
    addForeign(estate, 'theirs');
    estate.clock.advance(LIMITS.wholeReadIntervalMs / 2);
    expect(await discover()).toMatchObject({ read: { how: 'changes' }, foreign: [] });
    estate.clock.advance(LIMITS.wholeReadIntervalMs / 2);
    expect(await discover()).toMatchObject({
      read: { how: 'whole', why: 'it is read whole once in 24 hours' },
      foreign: [{ class: 'foreign' }],
    });
    expect((await discover()).read).toMatchObject({ how: 'changes' });
  });

  it('reads all before it calls anything that is recorded missing', async () => {
    const { estate, discover } = await createWorld();
    const gone = await idOf(estate, 'b');
    estate.edit({ edit: 'delete-volume', volume: gone });
    for (let time = 0; time < 2; time++) {
      expect(await discover()).toMatchObject({ lists: 1, volumes: 1 });
    }
    expect((await discover()).read).toEqual({ how: 'whole', why: `volume ${gone} is recorded and would be missing` });
  });

  it('goes on from what was kept before, where a look in between was partial', async () => {
    const { estate, discover } = await createWorld();
    addForeign(estate, 'theirs');
    estate.fault({ operation: 'listMasks', before: 'invalid' });
    expect(await discover()).toMatchObject({ trust: 'partial' });
    estate.clearFaults();
    expect((await discover()).read).toMatchObject({ how: 'changes', changed: 1 });
  });

  const DOUBTS: Record<string, { current: object; why: string }> = {
    'was seen with another login, which may have shown more': {
      current: { reader: 'somebody' },
      why: 'it is reached in another way than when it was seen',
    },
    'was seen by a later clock': { current: { wholeAtMs: 9e15 }, why: 'it is read whole once in 24 hours' },
    'was kept in a shape that nobody knows': {
      current: { token: 7 },
      why: 'it did not tell where it was when it was seen',
    },
    'was shown otherwise by its driver': {
      current: { version: 0 },
      why: 'its driver shows objects otherwise than when it was read',
    },
    'was another array at that address': {
      current: { token: 'SIM000000000000//1/0' },
      why: 'the token is not of this array',
    },
  };
  it.each(Object.entries(DOUBTS))('reads all of what %s', async (_title, { current, why }) => {
    const { estate, discover } = await createWorld();
    const { record } = await estate.record('storageSystem', 'array-1');
    const key = keys.observed(record.urn);
    const index = JSON.parse((await estate.engine.store.get(key))!.value) as { current: object };
    const value = JSON.stringify({ ...index, current: { ...index.current, ...current } });
    await estate.engine.store.txn({ success: [{ type: 'put', key, value }] });
    expect(await discover()).toMatchObject({ read: { how: 'whole', why }, lists: 1 });
    expect((await discover()).read).toMatchObject({ how: 'changes' });
  });

  it('reads all through a login with the credential before, and goes on from nothing that was read so', async () => {
    const { estate, discover } = await createWorld();
    const { devices } = estate.engine;
    const { connect } = devices;
    const fellBack = { code: 'COPRHD-DEVICE-001', severity: 'warning', summary: 'the one before was used' } as const;
    devices.connect = async (spec) => ({ ...(await connect(spec)), fellBack });
    const why = 'its credential was refused, and the one before was used';
    expect((await discover()).read).toEqual({ how: 'whole', why });
    devices.connect = connect;
    expect((await discover()).read).toMatchObject({
      how: 'whole',
      why: 'it did not tell where it was when it was seen',
    });
  });

  it('goes on although workflows have changed the device since', async () => {
    const { estate, device, discover } = await createWorld();
    device.lists = 0;
    const more = texts({ a: null, b: null, c: null }, { e: 'host: h1, volumes: [a, c]' });
    const source = { ...sourceOf(more), refresh: 'auto' } as const;
    expect((await estate.run('apply', { source, skipHeld: false, claimWaitMs: 0 })).outcome).toBe('ok');
    // Neither its plan nor the look after it read everything.
    expect(device.lists).toBe(0);
    expect(await discover()).toMatchObject({ read: { how: 'changes', changed: 0, removed: 0 }, ours: 3 });
  });
});

describe('everything is read', () => {
  it('by plan and drift, and where something missing is to be replaced', async () => {
    const { estate, device } = await createWorld();
    const listsOf = async (run: () => Promise<unknown>) => {
      device.lists = 0;
      await run();
      return device.lists;
    };
    expect(await listsOf(() => estate.planned(MAPPED))).toBe(1);
    expect(await listsOf(() => estate.run('drift', {}))).toBe(1);
    const replace = { refresh: 'auto', replaceMissing: ['s/volume.b'] } as const;
    expect(await listsOf(() => estate.planned(MAPPED, replace))).toBe(1);
    estate.clock.advance(LIMITS.observationFreshMs);
    expect(await listsOf(() => estate.planned(MAPPED, { refresh: 'auto' }))).toBe(0);
  });

  it('by --refresh auto too, where a recorded volume would be missing', async () => {
    const { estate, device } = await createWorld();
    estate.clock.advance(LIMITS.observationFreshMs);
    estate.edit({ edit: 'delete-volume', volume: await idOf(estate, 'b') });
    device.lists = 0;
    expect(lines(await estate.planned(MAPPED, { refresh: 'auto' }))).toEqual(['held s/volume.b COPRHD-HELD-001']);
    expect(device.lists).toBe(1);
  });
});

describe('a log of changes that leaves something out', () => {
  const KEPT = texts({ a: null, b: 'protect: false, onRemove: delete' }, { e: 'host: h1, volumes: [a]' });
  const REMOVED = texts({ a: null }, { e: 'host: h1, volumes: [a]' });

  const cases: Record<string, (estate: Estate, b: string) => void> = {
    'whose mark was taken off by hand': (estate, b) => estate.edit({ edit: 'tag-volume', volume: b, tag: null }),
    'that somebody else has marked': (estate, b) => estate.edit({ edit: 'tag-volume', volume: b, tag: 'mine' }),
    'that was mapped by hand': (estate, b) =>
      estate.edit({ edit: 'add-mask', name: 'm', initiators: [], mappings: [{ volume: b, hlu: 1 }] }),
  };
  it.each(Object.entries(cases))('has no volume removed %s', async (_title, byHand) => {
    const { estate, device, discover } = await createWorld();
    await estate.applied(KEPT);
    const b = await idOf(estate, 'b');
    expect((await discover()).read).toMatchObject({ how: 'changes' });
    // The plan is made by what was kept, before the edit that nobody is told of.
    device.silent = true;
    byHand(estate, b);
    await discover();
    const plan = await estate.planned(REMOVED, { refresh: 'none' });
    const result = await estate.run('apply', { plan, skipHeld: true, claimWaitMs: 0, confirmDestroy: 1 });
    expect(result.units.map(({ state }) => state)).not.toContain('done');
    expect(estate.show().volumes.map(({ id }) => id)).toContain(b);
  });
});
