/** The simulator passes the driver conformance suite in both its forms. */
import { MODELS } from '../../drivers/simulator/models/catalogue.ts';
import { diskTarget, fullCopyTarget, memoryTarget, modelTarget } from '../drivers/simulator/target.ts';
import { conformanceTests } from './driver-kit.ts';
import { FULL_COPY_CASES } from './full-copy-cases.ts';

/** It has no sessions that end and is given no secrets. */
const skips = ['11-session-expiry', '15-secrets'];

const changes = (operation: string) =>
  ['08-reply-lost', '09-request-lost', '10-busy', '18-no-time', '18-slow'].map((number) => `${number}-${operation}`);
/** Of pools whose snapshots are copy-on-write, and of those whose snapshots are full copies. */
const COPY_ON_WRITE = [
  '35-full-job',
  '35-full-by-call',
  '35-full-written',
  '35-full-in-use',
  '35-full-cancel',
  ...changes('startSnapshots'),
];
const FULL_COPY = changes('ensureSnapshots');

/** Their pools have no tiers and limit nothing. */
const POLICY = ['04-tiering-policy'];
const IO_LIMITS = ['04-io-limits', '04-service-missing'];

conformanceTests('simulator in memory', memoryTarget, { skips: [...skips, ...COPY_ON_WRITE, ...POLICY, ...IO_LIMITS] });
conformanceTests('simulator on disk', diskTarget, { skips: [...skips, ...COPY_ON_WRITE, ...POLICY, ...IO_LIMITS] });
conformanceTests('simulator, snapshots by full copy, in memory', fullCopyTarget, {
  skips: [...skips, ...FULL_COPY, ...POLICY, ...IO_LIMITS],
  only: FULL_COPY_CASES,
});

/** Thin only: nothing to zero. */
const THIN = ['31-zeroing', '31-two-starts', '31-cancel', '31-lost', '31-foreign', '14-no-room', '30-expand-no-room'];
for (const { id, pools } of MODELS) {
  const thinOnly = pools.every(({ provisioning }) => !provisioning.includes('thick'));
  const policies = pools.some(({ tieringPolicies }) => tieringPolicies);
  const limits = pools.some(({ ioLimits }) => ioLimits);
  conformanceTests(`simulator, model ${id}, in memory`, modelTarget(id), {
    skips: [
      ...skips,
      ...COPY_ON_WRITE,
      ...(thinOnly ? THIN : []),
      ...(policies ? [] : POLICY),
      ...(limits ? [] : IO_LIMITS),
    ],
  });
}
