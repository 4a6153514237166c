/** Virtual pools: made and changed as CoprHD's clients say it, in the words of a plan file. */
import { z } from 'zod';
import type { ResourceRecord } from '../../engine/model/record.ts';
import { Refusal } from '../refusal.ts';
import { flag, list, text, urn, whole } from '../wire/leaves.ts';
import { about, carryThrough } from './changing.ts';
import { virtualPool } from './documents.ts';
import { inBody, inPath, PLACES, poolRefs, poolsOf } from './finding.ts';
import { create, deactivating, one } from './making.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

/** How many snapshots and continuous copies a volume may have; 0 = none. */
const protection = z
  .strictObject({
    snapshots: z.strictObject({ max_native_snapshots: whole.optional() }).optional(),
    continuous_copies: z
      .strictObject({ max_native_continuous_copies: whole.optional(), protection_mirror_vpool: text.optional() })
      .optional(),
  })
  .optional();

/** Where continuous copies are made whose request names no virtual pool, by its name; null: where their volume is. */
async function mirrorPool({
  engine,
  body,
}: Pick<Asked<{ protection?: z.output<typeof protection> }>, 'engine' | 'body'>) {
  const id = body.protection?.continuous_copies?.protection_mirror_vpool;
  if (id === undefined) return undefined;
  return NOBODY.test(id) ? null : (await inBody(engine, PLACES.vpool, 'protection_mirror_vpool', id)).name;
}

/** What CoprHD's clients write for a URI that is taken away. */
const NOBODY = /^(null|none)$/i;

function protectionOf(given: z.output<typeof protection>, pool: string | null | undefined) {
  const limit = (max: number | undefined) => (max === undefined ? undefined : { max });
  const copies = limit(given?.continuous_copies?.max_native_continuous_copies);
  if (pool && !copies)
    throw new Refusal('missing', 'max_native_continuous_copies is missing: protection_mirror_vpool needs it');
  return {
    snapshots: limit(given?.snapshots?.max_native_snapshots),
    continuousCopies: copies && { ...copies, ...(pool ? { virtualPool: pool } : {}) },
  };
}

export const vpoolCreate = z.strictObject({
  name: text,
  description: text.optional(),
  protocols: list('protocols', text),
  varrays: list('varrays', urn).optional(),
  provisioning_type: text.default('Thin'),
  system_type: text.optional(),
  use_matched_pools: flag.optional(),
  long_term_retention: flag.optional(),
  max_paths: whole.optional(),
  num_paths: whole.optional(),
  min_paths: whole.optional(),
  paths_per_initiator: whole.optional(),
  raid_levels: list('raid_levels', text).optional(),
  drive_type: text.optional(),
  auto_tiering_policy_name: text.optional(),
  thin_volume_preallocation_percentage: whole.optional(),
  multi_volume_consistency: flag.optional(),
  fast_expansion: flag.optional(),
  expandable: flag.optional(),
  host_io_limit_bandwidth: whole.optional(),
  host_io_limit_iops: whole.optional(),
  compression_enabled: flag.optional(),
  dedup_capable: flag.optional(),
  placement_policy: text.optional(),
  protection,
});
type VpoolCreate = z.output<typeof vpoolCreate>;
/** What a virtual pool would be, whatever its name. */
export type VpoolFields = Omit<VpoolCreate, 'name'>;

/** As a plan file would say it; words that mean "any" are left out. */
function vpoolBody(body: VpoolFields, varrays: readonly string[], mirrors: string | null | undefined): object {
  const named = (word: string | undefined) =>
    word === undefined || /^none$/i.test(word) ? undefined : word.toLowerCase();
  const { host_io_limit_iops: iops, host_io_limit_bandwidth: megabytes } = body;
  const limits = {
    ...(iops ? { iops } : {}),
    ...(megabytes ? { bandwidth: `${megabytes}MiB` } : {}),
  };
  const raidLevels = (body.raid_levels ?? []).map((level) => level.toLowerCase());
  const system = named(body.system_type);
  const fields = {
    type: 'block',
    protocols: body.protocols.map((protocol) => protocol.toLowerCase()),
    provisioning: body.provisioning_type.toLowerCase(),
    virtualArrays: varrays,
    driveType: named(body.drive_type),
    raidLevels: raidLevels.length > 0 ? raidLevels : undefined,
    systemTypes: system === undefined ? undefined : [system],
    paths: pathsOf(body),
    autoTieringPolicy: body.auto_tiering_policy_name,
    thinPreAllocation: body.thin_volume_preallocation_percentage
      ? `${body.thin_volume_preallocation_percentage}%`
      : undefined,
    multiVolumeConsistency: body.multi_volume_consistency,
    ...protectionOf(body.protection, mirrors),
    expandable: body.expandable,
    longTermRetention: body.long_term_retention,
    compression: body.compression_enabled,
    deduplication: body.dedup_capable,
    arrayAffinity: /affinity/i.test(body.placement_policy ?? '') ? true : undefined,
    hostIoLimits: Object.keys(limits).length > 0 ? limits : undefined,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** As a plan file would say what the request does. */
export async function vpoolFields(asked: Pick<Asked<VpoolFields>, 'engine' | 'body'>): Promise<object> {
  const { engine, body } = asked;
  const varrays = await Promise.all((body.varrays ?? []).map((id) => inBody(engine, PLACES.varray, 'varrays', id)));
  const names = varrays.map(({ name }) => name);
  return vpoolBody(body, names, await mirrorPool(asked));
}

/** `null`: all that match again; undefined = as before. */
function poolsAfter(matched: boolean | undefined, before: readonly string[] | undefined): null | [] | undefined {
  if (matched === true) return before === undefined ? undefined : null;
  return matched === false && before === undefined ? [] : undefined;
}

/** Entries of a list that come and go: `{ add: { [key]: [...] }, remove: { [key]: [...] } }`. */
export const listChange = <T extends z.ZodType>(key: string, item: T) =>
  z
    .strictObject({
      add: z.strictObject({ [key]: list(key, item) }).optional(),
      remove: z.strictObject({ [key]: list(key, item) }).optional(),
    })
    .optional();

const vpoolUpdate = z.strictObject({
  name: text.optional(),
  num_paths: whole.optional(),
  provisioning_type: text.optional(),
  system_type: text.optional(),
  description: text.optional(),
  varray_changes: listChange('varrays', urn),
  protocol_changes: listChange('protocols', text),
  raid_level_changes: listChange('raid_levels', text),
  use_matched_pools: flag.optional(),
  max_paths: whole.optional(),
  min_paths: whole.optional(),
  paths_per_initiator: whole.optional(),
  drive_type: text.optional(),
  auto_tiering_policy_name: text.optional(),
  multi_volume_consistency: flag.optional(),
  expandable: flag.optional(),
  host_io_limit_bandwidth: whole.optional(),
  host_io_limit_iops: whole.optional(),
  protection,
});

/** What a virtual pool is changed by; paths and limits of I/O are said whole. */
async function updateVpool(asked: Asked<z.output<typeof vpoolUpdate>>): Promise<Answer> {
  const { engine, body, params } = asked;
  const { record } = (await inPath(engine, PLACES.vpool, params.id!)).found;
  const part = (
    changes: { add?: object | undefined; remove?: object | undefined } | undefined,
    how: 'add' | 'remove',
    key: string,
  ) => ((changes?.[how] ?? {}) as Readonly<Record<string, readonly string[]>>)[key] ?? [];
  const namesOf = (ids: readonly string[]) =>
    Promise.all(ids.map(async (id) => (await inBody(engine, PLACES.varray, 'varrays', id)).name));
  const lists = async (how: 'add' | 'remove') => {
    const found = {
      virtualArrays: await namesOf(part(body.varray_changes, how, 'varrays')),
      protocols: part(body.protocol_changes, how, 'protocols').map((each) => each.toLowerCase()),
      raidLevels: part(body.raid_level_changes, how, 'raid_levels').map((each) => each.toLowerCase()),
    };
    return Object.fromEntries(Object.entries(found).filter(([, entries]) => entries.length > 0));
  };
  const old = record.spec as ResourceRecord<'virtualPool'>['spec'];
  if ((body.name ?? record.name) !== record.name) throw new Refusal('invalid', 'name: a virtual pool keeps its name');
  const { max_paths: max = body.num_paths, min_paths: min, paths_per_initiator: perInitiator } = body;
  const { host_io_limit_iops: iops, host_io_limit_bandwidth: megabytes } = body;
  const set = {
    ...(max === undefined && min === undefined && perInitiator === undefined
      ? {}
      : { paths: { ...old.paths, ...pick({ max, min, perInitiator }) } }),
    ...(iops === undefined && megabytes === undefined
      ? {}
      : { hostIoLimits: pick({ iops: iops || undefined, bandwidth: megabytes ? `${megabytes}MiB` : undefined }) }),
    ...pick({
      driveType: body.drive_type?.toLowerCase(),
      provisioning: body.provisioning_type?.toLowerCase(),
      systemTypes: body.system_type === undefined ? undefined : [body.system_type.toLowerCase()],
      autoTieringPolicy: body.auto_tiering_policy_name,
      multiVolumeConsistency: body.multi_volume_consistency,
      expandable: body.expandable,
      snapshots: protectionOf(body.protection, undefined).snapshots,
      'continuousCopies.max': body.protection?.continuous_copies?.max_native_continuous_copies,
      'continuousCopies.virtualPool': await mirrorPool(asked),
      pools: poolsAfter(body.use_matched_pools, old.pools),
    }),
  };
  const [add, remove] = [await lists('add'), await lists('remove')];
  if ([set, add, remove].every((each) => Object.keys(each).length === 0))
    throw new Refusal('missing', 'no changes are given');
  const input = { addresses: [record.urn], set, add, remove };
  await carryThrough(asked, about('update virtualPool', record), () => engine.call('resource.change', input));
  return one(engine, PLACES.vpool, 'block_vpool', virtualPool, record.urn);
}

const pick = (fields: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** All are 1 where nobody says anything, as in CoprHD. */
function pathsOf({ max_paths: max, num_paths: old, min_paths: min, paths_per_initiator: perInitiator }: VpoolFields) {
  const most = max ?? old;
  if (most === undefined && (min ?? perInitiator) !== undefined)
    throw new Refusal('missing', 'max_paths is missing: min_paths and paths_per_initiator need it');
  return { min: min ?? 1, max: most ?? 1, perInitiator: perInitiator ?? 1 };
}

export const VIRTUAL_POOL_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/block/vpools',
    right: 'administer',
    body: vpoolCreate,
    run: async (asked) => {
      const { name, use_matched_pools: matched = true } = asked.body;
      // Of those that match only what is assigned later: until then none.
      const fields = { ...(await vpoolFields(asked)), ...(matched ? {} : { pools: [] }) };
      return create(asked, PLACES.vpool, 'block_vpool', virtualPool, { name, fields });
    },
  }),
  route({ method: 'PUT', path: '/block/vpools/:id', right: 'administer', body: vpoolUpdate, run: updateVpool }),
  deactivating(PLACES.vpool),
  route({
    method: 'GET',
    path: '/block/vpools/:id/storage-pools',
    right: 'monitor',
    run: async ({ engine, params }) => {
      const { record } = (await inPath(engine, PLACES.vpool, params.id!)).found;
      return poolRefs(await poolsOf(engine, { vpool: record.name }));
    },
  }),
];
