/** One workload over its seeds: ours, CoprHD's rule and the optimum (or bound), and how they stand to each other. */
import type { PlacementPolicy } from '../../../src/engine/placement/filter.ts';
import { coprhdRule } from './coprhd-rule.ts';
import { prefixBound } from './demand.ts';
import type { Instance } from './instance.ts';
import { longestPrefix } from './optimum.ts';
import {
  arraysTouched,
  fullestPool,
  ours,
  oursInOnePlan,
  poolsOfRequest,
  portBusyPercent,
  prefixOf,
  projectOnOneArray,
  type Run,
  runStream,
  type Strategy,
  strandedShare,
} from './stream.ts';
import { createInstance, type Scale, type Workload } from './workloads.ts';

export interface Measured {
  readonly ours: number;
  readonly coprhd: number;
  /** The best there could be, where that is known. */
  readonly best?: number;
}

/** What one seed gave, by measure. */
export type Sample = Readonly<Record<string, Measured>>;

export interface Comparison {
  readonly workload: Workload;
  readonly scale: Scale;
  readonly samples: ReadonlyMap<number, Sample>;
  /** Seeds whose optimum is a bound only, because the search was too long. */
  readonly unproven: number;
  readonly oursMs: number;
  readonly onePlanMs: number;
  readonly coprhdMs: number;
  readonly wrong: readonly string[];
}

export function compare(
  workload: Workload,
  scale: Scale,
  seeds: readonly number[],
  policy?: PlacementPolicy,
): Comparison {
  const samples = new Map<number, Sample>();
  const wrong: string[] = [];
  let [unproven, oursMs, onePlanMs, coprhdMs] = [0, 0, 0, 0];
  for (const seed of seeds) {
    const instance = createInstance(workload, scale, seed);
    const [mine, theirs] = [runStream(instance, ours(policy)), runStream(instance, coprhdRule)];
    const best = scale === 'small' ? longestPrefix(instance) : { requests: prefixBound(instance), proven: true };
    const atOnce = workload === 'groups' ? undefined : runStream(instance, oursInOnePlan(instance, policy));
    if (!best.proven) unproven++;
    for (const run of [mine, theirs, ...(atOnce ? [atOnce] : [])]) {
      wrong.push(...run.wrong);
      if (run.chosen.length > best.requests) wrong.push(`${instance.workload}, seed ${seed}: more than the optimum`);
    }
    onePlanMs += atOnce?.elapsedMs ?? 0;
    oursMs += mine.elapsedMs;
    coprhdMs += theirs.elapsedMs;
    samples.set(seed, sampleOf({ instance, mine, theirs, atOnce }, best.requests, policy));
  }
  return { workload, scale, samples, unproven, oursMs, onePlanMs, coprhdMs, wrong };
}

interface Runs {
  readonly instance: Instance;
  readonly mine: Run;
  readonly theirs: Run;
  readonly atOnce: Run | undefined;
}

function sampleOf({ instance, mine, theirs, atOnce }: Runs, best: number, policy?: PlacementPolicy): Sample {
  const [own, rule, top] = [mine.chosen.length, theirs.chosen.length, best].map((count) => prefixOf(instance, count!));
  const onePlan = atOnce && prefixOf(instance, atOnce.chosen.length);
  // At the first refusal everything is full. What lies where is compared with the same requests in place.
  const half = Math.ceil(Math.min(mine.chosen.length, theirs.chosen.length) / 2);
  const upToHalf = (strategy: Strategy) => runStream(instance, strategy, half);
  const [myHalf, theirHalf] = [upToHalf(ours(policy)), upToHalf(coprhdRule)];
  const both = (of: (run: Run) => number, a: Run, b: Run): Measured => ({ ours: of(a), coprhd: of(b) });
  const drives = [...new Set(instance.candidates.map(({ attributes }) => attributes.driveType!))].sort();
  const parts = drives.length > 1 ? [undefined, ...drives] : [undefined];
  return {
    'volumes placed': { ours: own!.volumes, coprhd: rule!.volumes, best: top!.volumes },
    ...(onePlan && { 'volumes, one plan': { ours: onePlan.volumes, coprhd: rule!.volumes, best: top!.volumes } }),
    'TiB placed': { ours: own!.bytes / 1024 ** 4, coprhd: rule!.bytes / 1024 ** 4, best: top!.bytes / 1024 ** 4 },
    ...Object.fromEntries(
      parts.flatMap((drive) => [
        [named('left at refusal %', drive), both((run) => 100 * strandedShare(run, drive).left, mine, theirs)],
        [named('stranded %', drive), both((run) => 100 * strandedShare(run, drive).stranded, mine, theirs)],
      ]),
    ),
    'fullest pool % (half)': both((run) => 100 * fullestPool(run), myHalf, theirHalf),
    'arrays touched (half)': both(arraysTouched, myHalf, theirHalf),
    'project on one array % (half)': both((run) => 100 * projectOnOneArray(run), myHalf, theirHalf),
    'pools a request (half)': both(poolsOfRequest, myHalf, theirHalf),
    ...(instance.candidates.some((each) => each.portBusyPercent !== undefined) && {
      'port busy % (half)': both(portBusyPercent, myHalf, theirHalf),
    }),
  };
}

const named = (measure: string, drive: string | undefined) => (drive === undefined ? measure : `${measure} ${drive}`);
