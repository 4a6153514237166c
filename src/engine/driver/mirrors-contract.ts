/**
 * Continuous copies (mirrors) that a block array keeps by itself: a volume that follows another one, until it is split from it. Whose
 * the volumes are follows from their marks, as everywhere; that one follows the other is told by the volume that does.
 */
import type { CallContext, Expectation, JobHandle, JobProgress, VolumeObservation } from './contract.ts';

/** Of the volume that follows. */
export interface MirrorState {
  /** Native id of the volume that it follows. */
  readonly source: string;
  /**
   * `synchronizing`: on the way, nobody knows what it holds. `synchronized`: it holds what its source holds, whatever is written there.
   * `paused`: it stays as it was at the pause.
   */
  readonly state: 'synchronizing' | 'synchronized' | 'paused';
  /** 0 to 100, whole; below 100 it is neither one thing nor the other, also when paused. */
  readonly percent: number;
}

export interface MirrorPair {
  readonly source: Expectation;
  /** What follows. */
  readonly target: Expectation;
}

/**
 * All are the same however often they are called. Another's mark or identity, or a target that follows somebody else: `conflict`. A volume that
 * follows is written to by nobody but the device: it is not mapped, not copied onto, and no snapshot is taken of it (`conflict`). One that is followed
 * is not deleted, and does not grow beyond what follows it (`conflict`, naming those); a target may be larger, and may be deleted, which ends it.
 */
export interface MirrorsCapability {
  /**
   * From now on `target` follows `source`; what it held is overwritten, and its identity stays. Goes on where it was paused. Refused with
   * `conflict` when anything maps the target or it is followed itself, with `invalid` when it is smaller.
   */
  ensureMirror(ctx: CallContext, pair: MirrorPair): Promise<JobHandle>;
  /** `done` = synchronized; `lost` = it is paused, or follows no more. */
  pollMirror(ctx: CallContext, target: Expectation, handle: JobHandle): Promise<JobProgress>;
  /**
   * All of them stay as they are now, at one moment: what was written to one source after something was written to another is never in one without
   * it. All or none; what is paused already stays as it is. One that follows nobody: `conflict`. Answers in the order of the pairs.
   */
  pauseMirrors(ctx: CallContext, pairs: readonly MirrorPair[]): Promise<readonly VolumeObservation[]>;
  /** Follows again, and loses what it was at the pause. What follows nobody: `conflict`; that is how this differs from ensureMirror. */
  resumeMirror(ctx: CallContext, pair: MirrorPair): Promise<JobHandle>;
  /** It is a volume like any other from now on, with what it holds. Refused with `conflict` while it is not whole (`percent` below 100). Done already: no write. */
  splitMirror(ctx: CallContext, pair: MirrorPair): Promise<VolumeObservation>;
}
