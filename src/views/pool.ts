/**
 * Storage pools and capacity. Rows: `pool name usable totalBytes freeBytes subscribedBytes reservedBytes volumes watermark
 * driveType provisioning protocols virtualArrays virtualPools registration discovery metadataBytes tieringPolicies ioLimits` · `fit pool virtualPool fits roomBytes watermark` ·
 * `miss pool virtualPool filter fact needed had` ·
 * `capacity what name pools volumes provisionedBytes totalBytes usedBytes freeBytes subscribedBytes reservedBytes
 * allocatedBytesMax subscribedBytesMax watermark quotaBytes virtualPool metadataBytes`.
 */
import type { CapacityRow, FittingPool, ListedPool } from '../engine/operations/pool-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import type { Watermark } from '../engine/planner/capacity.ts';
import type { StorageTier } from '../lib/pool-service.ts';
import { formatBytes, plural } from './format.ts';
import { registrationWords } from './registration.ts';
import { paint, type Style } from './style.ts';
import { pairs, table, wrap } from './text.ts';
import type { Row, View } from './view.ts';

const WATERMARK_WORDS: Record<Watermark, string> = {
  ok: '',
  warn: 'nearly full',
  full: 'full: no new volumes',
};

const mark = (style: Style, watermark: Watermark | undefined): string =>
  paint(style, watermark === 'full' ? 'remove' : 'held', WATERMARK_WORDS[watermark ?? 'ok']);

const percentOf = (part: number, whole: number): string =>
  whole === 0 ? '' : ` (${Number(((part / whole) * 100).toFixed(1))} %)`;

export const poolListView: View<ResultOf<'pool.list'>> = {
  human: ({ pools }, style) => {
    if (pools.length === 0) return ['No pool is recorded. next: coprhd device add, or coprhd discover'];
    return [...pools.flatMap((pool) => [...poolLines(pool, style), '']), `${plural(pools.length, 'pool')}.`];
  },
  plain: ({ pools }) => pools.map(poolRow),
};

function poolLines(pool: ListedPool, style: Style): string[] {
  const { capacity, usable, unusableWhy, virtualArrays, virtualPools, driveType, provisioning, protocols } = pool;
  const state = usable ? mark(style, capacity?.watermark) : paint(style, 'held', unusableWhy ?? 'never looked at');
  const what = [driveType, provisioning.join(' and '), protocols.join(' and ')].filter(Boolean).join(', ');
  const facts: (readonly [string, string])[] = [
    ...(pool.deregistered ? [['registration', registrationWords(pool)] as const] : []),
    ['what', what || 'not known'],
    ...(pool.tiers ? [['tiers', pool.tiers.map(tierText).join(', ')] as const] : []),
    ...(pool.tieringPolicies?.length ? [['tiering policies', pool.tieringPolicies.join(', ')] as const] : []),
    ...(pool.ioLimits ? [['host I/O', 'can be limited'] as const] : []),
  ];
  if (capacity) {
    const { totalBytes, usedBytes, subscribedBytes, foreignSubscribedBytes, reservedSubscribedBytes, volumes } =
      capacity;
    const { metadataBytes = 0 } = capacity;
    const metadata = metadataBytes > 0 ? `, ${formatBytes(metadataBytes)} of it metadata` : '';
    const foreign = foreignSubscribedBytes > 0 ? `, ${formatBytes(foreignSubscribedBytes)} of it foreign` : '';
    const reserved = reservedSubscribedBytes > 0 ? `, ${formatBytes(reservedSubscribedBytes)} being made` : '';
    facts.push(
      ['used', `${formatBytes(usedBytes)} of ${formatBytes(totalBytes)}${percentOf(usedBytes, totalBytes)}${metadata}`],
      [
        'subscribed',
        `${formatBytes(subscribedBytes)}${percentOf(subscribedBytes, totalBytes)}${foreign}${reserved}; ${plural(volumes, 'volume')} of ours`,
      ],
    );
  }
  facts.push(
    ['virtual arrays', virtualArrays.join(', ') || 'none'],
    ['virtual pools', virtualPools.join(', ') || 'none: coprhd pool fit NAME says why'],
  );
  return [
    `${paint(style, 'strong', pool.name)}${state === '' ? '' : `  ${state}`}`,
    ...pairs(facts, style.width, '  '),
  ];
}

const tierText = ({ name, driveType, totalBytes, freeBytes }: StorageTier): string => {
  const free = freeBytes === undefined ? '' : `, ${formatBytes(freeBytes)} free`;
  return `${name} (${driveType}, ${formatBytes(totalBytes)}${free})`;
};

function poolRow(pool: ListedPool): Row {
  const { name, usable, capacity, driveType, provisioning, protocols, virtualArrays, virtualPools } = pool;
  return [
    ...['pool', name, usable, capacity?.totalBytes, capacity?.freeBytes, capacity?.subscribedBytes],
    ...[capacity?.reservedSubscribedBytes, capacity?.volumes, capacity?.watermark, driveType],
    ...[provisioning, protocols, virtualArrays, virtualPools].map((list) => list.join(',')),
    ...[pool.registrationStatus, pool.discoveryStatus],
    ...[capacity?.metadataBytes, pool.tieringPolicies?.join(','), pool.ioLimits],
  ];
}

export const poolFitView: View<ResultOf<'pool.fit'>> = {
  human: ({ virtualPool = '', pools }, style) => {
    const fitting = pools.filter(({ fits }) => fits);
    const others = pools.filter(({ fits }) => !fits);
    const rows = fitting.map(({ pool, roomBytes = 0, watermark }) => [
      pool,
      `room for ${formatBytes(roomBytes)}`,
      mark(style, watermark),
    ]);
    return [
      `${plural(fitting.length, 'pool')} of ${pools.length} for virtual pool ${virtualPool}`,
      ...table(rows, { width: style.width, indent: '  ' }),
      ...(others.length === 0 ? [] : ['', 'not']),
      ...others.flatMap((each) => missLines(each, style)),
    ];
  },
  plain: ({ pools }) =>
    pools.flatMap((each): Row[] => [
      ['fit', each.pool, each.virtualPool, each.fits, each.roomBytes, each.watermark],
      ...each.misses.map(
        (miss): Row => ['miss', each.pool, each.virtualPool, miss.filter, miss.fact, miss.needed, miss.had],
      ),
    ]),
};

function missLines({ pool, misses }: FittingPool, style: Style): string[] {
  return [
    `  ${pool}`,
    ...misses.flatMap(({ fact, needed, had }) => wrap(`${fact}: needs ${needed}, has ${had}`, style.width, '    ')),
  ];
}

const CAPACITY_OF = [
  ['pools', 'storage pools'],
  ['virtualPools', 'virtual pools'],
  ['projects', 'projects'],
  ['tenants', 'tenants'],
] as const;

export const capacityView: View<ResultOf<'capacity'>> = {
  human: (result, style) =>
    CAPACITY_OF.flatMap(([key, title], position) => {
      const rows = result[key];
      const header =
        position < 2 ? [title, 'used', 'subscribed', 'limit', 'ours', ''] : [title, 'provisioned', 'volumes', 'quota'];
      const cells = rows.map((row) => (position < 2 ? poolCells(row, style) : ownerCells(row)));
      const lines =
        cells.length === 0 ? [`  ${title}: none`] : table(cells, { width: style.width, indent: '  ', header });
      return position === 0 ? lines : ['', ...lines];
    }),
  plain: (result) =>
    CAPACITY_OF.flatMap(([key]) =>
      result[key].map((row): Row => {
        const { name, pools, volumes, provisionedBytes, totalBytes, usedBytes, freeBytes, subscribedBytes } = row;
        return [
          ...[
            'capacity',
            key,
            name,
            pools,
            volumes,
            provisionedBytes,
            totalBytes,
            usedBytes,
            freeBytes,
            subscribedBytes,
          ],
          ...[row.reservedBytes, row.limits?.allocatedBytesMax, row.limits?.subscribedBytesMax, row.watermark],
          ...[row.quotaBytes, row.virtualPool, row.metadataBytes],
        ];
      }),
    ),
};

function poolCells(
  { name, totalBytes, usedBytes = 0, subscribedBytes = 0, limits, ...row }: CapacityRow,
  style: Style,
): string[] {
  const quota = quotaText(row.provisionedBytes, row.quotaBytes);
  const ours = `${formatBytes(row.provisionedBytes)} in ${row.volumes}${quota === '' ? '' : `, quota ${quota}`}`;
  if (totalBytes === undefined) return [name, 'not known', '', '', ours, ''];
  return [
    name,
    `${formatBytes(usedBytes)} of ${formatBytes(totalBytes)}${percentOf(usedBytes, totalBytes)}`,
    `${formatBytes(subscribedBytes)}${percentOf(subscribedBytes, totalBytes)}`,
    limits === undefined ? '' : formatBytes(limits.subscribedBytesMax),
    ours,
    mark(style, row.watermark),
  ];
}

const ownerCells = ({ name, provisionedBytes, volumes, quotaBytes, virtualPool }: CapacityRow): string[] => [
  virtualPool === undefined ? name : `  of ${virtualPool}`,
  formatBytes(provisionedBytes),
  String(volumes),
  quotaText(provisionedBytes, quotaBytes),
];

const quotaText = (provisionedBytes: number, quotaBytes: number | undefined): string =>
  quotaBytes === undefined ? '' : `${formatBytes(quotaBytes)}${percentOf(provisionedBytes, quotaBytes)}`;
