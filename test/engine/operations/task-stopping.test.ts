/** What others ask of a workflow that is being run, and of one that nobody runs. */
import { describe, expect, it } from 'vitest';
import type { ApplyResult } from '../../../src/engine/operations/types.ts';
import { createEstate, type Estate, lines } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';
import { EXPORTED, onArrays, refusal, suspended } from './suspended.ts';

/** The first has two steps: it is made, then zeroed. */
const PLAN = [infrastructure(), stack({ volumes: { a: 'virtualPool: thick', b: null, c: null } })];

interface Running {
  readonly estate: Estate;
  readonly before: string;
  readonly result: Promise<ApplyResult>;
  readonly workflow: string;
  /** Lets the call that waits go on. */
  readonly go: () => void;
}

/** An apply whose first call on the array waits until it is let go on. */
async function running(plan: readonly string[] = PLAN): Promise<Running> {
  const estate = await createEstate();
  await estate.applied([infrastructure()]);
  const before = onArrays(estate);
  let go = () => {};
  let begun = () => {};
  const gate = new Promise<void>((resolve) => (go = resolve));
  const waits = new Promise<void>((resolve) => (begun = resolve));
  estate.wrap = (array) => ({
    ...array,
    ensureVolume: async (...args) => {
      begun();
      await gate;
      return array.ensureVolume(...args);
    },
  });
  const result = estate.apply(plan, { parallel: 1 });
  await waits;
  const [task] = (await estate.run('task.list', { states: ['pending'] })).tasks;
  return { estate, before, result, workflow: task!.workflow, go };
}

/** Once the request is there the call goes on: before it, nothing would have been asked of anybody. */
async function whenAsked({ estate, go, workflow }: Running): Promise<void> {
  while ((await estate.keys(`x/stop/${workflow}`)).length === 0) await new Promise((resolve) => setImmediate(resolve));
  go();
}

describe('a workflow that a living process runs', () => {
  it('is cancelled: what was begun is undone, what had not begun never does', async () => {
    const apply = await running();
    const { estate, workflow, before } = apply;
    const [cancelled, , result] = await Promise.all([
      estate.run('task.cancel', { task: workflow }),
      whenAsked(apply),
      apply.result,
    ]);
    expect(cancelled.outcome).toBe('ok');
    expect(cancelled.tasks.map(({ state }) => state)).toEqual(['error', 'error', 'error']);
    expect(result.outcome).toBe('partial');
    expect(result.diagnostics.map(({ code }) => code)).toContain('COPRHD-APPLY-007');
    expect(onArrays(estate)).toBe(before);
    expect(await estate.keys('x/')).toEqual([]);
  });

  it('loses one task and finishes the others', async () => {
    const apply = await running();
    const { estate } = apply;
    const [cancelled, , result] = await Promise.all([
      estate.run('task.cancel', { task: 's/volume.b' }),
      whenAsked(apply),
      apply.result,
    ]);
    expect([cancelled.outcome, cancelled.tasks.map(({ resource }) => resource.address)]).toEqual([
      'ok',
      ['s/volume.b'],
    ]);
    expect(result.counts).toMatchObject({ done: 2, 'not-started': 1 });
    expect(lines(await estate.planned(PLAN))).toEqual(['create s/volume.b']);
  });

  it('is suspended, and goes on with resume', async () => {
    const apply = await running();
    const { estate, workflow } = apply;
    const [stopped, , result] = await Promise.all([
      estate.run('task.suspend', { task: 's/volume.c' }),
      whenAsked(apply),
      apply.result,
    ]);
    expect(stopped.outcome).toBe('ok');
    expect(stopped.tasks.map(({ state }) => state)).toContain('suspended_no_error');
    expect(result).toMatchObject({ outcome: 'partial', waitsFor: 'decision' });
    expect((await estate.run('task.resume', { task: workflow })).outcome).toBe('ok');
    expect(lines(await estate.planned(PLAN))).toEqual([]);
  });

  it('is neither resumed nor rolled back: its holder is named, and the verb for it', async () => {
    const apply = await running();
    const { estate, workflow } = apply;
    const said = async (work: Promise<unknown>) => {
      const { outcome, diagnostics } = await refusal(work);
      return [outcome, diagnostics[0]!.code, diagnostics[0]!.detail, diagnostics[0]!.fix?.split(' stops')[0]];
    };
    const expected = [
      'claimed',
      'COPRHD-APPLY-003',
      expect.stringMatching(/^Held by anna on admin-1, process \d+/),
      `coprhd task cancel ${workflow}`,
    ];
    expect(await said(estate.run('task.resume', { task: workflow }))).toEqual(expected);
    expect(await said(estate.run('task.rollback', { task: 's/volume.a', preview: false }))).toEqual(expected);
    apply.go();
    expect((await apply.result).outcome).toBe('ok');
  });

  it('is not waited for longer than was said: what is in flight is named, and the request stands', async () => {
    const apply = await running();
    const { estate, workflow } = apply;
    const patience = new AbortController();
    const call = estate.call();
    const { taskCancel } = await import('../../../src/engine/operations/task-stopping.ts');
    const cancelling = taskCancel({ ...call, ctx: { ...call.ctx, signal: patience.signal } }, { task: workflow });
    while ((await estate.keys(`x/stop/${workflow}`)).length === 0)
      await new Promise((resolve) => setImmediate(resolve));
    patience.abort(new Error('timed out'));
    const cancelled = await cancelling;
    expect(cancelled.outcome).toBe('claimed');
    expect(cancelled.diagnostics[0]).toMatchObject({
      code: 'COPRHD-TASK-002',
      summary: expect.stringContaining('not cancelled yet'),
      detail: expect.stringMatching(/In flight: s\/volume\.a: create/),
    });
    apply.go();
    expect((await apply.result).counts).toMatchObject({ done: 0 });
  });

  it('is watched until it has ended, each change once', async () => {
    const apply = await running();
    const { estate } = apply;
    estate.events.length = 0;
    const watching = estate.run('task.watch', { task: 's/volume.b' });
    setImmediate(apply.go);
    const [watched] = await Promise.all([watching, apply.result]);
    expect([watched.outcome, watched.task?.state]).toEqual(['ok', 'ready']);
    const seen = estate.events.flatMap((event) => (event.type === 'task.changed' ? [event.task] : []));
    expect(seen.map(({ resource }) => resource.address)).toEqual(seen.map(() => 's/volume.b'));
    expect([seen[0]!.state, seen.at(-1)!.state]).toEqual(['pending', 'ready']);
    expect(new Set(seen.map((task) => JSON.stringify(task))).size).toBe(seen.length);
  });
});

describe('a workflow that nobody runs', () => {
  it('that waits for a decision is cancelled by rolling it back', async () => {
    const { estate, workflow } = await suspended();
    estate.clearFaults();
    const cancelled = await estate.run('task.cancel', { task: workflow });
    expect([cancelled.outcome, cancelled.tasks.map(({ state }) => state)]).toEqual(['ok', ['error', 'error']]);
    expect(await estate.keys('w')).toEqual([]);
  });

  it('whose process was killed is cancelled, and nothing is left on the array', async () => {
    const estate = await createEstate();
    await estate.applied([infrastructure()]);
    const before = onArrays(estate);
    estate.crashPoint = (point) => {
      if (point === 'step:after-call:mapping.ensure') throw new Error('killed');
    };
    await expect(estate.apply(EXPORTED, { parallel: 1, atomic: true })).rejects.toThrow('killed');
    estate.crashPoint = undefined;
    estate.restart();
    const [task] = (await estate.run('task.list', { states: ['pending'] })).tasks;
    expect((await estate.run('task.cancel', { task: task!.workflow })).outcome).toBe('ok');
    expect(onArrays(estate)).toBe(before);
  });

  it('whose process was killed is suspended as it is, and then recover leaves it alone', async () => {
    const estate = await createEstate();
    await estate.applied([infrastructure()]);
    estate.crashPoint = (point) => {
      if (point === 'step:after-call:mapping.ensure') throw new Error('killed');
    };
    await expect(estate.apply(EXPORTED, { parallel: 1 })).rejects.toThrow('killed');
    estate.crashPoint = undefined;
    estate.restart();
    const calls = estate.changes.length;
    const [task] = (await estate.run('task.list', { states: ['pending'] })).tasks;
    const stopped = await estate.run('task.suspend', { task: task!.workflow });
    expect(stopped.outcome).toBe('ok');
    expect((await estate.run('recover', {})).workflows.map(({ result }) => result)).toEqual(['suspended']);
    expect(estate.changes.length).toBe(calls);
    expect((await estate.run('task.resume', { task: task!.workflow })).outcome).toBe('ok');
    expect(lines(await estate.planned(EXPORTED))).toEqual([]);
  });

  it('and is suspended is watched for no longer: it ends at once', async () => {
    const { estate } = await suspended();
    expect((await estate.run('task.watch', { task: 's/export.e' })).outcome).toBe('partial');
  });

  it('that has ended can be neither suspended nor cancelled', async () => {
    const { estate, workflow } = await suspended();
    estate.clearFaults();
    await estate.run('task.resume', { task: workflow });
    for (const verb of ['task.suspend', 'task.cancel'] as const) {
      const { outcome, diagnostics } = await refusal(estate.run(verb, { task: workflow }));
      expect([outcome, diagnostics[0]!.code]).toEqual(['error', 'COPRHD-TASK-002']);
    }
  });
});
