/**
 * Network systems: registered with what logs in to them, discovered, taken out of use; and what they show of their fabrics.
 * Zones and aliases are made with exports: by hand, through this interface, they would be nobody's, and are refused.
 */
import { z } from 'zod';
import type { FabricContents } from '../../engine/operations/network-types.ts';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient, InputOf } from '../../engine/operations/types.ts';
import { OperationError } from '../../lib/diagnostic.ts';
import { normaliseWwpn } from '../../lib/wwpn.ts';
import { Refusal } from '../refusal.ts';
import { flag, list, text, whole } from '../wire/leaves.ts';
import { about, changed } from './changing.ts';
import { type Document, networkSystem, SWITCH_TYPES, switchType, task as taskDocument } from './documents.ts';
import { bulkIds, find, inPath, linkTo, listOf, PLACES, ref } from './finding.ts';
import { type Answer, type Asked, type Route, refused, route } from './route.ts';
import { discovered, endpointOf, keepSecret, registration } from './storage-systems.ts';

const SMIS = {
  smis_provider_ip: text.optional(),
  smis_port_number: whole.optional(),
  smis_user_name: text.optional(),
  smis_password: text.optional(),
  smis_use_ssl: flag.optional(),
};

const create = z.strictObject({
  name: text,
  /** `brocade`, `mds`, or the name of a driver. */
  system_type: text,
  ip_address: text.optional(),
  port_number: whole.optional(),
  user_name: text.optional(),
  password: text.optional(),
  ...SMIS,
  /** Ours: the driver's own, as in a plan file, and fabrics in scope; without these all that there are. */
  configuration: z.record(z.string(), z.unknown()).optional(),
  fabrics: list('fabrics', text).optional(),
});

const update = z.strictObject({
  name: text.optional(),
  ip_address: text.optional(),
  port_number: whole.optional(),
  user_name: text.optional(),
  password: text.optional(),
  ...SMIS,
});

/** As CoprHD's clients expect, it is managed at once. The password is kept in the vault. */
async function register(asked: Asked<z.output<typeof create>>): Promise<Answer> {
  const { engine, body } = asked;
  const { name, system_type: type, ip_address, password, configuration = {}, fabrics } = body;
  if (ip_address === undefined) {
    const why =
      body.smis_provider_ip === undefined ? 'is missing' : 'is missing: switches are reached over SSH or HTTPS';
    throw new Refusal('missing', `ip_address ${why}`);
  }
  const secret = password === undefined ? undefined : await keepSecret(asked, name, password, 'network');
  const input: InputOf<'device.add'> = {
    ...{ name, driver: SWITCH_TYPES[type.toLowerCase()] ?? type.toLowerCase(), configuration },
    ...{ kind: 'networkSystem', mode: 'manage', pools: [], endpoint: endpointOf({ ...body, ip_address }) },
    ...(fabrics === undefined ? { allFabrics: true } : { fabrics }),
    ...(secret === undefined ? {} : { credential: `vault:${secret}` }),
  };
  const made = { name: 'create networkSystem', resources: [{ kind: 'networkSystem' as const, name }] };
  try {
    const [task] = await changed(asked, made, () => engine.call('device.add', input));
    return { root: 'task', status: 202, body: task! };
  } catch (error) {
    if (secret !== undefined) await engine.call('secret.remove', { name: secret });
    throw error;
  }
}

/** Its credential. Where it is reached stays. */
async function updateSystem(asked: Asked<z.output<typeof update>>): Promise<Answer> {
  const { engine, body, params } = asked;
  const { record } = (await inPath(engine, PLACES.networkSystem, params.id!)).found;
  const { name = record.name, password, ...others } = body;
  if (name !== record.name) throw new Refusal('invalid', 'name: a network system keeps its name');
  const given = Object.entries(others).flatMap(([field, value]) => (value === undefined ? [] : [field]));
  if (given.length > 0) throw new Refusal('invalid', `${given.join(', ')}: register the network system anew`);
  if (password === undefined) throw new Refusal('missing', 'password is missing: nothing else of it is changed');
  const secret = await keepSecret(asked, record.name, password, 'network');
  try {
    await engine.call('device.rotate', { name: record.urn, credential: `vault:${secret}` });
  } catch (error) {
    await engine.call('secret.remove', { name: secret });
    throw error;
  }
  const { tasks } = await engine.call('task.settle', about('update networkSystem', record));
  return { root: 'task', body: taskDocument(tasks[0]!) };
}

async function deactivate(asked: Asked<unknown>): Promise<Answer> {
  const { record } = (await inPath(asked.engine, PLACES.networkSystem, asked.params.id!)).found;
  const gone = about('delete networkSystem', record);
  const remove = () => asked.engine.call('resource.remove', { addresses: [record.urn] });
  const [task] = await changed(asked, gone, remove);
  return { root: 'task', status: 202, body: task! };
}

/** What was seen of its fabrics, all or the one that is named; looked at again where that isn't fresh. */
async function fabricsOf(
  { engine, params }: Asked<unknown>,
  fabric: string | undefined,
): Promise<{ readonly record: FoundRecord['record']; readonly fabrics: readonly FabricContents[] }> {
  const { record } = (await inPath(engine, PLACES.networkSystem, params.id!)).found;
  const input = { system: record.urn, contents: true, ...(fabric === undefined ? {} : { fabric }) };
  const { contents = [] } = await engine.call('network.fabrics', input);
  return { record, fabrics: contents };
}

type WithDriver = { readonly driver: string };

/** As CoprHD calls it: a VSAN by its number, another fabric by its name. */
function fabricId({ spec }: FoundRecord['record'], { fabric }: Pick<FabricContents, 'fabric'>): string {
  const isVsan = switchType((spec as unknown as WithDriver).driver) === 'mds';
  return isVsan && fabric.virtualFabric !== undefined ? String(fabric.virtualFabric) : fabric.name;
}

const wwnOf = ({ nativeId }: { readonly nativeId: string }): string => nativeId.split('/')[0]!;

async function endpoints(asked: Asked<unknown>): Promise<Answer> {
  const { record, fabrics } = await fabricsOf(asked, asked.query['fabric-id']);
  const known = await recordedEndpoints(asked.engine);
  const fc_endpoint = fabrics.flatMap((contents) => {
    const { fabric, aliases } = contents;
    const names = new Map(fabric.switches.map((at) => [at.nativeId, at.name]));
    return contents.endpoints.map((endpoint): Document => {
      const { nativeId: wwpn, wwnn, switch: at, port } = endpoint;
      const id = known.get(wwpn);
      const alias = aliases.find(({ members }) => members.some((one) => one.type === 'wwpn' && one.wwpn === wwpn));
      return {
        ...(id === undefined ? {} : ref(PLACES.fcPort, id)),
        name: wwpn,
        fabric_id: fabricId(record, contents),
        fabric_wwn: wwnOf(fabric),
        switch_name: names.get(at) ?? at,
        switch_interface: String(port),
        switch_port_name: at,
        ...(wwnn === undefined ? {} : { remote_node_name: wwnn }),
        remote_port_name: wwpn,
        ...(alias ? { remote_port_alias: alias.name } : {}),
        networkDevice: ref(PLACES.networkSystem, record.urn),
      };
    });
  });
  return { root: 'fc_endpoints', body: { fc_endpoint } };
}

async function recordedEndpoints(engine: EngineClient): Promise<ReadonlyMap<string, string>> {
  const { records } = await find(engine, 'endpoint', { all: true });
  return new Map(records.map(({ record }) => [(record.spec as { readonly portName: string }).portName, record.urn]));
}

type Zone = FabricContents['zones'][number];
type Member = NonNullable<Zone['effective']>[number];

const memberText = (member: Member): string => {
  if (member.type === 'wwpn') return member.wwpn;
  if (member.type === 'alias') return member.alias;
  return member.type === 'port' ? `${member.domain},${member.port}` : member.text;
};

/** The aliases by which ports are in a zone, where they are. */
function aliasesIn({ aliases }: FabricContents, { defined = [] }: Zone): ReadonlyMap<string, string> {
  const named = new Set(defined.flatMap((member) => (member.type === 'alias' ? [member.alias] : [])));
  return new Map(
    aliases
      .filter(({ name }) => named.has(name))
      .flatMap(({ name, members }) => members.map((member) => [memberText(member), name] as const)),
  );
}

const isTrue = (text: string | undefined): boolean => text?.toLowerCase() === 'true';

/** Those in effect, as CoprHD shows them. */
async function zones(asked: Asked<unknown>): Promise<Answer> {
  const { params, query } = asked;
  const { fabrics } = await fabricsOf(asked, params.fabric).catch((error: unknown) => {
    const isMissing = error instanceof OperationError && error.diagnostics[0]?.code === 'COPRHD-ZONE-005';
    throw isMissing ? new Refusal('notFound', error.message) : error;
  });
  const name = query['zone-name'];
  const [noMembers, noAliases] = [isTrue(query['exclude-members']), isTrue(query['exclude-aliases'])];
  const san_zone = fabrics.flatMap((contents) =>
    contents.zones.flatMap((zone): Document[] => {
      if (zone.effective === undefined || (name !== undefined && zone.name !== name)) return [];
      if (noMembers) return [{ name: zone.name }];
      const aliases = noAliases ? new Map<string, string>() : aliasesIn(contents, zone);
      const members = zone.effective.map((member) => {
        const alias = aliases.get(memberText(member));
        return { wwn: memberText(member), ...(alias === undefined ? {} : { alias }) };
      });
      return [{ name: zone.name, members }];
    }),
  );
  return { root: 'san_zones', body: { san_zone } };
}

async function aliases(asked: Asked<unknown>): Promise<Answer> {
  const { record, fabrics } = await fabricsOf(asked, asked.query['fabric-id']);
  const wwn_alias = fabrics.flatMap((contents) =>
    contents.aliases.flatMap(({ name, members }) => members.map((one) => ({ name, address: memberText(one) }))),
  );
  const [first, ...others] = fabrics;
  const of = first && others.length === 0 ? { fabric_id: fabricId(record, first) } : {};
  return { root: 'wwn_aliases', body: { ...of, wwn_alias } };
}

interface EndpointSpec {
  readonly network: string;
  readonly portName: string;
  readonly declared: boolean;
}

/** A port that is recorded in a fabric. */
async function connection({ engine, params }: Asked<unknown>): Promise<Answer> {
  const { record } = (await inPath(engine, PLACES.fcPort, params.id!)).found;
  const { portName, network, declared } = record.spec as unknown as EndpointSpec;
  const body = {
    id: record.urn,
    name: portName,
    link: linkTo(PLACES.fcPort, record.urn),
    creation_time: record.createdAtMs,
    inactive: false,
    remote_port_name: portName,
    network: ref(PLACES.network, network),
    discovered: !declared,
  };
  return { root: 'fc_port_connection', body };
}

interface ZoneSpec {
  readonly mask: string;
  readonly network: string;
  readonly zoneName: string;
  readonly members: readonly { readonly portName: string }[];
}

/** Which exports and volumes the zones of ours with two of these ports are for. */
async function references({ engine, params }: Asked<unknown>): Promise<Answer> {
  const wwns = new Set(params.wwns!.split(',').map(wwpnOf));
  const { records } = await find(engine, 'zone', { all: true });
  const networks = new Map(
    (await find(engine, 'network', { all: true })).records.map(({ record }) => [
      record.urn as string,
      { name: record.name, ...(record.spec as { networkSystem?: string; fabric?: string; vsan?: number }) },
    ]),
  );
  const rows = await Promise.all(
    records.map(async ({ record }): Promise<Document[]> => {
      const { mask, network: id, zoneName, members } = record.spec as unknown as ZoneSpec;
      const ports = members.map(({ portName }) => portName).filter((port) => wwns.has(port));
      const pairs = pairKeys(ports);
      if (pairs.length === 0) return [];
      const network = networks.get(id);
      const maps = (await find(engine, 'lunMap', { under: mask })).records;
      return maps.flatMap(({ record: map }) => {
        const { volume, export: group } = map.spec as unknown as { readonly volume: string; readonly export: string };
        return pairs.map((pwwnKey) => ({
          pwwnKey,
          zoneName,
          networkSystemUri: network?.networkSystem,
          fabricId: String(network?.vsan ?? network?.fabric ?? network?.name ?? id),
          volumeUri: volume,
          groupUri: group,
        }));
      });
    }),
  );
  return { root: 'fc_zone_references', body: { fc_zone_reference: rows.flat() } };
}

/** `10000000000000010A_50...`, of each two. */
function pairKeys(ports: readonly string[]): string[] {
  const sorted = [...new Set(ports)].map((port) => port.replaceAll(':', '').toUpperCase()).sort();
  return sorted.flatMap((port, index) => sorted.slice(index + 1).map((other) => `${port}_${other}`));
}

function wwpnOf(text: string): string {
  const name = normaliseWwpn(text.trim());
  if (name === undefined) throw new Refusal('invalid', `${text} is no WWPN`);
  return name;
}

const BY_HAND =
  "zones and aliases are made and removed with the exports that need them: made by hand here they would be nobody's, and stay for ever";
const ACTIVATION =
  'an activation puts into effect what others have saved and not enabled: enable it where it was saved; exports activate their own zones';

const AT = PLACES.networkSystem.path;
const ZONES = `${AT}/:id/san-fabrics/:fabric/san-zones`;
const ALIASES = `${AT}/:id/san-aliases`;
const SYSTEM = { place: PLACES.networkSystem, kind: 'device', root: 'network_system', show: networkSystem } as const;

export const NETWORK_SYSTEM_ROUTES: readonly Route[] = [
  route({ method: 'POST', path: AT, right: 'administer', body: create, run: register }),
  route({ method: 'PUT', path: `${AT}/:id`, right: 'administer', body: update, run: updateSystem }),
  route({ method: 'POST', path: `${AT}/:id/deactivate`, right: 'administer', run: deactivate }),
  route({
    method: 'POST',
    path: `${AT}/:id/discover`,
    right: 'administer',
    run: async (asked) => {
      const { record } = (await inPath(asked.engine, PLACES.networkSystem, asked.params.id!)).found;
      const [task] = await discovered(asked, [record]);
      return { root: 'task', status: 202, body: taskDocument(task!) };
    },
  }),
  ...(['register', 'deregister'] as const).map((word) =>
    route({
      method: 'POST',
      path: `${AT}/:id/${word}`,
      right: 'administer',
      run: (asked) => registration(asked, SYSTEM, word),
    }),
  ),
  route({
    method: 'GET',
    path: `${AT}/:id/san-fabrics`,
    right: 'monitor',
    run: async (asked) => {
      const { record, fabrics } = await fabricsOf(asked, undefined);
      return { root: 'fabrics', body: { fabric: fabrics.map((each) => fabricId(record, each)) } };
    },
  }),
  route({ method: 'GET', path: `${AT}/:id/fc-endpoints`, right: 'monitor', run: endpoints }),
  route({ method: 'GET', path: `${AT}/san-references/:wwns`, right: 'administer', run: references }),
  route({ method: 'GET', path: ZONES, right: 'administer', run: zones }),
  route({ method: 'GET', path: ALIASES, right: 'administer', run: aliases }),
  refused('POST', ZONES, BY_HAND),
  refused('PUT', ZONES, BY_HAND),
  refused('POST', `${ZONES}/remove`, BY_HAND),
  refused('POST', `${ZONES}/activate`, ACTIVATION),
  refused('POST', ALIASES, BY_HAND),
  refused('PUT', ALIASES, BY_HAND),
  refused('POST', `${ALIASES}/remove`, BY_HAND),
  route({
    method: 'GET',
    path: PLACES.fcPort.path,
    right: 'monitor',
    run: ({ engine }) => listOf(engine, PLACES.fcPort, 'fc_port_connection', { all: true }),
  }),
  route({
    method: 'GET',
    path: `${PLACES.fcPort.path}/bulk`,
    right: 'monitor',
    run: ({ engine }) => bulkIds(engine, PLACES.fcPort),
  }),
  route({ method: 'GET', path: `${PLACES.fcPort.path}/:id`, right: 'monitor', run: connection }),
];
