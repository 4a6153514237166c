/** Continuous copies: declared and by name, the verbs on them, and what they keep others from. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { createEstate, type Estate, GIB, lines, TIB } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const INFRASTRUCTURE = infrastructure({ pools: ['fast', 'slow'] }).replace(
  'provisioning: thin,',
  'provisioning: thin, multiVolumeConsistency: true,',
);
const FREE = 'protect: false, onRemove: delete';
const FOLLOWING = `copyOf: a, continuous: true, ${FREE}`;
const stackOf = (volumes: Record<string, string>, exports: Record<string, string> = {}) =>
  stack({ volumes: { a: FREE, b: '', ...volumes }, exports, more: 'consistencyGroups: { cg: {} }' });

let estate: Estate;
beforeAll(async () => {
  estate = await createEstate({ poolBytes: TIB });
  await estate.applied([INFRASTRUCTURE, stackOf({})]);
});

const stored = (name: RegExp) => estate.show().volumes.find((each) => name.test(each.name));
const content = (name: RegExp) => stored(name)?.content;
const write = (name: RegExp, text: string) =>
  estate.edit({ edit: 'write-content', volume: stored(name)!.name, content: text });
const A = /^a-/;
const M = /^m-/;

type Planned = { readonly plan?: Plan | undefined };
const applied = (plan: Plan) =>
  estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0, confirmDestroy: plan.removals.volumes });
async function done<P extends Planned>(planning: Promise<P>): Promise<Plan> {
  const { plan, ...rest } = await planning;
  expect(plan, JSON.stringify(rest)).toBeDefined();
  const result = await applied(plan!);
  expect(result.outcome, JSON.stringify(result.diagnostics)).toBe('ok');
  return plan!;
}
type Verb = 'restore' | 'resynchronise' | 'detach' | 'pause' | 'resume' | 'split';
const invoke = (verb: Verb, address = 's/volume.m') => estate.run('copy.invoke', { verb, addresses: [address] });
const refusal = async (planning: Promise<{ diagnostics: readonly { summary: string }[] }>) =>
  (await planning).diagnostics[0]?.summary;
const states = async () =>
  (await estate.run('copy.states', {})).mirrors.map(({ address, state, percent }) => [address, state, percent]);
const drift = async () => (await estate.run('drift', {})).items.map(({ summary }) => summary);

describe('a continuous copy', () => {
  it('is declared, placed in another pool, filled, and follows its source', async () => {
    write(A, 'A1');
    const plan = await estate.planned(stackOf({ m: FOLLOWING }));
    expect(plan.changes).toMatchObject([{ action: 'create', facts: { follows: 'a' } }]);
    await applied(plan);
    expect(stored(M)?.pool).not.toBe(stored(A)?.pool);
    expect(content(M)).toBe('A1');
    write(A, 'A2');
    expect(content(M)).toBe('A2');
    expect(await states()).toEqual([['s/volume.m', 'synchronized', 100]]);
    expect(lines(await estate.planned(stackOf({ m: FOLLOWING })))).toEqual([]);
    expect(await drift()).toEqual([]);
    const [listed] = (await estate.run('resource.list', { kind: 'volume' })).resources.filter(({ of }) => of);
    expect(listed).toMatchObject({ address: 's/volume.m', of: 's/volume.a', continuous: true });
    const [shown] = (await estate.run('show', { address: 's/volume.m' })).resources;
    expect(shown?.attributes).toMatchObject({ continuous: true, copyOf: 'a', inSync: 'synchronized (100 %)' });
  });

  it('is paused, which is no news to its plan file, and follows again', async () => {
    await done(invoke('pause'));
    write(A, 'A3');
    expect(content(M)).toBe('A2');
    expect((await invoke('pause')).plan?.units).toEqual([]);
    expect(lines(await estate.planned(stackOf({ m: FOLLOWING })))).toEqual([]);
    expect(await drift()).toEqual([]);
    const plan = await done(invoke('resume'));
    expect([plan.reversible, plan.units[0]?.steps[0]?.form]).toEqual([false, 'job']);
    expect(content(M)).toBe('A3');
    expect((await invoke('resume')).plan?.units).toEqual([]);
  });

  it('that somebody paused or split by hand is drift; the verb records how it is', async () => {
    const device = stored(M)!;
    estate.edit({ edit: 'mirror', volume: device.name, does: 'pause' });
    expect(await drift()).toEqual([
      `volume ${device.name} (${device.id}) on array-1 was paused, and does not follow s/volume.a at the moment`,
    ]);
    const { plan } = await invoke('pause');
    // Looked at again by the step; nothing is asked of the array twice.
    expect(plan?.changes[0]?.reason).toBe('pause: so it is on array-1 already; that is recorded');
    await applied(plan!);
    expect(await drift()).toEqual([]);
    estate.edit({ edit: 'mirror', volume: device.name, does: 'follow' });
    expect((await drift())[0]).toContain('follows s/volume.a again, and is recorded as paused');
    estate.clock.advance(1_000);
    await done(invoke('resume'));
    const foreign = stored(/^b-/)!;
    estate.edit({ edit: 'mirror', volume: foreign.name, does: 'follow', source: stored(A)!.name });
    expect((await drift())[0]).toContain(
      `follows ${stored(A)!.id}, which overwrites it; it is recorded as a volume of`,
    );
    estate.edit({ edit: 'mirror', volume: foreign.name, does: 'split' });
    expect(await drift()).toEqual([]);
  });

  it('is not exported, copied, snapshotted, restored from or put into a group while it follows', async () => {
    const shown = await estate.plan(stackOf({ m: FOLLOWING }, { e: 'host: h1, volumes: [m]' }));
    expect(shown.diagnostics.map(({ summary, fix }) => [summary, fix])).toEqual([
      [
        expect.stringContaining('follows a: nobody else may write to it'),
        'split it first: coprhd copy split s/volume.m',
      ],
    ]);
    const make = (more = {}) => estate.run('copy.make', { name: 'x', of: 's/volume.m', ...more });
    expect(await refusal(make())).toBe("volume.x can't be a copy of m, which follows a itself");
    expect(await refusal(make({ continuous: true }))).toBe("volume.x can't be a copy of m, which follows a itself");
    expect(await refusal(estate.run('snapshot.take', { name: 'x', of: 's/volume.m' }))).toBe(
      'snapshot.x: m follows a, and no snapshots are taken of it',
    );
    expect(await refusal(invoke('restore'))).toBe('s/volume.m follows a: it is not restored from');
    expect(await refusal(invoke('resynchronise'))).toBe('s/volume.m follows a by itself');
    expect(await refusal(estate.plan(stackOf({ m: `${FOLLOWING}, consistencyGroup: cg` })))).toBe(
      's/volume.m follows a, and is in no consistency group',
    );
    expect(await refusal(estate.plan(stackOf({ m: FREE })))).toContain('is a copy of a still');
    expect(await refusal(estate.plan(stackOf({ m: `copyOf: a, ${FREE}` })))).toBe('s/volume.m follows a still');
    expect(await refusal(estate.plan(stackOf({ m: FOLLOWING, b: 'copyOf: a, continuous: true' })))).toBeDefined();
  });

  it('keeps its source from being removed, and from outgrowing it; both grow in one plan, it first', async () => {
    const held = (
      await estate.planned(stack({ volumes: { b: '', m: FOLLOWING }, more: 'consistencyGroups: { cg: {} }' }))
    ).changes[0]?.held?.diagnostic;
    expect(held).toMatchObject({ code: 'COPRHD-HELD-004', summary: 's/volume.a has copies: s/volume.m' });
    const larger = `size: 20GiB, ${FREE}`;
    const alone = await estate.plan(stackOf({ a: larger, m: FOLLOWING }));
    expect(alone.diagnostics.map(({ summary }) => summary)).toEqual([
      "s/volume.a can't grow to 20 GiB: s/volume.m follows it and is smaller",
    ]);
    const both = stackOf({ a: larger, m: `size: 20GiB, ${FOLLOWING}` });
    const { units } = await estate.planned(both);
    expect(units.map(({ address, dependsOn }) => [address, dependsOn])).toEqual([
      ['s/volume.m', []],
      ['s/volume.a', ['u00001']],
    ]);
    await estate.applied(both);
    write(A, 'A4');
    expect([stored(A)?.sizeBytes, stored(M)?.sizeBytes, content(M)]).toEqual([20 * GIB, 20 * GIB, 'A4']);
  });

  it('is split, and is a volume like any other then', async () => {
    const wanted = (more: Record<string, string>, exports = {}) =>
      stackOf({ a: `size: 20GiB, ${FREE}`, ...more }, exports);
    const plan = await done(invoke('detach'));
    expect(plan.changes).toMatchObject([{ facts: { verb: 'split', from: 's/volume.a' }, reversible: false }]);
    write(A, 'A5');
    expect(content(M)).toBe('A4');
    expect((await invoke('split')).plan?.units).toEqual([]);
    expect(await refusal(invoke('pause'))).toBe('s/volume.m follows nobody any more');
    expect(await refusal(invoke('restore', 's/volume.b'))).toBe('s/volume.b is no copy');
    expect(await refusal(invoke('pause', 's/volume.b'))).toBe('s/volume.b is no continuous copy');
    expect(lines(await estate.planned(wanted({ m: `size: 20GiB, ${FOLLOWING}` })))).toEqual([]);
    const own = wanted({ m: `size: 20GiB, ${FREE}` }, { e: 'host: h2, volumes: [m]' });
    await estate.applied(own);
    write(M, 'own');
    expect([content(M), content(A)]).toEqual(['own', 'A5']);
    expect(lines(await estate.planned(own))).toEqual([]);
    expect(
      await refusal(estate.plan(wanted({ m: `size: 20GiB, ${FOLLOWING}` }, { e: 'host: h2, volumes: [m]' }))),
    ).toBe('s/volume.m has data of its own: it does not become a copy of a');
    await estate.applied(wanted({}), { confirmDestroy: 1 });
  });
});

describe('by name', () => {
  const make = (more: Partial<Parameters<typeof estate.run<'copy.make'>>[1]> = {}) =>
    estate.run('copy.make', {
      name: 'n',
      of: 's/volume.a',
      continuous: true,
      protect: false,
      onRemove: 'delete',
      ...more,
    });
  const removed = (address: string, more = {}) => estate.run('resource.remove', { addresses: [address], ...more });

  it('one is made, and deleted while it follows', async () => {
    await done(make());
    expect(content(/^n-/)).toBe('A5');
    const plan = await done(removed('volume.n'));
    expect(plan.units[0]?.steps.map(({ kind }) => kind)).toEqual(['volume.delete']);
    expect([stored(/^n-/), stored(A)?.mirrors]).toEqual([undefined, []]);
  });

  it('one of each volume of a group, which are not of one moment; of a snapshot none', async () => {
    await estate.applied(stackOf({ a: `size: 20GiB, consistencyGroup: cg, ${FREE}`, b: 'consistencyGroup: cg' }));
    await done(make({ name: 'g', of: 's/consistencyGroup.cg' }));
    expect((await states()).map(([address]) => address).sort()).toEqual(['volume.g-a', 'volume.g-b']);
    await done(estate.run('copy.invoke', { verb: 'pause', addresses: ['volume.g-a', 'volume.g-b'] }));
    expect((await states()).map(([, state]) => state)).toEqual(['paused', 'paused']);
    await done(estate.run('resource.remove', { addresses: ['volume.g-a', 'volume.g-b'] }));
    await done(estate.run('snapshot.take', { name: 'sn', of: 's/volume.b', protect: false, onRemove: 'delete' }));
    await expect(make({ of: 'snapshot.sn' })).rejects.toThrow('snapshot.sn is not of kind volume or consistencyGroup');
    await done(removed('snapshot.sn'));
  });

  it('in quarantine it is split, holds what it held then, and leaves its source alone', async () => {
    await done(make({ onRemove: 'quarantine' }));
    const plan = await done(removed('volume.n'));
    expect(plan.units[0]?.steps.map(({ kind }) => kind)).toEqual(['volume.rename', 'mirror.split']);
    write(A, 'A6');
    expect([content(/^quarantined-n-/), stored(A)?.mirrors]).toEqual(['A5', []]);
    await done(estate.run('undelete', { address: 'volume.n' }));
    const [listed] = (await estate.run('resource.list', { kind: 'volume' })).resources.filter(
      ({ name }) => name === 'n',
    );
    expect(listed).toMatchObject({ detached: true, continuous: true });
    await done(removed('volume.n', { forget: true }));
    estate.edit({ edit: 'delete-volume', volume: stored(/^n-/)!.name });
  });

  it('is not left to itself as retained, and one that is not in sync yet is neither kept nor split', async () => {
    await done(make({ onRemove: 'retain' }));
    const held = async () => (await removed('volume.n')).plan?.changes[0]?.held?.diagnostic.summary;
    expect(await held()).toBe('volume.n follows a still');
    await done(estate.run('resource.change', { addresses: ['volume.n'], set: { onRemove: 'quarantine' } }));
    estate.edit({ edit: 'write-volume', volume: stored(A)!.name, allocatedBytes: 16 * GIB });
    await done(invoke('pause', 'volume.n'));
    estate.edit({ edit: 'mirror', volume: stored(/^n-/)!.name, does: 'follow' });
    expect(await states()).toEqual([['volume.n', 'synchronizing', 0]]);
    expect(await held()).toBe('volume.n is 0 % in sync: there is nothing in it that could be kept');
    expect(await refusal(invoke('split', 'volume.n'))).toContain('volume.n is 0 % in sync: split now it would hold');
    expect((await invoke('pause', 'volume.n')).plan?.changes[0]?.reason).toContain('it is 0 % in sync');
    await done(invoke('resume', 'volume.n'));
    estate.clock.advance(600_000);
    expect(await states()).toEqual([['volume.n', 'synchronized', 100]]);
  });

  it('is told of while it is on the way, and undone where it can not be made', async () => {
    const seen: unknown[] = [];
    estate.onEvent = (event) => {
      if (event.type === 'step.progress') seen.push(event.done);
    };
    await done(make({ name: 'o' }));
    expect(seen.length).toBeGreaterThan(1);
    estate.onEvent = undefined;
    estate.fault({ operation: 'ensureMirror', before: 'invalid', times: 1 });
    const { plan } = await make({ name: 'p' });
    const result = await applied(plan!);
    expect(result.units.map(({ state }) => state)).toEqual(['undone']);
    expect([stored(/^p-/), stored(A)?.mirrors?.length]).toEqual([undefined, 2]);
    await done(removed('volume.o'));
  });

  it('that is mapped by hand and logged in to is not overwritten', async () => {
    await done(invoke('pause', 'volume.n'));
    const initiators = ['iqn.2026-01.com.example:h9'];
    const mask = estate.edit({
      edit: 'add-mask',
      name: 'byhand',
      initiators,
      mappings: [{ volume: stored(/^n-/)!.name, hlu: 1 }],
    });
    expect(mask.nativeId).toBeDefined();
    const { plan } = await invoke('resume', 'volume.n');
    const result = await applied(plan!);
    expect([result.outcome, content(/^n-/)]).toEqual(['partial', 'A6']);
    estate.edit({ edit: 'login', initiator: initiators[0]! });
    expect(lines((await invoke('resume', 'volume.n')).plan!)).toEqual(['held volume.n COPRHD-HELD-004']);
    estate.edit({ edit: 'delete-mask', mask: 'byhand' });
    await done(invoke('resume', 'volume.n'));
  });

  it('a restore of its source reaches it, and is said to', async () => {
    await done(estate.run('snapshot.take', { name: 'sn', of: 's/volume.a', protect: false, onRemove: 'delete' }));
    write(A, 'A7');
    const planning = invoke('restore', 'snapshot.sn');
    expect((await planning).diagnostics.map(({ summary }) => summary)).toEqual([
      'restore of s/volume.a reaches volume.n, too',
    ]);
    await done(planning);
    expect(content(/^n-/)).toBe('A6');
  });
});

describe('what others made', () => {
  it('is not imported while it follows, and keeps what it follows from being deleted', async () => {
    await done(estate.run('resource.remove', { addresses: ['volume.n'], forget: true }));
    const foreign = stored(/^n-/)!;
    const imported = await estate.plan(
      `${stackOf({ a: `size: 20GiB, consistencyGroup: cg, ${FREE}`, b: 'consistencyGroup: cg', i: 'size: 20GiB' })}import: [{ address: volume.i, system: array-1, nativeId: ${foreign.id} }]\n`,
    );
    expect(imported.diagnostics.map(({ summary }) => summary)).toEqual([
      `volume.i can't be imported: it follows ${stored(A)!.id} on the device, which overwrites what it holds`,
    ]);
    const safety = (await estate.run('resource.list', { kind: 'snapshot' })).resources.map(({ address }) => address);
    await done(estate.run('resource.remove', { addresses: safety }));
    const without = stack({ volumes: { b: 'consistencyGroup: cg' }, more: 'consistencyGroups: { cg: {} }' });
    const held = (await estate.planned(without)).changes.find(({ address }) => address === 's/volume.a')?.held;
    expect(held?.diagnostic).toMatchObject({
      code: 'COPRHD-HELD-004',
      summary: `s/volume.a is followed on array-1 by ${foreign.name}`,
    });
    estate.edit({ edit: 'mirror', volume: foreign.name, does: 'split' });
    expect(lines(await estate.planned(without))).toEqual(['delete s/volume.a']);
    estate.edit({ edit: 'delete-volume', volume: foreign.name });
  });
});

describe('where the device fails', () => {
  const NAME = 'q';
  const address = `volume.${NAME}`;
  const Q = /^q-/;
  const make = async () =>
    (await estate.run('copy.make', { name: NAME, of: 's/volume.a', continuous: true, protect: false })).plan!;
  const stateOf = async (plan: Plan) => (await applied(plan)).units.map(({ state }) => state);

  it('a lost answer is found out, and nothing is done twice', async () => {
    for (const operation of ['ensureMirror', 'pauseMirrors', 'resumeMirror', 'splitMirror'] as const) {
      estate.fault({ operation, after: true, times: 1 });
      if (operation === 'ensureMirror') await done(make().then((plan) => ({ plan })));
      else await done(invoke(operation.replace(/Mirrors?/, '') as Verb, address));
    }
    expect(stored(Q)?.mirror).toBeUndefined();
    await done(estate.run('resource.change', { addresses: [address], set: { onRemove: 'delete' } }));
    await done(estate.run('resource.remove', { addresses: [address] }));
  });

  it('one that somebody pauses on its way is begun again; refused then, it is undone', async () => {
    estate.edit({ edit: 'write-volume', volume: stored(A)!.name, allocatedBytes: 16 * GIB });
    let isPaused = false;
    estate.onEvent = ({ type }) => {
      if (type !== 'step.progress' || isPaused) return;
      isPaused = true;
      estate.edit({ edit: 'mirror', volume: stored(Q)!.name, does: 'pause' });
      estate.fault({ operation: 'ensureMirror', before: 'invalid', times: 1 });
    };
    expect(await stateOf(await make())).toEqual(['undone']);
    estate.onEvent = undefined;
    expect(isPaused).toBe(true);
    expect([stored(Q), stored(A)?.mirrors]).toEqual([undefined, []]);
  });

  it('a quarantine that can not be split off comes to nothing: it follows as before, under its name', async () => {
    await done(make().then((plan) => ({ plan })));
    const before = stored(Q);
    estate.fault({ operation: 'splitMirror', before: 'invalid', times: 1 });
    const { plan } = await estate.run('resource.remove', { addresses: [address] });
    expect(await stateOf(plan!)).toEqual(['undone']);
    expect(stored(Q)).toEqual(before);
    expect(await drift()).toEqual([]);
    await done(invoke('pause', address));
    expect(await drift()).toEqual([]);
  });

  it('a storage system that does not answer is no reason not to list them', async () => {
    estate.fault({ operation: 'identify', before: 'auth' });
    const listed = await estate.run('copy.list', {});
    expect(listed.resources.find((copy) => copy.address === address)?.mirror).toEqual({ state: 'unknown' });
    expect([listed.outcome, listed.diagnostics]).toMatchObject([
      'ok',
      [{ severity: 'warning', summary: expect.stringContaining('array-1 does not say how far') }],
    ]);
    const [shown] = (await estate.run('show', { address })).resources;
    expect(shown?.attributes.inSync).toBe('unknown');
    estate.clearFaults();
    expect((await estate.run('copy.list', { project: 'p' })).resources.map((copy) => copy.mirror?.state)).toContain(
      'paused',
    );
    expect((await estate.run('copy.list', { project: 'none' })).resources).toEqual([]);
  });
});
