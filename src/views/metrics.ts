/**
 * `discover --metrics`. Rows: `metrics system driver result portBusyPercent why` ·
 * `port system name status busyPercent averagePercent cpuBusyPercent metricPercent measuredAtMs director` ·
 * `director system name busyPercent averagePercent measuredAtMs` · `unrecorded system nativeId`.
 */
import type { Load, SampledPort, SampledSystem } from '../engine/operations/metrics-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { formatAgo, plural } from './format.ts';
import { paint, type Style } from './style.ts';
import { table, wrap } from './text.ts';
import type { Row, View } from './view.ts';

const percent = (value: number | undefined): string => (value === undefined ? '-' : `${Number(value.toFixed(1))} %`);

/** What placement takes where it doesn't know. */
const UNKNOWN_PERCENT = 50;

function headline(system: SampledSystem, style: Style): string {
  const { result, why = '', portBusyPercent } = system;
  switch (result) {
    case 'none':
      return `no metrics: ${why}`;
    case 'failed':
      return paint(style, 'remove', 'not sampled');
    case 'first':
      return 'first sample: busy is known after the next';
    case 'sampled':
      return portBusyPercent === undefined
        ? paint(style, 'held', 'not all of its ports are measured')
        : `ports are ${percent(portBusyPercent)} busy on average`;
  }
}

const measured = (load: Load | undefined, style: Style): string =>
  load === undefined ? '-' : formatAgo(load.measuredAtMs, style.nowMs);

function portCells(port: SampledPort, style: Style): string[] {
  const { name, status, load, cpuBusyPercent } = port;
  const cells = [percent(load?.busyPercent), percent(load?.averagePercent), percent(cpuBusyPercent)];
  return [name, ...cells, measured(load, style), status === 'up' ? '' : paint(style, 'held', status)];
}

function systemLines(system: SampledSystem, style: Style): string[] {
  const { ports, unrecordedPorts, result, portBusyPercent } = system;
  const header = ['port', 'busy', 'average', 'processor', 'measured'];
  const rows = ports.map((port) => portCells(port, style));
  const unknown = result !== 'failed' && portBusyPercent === undefined;
  return [
    ...wrap(`${paint(style, 'strong', system.system)}  ${headline(system, style)}`, style.width),
    ...(unknown ? [`  placement takes it for ${UNKNOWN_PERCENT} % busy`] : []),
    ...(result === 'sampled' ? table(rows, { width: style.width, indent: '  ', header }) : []),
    ...(unrecordedPorts.length === 0
      ? []
      : wrap(
          `${plural(unrecordedPorts.length, 'port')} not recorded: ${unrecordedPorts.join(', ')}. next: coprhd discover ${system.system}`,
          style.width,
          '  ',
        )),
  ];
}

const COUNTED = [
  ['sampled', 'sampled'],
  ['first', 'sampled for the first time'],
  ['none', 'without metrics'],
  ['failed', 'not sampled'],
] as const;

export const metricsView: View<ResultOf<'discover.metrics'>> = {
  human: ({ systems }, style) => {
    if (systems.length === 0) return ['Nothing sampled. No storage system is recorded.'];
    const counts = COUNTED.flatMap(([result, words]) => {
      const count = systems.filter((system) => system.result === result).length;
      return count === 0 ? [] : [`${count} ${words}`];
    });
    return [
      ...systems.flatMap((system) => [...systemLines(system, style), '']),
      `${plural(systems.length, 'storage system')}: ${counts.join(', ')}.`,
    ];
  },
  plain: ({ systems }) => systems.flatMap(systemRows),
};

const loadCells = (load: Load | undefined) => [load?.busyPercent, load?.averagePercent] as const;

function systemRows({ system, driver, result, why, ...of }: SampledSystem): Row[] {
  return [
    ['metrics', system, driver, result, of.portBusyPercent, why],
    ...of.ports.map(
      ({ name, status, load, cpuBusyPercent, metricPercent, haDomain }): Row => [
        ...['port', system, name, status, ...loadCells(load), cpuBusyPercent, metricPercent],
        ...[load?.measuredAtMs, haDomain],
      ],
    ),
    ...of.haDomains.map(({ name, load }): Row => ['director', system, name, ...loadCells(load), load?.measuredAtMs]),
    ...of.unrecordedPorts.map((nativeId): Row => ['unrecorded', system, nativeId]),
  ];
}
