/** What has ended, from the log. */
import { describe, expect, it } from 'vitest';
import { createEstate } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';
import { refusal, suspended } from './suspended.ts';

describe('history', () => {
  it('has every workflow that ended, the newest first, so many as were asked for', async () => {
    const estate = await createEstate();
    expect((await estate.run('history', {})).workflows).toEqual([]);
    const ids: string[] = [];
    for (const volumes of [{}, { a: null }, { a: null, b: null }]) {
      ids.unshift((await estate.applied([infrastructure(), stack({ volumes })])).workflow!);
      estate.clock.advance(1_000);
    }
    const { workflows } = await estate.run('history', {});
    expect(workflows.map(({ workflow }) => workflow)).toEqual(ids);
    expect(workflows[0]).toMatchObject({ operation: 'apply', actor: { name: 'anna' }, counts: { done: 1 } });
    expect((await estate.run('history', { limit: 2 })).workflows.map(({ workflow }) => workflow)).toEqual(
      ids.slice(0, 2),
    );
  });

  it('of one workflow has its units with their addresses and all steps, also by the beginning of its id', async () => {
    const { estate, workflow } = await suspended();
    const open = await refusal(estate.run('history', { workflow }));
    expect(open.diagnostics[0]).toMatchObject({
      code: 'COPRHD-TASK-001',
      fix: `coprhd task list --workflow ${workflow}`,
    });
    estate.clearFaults();
    await estate.run('task.rollback', { task: workflow, preview: false });
    const [past] = (await estate.run('history', { workflow: workflow.slice(0, 8) })).workflows;
    expect(past!.units!.map(({ address, state }) => [address, state])).toContainEqual(['s/export.e', 'undone']);
    expect(past!.units!.find(({ address }) => address === 's/export.e')!.error).toMatch(
      /^rolled back by anna, after: /,
    );
    expect(past!.steps!.map(({ state }) => state)).toContain('undone');
    expect(past!.attested).toEqual([]);
  });

  it('takes a workflow that a crash at its very end has logged twice for one', async () => {
    const estate = await createEstate();
    estate.crashPoint = (point) => {
      if (point === 'end:before-delete') throw new Error('killed');
    };
    await expect(estate.apply([infrastructure()])).rejects.toThrow('killed');
    estate.crashPoint = undefined;
    estate.restart();
    await estate.run('recover', {});
    const { workflows } = await estate.run('history', {});
    expect(workflows).toHaveLength(1);
    const [past] = (await estate.run('history', { workflow: workflows[0]!.workflow })).workflows;
    expect(new Set(past!.units!.map(({ unit }) => unit)).size).toBe(past!.units!.length);
  });

  it('says that there is no such workflow', async () => {
    const estate = await createEstate();
    const { outcome, diagnostics } = await refusal(estate.run('history', { workflow: 'abcd' }));
    expect([outcome, diagnostics[0]!.code]).toEqual(['error', 'COPRHD-TASK-001']);
  });
});
