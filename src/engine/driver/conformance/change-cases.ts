/**
 * Conformance: every changing call under lost answers, lost requests, a busy device and a deadline. Each change comes with
 * its probe: how one finds out by reading whether it was done.
 */
import assert from 'node:assert/strict';
import { LIMITS } from '../../../lib/limits.ts';
import type { CallContext, Capability, JobHandle } from '../contract.ts';
import type { EnsureSnapshotsArgs } from '../copies-contract.ts';
import { CERTAINLY_NOT_DONE, DriverError, type DriverErrorClass } from '../errors.ts';
import { copyArgs, isFullCopy, settledCopy, settledSnapshots, snapshotArgs } from './copies-fixture.ts';
import { type CaseBody, type Fixture, unchanged } from './fixture.ts';
import { following, madePair, mirrorOf, settledMirror } from './mirrors-fixture.ts';
import { type ChangingOperation, hook, SkippedCase } from './target.ts';

interface Change {
  run(ctx: CallContext): Promise<unknown>;
  /** Whether it was done, by reading. */
  done(): Promise<boolean>;
}

/** Each is prepared on the fixture's device with objects of its own. */
const CHANGES: Record<ChangingOperation, (f: Fixture) => Promise<Change>> = {
  ensureVolume: async (f) => {
    const args = await f.volumeArgs();
    return {
      run: (ctx) => f.array.ensureVolume(ctx, args),
      done: async () => (await f.array.findVolume(f.ctx(), args.name))?.wwn === args.wwn,
    };
  },
  deleteVolume: async (f) => {
    const { expect } = await f.makeVolume();
    return {
      run: (ctx) => f.array.deleteVolume(ctx, expect),
      done: async () => (await f.array.readVolume(f.ctx(), expect.nativeId)) === undefined,
    };
  },
  renameVolume: async (f) => {
    const { expect } = await f.makeVolume();
    const { name } = await f.volumeArgs();
    return {
      run: (ctx) => f.array.renameVolume(ctx, expect, { name, quarantined: true }),
      done: async () => (await f.array.readVolume(f.ctx(), expect.nativeId))?.name === name,
    };
  },
  markVolume: async (f) => {
    const { args, expect } = await f.makeVolume();
    const mark = { ...args.mark, epoch: args.mark.epoch + 1 };
    return {
      run: (ctx) => f.array.markVolume(ctx, { ...expect, mark }),
      done: async () => (await f.array.readVolume(f.ctx(), expect.nativeId))?.mark?.epoch === mark.epoch,
    };
  },
  unmarkVolume: async (f) => {
    const { expect } = await f.makeVolume();
    return {
      run: (ctx) => f.array.unmarkVolume(ctx, expect),
      done: async () => (await f.array.readVolume(f.ctx(), expect.nativeId))?.mark === undefined,
    };
  },
  expandVolume: async (f) => {
    const { seen, expect } = await f.makeVolume();
    const sizeBytes = seen.sizeBytes * 2;
    return {
      run: (ctx) => f.array.expand!.expandVolume(ctx, expect, { sizeBytes }),
      done: async () => (await f.array.readVolume(f.ctx(), expect.nativeId))?.sizeBytes === sizeBytes,
    };
  },
  ensureMask: async (f) => {
    const args = await f.maskArgs();
    return {
      run: (ctx) => f.array.ensureMask(ctx, args),
      done: async () => (await f.array.findMask(f.ctx(), args.name))?.mark?.urn === args.mark.urn,
    };
  },
  markMask: async (f) => {
    const { args, expect } = await f.makeMask();
    const mark = { ...args.mark, epoch: args.mark.epoch + 1 };
    return {
      run: (ctx) => f.array.markMask(ctx, { ...expect, mark }),
      done: async () => (await f.array.readMask(f.ctx(), expect.nativeId))?.mark?.epoch === mark.epoch,
    };
  },
  unmarkMask: async (f) => {
    const { expect } = await f.makeMask();
    return {
      run: (ctx) => f.array.unmarkMask(ctx, expect),
      done: async () => (await f.array.readMask(f.ctx(), expect.nativeId))?.mark === undefined,
    };
  },
  deleteMask: async (f) => {
    const { expect } = await f.makeMask();
    return {
      run: (ctx) => f.array.deleteMask(ctx, expect),
      done: async () => (await f.array.readMask(f.ctx(), expect.nativeId)) === undefined,
    };
  },
  ensureMapping: async (f) => {
    const volume = await f.makeVolume();
    const mask = await f.makeMask();
    const hlu = Math.max(1, f.manifest.hlu.min);
    return {
      run: (ctx) => f.array.ensureMapping(ctx, mask.expect, { volume: volume.expect, hlu }),
      done: async () => (await f.array.readMask(f.ctx(), mask.seen.nativeId))?.mappings.length === 1,
    };
  },
  removeMapping: async (f) => {
    const { volume, mask, hlu } = await f.makeMapped();
    return {
      run: (ctx) => f.array.removeMapping(ctx, mask.expect, { volume: volume.expect, hlu }),
      done: async () => (await f.array.readMask(f.ctx(), mask.seen.nativeId))?.mappings.length === 0,
    };
  },
  ensureSnapshots: async (f) => {
    if (await isFullCopy(f)) throw new SkippedCase('its snapshots are full copies');
    const args = await snapshotArgs(f, await f.makeVolume(), await f.makeVolume());
    return {
      run: (ctx) => f.array.copies!.ensureSnapshots(ctx, args),
      done: () => isSetThere(f, args),
    };
  },
  startSnapshots: async (f) => {
    if (!(await isFullCopy(f))) throw new SkippedCase('its snapshots are no full copies');
    const args = await snapshotArgs(f, await f.makeVolume(), await f.makeVolume());
    const jobs = f.array.copies!.snapshotJobs!;
    let handle: JobHandle | undefined;
    return {
      run: async (ctx) => {
        handle = await jobs.startSnapshots(ctx, args);
      },
      done: async () => {
        // A set that was begun is found without its handle: by its end.
        if (handle) await settledSnapshots(f, args, handle);
        for (let count = 0; count < 50 && !(await isSetThere(f, args)); count++) await f.device.clock.sleep(20);
        return isSetThere(f, args);
      },
    };
  },
  startCopy: async (f) => {
    const args = copyArgs(await f.makeVolume(), await f.makeVolume());
    return {
      run: (ctx) => f.array.copies!.startCopy(ctx, args),
      done: async () => (await settledCopy(f, args))?.copy === args.copy,
    };
  },
  ensureMirror: async (f) => {
    const { pair } = await madePair(f);
    return {
      run: (ctx) => f.array.mirrors!.ensureMirror(ctx, pair),
      done: async () => (await settledMirror(f, pair))?.state === 'synchronized',
    };
  },
  pauseMirrors: async (f) => {
    const { pair } = await following(f);
    return {
      run: (ctx) => f.array.mirrors!.pauseMirrors(ctx, [pair]),
      done: async () => (await mirrorOf(f, pair))?.state === 'paused',
    };
  },
  resumeMirror: async (f) => {
    const { pair } = await following(f);
    await f.array.mirrors!.pauseMirrors(f.ctx(), [pair]);
    return {
      run: (ctx) => f.array.mirrors!.resumeMirror(ctx, pair),
      done: async () => (await settledMirror(f, pair))?.state === 'synchronized',
    };
  },
  splitMirror: async (f) => {
    const { pair } = await following(f);
    return {
      run: (ctx) => f.array.mirrors!.splitMirror(ctx, pair),
      done: async () => (await mirrorOf(f, pair)) === undefined,
    };
  },
};

async function isSetThere(f: Fixture, { set, members }: EnsureSnapshotsArgs): Promise<boolean> {
  const found = await Promise.all(members.map(({ name }) => f.array.findVolume(f.ctx(), name)));
  return found.every((volume) => volume?.snapshot?.set === set);
}

const NEEDS: Partial<Record<ChangingOperation, Capability>> = {
  expandVolume: 'expand',
  ensureSnapshots: 'copies',
  startSnapshots: 'copies',
  startCopy: 'copies',
  ensureMirror: 'mirrors',
  pauseMirrors: 'mirrors',
  resumeMirror: 'mirrors',
  splitMirror: 'mirrors',
};

const NOT_DONE: readonly DriverErrorClass[] = [...CERTAINLY_NOT_DONE];
/** Times that a driver may ask a busy device in one call. */
const BUSY_ATTEMPTS_MAX = 5;
/** How much later than its deadline a call may end. */
const LATE_MS_MAX = 2_000;

/** A case for each changing operation that the driver has. */
function forEachChange(
  number: string,
  title: string,
  run: (f: Fixture, operation: ChangingOperation, change: Change) => Promise<void>,
): CaseBody[] {
  return (Object.keys(CHANGES) as ChangingOperation[]).map((operation) => ({
    id: `${number}-${operation}`,
    title: `${operation}: ${title}`,
    ...(NEEDS[operation] === undefined ? {} : { needs: NEEDS[operation] }),
    run: async (f) => run(f, operation, await CHANGES[operation](f)),
  }));
}

const lostReply = forEachChange(
  '08-reply-lost',
  'the reply lost after the effect is ambiguous, the probe says done, and the same call again changes nothing',
  async (f, operation, change) => {
    await hook(f.device.faults?.loseReply, 'losing replies')(operation);
    await f.refused(change.run(f.ctx()), 'ambiguous');
    assert.equal(await change.done(), true);
    const before = await f.inventory();
    const writes = f.device.writes?.();
    await change.run(f.ctx());
    await unchanged(f, before);
    assert.equal(f.device.writes?.(), writes);
  },
);

const lostRequest = forEachChange(
  '09-request-lost',
  'lost before the effect, the probe says not done, and the same call again does it',
  async (f, operation, change) => {
    const before = await f.inventory();
    await hook(f.device.faults?.loseRequest, 'losing requests')(operation);
    await f.refused(change.run(f.ctx()), 'transient', 'ambiguous');
    assert.equal(await change.done(), false);
    await unchanged(f, before);
    await change.run(f.ctx());
    assert.equal(await change.done(), true);
  },
);

const busy = forEachChange(
  '10-busy',
  'a busy device is not hammered, nothing is done, and it works when the device is free',
  async (f, operation, change) => {
    await hook(f.device.faults?.busy, 'a busy device')(operation);
    const clear = hook(f.device.faults?.clear, 'ending faults');
    const askedBefore = f.device.faults?.asked?.(operation);
    await f.refused(change.run(f.ctx()), 'busy');
    const asked = f.device.faults?.asked?.(operation);
    if (asked !== undefined) assert.ok(asked - askedBefore! <= BUSY_ATTEMPTS_MAX, `asked ${asked} times`);
    assert.equal(await change.done(), false);
    await clear();
    await change.run(f.ctx());
    assert.equal(await change.done(), true);
  },
);

const outOfTime = forEachChange(
  '18-no-time',
  'without time left nothing is sent, and the session goes on',
  async (f, _operation, change) => {
    const before = await f.inventory();
    const error = await change.run(f.ctx({ deadlineMs: f.device.clock.nowMs() - 1 })).then(
      () => assert.fail('it was done after its deadline'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof DriverError && NOT_DONE.includes(error.class), String(error));
    await unchanged(f, before);
    await change.run(f.ctx());
    assert.equal(await change.done(), true);
  },
);

const slow = forEachChange(
  '18-slow',
  'a device slower than the deadline is ambiguous at the deadline, and the session goes on',
  async (f, operation, change) => {
    await hook(f.device.faults?.slow, 'a slow device')(operation, 10 * LIMITS.deviceCallDeadlineMs);
    const clear = hook(f.device.faults?.clear, 'ending faults');
    const deadlineMs = f.device.clock.nowMs() + 200;
    await f.refused(change.run(f.ctx({ deadlineMs })), 'ambiguous');
    assert.ok(f.device.clock.nowMs() <= deadlineMs + LATE_MS_MAX, 'the deadline was not kept');
    await clear();
    await change.run(f.ctx());
    assert.equal(await change.done(), true);
  },
);

export const CHANGE_CASES: readonly CaseBody[] = [...lostReply, ...lostRequest, ...busy, ...outOfTime, ...slow];
