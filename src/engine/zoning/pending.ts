/** What an activation would put into effect beside our own zones: edits that were saved and not enabled, as they are saved. */
import type { PendingZone, ZoneMember, ZoneObservation, ZoningObservation } from '../driver/network-contract.ts';
import { isSavedAs, sameMembers } from './device-form.ts';
import { type FabricIndex, fabricIndex, resolvedMembers } from './fabric-index.ts';
import { recordedIndex } from './recorded-index.ts';
import type { ZoningContext } from './types.ts';

/** `saved`: its members, aliases resolved; absent where it goes out of effect. */
export interface PendingEdit extends PendingZone {
  readonly saved?: readonly ZoneMember[];
}

export interface PendingEdits {
  readonly listed: readonly PendingEdit[];
  /** That the switch counts and didn't name. */
  readonly unlisted: number;
}

type Zoning = Pick<ZoningObservation, 'effectiveConfiguration' | 'pending' | 'pendingCount'>;

export const isNothingInEffect = ({ effectiveConfiguration }: Zoning): boolean => effectiveConfiguration === undefined;

/** While nothing is in effect it is the whole configuration that is activated; switches call none of that pending. */
export function pendingZones(
  zoning: Zoning,
  activated: string | undefined,
  zones: readonly ZoneObservation[],
): readonly PendingZone[] {
  if (!isNothingInEffect(zoning)) return zoning.pending;
  return zones
    .filter(({ defined, configurations }) => defined !== undefined && configurations.includes(activated ?? ''))
    .map(({ name }): PendingZone => ({ name, change: 'add' }));
}

/** `zones`: at least those that are pending. */
export function withSaved(
  pending: readonly PendingZone[],
  zones: ReadonlyMap<string, ZoneObservation>,
  index: Pick<FabricIndex, 'aliases'>,
): readonly PendingEdit[] {
  return pending.map(({ name, change }) => {
    const defined = change === 'remove' ? undefined : zones.get(name)?.defined;
    return { name, change, ...(defined ? { saved: resolvedMembers(index, defined) } : {}) };
  });
}

export function pendingEdits({ configuration, seen }: ZoningContext): PendingEdits {
  const { zoning, zones } = seen;
  if (!zoning) return { listed: [], unlisted: 0 };
  const index = fabricIndex(seen);
  const listed = pendingZones(zoning, configuration ?? zoning.effectiveConfiguration, zones);
  const unlisted = isNothingInEffect(zoning) ? 0 : zoning.pendingCount - zoning.pending.length;
  return { listed: withSaved(listed, index.zones, index), unlisted };
}

/** An activation would make of it what is recorded. */
export function isAsRecorded(context: ZoningContext, name: string): boolean {
  const zone = recordedIndex(context).ours.get(name);
  const index = fabricIndex(context.seen);
  const found = index.zones.get(name);
  return zone !== undefined && found?.defined !== undefined && isSavedAs(index, zone, found.defined);
}

/** Of a zone that is recorded as ours, somebody saved something else: what goes through it would be gone, reviewed or not. */
export const isEditOfOurs = (context: ZoningContext, name: string): boolean =>
  recordedIndex(context).ours.has(name) && !isAsRecorded(context, name);

/** Those that may go into effect with a plan: ours as they are recorded, and those of others that were reviewed. */
export function mayGoLive(context: ZoningContext, activatePending: boolean): readonly PendingEdit[] {
  return pendingEdits(context).listed.filter(
    ({ name }) => isAsRecorded(context, name) || (activatePending && !isEditOfOurs(context, name)),
  );
}

export const sameEdit = (a: PendingEdit, b: PendingEdit): boolean =>
  a.name === b.name && a.change === b.change && sameMembers(a.saved, b.saved);
