/** A switch behind its REST interface. Its edits live in the same transaction as those of the command line. */
import { type CallContext, DriverError, type EndpointObservation, type FabricObservation } from 'coprhd/driver';
import { type Edit, edited, listOf } from '../model/edits.ts';
import { isWwn, memberSet, normalWwn } from '../model/names.ts';
import { type Defined, type Effective, isHidden, type Lists, NOTHING, type Snapshot } from '../model/zoning.ts';
import { Surprise } from '../surprise.ts';
import type { Listed, SwitchTransport } from '../transport.ts';
import type { RestClient } from './client.ts';
import {
  definedShape,
  effectiveShape,
  fabricShape,
  nameServerShape,
  parsed,
  switchShape,
  type ZoneShape,
} from './shapes.ts';

const SWITCH = '/rest/running/switch/fibrechannel-switch';
const FABRIC = '/rest/running/brocade-fabric/fabric-switch';
const NAME_SERVER = '/rest/running/brocade-name-server/fibrechannel-name-server';
const DEFINED = '/rest/running/zoning/defined-configuration';
const EFFECTIVE = '/rest/running/zoning/effective-configuration';
const SAVE = 1;
const ABORT = 4;

const PLACE: Readonly<Record<Edit['object'], string>> = {
  alias: `${DEFINED}/alias/alias-name`,
  zone: `${DEFINED}/zone/zone-name`,
  cfg: `${DEFINED}/cfg/cfg-name`,
};

function bodyOf(object: Edit['object'], members: readonly string[]): unknown {
  if (object === 'cfg') return { 'member-zone': { 'zone-name': members } };
  return { 'member-entry': { [object === 'alias' ? 'alias-entry-name' : 'entry-name']: members } };
}

const pathOf = ({ object, name }: Edit): string => `${PLACE[object]}/${encodeURIComponent(name)}`;

export function createRestSwitch(client: RestClient, virtualFabric: number | undefined): SwitchTransport {
  const readDefined = async (ctx: CallContext): Promise<Defined | undefined> => {
    const body = await client.get(ctx, DEFINED);
    return body === undefined ? undefined : definedOf(body);
  };
  const needDefined = async (ctx: CallContext): Promise<Defined> => {
    const defined = await readDefined(ctx);
    if (defined === undefined) throw new Surprise(`GET ${DEFINED}`, '404');
    return defined;
  };
  const snapshot = async (ctx: CallContext): Promise<Snapshot> => {
    const defined = await readDefined(ctx);
    const state = effectiveOf(await client.get(ctx, EFFECTIVE));
    // Nothing saved may be answered with 404; then nothing can be in effect either.
    if (defined === undefined && state.effective !== undefined) throw new Surprise(`GET ${DEFINED}`, '404');
    return { defined: defined ?? { aliases: NOTHING, zones: NOTHING, cfgs: NOTHING }, ...state };
  };
  const patch = (ctx: CallContext, what: string, { checksum }: Snapshot) =>
    client.change(ctx, 'PATCH', `${EFFECTIVE}/${what}`, { checksum });

  return {
    fence: 'checksum',
    identity: async (ctx) => {
      const own = await ownSwitch(ctx, client, virtualFabric);
      return {
        wwn: own.wwn,
        model: `Brocade switch of type ${own.model ?? 'unknown'}`,
        firmwareVersion: own.firmwareVersion.replace(/^v/i, ''),
      };
    },
    fabric: async (ctx) => {
      const own = await ownSwitch(ctx, client, virtualFabric);
      return { fabric: await fabricOf(ctx, client, own, virtualFabric), complete: true };
    },
    endpoints: async (ctx) => endpointsOf(ctx, client, await ownSwitch(ctx, client, virtualFabric)),
    snapshot,
    transaction: async (ctx) => effectiveOf(await client.get(ctx, EFFECTIVE)).transaction,
    edit: async (ctx, edit) => {
      const { verb, object, members } = edit;
      if (verb === 'delete') return client.change(ctx, 'DELETE', pathOf(edit));
      if (verb === 'create') return client.change(ctx, 'POST', pathOf(edit), bodyOf(object, members));
      // A whole list is sent, so it starts from the list as it is: it may hold what somebody else has just put there.
      const list = listOf(edited(await needDefined(ctx), edit), edit);
      await client.change(ctx, 'PATCH', pathOf(edit), bodyOf(object, list));
      if (verb === 'remove') await removeLeft(ctx, client, edit, await needDefined(ctx));
    },
    save: (ctx, seen) => patch(ctx, `cfg-action/${SAVE}`, seen),
    enable: (ctx, configuration, seen) => patch(ctx, `cfg-name/${encodeURIComponent(configuration)}`, seen),
    abort: (ctx, seen) => patch(ctx, `cfg-action/${ABORT}`, seen),
    close: client.close,
  };
}

/** A PATCH with a list replaces the members on some versions and only adds to them on others: what it left is looked at. */
async function removeLeft(ctx: CallContext, client: RestClient, edit: Edit, now: Defined): Promise<void> {
  const left = edit.members.filter((member) => listOf(now, edit).includes(member));
  if (left.length > 0) await client.change(ctx, 'DELETE', pathOf(edit), bodyOf(edit.object, left));
}

/** Peer zones are told by members that nobody writes. */
function zoneMembers({ 'zone-type': type, 'member-entry': entry }: ZoneShape): readonly string[] {
  const principals = entry['principal-entry-name'].map((member) => `principal ${member.toLowerCase()}`);
  return memberSet([...entry['entry-name'], ...principals, ...(type === 0 ? [] : [`zone type ${type}`])]);
}

/** Throws when a name comes twice. */
function listsOf(what: string, body: string, entries: readonly (readonly [string, readonly string[]])[]): Lists {
  const shown = entries.filter(([name]) => !isHidden(name));
  const lists = new Map(shown);
  if (lists.size !== shown.length) throw new Surprise(what, body, 'a name comes twice');
  return lists;
}

export function definedOf(body: string): Defined {
  const what = `GET ${DEFINED}`;
  const { cfg, zone, alias } = parsed(what, body, definedShape)['defined-configuration'];
  const lists = (entries: readonly (readonly [string, readonly string[]])[]) => listsOf(what, body, entries);
  return {
    cfgs: lists(cfg.map((one) => [one['cfg-name'], memberSet(one['member-zone']?.['zone-name'] ?? [])])),
    zones: lists(zone.map((one) => [one['zone-name'], zoneMembers(one)])),
    aliases: lists(alias.map((one) => [one['alias-name'], memberSet(one['member-entry']?.['alias-entry-name'] ?? [])])),
  };
}

export function effectiveOf(body: string | undefined): Omit<Snapshot, 'defined'> & { readonly checksum: string } {
  const what = `GET ${EFFECTIVE}`;
  if (body === undefined) throw new Surprise(what, '404');
  const shown = parsed(what, body, effectiveShape)['effective-configuration'];
  const name = shown['cfg-name'] ?? '';
  const zones = listsOf(
    what,
    body,
    shown['enabled-zone'].map((one) => [one['zone-name'], zoneMembers(one)]),
  );
  const token = shown['transaction-token'] ?? 0;
  const none = name === '' || isHidden(name);
  if (none !== (zones.size === 0)) throw new Surprise(what, body, `cfg-name ${name}, ${zones.size} zones`);
  const effective: Effective | undefined = none ? undefined : { name, zones };
  return {
    effective,
    // Unless it says no access, it is taken for all access: then zoning is refused.
    defaultZone: shown['default-zone-access'] === 0 ? 'deny' : 'permit',
    // Whether it can be aborted is only known by trying.
    transaction: token === 0 ? undefined : { token: String(token), abortable: true },
    databaseBytes: shown['db-committed'],
    databaseBytesMax: shown['db-max'],
    checksum: shown.checksum,
    complete: true,
  };
}

interface OwnSwitch {
  readonly wwn: string;
  readonly name: string;
  readonly domain: number;
  readonly model: string | undefined;
  readonly firmwareVersion: string;
  readonly principal: boolean;
  readonly virtualFabric: number | undefined;
}

async function ownSwitch(ctx: CallContext, client: RestClient, virtualFabric: number | undefined): Promise<OwnSwitch> {
  const body = await client.get(ctx, SWITCH);
  if (body === undefined) throw noSwitch(virtualFabric);
  const [own, ...others] = parsed(`GET ${SWITCH}`, body, switchShape)['fibrechannel-switch'];
  if (own === undefined || others.length > 0 || !isWwn(own.name)) throw new Surprise(`GET ${SWITCH}`, body);
  return {
    wwn: normalWwn(own.name),
    name: own['user-friendly-name'] ?? own.name,
    domain: own['domain-id'],
    model: own.model,
    firmwareVersion: own['firmware-version'],
    principal: own.principal ?? false,
    virtualFabric: own['vf-id'],
  };
}

const noSwitch = (virtualFabric: number | undefined): DriverError =>
  virtualFabric === undefined
    ? new Surprise(`GET ${SWITCH}`, '404')
    : new DriverError({
        class: 'not-found',
        message: `the switch has no virtual fabric ${virtualFabric} for this user`,
        hint: 'see lscfg --show and userconfig --show on the switch',
      });

/** Undefined = the switch has no such list; then it must be the only one that counts, the principal itself. */
async function fabricSwitches(ctx: CallContext, client: RestClient) {
  const body = await client.get(ctx, FABRIC);
  if (body === undefined) return undefined;
  const switches = parsed(`GET ${FABRIC}`, body, fabricShape)['fabric-switch'];
  if (switches.some(({ name }) => !isWwn(name))) throw new Surprise(`GET ${FABRIC}`, body);
  return switches.map((one) => ({
    wwn: normalWwn(one.name),
    name: one['switch-user-friendly-name'] ?? one.name,
    domain: one['domain-id'],
    principal: one.principal,
  }));
}

async function fabricOf(
  ctx: CallContext,
  client: RestClient,
  own: OwnSwitch,
  configured: number | undefined,
): Promise<FabricObservation> {
  const switches = (await fabricSwitches(ctx, client)) ?? [own];
  const principal = switches.find((one) => one.principal);
  if (principal === undefined) {
    throw new DriverError({ class: 'transient', message: 'the fabric has no principal switch at the moment' });
  }
  const virtualFabric = configured ?? own.virtualFabric;
  const suffix = virtualFabric === undefined ? '' : `/${virtualFabric}`;
  return {
    nativeId: `${principal.wwn}${suffix}`,
    name: `${principal.name}${suffix}`,
    ...(virtualFabric === undefined ? {} : { virtualFabric }),
    switches: switches.map(({ wwn, name, domain }) => ({ nativeId: wwn, name, domain, status: 'up' })),
  };
}

async function endpointsOf(ctx: CallContext, client: RestClient, own: OwnSwitch): Promise<Listed<EndpointObservation>> {
  const body = await client.get(ctx, NAME_SERVER);
  // Nobody is logged in, or the switch doesn't tell.
  if (body === undefined) return { items: [], complete: false };
  const ports = parsed(`GET ${NAME_SERVER}`, body, nameServerShape)['fibrechannel-name-server'];
  const switches = (await fabricSwitches(ctx, client)) ?? [own];
  const wwnOf = new Map(switches.map(({ domain, wwn }) => [domain, wwn]));
  const items = ports.flatMap((port): EndpointObservation[] => {
    const address = port['port-id'].replace(/^0x/i, '');
    const at = wwnOf.get(Number.parseInt(address.slice(0, 2), 16));
    if (!isWwn(port['port-name'])) throw new Surprise(`GET ${NAME_SERVER}`, body, port['port-name']);
    if (at === undefined) return [];
    const wwpn = normalWwn(port['port-name']);
    const node = port['node-name'];
    return [
      {
        nativeId: wwpn,
        name: port['port-symbolic-name'] || wwpn,
        ...(node !== undefined && isWwn(node) ? { wwnn: normalWwn(node) } : {}),
        switch: at,
        port: port['port-index'] ?? Number.parseInt(address.slice(2, 4), 16),
      },
    ];
  });
  return { items, complete: items.length === ports.length };
}
