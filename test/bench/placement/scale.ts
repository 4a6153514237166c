/**
 * What a plan of many volumes on many pools costs: placement alone, and the whole planner over a loaded state. Processor
 * time without loading records, looking at devices, or starting; ten times the work against once, in the same run.
 *
 * Usage: npm run bench:placement:scale
 */
import { place } from '../../../src/engine/placement/place.ts';
import { candidate, GIB, role, unit, urn } from '../../engine/placement/support.ts';
import { countedPlan } from '../../engine/planner/counted.ts';
import { createEstate, TIB } from '../../engine/planner/estate.ts';
import { infrastructure, stack } from '../../engine/planner/texts.ts';
import { leastMs } from '../lib/least-ms.ts';

const POOLS_PER_ARRAY = 20;
const SIZES = [
  { arrays: 50, volumes: 100 },
  { arrays: 500, volumes: 1_000 },
];

/** Pools of many sizes; volumes of four sizes in ten projects. */
function placementMs({ arrays, volumes }: (typeof SIZES)[number]): number {
  const candidates = Array.from({ length: arrays * POOLS_PER_ARRAY }, (_, n) => {
    const array = Math.floor(n / POOLS_PER_ARRAY) + 1;
    const bytes = (50 + (n % 7) * 25) * TIB;
    return candidate(n + 1, {
      system: urn('storageSystem', array),
      systemName: `array-${array}`,
      attributes: { totalBytes: bytes, freeBytes: bytes, volumeBytesMax: 64 * TIB },
    });
  });
  const units = Array.from({ length: volumes }, (_, n) =>
    unit(`v${n}`, role({ sizeBytes: 10 * GIB * (1 + (n % 4)), project: urn('project', n % 10) })),
  );
  return leastMs(() => {
    const { failures } = place({ units }, candidates);
    if (failures.length > 0) throw new Error(failures[0]!.sentence);
  });
}

async function plannerMs({ arrays, volumes }: (typeof SIZES)[number]): Promise<{ ms: number; reads: number }> {
  const pools = Array.from({ length: POOLS_PER_ARRAY }, (_, n) => ({ name: `pool-${n + 1}`, totalBytes: 50 * TIB }));
  const port = (index: number, name: string, number: number) => ({
    name,
    address: `10.0.${index >> 7}.${((index & 127) << 1) + number}:3260`,
    haDomain: name,
  });
  const estate = await createEstate({
    arrays: Array.from({ length: arrays }, (_, n) => ({ pools, ports: [port(n, 'SP-A', 0), port(n, 'SP-B', 1)] })),
  });
  await estate.applied(
    infrastructure({
      arrays: Array.from({ length: arrays }, (_, n) => `array-${n + 1}`),
      pools: pools.map(({ name }) => name),
    }),
  );
  const declared = Array.from({ length: volumes }, (_, n) => [`v${n}`, `size: ${10 * (1 + (n % 4))}GiB`]);
  const { ms, reads, plan } = await countedPlan(estate, stack({ volumes: Object.fromEntries(declared) }));
  if (plan.counts.create !== volumes) throw new Error(`${plan.counts.create} of ${volumes} are planned`);
  return { ms, reads };
}

const header = ['', 'arrays', 'pools', 'volumes', 'ms', 'reads'];
const rows: (string | number)[][] = [header];
const times: Record<string, number[]> = { placement: [], planner: [] };
for (const size of SIZES) {
  const base = [size.arrays, size.arrays * POOLS_PER_ARRAY, size.volumes];
  const alone = placementMs(size);
  times.placement!.push(alone);
  rows.push(['placement', ...base, alone.toFixed(0), '']);
  const { ms, reads } = await plannerMs(size);
  times.planner!.push(ms);
  rows.push(['planner', ...base, ms.toFixed(0), reads]);
}
for (const row of rows) console.log(row.map((cell) => String(cell).padStart(10)).join(''));
for (const [what, [once, tenfold]] of Object.entries(times)) {
  console.log(`${what}: ${(tenfold! / once!).toFixed(1)} times the time for 10 times the work`);
}
