/** What an audit finds on fabrics, put together from what is recorded and what was seen. The checks are in zoning/audit. */
import type { AuditFinding } from '../model/audit.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { ZONE } from '../model/unique-names.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import type { SystemContext } from '../observe/drift-context.ts';
import type { SeenFabric } from '../observe/network-observation.ts';
import { type AuditedEnds, type AuditedMask, mappedNotZoned, zonedNotMapped } from '../zoning/audit/access.ts';
import { fabricFindings } from '../zoning/audit/fabric.ts';
import { type AuditedHost, type AuditedPath, redundancyFindings } from '../zoning/audit/redundancy.ts';
import { loginOf, pathProblems } from '../zoning/in-effect.ts';
import { isChanging, type LookedAt, type RecordedPath } from './looking-networks.ts';
import { exportsOfMask, inventoryOf, type Owner } from './zone-naming.ts';

export interface FabricAudit {
  readonly networks: readonly LookedAt[];
  /** Storage systems that are audited. */
  readonly systems: readonly SystemContext[];
  /** False: one storage system was asked for, and what is wrong with fabrics themselves is left out. */
  readonly ofFabrics: boolean;
}

export function fabricAudit(view: RecordedView, { networks, systems, ofFabrics }: FabricAudit): AuditFinding[] {
  if (networks.length === 0) return [];
  const inventory = inventoryOf(view);
  const whole = networks.flatMap(({ context, system }) =>
    context && system ? [{ system: system.name, context }] : [],
  );
  const isKnown = (wwpn: string) => inventory.has(wwpn) || whole.some(({ context }) => loginOf(context.seen, wwpn));
  const readable = systems.filter(({ observation }) => observation.trust.level === 'whole');
  const ends = endsOf(networks, inventory, readable, view);
  const masks = readable.flatMap((system) => masksOf(view, system, inventory, networks));
  return [
    ...(ofFabrics ? whole.flatMap((fabric) => fabricFindings(fabric, isKnown)) : []),
    ...mappedNotZoned(masks, ends),
    ...zonedNotMapped(masks, ends),
    ...systems.flatMap((system) => hostsOf(view, system, networks)).flatMap(redundancyFindings),
  ];
}

function endsOf(
  networks: readonly LookedAt[],
  inventory: ReadonlyMap<string, Owner>,
  systems: readonly SystemContext[],
  view: RecordedView,
): AuditedEnds {
  const seen = new Map(
    networks.flatMap(({ network, context }) => (context ? [[network.urn, context.seen] as const] : [])),
  );
  const audited = new Set(systems.map(({ urn }) => urn));
  const hosts = new Map<string, string>();
  const ports = new Map<string, { system: string; name: string }>();
  for (const [wwpn, owner] of inventory) {
    if ('host' in owner) hosts.set(wwpn, owner.host);
    else if (audited.has(owner.port.spec.system)) ports.set(wwpn, { system: owner.system, name: owner.port.name });
  }
  // Where it is logged in; else where it belongs.
  const fabricOf = (wwpn: string): SeenFabric | undefined => {
    const login = [...seen.values()].find((fabric) => loginOf(fabric, wwpn));
    if (login) return login;
    const owner = inventory.get(wwpn);
    const network = owner && 'host' in owner ? owner.initiator.spec.network : undefined;
    const known = network ?? endpointNetwork(view, wwpn);
    return known && seen.get(known);
  };
  return { hosts, ports, fabricOf };
}

function endpointNetwork(view: RecordedView, wwpn: string): Urn | undefined {
  const record = view.byName('endpoint', ZONE, wwpn)?.record;
  return record && isLive(record) ? record.spec.network : undefined;
}

/** Masks on the device that map something over Fibre Channel. */
function masksOf(
  view: RecordedView,
  system: SystemContext,
  inventory: ReadonlyMap<string, Owner>,
  networks: readonly LookedAt[],
): AuditedMask[] {
  const addresses = new Map(
    [...inventory].flatMap(([wwpn, owner]) =>
      'port' in owner && owner.port.spec.system === system.urn ? [[owner.port.spec.nativeId, wwpn] as const] : [],
    ),
  );
  return system.observation.masks.flatMap((mask): AuditedMask[] => {
    const initiators = mask.initiators.filter(isWwpn);
    if (mask.mappings.length === 0 || initiators.length === 0) return [];
    const ports =
      mask.ports.length === 0 ? [...addresses.values()] : mask.ports.flatMap((id) => addresses.get(id) ?? []);
    const record = system.masks.get(mask.nativeId);
    const ours = record !== undefined && system.ownershipOfMask(mask).ownership === 'ours';
    const own = ours ? { paths: pathsOf(networks, record.urn), ...addressIn(view, record.urn) } : {};
    return [{ system: system.name, name: mask.name, initiators, ports, ...own }];
  });
}

const isWwpn = (initiator: string): boolean => /^([0-9a-f]{2}:){7}[0-9a-f]{2}$/.test(initiator);

const pathsOf = (networks: readonly LookedAt[], mask: Urn): readonly RecordedPath[] =>
  networks.flatMap((looked) => looked.pathsOf(mask)).filter((path) => !isChanging(path));

function addressIn(view: RecordedView, mask: Urn): { readonly address?: string } {
  const [address] = exportsOfMask(view, mask);
  return address === undefined ? {} : { address };
}

/** Of a host without volumes there nothing is asked. */
function hostsOf(view: RecordedView, system: SystemContext, networks: readonly LookedAt[]): AuditedHost[] {
  const haDomains = new Set(
    view
      .inScope('port', uuidOf(system.urn))
      .filter(({ record }) => isLive(record) && record.spec.transport === 'fc')
      .map(({ record }) => record.spec.haDomain),
  ).size;
  return [...system.masks.values()].flatMap((mask): AuditedHost[] => {
    if (mask.spec.transport !== 'fc' || isChanging({ record: mask })) return [];
    const min = minimumOf(view, system, mask);
    const host = view.get<'host'>(mask.spec.host)?.record;
    const paths = networks.flatMap((looked) =>
      looked.pathsOf(mask.urn).flatMap((path) => (isChanging(path) ? [] : [auditedPath(view, looked, path)])),
    );
    if (!min || !host) return [];
    return [{ host: host.name, system: system.name, ...addressIn(view, mask.urn), paths, haDomains, ...min }];
  });
}

function minimumOf(view: RecordedView, system: SystemContext, mask: ResourceRecord<'exportMask'>) {
  let found: { readonly min: number; readonly minOf: string } | undefined;
  for (const { spec } of system.lunMapsOf(mask.urn)) {
    const volume = view.get<'volume'>(spec.volume)?.record;
    const pool = volume && view.get<'virtualPool'>(volume.spec.virtualPool)?.record;
    if (pool && pool.spec.paths.min > (found?.min ?? 0)) found = { min: pool.spec.paths.min, minOf: pool.name };
  }
  return found;
}

function auditedPath(
  view: RecordedView,
  { context }: LookedAt,
  { initiator, port, record }: RecordedPath,
): AuditedPath {
  const there = view.get<'port'>(record.spec.port)?.record;
  const state = !context ? 'unknown' : pathProblems(context.seen, initiator, port).length === 0 ? 'open' : 'closed';
  const switches = context ? [initiator, port].flatMap((wwpn) => switchOf(context.seen, wwpn)) : [];
  return { name: `${initiator} - ${there?.name ?? port}`, state, haDomain: there?.spec.haDomain ?? '', switches };
}

function switchOf(seen: SeenFabric, wwpn: string): string[] {
  const login = loginOf(seen, wwpn);
  if (!login) return [];
  return [seen.fabric.switches.find(({ nativeId }) => nativeId === login.switch)?.name ?? login.switch];
}
