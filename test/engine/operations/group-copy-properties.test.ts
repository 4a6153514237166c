/** Whatever is done with the full copies of a consistency group, its volumes and the copies of one set hold what was there at one moment. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { createEstate, TIB } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const INFRASTRUCTURE = infrastructure({ pools: ['fast', 'slow'] }).replace(
  'provisioning: thin,',
  'provisioning: thin, multiVolumeConsistency: true,',
);
const GROUP = 's/consistencyGroup.g';
const VOLUMES = ['v1', 'v2', 'v3'] as const;

/** Of a set by its place among those that were made; of a copy by its volume. */
type Deed =
  | { readonly do: 'write' }
  | { readonly do: 'make'; readonly count: number }
  | { readonly do: 'restore' | 'resynchronise' | 'detach'; readonly set: number; readonly volume: number };

const place = { set: fc.nat(3), volume: fc.nat(2) };
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ do: 'write' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('make' as const), count: fc.integer({ min: 1, max: 2 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('restore', 'resynchronise', 'restore', 'resynchronise', 'detach'),
      ...place,
    }),
  },
);

async function estateWithGroup() {
  const estate = await createEstate({ poolBytes: TIB });
  const volumes = Object.fromEntries(VOLUMES.map((name) => [name, 'consistencyGroup: g']));
  await estate.applied([INFRASTRUCTURE, stack({ volumes, more: 'consistencyGroups: { g: {} }' })]);
  const stored = (name: string) =>
    estate.show().volumes.find((each) => new RegExp(`^${name}-[0-9a-f]{8}$`).test(each.name));
  const apply = async ({ plan }: { readonly plan?: Plan | undefined }): Promise<boolean> => {
    if (!plan) return false;
    const agreed = { plan, skipHeld: false, claimWaitMs: 0, confirmDestroy: plan.removals.volumes };
    expect((await estate.run('apply', agreed)).outcome).toBe('ok');
    return true;
  };
  return { estate, stored, apply };
}

describe('full copies of a consistency group', () => {
  it('are of one moment, set by set, whatever is done with them', async () => {
    let [restored, refused] = [0, 0];
    const run = async (deeds: readonly Deed[]) => {
      const { estate, stored, apply } = await estateWithGroup();
      const word = (name: string) => stored(name)?.content;
      let words = 0;
      let made = 0;
      const write = () => {
        words++;
        for (const name of VOLUMES)
          estate.edit({ edit: 'write-content', volume: stored(name)!.name, content: `${name} ${words}` });
      };
      write();
      /** What each set holds; `whole` until one of it was detached. */
      const sets: { readonly names: readonly string[]; word: number; whole: boolean }[] = [];
      let now = words;
      for (const one of deeds) {
        if (one.do === 'write') {
          write();
          now = words;
        } else if (one.do === 'make') {
          const name = `c${++made}`;
          const input = { name, of: GROUP, count: one.count, protect: false, onRemove: 'delete' as const };
          await apply(await estate.run('copy.make', input));
          for (let nth = 1; nth <= one.count; nth++)
            sets.push({ names: VOLUMES.map((volume) => `${name}-${volume}-${nth}`), word: now, whole: true });
        } else if (sets.length > 0) {
          const set = sets[one.set % sets.length]!;
          const addresses = [`volume.${set.names[one.volume]}`];
          const done = await apply(await estate.run('copy.invoke', { verb: one.do, addresses, wholeSet: true }));
          if (one.do === 'detach') set.whole = false;
          else expect(done).toBe(set.whole);
          if (!done) refused++;
          else if (one.do === 'resynchronise') set.word = now;
          else if (one.do === 'restore') {
            now = set.word;
            restored++;
          }
        }
        expect(VOLUMES.map(word)).toEqual(VOLUMES.map((name) => `${name} ${now}`));
        for (const { names, word: held } of sets)
          expect(names.map(word)).toEqual(VOLUMES.map((name) => `${name} ${held}`));
      }
      // Of what is hidden behind copies nothing is left that none of them needs.
      const hidden = (await estate.records('snapshot')).filter(
        ({ record }) => record.tags?.includes('copy-source') && record.status.phase !== 'deleted',
      );
      const needed = new Set(
        (await estate.records('volume')).flatMap(({ record: { spec } }) => (spec.detached ? [] : (spec.copyOf ?? []))),
      );
      expect(hidden.filter(({ record }) => !needed.has(record.urn))).toEqual([]);
    };
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 4, maxLength: 6 }), (deeds) =>
        run([{ do: 'make', count: 1 }, ...deeds]),
      ),
      {
        ...{
          seed: Number(process.env.SEED ?? 1),
          numRuns: 10,
          interruptAfterTimeLimit: 20_000,
          markInterruptAsFailure: true,
        },
      },
    );
    expect([restored > 3, refused > 0]).toEqual([true, true]);
  });
});
