/** Who is asking, tenants and projects. */
import { z } from 'zod';
import { text } from '../wire/leaves.ts';
import { about, carryThrough } from './changing.ts';
import { project, tenant } from './documents.ts';
import { bulkIds, find, inPath, linkTo, listOf, namedRef, PLACES, searched } from './finding.ts';
import { type Asked, type Route, route } from './route.ts';

/** The root tenant is the home of local users. */
async function homeTenant({ engine }: Pick<Asked<unknown>, 'engine'>) {
  const { records } = await find(engine, 'tenant', { all: true });
  const root = records.find(
    ({ record }) => (record.spec as { parent?: string }).parent === undefined && record.name === 'root',
  );
  return root!.record;
}

export const TENANT_ROUTES: readonly Route[] = [
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
  route({ method: 'GET', path: '/tenants/bulk', right: 'read', run: ({ engine }) => bulkIds(engine, PLACES.tenant) }),
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
      await find(engine, 'project', { urns: [] }, [id]);
      return { root: 'project', body: { id, name: body.name, link: linkTo(PLACES.project, id) } };
    },
  }),
  route({ method: 'GET', path: '/projects/bulk', right: 'read', run: ({ engine }) => bulkIds(engine, PLACES.project) }),
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
  route({
    method: 'POST',
    path: '/projects/:id/deactivate',
    right: 'provision',
    run: async (asked) => {
      const { found } = await inPath(asked.engine, PLACES.project, asked.params.id!);
      const addresses = [found.record.urn];
      const gone = about('delete project', found.record);
      await carryThrough(asked, gone, () => asked.engine.call('resource.remove', { addresses }));
      return { root: 'project', body: {} };
    },
  }),
];
