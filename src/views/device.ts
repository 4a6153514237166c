/**
 * Devices and drivers. Rows: `device name driver mode effectiveMode model firmware serial scope registration kind` ·
 * `pool device name totalBytes freeBytes subscribedBytes driveType usable registration discovery` · `port device name address status registration discovery` ·
 * `maintenance device by sinceMs untilMs why` · `credential-window device credential previous untilMs` · `limit owner text` · `review name ours foreign` · `missing name address` ·
 * rows of fabrics as in fabric.ts · `driver name kind summary ownershipMark capabilities` · `supported driver model versions evidence`.
 */

import { maintenanceWords } from '../engine/model/maintenance.ts';
import { notVisibleWords } from '../engine/model/visibility.ts';
import type { ListedDevice, ListedDriver } from '../engine/operations/device-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { isoTime } from '../lib/clock.ts';
import { fabricLines, fabricRows } from './fabric.ts';
import { formatAgo, formatBytes, plural } from './format.ts';
import { registrationWords } from './registration.ts';
import { paint, type Style } from './style.ts';
import { pairs, table, wrap } from './text.ts';
import type { Row, View } from './view.ts';

function modeWords(device: ListedDevice): string {
  const { mode, effectiveMode } = device;
  const now = effectiveMode === 'propose' ? `propose (${PROPOSE})` : effectiveMode;
  return mode === effectiveMode ? now : `${now} (the file says ${mode}; see coprhd device review)`;
}

/** Said wherever the mode is: somebody who chose it waits for something. */
const PROPOSE = 'only observed for now: plan --emit commands is not built yet';

function credentialWords({ credential = '', credentialWindow: window }: ListedDevice): string {
  if (!window) return credential;
  return `${credential}; where it is refused, ${window.credential} until ${isoTime(window.untilMs)} (a rotation is open)`;
}

function deviceLines(device: ListedDevice, style: Style): string[] {
  const pools = device.pools.map((pool) => [
    pool.name,
    pool.driveType ?? '',
    `${formatBytes(pool.freeBytes)} of ${formatBytes(pool.totalBytes)} free`,
    `${formatBytes(pool.subscribedBytes)} subscribed`,
    pool.usable ? '' : paint(style, 'held', `not usable: ${pool.unusableWhy ?? 'unknown'}`),
    paint(style, 'held', registrationWords(pool)),
  ]);
  const ports = device.ports.map((port) => [
    port.name,
    port.address,
    port.notVisibleSinceMs === undefined ? port.status : paint(style, 'held', notVisibleWords(port.notVisibleSinceMs)),
    paint(style, 'held', registrationWords(port)),
  ]);
  const inner = { width: style.width, indent: '    ' };
  return [
    paint(style, 'strong', device.name),
    ...pairs(
      [
        ['driver', device.driver],
        ['model', `${device.model}, firmware ${device.firmwareVersion}, serial ${device.serialNumber}`],
        ['mode', modeWords(device)],
        ['scope', device.scope.length === 0 ? 'none: nothing may be changed' : device.scope.join(', ')],
        ...(device.maintenance ? [['maintenance', maintenanceWords(device.maintenance)] as const] : []),
        ...(device.deregistered ? [['registration', registrationWords(device)] as const] : []),
        ...(device.credential === undefined ? [] : [['credential', credentialWords(device)] as const]),
      ],
      style.width,
      '  ',
    ),
    ...fabricsOf(device, style),
    ...(pools.length === 0 ? [] : ['  pools', ...table(pools, inner)]),
    ...(ports.length === 0 ? [] : ['  ports', ...table(ports, inner)]),
    ...device.limits.flatMap((limit) => wrap(`limit: ${limit}`, style.width, '  ')),
  ];
}

function fabricsOf({ kind, name, fabrics, observedAtMs }: ListedDevice, style: Style): string[] {
  if (kind !== 'networkSystem') return [];
  if (!fabrics) return [`  nothing that was seen of it is kept: coprhd discover ${name}`];
  const seen = observedAtMs === undefined ? '' : `, seen ${formatAgo(observedAtMs, style.nowMs)}`;
  return [`  ${plural(fabrics.length, 'fabric')}${seen}`, ...fabrics.flatMap((fabric) => fabricLines(fabric, style))];
}

function deviceRows(device: ListedDevice): Row[] {
  const { name, driver, mode, effectiveMode, model, firmwareVersion, serialNumber, scope } = device;
  const { credentialWindow: window, maintenance } = device;
  const { by, sinceMs, untilMs, why } = maintenance ?? {};
  return [
    [
      ...['device', name, driver, mode, effectiveMode, model, firmwareVersion, serialNumber, scope.join(',')],
      ...[device.registrationStatus, device.kind],
    ],
    ...fabricRows(name, device.fabrics ?? []),
    ...device.pools.map(
      (p): Row => [
        ...['pool', name, p.name, p.totalBytes, p.freeBytes, p.subscribedBytes, p.driveType, p.usable],
        ...[p.registrationStatus, p.discoveryStatus],
      ],
    ),
    ...device.ports.map(
      (p): Row => ['port', name, p.name, p.address, p.status, p.registrationStatus, p.discoveryStatus],
    ),
    ...(maintenance ? [['maintenance', name, by, sinceMs, untilMs, why] satisfies Row] : []),
    ...(window
      ? [['credential-window', name, device.credential, window.credential, window.untilMs] satisfies Row]
      : []),
    ...device.limits.map((limit): Row => ['limit', name, limit]),
  ];
}

export const deviceListView: View<ResultOf<'device.list'>> = {
  human: ({ devices }, style) =>
    devices.length === 0
      ? ['No device is recorded. Declare one under storageSystems in a plan file, or: coprhd device add']
      : [...devices.flatMap((device) => [...deviceLines(device, style), '']), `${plural(devices.length, 'device')}.`],
  plain: ({ devices }) => devices.flatMap(deviceRows),
};

export const deviceReviewView: View<ResultOf<'device.review'>> = {
  human: ({ device, ours, foreign, missing }, style) => {
    if (device === undefined) return [];
    return [
      ...deviceLines(device, style),
      '',
      `${plural(ours, device.kind === 'networkSystem' ? 'zone' : 'object')} of ours, ${foreign} foreign, ${missing.length} missing.`,
      ...missing.map((address) => `  missing: ${address}`),
    ];
  },
  plain: ({ device, ours, foreign, missing }) =>
    device === undefined
      ? []
      : [
          ...deviceRows(device),
          ['review', device.name, ours, foreign],
          ...missing.map((address): Row => ['missing', device.name, address]),
        ],
};

function driverLines(driver: ListedDriver, style: Style): string[] {
  const supported = driver.supported.map((each) => [each.model, each.versions, `evidence: ${each.evidence}`]);
  return [
    `${paint(style, 'strong', driver.name)}  ${driver.kind}`,
    ...wrap(driver.summary, style.width, '  '),
    ...pairs(
      [
        [
          'capabilities',
          driver.capabilities.length === 0 ? 'none beyond the basic ones' : driver.capabilities.join(', '),
        ],
        ['ownership mark', driver.ownershipMark],
      ],
      style.width,
      '  ',
    ),
    ...(supported.length === 0 ? [] : ['  supported', ...table(supported, { width: style.width, indent: '    ' })]),
    ...driver.limits.flatMap((limit) => wrap(`limit: ${limit.text}`, style.width, '  ')),
  ];
}

export const driverListView: View<ResultOf<'driver.list'>> = {
  human: ({ drivers }, style) => [
    ...drivers.flatMap((driver) => [...driverLines(driver, style), '']),
    `${plural(drivers.length, 'driver')}.`,
  ],
  plain: ({ drivers }) =>
    drivers.flatMap((d): Row[] => [
      ['driver', d.name, d.kind, d.summary, d.ownershipMark, d.capabilities.join(',')],
      ...d.supported.map((each): Row => ['supported', d.name, each.model, each.versions, each.evidence]),
      ...d.limits.map((limit): Row => ['limit', d.name, limit.text]),
    ]),
};
