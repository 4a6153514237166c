/** What the driver shows of a switch, that looking changes nothing, and how its dialogues begin and end. */
import { describe, expect, it } from 'vitest';
import { manifest } from '../../../drivers/cisco-mds/index.ts';
import { fixture } from './fixtures.ts';
import { type Exchange, FABRIC, finding, port, reading, type State, scripted, statusText, VSAN } from './support.ts';

/** The answer of a fixture, whose prompt the script adds. */
const answer = (name: string): string => fixture(name).text.replace(/[^\n]*$/, '');

const VSANS: Exchange = ['show vsan', answer('vsan')];
const FCDOMAIN: Exchange = [`show fcdomain vsan ${VSAN}`, answer('fcdomain')];
const DOMAINS: Exchange = [`show fcdomain domain-list vsan ${VSAN}`, answer('domain-list')];
const MINE = `20:64:00:0d:ec:cc:dd:01/${VSAN}`;

describe('identity', () => {
  const version = (text: string): Exchange => ['show version', text];
  const WWN: Exchange = ['show wwn switch', answer('switch-wwn')];

  it('is the WWN of the chassis, with model and version', async () => {
    const { network, ctx, finish } = await scripted([version(answer('version')), WWN]);
    expect(await network.identify(ctx())).toEqual({
      ...{ serialNumber: '2000000DECAABB00', nativeGuid: 'MDS+2000000DECAABB00' },
      ...{ model: 'Cisco MDS 9148T', firmwareVersion: '8.4(2c)', supported: true },
    });
    finish();
  });

  it.each([
    ['6.2(33)', true],
    ['9.4(1)', true],
    ['5.2(8)', false],
    ['10.1(1)', false],
  ])('of version %s is supported: %s', async (text, supported) => {
    const { network, ctx } = await scripted([version(answer('version').replaceAll('8.4(2c)', text)), WWN]);
    expect((await network.identify(ctx())).supported).toBe(supported);
  });
});

describe('fabrics', () => {
  it('are the VSANs that are active and up, with their switches', async () => {
    const { network, ctx, finish, written } = await scripted([VSANS, FCDOMAIN, DOMAINS]);
    const { items, complete } = await network.listFabrics(ctx());
    finish();
    expect(complete).toBe(true);
    expect(items).toEqual([
      {
        ...{ nativeId: MINE, name: 'Production fabric A', virtualFabric: VSAN },
        switches: [
          { nativeId: '20:64:00:0d:ec:cc:dd:01', name: '20:64:00:0d:ec:cc:dd:01', domain: 10, status: 'up' },
          { nativeId: '20:64:00:0d:ec:aa:bb:01', name: 'sw1', domain: 30, status: 'up' },
          { nativeId: '20:64:00:0d:ec:ee:ff:01', name: '20:64:00:0d:ec:ee:ff:01', domain: 200, status: 'up' },
        ],
      },
    ]);
    expect(written).toEqual([]);
  });

  it('are routed as the switch says, and not at all where it does not know of that', async () => {
    const routed = await scripted([['show ivr vsan-topology', answer('ivr-vsan-topology')]]);
    const [group, ...more] = (await routed.network.readRouting!(routed.ctx())) as [unknown[]];
    routed.finish();
    expect([group.length, more]).toEqual([7, []]);
    expect(group[1]).toEqual({ switch: '20:00:00:0d:ec:aa:bb:00', virtualFabric: 10 });
    const invalid = "                     ^\n% Invalid command at '^' marker.\n";
    const other = await scripted([['show ivr vsan-topology', invalid]]);
    expect(await other.network.readRouting!(other.ctx())).toEqual([]);
    other.finish();
  });

  it('are those of the configuration, where it names some; one that is down is not there, and not gone', async () => {
    const { network, ctx, finish } = await scripted([VSANS], { vsans: [1] });
    expect(await network.listFabrics(ctx())).toEqual({ items: [], complete: false });
    finish();
  });

  it.each([
    ['of another shape', 'no-such-fabric', []],
    ['of a VSAN that is not there', '20:64:00:0d:ec:cc:dd:01/300', [VSANS]],
    ['of a suspended VSAN', '20:64:00:0d:ec:cc:dd:01/200', [VSANS]],
    ['that the VSAN was before', `20:64:00:0d:ec:99:99:01/${VSAN}`, [VSANS, FCDOMAIN]],
  ] as const)('%s are not found', async (_what, fabric, exchanges) => {
    const { network, ctx, finish } = await scripted(exchanges);
    await expect(network.readZoning(ctx(), fabric)).rejects.toMatchObject({ class: 'not-found' });
    finish();
  });

  it('outside the configured VSANs are not found, and so never zoned', async () => {
    const { network, ctx, finish } = await scripted([VSANS], { vsans: [1, 2] });
    await expect(network.readZoning(ctx(), MINE)).rejects.toMatchObject({ class: 'not-found' });
    finish();
  });
});

describe('endpoints', () => {
  const list = async (text: string) => {
    const fcns: Exchange = [`show fcns database detail vsan ${VSAN}`, text];
    const { network, ctx } = await scripted([VSANS, FCDOMAIN, fcns, DOMAINS]);
    return network.listEndpoints(ctx(), MINE);
  };

  it('are who is logged in, at a port of a switch of the fabric', async () => {
    const { items, complete } = await list(answer('fcns-detail'));
    expect(complete).toBe(true);
    expect(items[0]).toEqual({
      ...{ nativeId: '10:00:00:00:c9:2f:02:db', name: 'Emulex LPe32002 FV12.8', wwnn: '20:00:00:00:c9:2f:02:db' },
      ...{ switch: '20:64:00:0d:ec:aa:bb:01', port: 22 },
    });
    expect(items.map((one) => [one.switch.slice(12), one.port])).toEqual([
      ['ec:aa:bb:01', 22],
      ['ec:aa:bb:01', 1_003],
      ['ec:cc:dd:01', 9],
    ]);
  });

  it('are not complete when fewer are shown than counted, or one is on a switch that is not listed', async () => {
    expect((await list(answer('fcns-detail').replace('entries = 3', 'entries = 5'))).complete).toBe(false);
    const elsewhere = await list(answer('fcns-detail').replace('0x0a0900', '0x0b0900'));
    expect([elsewhere.items.length, elsewhere.complete]).toEqual([2, false]);
    expect(await list('')).toEqual({ items: [], complete: false });
  });
});

describe('zoning', () => {
  const device = 'device-alias array1_p0';
  const state: State = {
    zones: {
      plain: ['01', '02'],
      named: ['fcalias targets', '03'],
      smart: ['pwwn 10:00:00:00:c9:00:00:05 init', `${device} target`],
      spare: ['06', '07'],
    },
    inSet: ['plain', 'named', 'smart'],
    aliases: { targets: ['31', '32'] },
    active: {
      plain: ['* fcid 0x1e01c0 [pwwn 10:00:00:00:c9:00:00:01] [host1]', '02'],
      named: ['03', '31', '32'],
      smart: ['pwwn 10:00:00:00:c9:00:00:05 init', `* fcid 0x1e01e0 [${device}] target`],
    },
  };
  const NAMES: Exchange = [
    'show device-alias database',
    'device-alias name array1_p0 pwwn 10:00:00:00:c9:00:00:41\n\nTotal number of entries = 1\n',
  ];
  const whole: readonly Exchange[] = [...finding, ...reading(state), NAMES];

  it('shows zones as saved and as enforced, device aliases as their WWPNs, and smart zones as others', async () => {
    const { network, ctx, written } = await scripted(whole);
    const { items, complete } = await network.listZones(ctx(), FABRIC);
    expect(complete).toBe(true);
    expect(items).toEqual([
      {
        ...{ name: 'named', kind: 'standard', defined: [{ type: 'alias', alias: 'targets' }, port('03')] },
        ...{ configurations: ['prod'], effective: [port('03'), port('31'), port('32')] },
      },
      {
        ...{ name: 'plain', kind: 'standard', defined: [port('01'), port('02')] },
        ...{ configurations: ['prod'], effective: [port('01'), port('02')] },
      },
      {
        ...{ name: 'smart', kind: 'other', defined: [port('05'), port('41')] },
        ...{ configurations: ['prod'], effective: [port('05'), port('41')] },
      },
      { name: 'spare', kind: 'standard', defined: [port('06'), port('07')], configurations: [] },
    ]);
    expect(written).toEqual([]);
  });

  it('shows aliases, configurations, and zones by name in the order asked', async () => {
    const { network, ctx, finish } = await scripted([...whole, ...whole, ...whole]);
    expect((await network.listAliases(ctx(), FABRIC)).items).toEqual([
      { name: 'targets', members: [port('31'), port('32')] },
    ]);
    expect((await network.listConfigurations(ctx(), FABRIC)).items).toEqual([
      { name: 'prod', zones: 3, effective: true },
    ]);
    const read = await network.readZones(ctx(), FABRIC, ['spare', 'missing', 'plain']);
    expect(read.map(({ name }) => name)).toEqual(['spare', 'plain']);
    finish();
  });

  it('has nothing pending where both agree, whoever is logged in', async () => {
    const { network, ctx } = await scripted(whole);
    expect(await network.readZoning(ctx(), FABRIC)).toEqual({
      ...{ fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/), defaultZone: 'deny', effectiveConfiguration: 'prod' },
      ...{ pending: [], pendingCount: 0, databaseBytes: 100, databaseBytesMax: 4_000_000 },
    });
  });

  it('is pending where a role of a smart zone, a member or a zone differs', async () => {
    const changed: State = {
      ...state,
      zones: {
        ...state.zones,
        plain: ['01', '09'],
        smart: ['pwwn 10:00:00:00:c9:00:00:05 target', `${device} target`],
      },
      active: { ...state.active, gone: ['51', '52'] },
    };
    const { network, ctx } = await scripted([...finding, ...reading(changed), NAMES]);
    expect((await network.readZoning(ctx(), FABRIC)).pending).toEqual([
      { name: 'gone', change: 'remove' },
      { name: 'plain', change: 'change' },
      { name: 'smart', change: 'change' },
    ]);
  });

  it('knows the default zone that some versions print, and leaves it out', async () => {
    const zones = { ours: ['01', '02'], theirs: ['03', '04'] };
    const active = { ...zones, $default_zone$: ['09'] };
    const counted = statusText({ zones });
    const answers = reading({ zones, active }).map(
      ([line, text]): Exchange => [line, line.includes('status') ? counted : text!],
    );
    const { network, ctx } = await scripted([...finding, ...answers]);
    expect((await network.readZoning(ctx(), FABRIC)).pending).toEqual([]);
  });

  it('without a zoneset is empty, and nothing is in effect', async () => {
    const { network, ctx } = await scripted([...finding, ...reading({ zones: {} })]);
    const { effectiveConfiguration, pending } = await network.readZoning(ctx(), FABRIC);
    expect([effectiveConfiguration, pending]).toEqual([undefined, []]);
  });

  it.each(['show zone', 'show zoneset', 'show zoneset active', 'show fcalias'])(
    'of which %s leaves a member out is told to be so where another command shows it, and is pending else',
    async (what) => {
      const cut = whole.map(([line, text]): Exchange => {
        const lines = (text as string).split('\n');
        return [line, line === `${what} vsan ${VSAN}` ? lines.toSpliced(2, 1).join('\n') : text!];
      });
      const lists = await scripted(cut);
      const { complete } = await lists.network.listZones(lists.ctx(), FABRIC);
      const isNoticed = ['show zone', 'show zoneset'].includes(what);
      expect(complete).toBe(!isNoticed);
      const sum = await scripted(cut);
      const read = sum.network.readZoning(sum.ctx(), FABRIC);
      if (isNoticed) await expect(read).rejects.toMatchObject({ class: 'transient' });
      else expect((await read).pendingCount).toBeGreaterThan(0);
    },
  );

  it('of which the switch says that it does not show all of it is not complete', async () => {
    const complaint = 'Error: zone server did not respond in time, output is incomplete\n';
    const told = whole.map(
      ([line, text]): Exchange => [line, line.startsWith('show zone vsan') ? `${text}${complaint}` : text!],
    );
    const lists = await scripted(told);
    expect((await lists.network.listZones(lists.ctx(), FABRIC)).complete).toBe(false);
    const sum = await scripted(told);
    await expect(sum.network.readZoning(sum.ctx(), FABRIC)).rejects.toMatchObject({ class: 'transient' });
  });

  it('is read again when a commit or an activation in progress has ended', async () => {
    const during = reading({ ...state, active: null, last: 'Commit in progress' });
    const { network, ctx, finish } = await scripted([
      ...finding,
      ...during,
      NAMES,
      ...during,
      NAMES,
      ...reading(state),
      NAMES,
    ]);
    expect((await network.readZones(ctx(), FABRIC, ['plain']))[0]?.effective).toEqual([port('01'), port('02')]);
    finish();
  });

  it('in which something goes on and on is not taken for what it will be', async () => {
    const during = [...reading({ ...state, last: 'Activation in progress' }), NAMES];
    const endless = Array.from({ length: 10 }, () => during).flat();
    const { network, ctx, finish } = await scripted([...finding, ...endless, ...finding, ...endless]);
    expect((await network.listZones(ctx(), FABRIC)).complete).toBe(false);
    await expect(network.readZoning(ctx(), FABRIC)).rejects.toThrow('Activation in progress, and goes on');
    finish();
  });

  it('that the switch refuses to show is an error of its class', async () => {
    const refused: Exchange = [`show zone status vsan ${VSAN}`, '% Permission denied for the role\n'];
    const { network, ctx } = await scripted([...finding, refused]);
    await expect(network.listZones(ctx(), FABRIC)).rejects.toMatchObject({ class: 'auth' });
  });
});

describe('a dialogue', () => {
  it('is kept for the next call, and begun anew after one that failed', async () => {
    const { network, ctx, finish, closed } = await scripted(
      [VSANS, ['show vsan', 'nonsense\n'], ['terminal length 0'], VSANS],
      { vsans: [1] },
    );
    await network.listFabrics(ctx());
    await expect(network.listFabrics(ctx())).rejects.toMatchObject({ class: 'ambiguous' });
    expect(closed()).toBe(1);
    await network.listFabrics(ctx());
    finish();
    await network.close();
    expect(closed()).toBe(2);
  });

  it('that the switch ended meanwhile is begun anew within the call', async () => {
    const { network, ctx, finish } = await scripted(
      [VSANS, ['show vsan', { drop: true }], ['terminal length 0'], VSANS],
      { vsans: [1] },
    );
    await network.listFabrics(ctx());
    expect((await network.listFabrics(ctx())).items).toEqual([]);
    finish();
  });

  it('in which paging can’t be turned off is not begun', async () => {
    const refused: Exchange = ['terminal length 0', '% Permission denied for the role\n'];
    const { network, ctx, finish } = await scripted([], {}, refused);
    await expect(network.listFabrics(ctx())).rejects.toMatchObject({ class: 'auth' });
    finish();
  });

  it('without time left says nothing', async () => {
    const { network, ctx, finish } = await scripted([]);
    const late = ctx();
    const call = network.listFabrics({ ...late, deadlineMs: late.nowMs() - 1 });
    await expect(call).rejects.toMatchObject({ class: 'transient' });
    expect(() => finish()).toThrow('not said: terminal length 0');
  });

  it('is not had any more after closing', async () => {
    const { network, ctx } = await scripted([VSANS], { vsans: [1] });
    await network.listFabrics(ctx());
    await network.close();
    await network.close();
    await expect(network.listFabrics(ctx())).rejects.toMatchObject({ class: 'transient' });
  });
});

describe('the manifest', () => {
  it('claims no hardware', () => {
    expect(manifest.supported.map(({ evidence }) => evidence)).toEqual(['own-simulator']);
  });

  it('needs a shell: a session without one is refused', async () => {
    const session = {
      type: 'command' as const,
      run: async () => ({ exitCode: 0, stdout: '', stderr: '' }),
      close: async () => {},
    };
    const given = { configuration: { saveTo: 'switch' as const }, session };
    await expect(manifest.connect(given)).rejects.toMatchObject({ class: 'invalid' });
  });

  it('takes VSANs, where to save, and a user', () => {
    const { configuration } = manifest;
    expect(configuration.parse({})).toEqual({ saveTo: 'switch' });
    expect(configuration.safeParse({ vsans: [100], saveTo: 'fabric', user: 'coprhd' }).success).toBe(true);
    for (const wrong of [{ vsans: [] }, { vsans: [4094] }, { saveTo: 'tape' }, { user: 'a b' }, { vsan: 1 }]) {
      expect(configuration.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
    }
  });
});
