/** The simulator passes the driver conformance suite in both its forms. */
import { MODELS } from '../../drivers/simulator/models/catalogue.ts';
import { diskTarget, memoryTarget, modelTarget } from '../drivers/simulator/target.ts';
import { conformanceTests } from './driver-kit.ts';

/** It has no sessions that end and is given no secrets. */
const skips = ['11-session-expiry', '15-secrets'];

conformanceTests('simulator in memory', memoryTarget, { skips });
conformanceTests('simulator on disk', diskTarget, { skips });

/** Thin only: nothing to zero. */
const THIN = ['31-zeroing', '31-two-starts', '31-cancel', '31-lost', '31-foreign', '14-no-room', '30-expand-no-room'];
for (const { id, pools } of MODELS) {
  const thinOnly = pools.every(({ provisioning }) => !provisioning.includes('thick'));
  conformanceTests(`simulator, model ${id}, in memory`, modelTarget(id), {
    skips: [...skips, ...(thinOnly ? THIN : [])],
  });
}
