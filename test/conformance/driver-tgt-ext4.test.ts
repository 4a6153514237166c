/**
 * The tgt driver on a pool whose file system shares no blocks: the cases of snapshots and copies, which are made by full copy there. All
 * cases with COPRHD_CONFORMANCE=all (`npm run test:all`).
 */
import { afterAll, beforeAll } from 'vitest';
import { conformanceTests } from './driver-kit.ts';
import { createTgtTarget, EXT4_SKIPS, TGT_SKIPS } from './tgt-target.ts';

const target = createTgtTarget(undefined, { fileSystem: 'ext4' });
beforeAll(() => target.start());
afterAll(() => target.stop());

const CHOSEN = [
  '34-snapshot',
  '34-set-twice',
  '34-set-in-part',
  '34-part-mapped',
  '34-all-or-none',
  '34-two-sessions',
  '34-content',
  '35-restore',
  '35-full-job',
  '35-full-by-call',
  '35-full-written',
  '35-full-in-use',
  '35-full-cancel',
  '08-reply-lost-startSnapshots',
  '09-request-lost-startSnapshots',
];

conformanceTests('tgt on ext4, a real tgtd', target, {
  skips: [...TGT_SKIPS, ...EXT4_SKIPS],
  only: process.env.COPRHD_CONFORMANCE === 'all' ? undefined : CHOSEN,
});
