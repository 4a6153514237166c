/**
 * Real processes on a real iSCSI target, killed with SIGKILL at positions spread over the journal; each time another
 * process applies the same files. The estate's story is told again and again, and in each of its stages somebody dies.
 *
 * A victim registers with a lease that outlives the test by far. So whoever takes over from it cannot have waited for
 * that lease, however slow the machine is: only the dead pid can have decided.
 */
import path from 'node:path';
import { expect } from 'vitest';
import { openLocalClient } from '../../../src/engine/operations/local-client.ts';
import type { ApplyResult, EngineClient, EngineEvent } from '../../../src/engine/operations/types.ts';
import { liveProcesses } from '../../../src/engine/state/leases.ts';
import type { StateStore } from '../../../src/engine/state/store.ts';
import { applyInChild, type ChildReport, isPoll } from './child-process.ts';
import { disagreements, identities, shapeOf } from './device-facts.ts';
import { at } from './sim-story.ts';
import { type Stage, stagesOn } from './stages.ts';
import { readFacts } from './state-facts.ts';
import { printTable } from './table.ts';
import type { TgtEstate } from './tgt-estate.ts';

const KILLS_AFTER_EFFECT = 0.6;
const VICTIM_LEASE_MS = 3_600_000;
const EFFECT = /^(step|undo):after-call:/;

export interface KillStory {
  /** For the tables. */
  readonly title: string;
  readonly kills: number;
  readonly estate: TgtEstate;
  /** A new place for a state, as `--state` takes it. */
  newState(round: string): string;
  /** How far into a call of the device a victim dies that is to die in one. */
  readonly intoCallMs: number;
}

/** A state of its own and an empty array: the story from its start, with the stages that touch the array. */
interface Round {
  readonly story: KillStory;
  readonly directory: string;
  readonly state: string;
  readonly stages: readonly Stage[];
  identities: ReadonlyMap<string, string>;
  /** What was written into the volumes after the last stage, by native id. */
  data: ReadonlyMap<string, string>;
}

interface TroubleFree {
  /** Without the polls of jobs. */
  readonly points: readonly string[];
  readonly shape: unknown;
}

interface Kill {
  readonly stage: string;
  /** Last crash point that it passed, how many it had passed, and how many there would have been. */
  readonly point: string;
  readonly passed: number;
  readonly of: number;
  readonly effects: number;
  /** From the start of the successor to its taking over. For information: it depends on the machine. */
  readonly takeOverMs: number;
  readonly orphans: number;
  readonly doubles: number;
  readonly result: string;
}

/** Kills as often as the story says and expects everything to be as if nobody had died. Prints what happened. */
export async function killAgainAndAgain(story: KillStory): Promise<void> {
  const free = await withoutTrouble(story);
  const kills: Kill[] = [];
  for (let number = 0; kills.length < story.kills; number++) {
    const round = await startRound(story, `round-${number}`);
    for (const [index, stage] of round.stages.entries()) {
      if (kills.length === story.kills) break;
      const count = kills.length;
      kills.push(await at(`kill ${count}, ${stage.name}`, () => killAndRecover(round, stage, free[index]!, count)));
    }
  }
  report(story, kills);
  const afterEffect = kills.filter(({ effects }) => effects > 0).length / kills.length;
  console.log(`after the first effect on the array: ${Math.round(afterEffect * 100)} %`);
  expect(kills).toHaveLength(story.kills);
  expect(afterEffect).toBeGreaterThanOrEqual(KILLS_AFTER_EFFECT);
  expect(kills.filter(({ result }) => result === 'finished').length).toBeGreaterThan(0);
}

async function startRound(story: KillStory, name: string): Promise<Round> {
  await story.estate.wipe();
  const directory = path.join(story.estate.directory, name);
  const [register, ...stages] = stagesOn(story.estate.device);
  const round: Round = {
    ...{ story, directory, stages, state: story.newState(name) },
    ...{ identities: new Map(), data: new Map() },
  };
  await asProcess(round, 'register', async ({ client }) => {
    await client.call('init', {});
    expect((await applyHere(client, register!)).result.outcome).toBe('ok');
  });
  return round;
}

interface Process {
  readonly client: EngineClient;
  store(): StateStore;
}

/** This process as one of those that share the state. */
async function asProcess<T>({ directory, state }: Round, name: string, work: (self: Process) => Promise<T>) {
  let store: StateStore | undefined;
  const client = await openLocalClient({
    state,
    surroundings: { stateHome: path.join(directory, 'local') },
    actor: { type: 'local', name, uid: 0 },
    wrapStore: (real) => {
      store = real;
      return real;
    },
  });
  try {
    return await work({ client, store: () => store! });
  } finally {
    await client.close();
  }
}

async function applyHere(client: EngineClient, { source, removes }: Stage) {
  const events: EngineEvent[] = [];
  const startedAtMs = Date.now();
  const input = { source, skipHeld: false, claimWaitMs: 0, confirmDestroy: removes };
  const result: ApplyResult = await client.call('apply', input, { onEvent: (event) => events.push(event) });
  return { result, events, startedAtMs };
}

function applyInVictim(round: Round, { source, removes }: Stage, actor: string, dieAt?: number): Promise<ChildReport> {
  const { directory, state, story } = round;
  const death = dieAt === undefined ? {} : { dieAt, intoCallMs: story.intoCallMs, leaseMs: VICTIM_LEASE_MS };
  const job = { state, actor, source, confirmDestroy: removes, claimWaitMs: 0 };
  return applyInChild(directory, { ...job, ...death, stateHome: path.join(directory, 'local') });
}

async function withoutTrouble(story: KillStory): Promise<TroubleFree[]> {
  const round = await startRound(story, 'trouble-free');
  const free: TroubleFree[] = [];
  for (const stage of round.stages) {
    const { points, result, stderr } = await applyInVictim(round, stage, 'nobody-dies');
    expect(result?.outcome, stderr).toBe('ok');
    const { shape } = await asProcess(round, 'examiner', (self) => expectDone(self, round, stage));
    free.push({ points: points.filter((point) => !isPoll(point)), shape });
  }
  return free;
}

/** Everything that must be true after a stage, whatever happened in it. `shape` is there to compare. */
async function expectDone({ client, store }: Process, round: Round, stage: Stage) {
  const { estate } = round.story;
  const plan = await client.call('plan', stage.source);
  expect(plan).toMatchObject({ outcome: 'ok', diagnostics: [], plan: { units: [], changes: [] } });
  // What drift compares is compared below, and read with the machine's own tools; so once a story is enough.
  if (stage === round.stages.at(-1)) {
    expect(await client.call('drift', {})).toMatchObject({ outcome: 'ok', items: [] });
  }
  const state = await readFacts(store());
  expect(state.complaints).toEqual([]);
  const device = await estate.facts();
  const differences = disagreements(state, device);
  expect(differences).toEqual([]);
  // A script that the dead process left behind may still be under way; what it was making is gone when it has ended.
  await expect.poll(() => estate.litter(), { timeout: 10_000, interval: 200 }).toEqual([]);
  const now = identities(state);
  for (const [urn, identity] of round.identities) expect(now.get(urn) ?? identity).toBe(identity);
  round.identities = now;
  expect(estate.lostData(round.data)).toEqual([]);
  round.data = estate.writeData();
  const count = (what: string) => differences.filter((difference) => difference.startsWith(`${what}:`)).length;
  return { shape: shapeOf(state, device), orphans: count('orphan'), doubles: count('double') };
}

/**
 * `number`-th kill of all: 3 of 4 after the first effect, spread evenly, over all kills and over those of one stage. Every
 * third dies in the middle of the next call of the device.
 */
function positionOf(number: number, { points }: TroubleFree): number {
  const first = points.findIndex((point) => EFFECT.test(point)) + 1;
  const fraction = (number * 0.569_840_291) % 1;
  const before = 0.25;
  const position =
    fraction < before
      ? Math.floor((fraction / before) * first)
      : first + Math.floor(((fraction - before) / (1 - before)) * (points.length - first));
  const isCall = (point: string) => point.includes(':before-call:');
  const call = number % 3 === 1 ? points.findIndex((point, index) => index >= position && isCall(point)) : -1;
  return call < 0 ? position : call;
}

async function killAndRecover(round: Round, stage: Stage, free: TroubleFree, number: number): Promise<Kill> {
  const victim = await applyInVictim(round, stage, `victim-${number}`, positionOf(number, free));
  expect(victim.signal, victim.stderr).toBe('SIGKILL');
  expect(victim.result).toBeUndefined();
  return asProcess(round, `next-${number}`, async (self) => {
    const { result, events, startedAtMs } = await applyHere(self.client, stage);
    expect(result.outcome, JSON.stringify(result.diagnostics)).toBe('ok');
    expect(result.recovered).toHaveLength(1);
    const takenOver = events.find(({ type }) => type === 'recovery.started');
    expect(takenOver, 'nothing was taken over').toBeDefined();
    expect(events.filter(({ type }) => type === 'claim.waiting')).toEqual([]);
    const leases = (await liveProcesses(self.store())).map(({ pid }) => pid);
    expect(leases, 'the lease of the dead has ended: who decided?').toContain(victim.pid);
    const { shape, orphans, doubles } = await expectDone(self, round, stage);
    expect(shape).toEqual(free.shape);
    return {
      stage: stage.name,
      point: victim.points.at(-1)!,
      passed: victim.points.filter((point) => !isPoll(point)).length,
      of: free.points.length,
      effects: victim.points.filter((point) => EFFECT.test(point)).length,
      takeOverMs: takenOver!.atMs - startedAtMs,
      orphans,
      doubles,
      result: result.recovered[0]!.result,
    };
  });
}

function report({ title }: KillStory, kills: readonly Kill[]): void {
  printTable(
    title,
    kills.map((kill, number) => ({ kill: number, ...kill })),
  );
  const tenths = Array.from({ length: 10 }, (_, tenth) => {
    const here = kills.filter(({ passed, of }) => Math.min(9, Math.floor(((passed - 1) / of) * 10)) === tenth);
    return { journal: `${tenth * 10}-${tenth * 10 + 10} %`, kills: here.length, '': '#'.repeat(here.length) };
  });
  printTable(`${title}, by position in the journal`, tenths);
  const sum = (of: (kill: Kill) => number) => kills.reduce((all, kill) => all + of(kill), 0);
  console.log(`${title}: ${sum(({ orphans }) => orphans)} orphans, ${sum(({ doubles }) => doubles)} doubles`);
}
