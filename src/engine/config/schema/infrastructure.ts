/** Schemas of what administrators declare: devices, networks, virtual arrays and pools, tenants, projects, hosts. */
import { z } from 'zod';
import { LIMITS } from '../../../lib/limits.ts';
import { CREDENTIAL_FORMS } from '../../model/credential.ts';
import { deviceMode, type Protocol, protocol, provisioning } from '../../model/specs.ts';
import { ROOT_TENANT_NAME } from '../../model/urn.ts';
import {
  complain,
  credential,
  endpoint,
  iqn,
  nameList,
  oneName,
  percentage,
  poolPatterns,
  size,
  sshEndpoint,
  subnet,
  wwpn,
} from './leaves.ts';
import { type CrossCheck, defined, listOf, origins, resource } from './resource.ts';

export const HOST_TYPES = ['linux', 'windows', 'esx', 'aix', 'hpux', 'other'] as const;

const tenantOf = oneName.default(ROOT_TENANT_NAME);

const quotaSize = size.meta({
  description: 'What may be provisioned in all: 50TiB. What is written of it makes no difference.',
});

export const tenant = resource(
  'tenant',
  {
    quota: z
      .strictObject({ capacity: quotaSize.optional(), virtualPools: z.record(oneName, quotaSize).optional() })
      .meta({ description: 'capacity: of all its projects; virtualPools: of one virtual pool, by its name.' })
      .optional(),
    use: z
      .strictObject({ virtualArrays: z.array(oneName).optional(), virtualPools: z.array(oneName).optional() })
      .meta({ description: 'The virtual arrays and pools that its projects may use. Default: none.' })
      .optional(),
  },
  ({ use, quota }) => ({
    spec: {
      use: { virtualArrays: sortedSet(use?.virtualArrays ?? []), virtualPools: sortedSet(use?.virtualPools ?? []) },
      ...(quota === undefined
        ? {}
        : {
            quota: {
              ...(quota.capacity === undefined ? {} : { capacityBytes: quota.capacity }),
              virtualPools: Object.entries(quota.virtualPools ?? {}).map(([virtualPool, bytes]) => ({
                virtualPool,
                bytes,
              })),
            },
          }),
    },
  }),
);

export const project = resource(
  'project',
  {
    tenant: tenantOf,
    quota: quotaSize.optional(),
    volumesPerSystem: z
      .int()
      .min(1)
      .meta({ description: 'So many of its volumes at most on one storage system: what its end takes along.' })
      .optional(),
  },
  ({ tenant: name, quota, volumesPerSystem }) => ({
    spec: {
      tenant: name,
      ...(quota === undefined ? {} : { quotaBytes: quota }),
      ...(volumesPerSystem === undefined ? {} : { volumesPerSystem }),
    },
  }),
);

export const network = resource(
  'network',
  { transport: z.enum(['ip', 'fc']), subnets: z.array(subnet).default([]) },
  (spec) => ({ spec }),
  (body, ctx) => {
    if (body.transport !== 'fc' || !Array.isArray(body.subnets) || body.subnets.length === 0) return;
    const summary = 'a Fibre Channel network has no subnets';
    complain(ctx, { code: 'COPRHD-CONFIG-004', summary, fix: 'Remove subnets, or write transport: ip.' }, ['subnets']);
  },
);

const SECRET_KEY = /^(?:password|passwd|passphrase|secret|token|api[-_]?key|private[-_]?key)$/i;

/** Path of a key that looks like a secret, in the driver's own configuration. */
function secretKey(value: unknown, path: (string | number)[]): (string | number)[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    const found = SECRET_KEY.test(key) ? here : secretKey(inner, here);
    if (found) return found;
  }
  return undefined;
}

const refuseSecrets: CrossCheck = (body, ctx) => {
  const path = secretKey(body.configuration, ['configuration']);
  if (path === undefined) return;
  complain(
    ctx,
    {
      code: 'COPRHD-CONFIG-004',
      summary: `a secret does not belong into the configuration ("${path.at(-1)}")`,
      detail: 'The configuration is stored and shown.',
      fix: `Give it by credential: ${CREDENTIAL_FORMS}.`,
    },
    path,
  );
};

const SSH_SESSIONS_MAX = 64;

const ssh = z
  .strictObject({
    jump: sshEndpoint.meta({ description: 'A machine to go through: ssh://user@host:port.' }).optional(),
    jumpCredential: credential.optional(),
    sessionsMax: z
      .int()
      .min(1)
      .max(SSH_SESSIONS_MAX)
      .meta({ description: 'Commands at once over the one connection. Default 8; OpenSSH takes 10.' })
      .optional(),
  })
  .meta({ description: 'How an ssh:// endpoint is reached.' });

/** Rather here than after the first attempt to reach it. */
const checkAccess: CrossCheck = (body, ctx) => {
  refuseSecrets(body, ctx);
  const { endpoint: where = 'local', ssh: settings, credential: secret } = body;
  if (typeof where !== 'string' || where.includes('${')) return;
  const code = 'COPRHD-CONFIG-004';
  const isSsh = where.startsWith('ssh://');
  if (settings !== undefined && !isSsh) {
    const summary = 'ssh is for endpoints that are reached over SSH';
    complain(ctx, { code, summary, fix: 'Write endpoint: ssh://user@host, or remove ssh.' }, ['ssh']);
  }
  if (isSsh && secret === undefined) {
    const fix = `Write credential: ${CREDENTIAL_FORMS}.`;
    complain(ctx, { code, summary: 'a device behind ssh:// needs a credential to log in with', fix }, ['endpoint']);
  }
};

const utilisation = percentage.superRefine((fraction, ctx) => {
  if (fraction <= 1) return;
  const summary = 'a pool can not be filled by more than 100%';
  complain(ctx, { code: 'COPRHD-CONFIG-004', summary, fix: 'Thin provisioning beyond 100% is limits.subscription.' });
});

const volumesMax = z.int().min(0).meta({ description: 'So many volumes of ours at most.' });

const systemLimits = z
  .strictObject({
    volumes: volumesMax.optional(),
    pools: z
      .record(
        z.string().min(1),
        z.strictObject({
          volumes: volumesMax.optional(),
          utilisation: utilisation.optional(),
          subscription: percentage.optional(),
        }),
      )
      .meta({ description: 'By the name that the pool has on the device.' })
      .optional(),
  })
  .meta({ description: 'Beside the limits of virtual pools; the tighter one holds.' });

export const storageSystem = resource(
  'storageSystem',
  {
    driver: z.string().min(1),
    endpoint: endpoint.default('local'),
    ssh: ssh.optional(),
    configuration: z.record(z.string(), z.unknown()).default({}),
    credential: credential.optional(),
    mode: deviceMode.default('observe'),
    scope: z.strictObject({ pools: z.array(z.string().min(1)).optional() }).default({}),
    limits: systemLimits.optional(),
  },
  ({ credential: secret, ssh: settings, scope, limits, ...spec }) => ({
    spec: {
      ...spec,
      ...(settings === undefined ? {} : { ssh: defined(settings) }),
      scope: scope.pools === undefined ? {} : { pools: scope.pools },
      ...(secret === undefined ? {} : { credential: secret }),
      ...(limits === undefined ? {} : { limits: defined(limits) }),
    },
  }),
  checkAccess,
);

export const virtualArray = resource(
  'virtualArray',
  { networks: nameList.default([]), storageSystems: nameList.default([]) },
  (fields) => {
    const [networks, storageSystems] = [listOf(fields.networks), listOf(fields.storageSystems)];
    return {
      spec: { networks: networks.names, storageSystems: storageSystems.names },
      ...origins({ networks, storageSystems }),
    };
  },
);

const count = z.int().min(1).max(LIMITS.pathsMax);
const PATHS_MIN = 1;
const PATHS_MAX = 2;
const PATHS_PER_INITIATOR = 1;

const checkPool: CrossCheck = (body, ctx) => {
  if (typeof body.paths !== 'object' || body.paths === null) return;
  const { min, max, perInitiator } = body.paths as Record<string, unknown>;
  const code = 'COPRHD-CONFIG-004';
  if (typeof min === 'number' && typeof max === 'number' && max < min) {
    const summary = `${max} is less than paths.min (${min})`;
    complain(ctx, { code, summary, fix: `Write max: ${min} or more.` }, ['paths', 'max']);
  }
  if (typeof perInitiator === 'number' && typeof max === 'number' && perInitiator > max) {
    const summary = `${perInitiator} is more than paths.max (${max})`;
    complain(ctx, { code, summary, fix: `Write perInitiator: ${max} or less.` }, ['paths', 'perInitiator']);
  }
};

const preAllocation = percentage.superRefine((fraction, ctx) => {
  if (fraction <= 1) return;
  const summary = 'no more than the whole volume can be set aside';
  complain(ctx, { code: 'COPRHD-CONFIG-004', summary, fix: 'Write 100%, or less.' });
});

export const virtualPool = resource(
  'virtualPool',
  {
    type: z.literal('block'),
    protocols: z.array(protocol).min(1),
    provisioning: provisioning.default('thin'),
    driveType: z.string().min(1).optional(),
    raidLevels: z
      .array(z.string().min(1))
      .min(1)
      .meta({ description: 'One of these: raid1, raid5, raid6... as the storage system names them.' })
      .optional(),
    systemTypes: z
      .array(z.string().min(1))
      .min(1)
      .meta({ description: 'Only storage systems of one of these drivers.' })
      .optional(),
    paths: z
      .strictObject({ min: count.optional(), max: count.optional(), perInitiator: count.optional() })
      .meta({ description: 'Default: min 1, max 2 (or min, if that is more), perInitiator 1.' })
      .default({}),
    limits: z.strictObject({ utilisation: utilisation.optional(), subscription: percentage.optional() }).default({}),
    virtualArrays: nameList.refine((list) => list.length > 0, { params: { complaint: noVirtualArray() } }),
    quota: quotaSize.optional(),
    thinPreAllocation: preAllocation
      .meta({ description: 'Of a thin volume: how much of it the pool sets aside at once. 20%.' })
      .optional(),
    multiVolumeConsistency: z
      .boolean()
      .meta({ description: 'Only on storage systems that know consistency groups.' })
      .optional(),
    allocation: z
      .enum(['spread', 'pack'])
      .meta({
        description:
          'spread: the emptiest pool first; pack: the fullest that will do. Default: evenly while all are roomy, then one after the other.',
      })
      .optional(),
    arrayAffinity: z
      .boolean()
      .meta({ description: 'Rather on a storage system that serves the host or cluster of the volume already.' })
      .optional(),
    compression: z.boolean().meta({ description: 'Only pools that compress.' }).optional(),
    deduplication: z.boolean().meta({ description: 'Only pools that store equal blocks once.' }).optional(),
    longTermRetention: z
      .boolean()
      .meta({ description: 'Only pools for long-term retention; without it only others.' })
      .optional(),
    expandable: z.boolean().meta({ description: 'false: volumes keep the size they were made with.' }).optional(),
    pools: poolPatterns
      .meta({ description: 'Of the pools that match only these: SYSTEM/POOL with * and ?. Default: all.' })
      .optional(),
  },
  (fields) => {
    const virtualArrays = listOf(fields.virtualArrays);
    const { min = PATHS_MIN, perInitiator = PATHS_PER_INITIATOR } = fields.paths;
    const max = fields.paths.max ?? Math.max(PATHS_MAX, min, perInitiator);
    const { utilisation: used = 1, subscription = 1 } = fields.limits;
    return {
      spec: {
        type: fields.type,
        protocols: [...new Set(fields.protocols)],
        provisioning: fields.provisioning,
        ...(fields.driveType === undefined ? {} : { driveType: fields.driveType }),
        ...(fields.raidLevels === undefined ? {} : { raidLevels: sortedSet(fields.raidLevels) }),
        ...(fields.systemTypes === undefined ? {} : { systemTypes: sortedSet(fields.systemTypes) }),
        paths: { min, max, perInitiator },
        limits: { utilisation: used, subscription },
        ...optional(fields),
        virtualArrays: virtualArrays.names,
      },
      ...origins({ virtualArrays }),
    };
  },
  checkPool,
);

/** Said only where it is something else than what nobody says means. */
function optional({
  quota,
  thinPreAllocation,
  multiVolumeConsistency,
  allocation,
  arrayAffinity,
  compression,
  deduplication,
  longTermRetention,
  expandable,
  pools,
}: {
  readonly quota?: number | undefined;
  readonly thinPreAllocation?: number | undefined;
  readonly multiVolumeConsistency?: boolean | undefined;
  readonly allocation?: 'spread' | 'pack' | undefined;
  readonly arrayAffinity?: boolean | undefined;
  readonly compression?: boolean | undefined;
  readonly deduplication?: boolean | undefined;
  readonly longTermRetention?: boolean | undefined;
  readonly expandable?: boolean | undefined;
  readonly pools?: readonly string[] | undefined;
}) {
  return {
    ...(quota === undefined ? {} : { quotaBytes: quota }),
    ...(thinPreAllocation ? { thinPreAllocation } : {}),
    ...(multiVolumeConsistency ? { multiVolumeConsistency } : {}),
    ...(allocation === undefined ? {} : { allocation }),
    ...(arrayAffinity ? { arrayAffinity } : {}),
    ...(compression ? { compression } : {}),
    ...(deduplication ? { deduplication } : {}),
    ...(longTermRetention ? { longTermRetention } : {}),
    ...(expandable === false ? { expandable } : {}),
    ...(pools ? { pools: sortedSet(pools) } : {}),
  };
}

/** Order and repetition mean nothing, and make no difference. */
const sortedSet = (values: readonly string[]): string[] => [...new Set(values)].sort();

function noVirtualArray() {
  return {
    code: 'COPRHD-CONFIG-004',
    summary: 'the list of virtual arrays is empty',
    fix: 'Name at least one virtual array in which the pool is offered.',
  } as const;
}

const initiator = z
  .strictObject({ iqn: iqn.optional(), wwpn: wwpn.optional(), network: oneName })
  .superRefine(
    (value, ctx) => {
      const names = ['iqn', 'wwpn'].filter((key) => (value as Record<string, unknown>)[key] !== undefined);
      if (names.length === 1) return;
      const summary =
        names.length === 0 ? 'an initiator needs its iqn or wwpn' : 'an initiator has an iqn or a wwpn, not both';
      const code = names.length === 0 ? 'COPRHD-CONFIG-003' : 'COPRHD-CONFIG-004';
      complain(ctx, { code, summary, fix: 'Write { iqn: ..., network: ... } or { wwpn: ..., network: ... }.' });
    },
    { when: ({ value }) => typeof value === 'object' && value !== null },
  )
  .transform((fields) => {
    const named: Protocol = fields.iqn === undefined ? 'fc' : 'iscsi';
    return { protocol: named, portName: fields.iqn ?? fields.wwpn ?? '', network: fields.network };
  });

export const host = resource(
  'host',
  { type: z.enum(HOST_TYPES), tenant: tenantOf, initiators: z.array(initiator).default([]) },
  (spec) => ({ spec }),
);

export const cluster = resource('cluster', { tenant: tenantOf, hosts: nameList }, (fields) => {
  const hosts = listOf(fields.hosts);
  return { spec: { tenant: fields.tenant, hosts: hosts.names }, ...origins({ hosts }) };
});
