/** What a plan does to the zones of a fabric, in numbers. */
import { configurationOf } from './checks.ts';
import { databaseGrowthBytes } from './database.ts';
import { deltaOf, isEmptyDelta, together } from './delta.ts';
import { fabricIndex } from './fabric-index.ts';
import { recordedIndex } from './recorded-index.ts';
import type { FabricDelta, MaskZones, ZoningContext } from './types.ts';

/** What gives access goes into effect before a mask is changed, what takes it away after. */
function activationsOf(context: ZoningContext, mask: MaskZones): number {
  const parts: readonly MaskZones[] = [
    { ...mask, remove: [] },
    { ...mask, add: [], change: [], repair: [] },
  ];
  return parts.filter((part) => !isEmptyDelta(deltaOf(part, context))).length;
}

/** `masks`: those that the plan changes; zones of all others stay. */
export function summarise(context: ZoningContext, masks: readonly MaskZones[]): FabricDelta {
  const delta = deltaOf(together(masks), context);
  const { zones } = fabricIndex(context.seen);
  const { ours } = recordedIndex(context);
  const names = [...ours.keys()];
  const touched = new Set([
    ...[...delta.add, ...delta.change].map(({ name }) => name),
    ...masks.flatMap(({ remove }) => remove.map(({ zoneName }) => zoneName)),
  ]);
  const { databaseBytes = 0, databaseBytesMax = 0 } = context.seen.zoning ?? {};
  return {
    network: context.network,
    configuration: configurationOf(context) ?? '',
    add: delta.add.length,
    change: delta.change.length,
    remove: delta.remove.length,
    keep: names.filter((name) => !touched.has(name)).length,
    foreign: zones.size - names.filter((name) => zones.has(name)).length,
    databaseBytes: Math.max(0, databaseBytes + databaseGrowthBytes(delta)),
    databaseBytesMax,
    activationsMax: masks.reduce((sum, mask) => sum + activationsOf(context, mask), 0),
  };
}
