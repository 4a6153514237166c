/**
 * The switch over SSH, with a real client: logins, prompts, echo, pages, questions, single commands. Prompts and questions
 * as CoprHD/coprhd-controller expects them (networksystem-mds-dialog.properties; licence not checked) and as labs recorded
 * them; the length of a page, erasing of `--More--`, exit status of single commands: derived.
 */
import ssh2 from 'ssh2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MdsSimulator } from '../../../../drivers/simulator/mds/simulator.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { ADMIN, connect, execute, openTerminal, startSimulator, type Terminal } from './terminal.ts';

const { private: PRIVATE, public: PUBLIC } = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
const OPERATOR = { user: 'viewer', role: 'network-operator', publicKey: PUBLIC } as const;

let simulator: MdsSimulator;
beforeEach(async () => {
  simulator = await startSimulator({}, [ADMIN, OPERATOR]);
});
afterEach(() => simulator.close());

describe('a login', () => {
  test('by password, by questions, by key', async () => {
    const clients = await Promise.all([
      connect(simulator),
      connect(simulator, { tryKeyboard: true }),
      connect(simulator, { user: 'viewer', privateKey: PRIVATE }),
    ]);
    expect(simulator.logins()).toBe(3);
    for (const client of clients) client.end();
  });

  test('is refused with another password, another key, another name', async () => {
    const { private: other } = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
    const wrong = [
      { password: 'guess' },
      { password: 'guess', tryKeyboard: true },
      { user: 'viewer', privateKey: other },
      { user: 'viewer', password: '' },
      { user: 'nobody' },
    ];
    for (const options of wrong) {
      await expect(connect(simulator, options)).rejects.toThrow('All configured authentication methods failed');
    }
    expect(simulator.logins()).toBe(0);
  });

  test('shows the host key that the simulator tells', async () => {
    const { host, sshPort, hostKey } = simulator.at('mds-2');
    const seen = await new Promise<string>((resolve) => {
      const client = new ssh2.Client();
      client.on('error', () => {});
      client.connect({
        host,
        port: sshPort,
        username: 'admin',
        hostHash: 'sha256',
        hostVerifier: (hash: string) => {
          resolve(hash);
          return false;
        },
      });
    });
    expect(`SHA256:${Buffer.from(seen, 'hex').toString('base64').replace(/=+$/, '')}`).toBe(hostKey.fingerprint);
    expect(hostKey.type).toBe('ecdsa-sha2-nistp256');
  });
});

describe('a terminal', () => {
  let terminal: Terminal;
  beforeEach(async () => {
    terminal = await openTerminal(simulator);
  });
  afterEach(() => terminal.close());

  test('greets, echoes and prompts', async () => {
    expect(terminal.greeting).toMatch(/^Cisco Nexus Operating System \(NX-OS\) Software\r\n.*mds-1# $/s);
    expect(await terminal.send('show switchname')).toBe('show switchname\r\nmds-1\r\nmds-1# ');
    expect(await terminal.send('config t')).toBe(
      'config t\r\nEnter configuration commands, one per line.  End with CNTL/Z.\r\nmds-1(config)# ',
    );
    expect(await terminal.send('zone name z1 vsan 10')).toBe('zone name z1 vsan 10\r\nmds-1(config-zone)# ');
    expect(await terminal.send('zoneset name zs vsan 10')).toContain('\nmds-1(config-zoneset)# ');
    expect(await terminal.send('device-alias database')).toContain('\nmds-1(config-device-alias-db)# ');
    expect(await terminal.send('end')).toBe('end\r\nmds-1# ');
  });

  test('puts the caret under the wrong word', async () => {
    expect(await terminal.send('show zonk')).toBe(
      "show zonk\r\n            ^\r\n% Invalid command at '^' marker.\r\nmds-1# ",
    );
  });

  test('lets a line be corrected, dropped, and left with CTRL-Z', async () => {
    expect(await terminal.keys('show swx\x7fitchname\r', /# $/)).toContain('\r\nmds-1\r\n');
    expect(await terminal.keys('copy run\x03', /\^C\r\nmds-1# $/)).toContain('^C');
    await terminal.send('config t');
    expect(await terminal.keys('\x1a', /mds-1# $/)).toContain('mds-1# ');
    expect(simulator.commands().map(({ line }) => line)).toEqual(['show switchname', 'config t', 'end']);
  });

  test('takes lines that end in any way, one after the other', async () => {
    expect(await terminal.keys('show clock\nshow clock\r\nshow switchname\r', /mds-1\r\nmds-1# $/)).toBeTruthy();
    expect(simulator.commands()).toHaveLength(3);
  });

  test('pages what is longer than its length; space, enter and q go on', async () => {
    const first = await terminal.send('show fcns database detail vsan 10', /--More--$/);
    expect(first.split('\r\n')).toHaveLength(1 + 23 + 1);
    const second = await terminal.keys(' ', /--More--$/);
    expect(second.startsWith('\r        \r')).toBe(true);
    expect(second.split('\r\n')).toHaveLength(23 + 1);
    expect((await terminal.keys('\r', /--More--$/)).split('\r\n')).toHaveLength(2);
    expect(await terminal.keys('q', /# $/)).toBe('\r        \rmds-1# ');
  });

  test('pages nothing with no-more or terminal length 0', async () => {
    const piped = await terminal.send('show fcns database detail vsan 10 | no-more');
    expect(piped).toContain('Total number of entries = 4');
    await terminal.send('terminal length 0');
    expect(await terminal.send('show fcns database detail vsan 10')).not.toContain('More');
  });

  test('asks and waits for the answer', async () => {
    await terminal.send('config t');
    await terminal.send('zone name empty vsan 10');
    await terminal.send('zoneset name zs vsan 10');
    await terminal.send('member empty');
    const question = await terminal.send('zoneset activate name zs vsan 10', /\[n\] $/);
    expect(question).toContain(
      '\r\nWARNING: The following zones do not have members:\r\n  empty\r\nDo you want to continue? (y/n) [n] ',
    );
    expect(await terminal.send('y')).toBe('y\r\nZoneset activation initiated. check zone status\r\nmds-1(config)# ');
  });

  test('ends with exit', async () => {
    await expect(terminal.send('exit')).rejects.toThrow('the connection ended');
  });

  test('works while another one works on the same switch, each with its own mode', async () => {
    const other = await openTerminal(simulator);
    await terminal.send('config t');
    expect(await other.send('show switchname')).toContain('mds-1# ');
    other.close();
  });
});

test('an enhanced lock outlives a dropped connection', async () => {
  await simulator.close();
  simulator = await startSimulator({ vsans: [{ id: 10, mode: 'enhanced' }] });
  const first = await openTerminal(simulator);
  await first.send('config t');
  expect(await first.send('zone name z1 vsan 10')).toContain('Enhanced zone session has been created.');
  simulator.faults.dropConnections();
  const second = await openTerminal(simulator, { on: 'mds-2' });
  await second.send('terminal length 0');
  expect(await second.send('show zone status vsan 10')).toContain('session: remote [dom: 1][ip: 192.0.2.11]');
  await second.send('config t');
  expect(await second.send('zone name z2 vsan 10')).toContain('Lock is currently busy');
  second.close();
});

describe('a single command', () => {
  test('prints its output without prompt, echo or pages', async () => {
    const client = await connect(simulator);
    expect(await execute(client, 'show switchname')).toEqual({ text: 'mds-1\n', code: 0 });
    const { text } = await execute(client, 'show fcns database detail vsan 10 | no-more');
    expect(text).toContain('Total number of entries = 4\n');
    expect((await execute(client, 'show nonsense')).text).toBe("     ^\n% Invalid command at '^' marker.\n");
    client.end();
  });

  test('may be several, and is answered with no where it asks', async () => {
    const client = await connect(simulator);
    const { text } = await execute(client, 'conf t ; zone name empty vsan 10 ; zoneset name zs ; show switchname');
    expect(text).toContain('% Incomplete command');
    const asks = 'conf t ; zoneset name zs vsan 10 ; member empty ; zoneset activate name zs vsan 10';
    expect((await execute(client, asks)).text).toContain('Do you want to continue? (y/n) [n] ');
    await systemClock.sleep(50);
    expect((await execute(client, 'show zoneset active vsan 10')).text).toBe('Zoneset not present\n');
    const forced = await execute(client, 'terminal dont-ask ; conf t ; zoneset activate name zs vsan 10');
    expect(forced.text).toContain('Zoneset activation initiated. check zone status\n');
    await systemClock.sleep(50);
    expect((await execute(client, 'show zoneset active vsan 10')).text).toContain('zone name empty');
    client.end();
  });
});
