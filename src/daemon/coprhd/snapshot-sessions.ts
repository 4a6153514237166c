/**
 * Snapshot sessions, of arrays that take a snapshot first and give it volumes later (VMAX3): no system here does that, so there are none to be
 * listed, and none is made. What clients that look for them are told.
 */
import { inPath, PLACES } from './finding.ts';
import { type Route, refused, route } from './route.ts';

const WHY = 'no storage system here has snapshot sessions: take a snapshot';
const NONE = { root: 'snapshot_sessions', body: { snapshot_session: [] } };

const under = (place: 'volume' | 'group', path: string): readonly Route[] => [
  route({
    method: 'GET',
    path,
    right: 'read',
    run: async ({ engine, params }) => {
      await inPath(engine, PLACES[place], params.id!);
      return NONE;
    },
  }),
  refused('POST', path, WHY, 'provision'),
];

export const SNAPSHOT_SESSION_ROUTES: readonly Route[] = [
  ...under('volume', '/block/volumes/:id/protection/snapshot-sessions'),
  ...under('group', '/block/consistency-groups/:id/protection/snapshot-sessions'),
  refused('POST', '/block/snapshots/:id/protection/snapshot-sessions', WHY, 'provision'),
  route({
    method: 'GET',
    path: '/block/snapshot-sessions/bulk',
    right: 'read',
    run: async () => ({ root: 'ids', body: { id: [] } }),
  }),
  route({
    method: 'GET',
    path: '/block/snapshot-sessions/search',
    right: 'read',
    run: async () => ({ root: 'results', body: { resource: [] } }),
  }),
];
