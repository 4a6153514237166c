/**
 * Storage ports. Rows: `port name transport address haDomain physicalPort status registration discovery networks
 * virtualArrays`.
 */
import type { ListedPort } from '../engine/operations/pool-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { plural } from './format.ts';
import { registrationWords } from './registration.ts';
import { table } from './text.ts';
import type { View } from './view.ts';

export const portListView: View<ResultOf<'port.list'>> = {
  human: ({ ports }, style) => {
    if (ports.length === 0) return ['No port is recorded. next: coprhd device add, or coprhd discover'];
    const header = ['PORT', 'ADDRESS', 'HA DOMAIN', 'STATUS', 'NETWORKS', 'VIRTUAL ARRAYS'];
    const rows = ports.map((port) => [
      port.name,
      port.address,
      port.haDomain,
      statusOf(port),
      port.networks.join(' ') || 'none',
      port.virtualArrays.join(' ') || 'none',
    ]);
    return [...table(rows, { width: style.width, header }), '', `${plural(ports.length, 'port')}.`];
  },
  plain: ({ ports }) =>
    ports.map((port) => [
      ...['port', port.name, port.transport, port.address, port.haDomain, port.physicalPort],
      ...[port.status ?? '', port.registrationStatus, port.discoveryStatus],
      ...[port.networks.join(','), port.virtualArrays.join(',')],
    ]),
};

const statusOf = (port: ListedPort): string => {
  if (port.discoveryStatus === 'NOTVISIBLE') return 'not visible';
  return port.deregistered ? registrationWords(port) : (port.status ?? 'never looked at');
};
