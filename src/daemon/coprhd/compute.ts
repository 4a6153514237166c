/** Hosts, initiators and clusters. Read only for now. */
import { cluster, host, initiator } from './documents.ts';
import { bulkIds, find, inPath, listOf, namedRef, PLACES, type Place, searched } from './finding.ts';
import { type Route, route } from './route.ts';

const generic = (place: Place): Route[] => [
  route({ method: 'GET', path: `${place.path}/bulk`, right: 'read', run: ({ engine }) => bulkIds(engine, place) }),
  route({ method: 'GET', path: `${place.path}/search`, right: 'read', run: (asked) => searched(asked, place) }),
];

const ofTenant = (name: string, place: Place, key: string): Route =>
  route({
    method: 'GET',
    path: `/tenants/:id/${name}`,
    right: 'read',
    run: async ({ engine, params }) => {
      const { found } = await inPath(engine, PLACES.tenant, params.id!);
      return listOf(engine, place, key, { under: found.record.urn });
    },
  });

export const COMPUTE_ROUTES: readonly Route[] = [
  ...generic(PLACES.host),
  ...generic(PLACES.initiator),
  ...generic(PLACES.cluster),
  ofTenant('hosts', PLACES.host, 'host'),
  ofTenant('clusters', PLACES.cluster, 'cluster'),
  route({
    method: 'GET',
    path: '/compute/hosts',
    right: 'read',
    run: async ({ engine, query }) => {
      const { tenant } = query;
      return listOf(engine, PLACES.host, 'host', tenant === undefined ? { all: true } : { under: tenant });
    },
  }),
  route({
    method: 'GET',
    path: '/compute/hosts/:id',
    right: 'read',
    run: async ({ engine, params }) => ({
      root: 'host',
      body: host((await inPath(engine, PLACES.host, params.id!)).found),
    }),
  }),
  route({
    method: 'GET',
    path: '/compute/hosts/:id/initiators',
    right: 'read',
    run: async ({ engine, params }) => {
      const { found } = await inPath(engine, PLACES.host, params.id!);
      const { records } = await find(engine, 'initiator', { under: found.record.urn });
      const refs = records.map(({ record }) =>
        namedRef(PLACES.initiator, record.urn, (record.spec as { portName: string }).portName),
      );
      return { root: 'initiators', body: { initiator: refs } };
    },
  }),
  route({
    method: 'GET',
    path: '/compute/initiators/:id',
    right: 'read',
    run: async ({ engine, params }) => {
      const { found, names } = await inPath(engine, PLACES.initiator, params.id!);
      return { root: 'initiator', body: initiator(found, names) };
    },
  }),
  route({
    method: 'GET',
    path: '/compute/clusters/:id',
    right: 'read',
    run: async ({ engine, params }) => ({
      root: 'cluster',
      body: cluster((await inPath(engine, PLACES.cluster, params.id!)).found),
    }),
  }),
];
