/**
 * Whether a session's pending edits, `show zone pending-diff vsan N`, are nothing but a delta of ours. Signed lines are edits;
 * a head without a sign says what the lines below it are in. No recording of the layout is public: members of a zoneset are
 * read as `member X` and as `zone name X vsan N`, those of a zone with `member` in front and as `show zone` prints them,
 * where an alias looks like the head of one and only its indentation tells.
 */
import { answerLines } from '../cli/answer.ts';
import { parseMember } from '../cli/members.ts';
import { surprise } from '../cli/surprise.ts';
import type { Work } from './work.ts';
import { keysOf } from './zoning.ts';

const WHAT = 'show zone pending-diff';
const HEAD = /^(zoneset|zone|fcalias) name (\S+) vsan \d+$/;
/** Said of a session with nothing in it, and where there is none. */
const NOTHING = /^No pending info found\.?$/i;
const ACTIVATION = /^zoneset activate name (\S+) vsan \d+$/;

type Kind = 'zoneset' | 'zone' | 'fcalias';

/** What the lines are in: members of a zoneset stand beside zones that are printed within it. */
interface Place {
  readonly zoneset?: string | undefined;
  readonly group?: { readonly kind: 'zone' | 'fcalias'; readonly name: string };
  /** Of a member that is an alias: what it stands for may be printed below it, deeper. */
  readonly aliasIndent?: number;
}

interface Line {
  readonly sign: string;
  readonly indent: number;
  readonly text: string;
  readonly head?: { readonly kind: Kind; readonly name: string };
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
  for (const printed of answerLines(WHAT, text)) {
    if (printed.trim() === '' || /^(?:[-+]{3} |@@)/.test(printed) || NOTHING.test(printed)) continue;
    const line = lineOf(printed, place);
    if (!line.head && !ACTIVATION.test(line.text) && !isContent(line.text)) throw surprise(WHAT, text, printed);
    place = placeAfter(line, place);
    if (line.sign !== '' && !isOurs(line, place, ours)) foreign.push(printed.trim());
  }
  return foreign;
}

function lineOf(printed: string, { group }: Place): Line {
  const [, sign, space, text] = /^([-+ ]?)( *)(.*)$/.exec(printed) as unknown as [string, string, string, string];
  const [, kind, name] = HEAD.exec(text) ?? [];
  const line = { sign: sign.trim(), indent: space.length, text };
  const isMember = kind === 'fcalias' && group?.kind === 'zone' && line.indent > 0;
  return kind === undefined || isMember ? line : { ...line, head: { kind: kind as Kind, name: name! } };
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

function placeAfter({ head, indent, text }: Line, place: Place): Place {
  if (head?.kind === 'zoneset') return { zoneset: head.name };
  if (head) return { zoneset: place.zoneset, group: { kind: head.kind, name: head.name } };
  const { aliasIndent, ...rest } = place;
  if (aliasIndent !== undefined && indent > aliasIndent) return place;
  return parseMember(withoutVerb(text))?.kind === 'fcalias' ? { ...rest, aliasIndent: indent } : rest;
}

function isOurs({ head, sign, indent, text }: Line, { zoneset, group, aliasIndent }: Place, ours: Ours): boolean {
  const activated = ACTIVATION.exec(text);
  if (activated) return sign === '+' && activated[1] === ours.zoneset;
  // A zoneset is made, and never taken away.
  if (head?.kind === 'zoneset') return sign === '+' && head.name === ours.zoneset;
  if (head) {
    const isWithin = head.kind === 'fcalias' || indent === 0 || zoneset === undefined || zoneset === ours.zoneset;
    return isWithin && ours[head.kind].has(head.name);
  }
  const inZoneset = /^member (\S+)$/.exec(text)?.[1];
  if (inZoneset !== undefined) return zoneset === ours.zoneset && ours.zone.has(inZoneset);
  if (aliasIndent !== undefined && indent > aliasIndent) return true;
  const member = parseMember(withoutVerb(text));
  const members = group && ours[group.kind].get(group.name);
  return members?.has(member?.kind === 'pwwn' ? `wwpn ${member.value}` : `alias ${member?.value}`) === true;
}
