import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import Apply from '../../src/commands/apply.ts';
import Destroy from '../../src/commands/destroy.ts';
import Import from '../../src/commands/import.ts';
import PlanCommand from '../../src/commands/plan.ts';
import Purge from '../../src/commands/purge.ts';
import Show from '../../src/commands/show.ts';
import type { ApplyInput } from '../../src/engine/operations/types.ts';
import type { Plan } from '../../src/engine/planner/plan.ts';
import { ADDING_PLAN, EMPTY_PLAN, REMOVALS_ONLY, REMOVING_PLAN } from '../views/fixtures/plans.ts';
import { APPLIED, APPLIED_PARTLY } from '../views/fixtures/results.ts';
import { type Answers, jsonLines, run } from './harness.ts';

let directory: string;
let file: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'coprhd-cli-'));
  file = join(directory, 'ora.yaml');
  writeFileSync(file, 'kind: stack\n');
});

const planned = (plan: Plan) => ({ outcome: 'ok', diagnostics: [], plan }) as const;
const answers = (plan: Plan, applied = APPLIED): Answers => ({ plan: planned(plan), apply: applied });
const applyCalls = (calls: readonly { name: string; input: unknown }[]) =>
  calls.filter((call) => call.name === 'apply').map((call) => call.input as ApplyInput);

describe('apply of changes without removals', () => {
  it('shows the plan, asks, and applies exactly that plan', async () => {
    const ran = await run(Apply, [file], { tty: true, typed: ['y'], answers: answers(ADDING_PLAN) });
    expect(ran.code).toBe(0);
    expect(ran.questions).toEqual(['Apply these changes? [y/N] ']);
    expect(ran.stdout).toContain('+4 volumes (8 TiB thin)');
    expect(applyCalls(ran.calls)).toMatchObject([{ plan: { id: ADDING_PLAN.id }, skipHeld: false }]);
    expect(applyCalls(ran.calls)[0]).not.toHaveProperty('confirmDestroy');
    expect(ran.closed).toBe(true);
  });

  it.each(['', 'n', 'no', 'sure'])('changes nothing when the answer is %j', async (answer) => {
    const ran = await run(Apply, [file], { tty: true, typed: [answer], answers: answers(ADDING_PLAN) });
    expect(ran.code).toBe(3);
    expect(applyCalls(ran.calls)).toEqual([]);
    expect(ran.stderr).toContain('nothing was changed');
  });

  it('without a terminal refuses as wrong usage, naming the flag', async () => {
    const ran = await run(Apply, [file], { answers: answers(ADDING_PLAN) });
    expect(ran.code).toBe(64);
    expect(ran.stderr).toContain(`coprhd apply ${file} --yes`);
    expect(applyCalls(ran.calls)).toEqual([]);
  });

  it('without a terminal and with --yes lets the engine plan, and shows what it planned', async () => {
    const ran = await run(Apply, [file, '--yes', '--human', '--claim-wait', '2m', '--var', 'a=b=c'], {
      answers: {
        apply: (_input, { emit }) => {
          emit({ type: 'plan.made', plan: ADDING_PLAN });
          return APPLIED;
        },
      },
    });
    expect(ran.code).toBe(0);
    expect(ran.calls.map((call) => call.name)).toEqual(['apply']);
    expect(applyCalls(ran.calls)).toMatchObject([
      { source: { texts: [{ file, text: 'kind: stack\n' }], variables: { a: 'b=c' } }, claimWaitMs: 120_000 },
    ]);
    expect(ran.stdout.indexOf('+4 volumes')).toBeLessThan(ran.stdout.indexOf('2 done'));
  });

  it('does not ask about a plan without changes', async () => {
    const ran = await run(Apply, [file], { tty: true, answers: answers(EMPTY_PLAN) });
    expect(ran.code).toBe(0);
    expect(ran.questions).toEqual([]);
    expect(ran.stdout).toBe('No changes. 18 resources as declared.\n');
    expect(applyCalls(ran.calls)).toEqual([]);
  });

  it('with --dry-run only shows the plan', async () => {
    const ran = await run(Apply, [file, '--dry-run', '--yes', '--human'], { answers: answers(ADDING_PLAN) });
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('+4 volumes');
    expect(applyCalls(ran.calls)).toEqual([]);
  });
});

describe('apply of removals', () => {
  it('applies when the person types the number', async () => {
    const ran = await run(Apply, [file], { tty: true, typed: ['2'], answers: answers(REMOVALS_ONLY) });
    expect(ran.questions[0]).toContain('This removes 2 volumes (2 TiB). Type 2 to confirm');
    expect(applyCalls(ran.calls)).toMatchObject([{ confirmDestroy: 2 }]);
  });

  it.each(['y', 'yes', '3', ''])('changes nothing when the person types %j', async (typed) => {
    const ran = await run(Apply, [file], { tty: true, typed: [typed], answers: answers(REMOVALS_ONLY) });
    expect(ran.code).toBe(3);
    expect(applyCalls(ran.calls)).toEqual([]);
  });

  it('takes the name of a single volume', async () => {
    const plan = {
      ...REMOVALS_ONLY,
      removals: { ...REMOVALS_ONLY.removals, volumes: 1, addresses: ['web/volume.cache-01'] },
    };
    const ran = await run(Apply, [file], { tty: true, typed: ['cache-01'], answers: answers(plan) });
    expect(applyCalls(ran.calls)).toMatchObject([{ confirmDestroy: 1 }]);
  });

  it('--yes does not confirm them: still asked on a terminal', async () => {
    const ran = await run(Apply, [file, '--yes'], { tty: true, typed: ['y'], answers: answers(REMOVALS_ONLY) });
    expect(ran.questions).toHaveLength(1);
    expect(applyCalls(ran.calls)).toEqual([]);
  });

  it.each([
    { flags: ['--confirm-destroy=3'], why: 'the number is wrong' },
    { flags: [], why: 'nothing is confirmed' },
    { flags: ['--yes'], why: '--yes never confirms removals' },
  ])('of a saved plan without a terminal are refused: $why', async ({ flags }) => {
    const saved = await savePlan(REMOVALS_ONLY);
    const ran = await run(Apply, [saved, ...flags], { answers: answers(REMOVALS_ONLY) });
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('COPRHD-PLAN-008');
    expect(ran.stderr).toContain(`coprhd apply ${saved} --confirm-destroy=2`);
    expect(applyCalls(ran.calls)).toEqual([]);
  });

  it('of a saved plan are applied with the right number', async () => {
    const saved = await savePlan(REMOVALS_ONLY);
    const ran = await run(Apply, [saved, '--confirm-destroy=2'], { answers: answers(REMOVALS_ONLY) });
    expect(ran.code).toBe(0);
    expect(applyCalls(ran.calls)).toMatchObject([{ confirmDestroy: 2, plan: { id: REMOVALS_ONLY.id } }]);
  });

  it('with a number for a plan that removes nothing are refused', async () => {
    const saved = await savePlan(ADDING_PLAN);
    const ran = await run(Apply, [saved, '--confirm-destroy=1', '--yes'], { answers: answers(ADDING_PLAN) });
    expect(ran.code).toBe(3);
    expect(applyCalls(ran.calls)).toEqual([]);
  });

  it('hand the number to the engine, which plans and checks it', async () => {
    const ran = await run(Apply, [file, '--confirm-destroy=2'], { answers: { apply: APPLIED } });
    expect(applyCalls(ran.calls)).toMatchObject([{ confirmDestroy: 2 }]);
  });
});

describe('a plan with held lines', () => {
  it('starts nothing and asks nothing', async () => {
    const ran = await run(Apply, [file], { tty: true, typed: ['2'], answers: answers(REMOVING_PLAN) });
    expect(ran.code).toBe(3);
    expect(ran.questions).toEqual([]);
    expect(ran.stderr).toContain('COPRHD-PLAN-007');
    expect(ran.stderr).toContain(`coprhd apply ${file} --skip-held`);
    expect(applyCalls(ran.calls)).toEqual([]);
  });

  it('does the rest with --skip-held', async () => {
    const ran = await run(Apply, [file, '--skip-held'], { tty: true, typed: ['2'], answers: answers(REMOVING_PLAN) });
    expect(applyCalls(ran.calls)).toMatchObject([{ skipHeld: true, confirmDestroy: 2 }]);
  });
});

describe('a plan that got stale', () => {
  const stale = { ...APPLIED, outcome: 'stale', units: [] } as const;

  it('is made and asked again, three times at most', async () => {
    const ran = await run(Apply, [file], {
      tty: true,
      typed: ['y', 'y', 'y', 'y'],
      answers: answers(ADDING_PLAN, stale),
    });
    expect(ran.code).toBe(4);
    expect(ran.questions).toHaveLength(3);
    expect(ran.calls.filter((call) => call.name === 'plan')).toHaveLength(3);
  });

  it('is refused with 4 when it was saved', async () => {
    const saved = await savePlan(ADDING_PLAN);
    const ran = await run(Apply, [saved], { tty: true, typed: ['y', 'y'], answers: answers(ADDING_PLAN, stale) });
    expect(ran.code).toBe(4);
    expect(ran.questions).toHaveLength(1);
  });
});

describe('how an apply ended', () => {
  it.each([
    { outcome: 'partial', code: 6, next: 'coprhd recover' },
    { outcome: 'unknown', code: 7, next: 'coprhd recover' },
    { outcome: 'claimed', code: 5, next: '--claim-wait 5m' },
    { outcome: 'interrupted', code: 130, next: 'coprhd recover' },
  ] as const)('$outcome: exit code $code and the next command', async ({ outcome, code, next }) => {
    const result = { ...APPLIED_PARTLY, outcome };
    const ran = await run(Apply, [file], { tty: true, typed: ['y'], answers: answers(ADDING_PLAN, result) });
    expect(ran.code).toBe(code);
    expect(ran.stdout).toMatch(new RegExp(`next: .*${next}\n$`));
  });

  it('in part, or interrupted: a saved plan is not applied again', async () => {
    const saved = await savePlan(ADDING_PLAN);
    for (const outcome of ['partial', 'interrupted'] as const) {
      const result = { ...APPLIED_PARTLY, outcome, counts: { ...APPLIED_PARTLY.counts, unknown: 0 } };
      const options = { tty: true, typed: ['y'], answers: answers(ADDING_PLAN, result) };
      expect((await run(Apply, [file], options)).stdout).toContain('next: coprhd apply');
      const { stdout } = await run(Apply, [saved], { ...options, typed: ['y'] });
      expect(stdout.match(/next: .*$/m)?.[0]).toBe(outcome === 'interrupted' ? 'next: coprhd recover' : undefined);
    }
  });

  it('names the root cause once', async () => {
    const ran = await run(Apply, [file], { tty: true, typed: ['y'], answers: answers(ADDING_PLAN, APPLIED_PARTLY) });
    expect((ran.stdout + ran.stderr).split('512 GiB free').length - 1).toBe(1);
  });
});

describe('JSON of an apply', () => {
  Apply.id = 'apply';

  it('is lines: the version first, then plan and events, the result last', async () => {
    const ran = await run(Apply, [file, '--yes', '--json'], {
      answers: {
        apply: (_input, { emit }) => {
          emit({ type: 'plan.made', plan: ADDING_PLAN });
          emit({ type: 'unit.finished', unit: 'u00001', address: 'a', state: 'done', durationMs: 3 });
          return APPLIED;
        },
      },
    });
    const lines = jsonLines(ran.stdout);
    expect(lines.map((line) => line.type)).toEqual(['start', 'plan.made', 'unit.finished', 'result']);
    expect(lines[0]).toEqual({ schemaVersion: 1, type: 'start', command: 'apply' });
    expect(lines.at(-1)).toMatchObject({ outcome: 'ok', counts: { done: 2 } });
    expect(ran.stderr).toBe('');
  });

  it('is never interrupted by a question, also on a terminal', async () => {
    const ran = await run(Apply, [file, '--json'], { tty: true, typed: ['y'], answers: answers(ADDING_PLAN) });
    expect(ran.questions).toEqual([]);
    expect(ran.code).toBe(64);
    expect(jsonLines(ran.stdout).at(-1)).toMatchObject({
      type: 'result',
      outcome: 'usage',
      diagnostics: [{ code: 'COPRHD-PLAN-008' }],
    });
  });
});

async function savePlan(plan: Plan): Promise<string> {
  const saved = join(mkdtempSync(join(directory, 'plan-')), 'ora.plan');
  const ran = await run(PlanCommand, [file, '--out', saved], { answers: { plan: planned(plan) } });
  expect(ran.code).toBe(0);
  return saved;
}

describe('a saved plan', () => {
  it('can be read by its owner only', async () => {
    expect(statSync(await savePlan(ADDING_PLAN)).mode & 0o777).toBe(0o600);
  });

  it('is shown as it was made', async () => {
    const saved = await savePlan(ADDING_PLAN);
    const shown = await run(Show, [saved, '--human']);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('+4 volumes (8 TiB thin)');
    expect(shown.calls).toEqual([]);
  });

  it.each([
    { name: 'cut off', damage: (text: string) => text.slice(0, -40) },
    { name: 'edited', damage: (text: string) => text.replace('"remove":0', '"remove":1') },
    { name: 'of a later version', damage: (text: string) => text.replace('"version":1', '"version":2') },
    { name: 'something else', damage: () => 'hello' },
  ])('that is $name is refused', async ({ damage }) => {
    const saved = await savePlan(ADDING_PLAN);
    writeFileSync(saved, damage(readFileSync(saved, 'utf8')));
    const ran = await run(Apply, [saved, '--yes'], { answers: answers(ADDING_PLAN) });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('COPRHD-PLAN-004');
    expect(ran.calls).toEqual([]);
  });

  it('that was used already is refused before it is shown', async () => {
    const used = { code: 'COPRHD-PLAN-002', severity: 'error', summary: 'the plan was applied already' } as const;
    const checked = { ...APPLIED, outcome: 'stale', units: [], diagnostics: [used] } as const;
    const saved = await savePlan(ADDING_PLAN);
    const ran = await run(Apply, [saved, '--human', '--yes'], { answers: answers(ADDING_PLAN), checked });
    expect([ran.code, ran.calls, ran.questions]).toEqual([4, [], []]);
    expect(ran.stdout + ran.stderr).toContain('COPRHD-PLAN-002');
    expect(ran.stdout).not.toContain('+4 volumes');
  });

  it('is applied alone', async () => {
    const ran = await run(Apply, [await savePlan(ADDING_PLAN), file], { answers: answers(ADDING_PLAN) });
    expect(ran.code).toBe(64);
  });
});

describe('other verbs that change something', () => {
  it('destroy takes the stacks of plan files but never their infrastructure', async () => {
    const ran = await run(Destroy, [file, '--stack', 'old', '--dry-run'], {
      answers: {
        plan: planned({ ...ADDING_PLAN, stacks: ['infrastructure', 'ora'] }),
        destroy: planned(REMOVALS_ONLY),
      },
    });
    expect(ran.calls.at(-1)).toEqual({ name: 'destroy', input: { stacks: ['old', 'ora'], refresh: 'full' } });
  });

  it('destroy without a stack is wrong usage', async () => {
    expect((await run(Destroy, [])).code).toBe(64);
  });

  it('purge applies the plan of its operation', async () => {
    const ran = await run(Purge, ['web/volume.cache-01', '--confirm-destroy=2'], {
      answers: { purge: planned(REMOVALS_ONLY), apply: APPLIED },
    });
    expect(ran.calls.map((call) => call.name)).toEqual(['purge', 'apply']);
    expect(ran.code).toBe(0);
  });

  it('import prints what to put into a plan file', async () => {
    const flags = [
      '--system',
      's',
      '--native-id',
      '1',
      '--project',
      'p',
      '--virtual-pool',
      'g',
      '--virtual-array',
      'd',
    ];
    const ran = await run(Import, ['web/volume.x', ...flags, '--yes', '--human'], {
      answers: { import: { ...planned(ADDING_PLAN), yaml: 'volumes:\n  x: {}\n' }, apply: APPLIED },
    });
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('put this into a plan file:\n\nvolumes:\n  x: {}\n');
  });
});
