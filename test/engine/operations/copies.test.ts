/** Snapshots and full copies by name, and the verbs on them. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { createEstate, type Estate, GIB, lines, TIB } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const INFRASTRUCTURE = infrastructure({ pools: ['fast', 'slow'] }).replace(
  'provisioning: thin,',
  'provisioning: thin, multiVolumeConsistency: true,',
);
const GROUP = { a: 'consistencyGroup: cg', b: 'consistencyGroup: cg' };
const EXPORTED = stack({
  volumes: GROUP,
  exports: { e: 'host: h1, volumes: [a]' },
  more: 'consistencyGroups: { cg: {} }',
});

let estate: Estate;
beforeAll(async () => {
  estate = await createEstate({ poolBytes: TIB });
  await estate.applied([INFRASTRUCTURE, EXPORTED]);
});

const stored = (name: RegExp) => estate.show().volumes.find((each) => name.test(each.name));
const content = (name: RegExp) => stored(name)?.content;
const write = (name: RegExp, text: string) =>
  estate.edit({ edit: 'write-content', volume: stored(name)!.name, content: text });

type Planned = { readonly plan?: Plan | undefined };
const linesOf = ({ plan }: Planned) => (plan ? lines(plan) : undefined);

const applied = (plan: Plan) =>
  estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0, confirmDestroy: plan.removals.volumes });

async function done<P extends Planned>(planning: Promise<P>): Promise<void> {
  const { plan } = await planning;
  const result = await applied(plan!);
  expect(result.outcome, JSON.stringify(result.diagnostics)).toBe('ok');
}

const invoke = (verb: 'restore' | 'resynchronise' | 'detach', address: string, more = {}) =>
  estate.run('copy.invoke', { verb, addresses: [address], ...more });

describe('a consistency group', () => {
  it('is taken at one moment and restored as it was, each volume kept as a snapshot first', async () => {
    write(/^a-/, 'A1');
    write(/^b-/, 'B1');
    await done(
      estate.run('snapshot.take', { name: 'nightly', of: 's/consistencyGroup.cg', protect: false, onRemove: 'delete' }),
    );
    const listed = (await estate.run('resource.list', { kind: 'snapshot' })).resources;
    expect(listed.map(({ name, of, set }) => [name, of, set]).sort()).toEqual([
      ['nightly-a', 's/volume.a', 'nightly'],
      ['nightly-b', 's/volume.b', 'nightly'],
    ]);
    expect(listed.every(({ takenAtMs }) => takenAtMs === estate.clock.nowMs() || takenAtMs! > 0)).toBe(true);
    const [shown] = (await estate.run('show', { address: 'snapshot.nightly-a' })).resources;
    expect(shown!.attributes).toMatchObject({ takenAtMs: listed[0]!.takenAtMs, consistency: 'crash', volume: 'a' });
    write(/^a-/, 'A2');
    write(/^b-/, 'B2');
    await done(invoke('restore', 'snapshot.nightly-a', { wholeSet: true }));
    expect([content(/^a-/), content(/^b-/)]).toEqual(['A1', 'B1']);
    expect(content(/^a-before-restore-/)).toBe('A2');
    expect(content(/^b-before-restore-/)).toBe('B2');
    // The stack has not changed: what was made by name is none of its business.
    expect(lines(await estate.planned(EXPORTED))).toEqual([]);
  });
});

describe('what is overwritten', () => {
  it('is held while somebody is logged in, and not once somebody says that no host uses it', async () => {
    const { initiators } = estate.show().masks[0]!;
    estate.edit({ edit: 'login', initiator: initiators[0]! });
    const held = await invoke('restore', 'snapshot.nightly-a');
    expect(linesOf(held)).toEqual(['held s/volume.a COPRHD-HELD-004']);
    write(/^a-/, 'A3');
    await done(invoke('restore', 'snapshot.nightly-a', { attestOffline: 'anna' }));
    expect(content(/^a-/)).toBe('A1');
    estate.edit({ edit: 'logout', initiator: initiators[0]! });
  });

  it('is put back when the copy fails half-way', async () => {
    write(/^b-/, 'B9');
    estate.edit({ edit: 'write-volume', volume: stored(/^nightly-b-/)!.name, allocatedBytes: 8 * GIB });
    // The device loses the job, and does not begin it again: it is given up, and what was there comes back.
    let isLost = false;
    estate.onEvent = ({ type }) => {
      if (type !== 'step.progress' || isLost) return;
      isLost = true;
      estate.edit({ edit: 'restart' });
      estate.fault({ operation: 'startCopy', before: 'invalid', times: 1 });
    };
    const { plan } = await invoke('restore', 'snapshot.nightly-b');
    const result = await applied(plan!);
    estate.onEvent = undefined;
    expect(isLost).toBe(true);
    expect(result.units.map(({ state }) => state)).toEqual(['done', 'undone']);
    expect(content(/^b-\w{8}$/)).toBe('B9');
    expect(content(/^b-before-restore-\S+$/)).toBeDefined();
  });

  it('is put back although the array is not heard of for a while meanwhile', async () => {
    const slow = await createEstate({ poolBytes: TIB, arrays: [{ zeroingBytesPerSecond: GIB }] });
    await slow.applied([INFRASTRUCTURE, stack({ volumes: { a: null } })]);
    const named = (name: RegExp) => slow.show().volumes.find((each) => name.test(each.name))!;
    const fill = (name: RegExp) =>
      slow.edit({ edit: 'write-volume', volume: named(name).name, allocatedBytes: 8 * GIB });
    const agreed = async (planning: Promise<Planned>) =>
      slow.run('apply', { plan: (await planning).plan!, skipHeld: false, claimWaitMs: 0 });
    slow.edit({ edit: 'write-content', volume: named(/^a-/).name, content: 'A1' });
    await agreed(slow.run('snapshot.take', { name: 'n', of: 's/volume.a', protect: false }));
    fill(/^n-/);
    slow.edit({ edit: 'write-content', volume: named(/^a-/).name, content: 'A2' });
    let isLost = false;
    slow.onEvent = ({ type }) => {
      if (type !== 'step.progress' || isLost) return;
      isLost = true;
      fill(/before-restore/);
      slow.edit({ edit: 'restart' });
      slow.fault({ operation: 'startCopy', before: 'invalid', times: 1 });
      // The first poll finds out that the job is lost.
      slow.fault({ operation: 'pollCopy', before: 'transient', times: 8, match: '-undo' });
    };
    const restored = await agreed(slow.run('copy.invoke', { verb: 'restore', addresses: ['snapshot.n'] }));
    expect(restored.units.map(({ state }) => state)).toEqual(['done', 'undone']);
    expect(named(/^a-\w{8}$/).content).toBe('A2');
  });

  it('is with the whole set only what was taken at the same moment', async () => {
    const declared = (snapshots: string) =>
      stack({
        volumes: GROUP,
        exports: { e: 'host: h1, volumes: [a]' },
        more: `consistencyGroups: { cg: {} }\nsnapshots: { ${snapshots} }`,
      });
    const one = (name: string, volume: string) =>
      `${name}: { volume: ${volume}, set: later, protect: false, onRemove: delete }`;
    await estate.applied(declared(one('first', 'a')));
    estate.clock.advance(1_000);
    await estate.applied(declared(`${one('first', 'a')}, ${one('second', 'b')}`));
    const { plan } = await invoke('restore', 's/snapshot.first', { wholeSet: true });
    const overwritten = plan?.changes.filter(({ action }) => action === 'invoke').map(({ address }) => address);
    expect(overwritten).toEqual(['s/volume.a']);
    await estate.applied(EXPORTED);
  });

  it('has to be there, and to be a copy', async () => {
    const none = await invoke('restore', 's/volume.a');
    expect(none.diagnostics[0]?.summary).toBe('s/volume.a is no copy');
    const moment = await invoke('resynchronise', 'snapshot.nightly-a');
    expect(moment.diagnostics[0]?.summary).toBe('snapshot.nightly-a is a snapshot, which is of its moment for ever');
  });
});

describe('a full copy', () => {
  it('is made of a volume and of a snapshot, resynchronised, restored from, and detached', async () => {
    write(/^b-/, 'B10');
    await done(estate.run('copy.make', { name: 'c', of: 's/volume.b', protect: false, onRemove: 'delete' }));
    await done(
      estate.run('copy.make', { name: 'd', of: 'snapshot.nightly-b', count: 2, protect: false, onRemove: 'delete' }),
    );
    expect([content(/^c-/), content(/^d-1-/), content(/^d-2-/)]).toEqual(['B10', 'B1', 'B1']);
    const moment = await invoke('restore', 'volume.d-1');
    expect(moment.diagnostics[0]?.summary).toBe('volume.d-1 is a copy of a snapshot, which is of its moment for ever');
    write(/^b-/, 'B11');
    await done(invoke('resynchronise', 'volume.c'));
    expect(content(/^c-/)).toBe('B11');
    write(/^c-/, 'C');
    await done(invoke('restore', 'volume.c'));
    expect(content(/^b-\w{8}$/)).toBe('C');
    await done(invoke('detach', 'volume.c'));
    expect((await invoke('restore', 'volume.c')).diagnostics[0]?.summary).toBe(
      'volume.c is detached from what it was a copy of',
    );
    expect(linesOf(await estate.run('resource.remove', { addresses: ['snapshot.nightly-b'] }))).toEqual([
      'held snapshot.nightly-b COPRHD-HELD-004',
    ]);
    await done(estate.run('resource.change', { addresses: ['volume.c'], set: { size: '20GiB' } }));
    // Nobody is told that what is gone is a volume of its own now.
    estate.edit({ edit: 'delete-volume', volume: stored(/^d-1-/)!.name });
    expect(linesOf(await invoke('detach', 'volume.d-1'))).toEqual(['held volume.d-1 COPRHD-HELD-001']);
  });
});

describe('of a volume that another plan is still making', () => {
  it('nothing is taken in silence: it is held, a set whole', async () => {
    const other = await createEstate({ poolBytes: TIB });
    await other.applied([INFRASTRUCTURE, EXPORTED]);
    const made = await other.record('volume', 'b');
    const { device: _device, ...status } = made.record.status;
    await other.put({ ...made.record, status: { ...status, phase: 'creating' } }, made);
    for (const [of, count] of [
      ['s/volume.b', 1],
      ['s/consistencyGroup.cg', 2],
    ] as const) {
      const { outcome, plan } = await other.run('snapshot.take', { name: 'now', of });
      expect(outcome).toBe('held');
      expect(plan?.units).toEqual([]);
      const held = plan!.changes.map((change) => change.held?.diagnostic);
      expect(held).toEqual(
        Array(count).fill(
          expect.objectContaining({
            code: 'COPRHD-HELD-014',
            summary: expect.stringContaining('waits for b, which is not there yet'),
          }),
        ),
      );
    }
    const copy = await other.run('copy.make', { name: 'mine', of: 's/volume.b' });
    expect(copy.outcome).not.toBe('ok');
  });
});
