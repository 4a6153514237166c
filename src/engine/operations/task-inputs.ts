/** Schemas of the inputs of the operations on tasks, claims, freeze and history, and the right each needs (inputs.ts). */
import { z } from 'zod';
import { DIAGNOSTIC_CODES, type DiagnosticCode } from '../../lib/diagnostic-codes.ts';
import { LIMITS } from '../../lib/limits.ts';
import { KIND_NAMES, type KindName } from '../model/kinds.ts';
import { isUrn, type Urn } from '../model/urn.ts';

/** An id, the beginning of one, or an address. */
const name = z.string().min(1).max(1_024);
const none = z.strictObject({});
const task = z.strictObject({ task: name });
const limit = z.int().min(1).max(LIMITS.rangePageMax).optional();

export const TASK_INPUTS = {
  'task.list': {
    right: 'read',
    schema: z.strictObject({
      workflow: name.optional(),
      states: z
        .array(z.enum(['queued', 'pending', 'ready', 'error', 'suspended_no_error', 'suspended_error']))
        .min(1)
        .optional(),
      limit,
    }),
  },
  'task.show': { right: 'read', schema: task },
  'task.watch': { right: 'read', schema: task },
  'task.follow': { right: 'read', schema: none },
  'task.suspend': { right: 'provision', schema: task },
  'task.cancel': { right: 'provision', schema: task },
  'task.resume': { right: 'provision', schema: task },
  'task.rollback': { right: 'provision', schema: task.extend({ preview: z.boolean() }) },
  'task.settle': {
    right: 'provision',
    schema: z.strictObject({
      name,
      resources: z
        .array(
          z.strictObject({
            kind: z.enum(KIND_NAMES as [KindName, ...KindName[]]),
            name,
            urn: z.custom<Urn>((text) => typeof text === 'string' && isUrn(text)).optional(),
            address: name.optional(),
          }),
        )
        .min(1)
        .max(LIMITS.bulkMax),
      problem: z
        .strictObject({
          code: z.enum(Object.keys(DIAGNOSTIC_CODES) as [DiagnosticCode, ...DiagnosticCode[]]),
          details: z.string().max(4_096),
        })
        .optional(),
    }),
  },
  resolve: {
    right: 'administer',
    schema: z.strictObject({ address: name, as: z.enum(['done', 'absent', 'foreign']) }),
  },
  'claim.list': { right: 'read', schema: none },
  'claim.show': { right: 'read', schema: z.strictObject({ address: name }) },
  'claim.break': { right: 'administer', schema: z.strictObject({ workflow: name, force: z.boolean() }) },
  history: { right: 'read', schema: z.strictObject({ workflow: name.optional(), limit }) },
  freeze: { right: 'administer', schema: z.strictObject({ why: z.string().max(1_024) }) },
  thaw: { right: 'administer', schema: none },
} as const;
