/** Exports over fabrics that others work on too: their edits, their sessions, and what goes wrong in between. */
import { describe, expect, it } from 'vitest';
import { checkIntegrity } from '../../../src/engine/state/integrity.ts';
import { changeOf, describeDiagnostics, type Estate, lines } from './estate.ts';
import {
  createAnchoredEstate,
  editFabric,
  fabricText,
  foreignZones,
  hba,
  ownZonesOn,
  paths,
  portOf,
  refuseSecondFabric,
  showFabric,
  zoneNames,
} from './fabric-estate.ts';
import { sourceOf, stack } from './texts.ts';

const volumes = { d1: null, d2: null };
const exported = (host = 'h1') => stack({ volumes, exports: { e: `host: ${host}, volumes: [d1, d2]` } });
const HERS = ['bb:00:00:00:00:00:00:01', 'bb:00:00:00:00:00:00:02'];
const saveHers = (estate: Estate, enable = false) =>
  editFabric(estate, 'fb', { edit: 'create-zone', zone: 'hers', members: HERS, enable });
const shownZone = (estate: Estate, name: string) =>
  showFabric(estate, 'fb').zones.items.find((zone) => zone.name === name);

describe("a colleague's edit that is saved and not enabled", () => {
  it('holds what would enable it, names it, and is not enabled afterwards either', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), stack({ volumes })]);
    saveHers(estate);
    const before = JSON.stringify(shownZone(estate, 'hers'));
    const { held } = changeOf(await estate.planned([fabricText(), exported()]), 's/export.e');
    expect(held?.diagnostic).toMatchObject({ code: 'COPRHD-ZONE-002', detail: 'hers (added)' });
    const result = await estate.apply([fabricText(), exported()]);
    expect(result.outcome).toBe('held');
    expect(JSON.stringify(shownZone(estate, 'hers'))).toBe(before);
    expect([await zoneNames(estate), estate.changes.filter((change) => /Zone/.test(change))]).toEqual([[], []]);
  });

  it('goes into effect with ours once it was reviewed', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), stack({ volumes })]);
    saveHers(estate);
    const plan = await estate.planned([fabricText(), exported()], { activatePending: true });
    expect(lines(plan)).toEqual(['create s/export.e']);
    expect(plan.diagnostics).toMatchObject([{ code: 'COPRHD-ZONE-002', severity: 'warning', detail: 'hers (added)' }]);
    const result = await estate.run('apply', {
      source: { ...sourceOf([fabricText(), exported()]), activatePending: true },
      skipHeld: false,
      claimWaitMs: 0,
    });
    expect(result.outcome).toBe('ok');
    expect(shownZone(estate, 'hers')).toMatchObject({ effective: HERS });
    expect((await zoneNames(estate)).length).toBe(4);
  });

  it('of a zone of ours does not go into effect, whatever was reviewed', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), stack({ volumes })]);
    await estate.applied([fabricText(), exported()]);
    const [ours] = (await ownZonesOn(estate, 'fb')) as [string];
    const before = shownZone(estate, ours);
    expect(before).toMatchObject({ configurations: ['legacy'] });
    editFabric(estate, 'fb', { edit: 'delete-zone', zone: ours, enable: false });
    const other = stack({ stack: 'other', volumes: { d3: null }, exports: { f: 'host: h3, volumes: [d3]' } });
    const plan = await estate.planned([fabricText(), other], { activatePending: true });
    expect(changeOf(plan, 'other/export.f').held?.diagnostic).toMatchObject({ code: 'COPRHD-ZONE-003' });
    expect(changeOf(plan, 'other/export.f').held?.diagnostic.summary).toContain(`zone ${ours} of ours on fabric fb`);
    // The plan of what it is for makes it again, and then nothing is in the way.
    const result = await estate.run('apply', {
      source: { ...sourceOf([fabricText(), exported()]), activatePending: true },
      skipHeld: false,
      claimWaitMs: 0,
    });
    expect(result.outcome).toBe('ok');
    expect(shownZone(estate, ours)).toEqual(before);
    await estate.applied([fabricText(), other]);
  });

  it('that is saved between the plan and its apply stays as it is: the export ends in an error that names it', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), stack({ volumes })]);
    let saved = false;
    estate.onEvent = ({ type }) => {
      if (type !== 'unit.started' || saved) return;
      saved = true;
      saveHers(estate);
    };
    const result = await estate.apply([fabricText(), exported()]);
    expect(saved).toBe(true);
    expect(result.outcome).not.toBe('ok');
    expect(result.units[0]?.error).toContain('hers');
    expect(shownZone(estate, 'hers')).not.toHaveProperty('effective');
    expect([await paths(estate), await ownZonesOn(estate, 'fa'), await ownZonesOn(estate, 'fb')]).toEqual([[], [], []]);
  });
});

describe("somebody's open session", () => {
  it('is waited for within bounds at apply, then named; nothing is left', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), stack({ volumes })]);
    let opened = false;
    estate.onEvent = ({ type }) => {
      if (type !== 'unit.started' || opened) return;
      opened = true;
      editFabric(estate, 'fb', { edit: 'open-transaction', owner: 'mallory' });
    };
    const since = estate.clock.nowMs();
    const result = await estate.apply([fabricText(), exported()]);
    expect(result.outcome).not.toBe('ok');
    expect(result.units[0]?.error).toContain('mallory');
    expect(estate.clock.nowMs() - since).toBeLessThan(15 * 60_000);
    expect(showFabric(estate, 'fb').transaction).toEqual({ owner: 'mallory' });
    expect([await paths(estate), await ownZonesOn(estate, 'fa')]).toEqual([[], []]);
  });

  it('holds the plan, by name', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), stack({ volumes })]);
    editFabric(estate, 'fb', { edit: 'open-transaction', owner: 'mallory' });
    const { held } = changeOf(await estate.planned([fabricText(), exported()]), 's/export.e');
    expect(held?.diagnostic).toMatchObject({ code: 'COPRHD-ZONE-007', summary: expect.stringContaining('mallory') });
  });
});

it('an open default zone is refused: zones would add nothing there', async () => {
  const estate = await createAnchoredEstate();
  await estate.applied([fabricText(), stack({ volumes })]);
  editFabric(estate, 'fa', { edit: 'default-zone', access: 'permit' });
  const { held } = changeOf(await estate.planned([fabricText(), exported()]), 's/export.e');
  expect(held?.diagnostic.code).toBe('COPRHD-ZONE-001');
});

describe('an activation that fails on the second fabric', () => {
  it('is compensated by the inverse of our edit; what a colleague added meanwhile survives', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), stack({ volumes })]);
    let first: 'fa' | 'fb' | undefined;
    refuseSecondFabric(estate, (fabric) => {
      first = fabric;
      editFabric(estate, fabric, { edit: 'create-zone', zone: 'hers', members: HERS, enable: true });
    });
    const result = await estate.apply([fabricText(), exported()]);
    expect(result.outcome).not.toBe('ok');
    const left = showFabric(estate, first!).zones.items;
    expect(left.map(({ name }) => name).sort()).toEqual(['anchor', 'hers']);
    expect(left.find(({ name }) => name === 'hers')).toMatchObject({ effective: HERS });
    expect([await paths(estate), await zoneNames(estate)]).toEqual([[], []]);
    expect([await ownZonesOn(estate, 'fa'), await ownZonesOn(estate, 'fb')]).toEqual([[], []]);
    estate.wrapNetwork = undefined;
    await estate.applied([fabricText(), exported()]);
    expect((await zoneNames(estate)).length).toBe(4);
    expect((await checkIntegrity(estate.engine.store)).problems).toEqual([]);
  });

  it('is suspended where that was asked, and resumed when the fabric takes it', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), stack({ volumes })]);
    refuseSecondFabric(estate);
    const result = await estate.apply([fabricText(), exported()], { onError: 'suspend' });
    expect(result.outcome).toBe('partial');
    expect([...(await ownZonesOn(estate, 'fa')), ...(await ownZonesOn(estate, 'fb'))].length).toBe(2);
    estate.wrapNetwork = undefined;
    const resumed = await estate.run('task.resume', { task: result.workflow! });
    expect(resumed.outcome).toBe('ok');
    expect(lines(await estate.planned([fabricText(), exported()]))).toEqual([]);
  });
});

describe('zones of ours that somebody touched', () => {
  it('are made again when they are gone', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), exported()]);
    const [zone] = await ownZonesOn(estate, 'fa');
    editFabric(estate, 'fa', { edit: 'delete-zone', zone: zone!, enable: true });
    const plan = await estate.planned([fabricText(), exported()]);
    expect(lines(plan)).toEqual(['update s/export.e']);
    await estate.applied([fabricText(), exported()]);
    expect(await ownZonesOn(estate, 'fa')).toContain(zone);
    expect(lines(await estate.planned([fabricText(), exported()]))).toEqual([]);
  });

  it('are held when they were changed, and stay as they were made', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), exported()]);
    const [zone] = await ownZonesOn(estate, 'fa');
    editFabric(estate, 'fa', { edit: 'change-zone', zone: zone!, members: HERS, enable: true });
    const before = await foreignZones(estate, 'fa');
    const { held } = changeOf(await estate.planned([fabricText(), exported()]), 's/export.e');
    expect(held?.diagnostic).toMatchObject({ summary: expect.stringContaining(zone!) });
    expect(await foreignZones(estate, 'fa')).toBe(before);
  });
});

describe('an HBA of a host', () => {
  it('can not have the name of a port of a storage system', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), stack({ volumes })]);
    const { plan, diagnostics } = await estate.plan([fabricText().replace(hba(1, 0), portOf(1, 1, 1)), exported()]);
    expect(plan).toBeUndefined();
    const summary = expect.stringContaining('it is port array-1/FA-1-1');
    expect(diagnostics).toContainEqual(expect.objectContaining({ code: 'COPRHD-STATE-006', summary }));
  });

  const text = (initiators: string) =>
    fabricText().replace(
      /h1: \{ type: linux, initiators: \[.*?\] \}/,
      `h1: { type: linux, initiators: [${initiators}] }`,
    );
  const own = (index: number) => `{ wwpn: "${hba(1, index)}", network: net-${'ab'[index]} }`;

  it('that comes is given paths and zones; one that goes takes its own along', async () => {
    const estate = await createAnchoredEstate();
    const one = text(own(0));
    await estate.applied([one, exported()]);
    const before = [await paths(estate), await zoneNames(estate)];
    expect(before[0]!.length).toBe(2);
    await estate.applied([text(`${own(0)}, ${own(1)}`), exported()]);
    expect([(await paths(estate)).length, (await zoneNames(estate)).length]).toEqual([4, 4]);
    expect(await paths(estate)).toEqual(expect.arrayContaining(before[0]!));
    await estate.applied([one, exported()]);
    expect([await paths(estate), await zoneNames(estate)]).toEqual(before);
    expect(await ownZonesOn(estate, 'fb')).toEqual([]);
    expect(lines(await estate.planned([one, exported()]))).toEqual([]);
  });
});

it('what is said of a plan on fabrics that were not read is in words', async () => {
  const estate = await createAnchoredEstate();
  await estate.applied([fabricText(), stack({ volumes })]);
  estate.takeDown('fb');
  const { plan, diagnostics } = await estate.plan([fabricText(), exported()]);
  const held = plan?.changes.find(({ address }) => address === 's/export.e')?.held?.diagnostic;
  expect(held?.fix).toMatch(/coprhd discover sw-fb/);
  expect(`${held?.summary} ${describeDiagnostics(diagnostics)}`).toMatch(/sw-fb|net-b/);
});
