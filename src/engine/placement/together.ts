/**
 * Units that are wanted together, all of them: in their order if that will do, else the largest first, because what is
 * small finds a place in what the large ones leave. Only where that helps all of them; else what is told is of the order
 * in which they were given. For a plan, which is made whole or not at all; `explain` asks for the same order.
 */
import { place } from './place.ts';
import type { Candidate, PlacementResult, PlacementUnit } from './request.ts';

export interface Together {
  /** In the order in which they were placed. */
  readonly units: readonly PlacementUnit[];
  /** In the order in which they were given. */
  readonly result: PlacementResult;
}

/** Costs a second run only where the first leaves somebody out. */
export function placeTogether(units: readonly PlacementUnit[], candidates: readonly Candidate[]): Together {
  const asGiven = { units, result: place({ units }, candidates) };
  if (asGiven.result.failures.length === 0 || units.length === 1) return asGiven;
  const largestFirst = [...units].sort((a, b) => bytesOf(b) - bytesOf(a));
  const { decisions, failures } = place({ units: largestFirst }, candidates);
  if (failures.length > 0) return asGiven;
  const found = new Map(decisions.map((decision) => [decision.unit, decision]));
  return { units: largestFirst, result: { decisions: units.map(({ id }) => found.get(id)!), failures } };
}

const bytesOf = ({ roles }: PlacementUnit): number => roles.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
