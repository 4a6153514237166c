/** Two tenants of one random world: whatever is of one has a name that is nowhere else, and nothing of it is in words of the other. */
import { createHash } from 'node:crypto';
import type { Gate, Principal } from '../../src/daemon/gate.ts';
import type { ResourceRecord } from '../../src/engine/model/record.ts';
import type { Urn } from '../../src/engine/model/urn.ts';
import { createSeededRandom } from '../../src/lib/random.ts';
import { plainGate } from './support.ts';

export interface TenantWorld {
  readonly tenant: string;
  readonly projects: readonly string[];
  readonly hosts: readonly { readonly name: string; readonly iqn: string }[];
  readonly clusters: readonly { readonly name: string; readonly hosts: readonly string[] }[];
  readonly stacks: readonly Stack[];
}

interface Stack {
  readonly name: string;
  readonly project: string;
  readonly groups: readonly string[];
  readonly volumes: readonly { readonly name: string; readonly group?: string; readonly tag: string }[];
  readonly snapshots: readonly { readonly name: string; readonly of: string }[];
  /** Full copies, of volumes. */
  readonly clones: readonly { readonly name: string; readonly of: string }[];
  readonly exports: readonly { readonly name: string; readonly seer: object; readonly volumes: readonly string[] }[];
}

/** The same seed makes the same world. */
export function randomTenant(seed: number, tenant: string): TenantWorld {
  const random = createSeededRandom(seed);
  const upTo = (max: number) => 1 + Math.floor(random.fraction() * max);
  let count = 0;
  const name = (kind: string) => {
    const mark = createHash('sha256').update(`${seed} ${tenant} ${++count}`).digest('hex').slice(0, 8);
    return `${kind}-${tenant}-${mark}`;
  };
  const times = <T>(number: number, make: () => T): T[] => Array.from({ length: number }, make);
  const projects = times(1 + upTo(2), () => name('pr'));
  const hosts = times(1 + upTo(2), () => {
    const host = name('ho');
    return { name: host, iqn: `iqn.2026-01.com.example:${host}` };
  });
  const clusters = times(upTo(2), () => ({ name: name('cl'), hosts: [hosts[upTo(hosts.length) - 1]!.name] }));
  const stacks = projects.map((project): Stack => {
    const groups = times(upTo(2), () => name('cg'));
    const volumes = times(1 + upTo(3), () => ({
      name: name('vo'),
      tag: name('ta'),
      ...(upTo(2) === 1 ? { group: groups[0]! } : {}),
    }));
    const grouped = volumes.find(({ group }) => group !== undefined) ?? volumes[0]!;
    const seer = upTo(2) === 1 ? { host: hosts[0]!.name } : { cluster: clusters[0]!.name };
    return {
      name: name('st'),
      project,
      groups,
      volumes,
      snapshots: [grouped, volumes[0]!].map((volume) => ({ name: name('sn'), of: volume.name })),
      clones: [{ name: name('fc'), of: grouped.name }],
      exports: [{ name: name('ex'), seer, volumes: [volumes[0]!.name] }],
    };
  });
  return { tenant, projects, hosts, clusters, stacks };
}

const SHAPE = { size: '64MiB', virtualPool: 'gold', virtualArray: 'dc1', protect: false };

/** Texts of plan files. In the first project of each `NAME-all` has ALL and `NAME-backup` has BACKUP. */
export function planOf({ tenant, projects, hosts, clusters, stacks }: TenantWorld): string[] {
  const json = (value: object) => JSON.stringify(value);
  const acl = [
    { user: `${tenant}-all`, privilege: 'ALL' },
    { group: `${tenant}-keepers`, privilege: 'BACKUP' },
  ];
  const infrastructure = {
    kind: 'infrastructure',
    tenants: { [tenant]: { use: { virtualArrays: ['dc1'], virtualPools: ['gold'] } } },
    projects: Object.fromEntries(
      projects.map((project, index) => [project, { tenant, ...(index === 0 ? { acl } : {}) }]),
    ),
    hosts: Object.fromEntries(
      hosts.map(({ name, iqn }) => [name, { type: 'linux', tenant, initiators: [{ iqn, network: 'san' }] }]),
    ),
    clusters: Object.fromEntries(clusters.map(({ name, hosts: members }) => [name, { tenant, hosts: members }])),
  };
  const stack = ({ name, project, groups, volumes, snapshots, clones, exports }: Stack) => ({
    kind: 'stack',
    stack: name,
    project,
    consistencyGroups: Object.fromEntries(groups.map((group) => [group, {}])),
    volumes: Object.fromEntries([
      ...volumes.map(({ name: volume, tag, group }) => [
        volume,
        { ...SHAPE, tags: [tag], ...(group === undefined ? {} : { consistencyGroup: group }) },
      ]),
      ...clones.map(({ name: clone, of }) => [clone, { ...SHAPE, copyOf: of }]),
    ]),
    snapshots: Object.fromEntries(
      snapshots.map(({ name: snapshot, of }) => [snapshot, { volume: of, protect: false, onRemove: 'delete' }]),
    ),
    exports: Object.fromEntries(exports.map(({ name: of, seer, volumes: shown }) => [of, { ...seer, volumes: shown }])),
  });
  return [json(infrastructure), ...stacks.map((each) => json(stack(each)))];
}

/** All names of a world, by which anything of it is known. */
export const namesOf = ({ tenant, projects, hosts, clusters, stacks }: TenantWorld): string[] => [
  tenant,
  ...projects,
  ...hosts.map(({ name }) => name),
  ...clusters.map(({ name }) => name),
  ...stacks.flatMap(({ name, groups, volumes, snapshots, clones, exports }) => [
    ...[name, ...groups, ...[...snapshots, ...clones].map(({ name: of }) => of)],
    ...volumes.flatMap(({ name: volume, tag }) => [volume, tag]),
    ...exports.map(({ name: of }) => of),
  ]),
];

/** Ids of everything that is of a world, also what has no name of its own. */
export function idsIn(records: readonly ResourceRecord[], names: readonly string[]): Urn[] {
  const found = new Set(records.filter(({ name }) => names.includes(name)).map(({ urn }) => urn));
  for (let before = 0; found.size > before; ) {
    before = found.size;
    for (const { urn, spec, scope } of records) {
      const { of, host, project, export: shown } = spec as { readonly [field: string]: unknown };
      if ([of, host, project, shown, scope.project].some((each) => found.has(each as Urn))) found.add(urn);
    }
  }
  return [...found];
}

/** Of each tenant `NAME-admin`, `NAME-all`, `NAME-backup`, `NAME-maker` and `NAME-user` come in, and those of plainGate. */
export function gateOf(tenants: ReadonlyMap<string, Urn>): Gate {
  const check = (token: string): Principal | undefined => {
    const [, name, who] = /^(\w+)-(admin|all|backup|maker|user|monitor|both)$/.exec(token) ?? [];
    const tenant = name === undefined ? undefined : tenants.get(name);
    if (tenant === undefined) return undefined;
    const isAdmin = who === 'admin' || who === 'both';
    const roles = isAdmin ? ['TENANT_ADMIN' as const] : who === 'maker' ? ['PROJECT_ADMIN' as const] : [];
    const ofAll = who === 'monitor' || who === 'both' ? ['SYSTEM_MONITOR' as const] : [];
    const groups = who === 'backup' ? [`${name}-keepers`] : [];
    return { user: token, roles: ofAll, tenantRoles: roles, tenant, groups };
  };
  return { ...plainGate, check: async (token) => check(token) ?? plainGate.check(token) };
}
