import { describe, expect, it } from 'vitest';
import type { ForecastAmount } from '../../../src/engine/operations/forecast-types.ts';
import { createEstate, DAY_MS, type Estate, GIB } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const POOL = 1024 * GIB;

/** `days` days on which somebody makes a volume of `perDayGib` by hand, and a look at each. */
async function growing(estate: Estate, days: number, perDayGib: number): Promise<void> {
  for (let day = 0; day < days; day++) {
    if (perDayGib > 0) {
      const edit = { edit: 'add-volume', pool: 'fast', sizeBytes: perDayGib * GIB, provisioning: 'thick' } as const;
      estate.edit({ ...edit, name: `theirs-${estate.clock.nowMs()}` });
    }
    await estate.run('discover', {});
    estate.clock.advance(DAY_MS);
  }
}

async function amountOf(estate: Estate, name: string, what: ForecastAmount['what']): Promise<ForecastAmount> {
  const { rows } = await estate.run('capacity.forecast', {});
  return rows.find((row) => row.name === name)!.amounts.find((amount) => amount.what === what)!;
}

const estateOf = async (options: Parameters<typeof infrastructure>[0] = {}) => {
  const estate = await createEstate({ poolBytes: POOL });
  await estate.applied([infrastructure(options)]);
  return estate;
};

describe('capacity --forecast', () => {
  it('tells when a pool and its virtual pool are full, by what discover saw day after day', async () => {
    const estate = await estateOf({ utilisation: '50%' });
    await growing(estate, 30, 10);
    // 300 GiB are used, 10 GiB a day; the last look was a day ago.
    const lookedAtMs = estate.clock.nowMs() - DAY_MS;
    const inDays = (days: number) => Math.floor((lookedAtMs + days * DAY_MS) / DAY_MS) * DAY_MS;
    const pool = await amountOf(estate, 'array-1/fast', 'used');
    expect(pool).toMatchObject({
      bytes: 300 * GIB,
      limit: { of: 'size', bytes: POOL },
      trend: { bytesPerDay: 10 * GIB, steps: [] },
      outlook: { state: 'filling', fullAtMs: inDays(72.4), confidence: 'medium' },
    });
    expect(pool.history.samples).toBeGreaterThanOrEqual(30);
    expect(await amountOf(estate, 'gold', 'used')).toMatchObject({
      limit: { of: 'utilisation', bytes: POOL / 2 },
      outlook: { state: 'filling', fullAtMs: inDays(21.2), confidence: 'high' },
    });
    expect(await amountOf(estate, 'array-1/fast', 'subscribed')).toMatchObject({ outlook: { state: 'no-limit' } });
    expect(await amountOf(estate, 'gold', 'subscribed')).toMatchObject({
      limit: { of: 'subscription', bytes: 2 * POOL },
      trend: { bytesPerDay: 10 * GIB },
    });
    expect((await amountOf(estate, 'array-1/slow', 'used')).outlook).toEqual({ state: 'not-growing' });
  });

  it('says so where there is not enough history, and writes nothing', async () => {
    const estate = await estateOf();
    await growing(estate, 5, 10);
    const before = [await estate.revision(), estate.changes.length];
    const result = await estate.run('capacity.forecast', { withinMs: 90 * DAY_MS });
    expect(result).toMatchObject({ outcome: 'ok', rows: [], minimum: { samples: 8, days: 14 } });
    expect(result.counts.unknown).toBeGreaterThan(0);
    expect((await amountOf(estate, 'array-1/fast', 'used')).outlook).toEqual({ state: 'not-enough-history' });
    expect([await estate.revision(), estate.changes.length]).toEqual(before);
  });

  it('with a time has only what is full by then, and says that there is something', async () => {
    const estate = await estateOf({ utilisation: '50%' });
    await growing(estate, 30, 10);
    const within = async (days: number) => {
      const { outcome, rows } = await estate.run('capacity.forecast', { withinMs: days * DAY_MS });
      return [outcome, ...rows.flatMap(({ name, amounts }) => amounts.map(({ what }) => `${name} ${what}`))];
    };
    expect(await within(10)).toEqual(['ok']);
    expect(await within(30)).toEqual(['changes', 'gold used', 'thick used']);
    expect(await within(90)).toEqual(['changes', 'array-1/fast used', 'gold used', 'thick used']);
  });

  it('what is over its limit is full, whatever its history', async () => {
    const estate = await estateOf({ utilisation: '10%' });
    await growing(estate, 1, 200);
    expect((await amountOf(estate, 'gold', 'used')).outlook).toEqual({ state: 'reached' });
    expect((await estate.run('capacity.forecast', { withinMs: 1 })).outcome).toBe('changes');
  });

  it('a quota fills by what is provisioned under it', async () => {
    const estate = await createEstate({ poolBytes: POOL });
    const text = infrastructure().replace('  p: {}', '  p: { quota: 500GiB }');
    const volumes: Record<string, null> = {};
    for (let day = 0; day < 20; day++) {
      volumes[`v${day}`] = null;
      await estate.applied([text, stack({ volumes })]);
      estate.clock.advance(DAY_MS);
    }
    const { rows } = await estate.run('capacity.forecast', {});
    expect(rows.filter(({ of }) => of === 'project')).toMatchObject([
      {
        name: 'p',
        amounts: [
          {
            what: 'provisioned',
            bytes: 200 * GIB,
            limit: { of: 'quota', bytes: 500 * GIB },
            trend: { bytesPerDay: 10 * GIB },
            outlook: { state: 'filling', fullAtMs: Math.floor((estate.clock.nowMs() + 30 * DAY_MS) / DAY_MS) * DAY_MS },
          },
        ],
      },
    ]);
    // Without a quota there is nothing that could be full, and nothing is kept.
    expect(rows.filter(({ of }) => of === 'tenant')).toEqual([]);
    expect((await estate.keys('oc/')).length).toBe(3);
  });

  it('is kept by looks alone, once an hour: a plan keeps nothing', async () => {
    const estate = await estateOf();
    const histories = async () => {
      const found: number[] = [];
      for (const key of await estate.keys('oc/')) found.push((await estate.engine.store.get(key))!.modRevision);
      return found;
    };
    estate.clock.advance(DAY_MS);
    const before = await histories();
    expect(before).toHaveLength(2);
    await estate.planned([infrastructure(), stack({ volumes: { a: null } })]);
    await estate.run('drift', {});
    expect(await histories()).toEqual(before);
    await estate.run('discover', {});
    const after = await histories();
    expect(after).not.toEqual(before);
    estate.clock.advance(60_000);
    await estate.run('discover', {});
    expect(await histories()).toEqual(after);
  });

  it('goes with its pool', async () => {
    const estate = await estateOf();
    await estate.run('discover', {});
    expect(await estate.keys('oc/')).toHaveLength(2);
    await estate.applied(['kind: infrastructure\nnetworks: {}\n']);
    estate.clock.advance(8 * DAY_MS);
    await estate.applied(['kind: infrastructure\nnetworks: {}\nprojects: { q: {} }\n']);
    expect(await estate.keys('oc/')).toEqual([]);
  });
});

describe('what a plan adds to a pool', () => {
  const added = async (estate: Estate, pool: string, usedGib: number, subscribedGib: number) => {
    const [usedBytes, subscribedBytes] = [usedGib * GIB, subscribedGib * GIB];
    return estate.run('capacity.forecast', { adding: [{ pool, usedBytes, subscribedBytes }] });
  };

  it('brings nearer when that is full, and nothing is said of others', async () => {
    const estate = await estateOf();
    await growing(estate, 30, 10);
    const { urn } = (await estate.records('pool')).find(({ record }) => record.name === 'fast')!.record;
    const lookedAtMs = estate.clock.nowMs() - DAY_MS;
    const inDays = (days: number) => Math.floor((lookedAtMs + days * DAY_MS) / DAY_MS) * DAY_MS;
    const { rows, counts } = await added(estate, urn, 100, 500);
    expect(rows).toMatchObject([
      {
        name: 'array-1/fast',
        amounts: [
          { what: 'used', bytes: 400 * GIB, addedBytes: 100 * GIB, outlook: { fullAtMs: inDays(62.4) } },
          { what: 'subscribed', bytes: 800 * GIB, addedBytes: 500 * GIB, outlook: { state: 'no-limit' } },
        ],
      },
    ]);
    expect(counts).toEqual({ amounts: 2, unknown: 0 });
    expect((await added(estate, urn, 724, 0)).rows[0]!.amounts[0]!.outlook).toEqual({ state: 'reached' });
  });

  it('reads the history of that pool, and of no other', async () => {
    const estate = await estateOf();
    await growing(estate, 2, 10);
    const { urn } = (await estate.records('pool')).find(({ record }) => record.name === 'fast')!.record;
    const read: string[] = [];
    const { store } = estate.engine;
    const snapshot = store.snapshot.bind(store);
    store.snapshot = async (...given) => {
      const taken = await snapshot(...given);
      const noted = (key: string) => {
        if (key.startsWith('oc/')) read.push(key);
        return taken;
      };
      return {
        revision: taken.revision,
        get: (key) => noted(key).get(key),
        range: (request) => noted(request.prefix).range(request),
        close: () => taken.close(),
      };
    };
    const { rows } = await added(estate, urn, 1, 1);
    expect(rows[0]!.amounts[0]!.outlook).toEqual({ state: 'not-enough-history' });
    expect(read).toEqual([`oc/${urn.split(':')[3]}`]);
  });

  it('is passed over where a pool is not recorded yet', async () => {
    const estate = await estateOf();
    const unknown = 'urn:storageos:StoragePool:00000000-0000-4000-8000-000000000000:vdc1';
    expect((await added(estate, unknown, 1, 1)).rows).toEqual([]);
    expect((await added(estate, 'fast', 1, 1)).rows).toEqual([]);
  });
});
