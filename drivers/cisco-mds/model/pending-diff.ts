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

interface Place {
  readonly kind: string;
  readonly name: string;
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
  let place: Place | undefined;
  for (const line of answerLines(WHAT, text)) {
    if (line.trim() === '' || /^(?:[-+]{3} |@@)/.test(line)) continue;
    const [, sign, rest] = /^([-+]?)\s*(.*)$/.exec(line) as unknown as [string, string, string];
    const head = HEAD.exec(rest);
    if (head) place = { kind: head[1]!, name: head[2]! };
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

function isOurs(text: string, sign: string, place: Place | undefined, ours: Ours): boolean {
  const activated = ACTIVATION.exec(text);
  if (activated) return sign === '+' && activated[1] === ours.zoneset;
  if (place?.kind === 'zoneset') return place.name === ours.zoneset && isOfZoneset(text, sign, ours);
  if (place?.kind !== 'zone' && place?.kind !== 'fcalias') return false;
  const members = ours[place.kind].get(place.name);
  if (!members || HEAD.test(text)) return members !== undefined;
  const member = parseMember(withoutVerb(text));
  if (!member) return false;
  return members.has(member.kind === 'pwwn' ? `wwpn ${member.value}` : `alias ${member.value}`);
}

/** There are other people's zones in it, and it is never taken away. */
function isOfZoneset(text: string, sign: string, ours: Ours): boolean {
  const zone = /^member (\S+)$/.exec(text)?.[1];
  return zone === undefined ? HEAD.test(text) && sign === '+' : ours.zone.has(zone);
}
