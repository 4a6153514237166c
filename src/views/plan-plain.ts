/**
 * A plan as rows:
 * `plan id operation stacks revision createdAtMs expiresAtMs` ·
 * `change action address kind urn reason reversible movedFrom forcedBy file line` · `field address name before after` ·
 * `fact address name value` · `child address action kind urn summary` · `held address wanted code summary detail fix` ·
 * `partial leftOut` · `target pattern` · `exclude pattern` · `included address` · `dependant address` ·
 * `forecast …` (forecast.ts), with what the plan puts there · `removal address` · `fabric network configuration add change remove keep foreign activationsMax databaseBytes databaseBytesMax` · `diagnostic …` (plain.ts) · `output …` (outputs.ts) ·
 * `summary create update remove held other unchanged removedVolumes removedBytes deviceCalls reversible savedAs`.
 */
import type { ForecastRow } from '../engine/operations/forecast-types.ts';
import type { Change, Plan } from '../engine/planner/plan.ts';
import { notSaidIn } from './diagnostics.ts';
import { forecastRow } from './forecast.ts';
import { outputRows } from './outputs.ts';
import { diagnosticRow, jsonCell } from './plain.ts';
import { fabricRows } from './plan-fabrics.ts';
import type { Row } from './view.ts';

export function planRows(plan: Plan, savedAs?: string, forecast: readonly ForecastRow[] = []): Row[] {
  const held = plan.changes.flatMap((change) => (change.held ? [change.held.diagnostic] : []));
  return [
    ['plan', plan.id, plan.operation, plan.stacks.join(','), plan.basis.revision, plan.createdAtMs, plan.expiresAtMs],
    ...partRows(plan),
    ...plan.changes.flatMap(changeRows),
    ...plan.removals.addresses.map((address): Row => ['removal', address]),
    ...notSaidIn([...plan.diagnostics, ...plan.removals.limitsExceeded], held).map(diagnosticRow),
    ...fabricRows(plan),
    ...outputRows(plan.outputs ?? []),
    ...forecast.flatMap((row) => row.amounts.map((amount) => forecastRow(row, amount))),
    summaryRow(plan, savedAs),
  ];
}

function partRows({ partial }: Plan): Row[] {
  if (!partial) return [];
  const rows = (name: string, values: readonly string[]) => values.map((value): Row => [name, value]);
  return [
    ['partial', partial.leftOut],
    ...rows('target', partial.targets),
    ...rows('exclude', partial.excludes),
    ...rows('included', partial.included),
    ...rows('dependant', partial.dependants),
  ];
}

function changeRows(change: Change): Row[] {
  const { address, action, kind, urn, reason, reversible, movedFrom, forcedBy, span, held } = change;
  return [
    ['change', action, address, kind, urn, reason, reversible, movedFrom, forcedBy, span?.file, span?.line],
    ...change.fields.map(
      ({ field, before, after }): Row => ['field', address, field, jsonCell(before), jsonCell(after)],
    ),
    ...Object.entries(change.facts).map(([name, value]): Row => ['fact', address, name, value]),
    ...change.children.map((child): Row => ['child', address, child.action, child.kind, child.urn, child.summary]),
    ...(held ? [heldRow(address, held)] : []),
  ];
}

function heldRow(address: string, held: NonNullable<Change['held']>): Row {
  const { code, summary, detail, fix } = held.diagnostic;
  return ['held', address, held.wanted, code, summary, detail, fix];
}

function summaryRow(plan: Plan, savedAs: string | undefined): Row {
  const { create, update, remove, held, other, unchanged } = plan.counts;
  const { volumes, bytes } = plan.removals;
  const counts = [create, update, remove, held, other, unchanged];
  return ['summary', ...counts, volumes, bytes, plan.deviceCalls, plan.reversible, savedAs];
}
