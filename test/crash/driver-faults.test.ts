/**
 * The same story, with the array instead of the process failing: at each changing call of each plan the answer is lost
 * after the effect, the call is lost before it (known or not), or it is refused. Enumerated, not sampled.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../drivers/simulator/faults.ts';
import { simFault } from '../../drivers/simulator/manage.ts';
import type { StepKind } from '../../src/engine/planner/plan.ts';
import {
  applyStage,
  at,
  createSimStory,
  expectStageDone,
  expectStateAtRest,
  removalsOf,
  type SimStory,
  type TroubleFreeRun,
} from './support/sim-story.ts';
import { printTable } from './support/table.ts';

let story: SimStory;
beforeAll(async () => {
  story = await createSimStory();
});
afterAll(() => story?.estate.remove());

/** Steps that only wait change nothing; those on fabrics are in test/engine/workflow/zones.test.ts. */
const OPERATIONS: Readonly<Record<Exclude<StepKind, 'mask.await-idle' | 'zones.apply'>, Fault['operation']>> = {
  'volume.create': 'ensureVolume',
  'volume.zero': 'startZeroing',
  'volume.expand': 'expandVolume',
  'volume.rename': 'renameVolume',
  'volume.delete': 'deleteVolume',
  'volume.mark': 'markVolume',
  'snapshot.create': 'ensureSnapshots',
  'snapshot.copy': 'startSnapshots',
  'volume.copy': 'startCopy',
  'mirror.begin': 'ensureMirror',
  'mirror.pause': 'pauseMirrors',
  'mirror.resume': 'resumeMirror',
  'mirror.split': 'splitMirror',
  'volume.unmark': 'unmarkVolume',
  'mask.ensure': 'ensureMask',
  'mask.mark': 'markMask',
  'mask.delete': 'deleteMask',
  'mapping.ensure': 'ensureMapping',
  'mapping.remove': 'removeMapping',
};

interface Trouble {
  readonly name: string;
  readonly fault: Pick<Fault, 'before' | 'after'>;
  /** The apply gives this unit up and undoes it; applying again brings it about. */
  readonly givesUp?: boolean;
}

const TROUBLES: readonly Trouble[] = [
  { name: 'the answer is lost', fault: { after: true } },
  { name: 'the call is lost, nobody knows', fault: { before: 'ambiguous' } },
  { name: 'the call is lost, and that is known', fault: { before: 'transient' } },
  { name: 'the call is refused', fault: { before: 'invalid' }, givesUp: true },
];

const CALL = /^step:before-call:(.*)$/;
const callsOf = ({ points }: TroubleFreeRun): string[] => points.filter((point) => CALL.test(point));

/** Sets the fault in the moment before the call; setting it takes no turn of the loop, so nobody comes between. */
function troubleAt(
  index: number,
  { fault }: Trouble,
): { readonly point: (name: string) => undefined; done(): Promise<void> } {
  const target = { directory: story.estate.arrays, array: story.estate.array };
  let calls = 0;
  let set: ReturnType<typeof simFault> | undefined;
  return {
    point: (name) => {
      const kind = CALL.exec(name)?.[1];
      if (kind === undefined || calls++ !== index) return undefined;
      set = simFault({
        ...target,
        add: { operation: OPERATIONS[kind as keyof typeof OPERATIONS], times: 1, ...fault },
      });
      return undefined;
    },
    done: async () => {
      expect(set, 'the call was never made').toBeDefined();
      await set;
      // Faults are used up by the call that they hit.
      expect((await simFault(target)).faults).toEqual([]);
    },
  };
}

/** Resolves with whether a unit was given up. */
async function runWith(trouble: Trouble, run: TroubleFreeRun, index: number): Promise<boolean> {
  await story.rewind(run);
  const { point, done } = troubleAt(index, trouble);
  const process = await story.machine.start(story.estate.state, { onPoint: point });
  try {
    const result = await applyStage(process, run.stage);
    await done();
    if (trouble.givesUp) {
      expect(result.outcome).toBe('partial');
      expect(result.counts.undone).toBe(1);
      await expectStateAtRest(process, story.estate);
      const removes = await removalsOf(process, run.stage);
      const again = await applyStage(process, { ...run.stage, removes });
      expect(again).toMatchObject({ outcome: 'ok', diagnostics: [] });
    } else {
      expect(result).toMatchObject({ outcome: 'ok', diagnostics: [] });
    }
    await expectStageDone(process, story.estate, run);
    return result.counts.undone > 0;
  } finally {
    await process.end();
  }
}

describe.each(TROUBLES)('when $name', (trouble) => {
  it(`at any changing call, the plan ${trouble.givesUp ? 'is undone there and can be applied again' : 'comes to its end'}`, async () => {
    const rows = [];
    for (const run of story.runs) {
      const calls = callsOf(run);
      const row = { operation: run.stage.name, calls: calls.length, faults: 0, undone: 0 };
      for (const [index, name] of calls.entries()) {
        const where = `${run.stage.name}, ${trouble.name} at call ${index} (${name})`;
        if (await at(where, () => runWith(trouble, run, index))) row.undone++;
        row.faults++;
      }
      rows.push(row);
    }
    printTable(`Driver boundaries: ${trouble.name}`, rows);
    const total = rows.reduce((sum, { faults }) => sum + faults, 0);
    expect(total).toBeGreaterThan(25);
    expect(rows.reduce((sum, { undone }) => sum + undone, 0)).toBe(trouble.givesUp ? total : 0);
  });
});
