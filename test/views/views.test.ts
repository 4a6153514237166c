import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSize } from '../../src/engine/model/size.ts';
import type { EngineEvent, EventBody } from '../../src/engine/operations/types.ts';
import { diagnosticLines, notSaidIn } from '../../src/views/diagnostics.ts';
import { exitCode } from '../../src/views/exit-code.ts';
import { fieldWords, formatAgo, formatBytes, formatDuration, formatValue, kindWords } from '../../src/views/format.ts';
import { genericView } from '../../src/views/generic.ts';
import { chooseMode, type Terminal } from '../../src/views/mode.ts';
import { plainLine } from '../../src/views/plain.ts';
import { planLines } from '../../src/views/plan.ts';
import { childGroups, legend } from '../../src/views/plan-facts.ts';
import { eventRow, progressLines, startProgress, tick } from '../../src/views/progress.ts';
import { bare, paint, widthOf } from '../../src/views/style.ts';
import { pairs, table, wrap } from '../../src/views/text.ts';
import { ADDING_PLAN, NOW_MS, REMOVING_PLAN, urn } from './fixtures/plans.ts';

const STYLE = { width: 80, color: false, nowMs: NOW_MS };
const COLOURED = { ...STYLE, color: true };

describe('exit codes', () => {
  it.each([
    ['ok', 0],
    ['error', 1],
    ['changes', 2],
    ['held', 3],
    ['stale', 4],
    ['claimed', 5],
    ['partial', 6],
    ['unknown', 7],
    ['usage', 64],
    ['interrupted', 130],
  ] as const)('%s is %i', (outcome, code) => expect(exitCode(outcome)).toBe(code));
});

describe('the output mode', () => {
  const terminal = (tty: boolean, env: Terminal['env'] = {}): Terminal => ({
    env,
    stdin: { isTTY: tty },
    stdout: { isTTY: tty, columns: 100 },
    stderr: { isTTY: tty },
  });

  it.each([
    {
      name: 'a terminal',
      of: terminal(true),
      flags: {},
      is: { format: 'human', color: true, width: 100, interactive: true },
    },
    { name: 'a pipe', of: terminal(false), flags: {}, is: { format: 'plain', color: false, interactive: false } },
    {
      name: 'a pipe, --human',
      of: terminal(false),
      flags: { human: true },
      is: { format: 'human', color: false, interactive: false },
    },
    {
      name: 'a pipe, --human, FORCE_COLOR',
      of: terminal(false, { FORCE_COLOR: '1' }),
      flags: { human: true },
      is: { format: 'human', color: true },
    },
    {
      name: 'NO_COLOR over FORCE_COLOR',
      of: terminal(true, { FORCE_COLOR: '1', NO_COLOR: '1' }),
      flags: {},
      is: { color: false },
    },
    { name: 'CI', of: terminal(true, { CI: 'true' }), flags: {}, is: { format: 'plain', interactive: false } },
    { name: 'CI=false', of: terminal(true, { CI: 'false' }), flags: {}, is: { format: 'human', interactive: true } },
    {
      name: '--json',
      of: terminal(true),
      flags: { json: true },
      is: { format: 'json', color: false, interactive: false },
    },
    { name: 'a terminal, drawn on', of: terminal(true), flags: {}, is: { live: true } },
    { name: '--no-tui', of: terminal(true), flags: { tui: false }, is: { format: 'human', live: false } },
    {
      name: 'a coding agent',
      of: terminal(true, { CLAUDECODE: '1' }),
      flags: {},
      is: { format: 'plain', live: false, interactive: false },
    },
    {
      name: 'a coding agent with --tui',
      of: terminal(true, { CLAUDECODE: '1' }),
      flags: { tui: true },
      is: { format: 'human', live: true, interactive: false },
    },
    {
      name: 'CI with --tui',
      of: terminal(true, { CI: '1' }),
      flags: { tui: true },
      is: { format: 'plain', live: false },
    },
    { name: 'TERM=dumb with --tui', of: terminal(true, { TERM: 'dumb' }), flags: { tui: true }, is: { live: false } },
    {
      name: '--tui without a terminal',
      of: terminal(false),
      flags: { tui: true },
      is: { format: 'plain', live: false },
    },
    { name: 'a narrow terminal', of: terminal(true, { COLUMNS: '40' }), flags: {}, is: { width: 80 } },
  ])('on $name', ({ of, flags, is }) => expect(chooseMode(of, flags)).toMatchObject(is));

  it('asks nobody when only the output is a terminal', () => {
    expect(chooseMode({ ...terminal(true), stdin: { isTTY: false } }, {}).interactive).toBe(false);
  });
});

describe('numbers', () => {
  it('sizes are written as the model writes them', () => {
    const bytes = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(bytes, (size) => {
        expect(formatBytes(size)).toBe(formatSize(size));
      }),
    );
  });

  it.each([
    [820, '820 ms'],
    [3_240, '3.2 s'],
    [220_000, '3 min 40 s'],
    [7_500_000, '2 h 5 min'],
  ])('%i ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it('ago is relative to now', () => {
    expect(formatAgo(NOW_MS - 12_400, NOW_MS)).toBe('12 s ago');
    expect(formatAgo(NOW_MS, NOW_MS)).toBe('just now');
  });

  it('values are written by the unit in their name', () => {
    expect(formatValue('sizeBytes', 1024)).toBe('1 KiB');
    expect(formatValue('observedAtMs', 0)).toBe('1970-01-01T00:00:00.000Z');
    expect(formatValue('elapsedMs', 1500)).toBe('1.5 s');
    const share = 'quota.virtualPools.oraGold.bytes';
    expect([fieldWords(share), formatValue(share, 1024)]).toEqual(['quota.virtualPools.oraGold', '1 KiB']);
    expect(formatValue('x', { sizeBytes: 2048, list: [], deep: { on: true } })).toBe(
      'size 2 KiB, list none, deep on yes',
    );
  });

  it('kinds are words', () => {
    expect(kindWords('storageSystem')).toBe('storage system');
    expect(kindWords('lunMap', 2)).toBe('LUN maps');
  });
});

describe('layout', () => {
  it('wraps at spaces and never cuts a word', () => {
    const words = fc.array(fc.stringMatching(/^[!-~]{1,40}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 10, max: 100 }), (list, width) => {
        const lines = wrap(list.join(' '), width, '  ');
        expect(lines.join(' ').split(/\s+/).filter(Boolean)).toEqual(list);
        for (const line of lines) expect(widthOf(line) <= width || !line.trim().includes(' ')).toBe(true);
      }),
    );
  });

  it('a table that is too wide continues on the next line and keeps every cell whole', () => {
    const wwn = '6'.repeat(32);
    const lines = table(
      [
        ['a', wwn, wwn],
        ['b', 'x', 'y'],
      ],
      { width: 60 },
    );
    expect(lines.join('\n').split(wwn)).toHaveLength(3);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(60);
  });

  it('values of pairs hang under each other', () => {
    expect(
      pairs(
        [
          ['a', 'x y'],
          ['long', 'z'],
        ],
        8,
      ),
    ).toEqual(['a     x', '      y', 'long  z']);
  });

  it('plain cells keep one row in one line of ASCII', () => {
    expect(plainLine(['a\tb', 'c\nd', undefined, 'é', 'e\\f', 1, true])).toBe(
      'a\\tb\tc\\nd\t\t\\u{e9}\te\\\\f\t1\ttrue',
    );
  });

  it('a plan names few of many children, says how many there are, and all in full', () => {
    const children = Array.from({ length: 5_000 }, (_, index) => ({
      kind: 'endpoint' as const,
      urn: urn('Endpoint', index),
      action: 'create' as const,
      summary: `50:00:${index}`,
    }));
    const [first] = ADDING_PLAN.changes;
    const plan = { ...ADDING_PLAN, changes: [{ ...first!, children }] };
    const text = (detail: 'changes' | 'full') => planLines(plan, STYLE, { detail }).join(' ').replace(/\s+/g, ' ');
    expect(text('changes')).toContain('+ 5000 endpoints: 50:00:0, 50:00:1,');
    expect(text('changes')).toContain('50:00:15, and 4984 more');
    expect(text('changes')).not.toContain('50:00:16,');
    expect(text('full')).toContain('50:00:4999');
  });

  it('colour only repeats what is said without it', () => {
    for (const plan of [ADDING_PLAN, REMOVING_PLAN]) {
      const coloured = planLines(plan, COLOURED, { detail: 'full' });
      expect(coloured.join('\n')).toContain('\u001b[');
      expect(coloured.map(bare)).toEqual(planLines(plan, STYLE, { detail: 'full' }));
    }
    expect(paint(STYLE, 'add', 'x')).toBe('x');
  });
});

describe('plans', () => {
  it('explain only the symbols that they use', () => {
    expect(legend(ADDING_PLAN.changes)).toBe('+ add   ~ change');
    expect(legend(REMOVING_PLAN.changes)).toMatch(/^- remove {3}> record only {3}! held/);
  });

  it('say names of the same kind together, and sentences alone', () => {
    const child = (summary: string) =>
      ({ kind: 'port', urn: urn('StoragePort', 1), action: 'create', summary }) as const;
    expect(childGroups([child('A1'), child('A2'), child('B1 is down')]).map((group) => group.summaries)).toEqual([
      ['A1', 'A2'],
      ['B1 is down'],
    ]);
  });
});

describe('diagnostics', () => {
  it('say where, what, why and what to do', () => {
    const lines = diagnosticLines(
      {
        code: 'COPRHD-CONFIG-002',
        severity: 'error',
        summary: 'unknown key siez',
        detail: 'allowed: size',
        fix: 'did you mean size?',
        span: { file: 'a.yaml', line: 3, column: 5 },
      },
      STYLE,
    );
    expect(lines).toEqual([
      'a.yaml:3:5: COPRHD-CONFIG-002 unknown key siez',
      '  allowed: size',
      '  fix: did you mean size?',
    ]);
  });

  it('never break a command that is to be copied', () => {
    const fix = `coprhd apply ${'x'.repeat(60)} ${'y'.repeat(60)} --yes`;
    const lines = diagnosticLines({ code: 'COPRHD-PLAN-008', severity: 'error', summary: 's', fix }, STYLE);
    expect(lines.at(-1)).toBe(`  fix: ${fix}`);
  });

  it('are said once', () => {
    const [warning] = ADDING_PLAN.diagnostics;
    expect(notSaidIn([warning!, { ...warning!, summary: 'other' }], [warning!])).toHaveLength(1);
  });
});

describe('progress', () => {
  let seq = 0;
  const event = (body: EventBody, atMs = NOW_MS): EngineEvent => ({ seq: (seq += 1), atMs, ...body });

  it('counts finished units and says what went wrong', () => {
    const state = startProgress();
    const say = (body: EventBody) => progressLines(state, event(body), STYLE);
    expect(say({ type: 'workflow.committed', workflow: 'w', units: 12, steps: 20 })).toEqual([
      'workflow w: 12 units, 20 steps',
    ]);
    // It ends once more with the others of its plan, and is counted then.
    expect(say({ type: 'unit.finished', unit: 'u1', address: 'a', state: 'prepared', durationMs: 4 })).toEqual([
      ' 0/12  prepared  a  4 ms',
    ]);
    expect(say({ type: 'unit.finished', unit: 'u1', address: 'a', state: 'done', durationMs: 5 })).toEqual([
      ' 1/12  done     a  5 ms',
    ]);
    expect(
      say({ type: 'unit.finished', unit: 'u2', address: 'b', state: 'failed', durationMs: 5, error: 'full' }),
    ).toEqual([' 2/12  failed   b  5 ms: full']);
  });

  it('says what stood still, of which volume or set, and for how long', () => {
    const state = startProgress();
    const say = (body: EventBody) => progressLines(state, event(body), STYLE);
    say({ type: 'unit.started', unit: 'u', address: 's/snapshot.a', action: 'create' });
    const paused = { type: 'step.paused', unit: 'u', step: 's1' } as const;
    expect(say({ ...paused, what: 'io', name: 'lab', durationMs: 183 })).toEqual([
      'paused   s/snapshot.a: I/O of its volumes on lab waited 183 ms',
    ]);
    expect(say({ ...paused, what: 'host', name: 'db-1', durationMs: 1_200 })).toEqual([
      'paused   s/snapshot.a: applications of db-1 were at rest for 1.2 s at most',
    ]);
    expect(eventRow(event({ ...paused, what: 'io', name: 'lab', durationMs: 183 }))).toEqual([
      'event',
      'step.paused',
      NOW_MS,
      'u',
      's1',
      'io',
      'lab',
      183,
    ]);
  });

  it('is silent about what is quick, and says what takes longer: after a second, then every ten', () => {
    const state = startProgress();
    progressLines(state, event({ type: 'unit.started', unit: 'u', address: 's/volume.v', action: 'create' }), STYLE);
    progressLines(state, event({ type: 'observe.started', system: 'sim-1' }), STYLE);
    progressLines(
      state,
      event({ type: 'step.started', unit: 'u', step: 's1', system: 'sim-2', summary: 'zero v' }),
      STYLE,
    );
    progressLines(state, event({ type: 'step.progress', unit: 'u', step: 's1', done: 1, total: 4 }), STYLE);
    expect(tick(state, NOW_MS + 900)).toEqual([]);
    expect(tick(state, NOW_MS + 1_000)).toEqual(['reading sim-1 (1 s)', 's/volume.v on sim-2: zero v (1 s, 25 %)']);
    expect(tick(state, NOW_MS + 10_000)).toEqual([]);
    progressLines(state, event({ type: 'observe.finished', system: 'sim-1', trust: 'whole', durationMs: 1 }), STYLE);
    expect(tick(state, NOW_MS + 11_000)).toEqual(['s/volume.v on sim-2: zero v (11 s, 25 %)']);
    progressLines(state, event({ type: 'step.finished', unit: 'u', step: 's1', durationMs: 1 }), STYLE);
    expect(tick(state, NOW_MS + 60_000)).toEqual([]);
  });

  it('has one row an event for scripts, with columns that never move', () => {
    const finished = event({ type: 'unit.finished', unit: 'u', address: 'a', state: 'done', durationMs: 5 });
    expect(eventRow(finished)).toEqual(['event', 'unit.finished', NOW_MS, 'u', 'a', 'done', 5, undefined]);
    expect(eventRow(event({ type: 'plan.made', plan: ADDING_PLAN }))).toEqual([
      'event',
      'plan.made',
      NOW_MS,
      ADDING_PLAN.id,
    ]);
  });
});

describe('results of unknown form', () => {
  const output = { arrays: [{ name: 'sim-1', totalBytes: 1024 }], empty: [] };
  it('are nested lines for people and paths for scripts', () => {
    expect(genericView.human({ output }, STYLE)).toEqual(['array:', '  name: sim-1', '  total: 1 KiB', 'empty: none']);
    expect(genericView.plain({ output })).toEqual([
      ['value', 'arrays.0.name', 'sim-1'],
      ['value', 'arrays.0.totalBytes', 1024],
    ]);
  });
});
