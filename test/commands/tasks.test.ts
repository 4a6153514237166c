import { describe, expect, it } from 'vitest';
import Apply from '../../src/commands/apply.ts';
import ClaimBreak from '../../src/commands/claim/break.ts';
import FreezeCommand from '../../src/commands/freeze.ts';
import History from '../../src/commands/history.ts';
import Recover from '../../src/commands/recover.ts';
import Resolve from '../../src/commands/resolve.ts';
import TaskCancel from '../../src/commands/task/cancel.ts';
import TaskList from '../../src/commands/task/list.ts';
import TaskRollback from '../../src/commands/task/rollback.ts';
import TaskWatch from '../../src/commands/task/watch.ts';
import type { ResultOf } from '../../src/engine/operations/types.ts';
import type { OperationOutcome } from '../../src/lib/diagnostic.ts';
import { ADDING_PLAN } from '../views/fixtures/plans.ts';
import { APPLIED_PARTLY } from '../views/fixtures/results.ts';
import { BROKEN, DONE_TASK, FAILED_TASK, FROZEN, HISTORY, PREVIEW, RESUMED, TASKS } from '../views/fixtures/tasks.ts';
import { jsonLines, run, start } from './harness.ts';
import { savedPlan } from './saved.ts';

describe('task list', () => {
  it('hands its filters to the engine, and is one JSON document', async () => {
    const flags = ['--workflow', '4f4b', '--status', 'ready', '--status', 'error', '--limit', '5', '--json'];
    const ran = await run(TaskList, flags, { answers: { 'task.list': TASKS } });
    expect(ran.calls[0]!.input).toEqual({ workflow: '4f4b', states: ['ready', 'error'], limit: 5 });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      schemaVersion: 1,
      more: 3,
      tasks: [{ state: 'suspended_error' }, {}],
    });
  });

  it('refuses states that there are not', async () => {
    expect((await run(TaskList, ['--status', 'done'])).code).toBe(64);
  });
});

describe('task watch', () => {
  it.each([
    ['ok', 0],
    ['partial', 6],
    ['unknown', 7],
  ] as const)('that ends %s ends with %i, a line a change', async (outcome, code) => {
    const watch = (_: unknown, { emit }: { emit: (event: never) => void }) => {
      emit({ type: 'task.changed', task: FAILED_TASK } as never);
      emit({ type: 'task.changed', task: DONE_TASK } as never);
      return { outcome, diagnostics: [], task: DONE_TASK };
    };
    const json = await run(TaskWatch, ['x', '--json'], { answers: { 'task.watch': watch as never } });
    expect(json.code).toBe(code);
    expect(jsonLines(json.stdout).map(({ type }) => type)).toEqual(['start', 'task.changed', 'task.changed', 'result']);
    const plain = await run(TaskWatch, ['x', '--plain'], { answers: { 'task.watch': watch as never } });
    expect(plain.stderr.split('\n')[0]).toMatch(
      /^event\ttask\.changed\t\d+\turn:storageos:Task:.*\tsuspended_error\t50\tora\/export/,
    );
    const human = await run(TaskWatch, ['x', '--human'], { answers: { 'task.watch': watch as never } });
    expect(human.stderr).toContain('ready  100 %  ora/volume.ora-data-01  done');
  });
});

describe('task cancel', () => {
  const claimed: ResultOf<'task.cancel'> = { outcome: 'claimed', diagnostics: [], tasks: [FAILED_TASK] };

  it('that was not waited for ends with 5', async () => {
    expect((await run(TaskCancel, ['x'], { answers: { 'task.cancel': claimed } })).code).toBe(5);
  });

  it('that somebody interrupts ends with 130', async () => {
    const running = start(TaskCancel, ['x'], {
      answers: {
        'task.cancel': () => {
          running.interrupt();
          return claimed;
        },
      },
    });
    expect((await running.result).code).toBe(130);
  });
});

describe('task rollback', () => {
  it('--preview shows the order, asks nobody, and ends with 3 when something can not be undone', async () => {
    const ran = await run(TaskRollback, ['x', '--preview', '--human'], { answers: { 'task.rollback': PREVIEW } });
    expect(ran.calls[0]!.input).toEqual({ task: 'x', preview: true });
    expect([ran.code, ran.questions]).toEqual([3, []]);
    expect(ran.stdout).toMatch(/nothing is done yet:\n {2}nothing .*\n {2}undo .*\n {2}can't/);
    expect(ran.stdout).not.toContain('next:');
  });

  it('without it says what has become of the tasks', async () => {
    const answers = { 'task.rollback': { ...RESUMED, outcome: 'ok' as const, compensations: [] } };
    const ran = await run(TaskRollback, ['x', '--plain'], { answers });
    expect(ran.calls[0]!.input).toEqual({ task: 'x', preview: false });
    expect(ran.stdout.split('\n').map((line) => line.split('\t')[0])).toEqual([
      'recovered',
      'verdict',
      'task',
      'task',
      '',
    ]);
  });
});

describe('resolve', () => {
  const answers = { resolve: { ...RESUMED, outcome: 'ok' as const } };

  it('is attested with --yes where nobody can be asked, else refused with the flag to add', async () => {
    const refused = await run(Resolve, ['web/volume.x', '--as', 'absent', '--human'], { answers });
    expect([refused.code, refused.calls]).toEqual([64, []]);
    expect(refused.stderr).toContain('fix: coprhd resolve web/volume.x --as absent --yes');
    const ran = await run(Resolve, ['web/volume.x', '--as', 'absent', '--yes'], { answers });
    expect(ran.calls).toEqual([{ name: 'resolve', input: { address: 'web/volume.x', as: 'absent' } }]);
  });

  it('asks at a terminal, naming the address and what is attested', async () => {
    const asked = await run(Resolve, ['web/volume.x', '--as', 'foreign'], { answers, tty: true, typed: ['y'] });
    expect(asked.questions).toEqual([
      'You attest of web/volume.x: what is there is not ours, and is left alone. Is that so? [y/N] ',
    ]);
    expect(asked.code).toBe(0);
    const declined = await run(Resolve, ['web/volume.x', '--as', 'foreign'], { answers, tty: true, typed: ['n'] });
    expect([declined.code, declined.calls]).toEqual([3, []]);
  });

  it('needs to know as what', async () => {
    expect((await run(Resolve, ['web/volume.x', '--yes'])).code).toBe(64);
  });
});

describe('claim break, history and freeze', () => {
  it('hand on what was typed', async () => {
    const broken = await run(ClaimBreak, ['4f4b', '--i-know', '--human'], { answers: { 'claim.break': BROKEN } });
    expect(broken.calls[0]!.input).toEqual({ workflow: '4f4b', force: true });
    expect(broken.stdout).toContain('its fence was raised');
    const all = await run(History, [], { answers: { history: HISTORY } });
    expect(all.calls[0]!.input).toEqual({ limit: 20 });
    const one = await run(History, ['4f4b'], { answers: { history: HISTORY } });
    expect(one.calls[0]!.input).toEqual({ workflow: '4f4b' });
    const frozen = await run(FreezeCommand, ['--why', 'x'], { answers: { freeze: FROZEN } });
    expect(frozen.calls[0]!.input).toEqual({ why: 'x' });
  });
});

describe('recover', () => {
  it.each([
    ['partial', 'suspended', 6],
    ['held', 'frozen', 3],
  ] as const)('%s with what is %s ends with %i', async (outcome, result, code) => {
    const workflow = { ...RESUMED.workflow!, result };
    const answers = { recover: { outcome: outcome as OperationOutcome, diagnostics: [], workflows: [workflow] } };
    const ran = await run(Recover, ['--human'], { answers });
    expect(ran.code).toBe(code);
    expect(ran.stdout).toMatch(/waits for a decision|everything is frozen/);
  });
});

describe('an apply that waits', () => {
  const saved = savedPlan(ADDING_PLAN);

  it('hands the policy to the engine, and says both ways to go on', async () => {
    const answers = { apply: { ...APPLIED_PARTLY, waitsFor: 'decision' as const } };
    const ran = await run(Apply, [saved, '--yes', '--on-error', 'suspend', '--atomic', '--human'], { answers });
    expect(ran.calls.at(-1)!.input).toMatchObject({ onError: 'suspend', atomic: true });
    expect(ran.stdout).toContain('next: coprhd task resume w-01j9\nor:   coprhd task rollback w-01j9 --preview\n');
    expect(ran.code).toBe(6);
  });

  it('for a thaw says so', async () => {
    const answers = { apply: { ...APPLIED_PARTLY, waitsFor: 'thaw' as const } };
    const ran = await run(Apply, [saved, '--yes', '--human'], { answers });
    expect(ran.calls.at(-1)!.input).not.toHaveProperty('onError');
    expect(ran.stdout).toContain('next: coprhd thaw\n');
  });
});
