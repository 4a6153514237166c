/** Conformance: what a pool does for its volumes: tiering policies and limits of host I/O. */
import assert from 'node:assert/strict';
import type { EnsureVolumeArgs, PoolObservation } from '../contract.ts';
import { type CaseBody, type Fixture, sameVolume, unchanged } from './fixture.ts';
import { SkippedCase } from './target.ts';

const LIMITED = { iops: 5_000, bytesPerSecond: 200 * 1024 ** 2 };

/** A usable pool that offers it; the case is skipped where there is none. */
async function offering(f: Fixture, what: string, offers: (pool: PoolObservation) => boolean) {
  const { pools } = await f.inventory();
  const found = pools.find((pool) => pool.usable && offers(pool));
  if (!found) throw new SkippedCase(`no pool of the device offers ${what}`);
  return found;
}

/** A volume made so is so, is the same when it is asked for again, and is not taken for one that is otherwise. */
async function given(f: Fixture, args: Partial<EnsureVolumeArgs>, others: readonly Partial<EnsureVolumeArgs>[]) {
  const made = await f.makeVolume(args);
  assert.equal(made.seen.tieringPolicy, args.tieringPolicy);
  assert.deepEqual(made.seen.ioLimits, args.ioLimits);
  const before = await f.inventory();
  sameVolume(f, await f.array.ensureVolume(f.ctx(), made.args), made.seen);
  for (const other of others) {
    await f.refused(f.array.ensureVolume(f.ctx(), { ...made.args, ...other }), 'conflict');
  }
  await unchanged(f, before);
}

/** Without what was asked for. */
function without<K extends keyof EnsureVolumeArgs>(args: EnsureVolumeArgs, key: K): Omit<EnsureVolumeArgs, K> {
  const { [key]: _, ...rest } = args;
  return rest;
}

export const SERVICE_CASES: readonly CaseBody[] = [
  {
    id: '04-tiering-policy',
    title: "a volume has the tiering policy of its pool's that was asked for, and another is a conflict",
    run: async (f) => {
      const pool = await offering(f, 'tiering policies', ({ tieringPolicies = [] }) => tieringPolicies.length > 0);
      const [policy, ...more] = pool.tieringPolicies!;
      const provisioning = policy!.provisioning[0]!;
      const others = more
        .filter((other) => other.provisioning.includes(provisioning))
        .map(({ name }) => ({ tieringPolicy: name }));
      await given(f, { pool: pool.nativeId, provisioning, tieringPolicy: policy!.name }, others);
    },
  },
  {
    id: '04-io-limits',
    title: 'a volume has the limits of I/O that were asked for, and others are a conflict',
    run: async (f) => {
      const pool = await offering(f, 'limits of I/O', ({ ioLimits }) => ioLimits === true);
      const where = { pool: pool.nativeId, provisioning: pool.provisioning[0]! };
      await given(f, { ...where, ioLimits: LIMITED }, [
        { ioLimits: { ...LIMITED, iops: LIMITED.iops + 1 } },
        { ioLimits: { iops: LIMITED.iops } },
      ]);
      await given(f, { ...where, ioLimits: { iops: LIMITED.iops } }, [{ ioLimits: LIMITED }]);
    },
  },
  {
    id: '04-service-missing',
    title: 'a volume with a service is not taken for one without',
    run: async (f) => {
      const pool = await offering(f, 'limits of I/O', ({ ioLimits }) => ioLimits === true);
      const { args } = await f.makeVolume({
        pool: pool.nativeId,
        provisioning: pool.provisioning[0]!,
        ioLimits: LIMITED,
      });
      const before = await f.inventory();
      await f.refused(f.array.ensureVolume(f.ctx(), without(args, 'ioLimits')), 'conflict');
      await unchanged(f, before);
    },
  },
  {
    id: '04-service-not-offered',
    title: 'what the pool does not offer is refused and nothing is made',
    run: async (f) => {
      const before = await f.inventory();
      const args = await f.volumeArgs();
      await f.refused(f.array.ensureVolume(f.ctx(), { ...args, tieringPolicy: 'conf-no-such-policy' }), 'invalid');
      const limitless = before.pools.find((pool) => pool.usable && pool.ioLimits !== true);
      if (limitless) {
        const there = { pool: limitless.nativeId, provisioning: limitless.provisioning[0]! };
        const limited = await f.volumeArgs({ ...there, ioLimits: LIMITED });
        await f.refused(f.array.ensureVolume(f.ctx(), limited), 'invalid');
      }
      await unchanged(f, before);
    },
  },
];
