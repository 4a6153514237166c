/**
 * What planning zones costs on a fabric that is full of others' zones: the index of it, made once a plan, and the zones of
 * hosts beside it. Processor time of the planning alone; ten times the work against once, in the same run.
 *
 * Usage: npm run bench:zoning
 */
import type { SeenFabric } from '../../src/engine/observe/network-observation.ts';
import { aliasNamesOf, deltaOf, mergeDeltas } from '../../src/engine/zoning/delta.ts';
import { maskZones } from '../../src/engine/zoning/mask-zones.ts';
import type { ZoningContext } from '../../src/engine/zoning/types.ts';
import { CONFIGURATION, ModelFabric } from '../engine/zoning/model-fabric.ts';
import { contextOf, maskOf, wwpns } from '../engine/zoning/support.ts';
import { leastMs } from './lib/least-ms.ts';

const SIZES = [
  { foreign: 5_000, added: 50 },
  { foreign: 5_000, added: 500 },
  { foreign: 50_000, added: 500 },
];
const ZONES_PER_HOST = 2;

const hex = (number: number) =>
  number
    .toString(16)
    .padStart(6, '0')
    .replace(/(..)(..)(..)/, '$1:$2:$3');
const hba = (host: number) => `10:00:00:00:0a:${hex(host)}`;
const port = (number: number) => `50:00:00:00:0a:${hex(number)}`;

function seenOf(foreign: number): SeenFabric {
  const fabric = new ModelFabric();
  for (let n = 0; n < foreign; n++) {
    const members = wwpns(`10:00:00:00:0f:${hex(n)}`, `50:00:00:00:0f:${hex(n % 512)}`);
    fabric.zones.set(`legacy_${n}`, { kind: 'standard', members, configurations: [CONFIGURATION] });
  }
  fabric.activate();
  return fabric.seen();
}

/** As a plan does: host after host, each knowing what those before it add. */
function plan(seen: SeenFabric, added: number): number {
  const plannedAliases = new Set<string>();
  const deltas = [];
  for (let host = 0; host < added / ZONES_PER_HOST; host++) {
    const paths = Array.from({ length: ZONES_PER_HOST }, (_, n) => ({
      initiator: hba(host),
      port: port((host + n) % 512),
      portName: `FA-${(host + n) % 512}`,
    }));
    const mask = maskOf(host, 1);
    const context: ZoningContext = contextOf(seen, { plannedAliases });
    const of = { mask, host: `host-${host}`, system: 'array-1', serialNumber: '000297900001', paths };
    const result = maskZones(context, [], of);
    if (!result.ok) throw new Error(result.hold.summary);
    deltas.push(deltaOf(result, context));
    for (const alias of aliasNamesOf(result.add)) plannedAliases.add(alias);
  }
  const all = mergeDeltas(deltas);
  if (all?.add.length !== added) throw new Error(`${all?.add.length} of ${added} zones are planned`);
  return all.add.length;
}

const rows: { readonly ms: number; readonly words: string }[] = [];
for (const { foreign, added } of SIZES) {
  // Each run has a fabric of its own: what is worked out of one is kept with it.
  const seen = Array.from({ length: 3 }, () => seenOf(foreign));
  const ms = leastMs(() => void plan(seen.pop()!, added));
  rows.push({ ms, words: `${foreign} foreign zones, ${added} added: ${ms.toFixed(0)} ms` });
}
for (const { words } of rows) console.log(words);
const [once, tenfoldAdded, tenfoldForeign] = rows.map(({ ms }) => ms) as [number, number, number];
console.log(`ten times the zones added: ${(tenfoldAdded / once).toFixed(1)} times the cost`);
console.log(`ten times the foreign zones too: ${(tenfoldForeign / once).toFixed(1)} times the cost`);
