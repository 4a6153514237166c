/** The tgt driver on a pool whose file system shares no blocks: snapshots are made by full copy there. */
import { afterAll, beforeAll } from 'vitest';
import { conformanceTests } from './driver-kit.ts';
import { FULL_COPY_CASES } from './full-copy-cases.ts';
import { createTgtTarget, EXT4_SKIPS, TGT_SKIPS } from './tgt-target.ts';

const target = createTgtTarget(undefined, { fileSystem: 'ext4' });
beforeAll(() => target.start());
afterAll(() => target.stop());

conformanceTests('tgt on ext4, a real tgtd', target, {
  skips: [...TGT_SKIPS, ...EXT4_SKIPS],
  only: FULL_COPY_CASES,
});
