/** Unmanaged volumes and export masks: listed and shown. As CoprHD has it, they are what the last discovery of a storage system has seen. */
import { z } from 'zod';
import type { ForeignMask, ForeignVolume } from '../../engine/operations/foreign-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { list, text } from '../wire/leaves.ts';
import type { Document } from './documents.ts';
import { find, inPath, linkTo, membersOf, namedRef, PLACES, poolsOf, ref } from './finding.ts';
import {
  FOREIGN_PLACES,
  type Foreign,
  type ForeignKind,
  foreignNamed,
  foreignOf,
  foreignUrn,
  masksOfHosts,
  shownBy,
} from './foreign.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

type Entries<T> = Iterable<readonly [string, T]>;
type Volumes = Entries<ForeignVolume>;

const listed = (kind: ForeignKind, all: Entries<{ readonly name: string }>): Answer => {
  const key = kind === 'volume' ? 'unmanaged_volume' : 'unmanaged_export_mask';
  return {
    root: `${key}s`,
    body: { [key]: [...all].map(([id, { name }]) => namedRef(FOREIGN_PLACES[kind], id, name)) },
  };
};

const base = (kind: ForeignKind, id: string, name: string): Document => ({
  ...{ id, name, link: linkTo(FOREIGN_PLACES[kind], id) },
  ...{ inactive: false, global: false, internal: false, tags: [] },
});

/** Virtual pools into which volumes of a pool can be taken, by what they are. */
export async function fittingPools(engine: EngineClient): Promise<(volume: ForeignVolume) => string[]> {
  const [pools, { records }] = await Promise.all([poolsOf(engine, {}), find(engine, 'virtualPool', { all: true })]);
  const vpools = new Map(records.map(({ record }) => [record.name, record]));
  const ofPool = new Map(pools.map(({ urn, virtualPools }) => [urn as string, virtualPools]));
  return ({ pool, provisioning }) =>
    (pool === undefined ? [] : (ofPool.get(pool) ?? [])).flatMap((name) => {
      const vpool = vpools.get(name);
      const gives = (vpool?.spec as { readonly provisioning?: string } | undefined)?.provisioning;
      return vpool && gives === provisioning ? [vpool.urn] : [];
    });
}

/** Documents of these, with what they need looked up once. */
async function volumeDocuments(engine: EngineClient, foreign: Foreign, volumes: Volumes): Promise<Document[]> {
  const fits = await fittingPools(engine);
  const masks = new Map([...foreign.masks].map(([id, mask]) => [`${mask.system} ${mask.nativeId}`, { id, mask }]));
  const portOf = await portsByNativeId(engine);
  return [...volumes].map(([id, volume]) => {
    const { system, systemName, nativeId, name, wwn, sizeBytes, allocatedBytes, provisioning, pool, why } = volume;
    const own = volume.masks.flatMap((mask) => masks.get(`${system} ${mask}`) ?? []);
    const flag = (key: string, value: boolean | string) => ({ key, value: String(value).toUpperCase() });
    const info = (key: string, ...value: readonly (string | number)[]) => ({ key, value: value.map(String) });
    return {
      ...base('volume', id, name),
      native_guid: `${systemName}+VOLUME+${nativeId}`,
      storage_system: ref(PLACES.system, system),
      ...(pool === undefined ? {} : { storage_pool: ref(PLACES.pool, pool) }),
      ...(wwn === undefined ? {} : { wwn: wwn.toUpperCase() }),
      unmanaged_volumes_characterstics: [
        flag('IS_INGESTABLE', why === undefined),
        ...(why === undefined ? [] : [{ key: 'IS_NOT_INGESTABLE_REASON', value: why }]),
        flag('IS_VOLUME_EXPORTED', volume.masks.length > 0),
        flag('IS_THINLY_PROVISIONED', provisioning === 'thin'),
        flag('IS_SNAP_SHOT', volume.snapshotOf !== undefined),
        flag('IS_BOUND', true),
      ],
      unmanaged_volumes_info: [
        info('NATIVE_ID', nativeId),
        info('DEVICE_LABEL', name),
        info('PROVISIONED_CAPACITY', sizeBytes),
        info('ALLOCATED_CAPACITY', allocatedBytes),
        info('PROVISIONING_TYPE', provisioning === 'thin' ? 'Thin' : 'Thick'),
      ],
      unmanaged_export_masks: own.map((each) => each.id),
      initiators: [...new Set(own.flatMap(({ mask }) => mask.initiators))],
      storage_ports: [...new Set(own.flatMap(({ mask }) => mask.ports.flatMap((port) => portOf(system, port))))],
      supported_virtual_pools: fits(volume),
    };
  });
}

async function portsByNativeId(engine: EngineClient) {
  const { records } = await find(engine, 'port', { all: true });
  const ports = new Map(
    records.map(({ record }) => {
      const { system, nativeId } = record.spec as unknown as { readonly system: string; readonly nativeId: string };
      return [`${system} ${nativeId}`, record.urn as string];
    }),
  );
  return (system: string, nativeId: string): string[] => {
    const port = ports.get(`${system} ${nativeId}`);
    return port === undefined ? [] : [port];
  };
}

async function maskDocuments(engine: EngineClient, masks: Entries<ForeignMask>): Promise<Document[]> {
  const portOf = await portsByNativeId(engine);
  return [...masks].map(([id, { system, nativeId, name, initiators, ports, mappings }]) => ({
    ...base('mask', id, name),
    native_id: nativeId,
    storage_system: ref(PLACES.system, system),
    known_initiators: initiators,
    known_storage_ports: ports.flatMap((port) => portOf(system, port)),
    unmanaged_volumes: mappings.map(({ volume }) => foreignUrn('volume', { system, nativeId: volume })),
  }));
}

const ids = z.strictObject({ id: list('id', text).optional() });

const PREFIX_MIN = 2;

/** GET by id, all ids, many at once, and by the beginning of a name. */
const collection = (
  kind: ForeignKind,
  root: string,
  show: (engine: EngineClient, foreign: Foreign, ids: readonly string[]) => Promise<Document[]>,
): readonly Route[] => {
  const { path } = FOREIGN_PLACES[kind];
  const all = (foreign: Foreign): ReadonlyMap<string, { readonly name: string }> =>
    kind === 'volume' ? foreign.volumes : foreign.masks;
  return [
    route({
      method: 'GET',
      path: `${path}/bulk`,
      right: 'monitor',
      run: async ({ engine }) => ({ root: 'ids', body: { id: [...all(await foreignOf(engine)).keys()] } }),
    }),
    route({
      method: 'POST',
      path: `${path}/bulk`,
      right: 'monitor',
      body: ids,
      run: async ({ engine, body: { id = [] } }) => {
        if (id.length > LIMITS.bulkMax) throw new Refusal('limit', `${id.length} ids, at most ${LIMITS.bulkMax}`);
        const foreign = await foreignOf(engine);
        const there = id.filter((each) => all(foreign).has(each));
        return { root: `bulk_${root}s`, body: { [root]: await show(engine, foreign, there) } };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/search`,
      right: 'monitor',
      run: async ({ engine, query: { name } }) => {
        if (name === undefined) throw new Refusal('badRequest', 'search by name');
        if (name.length < PREFIX_MIN) throw new Refusal('invalid', `name: at least ${PREFIX_MIN} characters`);
        const prefix = name.toLowerCase();
        const found = [...all(await foreignOf(engine))].filter(([, each]) =>
          each.name.toLowerCase().startsWith(prefix),
        );
        const resource = found.map(([id, each]) => ({ ...ref(FOREIGN_PLACES[kind], id), match: each.name }));
        return { root: 'results', body: { resource } };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:id`,
      right: 'monitor',
      run: async ({ engine, params }) => {
        const foreign = await foreignOf(engine);
        foreignNamed(kind, all(foreign), params.id!, 'notFound');
        const [body] = await show(engine, foreign, [params.id!]);
        return { root, body: body! };
      },
    }),
  ];
};

const EXPORT_TYPES: Readonly<Record<string, (volume: ForeignVolume) => boolean>> = {
  EXPORTED: ({ masks }) => masks.length > 0,
  UNEXPORTED: ({ masks }) => masks.length === 0,
};

async function ofSystem({ engine, params }: Asked<unknown>): Promise<Foreign> {
  const { record } = (await inPath(engine, PLACES.system, params.id!)).found;
  return foreignOf(engine, [record.urn]);
}

/** Into which a virtual pool fits: all of them, or those that are or aren't exported. */
async function forPool(asked: Asked<unknown>): Promise<Answer> {
  const { engine, params, query } = asked;
  const foreign = await ofSystem(asked);
  const { record } = (await inPath(engine, PLACES.vpool, params.vpool!)).found;
  const type = query.exportType?.toUpperCase();
  const only = type === undefined ? () => true : EXPORT_TYPES[type];
  if (!only) throw new Refusal('invalid', `exportType: ${Object.keys(EXPORT_TYPES).join(' or ')}`);
  const fits = await fittingPools(engine);
  return listed(
    'volume',
    [...foreign.volumes].filter(([, volume]) => only(volume) && fits(volume).includes(record.urn)),
  );
}

/** Of a host, or of the hosts of a cluster. */
const ofSeers = (place: typeof PLACES.host | typeof PLACES.cluster): readonly Route[] =>
  (['volume', 'mask'] as const).map((kind) =>
    route({
      method: 'GET',
      path: `${place.path}/:id/unmanaged-${kind === 'volume' ? 'volumes' : 'export-masks'}`,
      right: 'monitor',
      run: async ({ engine, params }) => {
        const { urn } = (await inPath(engine, place, params.id!)).found.record;
        const hosts = place === PLACES.host ? [urn] : await membersOf(engine, urn, 'hosts');
        const foreign = await foreignOf(engine);
        const masks = await masksOfHosts(engine, foreign, hosts);
        if (kind === 'volume') return listed('volume', shownBy(foreign, masks));
        return listed(
          'mask',
          masks.map((mask) => [foreignUrn('mask', mask), mask] as const),
        );
      },
    }),
  );

const picked = <T>(all: ReadonlyMap<string, T>, ids: readonly string[]): [string, T][] =>
  ids.map((id) => [id, all.get(id)!]);

export const UNMANAGED_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/vdc/storage-systems/:id/unmanaged/volumes',
    right: 'monitor',
    run: async (asked) => listed('volume', (await ofSystem(asked)).volumes),
  }),
  route({ method: 'GET', path: '/vdc/storage-systems/:id/unmanaged/:vpool/volumes', right: 'monitor', run: forPool }),
  ...ofSeers(PLACES.host),
  ...ofSeers(PLACES.cluster),
  ...collection('volume', 'unmanaged_volume', (engine, foreign, wanted) =>
    volumeDocuments(engine, foreign, picked(foreign.volumes, wanted)),
  ),
  ...collection('mask', 'unmanaged_export_mask', (engine, foreign, wanted) =>
    maskDocuments(engine, picked(foreign.masks, wanted)),
  ),
];
