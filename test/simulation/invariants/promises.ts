/** A committed workflow is a promise; and what a plan says of an array was looked at. */
import type { StoredVolume } from '../../../drivers/simulator/objects.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import type { Operation, Txn } from '../../../src/engine/state/store.ts';
import type { WorkflowRecord } from '../../../src/engine/workflow/types.ts';
import type { Incarnation } from '../world/incarnation.ts';
import type { Monitor } from './monitor.ts';

const ENDED: ReadonlySet<string> = new Set(['done', 'undone', 'skipped']);

/** Once committed it vanishes only when each of its units has come to an end. An import of state replaces everything. */
export function checkPromise(monitor: Monitor, operations: readonly Operation[]): void {
  const { state, world } = monitor;
  if (state.value('m/importing') !== undefined) return;
  for (const operation of operations) {
    if (operation.type !== 'delete' || !operation.key.startsWith('w/')) continue;
    const text = state.value(operation.key);
    const workflow = text === undefined ? undefined : (JSON.parse(text) as WorkflowRecord);
    if (!workflow || workflow.phase === 'claiming') continue;
    const open = state.plan(workflow)?.units.filter(({ id }) => !ENDED.has(state.unit(workflow.id, id)?.state ?? ''));
    if (open?.length) {
      const which = open.map(({ address }) => address).join(', ');
      world.violate(
        'committed-comes-to-its-end',
        `workflow ${workflow.id} was committed and vanishes with ${which} open`,
      );
    }
  }
}

/** What is called missing is not there: neither a part of a list nor a silent device is enough to say so. */
export function checkMissing(monitor: Monitor, plan: Plan): void {
  for (const { urn, held, address } of plan.changes) {
    if (held?.diagnostic.code !== 'COPRHD-HELD-001') continue;
    // Of the object that was recorded when the plan was made: it may have been replaced since.
    const nativeId = /native id (\S+), WWN/.exec(held.diagnostic.detail ?? '')?.[1];
    const device = monitor.state.record(urn)?.status.device;
    const array = device && monitor.arrayOf(device.system);
    const text = monitor.world.arrays.get(array ?? '')?.texts.get(`volume/${nativeId}`);
    if (text === undefined || monitor.lied.has(`${array}/${nativeId}`)) continue;
    if (monitor.ourUrn(JSON.parse(text) as StoredVolume) !== urn) continue;
    monitor.world.violate(
      'missing-means-missing',
      `${address} is said to be missing, and is there: ${array}/${nativeId}`,
    );
  }
}

/** The journal of a workflow is written by the process that runs it, and by nobody who ran it once. */
export function checkJournalWriter({ state, world }: Monitor, process: Incarnation, { success }: Txn): void {
  // An import of state writes everything that was exported, journals too.
  if (state.value('m/importing') !== undefined) return;
  for (const operation of success) {
    if (operation.type !== 'put' || !operation.key.startsWith('wj/')) continue;
    const workflow = operation.key.split('/')[1]!;
    const owner = state.owner(workflow);
    if (owner && process.registrations.has(owner.process)) continue;
    const runs = owner ? `process ${owner.holder.pid} of ${owner.holder.actor.name} runs` : 'nobody runs any more';
    world.violate(
      'one-writer',
      `${process.name} (pid ${process.pid}) wrote ${operation.key} of a workflow that ${runs}`,
    );
    return;
  }
}
