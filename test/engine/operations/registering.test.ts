import { describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/lib/diagnostic.ts';
import { ACTOR, changeOf, codes, createEstate, type Estate, lines } from '../planner/estate.ts';
import { liveMasks } from '../planner/exports-support.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const POOLS = ['fast', 'slow'];
const INFRASTRUCTURE = infrastructure({ pools: POOLS });
const one = (fields: string | null = null) => [INFRASTRUCTURE, stack({ volumes: { a: fields } })];
const two = [INFRASTRUCTURE, stack({ volumes: { a: null, b: null } })];

const poolOf = async (estate: Estate, name: string) => {
  const pool = (await estate.record('volume', name)).record.status.device?.pool;
  return (await estate.records('pool')).find(({ record }) => record.urn === pool)?.record.name;
};

async function refused(work: Promise<unknown>): Promise<[string | undefined, string | undefined]> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OperationError)) throw error ?? new Error('it was not refused');
  return [error.diagnostics[0]?.code, error.diagnostics[0]?.fix];
}

describe('a deregistered pool', () => {
  it('gets no new volumes, and why-not names who, when and why', async () => {
    const estate = await createEstate();
    await estate.applied(one());
    const [home, other] = (await poolOf(estate, 'a')) === 'fast' ? POOLS : [...POOLS].reverse();
    const said = await estate.run('pool.deregister', { name: `array-1/${home}`, why: 'to be emptied' });
    expect(said).toMatchObject({
      ...{ outcome: 'ok', kind: 'pool', name: `array-1/${home}`, changed: true, keeps: 1 },
      registrationStatus: 'UNREGISTERED',
      deregistered: { by: 'anna', atMs: estate.clock.nowMs(), why: 'to be emptied' },
    });
    const { whyNot } = await estate.run('why-not', { address: 's/volume.a', pool: `array-1/${home}` });
    expect(whyNot?.verdicts.flatMap(({ filter, misses }) => misses.map(({ had }) => [filter, had]))).toEqual([
      ['managed', expect.stringMatching(/^pool \w+ of array-1 was deregistered by anna at 20.*Z: to be emptied$/)],
    ]);
    await estate.applied(two);
    expect(await poolOf(estate, 'b')).toBe(other);
  });

  it('that was the last one leaves new volumes without a place, with that fact; others would have held them', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    for (const pool of POOLS) await estate.run('pool.deregister', { name: `array-1/${pool}` });
    const planned = await estate.plan(two);
    expect(codes(planned)).toEqual(['COPRHD-PLACE-001', 'COPRHD-PLACE-001']);
    expect(planned.diagnostics[0]?.detail).toContain('was deregistered by anna at');
    await estate.run('pool.register', { name: 'array-1/slow' });
    await estate.applied(two);
    expect([await poolOf(estate, 'a'), await poolOf(estate, 'b')]).toEqual(['slow', 'slow']);
  });

  it('is not taken for a pool that would do if only its system were managed', async () => {
    const estate = await createEstate();
    await estate.applied(infrastructure({ mode: 'observe' }));
    await estate.run('pool.deregister', { name: 'array-1/fast' });
    const texts = [infrastructure({ mode: 'observe' }), stack({ volumes: { a: null } })];
    expect(codes(await estate.plan(texts))).toEqual(['COPRHD-PLACE-001']);
  });

  it('keeps its volumes: they grow, are exported and go', async () => {
    const estate = await createEstate();
    await estate.applied(one());
    const home = await poolOf(estate, 'a');
    await estate.run('pool.deregister', { name: `array-1/${home}` });
    await estate.run('device.deregister', { name: 'array-1' });
    const grown = [INFRASTRUCTURE, stack({ volumes: { a: 'size: 20GiB' }, exports: { e: 'host: h1, volumes: [a]' } })];
    await estate.applied(grown);
    expect((await estate.record('volume', 'a')).record.spec.sizeBytes).toBe(20 * 1024 ** 3);
    await estate.applied([INFRASTRUCTURE, stack()]);
  });

  it('makes a saved plan stale that puts a new volume there, and no other', async () => {
    const estate = await createEstate();
    await estate.applied(one());
    const create = await estate.planned(two);
    const grow = await estate.planned(one('size: 20GiB'));
    for (const pool of POOLS) await estate.run('pool.deregister', { name: `array-1/${pool}` });
    const input = { skipHeld: false, claimWaitMs: 0 };
    const stale = await estate.run('apply', { plan: create, ...input });
    expect([stale.outcome, stale.diagnostics.map(({ code }) => code)]).toEqual(['stale', ['COPRHD-PLAN-001']]);
    expect(stale.diagnostics[0]?.summary).toContain('was deregistered by anna at');
    expect((await estate.run('apply', { plan: grow, ...input })).outcome).toBe('ok');
  });

  it('is refused to virtual pools, and its capacity is not theirs', async () => {
    const estate = await createEstate();
    await estate.applied(one());
    await estate.run('pool.deregister', { name: 'array-1/fast' });
    const { pools } = await estate.run('pool.fit', { virtualPool: 'gold' });
    const fast = pools.find(({ pool }) => pool === 'array-1/fast');
    expect(fast).toMatchObject({ fits: false, misses: [{ filter: 'registered', needed: 'REGISTERED' }] });
    const listed = (await estate.run('pool.list', {})).pools.find(({ name }) => name === 'array-1/fast');
    expect(listed).toMatchObject({
      registrationStatus: 'UNREGISTERED',
      virtualPools: [],
      deregistered: { by: 'anna' },
    });
    const { virtualPools } = await estate.run('capacity', {});
    expect(virtualPools.find(({ name }) => name === 'gold')?.pools).toBe(1);
  });

  it('stays so through discovery, and through plans of its storage system', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    await estate.run('pool.deregister', { name: 'array-1/fast' });
    await estate.run('device.deregister', { name: 'array-1' });
    await estate.run('discover', {});
    await estate.applied(infrastructure({ pools: POOLS, mode: 'observe' }));
    const [device] = (await estate.run('device.list', {})).devices;
    expect(device).toMatchObject({ mode: 'observe', registrationStatus: 'UNREGISTERED', deregistered: { by: 'anna' } });
    expect(device?.pools.map(({ name, registrationStatus }) => [name, registrationStatus])).toEqual([
      ['fast', 'UNREGISTERED'],
      ['slow', 'REGISTERED'],
    ]);
  });
});

describe('a deregistered storage system', () => {
  it('gets no new volumes in any pool; others do', async () => {
    const estate = await createEstate();
    const both = infrastructure({ arrays: ['array-1', 'array-2'] });
    await estate.applied(both);
    await estate.run('device.deregister', { name: 'array-1' });
    const plan = await estate.planned([both, stack({ volumes: { a: null, b: null } })]);
    expect(new Set(['a', 'b'].map((name) => changeOf(plan, `s/volume.${name}`).facts.system))).toEqual(
      new Set(['array-2']),
    );
    await estate.run('device.deregister', { name: 'array-2' });
    const none = await estate.plan([both, stack({ volumes: { a: null } })]);
    expect(none.diagnostics[0]?.detail).toContain('array-2 was deregistered by anna at');
  });
});

describe('a deregistered port', () => {
  const exported = (hosts: readonly string[]) => [
    infrastructure({ paths: '{ min: 2, max: 2 }' }),
    stack({
      volumes: Object.fromEntries(hosts.map((host) => [`v-${host}`, null])),
      exports: Object.fromEntries(hosts.map((host) => [`e-${host}`, `host: ${host}, volumes: [v-${host}]`])),
    }),
  ];
  const portsOf = async (estate: Estate, host: string) => {
    const names = new Map((await estate.records('port')).map(({ record }) => [record.urn, record.name]));
    const mask = (await liveMasks(estate)).find(({ name }) => name.startsWith(`${host}@`));
    return mask!.spec.ports.map((port) => names.get(port));
  };

  it('is in no new mask, and stays in those that have it', async () => {
    const estate = await createEstate();
    await estate.applied(exported(['h1']));
    expect(await portsOf(estate, 'h1')).toEqual(['SP-A1', 'SP-B1']);
    const said = await estate.run('port.deregister', { name: 'array-1/sp-a1' });
    expect(said).toMatchObject({ kind: 'port', name: 'array-1/SP-A1', keeps: 1 });
    await estate.applied(exported(['h1', 'h2']));
    expect(await portsOf(estate, 'h1')).toEqual(['SP-A1', 'SP-B1']);
    expect(await portsOf(estate, 'h2')).toEqual(['SP-A2', 'SP-B1']);
    expect(lines(await estate.planned(exported(['h1', 'h2'])))).toEqual([]);
  });

  it('is named when too few are left', async () => {
    const estate = await createEstate();
    await estate.applied([exported([])[0]!, stack({ volumes: { 'v-h1': null } })]);
    for (const port of ['SP-A1', 'SP-A2', 'SP-B1']) await estate.run('port.deregister', { name: `array-1/${port}` });
    const planned = await estate.plan(exported(['h1']));
    expect(codes(planned)).toEqual(['COPRHD-PATH-001']);
    expect(planned.diagnostics[0]?.summary).toContain('port SP-A2 was deregistered by anna at');
  });

  it('is no path: where too few are left a new volume finds no place', async () => {
    const estate = await createEstate();
    await estate.applied(exported([]));
    for (const port of ['SP-A1', 'SP-A2', 'SP-B1']) await estate.run('port.deregister', { name: `array-1/${port}` });
    const planned = await estate.plan(exported(['h1']));
    expect(codes(planned)).toEqual(['COPRHD-PLACE-001']);
    const { pools } = await estate.run('pool.fit', { virtualPool: 'gold' });
    expect(pools[0]?.misses.map(({ filter }) => filter)).toContain('paths');
  });

  it('makes a saved plan stale that makes a mask with it', async () => {
    const estate = await createEstate();
    await estate.applied(exported(['h1']));
    const plan = await estate.planned(exported(['h1', 'h2']));
    await estate.run('port.deregister', { name: 'array-1/SP-A1' });
    const applied = await estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0 });
    expect([applied.outcome, applied.diagnostics[0]?.code]).toEqual(['stale', 'COPRHD-PLAN-001']);
  });
});

describe('registration', () => {
  it('is in the audit log before and after, and doing it twice is nothing', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    await estate.run('pool.deregister', { name: 'array-1/fast', why: 'first' });
    estate.clock.advance(1_000);
    const before = await estate.revision();
    const again = await estate.run('pool.deregister', { name: 'array-1/fast', why: 'second' });
    expect(again).toMatchObject({ changed: false, deregistered: { why: 'first' } });
    expect(await estate.revision()).toBe(before);
    expect(await estate.run('pool.register', { name: 'array-1/fast' })).toMatchObject({
      changed: true,
      registrationStatus: 'REGISTERED',
    });
    expect(await estate.run('pool.register', { name: 'array-1/fast' })).toMatchObject({ changed: false });
    expect((await estate.record('pool', 'fast')).record.spec).not.toHaveProperty('deregistered');
    const audited = await estate.engine.log.read('audit');
    expect(audited.map(({ event, actor, name, why }) => [event, actor, name, why])).toEqual([
      ['pool.deregister', ACTOR, 'array-1/fast', 'first'],
      ['pool.register', ACTOR, 'array-1/fast', undefined],
    ]);
  });

  it('of what is not there, or not named wholly, names the nearest', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    expect(await refused(estate.run('pool.deregister', { name: 'array-1/fst' }))).toEqual([
      'COPRHD-STATE-005',
      'did you mean array-1/fast?',
    ]);
    expect((await refused(estate.run('pool.deregister', { name: 'fast' })))[1]).toContain('SYSTEM/fast');
    expect((await refused(estate.run('port.register', { name: 'array-9/SP-A1' })))[0]).toBe('COPRHD-STATE-005');
  });

  it('waits for a workflow that has claimed the record', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    const recorded = await estate.record('pool', 'fast');
    await estate.put({ ...recorded.record, claim: { workflow: 'w', fence: 1 } }, recorded);
    expect((await refused(estate.run('pool.deregister', { name: 'array-1/fast' })))[0]).toBe('COPRHD-APPLY-003');
  });
});
