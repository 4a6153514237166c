/**
 * What could be given back. Rows: `owner tenant project by objects subscribedBytes allocatedBytes allocatedUnknown` · `reclaim address kind urn tenant project
 * by system pool sizeBytes subscribedBytes allocatedBytes createdAtMs reasons neededBy remove` · `reason urn reason sinceMs orBefore observedAtMs
 * untilMs detail` · `system name observedAtMs` · `total objects subscribedBytes allocatedBytes allocatedUnknown`.
 */
import { RECLAIM_REASON_NAMES, type ReclaimWhy } from '../engine/model/reclaim.ts';
import type { ReclaimItem, ReclaimOwner, ReclaimReason, ReclaimSum } from '../engine/operations/reclaim-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { formatBytes, formatSpan, plural } from './format.ts';
import { paint, type Style } from './style.ts';
import { wrap } from './text.ts';
import type { Row, View } from './view.ts';

type Reclaim = ResultOf<'reclaim.report'>;

/** For --reason. */
export const RECLAIM_REASON_CHOICES: readonly ReclaimWhy[] = RECLAIM_REASON_NAMES;

/** `some`: so many of each owner. */
const SHOWN_MAX = 10;

export type ReclaimDetail = 'summary' | 'some' | 'full';

export function reclaimView(detail: ReclaimDetail): View<Reclaim> {
  return {
    human: (result, style) => {
      const { items, owners, total } = result;
      const age = ageText(result, style);
      if (items.length === 0) return wrap(`Nothing was found that could be given back${age}.`, style.width);
      return [
        ...owners.flatMap((owner) => [
          ...ownerLines(owner, items, detail, style),
          ...(detail === 'summary' ? [] : ['']),
        ]),
        ...wrap(`${paint(style, 'strong', 'SUMMARY')}  ${sumText(total)}${age}. Nothing was removed.`, style.width),
      ];
    },
    plain: ({ items, owners, total, systems }) => [
      ...owners.map((owner): Row => ['owner', owner.tenant, owner.project, owner.by, ...sumCells(owner)]),
      ...items.flatMap((item) => [itemRow(item), ...item.reasons.map((reason) => reasonRow(item, reason))]),
      ...systems.map(({ system, observedAtMs }): Row => ['system', system, observedAtMs]),
      ['total', ...sumCells(total)],
    ],
  };
}

/** How old it is what storage systems were seen to hold. */
function ageText({ systems }: Reclaim, { nowMs }: Style): string {
  const times = systems.flatMap(({ observedAtMs }) => observedAtMs ?? []);
  if (times.length === 0) return '';
  const [oldest, newest] = [Math.min(...times), Math.max(...times)].map((atMs) => formatSpan(nowMs - atMs));
  return `, as seen ${oldest === newest ? oldest : `${newest} to ${oldest}`} ago`;
}

function sumText({ objects, subscribedBytes, allocatedBytes, allocatedUnknown }: ReclaimSum): string {
  const unknown = allocatedUnknown === 0 ? '' : `, not known of ${allocatedUnknown}`;
  return `${plural(objects, 'object')}, ${formatBytes(subscribedBytes)} subscribed, ${formatBytes(allocatedBytes)} used${unknown}`;
}

function ownerLines(owner: ReclaimOwner, items: readonly ReclaimItem[], detail: ReclaimDetail, style: Style): string[] {
  const { tenant, project, by } = owner;
  const whose = [
    project === undefined ? 'no project' : `project ${project}`,
    ...(tenant === undefined ? [] : [`tenant ${tenant}`]),
    by === undefined ? 'nobody knows who made it' : `made by ${by}`,
  ].join(', ');
  const head = wrap(`${paint(style, 'strong', whose)}: ${sumText(owner)}`, style.width);
  if (detail === 'summary') return head;
  const own = items.filter((item) => item.tenant === tenant && item.project === project && item.by === by);
  const shown = detail === 'full' ? own : own.slice(0, SHOWN_MAX);
  const more = own.length - shown.length;
  return [
    ...head,
    ...shown.flatMap((item) => itemLines(item, style)),
    ...(more === 0 ? [] : [`  and ${more} more: --detail full`]),
  ];
}

function itemLines(item: ReclaimItem, style: Style): string[] {
  const { address, kind, sizeBytes, allocatedBytes, system, pool, neededBy, neededByCount, remove } = item;
  const used = allocatedBytes === undefined ? '' : `, ${formatBytes(allocatedBytes)} used`;
  const where = system === undefined ? '' : `, on ${system}${pool === undefined ? '' : `/${pool}`}`;
  const first = neededBy.map((each) => each.address);
  const more = neededByCount - first.length;
  const needs = [...first, ...(more > 0 ? [`${more} more`] : [])].join(', ');
  const step = (text: string) =>
    wrap(text, style.width, '        ').map((line, at) => (at === 0 ? line.replace('        ', '      - ') : line));
  return [
    ...wrap(`${paint(style, 'change', address)}  ${kind}, ${formatBytes(sizeBytes)}${used}${where}`, style.width, '  '),
    ...item.reasons.flatMap((reason) => wrap(reasonText(reason, style.nowMs), style.width, '    ')),
    ...(needs === '' ? [] : wrap(`needed by ${needs}`, style.width, '    ')),
    ...remove.flatMap(step),
  ];
}

/** `~` is how long. */
const WORDS: Record<ReclaimWhy, string> = {
  quarantined: 'in quarantine for ~',
  unmapped: 'mapped to nobody for ~',
  'no-login': 'nobody is logged in',
  'old-snapshot': 'snapshot taken ~ ago',
  'beyond-policy': 'snapshot taken ~ ago, beyond its policy',
  'old-copy': 'full copy made ~ ago',
  undeclared: 'brought back ~ ago, and declared nowhere',
  retained: 'given up ~ ago, and still there',
  orphan: 'an orphan',
};

function reasonText(
  { reason, sinceMs, orBefore, observedAtMs, untilMs, detail }: ReclaimReason,
  nowMs: number,
): string {
  const span = (fromMs: number) => formatSpan(nowMs - fromMs);
  const long = sinceMs === undefined ? '' : `${span(sinceMs)}${orBefore ? ' or more' : ''}`;
  const purged = untilMs !== undefined && untilMs > nowMs ? `in ${formatSpan(untilMs - nowMs)}` : 'by the next plan';
  const until = untilMs === undefined ? '' : `, purged ${purged}`;
  const seen = observedAtMs === undefined ? '' : ` (seen ${span(observedAtMs)} ago)`;
  return `${WORDS[reason].replace('~', long)}${until}${detail === undefined ? '' : `: ${detail}`}${seen}`;
}

const sumCells = ({ objects, subscribedBytes, allocatedBytes, allocatedUnknown }: ReclaimSum): number[] => [
  objects,
  subscribedBytes,
  allocatedBytes,
  allocatedUnknown,
];

const itemRow = (item: ReclaimItem): Row => [
  ...['reclaim', item.address, item.kind, item.urn, item.tenant, item.project, item.by, item.system, item.pool],
  ...[item.sizeBytes, item.subscribedBytes, item.allocatedBytes, item.createdAtMs],
  item.reasons.map(({ reason }) => reason).join(','),
  item.neededBy.map(({ address }) => address).join(','),
  item.remove.join('; '),
];

const reasonRow = ({ urn }: ReclaimItem, reason: ReclaimReason): Row => [
  ...[
    'reason',
    urn,
    reason.reason,
    reason.sinceMs,
    reason.orBefore,
    reason.observedAtMs,
    reason.untilMs,
    reason.detail,
  ],
];
