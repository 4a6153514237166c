/** Full copies of a consistency group: of snapshots of one moment, which are taken for them and go with them. */
import { describe, expect, it } from 'vitest';
import { parseInput } from '../../../src/engine/operations/inputs.ts';
import type { InputOf } from '../../../src/engine/operations/types.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { createEstate, lines, TIB } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const INFRASTRUCTURE = infrastructure({ pools: ['fast', 'slow'] }).replace(
  'provisioning: thin,',
  'provisioning: thin, multiVolumeConsistency: true,',
);
const GROUP = 's/consistencyGroup.pair';

async function withCopies() {
  const estate = await createEstate({ poolBytes: TIB });
  const volumes = { one: 'consistencyGroup: pair', two: 'consistencyGroup: pair' };
  const declared = stack({ volumes, more: 'consistencyGroups: { pair: {}, empty: {} }' });
  await estate.applied([INFRASTRUCTURE, declared]);
  const stored = (name: string) => estate.show().volumes.find((each) => each.name.startsWith(`${name}-`));
  const write = (word: string) => {
    for (const name of ['one', 'two'])
      estate.edit({ edit: 'write-content', volume: stored(name)!.name, content: `${name} ${word}` });
  };
  const apply = async ({ plan, ...rest }: { readonly plan?: Plan | undefined }) => {
    expect(plan, JSON.stringify(rest)).toBeDefined();
    const result = await estate.run('apply', {
      ...{ plan: plan!, skipHeld: false, claimWaitMs: 0, confirmDestroy: plan!.removals.volumes },
    });
    expect(result.outcome, JSON.stringify(result.diagnostics)).toBe('ok');
    return plan!;
  };
  write('A');
  const free = { protect: false, onRemove: 'delete' } as const;
  const make = (name: string, of = GROUP) => estate.run('copy.make', { name, of, ...free });
  const made = await apply(await make('dev'));
  const invoke = (verb: 'detach' | 'restore', ...addresses: string[]) => estate.run('copy.invoke', { verb, addresses });
  const remove = (...addresses: string[]) => estate.run('resource.remove', { addresses });
  const snapshots = async () =>
    (await estate.run('resource.list', { kind: 'snapshot' })).resources.map(({ name }) => name).sort();
  return { estate, declared, stored, write, apply, make, made, invoke, remove, snapshots };
}

describe('full copies of a consistency group', () => {
  it('are made by one plan of snapshots that one call takes', async () => {
    const { estate, declared, stored, write, made, snapshots } = await withCopies();
    expect(lines(made)).toEqual([
      'create snapshot.dev-source-one',
      'create snapshot.dev-source-two',
      'create volume.dev-one',
      'create volume.dev-two',
    ]);
    const taken = made.units
      .flatMap(({ steps }) => steps)
      .flatMap((step) => (step.kind === 'snapshot.create' ? [step.args.members.length] : []));
    expect(taken).toEqual([2]);
    write('B');
    expect(['dev-one', 'dev-two'].map((name) => stored(name)?.content)).toEqual(['one A', 'two A']);
    expect(await snapshots()).toEqual(['dev-source-one', 'dev-source-two']);
    // They are nobody's drift, and no plan file's affair.
    expect(lines(await estate.planned(declared))).toEqual([]);
    expect((await estate.run('drift', {})).items).toEqual([]);
  });

  it('take their snapshots along when they are detached or removed, each its own', async () => {
    const { stored, apply, invoke, remove, snapshots } = await withCopies();
    const refused = await invoke('restore', 'volume.dev-one');
    expect(refused.diagnostics[0]?.summary).toContain('is a copy of a snapshot, which is of its moment for ever');
    expect(lines(await apply(await invoke('detach', 'volume.dev-one')))).toEqual([
      'invoke volume.dev-one',
      'delete snapshot.dev-source-one',
    ]);
    expect([stored('dev-one')?.content, await snapshots()]).toEqual(['one A', ['dev-source-two']]);
    expect(lines(await apply(await remove('volume.dev-two')))).toEqual([
      'delete volume.dev-two',
      'delete snapshot.dev-source-two',
    ]);
    expect([await snapshots(), stored('dev-source-two')]).toEqual([[], undefined]);
  });

  it('keep a snapshot that another copy needs, or that somebody else asked for', async () => {
    const { estate, apply, make, invoke, remove, snapshots } = await withCopies();
    await apply(
      await estate.run('copy.make', {
        name: 'more',
        of: 'snapshot.dev-source-one',
        protect: false,
        onRemove: 'delete',
      }),
    );
    await apply(await invoke('detach', 'volume.dev-one', 'volume.dev-two'));
    expect(await snapshots()).toEqual(['dev-source-one']);
    await apply(await remove('volume.more'));
    expect(await snapshots()).toEqual([]);
    await apply(await estate.run('snapshot.take', { name: 'asked', of: 's/volume.one', protect: false }));
    await apply(await make('of-it', 'snapshot.asked'));
    await apply(await invoke('detach', 'volume.of-it'));
    expect(await snapshots()).toEqual(['asked']);
  });

  it('of a larger group than one request may make volumes are detached and removed as a whole', async () => {
    const estate = await createEstate({ poolBytes: 100 * TIB });
    const names = Array.from({ length: LIMITS.byNameMax + 30 }, (_, index) => `v${index}`);
    const volumes = Object.fromEntries(names.map((name) => [name, 'consistencyGroup: pair']));
    await estate.applied([INFRASTRUCTURE, stack({ volumes, more: 'consistencyGroups: { pair: {} }' })]);
    /** As a daemon passes it on: what is asked for is checked first. */
    const done = async <N extends 'copy.make' | 'copy.invoke' | 'resource.remove'>(name: N, asked: InputOf<N>) => {
      const parsed = parseInput(name, asked);
      if (!parsed.ok) throw new Error(parsed.issues.join('; '));
      const { plan } = await estate.run(name, parsed.input as never);
      const confirmed = { plan: plan!, skipHeld: false, claimWaitMs: 0, confirmDestroy: plan!.removals.volumes };
      expect(await estate.run('apply', confirmed)).toMatchObject({ outcome: 'ok' });
    };
    await done('copy.make', { name: 'dev', of: GROUP, protect: false, onRemove: 'delete' });
    const copies = names.map((name) => `volume.dev-${name}`);
    await done('copy.invoke', { verb: 'detach', addresses: copies });
    await done('resource.remove', { addresses: copies });
    expect(estate.show().volumes).toHaveLength(names.length);
  });

  it('of a group without volumes are refused', async () => {
    const { make } = await withCopies();
    await expect(make('none', 's/consistencyGroup.empty')).rejects.toThrow('nothing');
  });
});
