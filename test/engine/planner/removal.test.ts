import { describe, expect, it } from 'vitest';
import { changeOf, createEstate, DAY_MS, type Estate, lines, stepsOf, TIB } from './estate.ts';
import { infrastructure, iqn, stack } from './texts.ts';

const INFRASTRUCTURE = infrastructure();
const texts = (volumes: Record<string, string | null>, exports: Record<string, string> = {}, more = '') => [
  INFRASTRUCTURE,
  stack({ volumes, exports, more }),
];
const noChanges = async (estate: Estate, plan: readonly string[]) =>
  expect(lines(await estate.planned(plan))).toEqual([]);
const many = (count: number, fields: string | null = null) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`v${String(i).padStart(2, '0')}`, fields]));

describe('a volume that is dropped', () => {
  it('is quarantined by default: unexported, renamed, still counted, and back by undelete', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: null }, { e: 'host: h1, volumes: [a]' }));
    const before = (await estate.record('volume', 'a')).record;
    const plan = await estate.planned(texts({}));
    expect(lines(plan)).toEqual(['delete s/export.e', 'quarantine s/volume.a']);
    expect(plan.removals).toMatchObject({ volumes: 1, addresses: ['s/volume.a'] });
    expect(plan.units.at(-1)?.dependsOn).toEqual([plan.units[0]?.id]);
    await estate.applied(texts({}));
    const gone = (await estate.record('volume', 'a')).record;
    expect(gone.status).toMatchObject({ phase: 'quarantined', untilMs: expect.any(Number) });
    expect(gone.status.device!.label).toMatch(/^quarantined-a-/);
    expect((await estate.ledger())?.committed.volumes).toBe(1);
    // Waiting is no news; and its name is not free.
    await noChanges(estate, texts({}));
    expect(lines(await estate.planned(texts({ a: null })))).toEqual(['held s/volume.a COPRHD-HELD-010']);
    const back = await estate.run('undelete', { address: 's/volume.a' });
    expect(lines(back.plan!)).toEqual(['undelete s/volume.a']);
    await estate.run('apply', { plan: back.plan!, skipHeld: false, claimWaitMs: 0 });
    const after = (await estate.record('volume', 'a')).record;
    expect([after.urn, after.status.device]).toEqual([before.urn, before.status.device]);
    expect(lines(await estate.planned(texts({})))).toEqual(['held s/volume.a COPRHD-HELD-013']);
    expect(lines(await estate.planned(texts({ a: null })))).toEqual(['update s/volume.a']);
    await estate.applied(texts({ a: null }));
    await noChanges(estate, texts({ a: null }));
  });

  it('is purged by a line of its own when its time is up, or earlier by its own verb', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: null, b: null }));
    await estate.applied(texts({}));
    const early = await estate.run('purge', { address: 'volume.b' });
    expect(lines(early.plan!)).toEqual(['purge s/volume.b']);
    expect(await estate.run('apply', { plan: early.plan!, skipHeld: false, claimWaitMs: 0 })).toMatchObject({
      outcome: 'held',
    });
    await estate.run('apply', { plan: early.plan!, skipHeld: false, claimWaitMs: 0, confirmDestroy: 1 });
    estate.clock.advance(7 * DAY_MS - 1000);
    await noChanges(estate, texts({}));
    estate.clock.advance(2000);
    const plan = await estate.planned(texts({}));
    expect(lines(plan)).toEqual(['purge s/volume.a']);
    expect(plan.removals.volumes).toBe(1);
    expect(stepsOf(plan, 's/volume.a')).toEqual(['volume.delete']);
    await estate.applied(texts({}));
    expect((await estate.ledger())?.committed).toEqual({ allocatedBytes: 0, subscribedBytes: 0, volumes: 0 });
  });

  it('waits in quarantine without asking for the file that declared it', async () => {
    const estate = await createEstate();
    const [first, second] = [stack({ volumes: { a: null } }), stack({ volumes: { b: null } })];
    await estate.applied({ 'i.yaml': INFRASTRUCTURE, 'a.yaml': first, 'b.yaml': second });
    const destroyed = await estate.run('destroy', { stacks: ['s'] });
    await estate.run('apply', { plan: destroyed.plan!, skipHeld: false, claimWaitMs: 0, confirmDestroy: 2 });
    const later = { 'i.yaml': INFRASTRUCTURE, 'c.yaml': stack({ volumes: { c: null } }) };
    expect(lines(await estate.planned(later))).toEqual(['create s/volume.c']);
    estate.clock.advance(8 * DAY_MS);
    expect(lines(await estate.planned(later))).toEqual(['create s/volume.c', 'purge s/volume.a', 'purge s/volume.b']);
  });

  it('is deleted, or left on the device without our mark, as its policy says', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ d: 'onRemove: delete', r: 'onRemove: retain' }));
    const plan = await estate.planned(texts({}));
    expect(lines(plan)).toEqual(['delete s/volume.d', 'retain s/volume.r']);
    expect(plan.removals.volumes).toBe(1);
    await estate.applied(texts({}));
    const left = (await estate.run('discover', {})).systems[0];
    expect(left).toMatchObject({ volumes: 1, ours: 0, foreign: 1 });
  });

  it('is forgotten where the file says so, protected or not', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: 'protect: true' }));
    const plan = await estate.planned(texts({}, {}, 'forget: [volume.a]'));
    expect(lines(plan)).toEqual(['forget s/volume.a']);
    expect(plan.removals.volumes).toBe(0);
    await estate.applied(texts({}, {}, 'forget: [volume.a]'));
    const { plan: second, diagnostics } = await estate.plan(texts({}, {}, 'forget: [volume.a]'));
    expect(lines(second!)).toEqual([]);
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['COPRHD-STATE-005', 'warning']]);
    expect((await estate.ledger())?.committed.volumes).toBe(0);
  });

  it('is held while protected, and a rename is offered where one of its size appears', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: 'protect: true' }));
    expect(lines(await estate.planned(texts({})))).toEqual(['held s/volume.a COPRHD-HELD-002']);
    const plan = await estate.planned(texts({ z: 'protect: true' }));
    expect(lines(plan)).toEqual(['create s/volume.z', 'held s/volume.a COPRHD-HELD-002']);
    expect(changeOf(plan, 's/volume.a').held?.diagnostic.fix).toContain('movedFrom: volume.a');
    expect((await estate.run('destroy', { stacks: ['s'] })).outcome).toBe('held');
    // Declared unprotected in the same breath is not enough: protection is lifted in the file, by an apply of its own.
    await estate.applied(texts({ a: 'protect: false' }));
    expect(lines(await estate.planned(texts({})))).toEqual(['quarantine s/volume.a']);
  });

  it('is held while an export that stays maps it, recorded or of this plan', async () => {
    const estate = await createEstate();
    const other = stack({ stack: 't', exports: { e: 'host: h1, volumes: [a]' } });
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: 'onRemove: delete', b: 'onRemove: delete' } }), other]);
    const plan = await estate.planned([INFRASTRUCTURE, stack({ volumes: { b: 'onRemove: delete' } })]);
    expect(lines(plan)).toEqual(['held s/volume.a COPRHD-HELD-004']);
    const mapped = stack({ stack: 't', exports: { e: 'host: h1, volumes: [a, b]' } });
    const both = await estate.planned([INFRASTRUCTURE, stack({}), mapped]);
    expect(lines(both)).toContain('held s/volume.a COPRHD-HELD-004');
    expect(lines(both)).toContain('held s/volume.b COPRHD-HELD-004');
  });

  it('is held while somebody mapped it by hand', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: 'onRemove: delete' }));
    const { nativeId } = (await estate.record('volume', 'a')).record.status.device!;
    estate.edit({ edit: 'add-mask', name: 'theirs', initiators: [iqn('x')], mappings: [{ volume: nativeId, hlu: 3 }] });
    expect(lines(await estate.planned(texts({})))).toEqual(['held s/volume.a COPRHD-HELD-004']);
  });

  it('is held when it is missing, and then forgotten on request', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: 'onRemove: delete' }));
    estate.edit({ edit: 'delete-volume', volume: (await estate.record('volume', 'a')).record.status.device!.nativeId });
    expect(lines(await estate.planned(texts({})))).toEqual(['held s/volume.a COPRHD-HELD-001']);
    await estate.applied(texts({}, {}, 'forget: [volume.a]'));
    expect((await estate.ledger())?.committed.volumes).toBe(0);
  });
});

describe('a volume that a list left out without a word', () => {
  it('is looked at itself before it is forgotten, and carries no mark of ours then', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: 'onRemove: delete' }));
    const marked = () => estate.show().volumes.filter(({ tag }) => tag !== undefined);
    expect(marked()).toHaveLength(1);
    estate.fault({ operation: 'listVolumes', vanish: true });
    await estate.applied(texts({}, {}, 'forget: [volume.a]'));
    expect(marked()).toEqual([]);
    expect(estate.show().volumes).toHaveLength(1);
  });
});

describe('what may go in one plan', () => {
  const removed = async (count: number, of: number, fields: string | null = null) => {
    const estate = await createEstate();
    await estate.applied(texts(many(of, fields)));
    const kept = Object.fromEntries(Object.entries(many(of, fields)).slice(count));
    return { estate, plan: await estate.planned(texts(kept)), kept };
  };

  it('is five volumes without a question about their number', async () => {
    expect((await removed(5, 8)).plan.removals.limitsExceeded).toEqual([]);
    const { plan, estate, kept } = await removed(6, 8);
    expect(plan.removals.limitsExceeded.map(({ code }) => code)).toEqual(['COPRHD-HELD-003']);
    for (const confirmDestroy of [undefined, 0, 5, 7]) {
      const input = confirmDestroy === undefined ? {} : { confirmDestroy };
      const result = await estate.apply(texts(kept), input);
      expect(result).toMatchObject({ outcome: 'held', units: [] });
      expect(result.diagnostics.map(({ code }) => code)).toEqual(['COPRHD-HELD-003', 'COPRHD-PLAN-008']);
    }
    expect(await estate.apply(texts(kept), { confirmDestroy: 6 })).toMatchObject({ outcome: 'ok' });
  });

  it('is a tenth of a project of twenty or more', async () => {
    expect((await removed(2, 20)).plan.removals.limitsExceeded).toEqual([]);
    expect((await removed(3, 20)).plan.removals.limitsExceeded[0]?.summary).toContain(
      '3 of the 20 volumes of project p',
    );
    expect((await removed(3, 19)).plan.removals.limitsExceeded).toEqual([]);
  });

  it('is ten tebibytes', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: `size: 6TiB`, b: 'size: 5TiB', c: null }));
    const plan = await estate.planned(texts({ c: null }));
    expect(plan.removals.bytes).toBe(11 * TIB);
    expect(plan.removals.limitsExceeded.map(({ code }) => code)).toEqual(['COPRHD-HELD-003']);
    expect((await estate.planned(texts({ b: 'size: 5TiB', c: null }))).removals.limitsExceeded).toEqual([]);
  });

  it('is nothing that was declared in a file that was not given', async () => {
    const estate = await createEstate();
    const files = {
      'i.yaml': INFRASTRUCTURE,
      'a.yaml': stack({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } }),
      'b.yaml': stack({ volumes: { b: null } }),
    };
    await estate.applied(files);
    const plan = await estate.planned({ 'i.yaml': INFRASTRUCTURE, 'b.yaml': files['b.yaml'] });
    expect(lines(plan)).toEqual(['held s/export.e COPRHD-HELD-009', 'held s/volume.a COPRHD-HELD-009']);
    const named = await estate.planned({
      'i.yaml': INFRASTRUCTURE,
      'b.yaml': stack({ volumes: { b: null }, more: 'forget: [volume.a]' }),
    });
    expect(lines(named)).toContain('held s/volume.a COPRHD-HELD-004');
    // `destroy` is of the whole stack, whichever file declared it.
    const destroyed = await estate.run('destroy', { stacks: ['s'] });
    expect(lines(destroyed.plan!).sort()).toEqual([
      'delete s/export.e',
      'quarantine s/volume.a',
      'quarantine s/volume.b',
    ]);
  });
});

describe('infrastructure that is dropped', () => {
  it('goes from the leaves up when nobody uses it', async () => {
    const estate = await createEstate();
    await estate.applied([
      INFRASTRUCTURE,
      stack({ volumes: { a: 'onRemove: delete' }, exports: { e: 'host: h1, volumes: [a]' } }),
    ]);
    for (const name of ['s', 'infrastructure']) {
      const { plan, diagnostics } = await estate.run('destroy', { stacks: [name] });
      expect(diagnostics).toEqual([]);
      const result = await estate.run('apply', {
        plan: plan!,
        skipHeld: false,
        claimWaitMs: 0,
        confirmDestroy: plan!.removals.volumes,
      });
      expect(result.outcome).toBe('ok');
    }
    expect(await estate.keys('u/')).toEqual([expect.stringMatching(/^u\/lunMap\/.*hlu-00001$/), 'u/tenant/zone/root']);
    expect(await estate.keys('a/')).toEqual([]);
  });

  it('is held while it is used, with those who use it', async () => {
    const estate = await createEstate();
    await estate.applied([
      INFRASTRUCTURE,
      stack({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]', c: 'cluster: c1, volumes: []' } }),
    ]);
    const { plan } = await estate.run('destroy', { stacks: ['infrastructure'] });
    const held = Object.fromEntries(
      plan!.changes.filter(({ held }) => held).map(({ address, held }) => [address, held!.diagnostic]),
    );
    expect(held['infrastructure/storageSystem.array-1']).toMatchObject({ code: 'COPRHD-HELD-004' });
    expect(held['infrastructure/storageSystem.array-1']?.summary).toContain('volume.a');
    expect(held['infrastructure/host.h1']).toMatchObject({ code: 'COPRHD-HELD-004' });
    expect(held['infrastructure/cluster.c1']?.summary).toContain('s/export.c');
    expect(held['infrastructure/project.p']).toMatchObject({ code: 'COPRHD-HELD-004' });
    expect(lines(plan!)).toContain('delete infrastructure/host.h3');
    expect(lines(plan!)).toContain('held infrastructure/host.h2 COPRHD-HELD-004');
  });

  it('goes only after everything of this plan that ends its use, and waits for nothing else', async () => {
    const estate = await createEstate();
    const volumes = { a: 'onRemove: delete', b: null };
    await estate.applied([
      INFRASTRUCTURE,
      stack({ volumes, exports: { e: 'host: h1, volumes: [a]', f: 'host: h3, volumes: [b]' } }),
    ]);
    const smaller = infrastructure({ hosts: { h2: ['h2'], h3: ['h3'] }, clusters: {} });
    const plan = await estate.planned([
      smaller,
      stack({ volumes: { b: null }, exports: { f: 'host: h3, volumes: [b]' } }),
    ]);
    const unit = (address: string) => plan.units.find((found) => found.address === address)!;
    expect(unit('infrastructure/host.h1').dependsOn.toSorted()).toEqual(
      [unit('s/export.e').id, unit('infrastructure/cluster.c1').id].toSorted(),
    );
    await estate.applied([smaller, stack({ volumes: { b: null }, exports: { f: 'host: h3, volumes: [b]' } })]);
  });
});
