/** Random wishes for an estate: volumes that grow, exports to hosts and clusters, hosts that gain initiators; and the texts that say so. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import type { Estate } from './estate.ts';
import { infrastructure, stack } from './texts.ts';

export interface Wish {
  /** Index of a volume → its size in GiB, or none. */
  readonly sizes: readonly number[];
  /** Export → whom it is for (index) and which volumes it lists. */
  readonly exports: readonly {
    readonly to: number;
    readonly volumes: readonly number[];
    readonly pin?: number | undefined;
  }[];
  /** Hosts of the cluster. */
  readonly cluster: readonly string[];
  /** Extra initiator of h1. */
  readonly extra: boolean;
  readonly tag: string;
}

const VOLUMES = 6;
const TARGETS = ['host: h1', 'host: h2', 'host: h3', 'cluster: c1'];

export const wish: fc.Arbitrary<Wish> = fc.record({
  sizes: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: VOLUMES, maxLength: VOLUMES }),
  exports: fc.array(
    fc.record({
      to: fc.nat(TARGETS.length - 1),
      volumes: fc.uniqueArray(fc.nat(VOLUMES - 1), { maxLength: 4 }),
      pin: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    }),
    { maxLength: 4 },
  ),
  cluster: fc.subarray(['h1', 'h2', 'h3'], { minLength: 1 }),
  extra: fc.boolean(),
  tag: fc.constantFrom('x', 'y'),
});

/** Volumes only grow, and each is in one export at most. */
export function texts(now: Wish, sizes: readonly number[]): string[] {
  const volumes: Record<string, string> = {};
  sizes.forEach((size, index) => {
    const pool = index % 3 === 0 ? 'thick' : 'gold';
    if (size > 0) volumes[`v${index}`] = `size: ${size}GiB, virtualPool: ${pool}, onRemove: delete, tags: [${now.tag}]`;
  });
  const taken = new Set<number>();
  const exports: Record<string, string> = {};
  now.exports.forEach(({ to, volumes: listed, pin }, index) => {
    const mine = listed.filter((volume) => (sizes[volume] ?? 0) > 0 && !taken.has(volume));
    for (const volume of mine) taken.add(volume);
    const entries = mine.map((volume, at) => (at === 0 && pin ? `{ volume: v${volume}, hlu: ${pin} }` : `v${volume}`));
    exports[`e${index}`] = `${TARGETS[to]}, volumes: [${entries.join(', ')}]`;
  });
  const hosts = { h1: now.extra ? ['h1', 'extra'] : ['h1'], h2: ['h2'], h3: ['h3'] };
  return [infrastructure({ hosts, clusters: { c1: now.cluster } }), stack({ volumes, exports })];
}

/** Every unit that something needs is in the plan, before it; nothing is written twice. */
export async function checkClosed(estate: Estate, plan: Plan): Promise<void> {
  const units = new Map(plan.units.map((unit) => [unit.id, unit]));
  expect(units.size).toBe(plan.units.length);
  const recorded = new Set((await estate.keys('r/')).map((key) => key.split('/')[2]));
  const order = new Map(plan.units.map(({ id }, index) => [id, index]));
  const reach = new Map<string, Set<string>>();
  /** Units of a plan stand in an order in which they could run, but for infrastructure that ends. */
  const ancestors = (id: string, trail: readonly string[]): Set<string> => {
    expect(trail).not.toContain(id);
    const known = reach.get(id);
    if (known) return known;
    const all = new Set([id]);
    for (const before of units.get(id)!.dependsOn) {
      expect(order.has(before)).toBe(true);
      for (const ancestor of ancestors(before, [...trail, id])) all.add(ancestor);
    }
    reach.set(id, all);
    return all;
  };
  const written = new Set<string>();
  for (const unit of plan.units) {
    const before = [...ancestors(unit.id, [])].flatMap((id) => units.get(id)!.writes.map(({ urn }) => urn));
    for (const { args, system } of unit.steps) {
      const named = [system, ...('volume' in args ? [args.volume] : []), ...('mask' in args ? [args.mask] : [])];
      for (const urn of named) expect(recorded.has(urn.split(':')[3]) || before.includes(urn)).toBe(true);
    }
    for (const { urn } of unit.writes) {
      expect(written.has(urn)).toBe(false);
      written.add(urn);
    }
  }
}
