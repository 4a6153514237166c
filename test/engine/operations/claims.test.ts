/** Who holds what, taking it from the dead, and stopping everybody at once. */
import { describe, expect, it } from 'vitest';
import { createEstate, type Estate, lines } from '../planner/estate.ts';
import { infrastructure } from '../planner/texts.ts';
import { EXPORTED, refusal, suspended } from './suspended.ts';

/** An apply that was killed in a device call; its process is dead once the estate restarts. */
async function killed(): Promise<{ readonly estate: Estate; readonly workflow: string }> {
  const estate = await createEstate();
  await estate.applied([infrastructure()]);
  estate.crashPoint = (point) => {
    if (point === 'step:after-call:mapping.ensure') throw new Error('killed');
  };
  await expect(estate.apply(EXPORTED, { parallel: 1 })).rejects.toThrow('killed');
  estate.crashPoint = undefined;
  const [key] = await estate.keys('w/');
  return { estate, workflow: key!.slice(2) };
}

describe('claims', () => {
  it('are listed with their holder, whether it lives, and what each holds', async () => {
    const { estate, workflow } = await suspended();
    const { claims } = await estate.run('claim.list', {});
    expect(claims).toMatchObject([
      { workflow, operation: 'apply', phase: 'suspended', state: 'dead', waitsFor: 'decision' },
    ]);
    expect(claims[0]!.holder).toMatch(/^anna on admin-1, process \d+, since /);
    const addresses = (which: 'exclusive' | 'shared') => claims[0]![which].map(({ address }) => address);
    expect(addresses('exclusive')).toContain('s/export.e');
    expect(addresses('exclusive')).not.toContain('infrastructure/host.h1');
    expect(addresses('shared').join(' ')).toContain('h1');
  });

  it('are found from the resource, exclusive and shared ones', async () => {
    const { estate, workflow } = await suspended();
    for (const address of ['s/export.e', 'host.h1']) {
      expect((await estate.run('claim.show', { address })).claims.map((claim) => claim.workflow)).toEqual([workflow]);
    }
    expect((await estate.run('claim.show', { address: 'host.h3' })).claims).toEqual([]);
    const { diagnostics } = await refusal(estate.run('claim.show', { address: 's/export.f' }));
    expect(diagnostics[0]).toMatchObject({ code: 'COPRHD-STATE-005', fix: expect.stringContaining('s/export.e') });
  });

  it('of a process that may live are not broken, unless somebody knows better: then it can write nothing more', async () => {
    const estate = await createEstate();
    await estate.applied([infrastructure()]);
    let go = () => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    let begun = () => {};
    const waits = new Promise<void>((resolve) => (begun = resolve));
    estate.wrap = (array) => ({
      ...array,
      ensureMapping: async (...args) => {
        begun();
        await gate;
        return array.ensureMapping(...args);
      },
    });
    const applying = estate.apply(EXPORTED, { parallel: 1 });
    await waits;
    const workflow = (await estate.keys('w/'))[0]!.slice(2);
    const { outcome, diagnostics } = await refusal(estate.run('claim.break', { workflow, force: false }));
    expect(outcome).toBe('claimed');
    expect(diagnostics[0]!.fix).toContain(`coprhd claim break ${workflow} --i-know`);
    const broken = await estate.run('claim.break', { workflow: workflow.slice(0, 8), force: true });
    expect(broken).toMatchObject({ outcome: 'ok', workflow, open: expect.arrayContaining(['s/export.e']) });
    expect(broken.diagnostics).toMatchObject([{ code: 'COPRHD-APPLY-004', severity: 'warning' }]);
    expect((await estate.run('claim.list', {})).claims).toMatchObject([{ state: 'dead' }]);
    go();
    expect((await applying).diagnostics.map(({ code }) => code)).toContain('COPRHD-APPLY-004');
    expect((await estate.run('recover', {})).outcome).toBe('ok');
    expect(lines(await estate.planned(EXPORTED))).toEqual([]);
    expect((await estate.engine.log.read('audit')).map(({ event, force }) => [event, force])).toEqual([
      ['claim.break', false],
      ['claim.break', true],
    ]);
  });

  it('of a dead process are broken without more ado, and nothing is lost by it', async () => {
    const { estate, workflow } = await killed();
    estate.restart();
    expect(await estate.run('claim.break', { workflow, force: false })).toMatchObject({
      outcome: 'ok',
      diagnostics: [],
    });
    expect((await estate.run('task.rollback', { task: workflow, preview: false })).outcome).toBe('ok');
    expect((await refusal(estate.run('claim.break', { workflow, force: false }))).diagnostics[0]!.code).toBe(
      'COPRHD-TASK-001',
    );
  });
});

describe('a freeze', () => {
  it('refuses every change naming who, when and why, shows in doctor, and is audited', async () => {
    const estate = await createEstate();
    const frozen = await estate.run('freeze', { why: 'firmware' });
    expect(frozen).toMatchObject({ already: false, running: [], freeze: { by: { name: 'anna' }, why: 'firmware' } });
    expect(await estate.run('freeze', { why: 'again' })).toMatchObject({ already: true, freeze: { why: 'firmware' } });
    const { outcome, diagnostics } = await refusal(estate.apply([infrastructure()]));
    expect([outcome, diagnostics[0]!.code]).toEqual(['held', 'COPRHD-APPLY-009']);
    expect(diagnostics[0]!.detail).toMatch(/^By anna at \d{4}-.*: firmware\.$/);
    expect((await estate.run('recover', {})).outcome).toBe('held');
    const { checks } = await estate.run('doctor', { bundle: false });
    expect(checks.find(({ name }) => name === 'freeze')).toMatchObject({
      level: 'warn',
      fix: expect.stringContaining('thaw'),
    });
    expect(await estate.run('thaw', {})).toMatchObject({ freeze: { why: 'firmware' }, waiting: [] });
    expect(await estate.run('thaw', {})).not.toHaveProperty('freeze');
    await estate.applied([infrastructure()]);
    const audit = await estate.engine.log.read('audit');
    expect(audit.map(({ event, why, actor }) => [event, why, (actor as { name: string }).name])).toEqual([
      ['freeze', 'firmware', 'anna'],
      ['freeze', 'again', 'anna'],
      ['thaw', undefined, 'anna'],
      ['thaw', undefined, 'anna'],
    ]);
  });

  it('in the middle of an apply stops it; after the thaw recover brings it to its end', async () => {
    const estate = await createEstate();
    await estate.applied([infrastructure()]);
    let running: readonly string[] = [];
    estate.wrap = (array) => ({
      ...array,
      ensureVolume: async (...args) => {
        running = (await estate.run('freeze', { why: '' })).running;
        return array.ensureVolume(...args);
      },
    });
    const result = await estate.apply(EXPORTED, { parallel: 1 });
    expect(result).toMatchObject({ outcome: 'partial', waitsFor: 'thaw' });
    expect(running).toEqual([result.workflow]);
    estate.wrap = undefined;
    expect((await estate.run('recover', {})).workflows).toMatchObject([{ result: 'frozen' }]);
    const resumed = await estate.run('task.resume', { task: result.workflow! });
    expect([resumed.outcome, resumed.diagnostics[0]!.code]).toEqual(['held', 'COPRHD-APPLY-009']);
    expect((await estate.run('thaw', {})).waiting).toEqual([result.workflow]);
    expect((await estate.run('recover', {})).outcome).toBe('ok');
    expect(lines(await estate.planned(EXPORTED))).toEqual([]);
  });
});
