/**
 * Members of zones and aliases as `show` prints them, saved (`pwwn W [alias] init`) and in effect
 * (`* fcid 0x1e01c0 [pwwn W] [alias]`). The same member gives the same value from both.
 */

export type Role = 'init' | 'target' | 'both';

export interface ShownMember {
  /** `other`: of a kind that is never written here; `value` is then the member as a command would have it. */
  readonly kind: 'pwwn' | 'fcalias' | 'device-alias' | 'other';
  /** A WWN is in lower case. */
  readonly value: string;
  /** Smart zoning. */
  readonly role?: Role;
  /** What an alias stands for, where it is printed below it. */
  readonly members?: readonly ShownMember[];
}

const WWN = /^(?:[0-9a-f]{2}:){7}[0-9a-f]{2}$/;
const FCID = /^0x[0-9a-f]{1,6}$/i;
const ROLES: ReadonlySet<string> = new Set(['init', 'target', 'both']);
const OTHER_KINDS: ReadonlySet<string> = new Set([
  'fcid',
  'fwwn',
  'nwwn',
  'interface',
  'symbolic-nodename',
  'ip-address',
  'domain-id',
]);

/** Undefined: no member that is known. */
export function parseMember(line: string): ShownMember | undefined {
  const tokens = line
    .trim()
    .replace(/^\*\s*/, '')
    .match(/\[[^\]]*\]|[^\s[]+/g);
  if (!tokens) return undefined;
  const words = tokens.filter((token) => !token.startsWith('['));
  const groups = tokens.filter((token) => token.startsWith('[')).map((token) => token.slice(1, -1).trim().split(/\s+/));
  const role = words.at(-1)!;
  const plain = ROLES.has(role) && words.length > 2 ? words.slice(0, -1) : words;
  const found = plain[0] === 'fcid' ? online(plain, groups) : simple(plain);
  if (!found || plain === words) return found;
  return { ...found, role: role as Role };
}

/** Logged in now: the name server's address first, in brackets what the zone has. */
function online(words: readonly string[], groups: readonly string[][]): ShownMember | undefined {
  if (words.length !== 2 || !FCID.test(words[1]!)) return undefined;
  const inner = groups.find((group) => group.length > 1);
  return inner ? simple(inner) : simple(words);
}

function simple(words: readonly string[]): ShownMember | undefined {
  const [kind, ...rest] = words as [string, ...string[]];
  if (rest.length === 0) return undefined;
  if (kind === 'pwwn') return pwwn(rest);
  if (kind === 'device-alias') return rest.length === 1 ? { kind, value: rest[0]! } : undefined;
  if (kind === 'fcalias') return fcalias(rest);
  return OTHER_KINDS.has(kind) ? { kind: 'other', value: words.join(' ').toLowerCase() } : undefined;
}

function pwwn([first, ...more]: readonly string[]): ShownMember | undefined {
  const value = first!.toLowerCase();
  if (!WWN.test(value)) return undefined;
  return more.length === 0 ? { kind: 'pwwn', value } : { kind: 'other', value: ['pwwn', value, ...more].join(' ') };
}

/** `fcalias NAME`, `fcalias name NAME vsan N`. */
function fcalias(rest: readonly string[]): ShownMember | undefined {
  if (rest.length === 1) return { kind: 'fcalias', value: rest[0]! };
  const [word, value, vsan, number] = rest;
  const isNamed = word === 'name' && value !== undefined && (rest.length === 2 || (vsan === 'vsan' && number));
  return isNamed ? { kind: 'fcalias', value } : undefined;
}
