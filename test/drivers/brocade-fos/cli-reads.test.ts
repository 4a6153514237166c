/** What a switch shows over its command line, as the driver contract has it; sessions, and virtual fabrics. */
import { describe, expect, it } from 'vitest';
import manifest from '../../../drivers/brocade-fos/index.ts';
import {
  atFabric,
  connected,
  context,
  FABRIC,
  FABRICSHOW,
  fixture,
  looks,
  refusal,
  type State,
  type Step,
  SWITCHSHOW,
  scripted,
  wwpn,
} from './support.ts';

const [a, b] = [wwpn(1), wwpn(2)];
const STATE: State = {
  zones: { z2: ['host', b], z1: [a, b] },
  aliases: { host: [a] },
  cfgs: { prod: ['z1', 'z2'], old: ['z1'] },
  effective: { name: 'prod', zones: { z1: [a, b], gone: [b] } },
};

describe('a switch', () => {
  it('is recognised by the WWN of its logical switch; versions before 7 are not supported', async () => {
    const at = (version: string) =>
      connected(
        scripted([
          ['switchshow', SWITCHSHOW],
          ['version', version],
        ]),
      );
    expect(await (await at('Kernel:     4.1\nFabric OS:  v9.1.1b\n')).identify(context())).toEqual({
      serialNumber: '100000051E4C2400',
      model: 'Brocade switch of type 109.1',
      firmwareVersion: '9.1.1b',
      nativeGuid: 'BROCADE+100000051E4C2400',
      supported: true,
    });
    expect((await (await at(fixture('version.txt'))).identify(context())).supported).toBe(false);
  });

  it('is in a fabric named by its principal switch', async () => {
    const network = await connected(scripted(atFabric));
    expect(await network.listFabrics(context())).toEqual({
      items: [
        {
          nativeId: FABRIC,
          name: 'sw1',
          switches: [
            { nativeId: FABRIC, name: 'sw1', domain: 1, status: 'up' },
            { nativeId: '10:00:00:05:33:25:16:00', name: 'sw2', domain: 2, status: 'up' },
          ],
        },
      ],
      complete: true,
    });
  });

  it('routes to the fabrics at its EX_Ports, where it is an FC router', async () => {
    const router = SWITCHSHOW.replace(/^zoning:/m, 'FC Router:\tON\nFC Router BB Fabric ID:\t128\nzoning:');
    const on = await connected(
      scripted([
        ['switchshow', router],
        ['fcrfabricshow', fixture('fcrfabricshow.txt')],
      ]),
    );
    const wwns = ['13:59:00', '37:00:45', '37:00:46', '12:e0:00', '37:00:47'].map((end) => `10:00:00:05:1e:${end}`);
    expect(await on.readRouting!(context())).toEqual([[FABRIC, ...wwns].map((wwn) => ({ switch: wwn }))]);
    expect(await (await connected(scripted([['switchshow', SWITCHSHOW]]))).readRouting!(context())).toEqual([]);
  });

  it('that is an Access Gateway is refused: it has no zoning', async () => {
    const text = SWITCHSHOW.replace('Native', 'Access Gateway Mode');
    const network = await connected(scripted([['switchshow', text]]));
    expect((await refusal(network.listFabrics(context()))).class).toBe('unsupported');
  });
});

describe('the ports of a fabric', () => {
  const listed = async (nsshow: string, nscamshow = fixture('nscamshow.txt')) => {
    const steps: Step[] = [...atFabric, ...atFabric, ['nsshow', nsshow], ['nscamshow', nscamshow]];
    return (await connected(scripted(steps))).listEndpoints(context(), FABRIC);
  };

  it('are those at this switch and at all others, each at its switch', async () => {
    const { items, complete } = await listed(fixture('nsshow.txt'));
    expect(complete).toBe(true);
    expect(items.map((one) => [one.nativeId, one.switch, one.port])).toEqual([
      [wwpn(1), FABRIC, 0],
      [wwpn(2), FABRIC, 1],
      [wwpn(3), FABRIC, 1],
      ['50:06:01:60:88:60:2a:11', '10:00:00:05:33:25:16:00', 0],
      ['50:06:01:61:88:60:2a:12', '10:00:00:05:33:25:16:00', 11],
    ]);
    expect(items.map(({ name }) => name).slice(0, 2)).toEqual(['host-a, hba0', wwpn(2)]);
  });

  it('are not all there when a count does not agree, at this switch or at another one', async () => {
    const short = fixture('nsshow.txt').replace('has 3 entries', 'has 4 entries');
    expect((await listed(short)).complete).toBe(false);
    const remote = fixture('nscamshow.txt').replace('count 2', 'count 3');
    expect((await listed(fixture('nsshow.txt'), remote)).complete).toBe(false);
    expect((await listed(fixture('nsshow.txt'), 'nscam show for remote switches:\n')).complete).toBe(false);
  });

  it('are held against the table of ports where the list has no count', async () => {
    const uncounted = fixture('nsshow.txt').replace(/The Local.*\n/, '');
    expect((await listed(uncounted)).complete).toBe(true);
    const cut = uncounted.slice(0, uncounted.indexOf(' NL'));
    expect((await listed(cut)).complete).toBe(false);
  });
});

describe('zoning', () => {
  const network = async (state: State = STATE) => connected(scripted([...atFabric, ...looks(state)]));

  it('zones are saved, in effect, or both', async () => {
    const { items, complete } = await (await network()).listZones(context(), FABRIC);
    expect(complete).toBe(true);
    expect(
      items.map((zone) => [zone.name, zone.configurations, zone.defined !== undefined, zone.effective !== undefined]),
    ).toEqual([
      ['gone', [], false, true],
      ['z1', ['old', 'prod'], true, true],
      ['z2', ['prod'], true, false],
    ]);
    const read = await (await network()).readZones(context(), FABRIC, ['z2', 'missing', 'gone']);
    expect(read.map(({ name }) => name)).toEqual(['z2', 'gone']);
  });

  it('what is saved and not in effect is pending; an alias counts where it is named', async () => {
    const zoning = await (await network()).readZoning(context(), FABRIC);
    expect(zoning).toMatchObject({
      defaultZone: 'deny',
      effectiveConfiguration: 'prod',
      pending: [
        { name: 'gone', change: 'remove' },
        { name: 'z2', change: 'add' },
      ],
      pendingCount: 2,
      databaseBytes: 300,
    });
    const moved: State = {
      ...STATE,
      aliases: { host: [wwpn(9)] },
      effective: { name: 'prod', zones: { z1: [a, b], z2: [a, b] } },
    };
    expect((await (await network(moved)).readZoning(context(), FABRIC)).pending).toEqual([
      { name: 'z2', change: 'change' },
    ]);
  });

  it('aliases and configurations are listed, and an open transaction is shown by its number', async () => {
    expect((await (await network()).listAliases(context(), FABRIC)).items).toEqual([
      { name: 'host', members: [{ type: 'wwpn', wwpn: a }] },
    ]);
    expect((await (await network()).listConfigurations(context(), FABRIC)).items).toEqual([
      { name: 'old', zones: 1, effective: false },
      { name: 'prod', zones: 2, effective: true },
    ]);
    const open = await (await network({ ...STATE, transaction: '5' })).readZoning(context(), FABRIC);
    expect(open.transaction).toEqual({ owner: 'zoning transaction 5' });
  });

  it('that changes while it is read is read again; shown in two ways for good, a list is not complete and a read fails', async () => {
    const other: State = { ...STATE, effective: { name: 'prod', zones: { z1: [a, b] } } };
    const torn = looks(STATE).map((step, at): Step => (at === 2 ? looks(other)[2]! : step));
    const once = await connected(scripted([...atFabric, ...torn, ...looks(STATE)]));
    expect((await once.listZones(context(), FABRIC)).complete).toBe(true);
    const always = () => connected(scripted([...atFabric, ...torn, ...torn, ...torn]));
    expect((await (await always()).listZones(context(), FABRIC)).complete).toBe(false);
    expect((await refusal((await always()).readZoning(context(), FABRIC))).class).toBe('transient');
  });
});

describe('a session', () => {
  it('that ended between two commands is made again once', async () => {
    const session = scripted([...atFabric, ['switchshow', { lost: 'ended' }], ...atFabric]);
    const network = await connected(session);
    await network.listFabrics(context());
    await network.listFabrics(context());
    expect(session.shells()).toBe(2);
    session.finished();
  });

  it('that is lost with a look is made again once, and the look sent again', async () => {
    const session = scripted([...atFabric, ['switchshow', { lost: 'cut' }], ...atFabric]);
    const network = await connected(session);
    await network.listFabrics(context());
    await network.listFabrics(context());
    expect(session.shells()).toBe(2);
    session.finished();
    const again = scripted([...atFabric, ['switchshow', { lost: 'cut' }], ['switchshow', { lost: 'cut' }]]);
    const lost = await connected(again);
    await lost.listFabrics(context());
    await refusal(lost.listFabrics(context()));
    again.finished();
  });

  it('is one for all calls at once', async () => {
    // One command at a time: two calls share the shell and interleave.
    const steps = scripted([
      ['switchshow', SWITCHSHOW],
      ['switchshow', SWITCHSHOW],
      ['fabricshow', FABRICSHOW],
      ['fabricshow', FABRICSHOW],
    ]);
    const both = await connected(steps);
    await Promise.all([both.listFabrics(context()), both.listFabrics(context())]);
    expect(steps.shells()).toBe(1);
    await both.close();
    await both.close();
  });

  it('that leads to no switch is refused, and so is one over SSH with a user in the configuration', async () => {
    const session = { type: 'none', close: async () => {} } as const;
    expect((await refusal(manifest.connect({ configuration: {}, session }))).class).toBe('invalid');
    const named = manifest.connect({ configuration: { user: 'admin' }, session: scripted([]) });
    expect(await refusal(named)).toMatchObject({
      class: 'invalid',
      message: expect.stringContaining('ssh://user@host'),
    });
  });
});

describe('a virtual fabric', () => {
  const inFabric = (fid: number) =>
    SWITCHSHOW.replace(
      'switchBeacon',
      `LS Attributes:  [FID: ${fid}, Base Switch: No, Default Switch: No]\nswitchBeacon`,
    );

  it('is entered first, and its number is part of the name of the fabric', async () => {
    const session = scripted(
      [
        ['setcontext 99', ''],
        ['switchshow', inFabric(99)],
        ['fabricshow', FABRICSHOW],
      ],
      'sw1:FID99:admin> ',
    );
    const { items } = await (await connected(session, 99)).listFabrics(context());
    expect(items[0]).toMatchObject({ nativeId: `${FABRIC}/99`, name: 'sw1/99', virtualFabric: 99 });
  });

  it('that is not there, or not the one that the prompt or the switch names, gets no command', async () => {
    const missing = scripted([['setcontext 99', 'Invalid FID\n']], 'sw1:FID128:admin> ');
    expect((await refusal((await connected(missing, 99)).listFabrics(context()))).class).toBe('not-found');
    const wrong = scripted(
      [
        ['setcontext 99', ''],
        ['switchshow', inFabric(12)],
      ],
      'sw1:FID99:admin> ',
    );
    expect((await refusal((await connected(wrong, 99)).listFabrics(context()))).class).toBe('not-found');
  });
});

describe('the manifest', () => {
  it('takes SSH and HTTPS, with few settings', () => {
    expect(manifest.session).toEqual(['command', 'rest']);
    expect(manifest.configuration.parse({})).toEqual({});
    expect(manifest.configuration.safeParse({ user: 'admin', virtualFabric: 3 }).success).toBe(true);
    for (const wrong of [{ user: 'a b' }, { virtualFabric: 129 }, { transport: 'rest' }]) {
      expect(manifest.configuration.safeParse(wrong).success).toBe(false);
    }
  });

  it('claims no hardware', () => {
    expect(manifest.supported.map(({ evidence }) => evidence)).toEqual(['own-simulator', 'own-simulator']);
  });
});
