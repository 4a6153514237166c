/** What `whatif` says, and what happens when it is really done, on a copy: the same fit, and pools end as full. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InputOf } from '../../../src/engine/operations/types.ts';
import type { WhatIfAnswer } from '../../../src/engine/planner/whatif/answer.ts';
import { EVERYTHING } from '../../long-only.ts';
import type { Estate } from '../planner/estate.ts';
import {
  applyFitting,
  build,
  bytesOf,
  copyOf,
  fillsOf,
  grownBy,
  hasPlacedBeyondQuota,
  infrastructureOf,
  named,
  placesOf,
  refusedBy,
  refusedIn,
  supposedFills,
  volumesOf,
  type Wanted,
  type World,
  wanted,
  world,
} from './whatif-real.ts';

/** The same worlds in every run; SEED=n tries others. */
const BOUNDED = { seed: Number(process.env.SEED ?? 1), interruptAfterTimeLimit: 45_000, markInterruptAsFailure: true };
const RUNS = { numRuns: EVERYTHING ? 24 : 6, ...BOUNDED };

const namesOf = ({ arrays }: World): string[] => arrays.map((_, index) => `array-${index + 1}`);

/** Asks, and sees that asking changes nothing anywhere. */
async function ask(estate: Estate, world: World, input: InputOf<'whatif'>): Promise<WhatIfAnswer> {
  const [before, revision] = [await bytesOf(estate, world), await estate.revision()];
  const { whatIf, diagnostics } = await estate.run('whatif', input);
  expect(whatIf, JSON.stringify(diagnostics)).toBeDefined();
  expect(await bytesOf(estate, world)).toEqual(before);
  expect(await estate.revision()).toBe(revision);
  return whatIf!;
}

/** How often something didn't fit: worlds in which all fits would prove little. */
function tally() {
  const counts = { all: 0, refused: 0 };
  return {
    note: (answer: WhatIfAnswer) => {
      counts.all += answer.volumes.length;
      counts.refused += answer.counts.refused;
    },
    check: () => {
      // Other seeds may be lucky.
      if (process.env.SEED !== undefined) return;
      expect(counts.refused).toBeGreaterThan(0);
      expect(counts.all).toBeGreaterThan(counts.refused);
    },
  };
}

describe('whatif is what happens when it is done', () => {
  it('volumes grow: plan refuses the same ones, and apply of the others fills the pools as said', async () => {
    const seen = tally();
    await fc.assert(
      fc.asyncProperty(world, fc.integer({ min: 5, max: 200 }), async (world, percent) => {
        const estate = await build(world);
        const base = infrastructureOf(world, namesOf(world));
        const volumes = await applyFitting(estate, [base], named(world.volumes));
        const answer = await ask(estate, world, { grow: { percent } });
        seen.note(answer);

        const copy = await copyOf(estate, world);
        const larger = new Map([...volumes].map(([name, volume]) => [name, grownBy(volume, percent)]));
        expect(refusedIn(answer)).toEqual(await refusedBy(copy, [base, volumesOf(larger)]));
        const refused = new Set(refusedIn(answer));
        const sizes = [...volumes].map(([name, volume]): [string, Wanted] => [
          name,
          refused.has(`s/volume.${name}`) ? volume : grownBy(volume, percent),
        ]);
        await copy.applied([base, volumesOf(new Map(sizes))]);
        expect(supposedFills(answer)).toEqual(await fillsOf(copy));

        const upTo = answer.growth!.fitsUpToPercent;
        if (upTo === undefined) return;
        const all = (by: number) => new Map([...volumes].map(([name, volume]) => [name, grownBy(volume, by)]));
        const again = await copyOf(estate, world);
        expect(await refusedBy(again, [base, volumesOf(all(upTo))])).toEqual([]);
        expect(await refusedBy(again, [base, volumesOf(all(Math.min(percent, upTo + 1)))])).not.toEqual([]);
      }),
      RUNS,
    );
    seen.check();
  }, 60_000);

  it('an array is lost, and volumes grow: the lost ones made anew go to the same pools, or nowhere', async () => {
    const seen = tally();
    await fc.assert(
      fc.asyncProperty(world, fc.constantFrom(0, 0, 40), async (world, percent) => {
        const estate = await build(world);
        const base = infrastructureOf(world, namesOf(world));
        const volumes = await applyFitting(estate, [base], named(world.volumes));
        const homes = await placesOf(estate);
        // Lost is lost: the array need not be there for the answer.
        estate.takeDown('sim-1');
        const growth = percent > 0 ? { grow: { percent } } : {};
        const answer = await ask(estate, world, { lose: ['array-1'], ...growth });
        seen.note(answer);

        // Taken out of use, and what was on it forgotten: it can't be when nobody can look at it.
        const copy = await copyOf(estate, world);
        copy.bringUp('sim-1');
        const [, ...rest] = namesOf(world);
        const without = base.replace(/storageSystems: \[array-1, /, 'storageSystems: [');
        expect(without).not.toBe(base);
        const isLost = (name: string) => homes[name]!.startsWith('array-1/');
        const survivors = [...volumes].filter(([name]) => !isLost(name));
        const again = new Map(
          [...volumes]
            .filter(([name]) => isLost(name))
            .map(([name, each]) => [`again-${name}`, grownBy(each, percent)]),
        );
        const forgotten = [...volumes.keys()].filter(isLost).map((name) => `volume.${name}`);
        await copy.applied([without, volumesOf(new Map(survivors), 's', `forget: [${forgotten.join(', ')}]`)]);
        const grown = new Map(survivors.map(([name, each]) => [name, grownBy(each, percent)]));
        const refused = (await refusedBy(copy, [without, volumesOf(grown), volumesOf(again, 'again')])).map((each) =>
          each.replace('again/volume.again-', 's/volume.'),
        );
        expect(refusedIn(answer)).toEqual(refused.sort());
        expect(answer.loss).toMatchObject({ systems: ['array-1'], volumes: forgotten.length });
        if (hasPlacedBeyondQuota(answer)) return;
        const sizes = new Map(
          survivors.map(([name, each]) => [name, refused.includes(`s/volume.${name}`) ? each : grown.get(name)!]),
        );
        const found = new Map([...again].filter(([name]) => !refused.includes(name.replace('again-', 's/volume.'))));
        await copy.applied([without, volumesOf(sizes), volumesOf(found, 'again')]);
        const places = await placesOf(copy, 'again');
        const said = answer.volumes.filter(({ reason, fate }) => reason === 'lost' && fate === 'fits');
        expect(
          Object.fromEntries(said.map(({ address, pool }) => [address.replace('s/volume.', 'again-'), pool])),
        ).toEqual(places);
        const fills = await fillsOf(copy);
        expect(supposedFills(answer)).toEqual(
          Object.fromEntries(
            Object.entries(fills).filter(([name]) => rest.some((array) => name.startsWith(`${array}/`))),
          ),
        );
      }),
      RUNS,
    );
    seen.check();
  }, 60_000);

  it.each(['a file of its own', 'an edited file', 'a copy'] as const)(
    'an array is added by %s: the plan places the same volumes, now and then',
    async (how) => {
      const seen = tally();
      await fc.assert(
        fc.asyncProperty(world, fc.array(wanted, { minLength: 3, maxLength: 9 }), async (random, more) => {
          // The last array is the new one. A copy is like the first.
          const [first, ...others] = random.arrays;
          const last = how === 'a copy' ? { ...first!, theirs: 0 } : others.at(-1)!;
          const world = { ...random, arrays: [first!, ...others.slice(0, -1), last] };
          const estate = await build(world);
          const names = namesOf(world);
          const newest = names.at(-1)!;
          const base = infrastructureOf(world, names.slice(0, -1));
          const volumes = await applyFitting(estate, [base], named(world.volumes));
          const plan = volumesOf(named(more, 'new-'), 'more');
          const all = infrastructureOf(world, names);
          const line = all.split('\n').find((each) => each.startsWith(`  ${newest}: {`))!;
          const own = ['kind: infrastructure', 'stack: new', 'storageSystems:', line, ''].join('\n');
          const file = how === 'an edited file' ? all : own;
          const text = (file: string, text: string) => ({ file, text });
          const answer = await ask(estate, world, {
            ...(how === 'a copy'
              ? {
                  like: { system: 'array-1', name: newest },
                  source: { texts: [text('more.yaml', plan)], variables: {} },
                }
              : {
                  source: { texts: [text('new.yaml', file), text('more.yaml', plan)], variables: {} },
                  adds: ['new.yaml'],
                }),
          });
          seen.note(answer);
          expect(answer.added).toEqual([newest]);

          const copy = await copyOf(estate, world);
          const now = await refusedBy(copy, [base, volumesOf(volumes), plan]);
          const without = answer.volumes.filter(({ fateNow }) => fateNow === 'refused').map(({ address }) => address);
          expect(without.sort()).toEqual(now);
          const then = await refusedBy(copy, [all, volumesOf(volumes), plan]);
          expect(refusedIn(answer)).toEqual(then);
          if (hasPlacedBeyondQuota(answer)) return;
          const fitting = new Map([...named(more, 'new-')].filter(([name]) => !then.includes(`more/volume.${name}`)));
          await copy.applied([all, volumesOf(volumes), volumesOf(fitting, 'more')]);
          expect(supposedFills(answer)).toEqual(await fillsOf(copy));
          const said = answer.volumes.filter(({ fate }) => fate === 'fits');
          expect(
            Object.fromEntries(said.map(({ address, pool }) => [address.replace('more/volume.', ''), pool])),
          ).toEqual(await placesOf(copy, 'more'));
        }),
        RUNS,
      );
      seen.check();
    },
    60_000,
  );
});
