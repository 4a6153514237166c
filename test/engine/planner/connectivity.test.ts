/** Virtual arrays that name no storage systems have those with a port in their networks. */
import { describe, expect, it } from 'vitest';
import { createEstate, lines } from './estate.ts';
import { infrastructure, stack } from './texts.ts';

const ARRAYS = ['array-1', 'array-2'];
/** sim-1 and sim-2 have ports in 10.0.1.0/24 and 10.0.2.0/24; sim-2's are 10.0.x.20 and 10.0.x.21. */
const estateText = (subnet: string, more = '') =>
  infrastructure({ arrays: ARRAYS, more })
    .replace('storageSystems: [array-1, array-2]', 'storageSystems: []')
    .replace('10.0.0.0/16', subnet);
const volumes = stack({ volumes: { a: null, b: null, c: null, d: null }, exports: { e: 'host: h1, volumes: [a]' } });

describe('a virtual array without named storage systems', () => {
  it('has those with a port in its networks, of the same plan or recorded', async () => {
    const estate = await createEstate();
    await estate.applied([estateText('10.0.0.0/16'), volumes]);
    expect(lines(await estate.planned(volumes))).toEqual([]);
    const { pools } = await estate.run('pool.list', {});
    expect(
      new Set(pools.filter(({ virtualArrays }) => virtualArrays.includes('dc1')).map(({ system }) => system)),
    ).toEqual(new Set(ARRAYS));
    await estate.applied(stack({ stack: 't', volumes: { z: null } }));
  });

  it('has none that are elsewhere', async () => {
    const estate = await createEstate();
    await estate.applied(estateText('10.0.1.20/31'));
    await estate.applied(stack({ volumes: { a: null, b: null } }));
    const { record: system } = await estate.record('storageSystem', 'array-2');
    for (const { record } of await estate.records('volume')) expect(record.status.device?.system).toBe(system.urn);
    const away = await estate.plan(
      estateText('192.168.0.0/24').concat('---\n', stack({ stack: 't', volumes: { y: null } })),
    );
    expect(away.diagnostics.map(({ code }) => code)).toContain('COPRHD-PLACE-001');
  });

  it('that is declared over what is recorded has its systems looked at in the same plan', async () => {
    const estate = await createEstate();
    await estate.applied(infrastructure({ arrays: ARRAYS }));
    const second =
      'kind: infrastructure\nstack: more\nvirtualArrays:\n  dc2: { networks: [san] }\nvirtualPools:\n  silver: { type: block, protocols: [iscsi], virtualArrays: [dc2] }\n';
    await estate.applied([second, stack({ stack: 't', volumes: { y: 'virtualPool: silver, virtualArray: dc2' } })]);
  });
});
