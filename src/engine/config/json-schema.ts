/**
 * JSON Schema of plan files for editors, from the same schemas that the loader checks with. Sizes and references are
 * text; where a file may have a placeholder instead of a number or a fixed word, the schema allows it.
 */
import { z } from 'zod';
import {
  collectionsOf,
  DOCUMENT_TYPES,
  type DocumentType,
  HEADER_SCHEMAS,
  RESOURCE_SCHEMAS,
  VARIABLE_NAME_PATTERN,
  variableSchema,
} from './schema/document.ts';
import { NAME_OR_RANGE_JSON_PATTERN } from './schema/leaves.ts';
import { existingSchema } from './schema/resource.ts';

type Json = Record<string, unknown>;

const PLACEHOLDER = { type: 'string', pattern: String.raw`^\$\{[^{}]+\}$` };

/** Draft 2020-12; one plan document (an editor checks each document of a file on its own). */
export function planJsonSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'coprhd plan file',
    oneOf: DOCUMENT_TYPES.map((type) => documentSchema(type)),
  };
}

function documentSchema(type: DocumentType): Json {
  const header = toJson(HEADER_SCHEMAS[type]);
  const maps = collectionsOf(type).map(({ key, kind }): [string, Json] => {
    const { body, mayBeEmpty } = RESOURCE_SCHEMAS[kind];
    const forms = [toJson(body), toJson(existingSchema), ...(mayBeEmpty ? [{ type: 'null' }] : [])];
    const propertyNames = { pattern: NAME_OR_RANGE_JSON_PATTERN };
    return [key, { type: 'object', propertyNames, additionalProperties: { anyOf: forms } }];
  });
  const variables = {
    type: 'object',
    propertyNames: { pattern: VARIABLE_NAME_PATTERN.source },
    additionalProperties: { anyOf: [toJson(variableSchema, () => {}), { type: 'null' }] },
  };
  const outputs = {
    type: 'object',
    propertyNames: { pattern: VARIABLE_NAME_PATTERN.source },
    additionalProperties: { description: 'A value, or { value, description }; it may hold ${volume.NAME.wwn}.' },
  };
  const properties = { ...(header.properties as Json), variables, outputs, ...Object.fromEntries(maps) };
  // A document's kind is what tells the two forms apart, so it is never a placeholder.
  return { ...header, title: `kind: ${type}`, properties: { ...properties, kind: { const: type } } };
}

function toJson(schema: z.ZodType, change: (json: Json) => void = allowPlaceholder): Json {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => change(jsonSchema as Json),
  });
  const { $schema: _draft, ...rest } = json as Json;
  return rest;
}

/** A number, a switch or one of fixed words may come from a variable. */
function allowPlaceholder(schema: Json): void {
  const fixed = 'enum' in schema || 'const' in schema || ['integer', 'number', 'boolean'].includes(String(schema.type));
  if (!fixed) return;
  const { description, default: standard, ...form } = schema;
  if (form.maximum === Number.MAX_SAFE_INTEGER) delete form.maximum;
  for (const key of Object.keys(schema)) delete schema[key];
  Object.assign(schema, { anyOf: [form, PLACEHOLDER] });
  if (description !== undefined) schema.description = description;
  if (standard !== undefined) schema.default = standard;
}
