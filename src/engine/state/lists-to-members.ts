/**
 * Migration 2: what was an array of URNs in a spec (the systems of a virtual array, the hosts of a cluster) becomes one
 * record an entry, with its unique name. Everything about them follows from the record that had the array, so that it
 * comes out the same however often and by whomever it is done. Published: this file doesn't change any more, and
 * depends on nothing that may.
 */
import { sha256Hex } from '../../lib/canonical-json.ts';

export interface Pair {
  readonly key: string;
  readonly value: string;
}

export type Fields = Readonly<Record<string, unknown>>;

const LISTS: Readonly<Record<string, readonly string[]>> = {
  virtualArray: ['networks', 'storageSystems'],
  virtualPool: ['virtualArrays'],
  cluster: ['hosts'],
};

export function hasLists(key: string): boolean {
  const [space, kind] = key.split('/');
  return space === 'r' && kind !== undefined && Object.hasOwn(LISTS, kind);
}

export function listsToMembers(pair: Pair, record: Fields): readonly Pair[] {
  const lists = LISTS[pair.key.split('/')[1]!]!;
  const { phase } = (record.status ?? {}) as { phase?: string };
  const spec = (record.spec ?? {}) as Fields;
  // One that is being made was promised by an older version, which ends it in its own way; nobody reads its arrays.
  if (phase === 'creating' || !lists.some((list) => Array.isArray(spec[list]))) return [pair];
  const left = Object.fromEntries(Object.entries(spec).filter(([field]) => !lists.includes(field)));
  const members = phase === 'deleted' ? [] : lists.flatMap((list) => membersOf(record, list, spec[list]));
  return [...members, { key: pair.key, value: JSON.stringify({ ...record, spec: left }) }];
}

function membersOf(record: Fields, list: string, urns: unknown): Pair[] {
  const all = Array.isArray(urns) ? urns.filter((urn): urn is string => typeof urn === 'string') : [];
  return [...new Set(all)].flatMap((urn) => memberPairs(record, list, urn));
}

const uuidOf = (urn: string): string => urn.split(':')[3]!;

/** `more`: what the entry says beside who is in the list. */
export function memberPairs(record: Fields, list: string, member: string, more: Fields = {}): Pair[] {
  const of = record.urn as string;
  const uuid = uuidFrom(`${of} ${list} ${member}`);
  const urn = `urn:storageos:Member:${uuid}:vdc1`;
  const { tenant } = (record.scope ?? {}) as { tenant?: string };
  const name = `${list}.${uuidOf(member)}`;
  const value = {
    urn,
    kind: 'member',
    name,
    scope: tenant === undefined ? {} : { tenant },
    owner: { type: 'engine', parent: of },
    parent: of,
    spec: { of, list, member, ...more },
    status: { phase: 'ready', sinceMs: record.createdAtMs },
    policy: { protect: false, onRemove: 'delete' },
    createdBy: record.createdBy,
    createdAtMs: record.createdAtMs,
    incarnation: 1,
    schemaVersion: 1,
  };
  return [
    { key: `r/member/${uuid}`, value: JSON.stringify(value) },
    { key: `u/member/${uuidOf(of)}/${name.toLowerCase()}`, value: urn },
  ];
}

function uuidFrom(text: string): string {
  const hex = sha256Hex(text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
