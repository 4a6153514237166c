/**
 * Network systems and their fabrics. Rows: `network-system name trust why observedAtMs maintenance` ·
 * `fabric system nativeId name virtualFabric network endpoints zones zonesInEffect ownZones aliases configuration defaultZone
 * transactionOwner pending databaseBytes databaseBytesMax why` · `switch system fabric name nativeId domain status` ·
 * `endpoint-new system fabric wwpn` · `endpoint-gone …` · `zone-missing system fabric zone` · `zone-changed …` ·
 * `pending system fabric zone change`; of contents `endpoint system fabric wwpn name wwnn switch port` ·
 * `alias system fabric name members` · `zone system fabric name kind inEffect configurations members`.
 */
import { maintenanceWords } from '../engine/model/maintenance.ts';
import type {
  FabricContents,
  FabricSeen,
  FabricZoning,
  NetworkSystemSeen,
} from '../engine/operations/network-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { formatAgo, formatBytes, plural } from './format.ts';
import { paint, type Style } from './style.ts';
import { pairs, table, wrap } from './text.ts';
import type { Row, View } from './view.ts';

/** So many names in a line; all are in plain and JSON. */
const NAMED_MAX = 8;
const CHANGES = { add: 'added', change: 'changed', remove: 'removed' } as const;

const some = (names: readonly string[]): string => {
  const more = names.length - NAMED_MAX;
  return `${names.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

const counted = (words: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`${names.length} ${words}: ${some(names)}`];

/** `PROD_A (128, 10:00:...)`. */
function fabricTitle({ name, nativeId, virtualFabric }: FabricSeen): string {
  return `${name} (${virtualFabric === undefined ? '' : `${virtualFabric}, `}${nativeId})`;
}

export function fabricLines(fabric: FabricSeen, style: Style): string[] {
  const { network, why, switches, zoning, aliases, configurations } = fabric;
  const held = (words: string) => paint(style, 'held', words);
  const named = switches.map(
    ({ name, domain, status }) => `${name} (domain ${domain}${status === 'up' ? '' : ', down'})`,
  );
  const logins = [
    `${fabric.endpoints} logged in`,
    ...counted('new', fabric.newEndpoints),
    ...counted('not logged in any more', fabric.goneEndpoints),
  ];
  const zones = [
    `${fabric.zones} (${fabric.zonesInEffect} in effect, ${fabric.ownZones} ours)`,
    ...counted('of ours missing', fabric.missingZones),
    ...counted('of ours changed by somebody', fabric.changedZones),
  ];
  const facts: (readonly [string, string])[] = [
    ['network', network ?? 'none is declared as this fabric'],
    ...(fabric.routedTo ? [['routed to', `${some(fabric.routedTo)}: not zoned across`] as const] : []),
    ['switches', some(named)],
    ['endpoints', logins.join('; ')],
    ['zones', zones.join('; ')],
    ['aliases', String(aliases)],
    ['configurations', configurations.length === 0 ? 'none' : some(configurations)],
    ...(zoning ? zoningFacts(zoning, held) : []),
  ];
  return [
    `  ${paint(style, 'strong', fabricTitle(fabric))}`,
    ...pairs(facts, style.width, '    '),
    ...(why === undefined ? [] : wrap(held(`not read whole: ${why}`), style.width, '    ')),
  ];
}

function zoningFacts(zoning: FabricZoning, held: (words: string) => string): (readonly [string, string])[] {
  const { effectiveConfiguration, defaultZone, transaction, pending, pendingCount, smartZoning } = zoning;
  const more = pendingCount - Math.min(pending.length, NAMED_MAX);
  const names = pending.slice(0, NAMED_MAX).map(({ name, change }) => `${name} (${CHANGES[change]})`);
  return [
    ['in effect', effectiveConfiguration ?? 'none'],
    ['default zone', defaultZone === 'deny' ? 'no access' : held('open: nothing is zoned here')],
    ...(smartZoning ? [['smart zoning', 'enabled'] as const] : []),
    ...(transaction ? [['open edit', held(`${transaction.owner} holds the zoning open`)] as const] : []),
    ...(pendingCount > 0
      ? [['pending', `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}: saved and not activated`] as const]
      : []),
    ['database', `${formatBytes(zoning.databaseBytes)} of ${formatBytes(zoning.databaseBytesMax)}`],
  ];
}

export function networkSystemLines(systems: readonly NetworkSystemSeen[], style: Style): string[] {
  return systems.flatMap(({ system, trust, why, observedAtMs, maintenance, fabrics }) => {
    const read = trust === 'whole' ? 'read whole' : paint(style, 'held', trust);
    const facts = [system, read, formatAgo(observedAtMs, style.nowMs), plural(fabrics.length, 'fabric')];
    return [
      ...table([facts], { width: style.width }),
      ...(why === '' ? [] : wrap(`${system}: ${why}`, style.width, '  ')),
      ...(maintenance ? wrap(`${system} is in maintenance ${maintenanceWords(maintenance)}`, style.width, '  ') : []),
      ...fabrics.flatMap((fabric) => fabricLines(fabric, style)),
    ];
  });
}

export function fabricRows(system: string, fabrics: readonly FabricSeen[]): Row[] {
  return fabrics.flatMap((fabric): Row[] => {
    const { name, zoning } = fabric;
    const each = (type: string, names: readonly string[]) => names.map((one): Row => [type, system, name, one]);
    return [
      [
        ...['fabric', system, fabric.nativeId, name, fabric.virtualFabric, fabric.network, fabric.endpoints],
        ...[fabric.zones, fabric.zonesInEffect, fabric.ownZones, fabric.aliases, zoning?.effectiveConfiguration],
        ...[zoning?.defaultZone, zoning?.transaction?.owner, zoning?.pendingCount],
        ...[zoning?.databaseBytes, zoning?.databaseBytesMax, fabric.why],
      ],
      ...fabric.switches.map((at): Row => ['switch', system, name, at.name, at.nativeId, at.domain, at.status]),
      ...each('routed', fabric.routedTo ?? []),
      ...each('endpoint-new', fabric.newEndpoints),
      ...each('endpoint-gone', fabric.goneEndpoints),
      ...each('zone-missing', fabric.missingZones),
      ...each('zone-changed', fabric.changedZones),
      ...(zoning?.pending ?? []).map((zone): Row => ['pending', system, name, zone.name, zone.change]),
    ];
  });
}

export function networkSystemRows(systems: readonly NetworkSystemSeen[]): Row[] {
  return systems.flatMap(({ system, trust, why, observedAtMs, maintenance, fabrics }): Row[] => [
    [...['network-system', system, trust, why, observedAtMs], ...(maintenance ? [maintenanceWords(maintenance)] : [])],
    ...fabricRows(system, fabrics),
  ]);
}

type Member = NonNullable<FabricContents['zones'][number]['defined']>[number];

function memberText(member: Member): string {
  if (member.type === 'port') return `${member.domain},${member.port}`;
  if (member.type === 'other') return member.text;
  const name = member.type === 'wwpn' ? member.wwpn : member.alias;
  return member.role === undefined ? name : `${name} (${member.role})`;
}

const membersOf = (members: readonly Member[] = []): string => members.map(memberText).join(', ');

function contentsLines({ system, fabric, endpoints, aliases, zones }: FabricContents, style: Style): string[] {
  const names = new Map(fabric.switches.map(({ nativeId, name }) => [nativeId, name]));
  const inner = { width: style.width, indent: '    ' };
  const part = (title: string, rows: readonly (readonly string[])[]) =>
    rows.length === 0 ? [] : [`  ${title}`, ...table(rows, inner)];
  return [
    '',
    paint(style, 'strong', `${fabric.name} of ${system}`),
    ...part(
      'endpoints',
      endpoints.map(({ nativeId, name, switch: at, port }) => [
        nativeId,
        name === nativeId ? '' : name,
        `${names.get(at) ?? at} port ${port}`,
      ]),
    ),
    ...part(
      'aliases',
      aliases.map(({ name, members }) => [name, membersOf(members)]),
    ),
    ...part(
      'zones',
      zones.map(({ name, kind, defined, effective }) => [
        name,
        kind,
        effective === undefined ? 'saved only' : defined === undefined ? 'in effect only' : 'in effect',
        membersOf(defined ?? effective),
      ]),
    ),
  ];
}

function contentsRows({ system, fabric, endpoints, aliases, zones }: FabricContents): Row[] {
  const { name: of } = fabric;
  return [
    ...endpoints.map(
      ({ nativeId, name, wwnn, switch: at, port }): Row => ['endpoint', system, of, nativeId, name, wwnn, at, port],
    ),
    ...aliases.map(({ name, members }): Row => ['alias', system, of, name, membersOf(members)]),
    ...zones.map(
      ({ name, kind, defined, effective, configurations }): Row => [
        ...['zone', system, of, name, kind, effective !== undefined, configurations.join(',')],
        membersOf(defined ?? effective),
      ],
    ),
  ];
}

export const networkFabricsView: View<ResultOf<'network.fabrics'>> = {
  human: ({ systems, contents = [] }, style) => {
    if (systems.length === 0)
      return ['No network system is recorded. Declare one under networkSystems in a plan file.'];
    const shown = systems.filter(({ fabrics, trust }) => fabrics.length > 0 || trust !== 'whole');
    return [...networkSystemLines(shown, style), ...contents.flatMap((each) => contentsLines(each, style))];
  },
  plain: ({ systems, contents = [] }) => [...networkSystemRows(systems), ...contents.flatMap(contentsRows)],
};
