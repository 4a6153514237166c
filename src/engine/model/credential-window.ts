/**
 * Two credentials for a while: after `device rotate` a device that refuses the new one is logged in to with the one before,
 * until the window ends by itself. Decided here for everybody: who logs in, who plans, who lists.
 */
import type { DeviceKind } from './device-kinds.ts';
import type { PreviousCredential, RecordedSpec } from './specs.ts';

type Spec = Pick<RecordedSpec<DeviceKind>, 'credential' | 'previousCredential'>;

/** Undefined when there is none, or it is over. */
export function openWindow({ previousCredential }: Spec, nowMs: number): PreviousCredential | undefined {
  return previousCredential && nowMs < previousCredential.untilMs ? previousCredential : undefined;
}

/**
 * What a device is logged in to with when a plan file declares `declared`. A reference that the last rotation moved away
 * from is not gone back to: whoever rotated said so later than the file did.
 */
export function credentialToUse(declared: string | undefined, recorded: Spec | undefined): string | undefined {
  return isRotatedAway(declared, recorded) ? recorded?.credential : declared;
}

export function isRotatedAway(declared: string | undefined, recorded: Spec | undefined): boolean {
  return declared !== undefined && declared === recorded?.previousCredential?.credential;
}

/** The spec as far as its references to secrets are in use: without a window that is over. */
export function inUse<S extends Spec>(spec: S, nowMs: number): S {
  return openWindow(spec, nowMs) ? spec : { ...spec, previousCredential: undefined };
}
