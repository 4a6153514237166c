/** What a pool's file system says of itself, without a machine that has it. */
import { describe, expect, it } from 'vitest';
import type { TgtClient } from '../../../drivers/tgt/client.ts';
import { observePool } from '../../../drivers/tgt/pool-files.ts';

const answering = (text: string) =>
  ({ configuration: { pools: { main: '/pool' } }, script: async () => text }) as unknown as TgtClient;
const poolOn = (...facts: string[]) =>
  observePool({} as never, answering(['xattr yes', 'birth 1700000000', ...facts].join('\n')), 'main');

describe('a pool', () => {
  it.each([
    { on: 'XFS with reflinks', facts: ['fs xfs 4096 1000 400', 'reflink yes'], reflink: 'yes', thick: true },
    { on: 'XFS without', facts: ['fs xfs 4096 1000 400'], reflink: 'no', thick: true },
    { on: 'btrfs, which always has them', facts: ['fs btrfs 4096 1000 400'], reflink: 'yes', thick: false },
    { on: 'ext4', facts: ['fs ext2/ext3 4096 1000 400'], reflink: 'no', thick: true },
  ])('on $on', async ({ facts, reflink, thick }) => {
    const pool = await poolOn(...facts);
    expect(pool).toMatchObject({ usable: true, totalBytes: 4_096_000, freeBytes: 1_638_400, notes: { reflink } });
    expect(pool.provisioning).toEqual(thick ? ['thin', 'thick'] : ['thin']);
  });
});
