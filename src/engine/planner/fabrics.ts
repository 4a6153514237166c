/** The fabrics of a plan: what a network is on its network system, as it was seen, and what is recorded of our zones there. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { foldName } from '../model/address.ts';
import { deviceText } from '../model/device-kinds.ts';
import { networkInScope } from '../model/mode.ts';
import { findFabric } from '../model/network-fabric.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import { deregisteredWhy } from '../model/registration.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import type { NetworkDriverFacts, SeenFabric } from '../observe/network-observation.ts';
import type { MaskZones, OurZone } from '../zoning/types.ts';
import type { Draft } from './draft.ts';
import { deviceNotManageable, untrusted } from './holds.ts';

/** A network that coprhd zones, and what its network system shows of it. */
export interface PlannedFabric {
  readonly network: ResourceRecord<'network'>;
  readonly system: ResourceRecord<'networkSystem'>;
  readonly driver: NetworkDriverFacts;
  readonly seen: SeenFabric;
  /** All our live zones there. */
  readonly recorded: readonly OurZone[];
  /** Aliases that zones name which this plan adds or changes, so far; and names of zones that it removes. */
  readonly plannedAliases: Set<string>;
  readonly ending: Set<string>;
  /** What this plan does, mask by mask. */
  readonly decided: MaskZones[];
  /** What is decided takes of its zone database, and by how many zones fewer may be in effect meanwhile. */
  takenBytes: number;
  fewerZones: number;
}

export type FabricLookup =
  | { readonly fabric: PlannedFabric }
  /** Its network system was not seen, or doesn't have it. */
  | { readonly hold: Diagnostic }
  /** Nobody has told coprhd who zones it. */
  | { readonly unzoned: ResourceRecord<'network'> };

const known = new WeakMap<Draft, Map<Urn, FabricLookup>>();

export function fabricOf(draft: Draft, urn: Urn): FabricLookup | undefined {
  const all = known.get(draft) ?? new Map<Urn, FabricLookup>();
  known.set(draft, all);
  const there = all.get(urn) ?? lookUp(draft, urn);
  if (there) all.set(urn, there);
  return there;
}

const isSomething = ({ add, change, remove, repair }: MaskZones): boolean =>
  add.length + change.length + remove.length + repair.length > 0;

/** In order of name. */
export function touchedFabrics(draft: Draft): PlannedFabric[] {
  return [...(known.get(draft)?.values() ?? [])]
    .flatMap((found) => ('fabric' in found && found.fabric.decided.some(isSomething) ? [found.fabric] : []))
    .sort((a, b) => (a.network.name < b.network.name ? -1 : 1));
}

function lookUp(draft: Draft, urn: Urn): FabricLookup | undefined {
  const network = draft.get<'network'>(urn);
  if (!network) return undefined;
  const { networkSystem } = network.spec;
  if (networkSystem === undefined) return { unzoned: network };
  const system = draft.get<'networkSystem'>(networkSystem);
  if (!system) return undefined;
  const observed = draft.input.observedNetworks.get(foldName(system.name));
  const what = { address: `network.${network.name}` };
  if (!observed) return { hold: untrusted(what, system.name, 'it was not looked at') };
  const { observation, driver } = observed;
  const where = findFabric(
    network.spec,
    observation.fabrics.map(({ fabric }) => fabric),
  );
  if (!('found' in where)) {
    if (observation.trust.level !== 'whole') return { hold: untrusted(what, system.name, observation.trust.why) };
    return {
      hold: {
        code: 'COPRHD-ZONE-005',
        severity: 'error',
        summary: `network ${network.name} is no fabric of network system ${system.name}: ${where.why}`,
        detail: `there are ${where.there.join(', ') || 'none'}`,
        fix: 'correct fabric or vsan of the network',
      },
    };
  }
  const seen = observation.fabrics.find(({ fabric }) => fabric.nativeId === where.found.nativeId)!;
  const recorded = draft.input.view
    .inScope('zone', uuidOf(urn))
    .filter(({ record }) => isLive(record))
    .map(({ record }) => ourZone(record.spec));
  return {
    fabric: {
      network,
      system,
      driver,
      seen,
      recorded,
      plannedAliases: new Set(),
      ending: new Set(),
      decided: [],
      takenBytes: 0,
      fewerZones: 0,
    },
  };
}

export function ourZone({ mask, zoneName, kind, members, existing }: RecordedSpec<'zone'>): OurZone {
  return { mask, zoneName, kind, members, ...(existing ? { existing } : {}) };
}

/** Why its zones are not changed. `isNew`: it would be zoned for somebody who isn't yet. */
export function fabricNotManageable(
  draft: Draft,
  { system, network }: PlannedFabric,
  isNew: boolean,
): Diagnostic | undefined {
  const seen = draft.input.observedNetworks.get(foldName(system.name))?.observation.identity;
  const needed = `zones of network ${network.name} are needed, which are made through ${deviceText(system)}`;
  const held = deviceNotManageable(draft, system, seen);
  if (held) return { ...held, detail: held.detail === undefined ? needed : `${needed}; ${held.detail}` };
  const deregistered = isNew ? deregisteredWhy(deviceText(system), system) : undefined;
  if (deregistered !== undefined) {
    return {
      code: 'COPRHD-HELD-006',
      severity: 'error',
      summary: `${deregistered}: nothing new is zoned through it`,
      detail: needed,
      fix: `coprhd device register ${system.name}`,
    };
  }
  if (networkInScope(system, network)) return undefined;
  return {
    code: 'COPRHD-HELD-007',
    severity: 'error',
    summary: `network ${network.name} is outside the scope of ${deviceText(system)}`,
    detail: needed,
    fix: 'name it in scope.fabrics, or its VSAN in scope.vsans',
  };
}
