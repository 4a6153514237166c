import { describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/lib/diagnostic.ts';
import { ACTOR, changeOf, createEstate, type Estate, lines } from '../planner/estate.ts';
import { infrastructure, iqn, stack } from '../planner/texts.ts';
import { suspended } from './suspended.ts';

const HOUR_MS = 3_600_000;
const INFRASTRUCTURE = infrastructure();
const PLAN = [INFRASTRUCTURE, stack({ volumes: { a: null, b: null }, exports: { e: 'host: h1, volumes: [a]' } })];

const start = (estate: Estate, more: { forMs?: number; why?: string } = {}, name = 'array-1') =>
  estate.run('device.maintenance', { name, on: true, ...more });
const end = (estate: Estate) => estate.run('device.maintenance', { name: 'array-1', on: false });

async function held(work: Promise<unknown>): Promise<unknown[]> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OperationError)) throw error ?? new Error('it was not refused');
  return [error.outcome, error.diagnostics[0]?.code];
}

/** Dies at the point, the first time that it comes by. */
function dieAt(estate: Estate, point: string): void {
  estate.crashPoint = (name) => {
    if (name !== point) return;
    estate.crashPoint = undefined;
    throw new Error('killed');
  };
}

describe('in maintenance', () => {
  it('every change of the device is held, naming who and why, and nothing is done to it', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    expect(await start(estate, { forMs: 2 * HOUR_MS, why: 'new firmware' })).toMatchObject({
      ...{ outcome: 'ok', changed: true, running: [], waiting: [] },
      maintenance: { by: 'anna', untilMs: estate.clock.nowMs() + 2 * HOUR_MS, why: 'new firmware' },
    });
    const changed = [
      infrastructure({ hosts: { h1: ['h1', 'h1b'], h2: ['h2'], h3: ['h3'] } }),
      stack({
        // One that grows, one that goes, one that comes, and one that is shown to another host.
        volumes: { a: 'size: 20GiB', c: null },
        exports: { e: 'host: h1, volumes: [a]', f: 'host: h2, volumes: [c]' },
      }),
    ];
    const { plan, diagnostics } = await estate.plan(changed);
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(plan!.units.flatMap(({ steps }) => steps)).toEqual([]);
    const grown = changeOf(plan!, 's/volume.a').held!.diagnostic;
    expect(grown).toMatchObject({ code: 'COPRHD-HELD-016', fix: expect.stringContaining('--end') });
    expect(grown.summary).toMatch(/^array-1 is in maintenance since 20.* until 20.*, by anna: new firmware$/);
    for (const address of ['s/volume.b', 's/volume.c', 'infrastructure/host.h1']) {
      expect(changeOf(plan!, address).held?.diagnostic.code, address).toBe('COPRHD-HELD-016');
    }
    estate.changes.length = 0;
    expect((await estate.apply(changed)).outcome).toBe('held');
    expect((await estate.apply(changed, { skipHeld: true })).outcome).toBe('ok');
    expect(estate.changes).toEqual([]);
    await end(estate);
    await estate.applied(changed);
    expect(estate.changes).not.toEqual([]);
    expect((await estate.record('initiator', iqn('h1b'))).record.spec.portName).toBe(iqn('h1b'));
  });

  it('new volumes go to other devices; with none they wait', async () => {
    const estate = await createEstate();
    const both = infrastructure({ arrays: ['array-1', 'array-2'] });
    const volumes = { a: null, b: null, c: null };
    await estate.applied(both);
    await start(estate);
    const plan = await estate.planned([both, stack({ volumes })]);
    const systems = Object.keys(volumes).map((name) => changeOf(plan, `s/volume.${name}`).facts.system);
    expect(systems).toEqual(['array-2', 'array-2', 'array-2']);
    await start(estate, {}, 'array-2');
    expect(lines(await estate.planned([both, stack({ volumes })]))).toEqual(
      Object.keys(volumes).map((name) => `held s/volume.${name} COPRHD-HELD-016`),
    );
  });

  it('drift and discovery go on and say so', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    await start(estate, { why: 'w' });
    const { nativeId } = (await estate.record('volume', 'b')).record.status.device!;
    estate.edit({ edit: 'delete-volume', volume: nativeId });
    const drift = await estate.run('drift', {});
    expect(drift).toMatchObject({ outcome: 'changes', systems: [{ trust: 'whole', maintenance: { why: 'w' } }] });
    expect((await estate.run('discover', {})).outcome).toBe('ok');
    expect((await estate.run('device.list', {})).devices[0]?.maintenance).toMatchObject({ by: 'anna' });
    const doctor = await estate.run('doctor', { bundle: false });
    expect(doctor.checks.find(({ what }) => what.includes('in maintenance'))).toMatchObject({ level: 'warn' });
  });

  it('nothing that is missing is forgotten without a look at the device', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    const { nativeId } = (await estate.record('volume', 'b')).record.status.device!;
    estate.edit({ edit: 'delete-volume', volume: nativeId });
    await start(estate);
    const forgetting = [
      INFRASTRUCTURE,
      stack({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' }, more: 'forget: [volume.b]' }),
    ];
    expect(lines(await estate.planned(forgetting))).toEqual(['held s/volume.b COPRHD-HELD-016']);
  });

  it('the device is not accepted for management again', async () => {
    const estate = await createEstate();
    await estate.applied(PLAN);
    await start(estate);
    expect(await held(estate.run('device.review', { name: 'array-1', accept: 'manage' }))).toEqual([
      'held',
      'COPRHD-HELD-016',
    ]);
    expect((await estate.run('device.review', { name: 'array-1' })).outcome).toBe('ok');
  });
});

describe('a plan that was saved before', () => {
  it('is held, and good again afterwards', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    const plan = await estate.planned(PLAN);
    await start(estate);
    const input = { plan, skipHeld: false, claimWaitMs: 0 };
    const refused = await estate.run('apply', input);
    expect([refused.outcome, refused.diagnostics.at(-1)?.code]).toEqual(['held', 'COPRHD-HELD-016']);
    expect(estate.show().volumes).toEqual([]);
    await end(estate);
    expect((await estate.run('apply', input)).outcome).toBe('ok');
  });

  it('is refused, too, when maintenance begins between its start and its commit', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    const plan = await estate.planned(PLAN);
    const { record, revision } = await estate.record('storageSystem', 'array-1');
    const spec = { ...record.spec, maintenance: { by: 'ben', sinceMs: estate.clock.nowMs() } };
    let begun: Promise<void> | undefined;
    const { store } = estate.engine;
    const txn = store.txn.bind(store);
    // With the first transaction that claims something.
    (store as { txn: typeof txn }).txn = async (wanted) => {
      if (!begun && wanted.success.some((each) => 'key' in each && each.key.startsWith('c/'))) {
        begun = estate.put({ ...record, spec }, { record, revision });
        await begun;
      }
      return txn(wanted);
    };
    const refused = await estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0 });
    expect(begun).toBeDefined();
    expect([refused.outcome, refused.diagnostics.at(-1)?.code]).toEqual(['stale', 'COPRHD-HELD-016']);
    expect(estate.show().volumes).toEqual([]);
  });
});

describe('a workflow that began before', () => {
  it('finishes when its process lives', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    let said: Promise<{ running: readonly string[] }> | undefined;
    estate.onEvent = (event) => {
      if (event.type === 'step.started' && event.summary.includes('volume')) said ??= start(estate);
    };
    const applied = await estate.apply(PLAN, { parallel: 1 });
    expect(applied.outcome).toBe('ok');
    expect((await said)?.running).toEqual([applied.workflow]);
    expect(estate.show().volumes).toHaveLength(2);
  });

  it('waits when its process died, whoever comes by, and goes on afterwards', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    dieAt(estate, 'step:before-intent:volume.create');
    await expect(estate.apply(PLAN)).rejects.toThrow('killed');
    estate.restart();
    estate.changes.length = 0;
    const { waiting } = await start(estate);
    expect(waiting).toHaveLength(1);
    const recovered = await estate.run('recover', {});
    expect(recovered).toMatchObject({
      outcome: 'held',
      workflows: [{ workflow: waiting[0], result: 'maintenance' }],
      diagnostics: [{ code: 'COPRHD-HELD-016' }],
    });
    const applied = await estate.apply(INFRASTRUCTURE);
    expect(applied.recovered).toMatchObject([{ result: 'maintenance' }]);
    const back = await estate.run('task.rollback', { task: waiting[0]!, preview: false });
    expect([back.outcome, back.diagnostics[0]?.code]).toEqual(['held', 'COPRHD-HELD-016']);
    expect(estate.changes).toEqual([]);
    expect(await end(estate)).toMatchObject({ waiting });
    expect((await estate.run('recover', {})).workflows).toMatchObject([{ result: 'finished' }]);
    expect(estate.show().volumes).toHaveLength(2);
  });

  it('that was suspended is not resumed', async () => {
    const { estate, workflow } = await suspended();
    estate.clearFaults();
    await start(estate);
    const refused = await estate.run('task.resume', { task: workflow });
    expect([refused.outcome, refused.diagnostics[0]?.code]).toEqual(['held', 'COPRHD-HELD-016']);
    await end(estate);
    expect((await estate.run('task.resume', { task: workflow })).outcome).toBe('ok');
  });
});

describe('maintenance', () => {
  it('is over at its time without anybody', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    await start(estate, { forMs: HOUR_MS });
    const before = await estate.revision();
    estate.clock.advance(HOUR_MS - 1);
    expect(lines(await estate.planned(PLAN))).toContain('held s/volume.a COPRHD-HELD-016');
    estate.clock.advance(1);
    expect(lines(await estate.planned(PLAN))).toContain('create s/volume.a');
    expect((await estate.run('device.list', {})).devices[0]).not.toHaveProperty('maintenance');
    expect(await estate.revision()).toBe(before);
    expect(await end(estate)).toMatchObject({ changed: false });
    await estate.applied(PLAN);
  });

  it('told again gets another end or reason, and keeps who began it; told nothing new it stays', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    await start(estate, { why: 'first' });
    const sinceMs = estate.clock.nowMs();
    estate.clock.advance(1_000);
    expect(await start(estate)).toMatchObject({ changed: false, maintenance: { why: 'first' } });
    const later = await start(estate, { forMs: HOUR_MS });
    expect(later).toMatchObject({
      changed: true,
      maintenance: { why: 'first', sinceMs, untilMs: sinceMs + 1_000 + HOUR_MS },
    });
    estate.clock.advance(2 * HOUR_MS);
    expect((await start(estate)).maintenance).toEqual({ by: 'anna', sinceMs: estate.clock.nowMs() });
  });

  it('is in the audit log, survives plans of its storage system, and leaves no trace in the record', async () => {
    const estate = await createEstate();
    await estate.applied(infrastructure({ mode: 'observe' }));
    await start(estate, { why: 'w' });
    await estate.applied(INFRASTRUCTURE);
    expect((await estate.record('storageSystem', 'array-1')).record.spec).toMatchObject({
      mode: 'manage',
      maintenance: { why: 'w' },
    });
    await end(estate);
    expect((await estate.record('storageSystem', 'array-1')).record.spec).not.toHaveProperty('maintenance');
    const audited = await estate.engine.log.read('audit');
    expect(audited.map(({ event, actor, name, why }) => [event, actor, name, why])).toEqual([
      ['device.maintenance.start', ACTOR, 'array-1', 'w'],
      ['device.maintenance.end', ACTOR, 'array-1', undefined],
    ]);
  });

  it('waits for a workflow that has claimed the storage system itself', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    const recorded = await estate.record('storageSystem', 'array-1');
    await estate.put({ ...recorded.record, claim: { workflow: 'w', fence: 1 } }, recorded);
    expect(await held(start(estate))).toEqual(['claimed', 'COPRHD-APPLY-003']);
  });
});
