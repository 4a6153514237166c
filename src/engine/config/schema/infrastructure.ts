/** Schemas of what administrators declare besides devices and networks: virtual arrays, tenants, projects, hosts. */
import { z } from 'zod';
import { LIMITS } from '../../../lib/limits.ts';
import type { Protocol } from '../../model/specs.ts';
import { PROJECT_PRIVILEGES, type ProjectAcl } from '../../model/tenancy-specs.ts';
import { ROOT_TENANT_NAME } from '../../model/urn.ts';
import {
  complain,
  credential,
  duration,
  fingerprint,
  ipAddress,
  iqn,
  nameList,
  oneName,
  quotaSize,
  sortedSet,
  sshEndpoint,
  wwpn,
} from './leaves.ts';
import { defined, listOf, origins, resource } from './resource.ts';

export const HOST_TYPES = ['linux', 'windows', 'esx', 'aix', 'hpux', 'other'] as const;

const tenantOf = oneName.default(ROOT_TENANT_NAME);

const words = z.array(z.string().min(1).max(LIMITS.nameLengthMax)).min(1);

const userMapping = z.strictObject({
  domain: z.string().min(1).max(LIMITS.nameLengthMax),
  groups: words.optional(),
  attributes: z.record(z.string().min(1), words).optional(),
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
    userMappings: z
      .array(userMapping)
      .meta({
        description:
          'Whose home it is: users of a domain, in one of the groups and with the attributes. For directories, which are not built yet.',
      })
      .optional(),
  },
  ({ use, quota, userMappings }) => ({
    spec: {
      ...(userMappings === undefined ? {} : { userMappings: userMappings.map((mapping) => defined(mapping)) }),
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

const subject = z.string().min(1).max(LIMITS.nameLengthMax);

/** Whom a project belongs to, and who else may do what in it. */
const aclEntry = z
  .strictObject({ user: subject.optional(), group: subject.optional(), privilege: z.enum(PROJECT_PRIVILEGES) })
  .superRefine(
    (value, ctx) => {
      const { user, group } = value as Record<string, unknown>;
      if ((user === undefined) !== (group === undefined)) return;
      const summary = 'an entry of an acl is of a user or of a group';
      const fix = 'Write { user: alice@corp.example, privilege: ALL } or { group: dba, privilege: ALL }.';
      complain(ctx, { code: user === undefined ? 'COPRHD-CONFIG-003' : 'COPRHD-CONFIG-004', summary, fix });
    },
    { when: ({ value }) => typeof value === 'object' && value !== null },
  )
  .transform(({ user, group, privilege }): ProjectAcl[number] =>
    user === undefined ? { group: group ?? '', privilege } : { user, privilege },
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
    owner: subject
      .meta({ description: 'The user whose it is. Default: who made it over REST, else nobody.' })
      .optional(),
    acl: z
      .array(aclEntry)
      .meta({
        description:
          'OWN: also this list; ALL: all that is in it; BACKUP: to see it, and to take and delete snapshots.',
      })
      .optional(),
  },
  ({ tenant: name, quota, volumesPerSystem, owner, acl }) => ({
    spec: {
      tenant: name,
      ...(quota === undefined ? {} : { quotaBytes: quota }),
      ...(volumesPerSystem === undefined ? {} : { volumesPerSystem }),
      ...(owner === undefined ? {} : { owner }),
      ...(acl === undefined ? {} : { acl }),
    },
  }),
);

export const virtualArray = resource(
  'virtualArray',
  {
    networks: nameList.default([]),
    storageSystems: nameList.default([]),
    autoSanZoning: z
      .boolean()
      .meta({ description: "false: zones of its exports are somebody else's work. Default: true." })
      .optional(),
  },
  ({ autoSanZoning, ...fields }) => {
    const [networks, storageSystems] = [listOf(fields.networks), listOf(fields.storageSystems)];
    return {
      spec: {
        ...(autoSanZoning === undefined ? {} : { autoSanZoning }),
        networks: networks.names,
        storageSystems: storageSystems.names,
      },
      ...origins({ networks, storageSystems }),
    };
  },
);

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

/** An address alone, or with the length of its prefix. */
const ipInterface = z.union([
  ipAddress.transform((address): Interface => ({ address })),
  z
    .strictObject({ address: ipAddress, prefixLength: z.int().min(0).max(128).optional() })
    .transform((fields): Interface => defined(fields)),
]);

interface Interface {
  readonly address: string;
  readonly prefixLength?: number;
}

const command = z.array(z.string().min(1).max(LIMITS.commandWordLengthMax)).min(1).max(LIMITS.commandWordsMax);

const quiesce = z
  .strictObject({
    endpoint: sshEndpoint.meta({ description: 'Where the host is reached: ssh://user@host:port.' }),
    hostKey: fingerprint,
    credential,
    freeze: command.meta({
      description: 'Brings its applications to rest: a program and its arguments, run as they stand.',
    }),
    thaw: command.meta({ description: 'Lets them go on; may be run when nothing is frozen.' }),
    timeout: duration.meta({ description: 'After so long it thaws by itself. Default 10s, at most 30s.' }).optional(),
  })
  .superRefine(({ timeout = 0 }, ctx) => {
    if (timeout <= LIMITS.quiesceTimeoutMaxMs) return;
    const summary = 'this is longer than hosts wait for an answer';
    complain(ctx, { code: 'COPRHD-CONFIG-004', summary, fix: 'Write 30s at most.' }, ['timeout']);
  })
  .transform(({ timeout = LIMITS.quiesceTimeoutMs, ...fields }) => ({ ...fields, timeoutMs: timeout }))
  .meta({ description: 'What is run on it around a snapshot that wants its applications at rest.' });

export const host = resource(
  'host',
  {
    type: z.enum(HOST_TYPES),
    tenant: tenantOf,
    initiators: z.array(initiator).default([]),
    interfaces: z.array(ipInterface).meta({ description: 'Its IP addresses.' }).optional(),
    quiesce: quiesce.optional(),
  },
  ({ interfaces, quiesce: hooks, ...spec }) => ({
    spec: {
      ...spec,
      ...(interfaces === undefined ? {} : { interfaces }),
      ...(hooks === undefined ? {} : { quiesce: hooks }),
    },
  }),
);

export const cluster = resource('cluster', { tenant: tenantOf, hosts: nameList }, (fields) => {
  const hosts = listOf(fields.hosts);
  return { spec: { tenant: fields.tenant, hosts: hosts.names }, ...origins({ hosts }) };
});
