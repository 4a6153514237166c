/** Which initiator reaches a volume through which target port under which LUN number: one row each. Of snapshots too. */
import type { ResourceRecord } from '../../engine/model/record.ts';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { splitPortal } from './documents.ts';
import { find, linkTo, namedRef, PLACES } from './finding.ts';

type Spec<K extends ResourceRecord['kind']> = ResourceRecord<K>['spec'];

/** Many at once (bulk.ts). */
export const BULK_OF_PATHS = {
  root: 'itls',
  key: 'itl',
  show:
    (engine: EngineClient) =>
    ({ record }: FoundRecord) =>
      rowsOf(engine, record),
} as const;

interface Row {
  readonly initiator: { readonly id: string; readonly port: string };
}

/** Volumes and snapshots. */
export const shownOf = async (engine: EngineClient, urns: readonly string[]): Promise<FoundRecord[]> =>
  (await Promise.all([find(engine, 'volume', { urns }), find(engine, 'snapshot', { urns })])).flatMap(
    ({ records }) => records,
  );

/** What any of them sees. */
export async function rowsOfHosts(engine: EngineClient, hosts: readonly string[]): Promise<Row[]> {
  const masks = (await Promise.all(hosts.map((host) => find(engine, 'exportMask', { under: host })))).flatMap(
    ({ records }) => records,
  );
  const maps = await Promise.all(masks.map(({ record }) => find(engine, 'lunMap', { under: record.urn })));
  const volumes = new Set(
    maps.flatMap(({ records }) => records.map(({ record }) => (record.spec as Spec<'lunMap'>).volume)),
  );
  const records = await shownOf(engine, [...volumes]);
  return (await Promise.all(records.map(({ record }) => rowsOf(engine, record)))).flat();
}

export async function rowsOf(engine: EngineClient, volume: ResourceRecord): Promise<Row[]> {
  const { records, names } = await find(engine, 'lunMap', { under: volume.urn });
  const maps = records.map(({ record }) => record.spec as Spec<'lunMap'>);
  return (await Promise.all(maps.map((map) => rowsOfMap(engine, volume, map, names[map.export] ?? '')))).flat();
}

async function rowsOfMap(
  engine: EngineClient,
  volume: ResourceRecord,
  map: Spec<'lunMap'>,
  exportName: string,
): Promise<Row[]> {
  const [mask] = (await find(engine, 'exportMask', { urns: [map.mask] })).records;
  if (!mask) return [];
  const { host, ports } = mask.record.spec as Spec<'exportMask'>;
  const [initiators, targets, fabric] = await Promise.all([
    find(engine, 'initiator', { under: host }),
    find(engine, 'port', { urns: ports }),
    fabricOf(engine, map.mask),
  ]);
  const targetName = mask.record.status.device?.targetName;
  const place = volume.kind === 'snapshot' ? PLACES.snapshot : PLACES.volume;
  const wwn = (volume.status.device?.wwn ?? '').toUpperCase();
  return initiators.records.flatMap(({ record: initiator }) => {
    const { portName, protocol } = initiator.spec as Spec<'initiator'>;
    const transport = protocol === 'iscsi' ? 'ip' : 'fc';
    return targets.records
      .map(({ record }) => ({ urn: record.urn, ...(record.spec as Spec<'port'>) }))
      .filter((port) => port.transport === transport && (transport === 'ip' || fabric.isPath(initiator.urn, port.urn)))
      .map(({ urn, address }) => {
        const [ip, tcpPort] = transport === 'ip' ? splitPortal(address) : [undefined, undefined];
        const zone = transport === 'ip' ? undefined : fabric.zoneOf(portName, address);
        return {
          hlu: map.hlu,
          initiator: { id: initiator.urn, port: portName, link: linkTo(PLACES.initiator, initiator.urn) },
          export: namedRef(PLACES.export, map.export, exportName),
          device: { id: volume.urn, wwn, link: linkTo(place, volume.urn) },
          ...(zone === undefined ? {} : { san_zone_name: zone }),
          target: {
            id: urn,
            port: transport === 'ip' ? (targetName ?? address) : address,
            link: linkTo(PLACES.port, urn),
            ...(ip === undefined ? {} : { ip_address: ip, tcp_port: String(tcpPort) }),
          },
        };
      });
  });
}

/** Paths of a mask over Fibre Channel, and the zones that they go through. */
async function fabricOf(engine: EngineClient, mask: string) {
  const [paths, zones] = await Promise.all([
    find(engine, 'path', { under: mask }),
    find(engine, 'zone', { under: mask }),
  ]);
  const pairs = new Set(paths.records.map(({ record }) => pairOf(record.spec as Spec<'path'>)));
  const specs = zones.records.map(({ record }) => record.spec as Spec<'zone'>);
  const isIn = (zone: Spec<'zone'>, wwpn: string) => zone.members.some((member) => member.portName === wwpn);
  return {
    isPath: (initiator: string, port: string) => pairs.has(pairOf({ initiator, port })),
    zoneOf: (initiator: string, port: string) =>
      specs.find((zone) => isIn(zone, initiator) && isIn(zone, port))?.zoneName,
  };
}

const pairOf = ({ initiator, port }: { readonly initiator: string; readonly port: string }) => `${initiator} ${port}`;
