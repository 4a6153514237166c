/**
 * Looked at once more before the commit: a pool, port or network system that was deregistered since the plan was made gets nothing new by it.
 * What the plan does with what is there already goes on.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { ResourceRecord } from '../model/record.ts';
import { deregisteredWhy, type RegisteredKind } from '../model/registration.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { parseUrn, type Urn } from '../model/urn.ts';
import type { Plan, PlannedWrite } from '../planner/plan.ts';
import type { StateStore } from '../state/store.ts';
import { readMany, readRecord } from './records-io.ts';

export async function deregisteredSince(store: StateStore, plan: Plan): Promise<Diagnostic[]> {
  const records = await readMany(takenAnew(plan), (urn) => readRecord(store, urn));
  return [...records].flatMap(([urn, read]): Diagnostic[] => {
    const record = read?.record as ResourceRecord<RegisteredKind> | undefined;
    const why = record && deregisteredWhy(`${parseUrn(urn).kind} ${record.name}`, record);
    if (why === undefined) return [];
    const summary = `${why}; the plan puts something new there`;
    return [{ code: 'COPRHD-PLAN-001', severity: 'error', summary, fix: 'Make the plan again.' }];
  });
}

/** Pools and systems of new volumes, ports of new masks and paths, network systems of new zones. */
function takenAnew({ decisions, units }: Plan): Urn[] {
  const placed = decisions.flatMap((decision) => decision.placed.flatMap(({ system, pool }) => [system, pool]));
  const writes = units.flatMap((unit) => unit.writes).filter(({ before, final }) => isThere(final) && !isThere(before));
  const steps = units.flatMap((unit) => unit.steps);
  const zoned = steps.flatMap((step) =>
    step.kind === 'zones.apply' && step.args.delta.add.length > 0 ? [step.system] : [],
  );
  return [...new Set([...placed, ...writes.flatMap(portsOf), ...zoned])];
}

const isThere = (record: ResourceRecord | undefined): boolean =>
  record !== undefined && record.status.phase !== 'deleted';

function portsOf({ final: { kind, spec } }: PlannedWrite): readonly Urn[] {
  if (kind === 'exportMask') return (spec as RecordedSpec<'exportMask'>).ports;
  return kind === 'path' ? [(spec as RecordedSpec<'path'>).port] : [];
}
