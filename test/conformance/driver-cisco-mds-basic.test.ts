/** cisco-mds on simulated switches over real SSH, in basic mode: the network conformance suite but for what asks for a lock. */
import { networkConformance } from '../../src/engine/driver/conformance/network-suite.ts';
import { NO_LOCK, withoutLock } from '../drivers/cisco-mds/no-lock.ts';
import { simulatedTarget } from '../drivers/cisco-mds/simulated.ts';
import { caseTests } from './driver-kit.ts';

const cases = withoutLock(networkConformance(simulatedTarget('basic')));
caseTests('cisco-mds over SSH, basic', cases, { skips: NO_LOCK });
