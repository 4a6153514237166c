/**
 * Makes vitest tests of the driver conformance cases. What a target can't run is skipped loudly with the reason, and the
 * list of skips is itself tested, so that a case can't stop running unnoticed.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { driverConformance } from '../../src/engine/driver/conformance/suite.ts';
import {
  type ConformanceCase,
  type ConformanceTarget,
  SkippedCase,
} from '../../src/engine/driver/conformance/target.ts';

export interface ConformanceOptions {
  /** Ids of the cases that this target can't run. */
  readonly skips: readonly string[];
  /** Only these, where all of them run elsewhere. */
  readonly only?: readonly string[] | undefined;
}

export const conformanceTests = (name: string, target: ConformanceTarget, options: ConformanceOptions): void =>
  caseTests(name, driverConformance(target), options);

/** Tests of cases, whatever kind of driver they are for. */
export function caseTests(
  name: string,
  cases: readonly Pick<ConformanceCase, 'id' | 'title' | 'run'>[],
  { skips, only }: ConformanceOptions,
): void {
  describe(`driver conformance: ${name}`, () => {
    const skipped = new Map<string, string>();
    const ids = new Set(cases.map(({ id }) => id));
    test('has every case that is asked for', () => {
      expect((only ?? []).filter((id) => !ids.has(id))).toEqual([]);
    });
    for (const { id, title, run } of cases.filter((each) => only?.includes(each.id) ?? true)) {
      test(`${id}: ${title}`, async (context) => {
        try {
          await run();
        } catch (error) {
          if (!(error instanceof SkippedCase)) throw error;
          skipped.set(id, error.message);
          expect(skips, `${id} was skipped: ${error.message}`).toContain(id);
          context.skip(error.message);
        }
        expect(skips, `${id} runs now: take it off the list of skips`).not.toContain(id);
      });
    }
    afterAll(() => {
      for (const [id, reason] of skipped) console.warn(`SKIPPED ${name} ${id}: ${reason}`);
    });
  });
}
