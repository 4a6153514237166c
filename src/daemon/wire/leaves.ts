/**
 * Leaves of request bodies, as lenient as CoprHD's clients need them: numbers and booleans may be text; a list of
 * one element may come alone, and inside its wrapper, as XML has it.
 */
import { z } from 'zod';
import { WRAPPED } from './xml.ts';

export const text = z.string();
export const urn = z.string().meta({ description: 'urn:storageos:CLASS:UUID:vdc1' });

export const flag = z
  .preprocess((value) => {
    if (typeof value !== 'string') return value;
    const lower = value.trim().toLowerCase();
    return lower === 'true' ? true : lower === 'false' ? false : value;
  }, z.boolean())
  .meta({ type: 'boolean' });

export const whole = z
  .preprocess(
    (value) => (typeof value === 'string' && /^[+-]?\d+$/.test(value.trim()) ? Number(value) : value),
    z.int(),
  )
  .meta({ type: 'integer' });

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
  // Not CoprHD's own, but what some of its clients send.
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
};

/** Bytes as a number, or a number with TB, GB, MB or B, all binary. */
export const size = z
  .preprocess((value) => {
    if (typeof value !== 'string') return value;
    const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(value);
    const factor = match && UNITS[match[2]!.toUpperCase()];
    return factor ? Math.round(Number(match[1]) * factor) : value;
  }, z.int('not a size: write bytes, or a number with MB, GB or TB').positive())
  .meta({ type: ['string', 'integer'], description: 'Bytes, or a number with MB, GB or TB (binary).' });

/** `key`: its JSON key. */
export const list = <T extends z.ZodType>(key: string, item: T) =>
  z
    .preprocess((value) => {
      if (value === undefined || Array.isArray(value)) return value;
      const wrapped = WRAPPED[key];
      const inside =
        wrapped !== undefined && typeof value === 'object' && value !== null && wrapped in value
          ? (value as Record<string, unknown>)[wrapped]
          : value;
      return Array.isArray(inside) ? inside : inside === undefined ? [] : [inside];
    }, z.array(item))
    .meta({ type: 'array', items: shapeOf(item) });

/** JSON Schema of what is written. What only the parser knows is anything. */
export function shapeOf(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const { $schema: _, ...shape } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return shape;
}

/** In the whole of CoprHD's answers: gibibytes with two decimals, as text. */
export const gigabytes = (bytes: number): string => (bytes / 1024 ** 3).toFixed(2);
