/**
 * How a resource kind's schema is made: its own fields and those that every resource has, strict, turned into the desired
 * spec. `existing: true` is a form of its own.
 */
import { z } from 'zod';
import { kindEntry } from '../../model/kinds.ts';
import type { OnRemove } from '../../model/record.ts';
import type { Path } from '../complaints.ts';
import type { DeclarableKind, DesiredSpecs } from '../desired.ts';
import { type Listed, tags } from './leaves.ts';
import { salvage } from './salvage.ts';

/** `{ match: "data-*" }` in a list of references. */
export interface ListedMatch {
  readonly field: string;
  readonly pattern: string;
  /** Index at which it is written. */
  readonly from: number;
  /** How many names stand before it in the list. */
  readonly at: number;
  /** exports: the least HLU for what it stands for. */
  readonly hluFrom?: number;
}

/** `origins`: for lists that ranges made longer, the index at which each entry is written. */
export interface Built<K extends DeclarableKind> {
  readonly spec: DesiredSpecs[K];
  readonly origins?: Readonly<Record<string, readonly number[]>>;
  readonly matches?: readonly ListedMatch[];
}

export interface ResourceBody<K extends DeclarableKind> extends Built<K> {
  readonly movedFrom?: string;
  readonly protect?: boolean;
  readonly onRemove?: OnRemove;
  readonly tags?: readonly string[];
}

export interface ResourceSchema<K extends DeclarableKind> {
  /** Input: what is written. */
  readonly body: z.ZodType<ResourceBody<K>>;
  /** Nothing is required: an empty value is an empty map. */
  readonly mayBeEmpty: boolean;
  /** What of a body with complaints can still be checked against other resources. */
  readonly salvage: (value: Readonly<Record<string, unknown>>, unclear: readonly Path[]) => SalvagedBody<K>;
}

/** `unclear`: keys of which it isn't known what they shall be. */
export interface SalvagedBody<K extends DeclarableKind> {
  readonly body: ResourceBody<K>;
  readonly unclear: ReadonlySet<string>;
}

const forEach = z
  .union([z.array(z.union([z.string(), z.number()])), z.record(z.string(), z.unknown())])
  .meta({
    description:
      'One resource for each entry: a list of names, or a map. ${each.key} is in the name, ${each.value.x} in values.',
  })
  .optional();

const common = {
  /** Taken out before a body is checked (resources.ts); here for editors. */
  forEach,
  movedFrom: z.string().meta({ description: 'Address that this resource had before: volume.old.' }).optional(),
  protect: z.boolean().meta({ description: 'Refuse to remove it. Default: true for volumes, else false.' }).optional(),
  tags: tags.optional(),
};

export const onRemove = z.enum(['quarantine', 'retain', 'delete']);

const dataCommon = {
  ...common,
  onRemove: onRemove
    .meta({ description: 'What becomes of it when it is no longer declared. Default: quarantine.' })
    .optional(),
};

export const existingSchema = z.strictObject({
  existing: z.literal(true).meta({ description: 'It must be recorded already, and is never changed.' }),
  forEach,
  tags: tags.optional(),
});

type Fields<S extends z.core.$ZodLooseShape> = z.output<z.ZodObject<S>>;

/** Checks over several fields; they run whatever else is wrong, so they must stand any value. */
export type CrossCheck = (body: Readonly<Record<string, unknown>>, ctx: z.RefinementCtx) => void;

export function resource<K extends DeclarableKind, S extends z.core.$ZodLooseShape>(
  kind: K,
  shape: S,
  build: (fields: Fields<S>) => Built<K>,
  crossCheck: CrossCheck = () => {},
): ResourceSchema<K> {
  const whole: z.core.$ZodLooseShape = { ...shape, ...(kindEntry(kind).holdsData ? dataCommon : common) };
  const object = z.strictObject(whole);
  const body = object
    .superRefine((value, ctx) => crossCheck(value as Readonly<Record<string, unknown>>, ctx), { when: isMap })
    .transform((value) => toBody(value as Record<string, unknown>));
  const toBody = (value: Readonly<Record<string, unknown>>): ResourceBody<K> => {
    const { movedFrom, protect, onRemove, tags, ...fields } = value;
    const meta = Object.entries({ movedFrom, protect, onRemove, tags }).filter(([, field]) => field !== undefined);
    return { ...build(fields as Fields<S>), ...Object.fromEntries(meta) };
  };
  return {
    body,
    mayBeEmpty: object.safeParse({}).success,
    salvage: (value, unclear) => salvageBody(kind, whole, toBody, value, unclear),
  };
}

/** Field by field, so that one that is wrong hides none of the others. */
function salvageBody<K extends DeclarableKind>(
  kind: K,
  shape: z.core.$ZodLooseShape,
  toBody: (value: Readonly<Record<string, unknown>>) => ResourceBody<K>,
  written: Readonly<Record<string, unknown>>,
  unclear: readonly Path[],
): SalvagedBody<K> {
  const fields: Record<string, unknown> = {};
  const origins: Record<string, readonly number[]> = {};
  const lost = new Set<string>();
  // A key that isn't known may be meant for any that isn't written.
  const isStrange = (key: string) => !Object.hasOwn(shape, key);
  const strange = Object.keys(written).some(isStrange) || unclear.some(([key]) => isStrange(String(key)));
  for (const [key, schema] of Object.entries(shape)) {
    const inside = unclear.filter((path) => path[0] === key).map((path) => path.slice(1));
    const field = schema as z.ZodType;
    const found = salvage(field, written[key], inside);
    const isWhole = inside.length === 0 && field.safeParse(written[key]).success;
    if (written[key] === undefined ? strange : !isWhole) lost.add(key);
    if (found?.origin) origins[key] = found.origin;
    const isList = kindEntry(kind).references.some(({ path }) => path.startsWith(`${key}[]`));
    fields[key] = found === undefined && isList ? [] : found?.value;
  }
  const body = toBody(fields);
  return { body: { ...body, origins: { ...origins, ...body.origins } }, unclear: lost };
}

/** Without what isn't set, as records have it. */
export const defined = <T extends object>(settings: T): Defined<T> => JSON.parse(JSON.stringify(settings));

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

export function isMap(payload: { value: unknown }): boolean {
  return typeof payload.value === 'object' && payload.value !== null && !Array.isArray(payload.value);
}

interface ListParts {
  readonly names: string[];
  /** Where each is written, unless that is the index itself. */
  readonly origin?: number[];
  readonly matches: readonly Omit<ListedMatch, 'field'>[];
}

export function listOf(list: readonly Listed[]): ListParts {
  const plain = list.filter(({ match }) => match === undefined);
  const names = plain.map(({ name }) => name);
  const matches: Omit<ListedMatch, 'field'>[] = [];
  let at = 0;
  for (const { match, from } of list) {
    if (match === undefined) at += 1;
    else matches.push({ pattern: match, from, at });
  }
  const asWritten = plain.every(({ from }, index) => from === index);
  return { names, matches, ...(asWritten ? {} : { origin: plain.map(({ from }) => from) }) };
}

/** Origins and matches of several lists, without those that need none. */
export function origins(
  lists: Readonly<Record<string, Pick<ListParts, 'origin' | 'matches'>>>,
): Pick<Built<DeclarableKind>, 'origins' | 'matches'> {
  const found = Object.entries(lists).flatMap(([field, { origin }]) => (origin ? [[field, origin] as const] : []));
  const matches = Object.entries(lists).flatMap(([field, list]) => list.matches.map((match) => ({ field, ...match })));
  return {
    ...(found.length === 0 ? {} : { origins: Object.fromEntries(found) }),
    ...(matches.length === 0 ? {} : { matches }),
  };
}
