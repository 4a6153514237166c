/** The tgt driver passes the driver conformance suite on a real tgtd. Needs root and the packages of scripts/setup.js. */
import { afterAll, beforeAll } from 'vitest';
import { conformanceTests } from './driver-kit.ts';
import { createTgtTarget, TGT_SKIPS } from './tgt-target.ts';

const target = createTgtTarget();
beforeAll(() => target.start());
afterAll(() => target.stop());

conformanceTests('tgt on a real tgtd', target, { skips: TGT_SKIPS });
