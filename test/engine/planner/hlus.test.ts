import { describe, expect, it } from 'vitest';
import { codes, createEstate, DAY_MS, type Estate, lines } from './estate.ts';
import { maps } from './exports-support.ts';
import { infrastructure, stack } from './texts.ts';

const INFRASTRUCTURE = infrastructure();
const VOLUMES = { a: null, b: null, c: null };
const texts = (exports: Record<string, string>, volumes: Record<string, string | null> = VOLUMES) => [
  INFRASTRUCTURE,
  stack({ volumes, exports }),
];
const noChanges = async (estate: Estate, plan: readonly string[]) =>
  expect(lines(await estate.planned(plan))).toEqual([]);

describe('host LUN numbers', () => {
  it('may be pinned, and others keep out of their way whatever the order', async () => {
    const estate = await createEstate();
    await estate.applied(
      texts({ e: 'host: h1, volumes: [a, { volume: b, hlu: 1 }]', f: 'host: h1, volumes: [{ volume: c, hlu: 2 }]' }),
    );
    expect(await maps(estate)).toEqual(['h1 a@3', 'h1 b@1', 'h1 c@2']);
    await noChanges(
      estate,
      texts({ e: 'host: h1, volumes: [a, { volume: b, hlu: 1 }]', f: 'host: h1, volumes: [{ volume: c, hlu: 2 }]' }),
    );
  });

  it('that are pinned twice, taken, or outside what the device has are refused', async () => {
    const estate = await createEstate();
    const twice = { e: 'host: h1, volumes: [{ volume: a, hlu: 5 }]', f: 'host: h1, volumes: [{ volume: b, hlu: 5 }]' };
    expect(codes(await estate.plan(texts(twice)))).toEqual(['COPRHD-PATH-003']);
    expect(codes(await estate.plan(texts({ e: 'host: h1, volumes: [{ volume: a, hlu: 5000 }]' })))).toEqual([
      'COPRHD-PATH-003',
    ]);
    await estate.applied(texts({ e: 'host: h1, volumes: [a]' }));
    expect(codes(await estate.plan(texts({ e: 'host: h1, volumes: [a, { volume: b, hlu: 1 }]' })))).toEqual([
      'COPRHD-PATH-003',
    ]);
    expect(codes(await estate.plan(texts({ e: 'host: h1, volumes: [{ volume: a, hlu: 2 }]' })))).toEqual([
      'COPRHD-PLAN-009',
    ]);
  });

  it('are the same on all hosts of a cluster: one that has another volume there is told what to take from it first', async () => {
    const estate = await createEstate();
    const exports = { e: 'cluster: c1, volumes: [a]', f: 'host: h2, volumes: [b]' };
    const alone = INFRASTRUCTURE.replace(/c1: \{ hosts: \[.*?\] \}/, 'c1: { hosts: [h1] }');
    const text = stack({ volumes: VOLUMES, exports });
    await estate.applied([alone, text]);
    const { diagnostics } = await estate.plan([INFRASTRUCTURE, text]);
    expect(diagnostics).toMatchObject([
      { code: 'COPRHD-PATH-003', summary: expect.stringContaining('HLU 1 is taken') },
    ]);
    expect(diagnostics[0]?.fix).toMatch(
      /^other hosts have it at HLU 1, .*: first apply without what has 1 on this host$/,
    );
  });

  it('are no higher than hosts of a type find them', async () => {
    const estate = await createEstate();
    const windows = INFRASTRUCTURE.replace('h1: { type: linux', 'h1: { type: windows');
    const pinned = (hlu: number, host = 'h1') => [
      windows,
      stack({ volumes: VOLUMES, exports: { e: `host: ${host}, volumes: [{ volume: a, hlu: ${hlu} }]` } }),
    ];
    const refused = await estate.plan(pinned(255));
    expect(codes(refused)).toEqual(['COPRHD-PATH-003']);
    expect(refused.diagnostics[0]?.summary).toContain('outside 0 to 254, as host h1 is of type windows');
    expect(lines(await estate.planned(pinned(255, 'h2')))).toContain('create s/export.e');
    expect(lines(await estate.planned(pinned(254)))).toContain('create s/export.e');
  });

  it('begin at 1: 0 is kept for boot', async () => {
    const estate = await createEstate();
    expect(codes(await estate.plan(texts({ e: 'host: h1, volumes: [{ volume: a, hlu: 0 }]' })))).toEqual([
      'COPRHD-CONFIG-004',
    ]);
    await estate.applied(texts({ e: 'host: h1, volumes: [a]' }));
    expect(await maps(estate)).toEqual(['h1 a@1']);
  });

  it('that were freed stay taken for seven days, for all but the same volume', async () => {
    const estate = await createEstate();
    const only = (volumes: string) => texts({ e: `host: h1, volumes: [${volumes}]` });
    await estate.applied(only('a, b'));
    await estate.applied(only('b'));
    const freed = (await estate.records('lunMap')).find(({ record }) => record.status.phase === 'deleted')!;
    expect(codes(await estate.plan(only('b, { volume: c, hlu: 1 }')))).toEqual(['COPRHD-PATH-003']);
    await estate.applied(only('b, c'));
    expect(await maps(estate)).toEqual(['h1 b@2', 'h1 c@3']);
    // Its own again, in the same record.
    await estate.applied(only('b, c, a'));
    expect(await maps(estate)).toEqual(['h1 a@1', 'h1 b@2', 'h1 c@3']);
    expect((await estate.record('lunMap', 'a@h1')).record.urn).toBe(freed.record.urn);
    expect((await estate.record('lunMap', 'a@h1')).record.status).toEqual({
      phase: 'ready',
      sinceMs: expect.any(Number),
    });
    await estate.applied(only('b, c'));
    estate.clock.advance(7 * DAY_MS);
    const plan = [
      INFRASTRUCTURE,
      stack({ volumes: { ...VOLUMES, d: null }, exports: { e: 'host: h1, volumes: [b, c, d]' } }),
    ];
    await estate.applied(plan);
    expect(await maps(estate)).toEqual(['h1 b@2', 'h1 c@3', 'h1 d@1']);
    await noChanges(estate, plan);
  });

  it('that were freed are free at once when somebody attests that the host let go, and the plan says so', async () => {
    const estate = await createEstate();
    const only = (volumes: string) => texts({ e: `host: h1, volumes: [${volumes}]` });
    await estate.applied(only('a, b'));
    await estate.applied(only('b'));
    estate.clock.advance(2 * DAY_MS);
    const refused = await estate.plan(only('b, { volume: c, hlu: 1 }'));
    expect(refused.diagnostics[0]).toMatchObject({
      code: 'COPRHD-PATH-003',
      fix: expect.stringContaining('--attest-offline'),
    });
    const attested = { attestOffline: 'anna' };
    const plan = await estate.planned(only('b, c'), attested);
    expect(plan.diagnostics).toMatchObject([
      {
        code: 'COPRHD-PATH-004',
        severity: 'warning',
        address: 's/export.e',
        summary: 's/export.e gives c LUN 1 of host h1 on array-1, freed 2 d ago by a',
        detail: expect.stringContaining('anna attests'),
      },
    ]);
    await estate.applied(only('b, c'), attested);
    expect(await maps(estate)).toEqual(['h1 b@2', 'h1 c@1']);
    await noChanges(estate, only('b, c'));
  });

  it('that were freed go back to their own volume without a word', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ e: 'host: h1, volumes: [a, b]' }));
    await estate.applied(texts({ e: 'host: h1, volumes: [b]' }));
    const plan = await estate.planned(texts({ e: 'host: h1, volumes: [a, b]' }), { attestOffline: 'anna' });
    expect(plan.diagnostics).toEqual([]);
  });

  it('that were freed stay taken although the mask went meanwhile and was made again', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ e: 'host: h1, volumes: [a, b]' }));
    await estate.applied(texts({}));
    await estate.applied(texts({ f: 'host: h1, volumes: [c]' }));
    expect(await maps(estate)).toEqual(['h1 c@3']);
    await estate.applied(texts({ f: 'host: h1, volumes: [c, b]' }));
    expect(await maps(estate)).toEqual(['h1 b@2', 'h1 c@3']);
    estate.clock.advance(8 * DAY_MS);
    await estate.applied(texts({ f: 'host: h1, volumes: [c, b, a]' }));
    expect(await maps(estate)).toEqual(['h1 a@1', 'h1 b@2', 'h1 c@3']);
    await noChanges(estate, texts({ f: 'host: h1, volumes: [c, b, a]' }));
  });

  it('are unique on a host however many exports it has', async () => {
    const estate = await createEstate();
    const volumes = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`v${i}`, null]));
    const exports = Object.fromEntries(
      Array.from({ length: 6 }, (_, i) => [
        `e${i}`,
        `${i % 2 ? 'cluster: c1' : 'host: h1'}, volumes: [v${2 * i}, v${2 * i + 1}]`,
      ]),
    );
    await estate.applied(texts(exports, volumes));
    const all = await maps(estate);
    for (const host of ['h1', 'h2']) {
      const numbers = all.filter((line) => line.startsWith(host)).map((line) => line.split('@')[1]);
      expect(new Set(numbers).size).toBe(numbers.length);
    }
    await noChanges(estate, texts(exports, volumes));
  });
});
