/** Who reaches whom in a fabric by the zones that are in effect now, among ports that somebody asks about. */
import { compareText } from '../../lib/compare-text.ts';
import type { SeenFabric } from '../observe/network-observation.ts';
import { reach } from './fabric-index.ts';

/** Names of zones, by initiator and then port; sorted. Pairs that no zone joins are not in it. */
export type ZonesByPair = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** WWPNs. What else is in a zone costs nothing. */
export function zonesByPair(
  seen: Pick<SeenFabric, 'zones'>,
  initiators: ReadonlySet<string>,
  ports: ReadonlySet<string>,
): ZonesByPair {
  const found = new Map<string, Map<string, string[]>>();
  for (const { name, kind, effective = [] } of seen.zones) {
    const members = effective.filter(
      (member) => member.type === 'wwpn' && (initiators.has(member.wwpn) || ports.has(member.wwpn)),
    );
    const wwpns = [...new Set(members.flatMap((member) => (member.type === 'wwpn' ? [member.wwpn] : [])))];
    for (const initiator of wwpns.filter((wwpn) => initiators.has(wwpn))) {
      for (const port of wwpns.filter((wwpn) => ports.has(wwpn))) {
        if (reach(kind, members, initiator, port)) note(found, initiator, port, name);
      }
    }
  }
  return found;
}

function note(found: Map<string, Map<string, string[]>>, initiator: string, port: string, zone: string): void {
  const byPort = found.get(initiator) ?? new Map<string, string[]>();
  found.set(initiator, byPort);
  byPort.set(port, [...(byPort.get(port) ?? []), zone].sort(compareText));
}
