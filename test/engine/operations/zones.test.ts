/** What can be asked about zones, on fabrics that people edit by hand. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { FabricEdit } from '../../../drivers/simulator/san/edits.ts';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { changeOf, type Estate, lines } from '../planner/estate.ts';
import { createFabricEstate, editFabric, fabricText, hba, portOf } from '../planner/fabric-estate.ts';
import { stack } from '../planner/texts.ts';

const HBA = hba(1, 0);
const PORT = portOf(1, 1, 1);
const TEXTS = [fabricText(), stack({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } })];

/** Host h1 has four paths. Zones of others are there already for two of them: `z000001` in each fabric. */
async function exported(): Promise<Estate> {
  const estate = await createFabricEstate();
  await estate.applied(TEXTS);
  return estate;
}

/** Of net-a: the zone that we made, and the other's that is used. */
async function zonesOfA(estate: Estate): Promise<{ made: Spec; used: Spec }> {
  const net = (await estate.record('network', 'net-a')).record.urn;
  const specs = (await estate.records('zone'))
    .map(({ record }) => record.spec)
    .filter(({ network }) => network === net);
  return { made: specs.find(({ existing }) => !existing)!, used: specs.find(({ existing }) => existing)! };
}
type Spec = ResourceRecord<'zone'>['spec'];

const edit = (estate: Estate, one: FabricEdit) => editFabric(estate, 'fa', one);
const sanFault = (estate: Estate, args: object) => {
  const answer = estate.san.handle({ operation: 'breakSan', args: args as never, nowMs: 0 });
  if (!answer.ok) throw new Error(answer.error.message);
};

describe('zones that are as they are recorded', () => {
  let estate: Estate;
  beforeAll(async () => {
    estate = await exported();
  });

  it('are listed with who their members are, and for which export and mask', async () => {
    const { made, used } = await zonesOfA(estate);
    const { outcome, networks, zones } = await estate.run('zone.list', { network: 'net-a' });
    expect(outcome).toBe('ok');
    expect(networks).toMatchObject([
      { network: 'net-a', networkSystem: 'sw-fa', fabric: 'fa', trust: 'whole', ours: 1, used: 1 },
    ]);
    expect(zones.map(({ zone, origin, state }) => [zone, origin, state])).toEqual([
      [made.zoneName, 'made', 'same'],
      [used.zoneName, 'existing', 'same'],
    ]);
    expect(zones[0]).toMatchObject({
      network: 'net-a',
      kind: 'standard',
      masks: ['h1@array-1'],
      exports: ['s/export.e'],
    });
    expect(zones[0]?.members).toEqual([
      { member: HBA, portName: HBA, host: 'h1', loggedIn: true },
      { member: portOf(1, 2, 1), portName: portOf(1, 2, 1), system: 'array-1', port: 'FA-2-1', loggedIn: true },
    ]);
    expect((await estate.run('zone.list', {})).zones).toHaveLength(4);
  });

  it('are shown beside what the fabric has, and so are zones of others', async () => {
    const { used } = await zonesOfA(estate);
    const both = await estate.run('zone.show', { name: used.zoneName });
    expect(both.zones.map(({ network, origin }) => [network, origin])).toEqual([
      ['net-a', 'existing'],
      ['net-b', 'existing'],
    ]);
    expect(both.zones[0]?.onFabric).toMatchObject({
      fabric: 'fa',
      configurations: ['legacy'],
      effectiveConfiguration: 'legacy',
    });
    const foreign = await estate.run('zone.show', { name: 'z000002', network: 'net-a' });
    expect(foreign.zones).toMatchObject([{ origin: 'foreign', state: 'foreign', exports: [], urns: [] }]);
    expect(foreign.zones[0]?.onFabric?.defined).toEqual(foreign.zones[0]?.members);
    const none = await estate.run('zone.show', { name: 'z00001' });
    expect(none).toMatchObject({ outcome: 'error', zones: [], diagnostics: [{ code: 'COPRHD-STATE-005' }] });
    expect(none.diagnostics[0]?.fix).toContain(used.zoneName);
  });

  it('are no drift, differ in nothing, and open all paths; nothing is written', async () => {
    const before = [await estate.revision(), estate.changes.length];
    expect(await estate.run('drift', {})).toMatchObject({ outcome: 'ok', items: [], networks: [{}, {}] });
    const { outcome, fabrics } = await estate.run('zone.diff', {});
    expect(outcome).toBe('ok');
    expect(fabrics.map(({ network, unsaved }) => [network, unsaved])).toEqual([
      ['net-a', []],
      ['net-b', []],
    ]);
    const verified = await estate.run('zone.verify', {});
    expect([verified.outcome, verified.paths.map(({ state }) => state)]).toEqual(['ok', Array(4).fill('open')]);
    expect([await estate.revision(), estate.changes.length]).toEqual(before);
  });

  it('are no resources of their own in show', async () => {
    const { resources } = await estate.run('show', {});
    expect(resources.map(({ kind }) => kind)).toContain('export');
    expect(resources.filter(({ kind }) => kind === 'zone' || kind === 'path')).toEqual([]);
  });

  it("are asked for by network or export, and what there isn't is refused", async () => {
    const ofNetwork = await estate.run('zone.verify', { target: 'net-b' });
    expect(ofNetwork.paths.map(({ network }) => network)).toEqual(['net-b', 'net-b']);
    const ofExport = await estate.run('zone.verify', { target: 's/export.e' });
    expect(ofExport.paths).toHaveLength(4);
    await expect(estate.run('zone.verify', { target: 'volume.a' })).rejects.toThrow(/volume\.a/);
    await expect(estate.run('zone.diff', { network: 'net-c' })).rejects.toThrow(/net-c/);
    const nowhere = estate.run('zone.list', { network: 'nowhere-at-all' });
    await expect(nowhere).rejects.toMatchObject({ diagnostics: [{ fix: 'coprhd network list' }] });
  });

  it('open no path whose ends are not logged in, and each end is named', async () => {
    sanFault(estate, { fault: 'host-off', host: 'h1' });
    const off = await estate.run('zone.verify', { target: 'net-a' });
    expect(off.outcome).toBe('changes');
    expect(off.paths.map(({ problems }) => problems)).toEqual(Array(2).fill(['initiator-not-logged-in']));
    expect(off.paths[0]?.why).toBe(`initiator ${HBA} is not logged in to net-a`);
    sanFault(estate, { fault: 'host-on', host: 'h1' });
    sanFault(estate, { fault: 'pull-cable', cable: 'sim-1:FA-1-1' });
    const pulled = await estate.run('zone.verify', { target: 'net-a' });
    expect(pulled.paths.map(({ port, problems }) => [port, problems])).toEqual([
      ['FA-1-1', ['port-not-logged-in']],
      ['FA-2-1', []],
    ]);
    sanFault(estate, { fault: 'plug-cable' });
  });

  it('of a fabric that does not answer nothing is concluded, and what is recorded is still listed', async () => {
    estate.takeDown('fa');
    const verified = await estate.run('zone.verify', {});
    expect(verified.outcome).toBe('error');
    expect(verified.paths.map(({ network, state }) => `${network} ${state}`)).toEqual([
      ...Array(2).fill('net-a unknown'),
      ...Array(2).fill('net-b open'),
    ]);
    expect(verified.diagnostics).toMatchObject([{ code: 'COPRHD-DEVICE-001' }]);
    expect(await estate.run('drift', {})).toMatchObject({ outcome: 'error', items: [] });
    expect(await estate.run('zone.diff', {})).toMatchObject({ outcome: 'error', fabrics: [{ network: 'net-b' }] });
    const listed = await estate.run('zone.list', { network: 'net-a', refresh: 'full' });
    expect([listed.outcome, listed.zones.map(({ state }) => state)]).toEqual(['ok', ['unknown', 'unknown']]);
    estate.bringUp('fa');
  });
});

it('a zone of ours that somebody deleted is drift of its export, closes its path, and is made again by the next apply', async () => {
  const estate = await exported();
  const { made } = await zonesOfA(estate);
  edit(estate, { edit: 'delete-zone', zone: made.zoneName, enable: true });
  const drift = await estate.run('drift', {});
  expect(drift).toMatchObject({
    outcome: 'changes',
    items: [{ class: 'missing', address: 's/export.e', system: 'sw-fa' }],
  });
  expect(drift.items[0]?.summary).toMatch(/is not there any more: the next apply of the export makes it again$/);
  const verified = await estate.run('zone.verify', { target: 'net-a' });
  expect(verified.outcome).toBe('changes');
  expect(verified.paths.filter(({ state }) => state === 'closed')).toMatchObject([
    { host: 'h1', initiator: HBA, problems: ['not-zoned'], why: expect.stringContaining(made.zoneName), zones: [] },
  ]);
  const diff = await estate.run('zone.diff', { network: 'net-a' });
  expect(diff.outcome).toBe('changes');
  expect(diff.fabrics[0]?.zones).toMatchObject([
    { zone: made.zoneName, state: 'missing', exports: ['s/export.e'] },
    { state: 'same' },
  ]);

  const plan = await estate.planned(TEXTS);
  expect(changeOf(plan, 's/export.e').children).toMatchObject([
    { kind: 'zone', summary: expect.stringMatching(/made again$/) },
  ]);
  await estate.applied(TEXTS);
  expect(await estate.run('drift', {})).toMatchObject({ outcome: 'ok', items: [] });
  expect((await estate.run('zone.verify', {})).outcome).toBe('ok');
});

it('a zone of ours that somebody changed is drift, and the plan is held as drift says', async () => {
  const estate = await exported();
  const { made } = await zonesOfA(estate);
  const own = made.members.map(({ portName }) => portName);
  edit(estate, { edit: 'change-zone', zone: made.zoneName, members: [...own, hba(3, 0)], enable: true });
  const { items } = await estate.run('drift', {});
  expect(items).toMatchObject([{ class: 'managed', address: 's/export.e', recorded: { members: own } }]);
  expect(items[0]?.summary).toContain('plans of the export are held');
  expect(items[0]?.observed).toMatchObject({ inEffect: expect.arrayContaining([hba(3, 0)]) });
  expect(lines(await estate.planned(TEXTS))).toEqual(['held s/export.e COPRHD-ZONE-003']);
  const { fabrics } = await estate.run('zone.diff', { network: 'net-a' });
  expect(fabrics[0]?.zones[0]).toMatchObject({ zone: made.zoneName, state: 'changed', origin: 'made' });
  // The path itself is as open as before.
  expect((await estate.run('zone.verify', {})).outcome).toBe('ok');
});

it("another's zone that paths use and that went is drift, and the next apply zones them anew", async () => {
  const estate = await exported();
  const { used } = await zonesOfA(estate);
  edit(estate, { edit: 'delete-zone', zone: used.zoneName, enable: true });
  const { items } = await estate.run('drift', {});
  expect(items).toMatchObject([{ class: 'missing', address: 's/export.e' }]);
  expect(items[0]?.summary).toContain('not ours but used by paths');
  await estate.applied(TEXTS);
  expect(await estate.run('drift', {})).toMatchObject({ outcome: 'ok', items: [] });
  const { zones } = await estate.run('zone.list', { network: 'net-a', refresh: 'full' });
  expect(zones.map(({ origin }) => origin)).toEqual(['made', 'made']);
});

it('zone diff tells what others saved and did not enable, who holds the zoning open, and what joins the same ports', async () => {
  const estate = await exported();
  const { made } = await zonesOfA(estate);
  edit(estate, { edit: 'create-zone', zone: 'theirs', members: [HBA, PORT], enable: true });
  edit(estate, { edit: 'create-zone', zone: 'draft', members: [hba(3, 0), PORT], enable: false });
  edit(estate, { edit: 'open-transaction', owner: 'bob' });
  const { outcome, fabrics } = await estate.run('zone.diff', { network: 'net-a' });
  expect(outcome).toBe('changes');
  expect(fabrics).toMatchObject([
    { transactionOwner: 'bob', unsavedCount: 1, unsaved: [{ name: 'draft', change: 'add', whose: 'others' }] },
  ]);
  const foreign = fabrics[0]!.zones.filter(({ state }) => state === 'foreign');
  expect(foreign).toMatchObject([{ zone: 'theirs', joins: [`${HBA} - ${PORT}`], exports: ['s/export.e'] }]);
  // Deleted from what is saved: in effect until somebody activates.
  edit(estate, { edit: 'close-transaction' });
  edit(estate, { edit: 'delete-zone', zone: made.zoneName, enable: false });
  const [drift] = (await estate.run('drift', {})).items;
  expect(drift?.summary).toContain('in effect, and not saved any more');
  expect((await estate.run('zone.verify', {})).outcome).toBe('ok');
});
