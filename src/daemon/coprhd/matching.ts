/**
 * Which storage pools a virtual pool may use: those that match what it asks, and of these only the ones that are assigned to it,
 * where any are. Nothing of it is kept: it is matched anew whenever somebody asks.
 */
import { z } from 'zod';
import type { ResourceRecord } from '../../engine/model/record.ts';
import type { EngineClient, InputOf, ResultOf } from '../../engine/operations/types.ts';
import { globMatcher } from '../../lib/glob.ts';
import { Refusal } from '../refusal.ts';
import { text, urn } from '../wire/leaves.ts';
import { about, carryThrough } from './changing.ts';
import { virtualPool } from './documents.ts';
import { find, inBody, inPath, listOf, namedRef, PLACES, type Place, poolRefs } from './finding.ts';
import { one } from './making.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';
import { listChange, vpoolCreate, vpoolFields } from './virtual-pools.ts';

type Fit = ResultOf<'pool.fit'>['pools'][number];

/** It would be used if it were assigned, or if nothing were. */
const matches = ({ misses }: Fit): boolean => misses.every(({ filter }) => filter === 'assigned-pools');

interface NamedPool {
  readonly urn: string;
  /** `array-1/fast`. */
  readonly name: string;
}

async function namedPools(engine: EngineClient): Promise<NamedPool[]> {
  const { records, names } = await find(engine, 'pool', { all: true });
  return records.map(({ record }) => {
    const { system } = record.spec as ResourceRecord<'pool'>['spec'];
    return { urn: record.urn, name: `${names[system]}/${record.name}` };
  });
}

async function matchingPools(engine: EngineClient, input: InputOf<'pool.fit'>): Promise<NamedPool[]> {
  const { pools } = await engine.call('pool.fit', input);
  const matched = new Set(pools.filter(matches).map(({ pool }) => pool));
  return (await namedPools(engine)).filter(({ name }) => matched.has(name));
}

/** In no virtual array there are no pools. */
async function matchingOf(asked: Asked<z.output<typeof wouldBe>>): Promise<Answer> {
  const { name = 'new', ...body } = asked.body;
  if ((body.varrays ?? []).length === 0) return poolRefs([]);
  const fields = await vpoolFields({ engine: asked.engine, body });
  return poolRefs(await matchingPools(asked.engine, { virtualPool: name, fields: { ...fields } }));
}

const wouldBe = vpoolCreate.extend({ name: text.optional() });

const assignment = z.strictObject({ assigned_pool_changes: listChange('storage_pool', urn) });

/** It uses these only from now on, also when none is left; all that match again with `use_matched_pools`. */
async function assignPools(asked: Asked<z.output<typeof assignment>>): Promise<Answer> {
  const { engine, body, params } = asked;
  const { record } = (await inPath(engine, PLACES.vpool, params.id!)).found;
  const { add = [], remove = [] } = {
    add: body.assigned_pool_changes?.add?.storage_pool,
    remove: body.assigned_pool_changes?.remove?.storage_pool,
  };
  if (add.length + remove.length === 0) throw new Refusal('missing', 'assigned_pool_changes is missing');
  const all = await namedPools(engine);
  const nameOf = async (id: string) => {
    const { urn: found } = await inBody(engine, PLACES.pool, 'storage_pool', id);
    return all.find((each) => each.urn === found)!.name;
  };
  const [added, removed] = [await Promise.all(add.map(nameOf)), await Promise.all(remove.map(nameOf))];
  await refuseUnmatched(engine, record.urn, added);
  const before = (record.spec as ResourceRecord<'virtualPool'>['spec']).pools ?? [];
  const strange = removed.find((name) => !before.includes(name));
  if (strange !== undefined) throw new Refusal('invalid', notAssigned(strange, before));
  const pools = [...new Set([...before, ...added])].filter((name) => !removed.includes(name));
  const input = { addresses: [record.urn], set: { pools } };
  await carryThrough(asked, about('update virtualPool', record), () => engine.call('resource.change', input));
  const assigned = all.filter(({ name }) => pools.some((pattern) => globMatcher(pattern)(name)));
  const refs = assigned.map(({ urn: id, name }) => namedRef(PLACES.pool, id, name));
  return one(
    engine,
    PLACES.vpool,
    'block_vpool',
    (found) => ({ ...virtualPool(found), assigned_storage_pools: refs }),
    record.urn,
  );
}

function notAssigned(name: string, patterns: readonly string[]): string {
  const pattern = patterns.find((each) => globMatcher(each)(name));
  return pattern === undefined
    ? `remove: ${name} is not assigned to it`
    : `remove: ${name} is one of those that ${pattern} stands for: change that where it is declared`;
}

async function refuseUnmatched(engine: EngineClient, id: string, names: readonly string[]): Promise<void> {
  const { pools } = await engine.call('pool.fit', { virtualPool: id });
  for (const name of names) {
    if (/[*?]/.test(name)) throw new Refusal('invalid', `add: ${name} would stand for others, too`);
    const [miss] = pools.find(({ pool }) => pool === name)!.misses.filter(({ filter }) => filter !== 'assigned-pools');
    if (miss) throw new Refusal('invalid', `add: ${name}: ${miss.fact}: needs ${miss.needed}, has ${miss.had}`);
  }
}

/** Virtual pools that it matches, assigned or not. */
async function matchedVpools({ engine, params }: Asked<unknown>): Promise<Answer> {
  const { found, names } = await inPath(engine, PLACES.pool, params.id!);
  const { system } = found.record.spec as ResourceRecord<'pool'>['spec'];
  const name = `${names[system]}/${found.record.name}`;
  const { pools } = await engine.call('pool.list', { system });
  const used = new Set(pools.find((each) => each.urn === found.record.urn)?.virtualPools);
  const { records } = await find(engine, 'virtualPool', { all: true });
  const matched = await Promise.all(
    records.map(async ({ record }) => {
      if (used.has(record.name)) return true;
      if ((record.spec as ResourceRecord<'virtualPool'>['spec']).pools === undefined) return false;
      const fit = await engine.call('pool.fit', { virtualPool: record.urn });
      return fit.pools.some((each) => each.pool === name && matches(each));
    }),
  );
  const urns = records.filter((_, index) => matched[index]).map(({ record }) => record.urn);
  return listOf(engine, PLACES.vpool, 'virtualpool', { urns });
}

const typed = (place: Place, type: string, records: readonly Pick<ResourceRecord, 'urn' | 'name'>[]) =>
  records.map((record) => ({ ...namedRef(place, record.urn, record.name), resource_type: type }));

/** Volumes in it. */
async function resourcesOfPool({ engine, params }: Asked<unknown>): Promise<Answer> {
  const { record: pool } = (await inPath(engine, PLACES.pool, params.id!)).found;
  const { system } = pool.spec as ResourceRecord<'pool'>['spec'];
  const { records } = await find(engine, 'volume', { under: system });
  const own = records.map(({ record }) => record).filter(({ status }) => status.device?.pool === pool.urn);
  return { root: 'storage_resources', body: { storage_resource: typed(PLACES.volume, 'volume', own) } };
}

/** CoprHD's words for them. */
const OF_PROJECTS = [
  [PLACES.volume, 'volume'],
  [PLACES.snapshot, 'block_snapshot'],
  [PLACES.export, 'block_export'],
  [PLACES.group, 'block_consistency_group'],
] as const;

async function resourcesOfProject({ engine, params }: Asked<unknown>): Promise<Answer> {
  const { record } = (await inPath(engine, PLACES.project, params.id!)).found;
  const each = await Promise.all(
    OF_PROJECTS.map(async ([place, type]) => {
      const { records } = await find(engine, place.kind, { under: record.urn });
      return typed(
        place,
        type,
        records.map((found) => found.record),
      );
    }),
  );
  return { root: 'project_resources', body: { project_resource: each.flat() } };
}

export const MATCHING_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/block/vpools/matching-pools',
    right: 'administer',
    body: wouldBe,
    run: matchingOf,
  }),
  route({
    method: 'GET',
    path: '/block/vpools/:id/refresh-matched-pools',
    right: 'administer',
    run: async ({ engine, params }) => {
      const { record } = (await inPath(engine, PLACES.vpool, params.id!)).found;
      return poolRefs(await matchingPools(engine, { virtualPool: record.urn }));
    },
  }),
  route({
    method: 'PUT',
    path: '/block/vpools/:id/assign-matched-pools',
    right: 'administer',
    body: assignment,
    run: assignPools,
  }),
  route({ method: 'GET', path: '/vdc/storage-pools/:id/matched-vpools', right: 'monitor', run: matchedVpools }),
  route({ method: 'GET', path: '/vdc/storage-pools/:id/resources', right: 'monitor', run: resourcesOfPool }),
  route({ method: 'GET', path: '/projects/:id/resources', right: 'read', run: resourcesOfProject }),
];
