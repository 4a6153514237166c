/**
 * The storage system whose ports are idle. Where nothing is measured it counts as half busy, as in CoprHD: a system must
 * not win because nobody looks.
 */
import { formatPercent } from '../../model/size.ts';
import type { Scorer } from '../filter.ts';

const UNKNOWN_BUSY_PERCENT = 50;

export const portLoadScorer: Scorer = {
  name: 'port-load',
  weight: 1,
  ofSystem: true,
  raw: ({ candidate: { portBusyPercent = UNKNOWN_BUSY_PERCENT } }) =>
    1 - Math.min(100, Math.max(0, portBusyPercent)) / 100,
  tell: ({ candidate: { portBusyPercent } }) =>
    portBusyPercent === undefined
      ? `not measured, counts as ${UNKNOWN_BUSY_PERCENT} % busy`
      : `ports ${formatPercent(portBusyPercent / 100)} busy`,
};
