/** Assertions for programmer mistakes. They stay on in production; they are never used for input or device errors. */
export class AssertionError extends Error {
  override name = 'AssertionError';
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(`bug: ${message}`);
}

/** For the default branch of a closed union. */
export function unreachable(value: never, what: string): never {
  throw new AssertionError(`bug: unexpected ${what}: ${JSON.stringify(value)}`);
}
