/** The simulator passes the driver conformance suite in both its forms. */
import { diskTarget, memoryTarget } from '../drivers/simulator/target.ts';
import { conformanceTests } from './driver-kit.ts';

/** It has no sessions that end and is given no secrets. */
const skips = ['11-session-expiry', '15-secrets'];

conformanceTests('simulator in memory', memoryTarget, { skips });
conformanceTests('simulator on disk', diskTarget, { skips });
