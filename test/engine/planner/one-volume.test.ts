/** A plan of one volume touches as many records in a large installation as in a small one: counted, whatever else is there. */
import { expect, it } from 'vitest';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { makeUrn } from '../../../src/engine/model/urn.ts';
import { EVERYTHING } from '../../long-only.ts';
import { countedPlan } from './counted.ts';
import { createEstate, type Estate, GIB, lines, TIB } from './estate.ts';
import { infrastructure, stack } from './texts.ts';

const INFRASTRUCTURE = infrastructure({
  arrays: ['array-1', 'array-2'],
  subscription: '1000%',
  more: 'tenants:\n  t: { use: { virtualArrays: [dc1], virtualPools: [gold] }, quota: { capacity: 900TiB } }',
})
  .replace('  p: {}', '  p: { tenant: t, quota: 900TiB }')
  .replace('storageSystems: [array-1, array-2]', 'storageSystems: [array-1]');

/** Volumes of another stack of the same project, on the storage system that the plan has no business with. */
async function fill(estate: Estate, count: number): Promise<void> {
  const { record: system } = await estate.record('storageSystem', 'array-2');
  const { record: model } = await estate.record('volume', 'model');
  const pools = await estate.records('pool');
  const pool = pools.find(({ record }) => record.spec.system === system.urn)!.record.urn;
  for (let index = 0; index < count; index++) {
    const hex = index.toString(16).padStart(12, '0');
    const device = { system: system.urn, pool, nativeId: `v-${index}`, label: `v-${index}`, provisionedBytes: GIB };
    const record: ResourceRecord<'volume'> = {
      ...model,
      urn: makeUrn('volume', `11111111-1111-4111-8111-${hex}`),
      name: `old-${index}`,
      owner: { type: 'stack', tenant: model.scope.tenant!, name: 'old' },
      status: { phase: 'ready', sinceMs: 0, device: { ...device, origin: 'created' } },
    };
    await estate.put(record);
  }
}

/** Records that the planner asks for; judging what a look at a device says is not its part (observe/trust.ts). */
async function touched(count: number): Promise<number> {
  const estate = await createEstate({ poolBytes: 1000 * TIB });
  await estate.applied([INFRASTRUCTURE, stack({ stack: 'm', volumes: { model: 'size: 1GiB' } })]);
  await fill(estate, count);
  const { plan, reads } = await countedPlan(estate, stack({ stack: 'n', volumes: { fresh: null } }));
  expect(lines(plan)).toEqual(['create n/volume.fresh']);
  return reads;
}

it('touches as many records beside 2,000 volumes as beside 20', async () => {
  expect(await touched(2_000)).toBe(await touched(20));
}, 60_000);

it.runIf(EVERYTHING)(
  'touches as many records beside 100,000 volumes as beside 1,000',
  async () => {
    const [few, many] = [await touched(1_000), await touched(100_000)];
    console.log(`a plan of one volume reads ${few} records beside 1,000 volumes, ${many} beside 100,000`);
    expect(many).toBe(few);
  },
  600_000,
);
