/**
 * What somebody who belongs to a tenant sees and changes: CoprHD's tenant roles and the ACLs of projects. Who administers the
 * whole installation has no bounds; who monitors it has some in what he changes. Pure.
 */
import type { ResourceRecord } from '../model/record.ts';
import type { ProjectPrivilege } from '../model/tenancy-specs.ts';
import { ROOT_TENANT_URN, type Urn } from '../model/urn.ts';
import type { TenantRole } from './local-users.ts';

export interface Bounds {
  readonly user: string;
  /** Of the directory that the user comes from. */
  readonly groups: readonly string[];
  readonly tenant: Urn;
  /** In that tenant. */
  readonly roles: readonly TenantRole[];
  /** He monitors the installation: sees whatever there is, and changes no more for it. */
  readonly monitors?: true;
}

export interface BoundsReader {
  get(urn: Urn): ResourceRecord | undefined;
  /** What the tenant may use. */
  uses(tenant: Urn, list: 'use.virtualArrays' | 'use.virtualPools', urn: Urn): boolean;
}

/** What a record is part of, the nearest first; a tenant comes last. */
const OWNERS = ['tenant', 'project', 'export', 'host', 'volume', 'of'] as const;

function ownerOf({ spec, scope }: ResourceRecord): Urn | undefined {
  const owned = spec as { readonly [K in (typeof OWNERS)[number]]?: Urn };
  return scope.project ?? OWNERS.map((field) => owned[field]).find((urn) => urn !== undefined);
}

/** The record itself, and what it is part of: a LUN map, its export, its project, its tenant. */
function lineOf(record: ResourceRecord, { get }: Pick<BoundsReader, 'get'>): ResourceRecord[] {
  const line: ResourceRecord[] = [];
  for (let next: ResourceRecord | undefined = record; next && !line.includes(next); ) {
    line.push(next);
    const owner: Urn | undefined = next.kind === 'tenant' ? undefined : ownerOf(next);
    next = owner && get(owner);
  }
  return line;
}

export const isAdmin = ({ roles }: Pick<Bounds, 'roles'>): boolean => roles.includes('TENANT_ADMIN');

const folded = (name: string): string => name.toLowerCase();

/** OWN goes before ALL, and that before BACKUP. Who made a project owns it. */
function privilegeOf(bounds: Bounds, { spec, owner }: ResourceRecord<'project'>): ProjectPrivilege | undefined {
  const user = folded(bounds.user);
  const maker = spec.owner ?? (owner.type === 'api' ? owner.user : undefined);
  if (maker !== undefined && folded(maker) === user) return 'OWN';
  const groups = new Set(bounds.groups.map(folded));
  const own = (spec.acl ?? []).filter((entry) =>
    'user' in entry ? folded(entry.user) === user : groups.has(folded(entry.group)),
  );
  return (['OWN', 'ALL', 'BACKUP'] as const).find((privilege) => own.some((entry) => entry.privilege === privilege));
}

const projectIn = (line: readonly ResourceRecord[]): ResourceRecord<'project'> | undefined =>
  line.find((each): each is ResourceRecord<'project'> => each.kind === 'project');

/** What is of the whole installation, and of no tenant. All else that leads to no tenant is shown to nobody. */
const INFRASTRUCTURE: ReadonlySet<string> = new Set([
  'storageSystem',
  'pool',
  'port',
  'network',
  'endpoint',
  'virtualArray',
  'virtualPool',
]);

/** Of infrastructure only virtual arrays and pools have bounds: who asks for the rest says what for. */
export function maySee(bounds: Bounds, record: ResourceRecord, reader: BoundsReader): boolean {
  if (bounds.monitors) return true;
  const line = lineOf(record, reader);
  const root = line.at(-1)!;
  if (INFRASTRUCTURE.has(root.kind)) return mayUse(bounds, root, reader);
  if (root.urn !== bounds.tenant) return false;
  const project = projectIn(line);
  return isAdmin(bounds) || project === undefined || privilegeOf(bounds, project) !== undefined;
}

/** Infrastructure is of no tenant. */
export const isOfTenant = ({ tenant }: Bounds, record: ResourceRecord, reader: BoundsReader): boolean =>
  lineOf(record, reader).at(-1)?.urn === tenant;

function mayUse({ tenant }: Bounds, { kind, urn }: ResourceRecord, { uses }: BoundsReader): boolean {
  const list = kind === 'virtualArray' ? 'use.virtualArrays' : kind === 'virtualPool' ? 'use.virtualPools' : undefined;
  return list === undefined || tenant === ROOT_TENANT_URN || uses(tenant, list, urn);
}

export function mayChange(bounds: Bounds, record: ResourceRecord, reader: BoundsReader): boolean {
  return (
    record.kind !== 'tenant' && hasIn(bounds, record, reader, record.kind === 'project' ? ['OWN'] : ['OWN', 'ALL'])
  );
}

/** Snapshots are also for those who back up. */
export const mayBackUp = (bounds: Bounds, record: ResourceRecord, reader: BoundsReader): boolean =>
  hasIn(bounds, record, reader, ['OWN', 'ALL', 'BACKUP']);

/** Whether something may be made in it. */
export const mayFill = (bounds: Bounds, project: ResourceRecord<'project'>, reader: BoundsReader): boolean =>
  hasIn(bounds, project, reader, ['OWN', 'ALL']);

/** The tenant's administrator, and who has one of these in the project. */
function hasIn(
  bounds: Bounds,
  record: ResourceRecord,
  reader: BoundsReader,
  one: readonly ProjectPrivilege[],
): boolean {
  const line = lineOf(record, reader);
  if (!isOfTenant(bounds, record, reader)) return false;
  const project = projectIn(line);
  const privilege = project && privilegeOf(bounds, project);
  return isAdmin(bounds) || (privilege !== undefined && one.includes(privilege));
}

/** Hosts and clusters are the tenant administrator's; projects also whose job they are. */
export const mayMake = (bounds: Bounds, kind: 'host' | 'cluster' | 'project'): boolean =>
  isAdmin(bounds) || (kind === 'project' && bounds.roles.includes('PROJECT_ADMIN'));
