import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exactSize, formatSize, formatSizeLeft, parseSize } from '../../../src/engine/model/size.ts';

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

it('what is left is never told as more than it is, and as it is where two decimals do', () => {
  const TIB = 2 ** 40;
  expect([6 * TIB, 6 * TIB - 2 ** 20, 1.15 * 2 ** 30, 512, 0, -1].map(formatSizeLeft)).toEqual([
    ...['6 TiB', '5.99 TiB', '1.15 GiB', '512 B', '0 B', '0 B'],
  ]);
  expect(formatSize(6 * TIB - 2 ** 20)).toBe('6 TiB');
});
