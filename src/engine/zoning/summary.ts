/** What a plan does to the zones of a fabric, in numbers. */
import { configurationOf } from './checks.ts';
import { databaseGrowthBytes } from './database.ts';
import { deltaOf, together } from './delta.ts';
import { fabricIndex } from './fabric-index.ts';
import { recordedIndex } from './recorded-index.ts';
import type { FabricDelta, MaskZones, ZoningContext } from './types.ts';

/** `masks`: those that the plan changes; zones of all others stay. */
export function summarise(context: ZoningContext, masks: readonly MaskZones[], activationsMax: number): FabricDelta {
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
    activationsMax,
  };
}
