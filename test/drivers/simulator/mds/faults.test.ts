/** Each failure on demand, seen by a real client over SSH. The texts of partial lists and of what fails: derived. */
import { afterEach, describe, expect, test } from 'vitest';
import type { MdsSimulator } from '../../../../drivers/simulator/mds/simulator.ts';
import type { FabricPlan } from '../../../../drivers/simulator/mds/state/build.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { HOST, TARGET } from './prompt.ts';
import { openTerminal, startSimulator, type Terminal } from './terminal.ts';

const ENHANCED = { vsans: [{ id: 10, mode: 'enhanced' as const }] };
const ENDED = 'the connection ended';

let simulator: MdsSimulator;
const terminals: Terminal[] = [];
afterEach(async () => {
  for (const terminal of terminals.splice(0)) terminal.close();
  await simulator.close();
});

async function open(on = 'mds-1'): Promise<Terminal> {
  const terminal = await openTerminal(simulator, { on });
  terminals.push(terminal);
  await terminal.send('terminal length 0');
  return terminal;
}

async function start(plan: Partial<FabricPlan> = {}): Promise<Terminal> {
  simulator = await startSimulator(plan);
  return open();
}

async function run(terminal: Terminal, ...lines: string[]): Promise<string> {
  let last = '';
  for (const line of lines) last = await terminal.send(line);
  return last;
}

/** Until the VSAN has nothing under way. */
async function settled(): Promise<void> {
  for (let tries = 0; simulator.dump().vsans.some(({ operation }) => operation) && tries < 200; tries++) {
    await systemClock.sleep(5);
  }
}

const ZONES = [
  'config t',
  'zone name z1 vsan 10',
  `member pwwn ${HOST(1)}`,
  'zone name z2 vsan 10',
  `member pwwn ${TARGET(1)}`,
  'zoneset name zs vsan 10',
  'member z1',
  'member z2',
];
const ACTIVATE = 'zoneset activate name zs vsan 10';

const activeNames = () =>
  simulator
    .dump()
    .vsans.find(({ id }) => id === 10)!
    .active?.zones.map(({ name }) => name);

describe('a busy lock', () => {
  test.each([
    ['basic', {}],
    ['enhanced', ENHANCED],
  ])('is said to every change in %s mode until it is cleared', async (_mode, plan) => {
    const terminal = await start(plan);
    simulator.faults.add({ kind: 'busy', vsan: 10 });
    await terminal.send('config t');
    expect(await terminal.send('zone name z1 vsan 10')).toContain('\nLock is currently busy\r\nmds-1(config)# ');
    expect(await terminal.send(ACTIVATE)).toContain('Lock is currently busy');
    expect(await terminal.send('show zone vsan 10')).toContain('Zone not present');
    simulator.faults.clear();
    expect(await terminal.send('zone name z1 vsan 10')).toContain('(config-zone)# ');
  });

  test('may be on one switch only', async () => {
    await start();
    simulator.faults.add({ kind: 'busy', switch: 'mds-2' });
    expect(await run(await open('mds-2'), 'config t', 'zone name z1 vsan 10')).toContain('busy');
    expect(await run(await open('mds-1'), 'config t', 'zone name z1 vsan 10')).not.toContain('busy');
  });
});

test('answers are slow', async () => {
  const terminal = await start();
  simulator.faults.add({ kind: 'slow', latencyMs: 600 });
  const startMs = systemClock.nowMs();
  await terminal.send('show switchname');
  expect(systemClock.nowMs() - startMs).toBeGreaterThanOrEqual(590);
  simulator.faults.clear();
  const thenMs = systemClock.nowMs();
  await terminal.send('show switchname');
  expect(systemClock.nowMs() - thenMs).toBeLessThan(590);
});

test('whoever waits for a slow answer is gone when the simulator closes', async () => {
  const terminal = await start();
  simulator.faults.add({ kind: 'slow', latencyMs: 60_000 });
  const answer = expect(terminal.send('show switchname')).rejects.toThrow(ENDED);
  for (let tries = 0; simulator.commands().length < 2 && tries < 500; tries++) await systemClock.sleep(5);
  await simulator.close();
  await answer;
  expect(simulator.commands().at(-1)?.command).toBe('show switchname');
  await start();
});

describe('a lost reply', () => {
  test('in basic mode: the activation takes effect, the connection drops', async () => {
    const terminal = await start();
    await run(terminal, ...ZONES);
    simulator.faults.add({ kind: 'lose-reply' });
    await expect(terminal.send(ACTIVATE)).rejects.toThrow(ENDED);
    await settled();
    expect(activeNames()).toEqual(['z1', 'z2']);
    expect(await (await open()).send('show switchname')).toContain('mds-1');
  });

  test('in enhanced mode: the commit, not the activation that it carries', async () => {
    const terminal = await start(ENHANCED);
    await run(terminal, ...ZONES);
    simulator.faults.add({ kind: 'lose-reply' });
    expect(await terminal.send(ACTIVATE)).toContain('(config)# ');
    await expect(terminal.send('zone commit vsan 10')).rejects.toThrow(ENDED);
    await settled();
    expect(activeNames()).toEqual(['z1', 'z2']);
  });

  test('of a command that would ask takes effect too', async () => {
    const terminal = await start();
    await run(terminal, ...ZONES, 'zone name empty vsan 10', 'zoneset name zs vsan 10', 'member empty');
    simulator.faults.add({ kind: 'lose-reply' });
    await expect(terminal.send(ACTIVATE)).rejects.toThrow(ENDED);
    await settled();
    expect(activeNames()).toContain('empty');
  });

  test('may be of another command', async () => {
    const terminal = await start();
    simulator.faults.add({ kind: 'lose-reply', command: '^zone name z2 ' });
    await run(terminal, 'config t', 'zone name z1 vsan 10');
    await expect(terminal.send('zone name z2 vsan 10')).rejects.toThrow(ENDED);
    expect(await run(await open(), 'show zone vsan 10 | include name')).toContain('zone name z2 vsan 10');
  });
});

test('a lost request never happened', async () => {
  const terminal = await start();
  simulator.faults.add({ kind: 'lose-request' });
  await run(terminal, 'show zone vsan 10', 'config t');
  await expect(terminal.send('zone name z1 vsan 10')).rejects.toThrow(ENDED);
  expect(await run(await open(), 'show zone vsan 10')).toContain('Zone not present');
  expect(await run(await open(), 'config t', 'zone name z1 vsan 10')).toContain('(config-zone)# ');
});

test('an answer is cut in the middle', async () => {
  const terminal = await start();
  await run(terminal, ...ZONES, 'end');
  simulator.faults.add({ kind: 'cut-output', afterLines: 3, command: '^show zone ' });
  await terminal.send('show switchname');
  const error = await terminal.send('show zone vsan 10').catch((why: Error) => why.message);
  expect(error).toContain('the connection ended after');
  expect(error).toContain(HOST(1));
  expect(error).not.toContain(TARGET(1));
  expect(await run(await open(), 'show zone vsan 10')).toContain(TARGET(1));
});

test('a session is dropped at the n-th command', async () => {
  const terminal = await start();
  simulator.faults.add({ kind: 'drop-session', atCommand: 3 });
  await run(terminal, 'show switchname', 'show switchname');
  await expect(terminal.send('show switchname')).rejects.toThrow(ENDED);
  expect(simulator.faults.list()).toEqual([]);
});

describe('a rejected activation', () => {
  test('fails later, and leaves the fabric as it was', async () => {
    const terminal = await start();
    await run(terminal, ...ZONES, ACTIVATE);
    await settled();
    simulator.faults.add({ kind: 'reject-activation', how: 'failed', reason: 'Fabric changing Dom 2' });
    await run(terminal, 'zoneset name zs vsan 10', 'no member z2');
    expect(await terminal.send(ACTIVATE)).toContain('Zoneset activation initiated');
    await settled();
    expect(activeNames()).toEqual(['z1', 'z2']);
    expect(await terminal.send('show zone status vsan 10')).toContain(
      'Status: Operation failed: Activation failed [Error: Fabric changing Dom 2]:\r\n        at ',
    );
  });

  test('is refused at once', async () => {
    const terminal = await start(ENHANCED);
    await run(terminal, ...ZONES, ACTIVATE);
    simulator.faults.add({ kind: 'reject-activation', how: 'refused' });
    expect(await terminal.send('zone commit vsan 10')).toContain('Activation failed [Error: Unsuccessful reply Dom 2]');
    expect(simulator.dump().vsans.find(({ id }) => id === 10)!.session?.user).toBe('admin');
    expect(await terminal.send('zone commit vsan 10')).toContain('Commit operation initiated');
  });
});

describe('a partial list', () => {
  const names = (text: string) => [...text.matchAll(/zone name (\S+)/g)].map(([, name]) => name);

  test('of zones says that it is, or only the status tells', async () => {
    const terminal = await start();
    await run(terminal, ...ZONES, ACTIVATE, 'end');
    await settled();
    simulator.faults.add({ kind: 'partial-zones', silent: false });
    for (const command of ['show zone vsan 10', 'show zoneset vsan 10', 'show zoneset active vsan 10']) {
      const text = await terminal.send(command);
      expect(names(text), command).toEqual(['z1']);
      expect(text, command).toContain('Error: zone server did not respond in time, output is incomplete');
    }
    simulator.faults.clear();
    simulator.faults.add({ kind: 'partial-zones', silent: true });
    const text = await terminal.send('show zoneset active vsan 10');
    expect([names(text), text.includes('Error')]).toEqual([['z1'], false]);
    expect(await terminal.send('show zone status vsan 10')).toContain('Zonesets: 1 Zones: 2');
    simulator.faults.clear();
    expect(names(await terminal.send('show zone vsan 10'))).toEqual(['z1', 'z2']);
  });

  test('of logins shows fewer than its total, or a smaller total', async () => {
    const terminal = await start();
    const rows = (text: string) => text.match(/^0x/gm)?.length;
    simulator.faults.add({ kind: 'partial-logins', silent: false });
    const told = await terminal.send('show fcns database vsan 10');
    expect([rows(told), /entries = (\d+)/.exec(told)?.[1]]).toEqual([2, '4']);
    simulator.faults.clear();
    simulator.faults.add({ kind: 'partial-logins', silent: true });
    const silent = await terminal.send('show fcns database vsan 10');
    expect([rows(silent), /entries = (\d+)/.exec(silent)?.[1]]).toEqual([2, '2']);
  });
});

describe('a copy', () => {
  test('fails some times', async () => {
    const terminal = await start();
    simulator.faults.add({ kind: 'copy-fails', times: 2 });
    const copy = () => terminal.send('copy running-config startup-config');
    expect(await copy()).toContain('Configuration update aborted');
    expect(await copy()).toContain('Configuration update aborted');
    expect(await copy()).toContain('100%');
  });

  test('is refused while one runs elsewhere', async () => {
    const terminal = await start();
    simulator.hand.copyElsewhere('mds-2', 60_000);
    await terminal.send('copy running-config startup-config fabric', /\[n\] $/);
    expect(await terminal.send('y')).toContain('another copy in progress');
    expect(await terminal.send('copy running-config startup-config')).toContain('100%');
  });
});

test('every command is in the log, with its switch and user', async () => {
  const terminal = await start();
  await run(terminal, 'sh zoneset act vsan 10', 'nonsense');
  const [, show, wrong] = simulator.commands();
  expect(show).toMatchObject({
    switch: 'mds-1',
    user: 'admin',
    line: 'sh zoneset act vsan 10',
    command: 'show zoneset active vsan 10',
    said: ['Zoneset not present'],
  });
  expect(wrong).toMatchObject({ line: 'nonsense' });
  expect(wrong!.command).toBeUndefined();
});
