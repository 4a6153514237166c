/**
 * CoprHD's discovery status of pools and ports: what the last whole observation of a storage system did not report is
 * NOTVISIBLE, and is never deleted for that. Nothing new is put there; it is VISIBLE again when it is reported again.
 */
import { isoTime } from '../../lib/clock.ts';
import type { PoolAttributes, PortAttributes } from './specs.ts';

export type DiscoveryStatus = 'VISIBLE' | 'NOTVISIBLE';

type Seen = Pick<PoolAttributes | PortAttributes, 'notVisibleSinceMs'>;

export const discoveryStatus = ({ notVisibleSinceMs }: Seen): DiscoveryStatus =>
  notVisibleSinceMs === undefined ? 'VISIBLE' : 'NOTVISIBLE';

export const notVisibleWords = (sinceMs: number): string =>
  `NOTVISIBLE since ${isoTime(sinceMs)}: not reported any more`;

/** Since when stays through further observations that don't report it. */
export function notVisiblePool(known: PoolAttributes, nowMs: number): PoolAttributes {
  const notVisibleSinceMs = known.notVisibleSinceMs ?? nowMs;
  return { ...known, usable: false, unusableWhy: notVisibleWords(notVisibleSinceMs), notVisibleSinceMs };
}

export function notVisiblePort(known: PortAttributes, nowMs: number): PortAttributes {
  return { ...known, status: 'down', notVisibleSinceMs: known.notVisibleSinceMs ?? nowMs };
}
