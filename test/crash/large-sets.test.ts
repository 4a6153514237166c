/**
 * A set of snapshots of more volumes than one transaction holds: what was learnt of them, and the end of their unit, are written in
 * several. Killed between any two of them, whoever goes on comes to the same end. In memory.
 */
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../src/engine/state/memory/memory-store.ts';
import { createVirtualClock } from '../../src/lib/clock.ts';
import { LIMITS } from '../../src/lib/limits.ts';
import { createSeededRandom } from '../../src/lib/random.ts';
import { createEstate, type Estate, TIB } from '../engine/planner/estate.ts';
import { infrastructure, stack } from '../engine/planner/texts.ts';
import { disagreements, snapshotFacts, urnInTag } from './support/device-facts.ts';
import { Killed, mortal } from './support/incarnations.ts';
import { readFacts } from './support/state-facts.ts';

const COUNT = LIMITS.txnOperationsMax + 10;
const NAMES = Array.from({ length: COUNT }, (_, index) => `v${index}`);
const INFRASTRUCTURE = infrastructure().replace(
  'provisioning: thin,',
  'provisioning: thin, multiVolumeConsistency: true,',
);
const STACK = stack({
  volumes: Object.fromEntries(NAMES.map((name) => [name, 'consistencyGroup: cg'])),
  more: 'consistencyGroups: { cg: {} }',
});

let isDead = false;

async function estateWithGroup(): Promise<Estate> {
  const clock = createVirtualClock();
  const store = mortal(createMemoryStore({ clock, random: createSeededRandom(1) }), () => isDead);
  const estate = await createEstate({ poolBytes: 100 * TIB, store, clock });
  await estate.applied([INFRASTRUCTURE, STACK]);
  return estate;
}

async function takeSet(estate: Estate): Promise<unknown> {
  const asked = { name: 'all', of: 's/consistencyGroup.cg', protect: false, onRemove: 'delete' } as const;
  const { plan } = await estate.run('snapshot.take', asked);
  return estate.run('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0 });
}

/** Dies at the first point of this name. */
async function killedAt(estate: Estate, wanted: string): Promise<unknown> {
  estate.crashPoint = (point) => {
    if (!isDead && point !== wanted) return;
    isDead = true;
    throw new Killed(point);
  };
  const end = await takeSet(estate).catch((error: unknown) => error);
  estate.crashPoint = undefined;
  isDead = false;
  estate.restart();
  estate.clock.advance(LIMITS.processLeaseTtlMs);
  return end;
}

async function expectWholeSet(estate: Estate): Promise<void> {
  const facts = await readFacts(estate.engine.store);
  expect(facts.complaints).toEqual([]);
  expect(disagreements(facts, snapshotFacts(estate.show(), urnInTag))).toEqual([]);
  const taken = (await estate.records('snapshot')).map(({ record: { status } }) => status);
  expect(taken.filter(({ phase, device }) => phase === 'ready' && device)).toHaveLength(COUNT);
}

describe('a set of more snapshots than a transaction holds', () => {
  it('is taken and recorded as a whole', async () => {
    const estate = await estateWithGroup();
    expect(await takeSet(estate)).toMatchObject({ outcome: 'ok' });
    await expectWholeSet(estate);
  });

  it.each(['step:between-outcome-chunks', 'unit:between-end-chunks'])('is whole when killed at %s', async (point) => {
    const estate = await estateWithGroup();
    expect(await killedAt(estate, point)).toBeInstanceOf(Killed);
    expect(await estate.run('recover', {})).toMatchObject({ outcome: 'ok' });
    await expectWholeSet(estate);
  });

  it('is gone as a whole when what was recorded of it is undone', async () => {
    const estate = await estateWithGroup();
    expect(await killedAt(estate, 'step:between-outcome-chunks')).toBeInstanceOf(Killed);
    // What goes on finds one of them gone from the array, and the device refuses to take them anew.
    estate.edit({
      edit: 'delete-volume',
      volume: estate.show().volumes.find(({ name }) => name.startsWith('all-v1-'))!.name,
    });
    estate.fault({ operation: 'ensureSnapshots', before: 'invalid', times: 1 });
    await estate.run('recover', {});
    const facts = await readFacts(estate.engine.store);
    expect(facts.complaints).toEqual([]);
    expect(disagreements(facts, snapshotFacts(estate.show(), urnInTag))).toEqual([]);
    expect((await estate.records('snapshot')).filter(({ record }) => record.status.phase !== 'deleted')).toEqual([]);
  });
});
