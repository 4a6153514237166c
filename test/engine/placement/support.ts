/** Requests and candidates for tests of placement, and generators of them. */
import fc from 'fast-check';
import type { KindName } from '../../../src/engine/model/kinds.ts';
import type { PoolAttributes } from '../../../src/engine/model/specs.ts';
import { makeUrn, type Urn } from '../../../src/engine/model/urn.ts';
import { type FilterInput, NOTHING_PLACED, type Placed } from '../../../src/engine/placement/filter.ts';
import type {
  Candidate,
  PlacementRequest,
  PlacementResult,
  PlacementUnit,
  RoleRequest,
} from '../../../src/engine/placement/request.ts';

export const GIB = 1024 ** 3;
export const NOTHING = { allocatedBytes: 0, subscribedBytes: 0, volumes: 0 };

export const urn = (kind: KindName, number: number): Urn =>
  makeUrn(kind, `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);

export const ARRAY = urn('virtualArray', 1);

export interface CandidateWishes extends Partial<Omit<Candidate, 'attributes'>> {
  readonly attributes?: Partial<PoolAttributes>;
}

/** Pool n `pool-n` of `array-1`: 100 GiB, empty, everything allowed. */
export function candidate(number: number, { attributes, ...more }: CandidateWishes = {}): Candidate {
  return {
    pool: urn('pool', number),
    poolNativeId: `native-${number}`,
    system: urn('storageSystem', 1),
    systemName: 'array-1',
    systemType: 'simulator',
    manageable: true,
    virtualArrays: [ARRAY],
    promised: NOTHING,
    ...more,
    attributes: {
      name: `pool-${number}`,
      totalBytes: 100 * GIB,
      freeBytes: 100 * GIB,
      subscribedBytes: 0,
      foreignSubscribedBytes: 0,
      provisioning: ['thin', 'thick'],
      protocols: ['iscsi'],
      driveType: 'ssd',
      volumeBytesMin: 1,
      volumeBytesMax: 1_000 * GIB,
      granularityBytes: 1,
      usable: true,
      observedAtMs: 0,
      ...attributes,
    },
  };
}

/** Spread, so that it shows where room is. */
export function role(more: Partial<RoleRequest> = {}): RoleRequest {
  return {
    role: 'source',
    allocation: 'spread',
    sizeBytes: 10 * GIB,
    provisioning: 'thick',
    virtualPool: urn('virtualPool', 1),
    virtualArray: ARRAY,
    protocols: ['iscsi'],
    limits: { utilisation: 0.8, subscription: 1 },
    ...more,
  };
}

export function unit(id: string, ...roles: RoleRequest[]): PlacementUnit {
  return { id, roles: roles.length === 0 ? [role()] : roles, constraints: [] };
}

export function units(count: number, more: Partial<RoleRequest> = {}): PlacementRequest {
  return { units: Array.from({ length: count }, (_, i) => unit(`volume-${i}`, role(more))) };
}

/** Native ids of the pools of each placed unit, its roles joined by commas. */
export const pools = (result: PlacementResult): string[] =>
  result.decisions.map(({ placed }) => placed.map(({ poolNativeId }) => poolNativeId).join());

/** What a filter or scorer looks at: candidate 1 with what it has promised, and nothing placed. */
export function inputOf(
  wishes: CandidateWishes = {},
  more: Partial<RoleRequest> = {},
  placed: Partial<Placed> = {},
): FilterInput {
  const asked = candidate(1, wishes);
  return { role: role(more), candidate: asked, promised: asked.promised, placed: { ...NOTHING_PLACED, ...placed } };
}

const gib = (max: number) => fc.integer({ min: 0, max }).map((n) => n * GIB);

/** Pools of two systems, half filled somehow, some of them of no use. */
export const someCandidates = fc
  .array(
    fc.record({
      free: gib(100),
      subscribed: gib(120),
      allocated: gib(20),
      promisedThin: gib(20),
      granularityBytes: fc.constantFrom(1, GIB, 3 * GIB),
      usable: fc.boolean(),
      manageable: fc.constantFrom(true, true, false),
      driveType: fc.constantFrom('ssd', 'hdd'),
      system: fc.constantFrom(1, 2),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((pools) =>
    pools.map((pool, index) =>
      candidate(index + 1, {
        system: urn('storageSystem', pool.system),
        systemName: `array-${pool.system}`,
        manageable: pool.manageable,
        promised: {
          allocatedBytes: pool.allocated,
          subscribedBytes: pool.allocated + pool.promisedThin,
          volumes: 1,
        },
        attributes: {
          freeBytes: pool.free,
          subscribedBytes: pool.subscribed,
          granularityBytes: pool.granularityBytes,
          usable: pool.usable,
          driveType: pool.driveType,
          volumeBytesMax: 30 * GIB,
        },
      }),
    ),
  );

export const someRole = fc
  .record({
    sizeBytes: fc.integer({ min: 1, max: 40 * GIB }),
    provisioning: fc.constantFrom('thin' as const, 'thick' as const),
    driveType: fc.constantFrom('ssd', undefined),
    limits: fc.constantFrom({ utilisation: 0.8, subscription: 1 }, { utilisation: 0.7, subscription: 3 }),
  })
  .map(({ driveType, ...rest }) => role({ ...rest, ...(driveType === undefined ? {} : { driveType }) }));

export const someRequest = fc
  .array(someRole, { minLength: 1, maxLength: 12 })
  .map((roles): PlacementRequest => ({ units: roles.map((wanted, i) => unit(`volume-${i}`, wanted)) }));
