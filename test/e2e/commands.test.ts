/** Every other command once, as a process, with all its outputs. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EVERYTHING } from '../long-only.ts';
import { cliIn, ensureBuilt, expectNoChanges, type ShownDocument } from './cli.ts';
import { numbered, stack } from './plans.ts';
import { simWorld } from './sim.ts';

beforeAll(ensureBuilt);

describe.concurrent('commands that look', () => {
  it('end with 0 and say something in every form', async () => {
    const world = await simWorld(stack(numbered(2), { 'app-1': ['data-{01..02}'] }));
    await world.expect(0, 'apply', 'plans', '--yes');
    const state = (await world.expect(0, 'state', 'export')).stdout;
    const queries = [
      { argv: ['device', 'list'], says: 'array-1' },
      { argv: ['driver', 'list'], says: 'simulator' },
      { argv: ['sim', 'show', 'sim-1'], says: 'sim-1' },
      { argv: ['sim', 'fault', 'sim-1'], says: '' },
      { argv: ['drift'], says: 'array-1' },
      { argv: ['explain', 'volume.data-01'], says: 'fast' },
      { argv: ['show'], says: 'web/volume.data-01' },
      { argv: ['show', 'export.app-1'], says: 'iqn.' },
      { argv: ['state', 'list'], says: 'web/volume.data-01' },
      { argv: ['state', 'show', 'web/volume.data-01'], says: 'data-01' },
      { argv: ['device', 'review', 'array-1'], says: 'array-1' },
      { argv: ['validate', 'plans'], says: '' },
      { argv: ['pool', 'list'], says: 'array-1/fast' },
      { argv: ['pool', 'fit', 'gold'], says: 'array-1/fast' },
      { argv: ['capacity'], says: 'gold' },
      { argv: ['capacity', '--forecast'], says: 'gold' },
      { argv: ['reclaim', 'report'], says: 'data-01' },
      { argv: ['audit'], says: 'no initiator is logged in' },
    ];
    /** In every run each in one form, the next one in the next; the golden files of test/views have all. */
    let turn = 0;
    const say = async ({ argv, says }: { argv: string[]; says: string }) => {
      turn++;
      for (const [at, form] of ['--json', '--plain', '--human'].entries()) {
        if (!EVERYTHING && turn % 3 !== at) continue;
        const { stdout, stderr } = await world.expect(0, ...argv, form);
        expect(stdout, argv.join(' ')).toContain(says);
        if (form === '--plain') expect(stdout).toMatch(/^[\t\n\x20-\x7e]*$/);
        if (form !== '--json') continue;
        for (const line of stdout.trimEnd().split(/\n(?=\{)/)) expect(() => JSON.parse(line)).not.toThrow();
        expect(stdout + stderr).toContain('"outcome":');
      }
    };
    await inTurns(queries, say);
    expect((await world.expect(0, 'state', 'export')).stdout).toBe(state);
    // These may write.
    await say({ argv: ['discover'], says: 'array-1' });
    await say({ argv: ['recover'], says: '' });
  });

  it.runIf(EVERYTHING)('explain what is not there, and what is only planned', async () => {
    const world = await simWorld(stack(numbered(1)));
    await world.expect(1, 'explain', 'volume.nothing');
    await world.expect(0, 'apply', 'plans', '--yes');
    const near = await world.expect(1, 'show', 'volume.data-1', '--human');
    expect(near.stderr).toContain('data-01');
  });
});

/** Two at a time: the machine has few processors. */
async function inTurns<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await run(item);
  };
  await Promise.all([worker(), worker()]);
}

describe.concurrent('a device that is added by hand', () => {
  it('is only observed until a mode and a pool are given, and can be used in files by name', async () => {
    const world = await simWorld();
    await world.expect(0, 'sim', 'up', '--directory', 'more', '--arrays', '3', '--pools', '1', '--volumes', '3');
    const add = (name: string, array: string, ...flags: string[]) => [
      ...['device', 'add', name, '--driver', 'simulator', '--set', `array=${array}`],
      ...['--set', `directory=${join(world.directory, 'more')}`, ...flags, '--yes'],
    ];
    const incomplete = await world.expect(1, 'device', 'add', 'array-2', '--driver', 'simulator', '--yes');
    expect(incomplete.stderr).toContain('directory: it is missing (a text)');
    await world.expect(0, ...add('array-2', 'sim-2'));
    const list = async () =>
      (
        await world.json<{ devices: { name: string; mode: string; scope: string[]; pools: unknown[] }[] }>(
          'device',
          'list',
        )
      ).devices;
    expect(await list()).toMatchObject([{ name: 'array-2', mode: 'observe', scope: [], pools: [{ name: 'fast' }] }]);
    const { systems } = await world.json<{ systems: unknown[] }>('discover');
    expect(systems).toMatchObject([{ system: 'array-2', volumes: 3, ours: 0, foreign: 3 }]);
    // The same array by another name, and another array by the same name.
    await world.expect(1, ...add('array-4', 'sim-2'));
    await world.expect(1, ...add('array-2', 'sim-3'));
    await world.expect(0, ...add('array-3', 'sim-3', '--mode', 'manage', '--pool', 'fast'));
    expect((await list()).find(({ name }) => name === 'array-3')).toMatchObject({ mode: 'manage', scope: ['fast'] });
    await world.expect(0, 'drift');
    await world.expect(0, 'apply', 'plans/infrastructure.yaml', '--yes');
    expect((await list()).map(({ name }) => name).sort()).toEqual(['array-1', 'array-2', 'array-3']);
    await expectNoChanges(world, 'plans/infrastructure.yaml');
  });
});

describe.concurrent('a device that misbehaves', () => {
  it('is said to be down without a stack, and holds what needs it', async () => {
    const world = await simWorld(stack(numbered(1)));
    await world.expect(0, 'apply', 'plans', '--yes');
    await world.expect(0, 'sim', 'fault', 'sim-1', 'operation=*', 'before=transient');
    const drift = await world.expect(1, 'drift', '--human');
    expect(drift.stdout + drift.stderr).toContain('unreachable');
    world.writeStack(stack(numbered(2)));
    const ran = await world.run('apply', 'plans', '--yes');
    expect(ran.code).toBe(3);
    expect(ran.stdout + ran.stderr).toContain('COPRHD-HELD-008');
    await world.expect(0, 'sim', 'fault', 'sim-1', '--clear', 'all');
    expect((await world.device()).volumes).toHaveLength(1);
    await world.expect(0, 'apply', 'plans', '--yes');
    await expectNoChanges(world, 'plans');
  });

  it('makes one volume where an answer was lost, and recover has nothing to do afterwards', async () => {
    const world = await simWorld(stack(numbered(1), { 'app-1': ['data-01'] }));
    await world.expect(0, 'sim', 'fault', 'sim-1', 'operation=ensureVolume', 'after', 'times=1');
    await world.expect(0, 'apply', 'plans', '--yes');
    expect((await world.device()).volumes).toHaveLength(1);
    await world.expect(0, 'recover');
    await expectNoChanges(world, 'plans');
  });

  it('undoes what failed, and the next apply does it', async () => {
    const world = await simWorld(stack(numbered(2), { 'app-1': ['data-{01..02}'] }));
    await world.expect(0, 'sim', 'fault', 'sim-1', 'operation=ensureMask', 'before=invalid', 'times=1');
    await world.expect(6, 'apply', 'plans', '--yes');
    expect((await world.device()).masks).toEqual([]);
    await world.expect(0, 'recover');
    await world.expect(0, 'apply', 'plans', '--yes');
    await expectNoChanges(world, 'plans');
    expect((await world.device()).masks).toHaveLength(1);
  });
});

describe.concurrent('sim', () => {
  it.runIf(EVERYTHING)('goes back with reset to what up made, and up overwrites nothing', async () => {
    const world = await simWorld(stack(numbered(2)));
    const before = await world.device();
    await world.expect(0, 'apply', 'plans', '--yes');
    await world.expect(1, 'sim', 'up', '--arrays', '1');
    expect((await world.device()).volumes).toHaveLength(2);
    await world.expect(0, 'sim', 'reset', '--json');
    expect(await world.device()).toEqual(before);
  });

  it('destroy of everything leaves the array byte-identical to the start', async () => {
    const world = await simWorld(stack(numbered(2, { protect: false, onRemove: 'delete' }), { 'app-1': ['data-01'] }));
    await world.expect(0, 'sim', 'edit', 'sim-1', 'add-volume', 'name=old', 'pool=fast', 'sizeBytes=1048576');
    const before = (await world.expect(0, 'sim', 'show', 'sim-1', '--json')).stdout;
    await world.expect(0, 'apply', 'plans', '--yes');
    await world.expect(0, 'destroy', '--stack', 'web', '--confirm-destroy=2');
    await world.expect(0, 'destroy', '--stack', 'infrastructure', '--yes');
    expect((await world.expect(0, 'sim', 'show', 'sim-1', '--json')).stdout).toBe(before);
    expect((await world.json<ShownDocument>('show')).resources.map(({ kind }) => kind)).toEqual(
      expect.not.arrayContaining(['volume', 'export', 'host', 'storageSystem']),
    );
  });
});

describe.concurrent('without a state', () => {
  const lookers = [['plan', '.'], ['show'], ['drift'], ['recover'], ['device', 'list']];
  it.each(EVERYTHING ? lookers : lookers.slice(0, 2))('%s says how to make one', async (...argv) => {
    const world = await simWorld(stack(numbered(1)));
    const nowhere = cliIn(join(world.directory, 'plans'), join(world.directory, 'nowhere'));
    const ran = await nowhere.expect(1, ...argv, '--human');
    expect(ran.stderr).toContain('COPRHD-STATE-001');
    expect(ran.stderr).toContain('coprhd init');
  });
});
