/** The checks of an audit that look at one device, as one list. Pure. */

import type { AuditFinding } from '../../model/audit.ts';
import type { SystemContext } from '../drift-context.ts';
import { foreignObjects } from './foreign.ts';
import { duplicateInitiators, exportsWithoutLiveInitiator, openMasks } from './masks.ts';
import { unexportedVolumes } from './volumes.ts';

const CHECKS = [
  openMasks,
  duplicateInitiators,
  exportsWithoutLiveInitiator,
  unexportedVolumes,
  foreignObjects,
] as const;

/** Nothing of a device that wasn't read whole: what isn't seen there may well be. */
export function deviceFindings(context: SystemContext): AuditFinding[] {
  if (context.observation.trust.level !== 'whole') return [];
  return CHECKS.flatMap((check) => check(context));
}
