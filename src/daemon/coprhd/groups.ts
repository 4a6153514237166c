/** Consistency groups: made at once and empty, filled and emptied by changes of their volumes. */
import { z } from 'zod';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { Refusal } from '../refusal.ts';
import { flag, list, text, urn } from '../wire/leaves.ts';
import { bulkRoutes } from './bulk.ts';
import { about, changed } from './changing.ts';
import { base } from './documents.ts';
import { find, inBody, inPath, namedRef, PLACES, ref, searched } from './finding.ts';
import { create } from './making.ts';
import { type Asked, type Route, route } from './route.ts';

const creation = z.strictObject({ name: text, project: urn, array_consistency: flag.optional() });

const volumeList = z.strictObject({ volume: list('volume', urn) }).optional();
const update = z.strictObject({ add_volumes: volumeList, remove_volumes: volumeList });

async function document(engine: EngineClient, found: FoundRecord) {
  const { project, system } = found.record.spec as { readonly project: string; readonly system?: string };
  const volumes = (await find(engine, 'volume', { under: found.record.urn })).records;
  const varray = (volumes[0]?.record.spec as { readonly virtualArray?: string } | undefined)?.virtualArray;
  return {
    ...base(found, PLACES.group),
    project: ref(PLACES.project, project),
    volumes: volumes.map(({ record }) => ref(PLACES.volume, record.urn)),
    types: volumes.length > 0 ? ['LOCAL'] : [],
    array_consistency: true,
    ...(system === undefined ? {} : { storage_controller: ref(PLACES.system, system) }),
    ...(varray === undefined ? {} : { varray: ref(PLACES.varray, varray) }),
  };
}

async function createGroup(asked: Asked<z.output<typeof creation>>) {
  const { engine, body } = asked;
  const project = await inBody(engine, PLACES.project, 'project', body.project);
  const show = (found: FoundRecord) => document(engine, found);
  return create(asked, PLACES.group, 'consistency_group', show, { name: body.name, project: project.name, fields: {} });
}

async function updateGroup(asked: Asked<z.output<typeof update>>) {
  const { engine, body, params } = asked;
  const { record } = (await inPath(engine, PLACES.group, params.id!)).found;
  const [joining, leaving] = [body.add_volumes?.volume ?? [], body.remove_volumes?.volume ?? []];
  if (joining.length > 0 === leaving.length > 0)
    throw new Refusal('invalid', 'add_volumes or remove_volumes: one of them, and not both');
  const field = joining.length > 0 ? 'add_volumes' : 'remove_volumes';
  const volumes = await Promise.all([...joining, ...leaving].map((id) => inBody(engine, PLACES.volume, field, id)));
  const stranger = volumes.find(({ spec }) => (spec as { consistencyGroup?: string }).consistencyGroup !== record.urn);
  if (leaving.length > 0 && stranger)
    throw new Refusal('invalid', `remove_volumes: ${stranger.name} is not in the consistency group`);
  const set = { consistencyGroup: joining.length > 0 ? record.name : null };
  const input = { addresses: volumes.map(({ urn: id }) => id), set };
  const [task] = await changed(asked, about('update consistencyGroup', record), () =>
    engine.call('resource.change', input),
  );
  return { root: 'task', body: { ...task!, resource: namedRef(PLACES.group, record.urn, record.name) } };
}

export const GROUP_ROUTES: readonly Route[] = [
  route({ method: 'POST', path: '/block/consistency-groups', right: 'provision', body: creation, run: createGroup }),
  ...bulkRoutes(PLACES.group, {
    root: 'bulk_consistency_groups',
    key: 'consistency_group',
    show: (engine) => (found) => document(engine, found),
  }),
  route({
    method: 'GET',
    path: '/block/consistency-groups/search',
    right: 'read',
    run: (asked) => searched(asked, PLACES.group),
  }),
  route({
    method: 'GET',
    path: '/block/consistency-groups/:id',
    right: 'read',
    run: async ({ engine, params }) => ({
      root: 'consistency_group',
      body: await document(engine, (await inPath(engine, PLACES.group, params.id!)).found),
    }),
  }),
  route({
    method: 'PUT',
    path: '/block/consistency-groups/:id',
    right: 'provision',
    body: update,
    run: updateGroup,
  }),
  route({
    method: 'POST',
    path: '/block/consistency-groups/:id/deactivate',
    right: 'provision',
    run: async (asked) => {
      const { record } = (await inPath(asked.engine, PLACES.group, asked.params.id!)).found;
      const gone = about('delete consistencyGroup', record);
      const [task] = await changed(asked, gone, () =>
        asked.engine.call('resource.remove', { addresses: [record.urn] }),
      );
      return { root: 'task', status: 202, body: task! };
    },
  }),
];
