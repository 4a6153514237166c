/** What a colleague does at another session, through the hooks of the conformance kit. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FosSimulator, startFosSimulator } from '../../../../drivers/simulator/fos/simulator.ts';
import { FosRefusal } from '../../../../drivers/simulator/fos/state/refusal.ts';
import { HOST_0, HOST_1, TARGET_1, virtualState } from './estate.ts';
import { faultHooks, handHooks } from './hooks.ts';
import { printed } from './support.ts';

let switched: FosSimulator;
beforeEach(async () => {
  switched = await startFosSimulator({ state: virtualState() });
});
afterEach(() => switched.close());

const shown = (line: string, fid = 128) => printed(switched.state(), line, fid);
const wwpn = (text: string) => ({ type: 'wwpn', wwpn: text }) as const;

describe('zones', () => {
  test('are made, changed and deleted, saved and not enabled unless that is asked', async () => {
    const hand = handHooks(switched);
    await hand.createZone({ name: 'n', members: [wwpn(HOST_1)], configuration: 'prod', enable: false });
    expect(shown('cfgshow')).toContain(' cfg:\tprod\tz1; host_1_to_array_ports; n\n');
    expect(shown('cfgactvshow')).not.toContain(' zone:\tn\t');
    const members = [wwpn(TARGET_1), { type: 'alias', alias: 'a1' }, { type: 'port', domain: 1, port: 9 }] as const;
    await hand.changeZone('n', members, true);
    expect(shown('cfgactvshow')).toContain(` zone:\tn\t${TARGET_1}\n\t\t${HOST_0}\n\t\t1,9\n`);
    await hand.deleteZone('n', true);
    expect(shown('cfgshow')).not.toContain('n\t');
    expect(shown('cfgtransshow')).toContain('no outstanding');
  });

  test('of a configuration that is not there make it', async () => {
    await handHooks(switched, 20).createZone({
      name: 'n',
      members: [{ type: 'other', text: '1,3' }],
      configuration: 'first',
      enable: true,
    });
    expect(shown('cfgactvshow', 20)).toContain(' cfg:\tfirst\t\n zone:\tn\t1,3\n');
    expect(shown('cfgactvshow')).not.toContain('first');
  });

  test('that the switch refuses are refused', async () => {
    await expect(handHooks(switched).deleteZone('none', false)).rejects.toThrow(FosRefusal);
  });
});

test('aliases are made and changed', async () => {
  const hand = handHooks(switched);
  await hand.createAlias('h', [wwpn(HOST_1)]);
  await hand.changeAlias('h', [wwpn(HOST_0)]);
  expect(shown('alishow h')).toBe(` alias:\th\t${HOST_0}\n`);
});

test('a line typed at the same switch goes into the transaction that all share', () => {
  expect(switched.hand.type('zonedelete "peer"', { user: 'mate' })).toBe('');
  expect(switched.state().fabrics[0]!.transactions[0]!.owner.user).toBe('mate');
  expect(switched.hand.type('cfgsave', { replies: ['y'] })).toContain('cfgSave completes successfully.');
  expect(shown('zoneshow peer')).toContain('does not exist');
  expect(switched.hand.type('alicreate "a","1,1"', { fid: 20 })).toBe('');
  expect(switched.commands()).toEqual([]);
});

test('a transaction is left open under a name, and can be ended', async () => {
  await handHooks(switched).openTransaction('mate');
  expect(shown('cfgtransshow')).toMatch(/^Current transaction token is \d+\nIt is abortable\n$/);
  expect(switched.state().fabrics[0]!.transactions[0]!.owner.user).toBe('mate');
  expect(shown('cfgtransshow', 20)).toContain('no outstanding');
  switched.hand.endTransactions();
  expect(shown('cfgtransshow')).toContain('no outstanding');
});

test('the default zone is opened and closed', async () => {
  const hand = handHooks(switched);
  await hand.defaultZone('permit');
  expect(shown('defzone --show')).toContain('committed - All Access');
  await hand.defaultZone('deny');
  expect(shown('defzone --show')).toContain('committed - No Access');
});

test('a device that leaves is no longer in the name server, and its port is dark', async () => {
  await handHooks(switched).logout(HOST_0.toUpperCase());
  expect(shown('nsshow')).not.toContain(HOST_0);
  expect(shown('switchshow')).toContain('   0   0   010000   id    N16    No_Light    FC  \n');
});

test('the firmware changes, and the switch behaves like it', async () => {
  switched.hand.firmware('v7.4.2');
  expect(shown('version')).toContain('Fabric OS:  v7.4.2\n');
  expect(shown('cfgactvshow')).toContain(HOST_1.toUpperCase());
  expect(() => switched.hand.firmware('8.x')).toThrow('8.x is no version of Fabric OS');
});

test('the hooks of faults are all there', async () => {
  const { asked, ...faults } = faultHooks(switched);
  for (const add of Object.values(faults)) await add(1);
  expect(asked()).toBe(0);
});

test('the state can be dumped as JSON', () => {
  const dumped = JSON.parse(switched.dump());
  expect(dumped.fabrics[0].defined.cfgs).toEqual({ prod: ['z1', 'host_1_to_array_ports'] });
});
