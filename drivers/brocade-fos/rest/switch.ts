/** A switch behind its REST interface. Its edits live in the same transaction as those of the command line. */
import { type CallContext, DriverError, type EndpointObservation, type FabricObservation } from 'coprhd/driver';
import { type Edit, listOf } from '../model/edits.ts';
import { isWwn, normalWwn, symbolOf } from '../model/names.ts';
import { NOTHING, type Snapshot } from '../model/zoning.ts';
import { Surprise } from '../surprise.ts';
import { HalfDone, type Listed, type SwitchTransport } from '../transport.ts';
import type { RestClient } from './client.ts';
import { fabricShape, nameServerShape, parsed, switchShape } from './shapes.ts';
import { DEFINED, definedOf, EFFECTIVE, effectiveOf, listAfter } from './zoning.ts';

const SWITCH = '/rest/running/switch/fibrechannel-switch';
const FABRIC = '/rest/running/brocade-fabric/fabric-switch';
const NAME_SERVER = '/rest/running/brocade-name-server/fibrechannel-name-server';
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
  const needDefined = async (ctx: CallContext): Promise<string> => {
    const body = await client.get(ctx, DEFINED);
    if (body === undefined) throw new Surprise(`GET ${DEFINED}`, '404');
    return body;
  };
  const snapshot = async (ctx: CallContext): Promise<Snapshot> => {
    const body = await client.get(ctx, DEFINED);
    const defined = body === undefined ? undefined : definedOf(body);
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
    partsOf: (edit) => [edit],
    edit: async (ctx, edit) => {
      const { verb, object, members } = edit;
      if (verb === 'delete') return client.change(ctx, 'DELETE', pathOf(edit));
      if (verb === 'create') return client.change(ctx, 'POST', pathOf(edit), bodyOf(object, members));
      // A whole list is sent, so it starts from the list as it is: it may hold what somebody else has just put there.
      const list = listAfter(await needDefined(ctx), edit);
      await client.change(ctx, 'PATCH', pathOf(edit), bodyOf(object, list));
      if (verb === 'remove') {
        await removeLeft(ctx, client, edit, needDefined).catch((error: unknown) => {
          if (!(error instanceof DriverError)) throw error;
          throw new HalfDone({ class: error.class, message: error.message, holders: error.holders }, error);
        });
      }
    },
    save: (ctx, seen) => patch(ctx, `cfg-action/${SAVE}`, seen),
    enable: (ctx, configuration, seen) => patch(ctx, `cfg-name/${encodeURIComponent(configuration)}`, seen),
    abort: (ctx, seen) => patch(ctx, `cfg-action/${ABORT}`, seen),
    close: client.close,
  };
}

/** A PATCH with a list replaces the members on some versions and only adds to them on others: what it left is looked at. */
async function removeLeft(
  ctx: CallContext,
  client: RestClient,
  edit: Edit,
  needDefined: (ctx: CallContext) => Promise<string>,
): Promise<void> {
  const now = definedOf(await needDefined(ctx));
  const left = edit.members.filter((member) => listOf(now, edit).includes(member));
  if (left.length > 0) await client.change(ctx, 'DELETE', pathOf(edit), bodyOf(edit.object, left));
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
        name: symbolOf(port['port-symbolic-name'] ?? '') || wwpn,
        ...(node !== undefined && isWwn(node) ? { wwnn: normalWwn(node) } : {}),
        switch: at,
        port: port['port-index'] ?? Number.parseInt(address.slice(2, 4), 16),
      },
    ];
  });
  return { items, complete: items.length === ports.length };
}
