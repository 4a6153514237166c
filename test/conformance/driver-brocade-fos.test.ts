/**
 * The Fabric OS driver passes the network conformance suite against the simulated switch, over real SSH and real HTTPS, with
 * and without virtual fabrics. COPRHD_CONFORMANCE=all: with more versions.
 */
import { networkConformance } from '../../src/engine/driver/conformance/network-suite.ts';
import { fosTarget, type Where } from '../drivers/brocade-fos/network-target.ts';
import { makeTls } from '../drivers/simulator/fos/support.ts';
import { caseTests } from './driver-kit.ts';

const tls = makeTls();

const USUAL: readonly Omit<Where, 'tls'>[] = [
  { scheme: 'ssh', firmware: 'v8.2.3c' },
  { scheme: 'https', firmware: 'v9.1.1b', virtualFabric: 20 },
];
const MORE: readonly Omit<Where, 'tls'>[] = [
  { scheme: 'ssh', firmware: 'v7.4.2' },
  { scheme: 'ssh', firmware: 'v9.1.1b', virtualFabric: 20 },
  { scheme: 'https', firmware: 'v8.2.1' },
  { scheme: 'https', firmware: 'v8.2.3c' },
];

for (const where of process.env.COPRHD_CONFORMANCE === 'all' ? [...USUAL, ...MORE] : USUAL) {
  const { scheme, firmware, virtualFabric } = where;
  const name = `Fabric OS ${firmware} over ${scheme}${virtualFabric === undefined ? '' : ', in a virtual fabric'}`;
  // A transaction that a dead REST session left can't be dropped by another one.
  const skips = scheme === 'https' ? ['N43-own-transaction'] : [];
  caseTests(name, networkConformance(fosTarget({ ...where, tls })), { skips });
}
