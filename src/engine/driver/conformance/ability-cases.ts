/** Conformance: optional capabilities. Cases apply to drivers that declare them. */
import assert from 'node:assert/strict';
import type { JobHandle, JobProgress } from '../contract.ts';
import { type CaseBody, type Fixture, type MadeVolume, sameVolume, unchanged } from './fixture.ts';
import { hook, SkippedCase } from './target.ts';

const POLL_MS = 100;
const POLLS_MAX = 600;

const expandCases: CaseBody[] = [
  {
    id: '30-expand',
    title: 'a volume grows, rounded up, and the same request again changes nothing',
    needs: 'expand',
    run: async (f) => {
      const { seen, expect } = await f.makeVolume();
      const { granularityBytes } = await f.pool();
      const sizeBytes = seen.sizeBytes + 1;
      const grown = await f.array.expand!.expandVolume(f.ctx(), expect, { sizeBytes });
      assert.equal(grown.sizeBytes, seen.sizeBytes + granularityBytes);
      assert.equal(grown.nativeId, seen.nativeId);
      assert.equal(grown.wwn, seen.wwn);
      assert.deepEqual(grown.mark, seen.mark);
      const writes = f.device.writes?.();
      sameVolume(f, await f.array.expand!.expandVolume(f.ctx(), expect, { sizeBytes }), grown);
      assert.equal(f.device.writes?.(), writes);
    },
  },
  {
    id: '30-never-shrinks',
    title: 'asked for less than it has, a volume stays as it is',
    needs: 'expand',
    run: async (f) => {
      const { granularityBytes } = await f.pool();
      const { sizeBytes } = await f.volumeArgs();
      const { seen, expect } = await f.makeVolume({ sizeBytes: sizeBytes + 4 * granularityBytes });
      const before = await f.inventory();
      sameVolume(f, await f.array.expand!.expandVolume(f.ctx(), expect, { sizeBytes }), seen);
      await unchanged(f, before);
    },
  },
  {
    id: '30-expand-mapped',
    title: 'a mapped volume grows with the identity and HLU that hosts see kept',
    needs: 'expand',
    run: async (f) => {
      const { mask, volume } = await f.makeMapped();
      const sizeBytes = volume.seen.sizeBytes * 2;
      const grown = await f.array.expand!.expandVolume(f.ctx(), volume.expect, { sizeBytes });
      assert.equal(grown.sizeBytes, sizeBytes);
      assert.deepEqual(await f.array.readMask(f.ctx(), mask.seen.nativeId), mask.seen);
    },
  },
  {
    id: '30-expand-no-room',
    title: 'growing a thick volume past what is free is refused and leaves it as it was',
    needs: 'expand',
    run: async (f) => {
      const pool = await f.pool('thick');
      const { seen, expect } = await f.makeVolume({ pool: pool.nativeId, provisioning: 'thick' });
      const before = await f.inventory();
      const sizeBytes = seen.sizeBytes + pool.freeBytes + pool.granularityBytes;
      await f.refused(f.array.expand!.expandVolume(f.ctx(), expect, { sizeBytes }), 'capacity', 'invalid');
      await unchanged(f, before);
    },
  },
];

async function makeThick(f: Fixture): Promise<MadeVolume> {
  const pool = await f.pool('thick');
  const made = await f.makeVolume({ pool: pool.nativeId, provisioning: 'thick' });
  if (made.seen.zeroed) throw new SkippedCase('the device zeroes thick volumes at once');
  return made;
}

/** Polls until it isn't running any more. */
async function settled(f: Fixture, volume: MadeVolume, handle: JobHandle): Promise<JobProgress> {
  let last = 0;
  for (let count = 0; count < POLLS_MAX; count++) {
    const progress = await f.array.zeroing!.pollZeroing(f.ctx(), volume.expect, handle);
    assert.equal(progress.totalBytes, volume.seen.sizeBytes);
    assert.ok(progress.doneBytes >= last && progress.doneBytes <= progress.totalBytes);
    if (progress.state !== 'running') return progress;
    last = progress.doneBytes;
    await f.device.clock.sleep(POLL_MS);
  }
  throw new assert.AssertionError({ message: 'the job never ends' });
}

const zeroedOf = async (f: Fixture, volume: MadeVolume) =>
  (await f.array.readVolume(f.ctx(), volume.seen.nativeId))?.zeroed;

const zeroingCases: CaseBody[] = [
  {
    id: '31-zeroing',
    title: 'a thick volume counts as zeroed when its job is done, not before, and forever then',
    needs: 'zeroing',
    run: async (f) => {
      const volume = await makeThick(f);
      const handle = await f.array.zeroing!.startZeroing(f.ctx(), volume.expect);
      assert.deepEqual(JSON.parse(JSON.stringify(handle)), handle);
      assert.equal((await settled(f, volume, handle)).state, 'done');
      assert.equal(await zeroedOf(f, volume), true);
      assert.equal((await f.array.zeroing!.pollZeroing(f.ctx(), volume.expect, handle)).state, 'done');
    },
  },
  {
    id: '31-two-starts',
    title: 'a job started twice, or from another session, ends once and well',
    needs: 'zeroing',
    run: async (f) => {
      const volume = await makeThick(f);
      const first = await f.array.zeroing!.startZeroing(f.ctx(), volume.expect);
      const second = await f.array.zeroing!.startZeroing(f.ctx(), volume.expect);
      assert.equal((await settled(f, volume, second)).state, 'done');
      assert.equal((await settled(f, volume, first)).state, 'done');
    },
  },
  {
    id: '31-cancel',
    title: 'a job can be cancelled, twice too, and started again',
    needs: 'zeroing',
    run: async (f) => {
      const volume = await makeThick(f);
      const handle = await f.array.zeroing!.startZeroing(f.ctx(), volume.expect);
      await f.array.zeroing!.cancelZeroing(f.ctx(), volume.expect, handle);
      await f.array.zeroing!.cancelZeroing(f.ctx(), volume.expect, handle);
      const { state } = await f.array.zeroing!.pollZeroing(f.ctx(), volume.expect, handle);
      assert.notEqual(state, 'running');
      const again = await f.array.zeroing!.startZeroing(f.ctx(), volume.expect);
      assert.equal((await settled(f, volume, again)).state, 'done');
      assert.equal(await zeroedOf(f, volume), true);
    },
  },
  {
    id: '31-lost',
    title: 'a job that is gone says lost and can be started again',
    needs: 'zeroing',
    run: async (f) => {
      const loseJobs = hook(f.device.hand?.loseJobs, 'losing jobs');
      const volume = await makeThick(f);
      const handle = await f.array.zeroing!.startZeroing(f.ctx(), volume.expect);
      await loseJobs();
      const progress = await f.array.zeroing!.pollZeroing(f.ctx(), volume.expect, handle);
      assert.equal(progress.state, 'lost');
      assert.equal(await zeroedOf(f, volume), false);
      const again = await f.array.zeroing!.startZeroing(f.ctx(), volume.expect);
      assert.equal((await settled(f, volume, again)).state, 'done');
    },
  },
  {
    id: '31-foreign',
    title: 'another installation can not zero our volume',
    needs: 'zeroing',
    run: async (f) => {
      const volume = await makeThick(f);
      const expect = { ...volume.expect, mark: { ...volume.args.mark, installation: 'conformance-c' } };
      await f.refused(f.array.zeroing!.startZeroing(f.ctx(), expect), 'conflict');
      assert.equal(await zeroedOf(f, volume), false);
    },
  },
];

export const ABILITY_CASES: readonly CaseBody[] = [...expandCases, ...zeroingCases];
