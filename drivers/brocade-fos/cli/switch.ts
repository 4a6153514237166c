/** A switch behind its command line. */
import { type CallContext, DriverError, type EndpointObservation, type FabricObservation } from 'coprhd/driver';
import type { Snapshot } from '../model/zoning.ts';
import type { Listed, SwitchTransport } from '../transport.ts';
import { commandOf, partsOf } from './commands.ts';
import type { Dialogue } from './dialogue.ts';
import { parseZoning } from './parse/cfgshow.ts';
import { parseLocalPorts, parseRemotePorts, type ShownPort } from './parse/name-server.ts';
import { parseRouted } from './parse/router.ts';
import { parseDefaultZone, parseSize, parseTransaction, parseVersion } from './parse/status.ts';
import { parseFabric, parseSwitch, type ShownSwitch } from './parse/switches.ts';
import { asksToEnable, asksToSave, checkEnabled, checkSaved, checkSilent } from './replies.ts';

/** How often the zoning is read again when it changes while it is read. */
const READS_MAX = 3;

export function createCliSwitch(dialogue: Dialogue, virtualFabric: number | undefined): SwitchTransport {
  const own = async (ctx: CallContext): Promise<ShownSwitch> => {
    const text = await dialogue.show(ctx, 'switchshow');
    if (/Access Gateway Mode/i.test(text)) throw accessGateway();
    const shown = parseSwitch(text);
    if (virtualFabric === undefined || shown.virtualFabric === virtualFabric) return shown;
    throw new DriverError({
      class: 'not-found',
      message: `the switch shows virtual fabric ${shown.virtualFabric ?? 'none'}, not ${virtualFabric}`,
    });
  };
  const transaction = async (ctx: CallContext) => parseTransaction(await dialogue.show(ctx, 'cfgtransshow'));

  return {
    fence: 'token',
    identity: async (ctx) => {
      const { wwn, type } = await own(ctx);
      const firmwareVersion = parseVersion(await dialogue.show(ctx, 'version'));
      return { wwn, model: `Brocade switch of type ${type}`, firmwareVersion };
    },
    fabric: async (ctx) => fabricOf(ctx, dialogue, await own(ctx)),
    endpoints: async (ctx) => endpointsOf(ctx, dialogue, await own(ctx)),
    routing: async (ctx) => {
      const { router, wwn } = await own(ctx);
      if (!router) return [];
      const there = parseRouted(await dialogue.show(ctx, 'fcrfabricshow'));
      const routed = [...new Set([wwn, ...there])].map((one) => ({ switch: one }));
      return routed.length < 2 ? [] : [routed];
    },
    snapshot: (ctx) => snapshotOf(ctx, dialogue, transaction),
    transaction,
    partsOf,
    edit: async (ctx, edit) => {
      const line = commandOf(edit);
      checkSilent(line.split(' ', 1)[0]!, await dialogue.change(ctx, line));
    },
    save: async (ctx) => checkSaved(await dialogue.change(ctx, 'cfgsave', asksToSave)),
    enable: async (ctx, configuration) => {
      const said = await dialogue.change(ctx, `cfgenable "${configuration}"`, asksToEnable(configuration));
      checkEnabled(said, configuration);
    },
    abort: async (ctx) => checkSilent('cfgtransabort', await dialogue.change(ctx, 'cfgtransabort')),
    close: dialogue.close,
  };
}

const accessGateway = () =>
  new DriverError({
    class: 'unsupported',
    message: 'the switch is an Access Gateway: it has no zoning of its own',
    hint: 'register the switch of the fabric that it is connected to',
  });

async function fabricOf(ctx: CallContext, dialogue: Dialogue, own: ShownSwitch) {
  const { principal, switches, whole } = parseFabric(await dialogue.show(ctx, 'fabricshow'));
  const named = switches.find(({ nativeId }) => nativeId === principal)!;
  const suffix = own.virtualFabric === undefined ? '' : `/${own.virtualFabric}`;
  const fabric: FabricObservation = {
    nativeId: `${principal}${suffix}`,
    name: `${named.name}${suffix}`,
    ...(own.virtualFabric === undefined ? {} : { virtualFabric: own.virtualFabric }),
    switches: switches.map((one) =>
      one.nativeId === own.wwn ? { ...one, status: own.online ? ('up' as const) : ('down' as const) } : one,
    ),
  };
  return { fabric, complete: whole };
}

async function endpointsOf(
  ctx: CallContext,
  dialogue: Dialogue,
  own: ShownSwitch,
): Promise<Listed<EndpointObservation>> {
  const { switches, whole } = parseFabric(await dialogue.show(ctx, 'fabricshow'));
  const remote = switches.flatMap(({ domain }) => (domain === own.domain ? [] : [domain]));
  const here = parseLocalPorts(await dialogue.show(ctx, 'nsshow'));
  const there = parseRemotePorts(await dialogue.show(ctx, 'nscamshow'), remote);
  const wwnOf = new Map(switches.map(({ domain, nativeId }) => [domain, nativeId]));
  // Where the list has no count at its end, the table of ports has.
  const hereWhole = here.whole ?? here.ports.length >= own.loggedIn;
  const ports = [...here.ports, ...there.ports];
  const placed = ports.flatMap((port) => endpointOf(port, wwnOf.get(port.domain)));
  return { items: placed, complete: whole && hereWhole && there.whole && placed.length === ports.length };
}

/** A port of a switch that isn't in the fabric's list can't be placed. */
function endpointOf({ wwpn, wwnn, port, symbol }: ShownPort, at: string | undefined): EndpointObservation[] {
  return at === undefined ? [] : [{ nativeId: wwpn, name: symbol ?? wwpn, wwnn, switch: at, port }];
}

async function snapshotOf(
  ctx: CallContext,
  dialogue: Dialogue,
  transaction: (ctx: CallContext) => Promise<Snapshot['transaction']>,
): Promise<Snapshot> {
  for (let tries = 1; ; tries++) {
    const before = await transaction(ctx);
    const shown = await dialogue.show(ctx, 'cfgshow');
    const zoning = parseZoning(shown, await dialogue.show(ctx, 'cfgactvshow'));
    const defaultZone = parseDefaultZone(await dialogue.show(ctx, 'defzone --show'));
    const size = parseSize(await dialogue.show(ctx, 'cfgsize'));
    const after = await transaction(ctx);
    const still = before?.token === after?.token;
    if ((still && zoning.complete) || tries >= READS_MAX) {
      return { ...zoning, ...size, defaultZone, transaction: after, complete: zoning.complete && still };
    }
  }
}
