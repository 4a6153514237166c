/** What a plan does to a fabric as a whole, export by export: the room of its database, and its last zone. */
import { describe, expect, it } from 'vitest';
import { changeOf, lines } from './estate.ts';
import { createAnchoredEstate, createFabricEstate, fabricText } from './fabric-estate.ts';
import { stack } from './texts.ts';

const volumes = { d1: null, d2: null, d3: null };
const exportsTo = (...hosts: readonly number[]) =>
  stack({
    volumes,
    exports: Object.fromEntries(hosts.map((host) => [`e${host}`, `host: h${host}, volumes: [d${host}]`])),
  });

describe('the zone database of a fabric', () => {
  it('that has room for the zones of each export and not of all holds those that come too late, with the bytes', async () => {
    const roomy = await createAnchoredEstate();
    const [whole] = (await roomy.planned([fabricText(), exportsTo(1, 2, 3)])).fabrics!;
    const databaseBytesMax = Math.ceil((whole!.databaseBytes * 5) / 6);
    const estate = await createAnchoredEstate({ databaseBytesMax });
    const plan = await estate.planned([fabricText(), exportsTo(1, 2, 3)]);
    const held = plan.changes.filter(({ action }) => action === 'held');
    expect(held.map(({ address, held: why }) => [address, why?.diagnostic.code])).toEqual([
      ['s/export.e3', 'COPRHD-ZONE-006'],
    ]);
    expect(held[0]?.held?.diagnostic.detail).toContain(`of ${databaseBytesMax} bytes`);
    // Alone it fits.
    expect(lines(await estate.planned([fabricText(), exportsTo(3)]))).toContain('create s/export.e3');
    for (const { databaseBytes } of plan.fabrics!) expect(databaseBytes).toBeLessThanOrEqual(databaseBytesMax);
  });
});

describe('the last zone of a configuration', () => {
  it('stays, also where several exports would each leave the zones of another', async () => {
    const estate = await createFabricEstate({ foreignZones: 0 });
    await estate.applied([fabricText(), exportsTo(1, 2)]);
    expect(lines(await estate.planned([fabricText(), exportsTo(1)]))).toEqual(['delete s/export.e2']);
    const plan = await estate.planned([fabricText(), stack({ volumes })]);
    const held = plan.changes.filter(({ action }) => action === 'held');
    expect(held.map(({ held: why }) => why?.diagnostic.code)).toEqual(['COPRHD-ZONE-004']);
    expect(changeOf(plan, held[0]!.address).held?.diagnostic.fix).toContain('put another zone');
  });
});
