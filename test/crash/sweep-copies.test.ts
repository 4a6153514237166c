/**
 * The crash sweep over snapshots and full copies: a group is copied at one moment, a copy filled, volumes restored, a copy resynchronised,
 * a restore fails half-way and puts back what was there, copies of the group are made, go back to it and are brought to another moment, everything is removed; each of these is killed at its journal and driver boundaries,
 * one after the other, and another process recovers. In memory; one estate lives through all of it.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { ApplyResult } from '../../src/engine/operations/types.ts';
import type { Plan } from '../../src/engine/planner/plan.ts';
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

const INFRASTRUCTURE = infrastructure({ pools: ['fast', 'slow'] }).replace(
  'provisioning: thin,',
  'provisioning: thin, multiVolumeConsistency: true,',
);
const GROUP = { a: 'consistencyGroup: cg', b: 'consistencyGroup: cg' };
const CG = 'consistencyGroups: { cg: {} }';
const PLAIN = stack({ volumes: GROUP, more: CG });
const COPIED = stack({
  volumes: { ...GROUP, c: 'copyOf: b, onRemove: delete', d: 'copyOf: { snapshot: s-b }, onRemove: delete' },
  more: `${CG}\nsnapshots: { s-a: { volume: a, set: s, protect: false, onRemove: delete }, s-b: { volume: b, set: s, protect: false, onRemove: delete } }`,
});

/** Everybody else goes on before a sleeper wakes. */
function createClock(): Estate['clock'] {
  const clock = createVirtualClock();
  const sleep: typeof clock.sleep = async (durationMs, signal) => {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.sleep(durationMs, signal);
  };
  return { ...clock, sleep };
}

/** `g-` are the copies of the group. */
const NAMES = ['a', 'b', 'c', 'g-a', 'g-b'] as const;
type Contents = Readonly<Record<(typeof NAMES)[number], string | undefined>>;

interface Stage {
  readonly name: string;
  /** What is there before it. */
  prepare?(): Promise<void>;
  run(): Promise<unknown>;
  /** In peace: what it comes to. After a crash a verb either was done or was not. */
  readonly after: (before: Contents) => Contents;
  /** The same may be asked for again. */
  readonly again: boolean;
  /** It is made to fail. */
  readonly fails?: boolean;
  /** One unit: not one of them is done without the others. */
  readonly together?: boolean;
}

let isDead = false;
let estate: Estate;
beforeAll(async () => {
  const clock = createClock();
  const store = mortal(createMemoryStore({ clock, random: createSeededRandom(1) }), () => isDead);
  estate = await createEstate({ poolBytes: TIB, store, clock });
  await estate.applied([INFRASTRUCTURE, PLAIN]);
});

const volumes = () => estate.show().volumes;
const named = (name: string) => volumes().find((each) => new RegExp(`^${name}-[0-9a-f]{8}$`).test(each.name));
const contents = () => Object.fromEntries(NAMES.map((name) => [name, named(name)?.content])) as Contents;
let words = 0;
function write(...names: readonly string[]): void {
  for (const name of names) {
    estate.edit({ edit: 'write-content', volume: named(name)!.name, content: `${name}${++words}` });
  }
}

const agreed = (plan: Plan) =>
  estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0, confirmDestroy: plan.removals.volumes });

async function invoke(verb: 'restore' | 'resynchronise', address: string): Promise<unknown> {
  const { plan } = await estate.run('copy.invoke', { verb, addresses: [address], wholeSet: true });
  return agreed(plan!);
}

/** Full copies of the group, where there are none yet. */
async function copyGroup(): Promise<unknown> {
  if (named('g-a')) return { outcome: 'ok' };
  const input = { name: 'g', of: 's/consistencyGroup.cg', protect: false, onRemove: 'delete' } as const;
  const { plan } = await estate.run('copy.make', input);
  return agreed(plan!);
}

async function removeCopies(): Promise<unknown> {
  const names = ['g-a', 'g-b'].filter((name) => named(name));
  if (names.length === 0) return { outcome: 'ok' };
  const { plan } = await estate.run('resource.remove', { addresses: names.map((name) => `volume.${name}`) });
  return agreed(plan!);
}

const apply = (text: string) => async () => agreed(await estate.planned(text));

async function removeKept(): Promise<unknown> {
  const kept = (await estate.records('snapshot')).filter(
    ({ record }) => record.tags?.includes('safety') && record.status.phase !== 'deleted',
  );
  if (kept.length === 0) return { outcome: 'ok' };
  const addresses = kept.map(({ record }) => record.urn);
  const { plan } = await estate.run('resource.remove', { addresses });
  return agreed(plan!);
}

/** The array loses the job, and does not begin it again: the first time that it is asked. */
async function failsOnTheWay(...copied: readonly string[]): Promise<void> {
  write('a', 'b');
  const size = { edit: 'write-volume', allocatedBytes: 8 * GIB } as const;
  for (const name of copied) estate.edit({ ...size, volume: named(name)!.name });
  let isLost = false;
  estate.onEvent = ({ type }) => {
    if (type !== 'step.progress' || isLost) return;
    isLost = true;
    estate.edit({ edit: 'restart' });
    estate.fault({ operation: 'startCopy', before: 'invalid', times: 1 });
  };
}

const restored = (before: Contents): Contents => ({ ...before, a: named('s-a')?.content, b: named('s-b')?.content });

const STAGES: readonly Stage[] = [
  {
    name: 'take a set, fill a copy of it',
    prepare: async () => write('a', 'b'),
    run: apply(COPIED),
    after: (before) => ({ ...before, c: before.b }),
    again: true,
  },
  {
    name: 'restore the set',
    prepare: async () => write('a', 'b'),
    run: () => invoke('restore', 's/snapshot.s-a'),
    after: restored,
    again: false,
  },
  {
    name: 'restore the set, which fails',
    prepare: () => failsOnTheWay('s-a', 's-b'),
    run: () => invoke('restore', 's/snapshot.s-a'),
    after: restored,
    again: false,
    fails: true,
  },
  {
    name: 'restore from the copy',
    prepare: async () => write('b', 'c'),
    run: () => invoke('restore', 's/volume.c'),
    after: (before) => ({ ...before, b: before.c }),
    again: false,
  },
  {
    name: 'resynchronise the copy',
    prepare: async () => write('b', 'c'),
    run: () => invoke('resynchronise', 's/volume.c'),
    after: (before) => ({ ...before, c: before.b }),
    again: false,
  },
  {
    name: 'copy the group',
    prepare: async () => write('a', 'b'),
    run: copyGroup,
    after: (before) => ({ ...before, 'g-a': before.a, 'g-b': before.b }),
    again: true,
  },
  {
    name: 'restore the group from its copies',
    prepare: async () => write('a', 'b'),
    run: () => invoke('restore', 'volume.g-a'),
    after: (before) => ({ ...before, a: before['g-a'], b: before['g-b'] }),
    again: false,
    together: true,
  },
  {
    name: 'bring the copies of the group to another moment, which fails',
    prepare: () => failsOnTheWay('a', 'b'),
    run: () => invoke('resynchronise', 'volume.g-b'),
    after: (before) => ({ ...before, 'g-a': before.a, 'g-b': before.b }),
    again: false,
    fails: true,
    together: true,
  },
  {
    name: 'bring the copies of the group to another moment',
    prepare: async () => write('a', 'b', 'g-a'),
    run: () => invoke('resynchronise', 's/consistencyGroup.cg'),
    after: (before) => ({ ...before, 'g-a': before.a, 'g-b': before.b }),
    again: false,
    together: true,
  },
  { name: 'remove what was kept', run: removeKept, after: (before) => before, again: true },
  {
    name: 'remove the copies of the group',
    run: removeCopies,
    after: (before) => ({ ...before, 'g-a': undefined, 'g-b': undefined }),
    again: true,
  },
  {
    name: 'remove the set and the copy',
    run: apply(PLAIN),
    after: (before) => ({ ...before, c: undefined }),
    again: true,
  },
];

/** Of what was taken only to be copied nothing is left that no copy needs. */
async function expectNothingHidden(): Promise<void> {
  const copies = await estate.records('volume');
  const needed = new Set(copies.map(({ record: { spec, status } }) => status.phase !== 'deleted' && spec.copyOf));
  const hidden = (await estate.records('snapshot')).filter(
    ({ record: { tags, status } }) => tags?.includes('copy-source') && status.phase !== 'deleted',
  );
  expect(hidden.filter(({ record }) => !needed.has(record.urn)).map(({ record }) => record.name)).toEqual([]);
}

async function expectAtRest(): Promise<void> {
  const facts = await readFacts(estate.engine.store);
  expect(facts.complaints).toEqual([]);
  expect(disagreements(facts, snapshotFacts(estate.show(), urnInTag))).toEqual([]);
}

/** Snapshots of one set hold what was there at one moment. */
function expectOneMoment(before: Contents): void {
  const [a, b] = [named('s-a'), named('s-b')];
  expect(a === undefined).toBe(b === undefined);
  if (a && b) expect([a.content, b.content]).toEqual([before.a, before.b]);
}

/** Each volume holds what it held, or what was to come; and where that is another thing, what it held is kept. */
function expectWholeOrNothing(before: Contents, wanted: Contents): void {
  const kept = volumes().filter(({ snapshot, name }) => snapshot && /-before-/.test(name));
  for (const name of NAMES) {
    const is = contents()[name];
    expect([before[name], wanted[name]], `${name} holds ${is}`).toContain(is);
    // What is made has nothing to keep, and what is removed is agreed to be gone.
    if (is === before[name] || before[name] === undefined || is === undefined) continue;
    expect(kept.map(({ content }) => content)).toContain(before[name]);
  }
}

/** Kills the stage at its `index`-th point, if it has that many; another process goes on. False: it came to its end before. */
async function kill(stage: Stage, index: number): Promise<boolean> {
  await stage.prepare?.();
  const before = contents();
  let passed = 0;
  let killedAt = '';
  estate.crashPoint = (point) => {
    if (!isDead && passed++ !== index) return;
    isDead = true;
    killedAt ||= point;
    throw new Killed(point);
  };
  const end = await stage.run().catch((error: unknown) => error);
  // What the dead one had still to do comes to nothing.
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
      expectWholeOrNothing(before, stage.after(before));
      if (stage.together) expect([before, stage.after(before)]).toContainEqual(contents());
      if (stage.again) expect(await stage.run()).toMatchObject({ outcome: 'ok' });
    } else
      expect(end, JSON.stringify((end as Partial<ApplyResult>).diagnostics)).toMatchObject({
        outcome: stage.fails ? 'partial' : 'ok',
      });
    estate.onEvent = undefined;
    estate.clearFaults();
    await expectAtRest();
    await expectNothingHidden();
    if (stage.fails) expectWholeOrNothing(before, stage.after(before));
    else if (stage.again || !wasKilled) expect(contents()).toEqual(stage.after(before));
    if (stage === STAGES[0]) expectOneMoment(before);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${stage.name}, killed at ${index} (${killedAt}): ${why}`, { cause: error });
  }
  return wasKilled;
}

/** In every run each of so many points, which are others in each stage; all of them in a run of everything. */
const EVERY = EVERYTHING ? 1 : 4;

describe('copies', () => {
  it('are whole or not there, and what they overwrite is kept, wherever it was killed', async () => {
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
      'Crash sweep over copies',
      [...crashes].map(([operation, killed]) => ({ operation, crashes: killed })),
    );
    for (const [name, killed] of crashes) expect(killed * EVERY, name).toBeGreaterThan(20);
    // What is left is what was there before.
    expect(volumes().map(({ name }) => name.slice(0, 2))).toEqual(['a-', 'b-']);
  });
});
