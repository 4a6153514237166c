/** The streams of the placement benchmark, each made from its name, a size and a seed alone. */
import type { KindName } from '../../../src/engine/model/kinds.ts';
import { makeUrn, type Urn } from '../../../src/engine/model/urn.ts';
import { needOfPools } from '../../../src/engine/placement/need.ts';
import type { Candidate, RoleRequest } from '../../../src/engine/placement/request.ts';
import { createSeededRandom } from '../../../src/lib/random.ts';
import { fits, type Instance, roomOf, type StreamRequest } from './instance.ts';

export const WORKLOADS = ['uniform', 'mixed', 'tiers', 'batches', 'groups', 'port-load'] as const;
export type Workload = (typeof WORKLOADS)[number];
export type Scale = 'small' | 'large';

/** Choices, and how often each. */
type Weighted<T> = readonly (readonly [T, number])[];

const GIB = 1024 ** 3;
const ARRAY = urn('virtualArray', 1);

/** Sizes as estates have them, GiB, and how often of a hundred: many small ones, few that matter. */
const SIZES: Weighted<number> = [
  [10, 12],
  [20, 12],
  [32, 10],
  [50, 12],
  [100, 14],
  [200, 10],
  [256, 8],
  [512, 8],
  [1024, 8],
  [2048, 4],
  [4096, 2],
];

interface Dice {
  readonly fraction: () => number;
  readonly between: (min: number, max: number) => number;
  readonly whole: (min: number, max: number) => number;
  readonly of: <T>(weighted: Weighted<T>) => T;
}

function diceOf(seed: number): Dice {
  const { fraction } = createSeededRandom(seed);
  const between = (min: number, max: number) => min + (max - min) * fraction();
  return {
    fraction,
    between,
    whole: (min, max) => Math.floor(between(min, max + 1)),
    of: (weighted) => {
      let at = fraction() * weighted.reduce((sum, [, weight]) => sum + weight, 0);
      return (weighted.find(([, weight]) => (at -= weight) < 0) ?? weighted.at(-1)!)[0];
    },
  };
}

/** What a virtual pool asks of a pool. */
type Demand = Pick<RoleRequest, 'virtualPool' | 'driveType' | 'raidLevels'>;

const ANY: Demand = { virtualPool: urn('virtualPool', 1) };
const SSD_ONLY: Demand = { virtualPool: urn('virtualPool', 2), driveType: 'ssd' };
const RAID6_ONLY: Demand = { virtualPool: urn('virtualPool', 3), raidLevels: ['raid6'] };

const DEMANDS: Weighted<Demand> = [
  [ANY, 45],
  [SSD_ONLY, 25],
  [RAID6_ONLY, 30],
];
const SUBSCRIPTION_LIMITS: Weighted<number> = [
  [1, 1],
  [1.5, 1],
  [3, 1],
];
/** Of the volumes of one stream. */
const THICK_SHARES: Weighted<number> = [
  [0, 1],
  [0.3, 2],
  [1, 1],
];

export function createInstance(workload: Workload, scale: Scale, seed: number): Instance {
  // The workloads of one seed have nothing in common.
  const dice = diceOf(seed * 64 + WORKLOADS.indexOf(workload) * 2 + (scale === 'large' ? 1 : 0));
  const limits = { utilisation: 0.75, subscription: dice.of(SUBSCRIPTION_LIMITS) };
  const drafts = draftsOf(workload, scale, dice);
  let overload = dice.between(1.1, 1.6);
  // What doesn't even fit into empty pools would end the stream at once: it is made smaller, and the
  // pools with it, but not as much.
  for (let requests: readonly StreamRequest[] = requestsOf(workload, scale, dice, limits); ; ) {
    const candidates = poolsOf(drafts, totalGibFor(drafts, requests, overload));
    const smaller = withinReach(requests, candidates);
    if (smaller === requests) return { workload: `${workload}, ${scale}`, seed, candidates, requests };
    requests = smaller;
    overload *= 0.95;
  }
}

function requestsOf(workload: Workload, scale: Scale, dice: Dice, limits: RoleRequest['limits']): StreamRequest[] {
  const volumesMax = scale === 'small' ? 14 : 3_000;
  const thickShare = dice.of(THICK_SHARES);
  const requests: StreamRequest[] = [];
  const groups: { name: string; demand: Demand }[] = [];
  for (let volumes = 0; ; ) {
    const sizeGib = dice.of(SIZES);
    const demand = workload === 'tiers' ? dice.of(DEMANDS) : ANY;
    let count = 1;
    if (workload === 'batches' && dice.fraction() < 0.5) count = dice.whole(2, scale === 'small' ? 4 : 10);
    // A group is made with its first volumes; some grow later.
    let group: string | undefined;
    if (workload === 'groups') {
      const grows = groups.length > 0 && dice.fraction() < 0.4;
      group = grows ? groups[dice.whole(0, groups.length - 1)]!.name : `group-${groups.length}`;
      if (!grows) groups.push({ name: group, demand });
      count = grows ? dice.whole(1, 2) : dice.whole(1, scale === 'small' ? 3 : 6);
    }
    volumes += count;
    if (volumes > volumesMax) return requests;
    requests.push({
      id: `request-${requests.length}`,
      count,
      ...(group === undefined ? {} : { group }),
      volume: {
        role: 'source',
        ...demand,
        virtualArray: ARRAY,
        project: urn('project', dice.whole(1, 4)),
        sizeBytes: sizeGib * GIB,
        provisioning: dice.fraction() < thickShare ? 'thick' : 'thin',
        protocols: ['iscsi'],
        limits,
        ...(group === undefined ? {} : { multiVolumeConsistency: true }),
      },
    });
  }
}

interface Draft {
  readonly system: number;
  readonly weight: number;
  /** Of its physical size, in use at the start, and the sizes of its volumes over that. */
  readonly used: number;
  readonly subscribedOverUsed: number;
  readonly driveType: string;
  readonly raidLevel: string;
  readonly busyPercent?: number;
  readonly virtualPools: readonly Urn[];
  readonly own?: Pick<Candidate, 'limits' | 'volumesLeft'>;
}

function draftsOf(workload: Workload, scale: Scale, dice: Dice): Draft[] {
  const pools = scale === 'small' ? dice.whole(3, 6) : 32;
  const systems = scale === 'small' ? dice.whole(2, Math.min(3, pools)) : 8;
  const equal = workload === 'uniform' || workload === 'batches' || workload === 'tiers';
  const busyPercents = Array.from({ length: systems }, () => Math.round(dice.between(0, 90)));
  return Array.from({ length: pools }, (_, n): Draft => {
    const [driveType, raidLevel] = workload === 'tiers' ? tierOf(n, dice) : (['ssd', 'raid5'] as const);
    const system = n % systems;
    return {
      system,
      weight: equal ? 1 : 12 ** dice.fraction(),
      used: equal ? 0 : dice.between(0, 0.6),
      subscribedOverUsed: dice.between(1, 1.2),
      driveType,
      raidLevel,
      ...(workload === 'port-load' ? { busyPercent: busyPercents[system]! } : {}),
      ...(workload === 'mixed' ? { own: ownLimitsOf(scale, dice) } : {}),
      virtualPools: workload === 'tiers' ? virtualPoolsOf(driveType, raidLevel) : [ANY.virtualPool],
    };
  });
}

function poolsOf(drafts: readonly Draft[], totalGib: number): Candidate[] {
  const weights = drafts.reduce((sum, { weight }) => sum + weight, 0);
  const sizes = drafts.map(({ weight }) => Math.ceil((totalGib * weight) / weights) * GIB);
  const needs = needOfPools(drafts.map(({ virtualPools }, n) => ({ totalBytes: sizes[n]!, users: virtualPools })));
  return drafts.map((draft, n) => {
    const totalBytes = sizes[n]!;
    const usedBytes = Math.floor(totalBytes * draft.used);
    return {
      pool: urn('pool', n + 1),
      poolNativeId: `pool-${n + 1}`,
      system: urn('storageSystem', draft.system + 1),
      systemName: `array-${String(draft.system + 1).padStart(2, '0')}`,
      systemType: 'simulator',
      manageable: true,
      virtualArrays: [ARRAY],
      promised: { allocatedBytes: 0, subscribedBytes: 0, volumes: 0 },
      consistencyGroups: true,
      virtualPools: draft.virtualPools.length,
      virtualPoolNeed: needs[n]!,
      ...draft.own,
      ...(draft.busyPercent === undefined ? {} : { portBusyPercent: draft.busyPercent }),
      attributes: {
        name: `pool-${String(n + 1).padStart(2, '0')}`,
        totalBytes,
        freeBytes: totalBytes - usedBytes,
        subscribedBytes: Math.floor(usedBytes * draft.subscribedOverUsed),
        foreignSubscribedBytes: 0,
        provisioning: ['thin', 'thick'],
        protocols: ['iscsi'],
        driveType: draft.driveType,
        raidLevels: [draft.raidLevel],
        volumeBytesMin: GIB,
        volumeBytesMax: 64 * 1024 * GIB,
        granularityBytes: GIB,
        usable: true,
        observedAtMs: 0,
      },
    };
  });
}

/** Some pools are let less than the virtual pools say. */
function ownLimitsOf(scale: Scale, dice: Dice): Pick<Candidate, 'limits' | 'volumesLeft'> {
  const fewest = scale === 'small' ? 2 : 100;
  return dice.of([
    [{}, 6],
    [{ limits: { utilisation: 0.7 } }, 1],
    [{ limits: { subscription: 1.2 } }, 1],
    [{ volumesLeft: dice.whole(fewest, 3 * fewest) }, 1],
  ]);
}

/** Of three pools one is of SSD; of the others about half are RAID 6; one of each sort at least. */
function tierOf(n: number, dice: Dice): readonly [string, string] {
  if (n % 3 === 0) return ['ssd', dice.fraction() < 0.3 ? 'raid6' : 'raid5'];
  return ['nl_sas', n % 3 === 1 || dice.fraction() < 0.3 ? 'raid6' : 'raid5'];
}

function virtualPoolsOf(driveType: string, raidLevel: string): Urn[] {
  return [ANY, SSD_ONLY, RAID6_ONLY]
    .filter(
      (demand) => (demand.driveType ?? driveType) === driveType && (demand.raidLevels?.includes(raidLevel) ?? true),
    )
    .map(({ virtualPool }) => virtualPool);
}

/** What is asked for, over `overload`, is what the limits let the pools take. */
function totalGibFor(drafts: readonly Draft[], requests: readonly StreamRequest[], overload: number): number {
  const { utilisation, subscription } = requests[0]!.volume.limits;
  const weights = drafts.reduce((sum, { weight }) => sum + weight, 0);
  const share = (room: (draft: Draft) => number) =>
    drafts.reduce((sum, draft) => sum + (draft.weight / weights) * Math.max(0, room(draft)), 0);
  const askedGib = (thickOnly: boolean) =>
    requests
      .filter(({ volume }) => !thickOnly || volume.provisioning === 'thick')
      .reduce((sum, { volume, count }) => sum + (volume.sizeBytes / GIB) * count, 0);
  const physical = askedGib(true) / share(({ used }) => utilisation - used);
  const logical = askedGib(false) / share(({ used, subscribedOverUsed }) => subscription - used * subscribedOverUsed);
  return Math.max(physical, logical) / overload;
}

/** Halves what fits nowhere; the same array when nothing does. */
function withinReach(requests: readonly StreamRequest[], candidates: readonly Candidate[]): readonly StreamRequest[] {
  const tooLarge = new Set(
    requests.filter((request) => request.volume.sizeBytes > GIB && !fitsEmpty(request, candidates)),
  );
  if (tooLarge.size === 0) return requests;
  return requests.map((request) => {
    if (!tooLarge.has(request)) return request;
    const { volume } = request;
    return { ...request, volume: { ...volume, sizeBytes: Math.ceil(volume.sizeBytes / 2 / GIB) * GIB } };
  });
}

/** All volumes of the request, a group's on one system, where nothing else is. */
function fitsEmpty({ volume, count, group }: StreamRequest, candidates: readonly Candidate[]): boolean {
  const volumesIn = (of: readonly Candidate[]) =>
    of.reduce((sum, candidate) => {
      const room = roomOf(candidate, volume.limits);
      const bytes =
        volume.provisioning === 'thick' ? Math.min(room.allocatedBytes, room.subscribedBytes) : room.subscribedBytes;
      return sum + (fits(candidate, volume, room) ? Math.floor(bytes / volume.sizeBytes) : 0);
    }, 0);
  if (group === undefined) return volumesIn(candidates) >= count;
  const systems = [...new Set(candidates.map(({ system }) => system))];
  return systems.some((system) => volumesIn(candidates.filter((each) => each.system === system)) >= count);
}

function urn(kind: KindName, number: number): Urn {
  return makeUrn(kind, `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);
}
