/**
 * The conformance suite of network systems: `networkConformance(target)` gives the cases for what the driver's manifest
 * declares, each on a device of its own. As with suite.ts, a case that rejects with SkippedCase was not run.
 */
import { NETWORK_DELTA_CASES } from './network-delta-cases.ts';
import { NETWORK_FAILURE_CASES } from './network-failure-cases.ts';
import { createNetworkFixture, type NetworkCaseBody } from './network-fixture.ts';
import { NETWORK_OBSERVE_CASES } from './network-observe-cases.ts';
import type { NetworkConformanceTarget } from './network-target.ts';

const ALL: readonly NetworkCaseBody[] = [...NETWORK_OBSERVE_CASES, ...NETWORK_DELTA_CASES, ...NETWORK_FAILURE_CASES];

export interface NetworkConformanceCase {
  /** Stable; targets list the ones that they expect to skip. */
  readonly id: string;
  readonly title: string;
  /** Rejects with AssertionError, or with SkippedCase when the target can't run it. */
  run(): Promise<void>;
}

export function networkConformance(target: NetworkConformanceTarget): NetworkConformanceCase[] {
  const declared = ({ needs }: NetworkCaseBody) => needs === undefined || target.manifest.capabilities.includes(needs);
  return ALL.filter(declared).map((body) => ({
    id: body.id,
    title: body.title,
    run: async () => {
      const device = await target.open();
      try {
        await body.run(createNetworkFixture(target.manifest, device, body.id));
      } finally {
        await device.close();
      }
    },
  }));
}
