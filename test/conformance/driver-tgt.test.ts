/** The tgt driver passes the driver conformance suite on a real tgtd. Needs root and the packages of scripts/setup.js. */
import { afterAll, beforeAll } from 'vitest';
import { conformanceTests } from './driver-kit.ts';
import { CHANGING_OPERATIONS, createTgtTarget } from './tgt-target.ts';

const target = createTgtTarget();
beforeAll(() => target.start());
afterAll(() => target.stop());

const skips = [
  // Its lists are never partial, its sessions never end, it is given no secrets and never says that it is busy.
  '02-partial',
  '11-session-expiry',
  '15-secrets',
  ...CHANGING_OPERATIONS.map((operation) => `10-busy-${operation}`),
  // Changes of real files can't be counted from outside; jobs are lost in the driver's own tests.
  '03-volume-one-write',
  '31-lost',
  // The parsers have samples of their own.
  '12-error-samples',
];

conformanceTests('tgt on a real tgtd', target, { skips });
