/** The simulated fabric passes the network conformance suite in both its forms. */
import { networkConformance } from '../../src/engine/driver/conformance/network-suite.ts';
import { diskNetwork, memoryNetwork } from '../drivers/simulator/network-target.ts';
import { caseTests } from './driver-kit.ts';

/** It has no sessions that end and is given no secrets. */
const skips = ['N11-session-expiry', 'N15-secrets'];

caseTests('fabric in memory', networkConformance(memoryNetwork), { skips });
caseTests('fabric on disk', networkConformance(diskNetwork), { skips });
