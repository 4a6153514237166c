import { describe, expect, it } from 'vitest';
import { pools, ports } from '../../../drivers/simulator/objects.ts';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import { OperationError } from '../../../src/lib/diagnostic.ts';
import { createEstate, type Estate, GIB, lines } from '../planner/estate.ts';
import { infrastructure, iqn, sourceOf, stack } from '../planner/texts.ts';

const INFRASTRUCTURE = infrastructure();
const PLAN = [INFRASTRUCTURE, stack({ volumes: { a: null, b: null }, exports: { e: 'host: h1, volumes: [a]' } })];

describe('looking', () => {
  it('writes nothing: plan, validate, drift, explain, show, destroy, import and device review', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    estate.edit({ edit: 'add-volume', name: 'theirs', pool: 'fast', sizeBytes: GIB, provisioning: 'thin' });
    const before = [await estate.revision(), estate.changes.length];
    await estate.plan([INFRASTRUCTURE, stack({ volumes: { a: 'size: 20GiB', c: null } })]);
    await estate.run('validate', sourceOf(PLAN));
    await estate.run('drift', {});
    await estate.run('explain', { address: 's/volume.a' });
    await estate.run('show', {});
    await estate.run('destroy', { stacks: ['s'] });
    await estate.run('device.review', { name: 'array-1' });
    const volumes = estate.array().handle({ operation: 'listVolumes', args: {}, nowMs: 0 });
    const theirs = volumes.ok ? volumes.value.items.find(({ name }) => name === 'theirs') : undefined;
    const wanted = { address: 's/volume.t', system: 'array-1', nativeId: theirs!.nativeId };
    const imported = await estate.run('import', { ...wanted, project: 'p', virtualPool: 'gold', virtualArray: 'dc1' });
    expect(lines(imported.plan!)).toEqual(['adopt s/volume.t']);
    await estate.run('device.list', {});
    expect([await estate.revision(), estate.changes.length]).toEqual(before);
  });

  it('drift names what differs, and tells it from what is foreign', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    expect(await estate.run('drift', {})).toMatchObject({ outcome: 'ok', items: [] });
    estate.edit({ edit: 'add-volume', name: 'theirs', pool: 'fast', sizeBytes: GIB, provisioning: 'thin' });
    const foreign = await estate.run('drift', {});
    expect([foreign.outcome, foreign.items.map((item) => item.class)]).toEqual(['ok', ['foreign']]);
    estate.edit({ edit: 'delete-volume', volume: (await estate.record('volume', 'b')).record.status.device!.nativeId });
    const missing = await estate.run('drift', { system: 'array-1' });
    expect([missing.outcome, missing.items.map((item) => item.class).sort()]).toEqual([
      'changes',
      ['foreign', 'missing'],
    ]);
  });

  it('drift of a part is the drift of what the patterns name, and they must name something', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    const gone = (await estate.record('volume', 'b')).record.status.device!.nativeId;
    estate.edit({ edit: 'delete-volume', volume: gone });
    const outcome = async (part: { targets?: string[]; excludes?: string[] }) =>
      (await estate.run('drift', part)).outcome;
    expect(await outcome({ targets: ['s/volume.a'] })).toBe('ok');
    expect(await outcome({ targets: ['volume.?'] })).toBe('changes');
    expect(await outcome({ excludes: ['volume.b'] })).toBe('ok');
    await expect(estate.run('drift', { targets: ['s/volumes.b'] })).rejects.toMatchObject({
      diagnostics: [{ code: 'COPRHD-PLAN-010', fix: 'did you mean s/volume.b?' }],
    });
  });

  it('of a device that is down is told in words', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    estate.takeDown(
      'sim-1',
      new DriverError({ class: 'transient', message: 'connection refused', hint: 'is it running?' }),
    );
    const drift = await estate.run('drift', {});
    expect(drift.diagnostics).toMatchObject([
      {
        code: 'COPRHD-DEVICE-001',
        summary: 'storage system array-1 is unreachable: connection refused (is it running?)',
      },
    ]);
    expect(drift.outcome).toBe('error');
    expect((await estate.run('discover', {})).outcome).toBe('error');
    const input = {
      address: 's/volume.x',
      system: 'array-1',
      nativeId: 'vol-9',
      project: 'p',
      virtualPool: 'gold',
      virtualArray: 'dc1',
    };
    for (const work of [estate.run('import', input), estate.run('device.review', { name: 'array-1' })]) {
      const error = await work.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OperationError);
      expect((error as OperationError).diagnostics).toMatchObject([{ code: 'COPRHD-DEVICE-001' }]);
      expect((error as OperationError).diagnostics[0]?.summary).toContain('connection refused');
    }
  });

  it('at names that are not there suggests the nearest', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    for (const work of [
      estate.run('drift', { system: 'arry-1' }),
      estate.run('state.show', { address: 'storageSystem.arry-1' }),
      estate.run('explain', { address: 'volume.aa' }),
      estate.run('destroy', { stacks: ['nope'] }),
    ]) {
      const error = await work.catch((thrown: unknown) => thrown);
      expect((error as OperationError).diagnostics).toMatchObject([{ code: 'COPRHD-STATE-005' }]);
    }
  });
});

describe('discover', () => {
  const names = async (estate: Estate) => (await estate.records('pool')).map(({ record }) => record.name).sort();
  const addPool = (estate: Estate, name: string) => {
    const { kv } = estate.array();
    pools.put(kv, name, { ...pools.need(kv, 'fast'), name, volumes: 0, subscribedBytes: 0 });
  };

  it('records new pools, also one whose name differs only in case, and makes nothing of known ones', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    const before = await estate.revision();
    expect((await estate.run('discover', {})).outcome).toBe('ok');
    addPool(estate, 'FAST');
    addPool(estate, 'new');
    const found = await estate.run('discover', { systems: ['array-1'] });
    expect([found.outcome, found.diagnostics]).toEqual(['ok', []]);
    expect(await names(estate)).toEqual(['FAST', 'fast', 'new', 'slow']);
    expect(await estate.revision()).toBeGreaterThan(before);
    await estate.run('discover', {});
    expect((await estate.records('pool')).length).toBe(4);
    await estate.applied([
      infrastructure({ pools: ['FAST'] }),
      stack({ volumes: { a: null, b: null, c: null }, exports: { e: 'host: h1, volumes: [a]' } }),
    ]);
    const { record } = await estate.record('volume', 'c');
    expect(
      (await estate.records('pool')).find(({ record: { urn } }) => urn === record.status.device?.pool)?.record.name,
    ).toBe('FAST');
  });

  it('follows a port that moved to another address', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    const { kv } = estate.array();
    ports.put(kv, 'SP-A1', { ...ports.need(kv, 'SP-A1'), address: '10.0.9.9:3260' });
    await estate.run('discover', {});
    expect((await estate.record('port', 'SP-A1')).record.spec.address).toBe('10.0.9.9:3260');
    expect((await estate.records('port')).length).toBe(4);
  });

  it('keeps what it saw, in blobs of which only the changed are replaced', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    await estate.run('discover', {});
    const blobs = await estate.keys('b/');
    expect(blobs.length).toBe(4);
    expect((await estate.keys('o/storageSystem/')).length).toBe(1);
    await estate.run('discover', {});
    expect(await estate.keys('b/')).toEqual(blobs);
    estate.edit({ edit: 'add-volume', name: 'theirs', pool: 'fast', sizeBytes: GIB, provisioning: 'thin' });
    await estate.run('discover', {});
    const after = await estate.keys('b/');
    expect(after.length).toBe(4);
    expect(after.filter((key) => blobs.includes(key)).length).toBe(3);
  });

  it('keeps nothing of what it could not read whole', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    estate.fault({ operation: 'listVolumes', partial: true });
    const before = await estate.revision();
    const { outcome, diagnostics } = await estate.run('discover', {});
    expect([outcome, diagnostics.map(({ code }) => code)]).toEqual(['error', ['COPRHD-HELD-008']]);
    expect(await estate.revision()).toBe(before);
  });
});

describe('explain', () => {
  it('says where a volume is, and where a new one would go, with every pool that was refused', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    const { explanation } = await estate.run('explain', { address: 's/volume.a' });
    expect(explanation?.lines[0]).toBe('asks for 10 GiB thin in virtual pool gold, virtual array dc1');
    expect(explanation?.lines[1]).toContain('is on array-1/fast');
    expect(explanation?.rejections.map(({ poolName, filter }) => [poolName, filter])).toEqual([
      ['array-1/slow', 'managed'],
    ]);
    const source = sourceOf([INFRASTRUCTURE, stack({ volumes: { z: 'size: 200TiB' } })]);
    const fresh = await estate.run('explain', { address: 'volume.z', source });
    expect(fresh.explanation?.lines).toContain('no pool fits');
    expect(fresh.explanation?.rejections.map(({ filter }) => filter).sort()).toEqual(['managed', 'volume-size']);
  });
});

describe('device add', () => {
  it('registers a system with its pools and ports, owned by the caller, and drops nothing', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    const input = {
      name: 'array-9',
      driver: 'simulator',
      configuration: { directory: '/arrays', array: 'sim-2' },
      mode: 'manage' as const,
      pools: ['fast'],
    };
    const { plan } = await estate.run('device.add', input);
    expect(lines(plan!)).toEqual(['create storageSystem.array-9']);
    await estate.run('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0 });
    expect((await estate.record('storageSystem', 'array-9')).record.owner).toEqual({ type: 'api', user: 'anna' });
    expect(lines(await estate.planned(PLAN))).toEqual([]);
    const { devices } = await estate.run('device.list', {});
    expect(devices.map(({ name, effectiveMode, pools }) => [name, effectiveMode, pools.length])).toEqual([
      ['array-1', 'manage', 2],
      ['array-9', 'manage', 2],
    ]);
    const twice = await estate.run('device.add', { ...input, name: 'again' });
    expect([twice.outcome, twice.diagnostics.map(({ code }) => code)]).toEqual(['error', ['COPRHD-STATE-006']]);
    const wrong = await estate.run('device.add', { ...input, name: 'wrong', configuration: { directory: 'relative' } });
    expect(wrong.diagnostics.map(({ code }) => code)).toEqual(['COPRHD-DEVICE-004', 'COPRHD-DEVICE-004']);
    // A file may use it without declaring it.
    const used = infrastructure().replace('storageSystems: [array-1] }', 'storageSystems: [array-1, array-9] }');
    expect(lines(await estate.planned([used, PLAN[1]!]))).toEqual(['update infrastructure/virtualArray.dc1']);
  });
});

describe('show', () => {
  it('has what a host needs to find its LUN', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    const { resources } = await estate.run('show', { address: 'export.e' });
    expect(resources[0]?.children[0]?.attributes).toMatchObject({
      host: 'h1',
      hlu: 1,
      initiators: [iqn('h1')],
      portals: ['10.0.1.10:3260', '10.0.1.11:3260'],
      wwn: (await estate.record('volume', 'a')).record.status.device?.wwn,
    });
  });
});
