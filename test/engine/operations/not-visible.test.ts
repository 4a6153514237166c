import { describe, expect, it } from 'vitest';
import type { BlockArray } from '../../../src/engine/driver/contract.ts';
import { codes, createEstate, type Estate } from '../planner/estate.ts';
import { infrastructure, sourceOf, stack } from '../planner/texts.ts';

const POOLS = ['fast', 'slow'];
const INFRASTRUCTURE = infrastructure({ pools: POOLS, paths: '{ min: 2, max: 2 }' });
const PLAN = [INFRASTRUCTURE, stack({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } })];

/** The array goes on without telling of these pools and ports. */
const hide = (estate: Estate, ...names: string[]) => {
  estate.wrap = (array): BlockArray => ({
    ...array,
    listPools: async (ctx, page) => without(await array.listPools(ctx, page), names),
    listPorts: async (ctx, page) => without(await array.listPorts(ctx, page), names),
  });
};
const without = <T extends { readonly name: string }, P extends { readonly items: readonly T[] }>(
  page: P,
  names: readonly string[],
): P => ({ ...page, items: page.items.filter(({ name }) => !names.includes(name)) });

const partsOf = async (estate: Estate) => {
  const [device] = (await estate.run('device.list', {})).devices;
  return new Map([...device!.pools, ...device!.ports].map((part) => [part.name, part]));
};

describe('what a storage system does not report any more', () => {
  it('is not visible since then, stays recorded, and is visible again when it is reported', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    const before = (await estate.records('pool')).length + (await estate.records('port')).length;
    hide(estate, 'slow', 'SP-A1');
    await estate.run('discover', {});
    const sinceMs = estate.clock.nowMs();
    estate.clock.advance(60_000);
    await estate.run('discover', {});
    const parts = await partsOf(estate);
    for (const name of ['slow', 'SP-A1']) {
      expect(parts.get(name)).toMatchObject({ discoveryStatus: 'NOTVISIBLE' });
      expect(Math.abs(parts.get(name)!.notVisibleSinceMs! - sinceMs)).toBeLessThan(10_000);
    }
    for (const name of ['fast', 'SP-B1']) expect(parts.get(name)).toMatchObject({ discoveryStatus: 'VISIBLE' });
    const { pools } = await estate.run('pool.list', {});
    expect(pools.map(({ name, discoveryStatus, usable }) => [name, discoveryStatus, usable])).toEqual([
      ['array-1/fast', 'VISIBLE', true],
      ['array-1/slow', 'NOTVISIBLE', false],
    ]);
    expect((await estate.records('pool')).length + (await estate.records('port')).length).toBe(before);
    estate.wrap = undefined;
    await estate.run('discover', {});
    for (const part of (await partsOf(estate)).values()) {
      expect(part).toMatchObject({ discoveryStatus: 'VISIBLE' });
      expect(part).not.toHaveProperty('notVisibleSinceMs');
    }
  });

  it('changes nothing when the system was not read whole', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    hide(estate, 'slow', 'SP-A1');
    estate.fault({ operation: 'listMasks', before: 'invalid' });
    expect((await estate.run('discover', {})).systems[0]?.trust).toBe('partial');
    for (const part of (await partsOf(estate)).values()) expect(part.discoveryStatus).toBe('VISIBLE');
  });

  it('gets no new volumes, with that fact, also before anybody has discovered it', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    hide(estate, 'slow');
    const planned = await estate.plan(PLAN);
    expect(planned.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ['COPRHD-DEVICE-014', 'warning'],
    ]);
    const { whyNot } = await estate.run('why-not', {
      address: 's/volume.a',
      pool: 'array-1/slow',
      source: sourceOf(PLAN),
    });
    expect(whyNot?.verdicts.flatMap(({ filter, misses }) => misses.map(({ had }) => [filter, had]))).toContainEqual([
      'usable',
      expect.stringMatching(/^NOTVISIBLE since 20.*Z: not reported any more$/),
    ]);
  });

  it('does not let a volume in it grow', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    const home = (await estate.record('volume', 'a')).record.status.device!.pool;
    const pool = (await estate.records('pool')).find(({ record }) => record.urn === home)!.record.name;
    hide(estate, pool);
    const grown = [INFRASTRUCTURE, stack({ volumes: { a: 'size: 20GiB' }, exports: { e: 'host: h1, volumes: [a]' } })];
    expect(codes(await estate.plan(grown))).toEqual(['COPRHD-PLACE-001']);
    estate.wrap = undefined;
    await estate.applied(grown);
  });

  it('is an error only where it was never known', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    expect(codes(await estate.plan(infrastructure({ pools: [...POOLS, 'fst'] })))).toEqual(['COPRHD-DEVICE-004']);
  });

  it('is in no new mask, and named when too few ports are left', async () => {
    const estate = await createEstate();
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: null } })]);
    hide(estate, 'SP-A1', 'SP-A2', 'SP-B1');
    const planned = await estate.plan(PLAN);
    expect(codes(planned)).toEqual(['COPRHD-PATH-001']);
    expect(planned.diagnostics[0]?.summary).toMatch(/port SP-A1 is NOTVISIBLE since 20.*Z: not reported any more/);
    hide(estate, 'SP-A1');
    await estate.applied(PLAN);
  });
});
