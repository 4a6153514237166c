/** Records by the ids in paths and bodies, and lists and searches of them, as CoprHD answers. */
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient, InputOf } from '../../engine/operations/types.ts';
import { Refusal } from '../refusal.ts';
import type { Answer, Asked } from './route.ts';

export type Kind = InputOf<'record.find'>['kind'];
type By = InputOf<'record.find'>['by'];
export type Names = Readonly<Record<string, string>>;

export interface Found {
  readonly found: FoundRecord;
  readonly names: Names;
}

const URN = /^urn:storageos:([A-Za-z]+):[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:[A-Za-z0-9]*$/;

/** CoprHD's classes and where their resources are. */
export const PLACES = {
  tenant: { kind: 'tenant', className: 'TenantOrg', path: '/tenants' },
  project: { kind: 'project', className: 'Project', path: '/projects' },
  varray: { kind: 'virtualArray', className: 'VirtualArray', path: '/vdc/varrays' },
  vpool: { kind: 'virtualPool', className: 'VirtualPool', path: '/block/vpools' },
  networkSystem: { kind: 'networkSystem', className: 'NetworkSystem', path: '/vdc/network-systems' },
  network: { kind: 'network', className: 'Network', path: '/vdc/networks' },
  system: { kind: 'storageSystem', className: 'StorageSystem', path: '/vdc/storage-systems' },
  fcPort: { kind: 'endpoint', className: 'Endpoint', path: '/vdc/fc-port-connections' },
  pool: { kind: 'pool', className: 'StoragePool', path: '/vdc/storage-pools' },
  port: { kind: 'port', className: 'StoragePort', path: '/vdc/storage-ports' },
  host: { kind: 'host', className: 'Host', path: '/compute/hosts' },
  initiator: { kind: 'initiator', className: 'Initiator', path: '/compute/initiators' },
  ipInterface: { kind: 'ipInterface', className: 'IpInterface', path: '/compute/ip-interfaces' },
  cluster: { kind: 'cluster', className: 'Cluster', path: '/compute/clusters' },
  group: { kind: 'consistencyGroup', className: 'BlockConsistencyGroup', path: '/block/consistency-groups' },
  snapshot: { kind: 'snapshot', className: 'BlockSnapshot', path: '/block/snapshots' },
  /** Volumes too. Before these, which is where a volume is. */
  fullCopy: { kind: 'volume', className: 'Volume', path: '/block/full-copies' },
  volume: { kind: 'volume', className: 'Volume', path: '/block/volumes' },
  export: { kind: 'export', className: 'ExportGroup', path: '/block/exports' },
} as const satisfies Record<string, { kind: Kind; className: string; path: string }>;

export type Place = (typeof PLACES)[keyof typeof PLACES];

/** Where resources of a kind are. */
export interface Collection {
  readonly path: string;
}

export const linkTo = (place: Collection, id: string) => ({ rel: 'self', href: `${place.path}/${id}` });
/** Reference to something else: `ref` and `nref` of CoprHD's types. */
export const ref = (place: Collection, id: string) => ({ id, link: linkTo(place, id) });
export const namedRef = (place: Collection, id: string, name: string) => ({
  id,
  name,
  link: linkTo(place, id),
});

export async function find(engine: EngineClient, kind: Kind, by: By) {
  return engine.call('record.find', { kind, by });
}

interface Member {
  readonly of: string;
  readonly list: string;
  readonly member: string;
  readonly hlu?: number;
}

async function members(engine: EngineClient, by: By): Promise<Member[]> {
  return (await find(engine, 'member', by)).records.map(({ record }) => record.spec as Member);
}

/** Entries of its own lists, and those by which it is in lists of export groups. */
export const entriesOf = (engine: EngineClient, id: string): Promise<Member[]> => members(engine, { under: id });

/** Who is in a list of references of a resource. */
export async function membersOf(engine: EngineClient, id: string, list: string): Promise<string[]> {
  const entries = await entriesOf(engine, id);
  return entries.filter((each) => each.of === id && each.list === list).map(({ member }) => member);
}

/** Whose list of references has it. */
export async function listersOf(engine: EngineClient, id: string, list: string): Promise<string[]> {
  return (await members(engine, { all: true }))
    .filter((each) => each.member === id && each.list === list)
    .map(({ of }) => of);
}

/** Pools that a virtual pool, a virtual array, or both together have, with what was last seen of them. */
export async function poolsOf(engine: EngineClient, of: { readonly vpool?: string; readonly varray?: string }) {
  const has = (names: readonly string[], name: string | undefined) => name === undefined || names.includes(name);
  const { pools } = await engine.call('pool.list', {});
  return pools.filter(
    ({ virtualPools, virtualArrays }) => has(virtualPools, of.vpool) && has(virtualArrays, of.varray),
  );
}

export const poolRefs = (pools: readonly { readonly urn: string; readonly name: string }[]): Answer => ({
  root: 'storage_pools',
  body: { storage_pool: pools.map(({ urn, name }) => namedRef(PLACES.pool, urn, name)) },
});

/** Throws Refusal unless it is the id of one of this class. `where`: said before what is wrong. */
export function requireClass(id: string, className: string, where = ''): void {
  const given = URN.exec(id)?.[1];
  if (given === undefined) throw new Refusal('invalid', `${where}${id} is not a valid id`);
  if (given !== className) throw new Refusal('invalid', `${where}${id} is the id of a ${given}, not of a ${className}`);
}

interface Missing {
  readonly absent: 'notFound' | 'notInBody';
  readonly gone: 'inactive' | 'inactiveInBody';
}

/** `where`: said before what is wrong. */
async function lookUp(engine: EngineClient, place: Place, id: string, missing: Missing, where = ''): Promise<Found> {
  const { kind, className } = place;
  requireClass(id, className, where);
  const { records, names } = await find(engine, kind, { urns: [id] });
  const [found] = records;
  if (!found) throw new Refusal(missing.absent, `${where}there is no ${className} ${id}`);
  if (isGone(found)) throw new Refusal(missing.gone, `${where}${className} ${id} is gone`);
  return { found, names };
}

/** Of the path: one that isn't there is 404, one that is gone too. */
export const inPath = (engine: EngineClient, place: Place, id: string): Promise<Found> =>
  lookUp(engine, place, id, { absent: 'notFound', gone: 'inactive' });

/** Of the body: 400 in the same cases. */
export async function inBody(
  engine: EngineClient,
  place: Place,
  field: string,
  id: string,
): Promise<FoundRecord['record']> {
  const missing = { absent: 'notInBody', gone: 'inactiveInBody' } as const;
  return (await lookUp(engine, place, id, missing, `${field}: `)).found.record;
}

export const isGone = ({ record }: FoundRecord): boolean => record.status.phase === 'deleted';

/** `{ [key]: [{ id, name, link }] }`. */
export async function listOf(engine: EngineClient, place: Place, key: string, by: By): Promise<Answer> {
  const { records } = await find(engine, place.kind, by);
  return { root: `${key}s`, body: { [key]: records.map(({ record }) => namedRef(place, record.urn, record.name)) } };
}

/** A collection that has not all of its kind. */
interface Part {
  readonly only?: ((found: FoundRecord) => boolean) | undefined;
}

const PREFIX_MIN = 2;

/** GET .../search: by name or tag, or all of a project. Parameters that are not known are ignored. */
export async function searched({ engine, query }: Asked<unknown>, place: Place, { only }: Part = {}): Promise<Answer> {
  const { name, tag, project, tenant } = query;
  const prefix = name ?? tag;
  if (prefix === undefined && project === undefined && tenant === undefined) {
    throw new Refusal('badRequest', 'search by name, tag or project');
  }
  if (prefix !== undefined && prefix.length < PREFIX_MIN) {
    throw new Refusal('invalid', `${name === undefined ? 'tag' : 'name'}: at least ${PREFIX_MIN} characters`);
  }
  const by = name !== undefined ? { name } : tag !== undefined ? { tag } : { under: (project ?? tenant)! };
  const { records } = await find(engine, place.kind, by);
  const within = records.filter(
    (found) =>
      (only?.(found) ?? true) &&
      (name === undefined || project === undefined || found.record.scope.project === project),
  );
  return results(place, within);
}

export function results(place: Place, records: readonly FoundRecord[]): Answer {
  const resource = records.map(({ record, match }) => ({
    ...ref(place, record.urn),
    ...(match === undefined ? { match: record.name } : { match }),
  }));
  return { root: 'results', body: { resource } };
}

export async function bulkIds(engine: EngineClient, place: Place, { only }: Part = {}): Promise<Answer> {
  const { records } = await find(engine, place.kind, { all: true });
  const part = only ? records.filter(only) : records;
  return { root: 'ids', body: { id: part.map(({ record }) => record.urn) } };
}
