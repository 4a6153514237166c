import { expect, it } from 'vitest';
import { createEstate, GIB } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const POOL = 1024 * GIB;

it('pool list has what discovery knows, what was promised, and which virtual pools may use it', async () => {
  const estate = await createEstate({ poolBytes: POOL });
  await estate.applied([infrastructure(), stack({ volumes: { a: null, b: null } })]);
  estate.edit({ edit: 'add-volume', name: 'theirs', pool: 'fast', sizeBytes: 5 * GIB, provisioning: 'thick' });
  await estate.run('discover', {});
  const { outcome, pools } = await estate.run('pool.list', {});
  expect(outcome).toBe('ok');
  expect(pools.map(({ name }) => name)).toEqual(['array-1/fast', 'array-1/slow']);
  expect(pools[0]).toMatchObject({
    usable: true,
    virtualArrays: ['dc1'],
    virtualPools: ['gold', 'thick'],
    capacity: {
      totalBytes: POOL,
      usedBytes: 5 * GIB,
      subscribedBytes: 25 * GIB,
      foreignSubscribedBytes: 5 * GIB,
      reservedSubscribedBytes: 0,
      volumes: 2,
      watermark: 'ok',
    },
  });
  expect((await estate.run('pool.list', { system: 'array-1' })).pools).toEqual(pools);
  await expect(estate.run('pool.list', { system: 'aray-1' })).rejects.toMatchObject({
    diagnostics: [{ fix: expect.stringContaining('array-1') }],
  });
});

it('pool fit names every fact in the way, and the room that the limits leave', async () => {
  const estate = await createEstate({ poolBytes: POOL });
  const bulk = '  bulk: { type: block, protocols: [fc], provisioning: thin, driveType: tape, virtualArrays: [dc1] }';
  await estate.applied([
    infrastructure({ subscription: '150%', pools: ['fast', 'slow'] }).replace(
      'virtualPools:',
      `virtualPools:\n${bulk}`,
    ),
    stack({ volumes: { a: null } }),
  ]);
  await estate.run('discover', {});
  const gold = await estate.run('pool.fit', { virtualPool: 'gold' });
  expect(gold.pools.map(({ fits, roomBytes }) => [fits, roomBytes])).toEqual([
    [true, 1.5 * POOL],
    [true, 1.5 * POOL - 10 * GIB],
  ]);
  const tape = await estate.run('pool.fit', { virtualPool: 'virtualPool.bulk' });
  expect(tape.virtualPool).toBe('bulk');
  for (const { fits, misses } of tape.pools) {
    expect(fits).toBe(false);
    expect(misses.map(({ fact }) => fact)).toEqual(['protocols', 'drive type', 'usable fc ports']);
  }
  await expect(estate.run('pool.fit', { virtualPool: 'golt' })).rejects.toMatchObject({
    diagnostics: [{ fix: expect.stringContaining('gold') }],
  });
});

it('pool fit says of a virtual pool that is not there what it would use, and makes none', async () => {
  const estate = await createEstate({ poolBytes: POOL });
  await estate.applied([infrastructure({ subscription: '150%', pools: ['fast', 'slow'] })]);
  await estate.run('discover', {});
  const fit = (fields: object) => estate.run('pool.fit', { virtualPool: 'new', fields: { ...fields } });
  const said = { type: 'block', protocols: ['iscsi'], virtualArrays: ['dc1'] };
  const { virtualPool, pools } = await fit(said);
  expect([virtualPool, pools.map(({ fits, virtualPool: of }) => [fits, of])]).toEqual([
    'new',
    [
      [true, 'new'],
      [true, 'new'],
    ],
  ]);
  const none = await fit({ ...said, driveType: 'tape', continuousCopies: { max: 1, virtualPool: 'gold' } });
  expect(none.pools.flatMap(({ misses }) => misses.map(({ fact }) => fact))).toEqual(['drive type', 'drive type']);
  await expect(fit({ ...said, virtualArrays: ['dc9'] })).rejects.toMatchObject({
    diagnostics: [{ code: 'COPRHD-STATE-005' }],
  });
  await expect(fit({ ...said, protocols: [] })).rejects.toMatchObject({ diagnostics: [{ severity: 'error' }] });
  expect((await estate.run('pool.list', {})).pools[0]!.virtualPools).toEqual(['gold', 'thick']);
});

it('limits of the pool itself are told beside those of the virtual pool: the tighter one holds', async () => {
  const estate = await createEstate({ poolBytes: POOL });
  const text = infrastructure({ subscription: '200%', pools: ['fast', 'slow'] })
    .replace('array-1: {', 'array-1: { limits: { pools: { fast: { subscription: 120%, utilisation: 50% } } },')
    .replace('provisioning: thin,', 'provisioning: thin, thinPreAllocation: 50%,');
  await estate.applied([text, stack({ volumes: { a: 'size: 100GiB, placement: { require: ["*/fast"] }' } })]);
  await estate.run('discover', {});
  const roomOf = async (virtualPool: string) =>
    Object.fromEntries(
      (await estate.run('pool.fit', { virtualPool })).pools.map(({ pool, roomBytes }) => [pool, roomBytes]),
    );
  // Thin with half of it set aside at once: twice what is left physically, or what is left logically.
  expect(await roomOf('gold')).toEqual({
    'array-1/fast': 2 * (0.5 * POOL - 50 * GIB),
    'array-1/slow': 2 * Math.floor(0.8 * POOL),
  });
  expect(await roomOf('thick')).toEqual({
    'array-1/fast': 0.5 * POOL - 50 * GIB,
    'array-1/slow': Math.floor(0.8 * POOL),
  });
  const { virtualPools } = await estate.run('capacity', {});
  expect(virtualPools[0]?.limits).toEqual({
    allocatedBytesMax: 0.5 * POOL + Math.floor(0.8 * POOL),
    subscribedBytesMax: Math.floor(1.2 * POOL) + 2 * POOL,
  });
});

it('a pool that its device reports no longer fits nothing, and stays listed', async () => {
  const estate = await createEstate();
  await estate.applied([infrastructure({ pools: ['fast', 'slow'] })]);
  estate.edit({ edit: 'pool', pool: 'fast', offlineWhy: 'two drives failed' });
  await estate.run('discover', {});
  const { pools } = await estate.run('pool.list', {});
  expect(pools[0]).toMatchObject({ name: 'array-1/fast', usable: false, virtualPools: [] });
  expect(pools[1]).toMatchObject({ name: 'array-1/slow', usable: true, virtualPools: ['gold', 'thick'] });
});

it('a pool that the scope leaves out is for no virtual pool; without a scope all may be', async () => {
  const estate = await createEstate({ poolBytes: POOL });
  await estate.applied([infrastructure({ pools: ['fast'] })]);
  await estate.run('discover', {});
  const virtualPoolsOf = async () => (await estate.run('pool.list', {})).pools.map(({ virtualPools }) => virtualPools);
  expect(await virtualPoolsOf()).toEqual([['gold', 'thick'], []]);
  expect((await estate.run('pool.fit', { virtualPool: 'gold' })).pools.at(-1)).toMatchObject({
    pool: 'array-1/slow',
    fits: false,
    misses: [{ fact: 'scope', needed: 'a pool in the scope of array-1', had: 'slow, which is not' }],
  });
  expect((await estate.run('capacity', {})).virtualPools[0]).toMatchObject({ pools: 1, totalBytes: POOL });
  await estate.applied([infrastructure({ pools: [], mode: 'observe' })]);
  expect(await virtualPoolsOf()).toEqual([
    ['gold', 'thick'],
    ['gold', 'thick'],
  ]);
});

it('capacity adds up by pool, virtual pool, project and tenant', async () => {
  const estate = await createEstate({ poolBytes: POOL });
  await estate.applied([
    infrastructure({ more: '  q: {}', pools: ['fast', 'slow'] }),
    stack({ volumes: { a: 'size: 10GiB', b: 'size: 20GiB' } }),
    stack({ stack: 'other', volumes: { c: 'size: 30GiB, virtualPool: thick' } }).replace('project: p', 'project: q'),
  ]);
  await estate.run('discover', {});
  const { pools, virtualPools, projects, tenants } = await estate.run('capacity', {});
  const sizes = (rows: typeof pools) =>
    rows.map(({ name, volumes, provisionedBytes }) => [name, volumes, provisionedBytes / GIB]);
  expect(sizes(virtualPools)).toEqual([
    ['gold', 2, 30],
    ['thick', 1, 30],
  ]);
  expect(sizes(projects)).toEqual([
    ['p', 2, 30],
    ['q', 1, 30],
  ]);
  expect(sizes(tenants)).toEqual([['root', 3, 60]]);
  expect(pools.reduce((sum, { provisionedBytes }) => sum + provisionedBytes, 0)).toBe(60 * GIB);
  expect(virtualPools[0]).toMatchObject({
    pools: 2,
    totalBytes: 2 * POOL,
    subscribedBytes: 60 * GIB,
    limits: { allocatedBytesMax: 2 * Math.floor(POOL * 0.8), subscribedBytesMax: 4 * POOL },
    watermark: 'ok',
  });
});

it('nothing is known where nothing was declared', async () => {
  const estate = await createEstate();
  expect((await estate.run('pool.list', {})).pools).toEqual([]);
  expect(await estate.run('capacity', {})).toMatchObject({ pools: [], virtualPools: [], projects: [] });
});
