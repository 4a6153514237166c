/** Journal entries of steps, and the outcome of a step: what was learnt, and the entry with the last of it. */
import { DriverError } from '../driver/errors.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { Step, Unit } from '../planner/plan.ts';
import { keys } from '../state/keys.ts';
import { encodeRecord, type RecordWrite } from '../state/records.ts';
import type { Compare } from '../state/store.ts';
import type { JournalChange } from './journal.ts';
import { batches, isClaimedBy, withDevice } from './records-io.ts';
import type { Run } from './run.ts';
import type { Learnt, Outcome } from './steps/handler.ts';
import { FenceLostError, type StepEntry } from './types.ts';

const ATTEMPTS_MAX = 10;

export async function writeStep(run: Run, unit: Unit, step: Step, entry: StepEntry): Promise<void> {
  await writeJournal(run, run.journal.setStep(unit.id, step.id, entry));
}

/**
 * The intent of a call that changes the device, and with the first of a unit that the unit runs. Not written while
 * everything is frozen, or once somebody asked the workflow to stop: throws InterruptedError or CancelledError.
 */
export async function writeIntent(
  run: Run,
  unit: Unit,
  step: Step,
  entry: StepEntry & { readonly state: 'intent' | 'undo-intent' },
): Promise<void> {
  const forward = entry.state === 'intent';
  const changes = [run.journal.setStep(unit.id, step.id, entry)];
  if (forward && run.unitEntry(unit)?.state !== 'running') {
    changes.push(run.journal.setUnit(unit.id, { state: 'running', atMs: run.nowMs }));
  }
  const operations = changes.map(({ operation }) => operation);
  // May it still be changed at all? As it was when this call was allowed.
  const system = await run.records.readShared(step.system);
  const compare: Compare[] = [{ key: keys.record(step.system), modRevision: system?.revision ?? 0 }];
  if (!(await run.writeIntent({ unit: unit.id, going: forward ? 'forward' : 'back', compare }, operations))) {
    run.records.forget(step.system);
    throw new DriverError({ class: 'busy', message: 'the storage system was changed in the state at this moment' });
  }
  for (const change of changes) change.apply();
}

/** A journal entry alone has no compare of its own: only the fence can refuse it, and that ends the run. */
export async function writeJournal(run: Run, change: JournalChange): Promise<void> {
  await run.write([], [change.operation]);
  change.apply();
}

export async function recordOutcome(
  run: Run,
  unit: Unit,
  step: Step,
  intent: StepEntry,
  outcome: Outcome,
): Promise<void> {
  const { handle: _handle, ...kept } = intent;
  const entry: StepEntry = { ...kept, state: 'done', atMs: run.nowMs, wasDone: true };
  await writeWithLearnt(run, run.journal.setStep(unit.id, step.id, entry), allLearnt(outcome));
  for (const pause of outcome.pauses ?? []) {
    run.env.emit({ type: 'step.paused', unit: unit.id, step: step.id, ...pause });
  }
  run.point(`step:after-outcome:${step.kind}`);
}

export const allLearnt = ({ learnt, alsoLearnt = [] }: Outcome): readonly Learnt[] =>
  learnt ? [learnt, ...alsoLearnt] : [];

/**
 * What was learnt of many records takes several transactions, the entry is in the last: until then a step that died is probed, which
 * learns the same again.
 */
export async function writeWithLearnt(run: Run, change: JournalChange, learnt: readonly Learnt[]): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const patches = await Promise.all(learnt.map((each) => patchOf(run, each)));
    if (await writeAll(run, change, patches)) return change.apply();
    for (const { urn } of learnt) run.records.forget(urn);
  }
  throw run.stop(new Error(`the record ${learnt[0]?.urn} changes all the time although it is claimed`));
}

/** False: one of them was changed meanwhile. */
async function writeAll(run: Run, change: JournalChange, patches: readonly Patch[]): Promise<boolean> {
  const chunks = batches([...patches, { compare: [], operations: [change.operation] }]);
  for (const [index, { compare, operations, members }] of chunks.entries()) {
    if (index > 0) run.point('step:between-outcome-chunks');
    const revision = await run.write(compare, operations);
    if (revision === undefined) return false;
    for (const member of members) if ('record' in member) run.records.wrote(member.record, revision);
  }
  return true;
}

interface Patch extends RecordWrite {
  readonly record: ResourceRecord;
}

async function patchOf(run: Run, { urn, device }: Learnt): Promise<Patch> {
  const read = await run.records.read(urn);
  if (!read || !isClaimedBy(read.record, run.id)) {
    throw run.stop(new FenceLostError(`${urn} is not claimed by workflow ${run.id} any more`));
  }
  const record = withDevice(read.record, device);
  const key = keys.record(urn);
  return {
    compare: [{ key, modRevision: read.revision }],
    operations: [{ type: 'put', key, value: encodeRecord(record) }],
    record,
  };
}
