/**
 * Who reaches which LUN. Rows: `access initiator host system mask by hlu volume volumeBy zoned loggedIn ports zones` (ports through which it is not kept away) · `foreign-zone
 * network zone initiator host port masked`.
 */
import type { AccessRow, ForeignZoneRow } from '../engine/operations/connectivity-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { plural } from './format.ts';
import { seenLines, zonedText } from './path.ts';
import { paint, type Style } from './style.ts';
import { table } from './text.ts';
import type { Row, View } from './view.ts';

export const accessView: View<ResultOf<'access.report'>> = {
  human: ({ rows, foreignZones, ...seen }, style) => [
    ...(rows.length === 0
      ? ['No mask that was seen shows a LUN to anybody who was asked for.']
      : accessLines(rows, style)),
    ...(foreignZones.length === 0 ? [] : ['', ...zoneLines(foreignZones, style)]),
    ...seenLines(seen, style),
  ],
  plain: ({ rows, foreignZones }) => [...rows.map(accessRow), ...foreignZones.map(zoneRow)],
};

function accessLines(rows: readonly AccessRow[], style: Style): string[] {
  const header = ['INITIATOR', 'HOST', 'LUN', 'VOLUME', 'SYSTEM', 'MASK', 'STATE', 'ZONES'];
  const cells = rows.map((row) => [
    row.initiator,
    row.host ?? 'not recorded',
    String(row.hlu),
    row.volumeBy === 'ours' ? row.volume : `${row.volume} (foreign)`,
    row.system,
    row.by === 'ours' ? row.mask : `${row.mask} (foreign)`,
    `${zonedText(row)}${row.loggedIn ? ', logged in' : ''}`,
    zonesText(row),
  ]);
  const foreign = rows.filter(({ by, volumeBy }) => by === 'foreign' || volumeBy === 'foreign').length;
  const initiators = new Set(rows.map(({ initiator }) => initiator)).size;
  return [
    ...table(cells, { width: style.width, header }),
    '',
    `${plural(rows.length, 'pair')} of an initiator and a LUN, of ${plural(initiators, 'initiator')}, ${foreign === 0 ? 'none' : foreign} by a mask or volume that is not ours.`,
  ];
}

/** Each once, whatever number of ports they open. */
function zonesOf({ via }: AccessRow): { readonly name: string; readonly by: string }[] {
  const zones = via.flatMap((port) => port.zones);
  return [...new Map(zones.map((zone) => [zone.name, zone])).values()];
}

/** Through which it is reached, as far as is known. */
const openPorts = ({ via }: AccessRow): string[] =>
  via.filter(({ zoned }) => zoned !== 'none' && zoned !== 'saved').map(({ port }) => port);

const zonesText = (row: AccessRow): string =>
  zonesOf(row)
    .map(({ name, by }) => (by === 'foreign' ? `${name} (foreign)` : name))
    .join(' ') || '-';

function zoneLines(zones: readonly ForeignZoneRow[], style: Style): string[] {
  const header = ['ZONE OF OTHERS', 'NETWORK', 'INITIATOR', 'HOST', 'PORT', 'MASK'];
  const cells = zones.map(({ zone, network, initiator, host, port, masked }) => [
    zone,
    network,
    initiator,
    host ?? 'not recorded',
    port,
    masked ? 'admits it' : 'none admits it',
  ]);
  return [
    paint(style, 'strong', 'Zones that coprhd neither made nor uses, and that open a storage port'),
    ...table(cells, { width: style.width, header }),
  ];
}

const accessRow = (row: AccessRow): Row => [
  ...['access', row.initiator, row.host, row.system, row.mask, row.by, row.hlu, row.volume, row.volumeBy],
  ...[
    row.zoned,
    row.loggedIn,
    openPorts(row).join(','),
    zonesOf(row)
      .map(({ name }) => name)
      .join(','),
  ],
];

const zoneRow = ({ network, zone, initiator, host, port, masked }: ForeignZoneRow): Row => [
  'foreign-zone',
  ...[network, zone, initiator, host, port, masked],
];
