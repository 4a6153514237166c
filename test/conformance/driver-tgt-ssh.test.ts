/**
 * The tgt driver over a real OpenSSH server: the conformance cases whose outcome depends most on how commands get there and
 * back (lost calls, names, many at once). All of them with COPRHD_CONFORMANCE=all (`npm run test:ssh`).
 */
import { afterAll, beforeAll } from 'vitest';
import { createSshSession } from '../../src/engine/driver/ssh/session.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { type Sshd, startSshd } from '../drivers/ssh/sshd.ts';
import { conformanceTests } from './driver-kit.ts';
import { createTgtTarget, REFLINK_SKIPS, TGT_SKIPS } from './tgt-target.ts';

let sshd: Sshd;
const target = createTgtTarget(() =>
  createSshSession({
    name: 'array',
    hops: [{ user: 'root', host: '127.0.0.1', port: sshd.port, login: { type: 'secret', secret: sshd.key } }],
    hostKeys: [],
    clock: systemClock,
  }),
);
beforeAll(async () => {
  sshd = await startSshd();
  await target.start();
});
afterAll(async () => {
  await target.stop();
  await sshd.remove();
});

/** An answer that is lost after the effect, a request that is lost before it: what a connection can do to each operation. */
const CHOSEN = [
  '02-complete',
  '03-volume-twice',
  '08-reply-lost-ensureVolume',
  '09-request-lost-ensureVolume',
  '08-reply-lost-ensureMapping',
  '09-request-lost-ensureMapping',
  '08-reply-lost-deleteVolume',
  '09-request-lost-deleteVolume',
  '13-volume-names',
  '17-many',
  '18-closed',
];

conformanceTests('tgt over a real sshd', target, {
  skips: [...TGT_SKIPS, ...REFLINK_SKIPS],
  only: process.env.COPRHD_CONFORMANCE === 'all' ? undefined : CHOSEN,
});
