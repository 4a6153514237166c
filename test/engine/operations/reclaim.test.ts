import { describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { askBounded } from '../../../src/engine/operations/bounded.ts';
import type { ReclaimItem } from '../../../src/engine/operations/reclaim-types.ts';
import type { InputOf, ResultOf } from '../../../src/engine/operations/types.ts';
import { exportState, importState } from '../../../src/engine/state/transfer.ts';
import type { Bounds } from '../../../src/engine/tenancy/bounds.ts';
import { createEstate, DAY_MS, type Estate, GIB, TIB } from '../planner/estate.ts';
import { infrastructure, iqn, stack } from '../planner/texts.ts';

const HOUR_MS = 3_600_000;
const INFRASTRUCTURE = infrastructure({ more: '  q: {}' }).replace(
  'provisioning: thin,',
  'provisioning: thin, multiVolumeConsistency: true,',
);

const report = (estate: Estate, input: InputOf<'reclaim.report'> = {}) => estate.run('reclaim.report', input);

async function itemOf(estate: Estate, address: string, input: InputOf<'reclaim.report'> = {}): Promise<ReclaimItem> {
  const { items } = await report(estate, input);
  const found = items.filter((item) => item.address === address);
  expect(found, address).toHaveLength(1);
  return found[0]!;
}
const addresses = async (estate: Estate, input: InputOf<'reclaim.report'> = {}) =>
  (await report(estate, input)).items.map(({ address }) => address).sort();
const reasonsOf = ({ reasons }: ReclaimItem) => reasons.map(({ reason }) => reason);

describe('volumes', () => {
  it('that are mapped to nobody are told with their size, since when, and how they would be removed', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const shown = 'host: h1, volumes: [a]';
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: null, b: 'size: 20GiB' }, exports: { e: shown } })]);
    estate.edit({ edit: 'login', initiator: iqn('h1') });
    await estate.run('discover', {});
    const { items, total, systems } = await report(estate);
    expect(items).toEqual([
      {
        address: 's/volume.b',
        kind: 'volume',
        urn: expect.stringMatching(/^urn:storageos:Volume:/),
        by: 'anna',
        tenant: 'root',
        project: 'p',
        system: 'array-1',
        pool: 'fast',
        createdAtMs: expect.any(Number),
        sizeBytes: 20 * GIB,
        subscribedBytes: 20 * GIB,
        allocatedBytes: 0,
        reasons: [{ reason: 'unmapped', sinceMs: items[0]!.createdAtMs, observedAtMs: systems[0]!.observedAtMs }],
        neededBy: [],
        neededByCount: 0,
        remove: ['take volume.b out of s.yaml, then coprhd apply, with all files of stack s and --confirm-destroy=1'],
      },
    ]);
    expect(total).toEqual({ objects: 1, subscribedBytes: 20 * GIB, allocatedBytes: 0, allocatedUnknown: 0 });
  });

  it('are unmapped since their last mapping ended; what is not remembered is so for longer', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const volumes = { a: null };
    await estate.applied([INFRASTRUCTURE, stack({ volumes, exports: { e: 'host: h1, volumes: [a]' } })]);
    estate.clock.advance(DAY_MS);
    expect(await addresses(estate, { reasons: ['unmapped'] })).toEqual([]);
    await estate.applied([stack({ volumes })], { attestOffline: 'anna' });
    const endedMs = estate.clock.nowMs();
    estate.clock.advance(3 * DAY_MS);
    const [reason] = (await itemOf(estate, 's/volume.a')).reasons;
    expect(reason).toMatchObject({ reason: 'unmapped' });
    expect(Math.abs(reason!.sinceMs! - endedMs)).toBeLessThan(HOUR_MS);
    expect(await addresses(estate, { olderThanMs: 4 * DAY_MS })).toEqual([]);
    expect(await addresses(estate, { olderThanMs: 2 * DAY_MS })).toEqual(['s/volume.a']);
    estate.clock.advance(10 * DAY_MS);
    await estate.applied([stack({ volumes, more: '# swept' }), stack({ stack: 't', volumes: { c: null } })]);
    const [later] = (await itemOf(estate, 's/volume.a')).reasons;
    expect(later).toMatchObject({ orBefore: true, sinceMs: estate.clock.nowMs() - 7 * DAY_MS });
    expect(await addresses(estate, { olderThanMs: 90 * DAY_MS })).toEqual(['s/volume.a']);
  });

  it('that somebody else maps by hand are not unmapped', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: null } })]);
    estate.wrap = (driver) => ({
      ...driver,
      listVolumes: async (ctx, page) => {
        const found = await driver.listVolumes(ctx, page);
        return { ...found, items: found.items.map((each) => ({ ...each, mappedBy: ['theirs'] })) };
      },
    });
    expect(await addresses(estate)).toEqual(['s/volume.a']);
    await estate.run('discover', { whole: true });
    expect(await addresses(estate)).toEqual([]);
  });

  it('that nobody is logged in to are told with the age of the look, and what to unexport first', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const exports = { e: 'host: h1, volumes: [a]' };
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: null }, exports })]);
    await estate.run('discover', {});
    const lookedAtMs = (await report(estate)).systems[0]!.observedAtMs;
    estate.clock.advance(2 * DAY_MS);
    const item = await itemOf(estate, 's/volume.a');
    expect(item).toMatchObject({
      reasons: [{ reason: 'no-login', observedAtMs: lookedAtMs }],
      neededBy: [{ address: 's/export.e' }],
      remove: ['take a out of export.e in s.yaml', expect.stringContaining('take volume.a out of s.yaml')],
    });
    estate.edit({ edit: 'login', initiator: iqn('h1') });
    await estate.run('discover', {});
    expect(await addresses(estate)).toEqual([]);
  });

  it('of a storage system that was not seen lately have no logins to be missed', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const volumes = { a: null, b: null };
    await estate.applied([INFRASTRUCTURE, stack({ volumes, exports: { e: 'host: h1, volumes: [a]' } })]);
    for (const key of await estate.keys('o/storageSystem/')) {
      await estate.engine.store.txn({ success: [{ type: 'delete', key }] });
    }
    const found = await report(estate);
    expect(found).toMatchObject({
      outcome: 'ok',
      diagnostics: [{ code: 'COPRHD-DEVICE-009', severity: 'warning', fix: 'coprhd discover array-1' }],
      systems: [{ system: 'array-1' }],
      total: { objects: 1, allocatedUnknown: 1 },
    });
    expect(found.items.map(({ address }) => address)).toEqual(['s/volume.b']);
  });

  it('in quarantine say when they are purged, and what ends it early', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: null } })]);
    await estate.applied([stack({ volumes: {} })]);
    const item = await itemOf(estate, 's/volume.a');
    expect(reasonsOf(item)).toEqual(['quarantined']);
    expect(item.reasons[0]!.untilMs! - item.reasons[0]!.sinceMs!).toBe(7 * DAY_MS);
    expect(item.remove).toEqual(['coprhd purge s/volume.a --confirm-destroy=1']);
    await estate.run('undelete', { address: 's/volume.a' });
  });

  it('that were given up and are still there, and orphans, are told as long as that is known', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: 'onRemove: retain' } })]);
    const { document } = await exportState(estate.engine.store);
    await estate.applied([stack({ volumes: { b: null } })]);
    await estate.run('discover', {});
    expect(reasonsOf(await itemOf(estate, 's/volume.a'))).toEqual(['retained']);
    const { installation } = await importState(estate.engine.store, document, { replace: true });
    estate.setEpoch(installation.epoch);
    await estate.run('discover', {});
    const orphans = (await report(estate, { reasons: ['orphan'] })).items;
    expect(orphans).toMatchObject([
      { kind: 'volume', system: 'array-1', sizeBytes: 10 * GIB, remove: ['coprhd orphans --system array-1'] },
    ]);
    expect(await addresses(estate, { reasons: ['orphan'], project: 'p' })).toEqual([]);
  });
});

describe('snapshots and full copies', () => {
  const more = 'snapshots: { before: { volume: a, protect: false, onRemove: delete } }';
  const volumes = { a: null, copy: 'copyOf: a' };
  const exports = { e: 'host: h1, volumes: [a]' };

  async function withCopies(): Promise<Estate> {
    const estate = await createEstate({ poolBytes: TIB });
    await estate.applied([INFRASTRUCTURE, stack({ volumes, more, exports })]);
    estate.edit({ edit: 'login', initiator: iqn('h1') });
    await estate.run('discover', {});
    return estate;
  }

  it('are old after 30 days, or the age that is asked for', async () => {
    const estate = await withCopies();
    estate.clock.advance(29 * DAY_MS);
    expect(await addresses(estate)).toEqual([]);
    expect(await addresses(estate, { olderThanMs: 7 * DAY_MS })).toEqual(['s/snapshot.before', 's/volume.copy']);
    estate.clock.advance(2 * DAY_MS);
    expect(await addresses(estate)).toEqual(['s/snapshot.before', 's/volume.copy']);
    expect(reasonsOf(await itemOf(estate, 's/volume.copy'))).toEqual(['old-copy']);
    const snapshot = await itemOf(estate, 's/snapshot.before');
    expect(snapshot).toMatchObject({ kind: 'snapshot', sizeBytes: 10 * GIB, subscribedBytes: 2 * GIB });
    expect(await addresses(estate, { olderThanMs: 90 * DAY_MS })).toEqual([]);
  });

  it('a copy that is detached is a volume: it is not old, but mapped to nobody', async () => {
    const estate = await withCopies();
    estate.clock.advance(31 * DAY_MS);
    const copy = (await estate.record('volume', 'copy')) as { record: ResourceRecord<'volume'>; revision: number };
    await estate.put({ ...copy.record, spec: { ...copy.record.spec, detached: true } }, copy);
    expect(reasonsOf(await itemOf(estate, 's/volume.copy'))).toEqual(['unmapped']);
  });

  it('beyond what their policy keeps are for its next run; those within it are never old', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const policies = (keep: number) =>
      `${INFRASTRUCTURE}\nsnapshotPolicies: { nightly: { every: 1d, keep: ${keep} } }\n`;
    const text = stack({ volumes: { a: 'snapshotPolicy: nightly' }, exports });
    await estate.applied([policies(3), text]);
    for (let day = 0; day < 3; day++) {
      estate.clock.advance(DAY_MS);
      await estate.run('snapshot.run', {});
    }
    estate.clock.advance(60 * DAY_MS);
    const snapshots = () => report(estate, { reasons: ['beyond-policy', 'old-snapshot'] });
    expect((await snapshots()).items).toEqual([]);
    await estate.applied([policies(1), text]);
    const { items } = await snapshots();
    expect(items).toHaveLength(2);
    for (const item of items) {
      expect(item.reasons[0]).toMatchObject({ policy: 'nightly', detail: 'policy nightly keeps the newest 1' });
      expect(item.remove).toEqual(['coprhd snapshot run nightly']);
    }
    await estate.applied([policies(1), stack({ volumes: { a: null }, exports })]);
    const gone = (await snapshots()).items;
    expect(gone).toHaveLength(3);
    expect(gone[0]!.remove).toEqual([
      expect.stringMatching(/^coprhd snapshot delete snapshot\.\S+ --confirm-destroy=1$/),
    ]);
  });
});

describe('a report', () => {
  it('counts what has several reasons once, and shows all of them, by whose it is and the largest first', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const texts = [
      INFRASTRUCTURE,
      stack({ volumes: { a: null, small: 'size: 1GiB', large: 'size: 100GiB, virtualPool: thick' } }),
      stack({ stack: 't', volumes: { c: 'size: 2GiB, virtualPool: thick' } }).replace('project: p', 'project: q'),
      stack({
        stack: 'u',
        volumes: { source: null, copy: 'copyOf: source' },
        exports: { e: 'host: h1, volumes: [copy]' },
      }),
    ];
    await estate.applied(texts);
    await estate.run('discover', {});
    estate.clock.advance(31 * DAY_MS);
    const { items, owners, total } = await report(estate);
    const copy = items.find(({ address }) => address === 'u/volume.copy')!;
    expect(reasonsOf(copy)).toEqual(['no-login', 'old-copy']);
    expect(new Set(items.map(({ urn }) => urn)).size).toBe(items.length);
    expect(items[0]?.address).toBe('s/volume.large');
    expect(total.subscribedBytes).toBe(items.reduce((sum, { subscribedBytes }) => sum + subscribedBytes, 0));
    expect(owners.map(({ project, by }) => [project, by])).toEqual([
      ['p', 'anna'],
      ['q', 'anna'],
    ]);
    expect(owners.reduce((sum, each) => sum + each.subscribedBytes, 0)).toBe(total.subscribedBytes);
    expect(await addresses(estate, { project: 'q' })).toEqual(['t/volume.c']);
    expect(await addresses(estate, { reasons: ['old-copy'] })).toEqual(['u/volume.copy']);
    expect(reasonsOf(await itemOf(estate, 'u/volume.copy', { reasons: ['old-copy'] }))).toEqual([
      'no-login',
      'old-copy',
    ]);
    expect((await itemOf(estate, 'u/volume.source')).neededBy).toMatchObject([{ address: 'u/volume.copy' }]);
    await expect(report(estate, { project: 'nope' })).rejects.toMatchObject({
      diagnostics: [{ code: 'COPRHD-STATE-005' }],
    });
  });

  it('is of one storage system where that is asked for, looks at none, and writes nothing', async () => {
    const estate = await createEstate({ arrays: [{}, {}], poolBytes: 100 * GIB });
    await estate.applied([
      infrastructure({ arrays: ['array-1', 'array-2'] }),
      stack({ volumes: { a: 'placement: { require: ["array-1/*"] }', b: 'placement: { require: ["array-2/*"] }' } }),
    ]);
    for (const name of ['sim-1', 'sim-2']) estate.takeDown(name);
    const before = await estate.revision();
    expect(await addresses(estate)).toEqual(['s/volume.a', 's/volume.b']);
    expect(await addresses(estate, { system: 'array-2' })).toEqual(['s/volume.b']);
    expect(await estate.revision()).toBe(before);
  });

  it('shows somebody of a tenant what is its own, and sums up only that', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const theirs = (user: string) =>
      `  theirs: { tenant: other, acl: [{ user: ${user}, privilege: ALL }] }\n  hidden: { tenant: other }`;
    const volume = (name: string) => stack({ stack: name, volumes: { [name]: null } });
    await estate.applied([
      infrastructure({ more: theirs('bob') }).replace(
        'projects:',
        'tenants: { other: { use: { virtualArrays: [dc1], virtualPools: [gold] } } }\nprojects:',
      ),
      volume('a'),
      volume('x').replace('project: p', 'project: theirs'),
      volume('y').replace('project: p', 'project: hidden'),
    ]);
    const tenant = (await estate.record('tenant', 'other')).record.urn;
    const ask = ((name: 'reclaim.report', input: object) => estate.run(name, input)) as never;
    const asked = (user: string, roles: Bounds['roles'], input: InputOf<'reclaim.report'> = {}) => {
      const bounds = { user, groups: [], tenant, roles };
      return askBounded(estate.engine, bounds, { name: 'reclaim.report', input, ask });
    };
    const shown = ({ items, owners, total }: ResultOf<'reclaim.report'>) => [
      items.map(({ address }) => address).sort(),
      owners.map(({ project }) => project).sort(),
      total.objects,
    ];
    expect(shown(await report(estate))).toEqual([
      ['a/volume.a', 'x/volume.x', 'y/volume.y'],
      ['hidden', 'p', 'theirs'],
      3,
    ]);
    expect(shown(await asked('tina', ['TENANT_ADMIN']))).toEqual([
      ['x/volume.x', 'y/volume.y'],
      ['hidden', 'theirs'],
      2,
    ]);
    expect(shown(await asked('bob', []))).toEqual([['x/volume.x'], ['theirs'], 1]);
    expect(shown(await asked('eve', []))).toEqual([[], [], 0]);
    expect(shown(await asked('bob', [], { project: 'theirs' }))).toEqual([['x/volume.x'], ['theirs'], 1]);
    // Of what is another's nobody hears: not even that there is something of that name.
    for (const project of ['p', 'hidden', 'project.hidden', 'nope']) {
      await expect(asked('bob', [], { project })).rejects.toMatchObject({
        diagnostics: [{ code: 'COPRHD-STATE-005', summary: `there is no project ${project}` }],
      });
    }
  });
});
