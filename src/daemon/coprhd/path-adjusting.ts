/**
 * Paths of export groups: what would be better, and exactly those that a request names. Paths that take the place of others are
 * added by one request and those removed by another: no host is made to look for new paths here.
 */
import { z } from 'zod';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient, ResultOf } from '../../engine/operations/types.ts';
import { Refusal } from '../refusal.ts';
import { flag, list, urn, whole } from '../wire/leaves.ts';
import { about, changed } from './changing.ts';
import { type Document, initiator as initiatorDocument } from './documents.ts';
import { find, inBody, inPath, namedRef, PLACES } from './finding.ts';
import { refusalFor } from './problems.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

type Adjusted = ResultOf<'path.rebalance'>;
type Adjustment = Adjusted['adjustments'][number];
type Pair = Adjustment['pairs']['add'][number];

const parameters = z.strictObject({
  max_paths: whole.optional(),
  min_paths: whole.pipe(z.int().min(1)).optional(),
  paths_per_initiator: whole.optional(),
  storage_ports: list('storage_ports', urn).optional(),
  port_group: urn.optional(),
});

const preview = z.strictObject({
  path_parameters: parameters,
  virtual_array: urn.optional(),
  storage_system: urn,
  use_existing_paths: flag.optional(),
  hosts: list('hosts', urn).optional(),
});

const paths = (key: string) =>
  list(key, z.strictObject({ initiator: urn, storage_ports: list('storage_ports', urn) })).optional();

const adjustment = z.strictObject({
  storage_system: urn,
  path_parameters: parameters,
  adjusted_paths: paths('adjusted_paths'),
  removed_paths: paths('removed_paths'),
  wait_before_remove_paths: flag.optional(),
  virtual_array: urn.optional(),
});
type Parameters = z.output<typeof parameters>;
type Where = Pick<z.output<typeof preview>, 'storage_system' | 'virtual_array' | 'path_parameters'>;

/** The export group, once all that the request names of it is there. */
async function exportOf({ engine, params }: Asked<unknown>, where: Where): Promise<FoundRecord['record']> {
  const { record } = (await inPath(engine, PLACES.export, params.id!)).found;
  await inBody(engine, PLACES.system, 'storage_system', where.storage_system);
  const { virtual_array: varray, path_parameters: given } = where;
  if (varray !== undefined) await inBody(engine, PLACES.varray, 'virtual_array', varray);
  for (const id of given.storage_ports ?? []) await inBody(engine, PLACES.port, 'storage_ports', id);
  if (given.port_group !== undefined) throw new Refusal('invalid', 'port_group: there are no port groups here');
  await asInPool(engine, record, where);
  return record;
}

/** Paths are the virtual pool's to say: with other numbers the next plan would undo what was done. */
async function asInPool(engine: EngineClient, { urn: id }: FoundRecord['record'], where: Where): Promise<void> {
  const maps = (await find(engine, 'lunMap', { under: id })).records.map(({ record }) => record.spec);
  const volumes = [...new Set((maps as { volume: string }[]).map(({ volume }) => volume))];
  const { records } = await find(engine, 'volume', { urns: volumes });
  const specs = records.map(({ record }) => record.spec as { virtualPool: string; virtualArray: string });
  const { virtual_array: varray } = where;
  if (varray !== undefined && specs.some(({ virtualArray }) => virtualArray !== varray))
    throw new Refusal('invalid', 'virtual_array: the volumes of the export group are of another one');
  const pools = await find(engine, 'virtualPool', { urns: [...new Set(specs.map(({ virtualPool }) => virtualPool))] });
  for (const { record } of pools.records) {
    const { paths: rules } = record.spec as { paths: { min: number; max: number; perInitiator: number } };
    differs('max_paths', where.path_parameters, rules.max, record.name);
    differs('paths_per_initiator', where.path_parameters, rules.perInitiator, record.name);
  }
}

function differs(field: 'max_paths' | 'paths_per_initiator', given: Parameters, has: number, pool: string): void {
  const wanted = given[field];
  if (wanted === undefined || wanted === has) return;
  throw new Refusal('invalid', `${field}: ${wanted}; virtual pool ${pool} has ${has}, and says so for all its exports`);
}

async function previewed(asked: Asked<z.output<typeof preview>>): Promise<Answer> {
  const { engine, body } = asked;
  const record = await exportOf(asked, body);
  const { hosts = [], path_parameters: given } = body;
  for (const id of hosts) await inBody(engine, PLACES.host, 'hosts', id);
  const among = {
    system: body.storage_system,
    ...(hosts.length === 0 ? {} : { hosts }),
    ...(given.min_paths === undefined ? {} : { min: given.min_paths }),
    ...(given.storage_ports === undefined ? {} : { ports: given.storage_ports }),
    keep: body.use_existing_paths ?? false,
  };
  const { adjustments } = planned(await engine.call('path.rebalance', { address: record.urn, among }));
  if (adjustments.length === 0)
    throw new Refusal('invalid', `storage_system: ${record.name} has no paths over Fibre Channel to it`);
  return { root: 'export_paths_adjustment_preview', body: await document(engine, record, adjustments, body) };
}

function planned(result: Adjusted): Adjusted {
  const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
  if (!result.plan || errors.length > 0) throw refusalFor(errors);
  const held = result.plan.changes.flatMap((change) => (change.held ? [change.held.diagnostic] : []));
  if (held.length > 0) throw refusalFor(held);
  return result;
}

async function document(
  engine: EngineClient,
  { urn: id, name }: FoundRecord['record'],
  adjustments: readonly Adjustment[],
  { storage_system }: { readonly storage_system: string },
): Promise<Document> {
  const adjusted = adjustments.flatMap(({ pairs }) => [...pairs.keep, ...pairs.add]);
  const removed = adjustments.flatMap(({ pairs }) => pairs.remove);
  const masks = adjustments.filter(({ pairs }) => pairs.add.length + pairs.remove.length > 0);
  return {
    storage_system,
    adjusted_paths: await pathDocuments(engine, adjusted),
    removed_paths: await pathDocuments(engine, removed),
    affected_export_groups: await affected(engine, { id, name }, masks),
  };
}

/** A row an initiator, in order of hosts and ports. */
async function pathDocuments(engine: EngineClient, pairs: readonly Pair[]): Promise<Document[]> {
  const initiators = await find(engine, 'initiator', { urns: [...new Set(pairs.map(({ initiator }) => initiator))] });
  const ports = await find(engine, 'port', { urns: [...new Set(pairs.map(({ port }) => port))] });
  const names = new Map(ports.records.map(({ record }) => [record.urn as string, record.name]));
  const rows = initiators.records.map((found) => {
    const own = pairs.filter(({ initiator }) => initiator === found.record.urn).map(({ port }) => port);
    const storage_ports = own.map((port) => namedRef(PLACES.port, port, names.get(port) ?? ''));
    const initiator = initiatorDocument(found, initiators.names) as { hostname: string; name: string };
    return { initiator, storage_ports: storage_ports.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  });
  const key = ({ initiator: { hostname, name } }: (typeof rows)[number]) => `${hostname} ${name}`;
  return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** The export group itself first; others whose volumes the host sees through the same paths. */
async function affected(
  engine: EngineClient,
  own: { readonly id: string; readonly name: string },
  adjustments: readonly Adjustment[],
): Promise<Document[]> {
  const found = new Map([[own.id, own.name]]);
  for (const { mask } of adjustments) {
    const { records, names } = await find(engine, 'lunMap', { under: mask });
    for (const { record } of records) {
      const id = (record.spec as { export: string }).export;
      if (!found.has(id)) found.set(id, names[id] ?? '');
    }
  }
  return [...found].map(([id, name]) => namedRef(PLACES.export, id, name));
}

type Paths = NonNullable<z.output<typeof adjustment>['adjusted_paths']>;

async function pairsOf(engine: EngineClient, field: string, given: Paths | undefined) {
  const pairs = (given ?? []).flatMap(({ initiator, storage_ports: ports }) =>
    ports.map((port) => ({ initiator, port })),
  );
  for (const id of new Set(pairs.map(({ initiator }) => initiator))) await inBody(engine, PLACES.initiator, field, id);
  for (const id of new Set(pairs.map(({ port }) => port))) await inBody(engine, PLACES.port, field, id);
  return pairs;
}

async function adjusted(asked: Asked<z.output<typeof adjustment>>): Promise<Answer> {
  const { engine, body } = asked;
  const record = await exportOf(asked, body);
  const add = await pairsOf(engine, 'adjusted_paths', body.adjusted_paths);
  const remove = await pairsOf(engine, 'removed_paths', body.removed_paths);
  if (add.length + remove.length === 0) throw new Refusal('missing', 'adjusted_paths and removed_paths are missing');
  const wait = body.wait_before_remove_paths ?? false;
  const input = {
    address: record.urn,
    exactly: { add, remove },
    among: { system: body.storage_system },
    ...(wait ? { onlyAdd: true } : { remove: true }),
  };
  const [task] = await changed(asked, about('adjust paths', record), async () => {
    const result = await engine.call('path.rebalance', input);
    if (!wait && result.adjustments.some(({ later }) => later.length > 0)) throw new Refusal('invalid', WAIT);
    return result;
  });
  return { root: 'task', body: { ...task!, resource: namedRef(PLACES.export, record.urn, record.name) } };
}

const WAIT =
  'wait_before_remove_paths: must be true while paths are added: no host looks for its new paths by itself. Send the same request with false, once the hosts use them';

export const PATH_ADJUSTING_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/block/exports/:id/paths-adjustment-preview',
    right: 'provision',
    body: preview,
    run: previewed,
  }),
  route({
    method: 'PUT',
    path: '/block/exports/:id/paths-adjustment',
    right: 'provision',
    body: adjustment,
    run: adjusted,
  }),
];
