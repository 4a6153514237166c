/**
 * Connections as a tree: host, initiator, network, zone, storage port, storage system and LUNs. Rows: `initiator
 * change host portName network switch switchPort` · `path change host portName network zone zoneState port haDomain switch switchPort
 * system login zoned` · `lun change host system hlu volume export`.
 */
import type {
  ListedPath,
  Mark,
  PathZone,
  Topology,
  TopologyHost,
  TopologyInitiator,
  TopologyMask,
} from '../engine/operations/connectivity-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { groupBy } from '../lib/group-by.ts';
import { initiatorName, loginText, networkText, placeText, seenLines, zonedText, zoneText } from './path.ts';
import { paint, type Style, type Tone } from './style.ts';
import type { Row, View } from './view.ts';

type Result = ResultOf<'topo'>;

export const topologyView: View<Result> = {
  human: ({ topology, ...seen }, style) =>
    topology ? [...topologyLines(topology, style), ...seenLines(seen, style)] : [],
  plain: ({ topology }) => (topology ? topology.hosts.flatMap(hostRows) : []),
};

const EMPTY: Record<Topology['what'], string> = {
  host: 'Nothing is exported to it, and it has no initiators.',
  export: 'It maps nothing.',
  network: 'No path goes through it.',
  plan: 'The plan changes no mask, path, zone or LUN.',
};

function topologyLines({ what, hosts }: Topology, style: Style): string[] {
  if (hosts.length === 0) return [EMPTY[what]];
  const tree = hosts.flatMap((host, index) => [...(index === 0 ? [] : ['']), ...hostLines(host, style)]);
  const legend = what === 'plan' ? ['', '+ is added, - is removed by the plan; the rest stays as it is'] : [];
  return [...tree, ...legend];
}

const TONES: Record<Mark, Tone> = { '+': 'add', '-': 'remove' };

/** The mark stands before everything, so that it is found without colour. */
function line(style: Style, depth: number, text: string, change?: Mark): string {
  const plain = `${change ?? ' '} ${'  '.repeat(depth)}${text}`;
  return change ? paint(style, TONES[change], plain) : plain;
}

function hostLines({ name, initiators, masks }: TopologyHost, style: Style): string[] {
  return [
    line(style, 0, paint(style, 'strong', `host ${name}`)),
    ...initiators.flatMap((initiator) => initiatorLines(initiator, style)),
    ...masks.flatMap((mask) => maskLines(mask, style)),
  ];
}

function initiatorLines(initiator: TopologyInitiator, style: Style): string[] {
  const { paths } = initiator;
  return [
    line(style, 1, `initiator ${initiatorName(initiator)}${stateWords(initiator)}`),
    ...[...groupBy(paths, networkText)].flatMap(([network, some]) => [
      line(style, 2, `network ${network}`),
      ...byZones(some).flatMap(([zones, through]) => zoneLines(zones, through, style)),
    ]),
  ];
}

/** Nothing of paths that are only planned. */
function stateWords({ at, network, paths }: TopologyInitiator): string {
  const place = at ? ` at ${placeText(at)}` : '';
  if (paths.length === 0) return `: ${at ? `on the fabric${place}` : `in ${network || 'no network'}`}, no path`;
  const known = paths.find(({ change }) => change !== '+');
  if (known) return `: ${loginText(known)}${place}`;
  return at ? `: on the fabric${place}` : '';
}

/** Paths that go through the same zones stand under them together. */
const byZones = (paths: readonly ListedPath[]): [readonly PathZone[], readonly ListedPath[]][] =>
  [...groupBy(paths, ({ zones }) => zones.map(({ name }) => name).join('\n')).values()].map((some) => [
    some[0]!.zones,
    some,
  ]);

function zoneLines(zones: readonly PathZone[], paths: readonly ListedPath[], style: Style): string[] {
  const [first] = paths;
  const isSaid = first!.zoned !== 'not-needed' && first!.change === undefined;
  const none = isSaid ? [line(style, 3, zonedText(first!))] : [];
  const depth = zones.length === 0 && none.length === 0 ? 3 : 4;
  return [
    ...(zones.length === 0 ? none : zones.map((zone) => line(style, 3, zoneLine(zone), zone.change))),
    ...paths.flatMap((path) => portLines(path, depth, style)),
  ];
}

const zoneLine = (zone: PathZone): string =>
  zone.change === '+' ? `zone ${zone.name}` : `zone ${zone.name}: ${zoneText(zone)}`;

function portLines(path: ListedPath, depth: number, style: Style): string[] {
  const { port, system, change } = path;
  const facts = [
    `HA domain ${port.haDomain}`,
    ...(port.at ? [`at ${placeText(port.at)}`] : []),
    ...(port.status === 'down' ? ['down'] : []),
  ];
  return [
    line(style, depth, `port ${port.name} ${port.address}: ${facts.join(', ')}`, change),
    line(style, depth + 1, `${system}: ${path.hlus === '' ? 'no LUN' : `LUN ${path.hlus}`}`, change),
  ];
}

function maskLines({ system, mask, luns, change }: TopologyMask, style: Style): string[] {
  return [
    line(style, 1, `LUNs on ${system} (mask ${mask})`, change),
    ...luns.map((lun) => line(style, 2, `LUN ${lun.hlu}  ${lun.volume}  by ${lun.export}`, lun.change)),
  ];
}

function hostRows(host: TopologyHost): Row[] {
  const paths = host.initiators.flatMap((initiator) => initiator.paths);
  const alone = host.initiators.filter((initiator) => initiator.paths.length === 0);
  return [
    ...alone.map(({ portName, network, at }): Row => initiatorRow(host.name, portName, network, at)),
    ...paths.flatMap((path) => {
      const zones: readonly (PathZone | undefined)[] = path.zones.length === 0 ? [undefined] : path.zones;
      return zones.map((zone): Row => pathRow(path, zone));
    }),
    ...host.masks.flatMap(({ system, luns }) =>
      luns.map(({ change, hlu, volume, export: by }): Row => ['lun', change ?? '', host.name, system, hlu, volume, by]),
    ),
  ];
}

const initiatorRow = (host: string, portName: string, network: string, at: TopologyInitiator['at']): Row => [
  'initiator',
  '',
  ...[host, portName, network, at?.switch, at?.port],
];

function pathRow(path: ListedPath, zone: PathZone | undefined): Row {
  const { host, initiator, network, port, system, login, zoned } = path;
  return [
    ...['path', path.change ?? '', host, initiator.portName, network],
    ...[zone?.name, zone?.change ?? zone?.state],
    ...[port.name, port.haDomain, port.at?.switch, port.at?.port, system, login, zoned],
  ];
}
