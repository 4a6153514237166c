/** Resources changed by name: what a file would say of them, with the change laid over it. */
import { describe, expect, it } from 'vitest';
import { codes, GIB, lines } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';
import { change, create, done, estateWith, poorest, remove, VOLUME, volumes } from './by-name.ts';

describe('a change by name', () => {
  it('grows the volume; the same again is no change, and less is refused', async () => {
    const estate = await estateWith();
    await create(estate, { kind: 'volume', project: 'p', resources: volumes('x') });
    await done(estate, await change(estate, 'volume.x', { set: { size: '20GiB' } }));
    expect(estate.show().volumes[0]?.sizeBytes).toBe(20 * GIB);
    const { record } = await estate.record('volume', 'x');
    expect([record.owner, record.sourceFile]).toEqual([{ type: 'api', user: 'anna' }, undefined]);
    const again = await change(estate, 'volume.x', { set: { size: '20GiB' } });
    expect([again.outcome, again.plan?.units]).toEqual(['ok', []]);
    expect(codes(await change(estate, 'x', { set: { size: '1GiB' } }))).toEqual(['COPRHD-PLAN-009']);
  });

  it('gives a volume another name, as long as nobody has it; on its array it stays what it was', async () => {
    const text = stack({ volumes: { declared: null } });
    const estate = await estateWith(text);
    await create(estate, { kind: 'volume', project: 'p', resources: volumes('old', 'other') });
    const before = await estate.record('volume', 'old');
    const planned = await change(estate, 'volume.old', { rename: 'new', set: { size: '20GiB' } });
    expect(planned.plan!.changes).toMatchObject([{ action: 'move', address: 'volume.new', movedFrom: 'volume.old' }]);
    await done(estate, planned);
    const { record } = await estate.record('volume', 'new');
    expect(record).toMatchObject({ urn: before.record.urn, spec: { sizeBytes: 20 * GIB } });
    expect(codes(await change(estate, 'volume.new', { rename: 'Other' }))).toEqual(['COPRHD-STATE-006']);
    expect(codes(await change(estate, 'volume.new', { rename: 'declared' }))).toEqual(['COPRHD-STATE-006']);
    expect((await change(estate, 'declared', { rename: 'mine' })).diagnostics).toMatchObject([
      { code: 'COPRHD-PLAN-009', fix: 'give it its new name there, with `movedFrom: volume.declared`, and apply it' },
    ]);
    expect(estate.show().volumes.some(({ name }) => name.startsWith('old-'))).toBe(true);
    // In another case it is the same name.
    await done(estate, await change(estate, 'volume.new', { rename: 'New' }));
    expect((await estate.record('volume', 'New')).record.name).toBe('New');
    await expect(change(estate, 'host.h1', { rename: 'h9' })).rejects.toThrow('not renamed by name');
  });

  it('adds and removes tags', async () => {
    const estate = await estateWith();
    await create(estate, { kind: 'volume', project: 'p', resources: volumes('x') });
    await done(estate, await change(estate, 'x', { add: { tags: ['archive', 'cheap'] } }));
    await done(estate, await change(estate, 'x', { remove: { tags: ['cheap'] } }));
    expect((await estate.record('volume', 'x')).record.tags).toEqual(['archive']);
  });

  it('lifts the protection, and the volume can go', async () => {
    const estate = await estateWith();
    const { protect: _, ...usual } = VOLUME;
    await create(estate, { kind: 'volume', project: 'p', resources: { x: usual } });
    const [held] = (await estate.run('resource.remove', { addresses: ['x'] })).plan?.changes ?? [];
    expect(held?.held?.diagnostic.fix).toBe('coprhd volume change volume.x --no-protect');
    await done(estate, await change(estate, 'x', { set: { protect: false } }));
    await remove(estate, ['x']);
    expect(estate.show().volumes).toEqual([]);
  });

  it('of a volume that a file declares is accepted, and the next plan of the file says who made it', async () => {
    const text = stack({ volumes: { a: null } });
    const estate = await estateWith(text);
    await done(estate, await change(estate, 'a', { set: { size: '20GiB' } }));
    expect(estate.show().volumes[0]?.sizeBytes).toBe(20 * GIB);
    const { record } = await estate.record('volume', 'a');
    expect(record).toMatchObject({
      owner: { type: 'stack', name: 's' },
      overriddenBy: { user: 'anna', previous: { sizeBytes: 10 * GIB } },
    });
    expect(record.overriddenBy?.previous).not.toHaveProperty('protect');
    const { plan: next } = await estate.plan([infrastructure(), text]);
    expect(next?.units).toEqual([]);
    expect(next?.changes.map(({ held }) => held?.diagnostic)).toMatchObject([
      {
        code: 'COPRHD-HELD-017',
        summary: expect.stringMatching(/^s\/volume.a was grown to 20 GiB by anna at /),
        fix: expect.stringMatching(/^to keep it write `size: 20GiB` in /),
      },
    ]);
    // Kept: the file says so now.
    const kept = stack({ volumes: { a: 'size: 20GiB' } });
    expect(lines(await estate.planned([infrastructure(), kept]))).toEqual([]);
    await estate.applied([infrastructure(), stack({ volumes: { a: 'size: 30GiB' } })]);
    expect((await estate.record('volume', 'a')).record.overriddenBy).toBeUndefined();
  });

  it('of what protects such a volume is reverted by the file, unless that says the same', async () => {
    const text = stack({ volumes: { a: null } });
    const estate = await estateWith(text);
    await done(estate, await change(estate, 'a', { set: { protect: true, tags: ['urgent'] } }));
    const { plan: next } = await estate.plan([infrastructure(), text]);
    expect(next?.changes[0]?.reason).toMatch(
      /^changed by anna at .*; to keep it write `protect: true, tags: \["urgent"\]` in .*, else it is reverted$/,
    );
    await done(estate, await change(estate, 'a', { set: { protect: false, tags: [] } }));
    expect((await estate.record('volume', 'a')).record.overriddenBy).toBeUndefined();
    expect(lines(await estate.planned([infrastructure(), text]))).toEqual([]);
  });

  it('of anything else that a file declares is left to the file', async () => {
    const estate = await estateWith(stack({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } }));
    for (const [address, patch, field] of [
      ['volume.a', { set: { virtualPool: 'other' } }, 'virtualPool'],
      ['export.e', { remove: { volumes: ['a'] } }, 'volumes'],
      ['host.h1', { add: { initiators: [] }, remove: { initiators: [] } }, 'initiators'],
    ] as const) {
      expect((await change(estate, address, patch)).diagnostics).toMatchObject([
        {
          code: 'COPRHD-PLAN-009',
          summary: expect.stringContaining('is declared in'),
          fix: `change \`${field}\` there and apply it`,
        },
      ]);
    }
  });

  it('shows more volumes by an export and fewer, and those that stay keep their numbers', async () => {
    const estate = await estateWith();
    await create(estate, { kind: 'volume', project: 'p', resources: volumes('x', 'y', 'z') });
    const body = { host: 'h1', volumes: [{ volume: 'x', hlu: 7 }, 'y'] };
    await create(estate, { kind: 'export', project: 'p', resources: { e: body } });
    const shown = () => estate.show().masks[0]?.mappings.map(({ hlu }) => hlu);
    expect(shown()).toEqual([1, 7]);
    await done(estate, await change(estate, 'export.e', { add: { volumes: [{ volume: 'z', hlu: 9 }] } }));
    expect(shown()).toEqual([1, 7, 9]);
    const mixed = { add: { volumes: ['x'] }, remove: { volumes: ['Y'] } };
    await done(estate, await change(estate, 'export.e', mixed));
    expect(shown()).toEqual([7, 9]);
    await expect(change(estate, 'export.e', { remove: { volumes: ['y'] } })).rejects.toThrow('y is not in the volumes');
    expect((await estate.record('export', 'e')).record.owner).toEqual({ type: 'api', user: 'anna' });
  });

  it('gives a host an initiator, which sees what the host sees, and takes one off', async () => {
    const estate = await estateWith();
    const initiator = (n: number) => ({ iqn: `iqn.2026-01.com.example:x${n}`, network: 'san' });
    await create(estate, { kind: 'host', resources: { x: { type: 'linux', initiators: [initiator(1)] } } });
    await create(estate, { kind: 'volume', project: 'p', resources: volumes('v') });
    await create(estate, { kind: 'export', project: 'p', resources: { e: { host: 'x', volumes: ['v'] } } });
    const admitted = () => [...(estate.show().masks[0]?.initiators ?? [])].sort();
    await done(estate, await change(estate, 'host.x', { add: { initiators: [initiator(2)] } }));
    expect(admitted()).toEqual([initiator(1).iqn, initiator(2).iqn]);
    await done(estate, await change(estate, 'host.x', { remove: { initiators: [initiator(1).iqn] } }));
    expect(admitted()).toEqual([initiator(2).iqn]);
    expect(await estate.run('resource.list', { kind: 'host' })).toMatchObject({
      resources: expect.arrayContaining([expect.objectContaining({ name: 'x', owner: 'anna' })]),
    });
  });

  it('of a cluster, a project, a tenant and a network keeps what it does not name', async () => {
    const estate = await estateWith();
    await create(estate, { kind: 'cluster', resources: { c: { hosts: ['h1'] } } });
    await done(estate, await change(estate, 'cluster.c', { add: { hosts: ['h2'] } }));
    const use = { virtualArrays: ['dc1'], virtualPools: ['gold'] };
    const quota = { capacity: '1TiB', virtualPools: { gold: '100GiB' } };
    await create(estate, { kind: 'tenant', resources: { t: { use, quota } } });
    await create(estate, { kind: 'project', resources: { q: { tenant: 't', volumesPerSystem: 3 } } });
    await done(estate, await change(estate, 'tenant.t', { set: { tags: ['x'] } }));
    await done(estate, await change(estate, 'project.q', { set: { quota: '50GiB' } }));
    await create(estate, { kind: 'network', resources: { n: { transport: 'ip', subnets: ['10.9.0.0/16'] } } });
    await done(estate, await change(estate, 'network.n', { add: { subnets: ['10.8.0.0/16'] } }));
    const spec = async (kind: 'tenant' | 'project' | 'network', name: string) =>
      (await estate.record(kind, name)).record.spec;
    expect(await spec('project', 'q')).toMatchObject({ quotaBytes: 50 * GIB, volumesPerSystem: 3 });
    expect(await spec('tenant', 't')).toMatchObject({ quota: { capacityBytes: 1024 * GIB } });
    expect(await spec('network', 'n')).toMatchObject({ subnets: ['10.9.0.0/16', '10.8.0.0/16'] });
    expect((await estate.planned([infrastructure()])).units).toEqual([]);
  });

  it('of a virtual pool leaves all that it does not name as it is', async () => {
    const estate = await estateWith();
    const body = {
      type: 'block',
      protocols: ['iscsi'],
      provisioning: 'thin',
      driveType: 'ssd',
      raidLevels: ['raid5', 'raid6'],
      systemTypes: ['simulator'],
      paths: { min: 1, max: 4, perInitiator: 2, acrossHaDomains: 2 },
      limits: { utilisation: '70%', subscription: '333%' },
      quota: '7TiB',
      thinPreAllocation: '7%',
      multiVolumeConsistency: true,
      allocation: 'pack',
      arrayAffinity: true,
      compression: true,
      hostIoLimits: { iops: 500, bandwidth: '200MiB' },
      expandable: false,
      pools: ['sim-1/*'],
      virtualArrays: ['dc1'],
    };
    await create(estate, { kind: 'virtualPool', resources: { rich: body, plain: { ...poorest } } });
    for (const name of ['rich', 'plain']) {
      const before = (await estate.record('virtualPool', name)).record;
      await done(estate, await change(estate, `virtualPool.${name}`, { set: { tags: ['seen'] } }));
      const after = (await estate.record('virtualPool', name)).record;
      expect(after.spec).toEqual(before.spec);
      expect(after.tags).toEqual(['seen']);
    }
    await create(estate, { kind: 'virtualArray', resources: { dc9: { autoSanZoning: false } } });
    await done(estate, await change(estate, 'virtualArray.dc9', { add: { networks: ['san'] } }));
    expect((await estate.record('virtualArray', 'dc9')).record.spec).toEqual({ autoSanZoning: false });
    await done(estate, await change(estate, 'virtualPool.rich', { add: { virtualArrays: ['dc9'] } }));
    expect((await estate.run('show', { address: 'virtualPool.rich' })).resources[0]?.attributes).toMatchObject({
      virtualArrays: ['dc1', 'dc9'],
    });
  });

  it('is of one kind and project at once, and of what can be declared so', async () => {
    const estate = await estateWith();
    await create(estate, { kind: 'volume', project: 'p', resources: volumes('x', 'y') });
    const several = estate.run('resource.change', { addresses: ['x', 'y'], set: { tags: ['t1'] } });
    await done(estate, await several);
    expect((await estate.record('volume', 'y')).record.tags).toEqual(['t1']);
    const mixed = estate.run('resource.change', { addresses: ['x', 'host.h1'], set: { tags: ['t1'] } });
    await expect(mixed).rejects.toThrow('2 kinds');
    await expect(change(estate, 'x', { set: { sise: '1GiB' } })).resolves.toMatchObject({
      diagnostics: [{ code: 'COPRHD-CONFIG-002' }],
    });
  });
});
