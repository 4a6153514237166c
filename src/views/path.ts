/**
 * Paths. Rows: `path host system initiator portName network port address haDomain switch switchPort hlus login zoned zones status
 * busyPercent measuredAtMs volumes initiators exports mask`.
 */
import type { ListedPath, PathPortLoad, Seen, SwitchPlace } from '../engine/operations/connectivity-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { groupBy } from '../lib/group-by.ts';
import { formatAgo, plural } from './format.ts';
import { paint, type Style } from './style.ts';
import { pairs, table } from './text.ts';
import type { Row, View } from './view.ts';

type Result = ResultOf<'path.list'>;

const NONE = 'No path: nothing is exported there. next: coprhd export list';

/** Of what was kept: a zone may have gone since. */
const OLD_MS = 10_000;

export function seenLines({ seenAtMs }: Seen, { nowMs }: Style): string[] {
  if (seenAtMs === undefined || nowMs - seenAtMs < OLD_MS) return [];
  return ['', `as seen ${formatAgo(seenAtMs, nowMs)}; as it is now: --refresh full`];
}

export const pathListView: View<Result> = {
  human: ({ paths, ...seen }, style) => {
    if (paths.length === 0) return [NONE];
    const header = ['HOST', 'INITIATOR', 'NETWORK', 'PORT', 'HA DOMAIN', 'LUN', 'BUSY', 'STATE'];
    const rows = paths.map((path) => [
      path.host,
      path.initiator.portName,
      path.network || 'none',
      path.port.name,
      path.port.haDomain,
      path.hlus || 'none',
      busyText(path.load),
      stateText(path),
    ]);
    return [
      ...table(rows, { width: style.width, header }),
      '',
      `${plural(paths.length, 'path')}${troubleText(paths)}.`,
      ...seenLines(seen, style),
    ];
  },
  plain: plainRows,
};

/** Everything of each path. */
export const pathShowView: View<Result> = {
  human: ({ paths, ...seen }, style) => {
    if (paths.length === 0) return [NONE];
    const groups = groupBy(paths, ({ host, system }) => `${host} -> ${system}`);
    const lines = [...groups].flatMap(([title, some], index) => [
      ...(index === 0 ? [] : ['']),
      paint(style, 'strong', title),
      ...some.flatMap((path) => pathLines(path, style)),
    ]);
    return [...lines, ...seenLines(seen, style)];
  },
  plain: plainRows,
};

function pathLines(path: ListedPath, style: Style): string[] {
  const { initiator, port, zones } = path;
  return [
    `  ${initiatorName(initiator)} -> ${port.name}`,
    ...pairs(
      [
        ['initiator', initiatorText(path)],
        ['network', networkText(path)],
        ...zones.map((zone) => ['zone', `${zone.name}: ${zoneText(zone)}`] as const),
        ...(zones.length === 0 ? [['zone', zonedText(path)] as const] : []),
        ['port', `${port.address}, ${port.status ?? 'never looked at'}${port.at ? `, at ${placeText(port.at)}` : ''}`],
        ['HA domain', `${port.haDomain}, physical port ${port.physicalPort}`],
        ['LUN', `${path.hlus || 'none'}${path.exports.length > 0 ? ` (${path.exports.join(', ')})` : ''}`],
        ['load', loadText(path.load, style.nowMs)],
      ],
      style.width,
      '    ',
    ),
  ];
}

function plainRows({ paths }: Result): Row[] {
  return paths.map((path): Row => {
    const { initiator, port, load } = path;
    return [
      ...['path', path.host, path.system, initiator.name, initiator.portName, path.network, port.name, port.address],
      ...[port.haDomain, port.at?.switch, port.at?.port, path.hlus, path.login, path.zoned],
      ...[path.zones.map(({ name }) => name).join(','), port.status, rounded(load.busyPercent), load.measuredAtMs],
      ...[load.volumes, load.initiators, path.exports.join(','), path.mask],
    ];
  });
}

/** Its name, where it has one of its own, and its port name. */
export const initiatorName = ({ name, portName }: ListedPath['initiator']): string =>
  name === portName ? portName : `${name} (${portName})`;

export const placeText = ({ switch: at, port }: SwitchPlace): string => `${at} port ${port}`;

export function networkText({ network, fabric }: Pick<ListedPath, 'network' | 'fabric'>): string {
  return `${network || 'none'}${fabric === undefined ? '' : ` (fabric ${fabric})`}`;
}

const LOGINS: Record<ListedPath['login'], string> = {
  array: 'logged in',
  fabric: 'on the fabric',
  none: 'not logged in',
  unknown: 'login not known',
};

function initiatorText({ login, initiator: { at } }: ListedPath): string {
  const place = at ? ` at ${placeText(at)}` : '';
  return `${LOGINS[login]}${place}${login === 'fabric' ? ', not logged in to the storage system' : ''}`;
}

export const loginText = ({ login }: Pick<ListedPath, 'login'>): string => LOGINS[login];

const ZONED: Record<ListedPath['zoned'], string> = {
  'in-effect': 'zoned',
  saved: 'its zone is saved, not in effect',
  none: 'no zone in effect',
  open: 'no zoning in effect, default zone open',
  'not-needed': 'needs no zone',
  unknown: 'zoning not known',
};

export const zonedText = ({ zoned }: Pick<ListedPath, 'zoned'>): string => ZONED[zoned];

const ZONE_STATES: Record<ListedPath['zones'][number]['state'], string> = {
  'in-effect': 'in effect',
  saved: 'saved, not in effect',
  changed: 'in effect, does not join them',
  missing: 'not on the fabric',
  unknown: 'not known',
};

const BY: Record<ListedPath['zones'][number]['by'], string> = {
  ours: '',
  existing: ', of others, used',
  foreign: ', of others',
};

export const zoneText = ({ state, by }: Pick<ListedPath['zones'][number], 'state' | 'by'>): string =>
  `${ZONE_STATES[state]}${BY[by]}`;

function stateText(path: ListedPath): string {
  const { status } = path.port;
  return [
    ...(status === 'down' ? ['port down'] : []),
    loginText(path),
    ...(path.zoned === 'not-needed' ? [] : [zonedText(path)]),
  ].join(', ');
}

/** Nothing that is only not known. */
const isTrouble = ({ port, login, zoned }: ListedPath): boolean =>
  port.status === 'down' || login === 'none' || zoned === 'none' || zoned === 'saved';

function troubleText(paths: readonly ListedPath[]): string {
  const count = paths.filter(isTrouble).length;
  return count === 0 ? '' : `, ${count} of them not usable now`;
}

const rounded = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Number(value.toFixed(2));

const percent = (value: number): string => `${Number(value.toFixed(1))} %`;

const busyText = ({ busyPercent }: PathPortLoad): string =>
  busyPercent === undefined ? 'no metrics' : percent(busyPercent);

export function loadText(load: PathPortLoad, nowMs: number): string {
  const { busyPercent, measuredAtMs, volumes, initiators } = load;
  const busy =
    busyPercent === undefined
      ? 'no metrics of this port (coprhd discover --metrics)'
      : `${percent(busyPercent)} busy${measuredAtMs === undefined ? '' : `, measured ${formatAgo(measuredAtMs, nowMs)}`}`;
  const counts =
    volumes === undefined
      ? []
      : [plural(volumes, 'volume'), ...(initiators === undefined ? [] : [plural(initiators, 'initiator')])];
  return [busy, ...counts].join(', ');
}
