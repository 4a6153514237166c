import { describe, expect, it } from 'vitest';
import { changeOf, codes, createEstate, type Estate, GIB, lines, stepsOf, TIB } from './estate.ts';
import { infrastructure, stack } from './texts.ts';

const INFRASTRUCTURE = infrastructure();
const texts = (volumes: Record<string, string | null>, exports: Record<string, string> = {}, more = '') => [
  INFRASTRUCTURE,
  stack({ volumes, exports, more }),
];
const noChanges = async (estate: Estate, plan: readonly string[]) =>
  expect(lines(await estate.planned(plan))).toEqual([]);

describe('volumes', () => {
  it('are made with an identity of their own, and a second plan has nothing to do', async () => {
    const estate = await createEstate();
    const plan = await estate.planned(texts({ a: null, b: 'virtualPool: thick' }));
    const [a, b] = [changeOf(plan, 's/volume.a'), changeOf(plan, 's/volume.b')];
    expect(a.facts).toMatchObject({ sizeBytes: 10 * GIB, provisioning: 'thin', system: 'array-1', pool: 'fast' });
    expect(a.facts.wwn).toMatch(/^6[0-9a-f]{31}$/);
    expect(a.facts.wwn).not.toBe(b.facts.wwn);
    expect(stepsOf(plan, 's/volume.a')).toEqual(['volume.create']);
    expect(stepsOf(plan, 's/volume.b')).toEqual(['volume.create', 'volume.zero']);
    await estate.applied(texts({ a: null, b: 'virtualPool: thick' }));
    await noChanges(estate, texts({ a: null, b: 'virtualPool: thick' }));
  });

  it('grow in place, keep their identity, and the ledger follows', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: 'virtualPool: thick' }));
    const before = await estate.record('volume', 'a');
    const plan = await estate.planned(texts({ a: 'size: 15GiB, virtualPool: thick' }));
    expect(changeOf(plan, 's/volume.a')).toMatchObject({
      action: 'update',
      fields: [{ field: 'size', before: 10 * GIB, after: 15 * GIB }],
      reversible: false,
    });
    await estate.applied(texts({ a: 'size: 15GiB, virtualPool: thick' }));
    const after = await estate.record('volume', 'a');
    expect(after.record.status.device).toEqual({ ...before.record.status.device, provisionedBytes: 15 * GIB });
    expect((await estate.ledger())?.committed).toEqual({
      allocatedBytes: 15 * GIB,
      subscribedBytes: 15 * GIB,
      volumes: 1,
    });
    await noChanges(estate, texts({ a: 'size: 15GiB, virtualPool: thick' }));
  });

  it('that were growing when the process died are said to be unfinished, not drifted', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: 'size: 1GiB' }));
    estate.crashPoint = (name) => {
      if (name === 'commit:after') throw new Error('killed');
    };
    await expect(estate.apply(texts({ a: 'size: 2GiB' }))).rejects.toThrow('killed');
    estate.crashPoint = undefined;
    estate.restart();
    const change = changeOf(await estate.planned(texts({ a: 'size: 2GiB' })), 's/volume.a');
    expect(change.fields).toEqual([{ field: 'size', before: GIB, after: 2 * GIB }]);
    expect(change.reason).toBe('differs in s.yaml, and an earlier apply did not finish it');
  });

  it('warn of a pool that they fill beyond 70 %, and get no room beyond 85 %', async () => {
    const estate = await createEstate({ poolBytes: 100 * GIB });
    const thick = (size: number) => texts({ a: `size: ${size}GiB, virtualPool: thick` });
    expect((await estate.planned(thick(69))).diagnostics).toEqual([]);
    const plan = await estate.planned(thick(70));
    expect(plan.diagnostics).toMatchObject([
      {
        code: 'COPRHD-PLACE-003',
        severity: 'warning',
        summary: 'pool array-1/fast is filled to 70 % with this plan',
        detail: expect.stringContaining('0 % of 100 GiB are in use now; from 85 % on'),
      },
    ]);
    await estate.applied(thick(70));
    const thin = { a: 'size: 70GiB, virtualPool: thick', b: 'size: 1GiB' };
    expect((await estate.planned(texts(thin))).diagnostics.map(({ code }) => code)).toEqual(['COPRHD-PLACE-003']);
    await estate.applied(texts(thin));
    // What takes nothing doesn't repeat it.
    expect((await estate.planned(texts(thin))).diagnostics).toEqual([]);
  });

  it('give back to the ledger exactly what they took, sizes rounded up by the device included', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: 'size: 1000000B, virtualPool: thick, onRemove: delete', b: 'onRemove: delete' }));
    await estate.applied(texts({ a: 'size: 3000000B, virtualPool: thick, onRemove: delete', b: 'onRemove: delete' }));
    const device = (await estate.record('volume', 'a')).record.status.device;
    expect((await estate.ledger())?.committed).toMatchObject({ allocatedBytes: device?.provisionedBytes, volumes: 2 });
    await noChanges(
      estate,
      texts({ a: 'size: 3000000B, virtualPool: thick, onRemove: delete', b: 'onRemove: delete' }),
    );
    await estate.applied(texts({}));
    expect((await estate.ledger())?.committed).toEqual({ allocatedBytes: 0, subscribedBytes: 0, volumes: 0 });
  });

  it('never shrink', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: null }));
    expect(codes(await estate.plan(texts({ a: 'size: 5GiB' })))).toEqual(['COPRHD-PLAN-009']);
  });

  it('change policy and tags without a call to the device', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: null }));
    const changed = texts({ a: 'protect: true, onRemove: retain, tags: [gold]' });
    const plan = await estate.planned(changed);
    expect(changeOf(plan, 's/volume.a').fields).toEqual([
      { field: 'protect', before: false, after: true },
      { field: 'onRemove', before: 'quarantine', after: 'retain' },
      { field: 'tags', before: [], after: ['gold'] },
    ]);
    expect(plan.deviceCalls).toBe(0);
    await estate.applied(changed);
    await noChanges(estate, changed);
    await estate.applied(texts({ a: 'protect: true, onRemove: retain' }));
    expect((await estate.record('volume', 'a')).record.tags ?? []).toEqual([]);
  });

  it('stay where they are: virtual pool and virtual array of existing ones do not change', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: null }));
    expect(codes(await estate.plan(texts({ a: 'virtualPool: thick' })))).toEqual(['COPRHD-PLAN-009']);
  });

  it('are refused where no pool has room, all at once and with what is lacking', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const { plan, diagnostics } = await estate.plan(texts({ a: 'size: 3TiB', b: 'size: 3TiB', c: null }));
    expect(plan).toBeUndefined();
    expect(diagnostics.map(({ code, address }) => [code, address])).toEqual([
      ['COPRHD-PLACE-001', 's/volume.a'],
      ['COPRHD-PLACE-001', 's/volume.b'],
    ]);
    expect(diagnostics[0]?.summary).toContain('needs 1 TiB more');
  });

  it('share the room of a pool: growth and new ones of one plan are counted together', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    await estate.applied(texts({ a: 'size: 500GiB', b: 'size: 500GiB' }));
    // 2 TiB may be subscribed, 1000 GiB are: room for one of the two, not for both.
    expect(codes(await estate.plan(texts({ a: 'size: 1100GiB', b: 'size: 1100GiB' })))).toEqual(['COPRHD-PLACE-001']);
    expect(codes(await estate.plan(texts({ a: 'size: 1100GiB', b: 'size: 500GiB', c: 'size: 600GiB' })))).toEqual([
      'COPRHD-PLACE-001',
    ]);
    await estate.applied(texts({ a: 'size: 1100GiB', b: 'size: 500GiB', c: 'size: 400GiB' }));
  });

  it('find room beside foreign volumes, up to the limit and not beyond', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    estate.edit({ edit: 'add-volume', name: 'theirs', pool: 'fast', sizeBytes: 1200 * GIB, provisioning: 'thin' });
    await estate.applied([INFRASTRUCTURE]);
    expect(codes(await estate.plan(texts({ a: 'size: 900GiB' })))).toEqual(['COPRHD-PLACE-001']);
    await estate.applied(texts({ a: 'size: 800GiB' }));
    expect(codes(await estate.plan(texts({ a: 'size: 900GiB' })))).toEqual(['COPRHD-PLACE-001']);
    await estate.applied(texts({ a: 'size: 820GiB' }));
  });

  it('find the room that removed ones left', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    await estate.applied(texts({ a: 'size: 1500GiB, onRemove: delete' }));
    await estate.applied(texts({}));
    await estate.applied(texts({ b: 'size: 1500GiB, onRemove: delete' }));
  });
});

describe('volumes that are not as recorded', () => {
  it('that are missing are held with their exports; nothing is made in their place', async () => {
    const estate = await createEstate();
    const plan = texts({ a: null, b: null }, { e: 'host: h1, volumes: [a]' });
    await estate.applied(plan);
    estate.edit({ edit: 'delete-volume', volume: (await estate.record('volume', 'a')).record.status.device!.nativeId });
    const made = await estate.planned(plan);
    expect(lines(made)).toEqual(['held s/volume.a COPRHD-HELD-001']);
    expect(made.units).toEqual([]);
    const more = await estate.planned(
      texts({ a: null, b: null }, { e: 'host: h1, volumes: [a, b]', f: 'host: h1, volumes: []' }),
    );
    // What could be done without it is still done; what needs it waits.
    expect(lines(more)).toEqual(['held s/volume.a COPRHD-HELD-001', 'update s/export.e', 'create s/export.f']);
    const other = await estate.planned(texts({ a: null, b: null }, { g: 'host: h3, volumes: [a]' }));
    expect(lines(other)).toContain('held s/export.g COPRHD-HELD-014');
  });

  it('are made anew, empty and with another identity, only where asked for by address', async () => {
    const estate = await createEstate();
    const plan = texts({ a: 'onRemove: delete', b: null }, { e: 'host: h1, volumes: [b, a]' });
    await estate.applied(plan);
    const before = (await estate.record('volume', 'a')).record;
    estate.edit({ edit: 'delete-volume', volume: before.status.device!.nativeId });
    const made = await estate.planned(plan, { replaceMissing: ['volume.a'] });
    expect(lines(made)).toEqual(['create s/volume.a', 'update s/export.e']);
    expect(changeOf(made, 's/volume.a').facts).toMatchObject({ empty: true });
    await estate.applied(plan, { replaceMissing: ['s/volume.a'] });
    const after = (await estate.record('volume', 'a')).record;
    expect(after).toMatchObject({ urn: before.urn, incarnation: 2 });
    expect(after.status.device!.wwn).not.toBe(before.status.device!.wwn);
    await noChanges(estate, plan);
    // The one that is gone takes no capacity any more.
    expect((await estate.ledger())?.committed.volumes).toBe(2);
    const maps = await estate.records('lunMap');
    expect(maps.filter(({ record }) => record.spec.volume === after.urn).map(({ record }) => record.spec.hlu)).toEqual([
      2,
    ]);
  });

  it('are not made anew while another object of the device carries their mark', async () => {
    const estate = await createEstate();
    const plan = texts({ a: null });
    await estate.applied(plan);
    const { record } = await estate.record('volume', 'a');
    estate.edit({ edit: 'delete-volume', volume: record.status.device!.nativeId });
    const thin = { pool: 'fast', sizeBytes: 10 * GIB, provisioning: 'thin' } as const;
    const { nativeId } = estate.edit({ edit: 'add-volume', name: 'back', ...thin });
    const installation = estate.engine.installation.installationId;
    const mark = { installation, urn: record.urn, nativeIdentity: nativeId, epoch: 1 };
    estate.edit({ edit: 'tag-volume', volume: nativeId!, tag: JSON.stringify(mark) });
    for (const options of [{}, { replaceMissing: ['volume.a'] }]) {
      const made = await estate.planned(plan, options);
      expect(lines(made)).toEqual(['held s/volume.a COPRHD-HELD-011']);
      expect(made.units).toEqual([]);
      expect(changeOf(made, 's/volume.a').held?.diagnostic.summary).toContain(nativeId);
    }
    estate.edit({ edit: 'tag-volume', volume: nativeId!, tag: null });
    expect(lines(await estate.planned(plan, { replaceMissing: ['volume.a'] }))).toEqual(['create s/volume.a']);
  });

  it('refuse --replace-missing for what is not there, or stands for several', async () => {
    const estate = await createEstate();
    const plan = [INFRASTRUCTURE, stack({ volumes: { a: null } }), stack({ stack: 't', volumes: { b: null } })];
    await estate.applied(plan);
    expect(codes(await estate.plan(plan, { replaceMissing: ['volume.x'] }))).toEqual(['COPRHD-STATE-005']);
    const { plan: made, diagnostics } = await estate.plan(plan, { replaceMissing: ['volume.a'] });
    expect(lines(made!)).toEqual([]);
    expect(diagnostics.map(({ severity, summary }) => [severity, summary])).toEqual([
      ['warning', 's/volume.a is not missing: nothing is replaced'],
    ]);
    const twice = [
      infrastructure({ more: '  q: {}' }),
      stack({ volumes: { a: null } }),
      stack({ stack: 't', volumes: { a: null } }).replace('project: p', 'project: q'),
    ];
    expect(codes(await estate.plan(twice, { replaceMissing: ['volume.a'] }))).toEqual(['COPRHD-STATE-007']);
  });

  it('that show another identity, or carry no mark of ours any more, are not touched', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: 'onRemove: delete', b: 'onRemove: delete', c: 'onRemove: delete' }));
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => estate.record('volume', name)));
    const installation = estate.engine.installation.installationId;
    estate.edit({ edit: 'tag-volume', volume: a!.record.status.device!.nativeId, tag: null });
    const theirs = {
      installation: 'another',
      urn: b!.record.urn,
      nativeIdentity: b!.record.status.device!.nativeId,
      epoch: 1,
    };
    estate.edit({ edit: 'tag-volume', volume: b!.record.status.device!.nativeId, tag: JSON.stringify(theirs) });
    const newer = {
      ...theirs,
      installation,
      urn: c!.record.urn,
      nativeIdentity: c!.record.status.device!.nativeId,
      epoch: 9,
    };
    estate.edit({ edit: 'tag-volume', volume: c!.record.status.device!.nativeId, tag: JSON.stringify(newer) });
    const held = ['a', 'b', 'c'].map((name) => `held s/volume.${name} COPRHD-HELD-011`);
    const grown = texts({ a: 'size: 20GiB', b: 'size: 20GiB', c: 'size: 20GiB' });
    expect(lines(await estate.planned(grown))).toEqual(held);
    expect(lines(await estate.planned(texts({})))).toEqual(held);
    // The way out leaves the device alone.
    const forgotten = texts({}, {}, 'forget: [volume.a, volume.b, volume.c]');
    const plan = await estate.planned(forgotten);
    expect(lines(plan)).toEqual(['forget s/volume.a', 'forget s/volume.b', 'forget s/volume.c']);
    expect(plan.deviceCalls).toBe(0);
    await estate.applied(forgotten);
  });

  it('that were made smaller by hand are held: growing them again would hide what was lost', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: null }));
    const { nativeId } = (await estate.record('volume', 'a')).record.status.device!;
    estate.edit({ edit: 'resize-volume', volume: nativeId, sizeBytes: 4 * GIB });
    expect(lines(await estate.planned(texts({ a: null })))).toEqual(['held s/volume.a COPRHD-HELD-011']);
    expect(lines(await estate.planned(texts({ a: 'size: 20GiB' })))).toEqual(['held s/volume.a COPRHD-HELD-011']);
    estate.edit({ edit: 'resize-volume', volume: nativeId, sizeBytes: 10 * GIB });
    await noChanges(estate, texts({ a: null }));
  });

  it('that are suspect after a failure are held until recovered', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: null }));
    const found = await estate.record('volume', 'a');
    await estate.put(
      { ...found.record, status: { ...found.record.status, phase: 'suspect', why: 'reply lost' } },
      found,
    );
    expect(lines(await estate.planned(texts({ a: 'size: 20GiB' })))).toEqual(['held s/volume.a COPRHD-HELD-012']);
    expect(lines(await estate.planned(texts({})))).toEqual(['held s/volume.a COPRHD-HELD-012']);
    const exported = await estate.planned(texts({ a: null }, { e: 'host: h1, volumes: [a]' }));
    expect(lines(exported)).toContain('held s/export.e COPRHD-HELD-014');
  });
});

describe('moves', () => {
  it('within a stack keep the volume, its identity and its exports', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: null }, { e: 'host: h1, volumes: [a]' }));
    const before = (await estate.record('volume', 'a')).record;
    const moved = texts({ b: 'movedFrom: volume.a' }, { e: 'host: h1, volumes: [b]' });
    const plan = await estate.planned(moved);
    expect(lines(plan)).toEqual(['move s/volume.b']);
    expect(changeOf(plan, 's/volume.b')).toMatchObject({ movedFrom: 's/volume.a' });
    expect(plan.deviceCalls).toBe(0);
    await estate.applied(moved);
    const after = (await estate.record('volume', 'b')).record;
    expect([after.urn, after.status.device]).toEqual([before.urn, before.status.device]);
    await noChanges(estate, moved);
    // It stays in the file without harm, until the old name means something else.
    expect(codes(await estate.plan(texts({ a: null, b: 'movedFrom: volume.a' })))).toEqual(['COPRHD-CONFIG-015']);
  });

  it('of an export or a host leave masks and LUN maps as they are', async () => {
    const estate = await createEstate();
    const plan = texts({ a: null }, { e: 'host: h1, volumes: [a]' });
    await estate.applied(plan);
    const maps = (await estate.records('lunMap')).map(({ record }) => record.urn);
    const hosts = { k1: ['h1'], h2: ['h2'], h3: ['h3'] };
    const renamed = [
      infrastructure({ hosts, clusters: { c1: ['k1', 'h2'] } }).replace('k1: { type', 'k1: { movedFrom: host.h1, type'),
      stack({ volumes: { a: null }, exports: { f: 'movedFrom: export.e, host: k1, volumes: [a]' } }),
    ];
    const made = await estate.planned(renamed);
    expect(lines(made)).toEqual(['move infrastructure/host.k1', 'move s/export.f']);
    expect(made.deviceCalls).toBe(0);
    await estate.applied(renamed);
    await noChanges(estate, renamed);
    expect((await estate.records('lunMap')).map(({ record }) => record.urn)).toEqual(maps);
  });

  it('stay within a stack', async () => {
    const estate = await createEstate();
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: null } })]);
    const across = [INFRASTRUCTURE, stack({}), stack({ stack: 't', volumes: { a: 'movedFrom: s/volume.a' } })];
    expect(codes(await estate.plan(across))).toEqual(['COPRHD-CONFIG-004']);
  });

  it('do not take a name that another stack has', async () => {
    const estate = await createEstate();
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: null } })]);
    expect(codes(await estate.plan([INFRASTRUCTURE, stack({ stack: 't', volumes: { a: null } })]))).toEqual([
      'COPRHD-STATE-006',
    ]);
  });
});
