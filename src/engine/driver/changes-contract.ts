/**
 * The part of the driver contract about changes: what a device tells of what happened on it since it was read last. Optional,
 * and declared: `changes` in the manifest's capabilities. Doctrine: a change that isn't told is worse than a whole read, so a
 * device that isn't sure says `whole`. Never trusted for an absence of what is recorded, nor for longer than a day.
 */
import type { CallContext, MaskObservation, VolumeObservation } from './contract.ts';

export interface SectionObjects {
  readonly volumes: VolumeObservation;
  readonly masks: MaskObservation;
}

/** Collections whose changes can be told. Pools and ports are few, and always listed. */
export type ChangeSection = keyof SectionObjects;

/** Between two moments: an object is in one of the two lists at most. */
export interface SectionChanges<T> {
  /** As they are now, whole objects, new ones too; telling one that is the same as before does no harm. */
  readonly changed: readonly T[];
  /** Native ids that were there at some time since and aren't now. */
  readonly removed: readonly string[];
}

export interface DeviceChanges {
  readonly kind: 'changes';
  /** Exactly the declared sections. */
  readonly sections: { readonly [S in ChangeSection]?: SectionChanges<SectionObjects[S]> };
  /** What all of this, put on what the asked token was current at, is current at. */
  readonly token: string;
  /** There is more since: ask again with `token`. */
  readonly more: boolean;
}

/** Nothing can be told: the token is unknown, too old, of another device, or the device restarted. Never an error. */
export interface ReadWhole {
  readonly kind: 'whole';
  /** For people. */
  readonly why: string;
  /**
   * A whole read that begins after this answer is current at it, whatever happens during that read: it will be told again.
   * Left out: the device can't tell changes at the moment.
   */
  readonly token?: string;
}

export type ChangesAnswer = DeviceChanges | ReadWhole;

export interface ChangesCapability {
  /** Sections that it tells the changes of; what depends on anything that the device doesn't notice is not among them. */
  readonly sections: readonly ChangeSection[];
  /** Rises when the driver shows anything of an object otherwise than before: what was kept then doesn't count any more. */
  readonly version: number;
  /**
   * Since the moment of the token; without one it answers `whole` with the token of now. Tokens are opaque, bound to this
   * device and to what it remembers, and stay good for every session. Changes nothing on the device.
   */
  changesSince(ctx: CallContext, token?: string): Promise<ChangesAnswer>;
}
