/**
 * What is connected to what: links of ports, logins at fabrics, and which initiator reaches which storage port. Derived
 * from cables, switches, hosts, the state of ports and the zones in effect, so that it can't disagree with them. Pure; reads
 * only what the question is about.
 */
import type { Kv, Reader } from '../kv.ts';
import { arrays, directors, ports, SELF } from '../objects.ts';
import {
  cableOfArrayPort,
  cables,
  fabrics,
  fabricTables,
  hosts,
  iqns,
  SAN_UNIT,
  type StoredCable,
  switches,
  wwpns,
} from './objects.ts';

/** The SAN as an array sees it; undefined when there is none. */
export const sanOf = (kv: Kv): Reader | undefined => kv.beyond?.(SAN_UNIT);

/** The cable is in and the other end works. */
function isConnected(san: Reader, { plugged, to }: StoredCable): boolean {
  return plugged && (to.type === 'network' || switches.need(san, to.switch).up);
}

/** A storage port by itself: neither it nor its director is down. `array` is the array's own unit. */
function isPortAlive(array: Reader, port: string): boolean {
  const stored = ports.get(array, port);
  return stored !== undefined && stored.status === 'up' && directors.get(array, stored.haDomain) === undefined;
}

/** A storage port is up: it is alive, and so is its link where it is cabled to the SAN. */
export function isPortUp(kv: Kv, port: string): boolean {
  if (!isPortAlive(kv, port)) return false;
  const san = sanOf(kv);
  const cable = san && cableOfArrayPort(san, arrays.need(kv, SELF).name, port);
  return !san || !cable || isConnected(san, cable);
}

/** The port at the owner's end works. `unitOf` gives an array's own unit. */
function isOwnerUp(san: Reader, { owner }: StoredCable, unitOf: (array: string) => Reader | undefined): boolean {
  if (owner.type === 'host') return hosts.need(san, owner.name).on;
  const array = unitOf(owner.name);
  return array !== undefined && isPortAlive(array, owner.port);
}

/** The port at this cable is logged in to its fabric. For the SAN's own core. */
export function isLoggedIn(kv: Kv, cable: StoredCable): boolean {
  return isConnected(kv, cable) && isOwnerUp(kv, cable, (array) => kv.beyond?.(array));
}

/** How zones name the port at a cable: by WWPN, and by domain and port of the switch. */
function memberForms(san: Reader, { to, wwpn }: StoredCable): string[] {
  const place = to.type === 'fabric' ? [`${switches.need(san, to.switch).domain},${to.port}`] : [];
  return wwpn === undefined ? place : [wwpn, ...place];
}

/** Zones in effect, or the default zone, let two ports of a fabric see each other. `initiator` is not a storage port. */
function isZoned(san: Reader, fabric: string, initiator: StoredCable, target: StoredCable): boolean {
  const { zones, memberships } = fabricTables(fabric);
  const known = (cable: StoredCable) => memberForms(san, cable).flatMap((member) => memberships.get(san, member) ?? []);
  const own = known(initiator);
  const targetForms = memberForms(san, target);
  const together = own
    .flatMap((membership) => membership.zones ?? [])
    .some((name) => zones.get(san, name)?.effective?.some((member) => targetForms.includes(member)));
  if (together) return true;
  if (fabrics.need(san, fabric).defaultZone === 'deny') return false;
  return own.length === 0 && known(target).length === 0;
}

/** A cabled initiator port has a login at a storage port of this array through its fabric. */
function hasFabricLogin(kv: Kv, san: Reader, initiator: StoredCable, port: string): boolean {
  const target = cableOfArrayPort(san, arrays.need(kv, SELF).name, port);
  if (!target || initiator.to.type !== 'fabric' || target.to.type !== 'fabric') return false;
  if (initiator.to.fabric !== target.to.fabric || !isPortUp(kv, port)) return false;
  return isZoned(san, target.to.fabric, initiator, target);
}

/** An IP session of a host that the SAN knows lives as long as the host is on and a cable leads to the port's network. */
function hasIpPath(kv: Kv, san: Reader, host: string, port: string): boolean {
  const target = cableOfArrayPort(san, arrays.need(kv, SELF).name, port);
  const { on, ports: names } = hosts.need(san, host);
  if (!on) return false;
  if (target?.to.type !== 'network') return true;
  const { network } = target.to;
  return names.some((name) => {
    const cable = cables.get(san, `${host}:${name}`);
    return cable?.plugged && cable.to.type === 'network' && cable.to.network === network;
  });
}

/**
 * An initiator (WWPN or iSCSI name) is logged in at the array: through a session that was opened on purpose (`sessions`
 * are its ports) and whose path works, or, for FC, because it is zoned to one of `served`.
 */
export function isInitiatorLoggedIn(
  kv: Kv,
  initiator: string,
  sessions: readonly string[],
  served: readonly string[],
): boolean {
  const san = sanOf(kv);
  const host = san && iqns.get(san, initiator);
  const live = sessions.filter((port) => isPortUp(kv, port));
  if (san && host !== undefined) return live.some((port) => hasIpPath(kv, san, host, port));
  const cableOf = san && wwpns.get(san, initiator);
  const cable = san && cableOf !== undefined ? cables.get(san, cableOf) : undefined;
  if (!san || !cable) return live.length > 0;
  if (!isConnected(san, cable) || !isOwnerUp(san, cable, () => undefined)) return false;
  return served.some((port) => hasFabricLogin(kv, san, cable, port));
}
