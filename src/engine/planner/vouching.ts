/** Who vouches for hosts that lose something: that they don't use it, and have no device left for LUN numbers that are freed. */
import type { Status } from '../model/record.ts';
import type { Draft } from './draft.ts';
import type { ExportWork } from './export-work.ts';
import type { MaskContext } from './masks.ts';

export const vouchesFor = ({ input }: Draft): string | undefined => input.attestOffline ?? input.attestUnexports;

/** Facts for people, of what takes something from hosts. */
export function attestedBy(draft: Draft, { removes, ensures }: Pick<ExportWork, 'removes' | 'ensures'>) {
  const who = vouchesFor(draft);
  return who !== undefined && (removes.length > 0 || [...ensures].some(losesSomebody)) ? { attestedBy: who } : {};
}

export const losesSomebody = ({ observed, initiators }: MaskContext): boolean =>
  (observed?.initiators ?? []).some((name) => !initiators.includes(name));

/** Nobody else gets the number for a while, unless somebody says that no host has a device for it any more. */
export const freedNow = ({ input: { nowMs, attestUnexports } }: Draft): Pick<Status, 'freedAtMs' | 'freedBy'> => ({
  freedAtMs: nowMs,
  ...(attestUnexports === undefined ? {} : { freedBy: attestUnexports }),
});
