/**
 * Answers of the REST interface, as far as they are used. One of a kind comes as an object, several as a list; what isn't there
 * is left out. Anything else than these shapes is a surprise, never an empty list.
 */
import { z } from 'zod';
import { Surprise } from '../surprise.ts';

const many = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]),
    z.array(item),
  );

/** A list that is all of an answer: without it, it is no answer. */
const listed = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(item));

const text = z.string().min(1);
const number = z.coerce.number().int().min(0);
/** `true`, 1, "1". */
const flag = z.union([z.boolean(), number.transform((value) => value !== 0)]);

const members = z.object({
  'entry-name': many(text),
  'principal-entry-name': many(text),
});
const noMembers = { 'entry-name': [], 'principal-entry-name': [] };

const zone = z.object({
  'zone-name': text,
  /** 0: standard; 1, 2: peer zones. */
  'zone-type': number.default(0),
  'member-entry': members.default(noMembers),
});
export type ZoneShape = z.infer<typeof zone>;

export const effectiveShape = z.object({
  'effective-configuration': z.object({
    'cfg-name': z.string().optional(),
    checksum: z.coerce.string().min(1),
    /** 0: no access; 1: all access. */
    'default-zone-access': number.optional(),
    'db-max': number,
    'db-committed': number,
    /** 0: none. */
    'transaction-token': number.optional(),
    'enabled-zone': many(zone),
  }),
});

export const definedShape = z.object({
  'defined-configuration': z.preprocess(
    // An empty container may come as null or as an empty text; one that isn't there at all is no answer.
    (value) => (value === null || value === '' ? {} : value),
    z.object({
      cfg: many(z.object({ 'cfg-name': text, 'member-zone': z.object({ 'zone-name': many(text) }).optional() })),
      zone: many(zone),
      alias: many(
        z.object({ 'alias-name': text, 'member-entry': z.object({ 'alias-entry-name': many(text) }).optional() }),
      ),
    }),
  ),
});

export const switchShape = z.object({
  'fibrechannel-switch': listed(
    z.object({
      name: text,
      'domain-id': number,
      'user-friendly-name': z.string().optional(),
      model: z.coerce.string().optional(),
      'firmware-version': text,
      principal: flag.optional(),
      'vf-id': number.optional(),
      'ag-mode': z.coerce.string().optional(),
    }),
  ),
});

export const fabricShape = z.object({
  'fabric-switch': listed(
    z.object({
      name: text,
      'domain-id': number,
      'switch-user-friendly-name': z.string().optional(),
      principal: flag,
    }),
  ),
});

export const nameServerShape = z.object({
  'fibrechannel-name-server': listed(
    z.object({
      'port-name': text,
      'node-name': z.string().optional(),
      /** `0x010600`. */
      'port-id': z.string().regex(/^(?:0x)?[0-9a-f]{6}$/i),
      'port-index': number.optional(),
      'port-symbolic-name': z.string().optional(),
    }),
  ),
});

/** `body`: what the switch answered to `what`. */
export function parsed<T>(what: string, body: string, shape: z.ZodType<T>): T {
  const response = z.object({ Response: shape }).safeParse(json(what, body));
  if (response.success) return response.data.Response;
  const [issue] = response.error.issues;
  throw new Surprise(what, body, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

function json(what: string, body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Surprise(what, body, body.split('\n', 1)[0]);
  }
}

const errors = z.object({
  errors: z.object({
    error: many(z.object({ 'error-message': z.string().optional(), 'error-tag': z.string().optional() })),
  }),
});

/** What the body of a refusal says, one reason a line; all of it when it isn't of the known shape. */
export function errorText(body: string): string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return body;
  }
  const found = errors.safeParse(value);
  if (!found.success) return body;
  const said = found.data.errors.error.map((one) => one['error-message'] ?? one['error-tag'] ?? '');
  return said.filter((line) => line !== '').join('\n') || body;
}
