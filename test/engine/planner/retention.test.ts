/** Snapshot policies: what is due, what expires, over days and crashes. */
import { describe, expect, it } from 'vitest';
import { momentOf } from '../../../src/engine/planner/retention.ts';
import { codes, createEstate, DAY_MS, type Estate, lines, TIB } from './estate.ts';
import { infrastructure, stack } from './texts.ts';

const HOUR_MS = 3_600_000;
const POLICIES = 'snapshotPolicies: { hourly: { every: 1h, keep: 24 }, nightly: { every: 1d, at: "02:00", keep: 7 } }';
const INFRASTRUCTURE = `${infrastructure().replace('provisioning: thin,', 'provisioning: thin, multiVolumeConsistency: true,')}\n${POLICIES}\n`;
const STACK = stack({
  volumes: { a: 'snapshotPolicy: hourly', b: 'consistencyGroup: cg', c: 'consistencyGroup: cg' },
  more: 'consistencyGroups: { cg: { snapshotPolicy: nightly } }',
});

async function estateWith(seed = 1): Promise<Estate> {
  const estate = await createEstate({ poolBytes: TIB, seed });
  await estate.applied([INFRASTRUCTURE, STACK]);
  return estate;
}

async function snapshotsOf(estate: Estate, name: string): Promise<number[]> {
  const volume = (await estate.record('volume', name)).record.urn;
  return (await estate.records('snapshot'))
    .filter(({ record }) => record.status.phase !== 'deleted' && record.spec.volume === volume)
    .map(({ record }) => record.spec.policy!.momentMs)
    .sort((x, y) => x - y);
}

describe('the moments of a policy', () => {
  it('are the same whenever one asks', () => {
    const nightly = { everyMs: DAY_MS, atMs: 2 * HOUR_MS };
    const at = Date.UTC(2026, 0, 5, 2);
    expect(momentOf(nightly, at)).toBe(at);
    expect(momentOf(nightly, at + DAY_MS - 1)).toBe(at);
    expect(momentOf(nightly, at - 1)).toBe(at - DAY_MS);
  });

  it('are at the same times each day, and not too many', async () => {
    const estate = await createEstate();
    const wrong = (policy: string) => estate.plan(infrastructure({ more: `snapshotPolicies: { p: { ${policy} } }` }));
    expect(codes(await wrong('every: 7h, keep: 3'))).toEqual(['COPRHD-CONFIG-004']);
    expect(codes(await wrong('every: 10s, keep: 3'))).toEqual(['COPRHD-CONFIG-004']);
    expect(codes(await wrong('every: 1h, at: "25:00", keep: 3'))).toEqual(['COPRHD-CONFIG-004']);
    expect(codes(await wrong('every: 1h, keep: 0'))).not.toEqual([]);
  });
});

describe('a run', () => {
  it('takes one a moment and volume, of a group at one moment, and nothing the second time', async () => {
    const estate = await estateWith();
    // Younger than any moment.
    expect(await estate.run('snapshot.run', {})).toMatchObject({ outcome: 'ok', taken: 0, expired: 0 });
    estate.clock.advance(DAY_MS);
    expect(await estate.run('snapshot.run', { dryRun: true })).toMatchObject({ taken: 3, units: [] });
    const first = await estate.run('snapshot.run', {});
    expect(first).toMatchObject({ outcome: 'ok', taken: 3, expired: 0, held: 0 });
    const group = first.plan!.units.find(({ writes }) => writes.length === 2);
    expect(group?.steps).toHaveLength(1);
    expect(await estate.run('snapshot.run', {})).toMatchObject({ outcome: 'ok', taken: 0, expired: 0, units: [] });
    const { resources } = await estate.run('resource.list', { kind: 'snapshot' });
    const shown = await estate.run('show', { address: resources.find(({ of }) => of === 's/volume.a')!.address });
    const momentMs = (await snapshotsOf(estate, 'a'))[0];
    expect(shown.resources[0]!.attributes).toMatchObject({ policy: 'hourly', policyMomentAtMs: momentMs });
    // The stack is none the wiser.
    expect(lines(await estate.planned([INFRASTRUCTURE, STACK]))).toEqual([]);
  });

  it('finds nothing to do for however many volumes', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const names = Array.from({ length: 80 }, (_, index) => [`v${index}`, 'snapshotPolicy: hourly']);
    await estate.applied([INFRASTRUCTURE, stack({ volumes: Object.fromEntries(names) })]);
    estate.clock.advance(HOUR_MS);
    expect(await estate.run('snapshot.run', {})).toMatchObject({ outcome: 'ok', taken: 80 });
    expect(await estate.run('snapshot.run', {})).toMatchObject({ outcome: 'ok', taken: 0, expired: 0, units: [] });
  });

  it('makes a set of a group that has the policy, and none of volumes that have it each', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const volumes = {
      a: 'snapshotPolicy: hourly, consistencyGroup: cg',
      b: 'snapshotPolicy: hourly, consistencyGroup: cg',
      c: 'consistencyGroup: grouped',
      d: 'consistencyGroup: grouped',
    };
    const more = 'consistencyGroups: { cg: {}, grouped: { snapshotPolicy: hourly } }';
    await estate.applied([INFRASTRUCTURE, stack({ volumes, more })]);
    estate.clock.advance(HOUR_MS);
    expect(await estate.run('snapshot.run', {})).toMatchObject({ outcome: 'ok', taken: 4 });
    const sets = (await estate.records('snapshot')).map(
      ({ record }) => `${record.name[0]} ${record.spec.set.slice(0, 8)}`,
    );
    expect(sets.sort()).toEqual(['a a-hourly', 'b b-hourly', 'c hourly-2', 'd hourly-2']);
  });

  it('holds what can not be done, does the rest, and comes back to it', async () => {
    const estate = await estateWith();
    estate.clock.advance(DAY_MS);
    const seen = estate.show().volumes.find(({ name }) => /^a-/.test(name))!;
    estate.edit({ edit: 'tag-volume', volume: seen.name, tag: 'somebody' });
    expect(await estate.run('snapshot.run', {})).toMatchObject({ outcome: 'held', taken: 2, held: 1 });
    estate.edit({ edit: 'tag-volume', volume: seen.name, tag: seen.tag! });
    expect(await estate.run('snapshot.run', {})).toMatchObject({ outcome: 'ok', taken: 1, held: 0 });
  });

  it('removes what is more than it keeps only once the one that is due was taken', async () => {
    const estate = await estateWith();
    await estate.applied([INFRASTRUCTURE.replace('keep: 24', 'keep: 1'), STACK]);
    estate.clock.advance(HOUR_MS);
    await estate.run('snapshot.run', {});
    const before = await snapshotsOf(estate, 'a');
    expect(before).toHaveLength(1);
    estate.clock.advance(HOUR_MS);
    estate.fault({ operation: 'ensureSnapshots', before: 'invalid', match: '"name":"a-' });
    expect(await estate.run('snapshot.run', {})).toMatchObject({ outcome: 'partial' });
    expect(await snapshotsOf(estate, 'a')).toEqual(before);
    estate.clearFaults();
    expect(await estate.run('snapshot.run', {})).toMatchObject({ outcome: 'ok', taken: 1, expired: 1 });
    expect(await snapshotsOf(estate, 'a')).toHaveLength(1);
  });

  it('keeps so many of the newest over 30 days, killed now and then, and neither loses nor doubles one', async () => {
    const estate = await estateWith(7);
    let kills = 0;
    let points = 0;
    for (let hour = 0; hour < 30 * 24; hour += 1) {
      estate.clock.advance(HOUR_MS);
      // Killed at another point each time; then somebody runs it again.
      if (hour % 20 === 3) {
        const at = 1 + ((hour / 20) | 0);
        points = 0;
        estate.crashPoint = () => {
          points += 1;
          if (points === at) throw new Error('killed');
        };
        const killed = await estate.run('snapshot.run', {}).then(
          () => false,
          () => true,
        );
        estate.crashPoint = undefined;
        if (killed) {
          kills += 1;
          estate.restart();
        }
      }
      // Not each hour: what passed meanwhile is not made up for.
      if (hour % 20 === 3 || hour % 6 === 0) {
        const run = await estate.run('snapshot.run', {});
        expect(run.outcome, JSON.stringify(run.diagnostics)).toBe('ok');
        const hourly = await snapshotsOf(estate, 'a');
        expect(new Set(hourly).size).toBe(hourly.length);
        expect(hourly.length).toBeLessThanOrEqual(24);
        if (estate.clock.nowMs() - hourly.at(-1)! >= HOUR_MS) expect(hour).toBeLessThan(2);
      }
    }
    expect(kills).toBeGreaterThan(20);
    expect(await snapshotsOf(estate, 'a')).toHaveLength(24);
    const [b, c] = [await snapshotsOf(estate, 'b'), await snapshotsOf(estate, 'c')];
    expect(b).toHaveLength(7);
    expect(c).toEqual(b);
    // On the device is what is recorded, and nothing else.
    const stored = estate.show().volumes.filter(({ snapshot }) => snapshot);
    expect(stored).toHaveLength(24 + 7 + 7);
    expect((await estate.run('drift', {})).items).toEqual([]);
    expect(await estate.keys('c/')).toEqual([]);
  });
});
