import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { planJsonSchema } from '../../../src/engine/config/json-schema.ts';
import { COLLECTIONS } from '../../../src/engine/config/schema/document.ts';

const golden = fileURLToPath(new URL('../../../docs/plan.schema.json', import.meta.url));

interface Form {
  readonly properties: Record<string, { additionalProperties: { anyOf: { properties: Record<string, unknown> }[] } }>;
}

describe('the JSON Schema for editors', () => {
  const schema = planJsonSchema() as { oneOf: [Form, Form] };

  it('is the one that was reviewed', () => {
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, `${JSON.stringify(schema, null, 2)}\n`);
    expect(JSON.parse(readFileSync(golden, 'utf8'))).toEqual(schema);
  });

  it('knows every map of resources in its own kind of document only', () => {
    for (const { key, declaredIn } of COLLECTIONS) {
      const [infrastructure, stack] = schema.oneOf;
      expect(Object.hasOwn(infrastructure.properties, key)).toBe(declaredIn === 'infrastructure');
      expect(Object.hasOwn(stack.properties, key)).toBe(declaredIn === 'stack');
    }
  });

  it('has sizes and references as text', () => {
    const fields = schema.oneOf[1].properties.volumes?.additionalProperties.anyOf[0]?.properties;
    expect(fields).toMatchObject({ size: { type: 'string' }, virtualPool: { type: 'string' } });
  });
});
