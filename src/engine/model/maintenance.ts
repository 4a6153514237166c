/**
 * Maintenance of a device: while it is on nothing new is begun there. It is over when somebody ends it, or by itself
 * at its time: what is recorded is only looked at with a clock.
 */
import { isoTime } from '../../lib/clock.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { DeviceRecord } from './device-kinds.ts';
import type { Maintenance } from './specs.ts';

/** Undefined when there is none, or it is over. */
export function maintenanceOf({ spec: { maintenance } }: DeviceRecord, nowMs: number): Maintenance | undefined {
  if (!maintenance) return undefined;
  return maintenance.untilMs === undefined || nowMs < maintenance.untilMs ? maintenance : undefined;
}

/** `since 2026-... until 2026-..., by ada: new firmware`. */
export function maintenanceWords({ by, sinceMs, untilMs, why }: Maintenance): string {
  const until = untilMs === undefined ? '' : ` until ${isoTime(untilMs)}`;
  return `since ${isoTime(sinceMs)}${until}, by ${by}${why === undefined ? '' : `: ${why}`}`;
}

export function maintenanceDiagnostic({ name }: DeviceRecord, maintenance: Maintenance): Diagnostic {
  return {
    code: 'COPRHD-HELD-016',
    severity: 'error',
    summary: `${name} is in maintenance ${maintenanceWords(maintenance)}`,
    detail: 'until it is over nothing new is begun on it; what was under way before goes on',
    fix: `wait, or when it is over: coprhd device maintenance ${name} --end`,
  };
}
