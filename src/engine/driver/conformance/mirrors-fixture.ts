/** What cases of continuous copies share: pairs of volumes of which one follows the other, and waiting until it does. */
import assert from 'node:assert/strict';
import type { JobProgress } from '../contract.ts';
import type { MirrorPair, MirrorState } from '../mirrors-contract.ts';
import type { Fixture, MadeVolume } from './fixture.ts';

const POLL_MS = 100;
const POLLS_MAX = 600;

export interface MadePair {
  readonly from: MadeVolume;
  readonly to: MadeVolume;
  readonly pair: MirrorPair;
}

/** Two volumes that have nothing to do with each other yet. */
export async function madePair(f: Fixture): Promise<MadePair> {
  const [from, to] = [await f.makeVolume(), await f.makeVolume()];
  return { from, to, pair: { source: from.expect, target: to.expect } };
}

/** In sync. */
export async function following(f: Fixture): Promise<MadePair> {
  const made = await madePair(f);
  await f.array.mirrors!.ensureMirror(f.ctx(), made.pair);
  assert.equal((await settledMirror(f, made.pair))?.state, 'synchronized');
  return made;
}

export const mirrorOf = async (f: Fixture, { target }: MirrorPair): Promise<MirrorState | undefined> =>
  (await f.array.readVolume(f.ctx(), target.nativeId))?.mirror;

/** What is said of it when it isn't on the way any more. */
export async function settledMirror(f: Fixture, pair: MirrorPair): Promise<MirrorState | undefined> {
  let last = 0;
  for (let count = 0; count < POLLS_MAX; count++) {
    const mirror = await mirrorOf(f, pair);
    if (mirror?.state !== 'synchronizing') return mirror;
    assert.ok(Number.isInteger(mirror.percent) && mirror.percent >= last && mirror.percent < 100);
    last = mirror.percent;
    await f.device.clock.sleep(POLL_MS);
  }
  throw new assert.AssertionError({ message: 'it is never in sync' });
}

/** Polls until the job isn't running any more. */
export async function settledJob(
  f: Fixture,
  { target }: MirrorPair,
  handle: Record<string, string | number | boolean>,
) {
  for (let count = 0; count < POLLS_MAX; count++) {
    const progress: JobProgress = await f.array.mirrors!.pollMirror(f.ctx(), target, handle);
    assert.ok(progress.doneBytes <= progress.totalBytes, 'more is done than there is');
    if (progress.state !== 'running') return progress;
    await f.device.clock.sleep(POLL_MS);
  }
  throw new assert.AssertionError({ message: 'the job never ends' });
}
