/** What a plan costs as an estate grows: counted reads of the recorded state, and time, must grow no faster than the estate. */
import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../../long-only.ts';
import { countedPlan, settle } from './counted.ts';
import { createEstate, lines, TIB } from './estate.ts';
import { infrastructure, stack } from './texts.ts';

/** Half of the volumes on one host, the rest spread over many, one export each for every ten. */
function texts(count: number, sizeGib = 1): string[] {
  const hosts = Object.fromEntries(Array.from({ length: Math.ceil(count / 20) + 1 }, (_, i) => [`h${i}`, [`h${i}`]]));
  const volumes: Record<string, string> = {};
  const exports: Record<string, string[]> = { big: [] };
  for (let i = 0; i < count; i++) {
    volumes[`v${i}`] = `size: ${sizeGib}GiB, onRemove: delete`;
    const name = i < count / 2 ? 'big' : `e${Math.floor(i / 10)}`;
    (exports[name] ??= []).push(`v${i}`);
  }
  const bodies = Object.entries(exports).map(([name, list], i) => [name, `host: h${i}, volumes: [${list.join(', ')}]`]);
  return [
    infrastructure({ hosts, clusters: {}, subscription: '1000%' }),
    stack({ volumes, exports: Object.fromEntries(bodies) }),
  ];
}

const SIZES = [100, 500, EVERYTHING ? 2_000 : 1_000] as const;

describe('the cost of a plan', () => {
  it('grows with the estate and not with its square', async () => {
    const rows: string[] = [];
    const perVolume = new Map<string, number[]>();
    for (const count of SIZES) {
      const estate = await createEstate({ poolBytes: 1000 * TIB });
      const note = (what: string, { reads, ms }: { reads: number; ms: number }) => {
        const cost = `${String(reads).padStart(7)} reads, ${ms.toFixed(0).padStart(5)} ms`;
        rows.push(`${String(count).padStart(5)} volumes, ${what.padEnd(9)}: ${cost}`);
        for (const [unit, amount] of Object.entries({ reads, ms }))
          perVolume.set(`${what} ${unit}`, [...(perVolume.get(`${what} ${unit}`) ?? []), amount / count]);
      };
      const created = await countedPlan(estate, texts(count));
      note('create', created);
      const seen = await settle(estate, created.plan);
      const unchanged = await countedPlan(estate, texts(count), seen);
      expect(lines(unchanged.plan)).toEqual([]);
      note('unchanged', unchanged);
      note('expand', await countedPlan(estate, texts(count, 2), seen));
      note('remove', await countedPlan(estate, [texts(count)[0]!, stack({})], seen));
      const everything = await countedPlan(estate, ['kind: infrastructure\nnetworks: {}\n', stack({})], seen);
      expect(everything.plan.counts.remove).toBeGreaterThan(count);
      note('all', everything);
    }
    console.log(rows.join('\n'));
    for (const [what, [small, middle, large]] of perVolume) {
      const from = what.endsWith('ms') ? Math.max(small!, middle!) : small!;
      expect(large! / from, `${what} of a volume: many against few`).toBeLessThan(what.endsWith('ms') ? 3 : 1.2);
    }
  }, 120_000);
});
