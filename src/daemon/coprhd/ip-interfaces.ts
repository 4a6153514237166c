/** IP interfaces of hosts, which are told and not discovered. */
import { z } from 'zod';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import { Refusal } from '../refusal.ts';
import { text, whole } from '../wire/leaves.ts';
import { bulkRoutes } from './bulk.ts';
import { about, carryThrough, changed } from './changing.ts';
import { base } from './documents.ts';
import { find, inPath, listOf, PLACES, ref, searched } from './finding.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

const fields = {
  /** Bits, of IPv4; of IPv6 it is prefix_length. */
  netmask: whole.optional(),
  prefix_length: whole.optional(),
  scope_id: text.optional(),
  name: text.optional(),
};
const create = z.strictObject({ ...fields, protocol: text, ip_address: text });
const update = z.strictObject({ ...fields, protocol: text.optional(), ip_address: text.optional() });

interface Spec {
  readonly host: string;
  readonly address: string;
  readonly prefixLength?: number;
}
const specOf = ({ record }: FoundRecord): Spec => record.spec as unknown as Spec;

const isV6 = (address: string): boolean => address.includes(':');

function ipInterface(found: FoundRecord): object {
  const { host, address, prefixLength } = specOf(found);
  return {
    ...base(found, PLACES.ipInterface),
    host: ref(PLACES.host, host),
    protocol: isV6(address) ? 'IPV6' : 'IPV4',
    ip_address: address,
    ...(prefixLength === undefined ? {} : { [isV6(address) ? 'prefix_length' : 'netmask']: prefixLength }),
    registration_status: 'REGISTERED',
  };
}

/** As a plan file has it. What is said of it must fit its address. */
function entryOf(address: string, given: z.output<typeof update>) {
  const v6 = isV6(address);
  const { protocol = v6 ? 'IPV6' : 'IPV4', netmask, prefix_length: prefix, scope_id: scope } = given;
  if (protocol.toUpperCase() !== (v6 ? 'IPV6' : 'IPV4'))
    throw new Refusal('invalid', `protocol: ${protocol}; ${address} is an address of ${v6 ? 'IPV6' : 'IPV4'}`);
  if (v6 ? netmask !== undefined : prefix !== undefined)
    throw new Refusal('invalid', v6 ? 'netmask: only of IPV4' : 'prefix_length: only of IPV6');
  if (scope !== undefined) throw new Refusal('invalid', 'scope_id: addresses that need one reach no other machine');
  const prefixLength = v6 ? prefix : netmask;
  if (prefixLength !== undefined && (prefixLength < 0 || prefixLength > (v6 ? 128 : 32)))
    throw new Refusal('range', `${v6 ? 'prefix_length: 0 to 128' : 'netmask: 0 to 32 bits'}`);
  return { address, ...(prefixLength === undefined ? {} : { prefixLength }) };
}

async function createInterface(asked: Asked<z.output<typeof create>>): Promise<Answer> {
  const { engine, body, params } = asked;
  const { record } = (await inPath(engine, PLACES.host, params.id!)).found;
  const { address, ...rest } = entryOf(body.ip_address.trim(), body);
  const known = await find(engine, 'ipInterface', { name: address });
  if (known.records.some((found) => specOf(found).address === address))
    throw new Refusal('exists', `ip_address: ${address} is an interface of a host already`);
  const input = { addresses: [record.urn], add: { interfaces: [{ address, ...rest }] } };
  const before = await of(engine, record.urn);
  await carryThrough(asked, about('update host', record), () => engine.call('resource.change', input));
  // Its address may be spelled in another way than it was given.
  const made = (await of(engine, record.urn)).find(
    ({ record: { urn } }) => !before.some((old) => old.record.urn === urn),
  );
  if (!made) throw new Refusal('exists', `ip_address: ${address} is an interface of that host already`);
  return { root: 'ip_interface', body: ipInterface(made) };
}

const of = async (engine: Asked<unknown>['engine'], host: string) =>
  (await find(engine, 'ipInterface', { under: host })).records;

async function updateInterface(asked: Asked<z.output<typeof update>>): Promise<Answer> {
  const { engine, body, params } = asked;
  const { found } = await inPath(engine, PLACES.ipInterface, params.id!);
  const { host, address, prefixLength } = specOf(found);
  if ((body.ip_address ?? address) !== address)
    throw new Refusal('invalid', 'ip_address: another address is another interface: make that one');
  if ((body.name ?? found.record.name) !== found.record.name)
    throw new Refusal('invalid', 'name: an interface is named after its address');
  const entry = { ...(prefixLength === undefined ? {} : { prefixLength }), ...entryOf(address, body) };
  const input = { addresses: [host], add: { interfaces: [entry] } };
  const owner = (await find(engine, 'host', { urns: [host] })).records[0]!.record;
  await carryThrough(asked, about('update host', owner), () => engine.call('resource.change', input));
  const [now] = (await find(engine, 'ipInterface', { urns: [found.record.urn] })).records;
  return { root: 'ip_interface', body: ipInterface(now!) };
}

export const IP_INTERFACE_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/compute/hosts/:id/ip-interfaces',
    right: 'read',
    run: async ({ engine, params }) => {
      const { found } = await inPath(engine, PLACES.host, params.id!);
      return listOf(engine, PLACES.ipInterface, 'ip_interface', { under: found.record.urn });
    },
  }),
  route({
    method: 'POST',
    path: '/compute/hosts/:id/ip-interfaces',
    right: 'provision',
    body: create,
    run: createInterface,
  }),
  ...bulkRoutes(PLACES.ipInterface, { root: 'bulk_ip_interfaces', key: 'ip_interface', show: () => ipInterface }),
  route({
    method: 'GET',
    path: '/compute/ip-interfaces/search',
    right: 'read',
    run: (asked) => searched(asked, PLACES.ipInterface),
  }),
  route({
    method: 'GET',
    path: '/compute/ip-interfaces/:id',
    right: 'read',
    run: async ({ engine, params }) => ({
      root: 'ip_interface',
      body: ipInterface((await inPath(engine, PLACES.ipInterface, params.id!)).found),
    }),
  }),
  route({
    method: 'PUT',
    path: '/compute/ip-interfaces/:id',
    right: 'provision',
    body: update,
    run: updateInterface,
  }),
  route({
    method: 'POST',
    path: '/compute/ip-interfaces/:id/deactivate',
    right: 'provision',
    run: async (asked) => {
      const { engine, params } = asked;
      const { found } = await inPath(engine, PLACES.ipInterface, params.id!);
      const { host, address } = specOf(found);
      const input = { addresses: [host], remove: { interfaces: [address] } };
      const gone = about('delete ipInterface', found.record);
      const [task] = await changed(asked, gone, () => engine.call('resource.change', input));
      return { root: 'task', status: 202, body: { ...task!, resource: ref(PLACES.ipInterface, found.record.urn) } };
    },
  }),
];
