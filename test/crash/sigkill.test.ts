/**
 * Real processes on a real iSCSI target, killed with SIGKILL at positions spread over the journal; then another process
 * applies the same files. Needs root for a tgtd of its own.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocalClient } from '../../src/engine/operations/local-client.ts';
import type { StateStore } from '../../src/engine/state/store.ts';
import { LIMITS } from '../../src/lib/limits.ts';
import { applyInChild, type ChildReport, isPoll } from './support/child-process.ts';
import { disagreements, identities, shapeOf } from './support/device-facts.ts';
import { at } from './support/sim-story.ts';
import { type Stage, stagesOn } from './support/stages.ts';
import { readFacts } from './support/state-facts.ts';
import { printTable } from './support/table.ts';
import { canRunTgt, createTgtEstate, type TgtEstate } from './support/tgt-estate.ts';

const KILLS = 25;
const KILLS_AFTER_EFFECT = 0.6;
/** A call of tgt takes a few of these. */
const INTO_CALL_MS = 12;
const EFFECT = /^(step|undo):after-call:/;

const possible = canRunTgt();
if (!possible)
  console.warn('SKIPPED: killing real processes on a real tgtd needs root and the packages of scripts/setup.js');

let estate: TgtEstate;
beforeAll(async () => {
  if (possible) estate = await createTgtEstate();
});
afterAll(() => estate?.stop());

/** A state of its own and an empty array: the story from its start, with the stages that touch the array. */
interface Round {
  readonly directory: string;
  readonly state: string;
  readonly stages: readonly Stage[];
  identities: ReadonlyMap<string, string>;
  /** What was written into the volumes after the last stage, by native id. */
  data: ReadonlyMap<string, string>;
}

async function startRound(name: string): Promise<Round> {
  await estate.wipe();
  const directory = path.join(estate.directory, name);
  const state = path.join(directory, 'state');
  const client = await openLocalClient({ state: state, actor: { type: 'local', name: 'init', uid: 0 } });
  await client.call('init', {});
  await client.close();
  const [register, ...stages] = stagesOn(estate.device);
  const round: Round = { directory, state, stages, identities: new Map(), data: new Map() };
  const done = await applyStage(round, register!, 'register');
  expect(done.result?.outcome, done.stderr).toBe('ok');
  return round;
}

interface Death {
  readonly dieAt: number;
  readonly intoCallMs: number;
}

function applyStage({ directory, state }: Round, stage: Stage, actor: string, death?: Death): Promise<ChildReport> {
  const { source, removes } = stage;
  return applyInChild(directory, { state, actor, source, confirmDestroy: removes, claimWaitMs: 0, ...death });
}

/** Everything that must be true after a stage, whatever happened in it. Resolves with its shape, to compare. */
async function expectDone(round: Round, stage: Stage): Promise<unknown> {
  let store: StateStore | undefined;
  const client = await openLocalClient({
    state: round.state,
    actor: { type: 'local', name: 'examiner', uid: 0 },
    wrapStore: (real) => {
      store = real;
      return real;
    },
  });
  try {
    const plan = await client.call('plan', stage.source);
    expect(plan).toMatchObject({ outcome: 'ok', diagnostics: [], plan: { units: [], changes: [] } });
    expect(await client.call('drift', {})).toMatchObject({ outcome: 'ok', items: [] });
    const state = await readFacts(store!);
    expect(state.complaints).toEqual([]);
    const device = await estate.facts();
    expect(disagreements(state, device)).toEqual([]);
    expect(await estate.litter()).toEqual([]);
    const now = identities(state);
    for (const [urn, identity] of round.identities) expect(now.get(urn) ?? identity).toBe(identity);
    round.identities = now;
    expect(estate.lostData(round.data)).toEqual([]);
    round.data = estate.writeData();
    return shapeOf(state, device);
  } finally {
    await client.close();
  }
}

interface TroubleFree {
  /** Without the polls of jobs. */
  readonly points: readonly string[];
  readonly shape: unknown;
}

/** `number`-th kill of all: 3 of 4 after the first effect, spread evenly, over all kills and over those of one stage. */
function positionOf(number: number, { points }: TroubleFree): number {
  const first = points.findIndex((point) => EFFECT.test(point)) + 1;
  const fraction = (number * 0.569_840_291) % 1;
  const before = 0.25;
  if (fraction < before) return Math.floor((fraction / before) * first);
  return first + Math.floor(((fraction - before) / (1 - before)) * (points.length - first));
}

interface Kill {
  readonly stage: string;
  /** Last crash point that it passed, how many it had passed, and how many there would have been. */
  readonly point: string;
  readonly passed: number;
  readonly of: number;
  readonly effects: number;
  readonly takeOverMs: number;
  readonly result: string;
}

async function killAndRecover(round: Round, stage: Stage, free: TroubleFree, number: number): Promise<Kill> {
  const death = { dieAt: positionOf(number, free), intoCallMs: INTO_CALL_MS };
  const victim = await applyStage(round, stage, `victim-${number}`, death);
  expect(victim.signal, victim.stderr).toBe('SIGKILL');
  expect(victim.result).toBeUndefined();
  const next = await applyStage(round, stage, `next-${number}`);
  expect(next.result?.outcome, `${next.stderr} ${JSON.stringify(next.result?.diagnostics)}`).toBe('ok');
  const takenOver = next.events.find(({ type }) => type === 'recovery.started');
  const takeOverMs = (takenOver?.atMs ?? Number.POSITIVE_INFINITY) - victim.endedAtMs;
  expect(takeOverMs, 'it waited for the lease of the dead').toBeLessThan(LIMITS.processLeaseTtlMs);
  expect(next.result!.recovered).toHaveLength(1);
  expect(await expectDone(round, stage)).toEqual(free.shape);
  return {
    stage: stage.name,
    point: victim.points.at(-1)!,
    passed: victim.points.filter((point) => !isPoll(point)).length,
    of: free.points.length,
    effects: victim.points.filter((point) => EFFECT.test(point)).length,
    takeOverMs,
    result: next.result!.recovered[0]!.result,
  };
}

function printHistogram(kills: readonly Kill[]): void {
  const tenths = Array.from({ length: 10 }, (_, tenth) => {
    const here = kills.filter(({ passed, of }) => Math.min(9, Math.floor(((passed - 1) / of) * 10)) === tenth);
    return { journal: `${tenth * 10}-${tenth * 10 + 10} %`, kills: here.length, '': '#'.repeat(here.length) };
  });
  printTable('SIGKILLs by position in the journal', tenths);
}

describe.skipIf(!possible)('a process that is killed with SIGKILL while it changes a real array', () => {
  it(`is brought to its end by the next one, ${KILLS} times`, async () => {
    const free: TroubleFree[] = [];
    const first = await startRound('trouble-free');
    for (const stage of first.stages) {
      const { points, result, stderr } = await applyStage(first, stage, 'nobody-dies');
      expect(result?.outcome, stderr).toBe('ok');
      free.push({ points: points.filter((point) => !isPoll(point)), shape: await expectDone(first, stage) });
    }
    const kills: Kill[] = [];
    for (let number = 0; kills.length < KILLS; number++) {
      const round = await startRound(`round-${number}`);
      for (const [index, stage] of round.stages.entries()) {
        if (kills.length === KILLS) break;
        const count = kills.length;
        kills.push(await at(`kill ${count}, ${stage.name}`, () => killAndRecover(round, stage, free[index]!, count)));
      }
    }
    printTable(
      'SIGKILLs on a real tgtd',
      kills.map((kill, number) => ({ kill: number, ...kill })),
    );
    printHistogram(kills);
    const afterEffect = kills.filter(({ effects }) => effects > 0).length / kills.length;
    console.log(`after the first effect on the array: ${Math.round(afterEffect * 100)} %`);
    expect(kills).toHaveLength(KILLS);
    expect(afterEffect).toBeGreaterThanOrEqual(KILLS_AFTER_EFFECT);
    expect(kills.filter(({ result }) => result === 'finished').length).toBeGreaterThan(0);
  });
});
