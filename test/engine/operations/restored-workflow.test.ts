/** A workflow that was open when the state was exported, and went on on the device before that state was put back. */
import { expect, it, vi } from 'vitest';
import { exportState, importState } from '../../../src/engine/state/transfer.ts';
import { createEstate, type Estate } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const PLAN = [infrastructure(), stack({ volumes: { a: null } })];

/** Dies at the point, the first time that it comes by. */
function dieAt(estate: Estate, point: string): void {
  estate.crashPoint = (name) => {
    if (name !== point) return;
    estate.crashPoint = undefined;
    throw new Error('killed');
  };
}

/** Exported right before the volume is made; its successor makes it; then the export is put back. */
async function restored(): Promise<Estate> {
  const estate = await createEstate();
  await estate.applied(PLAN[0]!);
  dieAt(estate, 'step:before-intent:volume.create');
  await expect(estate.apply(PLAN)).rejects.toThrow('killed');
  estate.restart();
  const { document } = await exportState(estate.engine.store);
  expect((await estate.run('recover', {})).workflows).toMatchObject([{ result: 'finished' }]);
  const { installation } = await importState(estate.engine.store, document, { replace: true });
  estate.setEpoch(installation.epoch);
  estate.restart();
  return estate;
}

it('waits until the device is reviewed, then finds what it has done there', async () => {
  const estate = await restored();
  const [made] = estate.show().volumes;
  const before = await estate.revision();
  const waiting = await estate.run('recover', {});
  expect(waiting).toMatchObject({
    outcome: 'held',
    workflows: [{ result: 'unreviewed', unreviewed: 'array-1', steps: [] }],
    diagnostics: [{ code: 'COPRHD-DEVICE-006', fix: expect.stringContaining('coprhd device review array-1') }],
  });
  // Nothing but the registration of the process that looked.
  expect((await estate.keys('w/')).length).toBeGreaterThan(0);
  expect(await estate.revision()).toBeLessThan(before + 5);
  await estate.run('device.review', { name: 'array-1', accept: 'manage' });
  expect((await estate.run('recover', {})).workflows).toMatchObject([{ result: 'finished' }]);
  expect((await estate.record('volume', 'a')).record.status.device).toMatchObject({
    nativeId: made!.id,
    wwn: made!.wwn,
  });
  expect(estate.show().volumes).toHaveLength(1);
  expect(await estate.run('orphans', {})).toMatchObject({ outcome: 'ok', orphans: [] });
});

it('is said by an apply, and is not rolled back either before somebody has looked', async () => {
  const estate = await restored();
  const applied = await estate.apply(PLAN);
  expect(applied.recovered).toMatchObject([{ result: 'unreviewed' }]);
  expect(applied.diagnostics.map(({ code }) => code)).toContain('COPRHD-DEVICE-006');
  const [workflow] = (await estate.run('recover', {})).workflows;
  const back = await estate.run('task.rollback', { task: workflow!.workflow, preview: false });
  expect(back.outcome).toBe('held');
  expect(estate.show().volumes).toHaveLength(1);
});

it('is let go where it had not committed at the export: nothing is deleted, and what it made since is an orphan', async () => {
  const estate = await createEstate();
  await estate.applied(PLAN[0]!);
  const { store } = estate.engine;
  const txn = store.txn.bind(store);
  let document = '';
  const commit = vi.spyOn(store, 'txn').mockImplementation(async (request) => {
    const isCommit = request.success.some((operation) =>
      /"phase":"committed"/.test('value' in operation ? operation.value : ''),
    );
    if (isCommit) ({ document } = await exportState(store));
    return txn(request);
  });
  await estate.applied(PLAN);
  commit.mockRestore();
  const { urn } = (await estate.record('volume', 'a')).record;
  const { installation } = await importState(store, document, { replace: true });
  estate.setEpoch(installation.epoch);
  estate.restart();
  expect(await estate.record('volume', 'a')).toMatchObject({ record: { status: { phase: 'creating' } } });
  estate.changes.length = 0;
  expect((await estate.run('recover', {})).workflows).toMatchObject([{ result: 'released' }]);
  expect(estate.changes).toEqual([]);
  expect(await estate.records('volume')).toEqual([]);
  const [made] = estate.show().volumes;
  expect((await estate.run('orphans', {})).orphans).toMatchObject([{ kind: 'volume', nativeId: made!.id, urn }]);
});
