import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandFirst, splitCommand } from '../../src/commands/_base/dispatch.ts';
import { parseDuration } from '../../src/commands/_base/flags.ts';
import { readSavedPlan } from '../../src/commands/_base/saved-plan.ts';
import DeviceAdd from '../../src/commands/device/add.ts';
import Discover from '../../src/commands/discover.ts';
import Drift from '../../src/commands/drift.ts';
import PlanCommand from '../../src/commands/plan.ts';
import Recover from '../../src/commands/recover.ts';
import Show from '../../src/commands/show.ts';
import SimEdit from '../../src/commands/sim/edit.ts';
import SimFault from '../../src/commands/sim/fault.ts';
import StateExport from '../../src/commands/state/export.ts';
import Validate from '../../src/commands/validate.ts';
import type { PlanSource } from '../../src/engine/operations/types.ts';
import { fail } from '../../src/lib/diagnostic.ts';
import { FORECAST, FORECAST_WITH_PLAN } from '../views/fixtures/forecast.ts';
import { SAMPLED } from '../views/fixtures/metrics.ts';
import { ADDING_PLAN, EMPTY_PLAN, REMOVALS_ONLY, REMOVING_PLAN } from '../views/fixtures/plans.ts';
import { DRIFT, SHOWN } from '../views/fixtures/results.ts';
import { run, start } from './harness.ts';

const temporary = () => mkdtempSync(join(tmpdir(), 'coprhd-cli-'));
const VALID = { outcome: 'ok', diagnostics: [], stacks: 1, resources: 2 } as const;

describe('plan files', () => {
  it('of a directory are read in order, not what is below it or something else', async () => {
    const directory = temporary();
    for (const name of ['b.yaml', 'a.yml', 'c.json', 'notes.txt', '.hidden.yaml']) {
      writeFileSync(join(directory, name), name);
    }
    mkdirSync(join(directory, 'd.yaml'));
    const ran = await run(Validate, [directory, join(directory, 'b.yaml')], { answers: { validate: VALID } });
    const { texts } = ran.calls[0]!.input as PlanSource;
    expect(texts.map((text) => text.file)).toEqual(['a.yml', 'b.yaml', 'c.json'].map((name) => join(directory, name)));
    expect(texts.map((text) => text.text)).toEqual(['a.yml', 'b.yaml', 'c.json']);
  });

  it('that are missing, and directories without any, are all named at once', async () => {
    const directory = temporary();
    const ran = await run(Validate, ['no-such-file.yaml', directory, '--human']);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("COPRHD-CONFIG-013 can't read no-such-file.yaml: it does not exist");
    expect(ran.stderr).toContain(`COPRHD-CONFIG-013 no plan files in ${directory}`);
    expect(ran.calls).toEqual([]);
  });

  it('must be given', async () => {
    expect((await run(Validate, [])).code).toBe(64);
  });
});

describe('discover', () => {
  const found = { outcome: 'ok', diagnostics: [], systems: [], networkSystems: [], foreign: [] } as const;
  const answers = { discover: found, 'discover.metrics': { ...found, systems: SAMPLED.systems } };

  it.each([
    { argv: [], name: 'discover', input: {} },
    { argv: ['b', 'a', '--system', 'c'], name: 'discover', input: { systems: ['b', 'a', 'c'] } },
    { argv: ['--metrics'], name: 'discover.metrics', input: {} },
    { argv: ['--metrics', 'a', 'b'], name: 'discover.metrics', input: { systems: ['a', 'b'] } },
  ])('$argv asks $name for $input', async ({ argv, name, input }) => {
    expect((await run(Discover, argv, { answers })).calls).toMatchObject([{ name, input }]);
  });
});

describe('plan', () => {
  const file = join(temporary(), 'p.yaml');
  writeFileSync(file, '');
  const planned = (plan: typeof ADDING_PLAN, outcome: 'ok' | 'changes' | 'held' = 'ok') => ({
    plan: { outcome, diagnostics: [], plan },
  });

  it.each([
    { plan: ADDING_PLAN, outcome: 'ok', flags: [], code: 0 },
    { plan: ADDING_PLAN, outcome: 'changes', flags: [], code: 0 },
    { plan: ADDING_PLAN, outcome: 'ok', flags: ['--exit-code'], code: 2 },
    { plan: EMPTY_PLAN, outcome: 'ok', flags: ['--exit-code'], code: 0 },
    { plan: REMOVING_PLAN, outcome: 'held', flags: ['--exit-code'], code: 3 },
  ] as const)('with $flags and outcome $outcome ends with $code', async ({ plan, outcome, flags, code }) => {
    expect((await run(PlanCommand, [file, ...flags], { answers: planned(plan, outcome) })).code).toBe(code);
  });

  it('hands every option to the engine', async () => {
    const flags = ['--replace-missing', 'a/volume.x', '--replace-missing', 'a/volume.y', '--attest-offline', 'ada'];
    const ran = await run(PlanCommand, [...flags, file], { answers: planned(EMPTY_PLAN) });
    expect(ran.calls[0]!.input).toMatchObject({ replaceMissing: ['a/volume.x', 'a/volume.y'], attestOffline: 'ada' });
  });

  it('of a part hands the patterns on, and names them in what to type next', async () => {
    const part = ['--target', 'web/*', '--exclude', 'web/volume.a', '--exclude', 'volume.b*'];
    const ran = await run(PlanCommand, [file, ...part, '--human'], { answers: planned(ADDING_PLAN) });
    expect(ran.calls[0]!.input).toMatchObject({ targets: ['web/*'], excludes: ['web/volume.a', 'volume.b*'] });
    expect(ran.stdout).toContain(
      `next: coprhd apply ${file} --target 'web/*' --exclude web/volume.a --exclude 'volume.b*'`,
    );
  });

  it('names the variables in what to type next', async () => {
    const ran = await run(PlanCommand, [file, '--var', 'size=10 GiB', '--human'], { answers: planned(ADDING_PLAN) });
    expect(ran.stdout).toContain(`next: coprhd apply ${file} --var 'size=10 GiB'`);
  });

  it('says on stderr what is not in the plan, and on stdout what is', async () => {
    const note = { code: 'COPRHD-DEVICE-007', severity: 'info', summary: 'sim-1 has no tags' } as const;
    const answers = {
      plan: { outcome: 'ok', diagnostics: [note, ...ADDING_PLAN.diagnostics], plan: ADDING_PLAN },
    } as const;
    const ran = await run(PlanCommand, [file, '--human'], { answers });
    expect(ran.stderr).toBe('COPRHD-DEVICE-007 note: sim-1 has no tags\n');
    expect(ran.stdout).toContain('COPRHD-PATH-002');
  });

  it('as JSON is one document', async () => {
    const ran = await run(PlanCommand, [file, '--json'], { answers: planned(ADDING_PLAN) });
    expect(JSON.parse(ran.stdout)).toMatchObject({ schemaVersion: 1, outcome: 'ok', plan: { id: ADDING_PLAN.id } });
  });
});

describe('the forecast of a plan', () => {
  const file = join(temporary(), 'p.yaml');
  writeFileSync(file, '');
  const answersFor = (plan: typeof ADDING_PLAN) => ({
    plan: { outcome: 'ok' as const, diagnostics: [], plan },
    'capacity.forecast': { ...FORECAST, rows: FORECAST_WITH_PLAN },
  });

  it('is asked for what it puts into each pool, shown, and in the JSON beside the plan', async () => {
    const ran = await run(PlanCommand, [file, '--human'], { answers: answersFor(ADDING_PLAN) });
    expect(ran.calls.map(({ name }) => name)).toEqual(['plan', 'capacity.forecast']);
    const { adding } = ran.calls[1]!.input as { adding: readonly object[] };
    expect(adding[0]).toEqual({
      pool: expect.stringMatching(/^urn:storageos:StoragePool:/),
      usedBytes: expect.any(Number),
      subscribedBytes: expect.any(Number),
    });
    expect(ran.stdout).toContain('pmx-71/SRP_1 with this plan: used is full in ~7 mo (6-8 mo), medium confidence\n');
    const json = JSON.parse((await run(PlanCommand, [file, '--json'], { answers: answersFor(ADDING_PLAN) })).stdout);
    expect(json.forecast).toHaveLength(FORECAST_WITH_PLAN.length);
    expect(json.plan).toEqual(JSON.parse(JSON.stringify(ADDING_PLAN)));
  });

  it('is not asked for where nothing is put into a pool, and no part of a saved plan', async () => {
    for (const plan of [EMPTY_PLAN, REMOVALS_ONLY]) {
      const ran = await run(PlanCommand, [file], { answers: answersFor(plan) });
      expect(ran.calls.map(({ name }) => name)).toEqual(['plan']);
    }
    const out = join(temporary(), 'x.plan');
    await run(PlanCommand, [file, '--out', out], { answers: answersFor(ADDING_PLAN) });
    expect(await readSavedPlan(out)).toEqual(JSON.parse(JSON.stringify(ADDING_PLAN)));
  });
});

describe('plan --emit', () => {
  it('is refused by name, and says what mode: propose does until then', async () => {
    const ran = await run(PlanCommand, ['--emit', 'commands', 'plans', '--human']);
    expect([ran.code, ran.calls]).toEqual([64, []]);
    expect(ran.stderr).toContain('plan --emit commands is not built yet');
    expect(ran.stderr.replaceAll(/\s+/g, ' ')).toContain('mode: propose only observes');
  });
});

describe('show', () => {
  it('of a plan that is not there says so, and leaves addresses that look like one alone', async () => {
    const none = { show: () => fail('error', { code: 'COPRHD-STATE-005', summary: 'nothing is recorded' }) };
    const ran = await run(Show, ['no.plan', '--human'], { answers: none });
    expect([ran.code, ran.stderr.split('\n')[0]]).toEqual([1, 'COPRHD-PLAN-004 there is no saved plan no.plan']);
    expect((await run(Show, ['volume.plan'], { answers: { show: SHOWN } })).code).toBe(0);
  });
});

describe('output', () => {
  const answers = { show: SHOWN, drift: DRIFT };

  it('is plain without a terminal: ASCII, tabs, no colour', async () => {
    const ran = await run(Show, [], { answers, env: { FORCE_COLOR: '1' } });
    expect(ran.stdout.split('\n')[0]).toMatch(/^resource\tora\/volume\.ora-data-01\tvolume\t/);
    expect(ran.stdout).toMatch(/^[\x20-\x7e\t\n]+$/);
  });

  it.each([{ CI: 'true' }, { TERM: 'dumb' }, { AGENT: '1' }])('is plain on a terminal with %j', async (env) => {
    const ran = await run(Show, [], { answers, tty: true, env: env as unknown as Record<string, string> });
    expect(ran.stdout).toMatch(/^resource\t/);
  });

  it('is for people on a terminal, coloured unless NO_COLOR or --no-color says no', async () => {
    const coloured = await run(Show, [], { answers, tty: true, env: { NO_COLOR: '' } });
    const refused = await run(Show, ['--no-color'], { answers, tty: true, env: { NO_COLOR: '' } });
    const bare = await run(Show, [], { answers, tty: true });
    expect(coloured.stdout).toContain('\u001b[');
    expect(refused.stdout).not.toContain('\u001b[');
    expect(bare.stdout).toBe(refused.stdout);
    expect(bare.stdout).toContain('2 resources.');
  });

  it('of drift is of a part when asked', async () => {
    const ran = await run(Drift, ['--target', 'web/*', '--exclude', 'volume.x'], { answers });
    expect(ran.calls[0]!.input).toEqual({ targets: ['web/*'], excludes: ['volume.x'] });
  });

  it('ends with 2 when there is drift', async () => {
    expect((await run(Drift, [], { answers })).code).toBe(2);
  });

  it('refuses a live view of JSON and plain lines', async () => {
    for (const form of ['--json', '--plain']) {
      const ran = await run(Recover, ['--tui', form]);
      expect([ran.code, ran.calls]).toEqual([64, []]);
      expect(ran.stdout + ran.stderr).toContain('--tui');
    }
  });

  it('refuses two forms at once', async () => {
    expect((await run(Show, ['--json', '--plain'], { answers })).code).toBe(64);
  });
});

describe('errors', () => {
  it('of the engine are diagnostics with their exit code', async () => {
    const show = () => fail('error', { code: 'COPRHD-STATE-001', summary: 'no state here', fix: 'coprhd init' });
    const ran = await run(Show, ['--human'], { answers: { show } });
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: 'COPRHD-STATE-001 no state here\n  fix: coprhd init\n' });
  });

  it('that nobody expected are one line, with the stack only on demand', async () => {
    const show = () => {
      throw new TypeError('x is not a function');
    };
    const quiet = await run(Show, ['--human'], { answers: { show } });
    expect(quiet.code).toBe(1);
    expect(quiet.stderr).toContain('COPRHD-INTERNAL-001 internal error: TypeError: x is not a function');
    expect(quiet.stderr).not.toContain('    at ');
    const loud = await run(Show, ['--human'], { answers: { show }, env: { COPRHD_DEBUG: '1' } });
    expect(loud.stderr).toContain(' at ');
    expect(quiet.closed && loud.closed).toBe(true);
  });

  it('are JSON with --json', async () => {
    const show = () => fail('claimed', { code: 'COPRHD-APPLY-003', summary: 'claimed' });
    const ran = await run(Show, ['--json'], { answers: { show } });
    expect(ran.code).toBe(5);
    expect(JSON.parse(ran.stdout)).toEqual({
      schemaVersion: 1,
      outcome: 'claimed',
      diagnostics: [{ severity: 'error', code: 'COPRHD-APPLY-003', summary: 'claimed' }],
    });
  });

  it('of usage name the nearest flag', async () => {
    const ran = await run(Show, ['--detial', 'full', '--human']);
    expect(ran.code).toBe(64);
    expect(ran.stderr).toContain('did you mean --detail?');
  });
});

describe('Ctrl-C', () => {
  it('once aborts and lets the engine come to its end', async () => {
    const running = start(Show, ['--human'], {
      answers: {
        show: (_input, { signal }) =>
          new Promise((resolve) => {
            signal?.addEventListener('abort', () =>
              resolve({ outcome: 'interrupted', diagnostics: [], resources: [] }),
            );
            setImmediate(() => running.interrupt());
          }),
      },
    });
    const ran = await running.result;
    expect(ran).toMatchObject({ code: 130, exits: [], closed: true });
    expect(ran.stderr).toContain('no new steps are started');
  });

  it('twice leaves at once with 130', async () => {
    const running = start(Show, ['--human'], {
      answers: {
        show: () =>
          new Promise((resolve) =>
            setImmediate(() => {
              running.interrupt();
              running.interrupt();
              resolve(SHOWN);
            }),
          ),
      },
    });
    expect((await running.result).exits).toEqual([130]);
  });

  it('turns what the abort broke into 130, not into an internal error', async () => {
    const running = start(Show, [], {
      answers: {
        show: async (_input, { signal }) => {
          running.interrupt();
          signal?.throwIfAborted();
          return SHOWN;
        },
      },
    });
    const ran = await running.result;
    expect(ran.code).toBe(130);
    expect(ran.stdout + ran.stderr).not.toContain('INTERNAL');
  });

  it('--timeout aborts the same way', async () => {
    const ran = await run(Show, ['--timeout', '5s', '--human'], {
      answers: {
        show: async (_input, { signal }) => {
          await new Promise((resolve) => setImmediate(resolve));
          return { ...SHOWN, outcome: signal?.aborted ? 'interrupted' : 'ok' };
        },
      },
    });
    expect(ran.code).toBe(130);
    expect(ran.stderr).toContain('timed out after 5 s');
  });
});

describe('arguments', () => {
  it('of device add become a configuration with JSON values', async () => {
    const flags = [
      '--driver',
      'simulator',
      '--set',
      'directory=/x',
      '--set',
      'port=5989',
      '--pool',
      'fast',
      '--dry-run',
    ];
    const ran = await run(DeviceAdd, ['sim-1', ...flags], {
      answers: { 'device.add': { outcome: 'ok', diagnostics: [], plan: EMPTY_PLAN } },
    });
    expect(ran.calls[0]!.input).toEqual({
      name: 'sim-1',
      driver: 'simulator',
      configuration: { directory: '/x', port: 5989 },
      directory: process.cwd(),
      mode: 'observe',
      pools: ['fast'],
    });
  });

  it('of sim commands become plain objects', async () => {
    const answers = { sim: { outcome: 'ok', diagnostics: [], output: { nativeId: 'vol-1' } } } as const;
    const edit = await run(SimEdit, ['sim-1', 'add-volume', 'name=old', 'sizeBytes=1024'], { answers });
    expect(edit.calls[0]!.input).toEqual({
      verb: 'edit',
      arguments: {
        directory: '.coprhd-sim',
        array: 'sim-1',
        edit: { edit: 'add-volume', name: 'old', sizeBytes: 1024 },
      },
    });
    expect(edit.stdout).toBe('value\tnativeId\tvol-1\n');
    const fault = await run(SimFault, ['sim-1', 'operation=*', 'after', 'times=1'], { answers });
    expect(fault.calls[0]!.input).toMatchObject({ arguments: { add: { operation: '*', after: true, times: 1 } } });
  });

  it('of state export: the document to stdout, or to a file for the owner only', async () => {
    const answers = { 'state.export': { outcome: 'ok', diagnostics: [], document: '{"a":1}\n', records: 1 } } as const;
    expect((await run(StateExport, [], { answers })).stdout).toBe('{"a":1}\n');
    const out = join(temporary(), 'state.json');
    await run(StateExport, ['--out', out], { answers });
    expect(readFileSync(out, 'utf8')).toBe('{"a":1}\n');
    expect(statSync(out).mode & 0o777).toBe(0o600);
  });

  it.each([
    { text: '30s', ms: 30_000 },
    { text: '500ms', ms: 500 },
    { text: '1.5m', ms: 90_000 },
    { text: '7', ms: 7_000 },
  ])('durations: $text is $ms ms', ({ text, ms }) => expect(parseDuration(text, 'x')).toBe(ms));

  it.each(['', 's', '-1s', '5d', '5 s'])('durations: %j is refused', (text) => {
    expect(() => parseDuration(text, 'x')).toThrow('is not a duration');
  });

  it('global flags may stand before the command', () => {
    expect(commandFirst(['--json', '--state', 'x', 'show', 'y'])).toEqual(['show', 'y', '--json', '--state', 'x']);
  });

  it('the longest known run of words is the command', () => {
    const isKnown = (id: string) => ['state', 'state:list', 'show'].includes(id);
    expect(splitCommand(['state', 'list', 'x'], isKnown)).toEqual({ id: 'state:list', rest: ['x'] });
    expect(splitCommand(['state', '--json'], isKnown)).toEqual({ id: 'state', rest: ['--json'] });
    expect(splitCommand(['nope'], isKnown)).toEqual({ id: '', rest: ['nope'] });
  });
});
