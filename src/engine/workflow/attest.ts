/**
 * What a person says of a unit whose device can't be asked. It counts only where the probe finds nothing out: what the
 * device answers always wins, and is what the caller gets to see.
 */
import type { Step, Unit } from '../planner/plan.ts';
import type { Run } from './run.ts';
import type { Verdict } from './steps/handler.ts';

/**
 * done: what the unit was to bring about is there. absent: its object is not on the device. foreign: what is there is not
 * ours, and is not touched.
 */
export type Attestation = 'done' | 'absent' | 'foreign';

/** Steps after which their object is not there any more. */
const REMOVING: ReadonlySet<Step['kind']> = new Set([
  'volume.delete',
  'volume.unmark',
  'mapping.remove',
  'mask.delete',
]);
/** Steps of which the record must learn what the device made; nobody can say that from memory. */
const LEARNING: ReadonlySet<Step['kind']> = new Set(['volume.create', 'mask.ensure', 'mask.mark']);

export const removes = (unit: Unit): boolean => unit.steps.some(({ kind }) => REMOVING.has(kind));

/** Must the unit be taken back when this is so? */
export function goesBackWhen(unit: Unit, as: Attestation): boolean {
  return as !== 'done' && !removes(unit);
}

/** Why it can't be said of this unit; undefined when it can. */
export function whyNotAttested(unit: Unit, as: Attestation, isOpen: (step: Step) => boolean): string | undefined {
  if (as !== 'done') return undefined;
  const learning = unit.steps.find((step) => LEARNING.has(step.kind) && isOpen(step));
  return learning && 'its identity is known only to the device: the record could not say what it is';
}

export function attest(run: Run, unit: Unit, as: Attestation, by: string): void {
  for (const step of unit.steps) {
    run.attested.set(step, (why): Verdict => {
      run.attestedBy.push({
        unit: unit.id,
        step: step.id,
        verdict: `${as}, said ${by}; the device could not be asked: ${why}`,
      });
      return { verdict: as === 'done' || REMOVING.has(step.kind) ? 'done' : 'not-done' };
    });
  }
}
