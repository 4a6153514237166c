/** Runs a way of placing over a stream up to the first refusal, checks every step of it, and says what came out. */
import type { Urn } from '../../../src/engine/model/urn.ts';
import type { PlacementPolicy } from '../../../src/engine/placement/filter.ts';
import { place } from '../../../src/engine/placement/place.ts';
import { DEFAULT_POLICY } from '../../../src/engine/placement/policy.ts';
import type { Candidate, PlacementUnit } from '../../../src/engine/placement/request.ts';
import { filledWith, fits, type Instance, limitsOf, roomOf, type StreamRequest, wrongWith } from './instance.ts';

/** The pool of each volume; undefined = the request is refused. `groupSystem` = where its group is already. */
export type Strategy = (
  request: StreamRequest,
  candidates: readonly Candidate[],
  groupSystem?: Urn,
) => readonly Urn[] | undefined;

export interface Run {
  readonly instance: Instance;
  /** One entry a request that was placed. */
  readonly chosen: readonly (readonly Urn[])[];
  /** Pools as they were at the first refusal. */
  readonly candidates: readonly Candidate[];
  readonly elapsedMs: number;
  /** Limits broken, volumes lost: must be none. */
  readonly wrong: readonly string[];
}

/** A volume is a unit of its own, as the planner makes them; a batch counts as placed when all of them are. */
export function ours(policy: PlacementPolicy = DEFAULT_POLICY): Strategy {
  return (request, candidates, groupSystem) => {
    const { decisions, failures } = place({ units: unitsOf(request, groupSystem) }, candidates, policy);
    if (failures.length > 0) return undefined;
    return decisions.flatMap(({ placed }) => placed.map(({ pool }) => pool));
  };
}

/** The whole stream in one plan, as far as everything before has a place. Not for groups that grow in later requests. */
export function oursInOnePlan({ requests, candidates }: Instance, policy: PlacementPolicy = DEFAULT_POLICY): Strategy {
  let poolsOf: ReadonlyMap<string, readonly Urn[]> | undefined;
  const placeAll = () => {
    const { decisions } = place({ units: requests.flatMap((request) => unitsOf(request)) }, candidates, policy);
    return new Map(decisions.map(({ unit, placed }) => [unit, placed.map(({ pool }) => pool)]));
  };
  return (request) => {
    poolsOf ??= placeAll();
    const pools = unitsOf(request).flatMap(({ id }) => poolsOf!.get(id) ?? []);
    return pools.length === request.count ? pools : undefined;
  };
}

function unitsOf({ id, volume, count, group }: StreamRequest, groupSystem?: Urn): PlacementUnit[] {
  const roles = Array.from({ length: count }, () => volume);
  if (group === undefined) return roles.map((role, n) => ({ id: `${id}.${n}`, roles: [role], constraints: [] }));
  return [{ id, roles, constraints: [], oneSystem: groupSystem === undefined ? {} : { system: groupSystem } }];
}

export function runStream(instance: Instance, strategy: Strategy, requestsMax = Infinity): Run {
  const candidates = [...instance.candidates];
  const position = new Map(candidates.map(({ pool }, index) => [pool, index]));
  const groups = new Map<string, Urn>();
  const chosen: (readonly Urn[])[] = [];
  const wrong: string[] = [];
  let elapsedMs = 0;
  const systemOf = ({ group }: StreamRequest) => (group === undefined ? undefined : groups.get(group));
  for (const request of instance.requests.slice(0, requestsMax)) {
    const startedMs = performance.now();
    const pools = strategy(request, candidates, systemOf(request));
    elapsedMs += performance.now() - startedMs;
    if (pools === undefined) break;
    if (pools.length !== request.count)
      wrong.push(`${request.id}: ${pools.length} places for ${request.count} volumes`);
    for (const pool of pools) {
      const index = position.get(pool)!;
      const candidate = candidates[index]!;
      const problem = wrongWith(candidate, request.volume, systemOf(request));
      if (problem) wrong.push(`${instance.workload}, seed ${instance.seed}, ${request.id}: ${problem}`);
      if (request.group !== undefined) groups.set(request.group, candidate.system);
      candidates[index] = filledWith(candidate, request.volume);
      countOnSystem(candidates, candidate.system, request.volume.project);
    }
    chosen.push(pools);
  }
  return { instance, chosen, candidates, elapsedMs, wrong };
}

/** As the records would say it to the next request. */
function countOnSystem(candidates: Candidate[], system: Urn, project: Urn | undefined): void {
  if (project === undefined) return;
  for (const [index, candidate] of candidates.entries()) {
    if (candidate.system !== system) continue;
    const { projectVolumes = {} } = candidate;
    const volumes = (projectVolumes[project] ?? 0) + 1;
    candidates[index] = { ...candidate, projectVolumes: { ...projectVolumes, [project]: volumes } };
  }
}

export interface Prefix {
  readonly volumes: number;
  readonly bytes: number;
}

export function prefixOf({ requests }: Instance, count: number): Prefix {
  const placed = requests.slice(0, count);
  return {
    volumes: placed.reduce((sum, request) => sum + request.count, 0),
    bytes: placed.reduce((sum, request) => sum + request.count * request.volume.sizeBytes, 0),
  };
}

/** Nearest to a limit: 1 = full. */
export function fullestPool({ instance, candidates }: Run): number {
  const asked = instance.requests[0]!.volume.limits;
  return Math.max(
    ...candidates.map((candidate) => {
      const { totalBytes } = candidate.attributes;
      const [limits, room] = [limitsOf(candidate, asked), roomOf(candidate, asked)];
      return Math.max(
        1 - room.allocatedBytes / (totalBytes * limits.utilisation),
        1 - room.subscribedBytes / (totalBytes * limits.subscription),
      );
    }),
  );
}

export function arraysTouched({ instance, chosen }: Run): number {
  const systems = new Map(instance.candidates.map(({ pool, system }) => [pool, system]));
  return new Set(chosen.flat().map((pool) => systems.get(pool))).size;
}

/** Of the systems that volumes were put on, by volume. */
export function portBusyPercent({ instance, chosen }: Run): number {
  const busy = new Map(instance.candidates.map(({ pool, portBusyPercent = 0 }) => [pool, portBusyPercent]));
  const volumes = chosen.flat();
  return volumes.reduce((sum, pool) => sum + busy.get(pool)!, 0) / Math.max(1, volumes.length);
}

/** Of a project's volumes so many, as a share, are on one storage system; the mean of all projects. */
export function projectOnOneArray({ candidates }: Run): number {
  const bySystem = new Map(candidates.map(({ system, projectVolumes = {} }) => [system, projectVolumes]));
  const projects = new Set([...bySystem.values()].flatMap((volumes) => Object.keys(volumes) as Urn[]));
  const shares = [...projects].map((project) => {
    const volumes = [...bySystem.values()].map((each) => each[project] ?? 0);
    return Math.max(...volumes) / volumes.reduce((sum, each) => sum + each, 0);
  });
  return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
}

export function poolsOfRequest({ chosen }: Run): number {
  return chosen.reduce((sum, pools) => sum + new Set(pools).size, 0) / Math.max(1, chosen.length);
}

/**
 * Room that no volume of the workload could use any more, and all room, as shares of what there was at the start; of
 * one drive type or of all. Logical bytes; where all volumes are thick, as many of them as there are physical ones.
 */
export function strandedShare({ instance, candidates }: Run, driveType?: string): { stranded: number; left: number } {
  const volumes = [...new Map(instance.requests.map(({ volume }) => [JSON.stringify(volume), volume])).values()];
  const allThick = volumes.every(({ provisioning }) => provisioning === 'thick');
  const ofType = ({ attributes }: Candidate) => driveType === undefined || attributes.driveType === driveType;
  const roomBytes = (candidate: Candidate) => {
    const { subscribedBytes, allocatedBytes } = roomOf(candidate, volumes[0]!.limits);
    return Math.max(0, allThick ? Math.min(subscribedBytes, allocatedBytes) : subscribedBytes);
  };
  const sum = (of: readonly Candidate[]) => of.filter(ofType).reduce((bytes, each) => bytes + roomBytes(each), 0);
  const whole = sum(instance.candidates);
  const dead = candidates.filter((candidate) => !volumes.some((volume) => fits(candidate, volume)));
  return whole === 0 ? { stranded: 0, left: 0 } : { stranded: sum(dead) / whole, left: sum(candidates) / whole };
}
