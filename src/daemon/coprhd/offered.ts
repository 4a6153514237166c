/** What there is to choose from for virtual pools, and to register: policies and attributes of pools, types of storage systems. */
import type { PoolAttributes } from '../../engine/model/specs.ts';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { Refusal } from '../refusal.ts';
import { type DerivedPlace, derivedId, derivedRefs, derivedRoutes } from './derived.ts';
import { find, inPath, linkTo, PLACES, poolsOf, ref } from './finding.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

const POLICIES: DerivedPlace = { className: 'AutoTieringPolicy', path: '/vdc/auto-tier-policies' };

interface Policy {
  readonly id: string;
  readonly name: string;
  readonly system: string;
  readonly pools: readonly string[];
  readonly provisioning: readonly string[];
}

const observedOf = ({ observed }: FoundRecord) => observed as PoolAttributes | undefined;

/** As they were last seen with the pools. */
async function policiesOf(engine: EngineClient): Promise<Policy[]> {
  const policies = new Map<string, Policy>();
  for (const found of (await find(engine, 'pool', { all: true })).records) {
    const { system } = found.record.spec as { readonly system: string };
    for (const { name, provisioning } of observedOf(found)?.tieringPolicies ?? []) {
      const id = derivedId(POLICIES, system, name);
      const { pools = [], provisioning: before = [] } = policies.get(id) ?? {};
      const all = [...new Set([...before, ...provisioning])].sort();
      policies.set(id, { id, name, system, pools: [...pools, found.record.urn], provisioning: all });
    }
  }
  return [...policies.values()].sort((a, b) => (`${a.name} ${a.id}` < `${b.name} ${b.id}` ? -1 : 1));
}

const provisioningType = ({ provisioning }: Policy): string =>
  provisioning.length > 1 ? 'All' : provisioning[0] === 'thick' ? 'Thick' : 'Thin';

const policyDocument = (policy: Policy): object => ({
  policy_name: policy.name,
  policy_enabled: true,
  provisioning_type: provisioningType(policy),
  storage_system: ref(PLACES.system, policy.system),
  storage_pools: policy.pools.map((id) => ref(PLACES.pool, id)),
});

/** With unique names each is there once, whichever storage systems have it. */
function listed({ query }: Asked<unknown>, policies: readonly Policy[]): Answer {
  const wanted = query.provisioning_type?.toLowerCase() ?? 'all';
  const isUnique = [query.unique_auto_tier_policy_names, query.unique_policy_names].some(
    (value) => value?.toLowerCase() === 'true',
  );
  const fitting = policies.filter(({ provisioning }) => wanted === 'all' || provisioning.includes(wanted));
  const first = new Map([...fitting].reverse().map((policy) => [policy.name, policy]));
  const shown = isUnique ? fitting.filter((policy) => first.get(policy.name) === policy) : fitting;
  return { root: 'auto_tier_policies', body: { auto_tier_policy: derivedRefs(POLICIES, shown) } };
}

/** In the words that a virtual pool is made with. */
async function attributesOf({ engine, params }: Asked<unknown>): Promise<Answer> {
  const { record } = (await inPath(engine, PLACES.varray, params.id!)).found;
  const pools = (await poolsOf(engine, { varray: record.name })).filter(
    ({ usable, registrationStatus }) => usable && registrationStatus === 'REGISTERED',
  );
  const [{ records }, systems] = await Promise.all([
    find(engine, 'pool', { urns: pools.map(({ urn }) => urn) }),
    find(engine, 'storageSystem', { all: true }),
  ]);
  const seen = records.flatMap((found) => observedOf(found) ?? []);
  const names = new Set(pools.map(({ system }) => system));
  const drivers = systems.records
    .filter((found) => names.has(found.record.name))
    .map((found) => (found.record.spec as { readonly driver: string }).driver);
  const all: Readonly<Record<string, readonly string[]>> = {
    protocols: seen.flatMap(({ protocols }) => protocols.map((each) => (each === 'iscsi' ? 'iSCSI' : 'FC'))),
    provisioning_type: seen.flatMap(({ provisioning }) =>
      provisioning.map((each) => (each === 'thin' ? 'Thin' : 'Thick')),
    ),
    raid_levels: seen.flatMap(({ raidLevels = [] }) => raidLevels.map((level) => level.toUpperCase())),
    drive_type: seen.flatMap(({ driveType }) => driveType?.toUpperCase() ?? []),
    system_type: drivers,
    auto_tiering_policy: seen.flatMap(({ tieringPolicies = [] }) => tieringPolicies.map(({ name }) => name)),
  };
  const attribute = Object.entries(all).map(([name, values]) => ({ name, values: [...new Set(values)].sort() }));
  return { root: 'available_attributes', body: { attribute, virtual_array: record.urn } };
}

const TYPES: DerivedPlace = { className: 'StorageSystemType', path: '/vdc/storage-system-types' };

interface Type {
  readonly id: string;
  /** Of the driver. */
  readonly name: string;
  readonly summary: string;
}

async function typesOf(engine: EngineClient): Promise<Type[]> {
  const { drivers } = await engine.call('driver.list', {});
  return drivers
    .filter(({ kind }) => kind === 'block-array')
    .map(({ name, summary }) => ({ id: derivedId(TYPES, name), name, summary }));
}

const typeDocument = ({ id, name, summary }: Type): object => ({
  storage_type_id: id,
  storage_type_name: name,
  storage_type_dispname: summary,
  storage_type_type: 'block',
  isSmiProvider: false,
});

const TYPE_WORDS = ['block', 'file', 'object', 'all'];

export const OFFERED_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: POLICIES.path,
    right: 'monitor',
    run: async (asked) => listed(asked, await policiesOf(asked.engine)),
  }),
  ...derivedRoutes(POLICIES, {
    root: 'auto_tiering_policy',
    all: ({ engine }) => policiesOf(engine),
    show: policyDocument,
  }),
  route({
    method: 'GET',
    path: '/vdc/storage-systems/:id/auto-tier-policies',
    right: 'monitor',
    run: async (asked) => {
      const { record } = (await inPath(asked.engine, PLACES.system, asked.params.id!)).found;
      return listed(
        asked,
        (await policiesOf(asked.engine)).filter(({ system }) => system === record.urn),
      );
    },
  }),
  route({
    method: 'GET',
    path: '/vdc/varrays/:id/auto-tier-policies',
    right: 'monitor',
    run: async (asked) => {
      const { record } = (await inPath(asked.engine, PLACES.varray, asked.params.id!)).found;
      const inside = new Set((await poolsOf(asked.engine, { varray: record.name })).map(({ urn }) => urn));
      return listed(
        asked,
        (await policiesOf(asked.engine)).filter(({ pools }) => pools.some((id) => inside.has(id))),
      );
    },
  }),
  route({ method: 'GET', path: '/vdc/varrays/:id/available-attributes', right: 'monitor', run: attributesOf }),
  route({
    method: 'GET',
    path: `${TYPES.path}/type/:type`,
    right: 'monitor',
    run: async ({ engine, params }) => {
      const type = params.type!.toLowerCase();
      if (!TYPE_WORDS.includes(type)) throw new Refusal('invalid', `type: it is one of ${TYPE_WORDS.join(', ')}`);
      const types = type === 'block' || type === 'all' ? await typesOf(engine) : [];
      const shown = types.map((each) => ({
        id: each.id,
        name: each.name,
        link: linkTo(TYPES, each.id),
        ...typeDocument(each),
      }));
      return { root: 'storagesystem_types', body: { storagesystem_type: shown } };
    },
  }),
  ...derivedRoutes(TYPES, { root: 'storagesystem_type', all: ({ engine }) => typesOf(engine), show: typeDocument }),
];
