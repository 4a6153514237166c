/**
 * Data that moves from one storage system to another, and what connects these for it (VPLEX, RecoverPoint): no driver here has
 * such. What clients that look for them are told; a volume is moved otherwise (moving.ts).
 */
import { Refusal } from '../refusal.ts';
import { inPath, PLACES, type Place } from './finding.ts';
import { type Answer, type Route, refused, route } from './route.ts';

const WHY = 'nothing here moves the data of a volume while it is in use: make a full copy where it is to be';
const PATH = '/block/migrations';
const NONE = { root: 'block_migrations', body: { migration: [] } };

/** Of something that is there there are none. */
const under = (place: Place, path: string, none: Answer, right: Route['right']): Route =>
  route({
    method: 'GET',
    path: `${place.path}/:id/${path}`,
    right,
    run: async ({ engine, params }) => {
      await inPath(engine, place, params.id!);
      return none;
    },
  });

const empty = (path: string, none: Answer): Route =>
  route({ method: 'GET', path, right: 'read', run: async () => none });

export const MIGRATION_ROUTES: readonly Route[] = [
  empty(PATH, NONE),
  empty(`${PATH}/bulk`, { root: 'ids', body: { id: [] } }),
  empty(`${PATH}/search`, { root: 'results', body: { resource: [] } }),
  route({
    method: 'GET',
    path: `${PATH}/:id`,
    right: 'read',
    run: async ({ params }) => {
      throw new Refusal('notFound', `there is no Migration ${params.id}`);
    },
  }),
  under(PLACES.volume, 'migrations', NONE, 'read'),
  refused('POST', PATH, WHY),
  under(
    PLACES.system,
    'connectivity',
    { root: 'storage_connectivity_list', body: { storage_connectivity: [] } },
    'monitor',
  ),
  under(PLACES.varray, 'connectivity', { root: 'varray_connectivity_list', body: { varray_connectivity: [] } }, 'read'),
  refused(
    'PUT',
    '/block/exports/:id/change-port-group',
    'there are no port groups: the ports of an export are those of its paths, and paths-adjustment changes them',
    'provision',
  ),
];
