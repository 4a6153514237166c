/** Device errors: one class of a closed set. The retry rule follows from the class; nobody matches message text. */

export type DriverErrorClass =
  /** Nothing happened; the same call may work a moment later (connection refused, device restarting). */
  | 'transient'
  /** Nothing happened; the device asks to wait. */
  | 'busy'
  /** Something with that name or number is there and differs from what was asked. */
  | 'conflict'
  | 'exists'
  | 'not-found'
  | 'auth'
  /** The device will never accept this request. */
  | 'invalid'
  | 'unsupported'
  | 'capacity'
  /** The call may or may not have taken effect: probe, never repeat blindly. Also every surprise in parsing. */
  | 'ambiguous';

export interface DriverErrorFields {
  readonly class: DriverErrorClass;
  readonly message: string;
  /** What to do about it, for people. */
  readonly hint?: string;
  /** Who holds the object, when it is refused for that. */
  readonly holders?: readonly string[];
  /** What was said to and by the device, secrets removed, bounded. */
  readonly transcript?: string;
}

export class DriverError extends Error {
  override name = 'DriverError';
  readonly class: DriverErrorClass;
  readonly hint: string | undefined;
  readonly holders: readonly string[];
  readonly transcript: string | undefined;
  constructor(fields: DriverErrorFields, cause?: unknown) {
    super(fields.message, { cause });
    this.class = fields.class;
    this.hint = fields.hint;
    this.holders = fields.holders ?? [];
    this.transcript = fields.transcript;
  }
}

/** Classes of which it is certain that nothing was changed. */
export const CERTAINLY_NOT_DONE: ReadonlySet<DriverErrorClass> = new Set([
  'transient',
  'busy',
  'conflict',
  'exists',
  'not-found',
  'auth',
  'invalid',
  'unsupported',
  'capacity',
]);
