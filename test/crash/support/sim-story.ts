/** The stages of the story on a simulated array: each run through once without trouble, saved, and what it came to. */
import { expect } from 'vitest';
import type { ApplyResult } from '../../../src/engine/operations/types.ts';
import { type DeviceFacts, disagreements, identities, shapeOf } from './device-facts.ts';
import type { SharedState } from './etcd-state.ts';
import type { Incarnation, Machine } from './incarnations.ts';
import { createSimEstate, type SimEstate, simFacts } from './sim-estate.ts';
import { type Stage, stagesOn } from './stages.ts';
import { readFacts, type StateFacts } from './state-facts.ts';

export interface TroubleFreeRun {
  readonly stage: Stage;
  /** Crash points passed, in order. */
  readonly points: readonly string[];
  /** What every run of this stage must come to. */
  readonly shape: unknown;
  /** WWN and native id of each volume before the stage, by URN; those that the stage keeps must keep them. */
  readonly before: ReadonlyMap<string, string>;
  readonly kept: ReadonlySet<string>;
}

export interface SimStory {
  readonly machine: Machine;
  readonly estate: SimEstate;
  readonly runs: readonly TroubleFreeRun[];
  /** Puts back what was there before the stage. */
  rewind(run: TroubleFreeRun): Promise<void>;
}

/** Lives through every point, and writes them down. */
export const noting = (points: string[]) => (point: string) => {
  points.push(point);
  return undefined;
};

export const applyStage = ({ client }: Incarnation, { source, removes }: Stage): Promise<ApplyResult> =>
  client.call('apply', { source, skipHeld: false, claimWaitMs: 0, confirmDestroy: removes });

/** How many volumes the plan of a stage removes now. */
export async function removalsOf({ client }: Incarnation, { source }: Stage): Promise<number> {
  return (await client.call('plan', source)).plan?.removals.volumes ?? 0;
}

/** Somebody else's, on the same array: they must come through everything untouched. */
const FOREIGN_VOLUMES = 2;

export async function createSimStory(shared?: SharedState): Promise<SimStory> {
  const estate = await createSimEstate({ foreignVolumes: FOREIGN_VOLUMES, ...(shared ? { shared } : {}) });
  try {
    return await tellStory(estate);
  } catch (error) {
    estate.remove();
    throw error;
  }
}

async function tellStory(estate: SimEstate): Promise<SimStory> {
  const { machine } = estate;
  const runs: TroubleFreeRun[] = [];
  let before = new Map<string, string>();
  for (const stage of stagesOn(estate.device)) {
    await estate.save(stage.name);
    const points: string[] = [];
    const process = await machine.start(estate.state, { onPoint: noting(points) });
    const result = await applyStage(process, stage);
    expect(result, stage.name).toMatchObject({ outcome: 'ok', diagnostics: [] });
    const { state, device } = await lookAt(process, estate);
    await expectAtRest(process, estate, stage);
    await process.end();
    const after = identities(state);
    runs.push({ stage, points, shape: shapeOf(state, device), before, kept: new Set(after.keys()) });
    before = after;
  }
  return { machine, estate, runs, rewind: ({ stage }) => estate.restore(stage.name) };
}

async function lookAt(
  process: Incarnation,
  estate: SimEstate,
): Promise<{ readonly state: StateFacts; readonly device: DeviceFacts }> {
  return { state: await readFacts(process.store()), device: await simFacts(estate) };
}

/** Nothing is left open, and state and array agree. */
export async function expectStateAtRest(process: Incarnation, estate: SimEstate): Promise<void> {
  const { state, device } = await lookAt(process, estate);
  expect(state.complaints).toEqual([]);
  expect(disagreements(state, device)).toEqual([]);
  const drift = await process.client.call('drift', {});
  expect(drift.outcome, JSON.stringify(drift.items)).toBe('ok');
  expect(drift.items.filter(({ summary }) => !/^volume legacy-\d+ .* is foreign/.test(summary))).toEqual([]);
  expect(drift.items).toHaveLength(FOREIGN_VOLUMES);
}

/** And the same text has nothing to change any more. */
async function expectAtRest(process: Incarnation, estate: SimEstate, stage: Stage): Promise<void> {
  await expectStateAtRest(process, estate);
  const plan = await process.client.call('plan', stage.source);
  expect(plan).toMatchObject({ outcome: 'ok', diagnostics: [], plan: { units: [], changes: [] } });
}

/** As `expectAtRest`, and the stage came to the same as without trouble, with every volume that was there still itself. */
export async function expectStageDone(process: Incarnation, estate: SimEstate, run: TroubleFreeRun): Promise<void> {
  await expectAtRest(process, estate, run.stage);
  const { state, device } = await lookAt(process, estate);
  expect(shapeOf(state, device)).toEqual(run.shape);
  const now = identities(state);
  const kept = [...run.before].filter(([urn]) => run.kept.has(urn));
  expect([...now].filter(([urn]) => run.before.has(urn)).sort()).toEqual(kept.sort());
}

/** The error names where it happened. */
export async function at<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
