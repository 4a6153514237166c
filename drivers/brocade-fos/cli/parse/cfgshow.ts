/**
 * `cfgshow` and `cfgactvshow`. Defined members are separated by `;` and wrap over lines; a name may stand alone on its line,
 * with the members below. In effect each member has its line. Nothing marks the end of what is in effect, so `cfgshow` alone
 * can't be known to be whole: `parseZoning` holds it against `cfgactvshow`.
 */

import { memberSet } from '../../model/names.ts';
import { peerMembers } from '../../model/peer.ts';
import { type Defined, type Effective, isHidden, type Lists, NOTHING, sameEffective } from '../../model/zoning.ts';
import { Surprise } from '../../surprise.ts';
import { linesOf } from './lines.ts';

type Kind = 'cfg' | 'zone' | 'alias';

interface Entry {
  readonly kind: Kind;
  readonly name: string;
  readonly rest: string[];
  /** What of it was read last, for messages. */
  line: string;
}

const DEFINED = 'Defined configuration:';
const EFFECTIVE = 'Effective configuration:';
const NONE_DEFINED = /^\s*no configuration defined$/i;
const NONE_IN_EFFECT = /^\s*no (?:configuration in effect|effective configuration\b.*)$/i;
const HEAD = /^ {0,2}(cfg|zone|alias):\s*(\S+)(?:\s+(\S.*))?$/;
const CONTINUED = /^\s+(\S.*)$/;
/** Of peer zones: who is who in it. Only the members count here. */
const PEER_LABEL = /^(?:Principal Member(?:\(s\)|s)?:|Peer Member(?:\(s\)|s)?:|Created by:.*)$/i;
const PEER_PROPERTY = /^Property Member:\s*(\S+)$/i;

/** `what`: the command, for messages. */
function entriesOf(what: string, text: string, lines: readonly string[]): Entry[] {
  const entries: Entry[] = [];
  for (const line of lines) {
    if (line.trim() === '' || NONE_DEFINED.test(line) || NONE_IN_EFFECT.test(line)) continue;
    const [, kind, name, rest] = HEAD.exec(line) ?? [];
    if (kind !== undefined && name !== undefined) {
      entries.push({ kind: kind as Kind, name, rest: rest === undefined ? [] : [rest], line });
      continue;
    }
    const entry = entries.at(-1);
    const [, more] = CONTINUED.exec(line) ?? [];
    if (entry === undefined || more === undefined) throw new Surprise(what, text, line);
    entry.rest.push(more);
    entry.line = line;
  }
  return entries;
}

/** A list that ends with its separator was cut. */
function separated(what: string, text: string, { rest, line }: Entry): string[] {
  const joined = rest.map((part) => part.trim()).join(' ');
  if (joined === '') throw new Surprise(what, text, line);
  const members = joined.split(';').map((member) => member.trim());
  if (members.some((member) => member === '' || /\s/.test(member))) throw new Surprise(what, text, line);
  return members;
}

/** Members of what is in effect: one a line, but some versions print lists there too. */
function lined(what: string, text: string, { rest, line }: Entry): string[] {
  const members = rest
    .map((part) => part.trim())
    .filter((part) => !PEER_LABEL.test(part))
    .flatMap((part) => (PEER_PROPERTY.exec(part)?.[1] ?? part).split(';'))
    .map((member) => member.trim())
    .filter((member) => member !== '');
  if (members.length === 0 || members.some((member) => /\s/.test(member))) throw new Surprise(what, text, line);
  return members;
}

/** In the order of the switch: who is who in a peer zone is told by it. */
function put(lists: Map<string, readonly string[]>, what: string, text: string, entry: Entry, members: string[]): void {
  if (lists.has(entry.name)) throw new Surprise(what, text, entry.line);
  if (!isHidden(entry.name)) lists.set(entry.name, members);
}

const inSets = (lists: Lists): Lists => new Map([...lists].map(([name, members]) => [name, memberSet(members)]));

const zonesIn = (zones: Lists, aliases: Lists): Lists =>
  inSets(new Map([...zones].map(([name, members]) => [name, peerMembers(members, aliases)])));

function definedOf(text: string, lines: readonly string[]): Defined {
  const lists = { cfg: new Map(), zone: new Map(), alias: new Map() };
  for (const entry of entriesOf('cfgshow', text, lines)) {
    put(lists[entry.kind], 'cfgshow', text, entry, separated('cfgshow', text, entry));
  }
  return { cfgs: inSets(lists.cfg), zones: zonesIn(lists.zone, lists.alias), aliases: inSets(lists.alias) };
}

function effectiveOf(what: string, text: string, lines: readonly string[]): Effective | undefined {
  const filled = lines.filter((line) => line.trim() !== '');
  const none = filled.some((line) => NONE_IN_EFFECT.test(line));
  const [cfg, ...zones] = entriesOf(what, text, filled);
  if (none && cfg === undefined) return undefined;
  if (none || cfg?.kind !== 'cfg' || cfg.rest.length > 0) throw new Surprise(what, text, cfg?.line);
  const lists = new Map<string, readonly string[]>();
  for (const entry of zones) {
    if (entry.kind !== 'zone') throw new Surprise(what, text, entry.line);
    put(lists, what, text, entry, lined(what, text, entry));
  }
  if (isHidden(cfg.name)) return undefined;
  if (lists.size === 0) throw new Surprise(what, text, cfg.line);
  return { name: cfg.name, zones: zonesIn(lists, NOTHING) };
}

/** `cfgactvshow`. */
export function parseActive(text: string): Effective | undefined {
  const lines = linesOf(text);
  const start = lines.indexOf(EFFECTIVE);
  const early = lines.slice(0, Math.max(0, start)).find((line) => line !== '');
  if (start < 0 || early !== undefined) throw new Surprise('cfgactvshow', text, early);
  return effectiveOf('cfgactvshow', text, lines.slice(start + 1));
}

export interface ShownZoning {
  readonly defined: Defined;
  readonly effective: Effective | undefined;
}

/** `cfgshow`. What is in effect may have been cut at the end of a line. */
export function parseShown(text: string): ShownZoning {
  const lines = linesOf(text);
  const [start, middle] = [lines.indexOf(DEFINED), lines.indexOf(EFFECTIVE)];
  const early = lines.slice(0, Math.max(0, start)).find((line) => line !== '');
  if (start < 0 || middle < start || early !== undefined) throw new Surprise('cfgshow', text, early);
  return {
    defined: definedOf(text, lines.slice(start + 1, middle)),
    effective: effectiveOf('cfgshow', text, lines.slice(middle + 1)),
  };
}

/** `complete` is false when the two don't show the same in effect: one was cut, or something was activated in between. */
export function parseZoning(cfgshow: string, cfgactvshow: string): ShownZoning & { readonly complete: boolean } {
  const shown = parseShown(cfgshow);
  const active = parseActive(cfgactvshow);
  const complete = sameEffective(shown.effective, active);
  return { ...shown, effective: complete ? active : larger(shown.effective, active), complete };
}

/** Of two that differ the one that shows more. */
function larger(a: Effective | undefined, b: Effective | undefined): Effective | undefined {
  return (a?.zones ?? NOTHING).size >= (b?.zones ?? NOTHING).size ? a : b;
}
