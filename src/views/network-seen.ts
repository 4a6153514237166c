/**
 * How far fabrics could be read. Rows:
 * `network name networkSystem fabric trust why endpoints zones ours used observedAtMs`.
 */
import type { NetworkSeen } from '../engine/operations/types.ts';
import { formatAgo, plural } from './format.ts';
import { paint, type Style } from './style.ts';
import { table, wrap } from './text.ts';
import type { Row } from './view.ts';

export function networkLines(networks: readonly NetworkSeen[], style: Style): string[] {
  const rows = networks.map((seen) =>
    seen.trust === 'whole'
      ? [
          seen.network,
          'read whole',
          formatAgo(seen.observedAtMs, style.nowMs),
          `fabric ${seen.fabric}`,
          `${plural(seen.endpoints, 'port')} logged in`,
          `${plural(seen.zones, 'zone')} (${seen.ours} ours, ${seen.used} used)`,
        ]
      : [seen.network, paint(style, 'held', seen.trust)],
  );
  const why = networks
    .filter((seen) => seen.why !== '')
    .flatMap((seen) => wrap(`${seen.network}: ${seen.why}`, style.width, '  '));
  return [...table(rows, { width: style.width }), ...why];
}

export function networkRows(networks: readonly NetworkSeen[]): Row[] {
  return networks.map((seen) => [
    ...['network', seen.network, seen.networkSystem, seen.fabric, seen.trust, seen.why],
    ...[seen.endpoints, seen.zones, seen.ours, seen.used, seen.observedAtMs],
  ]);
}
