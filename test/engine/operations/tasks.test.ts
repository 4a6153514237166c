/** Tasks as people name them, and what they decide about those that wait. */
import { describe, expect, it } from 'vitest';
import { createEstate, type Estate, lines } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';
import { EXPORTED, onArrays, refusal, suspended } from './suspended.ts';

const statesOf = async (estate: Estate, workflow: string) =>
  Object.fromEntries(
    (await estate.run('task.list', { workflow })).tasks.map(({ resource, state }) => [resource.address, state]),
  );

describe('an apply with --on-error suspend', () => {
  it('stops where a step has failed, keeps everything, and says how to go on', async () => {
    const { estate, result, workflow } = await suspended();
    expect(result).toMatchObject({ outcome: 'partial', waitsFor: 'decision' });
    expect(await statesOf(estate, workflow)).toMatchObject({ 's/volume.a': 'ready', 's/export.e': 'suspended_error' });
    const { checks } = await estate.run('doctor', { bundle: false });
    expect(checks.find(({ name }) => name === 'workflows')).toMatchObject({
      level: 'warn',
      what: `workflow ${workflow} (apply) is suspended and waits for a decision`,
      fix: `coprhd task resume ${workflow}, or coprhd task rollback ${workflow} --preview`,
    });
    const recovered = await estate.run('recover', {});
    expect(recovered).toMatchObject({ outcome: 'partial', workflows: [{ workflow, result: 'suspended' }] });
  });

  it('goes on with task resume once the cause is gone, and the next plan is empty', async () => {
    const { estate, workflow } = await suspended();
    estate.clearFaults();
    const resumed = await estate.run('task.resume', { task: 's/export.e' });
    expect([resumed.outcome, resumed.diagnostics]).toEqual(['ok', []]);
    expect(new Set(resumed.tasks.map(({ state }) => state))).toEqual(new Set(['ready']));
    expect(lines(await estate.planned(EXPORTED))).toEqual([]);
    expect((await refusal(estate.run('task.resume', { task: workflow }))).diagnostics[0]!.code).toBe('COPRHD-TASK-002');
  });

  it('is suspended again when the cause is not gone', async () => {
    const { estate, workflow } = await suspended();
    const again = await estate.run('task.resume', { task: workflow });
    expect([again.outcome, again.workflow?.result]).toEqual(['partial', 'suspended']);
    expect(again.diagnostics).toMatchObject([{ address: 's/export.e', code: 'COPRHD-DEVICE-002' }]);
  });

  it('goes back with task rollback, and what had ended stays and is named', async () => {
    const { estate, workflow } = await suspended();
    estate.clearFaults();
    const back = await estate.run('task.rollback', { task: workflow, preview: false });
    expect(back.outcome).toBe('ok');
    expect(back.diagnostics).toMatchObject([{ severity: 'info', detail: expect.stringContaining('s/volume.a') }]);
    expect(await statesOf(estate, workflow)).toMatchObject({ 's/volume.a': 'ready', 's/export.e': 'error' });
    expect(await estate.keys('w')).toEqual([]);
    expect(await estate.keys('c/')).toEqual([]);
  });

  it('says before a rollback what would be undone, the last step first, and writes nothing', async () => {
    const { estate, workflow } = await suspended();
    estate.clearFaults();
    const before = [await estate.revision(), estate.changes.length];
    const seen = await estate.run('task.rollback', { task: workflow, preview: true });
    expect(seen.outcome).toBe('ok');
    expect(seen.compensations.map(({ address, action, verdict }) => [address, action, verdict])).toEqual([
      ['s/export.e', 'nothing', 'not-done'],
      ['s/export.e', 'undo', 'done'],
    ]);
    expect([await estate.revision(), estate.changes.length]).toEqual(before);
  });
});

describe('an atomic apply', () => {
  it('leaves nothing behind when one resource fails', async () => {
    const estate = await createEstate();
    await estate.applied([infrastructure()]);
    const before = onArrays(estate);
    estate.fault({ operation: 'ensureMapping', before: 'invalid' });
    const result = await estate.apply(EXPORTED, { atomic: true });
    expect(result.outcome).toBe('partial');
    expect(result.counts).toMatchObject({ done: 0, failed: 0, unknown: 0 });
    expect(onArrays(estate)).toBe(before);
  });

  it('is refused before anything starts when a step can not be undone, naming the steps', async () => {
    const estate = await createEstate();
    const six = Object.fromEntries(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, 'protect: false, onRemove: delete']),
    );
    await estate.applied([infrastructure(), stack({ volumes: six })]);
    estate.changes.length = 0;
    const result = await estate.apply([infrastructure(), stack({ volumes: {} })], { atomic: true, confirmDestroy: 6 });
    expect(result).toMatchObject({ outcome: 'held', units: [] });
    const [said] = result.diagnostics.filter(({ code }) => code === 'COPRHD-APPLY-008');
    expect(said!.summary).toContain("6 steps of this plan can't be undone");
    expect(said!.detail).toMatch(/s\/volume\.a: .*; and 1 more$/);
    expect(estate.changes).toEqual([]);
  });
});

describe('with --on-error continue', () => {
  it('what failed stays, what does not depend on it is done, and one task alone can be rolled back', async () => {
    const estate = await createEstate();
    await estate.applied([infrastructure()]);
    estate.fault({ operation: 'ensureVolume', before: 'invalid', match: 's-a' });
    estate.fault({ operation: 'ensureVolume', before: 'invalid', times: 1 });
    const plan = [infrastructure(), stack({ volumes: { a: null, b: null } })];
    const result = await estate.apply(plan, { onError: 'continue', parallel: 1 });
    expect(result).toMatchObject({ outcome: 'partial', waitsFor: 'decision' });
    estate.clearFaults();
    const back = await estate.run('task.rollback', { task: 's/volume.a', preview: false });
    expect(back.outcome).toBe('ok');
    expect(await statesOf(estate, result.workflow!)).toMatchObject({ 's/volume.a': 'error', 's/volume.b': 'ready' });
  });
});

describe('a task', () => {
  it('is found by its id, its uuid, the beginning of that, and the address in any form', async () => {
    const { estate, workflow } = await suspended();
    const { tasks } = await estate.run('task.list', { workflow });
    const task = tasks.find(({ resource }) => resource.address === 's/export.e')!;
    const uuid = task.id.split(':')[3]!;
    for (const text of [task.id, uuid, 's/export.e', 'export.e', 'E']) {
      expect((await estate.run('task.show', { task: text })).task, text).toEqual(task);
    }
    const ended = tasks.find(({ resource }) => resource.address === 's/volume.a')!;
    expect((await estate.run('task.show', { task: ended.id })).task).toEqual(ended);
  });

  it('that is not there, or is one of several, is said with what comes near', async () => {
    const { estate, workflow } = await suspended();
    const show = async (task: string) => {
      const { outcome, diagnostics } = await refusal(estate.run('task.show', { task }));
      const { code, summary, fix } = diagnostics[0]!;
      expect([outcome, code]).toEqual(['error', 'COPRHD-TASK-001']);
      return `${summary}; ${fix}`;
    };
    expect(await show('s/export.f')).toContain('did you mean s/export.e?');
    expect(await show('s/volume.a')).toMatch(/its last one has ended: coprhd task show urn:storageos:Task:/);
    expect(await show(workflow.slice(0, 8))).toMatch(/is ambiguous: \d tasks; write more/);
    expect(await show('00000000-0000-4000-8000-000000000000')).toContain('there is no open task');
    expect((await refusal(estate.run('task.list', { workflow: 'ffffffff' }))).diagnostics[0]!.code).toBe(
      'COPRHD-TASK-001',
    );
  });

  it('is listed by state, and what is left out is counted', async () => {
    const { estate } = await suspended();
    const waiting = await estate.run('task.list', { states: ['suspended_error'] });
    expect(waiting.tasks.map(({ resource }) => resource.address)).toEqual(['s/export.e']);
    const { tasks, more } = await estate.run('task.list', { limit: 2 });
    expect([tasks.length, more > 2]).toEqual([2, true]);
  });
});

describe('a removal', () => {
  it('whose volume is deleted already is not rolled back, and goes forward with resume', async () => {
    const estate = await createEstate();
    const gone = 'protect: false, onRemove: delete';
    await estate.applied([infrastructure(), stack({ volumes: { a: gone } })]);
    estate.crashPoint = (point) => {
      if (point === 'step:after-outcome:volume.delete') throw new Error('killed');
    };
    const removal = estate.apply([infrastructure(), stack({ volumes: {} })], { confirmDestroy: 1 });
    await expect(removal).rejects.toThrow('killed');
    estate.crashPoint = undefined;
    estate.restart();
    const [task] = (await estate.run('task.list', { states: ['pending'] })).tasks;
    const { diagnostics } = await refusal(estate.run('task.rollback', { task: task!.workflow, preview: false }));
    expect(diagnostics[0]).toMatchObject({ code: 'COPRHD-TASK-002', detail: expect.stringContaining('s/volume.a') });
    const seen = await estate.run('task.rollback', { task: task!.id, preview: true });
    expect([seen.outcome, seen.compensations.map(({ action }) => action)]).toEqual(['held', ['stuck']]);
    expect((await estate.run('task.resume', { task: task!.id })).outcome).toBe('ok');
  });
});
