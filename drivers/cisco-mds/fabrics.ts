/** VSANs of the switch as fabrics, and the ports that are logged in to one. */
import {
  type CallContext,
  DriverError,
  type EndpointObservation,
  type FabricObservation,
  type Page,
  type SwitchObservation,
} from 'coprhd/driver';
import { parseDomains, parseFabricName, parseVsans, type ShownDomain, type ShownVsan } from './cli/fabric.ts';
import { parseNameServer, type ShownPort } from './cli/name-server.ts';
import type { Switch } from './cli/switch.ts';
import type { MdsClient } from './client.ts';

/** `20:01:00:0d:ec:aa:bb:cc/100`. */
const FABRIC = /^((?:[0-9a-f]{2}:){7}[0-9a-f]{2})\/([1-9]\d{0,3})$/;
/** Slots and chassis interfaces are told apart in the number of a port. */
const PORTS_PER_SLOT = 1_000;
const DEFAULT_VSAN = 1;

async function vsansOf(ctx: CallContext, client: MdsClient, device: Switch): Promise<ShownVsan[]> {
  const wanted = client.configuration.vsans;
  const all = parseVsans(await device.show(ctx, 'show vsan'));
  return all.filter(({ vsan, state }) => state === 'active' && (wanted === undefined || wanted.includes(vsan)));
}

/** The VSAN of a native id. `not-found` when this switch has no such fabric any more. */
export async function needVsan(ctx: CallContext, client: MdsClient, device: Switch, fabric: string): Promise<number> {
  const [, wwn, number] = FABRIC.exec(fabric) ?? [];
  const missing = (why: string) =>
    new DriverError({ class: 'not-found', message: `there is no fabric ${JSON.stringify(fabric)}: ${why}` });
  if (number === undefined) throw missing('its id is <WWN of the fabric>/<VSAN>');
  const vsan = Number(number);
  if (!(await vsansOf(ctx, client, device)).some((one) => one.vsan === vsan)) throw missing(`no active VSAN ${vsan}`);
  const name = parseFabricName(await device.show(ctx, `show fcdomain vsan ${vsan}`));
  if (name !== wwn) throw missing(`VSAN ${vsan} is fabric ${name} now`);
  return vsan;
}

const readDomains = async (ctx: CallContext, device: Switch, vsan: number): Promise<ShownDomain[]> =>
  parseDomains(await device.show(ctx, `show fcdomain domain-list vsan ${vsan}`));

export function listFabrics(ctx: CallContext, client: MdsClient): Promise<Page<FabricObservation>> {
  return client.use(ctx, async (device, host) => {
    const items: FabricObservation[] = [];
    let complete = true;
    for (const { vsan, name, isUp } of await vsansOf(ctx, client, device)) {
      if (!isUp) {
        // Nobody is logged in, which doesn't mean that it is gone. The default one is unused on most switches.
        complete &&= vsan === DEFAULT_VSAN && client.configuration.vsans === undefined;
        continue;
      }
      const fabric = parseFabricName(await device.show(ctx, `show fcdomain vsan ${vsan}`));
      const domains = await readDomains(ctx, device, vsan);
      const switches = domains.map((domain) => switchOf(domain, host));
      items.push({ nativeId: `${fabric}/${vsan}`, name, virtualFabric: vsan, switches });
    }
    return { items, complete };
  });
}

function switchOf({ domain, wwn, isLocal }: ShownDomain, host: string): SwitchObservation {
  return { nativeId: wwn, name: isLocal ? host : wwn, domain, status: 'up' };
}

export function listEndpoints(ctx: CallContext, client: MdsClient, fabric: string): Promise<Page<EndpointObservation>> {
  return client.use(ctx, async (device) => {
    const vsan = await needVsan(ctx, client, device, fabric);
    const { ports, complete } = parseNameServer(await device.show(ctx, `show fcns database detail vsan ${vsan}`));
    const byDomain = new Map((await readDomains(ctx, device, vsan)).map(({ domain, wwn }) => [domain, wwn]));
    const items = ports.flatMap((port) => endpointOf(port, byDomain));
    // A port of a switch that isn't in the list any more, or not yet, is told later.
    return { items, complete: complete && items.length === ports.length };
  });
}

function endpointOf(port: ShownPort, byDomain: ReadonlyMap<number, string>): EndpointObservation[] {
  const on = byDomain.get(port.fcid >> 16);
  if (on === undefined) return [];
  return [
    {
      nativeId: port.wwpn,
      name: port.symbolicName || port.wwpn,
      ...(port.wwnn === undefined ? {} : { wwnn: port.wwnn }),
      switch: on,
      port: portNumber(port),
    },
  ];
}

/**
 * fc1/14 is 14, fc2/3 is 1003; of interfaces without a slot (vfc, port-channel) the number; where the switch doesn't say, the
 * middle of the FCID, which is the port's too on most.
 */
function portNumber({ interface: name, fcid }: ShownPort): number {
  const inSlot = /^[a-z-]*(\d+)\/(\d+)$/i.exec(name ?? '');
  if (inSlot) return (Number(inSlot[1]) - 1) * PORTS_PER_SLOT + Number(inSlot[2]);
  const alone = /^[a-z-]+\s*(\d+)$/i.exec(name ?? '');
  return alone ? Number(alone[1]) : (fcid >> 8) & 0xff;
}
