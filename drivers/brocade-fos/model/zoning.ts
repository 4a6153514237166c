/**
 * Zoning of one fabric as data, the same for both transports. Lists of members are sorted, each member once, in the form of
 * `normalMember`; so equal zoning has equal text.
 */
import { hashOf } from 'coprhd/driver';
import { isAlias } from './names.ts';
import { namedBy, standingFor } from './peer.ts';

export type Lists = ReadonlyMap<string, readonly string[]>;

/** As saved; while a transaction is open on the switch, with what was edited in it. */
export interface Defined {
  readonly aliases: Lists;
  readonly zones: Lists;
  /** Configurations: names of their zones. */
  readonly cfgs: Lists;
}

/** What the fabric enforces, aliases resolved by the switch. */
export interface Effective {
  readonly name: string;
  readonly zones: Lists;
}

export interface Transaction {
  /** As the switch prints it. */
  readonly token: string;
  /** False while it is being committed. */
  readonly abortable: boolean;
}

export interface Snapshot {
  readonly defined: Defined;
  /** Undefined = no configuration is in effect. */
  readonly effective: Effective | undefined;
  readonly defaultZone: 'deny' | 'permit';
  readonly transaction: Transaction | undefined;
  readonly databaseBytes: number;
  readonly databaseBytesMax: number;
  /** Over REST: of all that is saved. */
  readonly checksum?: string;
  /** False when the switch did not show all of it. */
  readonly complete: boolean;
}

/** What a default zone of no access looks like inside: a configuration and a zone of its own, of these names. */
const HIDDEN = /^d__efault__/;
export const isHidden = (name: string): boolean => HIDDEN.test(name);

export const NOTHING: Lists = new Map();

export const sameList = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.length === b.length && a.every((one, at) => one === b[at]));

export const sameLists = (a: Lists, b: Lists): boolean =>
  a.size === b.size && [...a].every(([name, list]) => sameList(list, b.get(name)));

export const sameDefined = (a: Defined, b: Defined): boolean =>
  sameLists(a.aliases, b.aliases) && sameLists(a.zones, b.zones) && sameLists(a.cfgs, b.cfgs);

export const sameEffective = (a: Effective | undefined, b: Effective | undefined): boolean =>
  a?.name === b?.name && sameLists(a?.zones ?? NOTHING, b?.zones ?? NOTHING);

const inOrder = (lists: Lists) => [...lists].sort(([a], [b]) => (a < b ? -1 : 1));

export function fingerprintOf({ defined, effective }: Pick<Snapshot, 'defined' | 'effective'>): string {
  const { aliases, zones, cfgs } = defined;
  return hashOf({
    defined: [aliases, zones, cfgs].map(inOrder),
    effective: effective === undefined ? null : [effective.name, inOrder(effective.zones)],
  }).slice(0, 32);
}

/** Members with the names of aliases replaced by what they stand for. An alias that isn't there stays a name. */
export function resolved({ aliases }: Defined, members: readonly string[]): readonly string[] {
  const plain = members.flatMap((member) => {
    const name = namedBy(member);
    return isAlias(name) ? standingFor(member, aliases.get(name) ?? [name]) : [member];
  });
  return [...new Set(plain)].sort();
}

/** What would be in effect of a zone if this configuration were activated now. */
export function wantedEffective(defined: Defined, cfg: string, zone: string): readonly string[] | undefined {
  const members = defined.zones.get(zone);
  if (members === undefined || !defined.cfgs.get(cfg)?.includes(zone)) return undefined;
  return resolved(defined, members);
}

/** All that is in effect once this configuration is activated. */
export function activated(defined: Defined, cfg: string): Effective {
  const zones = (defined.cfgs.get(cfg) ?? []).flatMap((zone): [string, readonly string[]][] => {
    const members = defined.zones.get(zone);
    return members === undefined ? [] : [[zone, resolved(defined, members)]];
  });
  return { name: cfg, zones: new Map(zones) };
}
