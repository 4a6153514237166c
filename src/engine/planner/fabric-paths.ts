/**
 * Paths of a mask over Fibre Channel: those recorded stay, and what lacks some is given some (paths/). A path is a record of
 * its own, a child of its mask. Made once a mask and plan, by the virtual pool of the first volume in it.
 */

import { compareText } from '../../lib/compare-text.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import type { SeenFabric } from '../observe/network-observation.ts';
import { routedFabrics } from '../observe/routing.ts';
import { PortLoads } from '../paths/loads.ts';
import type { PathPair, PathPlan, PathPort, PathRequest, PathRules } from '../paths/types.ts';
import { fabricIndex, zonesJoining } from '../zoning/fabric-index.ts';
import type { Draft } from './draft.ts';
import { fabricOf } from './fabrics.ts';
import { isShownIn } from './logins.ts';
import type { MaskContext } from './masks.ts';
import { portLoads } from './port-loads.ts';

export interface FabricPath extends PathPair {
  readonly network: Urn;
  /** Absent = this plan makes it. */
  readonly recorded?: VersionedRecord<'path'>;
}

export interface FabricPaths {
  readonly virtualArray: ResourceRecord<'virtualArray'>;
  readonly paths: readonly FabricPath[];
  /** Recorded, and not any more: the initiator is gone, or in another network. */
  readonly ending: readonly VersionedRecord<'path'>[];
  readonly plan: PathPlan;
}

export type FabricPathsResult =
  | { readonly ok: true; readonly paths: FabricPaths }
  | { readonly ok: false; readonly why: string };

/** From what the paths of a mask are chosen, by the virtual pool of a volume in it. */
export interface PathChoice {
  readonly virtualArray: ResourceRecord<'virtualArray'>;
  readonly board: PortLoads;
  /** Its existing paths are those recorded of initiators that the host still has, in the same network. */
  readonly request: Omit<PathRequest, 'ports' | 'nowMs'>;
  readonly staying: readonly VersionedRecord<'path'>[];
  /** Of initiators that the host has no more, or that are in another network now. */
  readonly ending: readonly VersionedRecord<'path'>[];
}

export type PathChoiceResult =
  | { readonly ok: true; readonly choice: PathChoice }
  | { readonly ok: false; readonly why: string };

export function recordedPaths(draft: Draft, mask: Urn): VersionedRecord<'path'>[] {
  return draft.input.view.inScope('path', uuidOf(mask)).filter(({ record }) => isLive(record));
}

export function pathChoice(draft: Draft, context: MaskContext, volume: ResourceRecord<'volume'>): PathChoiceResult {
  const virtualArray = draft.get<'virtualArray'>(volume.spec.virtualArray);
  const rules = draft.get<'virtualPool'>(volume.spec.virtualPool)?.spec.paths;
  // Still being loaded.
  if (!virtualArray || !rules) return { ok: false, why: 'its virtual pool is not known' };
  const { host, system } = context;
  const inArray = new Set(draft.membersOf(virtualArray.urn, 'networks'));
  const all = draft.childrenOf('initiator', host.urn).filter(({ spec }) => spec.protocol === 'fc');
  const usable = all.filter(({ spec }) => inArray.has(spec.network));
  if (usable.length === 0) {
    const why = `no Fibre Channel initiator of ${host.name} is in a network of virtual array ${virtualArray.name}`;
    return { ok: false, why };
  }
  const networkOf = new Map(all.map(({ urn, spec }) => [urn, spec.network]));
  const recorded = context.recorded ? recordedPaths(draft, context.urn) : [];
  const stays = ({ record: { spec } }: VersionedRecord<'path'>) => {
    const now = networkOf.get(spec.initiator);
    return now === spec.network || (now !== undefined && now === networkOfPort(draft, spec.port));
  };
  const staying = recorded.filter(stays);
  const { board, networks } = boardOf(draft, context);
  const request = {
    host: host.name,
    system: system.name,
    initiators: usable.map(({ urn, spec: { portName, network } }) => ({
      urn,
      portName,
      network,
      ...placeOf(draft, network, portName),
    })),
    existing: staying.map(({ record: { spec } }) => ({ initiator: spec.initiator, port: spec.port })),
    rules: rules as PathRules,
    volumes: Math.max(1, context.maps.length),
    routed: routedNetworks(draft, [...inArray, ...networks]),
    networkNames: Object.fromEntries([...inArray, ...networks].map((urn) => [urn, draft.get(urn)?.name ?? urn])),
  };
  const ending = recorded.filter((path) => !stays(path));
  return { ok: true, choice: { virtualArray, board, request, staying, ending } };
}

/** As their switches were seen. */
function routedNetworks(draft: Draft, networks: readonly Urn[]): ReadonlyMap<Urn, ReadonlySet<Urn>> {
  const seen = [...draft.input.observedNetworks.values()].flatMap(({ observation }) => observation.fabrics);
  const routed = routedFabrics(seen);
  if (routed.size === 0) return new Map();
  const ids = networks.flatMap((urn) => {
    const found = fabricOf(draft, urn);
    return found && 'fabric' in found ? [[urn, found.fabric.seen.fabric.nativeId] as const] : [];
  });
  return new Map(
    ids.map(([urn, id]) => [
      urn,
      new Set(ids.flatMap(([other, there]) => (routed.get(id)?.has(there) ? [other] : []))),
    ]),
  );
}

function networkOfPort(draft: Draft, urn: Urn): Urn | undefined {
  const port = draft.get<'port'>(urn);
  return port && draft.networkOf(port.spec.address);
}

/** Paths of initiators that the host still has, and as many more as the rules of the volume's virtual pool give. */
export function planFabricPaths(
  draft: Draft,
  context: MaskContext,
  volume: ResourceRecord<'volume'>,
): FabricPathsResult {
  const chosen = pathChoice(draft, context, volume);
  if (!chosen.ok) return chosen;
  const { choice } = chosen;
  const { board, request } = choice;
  const places = inherited(choice);
  warnOfUnseen(draft, context, places);
  const existing = [...request.existing, ...places];
  const volumes = context.maps.length + 1;
  // What was taken over has the paths that it came with: `path rebalance` gives it others.
  if (context.recorded?.record.status.device?.origin === 'imported' && existing.length > 0) {
    const plan = planOf(draft, existing, places);
    board.add({ pairs: plan.pairs, existing, volumes, newVolumes: 1 });
    return { ok: true, paths: fabricPaths(draft, choice, plan) };
  }
  const result = board.select({ ...request, existing, volumes });
  if (!result.ok) return { ok: false, why: result.why };
  board.add({ pairs: result.plan.pairs, existing, volumes, newVolumes: 1 });
  return { ok: true, paths: fabricPaths(draft, choice, result.plan) };
}

/** Of a mask that is taken over: whom it admits, to the ports that serve it, as far as zones join them. */
export function adoptedPaths(draft: Draft, context: MaskContext, volume: ResourceRecord<'volume'>): FabricPathsResult {
  const chosen = pathChoice(draft, context, volume);
  if (!chosen.ok) return chosen;
  const { board, request } = chosen.choice;
  const admitted = request.initiators.filter(({ portName }) => context.initiators.includes(portName.toLowerCase()));
  const pairs: PathPair[] = [];
  for (const initiator of admitted) {
    const own = context.ports.filter(({ spec }) => isJoined(draft, initiator, spec.address));
    if (own.length === 0) return { ok: false, why: `no zone joins ${initiator.portName} with a port of the mask` };
    pairs.push(...own.map(({ urn }) => ({ initiator: initiator.urn, port: urn })));
  }
  const outside = context.initiators.find((name) => !admitted.some(({ portName }) => portName.toLowerCase() === name));
  if (outside !== undefined) {
    return { ok: false, why: `${outside} is in no network of virtual array ${chosen.choice.virtualArray.name}` };
  }
  const volumes = Math.max(1, context.mappings.size);
  board.add({ pairs, existing: [], volumes, newVolumes: volumes });
  return { ok: true, paths: fabricPaths(draft, chosen.choice, planOf(draft, pairs, pairs)) };
}

/** Of paths that nobody chose. */
function planOf(draft: Draft, pairs: readonly PathPair[], added: readonly PathPair[]): PathPlan {
  const nameOf = (urn: Urn): string => draft.get(urn)?.name ?? urn;
  const inOrder = (list: readonly PathPair[]) =>
    [...list].sort(
      (a, b) => compareText(nameOf(a.initiator), nameOf(b.initiator)) || compareText(nameOf(a.port), nameOf(b.port)),
    );
  const ports = [...new Set(pairs.map(({ port }) => port))].sort((a, b) => compareText(nameOf(a), nameOf(b)));
  const nothing = { chosen: [], rejected: [], moreRejected: 0, shortfalls: [] };
  return { pairs: inOrder(pairs), added: inOrder(added), ports, ...nothing };
}

/** Where nobody zones, whoever is in one network. */
function isJoined(draft: Draft, { network, portName }: PathRequest['initiators'][number], address: string): boolean {
  if (draft.networkOf(address) !== network) return false;
  const found = fabricOf(draft, network);
  if (!found || !('fabric' in found)) return true;
  return zonesJoining(fabricIndex(found.fabric.seen), portName, address).length > 0;
}

/** What is recorded of the paths that a plan gives. */
export function fabricPaths(
  draft: Draft,
  { virtualArray, staying, ending }: PathChoice,
  plan: PathPlan,
  more: readonly VersionedRecord<'path'>[] = [],
): FabricPaths {
  const known = new Map(staying.map((path) => [keyOf(path.record.spec), path]));
  const paths = plan.pairs.map((pair): FabricPath => {
    const before = known.get(keyOf(pair));
    const network = before?.record.spec.network ?? draft.get<'initiator'>(pair.initiator)!.spec.network;
    return { ...pair, network, ...(before ? { recorded: before } : {}) };
  });
  return { virtualArray, paths, ending: [...ending, ...more], plan };
}

/** An initiator that comes where another one of the same network goes (an HBA was replaced) gets its ports. */
function inherited({ request, board, staying, ending }: PathChoice): PathPair[] {
  if (ending.length === 0) return [];
  const had = new Set(staying.map(({ record }) => record.spec.initiator));
  const networks = [...new Set(ending.map(({ record }) => record.spec.network))].sort();
  return networks.flatMap((network) => {
    const left = ending.filter(({ record }) => record.spec.network === network);
    const gone = [...new Set(left.map(({ record }) => record.spec.initiator))].sort();
    const fresh = request.initiators
      .filter((initiator) => initiator.network === network && !had.has(initiator.urn))
      .sort((a, b) => compareText(a.portName, b.portName));
    return gone.flatMap((initiator, index) =>
      left
        .filter(({ record: { spec } }) => spec.initiator === initiator && board.load(spec.port) !== undefined)
        .flatMap(({ record: { spec } }) => (fresh[index] ? [{ initiator: fresh[index].urn, port: spec.port }] : [])),
    );
  });
}

/** A new HBA that no fabric shows may be off, or a WWPN that somebody mistyped. */
function warnOfUnseen(draft: Draft, { host }: MaskContext, places: readonly PathPair[]): void {
  for (const urn of new Set(places.map(({ initiator }) => initiator))) {
    const { portName, network } = draft.get<'initiator'>(urn)!.spec;
    const found = fabricOf(draft, network);
    if (!found || !('fabric' in found) || isShownIn(draft, network, portName)) continue;
    draft.warn({
      code: 'COPRHD-PATH-008',
      summary: `${portName} of ${host.name} gets the paths of another initiator, and ${found.fabric.network.name} does not show it`,
      fix: 'check the WWPN, and that its cable is in that fabric; the paths are made in any case',
    });
  }
}

const keyOf = ({ initiator, port }: PathPair): string => `${initiator} ${port}`;

interface SystemPorts {
  readonly board: PortLoads;
  /** Those that its usable ports are in. */
  readonly networks: ReadonlySet<Urn>;
}

const boards = new WeakMap<Draft, Map<Urn, SystemPorts>>();

/** The usable ports of a storage system that are in fabrics: what one host of the plan is given counts for the next. */
function boardOf(draft: Draft, { system, observation }: MaskContext): SystemPorts {
  const known = boards.get(draft) ?? new Map<Urn, SystemPorts>();
  boards.set(draft, known);
  const board = known.get(system.urn);
  if (board) return board;
  const status = new Map(observation.ports.map((port) => [port.nativeId, port.status]));
  const loads = portLoads(draft, system.urn, observation);
  const ports = draft.childrenOf('port', system.urn).flatMap(({ urn, name, spec }): PathPort[] => {
    const { transport, address, nativeId, deregistered, haDomain, physicalPort, engine } = spec;
    const network = transport === 'fc' ? draft.networkOf(address) : undefined;
    if (network === undefined || deregistered || status.get(nativeId) !== 'up') return [];
    const place = { ...placeOf(draft, network, address), ...(engine === undefined ? {} : { engine }) };
    return [{ urn, name, address, network, haDomain, physicalPort, ...place, load: loads.get(urn)! }];
  });
  const made = {
    board: new PortLoads(ports, draft.input.nowMs),
    networks: new Set(ports.map(({ network }) => network)),
  };
  known.set(system.urn, made);
  return made;
}

const logins = new WeakMap<SeenFabric, ReadonlyMap<string, string>>();

/** The switch that a port is logged in to, where the fabric was seen. */
function placeOf(draft: Draft, network: Urn, portName: string): { readonly switch?: string } {
  const found = fabricOf(draft, network);
  if (!found || !('fabric' in found)) return {};
  const { seen } = found.fabric;
  const known = logins.get(seen) ?? new Map(seen.endpoints.map((endpoint) => [endpoint.nativeId, endpoint.switch]));
  logins.set(seen, known);
  const at = known.get(portName);
  return at === undefined ? {} : { switch: at };
}
