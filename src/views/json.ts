/**
 * JSON output. A query is one document; a command that changes something is a stream of lines, of which the first carries
 * the schema version and the last is the result. Errors have the same envelope.
 */
export const JSON_SCHEMA_VERSION = 1;

/** One document: the result with the version in front. */
export function jsonDocument(result: object): string {
  return JSON.stringify({ schemaVersion: JSON_SCHEMA_VERSION, ...result }, undefined, 2);
}

export function jsonLine(line: object): string {
  return JSON.stringify(line);
}

export function streamStart(command: string): object {
  return { schemaVersion: JSON_SCHEMA_VERSION, type: 'start', command };
}

export function streamResult(result: object): object {
  return { type: 'result', schemaVersion: JSON_SCHEMA_VERSION, ...result };
}
