/** The units of a plan with their order, as a graph. What is held stands in it, too, without a place in the order. */
import type { GraphNode, ResourceGraph } from '../engine/operations/types.ts';
import type { Plan, Unit } from '../engine/planner/plan.ts';

export function planGraph(plan: Plan): ResourceGraph {
  const waves = wavesOf(plan.units);
  const ids = unitNames(plan.units);
  const kinds = new Map(plan.changes.map(({ urn, kind }) => [urn, kind]));
  const nodes = plan.units.map((unit): GraphNode => {
    const id = ids.get(unit.id)!;
    const kind = kinds.get(unit.urn) ?? unit.writes[0]?.final.kind ?? 'volume';
    const base = { id, kind, group: groupOf(unit.address), action: unit.action };
    return { ...base, wave: waves.get(unit.id)!, deviceCalls: unit.steps.length };
  });
  const held = plan.changes
    .filter((change) => change.action === 'held')
    .map(({ address, kind }): GraphNode => ({ id: address, kind, group: groupOf(address), action: 'held' }))
    .filter(({ id }) => !nodes.some((node) => node.id === id));
  const edges = plan.units.flatMap(({ id, dependsOn }) =>
    dependsOn.filter((other) => ids.has(other)).map((other) => ({ from: ids.get(other)!, to: ids.get(id)! })),
  );
  return { what: 'plan', nodes: [...nodes, ...held], edges };
}

function groupOf(address: string): string {
  const slash = address.indexOf('/');
  return slash < 0 ? 'infrastructure' : address.slice(0, slash);
}

/** The address; with the unit's number where one resource has several units. */
function unitNames(units: readonly Unit[]): Map<string, string> {
  const counts = new Map<string, number>();
  for (const { address } of units) counts.set(address, (counts.get(address) ?? 0) + 1);
  return new Map(units.map(({ id, address }) => [id, counts.get(address) === 1 ? address : `${address} (${id})`]));
}

/** From 1: a unit is one wave after the last one that it waits for. Units come in an order that respects this. */
function wavesOf(units: readonly Unit[]): Map<string, number> {
  const byId = new Map(units.map((unit) => [unit.id, unit]));
  const waves = new Map<string, number>();
  const waveOf = (unit: Unit): number => {
    const known = waves.get(unit.id);
    if (known !== undefined) return known;
    const before = unit.dependsOn.flatMap((id) => byId.get(id) ?? []).map(waveOf);
    const wave = 1 + Math.max(0, ...before);
    waves.set(unit.id, wave);
    return wave;
  };
  for (const unit of units) waveOf(unit);
  return waves;
}
