/**
 * The crash sweep: every plan of the story is killed at each of its journal and driver boundaries, one after the other,
 * and another process then applies the same text again. Enumerated, not sampled. Which state, and whether every point, is
 * for the test files to say.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../../drivers/simulator/faults.ts';
import { simFault } from '../../../drivers/simulator/manage.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { EVERYTHING } from '../../long-only.ts';
import { Killed } from './incarnations.ts';
import {
  applyStage,
  at,
  expectStageDone,
  expectStateAtRest,
  noting,
  type SimStory,
  type TroubleFreeRun,
} from './sim-story.ts';
import { printTable } from './table.ts';

let story: SimStory;
/** Of the points of a stage: every one by default. */
let everyNth = 1;

/** Kills the stage at its `index`-th crash point. The point's name, or undefined when it came to its end before. */
async function kill(run: TroubleFreeRun, index: number): Promise<string | undefined> {
  let passed = 0;
  let killedAt: string | undefined;
  const victim = await story.machine.start(story.estate.state, {
    onPoint: (point) => {
      if (passed++ !== index) return undefined;
      killedAt = point;
      return 'die';
    },
  });
  try {
    const result = await applyStage(victim, run.stage);
    expect(killedAt, `it went on after its death: ${result.outcome}`).toBeUndefined();
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  } finally {
    await victim.end();
  }
  return killedAt;
}

/** Another process applies the same text. Resolves with what it did with the workflow that the dead one left, if any. */
async function applyAgain(run: TroubleFreeRun, mayBeRefused: boolean): Promise<readonly string[]> {
  const next = await story.machine.start(story.estate.state);
  try {
    const result = await applyStage(next, run.stage);
    // At once: nobody waited for the lease of the dead to end.
    if (!mayBeRefused) expect(result.elapsedMs).toBeLessThan(LIMITS.processLeaseTtlMs);
    if (mayBeRefused && result.outcome === 'partial') {
      // The dead one never came to the refusal: now this one has met it, and undone its unit.
      await expectStateAtRest(next, story.estate);
      expect((await applyStage(next, run.stage)).outcome).toBe('ok');
    } else {
      expect(result.outcome, JSON.stringify(result.diagnostics)).toBe('ok');
    }
    await expectStageDone(next, story.estate, run);
    return result.recovered.map((workflow) => workflow.result);
  } finally {
    await next.end();
  }
}

interface Tally {
  /** Points at which it was to be killed. */
  tried: number;
  crashes: number;
  recovered: number;
  /** What became of the workflows that were left. */
  released: number;
  finished: number;
  partial: number;
}

/** Kills at each of the points, from the same start each time. */
async function sweep(run: TroubleFreeRun, points: readonly string[], prepare?: () => Promise<unknown>): Promise<Tally> {
  const tally: Tally = { tried: 0, crashes: 0, recovered: 0, released: 0, finished: 0, partial: 0 };
  for (const [index, expected] of points.entries()) {
    if ((index + run.points.length) % everyNth !== 0) continue;
    tally.tried++;
    await at(`${run.stage.name}, killed at ${index} (${expected})`, async () => {
      await story.rewind(run);
      await prepare?.();
      const killedAt = await kill(run, index);
      if (killedAt === undefined) return;
      tally.crashes++;
      const recovered = await applyAgain(run, prepare !== undefined);
      // Every crash leaves a workflow, and it is found.
      expect(recovered).toHaveLength(1);
      tally.recovered++;
      const [result] = recovered;
      if (result === 'released' || result === 'finished' || result === 'partial') tally[result]++;
    });
  }
  return tally;
}

function expectSwept(name: string, points: number, tally: Tally): void {
  expect(points, name).toBeGreaterThan(20);
  // How many polls a job takes depends on the machine; everything else is always passed.
  expect(tally.tried, name).toBeGreaterThanOrEqual(Math.floor(points / everyNth));
  expect(tally.crashes, name).toBeGreaterThanOrEqual(tally.tried - 4);
  expect(tally.recovered, name).toBe(tally.crashes);
  expect(tally.released + tally.finished + tally.partial, name).toBe(tally.crashes);
  if (everyNth === 1) expect(tally.released, name).toBeGreaterThan(0);
}

/** On a state of its own kind: `open` makes the story, `every` takes only every so-manieth point of each stage. */
export function crashSweep(title: string, open: () => Promise<SimStory>, every = 1): void {
  describe(title, () => {
    beforeAll(async () => {
      everyNth = every;
      story = await open();
    });
    afterAll(() => story?.estate.remove());
    killedAnywhere();
    // Every point of each refusal is for a run of everything.
    killedWhileUndoing(EVERYTHING || every > 1 ? REFUSALS : REFUSALS.slice(0, 1));
  });
}

const killedAnywhere = () =>
  describe('an apply that is killed at any of its boundaries', () => {
    it('is brought to its end by the next apply of the same text, as if nothing had happened', async () => {
      const rows = [];
      for (const run of story.runs) {
        const tally = await sweep(run, run.points);
        rows.push({ operation: run.stage.name, points: run.points.length, ...tally });
        expectSwept(run.stage.name, run.points.length, tally);
        if (everyNth === 1) expect(tally.finished, run.stage.name).toBeGreaterThan(0);
        expect(tally.partial, run.stage.name).toBe(0);
      }
      const all = rows.reduce(
        (sum, { finished, released }) => ({ finished: sum.finished + finished, released: sum.released + released }),
        { finished: 0, released: 0 },
      );
      expect(all.finished).toBeGreaterThan(0);
      expect(all.released).toBeGreaterThan(0);
      printTable('Crash sweep', rows);
      expect(rows).toHaveLength(9);
    });
  });

/** A refusal by the array, once, that makes the unit fail when some of it is done already. */
const REFUSALS: readonly { readonly stage: string; readonly refusal: Fault }[] = [
  { stage: 'create', refusal: { operation: 'startZeroing', before: 'invalid', times: 1 } },
  { stage: 'export', refusal: { operation: 'ensureMapping', before: 'invalid', times: 1, match: '"hlu":2' } },
  { stage: 'unexport', refusal: { operation: 'deleteMask', before: 'invalid', times: 1 } },
];

const killedWhileUndoing = (refusals: typeof REFUSALS) =>
  describe('an apply that is killed at any of its boundaries while it fails and undoes', () => {
    it.each(refusals)('$stage: undoes on, and the next apply of the same text brings it about', async (given) => {
      const run = story.runs.find(({ stage }) => stage.name === given.stage)!;
      const target = { directory: story.estate.arrays, array: story.estate.array };
      const refuse = () => simFault({ ...target, add: given.refusal });
      await story.rewind(run);
      await refuse();
      const points: string[] = [];
      const process = await story.machine.start(story.estate.state, { onPoint: noting(points) });
      expect(await applyStage(process, run.stage)).toMatchObject({ outcome: 'partial', counts: { undone: 1 } });
      await process.end();
      expect(points.filter((point) => point.startsWith('undo:before-call')).length).toBeGreaterThan(0);
      const tally = await sweep(run, points, refuse);
      printTable(`Crash sweep with an undo: ${given.stage}`, [{ points: points.length, ...tally }]);
      expectSwept(given.stage, points.length, tally);
      if (everyNth === 1) expect(tally.partial).toBeGreaterThan(0);
    });
  });
