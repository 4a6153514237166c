/** Continuous copies of the volumes of a consistency group: paused at one moment, all or none. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { createEstate, TIB } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const INFRASTRUCTURE = infrastructure({ pools: ['fast', 'slow'] }).replace(
  'provisioning: thin,',
  'provisioning: thin, multiVolumeConsistency: true,',
);
const FREE = 'protect: false, onRemove: delete';
type Verb = 'restore' | 'pause' | 'resume' | 'split' | 'detach';
const refusal = async (planning: Promise<{ diagnostics: readonly { summary: string }[] }>) =>
  (await planning).diagnostics[0]?.summary;

describe('continuous copies of a consistency group', () => {
  const GROUP = 's/consistencyGroup.pair';
  const make = async () => {
    const fresh = await createEstate({ poolBytes: TIB });
    const volumes = { one: `consistencyGroup: pair, ${FREE}`, two: `consistencyGroup: pair, ${FREE}`, alone: FREE };
    await fresh.applied([INFRASTRUCTURE, stack({ volumes, more: 'consistencyGroups: { pair: {}, empty: {} }' })]);
    const device = (name: string) => fresh.show().volumes.find((each) => each.name.startsWith(`${name}-`))!;
    const apply = async (plan: Plan) => {
      const result = await fresh.run('apply', { plan, skipHeld: false, claimWaitMs: 0 });
      expect(result.outcome, JSON.stringify(result.diagnostics)).toBe('ok');
    };
    const { plan } = await fresh.run('copy.make', { name: 'm', of: GROUP, continuous: true, protect: false });
    await apply(plan!);
    const asked = (verb: Verb, address = GROUP) => fresh.run('copy.invoke', { verb, addresses: [address] });
    const ask = async (verb: Verb) => {
      const { plan: asking, diagnostics } = await asked(verb);
      await apply(asking!);
      return { plan: asking!, warnings: diagnostics.map(({ summary }) => summary) };
    };
    const writeBoth = (word: string) => {
      for (const name of ['one', 'two'])
        fresh.edit({ edit: 'write-content', volume: device(name).name, content: `${name} ${word}` });
    };
    const held = () => ['m-one', 'm-two'].map((name) => device(name).content);
    return { fresh, asked, ask, writeBoth, held, device };
  };

  it('are paused by one call and one unit, follow again, and are split', async () => {
    const { asked, ask, writeBoth, held, device } = await make();
    writeBoth('A');
    const { plan } = await ask('pause');
    expect(plan.units.map(({ steps, writes }) => [steps.map(({ kind }) => kind), writes.length])).toEqual([
      [['mirror.pause'], 2],
    ]);
    expect(plan.changes.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('of one moment with 1 more'),
      expect.stringContaining('of one moment with 1 more'),
    ]);
    writeBoth('B');
    expect(held()).toEqual(['one A', 'two A']);
    expect((await asked('pause')).plan?.units).toEqual([]);
    expect((await ask('resume')).plan.units).toHaveLength(2);
    expect(held()).toEqual(['one B', 'two B']);
    expect((await asked('split')).diagnostics.map(({ summary }) => summary)).toEqual([
      '2 continuous copies of one consistency group are split one after the other, and not at one moment',
    ]);
    await ask('pause');
    expect((await ask('split')).warnings).toEqual([]);
    expect(['m-one', 'm-two'].map((name) => device(name).mirror)).toEqual([undefined, undefined]);
  });

  it('are all paused or none, and a group that nothing follows is told so', async () => {
    const { fresh, asked } = await make();
    expect(await refusal(asked('pause', 's/consistencyGroup.empty'))).toBe(
      'nothing follows a volume of s/consistencyGroup.empty',
    );
    // What follows is no full copy.
    expect(await refusal(asked('restore'))).toBe('there are no full copies of s/consistencyGroup.pair');
    expect(await refusal(asked('detach'))).toBe('there are no full copies of s/consistencyGroup.pair');
    const name = fresh.show().volumes.find((each) => each.name.startsWith('m-two-'))!.name;
    fresh.edit({ edit: 'delete-volume', volume: name });
    const { plan } = await asked('pause');
    expect(plan?.units).toEqual([]);
    expect(plan?.changes.map(({ held }) => held?.diagnostic.summary)).toEqual([
      'volume.m-one waits for volume.m-two, which is held',
      expect.stringContaining('m-two'),
    ]);
  });
});
