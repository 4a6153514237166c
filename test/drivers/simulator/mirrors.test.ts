/** Whatever is done with a continuous copy, in whatever order: what it holds is what a model of three rules says. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contents } from '../../../src/engine/driver/conformance/copies-fixture.ts';
import { createFixture } from '../../../src/engine/driver/conformance/fixture.ts';
import { madePair, mirrorOf } from '../../../src/engine/driver/conformance/mirrors-fixture.ts';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import { memoryTarget } from './target.ts';

type Operation = 'write source' | 'write target' | 'ensure' | 'pause' | 'resume' | 'split' | 'wait';

const operation = fc.constantFrom<Operation>(
  'write source',
  'write target',
  'ensure',
  'pause',
  'resume',
  'split',
  'wait',
);

/** Longer than a synchronization takes. */
const WAIT_MS = 1_000;

interface Model {
  source: string | undefined;
  target: string | undefined;
  /** On the way nobody knows what it holds. */
  state: 'none' | 'synchronizing' | 'synchronized' | 'paused' | 'paused on the way';
}

/** What the array answers, and what becomes of it. */
function step(model: Model, what: Operation, word: string): 'done' | 'refused' {
  const { state } = model;
  const follows = state !== 'none';
  switch (what) {
    case 'write source':
      model.source = word;
      if (state === 'synchronized') model.target = word;
      return 'done';
    case 'write target':
      if (follows) return 'refused';
      model.target = word;
      return 'done';
    case 'ensure':
    case 'resume':
      if (what === 'resume' && !follows) return 'refused';
      if (state !== 'synchronized') model.state = 'synchronizing';
      return 'done';
    case 'pause':
      if (!follows) return 'refused';
      if (state === 'synchronizing') model.state = 'paused on the way';
      if (state === 'synchronized') model.state = 'paused';
      return 'done';
    case 'split':
      if (state === 'synchronizing' || state === 'paused on the way') return 'refused';
      model.state = 'none';
      return 'done';
    case 'wait':
      if (state === 'synchronizing') Object.assign(model, { state: 'synchronized', target: model.source });
      return 'done';
  }
}

it('holds what a model says after any sequence of operations', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 25 }), async (operations) => {
      const device = await memoryTarget.open();
      const f = createFixture(memoryTarget.manifest, device, operations.join());
      const { pair, from, to } = await madePair(f);
      const [source, target] = [from.seen.nativeId, to.seen.nativeId];
      const { write, read } = contents(f);
      const mirrors = f.array.mirrors!;
      const run: Readonly<Record<Operation, (word: string) => Promise<unknown>>> = {
        'write source': (word) => write(source, word),
        'write target': (word) => write(target, word),
        ensure: () => mirrors.ensureMirror(f.ctx(), pair),
        pause: () => mirrors.pauseMirrors(f.ctx(), [pair]),
        resume: () => mirrors.resumeMirror(f.ctx(), pair),
        split: () => mirrors.splitMirror(f.ctx(), pair),
        wait: () => device.clock.sleep(WAIT_MS),
      };
      const model: Model = { source: undefined, target: undefined, state: 'none' };
      for (const [index, what] of operations.entries()) {
        const word = `w${index}`;
        const answer = await run[what](word).then(
          () => 'done',
          (error: unknown) => (error instanceof DriverError ? 'refused' : Promise.reject(error)),
        );
        expect([index, what, answer]).toEqual([index, what, step(model, what, word)]);
        const isUnknown = model.state === 'synchronizing' || model.state === 'paused on the way';
        expect(await read(source)).toBe(model.source);
        expect(await read(target)).toBe(isUnknown ? 'undefined' : model.target);
        const seen = await mirrorOf(f, pair);
        expect(seen?.state ?? 'none').toBe(model.state.replace(' on the way', ''));
        expect(seen === undefined || seen.percent === 100).toBe(!isUnknown);
      }
      await device.close();
    }),
    { numRuns: 150 },
  );
});
