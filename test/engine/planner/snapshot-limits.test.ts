/** How many snapshots a volume may have, as its virtual pool says. */
import { describe, expect, it } from 'vitest';
import { createEstate, type Estate, TIB } from './estate.ts';
import { infrastructure, stack } from './texts.ts';

const allowing = (max: number, more = '') =>
  infrastructure().replace('provisioning: thin,', `provisioning: thin, snapshots: { max: ${max} },`) + more;

const withSnapshots = (...names: string[]) => {
  const lines = names.map((name) => `  ${name}: { volume: a, protect: false, onRemove: delete }`);
  return stack({ volumes: { a: 'onRemove: delete' }, more: ['snapshots:', ...lines].join('\n') });
};

const said = async (estate: Estate, max: number, ...names: string[]) =>
  (
    await estate.plan([allowing(max), names.length > 0 ? withSnapshots(...names) : stack({ volumes: { a: '' } })])
  ).diagnostics.map(({ summary }) => summary);

describe('snapshots of a volume', () => {
  it('are as many as its virtual pool allows, whatever else the plan does', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const problem = (name: string, count: number, max: number) =>
      `s/snapshot.${name}: a would have ${count} snapshots; virtual pool gold allows ${max}`;
    expect(await said(estate, 0, 'one')).toEqual([problem('one', 1, 0)]);
    expect(await said(estate, 1, 'one', 'two')).toEqual([problem('two', 2, 1)]);
    await estate.applied([allowing(1), withSnapshots('one')]);
    expect(await said(estate, 1, 'one', 'two')).toEqual([problem('two', 2, 1)]);
    expect(await said(estate, 2, 'one', 'two')).toEqual([]);
    // What is there stays, and one that goes makes room for those of the next plan.
    expect(await said(estate, 0, 'one')).toEqual([]);
    expect(await said(estate, 1, 'two')).toEqual([problem('two', 2, 1)]);
    await estate.applied([allowing(1), stack({ volumes: { a: 'onRemove: delete' } })]);
    expect(await said(estate, 1, 'two')).toEqual([]);
  });

  it('are not counted where one keeps what is about to be overwritten', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    await estate.applied([allowing(1), withSnapshots('one')]);
    const { plan, diagnostics } = await estate.run('copy.invoke', {
      verb: 'restore',
      addresses: ['s/snapshot.one'],
      attestOffline: 'anna',
    });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(plan!.changes.map(({ action }) => action)).toContain('create');
  });

  it('of a policy count as many as it keeps, and one that keeps too many is held', async () => {
    const policy = (keep: number) => `snapshotPolicies:\n  hourly: { every: 1h, keep: ${keep} }\n`;
    const taking = stack({ volumes: { a: 'onRemove: delete, snapshotPolicy: hourly' } });
    const run = async (keep: number, hours: number) => {
      const estate = await createEstate({ poolBytes: TIB });
      await estate.applied([allowing(2, policy(keep)), taking]);
      const results: { taken: number; expired: number; held: number }[] = [];
      for (let hour = 0; hour < hours; hour++) {
        estate.clock.advance(3_600_000);
        const { taken, expired, held } = await estate.run('snapshot.run', {});
        results.push({ taken, expired, held });
      }
      return results;
    };
    const [first, second, third] = await run(2, 3);
    expect([first, second, third]).toEqual([
      { taken: 1, expired: 0, held: 0 },
      { taken: 1, expired: 0, held: 0 },
      { taken: 1, expired: 1, held: 0 },
    ]);
    expect((await run(3, 3)).at(-1)).toEqual({ taken: 0, expired: 0, held: 1 });
  });
});
