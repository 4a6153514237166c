/** Full copies of a consistency group: of snapshots of one moment, which are taken for them and go with them. */
import { describe, expect, it } from 'vitest';
import { parseInput } from '../../../src/engine/operations/inputs.ts';
import type { InputOf } from '../../../src/engine/operations/types.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { putRecordOps } from '../../../src/engine/state/records.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { createEstate, lines, TIB } from '../planner/estate.ts';
import { infrastructure, iqn, stack } from '../planner/texts.ts';

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
  const make = (name: string, of = GROUP, count?: number) => estate.run('copy.make', { name, of, count, ...free });
  const made = await apply(await make('dev'));
  const invoke = (verb: 'detach' | 'restore', ...addresses: string[]) => estate.run('copy.invoke', { verb, addresses });
  const whole = (verb: 'restore' | 'resynchronise', address: string, attestOffline?: string) =>
    estate.run('copy.invoke', { verb, addresses: [address], wholeSet: true, attestOffline });
  const held = (...names: string[]) => names.map((name) => stored(name)?.content);
  const remove = (...addresses: string[]) => estate.run('resource.remove', { addresses });
  const snapshots = async () =>
    (await estate.run('resource.list', { kind: 'snapshot' })).resources.map(({ name }) => name).sort();
  return { estate, declared, stored, write, apply, make, made, invoke, whole, held, remove, snapshots };
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

  it('are detached together by the name of their group, or of one of them with its whole set', async () => {
    const { estate, apply, make, snapshots } = await withCopies();
    const detach = (address: string, wholeSet = false) =>
      estate.run('copy.invoke', { verb: 'detach', addresses: [address], wholeSet });
    await apply(await make('more'));
    expect((await detach(GROUP)).diagnostics[0]?.fix).toBe(
      'name one of those that are meant: coprhd copy detach volume.dev-one --whole-set',
    );
    expect(lines(await apply(await detach('volume.dev-two', true)))).toEqual([
      'invoke volume.dev-one',
      'invoke volume.dev-two',
      'delete snapshot.dev-source-one',
      'delete snapshot.dev-source-two',
    ]);
    expect(lines(await apply(await detach(GROUP)))).toEqual([
      'invoke volume.more-one',
      'invoke volume.more-two',
      'delete snapshot.more-source-one',
      'delete snapshot.more-source-two',
    ]);
    expect(await snapshots()).toEqual([]);
    expect((await detach(GROUP)).diagnostics[0]?.summary).toBe(`there are no full copies of ${GROUP}`);
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

  it('are not there where one of them can not be made, nor are the snapshots that were taken for them', async () => {
    const { estate, stored, make, snapshots } = await withCopies();
    const before = [await snapshots(), estate.show().volumes.length];
    for (const [operation, nth] of [
      ['startCopy', 1],
      ['startCopy', 0],
      ['ensureVolume', 1],
    ] as const) {
      let begun = 0;
      estate.onEvent = ({ type }) => {
        if (type === 'unit.started' && begun++ === nth + 1) estate.fault({ operation, before: 'invalid', times: 1 });
      };
      const { plan } = await make('more');
      const { outcome, units } = await estate.run('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0 });
      estate.clearFaults();
      expect([operation, nth, outcome]).toEqual([operation, nth, 'partial']);
      expect(units.map(({ state }) => state).filter((state) => state === 'done')).toEqual([]);
      expect([await snapshots(), estate.show().volumes.length]).toEqual(before);
      expect(stored('more-one')).toBeUndefined();
    }
    estate.onEvent = undefined;
    expect((await make('more')).plan?.atomic).toBe(true);
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

const why = ({ diagnostics }: { readonly diagnostics: readonly { readonly summary: string }[] }) =>
  diagnostics.map(({ summary }) => summary).join('\n');

describe('full copies of a consistency group that were made together', () => {
  it('go back to their volumes by one unit, and what these held is kept at one moment first', async () => {
    const { estate, write, apply, whole, held, snapshots } = await withCopies();
    write('B');
    for (const address of ['volume.dev-two', GROUP]) {
      const plan = await apply(await whole('restore', address));
      expect(lines(plan).map((line) => line.replace(/-\d{8}T.*/, ''))).toEqual([
        'create snapshot.one-before-restore',
        'create snapshot.two-before-restore',
        'invoke s/volume.one',
        'invoke s/volume.two',
      ]);
      expect(plan.units.map(({ steps }) => steps.map(({ kind }) => kind))).toEqual([
        ['snapshot.create'],
        ['volume.copy', 'volume.copy'],
      ]);
      expect(held('one', 'two', 'dev-one', 'dev-two')).toEqual(['one A', 'two A', 'one A', 'two A']);
      const kept = (await snapshots()).filter((name) => name.includes('before'));
      expect(held('one-before-restore', 'two-before-restore')).toEqual(['one B', 'two B']);
      await apply(await estate.run('resource.remove', { addresses: kept.map((name) => `snapshot.${name}`) }));
      write('B');
    }
  });

  it('are all put back where one of them fails half-way', async () => {
    const { estate, write, whole, held } = await withCopies();
    write('B');
    let begun = 0;
    estate.onEvent = ({ type }) => {
      if (type === 'step.progress' && ++begun === 1)
        estate.fault({ operation: 'startCopy', before: 'invalid', times: 1 });
    };
    for (const name of ['dev-one', 'dev-two']) {
      const { name: volume } = estate.show().volumes.find((each) => each.name.startsWith(`${name}-`))!;
      estate.edit({ edit: 'write-volume', volume, allocatedBytes: 1_000_000_000 });
    }
    const { plan } = await whole('restore', GROUP);
    const { outcome } = await estate.run('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0 });
    expect([outcome, begun > 0]).toEqual(['partial', true]);
    expect(held('one', 'two')).toEqual(['one B', 'two B']);
  });

  it('are brought to new snapshots of one moment, and the old ones go', async () => {
    const { estate, declared, write, apply, whole, held, snapshots } = await withCopies();
    for (const [word, address] of [
      ['B', 'volume.dev-one'],
      ['C', GROUP],
    ] as const) {
      const old = (await snapshots()).filter((name) => name.includes('source'));
      write(word);
      const plan = await apply(await whole('resynchronise', address));
      const taken = plan.units.flatMap(({ steps }) =>
        steps.flatMap((step) => (step.kind === 'snapshot.create' ? [step.args.members.length] : [])),
      );
      // The first is that of the group; what the copies held is kept as theirs alone.
      expect(taken).toEqual([2, 1, 1]);
      expect(lines(plan).filter((line) => line.startsWith('delete'))).toEqual(
        old.map((name) => `delete snapshot.${name}`),
      );
      expect(held('one', 'two', 'dev-one', 'dev-two')).toEqual(
        ['one', 'two', 'one', 'two'].map((name) => `${name} ${word}`),
      );
      const now = (await snapshots()).filter((name) => name.includes('source'));
      expect([now.length, now.filter((name) => old.includes(name))]).toEqual([2, []]);
    }
    expect(lines(await estate.planned(declared))).toEqual([]);
    write('D');
    await apply(await whole('restore', GROUP));
    expect(held('one', 'two')).toEqual(['one C', 'two C']);
  });

  it('stay of their moment where they can not be brought to another one, and nothing of that is left', async () => {
    const { estate, write, apply, whole, held, snapshots } = await withCopies();
    const sources = async () => (await snapshots()).filter((name) => name.includes('source'));
    const before = await sources();
    write('B');
    let begun = 0;
    estate.onEvent = ({ type }) => {
      if (type === 'step.progress' && ++begun === 1)
        estate.fault({ operation: 'startCopy', before: 'invalid', times: 1 });
    };
    for (const { name, snapshot } of estate.show().volumes)
      if (!snapshot) estate.edit({ edit: 'write-volume', volume: name, allocatedBytes: 1_000_000_000 });
    const { plan } = await whole('resynchronise', GROUP);
    const agreed = { plan: plan!, skipHeld: false, claimWaitMs: 0, confirmDestroy: plan!.removals.volumes };
    expect([(await estate.run('apply', agreed)).outcome, begun > 0]).toEqual(['partial', true]);
    expect(held('dev-one', 'dev-two')).toEqual(['one A', 'two A']);
    expect(await sources()).toEqual(before);
    estate.onEvent = undefined;
    estate.clearFaults();
    await apply(await whole('restore', GROUP));
    expect(held('one', 'two')).toEqual(['one A', 'two A']);
  });

  it('of several each are told apart, and have to be named where a group has more than one set', async () => {
    const { write, apply, make, invoke, whole, held } = await withCopies();
    await apply(await invoke('detach', 'volume.dev-one', 'volume.dev-two'));
    expect(why(await whole('restore', GROUP))).toContain('there are no full copies of s/consistencyGroup.pair');
    await apply(await make('more', GROUP, 2));
    write('B');
    await apply(await whole('resynchronise', 'volume.more-two-2'));
    expect(held('more-one-1', 'more-two-1', 'more-one-2', 'more-two-2')).toEqual(['one A', 'two A', 'one B', 'two B']);
    const many = await whole('restore', GROUP);
    expect(many.plan).toBeUndefined();
    expect(many.diagnostics[0]).toMatchObject({
      summary: expect.stringContaining(
        '2 sets of full copies of s/consistencyGroup.pair: volume.more-one-1, volume.more-one-2',
      ),
      fix: expect.stringContaining('coprhd copy restore volume.more-one-1 --whole-set'),
    });
    write('C');
    await apply(await whole('restore', 'volume.more-one-1'));
    expect(held('one', 'two')).toEqual(['one A', 'two A']);
  });

  it('are refused where a member is missing, detached, left the group or has grown', async () => {
    const { estate, apply, invoke, whole } = await withCopies();
    const declare = async (volumes: Readonly<Record<string, string>>) => {
      const more = 'consistencyGroups: { pair: {}, empty: {} }';
      expect((await estate.applied(stack({ volumes, more }))).outcome).toBe('ok');
    };
    const [one, two] = ['consistencyGroup: pair', 'consistencyGroup: pair'];
    const refused = async () => {
      const [restored, brought] = [await whole('restore', GROUP), await whole('resynchronise', GROUP)];
      expect([restored.plan, brought.plan]).toEqual([undefined, undefined]);
      return [why(restored), why(brought)];
    };
    await declare({ one, two, three: 'consistencyGroup: pair' });
    const noCopy = 's/volume.three has no copy in the set of volume.dev-one';
    expect(await refused()).toEqual([noCopy, noCopy]);
    await declare({ one, two, three: '' });
    await declare({ one, two: '', three: '' });
    const left = 'volume.dev-two is a copy of two, which is not in consistency group pair any more';
    expect(await refused()).toEqual([left, left]);
    await declare({ one, two: `${two}, size: 20GiB`, three: '' });
    expect(await refused()).toEqual([
      's/volume.two has grown to 20 GiB since its copy of 10 GiB was made',
      'volume.dev-two has 10 GiB, s/volume.two has 20 GiB',
    ]);
    await apply(await invoke('detach', 'volume.dev-two'));
    const detached = 's/volume.two has no copy in the set of volume.dev-one';
    expect(await refused()).toEqual([detached, detached]);
  });

  it('are not restored where they are not of one moment, and can be brought to one', async () => {
    const { estate, apply, make, whole, held, write } = await withCopies();
    estate.clock.advance(1_000);
    await apply(await make('more'));
    // As after a state that was put together of two.
    const copies = (await estate.records('volume')).filter(({ record }) => /^(dev|more)-two$/.test(record.name));
    const sets = copies.map(({ record }) => record.spec.copySet).reverse();
    for (const [index, recorded] of copies.entries()) {
      const { record } = recorded;
      const mixed = { ...record, spec: { ...record.spec, copySet: sets[index]! } };
      const { compare, operations } = putRecordOps(mixed, recorded);
      expect((await estate.engine.store.txn({ compare, success: operations })).succeeded).toBe(true);
    }
    expect(why(await whole('restore', 'volume.dev-one'))).toBe(
      'volume.more-two is of another moment than volume.dev-one',
    );
    write('B');
    await apply(await whole('resynchronise', 'volume.dev-one'));
    expect(held('dev-one', 'more-two', 'more-one', 'dev-two')).toEqual(['one B', 'two B', 'one A', 'two A']);
  });

  it('are held while a host uses one of what would be overwritten, and not once somebody attests', async () => {
    const { estate, apply, whole, held, write } = await withCopies();
    const volumes = { one: 'consistencyGroup: pair', two: 'consistencyGroup: pair' };
    const more = 'consistencyGroups: { pair: {}, empty: {} }';
    await estate.applied(stack({ volumes, more, exports: { e: 'host: h1, volumes: [two]' } }));
    write('B');
    estate.edit({ edit: 'login', initiator: iqn('h1') });
    const plan = (await whole('restore', GROUP)).plan!;
    expect(lines(plan)).toEqual(['held s/volume.two COPRHD-HELD-004']);
    const attested = await apply(await whole('restore', GROUP, 'anna'));
    expect(attested.changes.map(({ facts }) => facts.attestedBy).filter(Boolean)).toEqual(['anna', 'anna']);
    expect(held('one', 'two')).toEqual(['one A', 'two A']);
    // Copies are overwritten, which nobody uses.
    write('C');
    await apply(await whole('resynchronise', GROUP));
    expect(held('dev-one', 'dev-two')).toEqual(['one C', 'two C']);
  });

  it('are brought to another moment where their virtual pool allows no snapshot more than they have', async () => {
    const { estate, apply, whole } = await withCopies();
    const limited = INFRASTRUCTURE.replace('provisioning: thin,', 'provisioning: thin, snapshots: { max: 1 },');
    await estate.applied(limited);
    await apply(await whole('resynchronise', GROUP));
    const none = INFRASTRUCTURE.replace('provisioning: thin,', 'provisioning: thin, snapshots: { max: 0 },');
    await estate.applied(none);
    expect(why(await whole('resynchronise', GROUP))).toContain('virtual pool gold allows 0');
  });

  it('are not mixed up where somebody asks for two things at once', async () => {
    const { estate, apply, make, whole } = await withCopies();
    await apply(await make('more'));
    const addresses = ['volume.dev-one', 'volume.more-one'];
    const twice = await estate.run('copy.invoke', { verb: 'restore', addresses, wholeSet: true });
    expect([twice.plan, why(twice)]).toEqual([undefined, 's/volume.one would be overwritten twice']);
    await apply(await estate.run('copy.invoke', { verb: 'resynchronise', addresses, wholeSet: true }));
    expect((await whole('restore', 'volume.more-one')).plan).toBeDefined();
  });
});
