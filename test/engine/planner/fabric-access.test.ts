/** Access over fabrics that somebody still needs stays, and what nobody needs goes, whatever else happens. */
import { describe, expect, it } from 'vitest';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import { checkIntegrity } from '../../../src/engine/state/integrity.ts';
import { type Estate, lines } from './estate.ts';
import {
  createAnchoredEstate,
  createFabricEstate,
  editFabric,
  FABRICS,
  fabricText,
  hba,
  ownZonesOn,
  paths,
  portOf,
  showFabric,
  zoneNames,
} from './fabric-estate.ts';
import { stack } from './texts.ts';

const volumes = { d1: null, d2: null };
const exported = (host = 'h1') => stack({ volumes, exports: { e: `host: ${host}, volumes: [d1, d2]` } });
const ours = async (estate: Estate) => [...(await ownZonesOn(estate, 'fa')), ...(await ownZonesOn(estate, 'fb'))];

describe('a mask that two exports share', () => {
  const three = { ...volumes, d3: null };
  const both = stack({
    volumes: three,
    exports: { e1: 'host: h1, volumes: [d1, d2]', e2: 'host: h1, volumes: [d3]' },
  });

  it('gets its paths and zones with the second, where the first is held', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), stack({ volumes: three })]);
    const { record } = await estate.record('volume', 'd2');
    estate.edit({ edit: 'delete-volume', volume: record.status.device!.nativeId });
    const plan = await estate.planned([fabricText(), both]);
    expect(lines(plan)).toEqual(expect.arrayContaining(['held s/export.e1 COPRHD-HELD-014', 'create s/export.e2']));
    await estate.apply([fabricText(), both], { skipHeld: true });
    expect([(await paths(estate)).length, (await ours(estate)).length]).toEqual([4, 4]);
  });

  it("and that can't be zoned holds both", async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), stack({ volumes: three })]);
    const members = ['bb:00:00:00:00:00:00:01', 'bb:00:00:00:00:00:00:02'];
    editFabric(estate, 'fb', { edit: 'create-zone', zone: 'hers', members, enable: false });
    expect(lines(await estate.planned([fabricText(), both]))).toEqual([
      'held s/export.e1 COPRHD-ZONE-002',
      'held s/export.e2 COPRHD-ZONE-002',
    ]);
  });
});

describe('zones of ours, where others are to zone from now on', () => {
  const others = fabricText({ autoSanZoning: false });

  it('stay as long as their paths do, and no new ones are made', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), exported()]);
    const zones = await ours(estate);
    await estate.applied([others, exported()]);
    expect([(await paths(estate)).length, await ours(estate)]).toEqual([4, zones]);
    expect(lines(await estate.planned([others, exported()]))).toEqual([]);
    const more = stack({ volumes, exports: { e: 'cluster: c1, volumes: [d1, d2]' } });
    await estate.applied([others, more]);
    expect([(await paths(estate)).length, await ours(estate)]).toEqual([8, zones]);
    await estate.applied([others, stack({ volumes })]);
    expect([await paths(estate), await ours(estate)]).toEqual([[], []]);
  });
});

describe('a storage port that is replaced', () => {
  /** Paths before, the port of the first one, and one that nobody uses. */
  async function inUse(estate: Estate) {
    const before = await paths(estate);
    const used = before[0]!.split(' -> ')[1]!;
    const free = ['FA-1-1', 'FA-2-1', 'FA-3-1', 'FA-4-1'].find((name) => before.every((path) => !path.endsWith(name)))!;
    return { before, input: { from: `array-1/${used}`, to: `array-1/${free}` } };
  }
  async function replaced(estate: Estate, input: { from: string; to: string; remove?: boolean }) {
    const { plan } = await estate.run('port.replace', input);
    return estate.run('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0 });
  }

  it('keeps its paths until hosts use the new ones, also when it was deregistered before', async () => {
    const estate = await createAnchoredEstate({ directors: 4 });
    await estate.applied([fabricText(), exported()]);
    const { before, input } = await inUse(estate);
    await estate.run('port.deregister', { name: input.from });
    expect((await replaced(estate, input)).outcome).toBe('ok');
    expect(await paths(estate)).toEqual(expect.arrayContaining(before));
  });

  it('goes out of a zone that somebody deleted meanwhile', async () => {
    const estate = await createAnchoredEstate({ directors: 4 });
    const text = fabricText({ zoning: '{ style: single-initiator }' });
    await estate.applied([text, exported()]);
    const { before, input } = await inUse(estate);
    const [zone] = await ownZonesOn(estate, 'fa');
    editFabric(estate, 'fa', { edit: 'delete-zone', zone: zone!, enable: true });
    estate.edit({ edit: 'port', port: input.from.split('/')[1]!, status: 'down' });
    expect((await replaced(estate, input)).outcome).toBe('ok');
    expect(await paths(estate)).toEqual(
      before.map((path) => path.replace(input.from.split('/')[1]!, input.to.split('/')[1]!)).sort(),
    );
    expect(lines(await estate.planned([text, exported()]))).toEqual([]);
  });

  it('serves the mask again when the removal of its paths fails on the fabric', async () => {
    const estate = await createAnchoredEstate({ directors: 4 });
    await estate.applied([fabricText(), exported()]);
    const { input } = await inUse(estate);
    expect((await replaced(estate, input)).outcome).toBe('ok');
    const served = estate.show().masks.map(({ ports }) => ports);
    estate.wrapNetwork = (network) => ({
      ...network,
      applyZoneDelta: async () => {
        throw new DriverError({ class: 'invalid', message: 'the fabric refused the configuration' });
      },
    });
    expect((await replaced(estate, { ...input, remove: true })).units.map(({ state }) => state)).toEqual(['undone']);
    expect(estate.show().masks.map(({ ports }) => ports)).toEqual(served);
  });
});

describe('an alias of ours that two masks name', () => {
  const text = fabricText({ zoning: '{ style: pair, members: alias }', paths: '{ min: 1, max: 2, perInitiator: 1 }' });
  const both = stack({ volumes, exports: { e1: 'host: h1, volumes: [d1]', e2: 'host: h3, volumes: [d2]' } });

  it('stays where one zone of it goes and another comes in the same plan', async () => {
    const estate = await createAnchoredEstate({ directors: 1 });
    await estate.applied([text, stack({ volumes, exports: { e1: 'host: h1, volumes: [d1]' } })]);
    const without = text.replace(`{ wwpn: "${hba(1, 0)}", network: net-a }, `, '');
    await estate.applied([without, both]);
    expect((await paths(estate)).length).toBe(3);
    expect(lines(await estate.planned([without, both]))).toEqual([]);
  });

  it('stays when the one that made it is undone', async () => {
    const estate = await createAnchoredEstate({ directors: 1 });
    await estate.applied([text, stack({ volumes })]);
    let isThere: () => void = () => {};
    const other = new Promise<void>((resolve) => {
      isThere = resolve;
    });
    estate.wrap = (array) => ({
      ...array,
      ensureMask: async (ctx, wanted) => {
        if (!wanted.name.startsWith('h1')) {
          isThere();
          return array.ensureMask(ctx, wanted);
        }
        await other;
        throw new DriverError({ class: 'invalid', message: 'the array refused it' });
      },
    });
    const { units } = await estate.apply([text, both]);
    expect(units.map(({ address, state }) => `${address} ${state}`)).toEqual([
      's/export.e1 undone',
      's/export.e2 done',
    ]);
    expect((await ours(estate)).length).toBe(2);
    estate.wrap = undefined;
    await estate.applied([text, both]);
    await estate.applied([text, stack({ volumes })]);
    expect([showFabric(estate, 'fa').aliases.items, showFabric(estate, 'fb').aliases.items]).toEqual([[], []]);
  });
});

describe('a plan is stale', () => {
  const without = stack({ volumes });
  it.each([
    ['zones a network whose configuration has changed', fabricText(), exported(), 'network.net-a has changed'],
    [
      'changes a network that was zoned since',
      fabricText({ configuration: 'other' }),
      without,
      "network.net-a can't change",
    ],
  ])('that %s', async (_what, text, more, complaint) => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), without]);
    const plan = await estate.planned([text, more]);
    const changes = text === fabricText();
    await estate.applied(changes ? [fabricText({ configuration: 'other' }), without] : [fabricText(), exported()]);
    const zones = await ours(estate);
    const { diagnostics } = await estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0 });
    expect(diagnostics[0]).toMatchObject({ code: 'COPRHD-PLAN-001', summary: expect.stringContaining(complaint) });
    expect(await ours(estate)).toEqual(zones);
  });

  it('that zones for a virtual array which is zoned by others since', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), without]);
    const plan = await estate.planned([fabricText(), exported()]);
    await estate.applied([fabricText({ autoSanZoning: false }), without]);
    const { diagnostics } = await estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0 });
    expect(diagnostics[0]).toMatchObject({
      code: 'COPRHD-PLAN-001',
      summary: expect.stringContaining('virtualArray.dc1 has changed'),
    });
    expect(await ours(estate)).toEqual([]);
  });

  it('that zones through a network system that was deregistered since', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), without]);
    const plan = await estate.planned([fabricText(), exported()]);
    await estate.run('device.deregister', { name: 'sw-fa' });
    const { diagnostics } = await estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0 });
    expect(diagnostics[0]).toMatchObject({ code: 'COPRHD-PLAN-001', summary: expect.stringContaining('sw-fa') });
    expect(await ours(estate)).toEqual([]);
  });
});

it('an initiator that is in another network now gets paths there, and loses those that it had', async () => {
  const estate = await createAnchoredEstate();
  const fresh = '10:00:00:00:00:00:99:01';
  const text = (network: string) =>
    fabricText().replace(`"${hba(1, 0)}", network: net-a`, `"${fresh}", network: ${network}`);
  await estate.applied([text('net-a'), exported()]);
  const before = await paths(estate);
  await estate.applied([text('net-b'), exported()]);
  const after = await paths(estate);
  const own = (all: readonly string[]) => all.filter((path) => path.startsWith(fresh));
  expect([own(before).length, own(after).length]).toEqual([2, 2]);
  expect(own(after).every((path) => /FA-\d-2$/.test(path))).toBe(true);
  expect(after).toEqual(expect.arrayContaining(before.filter((path) => !path.startsWith(fresh))));
  expect([(await ownZonesOn(estate, 'fa')).length, (await ownZonesOn(estate, 'fb')).length]).toEqual([0, 4]);
  expect(lines(await estate.planned([text('net-b'), exported()]))).toEqual([]);
  expect((await checkIntegrity(estate.engine.store)).problems).toEqual([]);
});

it('exports that take the last zones off a fabric together are held, but for one', async () => {
  const estate = await createFabricEstate({ foreignZones: 0 });
  for (const fabric of FABRICS) editFabric(estate, fabric, { edit: 'create-configuration', configuration: 'legacy' });
  const both = stack({ volumes, exports: { e1: 'host: h1, volumes: [d1]', e2: 'host: h3, volumes: [d2]' } });
  await estate.applied([fabricText(), both]);
  const plan = await estate.planned([fabricText(), stack({ volumes })]);
  expect(lines(plan).sort()).toEqual(['delete s/export.e1', 'held s/export.e2 COPRHD-ZONE-004']);
  const other = stack({ volumes, exports: { e1: 'host: h2, volumes: [d1]' } });
  // What another mask adds may come later than what this one takes away: it goes with the next plan.
  expect(lines(await estate.planned([fabricText(), other])).sort()).toEqual([
    'held s/export.e2 COPRHD-ZONE-004',
    'update s/export.e1',
  ]);
  const first = stack({ volumes, exports: { e1: 'host: h2, volumes: [d1]', e2: 'host: h3, volumes: [d2]' } });
  await estate.applied([fabricText(), first]);
  expect(lines(await estate.planned([fabricText(), other]))).toEqual(['delete s/export.e2']);
});

it('zones that the database of a fabric has no room for hold their export', async () => {
  const estate = await createAnchoredEstate();
  await estate.applied([fabricText(), stack({ volumes })]);
  let roomBytes = 1_000_000;
  estate.wrapNetwork = (network) => ({
    ...network,
    readZoning: async (ctx, fabric) => {
      const zoning = await network.readZoning(ctx, fabric);
      return { ...zoning, databaseBytes: 1000, databaseBytesMax: 1000 + roomBytes };
    },
  });
  expect(lines(await estate.planned([fabricText(), exported()]))).toEqual(['create s/export.e']);
  roomBytes = 300;
  expect(lines(await estate.planned([fabricText(), exported()]))).toEqual(['held s/export.e COPRHD-ZONE-006']);
});

it('a path stays with the zone of somebody else that it was found in', async () => {
  const estate = await createAnchoredEstate();
  const [one, two] = [portOf(1, 1, 1), portOf(1, 2, 1)];
  editFabric(estate, 'fa', { edit: 'create-zone', zone: 'hers_0', members: [hba(1, 0), two], enable: true });
  editFabric(estate, 'fa', { edit: 'create-zone', zone: 'hers_1', members: [hba(1, 0), one, two], enable: true });
  await estate.applied([fabricText(), exported()]);
  expect((await zoneNames(estate)).slice(-2)).toEqual(['hers_0', 'hers_1']);
  expect(lines(await estate.planned([fabricText(), exported()]))).toEqual([]);
});
