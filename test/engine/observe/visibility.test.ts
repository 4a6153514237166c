import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import type { PoolAttributes, PortAttributes } from '../../../src/engine/model/specs.ts';
import type { TrustLevel } from '../../../src/engine/observe/observation.ts';
import { pool, port, recorder } from './recorder.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const LEVELS: readonly TrustLevel[] = ['whole', 'partial', 'untrusted', 'unreachable'];

const look = fc.record({
  level: fc.constantFrom(...LEVELS),
  pools: fc.subarray(NAMES),
  ports: fc.subarray(NAMES),
  /** Of a pool, so that attributes change for other reasons, too. */
  freeBytes: fc.integer({ min: 0, max: 3 }),
  status: fc.constantFrom('up' as const, 'down' as const),
});

const keyOf = (record: ResourceRecord) => `${record.kind} ${(record as ResourceRecord<'pool' | 'port'>).spec.nativeId}`;

it('no sequence of observations deletes anything; visible is what the last whole one had, else since the first that had not', () => {
  fc.assert(
    fc.property(fc.array(look, { maxLength: 8 }), (looks) => {
      const { discover, records, attributes } = recorder();
      /** Native objects that a whole observation ever had: not visible since when, or undefined. */
      const expected = new Map<string, number | undefined>();
      looks.forEach(({ level, pools, ports, freeBytes, status }, index) => {
        const nowMs = 1_000 * (index + 1);
        const before = new Map(records);
        discover(
          {
            trust: { level, why: '' },
            pools: pools.map((name) => pool(name, { freeBytes })),
            ports: ports.map((name) => port(name, { status })),
          },
          nowMs,
        );
        if (level === 'whole') {
          const had = new Set([...pools.map((name) => `pool ${name}`), ...ports.map((name) => `port ${name}`)]);
          for (const [key, sinceMs] of expected) if (!had.has(key)) expected.set(key, sinceMs ?? nowMs);
          for (const key of had) expected.set(key, undefined);
        }
        for (const [urn, record] of before) expect(records.get(urn)).toEqual(record);
        const found = [...records.values()].map((record) => {
          const seen = attributes.get(record.urn)!;
          return [keyOf(record), seen.notVisibleSinceMs] as const;
        });
        expect(new Map(found)).toEqual(expected);
        expect(found).toHaveLength(expected.size);
      });
    }),
    { numRuns: 300 },
  );
});

it('what is not visible is never usable', () => {
  fc.assert(
    fc.property(fc.array(look, { maxLength: 6 }), (looks) => {
      const { discover, attributes } = recorder();
      looks.forEach(({ level, pools, ports, status }, index) => {
        const seen = { pools: pools.map((name) => pool(name)), ports: ports.map((name) => port(name, { status })) };
        discover({ trust: { level, why: '' }, ...seen }, 1_000 * (index + 1));
      });
      for (const each of attributes.values()) {
        if (each.notVisibleSinceMs === undefined) continue;
        const use = 'usable' in each ? (each as PoolAttributes).usable : (each as PortAttributes).status === 'up';
        expect(use).toBe(false);
      }
    }),
  );
});
