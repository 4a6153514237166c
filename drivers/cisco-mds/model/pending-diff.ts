/**
 * Whether a session's pending edits, `show zone pending-diff vsan N`, are nothing but a delta of ours. Signed lines are edits;
 * a head without a sign says what the lines below it are in.
 */
import { answerLines } from '../cli/answer.ts';
import { parseMember } from '../cli/members.ts';
import { surprise } from '../cli/surprise.ts';
import type { Work } from './work.ts';
import { keysOf } from './zoning.ts';

const WHAT = 'show zone pending-diff';
const HEAD = /^(zoneset|zone|fcalias) name (\S+) vsan \d+$/;
const ACTIVATION = /^zoneset activate name (\S+) vsan \d+$/;

/** What the lines are in: members of a zoneset stand beside zones that are printed within it. */
interface Place {
  readonly zoneset?: string;
  readonly group?: { readonly kind: 'zone' | 'fcalias'; readonly name: string };
}

interface Ours {
  /** Keys of members that the delta adds or takes away, by zone. */
  readonly zone: ReadonlyMap<string, ReadonlySet<string>>;
  readonly fcalias: ReadonlyMap<string, ReadonlySet<string>>;
  readonly zoneset: string;
}

/** What in it isn't of the delta, as the switch prints it. Empty: all of it is. */
export function foreignEdits(text: string, work: Work): string[] {
  const ours = oursOf(work);
  const foreign: string[] = [];
  let place: Place = {};
  for (const line of answerLines(WHAT, text)) {
    if (line.trim() === '' || /^(?:[-+]{3} |@@)/.test(line)) continue;
    const [, sign, rest] = /^([-+]?)\s*(.*)$/.exec(line) as unknown as [string, string, string];
    const head = HEAD.exec(rest);
    if (head) place = placeOf(head[1]!, head[2]!, place);
    if (!head && !ACTIVATION.test(rest) && !isContent(rest)) throw surprise(WHAT, text, line);
    if (sign !== '' && !isOurs(rest, sign, place, ours)) foreign.push(line.trim());
  }
  return foreign;
}

function oursOf(work: Work): Ours {
  const keys = (members: Parameters<typeof keysOf>[0]) => new Set(keysOf(members));
  return {
    zone: new Map([
      ...[...work.add, ...work.remove].map(({ name, members }) => [name, keys(members)] as const),
      ...work.change.map(({ name, from, to }) => [name, keys([...from, ...to])] as const),
    ]),
    fcalias: new Map([...work.addAliases, ...work.removeAliases].map(({ name, members }) => [name, keys(members)])),
    zoneset: work.configuration,
  };
}

const withoutVerb = (text: string): string => text.replace(/^member /, '');

const isContent = (text: string): boolean =>
  /^(?:member \S+|attribute(?:-group)? .+)$/.test(text) || parseMember(withoutVerb(text)) !== undefined;

function placeOf(kind: string, name: string, { zoneset }: Place): Place {
  if (kind === 'zoneset') return { zoneset: name };
  const group = { kind: kind === 'zone' ? ('zone' as const) : ('fcalias' as const), name };
  return zoneset === undefined ? { group } : { zoneset, group };
}

function isOurs(text: string, sign: string, { zoneset, group }: Place, ours: Ours): boolean {
  const activated = ACTIVATION.exec(text);
  if (activated) return sign === '+' && activated[1] === ours.zoneset;
  const inZoneset = /^member (\S+)$/.exec(text)?.[1];
  if (inZoneset !== undefined) return zoneset === ours.zoneset && ours.zone.has(inZoneset);
  // A zoneset is made, and never taken away.
  if (!group) return HEAD.test(text) && sign === '+' && zoneset === ours.zoneset;
  const members = ours[group.kind].get(group.name);
  if (!members || HEAD.test(text)) return members !== undefined;
  const member = parseMember(withoutVerb(text));
  return member !== undefined && members.has(member.kind === 'pwwn' ? `wwpn ${member.value}` : `alias ${member.value}`);
}
