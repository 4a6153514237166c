/** Conformance of network systems: lost answers, lost requests, busy devices, deadlines, and two sessions at once. */
import assert from 'node:assert/strict';
import { LIMITS } from '../../../lib/limits.ts';
import { CERTAINLY_NOT_DONE, DriverError } from '../errors.ts';
import type { NetworkSystem } from '../network-contract.ts';
import { type NetworkCaseBody, type NetworkFixture, sameFabric } from './network-fixture.ts';
import { hook } from './target.ts';

/** Times that a driver may ask a busy device in one call. */
const BUSY_ATTEMPTS_MAX = 5;
/** How much later than its deadline a call may end. */
const LATE_MS_MAX = 2_000;

/** A delta on a fabric that has a zone already, and whether it was done, by reading. */
async function prepared(f: NetworkFixture) {
  await f.made();
  const spec = f.zone();
  return {
    delta: await f.delta({ add: [spec] }),
    done: async () => (await f.read(spec.name))?.effective !== undefined,
  };
}

async function withSecond(f: NetworkFixture, run: (second: NetworkSystem) => Promise<void>): Promise<void> {
  const second = await hook(f.device.secondSession, 'a second session')();
  try {
    await run(second);
  } finally {
    await second.close();
  }
}

export const NETWORK_FAILURE_CASES: readonly NetworkCaseBody[] = [
  {
    id: 'N08-reply-lost',
    title:
      'the reply lost after the effect is ambiguous, the probe says done, and the same delta again changes nothing',
    run: async (f) => {
      const { delta, done } = await prepared(f);
      await hook(f.device.faults?.loseReply, 'losing replies')();
      await f.refused(f.network.applyZoneDelta(f.ctx(), delta), 'ambiguous');
      assert.equal(await done(), true);
      const before = await f.inventory();
      const writes = f.device.writes?.();
      await f.network.applyZoneDelta(f.ctx(), delta);
      await sameFabric(f, before);
      assert.equal(f.device.writes?.(), writes);
    },
  },
  {
    id: 'N09-request-lost',
    title: 'lost before the effect, the probe says not done, and the same delta again does it',
    run: async (f) => {
      const { delta, done } = await prepared(f);
      const before = await f.inventory();
      await hook(f.device.faults?.loseRequest, 'losing requests')();
      await f.refused(f.network.applyZoneDelta(f.ctx(), delta), 'transient', 'ambiguous');
      assert.equal(await done(), false);
      await sameFabric(f, before);
      await f.network.applyZoneDelta(f.ctx(), delta);
      assert.equal(await done(), true);
    },
  },
  {
    id: 'N10-busy',
    title: 'a busy device is not hammered, nothing is done, and it works when the device is free',
    run: async (f) => {
      const { delta, done } = await prepared(f);
      await hook(f.device.faults?.busy, 'a busy device')();
      const clear = hook(f.device.faults?.clear, 'ending faults');
      const askedBefore = f.device.faults?.asked?.();
      await f.refused(f.network.applyZoneDelta(f.ctx(), delta), 'busy');
      const asked = f.device.faults?.asked?.();
      if (asked !== undefined) assert.ok(asked - askedBefore! <= BUSY_ATTEMPTS_MAX, `asked ${asked} times`);
      assert.equal(await done(), false);
      await clear();
      await f.network.applyZoneDelta(f.ctx(), delta);
      assert.equal(await done(), true);
    },
  },
  {
    id: 'N18-no-time',
    title: 'without time left nothing is sent, and the session goes on',
    run: async (f) => {
      const { delta, done } = await prepared(f);
      const late = f.ctx({ deadlineMs: f.device.clock.nowMs() - 1 });
      await f.refused(f.network.applyZoneDelta(late, delta), ...CERTAINLY_NOT_DONE);
      assert.equal(await done(), false);
      await f.network.applyZoneDelta(f.ctx(), delta);
      assert.equal(await done(), true);
    },
  },
  {
    id: 'N18-slow',
    title: 'a device slower than the deadline is ambiguous at the deadline, and the session goes on',
    run: async (f) => {
      const { delta, done } = await prepared(f);
      await hook(f.device.faults?.slow, 'a slow device')(10 * LIMITS.deviceCallDeadlineMs);
      const clear = hook(f.device.faults?.clear, 'ending faults');
      const deadlineMs = f.device.clock.nowMs() + 200;
      await f.refused(f.network.applyZoneDelta(f.ctx({ deadlineMs }), delta), 'ambiguous');
      assert.ok(f.device.clock.nowMs() <= deadlineMs + LATE_MS_MAX, 'the deadline was not kept');
      await clear();
      await f.network.applyZoneDelta(f.ctx(), delta);
      assert.equal(await done(), true);
    },
  },
  {
    id: 'N11-session-expiry',
    title: 'a session that ended is made again with one login',
    run: async (f) => {
      const expire = hook(f.device.expireSession, 'sessions that end');
      const logins = hook(f.device.logins, 'counting logins');
      await f.network.identify(f.ctx());
      const before = logins();
      await expire();
      await Promise.all([f.network.identify(f.ctx()), f.inventory()]);
      assert.equal(logins(), before + 1);
    },
  },
  {
    id: 'N12-error-samples',
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
    id: 'N17-race',
    title: 'two deltas on the same base from two sessions at once: one is done, the other one refused whole',
    run: (f) =>
      withSecond(f, async (second) => {
        await f.made();
        const [mine, theirs] = [f.zone(), f.zone()];
        const deltas = [await f.delta({ add: [mine] }), await f.delta({ add: [theirs], owner: 'another' })];
        const race = [f.network, second].map((network, index) => network.applyZoneDelta(f.ctx(), deltas[index]!));
        const results = await Promise.allSettled(race);
        assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
        for (const result of results) {
          if (result.status === 'fulfilled') continue;
          await f.refused(Promise.reject(result.reason), 'busy', 'conflict', 'transient');
        }
        const seen = [await f.read(mine.name), await f.read(theirs.name)];
        assert.equal(seen.filter((zone) => zone?.effective !== undefined).length, 1);
        assert.equal(seen.filter((zone) => zone !== undefined).length, 1);
      }),
  },
  {
    id: 'N17-same',
    title: 'the same delta from two sessions at once is one change',
    run: (f) =>
      withSecond(f, async (second) => {
        const { delta, done } = await prepared(f);
        const results = await Promise.allSettled(
          [f.network, second].map((network) => network.applyZoneDelta(f.ctx(), delta)),
        );
        for (const result of results) {
          const error = result.status === 'rejected' ? (result.reason as unknown) : undefined;
          if (error === undefined) continue;
          assert.ok(error instanceof DriverError && ['busy', 'transient'].includes(error.class), String(error));
        }
        assert.equal(await done(), true);
        const { zones } = await f.network.applyZoneDelta(f.ctx(), delta);
        assert.equal(zones.length, 1);
      }),
  },
  {
    id: 'N18-closed',
    title: 'closing one session, twice too, leaves the others working',
    run: (f) =>
      withSecond(f, async (second) => {
        const identity = await second.identify(f.ctx());
        await second.close();
        await second.close();
        assert.deepEqual(await f.network.identify(f.ctx()), identity);
      }),
  },
];
