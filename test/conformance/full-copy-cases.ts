/**
 * Of pools whose snapshots are full copies every run has the cases of snapshots and copies: the others are as on any pool of the same driver.
 * All cases with COPRHD_CONFORMANCE=all (`npm run test:all`).
 */
const CHOSEN = [
  '34-snapshot',
  '34-set-twice',
  '34-set-in-part',
  '34-part-mapped',
  '34-all-or-none',
  '34-two-sessions',
  '34-content',
  '35-restore',
  '35-copy-of-snapshot-in-use',
  '35-full-job',
  '35-full-by-call',
  '35-full-written',
  '35-full-in-use',
  '35-full-cancel',
  '08-reply-lost-startSnapshots',
  '09-request-lost-startSnapshots',
];

export const FULL_COPY_CASES = process.env.COPRHD_CONFORMANCE === 'all' ? undefined : CHOSEN;
