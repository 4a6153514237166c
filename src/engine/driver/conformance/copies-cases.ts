/** Conformance: snapshots, and copies from volume to volume. Cases apply to drivers that declare `copies`. */
import assert from 'node:assert/strict';
import type { Expectation } from '../contract.ts';
import { allThere, contents, copied, copyArgs, one, settledCopy, settledJob } from './copies-fixture.ts';
import { type CaseBody, OTHER_INSTALLATION, sameVolume, unchanged } from './fixture.ts';
import { FULL_SNAPSHOT_CASES } from './full-snapshot-cases.ts';
import { SNAPSHOT_CASES } from './snapshot-cases.ts';
import { hook } from './target.ts';

const copyCases: CaseBody[] = [
  {
    id: '35-copy',
    title:
      'a copy is one job however often it is begun, ends, is told of from then on, and leaves the identity of its target',
    run: async (f) => {
      const [from, to] = [await f.makeVolume(), await f.makeVolume()];
      const args = copyArgs(from, to);
      const handle = await f.array.copies!.startCopy(f.ctx(), args);
      assert.deepEqual(JSON.parse(JSON.stringify(handle)), handle);
      const again = await f.array.copies!.startCopy(f.ctx(), args);
      assert.equal((await settledJob(f, args, again)).state, 'done');
      const progress = await settledJob(f, args, handle);
      assert.equal(progress.state, 'done');
      assert.equal(progress.doneBytes, progress.totalBytes);
      const seen = await f.array.readVolume(f.ctx(), to.seen.nativeId);
      assert.deepEqual(seen?.copied, { copy: args.copy, done: true });
      // A thick volume is written all over.
      const { copied: _copied, ...rest } = seen;
      const expected = { ...to.seen, zeroed: true, allocatedBytes: 0 };
      sameVolume(f, { ...rest, allocatedBytes: 0 }, expected);
      const before = await f.inventory();
      const writes = f.device.writes?.();
      await f.array.copies!.startCopy(f.ctx(), args);
      await unchanged(f, before);
      assert.equal(f.device.writes?.(), writes);
      sameVolume(f, await f.array.readVolume(f.ctx(), from.seen.nativeId), from.seen);
    },
  },
  {
    id: '35-copy-content',
    title: 'a copy holds what its source held when it began, a smaller one too, and is independent of it',
    run: async (f) => {
      const { write, read } = contents(f);
      const from = await f.makeVolume();
      const to = await f.makeVolume({ sizeBytes: from.seen.sizeBytes * 2 });
      await write(from.seen.nativeId, 'first');
      await write(to.seen.nativeId, 'old');
      const args = copyArgs(from, to);
      await f.array.copies!.startCopy(f.ctx(), args);
      await write(from.seen.nativeId, 'later');
      await settledCopy(f, args);
      assert.equal(await read(to.seen.nativeId), 'first');
      await write(to.seen.nativeId, 'own');
      assert.equal(await read(from.seen.nativeId), 'later');
      // Another copy is another job.
      await copied(f, copyArgs(from, to, 'second'));
      assert.equal(await read(to.seen.nativeId), 'later');
      assert.deepEqual((await f.array.readVolume(f.ctx(), to.seen.nativeId))?.copied, { copy: 'second', done: true });
    },
  },
  {
    id: '35-restore',
    title: 'a volume gets back what a snapshot of it holds, which stays as it is',
    run: async (f) => {
      const { write, read } = contents(f);
      const volume = await f.makeVolume();
      await write(volume.seen.nativeId, 'good');
      const { seen, expect } = await one(f, volume);
      await write(volume.seen.nativeId, 'bad');
      await copied(f, { copy: 'restore', from: expect, to: volume.expect });
      assert.equal(await read(volume.seen.nativeId), 'good');
      assert.equal(await read(seen.nativeId), 'good');
      await allThere(f, [seen]);
    },
  },
  {
    id: '35-copy-mapped',
    title: 'a volume that is mapped and that nobody is logged in to is copied onto; hosts see it as before',
    run: async (f) => {
      const { mask, volume } = await f.makeMapped();
      await copied(f, copyArgs(await f.makeVolume(), volume));
      assert.deepEqual(await f.array.readMask(f.ctx(), mask.seen.nativeId), mask.seen);
    },
  },
  {
    id: '35-copy-in-use',
    title: 'nothing is copied onto what somebody is logged in to, and it is said who',
    run: async (f) => {
      const login = hook(f.device.hand?.login, 'logging an initiator in');
      const { mask, volume } = await f.makeMapped();
      const from = await f.makeVolume();
      const [initiator] = mask.args.initiators as [string];
      await login(initiator);
      const before = await f.inventory();
      const error = await f.refused(f.array.copies!.startCopy(f.ctx(), copyArgs(from, volume)), 'conflict');
      assert.ok(`${error.message} ${error.holders.join(' ')}`.includes(initiator), 'nobody is named');
      await unchanged(f, before);
      // To be read it may be.
      await copied(f, copyArgs(volume, from));
    },
  },
  {
    id: '35-copy-of-snapshot-in-use',
    title: 'a snapshot is copied while hosts read it: nobody writes to it',
    run: async (f) => {
      const login = hook(f.device.hand?.login, 'logging an initiator in');
      const { expect } = await one(f, await f.makeVolume());
      const mask = await f.makeMask();
      await f.array.ensureMapping(f.ctx(), mask.expect, { volume: expect, hlu: Math.max(1, f.manifest.hlu.min) });
      const [initiator] = mask.args.initiators as [string];
      await login(initiator);
      const to = await f.makeVolume();
      await copied(f, { copy: 'of-a-snapshot-in-use', from: expect, to: to.expect });
    },
  },
  {
    id: '35-copy-refused',
    title: 'a larger volume, a volume itself, and what is of others are not copied',
    run: async (f) => {
      const [from, to] = [await f.makeVolume(), await f.makeVolume()];
      const { granularityBytes } = await f.pool();
      const larger = await f.makeVolume({ sizeBytes: to.seen.sizeBytes + granularityBytes });
      const args = copyArgs(from, to);
      const foreign = (expect: Expectation) => ({
        ...expect,
        mark: { ...expect.mark, installation: OTHER_INSTALLATION },
      });
      const before = await f.inventory();
      const start = f.array.copies!.startCopy;
      await f.refused(start(f.ctx(), copyArgs(larger, to)), 'invalid', 'conflict');
      await f.refused(start(f.ctx(), copyArgs(to, to)), 'invalid', 'conflict');
      await f.refused(start(f.ctx(), { ...args, from: foreign(args.from) }), 'conflict');
      await f.refused(start(f.ctx(), { ...args, to: foreign(args.to) }), 'conflict');
      await unchanged(f, before);
    },
  },
  {
    id: '35-copy-ended',
    title: 'a copy that was cancelled, twice too, or lost is not taken for done, and ends when it is begun again',
    run: async (f) => {
      const loseJobs = f.device.hand?.loseJobs;
      const [from, to] = [await f.makeVolume(), await f.makeVolume()];
      const args = copyArgs(from, to);
      const { startCopy, pollCopy, cancelCopy } = f.array.copies!;
      for (const end of ['cancel', ...(loseJobs ? ['lose'] : [])]) {
        const each = { ...args, copy: `${args.copy}-${end}` };
        const handle = await startCopy(f.ctx(), each);
        if (end === 'lose') await loseJobs!();
        else await cancelCopy(f.ctx(), each.to, handle);
        if (end === 'cancel') await cancelCopy(f.ctx(), each.to, handle);
        const { state } = await pollCopy(f.ctx(), each.to, handle);
        assert.notEqual(state, 'running');
        const seen = (await f.array.readVolume(f.ctx(), to.seen.nativeId))?.copied;
        assert.deepEqual(seen, { copy: each.copy, done: state === 'done' });
        await copied(f, each);
      }
    },
  },
];

export const COPIES_CASES: readonly CaseBody[] = [...SNAPSHOT_CASES, ...FULL_SNAPSHOT_CASES, ...copyCases].map(
  (body) => ({
    ...body,
    needs: 'copies' as const,
  }),
);
