/** The life of network systems as devices: added, listed, discovered, reviewed, taken out of use; and who reaches whom. */
import { beforeEach, describe, expect, it } from 'vitest';
import { isLive } from '../../../src/engine/model/record.ts';
import type { InputOf } from '../../../src/engine/operations/types.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { type Diagnostic, OperationError } from '../../../src/lib/diagnostic.ts';
import type { Estate } from '../planner/estate.ts';
import {
  createFabricEstate,
  editFabric,
  fabricText,
  hba,
  paths,
  portOf,
  showFabric,
  zoneNames,
} from '../planner/fabric-estate.ts';

const STACK = (hosts: readonly string[], name = 's') => `
kind: stack
stack: ${name}
project: p
volumes:
${hosts.map((host) => `  v-${host}: { size: 1GiB, virtualPool: gold, virtualArray: dc1, protect: false, onRemove: delete }`).join('\n')}
exports:
${hosts.map((host) => `  e-${host}: { host: ${host}, volumes: [v-${host}] }`).join('\n')}
`;

const codes = ({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }) => diagnostics.map(({ code }) => code);

/** Why lines of a plan are held; what only depends on a held one is left out. */
const heldOf = ({ changes }: Plan) =>
  changes.flatMap(({ held }) => (held ? [held.diagnostic] : [])).filter(({ code }) => code !== 'COPRHD-HELD-014');

let estate: Estate;
beforeEach(async () => {
  estate = await createFabricEstate();
});

const breakSan = (fault: object) => {
  const answer = estate.san.handle({ operation: 'breakSan', args: fault as never, nowMs: 0 });
  if (!answer.ok) throw new Error(answer.error.message);
};

async function refusal(work: Promise<unknown>): Promise<OperationError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OperationError)) throw error ?? new Error('it was not refused');
  return error;
}

const SWITCH: InputOf<'device.add'> = {
  ...{ name: 'sw-x', driver: 'simulator', configuration: { directory: '/arrays', fabric: 'fa' } },
  ...{ mode: 'manage', pools: [] },
};

const discover = async (systems: readonly string[] = ['sw-fa']) => {
  const result = await estate.run('discover', { systems });
  return { ...result, fabric: result.networkSystems[0]?.fabrics[0] };
};

describe('device add', () => {
  it('registers a network system with its fabrics in scope, and lists it with what was seen of them', async () => {
    const { plan, diagnostics } = await estate.run('device.add', { ...SWITCH, allFabrics: true });
    expect(diagnostics).toEqual([]);
    // Looked at once, though the scope is what was seen.
    expect(estate.networksUsed).toEqual(['fa']);
    await estate.run('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0 });
    const { record } = await estate.record('networkSystem', 'sw-x');
    expect(record.owner).toEqual({ type: 'api', user: 'anna' });
    expect(record.spec.scope.fabrics).toContain('fa');
    const { devices } = await estate.run('device.list', {});
    expect(devices).toMatchObject([
      {
        ...{ kind: 'networkSystem', name: 'sw-x', effectiveMode: 'manage', registrationStatus: 'REGISTERED' },
        fabrics: [{ name: 'fa', endpoints: 5, zones: 2, zoning: { defaultZone: 'deny' } }],
      },
    ]);
    expect(devices[0]?.fabrics?.[0]).not.toHaveProperty('network');
  });

  it('says what a scope of the other kind means, and that its provider can not be scanned', async () => {
    const wrong = await refusal(estate.run('device.add', { ...SWITCH, kind: 'networkSystem', pools: ['fast'] }));
    expect(wrong.diagnostics[0]?.summary).toBe('sw-x is a network system: it has no pools');
    const array = { ...SWITCH, kind: 'storageSystem' as const, fabrics: ['fa'] };
    expect((await refusal(estate.run('device.add', array))).diagnostics[0]?.summary).toContain('it has no fabrics');
    const scanned = await refusal(estate.run('device.scan', { driver: 'cisco-mds', configuration: {} }));
    expect(scanned.diagnostics[0]?.summary).toContain('there is one network system');
  });
});

describe('discover', () => {
  it('records who is new in a fabric, names who is gone, and forgets nobody', async () => {
    breakSan({ fault: 'host-off', host: 'h2' });
    await estate.applied(fabricText());
    breakSan({ fault: 'host-on', host: 'h2' });
    breakSan({ fault: 'host-off', host: 'h1' });
    const first = await discover();
    expect([first.outcome, first.fabric]).toMatchObject([
      'ok',
      { network: 'net-a', endpoints: 4, newEndpoints: [hba(2, 0)], goneEndpoints: [hba(1, 0)] },
    ]);
    const recorded = (await estate.records('endpoint')).filter(({ record }) => isLive(record));
    expect(recorded.map(({ record }) => record.spec.portName)).toEqual(
      expect.arrayContaining([hba(1, 0), hba(2, 0), portOf(1, 1, 1)]),
    );
    expect((await discover()).fabric).toMatchObject({ newEndpoints: [], goneEndpoints: [hba(1, 0)] });
    // What was kept serves a plan that looks at nothing.
    estate.networksUsed.length = 0;
    await estate.planned(fabricText(), { refresh: 'none' });
    expect(estate.networksUsed).toEqual([]);
  });

  it("shows others' open and saved edits, and whose they are", async () => {
    await estate.applied(fabricText());
    editFabric(estate, 'fa', { edit: 'create-zone', zone: 'theirs', members: [hba(1, 0)], enable: false });
    editFabric(estate, 'fa', { edit: 'open-transaction', owner: 'alice' });
    expect((await discover()).fabric?.zoning).toMatchObject({
      transaction: { owner: 'alice' },
      pending: [{ name: 'theirs', change: 'add' }],
      pendingCount: 1,
    });
  });

  it('reads what is named, of both kinds, and records nothing of another device than it knows', async () => {
    await estate.applied(fabricText());
    const both = await estate.run('discover', {});
    expect([both.systems.map(({ system }) => system), both.networkSystems.map(({ system }) => system)]).toEqual([
      ['array-1'],
      ['sw-fa', 'sw-fb'],
    ]);
    const one = await discover(['array-1']);
    expect([one.systems.length, one.networkSystems]).toEqual([1, []]);
    estate.wrapNetwork = (network) => ({
      ...network,
      identify: async (ctx) => ({ ...(await network.identify(ctx)), serialNumber: 'another' }),
    });
    const before = await estate.revision();
    const other = await discover();
    expect([other.outcome, codes(other)]).toEqual(['error', ['COPRHD-DEVICE-005']]);
    expect(await estate.revision()).toBe(before);
  });

  it('says of a switch that does not answer, or is not read whole, what it lacks', async () => {
    await estate.applied(fabricText());
    estate.wrapNetwork = (network) => ({
      ...network,
      listEndpoints: async (ctx, id, page) => ({ ...(await network.listEndpoints(ctx, id, page)), complete: false }),
    });
    const partial = await discover();
    expect([codes(partial), partial.fabric?.goneEndpoints]).toEqual([['COPRHD-HELD-008'], []]);
    estate.takeDown('fa');
    expect(codes(await discover())).toEqual(['COPRHD-DEVICE-001']);
  });
});

describe('device review', () => {
  it('counts zones of ours, names what is missing or changed, and accepts the mode', async () => {
    await estate.applied([fabricText(), STACK(['h1', 'h2', 'h3'])]);
    const network = (await estate.record('network', 'net-a')).record.urn;
    const own = (await estate.records('zone'))
      .map(({ record }) => record.spec)
      .filter((spec) => spec.network === network && !spec.existing)
      .map(({ zoneName }) => zoneName);
    const [first, second] = own;
    expect((await estate.run('device.review', { name: 'sw-fa' })).missing).toEqual([]);
    editFabric(estate, 'fa', { edit: 'delete-zone', zone: first!, enable: true });
    editFabric(estate, 'fa', { edit: 'change-zone', zone: second!, members: [hba(3, 0)], enable: true });
    const seen = await estate.run('device.review', { name: 'sw-fa' });
    expect(seen).toMatchObject({
      ...{ ours: own.length - 1, foreign: 2, device: { name: 'sw-fa', kind: 'networkSystem' } },
      missing: [`zone ${first} of fabric fa`, `zone ${second} of fabric fa as it was made: somebody changed it`],
    });
    estate.setEpoch(9);
    const modes = async () => (await estate.run('device.list', {})).devices.map((each) => each.effectiveMode);
    expect(await modes()).toEqual(['observe', 'observe', 'observe']);
    await estate.run('device.review', { name: 'sw-fa', accept: 'manage' });
    expect((await modes()).sort()).toEqual(['manage', 'observe', 'observe']);
  });
});

const showFabricText = (fabric: 'fa' | 'fb') => JSON.stringify(showFabric(estate, fabric));

describe('a network system that is not to be changed', () => {
  const held = async (hosts: readonly string[]) =>
    heldOf(await estate.planned([fabricText(), STACK(hosts)])).map(({ code, summary, detail }) => [
      code,
      summary,
      detail,
    ]);

  it('in maintenance holds exports that need zones in its fabrics, whoever did it and why; others go on', async () => {
    await estate.applied([fabricText(), STACK(['h1'])]);
    await estate.run('device.maintenance', { name: 'sw-fa', on: true, why: 'new line card' });
    expect(await held(['h1'])).toEqual([]);
    expect(await held(['h1', 'h2'])).toEqual([
      [
        'COPRHD-HELD-016',
        expect.stringMatching(/^sw-fa is in maintenance since .*, by anna: new line card$/),
        expect.stringMatching(/^zones of network net-a are needed, which are made through network system sw-fa; until/),
      ],
    ]);
    await estate.run('device.maintenance', { name: 'sw-fa', on: false });
    expect(await held(['h1', 'h2'])).toEqual([]);
  });

  it('in maintenance holds a saved plan with zones there, and is told apart in doctor', async () => {
    await estate.applied(fabricText());
    const plan = await estate.planned([fabricText(), STACK(['h1'])]);
    await estate.run('device.maintenance', { name: 'sw-fb', on: true });
    const before = showFabricText('fa');
    const result = await estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0 });
    expect([result.outcome, codes(result)]).toEqual(['held', ['COPRHD-HELD-016']]);
    expect(showFabricText('fa')).toBe(before);
    const { checks } = await estate.run('doctor', { bundle: false });
    expect(checks.filter(({ level }) => level !== 'ok')).toMatchObject([
      { name: 'devices', what: expect.stringContaining('sw-fb is in maintenance') },
    ]);
  });

  it('deregistered zones nobody new, and keeps and takes away what is there', async () => {
    await estate.applied([fabricText(), STACK(['h1'])]);
    const zones = (await zoneNames(estate)).length;
    const done = await estate.run('device.deregister', { name: 'sw-fa', why: 'old' });
    expect(done).toMatchObject({ kind: 'networkSystem', registrationStatus: 'UNREGISTERED', keeps: zones / 2 });
    expect(await held(['h1'])).toEqual([]);
    expect(await held(['h1', 'h2'])).toMatchObject([
      [
        'COPRHD-HELD-006',
        expect.stringMatching(/^network system sw-fa was deregistered by anna .*: old: nothing new/),
        expect.stringContaining('zones of network net-a are needed'),
      ],
    ]);
    await estate.applied([fabricText(), 'kind: stack\nstack: s\nproject: p\n'], { attestOffline: 'anna' });
    expect(await zoneNames(estate)).toEqual([]);
  });

  it('in mode observe says which mode to set', async () => {
    const text = fabricText().replaceAll('mode: manage, scope: { fabrics', 'mode: observe, scope: { fabrics');
    const plan = await estate.planned([text, STACK(['h1'])]);
    expect(heldOf(plan)).toMatchObject([
      {
        code: 'COPRHD-HELD-006',
        summary: 'sw-fa is in mode observe: nothing is changed on it',
        fix: 'set `mode: manage` on the network system',
      },
    ]);
  });
});

describe('doctor', () => {
  it('tells what keeps fabrics from being zoned', async () => {
    await estate.applied(fabricText());
    const problems = async () => {
      const { checks } = await estate.run('doctor', { bundle: false });
      return checks.filter(({ name, level }) => name === 'devices' && level !== 'ok').map(({ what }) => what);
    };
    expect(await problems()).toEqual([]);
    editFabric(estate, 'fa', { edit: 'open-transaction', owner: 'alice' });
    editFabric(estate, 'fb', { edit: 'default-zone', access: 'permit' });
    breakSan({ fault: 'switch-down', switch: 'fb-sw2' });
    expect(await problems()).toEqual([
      'alice holds the zoning of fabric fa of sw-fa open',
      'the default zone of fabric fb of sw-fb is open: nothing is zoned there',
      'switches of fabric fb of sw-fb are down: fb-sw2',
    ]);
    estate.takeDown('fa');
    expect(await problems()).toContain("sw-fa can't be reached: fa does not answer");
  });
});

describe('network reach', () => {
  const reach = async (input: InputOf<'network.reach'>) => estate.run('network.reach', { refresh: 'full', ...input });

  it('is as the paths of the exports: zoned, logged in, and through which switch', async () => {
    await estate.applied([fabricText(), STACK(['h1'])]);
    const { reached, outcome } = await reach({ host: 'h1' });
    expect(outcome).toBe('ok');
    expect(reached.map(({ state, isPath }) => [state, isPath])).toEqual(reached.map(() => ['reached', true]));
    expect(reached).toHaveLength((await paths(estate)).length);
    expect(reached[0]).toMatchObject({
      ...{ host: 'h1', initiator: hba(1, 0), network: 'net-a', system: 'array-1', zones: [expect.any(String)] },
      initiatorLogin: { switch: expect.stringMatching(/^fa-sw/), port: expect.any(Number) },
    });
    // Zones of others let it reach one port in each fabric.
    const others = await reach({ host: 'h2' });
    expect(others.reached.map(({ network, isPath }) => [network, isPath])).toEqual([
      ['net-a', false],
      ['net-b', false],
    ]);
    const states = (await reach({ host: 'h2', all: true })).reached.map(({ state }) => state);
    expect(states.sort()).toEqual(['reached', 'reached', 'unzoned', 'unzoned']);
    expect((await reach({ network: 'net-b' })).reached.every(({ network }) => network === 'net-b')).toBe(true);
  });

  it('names zones of others, who is not logged in, paths that nothing zones, and fabrics that were not read', async () => {
    await estate.applied([fabricText(), STACK(['h1'])]);
    const wwpns = [hba(3, 0), portOf(1, 1, 1)];
    editFabric(estate, 'fa', { edit: 'create-zone', zone: 'by-hand', members: wwpns, enable: true });
    const byHand = async () => (await reach({ host: 'h3' })).reached.find(({ zones }) => zones.includes('by-hand'));
    expect(await byHand()).toMatchObject({ isPath: false, state: 'reached', address: portOf(1, 1, 1) });
    breakSan({ fault: 'host-off', host: 'h3' });
    const off = await byHand();
    expect([off?.state, off?.initiatorLogin]).toEqual(['logged-out', undefined]);
    const { contents = [] } = await estate.run('network.fabrics', { system: 'sw-fa', contents: true, refresh: 'full' });
    const joining = contents[0]!.zones.filter(({ effective = [] }) =>
      effective.some((member) => member.type === 'wwpn' && member.wwpn === hba(1, 0)),
    );
    for (const { name: zone } of joining) editFabric(estate, 'fa', { edit: 'delete-zone', zone, enable: true });
    const states = async () =>
      (await reach({ host: 'h1' })).reached
        .filter(({ isPath }) => isPath)
        .map(({ network, state }) => `${network} ${state}`);
    expect(new Set(await states())).toEqual(new Set(['net-a unzoned', 'net-b reached']));
    estate.takeDown('fa');
    expect(new Set(await states())).toEqual(new Set(['net-a unknown', 'net-b reached']));
  });

  it('warns where the default zone lets everybody through, and asks for a host before it lists all pairs', async () => {
    await estate.applied(fabricText());
    editFabric(estate, 'fb', { edit: 'default-zone', access: 'permit' });
    expect(codes(await reach({}))).toEqual(['COPRHD-ZONE-001']);
    expect((await refusal(reach({ host: 'nobody' }))).diagnostics[0]?.code).toBe('COPRHD-STATE-005');
  });
});

describe('network fabrics', () => {
  it('has all that was read, of the fabric that is named by its network, name or WWN', async () => {
    await estate.applied(fabricText());
    const all = await estate.run('network.fabrics', { contents: true });
    expect(all.contents?.map(({ system, network }) => [system, network])).toEqual([
      ['sw-fa', 'net-a'],
      ['sw-fb', 'net-b'],
    ]);
    expect(all.contents?.[0]?.zones).toHaveLength(2);
    const { nativeId } = all.systems[1]!.fabrics[0]!;
    for (const fabric of ['net-b', 'fb', nativeId, nativeId.replaceAll(':', '').toUpperCase()]) {
      const found = await estate.run('network.fabrics', { fabric, contents: true });
      expect([fabric, found.contents?.map(({ fabric: { name } }) => name)]).toEqual([fabric, ['fb']]);
    }
    expect((await refusal(estate.run('network.fabrics', { fabric: 'fz' }))).diagnostics[0]).toMatchObject({
      code: 'COPRHD-ZONE-005',
      detail: 'there are fa, fb',
    });
  });
});

describe('show', () => {
  it('has the networks of a network system, and the zones of ours of a network with who is in them', async () => {
    await estate.applied([fabricText(), STACK(['h1'])]);
    const system = await estate.run('show', { address: 'networkSystem.sw-fa' });
    expect(system.resources[0]?.attributes).toMatchObject({ networks: ['net-a'], mode: 'manage' });
    const network = await estate.run('show', { address: 'network.net-a' });
    const [first] = network.resources[0]!.children;
    expect(first).toMatchObject({ kind: 'zone', attributes: { host: 'h1', system: 'array-1' } });
    expect(first?.attributes.members).toContain(hba(1, 0));
    const { resources } = await estate.run('show', {});
    expect(resources.map(({ kind }) => kind)).not.toContain('zone');
  });
});
