import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exactSize, parseSize } from '../../../src/engine/model/size.ts';

it('a size in a plan file is exact, and short where it can be', () => {
  expect([1, 1024, 1536, 2 ** 30, 2 ** 30 + 512, 3 * 2 ** 41].map(exactSize)).toEqual([
    '1B',
    '1KiB',
    '1536B',
    '1GiB',
    '1073742336B',
    '6TiB',
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
      expect(parseSize(exactSize(bytes))).toEqual({ ok: true, bytes });
    }),
  );
});
