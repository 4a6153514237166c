/**
 * Differences between what is recorded and what devices show, and how far each device could be read. Rows:
 * `system name trust why pools ports volumes ours foreign observedAtMs maintenance` (the last only when it is in one) ·
 * `drift class address system summary recorded observed` (`foreign …` from discover) · from drift also `network …`
 * (network-seen.ts) · from discover also
 * `read system how changed removed wholeAtMs why` (`how` is `whole`, or `changes` since an earlier look; else empty cells), and
 * the rows of network systems (fabric.ts).
 */

import { maintenanceWords } from '../engine/model/maintenance.ts';
import type { DriftClass, DriftItem } from '../engine/observe/observation.ts';
import type { ResultOf, SystemSeen } from '../engine/operations/types.ts';
import { networkSystemLines, networkSystemRows } from './fabric.ts';
import { formatAgo, formatValue, plural } from './format.ts';
import { networkLines, networkRows } from './network-seen.ts';
import { jsonCell } from './plain.ts';
import { paint, type Style, type Tone } from './style.ts';
import { table, wrap } from './text.ts';
import type { Row, View } from './view.ts';

const CLASSES: readonly { readonly name: DriftClass; readonly meaning: string; readonly tone: Tone }[] = [
  { name: 'missing', meaning: 'recorded, not on the device', tone: 'remove' },
  { name: 'duplicate', meaning: 'more than one object claims to be the same', tone: 'remove' },
  { name: 'managed', meaning: 'ours, changed on the device', tone: 'change' },
  { name: 'foreign', meaning: 'on the device, not ours', tone: 'other' },
  { name: 'cosmetic', meaning: 'no effect on data or access', tone: 'dim' },
];

export function systemLines(systems: readonly SystemSeen[], style: Style): string[] {
  const rows = systems.map((seen) => [
    seen.system,
    seen.trust === 'whole' ? readWords(seen) : paint(style, 'held', seen.trust),
    formatAgo(seen.observedAtMs, style.nowMs),
    plural(seen.pools, 'pool'),
    plural(seen.ports, 'port'),
    `${plural(seen.volumes, 'volume')} (${seen.ours} ours, ${seen.foreign} foreign)`,
  ]);
  const why = systems
    .filter((seen) => seen.why !== '')
    .flatMap((seen) => wrap(`${seen.system}: ${seen.why}`, style.width, '  '));
  const resting = systems.flatMap(({ system, maintenance }) =>
    maintenance ? wrap(`${system} is in maintenance ${maintenanceWords(maintenance)}`, style.width, '  ') : [],
  );
  return [...table(rows, { width: style.width }), ...why, ...resting];
}

const readWords = ({ read }: SystemSeen): string =>
  read?.how === 'changes' ? `changes read: ${read.changed} changed, ${read.removed} removed` : 'read whole';

/** Where changes were asked for and everything was read. What could not be read has another reason to be said. */
function wholeLines(systems: readonly SystemSeen[], style: Style): string[] {
  return systems.flatMap(({ system, trust, read }) =>
    read?.how === 'whole' && read.why !== undefined && trust !== 'partial'
      ? wrap(`${system}: everything was read, not only changes: ${read.why}`, style.width, '  ')
      : [],
  );
}

function readRows(systems: readonly SystemSeen[]): Row[] {
  return systems.flatMap(({ system, read }): Row[] => {
    if (read === undefined) return [];
    if (read.how === 'whole') return [['read', system, 'whole', '', '', '', read.why ?? '']];
    return [['read', system, 'changes', read.changed, read.removed, read.wholeAtMs, '']];
  });
}

export function systemRows(systems: readonly SystemSeen[]): Row[] {
  return systems.map((s) => [
    'system',
    s.system,
    s.trust,
    s.why,
    s.pools,
    s.ports,
    s.volumes,
    s.ours,
    s.foreign,
    s.observedAtMs,
    ...(s.maintenance ? [maintenanceWords(s.maintenance)] : []),
  ]);
}

function itemLines(item: DriftItem, style: Style): string[] {
  const head = item.address === '' ? item.summary : `${item.address}: ${item.summary}`;
  const compared = [
    item.recorded === undefined ? '' : `recorded: ${formatValue('', item.recorded)}`,
    item.observed === undefined ? '' : `observed: ${formatValue('', item.observed)}`,
  ].filter((text) => text !== '');
  return [...wrap(head, style.width, '  '), ...compared.flatMap((text) => wrap(text, style.width, '    '))];
}

export function driftLines(items: readonly DriftItem[], style: Style): string[] {
  return CLASSES.flatMap(({ name, meaning, tone }) => {
    const found = items.filter((item) => item.class === name);
    if (found.length === 0) return [];
    return [
      '',
      `${paint(style, tone, name)} (${found.length}): ${meaning}`,
      ...found.flatMap((item) => itemLines(item, style)),
    ];
  });
}

export function driftRows(items: readonly DriftItem[], type = 'drift'): Row[] {
  return items.map((item) => [
    type,
    item.class,
    item.address,
    item.system,
    item.summary,
    jsonCell(item.recorded),
    jsonCell(item.observed),
  ]);
}

function counted(items: readonly DriftItem[]): string {
  const parts = CLASSES.map(({ name }) => ({ name, count: items.filter((item) => item.class === name).length }));
  return parts
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => `${count} ${name}`)
    .join(', ');
}

const untrusted = (systems: readonly { readonly trust: string }[]): number =>
  systems.filter((seen) => seen.trust !== 'whole').length;

export const driftView: View<ResultOf<'drift'>> = {
  human: ({ items, systems, networks }, style) => {
    const partly = untrusted([...systems, ...networks]);
    const fabrics = networks.length === 0 ? '' : ` and ${plural(networks.length, 'fabric')}`;
    const seen = `${plural(systems.length, 'storage system')}${fabrics} read`;
    const looked = [...systemLines(systems, style), ...networkLines(networks, style)];
    const doubt = partly === 0 ? '' : `, ${partly} of them not wholly`;
    if (systems.length === 0 && items.length === 0) return ['No drift. No storage system is recorded.'];
    if (items.length === 0 && partly === systems.length + networks.length) {
      return [...looked, '', `Nothing is known: no storage system could be read whole.`];
    }
    if (items.length === 0) {
      const where = partly === 0 ? 'No drift' : 'No drift where it could be read';
      return [...looked, '', `${where}. ${seen}${doubt}.`];
    }
    const line = `${paint(style, 'strong', 'SUMMARY')}  ${plural(items.length, 'difference')} (${counted(items)}), ${seen}${doubt}`;
    const summary = wrap(line, style.width);
    return [...summary, '', ...looked, ...driftLines(items, style), '', ...summary];
  },
  plain: ({ items, systems, networks }) => [...systemRows(systems), ...networkRows(networks), ...driftRows(items)],
};

export const discoverView: View<ResultOf<'discover'>> = {
  human: ({ systems, networkSystems, foreign }, style) => {
    if (systems.length + networkSystems.length === 0) return ['Nothing discovered. No storage system is recorded.'];
    const fabrics = networkSystemLines(networkSystems, style);
    if (systems.length === 0) return fabrics;
    const found =
      foreign.length === 0 ? 'Nothing foreign was found.' : `${plural(foreign.length, 'foreign object')} found.`;
    const next = foreign.length === 0 ? [] : ['next: coprhd import ADDRESS --system NAME --native-id ID ...'];
    const seen = [...systemLines(systems, style), ...wholeLines(systems, style)];
    return [...seen, ...fabrics, ...driftLines(foreign, style), '', found, ...next];
  },
  plain: ({ systems, networkSystems, foreign }) => [
    ...systemRows(systems),
    ...readRows(systems),
    ...networkSystemRows(networkSystems),
    ...driftRows(foreign, 'foreign'),
  ],
};
