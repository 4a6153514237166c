/**
 * The tgt driver passes the driver conformance suite on a real tgtd. Every run has these cases, and others over SSH; all of
 * them with COPRHD_CONFORMANCE=all (`npm run test:all`). Needs root and the packages of scripts/setup.js.
 */
import { afterAll, beforeAll } from 'vitest';
import { conformanceTests } from './driver-kit.ts';
import { CHANGING_OPERATIONS, createTgtTarget, REFLINK_SKIPS, TGT_SKIPS } from './tgt-target.ts';

const target = createTgtTarget();
beforeAll(() => target.start());
afterAll(() => target.stop());

/** Others than over SSH. */
const ELSEWHERE: readonly string[] = ['ensureVolume', 'ensureMapping', 'deleteVolume'];
const LOST = CHANGING_OPERATIONS.filter((operation) => !ELSEWHERE.includes(operation)).flatMap((operation) => [
  `08-reply-lost-${operation}`,
  `09-request-lost-${operation}`,
]);

const CHOSEN = [
  '01-identity',
  '02-complete',
  '02-read-only',
  '03-volume-twice',
  '03-mask-twice',
  '03-mapping-twice',
  '06-delete-mapped',
  '07-mask-taken-over',
  ...LOST,
  '13-volume-names',
  '18-closed',
  '20-undo',
  '21-restart',
  '30-expand',
  '31-zeroing',
  '31-cancel',
  '34-set-in-part',
  '34-snapshot-differs',
  '35-copy-in-use',
];

conformanceTests('tgt on a real tgtd', target, {
  skips: [...TGT_SKIPS, ...REFLINK_SKIPS],
  only: process.env.COPRHD_CONFORMANCE === 'all' ? undefined : CHOSEN,
});
