/** What is seen of a network's fabric: who is logged in where, and by which zones two ports reach each other. Pure. */
import { compareText } from '../../lib/compare-text.ts';
import type { ZoneMember, ZoneObservation } from '../driver/network-contract.ts';
import { findFabric } from '../model/network-fabric.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { SeenFabric } from '../observe/network-observation.ts';
import { fabricIndex, reach } from '../zoning/fabric-index.ts';
import type { SeenDevices } from './connectivity-look.ts';
import type { ListedPath, PathZone, SwitchPlace, ZonedState } from './connectivity-types.ts';

export interface FabricFacts {
  readonly isSeen: boolean;
  /** Of the fabric. */
  readonly name?: string;
  readonly seen?: SeenFabric;
  placeOf(portName: string): SwitchPlace | undefined;
  /** Zones in effect by which the two reach each other now, in order of name. */
  joining(a: string, b: string): readonly ZoneObservation[];
  /** Zones in effect that the port is in. */
  zonesOf(portName: string): readonly InEffect[];
}

/** `members`: those that are meant by a port of a switch are whoever is logged in there now. */
export interface InEffect {
  readonly zone: ZoneObservation;
  readonly members: readonly ZoneMember[];
}

const NOTHING: FabricFacts = { isSeen: false, placeOf: () => undefined, joining: () => [], zonesOf: () => [] };

const known = new WeakMap<SeenFabric, FabricFacts>();

export function fabricFacts(
  { seen }: { readonly seen: SeenDevices },
  network: ResourceRecord<'network'> | undefined,
): FabricFacts {
  const observation = network?.spec.networkSystem && seen.networkSystems.get(network.spec.networkSystem);
  if (!network || !observation) return NOTHING;
  const fabrics = observation.fabrics.map(({ fabric }) => fabric);
  const where = findFabric(network.spec, fabrics);
  if (!('found' in where)) return NOTHING;
  const fabric = observation.fabrics.find((each) => each.fabric.nativeId === where.found.nativeId)!;
  const facts = known.get(fabric) ?? factsOf(fabric);
  known.set(fabric, facts);
  return facts;
}

function factsOf(seen: SeenFabric): FabricFacts {
  const switches = new Map(seen.fabric.switches.map((each) => [each.nativeId, each]));
  const places = new Map(
    seen.endpoints.map(({ nativeId, switch: at, port }) => [
      nativeId,
      { switch: switches.get(at)?.name ?? at, port, domain: switches.get(at)?.domain },
    ]),
  );
  const behind = (domain: number, port: number): readonly ZoneMember[] =>
    [...places].flatMap(([wwpn, at]) =>
      at.domain === domain && at.port === port ? [{ type: 'wwpn' as const, wwpn }] : [],
    );
  const inEffect = new Map<string, InEffect[]>();
  for (const zone of seen.zones) {
    if (zone.effective === undefined) continue;
    const members = zone.effective.flatMap((member) =>
      member.type === 'port' ? behind(member.domain, member.port) : [member],
    );
    for (const wwpn of new Set(members.flatMap((member) => (member.type === 'wwpn' ? [member.wwpn] : [])))) {
      inEffect.set(wwpn, [...(inEffect.get(wwpn) ?? []), { zone, members }]);
    }
  }
  const zonesOf = (portName: string) => inEffect.get(portName) ?? [];
  return {
    isSeen: true,
    name: seen.fabric.name,
    seen,
    placeOf: (portName) => {
      const at = places.get(portName);
      return at && { switch: at.switch, port: at.port };
    },
    zonesOf,
    joining: (a, b) =>
      zonesOf(a)
        .filter(({ zone, members }) => reach(zone.kind, members, a, b))
        .map(({ zone }) => zone)
        .sort((one, other) => compareText(one.name, other.name)),
  };
}

type Recorded = ResourceRecord<'zone'>;

/** `recorded`: the zones of the mask. */
export function zonesOfPath(
  facts: FabricFacts,
  recorded: readonly Recorded[],
  initiator: string,
  port: string,
): Pick<ListedPath, 'zones' | 'zoned'> {
  const own = recorded.filter(({ spec }) => names(spec, initiator) && names(spec, port));
  const joining = facts.joining(initiator, port);
  const zones = own.map(
    ({ spec }): PathZone => ({
      name: spec.zoneName,
      by: spec.existing ? 'existing' : 'ours',
      state: stateOf(facts, spec.zoneName, joining),
    }),
  );
  const others = joining.filter(({ name }) => !own.some(({ spec }) => spec.zoneName === name));
  const foreign = others.map(({ name }): PathZone => ({ name, by: 'foreign', state: 'in-effect' }));
  const all = [...zones, ...foreign].sort((a, b) => compareText(a.name, b.name));
  return { zones: all, zoned: zonedOf(facts, all) };
}

const names = ({ members }: Recorded['spec'], wwpn: string): boolean =>
  members.some(({ portName }) => portName === wwpn);

function stateOf(facts: FabricFacts, name: string, joining: readonly ZoneObservation[]): PathZone['state'] {
  if (!facts.seen) return 'unknown';
  if (joining.some((zone) => zone.name === name)) return 'in-effect';
  const found = fabricIndex(facts.seen).zones.get(name);
  if (!found) return facts.seen.why === undefined ? 'missing' : 'unknown';
  return found.effective === undefined ? 'saved' : 'changed';
}

export function zonedOf({ seen }: Pick<FabricFacts, 'seen'>, zones: readonly PathZone[]): ZonedState {
  if (!seen) return 'unknown';
  if (zones.some(({ state }) => state === 'in-effect')) return 'in-effect';
  // No zoning is in effect, and everybody reaches everybody.
  if (seen.zoning && !seen.zoning.effectiveConfiguration && seen.zoning.defaultZone === 'permit') return 'open';
  if (zones.some(({ state }) => state === 'saved')) return 'saved';
  return seen.why === undefined ? 'none' : 'unknown';
}
