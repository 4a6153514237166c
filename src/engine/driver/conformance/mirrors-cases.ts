/** Conformance: volumes that follow others. Cases apply to drivers that declare `mirrors`. */
import assert from 'node:assert/strict';
import type { Expectation } from '../contract.ts';
import type { MirrorPair } from '../mirrors-contract.ts';
import { contents, copyArgs, ensure, snapshotArgs } from './copies-fixture.ts';
import { type CaseBody, type Fixture, OTHER_INSTALLATION, sameVolume, unchanged } from './fixture.ts';
import { following, madePair, mirrorOf, settledJob, settledMirror } from './mirrors-fixture.ts';

const inSync = (source: string) => ({ source, state: 'synchronized' as const, percent: 100 });

/** Nothing is written by it. */
async function idle(f: Fixture, call: () => Promise<unknown>): Promise<void> {
  const before = await f.inventory();
  const writes = f.device.writes?.();
  await call();
  await unchanged(f, before);
  assert.equal(f.device.writes?.(), writes);
}

const foreign = (expect: Expectation): Expectation => ({
  ...expect,
  mark: { ...expect.mark, installation: OTHER_INSTALLATION },
});

const stateCases: CaseBody[] = [
  {
    id: '36-mirror',
    title: 'a volume follows another however often that is asked for, says which, and keeps its identity',
    run: async (f) => {
      const { from, to, pair } = await madePair(f);
      const mirrors = f.array.mirrors!;
      const handle = await mirrors.ensureMirror(f.ctx(), pair);
      assert.deepEqual(JSON.parse(JSON.stringify(handle)), handle);
      const again = await mirrors.ensureMirror(f.ctx(), pair);
      assert.equal((await settledJob(f, pair, again)).state, 'done');
      const progress = await settledJob(f, pair, handle);
      assert.deepEqual([progress.state, progress.doneBytes], ['done', progress.totalBytes]);
      const seen = await f.array.readVolume(f.ctx(), to.seen.nativeId);
      assert.deepEqual(seen?.mirror, inSync(from.seen.nativeId));
      const { mirror: _mirror, ...rest } = seen;
      sameVolume(f, { ...rest, allocatedBytes: 0 }, { ...to.seen, zeroed: true, allocatedBytes: 0 });
      sameVolume(f, await f.array.readVolume(f.ctx(), from.seen.nativeId), from.seen);
      await idle(f, () => mirrors.ensureMirror(f.ctx(), pair));
    },
  },
  {
    id: '36-mirror-content',
    title: 'what follows holds what its source holds; paused and split it stays as it was, resumed it follows again',
    run: async (f) => {
      const { write, read } = contents(f);
      const { from, to, pair } = await madePair(f);
      const mirrors = f.array.mirrors!;
      const held = () => read(to.seen.nativeId);
      await write(from.seen.nativeId, 'first');
      await write(to.seen.nativeId, 'old');
      await mirrors.ensureMirror(f.ctx(), pair);
      await settledMirror(f, pair);
      assert.equal(await held(), 'first');
      await write(from.seen.nativeId, 'second');
      assert.equal(await held(), 'second');
      const [paused] = await mirrors.pauseMirrors(f.ctx(), [pair]);
      assert.deepEqual(paused?.mirror, { source: from.seen.nativeId, state: 'paused', percent: 100 });
      await write(from.seen.nativeId, 'third');
      assert.equal(await held(), 'second');
      await idle(f, () => mirrors.pauseMirrors(f.ctx(), [pair]));
      await mirrors.resumeMirror(f.ctx(), pair);
      assert.deepEqual(await settledMirror(f, pair), inSync(from.seen.nativeId));
      assert.equal(await held(), 'third');
      await idle(f, () => mirrors.resumeMirror(f.ctx(), pair));
      const split = await mirrors.splitMirror(f.ctx(), pair);
      assert.equal(split.mirror, undefined);
      await write(from.seen.nativeId, 'fourth');
      assert.equal(await held(), 'third');
      await write(to.seen.nativeId, 'own');
      assert.deepEqual([await held(), await read(from.seen.nativeId)], ['own', 'fourth']);
      await idle(f, () => mirrors.splitMirror(f.ctx(), pair));
    },
  },
  {
    id: '36-mirror-halfway',
    title: 'what was paused on the way is neither whole nor split, and goes on',
    run: async (f) => {
      const { pair } = await madePair(f);
      const mirrors = f.array.mirrors!;
      const handle = await mirrors.ensureMirror(f.ctx(), pair);
      const [halfway] = await mirrors.pauseMirrors(f.ctx(), [pair]);
      const mirror = halfway?.mirror;
      assert.equal(mirror?.state, 'paused');
      assert.equal((await mirrors.pollMirror(f.ctx(), pair.target, handle)).state, 'lost');
      if (mirror.percent < 100) await f.refused(mirrors.splitMirror(f.ctx(), pair), 'conflict');
      await mirrors.ensureMirror(f.ctx(), pair);
      assert.equal((await settledMirror(f, pair))?.state, 'synchronized');
    },
  },
  {
    id: '36-mirrors-together',
    title: 'several are paused together or none of them is, and what was paused before stays as it was',
    run: async (f) => {
      const { write, read } = contents(f);
      const both = [await following(f), await following(f)] as const;
      const pairs = both.map(({ pair }) => pair);
      const mirrors = f.array.mirrors!;
      const writeAll = async (word: string) => {
        for (const { from } of both) await write(from.seen.nativeId, word);
      };
      const held = () => Promise.all(both.map(({ to }) => read(to.seen.nativeId)));
      const unbound = { source: pairs[0]!.source, target: pairs[1]!.target };
      await writeAll('first');
      await f.refused(mirrors.pauseMirrors(f.ctx(), [pairs[0]!, unbound]), 'conflict');
      assert.deepEqual(await mirrorOf(f, pairs[0]!), inSync(both[0].from.seen.nativeId));
      await mirrors.pauseMirrors(f.ctx(), [pairs[0]!]);
      await writeAll('second');
      const paused = await mirrors.pauseMirrors(f.ctx(), pairs);
      assert.deepEqual(
        paused.map(({ nativeId, mirror }) => [nativeId, mirror?.state]),
        both.map(({ to }) => [to.seen.nativeId, 'paused']),
      );
      await writeAll('third');
      assert.deepEqual(await held(), ['first', 'second']);
    },
  },
];

const refusedCases: CaseBody[] = [
  {
    id: '36-mirror-refused',
    title:
      'a volume does not follow itself, a larger one, two others, or what follows itself; nor is what is of others touched',
    run: async (f) => {
      const { from, to, pair } = await following(f);
      const { granularityBytes } = await f.pool();
      const larger = await f.makeVolume({ sizeBytes: to.seen.sizeBytes + granularityBytes });
      const other = await f.makeVolume();
      const { volume: mapped } = await f.makeMapped();
      const before = await f.inventory();
      const { ensureMirror, pauseMirrors, resumeMirror, splitMirror } = f.array.mirrors!;
      const wrong = async (source: Expectation, target: Expectation, ...classes: ('conflict' | 'invalid')[]) =>
        void (await f.refused(ensureMirror(f.ctx(), { source, target }), ...classes));
      await wrong(other.expect, other.expect, 'invalid', 'conflict');
      await wrong(larger.expect, other.expect, 'invalid', 'conflict');
      await wrong(other.expect, to.expect, 'conflict');
      await wrong(to.expect, other.expect, 'conflict');
      await wrong(other.expect, from.expect, 'conflict');
      await wrong(other.expect, mapped.expect, 'conflict');
      await wrong(foreign(from.expect), other.expect, 'conflict');
      await wrong(from.expect, foreign(other.expect), 'conflict');
      const unbound: MirrorPair = { source: from.expect, target: other.expect };
      await f.refused(pauseMirrors(f.ctx(), [unbound]), 'conflict');
      await f.refused(resumeMirror(f.ctx(), unbound), 'conflict');
      await f.refused(splitMirror(f.ctx(), { ...pair, target: foreign(to.expect) }), 'conflict');
      await f.refused(splitMirror(f.ctx(), { source: other.expect, target: to.expect }), 'conflict');
      await unchanged(f, before);
    },
  },
  {
    id: '36-mirror-bound',
    title: 'what follows is not mapped; what is followed stays, and does not outgrow it; gone, it follows no more',
    run: async (f) => {
      const { from, to, pair } = await following(f);
      const mask = await f.makeMask();
      const hlu = Math.max(1, f.manifest.hlu.min);
      const before = await f.inventory();
      await f.refused(f.array.ensureMapping(f.ctx(), mask.expect, { volume: to.expect, hlu }), 'conflict');
      const error = await f.refused(f.array.deleteVolume(f.ctx(), from.expect), 'conflict');
      assert.ok(`${error.message} ${error.holders.join(' ')}`.includes(to.seen.name), 'nobody is named');
      await unchanged(f, before);
      const sizeBytes = from.seen.sizeBytes * 2;
      const { expand } = f.array;
      if (expand) {
        await f.refused(expand.expandVolume(f.ctx(), from.expect, { sizeBytes }), 'conflict');
        await expand.expandVolume(f.ctx(), to.expect, { sizeBytes });
        await expand.expandVolume(f.ctx(), from.expect, { sizeBytes });
        assert.equal((await mirrorOf(f, pair))?.state, 'synchronized');
      }
      await f.array.deleteVolume(f.ctx(), to.expect);
      await f.array.deleteVolume(f.ctx(), from.expect);
    },
  },
  {
    id: '36-mirror-copied',
    title: 'nothing is copied onto what follows, and no snapshot is taken of it',
    run: async (f) => {
      const { from, to } = await following(f);
      const { copies } = f.array;
      if (!copies) return;
      const before = await f.inventory();
      const other = await f.makeVolume();
      await f.refused(copies.startCopy(f.ctx(), copyArgs(other, to)), 'conflict', 'invalid');
      await f.refused(ensure(f, await snapshotArgs(f, to)), 'conflict', 'invalid');
      await f.array.deleteVolume(f.ctx(), other.expect);
      await unchanged(f, before);
      // What is followed goes on to be a volume like any other.
      await ensure(f, await snapshotArgs(f, from));
    },
  },
];

export const MIRRORS_CASES: readonly CaseBody[] = [...stateCases, ...refusedCases].map((body) => ({
  ...body,
  needs: 'mirrors' as const,
}));
