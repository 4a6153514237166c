/** A delta that was found safe, as the edits that do it. */
import type { PendingZone } from 'coprhd/driver';
import type { KnownQuestion } from '../cli/dialog.ts';
import type { Edit, Own } from '../model/edits.ts';
import { aliasNames, type Work, zoneNames } from '../model/work.ts';
import { differing, type Full, pendingOf } from '../model/zoning.ts';
import type { ZoningRead } from '../zoning.ts';
import type { Operation } from './outcome.ts';

export interface PlannedChange {
  readonly vsan: number;
  readonly work: Work;
  readonly before: ZoningRead;
  /** How long it took to find the VSAN and to read that. */
  readonly readMs: number;
  /** The full database with the delta done. */
  readonly target: Full;
  readonly edits: readonly Edit[];
  readonly activate: boolean;
  /** What an activation may ask, with the answers. */
  readonly known: readonly KnownQuestion[];
}

export const ownOf = (work: Work): Own => ({
  zones: new Set(zoneNames(work)),
  aliases: new Set(aliasNames(work)),
});

/**
 * Names of ours that are other than before. What others edited meanwhile is theirs, and isn't named; nor is our zoneset where
 * it may be their zones that make it another.
 */
export function leftOf({ before, work }: PlannedChange, after: ZoningRead): string[] {
  const own = ownOf(work);
  const isOwn = (name: string) => own.zones.has(name) || own.aliases.has(name) || name === work.configuration;
  const changed = differing(before.zoning, after.zoning);
  const areOursAlone = changed.every(isOwn);
  return changed.filter((name) => isOwn(name) && (areOursAlone || name !== work.configuration));
}

export const operationOf = (change: PlannedChange): Operation => ({
  vsan: change.vsan,
  lastBefore: change.before.status.last,
  isAchieved: (read) => isAchieved(change, read),
});

/** Saved, and in effect where it should be; everything else as it was. */
function isAchieved({ target, activate, work, before }: PlannedChange, { zoning }: ZoningRead): boolean {
  const { active } = activate ? zoning : before.zoning;
  if (differing({ full: target, ...(active ? { active } : {}) }, zoning).length > 0) return false;
  if (!activate) return true;
  // What was shown as pending of others before and still is, is shown otherwise when it is in effect.
  const known = new Set(pendingOf(before.zoning, work.configuration).map(({ name }) => name));
  const own = ownOf(work).zones;
  const isNew = ({ name }: PendingZone) => own.has(name) || !known.has(name);
  return active?.name === work.configuration && !pendingOf(zoning).some(isNew);
}

/**
 * Zones without members are left out by an activation, and the switch asks about them. There are none of ours: so yes where
 * the full database has some of others, and no where it should have none.
 */
export function knownQuestions({ zones, zonesets }: Full, zoneset: string): KnownQuestion[] {
  const hasEmpty = [...(zonesets.get(zoneset) ?? [])].some((name) => zones.get(name)?.members.length === 0);
  return hasEmpty ? [{ asks: /do not have members[\s\S]*continue\?/i, answer: 'y' }] : [];
}
