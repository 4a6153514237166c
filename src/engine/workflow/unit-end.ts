/**
 * How units end, in the store. Done: final records, names, attributes, capacity. Nothing: everything as it was before.
 * Open: suspect, under claim. Records go in chunks, each of which may be repeated; capacity and the unit's state go
 * together in the last one, so that they count exactly once.
 *
 * A record's claim ends with the last unit that names it, not with the unit that writes it: nobody may change a mask
 * while a later unit of the plan still maps through it.
 */
import { LIMITS } from '../../lib/limits.ts';
import type { DeviceObject, ResourceRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import type { PlannedWrite, Unit } from '../planner/plan.ts';
import { keys } from '../state/keys.ts';
import { encodeRecord, type RecordWrite } from '../state/records.ts';
import { type OurWrite, readOurs } from './claims.ts';
import { endTogether, type RecordEnd } from './end-together.ts';
import { isEnded } from './journal.ts';
import { withQuiet } from './quiet.ts';
import { batches, finalOps, isClaimedBy, readMany, restoreOps, withoutClaim } from './records-io.ts';
import type { Run } from './run.ts';
import { endedTaskOp } from './tasks.ts';
import type { Failure, UnitEntry } from './types.ts';

export async function finishUnit(run: Run, unit: Unit): Promise<void> {
  const toFinal = ({ write, current, held }: OurWrite): RecordEnd => {
    const keeps = isNeededByOthers(run, unit, write.urn);
    const final = withQuiet(run, unit, write.final);
    return { ...finalOps({ ...write, final }, current, held, keeps ? current.record.claim : undefined), keeps };
  };
  await endUnit(run, unit, { state: 'done', atMs: run.nowMs }, 'done', toFinal);
}

/** After an undo, or for a unit that never started. */
export async function withdrawUnit(run: Run, unit: Unit, state: 'undone' | 'skipped', error?: Failure): Promise<void> {
  const restored = restoredDevices(run, unit);
  const toBefore = ({ write, current, held }: OurWrite): RecordEnd => {
    // What the plan made is gone with it; what was there before may be mapped again by a unit that is undone later.
    const keeps = write.before !== undefined && isNeededByOthers(run, unit, write.urn);
    const claim = keeps ? current.record.claim : undefined;
    return { ...restoreOps(write, current, held, restored.get(write.urn), claim), keeps };
  };
  const entry: UnitEntry = { state, atMs: run.nowMs, ...(error ? { error } : {}) };
  await endUnit(run, unit, entry, 'nothing', toBefore);
}

const isNeededByOthers = (run: Run, unit: Unit, urn: Urn): boolean =>
  run.namers.isNeeded(urn, (id) => isEnded(run.journal.unit(id)), unit.id);

function restoredDevices(run: Run, unit: Unit): Map<Urn, DeviceObject> {
  const devices = new Map<Urn, DeviceObject>();
  // In the order in which they were undone: the last word counts.
  for (const step of [...unit.steps].reverse()) {
    const restored = run.journal.step(unit.id, step.id)?.restored;
    if (restored) devices.set(restored.urn, restored.device);
  }
  return devices;
}

async function endUnit(
  run: Run,
  unit: Unit,
  entry: UnitEntry,
  outcome: 'done' | 'nothing',
  toEnd: (ours: OurWrite) => RecordEnd,
): Promise<void> {
  run.point('unit:before-end');
  const change = run.journal.setUnit(unit.id, entry);
  const task = endedTaskOp(run, unit, entry);
  await endTogether(run, { unit, change, task, outcome, toEnd });
  change.apply();
  run.point('unit:after-end');
  await dropClaims(run, run.namers.namedBy(unit));
}

/** Ends our claim on records that no unit of the workflow needs any more. */
export async function dropClaims(run: Run, urns: readonly Urn[]): Promise<void> {
  const free = urns.filter(
    (urn) =>
      run.namers.writeOf(urn) &&
      !run.records.isFree(urn) &&
      !run.namers.isNeeded(urn, (id) => isEnded(run.journal.unit(id))),
  );
  for (let missing = free; missing.length > 0; ) {
    const records = await readMany(missing, (urn) => run.records.read(urn));
    const writes: RecordWrite[] = [];
    for (const [urn, read] of records) {
      run.records.freed(urn);
      if (!read || !isClaimedBy(read.record, run.id)) continue;
      const key = keys.record(urn);
      writes.push({
        compare: [{ key, modRevision: read.revision }],
        operations: [{ type: 'put', key, value: encodeRecord(withoutClaim(read.record)) }],
      });
    }
    let lost = false;
    for (const chunk of batches(writes)) {
      run.point('unit:before-drop-claims');
      if ((await run.write(chunk.compare, chunk.operations)) === undefined) lost = true;
    }
    // Another unit of ours dropped the same at the same time: look again.
    missing = lost ? missing : [];
    if (lost) for (const urn of missing) run.records.forget(urn);
  }
}

/** The unit stays open: its records say so, and stay claimed. */
export async function suspendUnit(
  run: Run,
  unit: Unit,
  state: 'unknown' | 'failed',
  direction: 'forward' | 'undo',
  error: Failure,
): Promise<void> {
  const why = error.message.slice(0, LIMITS.nameLengthMax * 4);
  const change = run.journal.setUnit(unit.id, { state, direction, error, atMs: run.nowMs });
  run.point('unit:before-suspend');
  const suspect = (current: ResourceRecord, write: PlannedWrite): ResourceRecord => {
    const previous = current.status.previous ?? { spec: write.before?.spec ?? null, phase: current.status.phase };
    return { ...current, status: { ...current.status, phase: 'suspect', why, sinceMs: run.nowMs, previous } };
  };
  for (;;) {
    const writes = (await readOurs(run, unit.writes)).map(({ write, current }): RecordWrite => {
      const key = keys.record(write.urn);
      return {
        compare: [{ key, modRevision: current.revision }],
        operations: [{ type: 'put', key, value: encodeRecord(suspect(current.record, write)) }],
      };
    });
    for (const { urn } of unit.writes) run.records.forget(urn);
    let lost = false;
    for (const chunk of batches([...writes, { compare: [], operations: [change.operation] }])) {
      if ((await run.write(chunk.compare, chunk.operations)) === undefined) lost = true;
    }
    if (!lost) break;
  }
  change.apply();
}
