/** The plain check before the schema must never accept what the schema refuses, or refuse what it accepts. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ENVELOPE, envelopeProblem } from '../../../src/engine/state/envelope.ts';
import { lunMap, volume } from './fixtures.ts';

const WHOLE = [
  volume(1, 'a'),
  { ...volume(2, 'b'), claim: { workflow: 'w', fence: 3 } },
  lunMap(1, 3),
  { ...volume(3, 'c'), owner: { type: 'api', user: 'root' } },
];

/** All paths to a value in a record. */
function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function replaced(value: unknown, [head, ...rest]: readonly string[], by: unknown): unknown {
  if (head === undefined) return by;
  const map = value as Record<string, unknown>;
  const inner = replaced(map[head], rest, by);
  const { [head]: _gone, ...others } = map;
  return inner === undefined ? others : { ...map, [head]: inner };
}

const junk = fc.oneof(
  fc.constantFrom(undefined, null, true, 0, -1, 1.5, 2 ** 60, '', 'stack', 'api', 'engine', 'ready', 'volume', [], {}),
  fc.constantFrom('urn:storageos:Volume:x:vdc1', 'urn:storageos:Tenant:00000000-0000-4000-8000-000000000001:global'),
  fc.json().map((text) => JSON.parse(text) as unknown),
);

it('agrees with the schema about every record with one field replaced', () => {
  for (const record of WHOLE) expect(envelopeProblem(record)).toBeUndefined();
  const mutated = fc
    .constantFrom(...WHOLE)
    .chain((record) =>
      fc.tuple(fc.constantFrom(...pathsOf(record)), junk).map(([path, by]) => replaced(record, path, by)),
    );
  let refused = 0;
  fc.assert(
    fc.property(mutated, (record) => {
      const { success } = ENVELOPE.safeParse(record);
      if (!success) refused++;
      expect(envelopeProblem(record) === undefined).toBe(success);
    }),
    { numRuns: 3_000 },
  );
  expect(refused).toBeGreaterThan(500);
});
