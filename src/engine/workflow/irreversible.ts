/** Steps of a plan that could not be undone: what an atomic plan must not have. */
import type { Plan } from '../planner/plan.ts';
import { bindStep } from './steps/registry.ts';

export interface IrreversibleStep {
  readonly address: string;
  readonly summary: string;
}

export function irreversibleSteps(plan: Plan): IrreversibleStep[] {
  return plan.units.flatMap((unit) =>
    unit.steps.flatMap((step) => {
      const bound = bindStep(step);
      return bound.form !== 'call' || bound.undo ? [] : [{ address: unit.address, summary: bound.summary }];
    }),
  );
}
