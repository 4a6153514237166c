/**
 * Records against fabrics, and whether paths are open. Rows: `network …` (network-seen.ts) · of `zone diff`
 * `zone network name state origin recorded defined effective joins exports`, `unsaved network zone change whose`,
 * `fabric network fabric effectiveConfiguration defaultZone unsavedCount transactionOwner` · of `zone verify`
 * `path network host initiator system port portAddress state problems why zones exports`.
 */
import type { ResultOf } from '../engine/operations/types.ts';
import type { DifferentZone, VerifiedPath, ZoneDifference } from '../engine/operations/zone-types.ts';
import { plural } from './format.ts';
import { networkLines, networkRows } from './network-seen.ts';
import { jsonCell } from './plain.ts';
import { paint, type Style } from './style.ts';
import { wrap } from './text.ts';
import type { Row, View } from './view.ts';
import { memberLines, STATE_TONES } from './zone.ts';

const SIGNS: Record<DifferentZone['state'], string> = { same: '=', missing: '-', changed: '~', foreign: '·' };
const CHANGES = { add: 'to be added', change: 'to be changed', remove: 'to be removed' } as const;

function zoneLines(zone: DifferentZone, style: Style): string[] {
  const whose = zone.origin === 'existing' ? ' (not ours, used)' : '';
  const users = zone.exports.length === 0 ? '' : `  ${zone.exports.join(', ')}`;
  const head = `${SIGNS[zone.state]} ${zone.zone}  ${paint(style, STATE_TONES[zone.state], zone.state)}${whose}${users}`;
  if (zone.state === 'same') return wrap(head, style.width, '  ');
  const side = (name: string, members: DifferentZone['recorded']) =>
    members === undefined ? [`      ${name}: none`] : [`      ${name}:`, ...memberLines(members, style, '        ')];
  return [
    ...wrap(head, style.width, '  '),
    ...(zone.joins ? wrap(`joins ${zone.joins.join(', ')}`, style.width, '      ') : side('recorded', zone.recorded)),
    ...side('saved', zone.defined),
    ...side('in effect', zone.effective),
  ];
}

function fabricLines(fabric: ZoneDifference, style: Style): string[] {
  const { unsaved, unsavedCount, transactionOwner, defaultZone, effectiveConfiguration } = fabric;
  const more = unsavedCount - unsaved.length;
  const others = unsaved.filter(({ whose }) => whose === 'others').length + more;
  return [
    '',
    `${paint(style, 'strong', fabric.network)}  fabric ${fabric.fabric}, ${effectiveConfiguration === undefined ? 'no configuration in effect' : `configuration ${effectiveConfiguration} in effect`}`,
    ...(defaultZone === 'permit'
      ? [`  ${paint(style, 'remove', 'default zone is open')}: ports in no zone see each other`]
      : []),
    ...(transactionOwner === undefined
      ? []
      : [`  ${paint(style, 'held', 'zoning is held open')} by ${transactionOwner}`]),
    ...fabric.zones.flatMap((zone) => zoneLines(zone, style)),
    ...(unsavedCount === 0
      ? ['  what is saved is in effect']
      : [
          `  ${paint(style, 'change', 'saved, not in effect')}: ${plural(unsavedCount, 'zone')} (${others} of others)`,
          ...unsaved.map(
            ({ name, change, whose }) => `      ${name}  ${CHANGES[change]}  ${whose === 'ours' ? 'ours' : 'not ours'}`,
          ),
          ...(more > 0 ? [`      and ${more} more`] : []),
        ]),
  ];
}

export const zoneDiffView: View<ResultOf<'zone.diff'>> = {
  human: ({ networks, fabrics }, style) => {
    if (networks.length === 0) return ['No network is recorded that coprhd zones.'];
    const count = (state: DifferentZone['state']) =>
      fabrics.flatMap(({ zones }) => zones).filter((zone) => zone.state === state).length;
    const unsaved = fabrics.reduce((sum, { unsavedCount }) => sum + unsavedCount, 0);
    const counts = `${count('same')} same, ${count('missing')} missing, ${count('changed')} changed, ${count('foreign')} foreign beside ours`;
    return [
      ...networkLines(networks, style),
      ...fabrics.flatMap((fabric) => fabricLines(fabric, style)),
      '',
      ...wrap(`${counts}; ${unsaved} saved and not in effect.`, style.width),
    ];
  },
  plain: ({ networks, fabrics }) => [
    ...networkRows(networks),
    ...fabrics.flatMap((fabric): Row[] => [
      [
        ...['fabric', fabric.network, fabric.fabric, fabric.effectiveConfiguration, fabric.defaultZone],
        ...[fabric.unsavedCount, fabric.transactionOwner],
      ],
      ...fabric.zones.map(
        (zone): Row => [
          ...['zone', fabric.network, zone.zone, zone.state, zone.origin],
          ...[jsonCell(zone.recorded), jsonCell(zone.defined), jsonCell(zone.effective)],
          ...[zone.joins?.join(','), zone.exports.join(',')],
        ],
      ),
      ...fabric.unsaved.map(({ name, change, whose }): Row => ['unsaved', fabric.network, name, change, whose]),
    ]),
  ],
};

const PATH_TONES = { open: 'good', closed: 'remove', unknown: 'held' } as const;

function pathLines(path: VerifiedPath, style: Style): string[] {
  const { host, initiator, system, port, portAddress, state, why, zones, exports } = path;
  const ends = `${host} ${initiator} -> ${system}/${port} ${portAddress}`;
  const lines = wrap(`${paint(style, PATH_TONES[state], state)}  ${ends}`, style.width, '  ');
  if (state === 'open') return [...lines, ...wrap(`by ${zones.join(', ')}`, style.width, '      ')];
  return [...lines, ...wrap(`${why} (${exports.join(', ')})`, style.width, '      ')];
}

export const zoneVerifyView: View<ResultOf<'zone.verify'>> = {
  human: ({ networks, paths }, style) => {
    const count = (state: VerifiedPath['state']) => paths.filter((path) => path.state === state).length;
    if (paths.length === 0) return [...networkLines(networks, style), 'No path is recorded.'];
    const parts = (['open', 'closed', 'unknown'] as const).filter((state) => count(state) > 0);
    return [
      ...networkLines(networks, style),
      ...networks.flatMap(({ network }) => {
        const own = paths.filter((path) => path.network === network);
        if (own.length === 0) return [];
        return ['', paint(style, 'strong', network), ...own.flatMap((path) => pathLines(path, style))];
      }),
      '',
      `${plural(paths.length, 'path')}: ${parts.map((state) => `${count(state)} ${state}`).join(', ')}.`,
    ];
  },
  plain: ({ networks, paths }) => [
    ...networkRows(networks),
    ...paths.map(
      (path): Row => [
        ...['path', path.network, path.host, path.initiator, path.system, path.port, path.portAddress, path.state],
        ...[path.problems.join(','), path.why, path.zones.join(','), path.exports.join(',')],
      ],
    ),
  ],
};
