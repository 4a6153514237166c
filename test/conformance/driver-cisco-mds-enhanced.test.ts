/** cisco-mds on simulated switches over real SSH, in enhanced mode: the whole network conformance suite. */
import { networkConformance } from '../../src/engine/driver/conformance/network-suite.ts';
import { simulatedTarget } from '../drivers/cisco-mds/simulated.ts';
import { caseTests } from './driver-kit.ts';

caseTests('cisco-mds over SSH, enhanced', networkConformance(simulatedTarget('enhanced')), { skips: [] });
