/**
 * Random declarations, accidents and answers of arrays, one operation each (run-case.ts). The same cases in every run;
 * SEED=n tries others, and `npm run fuzz` more of them. What fails is made smaller and written to regress/, which is
 * replayed from then on.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type FuzzCase, fuzzCase, textsOf } from './case.ts';
import { type Ending, runCase } from './run-case.ts';

const REGRESS = fileURLToPath(new URL('regress/', import.meta.url));
const CASES = Number(process.env.COPRHD_FUZZ_CASES ?? 80);
const seed = Number(process.env.SEED ?? 1);

interface Regression {
  readonly why: string;
  readonly case: FuzzCase;
}

it('what once failed passes', async () => {
  for (const name of readdirSync(REGRESS).filter((file) => file.endsWith('.json'))) {
    const { case: tried } = JSON.parse(readFileSync(`${REGRESS}${name}`, 'utf8')) as Regression;
    await runCase(tried).catch((cause: unknown) => {
      throw new Error(`${name} fails again: ${(cause as Error).message}`, { cause });
    });
  }
});

it('any operation on any estate keeps what was acknowledged, and everything comes to its end', async () => {
  const endings: Record<Ending, number> = { ok: 0, refused: 0, held: 0, partial: 0, open: 0 };
  const property = fc.asyncProperty(fuzzCase, async (tried) => {
    endings[await runCase(tried)]++;
  });
  // A failing case is made smaller for a while, and the smallest one found is what counts.
  const result = await fc.check(property, { seed, numRuns: CASES, interruptAfterTimeLimit: 900_000 });
  console.log(`${result.numRuns} cases: ${JSON.stringify(endings)}`);
  if (result.counterexample) {
    const [failing] = result.counterexample;
    const why = String((result.errorInstance as Error | undefined)?.message ?? result.errorInstance);
    const name = `seed-${seed}-${result.counterexamplePath?.split(':')[0]}.json`;
    writeFileSync(`${REGRESS}${name}`, `${JSON.stringify({ why, case: failing } satisfies Regression, null, 2)}\n`);
    const { 'stack.yaml': stack } = textsOf(failing.now, failing.arrays);
    throw new Error(`${why}\nwritten to test/fuzz/regress/${name}: say in its \`why\` what the cause was\n${stack}`, {
      cause: result.errorInstance,
    });
  }
  expect(result.failed).toBe(false);
  // Cases that all end at once would prove nothing.
  expect(endings.ok).toBeGreaterThan(CASES / 10);
  expect(endings.partial + endings.held + endings.open).toBeGreaterThan(CASES / 20);
}, 1_000_000);
