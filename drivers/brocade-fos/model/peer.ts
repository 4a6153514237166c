/**
 * Peer zones, in one form for both transports: that it is one, and who is a principal, stand among its members as texts that
 * nobody writes. On the command line the first member says it: 00:02:..., whose last byte counts the WWNs of the principals,
 * which come next (jconsoli/brcddb, util/parse_cli.py, cfgshow_zone_gen; what the bytes between say isn't public).
 */
import { normalMember } from './names.ts';
import type { Lists } from './zoning.ts';

export const PEER_ZONE = 'peer zone';
const PROPERTY = /^00:02:(?:[0-9a-f]{2}:){5}([0-9a-f]{2})$/i;
const PRINCIPAL = /^principal (.+)$/;

export const principalOf = (member: string): string => `principal ${normalMember(member)}`;

/** The port or the alias itself, whatever it is in its zone. */
export const namedBy = (member: string): string => PRINCIPAL.exec(member)?.[1] ?? member;

/** What an alias stands for is in the zone what the alias is. */
export const standingFor = (member: string, ports: readonly string[]): readonly string[] =>
  PRINCIPAL.test(member) ? ports.map(principalOf) : ports;

/** `members`: in the order of the command line. As they are where they aren't those of a peer zone, or don't add up. */
export function peerMembers(members: readonly string[], aliases: Lists): readonly string[] {
  const [property = '', ...rest] = members;
  const count = Number.parseInt(PROPERTY.exec(property)?.[1] ?? '', 16);
  let [principals, ports] = [0, 0];
  while (ports < count && principals < rest.length) ports += aliases.get(rest[principals++]!)?.length ?? 1;
  if (Number.isNaN(count) || ports < count) return members;
  return [PEER_ZONE, ...rest.slice(0, principals).map(principalOf), ...rest.slice(principals)];
}
