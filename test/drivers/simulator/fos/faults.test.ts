/** What goes wrong on request, over real SSH and real HTTPS. The text of "busy" is public; that of a rejection is derived. */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type FosFault, taken } from '../../../../drivers/simulator/fos/faults.ts';
import { type FosSimulator, startFosSimulator } from '../../../../drivers/simulator/fos/simulator.ts';
import { zonedState } from './estate.ts';
import { connect, logIn, makeTls, printed, type TestClient, type TestRest, type TestTls } from './support.ts';

let tls: TestTls;
const open: { close(): unknown }[] = [];
beforeAll(() => {
  tls = makeTls();
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function start(): Promise<{
  switched: FosSimulator;
  client: TestClient;
  rest: TestRest;
  again(): Promise<TestClient>;
}> {
  const switched = await startFosSimulator({ state: zonedState(), tls });
  open.push(switched);
  const again = async () => {
    const client = await connect(switched);
    open.push(client);
    return client;
  };
  return { switched, client: await again(), rest: await logIn(switched, tls), again };
}

const ZONES = '/rest/running/brocade-zone';
const PEER = `${ZONES}/defined-configuration/zone/zone-name/peer`;
const ENABLE = `${ZONES}/effective-configuration/cfg-name/prod`;

async function fence(rest: TestRest): Promise<{ checksum: string }> {
  const { json } = await rest.ask('GET', `${ZONES}/effective-configuration/checksum`);
  return (json as { Response: { 'effective-configuration': { checksum: string } } }).Response[
    'effective-configuration'
  ];
}

describe('busy', () => {
  test('answers changes until it is cleared, and no reads', async () => {
    const { switched, client, rest } = await start();
    switched.faults.add({ fault: 'busy' });
    for (const line of ['zonedelete "peer"', 'cfgsave']) {
      expect(await client.exec(line)).toEqual({ stdout: 'The Fabric is busy, try again later.\n', code: 0 });
    }
    expect((await client.exec('cfgtransabort')).stdout).toBe('There is no outstanding transaction\n');
    expect(switched.asked()).toBe(2);
    const { status, text } = await rest.ask('DELETE', PEER);
    expect([status, text]).toEqual([503, expect.stringContaining('The Fabric is busy')]);
    expect((await rest.ask('GET', PEER)).status).toBe(200);
    switched.faults.clear();
    expect((await client.exec('zonedelete "peer"')).stdout).toBe('');
  });
});

describe('slow', () => {
  test('delays every answer by its time', async () => {
    const { switched, client, rest } = await start();
    switched.faults.add({ fault: 'slow', latencyMs: 150 });
    const begunMs = Date.now();
    await client.exec('version');
    await rest.ask('GET', PEER);
    expect(Date.now() - begunMs).toBeGreaterThanOrEqual(290);
  });

  test('closing does not wait for it', async () => {
    const switched = await startFosSimulator({ state: zonedState() });
    const client = await connect(switched);
    switched.faults.add({ fault: 'slow', latencyMs: 60_000 });
    const pending = client.exec('version');
    while (switched.commands().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await switched.close();
    await pending;
  });

  test('flash alone delays commits only', async () => {
    const { switched, client } = await start();
    switched.faults.add({ fault: 'slow-flash', latencyMs: 200 });
    let begunMs = Date.now();
    await client.exec('zonedelete "peer"');
    await client.exec('cfgshow');
    expect(Date.now() - begunMs).toBeLessThan(190);
    begunMs = Date.now();
    expect((await client.exec('cfgsave -f')).stdout).toContain('Updating flash ...');
    expect(Date.now() - begunMs).toBeGreaterThanOrEqual(195);
  });
});

describe('a lost reply', () => {
  test('the activation happened, and the session is gone', async () => {
    const { switched, client, again } = await start();
    await client.exec('cfgadd "prod","z_later"');
    switched.faults.add({ fault: 'lose-reply' });
    const lost = await client.exec('cfgenable "prod"', ['y']);
    expect(lost.code).toBeUndefined();
    expect(lost.stdout).not.toContain('is in effect');
    expect(switched.state().fabrics[0]!.effective!.zones.has('z_later')).toBe(true);
    expect((await (await again()).exec('cfgactvshow')).stdout).toContain(' zone:\tz_later\t');
  });

  test('over REST', async () => {
    const { switched, rest } = await start();
    await rest.ask('DELETE', PEER);
    const body = await fence(rest);
    switched.faults.add({ fault: 'lose-reply' });
    await expect(rest.ask('PATCH', `${ZONES}/effective-configuration/cfg-action/1`, body)).rejects.toThrow();
    expect(switched.state().fabrics[0]!.defined.zones.has('peer')).toBe(false);
    expect((await rest.ask('GET', PEER)).status).toBe(404);
  });

  test('of an edit, when it is asked for there', async () => {
    const { switched, client } = await start();
    switched.faults.add({ fault: 'lose-reply', at: 'write' });
    expect((await client.exec('zonedelete "peer"')).code).toBeUndefined();
    expect(switched.state().fabrics[0]!.transactions).toHaveLength(1);
  });
});

describe('a lost request', () => {
  test('did nothing, and the session is gone', async () => {
    const { switched, client, rest, again } = await start();
    switched.faults.add({ fault: 'lose-request' });
    expect((await client.exec('cfgtransshow')).code).toBe(0);
    expect(await client.exec('zonedelete "peer"')).toEqual({ stdout: '' });
    expect(switched.state().fabrics[0]!.transactions).toEqual([]);
    expect((await (await again()).exec('zonedelete "peer"')).code).toBe(0);
    switched.faults.add({ fault: 'lose-request', at: 'commit' });
    await expect(rest.ask('PATCH', ENABLE, await fence(rest))).rejects.toThrow();
    expect(switched.writes()).toBe(0);
  });
});

describe('a rejected activation', () => {
  test('leaves the fabric and the transaction as they were, once', async () => {
    const { switched, client } = await start();
    await client.exec('cfgadd "prod","z_later"');
    const before = switched.dump();
    switched.faults.add({ fault: 'reject-activation' });
    const { stdout, code } = await client.exec('cfgenable "prod"', ['y']);
    expect(stdout).toMatch(/error: cfgenable failed\. Domain 2 rejected the request[^\n]*\n$/);
    expect(code).toBe(0);
    expect(switched.dump()).toBe(before);
    expect((await client.exec('cfgenable "prod"', ['y'])).stdout).toContain('is in effect');
  });

  test('over REST', async () => {
    const { switched, rest } = await start();
    switched.faults.add({ fault: 'reject-activation' });
    const body = await fence(rest);
    expect((await rest.ask('PATCH', ENABLE, body)).status).toBe(400);
    expect(switched.writes()).toBe(0);
    expect((await rest.ask('PATCH', ENABLE, body)).status).toBe(204);
  });
});

test('a session ends at the n-th command, which is not run', async () => {
  const { switched, client, again } = await start();
  switched.faults.add({ fault: 'drop-session', command: 3 });
  expect((await client.exec('zonedelete "peer"')).code).toBe(0);
  expect((await client.exec('zonedelete "z_later"')).code).toBe(0);
  expect((await client.exec('zonedelete "z1"')).code).toBeUndefined();
  const shown = await (await again()).exec('zoneshow "*"');
  expect(shown.stdout).toContain(' zone:\tz1\t');
  expect(shown.stdout).not.toContain('z_later');
});

test('or only its answer is lost', async () => {
  const { switched, client, again } = await start();
  switched.faults.add({ fault: 'drop-session', command: 2, after: true });
  expect((await client.exec('version')).code).toBe(0);
  expect((await client.exec('zonedelete "peer"')).code).toBeUndefined();
  expect((await (await again()).exec('zoneshow "*"')).stdout).not.toContain('peer');
});

test('a shell is dropped too', async () => {
  const { switched, client } = await start();
  const shell = await client.shell();
  await shell.until('> ');
  switched.faults.add({ fault: 'drop-session', command: 1 });
  shell.type('version\r');
  await shell.ended;
});

describe('a partial list', () => {
  const whole = printed(zonedState(), 'cfgshow');

  test('ends early, and nothing says so', async () => {
    const { switched, client, rest } = await start();
    switched.faults.add({ fault: 'partial' });
    const { stdout, code } = await client.exec('cfgshow');
    expect(code).toBe(0);
    expect(stdout.length).toBeLessThan(whole.length);
    expect(whole.startsWith(stdout)).toBe(true);
    const { json } = await rest.ask('GET', `${ZONES}/defined-configuration`);
    const { zone } = (json as { Response: { 'defined-configuration': { zone: unknown[] } } }).Response[
      'defined-configuration'
    ];
    expect(zone).toHaveLength(2);
    expect((await client.exec('switchshow')).stdout).toBe(printed(zonedState(), 'switchshow'));
    switched.faults.clear();
    expect((await client.exec('cfgshow')).stdout).toBe(whole);
  });

  test('breaks off where it tells', async () => {
    const { switched, client, rest } = await start();
    switched.faults.add({ fault: 'partial', tells: true });
    const { stdout, code } = await client.exec('nsshow');
    expect(code).toBeUndefined();
    expect(stdout).not.toContain('The Local Name Server has');
    await expect(rest.ask('GET', `${ZONES}/defined-configuration`)).rejects.toThrow();
    expect((await client.exec('version')).code).toBe(0);
  });
});

test('a full database refuses the commit, and keeps the transaction', async () => {
  const { switched, client } = await start();
  await client.exec('zonecreate "more","1,1;1,2;1,3"');
  switched.hand.databaseBytesMax(200);
  const { stdout } = await client.exec('cfgsave', ['y']);
  expect(stdout).toMatch(/\nerror: Commit zone DB larger than supported - \d+ greater than 200\n$/);
  expect((await client.exec('cfgtransshow')).stdout).toContain('It is abortable');
});

test('faults wait for what they are about', () => {
  const faults: FosFault[] = [
    { fault: 'lose-reply' },
    { fault: 'slow', latencyMs: 10 },
    { fault: 'slow-flash', latencyMs: 5 },
  ];
  const read = { write: false, commit: false, activation: false, lists: true };
  const first = taken(faults, read);
  expect(first.effect).toMatchObject({ loseReply: false, delayMs: 10 });
  expect(first.faults).toEqual(faults);
  const second = taken(first.faults, { ...read, write: true, commit: true });
  expect(second.effect).toMatchObject({ loseReply: true, delayMs: 10, flashMs: 5 });
  expect(second.faults).toEqual(faults.slice(1));
});
