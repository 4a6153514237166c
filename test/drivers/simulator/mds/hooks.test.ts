/**
 * The simulator as the network conformance kit handles it, reached as a driver reaches a switch: by the SSH session of
 * the engine.
 */
import { describe, expect, onTestFinished, test } from 'vitest';
import { networkFaults, networkHand } from '../../../../drivers/simulator/mds/hooks.ts';
import type { FabricPlan } from '../../../../drivers/simulator/mds/state/build.ts';
import type { NetworkFaultHooks, NetworkHandHooks } from '../../../../src/engine/driver/conformance/network-target.ts';
import { createSshSession } from '../../../../src/engine/driver/ssh/session.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { Redacted } from '../../../../src/lib/redacted.ts';
import { HOST, TARGET } from './prompt.ts';
import { startSimulator } from './terminal.ts';

const PROMPT = /mds-\d(\([a-z-]+\))?# $/;
const wwpn = (text: string) => ({ type: 'wwpn' as const, wwpn: text });

async function started(plan: Partial<FabricPlan> = {}, aliases: 'device-alias' | 'fcalias' = 'device-alias') {
  const simulator = await startSimulator(plan);
  onTestFinished(() => simulator.close());
  const options = { vsan: 10, seed: 'mds-1', aliases };
  const hand: Required<NetworkHandHooks> = networkHand(simulator, options);
  const faults: Required<NetworkFaultHooks> = networkFaults(simulator, options);
  const { host, sshPort } = simulator.at('mds-1');
  const session = createSshSession({
    name: 'mds-1',
    hops: [{ user: 'admin', host, port: sshPort, login: { type: 'secret', secret: new Redacted('secret-1') } }],
    hostKeys: [],
    clock: systemClock,
  });
  onTestFinished(() => session.close());
  const deadline = () => ({ deadlineMs: systemClock.nowMs() + 5_000 });
  const open = () => session.openShell({ prompt: PROMPT, ...deadline() });
  const shell = await open();
  const send = (line: string) => shell.send({ line, ...deadline() });
  await send('terminal length 0');
  return { simulator, hand, faults, send, session };
}

test("the engine's own SSH session and shell work on it, and see the host key", async () => {
  const { simulator, send, session } = await started();
  expect(await send('show switchname')).toBe('mds-1\n');
  const { hostKey } = simulator.at('mds-1');
  expect(session.hostKeys()).toMatchObject([{ type: hostKey.type, fingerprint: hostKey.fingerprint }]);
});

describe('by hand', () => {
  test('zones are saved, and in effect only when enabled', async () => {
    const { hand, send } = await started();
    const zone = { name: 'theirs', members: [wwpn(HOST(1)), wwpn(TARGET(1))], configuration: 'zs' };
    await hand.createZone({ ...zone, enable: false });
    expect(await send('show zone vsan 10')).toContain('zone name theirs');
    expect(await send('show zoneset active vsan 10')).toBe('Zoneset not present\n');
    await hand.createZone({ ...zone, name: 'second', enable: true });
    expect(await send('show zoneset active vsan 10 | include zone')).toBe(
      'zoneset name zs vsan 10\n  zone name theirs vsan 10\n  zone name second vsan 10\n',
    );
    await hand.changeZone('theirs', [wwpn(HOST(2))], false);
    expect(await send('show zone name theirs active')).toContain(HOST(1));
    await hand.changeZone('theirs', [wwpn(HOST(2))], true);
    expect(await send('show zone name theirs active')).toContain(HOST(2));
    await hand.deleteZone('theirs', true);
    expect(await send('show zone name theirs active')).toBe('Zone not present\n');
    await expect(hand.deleteZone('theirs', true)).rejects.toThrow('non existing');
    await expect(hand.createZone({ ...zone, name: 'second', enable: false })).rejects.toThrow('there already');
  });

  test('in basic mode they are saved on one switch, in enhanced mode on all', async () => {
    for (const mode of ['basic', 'enhanced'] as const) {
      const { hand, simulator } = await started({ vsans: [{ id: 10, mode }] });
      await hand.createZone({ name: 'z', members: [wwpn(HOST(1))], configuration: 'zs', enable: false });
      const there = simulator.dump().switches.map(({ zoning }) => zoning[10]!.db.zones.length);
      expect(there, mode).toEqual(mode === 'basic' ? [1, 0] : [1, 1]);
    }
  });

  test('members may be domain and port', async () => {
    const { hand, send } = await started();
    await hand.createZone({
      name: 'ports',
      members: [{ type: 'port', domain: 2, port: 3 }],
      configuration: 'zs',
      enable: true,
    });
    expect(await send('show zone name ports active')).toContain('* fcid 0x020300 [interface fc1/3 domain-id 2]');
    const other = {
      name: 'x',
      members: [{ type: 'other' as const, text: 'lun 1' }],
      configuration: 'zs',
      enable: false,
    };
    await expect(hand.createZone(other)).rejects.toThrow("can't be made by hand");
  });

  test('aliases are device aliases of one WWPN, or FC aliases', async () => {
    const { hand, send } = await started();
    await hand.createAlias('host_1', [wwpn(HOST(1))]);
    await hand.changeAlias('host_1', [wwpn(HOST(2))]);
    expect(await send('show device-alias database')).toContain(`device-alias name host_1 pwwn ${HOST(2)}`);
    await expect(hand.createAlias('both', [wwpn(HOST(1)), wwpn(HOST(2))])).rejects.toThrow('one WWPN');
    const other = await started({}, 'fcalias');
    await other.hand.createAlias('both', [wwpn(HOST(1)), wwpn(HOST(2))]);
    await other.hand.createZone({
      name: 'z',
      members: [{ type: 'alias', alias: 'both' }],
      configuration: 'zs',
      enable: false,
    });
    expect(await other.send('show zone name z')).toContain(`fcalias name both vsan 10\n    pwwn ${HOST(1)}`);
  });

  test('a session is left open in enhanced mode; basic mode has none', async () => {
    const { hand, send, simulator } = await started({ vsans: [{ id: 10, mode: 'enhanced' }] });
    await hand.openTransaction('colleague');
    expect(await send('show zone status vsan 10')).toContain('session: cli [colleague]');
    await send('config t');
    expect(await send('zone name z vsan 10')).toBe('Lock is currently busy\n');
    await expect(hand.openTransaction('another')).rejects.toThrow('colleague has a session open');
    simulator.hand.closeSession(10);
    expect(await send('zone name z vsan 10')).toContain('Enhanced zone session has been created.');
    await expect((await started()).hand.openTransaction('colleague')).rejects.toThrow('basic mode has no sessions');
  });

  test('the default zone opens and a port logs out', async () => {
    const { hand, send, simulator } = await started();
    await hand.defaultZone('permit');
    expect(await send('show zone status vsan 10')).toContain('default-zone: permit');
    await hand.logout(HOST(1));
    expect(await send('show fcns database vsan 10')).not.toContain(HOST(1));
    simulator.hand.login(HOST(1));
    expect(await send('show fcns database vsan 10')).toContain(HOST(1));
    await expect(hand.logout('10:00:00:00:00:00:00:00')).rejects.toThrow('there is no port');
  });
});

describe('faults', () => {
  test('a lost reply is ambiguous to the session, and has happened', async () => {
    const { hand, faults, send, simulator } = await started();
    await hand.createZone({ name: 'z', members: [wwpn(HOST(1))], configuration: 'zs', enable: false });
    await faults.loseReply();
    await send('config t');
    await expect(send('zoneset activate name zs vsan 10')).rejects.toMatchObject({ class: 'ambiguous' });
    await systemClock.sleep(50);
    expect(simulator.dump().vsans.find(({ id }) => id === 10)!.active?.name).toBe('zs');
  });

  test('a lost request is ambiguous too, and has not happened', async () => {
    const { faults, send, simulator } = await started();
    await faults.loseRequest();
    await send('config t');
    await expect(send('zone name z vsan 10')).rejects.toMatchObject({ class: 'ambiguous' });
    expect(simulator.dump().switches[0]!.zoning[10]!.db.zones).toEqual([]);
  });

  test('the others are set and cleared', async () => {
    const { hand, faults, send, simulator } = await started();
    await hand.createZone({ name: 'z', members: [wwpn(HOST(1))], configuration: 'zs', enable: false });
    await faults.busy();
    await faults.slow(1);
    await faults.rejectActivation();
    await faults.partialZones();
    await send('config t');
    expect(await send('zone name y vsan 10')).toBe('Lock is currently busy\n');
    expect(await send('show zone vsan 10')).toContain('output is incomplete');
    expect(simulator.faults.list()).toHaveLength(4);
    await faults.clear();
    expect(simulator.faults.list()).toEqual([]);
    expect(await send('zoneset activate name zs vsan 10')).toContain('initiated');
  });

  test('what was asked of the switch only grows, and reads do not count', async () => {
    const { faults, send } = await started();
    await send('show zone vsan 10');
    await send('config t');
    expect(faults.asked()).toBe(0);
    await send('zone name z vsan 10');
    await send(`member pwwn ${HOST(1)}`);
    expect(faults.asked()).toBe(2);
  });
});
