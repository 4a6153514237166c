import { describe, expect, it } from 'vitest';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import type { KeySource } from '../../../src/engine/operations/credentials.ts';
import type { Check } from '../../../src/engine/operations/types.ts';
import { registerProcess } from '../../../src/engine/state/leases.ts';
import { heldKeys, putRecordOps } from '../../../src/engine/state/records.ts';
import { Redacted } from '../../../src/lib/redacted.ts';
import { newSealingKey } from '../../../src/lib/sealing.ts';
import { ACTOR, createEstate, type Estate } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const PLAN = [infrastructure(), stack({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } })];

async function estateWithPlan(): Promise<Estate> {
  const estate = await createEstate();
  await estate.applied(PLAN);
  return estate;
}

async function found(estate: Estate, name: string): Promise<Check[]> {
  const { checks } = await estate.run('doctor', { bundle: false });
  return checks.filter((check) => check.name === name);
}

describe('doctor', () => {
  it('finds nothing wrong where nothing is, and changes nothing', async () => {
    const estate = await estateWithPlan();
    const before = [await estate.revision(), estate.changes.length];
    const { outcome, checks } = await estate.run('doctor', { bundle: true });
    expect(outcome).toBe('ok');
    expect(checks.map(({ name, level }) => [name, level])).toEqual(
      ['state', 'integrity', 'clock', 'vault', 'processes', 'workflows', 'devices'].map((name) => [name, 'ok']),
    );
    expect([await estate.revision(), estate.changes.length]).toEqual(before);
  });

  it('finds records without their names, names without records, and records that can not be read', async () => {
    const estate = await estateWithPlan();
    const { store } = estate.engine;
    const { record } = await estate.record('volume', 'a');
    const [name, address] = heldKeys(record);
    const other = (await estate.record('host', 'h1')).record.urn;
    await store.txn({
      success: [
        { type: 'delete', key: name! },
        { type: 'put', key: address!, value: other },
        { type: 'put', key: 'u/host/zone/ghost', value: other },
        { type: 'put', key: `r/network/${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}`, value: '{}' },
      ],
    });
    const { outcome } = await estate.run('doctor', { bundle: false });
    expect(outcome).toBe('error');
    const said = (await found(estate, 'integrity')).map(({ level, what }) => `${level} ${what}`);
    expect(said).toHaveLength(4);
    expect(said).toContain(`fail ${name} is missing, ${record.urn} should hold it`);
    expect(said).toContain(`fail ${address} says ${other}, and ${record.urn} holds it`);
    expect(said).toContain(`fail u/host/zone/ghost belongs to ${other}, which does not hold it`);
    expect(said.some((line) => line.includes('the state is damaged: r/network/0000'))).toBe(true);
  });

  it('tells devices that are down, are another one, or must be reviewed', async () => {
    const estate = await estateWithPlan();
    estate.takeDown('sim-1', new DriverError({ class: 'transient', message: 'refused', hint: 'start it' }));
    expect(await found(estate, 'devices')).toMatchObject([
      { level: 'fail', what: "array-1 can't be reached: refused", fix: 'start it' },
    ]);
    estate.bringUp('sim-1');
    estate.setEpoch(2);
    expect((await found(estate, 'devices')).map(({ level }) => level)).toEqual(['ok', 'warn']);
    estate.wrap = (array) => ({
      ...array,
      identify: async (ctx) => ({ ...(await array.identify(ctx)), serialNumber: 'other' }),
    });
    expect((await found(estate, 'devices')).at(0)).toMatchObject({
      level: 'fail',
      what: expect.stringContaining('another'),
    });
  });

  it('tells work that a dead process left, and its lease', async () => {
    const estate = await estateWithPlan();
    estate.crashPoint = (point) => {
      if (point.includes('step')) throw new Error('killed');
    };
    const grown = [PLAN[0]!, stack({ volumes: { a: null, b: null } })];
    await estate.apply(grown).catch(() => undefined);
    estate.crashPoint = undefined;
    await registerProcess(estate.engine.store, {
      ...estate.engine,
      installation: estate.engine.installation.installationId,
      actor: ACTOR,
    });
    estate.restart();
    expect((await found(estate, 'processes')).filter(({ level }) => level === 'warn').length).toBeGreaterThan(0);
    const [left] = await found(estate, 'workflows');
    expect(left).toMatchObject({ level: 'warn', fix: 'coprhd recover' });
    expect(left!.what).toMatch(/^workflow .* \(.*committed\) was left open by /);
    await estate.run('recover', {});
    expect((await found(estate, 'workflows')).map(({ level }) => level)).toEqual(['ok']);
  });

  it('tells a clock that is behind what others wrote', async () => {
    const estate = await estateWithPlan();
    const recorded = await estate.record('storageSystem', 'array-1');
    const later = { ...recorded.record, createdAtMs: estate.clock.nowMs() + 60_000 };
    const { compare, operations } = putRecordOps(later, recorded);
    await estate.engine.store.txn({ compare, success: operations });
    expect(await found(estate, 'clock')).toMatchObject([{ level: 'warn', what: expect.stringContaining('60 s') }]);
  });

  it('tells a vault that can not be opened', async () => {
    const estate = await estateWithPlan();
    const keys = estate.engine as { keySource: KeySource };
    const source = (): KeySource => {
      const { text } = newSealingKey(estate.engine.random);
      return { description: 'the key file k', read: async () => new Redacted(text.reveal()) };
    };
    keys.keySource = source();
    await estate.run('secret.set', { name: 'a', value: 'v' });
    expect(await found(estate, 'vault')).toMatchObject([{ level: 'ok' }]);
    keys.keySource = source();
    expect(await found(estate, 'vault')).toMatchObject([
      { level: 'fail', what: expect.stringContaining("can't be opened") },
    ]);
  });

  it('one check that breaks is one that fails, and the others go on', async () => {
    const estate = await estateWithPlan();
    estate.engine.log.read = async () => {
      throw new Error('the log is gone');
    };
    const { checks, outcome } = await estate.run('doctor', { bundle: false });
    expect(outcome).toBe('error');
    expect(checks.filter(({ level }) => level === 'fail')).toEqual([
      { name: 'clock', level: 'fail', what: 'the log is gone' },
    ]);
    expect(checks.at(-1)?.name).toBe('devices');
  });
});
