/**
 * Paths that somebody names, and nothing else: whether the rules let a mask have them. Pure. What is there may be worse than
 * the rules already; a change may not make it so.
 */
import type { Urn } from '../model/urn.ts';
import { indexPorts } from './port-index.ts';
import { plural, ROUTED } from './refusals.ts';
import { selectFrom } from './select-paths.ts';
import { DEFAULT_PATH_SETTINGS, type PathSettings } from './settings.ts';
import type { PathPair, PathRequest } from './types.ts';

export interface ExactPaths {
  /** Those that are there already stay. */
  readonly add: readonly PathPair[];
  /** Those that are not there are gone. */
  readonly remove: readonly PathPair[];
}

export type ExactResult =
  | { readonly ok: true; readonly add: readonly PathPair[]; readonly remove: readonly PathPair[] }
  | { readonly ok: false; readonly why: string };

const keyOf = ({ initiator, port }: PathPair): string => `${initiator} ${port}`;

export function exactPaths(
  request: PathRequest,
  asked: ExactPaths,
  settings: PathSettings = DEFAULT_PATH_SETTINGS,
): ExactResult {
  const had = new Set(request.existing.map(keyOf));
  const going = new Set(asked.remove.map(keyOf));
  const add = [...new Map(asked.add.map((pair) => [keyOf(pair), pair])).values()].filter(
    (pair) => !had.has(keyOf(pair)),
  );
  const both = asked.add.find((pair) => going.has(keyOf(pair)));
  if (both) return no(`${inWords(request, both)} is both to be there and to go`);
  for (const pair of add) {
    const why = whyNoPath(request, pair);
    if (why !== undefined) return no(why);
  }
  const remove = request.existing.filter((pair) => going.has(keyOf(pair)));
  const after = [...request.existing.filter((pair) => !going.has(keyOf(pair))), ...add];
  if (add.length + remove.length === 0) return { ok: true, add, remove };
  const why = whyNotAllowed(request, after) ?? whyNotLeft(request, after, settings);
  return why === undefined ? { ok: true, add, remove } : no(why);
}

const no = (why: string) => ({ ok: false, why }) as const;

function inWords({ initiators, ports }: PathRequest, { initiator, port }: PathPair): string {
  const from = initiators.find(({ urn }) => urn === initiator)?.portName ?? initiator;
  return `${from} -> ${ports.find(({ urn }) => urn === port)?.name ?? port}`;
}

function whyNoPath(request: PathRequest, pair: PathPair): string | undefined {
  const words = inWords(request, pair);
  const initiator = request.initiators.find(({ urn }) => urn === pair.initiator);
  const port = request.ports.find(({ urn }) => urn === pair.port);
  if (!initiator) return `${words}: the initiator is in no Fibre Channel network of the virtual array`;
  if (!port) return `${words}: the port is not up, deregistered, or in no Fibre Channel network`;
  if (initiator.network === port.network) return undefined;
  const name = (urn: Urn) => request.networkNames?.[urn] ?? urn;
  const apart = `${words}: the initiator is in ${name(initiator.network)} and the port in ${name(port.network)}`;
  return request.routed?.get(initiator.network)?.has(port.network) ? `${apart}; ${ROUTED}` : apart;
}

interface Counted {
  readonly all: number;
  readonly mostOfOne: number;
  /** To ports that can be used; on physical ports of their own. */
  readonly usable: number;
  readonly haDomains: number;
  readonly networks: number;
}

function countedOf({ ports }: PathRequest, pairs: readonly PathPair[]): Counted {
  const known = new Map(ports.map((port) => [port.urn, port]));
  const usable = pairs.flatMap(({ initiator, port: urn }) => {
    const port = known.get(urn);
    return port ? [{ initiator, port }] : [];
  });
  const each = new Map<Urn, number>();
  for (const { initiator } of pairs) each.set(initiator, (each.get(initiator) ?? 0) + 1);
  return {
    all: pairs.length,
    mostOfOne: Math.max(0, ...each.values()),
    usable: new Set(usable.map(({ initiator, port }) => `${initiator} ${port.physicalPort}`)).size,
    haDomains: new Set(usable.map(({ port }) => port.haDomain)).size,
    networks: new Set(usable.map(({ port }) => port.network)).size,
  };
}

/** Two of each where there are two: HA domains, fabrics. */
const REDUNDANT = 2;

function whyNotAllowed(request: PathRequest, after: readonly PathPair[]): string | undefined {
  const { rules, initiators, ports } = request;
  const { min, max, perInitiator, acrossHaDomains = 0 } = rules;
  const [was, is] = [countedOf(request, request.existing), countedOf(request, after)];
  if (is.all > max && is.all > was.all) return `it would have ${plural(is.all, 'path')}, and may have ${max} at most`;
  if (is.mostOfOne > perInitiator && is.mostOfOne > was.mostOfOne)
    return `an initiator would have ${plural(is.mostOfOne, 'path')}, and may have ${perInitiator} at most`;
  if (is.usable < min && is.usable < was.usable)
    return `${plural(is.usable, 'path')} that can be used would be left, and it needs ${min} at least`;
  const own = new Set(initiators.map(({ network }) => network));
  const reachable = ports.filter(({ network }) => own.has(network));
  const most = (of: readonly string[]): number => Math.min(REDUNDANT, is.usable, new Set(of).size);
  const haDomains = Math.max(acrossHaDomains, max < REDUNDANT ? 0 : most(reachable.map(({ haDomain }) => haDomain)));
  if (is.haDomains < haDomains && is.haDomains < was.haDomains)
    return `its paths would come to ${plural(is.haDomains, 'HA domain')}, and need ${haDomains} at least`;
  const networks = max < REDUNDANT ? 0 : most(reachable.map(({ network }) => network));
  if (is.networks < networks && is.networks < was.networks)
    return `its paths would all go through one network, where there are ${plural(own.size, 'network')}`;
  return undefined;
}

/** What the virtual pool would give the host again with the next plan is not taken away. */
function whyNotLeft(request: PathRequest, after: readonly PathPair[], settings: PathSettings): string | undefined {
  const index = indexPorts(request.ports, request.nowMs, settings);
  const next = selectFrom(index, { ...request, existing: after });
  if (!next.ok) return next.why;
  const [first] = next.plan.added;
  if (!first) return undefined;
  const { max, perInitiator } = request.rules;
  const words = `${plural(after.length, 'path')}, and the next plan would add ${inWords(request, first)}`;
  return `it would have ${words}: the rules of its virtual pool give at most ${max}, ${perInitiator} per initiator; name a path instead, or change these`;
}
