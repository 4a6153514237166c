/** Generators of estates and requests that exercise every filter and every scorer. */
import fc from 'fast-check';
import type { Urn } from '../../../src/engine/model/urn.ts';
import type { Candidate, PlacementRequest, PlacementUnit, RoleRequest } from '../../../src/engine/placement/request.ts';
import { ARRAY, candidate, GIB, role, unit, urn } from './support.ts';

const PROJECTS = [urn('project', 1), urn('project', 2)] as const;
const HOSTS = [urn('host', 1), urn('host', 2)] as const;
const SYSTEMS = [1, 2, 3];
const OTHER_ARRAY = urn('virtualArray', 2);

/** Without the fields that are undefined. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** Absent every other time. */
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 2 });
const seldom = <T>(of: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: of });
/** Mostly what lets a pool pass. */
const mostly = <T>(good: T, ...others: readonly T[]) => fc.constantFrom<T[]>(...Array<T>(12).fill(good), ...others);
const gib = (max: number) => fc.integer({ min: 0, max }).map((n) => n * GIB);

const systemFacts = fc.record({
  systemType: mostly('simulator', 'tgt'),
  manageable: mostly(true, false),
  virtualArrays: mostly([ARRAY], [OTHER_ARRAY], [ARRAY, OTHER_ARRAY]),
  portBusyPercent: maybe(fc.integer({ min: 0, max: 100 })),
  systemVolumesLeft: maybe(fc.integer({ min: -1, max: 12 })),
  projectVolumesLeft: maybe(fc.integer({ min: 0, max: 4 }).map((left) => ({ [PROJECTS[0]]: left }))),
  projectVolumes: maybe(fc.integer({ min: 0, max: 9 }).map((volumes) => ({ [PROJECTS[1]]: volumes }))),
  consistencyGroups: mostly<boolean | undefined>(true, false, undefined),
  ports: maybe(
    fc
      .record({ usable: fc.integer({ min: 1, max: 4 }), haDomains: fc.integer({ min: 1, max: 2 }) })
      .map((iscsi) => ({ iscsi })),
  ),
});

const poolFacts = fc.record({
  system: fc.constantFrom(...SYSTEMS),
  volumesLeft: maybe(fc.integer({ min: -1, max: 5 })),
  limits: maybe(fc.constantFrom({ utilisation: 0.6 }, { subscription: 0.9 }, { utilisation: 0.7, subscription: 1.5 })),
  thinPreAllocation: mostly<boolean | undefined>(true, false, undefined),
  virtualPools: maybe(fc.integer({ min: 1, max: 5 })),
  promised: fc.record({ allocated: gib(20), thin: gib(20) }).map(({ allocated, thin }) => ({
    allocatedBytes: allocated,
    subscribedBytes: allocated + thin,
    volumes: 1,
  })),
  attributes: fc.record({
    totalBytes: fc.constantFrom(100 * GIB, 60 * GIB, 2_000 * GIB),
    freePercent: fc.integer({ min: 10, max: 100 }),
    subscribedPercent: fc.integer({ min: 0, max: 100 }),
    granularityBytes: fc.constantFrom(1, GIB, 3 * GIB),
    usable: mostly(true, false),
    provisioning: mostly<readonly ('thin' | 'thick')[]>(['thin', 'thick'], ['thin'], ['thick']),
    protocols: mostly<readonly ('iscsi' | 'fc')[]>(['iscsi'], ['fc']),
    driveType: fc.constantFrom('ssd', 'ssd', 'ssd', 'hdd', undefined),
    raidLevels: fc.constantFrom(['raid5'], ['raid1', 'raid6'], ['raid1'], undefined),
    volumeBytesMax: fc.constantFrom(30 * GIB, 1_000 * GIB),
    volumeBytesMin: fc.constantFrom(1, GIB),
    tiers: fc.constantFrom(undefined, undefined, [{ name: 'slow', driveType: 'hdd', totalBytes: GIB }]),
    tieringPolicies: fc.constantFrom<({ name: string; provisioning: ('thin' | 'thick')[] }[] | undefined)[]>(
      [{ name: 'gold', provisioning: ['thin', 'thick'] }],
      [{ name: 'gold', provisioning: ['thin'] }],
      undefined,
    ),
    ioLimits: fc.constantFrom(true, true, false, undefined),
    compression: fc.constantFrom(true, true, false, undefined),
    deduplication: fc.constantFrom(true, true, false, undefined),
    longTermRetention: mostly<boolean | undefined>(undefined, true, false),
  }),
});

/** Pools of three systems; what is of the system is the same for all its pools. */
export const someEstate: fc.Arbitrary<Candidate[]> = fc
  .tuple(fc.array(systemFacts, { minLength: 3, maxLength: 3 }), fc.array(poolFacts, { minLength: 1, maxLength: 9 }))
  .map(([systems, pools]) =>
    pools.map(({ system, promised, attributes, ...pool }, index) => {
      const { freePercent, subscribedPercent, ...rest } = attributes;
      return candidate(index + 1, {
        ...present({ ...systems[system - 1]!, ...pool }),
        promised,
        system: urn('storageSystem', system),
        systemName: `array-${system}`,
        attributes: {
          ...present(rest),
          freeBytes: Math.floor((rest.totalBytes * freePercent) / 100),
          subscribedBytes: Math.floor((rest.totalBytes * subscribedPercent) / 100),
        },
      });
    }),
  );

export const someRoleOfAll: fc.Arbitrary<RoleRequest> = fc
  .record({
    sizeBytes: fc.oneof(fc.integer({ min: 1, max: 40 * GIB }), fc.constant(10 * GIB), fc.constant(2 * GIB)),
    provisioning: fc.constantFrom('thin' as const, 'thick' as const),
    virtualArray: mostly(ARRAY, OTHER_ARRAY),
    driveType: seldom(fc.constant('ssd')),
    raidLevels: seldom(fc.constant(['raid5', 'raid6'])),
    systemTypes: seldom(fc.constant(['simulator'])),
    limits: fc.constantFrom({ utilisation: 0.8, subscription: 1 }, { utilisation: 0.7, subscription: 3 }),
    thinPreAllocation: seldom(fc.constantFrom(0, 0.2, 1)),
    multiVolumeConsistency: seldom(fc.boolean()),
    tieringPolicy: seldom(fc.constantFrom('gold', 'gold', 'silver')),
    ioLimits: seldom(fc.constant({ iops: 500 })),
    pathsMin: seldom(fc.integer({ min: 1, max: 3 })),
    compression: seldom(fc.boolean()),
    deduplication: seldom(fc.boolean()),
    longTermRetention: seldom(fc.boolean()),
    assignedPools: seldom(fc.constantFrom(['array-1/*', 'array-2/pool-?'], ['*/pool-4'])),
    allocation: fc.constantFrom('spread' as const, 'pack' as const, undefined),
    project: fc.constantFrom<(Urn | undefined)[]>(...PROJECTS, undefined),
    hosts: maybe(fc.constantFrom<readonly Urn[]>([HOSTS[0]], [HOSTS[1]], HOSTS)),
    affinity: seldom(fc.constantFrom(...SYSTEMS, 9).map((system) => ({ [urn('storageSystem', system)]: [HOSTS[0]] }))),
    require: seldom(fc.constantFrom(['array-1/*'], ['array-?/pool-1', '*/pool-3'])),
    avoid: seldom(fc.constantFrom(['array-2/*'], ['*/pool-2'])),
  })
  .map(({ allocation, ...rest }) => {
    const { allocation: _spread, ...base } = role();
    return { ...base, ...present({ ...rest, allocation }) } as RoleRequest;
  });

/** Few sorts of request, each asked for often, in some order: what rankings share and what they must not. */
export const someRequestOfAll: fc.Arbitrary<PlacementRequest> = fc
  .array(someRoleOfAll, { minLength: 1, maxLength: 4 })
  .chain((roles) => fc.array(fc.constantFrom(...roles), { minLength: 1, maxLength: 20 }))
  .map((roles) => ({ units: roles.map((wanted, n): PlacementUnit => unit(`volume-${n}`, wanted)) }));
