/** Conformance: two sessions at once, sessions that end, errors by sample, and undo. */
import assert from 'node:assert/strict';
import type { BlockArray } from '../contract.ts';
import { DriverError, type DriverErrorClass } from '../errors.ts';
import { type CaseBody, type Fixture, sameVolume, unchanged } from './fixture.ts';
import { hook } from './target.ts';

const ATTEMPTS_MAX = 50;
const RETRY_MS = 20;
/** A racing call may lose with these. */
const LOSES: readonly DriverErrorClass[] = ['busy', 'transient', 'conflict', 'exists'];

/** As the engine does: again while the device only asks for patience. */
async function patiently<T>(f: Fixture, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const patience = error instanceof DriverError && (error.class === 'busy' || error.class === 'transient');
      if (!patience || attempt >= ATTEMPTS_MAX) throw error;
      await f.device.clock.sleep(RETRY_MS);
    }
  }
}

async function withSecond(f: Fixture, run: (second: BlockArray) => Promise<void>): Promise<void> {
  const second = await hook(f.device.secondSession, 'a second session')();
  try {
    await run(second);
  } finally {
    await second.close();
  }
}

function losers(f: Fixture, results: readonly PromiseSettledResult<unknown>[]): Promise<unknown> {
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  return Promise.all(reasons.map((reason) => f.refused(Promise.reject(reason), ...LOSES)));
}

const concurrencyCases: CaseBody[] = [
  {
    id: '17-same-volume',
    title: 'the same volume ensured from two sessions at once is one volume',
    run: (f) =>
      withSecond(f, async (second) => {
        const args = await f.volumeArgs();
        const race = [f.array, second].map((array) => array.ensureVolume(f.ctx(), args));
        await losers(f, await Promise.allSettled(race));
        const one = await f.array.ensureVolume(f.ctx(), args);
        sameVolume(f, await second.ensureVolume(f.ctx(), args), one);
        const { volumes } = await f.inventory();
        assert.equal(volumes.length, 1);
        sameVolume(f, volumes[0], one);
      }),
  },
  {
    id: '17-same-name',
    title: 'one name wanted for two resources at once goes to exactly one',
    run: (f) =>
      withSecond(f, async (second) => {
        const { name } = await f.volumeArgs();
        const wanted = [await f.volumeArgs({ name }), await f.volumeArgs({ name })];
        const race = [f.array, second].map((array, index) => array.ensureVolume(f.ctx(), wanted[index]!));
        const results = await Promise.allSettled(race);
        await losers(f, results);
        const settled = await Promise.allSettled(
          wanted.map((args) => patiently(f, () => f.array.ensureVolume(f.ctx(), args))),
        );
        assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
        assert.equal((await f.inventory()).volumes.length, 1);
      }),
  },
  {
    id: '17-many',
    title: 'volumes made from two sessions at once are all there, each once',
    run: (f) =>
      withSecond(f, async (second) => {
        const wanted = [];
        for (let count = 0; count < 8; count++) wanted.push(await f.volumeArgs());
        const made = await Promise.all(
          wanted.map((args, index) =>
            patiently(f, () => (index % 2 === 0 ? f.array : second).ensureVolume(f.ctx(), args)),
          ),
        );
        assert.equal(new Set(made.map(({ nativeId }) => nativeId)).size, wanted.length);
        const { volumes } = await f.inventory();
        assert.deepEqual(volumes.map(({ wwn }) => wwn).sort(), wanted.map(({ wwn }) => wwn).sort());
      }),
  },
  {
    id: '17-same-hlu',
    title: 'one HLU wanted for two volumes at once goes to exactly one',
    run: (f) =>
      withSecond(f, async (second) => {
        const mask = await f.makeMask();
        const volumes = [await f.makeVolume(), await f.makeVolume()];
        const hlu = Math.max(1, f.manifest.hlu.min);
        const map = (array: BlockArray, index: number) =>
          array.ensureMapping(f.ctx(), mask.expect, { volume: volumes[index]!.expect, hlu });
        await losers(f, await Promise.allSettled([map(f.array, 0), map(second, 1)]));
        const settled = await Promise.allSettled([0, 1].map((index) => patiently(f, () => map(f.array, index))));
        assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
        assert.equal((await f.array.readMask(f.ctx(), mask.seen.nativeId))?.mappings.length, 1);
      }),
  },
];

const otherCases: CaseBody[] = [
  {
    id: '11-session-expiry',
    title: 'a session that ended is made again with one login',
    run: async (f) => {
      const expire = hook(f.device.expireSession, 'sessions that end');
      const logins = hook(f.device.logins, 'counting logins');
      await f.array.identify(f.ctx());
      const before = logins();
      await expire();
      await Promise.all([f.array.identify(f.ctx()), f.inventory()]);
      assert.equal(logins(), before + 1);
    },
  },
  {
    id: '12-error-samples',
    title: 'every error sample has its one class',
    run: async (f) => {
      const samples = hook(f.device.errorSamples, 'error samples')();
      assert.ok(samples.length > 0);
      for (const sample of samples) {
        const error = await f.refused(sample.run(), sample.class);
        assert.ok(error.message.length > 0, sample.title);
      }
    },
  },
  {
    id: '18-closed',
    title: 'closing one session, twice too, leaves the others working',
    run: (f) =>
      withSecond(f, async (second) => {
        const identity = await second.identify(f.ctx());
        await second.close();
        await second.close();
        assert.deepEqual(await f.array.identify(f.ctx()), identity);
      }),
  },
  {
    id: '20-undo',
    title: 'undoing everything that was done restores what was observed',
    run: async (f) => {
      const kept = await f.makeMapped();
      const before = await f.inventory();
      const renamed = await f.makeVolume();
      const { name } = await f.volumeArgs();
      await f.array.renameVolume(f.ctx(), renamed.expect, { name, quarantined: true });
      const { volume, mask, hlu } = await f.makeMapped();
      await f.array.ensureMapping(f.ctx(), kept.mask.expect, { volume: volume.expect, hlu: hlu + 1 });
      const initiators = [...kept.mask.args.initiators, await f.initiator()];
      await f.array.ensureMask(f.ctx(), { ...kept.mask.args, initiators });
      // And back, in the opposite order.
      await f.array.ensureMask(f.ctx(), kept.mask.args);
      await f.array.removeMapping(f.ctx(), kept.mask.expect, { volume: volume.expect, hlu: hlu + 1 });
      await f.array.removeMapping(f.ctx(), mask.expect, { volume: volume.expect, hlu });
      await f.array.deleteMask(f.ctx(), mask.expect);
      await f.array.deleteVolume(f.ctx(), volume.expect);
      const back = { name: renamed.args.name, quarantined: false };
      sameVolume(f, await f.array.renameVolume(f.ctx(), renamed.expect, back), renamed.seen);
      await f.array.deleteVolume(f.ctx(), renamed.expect);
      await unchanged(f, before);
    },
  },
];

export const FAILURE_CASES: readonly CaseBody[] = [...concurrencyCases, ...otherCases];
