import { describe, expect, it } from 'vitest';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import { changeOf, codes, createEstate, type Estate, GIB, lines } from './estate.ts';
import { infrastructure, stack } from './texts.ts';

const INFRASTRUCTURE = infrastructure();
const VOLUMES = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`v${i}`, 'onRemove: delete']));
const EXPORTS = { e: 'host: h1, volumes: [v0, v1]' };
const texts = (volumes: Record<string, string | null> = VOLUMES, exports: Record<string, string> = EXPORTS) => [
  INFRASTRUCTURE,
  stack({ volumes, exports }),
];
async function built(): Promise<Estate> {
  const estate = await createEstate();
  await estate.applied(texts());
  return estate;
}
const { v5: _v5, ...FEWER } = VOLUMES;

describe('an observation that can not be trusted', () => {
  const nothingDone = async (estate: Estate) => {
    const missing = await estate.planned(texts(), { replaceMissing: ['volume.v0'] });
    expect(missing.units).toEqual([]);
    expect(missing.counts.held).toBeGreaterThan(0);
    const removed = await estate.planned(texts(FEWER, {}));
    expect(removed.units).toEqual([]);
    expect(lines(removed)).toContain('held s/volume.v5 COPRHD-HELD-008');
    expect(lines(removed)).toContain('held s/export.e COPRHD-HELD-008');
    const exported = await estate.planned(texts(VOLUMES, { ...EXPORTS, f: 'host: h2, volumes: [v2]' }));
    expect(lines(exported).filter((line) => line.includes('export.f'))[0]).toMatch(/^held/);
    expect(lines(await estate.planned(texts({ ...VOLUMES, more: null })))).toContain(
      'held s/volume.more COPRHD-HELD-008',
    );
  };

  it('because much vanished at once: nothing is created, made again or removed', async () => {
    const estate = await built();
    estate.fault({ operation: 'listVolumes', vanish: true, match: 'v' });
    await nothingDone(estate);
  });

  it('because the device did not show all', async () => {
    const estate = await built();
    estate.fault({ operation: 'listVolumes', partial: true });
    await nothingDone(estate);
  });

  it('because the masks could not be read', async () => {
    const estate = await built();
    estate.fault({ operation: 'listMasks', before: 'transient' });
    const plan = await estate.planned(texts(FEWER, { e: 'host: h1, volumes: [v0]' }));
    expect(plan.units).toEqual([]);
  });

  it('because the device is down: clear words, and no plan for a system that is new', async () => {
    const estate = await built();
    estate.takeDown('sim-1', new DriverError({ class: 'auth', message: 'the password was refused', hint: 'check it' }));
    await nothingDone(estate);
    const plan = await estate.planned(texts());
    expect(changeOf(plan, 's/volume.v0').held?.diagnostic.detail).toBe('the password was refused (check it)');
    const fresh = await createEstate();
    fresh.takeDown('sim-1');
    expect(codes(await fresh.plan(texts()))).toEqual(['COPRHD-DEVICE-001']);
  });

  it('does not hold what needs no device: other systems, and policies of what was seen', async () => {
    const estate = await createEstate();
    const both = [infrastructure({ arrays: ['array-1', 'array-2'] }), stack({ volumes: { a: null, b: null } })];
    await estate.applied(both);
    const systems = await Promise.all(['a', 'b'].map((name) => estate.record('volume', name)));
    expect(new Set(systems.map(({ record }) => record.status.device!.system)).size).toBe(2);
    estate.takeDown('sim-2');
    const more = [both[0]!, stack({ volumes: { a: null, b: null, c: null, d: null } })];
    const plan = await estate.planned(more);
    expect(lines(plan).filter((line) => line.startsWith('create'))).toEqual(['create s/volume.c', 'create s/volume.d']);
    expect(changeOf(plan, 's/volume.c').facts.system).toBe('array-1');
    expect(plan.counts.held).toBe(1);
  });
});

describe('a storage system that may not be changed', () => {
  it('is one in mode observe, one without scope, and pools outside of it', async () => {
    for (const mode of ['observe', 'propose'] as const) {
      const estate = await createEstate();
      const plan = await estate.planned([infrastructure({ mode }), stack({ volumes: { a: null } })]);
      expect(lines(plan)).toContain('held s/volume.a COPRHD-HELD-006');
    }
    const without = await createEstate();
    expect(codes(await without.plan([infrastructure({ pools: [] }), stack({ volumes: { a: null } })]))).toEqual([
      'COPRHD-PLACE-001',
    ]);
    const estate = await built();
    const grown = stack({ volumes: { ...VOLUMES, v0: 'onRemove: delete, size: 20GiB' }, exports: EXPORTS });
    const observe = await estate.planned([infrastructure({ mode: 'observe' }), grown]);
    expect(changeOf(observe, 's/volume.v0').held?.diagnostic.code).toBe('COPRHD-HELD-006');
    const outside = await estate.planned([infrastructure({ pools: ['slow'] }), grown]);
    expect(changeOf(outside, 's/volume.v0').held?.diagnostic.code).toBe('COPRHD-HELD-007');
    const removed = await estate.planned([
      infrastructure({ pools: ['slow'] }),
      stack({ volumes: FEWER, exports: EXPORTS }),
    ]);
    expect(changeOf(removed, 's/volume.v5').held?.diagnostic.code).toBe('COPRHD-HELD-007');
    const mapped = await estate.planned([
      infrastructure({ pools: ['slow'] }),
      stack({ volumes: VOLUMES, exports: { ...EXPORTS, f: 'host: h2, volumes: [v2]' } }),
    ]);
    expect(changeOf(mapped, 's/export.f').held?.diagnostic.code).toBe('COPRHD-HELD-007');
  });

  it('names a pool that the device has', async () => {
    const estate = await createEstate();
    expect(codes(await estate.plan(infrastructure({ pools: ['fast', 'gone'] })))).toEqual(['COPRHD-DEVICE-004']);
  });

  it('is any, after an import of state, until it was reviewed', async () => {
    const estate = await built();
    estate.setEpoch(2);
    await estate.engine.store.txn({ success: [{ type: 'put', key: keys.epoch, value: '2' }] });
    const plan = await estate.planned(texts(FEWER, {}));
    expect(plan.units).toEqual([]);
    expect(lines(plan)).toEqual(['held s/export.e COPRHD-HELD-006', 'held s/volume.v5 COPRHD-HELD-006']);
    expect(changeOf(plan, 's/volume.v5').held?.diagnostic.fix).toBe('coprhd device review array-1 --accept manage');
    const review = await estate.run('device.review', { name: 'array-1' });
    expect(review).toMatchObject({ ours: 6, foreign: 0, missing: [], device: { effectiveMode: 'observe' } });
    await estate.run('device.review', { name: 'array-1', accept: 'manage' });
    await estate.applied(texts(FEWER, {}));
  });

  it('is one that runs another, unknown version than it was accepted with', async () => {
    const estate = await built();
    let version = '9.9.9';
    estate.wrap = (array) => ({
      ...array,
      identify: async (ctx) => ({
        ...(await array.identify(ctx)),
        firmwareVersion: version,
        supported: version === '1.1.0',
      }),
    });
    const grown = { ...VOLUMES, v0: 'onRemove: delete, size: 20GiB' };
    const plan = await estate.planned(texts(grown));
    expect(changeOf(plan, 's/volume.v0').held?.diagnostic.code).toBe('COPRHD-HELD-006');
    expect(plan.units).toEqual([]);
    const fresh = await createEstate();
    fresh.wrap = estate.wrap;
    await fresh.applied(INFRASTRUCTURE);
    expect(lines(await fresh.planned(texts()))).toContain('held s/volume.v0 COPRHD-HELD-006');
    await estate.run('device.review', { name: 'array-1', accept: 'manage' });
    await estate.applied(texts(grown));
    const { diagnostics } = await estate.plan(texts(grown));
    expect(diagnostics).toEqual([]);
    // A version that the driver knows needs nobody.
    version = '1.1.0';
    await estate.applied(texts({ ...VOLUMES, v0: 'onRemove: delete, size: 21GiB' }));
    expect((await estate.record('storageSystem', 'array-1')).record.status.identity?.firmwareVersion).toBe('1.1.0');
  });

  it('is another device than the recorded one, under any configuration', async () => {
    const estate = await built();
    const swapped = INFRASTRUCTURE.replace('array: sim-1', 'array: sim-2');
    expect(codes(await estate.plan(swapped))).toEqual(['COPRHD-DEVICE-005']);
    estate.takeDown('sim-2');
    expect(codes(await estate.plan(swapped))).toEqual(['COPRHD-DEVICE-001']);
    const twice = infrastructure({ arrays: ['array-1'] }).replace(
      'virtualArrays:',
      '  again: { driver: simulator, configuration: { directory: /elsewhere, array: sim-1 } }\nvirtualArrays:',
    );
    expect(codes(await estate.plan(twice))).toEqual(['COPRHD-STATE-006']);
  });
});

describe('import', () => {
  const IMPORT = 'import: [{ address: volume.a, system: array-1, nativeId: vol-000001 }]';
  const withForeign = async (provisioning: 'thin' | 'thick' = 'thin') => {
    const estate = await createEstate();
    estate.edit({ edit: 'add-volume', name: 'theirs', pool: 'fast', sizeBytes: 10 * GIB, provisioning });
    return estate;
  };
  const importing = (fields: string | null = null, more = IMPORT) => [
    INFRASTRUCTURE,
    stack({ volumes: { a: fields }, more }),
  ];

  it('takes a volume as it is: nothing but its mark is written, and it never fails for lack of room', async () => {
    const estate = await withForeign();
    const tight = importing();
    tight[0] = infrastructure({ subscription: '0.01%', utilisation: '0.01%' });
    const plan = await estate.planned(tight);
    expect(lines(plan)).toContain('adopt s/volume.a');
    expect(plan.units.at(-1)?.steps.map(({ kind }) => kind)).toEqual(['volume.mark']);
    await estate.applied(tight);
    expect(estate.changes).toEqual(['sim-1 markVolume']);
    const { record } = await estate.record('volume', 'a');
    expect(record.status.device).toMatchObject({ nativeId: 'vol-000001', label: 'theirs', origin: 'imported' });
    expect(lines(await estate.planned(tight))).toEqual([]);
    expect((await estate.ledger())?.committed).toEqual({ allocatedBytes: 0, subscribedBytes: 10 * GIB, volumes: 1 });
  });

  it('beside new volumes in a nearly full pool counts the imported once', async () => {
    const estate = await createEstate({ poolBytes: 100 * GIB });
    estate.edit({ edit: 'add-volume', name: 'theirs', pool: 'fast', sizeBytes: 110 * GIB, provisioning: 'thin' });
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: 'size: 110GiB', n: 'size: 90GiB' }, more: IMPORT })]);
  });

  it('is refused where the object is not what is declared, not there, or used', async () => {
    const estate = await withForeign();
    const refused = async (plan: readonly string[]) => {
      const result = await estate.plan(plan);
      expect(codes(result)).toEqual(['COPRHD-IMPORT-001']);
      return result.diagnostics[0]!.summary;
    };
    expect(await refused(importing('size: 11GiB'))).toContain('it is 10 GiB, declared is 11 GiB');
    expect(await refused(importing('virtualPool: thick'))).toContain('it is thin');
    expect(await refused(importing(null, IMPORT.replace('000001', '000009')))).toContain('has no volume vol-000009');
    const twice = [
      ...importing(),
      stack({ stack: 't', volumes: { b: null }, more: IMPORT.replace('volume.a', 'volume.b') }),
    ];
    expect(await refused(twice)).toContain('vol-000001 is imported as s/volume.a too');
    estate.edit({
      edit: 'add-mask',
      name: 'theirs',
      initiators: ['iqn.2026-01.com.example:x'],
      mappings: [{ volume: 'theirs', hlu: 1 }],
    });
    expect(await refused(importing())).toContain('it is mapped by');
    estate.edit({ edit: 'delete-mask', mask: 'theirs' });
    estate.fault({ operation: 'listVolumes', partial: true, match: 'nothing' });
    await estate.applied(INFRASTRUCTURE).catch(() => {});
    estate.clearFaults();
    await estate.applied(INFRASTRUCTURE);
    estate.fault({ operation: 'listVolumes', partial: true, match: 'nothing' });
    expect(await refused(importing())).toContain('partial');
  });

  it('is refused for marks of others, and of ours that are not recorded', async () => {
    const estate = await withForeign();
    const tag = (installation: string) =>
      JSON.stringify({
        installation,
        urn: 'urn:storageos:Volume:00000000-0000-4000-8000-000000000001:vdc1',
        nativeIdentity: 'vol-000001',
        epoch: 1,
      });
    for (const installation of ['another', estate.engine.installation.installationId]) {
      estate.edit({ edit: 'tag-volume', volume: 'theirs', tag: tag(installation) });
      expect(codes(await estate.plan(importing()))).toEqual(['COPRHD-IMPORT-001']);
    }
  });

  it('of one volume by its own verb adds nothing else and drops nothing', async () => {
    const estate = await withForeign();
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { kept: null } })]);
    const input = {
      address: 's/volume.a',
      system: 'array-1',
      nativeId: 'vol-000001',
      project: 'p',
      virtualPool: 'gold',
      virtualArray: 'dc1',
    };
    const { plan, yaml } = await estate.run('import', input);
    expect(lines(plan!)).toEqual(['adopt s/volume.a']);
    await estate.run('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0 });
    expect(yaml).toContain('size: 10GiB');
    const next = [INFRASTRUCTURE, stack({ volumes: { kept: null } }), yaml!];
    expect(lines(await estate.planned(next))).toEqual([]);
  });
});
