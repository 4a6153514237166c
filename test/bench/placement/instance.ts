/**
 * What the placement benchmark is run on: storage pools and a stream of requests that asks for more than they hold; and
 * the arithmetic of their limits. It is written here once more, apart from the engine's, so that it can convict it.
 */
import type { Urn } from '../../../src/engine/model/urn.ts';
import type { Candidate, RoleRequest } from '../../../src/engine/placement/request.ts';

export interface Instance {
  readonly workload: string;
  readonly seed: number;
  readonly candidates: readonly Candidate[];
  readonly requests: readonly StreamRequest[];
}

/** Placed all or nothing: `count` equal volumes. */
export interface StreamRequest {
  readonly id: string;
  readonly volume: RoleRequest;
  readonly count: number;
  /** All volumes of one consistency group, of whatever request, are on one storage system. */
  readonly group?: string;
}

/** What a pool could still take. Negative when it is over a limit. */
export interface Room {
  readonly allocatedBytes: number;
  readonly subscribedBytes: number;
  readonly volumes: number;
}

export function roomOf(candidate: Candidate, asked: RoleRequest['limits']): Room {
  const { attributes, promised, volumesLeft = Number.POSITIVE_INFINITY } = candidate;
  const limits = limitsOf(candidate, asked);
  const usedBytes = attributes.totalBytes - attributes.freeBytes + promised.allocatedBytes;
  const subscribedBytes = attributes.subscribedBytes + promised.subscribedBytes;
  return {
    allocatedBytes: Math.floor(attributes.totalBytes * limits.utilisation) - usedBytes,
    subscribedBytes: Math.floor(attributes.totalBytes * limits.subscription) - subscribedBytes,
    volumes: volumesLeft,
  };
}

/** The pool's own, where they are tighter. */
export function limitsOf({ limits: own }: Candidate, asked: RoleRequest['limits']): RoleRequest['limits'] {
  return {
    utilisation: Math.min(asked.utilisation, own?.utilisation ?? asked.utilisation),
    subscription: Math.min(asked.subscription, own?.subscription ?? asked.subscription),
  };
}

export function needOf({ attributes: { granularityBytes } }: Candidate, volume: RoleRequest): Room {
  const bytes = Math.ceil(volume.sizeBytes / granularityBytes) * granularityBytes;
  return { allocatedBytes: volume.provisioning === 'thick' ? bytes : 0, subscribedBytes: bytes, volumes: 1 };
}

/** The pool is of the right sort, whatever it holds. */
export function mayUse({ attributes, virtualArrays, manageable }: Candidate, volume: RoleRequest): boolean {
  return (
    manageable &&
    attributes.usable &&
    virtualArrays.includes(volume.virtualArray) &&
    attributes.provisioning.includes(volume.provisioning) &&
    volume.protocols.every((protocol) => attributes.protocols.some((has) => has === protocol)) &&
    (volume.driveType === undefined || volume.driveType === attributes.driveType) &&
    (volume.raidLevels?.some((level) => attributes.raidLevels?.includes(level)) ?? true) &&
    volume.sizeBytes >= attributes.volumeBytesMin &&
    volume.sizeBytes <= attributes.volumeBytesMax
  );
}

export function fits(candidate: Candidate, volume: RoleRequest, room = roomOf(candidate, volume.limits)): boolean {
  return mayUse(candidate, volume) && isWithin(needOf(candidate, volume), room);
}

export function isWithin(need: Room, room: Room): boolean {
  return (
    need.allocatedBytes <= room.allocatedBytes &&
    need.subscribedBytes <= room.subscribedBytes &&
    need.volumes <= room.volumes
  );
}

/** With the volume in it. */
export function filledWith(candidate: Candidate, volume: RoleRequest): Candidate {
  const need = needOf(candidate, volume);
  const { promised, volumesLeft } = candidate;
  return {
    ...candidate,
    ...(volumesLeft === undefined ? {} : { volumesLeft: volumesLeft - 1 }),
    promised: {
      allocatedBytes: promised.allocatedBytes + need.allocatedBytes,
      subscribedBytes: promised.subscribedBytes + need.subscribedBytes,
      volumes: promised.volumes + 1,
    },
  };
}

/** What is wrong with putting this volume there; undefined = nothing. */
export function wrongWith(candidate: Candidate, volume: RoleRequest, groupSystem: Urn | undefined): string | undefined {
  const name = `${candidate.systemName}/${candidate.attributes.name}`;
  if (!mayUse(candidate, volume)) return `${name} is no pool for it`;
  if (!fits(candidate, volume)) return `${name} goes over a limit: ${JSON.stringify(roomOf(candidate, volume.limits))}`;
  if (groupSystem !== undefined && groupSystem !== candidate.system) return `${name}: its group is on another system`;
  return undefined;
}
