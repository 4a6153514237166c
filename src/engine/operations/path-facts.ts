/** The paths of recorded masks, with what is seen of each: logins, zones in effect, how busy the port is. Pure over a view. */
import { compareText } from '../../lib/compare-text.ts';
import type { MaskObservation } from '../driver/contract.ts';
import { recordedConnectivity } from '../model/connectivity.ts';
import { portalInSubnets } from '../model/ip.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { addressOf, addressOfLunMap } from '../observe/addresses.ts';
import { busyPercent } from '../observe/metrics.ts';
import { mappedThrough } from '../planner/port-loads.ts';
import type { SeenDevices, WantedDevices } from './connectivity-look.ts';
import type { ListedPath, LoginState, MappedLun, PathPortLoad } from './connectivity-types.ts';
import { type FabricFacts, fabricFacts, zonesOfPath } from './zone-facts.ts';

export interface Connectivity {
  readonly view: RecordedView;
  readonly seen: SeenDevices;
}

type Mask = ResourceRecord<'exportMask'>;

/** Live records that a list names, in order of name. */
export function liveIn<K extends 'lunMap' | 'path' | 'zone' | 'initiator' | 'port' | 'exportMask'>(
  view: RecordedView,
  kind: K,
  parent: Urn,
): ResourceRecord<K>[] {
  return view
    .inScope(kind, uuidOf(parent))
    .map(({ record }) => record)
    .filter(isLive);
}

export const masksOfHost = (view: RecordedView, host: Urn): Mask[] =>
  view
    .all('exportMask')
    .map(({ record }) => record)
    .filter((mask) => isLive(mask) && mask.spec.host === host);

/** What must be looked at to say how these masks are, and where initiators of these hosts are logged in. */
export function devicesOf(view: RecordedView, masks: readonly Mask[], hosts: readonly Urn[] = []): WantedDevices {
  const reader = recordedConnectivity(view);
  const networks = [
    ...masks.flatMap((mask) => liveIn(view, 'path', mask.urn)),
    ...[...hosts, ...masks.map(({ spec }) => spec.host)].flatMap((host) => liveIn(view, 'initiator', host)),
  ].map(({ spec }) => spec.network);
  const networkSystems = [...new Set(networks)].flatMap((urn) => reader.get<'network'>(urn)?.spec.networkSystem ?? []);
  const named = <K extends 'storageSystem' | 'networkSystem'>(urns: readonly Urn[]) =>
    [...new Set(urns)].flatMap((urn) => reader.get<K>(urn) ?? []).sort((a, b) => compareText(a.name, b.name));
  return {
    systems: named<'storageSystem'>(masks.map(({ spec }) => spec.system)),
    networkSystems: named<'networkSystem'>(networkSystems),
  };
}

/** Of which LUN maps of the masks is spoken; absent = of all. */
export interface PathScope {
  readonly export?: Urn;
}

export function pathsOfMask(connectivity: Connectivity, mask: Mask, scope: PathScope = {}): ListedPath[] {
  const { view, seen } = connectivity;
  const host = view.get<'host'>(mask.spec.host)?.record;
  const system = view.get<'storageSystem'>(mask.spec.system)?.record;
  // Still being loaded.
  if (!host || !system) return [];
  const found = seen.systems.get(system.urn);
  const observation = found && found.observation.trust.level !== 'unreachable' ? found.observation : undefined;
  const observed = observation?.masks.find(({ nativeId }) => nativeId === mask.status.device?.nativeId);
  const luns = lunsOfMask(view, mask.urn, scope);
  const shared = {
    host: host.name,
    system: system.name,
    mask: mask.status.device?.label ?? mask.name,
    hlus: rangesOf(luns.map(({ hlu }) => hlu)),
    exports: [...new Set(luns.map((lun) => lun.export))].sort(compareText),
  };
  const counts = observation && mappedThrough(observation);
  return pairsOf(view, mask)
    .map((pair): ListedPath => {
      const { initiator, port, network } = pair;
      const facts = fabricFacts(connectivity, network);
      const [from, to] = [facts.placeOf(initiator.spec.portName), facts.placeOf(port.spec.address)];
      const isIp = port.spec.transport === 'ip';
      const zoning = isIp
        ? { zones: [], zoned: 'not-needed' as const }
        : zonesOfPath(facts, liveIn(view, 'zone', mask.urn), initiator.spec.portName, port.spec.address);
      const status = observation?.ports.find(({ nativeId }) => nativeId === port.spec.nativeId)?.status;
      const known = status ?? view.port(port.urn)?.status;
      return {
        ...shared,
        id: pair.id,
        transport: port.spec.transport,
        initiator: { name: initiator.name, portName: initiator.spec.portName, ...(from ? { at: from } : {}) },
        network: network?.name ?? '',
        ...(facts.name === undefined ? {} : { fabric: facts.name }),
        ...zoning,
        port: {
          name: `${system.name}/${port.name}`,
          address: port.spec.address,
          haDomain: port.spec.haDomain,
          physicalPort: port.spec.physicalPort,
          ...(known ? { status: known } : {}),
          ...(to ? { at: to } : {}),
        },
        login: loginOf(observed, facts, initiator.spec.portName, from !== undefined),
        load: loadOf(view, port, counts),
      };
    })
    .sort((a, b) => compareText(a.initiator.portName, b.initiator.portName) || compareText(a.port.name, b.port.name));
}

interface Pair {
  readonly id: string;
  readonly initiator: ResourceRecord<'initiator'>;
  readonly port: ResourceRecord<'port'>;
  readonly network: ResourceRecord<'network'> | undefined;
}

/** Over Fibre Channel as recorded; over IP every iSCSI initiator through every port of the mask that is in its network. */
function pairsOf(view: RecordedView, mask: Mask): Pair[] {
  const get = <K extends 'port' | 'initiator' | 'network'>(urn: Urn) => view.get<K>(urn)?.record;
  if (mask.spec.transport === 'fc') {
    return liveIn(view, 'path', mask.urn).flatMap(({ urn, spec }) => {
      const [initiator, port] = [get<'initiator'>(spec.initiator), get<'port'>(spec.port)];
      return initiator && port ? [{ id: urn, initiator, port, network: get<'network'>(spec.network) }] : [];
    });
  }
  const initiators = liveIn(view, 'initiator', mask.spec.host).filter(({ spec }) => spec.protocol === 'iscsi');
  return initiators.flatMap((initiator) => {
    const network = get<'network'>(initiator.spec.network);
    const subnets = network?.spec.subnets ?? [];
    return mask.spec.ports
      .flatMap((urn) => get<'port'>(urn) ?? [])
      .filter(({ spec }) => subnets.length === 0 || portalInSubnets(spec.address, subnets))
      .map((port) => ({ id: `${initiator.urn} ${port.urn}`, initiator, port, network }));
  });
}

function loginOf(
  mask: MaskObservation | undefined,
  facts: FabricFacts,
  portName: string,
  atSwitch: boolean,
): LoginState {
  const name = portName.toLowerCase();
  if (mask?.loggedIn.some((each) => each.toLowerCase() === name)) return 'array';
  if (atSwitch) return 'fabric';
  return mask === undefined && !facts.isSeen ? 'unknown' : 'none';
}

function loadOf(
  view: RecordedView,
  port: ResourceRecord<'port'>,
  counts: ReturnType<typeof mappedThrough> | undefined,
): PathPortLoad {
  const busy = view.portMetrics(port.urn)?.busy;
  const measured = busy ? { busyPercent: busyPercent(busy), measuredAtMs: busy.measuredAtMs } : {};
  if (!counts) return measured;
  const { volumes, initiators } = counts.get(port.spec.nativeId) ?? { volumes: 0, initiators: 0 };
  return { ...measured, volumes, initiators };
}

interface MaskLun extends MappedLun {
  readonly urn: Urn;
}

/** In order of their numbers. */
export function lunsOfMask(view: RecordedView, mask: Urn, scope: PathScope = {}): MaskLun[] {
  return liveIn(view, 'lunMap', mask)
    .filter(({ spec }) => scope.export === undefined || spec.export === scope.export)
    .map((map) => {
      const volume = view.get<'volume'>(map.spec.volume)?.record;
      return {
        urn: map.urn,
        hlu: map.spec.hlu,
        volume: volume ? addressOf(volume) : map.spec.volume,
        export: addressOfLunMap(view, map),
      };
    })
    .sort((a, b) => a.hlu - b.hlu);
}

/** `1-3,7`. */
export function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
}
