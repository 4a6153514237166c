/**
 * What would fit and what would be lost. Rows: `whatif fits fitting refused held unchanged` · `loss systems volumes bytes
 * quarantinedVolumes quarantinedBytes foreignBytes capacityBytes` · `lost-export name lost of` · `lost-host name lost of
 * ports` · `lost-project name volumes bytes` · `lost-tenant name volumes bytes` · `growth percent fitsUpToPercent
 * firstShort project virtualPool` · `added system` · `volume address reason fate fateNow sizeBytes fromBytes pool virtualPool virtualArray
 * project why detail` · `miss address pool filter fact needed had lackBytes` · `pool name added totalBytes usedBytesNow
 * usedBytesThen subscribedBytesNow subscribedBytesThen allocatedBytesMax subscribedBytesMax watermarkNow watermarkThen`.
 */
import type { ResultOf } from '../engine/operations/types.ts';
import type { GrowthAnswer, WhatIfAnswer, WhatIfVolume } from '../engine/planner/whatif/answer.ts';
import type { PoolFill } from '../engine/planner/whatif/fill.ts';
import type { Loss, OwnerLoss } from '../engine/planner/whatif/loss.ts';
import type { Reason } from '../engine/planner/whatif/suppose.ts';
import { formatAgo, formatBytes, plural } from './format.ts';
import { paint, type Style } from './style.ts';
import { pairs, table, wrap } from './text.ts';
import type { Row, View } from './view.ts';

/** People look at some of each; scripts get all. */
const SHOWN_MAX = 20;
const ALL = '--plain and --json list all';

export const whatIfView: View<ResultOf<'whatif'>> = {
  human: ({ whatIf }, style) => (whatIf ? answerLines(whatIf, style) : []),
  plain: ({ whatIf }) => (whatIf ? answerRows(whatIf) : []),
};

function answerLines(answer: WhatIfAnswer, style: Style): string[] {
  const { loss, volumes, observedAtMs } = answer;
  const seen = observedAtMs === undefined ? '' : ` (as seen ${formatAgo(observedAtMs, style.nowMs)})`;
  const summary = paint(style, answer.fits ? 'good' : 'held', summaryOf(answer));
  return [
    ...wrap(`${paint(style, 'strong', `What if ${suppositions(answer).join(', and ')}?`)}${seen}`, style.width),
    summary,
    ...(loss ? ['', ...lossLines(loss, style)] : []),
    ...(['lost', 'grown', 'planned'] as const).flatMap((reason) =>
      reasonLines(
        answer,
        reason,
        volumes.filter((volume) => volume.reason === reason),
        style,
      ),
    ),
    '',
    ...poolLines(answer, style),
    ...(volumes.length > SHOWN_MAX ? ['', summary] : []),
  ];
}

function suppositions({ loss, growth, added }: WhatIfAnswer): string[] {
  const many = (names: readonly string[]) => (names.length === 1 ? 'is' : 'are');
  return [
    ...(loss ? [`${loss.systems.join(', ')} ${many(loss.systems)} lost`] : []),
    ...(added.length > 0 ? [`${added.join(', ')} ${many(added)} added`] : []),
    ...(growth ? [`${grownWords(growth)} grow by ${growth.percent} %`] : []),
  ];
}

function grownWords({ project, virtualPool }: GrowthAnswer): string {
  const of = [
    ...(project === undefined ? [] : [`project ${project}`]),
    ...(virtualPool === undefined ? [] : [`virtual pool ${virtualPool}`]),
  ];
  return of.length === 0 ? 'volumes' : `volumes of ${of.join(' in ')}`;
}

function summaryOf({ fits, counts, volumes }: WhatIfAnswer): string {
  if (volumes.length === 0) return 'No volume is concerned.';
  const said = [
    counted(counts.fits, 'fits', 'fit'),
    counted(counts.refused, 'has no room', 'have no room'),
    counted(counts.held, 'is held', 'are held'),
    counted(counts.unchanged, 'stays as it is', 'stay as they are'),
  ]
    .flat()
    .join(', ');
  return `${fits ? 'Everything fits' : 'Not everything fits'}: of ${plural(volumes.length, 'volume')} ${said}.`;
}

const counted = (count: number, one: string, many: string): string[] =>
  count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];

function lossLines(loss: Loss, style: Style): string[] {
  const { systems, volumes, bytes, quarantinedVolumes, quarantinedBytes, foreignBytes, capacityBytes } = loss;
  const lists: (readonly [string, readonly string[]])[] = [
    ['exports', loss.exports.map(({ name, lost, of }) => `${name} (${lost} of ${plural(of, 'volume')})`)],
    [
      'hosts',
      loss.hosts.map(
        ({ name, lost, of, ports }) => `${name} (${lost} of ${plural(of, 'volume')}, ${plural(ports, 'port')})`,
      ),
    ],
    ['projects', loss.projects.map(ownerText)],
    ['tenants', loss.tenants.map(ownerText)],
  ];
  const facts: [string, string][] = [
    ['data', `${formatBytes(bytes)} in ${plural(volumes, 'volume')}`],
    ['capacity', formatBytes(capacityBytes)],
  ];
  if (quarantinedVolumes > 0) {
    facts.push(['quarantined', `${formatBytes(quarantinedBytes)} in ${plural(quarantinedVolumes, 'volume')}`]);
  }
  if (foreignBytes > 0) facts.push(['not ours', `${formatBytes(foreignBytes)}, of whom is not known`]);
  for (const [title, entries] of lists) facts.push([title, someOf(entries)]);
  return [paint(style, 'strong', `Lost with ${systems.join(', ')}`), ...pairs(facts, style.width, '  ')];
}

const ownerText = ({ name, volumes, bytes }: OwnerLoss): string =>
  `${name} (${plural(volumes, 'volume')}, ${formatBytes(bytes)})`;

function someOf(entries: readonly string[]): string {
  if (entries.length === 0) return 'none';
  const more = entries.length - SHOWN_MAX;
  return `${entries.slice(0, SHOWN_MAX).join(', ')}${more > 0 ? ` and ${more} more (${ALL})` : ''}`;
}

const TITLES: Record<Reason, (answer: WhatIfAnswer, fitting: number, all: number) => string> = {
  lost: (_answer, fitting, all) =>
    `Made again, new and empty: ${fitting} of ${plural(all, 'volume')} would find a place`,
  grown: ({ growth }, fitting, all) =>
    `Grown by ${growth?.percent ?? 0} %: ${fitting} of ${plural(all, 'volume')} would have room`,
  planned: (_answer, fitting, all) => `Of the given files: ${fitting} of ${plural(all, 'volume')} would have room`,
};

function reasonLines(answer: WhatIfAnswer, reason: Reason, volumes: readonly WhatIfVolume[], style: Style): string[] {
  if (volumes.length === 0) return [];
  const ofFate = (...fates: readonly WhatIfVolume['fate'][]) => volumes.filter(({ fate }) => fates.includes(fate));
  const fitting = ofFate('fits', 'unchanged');
  const now = volumes.filter(({ fateNow }) => fateNow === 'fits' || fateNow === 'unchanged').length;
  const title = TITLES[reason](answer, fitting.length, volumes.length);
  return [
    '',
    paint(style, 'strong', reason === 'planned' ? `${title}; ${now} have it now` : title),
    ...(reason === 'grown' ? growthLines(answer, style) : []),
    ...shown(ofFate('refused'), (each) => misfitLines(each, 'no room', style)),
    ...shown(ofFate('held'), (each) => misfitLines(each, 'held', style)),
    ...(reason === 'grown' ? [] : placeLines(ofFate('fits'), style)),
  ];
}

function growthLines({ growth }: WhatIfAnswer, style: Style): string[] {
  if (growth?.fitsUpToPercent === undefined) return [];
  const first = growth.firstShort === undefined ? '' : `; ${growth.firstShort} is short first`;
  return wrap(`there is room for all up to ${growth.fitsUpToPercent} %${first}`, style.width, '  ');
}

function shown(volumes: readonly WhatIfVolume[], linesOf: (volume: WhatIfVolume) => string[]): string[] {
  const more = volumes.length - SHOWN_MAX;
  return [
    ...volumes.slice(0, SHOWN_MAX).flatMap(linesOf),
    ...(more > 0 ? [`  and ${more} more like that (${ALL})`] : []),
  ];
}

function misfitLines(volume: WhatIfVolume, word: string, style: Style): string[] {
  const { address, pool, virtualPool, why, detail, fateNow } = volume;
  const where = pool ?? `virtual pool ${virtualPool}`;
  const now = fateNow === 'fits' || fateNow === 'unchanged' ? ', has room now' : '';
  return [
    `  ${paint(style, 'held', word)}  ${address}  ${sizeText(volume)}  ${where}${now}`,
    ...[why, detail].flatMap((text) => (text === undefined ? [] : wrap(text, style.width, '    '))),
  ];
}

function sizeText({ sizeBytes, fromBytes }: WhatIfVolume): string {
  if (fromBytes === undefined || fromBytes === sizeBytes) return formatBytes(sizeBytes);
  return `${formatBytes(fromBytes)} -> ${formatBytes(sizeBytes)}`;
}

function placeLines(volumes: readonly WhatIfVolume[], style: Style): string[] {
  const rows = volumes
    .slice(0, SHOWN_MAX)
    .map((volume) => [
      volume.address,
      sizeText(volume),
      `in ${volume.pool ?? '?'}`,
      volume.fateNow === 'refused' || volume.fateNow === 'held' ? 'has no room now' : '',
    ]);
  const more = volumes.length - rows.length;
  return [...table(rows, { width: style.width, indent: '  ' }), ...(more > 0 ? [`  and ${more} more (${ALL})`] : [])];
}

const percent = (part: number, whole: number): string =>
  whole === 0 ? '0 %' : `${Number(((part / whole) * 100).toFixed(1))} %`;

function poolLines({ pools, loss }: WhatIfAnswer, style: Style): string[] {
  const changes = ({ before, after, added }: PoolFill) =>
    added || before.usedBytes !== after.usedBytes || before.subscribedBytes !== after.subscribedBytes;
  const concerned = pools.filter(changes);
  const others = pools.length - concerned.length;
  const stay = others === 0 ? '' : `${plural(others, 'storage pool')} ${others === 1 ? 'stays' : 'stay'} as now.`;
  if (concerned.length === 0) return [stay === '' ? `No storage pool is ${loss ? 'left' : 'recorded'}.` : stay];
  const header = ['storage pool', 'size', 'used', 'subscribed', ''];
  return [
    ...table(
      concerned.slice(0, SHOWN_MAX).map((pool) => poolCells(pool, style)),
      { width: style.width, header },
    ),
    ...(concerned.length > SHOWN_MAX ? [`and ${concerned.length - SHOWN_MAX} more (${ALL})`] : []),
    ...(stay === '' ? [] : [stay]),
  ];
}

function poolCells({ name, totalBytes, before, after, limits, added }: PoolFill, style: Style): string[] {
  const change = (key: 'usedBytes' | 'subscribedBytes', maxBytes: number | undefined) => {
    const [now, then] = [percent(before[key], totalBytes), percent(after[key], totalBytes)];
    const limit = maxBytes === undefined ? '' : ` of ${percent(maxBytes, totalBytes)}`;
    return `${now === then ? now : `${now} -> ${then}`}${limit}`;
  };
  const warning = { ok: '', warn: 'nearly full', full: 'full: no new volumes' }[after.watermark];
  return [
    added ? `${name} (new)` : name,
    formatBytes(totalBytes),
    change('usedBytes', limits?.allocatedBytesMax),
    change('subscribedBytes', limits?.subscribedBytesMax),
    paint(style, after.watermark === 'full' ? 'remove' : 'held', warning),
  ];
}

function answerRows({ fits, counts, loss, growth, added, volumes, pools }: WhatIfAnswer): Row[] {
  return [
    ['whatif', fits, counts.fits, counts.refused, counts.held, counts.unchanged],
    ...(loss ? lossRows(loss) : []),
    ...(growth ? [growthRow(growth)] : []),
    ...added.map((system): Row => ['added', system]),
    ...volumes.flatMap(volumeRows),
    ...pools.map(poolRow),
  ];
}

const growthRow = ({ percent: by, fitsUpToPercent, firstShort, project, virtualPool }: GrowthAnswer): Row => [
  ...['growth', by, fitsUpToPercent, firstShort, project, virtualPool],
];

function lossRows(loss: Loss): Row[] {
  const { systems, volumes, bytes, quarantinedVolumes, quarantinedBytes, foreignBytes, capacityBytes } = loss;
  const owned = (what: string) => (owner: OwnerLoss) => [what, owner.name, owner.volumes, owner.bytes];
  return [
    [
      ...['loss', systems.join(','), volumes, bytes, quarantinedVolumes, quarantinedBytes],
      ...[foreignBytes, capacityBytes],
    ],
    ...loss.exports.map(({ name, lost, of }) => ['lost-export', name, lost, of]),
    ...loss.hosts.map(({ name, lost, of, ports }) => ['lost-host', name, lost, of, ports]),
    ...loss.projects.map(owned('lost-project')),
    ...loss.tenants.map(owned('lost-tenant')),
  ];
}

function volumeRows({ address, reason, fate, fateNow, nearestMisses = [], ...volume }: WhatIfVolume): Row[] {
  const { sizeBytes, fromBytes, pool, virtualPool, virtualArray, project, why, detail } = volume;
  return [
    [
      ...['volume', address, reason, fate, fateNow, sizeBytes, fromBytes, pool],
      ...[virtualPool, virtualArray, project, why, detail],
    ],
    ...nearestMisses.map(({ pool: near, filter, fact, needed, had, lackBytes }) => [
      ...['miss', address, near, filter, fact, needed, had],
      lackBytes,
    ]),
  ];
}

function poolRow({ name, added, totalBytes, before, after, limits }: PoolFill): Row {
  return [
    ...['pool', name, added, totalBytes, before.usedBytes, after.usedBytes],
    ...[before.subscribedBytes, after.subscribedBytes, limits?.allocatedBytesMax, limits?.subscribedBytesMax],
    ...[before.watermark, after.watermark],
  ];
}
