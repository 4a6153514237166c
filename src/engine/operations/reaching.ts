/**
 * `network fabrics` and `network reach`: what network systems show, and which initiator reaches which port through which
 * fabric. Reads only; what was kept will do unless somebody says otherwise.
 */
import { compareText } from '../../lib/compare-text.ts';
import { type Diagnostic, fail } from '../../lib/diagnostic.ts';
import { foldName } from '../model/address.ts';
import { recordedConnectivity } from '../model/connectivity.ts';
import { findFabric } from '../model/network-fabric.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import type { ObservedNetworks, SeenFabric } from '../observe/network-observation.ts';
import { openViewLoader, type ViewLoader, withView } from '../state/view.ts';
import { type ZonesByPair, zonesByPair } from '../zoning/reaching.ts';
import { findResource } from './addresses.ts';
import { deviceSpec } from './devices.ts';
import type { Call } from './engine.ts';
import { networksOn, type System, systemsSeen } from './fabrics-seen.ts';
import type { FabricContents, FabricSeen, Login, NetworkSystemSeen, Reached } from './network-types.ts';
import { observeNetworks } from './observing-networks.ts';
import type { InputOf, Refresh, ResultOf } from './types.ts';

interface Looked {
  readonly systems: readonly System[];
  readonly observed: ObservedNetworks;
}

/** All that are recorded where none is named. */
async function lookAt(
  call: Call,
  loader: ViewLoader,
  name: string | undefined,
  refresh: Refresh = 'auto',
): Promise<Looked> {
  const { result } = await withView(loader, (view) => {
    if (name !== undefined) {
      const found = findResource(view, name, 'networkSystem');
      return 'problem' in found ? found : [found.recorded.record as System];
    }
    return view
      .all('networkSystem')
      .map(({ record }) => record)
      .filter(isLive)
      .sort((a, b) => compareText(foldName(a.name), foldName(b.name)));
  });
  if (!Array.isArray(result)) return fail('error', result.problem);
  const devices = result.map((system) => ({ spec: deviceSpec(system), urn: system.urn }));
  return { systems: result, observed: await observeNetworks(call, loader, devices, { refresh }) };
}

export async function networkFabrics(
  call: Call,
  input: InputOf<'network.fabrics'>,
): Promise<ResultOf<'network.fabrics'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const looked = await lookAt(call, loader, input.system, input.refresh);
    const { result } = await withView(loader, (view) => ({
      all: systemsSeen(call, view, looked.systems, looked.observed),
      contents: input.contents ? contentsOf(view, looked) : undefined,
    }));
    const { fabric: wanted } = input;
    const isWanted = (fabric: FabricSeen) => wanted === undefined || isNamed(wanted, fabric);
    const systems = result.all.map((seen) => ({ ...seen, fabrics: seen.fabrics.filter(isWanted) }));
    if (wanted !== undefined) requireFabric(wanted, result.all, systems);
    const shown = new Set(systems.flatMap(({ fabrics }) => fabrics.map(({ nativeId }) => nativeId)));
    const contents = result.contents?.filter(({ fabric }) => shown.has(fabric.nativeId));
    const diagnostics = unreadFabrics(systems);
    const outcome = diagnostics.length > 0 ? 'error' : 'ok';
    return { outcome, diagnostics, systems, ...(contents ? { contents } : {}) };
  } finally {
    loader.close();
  }
}

/** By name of the fabric or its network, by WWN (colons or not), by number, or FIDnnn. */
function isNamed(wanted: string, { nativeId, name, virtualFabric, network }: FabricSeen): boolean {
  if (network !== undefined && foldName(network) === foldName(wanted)) return true;
  if (virtualFabric !== undefined && String(virtualFabric) === wanted) return true;
  const bare = wanted.replaceAll(':', '').toLowerCase();
  if (/^[0-9a-f]{16}$/.test(bare) && nativeId.split('/')[0]!.replaceAll(':', '') === bare) return true;
  const fabric = { nativeId, name, ...(virtualFabric === undefined ? {} : { virtualFabric }) };
  return 'found' in findFabric({ fabric: wanted }, [fabric]);
}

function requireFabric(wanted: string, all: readonly NetworkSystemSeen[], systems: readonly NetworkSystemSeen[]): void {
  if (systems.some(({ fabrics }) => fabrics.length > 0)) return;
  const there = all.flatMap(({ fabrics }) => fabrics.map(({ name }) => name));
  fail('error', {
    code: 'COPRHD-ZONE-005',
    summary: `no network system shows a fabric ${wanted}`,
    detail: `there are ${there.join(', ') || 'none'}`,
    fix: 'name it by its network, its name, its number or its WWN: coprhd network fabrics',
  });
}

function contentsOf(view: RecordedView, { systems, observed }: Looked): FabricContents[] {
  return systems.flatMap((system) => {
    const { fabrics } = observed.get(foldName(system.name))!.observation;
    const networks = networksOn(view, system, fabrics);
    return fabrics.map((seen) => {
      const network = networks.get(seen)?.name;
      return { ...seen, system: system.name, ...(network === undefined ? {} : { network }) };
    });
  });
}

export function unreadFabrics(systems: readonly NetworkSystemSeen[]): Diagnostic[] {
  return systems
    .filter(({ trust }) => trust !== 'whole')
    .map(({ system, trust, why }) => ({
      code: trust === 'unreachable' ? 'COPRHD-DEVICE-001' : 'COPRHD-HELD-008',
      severity: trust === 'unreachable' ? 'error' : 'warning',
      summary: `network system ${system} is ${trust}: ${why}`,
      fix: 'check the switch, and the configuration of its network system',
    }));
}

export async function networkReach(call: Call, input: InputOf<'network.reach'>): Promise<ResultOf<'network.reach'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const looked = await lookAt(call, loader, undefined, input.refresh);
    const { result } = await withView(loader, (view) => {
      const asked = whoIsAsked(view, input);
      if ('problem' in asked) return asked;
      return {
        reached: reachedIn(view, looked, asked, input.all ?? false),
        from: new Set(asked.initiators.map(({ spec }) => view.get(spec.network)?.record.name)),
        systems: systemsSeen(call, view, looked.systems, looked.observed),
      };
    });
    if ('problem' in result) return fail('error', result.problem);
    const { reached, systems } = result;
    const diagnostics = [
      ...unreadFabrics(result.systems),
      ...openFabrics(result.systems),
      ...routedFrom(result.systems, result.from),
    ];
    const outcome = diagnostics.some(({ severity }) => severity === 'error') ? 'error' : 'ok';
    return { outcome, diagnostics, reached, systems };
  } finally {
    loader.close();
  }
}

/** There a port that is in no zone reaches all others like it, which no zone tells of. */
function openFabrics(systems: readonly NetworkSystemSeen[]): Diagnostic[] {
  return systems.flatMap(({ system, fabrics }) =>
    fabrics
      .filter(({ zoning }) => zoning?.defaultZone === 'permit')
      .map(({ name }) => ({
        code: 'COPRHD-ZONE-001',
        severity: 'warning',
        summary: `the default zone of fabric ${name} of ${system} is open: ports that are in no zone reach one another`,
        fix: 'set the default zone to no access, after a look at who relies on it',
      })),
  );
}

/** Where initiators might reach more than zones of their own fabric say. */
function routedFrom(systems: readonly NetworkSystemSeen[], from: ReadonlySet<string | undefined>): Diagnostic[] {
  return systems.flatMap(({ fabrics }) =>
    fabrics.flatMap(({ network, routedTo }): Diagnostic[] => {
      if (network === undefined || !routedTo || !from.has(network)) return [];
      const summary = `${network} is routed to ${routedTo.join(', ')}: what is reached across them is not followed`;
      return [{ code: 'COPRHD-ZONE-008', severity: 'warning', summary, fix: 'ask the switch that routes' }];
    }),
  );
}

interface Asked {
  readonly initiators: readonly ResourceRecord<'initiator'>[];
  readonly ports: readonly ResourceRecord<'port'>[];
  readonly network?: Urn;
}

type Problem = { readonly problem: Omit<Diagnostic, 'severity'> };

function whoIsAsked(view: RecordedView, { host, system, network }: InputOf<'network.reach'>): Asked | Problem {
  const found = [
    host === undefined ? undefined : findResource(view, host, 'host'),
    system === undefined ? undefined : findResource(view, system, 'storageSystem'),
    network === undefined ? undefined : findResource(view, network, 'network'),
  ];
  const wrong = found.find((each) => each && 'problem' in each);
  if (wrong && 'problem' in wrong) return wrong;
  const [hostUrn, systemUrn, networkUrn] = found.map((each) =>
    each && 'recorded' in each ? each.recorded.record.urn : undefined,
  );
  const live = <K extends 'initiator' | 'port'>(kind: K, parent: Urn | undefined) =>
    (parent === undefined ? view.all(kind) : view.inScope(kind, uuidOf(parent))).map(({ record }) => record);
  return {
    initiators: live('initiator', hostUrn).filter((each) => isLive(each) && each.spec.protocol === 'fc'),
    ports: live('port', systemUrn).filter((each) => isLive(each) && each.spec.transport === 'fc'),
    ...(networkUrn === undefined ? {} : { network: networkUrn }),
  };
}

/** A network as its switch shows it. */
interface Fabric {
  readonly seen?: SeenFabric;
  readonly zones: ZonesByPair;
  readonly logins: ReadonlyMap<string, Login>;
}

const NOT_SEEN: Fabric = { zones: new Map(), logins: new Map() };

function reachedIn(view: RecordedView, looked: Looked, asked: Asked, all: boolean): Reached[] {
  const { networkOf } = recordedConnectivity(view);
  const ports = new Map<Urn, ResourceRecord<'port'>[]>();
  for (const port of asked.ports) {
    const network = networkOf(port.spec.address);
    if (network === undefined || (asked.network !== undefined && network !== asked.network)) continue;
    ports.set(network, [...(ports.get(network) ?? []), port]);
  }
  const fabrics = fabricsOf(view, looked, asked);
  const paths = new Set(
    view.all('path').flatMap(({ record }) => (isLive(record) ? [pairOf(record.spec.initiator, record.spec.port)] : [])),
  );
  const nameOf = (urn: Urn) => view.get(urn)?.record.name ?? urn;
  return asked.initiators
    .flatMap((initiator) =>
      (ports.get(initiator.spec.network) ?? []).flatMap((port): Reached[] => {
        const fabric = fabrics.get(initiator.spec.network) ?? NOT_SEEN;
        const zones = fabric.zones.get(initiator.spec.portName)?.get(port.spec.address) ?? [];
        const isPath = paths.has(pairOf(initiator.urn, port.urn));
        if (!all && zones.length === 0 && !isPath) return [];
        const [initiatorLogin, portLogin] = [initiator.spec.portName, port.spec.address].map((wwpn) =>
          fabric.logins.get(wwpn),
        );
        return [
          {
            host: nameOf(initiator.spec.host),
            initiator: initiator.spec.portName,
            network: nameOf(initiator.spec.network),
            system: nameOf(port.spec.system),
            port: port.name,
            address: port.spec.address,
            ...(initiatorLogin ? { initiatorLogin } : {}),
            ...(portLogin ? { portLogin } : {}),
            zones,
            isPath,
            state: stateOf(fabric, zones, initiatorLogin !== undefined && portLogin !== undefined),
          },
        ];
      }),
    )
    .sort(inOrder);
}

const pairOf = (initiator: Urn, port: Urn): string => `${initiator} ${port}`;

function stateOf({ seen }: Fabric, zones: readonly string[], isLoggedIn: boolean): Reached['state'] {
  if (!seen || (seen.why !== undefined && zones.length === 0)) return 'unknown';
  if (zones.length === 0) return 'unzoned';
  return isLoggedIn ? 'reached' : 'logged-out';
}

function inOrder(a: Reached, b: Reached): number {
  const key = ({ host, initiator, system, port }: Reached) => [foldName(host), initiator, foldName(system), port];
  const [left, right] = [key(a), key(b)];
  const at = left.findIndex((text, index) => text !== right[index]);
  return at < 0 ? 0 : compareText(left[at]!, right[at]!);
}

function fabricsOf(view: RecordedView, { systems, observed }: Looked, asked: Asked): ReadonlyMap<Urn, Fabric> {
  const initiators = new Set(asked.initiators.map(({ spec }) => spec.portName));
  const ports = new Set(asked.ports.map(({ spec }) => spec.address));
  return new Map(
    systems.flatMap((system) => {
      const { fabrics } = observed.get(foldName(system.name))!.observation;
      return [...networksOn(view, system, fabrics)].map(([seen, network]) => {
        const zones = zonesByPair(seen, initiators, ports);
        return [network.urn, { seen, zones, logins: loginsOf(seen) }] as const;
      });
    }),
  );
}

function loginsOf({ fabric, endpoints }: SeenFabric): ReadonlyMap<string, Login> {
  const names = new Map(fabric.switches.map(({ nativeId, name }) => [nativeId, name]));
  return new Map(endpoints.map(({ nativeId, switch: at, port }) => [nativeId, { switch: names.get(at) ?? at, port }]));
}
