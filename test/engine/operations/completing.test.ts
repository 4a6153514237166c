import { expect, it } from 'vitest';
import { createEstate } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';
import { suspended } from './suspended.ts';

const NAMES = Array.from({ length: 30 }, (_, index) => `data-${String(index + 1).padStart(2, '0')}`);

it('addresses that begin as typed are found by ranges of keys, at most as many as asked', async () => {
  const estate = await createEstate();
  const volumes = Object.fromEntries(NAMES.map((name) => [name, 'size: 1GiB']));
  await estate.applied([infrastructure(), stack({ volumes, exports: { e: 'host: h1, volumes: [data-01]' } })]);
  const read: number[] = [];
  const { range } = estate.engine.store;
  estate.engine.store.range = async (request) => {
    const result = await range.call(estate.engine.store, request);
    read.push(result.items.length);
    return result;
  };
  const complete = async (prefix: string, limit = 5, what: 'address' | 'storageSystem' | 'secret' = 'address') =>
    (await estate.run('complete', { what, prefix, limit })).values;
  expect(await complete('s/volume.data-2')).toEqual([0, 1, 2, 3, 4].map((digit) => `s/volume.data-2${digit}`));
  expect(await complete('S/VOLUME.Data-30')).toEqual(['s/volume.data-30']);
  expect(await complete('s/virt')).toEqual([]);
  expect(await complete('infrastructure/virt')).toEqual([
    'infrastructure/virtualArray.dc1',
    'infrastructure/virtualPool.gold',
    'infrastructure/virtualPool.thick',
  ]);
  expect(await complete('s/ex')).toEqual(['s/export.e']);
  expect(await complete('')).toHaveLength(5);
  expect(await complete('zzz')).toEqual([]);
  expect(Math.max(...read)).toBeLessThanOrEqual(5);
  expect(await complete('a', 5, 'storageSystem')).toEqual(['array-1']);
  expect(await complete('', 5, 'secret')).toEqual([]);
});

it('open tasks are completed by their addresses and workflows, and nothing that has ended', async () => {
  const { estate, workflow } = await suspended();
  const complete = async (what: 'task' | 'workflow', prefix: string) =>
    (await estate.run('complete', { what, prefix, limit: 5 })).values;
  expect(await complete('task', 's/')).toEqual(['s/export.e', 's/volume.b']);
  expect(await complete('task', workflow.slice(0, 4))).toEqual([workflow]);
  expect(await complete('workflow', '')).toEqual([workflow]);
  expect(await complete('task', 's/volume.a')).toEqual([]);
});
