/** What administrators make and look after: virtual arrays and pools, networks, discovery and registration of storage systems. */
import { isIP } from 'node:net';
import { z } from 'zod';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient, InputOf } from '../../engine/operations/types.ts';
import { OperationError } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { flag, list, text, urn, whole } from '../wire/leaves.ts';
import { about, carryThrough } from './changing.ts';
import { network, storageSystem, task as taskDocument, virtualArray, virtualPool } from './documents.ts';
import { find, inBody, inPath, listOf, namedRef, PLACES, type Place } from './finding.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

type Show = (found: FoundRecord) => object;

/** Made at once, as CoprHD answers it: the object, no task. */
async function create(asked: Asked<unknown>, place: Place, root: string, show: Show, name: string, body: object) {
  const { engine } = asked;
  const kind = place.kind as 'network' | 'virtualArray' | 'virtualPool';
  const made = { name: `create ${kind}`, resources: [{ kind, name }] };
  const plan = () => engine.call('resource.create', { kind, resources: { [name]: body } });
  const [id] = (await carryThrough(asked, made, plan)) as [string];
  return one(engine, place, root, show, id);
}

async function one(engine: EngineClient, place: Place, root: string, show: Show, id: string): Promise<Answer> {
  const { records } = await find(engine, place.kind, { urns: [id] }, [id]);
  return { root, body: show(records[0]!) };
}

/** CoprHD answers with nothing. */
const deactivating = (place: Place): Route =>
  route({
    method: 'POST',
    path: `${place.path}/:id/deactivate`,
    right: 'administer',
    run: async (asked) => {
      const { record } = (await inPath(asked.engine, place, asked.params.id!)).found;
      const gone = about(`delete ${place.kind}`, record);
      await carryThrough(asked, gone, () => asked.engine.call('resource.remove', { addresses: [record.urn] }));
      return { root: 'result', body: {} };
    },
  });

const varrayCreate = z.strictObject({
  name: text,
  auto_san_zoning: flag.optional(),
  block_settings: z.strictObject({ auto_san_zoning: flag.optional() }).optional(),
  object_settings: z.looseObject({}).optional(),
});

const networkCreate = z.strictObject({
  name: text,
  transport_type: text,
  varrays: list('varrays', urn).optional(),
  endpoints: list('endpoints', text).optional(),
});

/** Endpoints of an IP network are addresses of ports; a network here has subnets, of which an address is the smallest. */
function subnetOf(endpoint: string): string {
  const version = isIP(endpoint);
  if (version === 0)
    throw new Refusal('invalid', `endpoints: ${endpoint} is no IP address; initiators say their network themselves`);
  return `${endpoint}/${version === 4 ? 32 : 128}`;
}

async function createNetwork(asked: Asked<z.output<typeof networkCreate>>, of: readonly string[] = []) {
  const { engine, body } = asked;
  const transport = { ip: 'ip', fc: 'fc', ethernet: 'ip' }[body.transport_type.toLowerCase()];
  if (transport === undefined) throw new Refusal('invalid', `transport_type: ${body.transport_type}; FC or IP`);
  const subnets = (body.endpoints ?? []).map(subnetOf);
  if (transport === 'fc' && subnets.length > 0) throw new Refusal('invalid', 'endpoints: only of IP networks');
  const ids = [...of, ...(body.varrays ?? [])];
  const varrays = await Promise.all(ids.map((id) => inBody(engine, PLACES.varray, 'varrays', id)));
  const made = await create(asked, PLACES.network, 'network', network, body.name, { transport, subnets });
  if (varrays.length > 0) {
    const input = { addresses: varrays.map(({ urn: id }) => id), add: { networks: [body.name] } };
    await carryThrough(asked, about('update virtualArray', ...varrays), () => engine.call('resource.change', input));
  }
  return made;
}

const vpoolCreate = z.strictObject({
  name: text,
  description: text.optional(),
  protocols: list('protocols', text),
  varrays: list('varrays', urn).optional(),
  provisioning_type: text.default('Thin'),
  system_type: text.optional(),
  use_matched_pools: flag.optional(),
  long_term_retention: flag.optional(),
  max_paths: whole.optional(),
  num_paths: whole.optional(),
  min_paths: whole.optional(),
  paths_per_initiator: whole.optional(),
  raid_levels: list('raid_levels', text).optional(),
  drive_type: text.optional(),
  auto_tiering_policy_name: text.optional(),
  thin_volume_preallocation_percentage: whole.optional(),
  multi_volume_consistency: flag.optional(),
  fast_expansion: flag.optional(),
  expandable: flag.optional(),
  host_io_limit_bandwidth: whole.optional(),
  host_io_limit_iops: whole.optional(),
  compression_enabled: flag.optional(),
  dedup_capable: flag.optional(),
  placement_policy: text.optional(),
});
type VpoolCreate = z.output<typeof vpoolCreate>;

/** As a plan file would say it; words that mean "any" are left out. */
function vpoolBody(body: VpoolCreate, varrays: readonly string[]): object {
  const named = (word: string | undefined) =>
    word === undefined || /^none$/i.test(word) ? undefined : word.toLowerCase();
  const { host_io_limit_iops: iops, host_io_limit_bandwidth: megabytes } = body;
  const limits = {
    ...(iops ? { iops } : {}),
    ...(megabytes ? { bandwidth: `${megabytes}MiB` } : {}),
  };
  const raidLevels = (body.raid_levels ?? []).map((level) => level.toLowerCase());
  const system = named(body.system_type);
  const fields = {
    type: 'block',
    protocols: body.protocols.map((protocol) => protocol.toLowerCase()),
    provisioning: body.provisioning_type.toLowerCase(),
    virtualArrays: varrays,
    driveType: named(body.drive_type),
    raidLevels: raidLevels.length > 0 ? raidLevels : undefined,
    systemTypes: system === undefined ? undefined : [system],
    paths: pathsOf(body),
    autoTieringPolicy: body.auto_tiering_policy_name,
    thinPreAllocation: body.thin_volume_preallocation_percentage
      ? `${body.thin_volume_preallocation_percentage}%`
      : undefined,
    multiVolumeConsistency: body.multi_volume_consistency,
    expandable: body.expandable,
    longTermRetention: body.long_term_retention,
    compression: body.compression_enabled,
    deduplication: body.dedup_capable,
    arrayAffinity: /affinity/i.test(body.placement_policy ?? '') ? true : undefined,
    hostIoLimits: Object.keys(limits).length > 0 ? limits : undefined,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

const listChange = <T extends z.ZodType>(key: string, item: T) =>
  z
    .strictObject({
      add: z.strictObject({ [key]: list(key, item) }).optional(),
      remove: z.strictObject({ [key]: list(key, item) }).optional(),
    })
    .optional();

const vpoolUpdate = z.strictObject({
  name: text.optional(),
  num_paths: whole.optional(),
  provisioning_type: text.optional(),
  system_type: text.optional(),
  description: text.optional(),
  varray_changes: listChange('varrays', urn),
  protocol_changes: listChange('protocols', text),
  raid_level_changes: listChange('raid_levels', text),
  use_matched_pools: flag.optional(),
  max_paths: whole.optional(),
  min_paths: whole.optional(),
  paths_per_initiator: whole.optional(),
  drive_type: text.optional(),
  auto_tiering_policy_name: text.optional(),
  multi_volume_consistency: flag.optional(),
  expandable: flag.optional(),
  host_io_limit_bandwidth: whole.optional(),
  host_io_limit_iops: whole.optional(),
});

/** What a virtual pool is changed by; paths and limits of I/O are said whole. */
async function updateVpool(asked: Asked<z.output<typeof vpoolUpdate>>): Promise<Answer> {
  const { engine, body, params } = asked;
  const { record } = (await inPath(engine, PLACES.vpool, params.id!)).found;
  const part = (
    changes: { add?: object | undefined; remove?: object | undefined } | undefined,
    how: 'add' | 'remove',
    key: string,
  ) => ((changes?.[how] ?? {}) as Readonly<Record<string, readonly string[]>>)[key] ?? [];
  const namesOf = (ids: readonly string[]) =>
    Promise.all(ids.map(async (id) => (await inBody(engine, PLACES.varray, 'varrays', id)).name));
  const lists = async (how: 'add' | 'remove') => {
    const found = {
      virtualArrays: await namesOf(part(body.varray_changes, how, 'varrays')),
      protocols: part(body.protocol_changes, how, 'protocols').map((each) => each.toLowerCase()),
      raidLevels: part(body.raid_level_changes, how, 'raid_levels').map((each) => each.toLowerCase()),
    };
    return Object.fromEntries(Object.entries(found).filter(([, entries]) => entries.length > 0));
  };
  const old = record.spec as { readonly paths: { min: number; max: number; perInitiator: number } };
  if ((body.name ?? record.name) !== record.name) throw new Refusal('invalid', 'name: a virtual pool keeps its name');
  const { max_paths: max = body.num_paths, min_paths: min, paths_per_initiator: perInitiator } = body;
  const { host_io_limit_iops: iops, host_io_limit_bandwidth: megabytes } = body;
  const set = {
    ...(max === undefined && min === undefined && perInitiator === undefined
      ? {}
      : { paths: { ...old.paths, ...pick({ max, min, perInitiator }) } }),
    ...(iops === undefined && megabytes === undefined
      ? {}
      : { hostIoLimits: pick({ iops: iops || undefined, bandwidth: megabytes ? `${megabytes}MiB` : undefined }) }),
    ...pick({
      driveType: body.drive_type?.toLowerCase(),
      provisioning: body.provisioning_type?.toLowerCase(),
      systemTypes: body.system_type === undefined ? undefined : [body.system_type.toLowerCase()],
      autoTieringPolicy: body.auto_tiering_policy_name,
      multiVolumeConsistency: body.multi_volume_consistency,
      expandable: body.expandable,
    }),
  };
  const [add, remove] = [await lists('add'), await lists('remove')];
  if ([set, add, remove].every((each) => Object.keys(each).length === 0))
    throw new Refusal('missing', 'no changes are given');
  const input = { addresses: [record.urn], set, add, remove };
  await carryThrough(asked, about('update virtualPool', record), () => engine.call('resource.change', input));
  return one(engine, PLACES.vpool, 'block_vpool', virtualPool, record.urn);
}

const pick = (fields: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** All are 1 where nobody says anything, as in CoprHD. */
function pathsOf({ max_paths: max, num_paths: old, min_paths: min, paths_per_initiator: perInitiator }: VpoolCreate) {
  const most = max ?? old;
  if (most === undefined && (min ?? perInitiator) !== undefined)
    throw new Refusal('missing', 'max_paths is missing: min_paths and paths_per_initiator need it');
  return { min: min ?? 1, max: most ?? 1, perInitiator: perInitiator ?? 1 };
}

const aclChange = z.strictObject({
  add: list('acl_entries', z.looseObject({ tenant: urn, privilege: list('privileges', text) })).optional(),
  remove: list('acl_entries', z.looseObject({ tenant: urn, privilege: list('privileges', text) })).optional(),
});

/** Who may use it is said by each tenant: USE is the only right there is. */
const aclRoute = (place: Place, field: 'use.virtualPools' | 'use.virtualArrays'): Route =>
  route({
    method: 'PUT',
    path: `${place.path}/:id/acl`,
    right: 'administer',
    body: aclChange,
    run: async (asked) => {
      const { engine, body, params } = asked;
      const { record } = (await inPath(engine, place, params.id!)).found;
      const [add = [], remove = []] = [body.add, body.remove];
      const other = [...add, ...remove].find(({ privilege }) => privilege.some((each) => each.toUpperCase() !== 'USE'));
      if (other) throw new Refusal('invalid', `privilege: ${other.privilege.join(', ')}; only USE`);
      for (const [how, entries] of [
        ['add', add],
        ['remove', remove],
      ] as const) {
        if (entries.length === 0) continue;
        const tenants = await Promise.all(entries.map(({ tenant }) => inBody(engine, PLACES.tenant, 'tenant', tenant)));
        const input = { addresses: tenants.map(({ urn: id }) => id), [how]: { [field]: [record.name] } };
        await carryThrough(asked, about('update tenant', ...tenants), () => engine.call('resource.change', input));
      }
      const users = await usersOf(engine, record.urn, field);
      return { root: 'acls', body: { acl: users.map((tenant) => ({ privilege: ['USE'], tenant })) } };
    },
  });

/** Tenants that may use it, by their own word. */
export async function usersOf(engine: EngineClient, id: string, field: string): Promise<string[]> {
  const members = (await find(engine, 'member', { all: true })).records.map(
    ({ record }) => record.spec as { readonly of: string; readonly list: string; readonly member: string },
  );
  return members.filter((each) => each.member === id && each.list === field).map(({ of }) => of);
}

/** Asked for as a task; the answer comes when it is known what became of it. */
async function discovered(asked: Asked<unknown>, systems: readonly FoundRecord['record'][]) {
  const { engine } = asked;
  const resources = systems.map(({ kind, name, urn: id }) => ({ kind, name, urn: id }));
  if (resources.length === 0) return [];
  const settle = async (problem?: InputOf<'task.settle'>['problem']) =>
    (await engine.call('task.settle', { name: 'discover', resources, ...(problem ? { problem } : {}) })).tasks;
  try {
    const names = systems.map(({ name }) => name);
    const { outcome, diagnostics } = await engine.call('discover', { systems: names });
    const worst = diagnostics.find(({ severity }) => severity === 'error');
    if (outcome === 'ok' || !worst) return await settle();
    return await settle({ code: worst.code, details: worst.summary });
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    const [first] = error.diagnostics;
    return settle({ code: first?.code ?? 'COPRHD-DEVICE-001', details: error.message.slice(0, 4_000) });
  }
}

const registration = (word: 'register' | 'deregister'): Route =>
  route({
    method: 'POST',
    path: `/vdc/storage-systems/:id/${word}`,
    right: 'administer',
    run: async (asked) => {
      const { engine, params } = asked;
      const { record } = (await inPath(engine, PLACES.system, params.id!)).found;
      if (word === 'register') await engine.call('device.register', { name: record.name });
      else await engine.call('device.deregister', { name: record.name });
      return one(engine, PLACES.system, 'storage_system', storageSystem, record.urn);
    },
  });

/** What of a virtual array is said elsewhere: by the pools and ports of its storage systems. */
const ofVarray = (name: string, key: string, place: Place, list_: 'networks' | undefined): Route =>
  route({
    method: 'GET',
    path: `/vdc/varrays/:id/${name}`,
    right: 'read',
    run: async ({ engine, params }) => {
      const { found } = await inPath(engine, PLACES.varray, params.id!);
      if (list_ !== undefined) {
        const members = (await find(engine, 'member', { under: found.record.urn })).records.map(
          ({ record }) => record.spec as { readonly list: string; readonly member: string },
        );
        const ids = members.filter((each) => each.list === list_).map(({ member }) => member);
        return listOf(engine, place, key, { urns: ids });
      }
      const { pools } = await engine.call('pool.list', {});
      const mine = pools.filter(({ virtualArrays }) => virtualArrays.includes(found.record.name));
      const refs = mine.map(({ urn: id, name: pool }) => namedRef(place, id, pool));
      return { root: `${key}s`, body: { [key]: refs } };
    },
  });

export const ADMINISTRATION_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/vdc/varrays',
    right: 'administer',
    body: varrayCreate,
    run: (asked) => create(asked, PLACES.varray, 'varray', virtualArray, asked.body.name, {}),
  }),
  deactivating(PLACES.varray),
  ofVarray('networks', 'network', PLACES.network, 'networks'),
  ofVarray('storage-pools', 'storage_pool', PLACES.pool, undefined),
  route({
    method: 'POST',
    path: '/vdc/varrays/:id/networks',
    right: 'administer',
    body: networkCreate,
    run: async (asked) =>
      createNetwork(asked, [(await inPath(asked.engine, PLACES.varray, asked.params.id!)).found.record.urn]),
  }),
  route({
    method: 'POST',
    path: '/vdc/networks',
    right: 'administer',
    body: networkCreate,
    run: (asked) => createNetwork(asked),
  }),
  deactivating(PLACES.network),
  route({
    method: 'POST',
    path: '/block/vpools',
    right: 'administer',
    body: vpoolCreate,
    run: async (asked) => {
      const { engine, body } = asked;
      const ids = body.varrays ?? [];
      const varrays = await Promise.all(ids.map((id) => inBody(engine, PLACES.varray, 'varrays', id)));
      const fields = vpoolBody(
        body,
        varrays.map(({ name }) => name),
      );
      return create(asked, PLACES.vpool, 'block_vpool', virtualPool, body.name, fields);
    },
  }),
  route({ method: 'PUT', path: '/block/vpools/:id', right: 'administer', body: vpoolUpdate, run: updateVpool }),
  deactivating(PLACES.vpool),
  route({
    method: 'GET',
    path: '/block/vpools/:id/storage-pools',
    right: 'read',
    run: async ({ engine, params }) => {
      const { record } = (await inPath(engine, PLACES.vpool, params.id!)).found;
      const { pools } = await engine.call('pool.list', {});
      const mine = pools.filter(({ virtualPools }) => virtualPools.includes(record.name));
      const refs = mine.map(({ urn: id, name }) => namedRef(PLACES.pool, id, name));
      return { root: 'storage_pools', body: { storage_pool: refs } };
    },
  }),
  aclRoute(PLACES.vpool, 'use.virtualPools'),
  aclRoute(PLACES.varray, 'use.virtualArrays'),
  route({
    method: 'POST',
    path: '/vdc/storage-systems/discover',
    right: 'administer',
    run: async (asked) => {
      const systems = (await find(asked.engine, 'storageSystem', { all: true })).records.map(({ record }) => record);
      const tasks = await discovered(asked, systems.slice(0, LIMITS.byNameMax));
      return { root: 'tasks', status: 202, body: { task: tasks.map(taskDocument) } };
    },
  }),
  route({
    method: 'POST',
    path: '/vdc/storage-systems/:id/discover',
    right: 'administer',
    run: async (asked) => {
      const { record } = (await inPath(asked.engine, PLACES.system, asked.params.id!)).found;
      const [task] = await discovered(asked, [record]);
      return { root: 'task', status: 202, body: taskDocument(task!) };
    },
  }),
  registration('register'),
  registration('deregister'),
  deactivating(PLACES.system),
];
