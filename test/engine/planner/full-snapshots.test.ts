/** Snapshots in pools that share no blocks: by full copy, as a job, while no host uses the volume. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { Killed } from '../../crash/support/incarnations.ts';
import { codes, createEstate, type Estate, GIB, lines, TIB } from './estate.ts';
import { infrastructure, stack } from './texts.ts';

const INFRASTRUCTURE = infrastructure({ pools: ['fast', 'slow'] }).replace(
  'provisioning: thin,',
  'provisioning: thin, multiVolumeConsistency: true,',
);
const SNAPSHOT = 'snapshots: { before: { volume: a, protect: false, onRemove: delete } }';
const GROUP = { a: 'consistencyGroup: cg', b: 'consistencyGroup: cg' };
const CG = 'consistencyGroups: { cg: {} }';
const SET = 'snapshots: { s-a: { volume: a, set: s, protect: false }, s-b: { volume: b, set: s, protect: false } }';

const fullCopy = (name: string, poolBytes = TIB) => ({
  name,
  totalBytes: poolBytes,
  snapshots: 'full-copy' as const,
});

const estateOf = (poolBytes = TIB, zeroingBytesPerSecond = 100 * TIB): Promise<Estate> =>
  createEstate({
    arrays: [{ pools: [fullCopy('fast', poolBytes), fullCopy('slow', poolBytes)], zeroingBytesPerSecond }],
  });

const stored = (estate: Estate, name: RegExp) => estate.show().volumes.find((each) => name.test(each.name));
const write = (estate: Estate, name: RegExp, content: string) =>
  estate.edit({ edit: 'write-content', volume: stored(estate, name)!.name, content });
const fill = (estate: Estate, name: RegExp, allocatedBytes: number) =>
  estate.edit({ edit: 'write-volume', volume: stored(estate, name)!.name, allocatedBytes });
const snapshotsOf = (estate: Estate) => estate.show().volumes.filter(({ snapshot }) => snapshot);

const apply = (estate: Estate, plan: Plan) =>
  estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0, confirmDestroy: 0 });

async function inUse(estate: Estate, more = ''): Promise<void> {
  const exports = { e1: 'host: h1, volumes: [a, b]' };
  await estate.applied([`${INFRASTRUCTURE}\n${more}`, stack({ volumes: GROUP, more: CG, exports })]);
  estate.edit({ edit: 'login', initiator: estate.show().masks[0]!.initiators[0]! });
}

describe('a full copy of a volume in a pool that shares no blocks', () => {
  it('is held while a host uses the volume, as its device would refuse it; of a snapshot, or of what nobody uses, it is made', async () => {
    const estate = await estateOf();
    await inUse(estate);
    const exports = { e1: 'host: h1, volumes: [a, b]' };
    const copied = { ...GROUP, copy: 'copyOf: a' };
    const declared = stack({ volumes: copied, more: CG, exports });
    const held = await estate.planned([INFRASTRUCTURE, declared]);
    expect(lines(held)).toEqual(['held s/volume.copy COPRHD-HELD-004']);
    expect(held.changes[0]!.held!.diagnostic.fix).toContain('coprhd snapshot create NAME --of s/volume.a --attest WHO');
    const asked = { name: 'now', of: 's/volume.a', protect: false, attestOffline: 'anna' };
    await apply(estate, (await estate.run('snapshot.take', asked)).plan!);
    const ofIt = await estate.run('copy.make', { name: 'dev', of: 'snapshot.now', protect: false });
    expect(await apply(estate, ofIt.plan!)).toMatchObject({ outcome: 'ok' });
    const initiator = estate.show().masks[0]!.initiators[0]!;
    estate.edit({ edit: 'logout', initiator });
    await estate.applied([INFRASTRUCTURE, declared]);
    estate.edit({ edit: 'login', initiator });
    const again = await estate.run('copy.invoke', {
      verb: 'resynchronise',
      addresses: ['s/volume.copy'],
      attestOffline: 'anna',
    });
    expect(lines(again.plan!)).toEqual(['held s/volume.copy COPRHD-HELD-004']);
  });
});

describe('a snapshot in a pool that shares no blocks', () => {
  it('is a full copy, which its plan says, and takes its whole room as long as it is there', async () => {
    const estate = await estateOf();
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: null } })]);
    write(estate, /^a-/, 'A');
    fill(estate, /^a-/, 3 * GIB);
    const taken = stack({ volumes: { a: null }, more: SNAPSHOT });
    const plan = await estate.planned(taken);
    expect(plan.changes[0]?.facts).toMatchObject({ made: 'by full copy, 10 GiB', consistency: 'crash-consistent' });
    expect(plan.units[0]?.steps).toMatchObject([{ form: 'job', kind: 'snapshot.copy' }]);
    await estate.applied(taken);
    expect(stored(estate, /^before-/)).toMatchObject({
      content: 'A',
      allocatedBytes: 3 * GIB,
      snapshot: { fullCopy: true },
    });
    expect((await estate.record('snapshot', 'before')).record.spec.fullCopy).toBe(true);
    expect((await estate.ledger('fast'))?.committed).toMatchObject({
      allocatedBytes: 10 * GIB,
      subscribedBytes: 20 * GIB,
    });
    expect(lines(await estate.planned(taken))).toEqual([]);
    await estate.applied(stack({ volumes: { a: null } }));
    expect((await estate.ledger('fast'))?.committed).toMatchObject({ allocatedBytes: 0, subscribedBytes: 10 * GIB });
  });

  it('is said to be copy-on-write where the pool says that', async () => {
    const pools = [{ name: 'fast', totalBytes: TIB, snapshots: 'copy-on-write' as const }];
    const estate = await createEstate({ arrays: [{ pools }] });
    const only = infrastructure({ pools: ['fast'] });
    const plan = await estate.planned([only, stack({ volumes: { a: null }, more: SNAPSHOT })]);
    expect(plan.changes.find(({ kind }) => kind === 'snapshot')?.facts.made).toBe('by copy-on-write');
  });

  it('is refused where there is no room for all of it', async () => {
    const estate = await estateOf(16 * GIB);
    const only = infrastructure({ pools: ['fast'] });
    await estate.applied([only, stack({ volumes: { a: null } })]);
    const taken = stack({ volumes: { a: null }, more: SNAPSHOT });
    expect(lines(await estate.planned(taken))).toEqual(['create s/snapshot.before']);
    fill(estate, /^a-/, 9 * GIB);
    const filled = await estate.plan(taken);
    expect(codes(filled)).toEqual(['COPRHD-PLACE-001']);
    expect(filled.diagnostics[0]).toMatchObject({
      summary: 's/snapshot.before: its pool fast has no room for a full copy',
      detail: expect.stringMatching(/^100 % of the volume are reserved/),
    });
  });

  it('is held while a host is logged in to one of the set, all of it, unless somebody vouches for it', async () => {
    const estate = await estateOf();
    const exports = { e1: 'host: h1, volumes: [b]' };
    await estate.applied([INFRASTRUCTURE, stack({ volumes: GROUP, more: CG, exports })]);
    const initiator = estate.show().masks[0]!.initiators[0]!;
    estate.edit({ edit: 'login', initiator });
    const taken = stack({ volumes: GROUP, more: `${CG}\n${SET}`, exports });
    const plan = await estate.planned(taken);
    expect(lines(plan)).toEqual(['held s/snapshot.s-a COPRHD-HELD-004', 'held s/snapshot.s-b COPRHD-HELD-004']);
    expect(plan.changes[0]?.held?.diagnostic).toMatchObject({
      summary: expect.stringContaining(`s/volume.b is in use: ${initiator}`),
      detail: expect.stringContaining('by full copy'),
      fix: expect.stringContaining('--attest-offline'),
    });
    const attested = await estate.planned(taken, { attestOffline: 'anna' });
    expect(attested.units.flatMap(({ steps }) => steps)).toMatchObject([
      { kind: 'snapshot.copy', args: { attested: true } },
    ]);
    await estate.applied(taken, { attestOffline: 'anna' });
    expect(new Set(snapshotsOf(estate).map(({ snapshot }) => snapshot?.takenAtMs)).size).toBe(1);
  });

  it('is not begun for a host that has logged in since the plan, and leaves nothing', async () => {
    const estate = await estateOf();
    const exports = { e1: 'host: h1, volumes: [a]' };
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: null }, exports })]);
    const plan = await estate.planned(stack({ volumes: { a: null }, exports, more: SNAPSHOT }));
    estate.edit({ edit: 'login', initiator: estate.show().masks[0]!.initiators[0]! });
    const result = await estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0, confirmDestroy: 0 });
    expect(result.outcome).toBe('partial');
    expect(JSON.stringify(result.diagnostics)).toContain('logged in to');
    expect(snapshotsOf(estate)).toEqual([]);
  });

  it('shows how far it is, and is begun again when somebody has written meanwhile', async () => {
    const estate = await estateOf(TIB, GIB);
    await estate.applied([INFRASTRUCTURE, stack({ volumes: GROUP, more: CG })]);
    for (const name of [/^a-/, /^b-/]) {
      fill(estate, name, 8 * GIB);
      write(estate, name, 'first');
    }
    const progress: number[] = [];
    estate.onEvent = (event) => {
      if (event.type !== 'step.progress') return;
      if (progress.length === 1) write(estate, /^b-/, 'second');
      progress.push(event.done / event.total);
    };
    await estate.applied(stack({ volumes: GROUP, more: `${CG}\n${SET}` }));
    expect(progress.length).toBeGreaterThan(2);
    expect(['s-a', 's-b'].map((name) => stored(estate, new RegExp(`^${name}-`))?.content)).toEqual(['first', 'second']);
    expect(snapshotsOf(estate)).toHaveLength(2);
  });

  it('that comes to nothing because somebody has one of its names is not made later either, once that name is free again', async () => {
    const estate = await estateOf(TIB, GIB);
    await estate.applied([INFRASTRUCTURE, stack({ volumes: GROUP, more: CG })]);
    for (const name of [/^a-/, /^b-/]) fill(estate, name, 8 * GIB);
    const plan = await estate.planned(stack({ volumes: GROUP, more: `${CG}\n${SET}` }));
    const [step] = plan.units.flatMap(({ steps }) => steps);
    const name = step?.kind === 'snapshot.copy' ? step.args.members[1]!.name : '';
    estate.crashPoint = (point) => {
      if (point === 'step:after-call:snapshot.copy') throw new Killed(point);
    };
    const killed = estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0, confirmDestroy: 0 });
    await expect(killed).rejects.toThrow(Killed);
    estate.crashPoint = undefined;
    const squatter = { name, pool: 'fast', sizeBytes: GIB, provisioning: 'thin' } as const;
    estate.edit({ edit: 'add-volume', ...squatter });
    estate.restart();
    await estate.run('recover', {});
    expect(await estate.keys('w/')).toEqual([]);
    estate.edit({ edit: 'delete-volume', volume: name });
    estate.clock.advance(3_600_000);
    expect(snapshotsOf(estate)).toEqual([]);
    expect(stored(estate, new RegExp(`^${name}$`))).toBeUndefined();
    expect(estate.array().handle({ operation: 'findVolume', args: { name }, nowMs: estate.clock.nowMs() })).toEqual({
      ok: true,
      delayMs: 0,
    });
  });

  it('is what is kept before a restore there, too', async () => {
    const estate = await estateOf();
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: null } })]);
    write(estate, /^a-/, 'good');
    await estate.applied(stack({ volumes: { a: null }, more: SNAPSHOT }));
    write(estate, /^a-/, 'bad');
    const { plan } = await estate.run('copy.invoke', {
      verb: 'restore',
      addresses: ['s/snapshot.before'],
      wholeSet: false,
    });
    await estate.run('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0, confirmDestroy: 0 });
    expect(stored(estate, /^a-[0-9a-f]{8}$/)?.content).toBe('good');
    expect(stored(estate, /^a-before-restore/)).toMatchObject({ content: 'bad', snapshot: { fullCopy: true } });
  });
});

describe('a snapshot by full copy that is taken by name, of a volume in use', () => {
  it('is held, and taken once somebody vouches for its hosts, whom the plan names', async () => {
    const estate = await estateOf();
    await inUse(estate);
    const asked = { name: 'now', of: 's/consistencyGroup.cg', protect: false };
    const held = await estate.run('snapshot.take', asked);
    expect(lines(held.plan!)).toEqual(['held snapshot.now-a COPRHD-HELD-004', 'held snapshot.now-b COPRHD-HELD-004']);
    expect(held.plan!.changes[0]!.held!.diagnostic.fix).toContain('--attest-offline WHO');
    const { plan } = await estate.run('snapshot.take', { ...asked, attestOffline: 'anna' });
    expect(plan!.changes.map(({ facts }) => facts.attestedBy)).toEqual(['anna', 'anna']);
    expect((await apply(estate, plan!)).outcome).toBe('ok');
    expect(snapshotsOf(estate)).toHaveLength(2);
  });

  it('comes to nothing where a host writes all the same, however often it is begun', async () => {
    const estate = await estateOf(TIB, GIB);
    await inUse(estate);
    fill(estate, /^a-/, 8 * GIB);
    const asked = { name: 'now', of: 's/volume.a', protect: false, attestOffline: 'anna' };
    const { plan } = await estate.run('snapshot.take', asked);
    let written = 0;
    estate.onEvent = ({ type }) => {
      if (type === 'step.progress') write(estate, /^a-/, `${++written}`);
    };
    const { outcome } = await apply(estate, plan!);
    expect({ outcome, isWritten: written > 0 }).toEqual({ outcome: 'partial', isWritten: true });
    expect(snapshotsOf(estate)).toEqual([]);
  });

  it('is said to be attested only where it is a full copy', async () => {
    const pools = [{ name: 'fast', totalBytes: TIB, snapshots: 'copy-on-write' as const }];
    const estate = await createEstate({ arrays: [{ pools }] });
    await estate.applied([infrastructure({ pools: ['fast'] }), stack({ volumes: { a: null } })]);
    const asked = { name: 'now', of: 's/volume.a', attestOffline: 'anna' };
    const { plan } = await estate.run('snapshot.take', asked);
    expect(plan!.changes.map(({ facts }) => facts.attestedBy)).toEqual([undefined]);
  });

  it('is the source of full copies of the group, for which the same is said', async () => {
    const estate = await estateOf();
    await inUse(estate);
    const asked = { name: 'dev', of: 's/consistencyGroup.cg', protect: false };
    const held = await estate.run('copy.make', asked);
    expect(held.plan!.units).toEqual([]);
    const { plan } = await estate.run('copy.make', { ...asked, attestOffline: 'anna' });
    expect((await apply(estate, plan!)).outcome).toBe('ok');
    expect(stored(estate, /^dev-a-/)).toBeDefined();
  });

  it('is not vouched for by a policy, whose run says how to take one by name', async () => {
    const estate = await estateOf();
    await inUse(estate, 'snapshotPolicies: { hourly: { every: 1h, keep: 2 } }');
    const exports = { e1: 'host: h1, volumes: [a, b]' };
    await estate.applied(stack({ volumes: { ...GROUP, a: `${GROUP.a}, snapshotPolicy: hourly` }, more: CG, exports }));
    estate.clock.advance(3_600_000);
    const run = await estate.run('snapshot.run', {});
    expect(run).toMatchObject({ outcome: 'held', taken: 0, held: 1 });
    expect(run.diagnostics[0]!.fix).toContain('coprhd snapshot create NAME --of s/volume.a --attest WHO');
  });
});
