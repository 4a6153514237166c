/** What administrators make and look after: virtual arrays and pools, networks, discovery and registration of storage systems. */
import { isIP } from 'node:net';
import { z } from 'zod';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { InputOf } from '../../engine/operations/types.ts';
import { OperationError } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { flag, list, text, urn } from '../wire/leaves.ts';
import { about, carryThrough } from './changing.ts';
import { network, storageSystem, task as taskDocument, virtualArray } from './documents.ts';
import {
  find,
  inBody,
  inPath,
  listersOf,
  listOf,
  membersOf,
  PLACES,
  type Place,
  poolRefs,
  poolsOf,
} from './finding.ts';
import { create, deactivating, one } from './making.ts';
import { type Asked, type Route, route } from './route.ts';
import { VIRTUAL_POOL_ROUTES } from './virtual-pools.ts';

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
  const made = await create(asked, PLACES.network, 'network', network, {
    name: body.name,
    fields: { transport, subnets },
  });
  if (varrays.length > 0) {
    const input = { addresses: varrays.map(({ urn: id }) => id), add: { networks: [body.name] } };
    await carryThrough(asked, about('update virtualArray', ...varrays), () => engine.call('resource.change', input));
  }
  return made;
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
      const users = await listersOf(engine, record.urn, field);
      return { root: 'acls', body: { acl: users.map((tenant) => ({ privilege: ['USE'], tenant })) } };
    },
  });

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

const VARRAY_LISTS: readonly Route[] = [
  route({
    method: 'GET',
    path: '/vdc/varrays/:id/networks',
    right: 'read',
    run: async ({ engine, params }) => {
      const { found } = await inPath(engine, PLACES.varray, params.id!);
      return listOf(engine, PLACES.network, 'network', { urns: await membersOf(engine, found.record.urn, 'networks') });
    },
  }),
  route({
    method: 'GET',
    path: '/vdc/varrays/:id/storage-pools',
    right: 'monitor',
    run: async ({ engine, params }) => {
      const { found } = await inPath(engine, PLACES.varray, params.id!);
      return poolRefs(await poolsOf(engine, { varray: found.record.name }));
    },
  }),
];

export const ADMINISTRATION_ROUTES: readonly Route[] = [
  ...VIRTUAL_POOL_ROUTES,
  route({
    method: 'POST',
    path: '/vdc/varrays',
    right: 'administer',
    body: varrayCreate,
    run: (asked) => create(asked, PLACES.varray, 'varray', virtualArray, { name: asked.body.name, fields: {} }),
  }),
  deactivating(PLACES.varray),
  ...VARRAY_LISTS,
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
