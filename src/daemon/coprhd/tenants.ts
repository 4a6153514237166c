/** Who is asking, tenants and projects. */
import { z } from 'zod';
import type { UserMapping } from '../../engine/model/tenancy-specs.ts';
import { homeOf } from '../../engine/operations/login-types.ts';
import { Refusal } from '../refusal.ts';
import { flag, list, text } from '../wire/leaves.ts';
import { bulkRoutes } from './bulk.ts';
import { about, carryThrough } from './changing.ts';
import { project, tenant } from './documents.ts';
import { find, inPath, linkTo, listOf, namedRef, PLACES, searched } from './finding.ts';
import { create, deactivating, one } from './making.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

/** The root tenant is the home of local users. */
async function homeTenant({ engine, principal }: Pick<Asked<unknown>, 'engine' | 'principal'>) {
  const { records } = await find(engine, 'tenant', { urns: [homeOf(principal)] });
  const [home] = records;
  if (!home) throw new Refusal('forbidden', `the tenant of ${principal.user} is gone`);
  return home.record;
}

const mapping = z.strictObject({
  domain: text,
  groups: list('groups', text).optional(),
  attributes: list('attributes', z.strictObject({ key: text, value: list('value', text) })).optional(),
});
type Mapping = z.output<typeof mapping>;

const tenantFields = {
  description: text.optional(),
  namespace: text.optional(),
  detachNamespace: flag.optional(),
};
const tenantCreate = z.strictObject({ name: text, ...tenantFields, user_mappings: list('user_mappings', mapping) });
const tenantUpdate = z.strictObject({
  name: text.optional(),
  ...tenantFields,
  user_mapping_changes: z
    .strictObject({ add: list('user_mappings', mapping).optional(), remove: list('user_mappings', mapping).optional() })
    .optional(),
});

/** Equal ones have the same. */
const keyOf = ({ domain, groups = [], attributes = {} }: UserMapping): string =>
  JSON.stringify([domain, groups, Object.entries(attributes).sort()]);

/** As a plan file has it, in one order. */
function mappingOf({ domain, groups = [], attributes = [] }: Mapping): UserMapping {
  const byKey = attributes.map(({ key, value }) => [key, [...value].sort()] as const);
  return {
    domain,
    ...(groups.length > 0 ? { groups: [...groups].sort() } : {}),
    ...(byKey.length > 0 ? { attributes: Object.fromEntries(byKey.sort(([a], [b]) => (a < b ? -1 : 1))) } : {}),
  };
}

/** Objects are not stored here: what is only about them is refused. */
function noObjects({
  namespace,
  detachNamespace,
}: {
  namespace?: string | undefined;
  detachNamespace?: boolean | undefined;
}) {
  if (namespace !== undefined || detachNamespace) throw new Refusal('invalid', 'namespace: there are no object stores');
}

async function createTenant(asked: Asked<z.output<typeof tenantCreate>>): Promise<Answer> {
  const { engine, params, body } = asked;
  const { record } = (await inPath(engine, PLACES.tenant, params.id!)).found;
  if ((record.spec as { parent?: string }).parent !== undefined)
    throw new Refusal('invalid', 'tenants are made under the root tenant only');
  noObjects(body);
  const userMappings = body.user_mappings.map(mappingOf);
  return create(asked, PLACES.tenant, 'tenant', tenant, { name: body.name, fields: { userMappings } });
}

async function updateTenant(asked: Asked<z.output<typeof tenantUpdate>>): Promise<Answer> {
  const { engine, params, body } = asked;
  const { record } = (await inPath(engine, PLACES.tenant, params.id!)).found;
  if ((body.name ?? record.name) !== record.name) throw new Refusal('invalid', 'name: a tenant keeps its name');
  noObjects(body);
  const { add = [], remove = [] } = body.user_mapping_changes ?? {};
  if (add.length + remove.length === 0) throw new Refusal('missing', 'user_mapping_changes is missing');
  const before = (record.spec as { readonly userMappings?: readonly UserMapping[] }).userMappings ?? [];
  const gone = new Set(remove.map((each) => keyOf(mappingOf(each))));
  const mappings = new Map([...before, ...add.map(mappingOf)].map((each) => [keyOf(each), each]));
  const userMappings = [...mappings].filter(([key]) => !gone.has(key)).map(([, each]) => each);
  const input = { addresses: [record.urn], set: { userMappings } };
  await carryThrough(asked, about('update tenant', record), () => engine.call('resource.change', input));
  return one(engine, PLACES.tenant, 'tenant', tenant, record.urn);
}

const projectUpdate = z.strictObject({ name: text.optional(), owner: text.optional() });

async function updateProject(asked: Asked<z.output<typeof projectUpdate>>): Promise<Answer> {
  const { engine, params, body } = asked;
  const { record } = (await inPath(engine, PLACES.project, params.id!)).found;
  if ((body.name ?? record.name) !== record.name) throw new Refusal('invalid', 'name: a project keeps its name');
  if (body.owner === undefined) throw new Refusal('missing', 'owner is missing: nothing else of a project is changed');
  const input = { addresses: [record.urn], set: { owner: body.owner } };
  await carryThrough(asked, about('update project', record), () => engine.call('resource.change', input));
  return { root: 'project', body: {} };
}

export const TENANT_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/tenants/:id/subtenants',
    right: 'administer',
    body: tenantCreate,
    run: createTenant,
  }),
  route({ method: 'PUT', path: '/tenants/:id', right: 'administer', body: tenantUpdate, run: updateTenant }),
  deactivating(PLACES.tenant),
  route({ method: 'PUT', path: '/projects/:id', right: 'provision', body: projectUpdate, run: updateProject }),
  route({
    method: 'GET',
    path: '/user/whoami',
    right: 'read',
    run: async (asked) => {
      const { user, roles, tenantRoles } = asked.principal;
      const { urn, name } = await homeTenant(asked);
      const body = {
        common_name: user,
        distinguished_name: user,
        tenant: urn,
        tenant_name: name,
        vdc_roles: roles,
        home_tenant_roles: tenantRoles,
        subtenant_roles: [],
      };
      return { root: 'user_info', body };
    },
  }),
  route({
    method: 'GET',
    path: '/tenant',
    right: 'read',
    run: async (asked) => {
      const { urn, name } = await homeTenant(asked);
      return { root: 'tenant_info', body: namedRef(PLACES.tenant, urn, name) };
    },
  }),
  route({ method: 'GET', path: '/tenants/search', right: 'read', run: (asked) => searched(asked, PLACES.tenant) }),
  ...bulkRoutes(PLACES.tenant, { root: 'bulk_tenants', key: 'tenant', show: () => tenant }),
  route({
    method: 'GET',
    path: '/tenants/:id',
    right: 'read',
    run: async ({ engine, params }) => ({
      root: 'tenant',
      body: tenant((await inPath(engine, PLACES.tenant, params.id!)).found),
    }),
  }),
  route({
    method: 'GET',
    path: '/tenants/:id/subtenants',
    right: 'read',
    run: async (asked) => {
      const { found } = await inPath(asked.engine, PLACES.tenant, asked.params.id!);
      const { urn } = await homeTenant(asked);
      // Subtenants hang off the root tenant only.
      const { records } =
        found.record.urn === urn ? await find(asked.engine, 'tenant', { all: true }) : { records: [] };
      const others = records.filter(({ record }) => record.urn !== urn);
      const subtenant = others.map(({ record }) => namedRef(PLACES.tenant, record.urn, record.name));
      return { root: 'tenant_orgs', body: { subtenant } };
    },
  }),
  route({
    method: 'GET',
    path: '/tenants/:id/projects',
    right: 'read',
    run: async ({ engine, params }) => {
      const { found } = await inPath(engine, PLACES.tenant, params.id!);
      return listOf(engine, PLACES.project, 'project', { under: found.record.urn });
    },
  }),
  route({
    method: 'POST',
    path: '/tenants/:id/projects',
    right: 'provision',
    body: z.strictObject({ name: text }),
    run: async (asked) => {
      const { engine, params, body } = asked;
      const { record } = (await inPath(engine, PLACES.tenant, params.id!)).found;
      const resources = { [body.name]: { tenant: record.name } };
      const made = { name: 'create project', resources: [{ kind: 'project' as const, name: body.name }] };
      const plan = () => engine.call('resource.create', { kind: 'project', resources });
      const [id] = (await carryThrough(asked, made, plan)) as [string];
      return { root: 'project', body: { id, name: body.name, link: linkTo(PLACES.project, id) } };
    },
  }),
  ...bulkRoutes(PLACES.project, { root: 'bulk_projects', key: 'project', show: () => project }),
  route({ method: 'GET', path: '/projects/search', right: 'read', run: (asked) => searched(asked, PLACES.project) }),
  route({
    method: 'GET',
    path: '/projects/:id',
    right: 'read',
    run: async ({ engine, params }) => ({
      root: 'project',
      body: project((await inPath(engine, PLACES.project, params.id!)).found),
    }),
  }),
  deactivating(PLACES.project, 'provision'),
];
