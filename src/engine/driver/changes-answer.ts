/**
 * What an answer about changes must look like. Drivers are other people's too, and what is merged from it is planned by: an
 * answer that isn't one leads to a whole read. The engine and the conformance cases check with the same schema.
 */
import { z } from 'zod';
import type { ChangeSection, ChangesAnswer } from './changes-contract.ts';

const word = z.string().min(1).max(1_024);
const token = z.string().min(1).max(512);
const mark = z.looseObject({ installation: z.string(), urn: z.string(), nativeIdentity: z.string(), epoch: z.int() });

/** Fields that this version doesn't know pass: a list has them as well. */
const volume = z.looseObject({
  nativeId: word,
  name: z.string(),
  pool: z.string(),
  sizeBytes: z.int().nonnegative(),
  allocatedBytes: z.int().nonnegative(),
  provisioning: z.enum(['thin', 'thick']),
  wwn: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
  mark: mark.optional(),
  zeroed: z.boolean(),
  quarantined: z.boolean(),
  mappedBy: z.array(word),
});

const mask = z.looseObject({
  nativeId: word,
  name: z.string(),
  mark: mark.optional(),
  initiators: z.array(z.string()),
  ports: z.array(z.string()),
  mappings: z.array(z.looseObject({ hlu: z.int().nonnegative(), volume: word })),
  loggedIn: z.array(z.string()),
});

const changesOf = (object: z.ZodType<{ readonly nativeId: string }>) =>
  z
    .object({ changed: z.array(object), removed: z.array(word) })
    .refine(
      ({ changed, removed }) =>
        new Set([...changed.map(({ nativeId }) => nativeId), ...removed]).size === changed.length + removed.length,
      'an object is in it twice',
    );

const SECTIONS = { volumes: changesOf(volume), masks: changesOf(mask) } as const;

/** `sections` are those that the driver declares: an answer has exactly these. */
export function changesAnswerSchema(sections: readonly ChangeSection[]): z.ZodType<ChangesAnswer> {
  const declared = Object.fromEntries(sections.map((section) => [section, SECTIONS[section]]));
  return z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('changes'), sections: z.strictObject(declared), token, more: z.boolean() }),
    z.object({ kind: z.literal('whole'), why: z.string(), token: token.optional() }),
  ]) as unknown as z.ZodType<ChangesAnswer>;
}
