/**
 * The crash sweep over snapshots by full copy: a set of a group is taken, is begun again because somebody writes, fails and is undone, and is removed;
 * each is killed at its journal and driver boundaries, one after the other, and another process recovers. In memory.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../src/engine/state/memory/memory-store.ts';
import { createVirtualClock } from '../../src/lib/clock.ts';
import { LIMITS } from '../../src/lib/limits.ts';
import { createSeededRandom } from '../../src/lib/random.ts';
import { createEstate, type Estate, GIB, TIB } from '../engine/planner/estate.ts';
import { infrastructure, stack } from '../engine/planner/texts.ts';
import { EVERYTHING } from '../long-only.ts';
import { disagreements, snapshotFacts, urnInTag } from './support/device-facts.ts';
import { Killed, mortal } from './support/incarnations.ts';
import { readFacts } from './support/state-facts.ts';
import { printTable } from './support/table.ts';

const INFRASTRUCTURE = infrastructure({ pools: ['fast'] }).replace(
  'provisioning: thin,',
  'provisioning: thin, multiVolumeConsistency: true,',
);
const GROUP = { a: 'consistencyGroup: cg', b: 'consistencyGroup: cg' };
const CG = 'consistencyGroups: { cg: {} }';
const PLAIN = stack({ volumes: GROUP, more: CG });
const TAKEN = stack({
  volumes: GROUP,
  more: `${CG}\nsnapshots: { s-a: { volume: a, set: s, protect: false, onRemove: delete }, s-b: { volume: b, set: s, protect: false, onRemove: delete } }`,
});

let isDead = false;
let estate: Estate;
beforeAll(async () => {
  const virtual = createVirtualClock();
  // Everybody else goes on before a sleeper wakes.
  const sleep: typeof virtual.sleep = async (durationMs, signal) => {
    await new Promise((resolve) => setImmediate(resolve));
    await virtual.sleep(durationMs, signal);
  };
  const clock = { ...virtual, sleep };
  const store = mortal(createMemoryStore({ clock, random: createSeededRandom(1) }), () => isDead);
  const pools = [{ name: 'fast', totalBytes: TIB, snapshots: 'full-copy' as const }];
  estate = await createEstate({ arrays: [{ pools, zeroingBytesPerSecond: 8 * GIB }], store, clock });
  await estate.applied([INFRASTRUCTURE, PLAIN]);
  for (const name of ['a', 'b']) {
    estate.edit({ edit: 'write-volume', volume: named(name)!.name, allocatedBytes: 8 * GIB });
  }
});

const volumes = () => estate.show().volumes;
const named = (name: string) => volumes().find((each) => new RegExp(`^${name}-[0-9a-f]{8}$`).test(each.name));
let words = 0;
function write(name: string): void {
  estate.edit({ edit: 'write-content', volume: named(name)!.name, content: `${name}${++words}` });
}
const heldNow = () => [named('a')?.content, named('b')?.content];

async function apply(text: string): Promise<unknown> {
  const plan = await estate.planned(text);
  return estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0, confirmDestroy: plan.removals.volumes });
}

/** Once, when the job has begun to copy. */
function onProgress(once: () => void): void {
  let isDone = false;
  estate.onEvent = ({ type }) => {
    if (type !== 'step.progress' || isDone) return;
    isDone = true;
    once();
  };
}

interface Stage {
  readonly name: string;
  prepare?(): void;
  readonly text: string;
  readonly fails?: boolean;
}

const STAGES: readonly Stage[] = [
  { name: 'take a set that fails', text: TAKEN, fails: true, prepare: () => onProgress(failsToBeginAgain) },
  { name: 'take a set, somebody writes', text: TAKEN, prepare: () => onProgress(() => write('b')) },
  { name: 'remove it', text: PLAIN },
  { name: 'take a set', text: TAKEN },
  { name: 'remove it again', text: PLAIN },
];

function failsToBeginAgain(): void {
  estate.edit({ edit: 'restart' });
  estate.fault({ operation: 'startSnapshots', before: 'invalid', times: 1 });
}

async function expectAtRest(): Promise<void> {
  const facts = await readFacts(estate.engine.store);
  expect(facts.complaints).toEqual([]);
  expect(disagreements(facts, snapshotFacts(estate.show(), urnInTag))).toEqual([]);
}

/** All of a set are there, of one moment of both volumes, or none. */
function expectWholeOrNothing(moments: readonly unknown[]): void {
  const [a, b] = [named('s-a'), named('s-b')];
  expect(a === undefined).toBe(b === undefined);
  if (a && b) expect(moments).toContainEqual([a.content, b.content]);
}

async function kill(stage: Stage, index: number): Promise<boolean> {
  for (const name of ['a', 'b']) if (stage.text === TAKEN) write(name);
  const moments = [heldNow(), [named('s-a')?.content, named('s-b')?.content]];
  stage.prepare?.();
  let passed = 0;
  let killedAt = '';
  estate.crashPoint = (point) => {
    if (!isDead && passed++ !== index) return;
    isDead = true;
    killedAt ||= point;
    throw new Killed(point);
  };
  const end = await apply(stage.text).catch((error: unknown) => error);
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  estate.crashPoint = undefined;
  const wasKilled = isDead;
  isDead = false;
  try {
    if (wasKilled) {
      expect(end).toBeInstanceOf(Killed);
      estate.restart();
      estate.clock.advance(LIMITS.processLeaseTtlMs);
      await estate.run('recover', {});
      await expectAtRest();
      moments.push(heldNow());
      expectWholeOrNothing(moments);
    } else expect(end).toMatchObject({ outcome: stage.fails ? 'partial' : 'ok' });
    estate.onEvent = undefined;
    estate.clearFaults();
    if (wasKilled && !stage.fails) expect(await apply(stage.text)).toMatchObject({ outcome: 'ok' });
    await expectAtRest();
    moments.push(heldNow());
    expectWholeOrNothing(moments);
    if (stage.fails) await apply(PLAIN);
    else expect(named('s-a') !== undefined).toBe(stage.text === TAKEN);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${stage.name}, killed at ${index} (${killedAt}): ${why}`, { cause: error });
  }
  return wasKilled;
}

/** In every run each of so many points, which are others in each stage; all of them in a run of everything. */
const EVERY = EVERYTHING ? 1 : 3;

describe('snapshots by full copy', () => {
  it('are whole, of one moment, or not there, wherever it was killed', async () => {
    const crashes = new Map<string, number>(STAGES.map(({ name }) => [name, 0]));
    for (let index = 0, some = true; some; index++) {
      some = false;
      for (const [number, stage] of STAGES.entries()) {
        if (!(await kill(stage, index * EVERY + (number % EVERY)))) continue;
        some = true;
        crashes.set(stage.name, crashes.get(stage.name)! + 1);
      }
    }
    printTable(
      'Crash sweep over snapshots by full copy',
      [...crashes].map(([operation, killed]) => ({ operation, crashes: killed })),
    );
    for (const [name, killed] of crashes) expect(killed * EVERY, name).toBeGreaterThan(10);
    expect(volumes().map(({ name }) => name.slice(0, 2))).toEqual(['a-', 'b-']);
    // Nothing of a job is left, either.
    expect([...estate.array().kv.texts].filter(([key]) => key.startsWith('snapshot-job/'))).toEqual([]);
  });
});
