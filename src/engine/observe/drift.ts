/**
 * Drift: the difference between what is recorded and what devices show, as items for people. Pure. Presence is always
 * reported; absence of whole objects only from an observation that is whole (how far each system could be read is said
 * beside the items, not among them). What is changing under an open workflow right now is left out.
 */
import { compareText } from '../../lib/compare-text.ts';
import { type DriftRequest, systemContexts } from './drift-context.ts';
import { foreignItems } from './drift-foreign.ts';
import { maskItems } from './drift-masks.ts';
import { portItems } from './drift-ports.ts';
import { volumeItems, wwnHolders } from './drift-volumes.ts';
import type { DriftClass, DriftItem } from './observation.ts';

/** Worst first. */
const CLASS_ORDER: readonly DriftClass[] = ['missing', 'duplicate', 'managed', 'foreign', 'cosmetic'];

/** Items by system in the order given, then worst class first, then by address. One pass over the records. */
export function findDrift(request: DriftRequest): DriftItem[] {
  const contexts = systemContexts(request);
  const holders = wwnHolders(contexts);
  return contexts.flatMap((context) =>
    [...volumeItems(context, holders), ...maskItems(context), ...portItems(context), ...foreignItems(context)].sort(
      byImportance,
    ),
  );
}

/** Volumes of one system, for summaries. What isn't certainly ours counts as foreign. */
export interface VolumeCounts {
  readonly ours: number;
  readonly foreign: number;
}

/** By system name, for the systems that were observed. */
export function countVolumes(request: DriftRequest): ReadonlyMap<string, VolumeCounts> {
  return new Map(
    systemContexts(request).map((context) => {
      const { volumes } = context.observation;
      const ours = volumes.filter((volume) => context.ownershipOfVolume(volume).ownership === 'ours').length;
      return [context.name, { ours, foreign: volumes.length - ours }];
    }),
  );
}

function byImportance(a: DriftItem, b: DriftItem): number {
  return (
    CLASS_ORDER.indexOf(a.class) - CLASS_ORDER.indexOf(b.class) ||
    compareText(a.address, b.address) ||
    compareText(a.summary, b.summary)
  );
}
