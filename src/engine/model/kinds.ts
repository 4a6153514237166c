/**
 * The one table of resource kinds: where a kind lives, who may declare it, what CoprHD calls it, and what it refers
 * to. Everything that must know all kinds (plan language, differ, REST, claims order) reads it here.
 */

/** `zone` = the whole installation; `tenant` and `project` = inside one. Unique names are unique within their scope. */
export type Scope = 'zone' | 'tenant' | 'project';

/** Which plan document may declare it. `discovered` comes from devices, `engine` is made by the engine, both never in files. */
export type DeclaredIn = 'infrastructure' | 'stack' | 'discovered' | 'engine';

/** CoprHD's roles; local CLI users have all of them. */
export type Role = 'SYSTEM_ADMIN' | 'TENANT_ADMIN' | 'PROJECT_ADMIN' | 'TENANT_USER';

export interface ReferenceField {
  /** Path in the desired spec, and in the recorded one; `[]` marks a list, which is recorded as members (members.ts). */
  readonly path: string;
  readonly kind: KindName;
  /** Field beside it that says how much of it: the entry is a member that has it, too. */
  readonly amount?: 'bytes';
}

export interface KindEntry {
  readonly scope: Scope;
  readonly declaredIn: DeclaredIn;
  /** Least role that may declare or change it. */
  readonly declaredBy: Role;
  /** Key of its map in plan files; undefined = never in files. */
  readonly collection?: string;
  /** Database class in CoprHD; it is the class part of the URN. Kinds that CoprHD doesn't have use our own word. */
  readonly coprhdClass: string;
  readonly urnSuffix: 'vdc1' | 'global';
  /** Holds somebody's data: protected by default, never re-created because it is missing. */
  readonly holdsData: boolean;
  readonly references: readonly ReferenceField[];
}

type Entry = Omit<KindEntry, 'references'> & {
  readonly references: readonly { path: string; kind: string; amount?: 'bytes' }[];
};

const kind = <const E extends Entry>(entry: E): E => entry;

/** In dependency order: a kind refers only to kinds above it, but for copies of copies. Claims are taken in this order too. */
export const KINDS = {
  /** What manages SAN switches: one switch of each fabric that it reaches writes their zoning. */
  networkSystem: kind({
    scope: 'zone',
    declaredIn: 'infrastructure',
    declaredBy: 'SYSTEM_ADMIN',
    collection: 'networkSystems',
    coprhdClass: 'NetworkSystem',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [],
  }),
  network: kind({
    scope: 'zone',
    declaredIn: 'infrastructure',
    declaredBy: 'SYSTEM_ADMIN',
    collection: 'networks',
    coprhdClass: 'Network',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [{ path: 'networkSystem', kind: 'networkSystem' }],
  }),
  /** A port that is in a fabric: of a storage system or a host, by its WWPN. A port is in one network. */
  endpoint: kind({
    scope: 'zone',
    declaredIn: 'engine',
    declaredBy: 'SYSTEM_ADMIN',
    coprhdClass: 'Endpoint',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [{ path: 'network', kind: 'network' }],
  }),
  storageSystem: kind({
    scope: 'zone',
    declaredIn: 'infrastructure',
    declaredBy: 'SYSTEM_ADMIN',
    collection: 'storageSystems',
    coprhdClass: 'StorageSystem',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [],
  }),
  pool: kind({
    scope: 'zone',
    declaredIn: 'discovered',
    declaredBy: 'SYSTEM_ADMIN',
    coprhdClass: 'StoragePool',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [{ path: 'system', kind: 'storageSystem' }],
  }),
  port: kind({
    scope: 'zone',
    declaredIn: 'discovered',
    declaredBy: 'SYSTEM_ADMIN',
    coprhdClass: 'StoragePort',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [{ path: 'system', kind: 'storageSystem' }],
  }),
  virtualArray: kind({
    scope: 'zone',
    declaredIn: 'infrastructure',
    declaredBy: 'SYSTEM_ADMIN',
    collection: 'virtualArrays',
    coprhdClass: 'VirtualArray',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [
      { path: 'networks[]', kind: 'network' },
      { path: 'storageSystems[]', kind: 'storageSystem' },
    ],
  }),
  virtualPool: kind({
    scope: 'zone',
    declaredIn: 'infrastructure',
    declaredBy: 'SYSTEM_ADMIN',
    collection: 'virtualPools',
    coprhdClass: 'VirtualPool',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [
      { path: 'virtualArrays[]', kind: 'virtualArray' },
      { path: 'continuousCopies.virtualPool', kind: 'virtualPool' },
    ],
  }),
  tenant: kind({
    scope: 'zone',
    declaredIn: 'infrastructure',
    declaredBy: 'SYSTEM_ADMIN',
    collection: 'tenants',
    coprhdClass: 'TenantOrg',
    urnSuffix: 'global',
    holdsData: false,
    references: [
      { path: 'use.virtualArrays[]', kind: 'virtualArray' },
      { path: 'use.virtualPools[]', kind: 'virtualPool' },
      { path: 'quota.virtualPools[].virtualPool', kind: 'virtualPool', amount: 'bytes' },
    ],
  }),
  project: kind({
    scope: 'zone',
    declaredIn: 'infrastructure',
    declaredBy: 'TENANT_ADMIN',
    collection: 'projects',
    coprhdClass: 'Project',
    urnSuffix: 'global',
    holdsData: false,
    references: [{ path: 'tenant', kind: 'tenant' }],
  }),
  host: kind({
    scope: 'zone',
    declaredIn: 'infrastructure',
    declaredBy: 'TENANT_ADMIN',
    collection: 'hosts',
    coprhdClass: 'Host',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [
      { path: 'tenant', kind: 'tenant' },
      { path: 'initiators[].network', kind: 'network' },
    ],
  }),
  initiator: kind({
    scope: 'zone',
    declaredIn: 'engine',
    declaredBy: 'TENANT_ADMIN',
    coprhdClass: 'Initiator',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [
      { path: 'host', kind: 'host' },
      { path: 'network', kind: 'network' },
    ],
  }),
  /** An address of a host, by which it reaches file systems. It is of one host. */
  ipInterface: kind({
    scope: 'zone',
    declaredIn: 'engine',
    declaredBy: 'TENANT_ADMIN',
    coprhdClass: 'IpInterface',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [{ path: 'host', kind: 'host' }],
  }),
  cluster: kind({
    scope: 'zone',
    declaredIn: 'infrastructure',
    declaredBy: 'TENANT_ADMIN',
    collection: 'clusters',
    coprhdClass: 'Cluster',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [
      { path: 'tenant', kind: 'tenant' },
      { path: 'hosts[]', kind: 'host' },
    ],
  }),
  /** When snapshots are taken of the volumes and groups that name it, and how many stay. */
  snapshotPolicy: kind({
    scope: 'zone',
    declaredIn: 'infrastructure',
    declaredBy: 'SYSTEM_ADMIN',
    collection: 'snapshotPolicies',
    coprhdClass: 'SchedulePolicy',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [],
  }),
  consistencyGroup: kind({
    scope: 'project',
    declaredIn: 'stack',
    declaredBy: 'TENANT_USER',
    collection: 'consistencyGroups',
    coprhdClass: 'BlockConsistencyGroup',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [
      { path: 'project', kind: 'project' },
      { path: 'snapshotPolicy', kind: 'snapshotPolicy' },
    ],
  }),
  volume: kind({
    scope: 'project',
    declaredIn: 'stack',
    declaredBy: 'TENANT_USER',
    collection: 'volumes',
    coprhdClass: 'Volume',
    urnSuffix: 'vdc1',
    holdsData: true,
    references: [
      { path: 'project', kind: 'project' },
      { path: 'virtualPool', kind: 'virtualPool' },
      { path: 'virtualArray', kind: 'virtualArray' },
      { path: 'consistencyGroup', kind: 'consistencyGroup' },
      { path: 'snapshotPolicy', kind: 'snapshotPolicy' },
      { path: 'copyOf', kind: 'volume' },
      { path: 'copyOfSnapshot', kind: 'snapshot' },
    ],
  }),
  /** What a volume held at one moment, read-only, on the same storage system. Its source outlives it. */
  snapshot: kind({
    scope: 'project',
    declaredIn: 'stack',
    declaredBy: 'TENANT_USER',
    collection: 'snapshots',
    coprhdClass: 'BlockSnapshot',
    urnSuffix: 'vdc1',
    holdsData: true,
    references: [
      { path: 'project', kind: 'project' },
      { path: 'volume', kind: 'volume' },
    ],
  }),
  export: kind({
    scope: 'project',
    declaredIn: 'stack',
    declaredBy: 'TENANT_USER',
    collection: 'exports',
    coprhdClass: 'ExportGroup',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [
      { path: 'project', kind: 'project' },
      { path: 'host', kind: 'host' },
      { path: 'cluster', kind: 'cluster' },
      { path: 'hosts[]', kind: 'host' },
      { path: 'clusters[]', kind: 'cluster' },
      { path: 'virtualArray', kind: 'virtualArray' },
      { path: 'volumes[].volume', kind: 'volume' },
      { path: 'snapshots[].snapshot', kind: 'snapshot' },
      // Recorded only: what it shows as soon as anybody sees by it. Snapshots, too.
      { path: 'waiting[]', kind: 'volume' },
    ],
  }),
  /** One entry of a list of references that grows: a system of a virtual array, a host of a cluster or export (members.ts). */
  member: kind({
    scope: 'zone',
    declaredIn: 'engine',
    declaredBy: 'SYSTEM_ADMIN',
    coprhdClass: 'Member',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [
      { path: 'of', kind: 'virtualArray' },
      { path: 'of', kind: 'virtualPool' },
      { path: 'of', kind: 'tenant' },
      { path: 'of', kind: 'cluster' },
      { path: 'of', kind: 'export' },
      { path: 'member', kind: 'network' },
      { path: 'member', kind: 'storageSystem' },
      { path: 'member', kind: 'virtualArray' },
      { path: 'member', kind: 'virtualPool' },
      { path: 'member', kind: 'host' },
      { path: 'member', kind: 'cluster' },
      { path: 'member', kind: 'volume' },
      { path: 'member', kind: 'snapshot' },
    ],
  }),
  /** One per (host, storage system), shared by that host's exports. */
  exportMask: kind({
    scope: 'zone',
    declaredIn: 'engine',
    declaredBy: 'SYSTEM_ADMIN',
    coprhdClass: 'ExportMask',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [
      { path: 'host', kind: 'host' },
      { path: 'system', kind: 'storageSystem' },
    ],
  }),
  /** One entry of a mask's LUN map: one volume at one HLU for one host, made for one export. */
  lunMap: kind({
    scope: 'zone',
    declaredIn: 'engine',
    declaredBy: 'SYSTEM_ADMIN',
    coprhdClass: 'LunMap',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [
      { path: 'export', kind: 'export' },
      { path: 'volume', kind: 'volume' },
      { path: 'mask', kind: 'exportMask' },
    ],
  }),
  /** One initiator of a mask through one port of its storage system, over Fibre Channel: an entry of CoprHD's zoning map. */
  path: kind({
    scope: 'zone',
    declaredIn: 'engine',
    declaredBy: 'SYSTEM_ADMIN',
    coprhdClass: 'FCZoneReference',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [
      { path: 'mask', kind: 'exportMask' },
      { path: 'initiator', kind: 'initiator' },
      { path: 'port', kind: 'port' },
      { path: 'network', kind: 'network' },
    ],
  }),
  /** A zone that paths of a mask go through; it is needed while one of them is there. */
  zone: kind({
    scope: 'zone',
    declaredIn: 'engine',
    declaredBy: 'SYSTEM_ADMIN',
    coprhdClass: 'Zone',
    urnSuffix: 'vdc1',
    holdsData: false,
    references: [
      { path: 'mask', kind: 'exportMask' },
      { path: 'network', kind: 'network' },
    ],
  }),
} as const satisfies Record<string, Entry>;

export type KindName = keyof typeof KINDS;

export const KIND_NAMES = Object.keys(KINDS) as KindName[];

export function kindEntry(name: KindName): KindEntry {
  return KINDS[name] as KindEntry;
}

/** Kinds that plan files have, and that people name. */
export const NAMED_KINDS: readonly KindName[] = KIND_NAMES.filter((kind) => kindEntry(kind).collection !== undefined);

export function isKindName(text: string): text is KindName {
  return Object.hasOwn(KINDS, text);
}

/** Position in the claim order. */
export function kindRank(name: KindName): number {
  return KIND_NAMES.indexOf(name);
}
