/**
 * "Did you mean" for what people type at `coprhd sim fault` and `coprhd sim edit`: words of the schemas, and names of what
 * is in the data centre. Only looked for when something was wrong already.
 */
import { DriverError, nearest } from 'coprhd/driver';
import { z } from 'zod';

/** What is wrong with the input, as `invalid`, with the nearest right word where there is one. */
export function refuseInput(
  schema: z.ZodType,
  input: unknown,
  what: string,
  issues: readonly z.core.$ZodIssue[],
): never {
  const problems = issues.map(({ path, message }) => `${[what, ...path.map(String)].join('.')}: ${message}`);
  const near = issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => nearest(key, keysOf(schema, input)));
    const written = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], input);
    return typeof written === 'string' ? [nearest(written, valuesOf(issue))] : [];
  });
  const found = near.filter((word) => word !== undefined);
  throw new DriverError({
    class: 'invalid',
    message: problems.join('; '),
    ...(found.length === 0 ? {} : { hint: didYouMean(found) }),
  });
}

export const didYouMean = (names: readonly string[]): string => `did you mean ${names.join(', ')}?`;

function valuesOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  return issue.code === 'invalid_union' ? issue.errors.flatMap((errors) => errors.flatMap(valuesOf)) : [];
}

/** Of an object, or of that option of a union of objects that the input means. */
function keysOf(schema: z.ZodType, input: unknown): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return [];
  const by = schema.def.discriminator;
  const options = schema.options as readonly z.ZodObject[];
  const meant = options.find(
    ({ shape }) => (shape[by] as z.ZodType).safeParse((input as Record<string, unknown>)[by]).success,
  );
  return Object.keys(meant?.shape ?? {});
}

/** Runs it; what is not found gets the nearest of the names that there are, and at least a way to see them. */
export async function withNames<T>(
  typed: readonly string[],
  names: () => Promise<readonly string[]>,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof DriverError) || error.class !== 'not-found') throw error;
    const there = await names().catch((): readonly string[] => []);
    const found = typed.flatMap((word) => (there.includes(word) ? [] : (nearest(word, there) ?? [])));
    if (found.length === 0 && (error.hint !== undefined || there.length === 0)) throw error;
    const { message, holders } = error;
    const hint = found.length === 0 ? 'see what there is: coprhd sim show' : didYouMean(found);
    throw new DriverError({ class: 'not-found', message, hint, holders });
  }
}
