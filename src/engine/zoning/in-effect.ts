/**
 * What a fabric enforces now: who is logged in, and which zones in effect join whom. Other than for planning (fabric-index.ts)
 * a member by port of a switch counts here for whoever is plugged in there, because the question is what is open, not what
 * will stay open.
 */
import type { EndpointObservation, ZoneMember, ZoneObservation } from '../driver/network-contract.ts';
import type { SeenFabric } from '../observe/network-observation.ts';
import { fabricIndex, reach, resolvedMembers } from './fabric-index.ts';

interface InEffect {
  readonly logins: ReadonlyMap<string, EndpointObservation>;
  /** By WWPN, each with its members in effect. */
  readonly zonesOf: ReadonlyMap<string, readonly Enforced[]>;
  readonly savedWith: ReadonlyMap<string, readonly ZoneObservation[]>;
}

interface Enforced {
  readonly zone: ZoneObservation;
  readonly members: readonly ZoneMember[];
}

const KNOWN = new WeakMap<SeenFabric, InEffect>();

function inEffect(seen: SeenFabric): InEffect {
  const known = KNOWN.get(seen);
  if (known) return known;
  const logins = new Map(seen.endpoints.map((endpoint) => [endpoint.nativeId, endpoint]));
  const byPlace = placesOf(seen);
  const zonesOf = new Map<string, Enforced[]>();
  const savedWith = new Map<string, ZoneObservation[]>();
  const index = fabricIndex(seen);
  for (const zone of seen.zones) {
    for (const wwpn of wwpnsOf(resolvedMembers(index, zone.defined ?? []))) added(savedWith, wwpn, zone);
    const members = (zone.effective ?? []).flatMap((member) => (member.type === 'port' ? byPlace(member) : [member]));
    for (const wwpn of wwpnsOf(members)) added(zonesOf, wwpn, { zone, members });
  }
  const made = { logins, zonesOf, savedWith };
  KNOWN.set(seen, made);
  return made;
}

const wwpnsOf = (members: readonly ZoneMember[]): Set<string> =>
  new Set(members.flatMap((member) => (member.type === 'wwpn' ? [member.wwpn] : [])));

function added<V>(lists: Map<string, V[]>, key: string, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** Who is logged in behind a port of a switch. Domain ids are of one switch each. */
function placesOf({ fabric, endpoints }: SeenFabric) {
  const domains = new Map(fabric.switches.map(({ nativeId, domain }) => [nativeId, domain]));
  const places = new Map<string, ZoneMember[]>();
  for (const { nativeId, switch: on, port } of endpoints) {
    const place = `${domains.get(on)},${port}`;
    const member: ZoneMember = { type: 'wwpn', wwpn: nativeId };
    added(places, place, member);
  }
  return ({ domain, port }: { readonly domain: number; readonly port: number }) =>
    places.get(`${domain},${port}`) ?? [];
}

export const loginOf = (seen: SeenFabric, wwpn: string): EndpointObservation | undefined =>
  inEffect(seen).logins.get(wwpn);

/** Zones in effect through which both reach each other, in order of name. */
export function openZones(seen: SeenFabric, a: string, b: string): readonly string[] {
  const { zonesOf } = inEffect(seen);
  const [ofA, ofB] = [zonesOf.get(a) ?? [], zonesOf.get(b) ?? []];
  return (ofA.length <= ofB.length ? ofA : ofB)
    .filter(({ zone, members }) => reach(zone.kind, members, a, b))
    .map(({ zone }) => zone.name)
    .sort();
}

/** A member of a zone in effect; the others are left to the default zone. */
export const isZoned = (seen: SeenFabric, wwpn: string): boolean => inEffect(seen).zonesOf.has(wwpn);

/** Every WWPN that reaches this one, with a zone that joins them. */
export function reachedBy(seen: SeenFabric, wwpn: string): ReadonlyMap<string, string> {
  const reached = new Map<string, string>();
  for (const { zone, members } of inEffect(seen).zonesOf.get(wwpn) ?? []) {
    for (const member of members) {
      if (member.type !== 'wwpn' || member.wwpn === wwpn || reached.has(member.wwpn)) continue;
      if (reach(zone.kind, members, wwpn, member.wwpn)) reached.set(member.wwpn, zone.name);
    }
  }
  return reached;
}

/** Zones, as saved or in effect, that join both. Of the saved ones no member by port counts. */
export function zonesJoiningAnyhow(seen: SeenFabric, a: string, b: string): readonly ZoneObservation[] {
  const { savedWith } = inEffect(seen);
  const index = fabricIndex(seen);
  const open = openZones(seen, a, b).flatMap((name) => index.zones.get(name) ?? []);
  const saved = (savedWith.get(a) ?? []).filter(({ kind, defined }) =>
    reach(kind, resolvedMembers(index, defined!), a, b),
  );
  return [...new Set([...open, ...saved])];
}

export type PathProblem = 'initiator-not-logged-in' | 'port-not-logged-in' | 'not-zoned';

/** Why no frame gets from one to the other; empty = it is open. */
export function pathProblems(seen: SeenFabric, initiator: string, port: string): readonly PathProblem[] {
  const problems: PathProblem[] = [];
  if (!loginOf(seen, initiator)) problems.push('initiator-not-logged-in');
  if (!loginOf(seen, port)) problems.push('port-not-logged-in');
  if (openZones(seen, initiator, port).length === 0) problems.push('not-zoned');
  return problems;
}
