/** What simulated arrays are made of at first: a schema for people, a small default, a generator, and the first keys. */
import { hashOf, sha256Hex } from 'coprhd/driver';
import { z } from 'zod';
import type { Kv } from './kv.ts';
import { table } from './kv.ts';
import { MODEL_IDS, MODELS, UNIFIED } from './models/catalogue.ts';
import type { ArrayModel } from './models/model.ts';
import { arrays, FIRMWARE, MODEL, NAME_ALPHABET, pools, ports, SELF, WWPN } from './objects.ts';
import { createVolume } from './volumes.ts';
import { wwnOf } from './wwn.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const TIB = 1024 ** 4;

export const arrayName = z
  .string()
  .regex(NAME_ALPHABET)
  .max(64)
  .refine((name) => !name.startsWith('.'), {
    message: 'must not start with a dot',
  });
const bytes = z.int().positive();

/** Sizes in bytes. */
export const topologySchema = z.strictObject({
  name: arrayName,
  /** Made of the name when left out. */
  serialNumber: z.string().min(1).max(64).optional(),
  model: z.string().min(1).default(MODEL),
  firmwareVersion: z.string().min(1).default(FIRMWARE),
  pools: z
    .array(
      z.strictObject({
        name: z.string().regex(NAME_ALPHABET).max(64),
        totalBytes: bytes,
        provisioning: z
          .array(z.enum(['thin', 'thick']))
          .min(1)
          .default(['thin', 'thick']),
        driveType: z.string().default('ssd'),
        raidLevels: z.array(z.string()).optional(),
        tiers: z.array(z.strictObject({ name: z.string(), driveType: z.string(), totalBytes: bytes })).optional(),
        tieringPolicies: z
          .array(z.strictObject({ name: z.string(), provisioning: z.array(z.enum(['thin', 'thick'])).min(1) }))
          .optional(),
        ioLimits: z.boolean().optional(),
        snapshots: z.enum(['copy-on-write', 'full-copy']).optional(),
        metadataFraction: z.number().min(0).max(1).optional(),
        granularityBytes: bytes.default(MIB),
        volumeBytesMin: bytes.default(MIB),
        volumeBytesMax: bytes.default(64 * TIB),
      }),
    )
    .min(1),
  ports: z.array(
    z.strictObject({
      name: z.string().regex(NAME_ALPHABET).max(64),
      /** `ip:port`, or a WWPN. */
      address: z.string().regex(/^([0-9.]+:\d+|([0-9a-f]{2}:){7}[0-9a-f]{2})$/),
      haDomain: z.string().min(1),
      physicalPort: z.string().min(1).optional(),
      engine: z.string().min(1).optional(),
    }),
  ),
  pageItems: z.int().min(1).max(10_000).default(500),
  /** Limits of the model, where they aren't the driver's. */
  hluMax: z.int().min(1).max(16_383).optional(),
  nameLengthMax: z.int().min(8).max(64).optional(),
  /** Left out: it has counters. */
  metrics: z.boolean().optional(),
  /** Entries of the log of changes; 1,000 when left out. */
  changeLogEntries: z.int().min(1).max(100_000).optional(),
  zeroingBytesPerSecond: bytes.default(256 * GIB),
  /** Foreign volumes that are there from the start, spread over the pools. */
  foreignVolumes: z.int().min(0).max(1_000_000).default(0),
});
export type Topology = z.infer<typeof topologySchema>;
export type TopologyInput = z.input<typeof topologySchema>;

export const generatorSchema = z.strictObject({
  arrays: z.int().min(1).max(10_000).default(2),
  /** Of each array; the default two have the names `fast` and `bulk`. */
  pools: z.int().min(1).max(100_000).default(2),
  /** Of each array: foreign ones. */
  volumes: z.int().min(0).max(1_000_000).default(0),
  fabrics: z.int().min(0).max(26).default(2),
  hosts: z.int().min(0).max(30_000).default(3),
  /** Of all fabrics together: foreign ones, saved and in effect, each a host with a storage port. */
  zones: z.int().min(0).max(1_000_000).default(0),
  /** Arrays take turns. */
  models: z.array(z.enum(MODEL_IDS)).min(1).default([UNIFIED]),
  /** Decides who is zoned with whom. */
  seed: z.int().min(0).default(1),
});
export type GeneratorInput = z.input<typeof generatorSchema>;

const DRIVE_TYPES = [
  { name: 'fast', driveType: 'ssd', totalBytes: 50 * TIB },
  { name: 'bulk', driveType: 'hdd', totalBytes: 200 * TIB },
] as const;

/** Two storage processors with an iSCSI port in each of two networks and an FC port for each of two fabrics. */
function generatedPorts(array: string, index: number): TopologyInput['ports'] {
  return [0, 1].flatMap((processor) =>
    [1, 2].flatMap((number) => {
      const host = 10 + index * 2 + processor;
      const letter = processor === 0 ? 'A' : 'B';
      const haDomain = `SP-${letter}`;
      return [
        {
          name: `SP-${letter}${number}`,
          address: `10.${host >> 8}.${number}.${host & 255}:3260`,
          haDomain,
          physicalPort: `SP-${letter}:eth${number}`,
        },
        {
          name: `FC-${letter}${number}`,
          address: wwnOf('50:00', `${array}/FC-${letter}${number}`),
          haDomain,
          physicalPort: `SP-${letter}:fc${number}`,
        },
      ];
    }),
  );
}

/** Addresses that a model's array may use in each network. */
const ADDRESSES = 16;

function modelTopology(
  model: ArrayModel,
  name: string,
  index: number,
  options: z.infer<typeof generatorSchema>,
): Topology {
  const numbered = (count: number) => Array.from({ length: count }, (_, number) => number + 1);
  const modelPorts = model.directors.flatMap((haDomain, director) => {
    const of = { haDomain, ...(model.engineOf ? { engine: model.engineOf(haDomain) } : {}) };
    return [
      ...numbered(model.iscsiPorts).map((number) => {
        const host = 10 + index * ADDRESSES + director;
        const address = `10.${host >> 8}.${number}.${host & 255}:3260`;
        return { name: `${haDomain}-ip${number}`, address, ...of, physicalPort: `${haDomain}:ip${number}` };
      }),
      ...numbered(model.fcPorts).map((number) => {
        const port = `${haDomain}-fc${number}`;
        return {
          name: port,
          address: wwnOf('50:00', `${name}/${port}`),
          ...of,
          physicalPort: `${haDomain}:fc${number}`,
        };
      }),
    ];
  });
  const modelPools = numbered(options.pools).map((number) => {
    const kind = model.pools[(number - 1) % model.pools.length]!;
    const serial = Math.ceil(number / model.pools.length);
    return {
      ...kind,
      provisioning: [...kind.provisioning],
      raidLevels: [...kind.raidLevels],
      ...(kind.tiers === undefined ? {} : { tiers: [...kind.tiers] }),
      ...(kind.tieringPolicies === undefined
        ? {}
        : {
            tieringPolicies: kind.tieringPolicies.map((policy) => ({
              ...policy,
              provisioning: [...policy.provisioning],
            })),
          }),
      name: serial === 1 ? kind.name : `${kind.name}-${serial}`,
    };
  });
  const { hluMax, nameLengthMax, metrics } = model;
  return topologySchema.parse({
    ...{ name, model: model.model, pools: modelPools, ports: modelPorts, hluMax, nameLengthMax },
    ...(metrics ? {} : { metrics }),
    foreignVolumes: options.volumes,
  });
}

/** Arrays `sim-1`, `sim-2`..., pools alternating ssd and hdd, four iSCSI ports (10.0.1.0/24, 10.0.2.0/24) and four FC ports. */
export function generateTopology(input: GeneratorInput = {}): Topology[] {
  const options = generatorSchema.parse(input);
  return Array.from({ length: options.arrays }, (_, index) => {
    const id = options.models[index % options.models.length];
    const model = MODELS.find((candidate) => candidate.id === id);
    if (model) return modelTopology(model, `sim-${index + 1}`, index, options);
    return topologySchema.parse({
      name: `sim-${index + 1}`,
      pools: Array.from({ length: options.pools }, (_pool, number) => {
        const kind = DRIVE_TYPES[number % 2]!;
        const serial = Math.floor(number / 2) + 1;
        return { ...kind, name: serial === 1 ? kind.name : `${kind.name}-${serial}` };
      }),
      ports: generatedPorts(`sim-${index + 1}`, options.models.length === 1 ? index : (index * ADDRESSES) / 2),
      foreignVolumes: options.volumes,
    });
  });
}

export const topologies = table<Topology>('topology', 'topology');

interface Counters {
  readonly nextVolume: number;
  readonly nextMask: number;
  readonly nextJob: number;
  /** Tells it from another array that had its name before. */
  readonly madeAt?: string;
}

export const FIRST: Counters = { nextVolume: 1, nextMask: 1, nextJob: 1 };

/** Writes an array into an empty Kv. */
export function build(kv: Kv, topology: Topology, counters: Counters = FIRST) {
  const { name } = topology;
  const serialNumber = topology.serialNumber ?? `SIM${hashOf(name).slice(0, 12).toUpperCase()}`;
  topologies.put(kv, SELF, topology);
  arrays.put(kv, SELF, {
    schema: 1,
    name,
    serialNumber,
    model: topology.model,
    firmwareVersion: topology.firmwareVersion,
    targetName: `iqn.2026-01.io.coprhd.simulator:${serialNumber.toLowerCase()}`,
    pageItems: topology.pageItems,
    zeroingBytesPerSecond: topology.zeroingBytesPerSecond,
    ...(topology.hluMax === undefined ? {} : { hluMax: topology.hluMax }),
    ...(topology.nameLengthMax === undefined ? {} : { nameLengthMax: topology.nameLengthMax }),
    ...(topology.metrics === undefined ? {} : { metrics: topology.metrics }),
    ...(topology.changeLogEntries === undefined ? {} : { changeLogEntries: topology.changeLogEntries }),
    ...(counters.madeAt === undefined ? {} : { madeAt: counters.madeAt }),
    nextVolume: counters.nextVolume,
    nextMask: counters.nextMask,
    nextJob: counters.nextJob,
  });
  const hasFc = topology.ports.some(({ address }) => WWPN.test(address));
  const hasIp = topology.ports.some(({ address }) => !WWPN.test(address));
  // An array without ports is said to serve iSCSI, as it always was.
  const protocols = [...(hasFc ? (['fc'] as const) : []), ...(hasIp || !hasFc ? (['iscsi'] as const) : [])];
  for (const { raidLevels, tiers, tieringPolicies, ioLimits, snapshots, metadataFraction, ...pool } of topology.pools) {
    pools.put(kv, pool.name, {
      ...pool,
      ...(raidLevels === undefined ? {} : { raidLevels }),
      ...(tiers === undefined ? {} : { tiers }),
      ...(tieringPolicies === undefined ? {} : { tieringPolicies }),
      ...(ioLimits === undefined ? {} : { ioLimits }),
      ...(snapshots === undefined ? {} : { snapshots }),
      ...(metadataFraction === undefined ? {} : { metadataFraction }),
      protocols,
      allocatedBytes: 0,
      subscribedBytes: 0,
      volumes: 0,
    });
  }
  for (const { name: nativeId, address, haDomain, physicalPort = nativeId, engine } of topology.ports) {
    const inEngine = engine === undefined ? {} : { engine };
    const port = { nativeId, name: nativeId, address, haDomain, physicalPort, ...inEngine };
    ports.put(kv, nativeId, { ...port, transport: WWPN.test(address) ? 'fc' : 'ip', status: 'up' });
  }
  for (let number = 1; number <= topology.foreignVolumes; number++) {
    const pool = topology.pools[number % topology.pools.length]!;
    createVolume(kv, {
      name: `legacy-${String(number).padStart(6, '0')}`,
      pool: pool.name,
      sizeBytes: pool.volumeBytesMin,
      provisioning: pool.provisioning[0]!,
      wwn: `6${sha256Hex(`${serialNumber}/legacy/${number}`).slice(0, 31)}`,
    });
  }
}
