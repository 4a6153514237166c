/** Which initiator reaches a volume through which target port under which LUN number: one row each. */
import type { ResourceRecord } from '../../engine/model/record.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { splitPortal } from './documents.ts';
import { find, linkTo, namedRef, PLACES } from './finding.ts';

type Spec<K extends ResourceRecord['kind']> = ResourceRecord<K>['spec'];

export async function rowsOf(engine: EngineClient, volume: ResourceRecord): Promise<object[]> {
  const { records, names } = await find(engine, 'lunMap', { under: volume.urn });
  const maps = records.map(({ record }) => record.spec as Spec<'lunMap'>);
  return (await Promise.all(maps.map((map) => rowsOfMap(engine, volume, map, names[map.export] ?? '')))).flat();
}

async function rowsOfMap(
  engine: EngineClient,
  volume: ResourceRecord,
  map: Spec<'lunMap'>,
  exportName: string,
): Promise<object[]> {
  const [mask] = (await find(engine, 'exportMask', { urns: [map.mask] })).records;
  if (!mask) return [];
  const { host, ports } = mask.record.spec as Spec<'exportMask'>;
  const [initiators, targets] = await Promise.all([
    find(engine, 'initiator', { under: host }),
    find(engine, 'port', { urns: ports }),
  ]);
  const targetName = mask.record.status.device?.targetName;
  const wwn = (volume.status.device?.wwn ?? '').toUpperCase();
  return initiators.records.flatMap(({ record: initiator }) => {
    const { portName, protocol } = initiator.spec as Spec<'initiator'>;
    const transport = protocol === 'iscsi' ? 'ip' : 'fc';
    return targets.records
      .map(({ record }) => ({ urn: record.urn, ...(record.spec as Spec<'port'>) }))
      .filter((port) => port.transport === transport)
      .map(({ urn, address }) => {
        const [ip, tcpPort] = transport === 'ip' ? splitPortal(address) : [undefined, undefined];
        return {
          hlu: map.hlu,
          initiator: { id: initiator.urn, port: portName, link: linkTo(PLACES.initiator, initiator.urn) },
          export: namedRef(PLACES.export, map.export, exportName),
          device: { id: volume.urn, wwn, link: linkTo(PLACES.volume, volume.urn) },
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
