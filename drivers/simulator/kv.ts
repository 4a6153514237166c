/**
 * The key-value interface under the simulated array, and tables over it. Everything that the array knows is one JSON
 * value a key, so that a call reads and writes only the objects that it touches, however large the array is. The core
 * relies on it; memory.ts and disk.ts implement it.
 */
import { DriverError, sha256Hex } from 'coprhd/driver';

export interface ListOptions {
  /** Start after this id (exclusive). It need not exist any more. */
  readonly after?: string;
  readonly limit?: number;
}

export interface Reader {
  /** Undefined when there is no such key. */
  get(key: string): unknown;
}

/** Synchronous. Keys are `<collection>/<id>`; ids match ID_PATTERN. Values are plain JSON and are copied in and out. */
export interface Kv extends Reader {
  put(key: string, value: unknown): void;
  delete(key: string): void;
  /** Ids of a collection in an order that is stable, but the store's own. Sees nothing of the running request's writes. */
  list(collection: string, options?: ListOptions): readonly string[];
  /**
   * Another unit of the same data centre, to look at: an array sees its links in the SAN, the SAN the state of an array's
   * ports. Left out, or undefined: there is none.
   */
  readonly beyond?: (unit: string) => Reader | undefined;
}

/** Safe as a file name on any file system, also on those that ignore case. */
export const ID_PATTERN = /^[a-z0-9_~-][a-z0-9_.-]{0,99}$/;

/** An id for a free text: itself where it is a plain lower-case word, else its hash. */
function idOf(text: string): string {
  return ID_PATTERN.test(text) && !text.startsWith('~') ? text : `~${sha256Hex(text).slice(0, 40)}`;
}

export interface BufferedKv extends Kv {
  /** What would be written, by key; undefined = deleted. */
  written(): readonly (readonly [string, unknown])[];
  flush(): void;
}

/** Holds writes back until `flush`, so that a refused request leaves nothing behind. */
export function buffered(base: Kv): BufferedKv {
  const writes = new Map<string, unknown>();
  return {
    get: (key) => (writes.has(key) ? writes.get(key) : base.get(key)),
    put: (key, value) => void writes.set(key, value),
    delete: (key) => void writes.set(key, undefined),
    list: (collection, options) => base.list(collection, options),
    ...(base.beyond ? { beyond: base.beyond } : {}),
    written: () => [...writes],
    flush: () => {
      for (const [key, value] of writes) {
        if (value === undefined) base.delete(key);
        else base.put(key, value);
      }
      writes.clear();
    },
  };
}

export interface Table<T> {
  get(kv: Reader, id: string): T | undefined;
  /** Throws `not-found`. */
  need(kv: Reader, id: string): T;
  put(kv: Kv, id: string, value: T): void;
  delete(kv: Kv, id: string): void;
  list(kv: Kv, options?: ListOptions): readonly string[];
  /** The value of an id from `list`. */
  listed(kv: Reader, id: string): T;
  /** Deletes an id from `list`. */
  forget(kv: Kv, id: string): void;
}

/** `what` names one object of it in errors. */
export function table<T>(collection: string, what: string): Table<T> {
  const keyOf = (id: string) => `${collection}/${idOf(id)}`;
  const get = (kv: Reader, id: string) => kv.get(keyOf(id)) as T | undefined;
  return {
    get,
    need: (kv, id) => {
      const value = get(kv, id);
      if (value === undefined) throw new DriverError({ class: 'not-found', message: `no ${what} ${id}` });
      return value;
    },
    put: (kv, id, value) => kv.put(keyOf(id), value),
    delete: (kv, id) => kv.delete(keyOf(id)),
    list: (kv, options) => kv.list(collection, options),
    listed: (kv, id) => kv.get(`${collection}/${id}`) as T,
    forget: (kv, id) => kv.delete(`${collection}/${id}`),
  };
}

/** Ids of one page of a table, after the one that `after` names, and what names the next page. Throws `invalid`. */
export function pageIds(
  kv: Kv,
  from: Pick<Table<unknown>, 'list'>,
  after: string | undefined,
  pageItems: number,
): { readonly ids: readonly string[]; readonly next?: string } {
  if (after !== undefined && !ID_PATTERN.test(after)) {
    throw new DriverError({ class: 'invalid', message: `${JSON.stringify(after)} is not a page` });
  }
  // One more than a page tells whether there is a next one.
  const ids = from.list(kv, { limit: pageItems + 1, ...(after === undefined ? {} : { after }) });
  const shown = ids.slice(0, pageItems);
  return { ids: shown, ...(ids.length > shown.length ? { next: shown.at(-1)! } : {}) };
}
