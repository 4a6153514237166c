/**
 * `access report`: which initiator reaches which LUN, by the masks and zones that devices show, ours and those of others; and zones of
 * others that join somebody with a storage port.
 */
import { compareText } from '../../lib/compare-text.ts';
import { type Diagnostic, fail } from '../../lib/diagnostic.ts';
import type { MaskObservation } from '../driver/contract.ts';
import { foldName } from '../model/address.ts';
import { recordedConnectivity } from '../model/connectivity.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { ZONE } from '../model/unique-names.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { type SystemContext, systemContexts } from '../observe/drift-context.ts';
import { openViewLoader, withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import { lookAtDevices, type SeenDevices, seenAt, type WantedDevices } from './connectivity-look.ts';
import type { AccessInput, AccessRow, AccessVia, ForeignZoneRow, ZonedState } from './connectivity-types.ts';
import type { Call, Engine } from './engine.ts';
import { liveIn } from './path-facts.ts';
import { liveOf } from './pool-facts.ts';
import type { ResultOf } from './types.ts';
import { type FabricFacts, fabricFacts, zonedOf } from './zone-facts.ts';

interface Asked {
  readonly systems: readonly ResourceRecord<'storageSystem'>[];
  /** Port names, lower case; absent = all. */
  readonly initiators?: ReadonlySet<string>;
  readonly volume?: ResourceRecord<'volume'>;
}

type Problem = { readonly problem: Omit<Diagnostic, 'severity'> };

/** What could not be read may hide access: then the outcome is an error. */
export async function accessReport(call: Call, input: AccessInput): Promise<ResultOf<'access.report'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const { result: asked } = await withView(loader, (view) => whatIsAsked(view, input));
    if ('problem' in asked) return fail('error', asked.problem);
    const devices = (view: RecordedView): WantedDevices => ({
      systems: asked.systems,
      networkSystems: liveOf(view, 'networkSystem').sort(byName),
    });
    const seen = await lookAtDevices(call, loader, devices, input.refresh ?? 'auto');
    const { result } = await withView(loader, (view) => {
      const estate = estateOf(view, seen, asked, call.engine.installation);
      const targets = new Set(liveOf(view, 'port').map(({ spec }) => spec.address));
      const rows = estate.flatMap((system) => rowsOf(system, asked));
      return { rows, foreignZones: foreignZones(estate, asked, targets) };
    });
    const outcome = seen.diagnostics.length > 0 ? 'error' : 'ok';
    return { outcome, diagnostics: seen.diagnostics, ...seenAt(seen), ...result };
  } finally {
    loader.close();
  }
}

const byName = (a: ResourceRecord, b: ResourceRecord): number => compareText(a.name, b.name);

function whatIsAsked(view: RecordedView, { host, system, initiator, volume }: AccessInput): Asked | Problem {
  const found = {
    host: host === undefined ? undefined : findResource(view, host, 'host'),
    system: system === undefined ? undefined : findResource(view, system, 'storageSystem'),
    volume: volume === undefined ? undefined : findResource(view, volume, 'volume'),
  };
  for (const each of Object.values(found)) if (each && 'problem' in each) return each;
  const record = (each: (typeof found)[keyof typeof found]) =>
    each && 'recorded' in each ? each.recorded.record : undefined;
  const [of, on, wanted] = [record(found.host), record(found.system), record(found.volume)];
  const names = of && liveIn(view, 'initiator', of.urn).map(({ spec }) => spec.portName.toLowerCase());
  const one = initiator?.toLowerCase();
  const initiators = names ? names.filter((name) => one === undefined || name === one) : one && [one];
  const at = (wanted as ResourceRecord<'volume'> | undefined)?.status.device?.system;
  const systems = liveOf(view, 'storageSystem').filter(
    ({ urn }) => (on === undefined || on.urn === urn) && (wanted === undefined || at === urn),
  );
  return {
    systems: systems.sort(byName),
    ...(initiators ? { initiators: new Set(initiators) } : {}),
    ...(wanted ? { volume: wanted as ResourceRecord<'volume'> } : {}),
  };
}

/** One storage system with what is needed of it again and again. */
interface SystemAccess {
  readonly context: SystemContext;
  readonly ports: readonly SystemPort[];
  readonly portsById: ReadonlyMap<string, SystemPort>;
  hostOf(portName: string): string | undefined;
  /** Whether coprhd is recorded to have made the zone, or to use it. */
  zoneBy(network: Urn, name: string): 'ours' | 'existing' | 'foreign';
}

interface SystemPort {
  readonly name: string;
  readonly address: string;
  readonly isFc: boolean;
  readonly network?: ResourceRecord<'network'>;
  readonly facts: FabricFacts;
}

function estateOf(
  view: RecordedView,
  seen: SeenDevices,
  { systems }: Asked,
  { installationId: installation, epoch }: Engine['installation'],
): SystemAccess[] {
  const reader = recordedConnectivity(view);
  const readable = systems.filter(({ urn }) => {
    const found = seen.systems.get(urn);
    return found !== undefined && found.observation.trust.level !== 'unreachable';
  });
  const observed = new Map(readable.map(({ urn, name }) => [foldName(name), seen.systems.get(urn)!]));
  const zones = new Map<string, 'ours' | 'existing'>();
  for (const { spec } of liveOf(view, 'zone')) {
    const key = `${spec.network} ${spec.zoneName}`;
    if (zones.get(key) !== 'ours') zones.set(key, spec.existing ? 'existing' : 'ours');
  }
  const hostOf = (portName: string) => {
    const found = view.byName('initiator', ZONE, portName)?.record;
    return found && isLive(found) ? reader.get<'host'>(found.spec.host)?.name : undefined;
  };
  const contexts = systemContexts({ view, observed, systems: readable, installation, epoch });
  return contexts.map((context): SystemAccess => {
    const recorded = liveIn(view, 'port', context.urn);
    const ports = recorded.map(({ name, spec }): [string, SystemPort] => {
      const isFc = spec.transport === 'fc';
      const urn = isFc ? reader.networkOf(spec.address) : undefined;
      const network = urn && reader.get<'network'>(urn);
      const facts = fabricFacts({ seen }, network || undefined);
      const port = { name: `${context.name}/${name}`, address: spec.address, isFc, facts };
      return [spec.nativeId, network ? { ...port, network } : port];
    });
    return {
      context,
      ports: ports.map(([, port]) => port).sort((a, b) => compareText(a.name, b.name)),
      portsById: new Map(ports),
      hostOf,
      zoneBy: (network, name) => zones.get(`${network} ${name}`) ?? 'foreign',
    };
  });
}

function rowsOf(system: SystemAccess, asked: Asked): AccessRow[] {
  const { observation } = system.context;
  const masks = [...observation.masks].sort((a, b) => compareText(a.name, b.name));
  return masks.flatMap((mask) => {
    const by = system.context.ownershipOfMask(mask).ownership === 'ours' ? 'ours' : 'foreign';
    return mask.initiators
      .filter((initiator) => isAsked(asked, initiator))
      .flatMap((initiator) => rowsOfInitiator(system, mask, by, initiator, asked));
  });
}

const isAsked = ({ initiators }: Asked, portName: string): boolean =>
  initiators === undefined || initiators.has(portName.toLowerCase());

function rowsOfInitiator(
  system: SystemAccess,
  mask: MaskObservation,
  by: AccessRow['by'],
  initiator: string,
  { volume: wanted }: Asked,
): AccessRow[] {
  const via = mask.ports.flatMap((id): AccessVia[] => {
    const port = system.portsById.get(id);
    return port ? [viaOf(system, port, initiator)] : [];
  });
  const host = system.hostOf(initiator);
  const mappings = [...mask.mappings].sort((a, b) => a.hlu - b.hlu);
  return mappings
    .filter((mapping) => wanted === undefined || mapping.volume === wanted.status.device?.nativeId)
    .map(({ hlu, volume: id }): AccessRow => {
      const volume = system.context.volumes.get(id);
      return {
        initiator,
        ...(host === undefined ? {} : { host }),
        system: system.context.name,
        mask: mask.name,
        by,
        hlu,
        volume: volume ? addressOf(volume) : id,
        volumeBy: volume ? 'ours' : 'foreign',
        loggedIn: mask.loggedIn.includes(initiator),
        via,
        zoned: bestOf(via.map(({ zoned }) => zoned)),
      };
    });
}

function viaOf(system: SystemAccess, port: SystemPort, initiator: string): AccessVia {
  const { network, facts } = port;
  if (!port.isFc) return { port: port.name, zoned: 'not-needed', zones: [] };
  const joining = facts.joining(initiator, port.address);
  const zones = joining.map(({ name }) => ({
    name,
    by: network ? system.zoneBy(network.urn, name) : ('foreign' as const),
  }));
  const zoned = zonedOf(
    facts,
    zones.map((zone) => ({ ...zone, state: 'in-effect' as const })),
  );
  return { port: port.name, ...(network ? { network: network.name } : {}), zoned, zones };
}

const BEST_FIRST: readonly ZonedState[] = ['in-effect', 'open', 'not-needed', 'unknown', 'saved', 'none'];

const bestOf = (states: readonly ZonedState[]): ZonedState =>
  BEST_FIRST.find((state) => states.includes(state)) ?? 'none';

/** Whoever is in the zone and is none of the storage ports that are recorded (`targets`) is taken for an initiator. */
function foreignZones(estate: readonly SystemAccess[], asked: Asked, targets: ReadonlySet<string>): ForeignZoneRow[] {
  if (asked.volume) return [];
  return estate
    .flatMap((system) => system.ports.flatMap((port) => foreignZonesOf(system, port, targets)))
    .filter(({ initiator }) => isAsked(asked, initiator))
    .sort((a, b) => compareText(a.network, b.network) || compareText(a.zone, b.zone) || compareText(a.port, b.port));
}

function foreignZonesOf(system: SystemAccess, port: SystemPort, targets: ReadonlySet<string>): ForeignZoneRow[] {
  const { network, facts, address } = port;
  if (!network) return [];
  const masks = system.context.observation.masks.filter(({ ports }) =>
    ports.some((id) => system.portsById.get(id) === port),
  );
  return facts
    .zonesOf(address)
    .filter(({ zone }) => system.zoneBy(network.urn, zone.name) === 'foreign')
    .flatMap(({ zone, members }) => {
      const others = members.flatMap((member) =>
        member.type === 'wwpn' && member.wwpn !== address ? [member.wwpn] : [],
      );
      return [...new Set(others)]
        .filter((wwpn) => !targets.has(wwpn) && facts.joining(wwpn, address).some(({ name }) => name === zone.name))
        .map((initiator): ForeignZoneRow => {
          const host = system.hostOf(initiator);
          return {
            network: network.name,
            zone: zone.name,
            initiator,
            ...(host === undefined ? {} : { host }),
            port: port.name,
            masked: masks.some(({ initiators }) => initiators.includes(initiator)),
          };
        });
    });
}
