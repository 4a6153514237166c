/** What administrators make and look after: virtual arrays and pools, networks, discovery and registration of storage systems. */
import { z } from 'zod';
import { Refusal } from '../refusal.ts';
import { flag, text } from '../wire/leaves.ts';
import { virtualArray } from './documents.ts';
import { inPath, listersOf, listOf, PLACES, poolRefs, poolsOf } from './finding.ts';
import { create, deactivating } from './making.ts';
import { NETWORK_ROUTES } from './networks.ts';
import { type Asked, type Route, route } from './route.ts';
import { VIRTUAL_POOL_ROUTES } from './virtual-pools.ts';

const varrayCreate = z.strictObject({
  name: text,
  auto_san_zoning: flag.optional(),
  block_settings: z.strictObject({ auto_san_zoning: flag.optional() }).optional(),
  object_settings: z.looseObject({}).optional(),
});

const varrayUpdate = varrayCreate.extend({
  name: text.optional(),
  device_registered: flag.optional(),
  protection_type: text.optional(),
});

/** Nothing of it is changed so but its tags and networks, which have routes of their own. */
async function updateVarray({ engine, body, params }: Asked<z.output<typeof varrayUpdate>>) {
  const { found } = await inPath(engine, PLACES.varray, params.id!);
  if ((body.name ?? found.record.name) !== found.record.name)
    throw new Refusal('invalid', 'name: a virtual array keeps its name');
  if (body.auto_san_zoning === false || body.block_settings?.auto_san_zoning === false)
    throw new Refusal('invalid', 'auto_san_zoning: it can not be switched off');
  return { root: 'varray', body: virtualArray(found) };
}

const VARRAY_LISTS: readonly Route[] = [
  route({
    method: 'GET',
    path: '/vdc/varrays/:id/storage-ports',
    right: 'monitor',
    run: async ({ engine, params }) => {
      const { name } = (await inPath(engine, PLACES.varray, params.id!)).found.record;
      const { ports } = await engine.call('port.list', {});
      const urns = ports.filter(({ virtualArrays }) => virtualArrays.includes(name)).map(({ urn }) => urn);
      return listOf(engine, PLACES.port, 'storage_port', { urns });
    },
  }),
  route({
    method: 'GET',
    path: '/vdc/varrays/:id/vpools',
    right: 'read',
    run: async ({ engine, params }) => {
      const { found } = await inPath(engine, PLACES.varray, params.id!);
      const urns = await listersOf(engine, found.record.urn, 'virtualArrays');
      return listOf(engine, PLACES.vpool, 'virtualpool', { urns });
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
  route({ method: 'PUT', path: '/vdc/varrays/:id', right: 'administer', body: varrayUpdate, run: updateVarray }),
  deactivating(PLACES.varray),
  ...VARRAY_LISTS,
  ...NETWORK_ROUTES,
];
