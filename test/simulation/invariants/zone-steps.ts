/** What the steps of approved plans say of zones, as texts to compare a delta with. */
import { inverseDelta } from '../../../src/engine/zoning/delta.ts';
import type { DeltaOfZones } from '../../../src/engine/zoning/types.ts';
import type { Incarnation } from '../world/incarnation.ts';
import type { Monitor } from './monitor.ts';

/** One a change of a zone or alias. */
export function itemsOf({ addAliases, removeAliases, add, change, remove }: DeltaOfZones): string[] {
  const lists = { addAliases, removeAliases, add, change, remove };
  return Object.entries(lists).flatMap(([kind, list]) =>
    list.map((item: unknown) => `${kind} ${JSON.stringify(item)}`),
  );
}

/** Of workflows that this process runs, with all that they need claimed, in the direction in which each unit goes. */
export function approvedItems({ state, approvals }: Monitor, process: Incarnation, fabric: string): Set<string> {
  const items = new Set<string>();
  for (const workflow of state.workflows()) {
    const owner = state.owner(workflow.id);
    const plan = state.plan(workflow);
    if (!owner || !process.registrations.has(owner.process) || !plan || !approvals.has(plan.id)) continue;
    for (const unit of plan.units) {
      const entry = state.unit(workflow.id, unit.id);
      const undoing = entry?.state === 'undoing' || entry?.direction === 'undo';
      if (!unit.writes.every(({ urn }) => state.isClaimed(urn, workflow.id))) continue;
      for (const step of unit.steps) {
        if (step.kind !== 'zones.apply' || step.args.fabric !== fabric) continue;
        for (const item of itemsOf(undoing ? inverseDelta(step.args.delta) : step.args.delta)) items.add(item);
      }
    }
  }
  return items;
}

/** Workflows that this process runs and that zone this fabric; `undoing`: that take back what they zoned there. */
export function zoningWorkflows({ state }: Monitor, process: Incarnation, fabric: string, undoing: boolean): string[] {
  return state.workflows().flatMap((workflow) => {
    const owner = state.owner(workflow.id);
    if (!owner || !process.registrations.has(owner.process)) return [];
    const units = (state.plan(workflow)?.units ?? []).filter(({ steps }) =>
      steps.some((step) => step.kind === 'zones.apply' && step.args.fabric === fabric),
    );
    const isIt = units.some(({ id }) => {
      const entry = state.unit(workflow.id, id);
      return (entry?.state === 'undoing' || entry?.direction === 'undo') === undoing;
    });
    return isIt ? [workflow.id] : [];
  });
}
