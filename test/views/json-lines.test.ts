/** The schema of JSON lines, as it is published. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { streamResult, streamStart } from '../../src/views/json.ts';
import { jsonLineSchema, jsonLinesSchema, resultLine, startLine } from '../../src/views/json-lines.ts';
import { APPLIED, APPLIED_PARTLY } from './fixtures/results.ts';
import { FAILED_TASK, PREVIEW, RESUMED } from './fixtures/tasks.ts';

const file = fileURLToPath(new URL('../../docs/json-lines.schema.json', import.meta.url));

it('is in docs/ as JSON Schema', () => {
  const schema = jsonLinesSchema();
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, `${JSON.stringify(schema, undefined, 2)}\n`);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
});

it('takes the first and the last line', () => {
  startLine.parse(streamStart('apply'));
  for (const result of [APPLIED, APPLIED_PARTLY, { ...APPLIED_PARTLY, waitsFor: 'decision' }, RESUMED, PREVIEW]) {
    resultLine.parse(JSON.parse(JSON.stringify(streamResult(result))));
  }
});

it('takes a task that has changed', () => {
  jsonLineSchema.parse({ type: 'task.changed', seq: 1, atMs: 1, task: FAILED_TASK });
});

it.each([
  {},
  { type: 'unit.started' },
  { type: 'no.such.event', seq: 1, atMs: 1 },
  { type: 'unit.started', seq: 0, atMs: 1, unit: 'u', address: 'a', action: 'create' },
  { type: 'unit.started', seq: 1, atMs: 1, unit: 'u', address: 'a', action: 'create', more: 1 },
  { type: 'result', schemaVersion: 2, outcome: 'ok', diagnostics: [] },
  { type: 'result', schemaVersion: 1, outcome: 'fine', diagnostics: [] },
])('refuses %j', (line) => {
  expect(jsonLineSchema.safeParse(line).success).toBe(false);
});
