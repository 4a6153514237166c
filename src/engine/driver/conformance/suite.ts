/**
 * The driver conformance suite: `driverConformance(target)` gives the cases for what the driver's manifest declares, each
 * on a device of its own. Bind them to any test runner; a case that rejects with SkippedCase was not run and must be
 * reported as such.
 */
import { ABILITY_CASES } from './ability-cases.ts';
import { CHANGE_CASES } from './change-cases.ts';
import { CHANGES_CASES } from './changes-cases.ts';
import { COPIES_CASES } from './copies-cases.ts';
import { FAILURE_CASES } from './failure-cases.ts';
import { type CaseBody, createFixture } from './fixture.ts';
import { MASK_CASES } from './mask-cases.ts';
import { METRICS_CASES } from './metrics-cases.ts';
import { MIRRORS_CASES } from './mirrors-cases.ts';
import { OBSERVE_CASES } from './observe-cases.ts';
import { SCAN_CASES } from './scan-cases.ts';
import { SERVICE_CASES } from './service-cases.ts';
import type { ConformanceCase, ConformanceTarget } from './target.ts';
import { VOLUME_CASES } from './volume-cases.ts';

const ALL: readonly CaseBody[] = [
  ...OBSERVE_CASES,
  ...VOLUME_CASES,
  ...SERVICE_CASES,
  ...MASK_CASES,
  ...ABILITY_CASES,
  ...COPIES_CASES,
  ...MIRRORS_CASES,
  ...METRICS_CASES,
  ...CHANGES_CASES,
  ...SCAN_CASES,
  ...CHANGE_CASES,
  ...FAILURE_CASES,
];

export function driverConformance(target: ConformanceTarget): ConformanceCase[] {
  const { capabilities, scan } = target.manifest;
  const declared = ({ needs }: CaseBody) =>
    needs === undefined || (needs === 'scan' ? scan !== undefined : capabilities.includes(needs));
  return ALL.filter(declared).map((body) => ({
    id: body.id,
    title: body.title,
    ...(body.needs === undefined ? {} : { needs: body.needs }),
    run: async () => {
      const device = await target.open();
      try {
        await body.run(createFixture(target.manifest, device, body.id));
      } finally {
        await device.close();
      }
    },
  }));
}
