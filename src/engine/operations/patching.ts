/** A change of what a plan file would say: fields set or taken out, entries of lists added or removed. Pure. */
import { canonicalJson } from '../../lib/canonical-json.ts';
import { foldName } from '../model/address.ts';

export interface Patch {
  /** By field, dotted where it is inside another; null takes it out. */
  readonly set?: Readonly<Record<string, unknown>> | undefined;
  /** By list. What is in it already, by its name, is replaced in its place. */
  readonly add?: Readonly<Record<string, readonly unknown[]>> | undefined;
  /** By list: names, as the entries have them. */
  readonly remove?: Readonly<Record<string, readonly string[]>> | undefined;
}

export type Patched =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>> }
  /** `entry` is not in `list`, and so can't be removed. */
  | { readonly ok: false; readonly list: string; readonly entry: string };

export function patched(body: Readonly<Record<string, unknown>>, { set = {}, add = {}, remove = {} }: Patch): Patched {
  const next: Record<string, unknown> = { ...body };
  for (const [field, value] of Object.entries(set)) {
    put(next, field, value ?? undefined);
  }
  for (const [list, names] of Object.entries(remove)) {
    const gone = new Set(names.map(foldName));
    const before = entriesOf(at(next, list));
    const known = new Set(before.map(entryName));
    const entry = names.find((name) => !known.has(foldName(name)));
    if (entry !== undefined) return { ok: false, list, entry };
    put(
      next,
      list,
      before.filter((each) => !gone.has(entryName(each))),
    );
  }
  for (const [list, entries] of Object.entries(add)) {
    const byName = new Map(entriesOf(at(next, list)).map((entry) => [entryName(entry), entry]));
    for (const entry of entries) byName.set(entryName(entry), entry);
    put(next, list, [...byName.values()]);
  }
  return { ok: true, body: next };
}

/** `use.virtualPools` is inside `use`. */
const at = (body: Readonly<Record<string, unknown>>, path: string): unknown =>
  path.split('.').reduce<unknown>((inside, key) => (inside as Record<string, unknown> | undefined)?.[key], body);

function put(body: Record<string, unknown>, path: string, value: unknown): void {
  const [key = '', ...rest] = path.split('.');
  if (rest.length > 0) {
    const inside = { ...(body[key] as Record<string, unknown> | undefined) };
    put(inside, rest.join('.'), value);
    body[key] = Object.keys(inside).length > 0 ? inside : undefined;
  } else body[key] = value;
  if (body[key] === undefined) delete body[key];
}

const entriesOf = (list: unknown): readonly unknown[] => (Array.isArray(list) ? list : []);

/** `data`, `{ volume: data, hlu: 3 }`, `{ snapshot: before, hlu: 4 }`, `{ iqn: ..., network: ... }`. */
function entryName(entry: unknown): string {
  if (typeof entry === 'string') return foldName(entry);
  const { volume, snapshot, iqn, wwpn, address } = (entry ?? {}) as Record<string, unknown>;
  const name = volume ?? snapshot ?? iqn ?? wwpn ?? address;
  return typeof name === 'string' ? foldName(name) : canonicalJson(entry);
}
