/** How much may be provisioned in a tenant, in a project, or from a virtual pool, and how much is. */
import { z } from 'zod';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { isAdmin } from '../../engine/tenancy/bounds.ts';
import { boundsOf, type Principal } from '../gate.ts';
import { Refusal } from '../refusal.ts';
import { flag, whole } from '../wire/leaves.ts';
import { about, carryThrough } from './changing.ts';
import { find, inPath, namedRef, PLACES, type Place } from './finding.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

const BYTES_OF_GB = 1024 ** 3;

interface Quota {
  readonly place: Place;
  readonly shown: Route['right'];
  readonly changed: Route['right'];
  /** As in a plan file. */
  readonly field: string;
  readonly bytesOf: (spec: never) => number | undefined;
  readonly volumes: (engine: EngineClient, id: string) => Promise<readonly FoundRecord[]>;
}

const volumesUnder = async (engine: EngineClient, id: string) => (await find(engine, 'volume', { under: id })).records;

async function volumesOfPool(engine: EngineClient, id: string) {
  const { records } = await find(engine, 'volume', { all: true });
  return records.filter(({ record }) => (record.spec as { readonly virtualPool: string }).virtualPool === id);
}

const QUOTAS: readonly Quota[] = [
  {
    ...{ place: PLACES.project, shown: 'read', changed: 'provision', field: 'quota', volumes: volumesUnder },
    bytesOf: ({ quotaBytes }: { quotaBytes?: number }) => quotaBytes,
  },
  {
    ...{ place: PLACES.tenant, shown: 'read', changed: 'administer', field: 'quota.capacity', volumes: volumesUnder },
    bytesOf: ({ quota }: { quota?: { capacityBytes?: number } }) => quota?.capacityBytes,
  },
  {
    ...{ place: PLACES.vpool, shown: 'monitor', changed: 'administer', field: 'quota', volumes: volumesOfPool },
    bytesOf: ({ quotaBytes }: { quotaBytes?: number }) => quotaBytes,
  },
];

async function quotaOf({ volumes, place }: Quota, engine: EngineClient, { record }: FoundRecord, bytes?: number) {
  const used = (await volumes(engine, record.urn)).reduce(
    (sum, { record: { spec } }) => sum + (spec as { readonly sizeBytes: number }).sizeBytes,
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

/** It is counted over all of it, which not everybody sees. */
function mayCount(principal: Principal): void {
  const bounds = boundsOf(principal);
  if (bounds && !bounds.monitors && !isAdmin(bounds))
    throw new Refusal('forbidden', `${principal.user} does not administer the tenant`);
}

const change = z.strictObject({ quota_enabled: flag, quota_gb: whole.pipe(z.int().min(0)).optional() });

async function changeQuota(quota: Quota, asked: Asked<z.output<typeof change>>): Promise<Answer> {
  const { engine, body, params } = asked;
  const { found } = await inPath(engine, quota.place, params.id!);
  const { quota_enabled: enabled, quota_gb: gigabytes } = body;
  if (enabled && gigabytes === undefined) throw new Refusal('missing', 'quota_gb is missing');
  const bytes = enabled ? gigabytes! * BYTES_OF_GB : undefined;
  const input = { addresses: [found.record.urn], set: { [quota.field]: bytes === undefined ? null : `${bytes}B` } };
  await carryThrough(asked, about('update quota', found.record), () => engine.call('resource.change', input));
  // As it is now, whether the index has heard of it or not.
  return quotaOf(quota, engine, found, bytes);
}

export const QUOTA_ROUTES: readonly Route[] = QUOTAS.flatMap((quota) => [
  route({
    method: 'GET',
    path: `${quota.place.path}/:id/quota`,
    right: quota.shown,
    run: async ({ engine, params, principal }) => {
      const { found } = await inPath(engine, quota.place, params.id!);
      mayCount(principal);
      return quotaOf(quota, engine, found, quota.bytesOf(found.record.spec as never));
    },
  }),
  route({
    method: 'PUT',
    path: `${quota.place.path}/:id/quota`,
    right: quota.changed,
    body: change,
    run: (asked) => changeQuota(quota, asked),
  }),
]);
