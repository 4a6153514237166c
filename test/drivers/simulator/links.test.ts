import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import manifest from '../../../drivers/simulator/index.ts';
import { simBreak, simEdit, simLook, simReset, simShow, simUp } from '../../../drivers/simulator/manage.ts';
import type { BlockArray, PortObservation } from '../../../src/engine/driver/contract.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { callContext, temporaryDirectory } from './target.ts';

let directory: string;
let remove: () => void;
let array: BlockArray;
const ctx = () => callContext(systemClock);
const HOST = 'iqn.2026-01.io.coprhd.simulator:host-1';

beforeEach(async () => {
  ({ directory, remove } = temporaryDirectory());
  await simUp({ directory });
  const configuration = { directory, array: 'sim-1' };
  array = await manifest.connect({ configuration, session: { type: 'none', close: async () => {} } });
});
afterEach(() => remove());

const breakIt = (fault: Parameters<typeof simBreak>[0]['fault']) => simBreak({ directory, fault });
const downPorts = async (): Promise<string[]> =>
  (await array.listPorts(ctx())).items
    .filter(({ status }: PortObservation) => status === 'down')
    .map(({ nativeId }) => nativeId)
    .sort();
const edit = (change: Parameters<typeof simEdit>[0]['edit']) =>
  simEdit({ directory, array: 'sim-1', edit: change }).then(() => {});
const loggedIn = async () => (await array.findMask(ctx(), 'm'))?.loggedIn;

test('the usual data centre: every port is cabled, every HBA is logged in to its fabric', async () => {
  const { fabrics, hosts, broken } = (await simLook({ directory })) as {
    fabrics: { name: string }[];
    hosts: { name: string; wwpns: string[] }[];
    broken: unknown[];
  };
  expect(fabrics.map(({ name }) => name)).toEqual(['fabric-a', 'fabric-b']);
  expect(hosts.map(({ name, wwpns }) => [name, wwpns.length])).toEqual([
    ['host-1', 2],
    ['host-2', 2],
    ['host-3', 2],
  ]);
  expect(broken).toEqual([]);
  for (const fabric of ['fabric-a', 'fabric-b']) {
    const shown = (await simLook({ directory, name: fabric })) as unknown as {
      endpoints: { items: { port: string; loggedIn: boolean; cable: string }[] };
    };
    // Two ports of each array and one of each host.
    expect(shown.endpoints.items).toHaveLength(2 * 2 + 3);
    expect(shown.endpoints.items.every((endpoint) => endpoint.loggedIn && endpoint.cable.startsWith(fabric))).toBe(
      true,
    );
  }
  expect(await downPorts()).toEqual([]);
});

test('everything is named apart: WWPNs are unique in the data centre', async () => {
  const arrays = await Promise.all(['sim-1', 'sim-2'].map((name) => simShow({ directory, array: name })));
  const { hosts } = (await simLook({ directory })) as unknown as { hosts: { wwpns: string[] }[] };
  const wwpns = [
    ...arrays.flatMap(({ ports }) => ports.filter(({ transport }) => transport === 'fc').map((port) => port.address)),
    ...hosts.flatMap((host) => host.wwpns),
  ];
  expect(wwpns).toHaveLength(2 * 4 + 3 * 2);
  expect(new Set(wwpns).size).toBe(wwpns.length);
});

describe('what breaks takes the ports behind it down, and mending brings back exactly that', () => {
  test.each([
    { fault: 'pull-cable' as const, cable: 'sim-1:SP-B2', down: ['SP-B2'], mend: { fault: 'plug-cable' as const } },
    {
      fault: 'switch-down' as const,
      switch: 'fabric-a-sw1',
      down: ['FC-A1', 'FC-B1'],
      mend: { fault: 'switch-up' as const, switch: 'fabric-a-sw1' },
    },
    { fault: 'pull-cable' as const, down: ['SP-A1'], mend: { fault: 'plug-cable' as const, cable: 'sim-1:SP-A1' } },
  ])('$fault $cable$switch', async ({ down, mend, ...fault }) => {
    const before = JSON.stringify([await simShow({ directory, array: 'sim-1' }), await simLook({ directory })]);
    const { broken } = await breakIt(fault as Parameters<typeof breakIt>[0]);
    expect(broken).toHaveLength(1);
    expect(await downPorts()).toEqual(down);
    expect((await breakIt(mend)).broken).toEqual([]);
    expect(await downPorts()).toEqual([]);
    expect(JSON.stringify([await simShow({ directory, array: 'sim-1' }), await simLook({ directory })])).toBe(before);
  });

  test('a director takes its ports with it, and no other', async () => {
    await edit({ edit: 'port', port: 'SP-A2', status: 'down' });
    await edit({ edit: 'director', director: 'SP-A', status: 'down' });
    expect(await downPorts()).toEqual(['FC-A1', 'FC-A2', 'SP-A1', 'SP-A2']);
    await edit({ edit: 'director', director: 'SP-A', status: 'up' });
    expect(await downPorts()).toEqual(['SP-A2']);
    await expect(edit({ edit: 'director', director: 'SP-C', status: 'down' })).rejects.toThrow(/SP-A, SP-B/);
  });

  test('what is not there is not found', async () => {
    await expect(breakIt({ fault: 'pull-cable', cable: 'sim-1:SP-Z9' })).rejects.toMatchObject({ class: 'not-found' });
    await expect(breakIt({ fault: 'switch-down', switch: 'sw' })).rejects.toMatchObject({ class: 'not-found' });
    await expect(simLook({ directory, name: 'nothing' })).rejects.toMatchObject({ class: 'not-found' });
  });

  test('a reset plugs everything in again', async () => {
    const before = JSON.stringify(await simLook({ directory }));
    await breakIt({ fault: 'pull-cable', cable: 'host-2:hba1' });
    await breakIt({ fault: 'host-off', host: 'host-3' });
    expect(JSON.stringify(await simLook({ directory }))).not.toBe(before);
    await simReset({ directory });
    expect(JSON.stringify(await simLook({ directory }))).toBe(before);
  });
});

describe('sessions of a host that the SAN knows', () => {
  beforeEach(async () => {
    await edit({ edit: 'add-mask', name: 'm', initiators: [HOST] });
    await edit({ edit: 'login', initiator: HOST, ports: ['SP-A1'] });
  });

  test('live while a cable of the host leads to the network of the port', async () => {
    expect(await loggedIn()).toEqual([HOST]);
    await breakIt({ fault: 'pull-cable', cable: 'host-1:eth1' });
    expect(await loggedIn()).toEqual([HOST]);
    await breakIt({ fault: 'pull-cable', cable: 'host-1:eth0' });
    expect(await loggedIn()).toEqual([]);
    await breakIt({ fault: 'plug-cable' });
    expect(await loggedIn()).toEqual([HOST]);
  });

  test('live while the cable of the port is in, its director up, and the host on', async () => {
    await breakIt({ fault: 'pull-cable', cable: 'sim-1:SP-A1' });
    expect(await loggedIn()).toEqual([]);
    await breakIt({ fault: 'plug-cable', cable: 'sim-1:SP-A1' });
    await edit({ edit: 'director', director: 'SP-A', status: 'down' });
    expect(await loggedIn()).toEqual([]);
    await edit({ edit: 'director', director: 'SP-A', status: 'up' });
    await breakIt({ fault: 'host-off', host: 'host-1' });
    expect(await loggedIn()).toEqual([]);
    await breakIt({ fault: 'host-on', host: 'host-1' });
    expect(await loggedIn()).toEqual([HOST]);
  });
});

test('a switch that is down, or a host that is off, is logged out of its fabric', async () => {
  const logins = async (fabric: string) => {
    const shown = await simLook({ directory, name: fabric });
    const { items } = shown.endpoints as { items: { port: string; loggedIn: boolean }[] };
    return items.flatMap((endpoint) => (endpoint.loggedIn ? [endpoint.port] : [])).sort();
  };
  const all = ['host-1:hba0', 'host-2:hba0', 'host-3:hba0', 'sim-1:FC-A1', 'sim-1:FC-B1', 'sim-2:FC-A1', 'sim-2:FC-B1'];
  expect(await logins('fabric-a')).toEqual(all);
  await breakIt({ fault: 'host-off', host: 'host-2' });
  await edit({ edit: 'director', director: 'SP-B', status: 'down' });
  expect(await logins('fabric-a')).toEqual(all.filter((port) => port !== 'host-2:hba0' && port !== 'sim-1:FC-B1'));
  await breakIt({ fault: 'switch-down', switch: 'fabric-a-sw1' });
  expect(await logins('fabric-a')).toEqual([]);
  expect(await logins('fabric-b')).toHaveLength(5);
});
