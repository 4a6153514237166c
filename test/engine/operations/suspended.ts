/** An estate with a workflow that has stopped half-way, for tests of what people do about it. */
import type { ApplyResult } from '../../../src/engine/operations/types.ts';
import { OperationError } from '../../../src/lib/diagnostic.ts';
import { createEstate, type Estate } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

export const EXPORTED = [
  infrastructure(),
  stack({ volumes: { a: null, b: null }, exports: { e: 'host: h1, volumes: [a]' } }),
];

export interface Suspended {
  readonly estate: Estate;
  readonly result: ApplyResult;
  readonly workflow: string;
  /** What every array holds, apart from its clock. */
  readonly before: string;
}

export const onArrays = (estate: Estate): string =>
  JSON.stringify(
    ['sim-1', 'sim-2'].map((name) => {
      const { value } = estate.array(name).handle({ operation: 'listVolumes', args: {}, nowMs: 0 } as never) as never;
      const masks = estate.array(name).handle({ operation: 'listMasks', args: {}, nowMs: 0 } as never) as {
        value: unknown;
      };
      return [value, masks.value];
    }),
  );

/** The export fails for good, and everything stays as it is. */
export async function suspended(): Promise<Suspended> {
  const estate = await createEstate();
  await estate.applied([infrastructure()]);
  const before = onArrays(estate);
  estate.fault({ operation: 'ensureMapping', before: 'invalid' });
  const result = await estate.apply(EXPORTED, { onError: 'suspend', parallel: 1 });
  return { estate, result, workflow: result.workflow!, before };
}

/** What an operation throws. */
export async function refusal(work: Promise<unknown>): Promise<OperationError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OperationError)) throw error ?? new Error('it was not refused');
  return error;
}
