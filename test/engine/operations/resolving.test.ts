/** What a person says of a unit whose device can't be asked, and whose word counts. */
import { describe, expect, it } from 'vitest';
import { createEstate, type Estate, lines } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';
import { onArrays, refusal } from './suspended.ts';

const PLAN = [infrastructure(), stack({ volumes: { a: null } })];

/** The volume is made, the answer is lost, and then the array is silent. */
async function unclear(): Promise<{ readonly estate: Estate; readonly workflow: string; readonly before: string }> {
  const estate = await createEstate();
  await estate.applied([infrastructure()]);
  const before = onArrays(estate);
  estate.wrap = (array) => ({
    ...array,
    ensureVolume: async (...args) => {
      try {
        return await array.ensureVolume(...args);
      } finally {
        estate.takeDown('sim-1');
      }
    },
  });
  estate.fault({ operation: 'ensureVolume', after: true });
  const result = await estate.apply(PLAN);
  expect([result.outcome, result.counts.unknown]).toEqual(['unknown', 1]);
  estate.wrap = undefined;
  estate.clearFaults();
  return { estate, workflow: result.workflow!, before };
}

const historyOf = async (estate: Estate, workflow: string) => (await estate.run('history', { workflow })).workflows[0]!;

describe('resolve', () => {
  it('counts where the device is silent: the resource comes to nothing, and the history says who said so', async () => {
    const { estate, workflow } = await unclear();
    const result = await estate.run('resolve', { address: 's/volume.a', as: 'absent' });
    expect(result.outcome).toBe('ok');
    expect(result.diagnostics[0]!.summary).toContain('what anna said counts: absent');
    expect(result.workflow?.steps.map(({ verdict }) => verdict)).toContainEqual(
      expect.stringContaining('absent, said anna; the device could not be asked'),
    );
    expect(result.tasks).toMatchObject([{ state: 'error', endedAtMs: expect.any(Number) }]);
    expect((await historyOf(estate, workflow)).attested).toMatchObject([
      { as: 'absent', by: { name: 'anna' }, counted: true },
    ]);
    expect(await estate.engine.log.read('audit')).toMatchObject([
      { event: 'resolve', as: 'absent', address: 's/volume.a' },
    ]);
    expect(await estate.keys('w')).toEqual([]);
  });

  it('does not count where the device answers: its word wins, and that is said', async () => {
    const { estate, workflow, before } = await unclear();
    estate.bringUp('sim-1');
    const result = await estate.run('resolve', { address: 's/volume.a', as: 'absent' });
    expect(result.outcome).toBe('ok');
    expect(result.diagnostics[0]!.summary).toContain('the device answered, and its word counts');
    // It was there, and is undone as every volume that came to nothing.
    expect(onArrays(estate)).toBe(before);
    expect((await historyOf(estate, workflow)).attested).toMatchObject([{ as: 'absent', counted: false }]);
  });

  it('never touches what is said to be somebody else’s', async () => {
    const { estate } = await unclear();
    const calls = estate.changes.length;
    expect((await estate.run('resolve', { address: 's/volume.a', as: 'foreign' })).outcome).toBe('ok');
    expect(estate.changes.length).toBe(calls);
    estate.bringUp('sim-1');
    expect((await estate.run('orphans', {})).orphans).toHaveLength(1);
  });

  it('refuses what nobody can know: what a device has made has an identity that only it can tell', async () => {
    const { estate } = await unclear();
    const { outcome, diagnostics } = await refusal(estate.run('resolve', { address: 's/volume.a', as: 'done' }));
    expect([outcome, diagnostics[0]!.code]).toEqual(['error', 'COPRHD-TASK-002']);
    expect(diagnostics[0]!.detail).toContain('identity');
    expect(await estate.engine.log.read('audit')).toEqual([]);
  });

  it('is for what is unclear only', async () => {
    const estate = await createEstate();
    await estate.applied([infrastructure()]);
    estate.fault({ operation: 'ensureVolume', before: 'invalid' });
    await estate.apply(PLAN, { onError: 'suspend' });
    const { diagnostics } = await refusal(estate.run('resolve', { address: 's/volume.a', as: 'absent' }));
    expect(diagnostics[0]).toMatchObject({
      code: 'COPRHD-TASK-002',
      fix: expect.stringContaining('coprhd task resume'),
    });
    estate.clearFaults();
    await estate.run('task.resume', { task: 's/volume.a' });
    expect((await refusal(estate.run('resolve', { address: 's/volume.a', as: 'absent' }))).diagnostics[0]!.code).toBe(
      'COPRHD-TASK-001',
    );
  });

  it('lets a removal end when the array is gone for good', async () => {
    const estate = await createEstate();
    await estate.applied([infrastructure(), stack({ volumes: { a: 'protect: false, onRemove: delete' } })]);
    estate.wrap = (array) => ({
      ...array,
      deleteVolume: async (...args) => {
        try {
          return await array.deleteVolume(...args);
        } finally {
          estate.takeDown('sim-1');
        }
      },
    });
    estate.fault({ operation: 'deleteVolume', after: true });
    const removal = [infrastructure(), stack({ volumes: {} })];
    expect((await estate.apply(removal, { confirmDestroy: 1 })).outcome).toBe('unknown');
    const result = await estate.run('resolve', { address: 's/volume.a', as: 'absent' });
    expect([result.outcome, result.tasks.map(({ state }) => state)]).toEqual(['ok', ['ready']]);
    estate.wrap = undefined;
    estate.clearFaults();
    estate.bringUp('sim-1');
    expect(lines(await estate.planned(removal))).toEqual([]);
  });
});
