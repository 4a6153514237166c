/**
 * Zones that we made or use. Rows: `network …` (network-seen.ts) ·
 * `zone network name kind origin state members masks exports`; of `zone show` also
 * `fabric network name fabric configurations effectiveConfiguration defined effective`. Members are JSON.
 */
import type { ResultOf } from '../engine/operations/types.ts';
import type { ListedZone, NamedMember, ShownZone } from '../engine/operations/zone-types.ts';
import { plural } from './format.ts';
import { networkLines, networkRows } from './network-seen.ts';
import { jsonCell } from './plain.ts';
import { paint, type Style, type Tone } from './style.ts';
import { table, wrap } from './text.ts';
import type { Row, View } from './view.ts';

export const STATE_TONES: Record<ListedZone['state'], Tone> = {
  same: 'good',
  missing: 'remove',
  changed: 'change',
  foreign: 'other',
  changing: 'held',
  unknown: 'held',
};

const ORIGINS = { made: 'made by us', existing: 'not ours, used', foreign: 'not ours' } as const;

/** `h1 (10:00:...)`, `alias (array-1/FA-1, 50:00:...)`, with what is known of it. */
export function memberText({ member, portName, host, system, port, role, loggedIn }: NamedMember): string {
  const facts = [
    ...(host === undefined ? [] : [host]),
    ...(system === undefined ? [] : [`${system}/${port}`]),
    ...(portName === undefined || portName === member ? [] : [portName]),
    ...(role === undefined ? [] : [role]),
    ...(loggedIn === false ? ['not logged in'] : []),
  ];
  return facts.length === 0 ? member : `${member} (${facts.join(', ')})`;
}

export const memberLines = (members: readonly NamedMember[], style: Style, indent: string): string[] =>
  wrap(members.map(memberText).join(', '), style.width, indent);

function zoneLines(zone: ListedZone, style: Style): string[] {
  return [
    ...wrap(`for ${[...zone.exports, ...zone.masks].join(', ')}`, style.width, '      '),
    ...memberLines(zone.members, style, '      '),
  ];
}

const headOf = (zone: ListedZone, style: Style): string[] => [
  zone.zone,
  zone.kind,
  ORIGINS[zone.origin],
  paint(style, STATE_TONES[zone.state], zone.state),
];

const zoneRow = (zone: ListedZone): Row => [
  ...['zone', zone.network, zone.zone, zone.kind, zone.origin, zone.state],
  ...[jsonCell(zone.members), zone.masks.join(','), zone.exports.join(',')],
];

export const zoneListView: View<ResultOf<'zone.list'>> = {
  human: ({ networks, zones }, style) => {
    if (networks.length === 0) return ['No Fibre Channel network is recorded.'];
    if (zones.length === 0) return [...networkLines(networks, style), '', 'No zone is recorded.'];
    return [
      ...networkLines(networks, style),
      ...networks.flatMap(({ network }) => {
        const own = zones.filter((zone) => zone.network === network);
        if (own.length === 0) return [];
        const heads = table(
          own.map((zone) => headOf(zone, style)),
          { width: style.width, indent: '  ' },
        );
        // A head that was broken over lines stays with what is below it only where all are one line.
        const lines =
          heads.length === own.length
            ? own.flatMap((zone, index) => [heads[index]!, ...zoneLines(zone, style)])
            : own.flatMap((zone) => [
                ...wrap(headOf(zone, style).join('  '), style.width, '  '),
                ...zoneLines(zone, style),
              ]);
        return ['', paint(style, 'strong', network), ...lines];
      }),
      '',
      `${plural(zones.length, 'zone')}.`,
    ];
  },
  plain: ({ networks, zones }) => [...networkRows(networks), ...zones.map(zoneRow)],
};

function fabricSideLines({ onFabric, state }: ShownZone, style: Style): string[] {
  if (!onFabric) return [state === 'unknown' ? '  fabric: not read' : '  fabric: has no such zone'];
  const { fabric, configurations, effectiveConfiguration, defined, effective } = onFabric;
  const saved = `saved on ${fabric} in ${configurations.join(', ') || 'no configuration'}`;
  const inEffect = `in effect (configuration ${effectiveConfiguration ?? 'none'})`;
  return [
    ...(defined ? [`  ${saved}:`, ...memberLines(defined, style, '      ')] : [`  not saved on ${fabric}`]),
    ...(effective ? [`  ${inEffect}:`, ...memberLines(effective, style, '      ')] : [`  not ${inEffect}`]),
  ];
}

export const zoneShowView: View<ResultOf<'zone.show'>> = {
  human: ({ zones }, style) =>
    zones.flatMap((zone, index) => {
      const users = [...zone.exports, ...zone.masks].join(', ');
      return [
        ...(index === 0 ? [] : ['']),
        ...wrap(`${paint(style, 'strong', zone.network)}  ${headOf(zone, style).join('  ')}`, style.width),
        ...(users === '' ? [] : wrap(`for ${users}`, style.width, '  ')),
        ...(zone.origin === 'foreign' ? [] : ['  recorded:', ...memberLines(zone.members, style, '      ')]),
        ...fabricSideLines(zone, style),
      ];
    }),
  plain: ({ networks, zones }) => [
    ...networkRows(networks),
    ...zones.flatMap((zone): Row[] => {
      const { onFabric } = zone;
      if (!onFabric) return [zoneRow(zone)];
      const { fabric, configurations, effectiveConfiguration, defined, effective } = onFabric;
      const side = [jsonCell(defined), jsonCell(effective)];
      const row: Row = [
        'fabric',
        zone.network,
        zone.zone,
        fabric,
        configurations.join(','),
        effectiveConfiguration,
        ...side,
      ];
      return [zoneRow(zone), row];
    }),
  ],
};
