/** Exports over two fabrics, from the text to the zones: what is planned, what is made, and what is left alone. */
import { describe, expect, it } from 'vitest';
import { checkIntegrity } from '../../../src/engine/state/integrity.ts';
import { changeOf, type Estate, lines, stepsOf } from './estate.ts';
import {
  createAnchoredEstate,
  createFabricEstate,
  fabricText,
  foreignZones,
  ownZonesOn,
  paths,
  zoneNames,
} from './fabric-estate.ts';
import { stack } from './texts.ts';

const volumes = { d1: null, d2: null };
const onCluster = stack({ volumes, exports: { e: 'cluster: c1, volumes: [d1, d2]' } });
const onHost = (host: string) => stack({ volumes, exports: { e: `host: ${host}, volumes: [d1, d2]` } });
const foreign = async (estate: Estate) => [await foreignZones(estate, 'fa'), await foreignZones(estate, 'fb')];

describe('an export to a cluster on two fabrics', () => {
  it('gets its paths and exactly the zones they need, and the plan after it is empty', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied(fabricText());
    const plan = await estate.planned([fabricText(), onCluster]);
    const { children } = changeOf(plan, 's/export.e');
    const of = (kind: string) => children.filter((child) => child.kind === kind && child.action === 'create');
    expect([of('path').length, of('zone').length, of('lunMap').length]).toEqual([8, 8, 4]);
    expect(plan.fabrics).toMatchObject([
      { network: 'net-a', add: 4 },
      { network: 'net-b', add: 4 },
    ]);
    // Both hosts in one activation a fabric.
    expect(stepsOf(plan, 's/export.e').filter((kind) => kind === 'zones.apply').length).toBe(2);
    await estate.applied([fabricText(), onCluster]);
    const planned = of('zone').map(({ summary }) => summary.split(' on ')[0]!);
    expect(await zoneNames(estate)).toEqual([...planned].sort());
    expect([...(await ownZonesOn(estate, 'fa')), ...(await ownZonesOn(estate, 'fb'))].sort()).toEqual(planned.sort());
    const second = await estate.planned([fabricText(), onCluster]);
    expect([lines(second), second.fabrics, second.diagnostics]).toEqual([[], undefined, []]);
    expect((await checkIntegrity(estate.engine.store)).problems).toEqual([]);
  });

  it('without one of its hosts loses only what was of that host, and nothing of others', async () => {
    const estate = await createFabricEstate();
    const before = await foreign(estate);
    await estate.applied([fabricText(), onCluster]);
    const [pathsBefore, zonesBefore] = [await paths(estate), await zoneNames(estate)];
    await estate.applied([fabricText({ cluster: [1] }), onCluster]);
    const gone = pathsBefore.filter((path) => !path.startsWith('10:00:00:00:00:00:02'));
    expect(await paths(estate)).toEqual(gone);
    const zonesAfter = await zoneNames(estate);
    expect(zonesAfter.length).toBeLessThan(zonesBefore.length);
    expect(zonesBefore).toEqual(expect.arrayContaining(zonesAfter));
    expect(await foreign(estate)).toEqual(before);
    expect(lines(await estate.planned([fabricText({ cluster: [1] }), onCluster]))).toEqual([]);
  });

  it('with one host more moves nobody', async () => {
    const estate = await createAnchoredEstate({ directors: 4 });
    await estate.applied([fabricText({ cluster: [1] }), onCluster]);
    const before = await paths(estate);
    const zones = await zoneNames(estate);
    const plan = await estate.planned([fabricText({ cluster: [1, 2] }), onCluster]);
    const touched = plan.changes.flatMap(({ children }) => children).filter(({ action }) => action !== 'create');
    expect(touched.filter(({ kind }) => kind === 'path' || kind === 'zone')).toEqual([]);
    await estate.applied([fabricText({ cluster: [1, 2] }), onCluster]);
    expect((await paths(estate)).length).toBe(before.length * 2);
    expect(await paths(estate)).toEqual(expect.arrayContaining(before));
    expect(await zoneNames(estate)).toEqual(expect.arrayContaining(zones));
  });

  it('ends with all that was its own, and the fabrics are as they were', async () => {
    const estate = await createFabricEstate();
    const before = await foreign(estate);
    await estate.applied([fabricText(), onCluster]);
    await estate.applied([fabricText(), stack({ volumes })]);
    expect([await paths(estate), await zoneNames(estate)]).toEqual([[], []]);
    expect(await foreign(estate)).toEqual(before);
    expect(lines(await estate.planned([fabricText(), stack({ volumes })]))).toEqual([]);
  });

  it('changes hosts: the new one is zoned, and the old one is not any more', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), onHost('h1')]);
    await estate.applied([fabricText(), onHost('h3')]);
    expect((await paths(estate)).every((path) => path.startsWith('10:00:00:00:00:00:03'))).toBe(true);
    expect(lines(await estate.planned([fabricText(), onHost('h3')]))).toEqual([]);
  });
});

describe('styles of zoning', () => {
  it.each([
    ['{ style: pair }', 4],
    ['{ style: single-initiator }', 2],
    ['{ style: pair, members: alias }', 4],
  ])('%s makes %i zones for a host with two initiators and two ports each', async (zoning, count) => {
    const estate = await createAnchoredEstate();
    const text = fabricText({ zoning });
    await estate.applied([text, onHost('h1')]);
    expect((await paths(estate)).length).toBe(4);
    expect((await zoneNames(estate)).length).toBe(count);
    expect(lines(await estate.planned([text, onHost('h1')]))).toEqual([]);
    await estate.applied([text, stack({ volumes })]);
    expect([await ownZonesOn(estate, 'fa'), await ownZonesOn(estate, 'fb')]).toEqual([[], []]);
    expect(lines(await estate.planned([text, stack({ volumes })]))).toEqual([]);
  });

  it('none, where the virtual array zones nothing by itself: paths only', async () => {
    const estate = await createAnchoredEstate();
    const text = fabricText({ autoSanZoning: false });
    await estate.applied([text, onHost('h1')]);
    expect([(await paths(estate)).length, (await zoneNames(estate)).length]).toEqual([4, 0]);
    expect(lines(await estate.planned([text, onHost('h1')]))).toEqual([]);
  });
});
