/** Conformance: snapshots by full copy, which a job makes; the cases of snapshots hold for them, too. Skipped where the pool makes others. */
import assert from 'node:assert/strict';
import { allThere, contents, ensure, isFullCopy, settledSnapshots, snapshotArgs } from './copies-fixture.ts';
import { type CaseBody, type Fixture, unchanged } from './fixture.ts';
import { hook, SkippedCase } from './target.ts';

const fullCopy =
  (run: (f: Fixture) => Promise<void>) =>
  async (f: Fixture): Promise<void> => {
    if (!(await isFullCopy(f))) throw new SkippedCase('its snapshots are no full copies');
    await run(f);
  };

const jobsOf = ({ array }: Fixture) => array.copies!.snapshotJobs!;

export const FULL_SNAPSHOT_CASES: CaseBody[] = [
  {
    id: '35-full-job',
    title: 'a set is one job however often it is begun; of what is not through nothing is to be seen',
    run: fullCopy(async (f) => {
      const args = await snapshotArgs(f, await f.makeVolume(), await f.makeVolume());
      const handle = await jobsOf(f).startSnapshots(f.ctx(), args);
      assert.deepEqual(JSON.parse(JSON.stringify(handle)), handle);
      const { volumes } = await f.inventory();
      assert.ok([2, 4].includes(volumes.length), `a part of the set is to be seen: ${volumes.length} volumes`);
      const again = await jobsOf(f).startSnapshots(f.ctx(), args);
      assert.equal((await settledSnapshots(f, args, again)).state, 'done');
      const progress = await settledSnapshots(f, args, handle);
      assert.equal(progress.state, 'done');
      assert.equal(progress.doneBytes, progress.totalBytes);
      const seen = await ensure(f, args);
      for (const { snapshot } of seen) assert.equal(snapshot?.fullCopy, true);
      await allThere(f, seen);
      assert.equal((await f.inventory()).volumes.length, 4);
    }),
  },
  {
    id: '35-full-by-call',
    title: 'they are not made by a call that would have to wait for all of it',
    run: fullCopy(async (f) => {
      const args = await snapshotArgs(f, await f.makeVolume());
      const before = await f.inventory();
      await f.refused(f.array.copies!.ensureSnapshots(f.ctx(), args), 'unsupported');
      await unchanged(f, before);
    }),
  },
  {
    id: '35-full-written',
    title: 'who writes to a source before the end has no snapshot made, and the same begun again makes them',
    run: fullCopy(async (f) => {
      const { write, read } = contents(f);
      const sources = [await f.makeVolume(), await f.makeVolume()] as const;
      for (const { seen } of sources) await write(seen.nativeId, 'before');
      const args = await snapshotArgs(f, ...sources);
      const before = await f.inventory();
      const handle = await jobsOf(f).startSnapshots(f.ctx(), args);
      await write(sources[1].seen.nativeId, 'meanwhile');
      const { state } = await settledSnapshots(f, args, handle);
      // A device may have been quicker than the write.
      if (state === 'lost') {
        await unchanged(f, before);
        await ensure(f, args);
      }
      const held = await Promise.all((await ensure(f, args)).map(({ nativeId }) => read(nativeId)));
      assert.deepEqual(held, state === 'lost' ? ['before', 'meanwhile'] : ['before', 'before']);
    }),
  },
  {
    id: '35-full-in-use',
    title:
      'nothing is begun while somebody is logged in to a source, and it is said who; unless somebody vouches for it',
    run: fullCopy(async (f) => {
      const login = hook(f.device.hand?.login, 'logging an initiator in');
      const { mask, volume } = await f.makeMapped();
      const args = await snapshotArgs(f, await f.makeVolume(), volume);
      const [initiator] = mask.args.initiators as [string];
      await login(initiator);
      const before = await f.inventory();
      const error = await f.refused(jobsOf(f).startSnapshots(f.ctx(), args), 'conflict');
      assert.ok(`${error.message} ${error.holders.join(' ')}`.includes(initiator), 'nobody is named');
      await unchanged(f, before);
      const handle = await jobsOf(f).startSnapshots(f.ctx(), { ...args, attested: true });
      assert.equal((await settledSnapshots(f, args, handle)).state, 'done');
    }),
  },
  {
    id: '35-full-cancel',
    title: 'a set that was cancelled, twice too, or lost leaves nothing, and one that is whole stays',
    run: fullCopy(async (f) => {
      const args = await snapshotArgs(f, await f.makeVolume(), await f.makeVolume());
      const before = await f.inventory();
      const loseJobs = f.device.hand?.loseJobs;
      await jobsOf(f).cancelSnapshots(f.ctx(), args);
      for (const end of ['cancel', ...(loseJobs ? ['lose'] : [])]) {
        const handle = await jobsOf(f).startSnapshots(f.ctx(), args);
        if (end === 'lose') await loseJobs!();
        else await jobsOf(f).cancelSnapshots(f.ctx(), args);
        const { state } = await jobsOf(f).pollSnapshots(f.ctx(), args, handle);
        assert.equal(state, 'lost');
        await jobsOf(f).cancelSnapshots(f.ctx(), args);
        await unchanged(f, before);
      }
      const seen = await ensure(f, args);
      await jobsOf(f).cancelSnapshots(f.ctx(), args);
      await allThere(f, seen);
    }),
  },
];
