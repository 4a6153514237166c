/** Who is asking, tenants and projects. */
import { z } from 'zod';
import { homeOf } from '../../engine/operations/login-types.ts';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { isAdmin } from '../../engine/tenancy/bounds.ts';
import { boundsOf, type Principal } from '../gate.ts';
import { Refusal } from '../refusal.ts';
import { flag, text, whole } from '../wire/leaves.ts';
import { about, carryThrough } from './changing.ts';
import { project, tenant } from './documents.ts';
import { bulkIds, find, inPath, linkTo, listOf, namedRef, PLACES, type Place, searched } from './finding.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

/** The root tenant is the home of local users. */
async function homeTenant({ engine, principal }: Pick<Asked<unknown>, 'engine' | 'principal'>) {
  const { records } = await find(engine, 'tenant', { urns: [homeOf(principal)] });
  const [home] = records;
  if (!home) throw new Refusal('forbidden', `the tenant of ${principal.user} is gone`);
  return home.record;
}

/** What a tenant or project has is counted over all of it, which not everybody sees. */
function mayCount(principal: Principal): void {
  const bounds = boundsOf(principal);
  if (bounds && !isAdmin(bounds)) throw new Refusal('forbidden', `${principal.user} does not administer the tenant`);
}

const BYTES_OF_GB = 1024 ** 3;

/** What may be provisioned there, and what is. */
async function quotaOf(engine: EngineClient, { record }: FoundRecord, place: Place): Promise<Answer> {
  const spec = record.spec as { readonly quotaBytes?: number; readonly quota?: { readonly capacityBytes?: number } };
  const bytes = spec.quotaBytes ?? spec.quota?.capacityBytes;
  const volumes = (await find(engine, 'volume', { under: record.urn })).records;
  const used = volumes.reduce(
    (sum, { record: each }) => sum + (each.spec as { readonly sizeBytes: number }).sizeBytes,
    0,
  );
  const body = {
    enabled: bytes !== undefined,
    ...(bytes === undefined ? {} : { quota_gb: Math.floor(bytes / BYTES_OF_GB) }),
    current_capacity: Math.ceil(used / BYTES_OF_GB),
    limited_resource: namedRef(place, record.urn, record.name),
  };
  return { root: 'quota_info', body };
}

const quotaChange = z.strictObject({ quota_enabled: flag, quota_gb: whole.pipe(z.int().min(0)).optional() });

/** Of a project; a tenant's is declared in a plan file, with its shares of virtual pools. */
async function changeQuota(asked: Asked<z.output<typeof quotaChange>>): Promise<Answer> {
  const { engine, body, params } = asked;
  const { record } = (await inPath(engine, PLACES.project, params.id!)).found;
  const { quota_enabled: enabled, quota_gb: gigabytes } = body;
  if (enabled && gigabytes === undefined) throw new Refusal('missing', 'quota_gb is missing');
  const quota = enabled ? `${gigabytes! * BYTES_OF_GB}B` : null;
  const input = { addresses: [record.urn], set: { quota } };
  await carryThrough(asked, about('update quota', record), () => engine.call('resource.change', input));
  // As it is now, whether the index has heard of it or not.
  const { quotaBytes: _before, ...spec } = record.spec as { readonly quotaBytes?: number };
  const now = { ...spec, ...(enabled ? { quotaBytes: gigabytes! * BYTES_OF_GB } : {}) } as typeof record.spec;
  return quotaOf(engine, { record: { ...record, spec: now } }, PLACES.project);
}

const quotaRoute = (place: Place): Route =>
  route({
    method: 'GET',
    path: `${place.path}/:id/quota`,
    right: 'read',
    run: async ({ engine, params, principal }) => {
      const { found } = await inPath(engine, place, params.id!);
      mayCount(principal);
      return quotaOf(engine, found, place);
    },
  });

export const TENANT_ROUTES: readonly Route[] = [
  quotaRoute(PLACES.tenant),
  quotaRoute(PLACES.project),
  route({ method: 'PUT', path: '/projects/:id/quota', right: 'provision', body: quotaChange, run: changeQuota }),
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
