/**
 * A secret value. It can't be printed, serialised or inspected by accident: every way to text gives `[redacted]`.
 * Only the place that hands the secret to a device calls `reveal()`.
 */
import { inspect } from 'node:util';

export class Redacted {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '[redacted]';
  }
  toJSON(): string {
    return '[redacted]';
  }
  [inspect.custom](): string {
    return '[redacted]';
  }
}
