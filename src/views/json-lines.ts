/**
 * The JSON lines of commands that change something, as a schema: what a reader may rely on (docs/json-output.md). Lines
 * and members are only ever added under one version; a reader skips what it doesn't know. Not loaded by any command.
 */
import { z } from 'zod';
import type { EventBody } from '../engine/operations/types.ts';
import { EXIT_CODES } from './exit-code.ts';
import { JSON_SCHEMA_VERSION } from './json.ts';

const count = z.int().nonnegative();
const timeMs = z.number().nonnegative().describe('milliseconds since 1970, UTC');
const durationMs = z.number().nonnegative();
const text = z.string();

const diagnostic = z.strictObject({
  code: z.string().regex(/^COPRHD-[A-Z]+-\d{3}$/),
  severity: z.enum(['error', 'warning', 'info']),
  summary: text,
  detail: text.optional(),
  fix: text.optional(),
  span: z.strictObject({ file: text, line: count, column: count }).optional(),
  address: text.optional(),
});

const plan = z.looseObject({
  formatVersion: z.int(),
  id: text,
  createdAtMs: timeMs,
  expiresAtMs: timeMs,
  operation: text,
  stacks: z.array(text),
  changes: z.array(z.looseObject({ address: text, kind: text, urn: text, action: text, reason: text })),
  counts: z.looseObject({ create: count, update: count, remove: count, held: count, other: count, unchanged: count }),
  removals: z.looseObject({ volumes: count, bytes: count, addresses: z.array(text) }),
  deviceCalls: count,
  reversible: z.boolean(),
  partial: z
    .strictObject({
      targets: z.array(text),
      excludes: z.array(text),
      included: z.array(text),
      dependants: z.array(text),
      leftOut: count,
    })
    .optional(),
  units: z.array(z.looseObject({ id: text, address: text, dependsOn: z.array(text) })),
});

const task = z.looseObject({
  id: text,
  workflow: text,
  unit: text,
  name: text,
  resource: z.looseObject({ urn: text, kind: text, name: text, address: text }),
  state: z.enum(['queued', 'pending', 'ready', 'error', 'suspended_no_error', 'suspended_error']),
  progress: z.int().min(0).max(100),
  message: text,
  startedAtMs: timeMs,
  endedAtMs: timeMs.optional(),
  allowedOperations: text,
});

const unitState = z.enum(['done', 'prepared', 'undone', 'failed', 'unknown', 'not-started']);
const where = { unit: text, step: text };

/** By type; the compiler sees to it that no event is forgotten. */
const EVENTS = {
  'observe.started': { system: text },
  'observe.finished': { system: text, trust: text, durationMs },
  'recovery.started': { workflow: text, holder: text },
  'recovery.step': { workflow: text, ...where, verdict: text },
  'plan.made': { plan },
  'claim.waiting': { address: text, holder: text },
  'workflow.committed': { workflow: text, createdAtMs: timeMs.optional(), units: count, steps: count },
  'unit.started': { unit: text, address: text, action: text },
  'unit.finished': { unit: text, address: text, state: unitState, durationMs, error: text.optional() },
  'step.started': { ...where, system: text, summary: text },
  'step.progress': { ...where, done: z.number(), total: z.number() },
  'step.retry': { ...where, error: text, attempt: count, delayMs: durationMs },
  'step.paused': { ...where, what: z.enum(['io', 'host']), name: text, durationMs },
  'step.finished': { ...where, durationMs },
  'task.changed': { task },
  diagnostic: { diagnostic },
} as const satisfies Record<EventBody['type'], z.core.$ZodLooseShape>;

const events = Object.entries(EVENTS).map(([type, shape]) =>
  z.strictObject({ type: z.literal(type), seq: z.int().positive(), atMs: timeMs, ...shape }),
);

const inFlight = z.strictObject({ address: text, system: text, summary: text, sinceMs: timeMs });

const schemaVersion = z.literal(JSON_SCHEMA_VERSION);

/** The first line. */
export const startLine = z.strictObject({ schemaVersion, type: z.literal('start'), command: text });

/** The last line, but of a process that was stopped by a second interrupt. */
export const resultLine = z.looseObject({
  type: z.literal('result'),
  schemaVersion,
  outcome: z.enum(Object.keys(EXIT_CODES) as [keyof typeof EXIT_CODES]),
  diagnostics: z.array(diagnostic),
  /** What somebody has gone on with is told in full. */
  workflow: z.union([text, z.looseObject({ workflow: text, result: text })]).optional(),
  tasks: z.array(task).optional(),
  plan: plan.optional(),
  units: z
    .array(z.strictObject({ id: text, address: text, action: text, state: unitState, error: text.optional() }))
    .optional(),
  counts: z
    .strictObject({ done: count, prepared: count, undone: count, failed: count, unknown: count, 'not-started': count })
    .optional(),
  elapsedMs: durationMs.optional(),
  waitsFor: z.enum(['decision', 'thaw']).optional(),
});

/** Any line. */
export const jsonLineSchema = z.union([
  startLine,
  resultLine,
  z.strictObject({ type: z.literal('plan'), plan }),
  z.strictObject({ type: z.literal('yaml'), yaml: text }),
  z.strictObject({
    type: z.literal('interrupt'),
    atMs: timeMs,
    count: z.int().positive(),
    inFlight: z.array(inFlight),
  }),
  ...events,
]);

/** Draft 2020-12, for readers that aren't written in TypeScript. */
export function jsonLinesSchema(): object {
  return { title: 'a line of coprhd --json', ...z.toJSONSchema(jsonLineSchema, { io: 'output' }) };
}
