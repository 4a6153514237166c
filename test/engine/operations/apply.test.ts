import { describe, expect, it } from 'vitest';
import type { ApplyInput } from '../../../src/engine/operations/types.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { OperationError } from '../../../src/lib/diagnostic.ts';
import { createEstate, DAY_MS, type Estate, lines } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const INFRASTRUCTURE = infrastructure();
const texts = (volumes: Record<string, string | null>, exports: Record<string, string> = {}) => [
  INFRASTRUCTURE,
  stack({ volumes, exports }),
];
const once = (plan: Plan, more: Partial<ApplyInput> = {}): ApplyInput => ({
  plan,
  skipHeld: false,
  claimWaitMs: 0,
  ...more,
});

/** The outcome and codes of what an operation throws. */
async function refusal(work: Promise<unknown>): Promise<readonly string[]> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OperationError)) throw error ?? new Error('it was not refused');
  return [error.outcome, ...error.diagnostics.map(({ code }) => code)];
}

/** Somebody changes the host while devices are looked at, so many times. */
function disturb(estate: Estate, times: number): void {
  let left = times;
  estate.wrap = (array) => ({
    ...array,
    listMasks: async (...args) => {
      if (left-- > 0) {
        const found = await estate.record('host', 'h1');
        await estate.put({ ...found.record, tags: [`t${left}`] }, found);
      }
      return array.listMasks(...args);
    },
  });
}

describe('apply of files', () => {
  const renamed = [infrastructure({ hosts: { h1: ['h1', 'new'], h2: ['h2'], h3: ['h3'] } })];

  it('plans again when the state changed under it', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    disturb(estate, 2);
    estate.events.length = 0;
    expect((await estate.apply(renamed)).outcome).toBe('ok');
    expect(estate.events.filter(({ type }) => type === 'plan.made').length).toBe(3);
  });

  it('gives up after three plans', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    disturb(estate, 9);
    estate.events.length = 0;
    const result = await estate.apply(renamed);
    expect([result.outcome, result.diagnostics.map(({ code }) => code)]).toEqual(['stale', ['COPRHD-PLAN-001']]);
    expect(estate.events.filter(({ type }) => type === 'plan.made').length).toBe(3);
    expect(result.counts).toEqual({ done: 0, prepared: 0, undone: 0, failed: 0, unknown: 0, 'not-started': 1 });
  });

  it('starts nothing while anything is held, unless told to leave that out', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: 'protect: true' }));
    const held = await estate.apply(texts({ b: null }));
    expect(held).toMatchObject({ outcome: 'held', units: [] });
    expect(held.diagnostics.map(({ code, severity }) => [code, severity])).toContainEqual(['COPRHD-PLAN-007', 'error']);
    const rest = await estate.apply(texts({ b: null }), { skipHeld: true });
    expect(rest.outcome).toBe('ok');
    expect(rest.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['COPRHD-HELD-002', 'warning']]);
    expect((await estate.record('volume', 'a')).record.status.phase).toBe('ready');
  });

  it('says what is wrong with them without touching anything', async () => {
    const estate = await createEstate();
    const result = await estate.apply(texts({ a: 'virtualPool: nope' }));
    expect(result).toMatchObject({ outcome: 'error', units: [] });
    expect(result.diagnostics.map(({ code }) => code)).toEqual(['COPRHD-CONFIG-005']);
    expect(estate.changes).toEqual([]);
  });

  it('reports a step that the device refused, with what was undone', async () => {
    const estate = await createEstate();
    estate.fault({ operation: 'ensureMapping', before: 'invalid' });
    const result = await estate.apply(texts({ a: null }, { e: 'host: h1, volumes: [a]' }));
    expect(result.outcome).toBe('partial');
    expect(result.units.find(({ address }) => address === 's/export.e')).toMatchObject({ state: 'undone' });
    expect(result.diagnostics.map(({ code }) => code)).toEqual(['COPRHD-DEVICE-002']);
    estate.clearFaults();
    await estate.applied(texts({ a: null }, { e: 'host: h1, volumes: [a]' }));
    expect(lines(await estate.planned(texts({ a: null }, { e: 'host: h1, volumes: [a]' })))).toEqual([]);
  });
});

describe('apply of a saved plan', () => {
  it('runs exactly that, once', async () => {
    const estate = await createEstate();
    const plan = JSON.parse(JSON.stringify(await estate.planned(texts({ a: null })))) as Plan;
    expect((await estate.run('apply', once(plan))).outcome).toBe('ok');
    const again = await estate.run('apply', once(plan));
    expect([again.outcome, again.diagnostics.map(({ code }) => code)]).toEqual(['stale', ['COPRHD-PLAN-002']]);
  });

  it('refuses it when what it relied on has changed', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: null }));
    const plan = await estate.planned(texts({ a: 'size: 20GiB' }));
    await estate.applied(texts({ a: 'tags: [x]' }));
    const result = await estate.run('apply', once(plan));
    expect([result.outcome, result.diagnostics.map(({ code }) => code)]).toEqual(['stale', ['COPRHD-PLAN-001']]);
    expect(estate.changes.filter((change) => change.includes('expand'))).toEqual([]);
  });

  it('refuses it when the room went to somebody else meanwhile', async () => {
    const estate = await createEstate({ poolBytes: 100 * 1024 ** 3 });
    await estate.applied(INFRASTRUCTURE);
    const [first, second] = [
      await estate.planned(texts({ a: 'size: 150GiB' })),
      await estate.planned(texts({ b: 'size: 150GiB' })),
    ];
    expect((await estate.run('apply', once(first))).outcome).toBe('ok');
    const result = await estate.run('apply', once(second));
    expect([result.outcome, result.diagnostics.map(({ code }) => code)]).toEqual(['stale', ['COPRHD-PLACE-002']]);
    expect((await estate.ledger())?.reservations).toEqual({});
  });

  it('refuses what has expired, is of another state, of an older one, or in another format', async () => {
    const estate = await createEstate();
    const plan = await estate.planned(texts({ a: null }));
    expect(await refusal(estate.run('apply', once({ ...plan, installation: 'another' })))).toEqual([
      'error',
      'COPRHD-PLAN-005',
    ]);
    expect(await refusal(estate.run('apply', once({ ...plan, formatVersion: 99 })))).toEqual([
      'error',
      'COPRHD-PLAN-004',
    ]);
    estate.setEpoch(2);
    expect(await refusal(estate.run('apply', once(plan)))).toEqual(['stale', 'COPRHD-PLAN-001']);
    estate.setEpoch(1);
    estate.clock.advance(DAY_MS + 1);
    expect(await refusal(estate.run('apply', once(plan)))).toEqual(['stale', 'COPRHD-PLAN-003']);
    expect(estate.changes).toEqual([]);
  });

  it('asks for the number of removals as files do', async () => {
    const estate = await createEstate();
    await estate.applied(texts({ a: null }));
    const plan = await estate.planned(texts({}));
    expect((await estate.run('apply', once(plan))).outcome).toBe('held');
    expect((await estate.run('apply', once(plan, { confirmDestroy: 2 }))).outcome).toBe('held');
    expect((await estate.run('apply', once(plan, { confirmDestroy: 1 }))).outcome).toBe('ok');
  });
});

class Killed extends Error {}

describe('recovery', () => {
  const killed = async (at: string, plan: readonly string[]) => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    estate.crashPoint = (name) => {
      if (name.startsWith(at)) throw new Killed(at);
    };
    await expect(estate.apply(plan)).rejects.toThrow(Killed);
    estate.crashPoint = undefined;
    estate.restart();
    return estate;
  };
  const plan = texts({ a: null }, { e: 'host: h1, volumes: [a]' });

  it('has nothing to do where nothing was left', async () => {
    const estate = await createEstate();
    expect(await estate.run('recover', {})).toEqual({ outcome: 'ok', diagnostics: [], workflows: [] });
  });

  it('gives back what was only claimed', async () => {
    const estate = await killed('commit:before', plan);
    const { outcome, workflows } = await estate.run('recover', {});
    expect([outcome, workflows.map(({ result }) => result)]).toEqual(['ok', ['released']]);
    expect((await estate.records('volume')).length).toBe(0);
    expect((await estate.ledger())?.reservations ?? {}).toEqual({});
  });

  it('finishes what was committed', async () => {
    const estate = await killed('commit:after', plan);
    const { outcome, workflows } = await estate.run('recover', {});
    expect([outcome, workflows.map(({ result, operation }) => [result, operation])]).toEqual([
      'ok',
      [['finished', 'apply']],
    ]);
    expect(lines(await estate.planned(plan))).toEqual([]);
    expect(await estate.keys('w')).toEqual([]);
  });

  it('says so when it can not be finished, and an apply of something else goes on beside it', async () => {
    const estate = await killed('commit:after', plan);
    estate.fault({ operation: '*', before: 'transient' });
    const { outcome, workflows } = await estate.run('recover', {});
    expect(['partial', 'unknown']).toContain(outcome);
    expect(['partial', 'unknown']).toContain(workflows[0]?.result);
    estate.clearFaults();
    const result = await estate.apply(plan);
    expect(result.outcome).toBe('ok');
    expect(lines(await estate.planned(plan))).toEqual([]);
  });

  it('leaves what a process on another machine may still be at, until its lease has ended', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    const { store } = estate.engine;
    const grant = store.grantLease.bind(store);
    // Who is killed gives nothing back.
    store.grantLease = async (ttlMs) => Object.assign(Object.create(await grant(ttlMs)), { revoke: async () => {} });
    estate.crashPoint = (name) => {
      if (name === 'commit:after') throw new Killed();
    };
    await expect(estate.apply(plan)).rejects.toThrow(Killed);
    Object.assign(store, { grantLease: grant });
    estate.crashPoint = undefined;
    estate.restart('admin-2');
    const { outcome, workflows } = await estate.run('recover', {});
    expect([outcome, workflows.map(({ result }) => result)]).toEqual(['claimed', ['left']]);
    expect((await estate.keys('wo/')).length).toBe(1);
    estate.clock.advance(11_000);
    expect((await estate.run('recover', {})).outcome).toBe('ok');
    expect(lines(await estate.planned(plan))).toEqual([]);
  });
});
