/**
 * The zoning as `cfgshow`, `zoneshow`, `alishow` and `cfgactvshow` print it. Shapes: ttrnecka/brocadesan
 * (test/outputs/cfgshow_2.txt, cfgshow_4.txt, MIT, FOS 6.4 and 7) and openstack/cinder
 * (cinder/tests/unit/zonemanager/test_brcd_fc_zone_client_cli.py, Apache-2.0, FOS 7).
 */
import type { FirmwareTraits } from '../state/firmware.ts';
import { isWwn, peerProperty } from '../state/members.ts';
import {
  type DefaultZone,
  type EffectiveConfiguration,
  type FosFabric,
  type FosZone,
  shownDatabase,
  type ZoneDatabase,
} from '../state/model.ts';

const WIDTH = 80;
/** Where members begin: two tabs. */
const COLUMN = 16;
/** A longer name reaches the members' column: these are on lines of their own. */
const NAME_WIDTH = 8;

const sortedNames = (map: ReadonlyMap<string, unknown>): string[] => [...map.keys()].sort();

/** Members with `;` between them, no line wider than the terminal where that can be. */
function wrapped(members: readonly string[]): string[] {
  const lines: string[] = [];
  let line = '';
  members.forEach((member, index) => {
    const piece = index < members.length - 1 ? `${member};` : member;
    if (line !== '' && COLUMN + line.length + 1 + piece.length > WIDTH) {
      lines.push(line);
      line = piece;
    } else line = line === '' ? piece : `${line} ${piece}`;
  });
  return line === '' ? lines : [...lines, line];
}

function entryLines(kind: 'cfg' | 'zone' | 'alias', name: string, lines: readonly string[]): string[] {
  const head = ` ${kind}:\t${name}\t`;
  const [first, ...rest] = lines;
  if (first === undefined) return [head];
  const tabbed = (line: string) => `\t\t${line}`;
  return name.length < NAME_WIDTH ? [`${head}${first}`, ...rest.map(tabbed)] : [head, ...lines.map(tabbed)];
}

const zoneMembers = (
  { kind, principals, members }: FosZone,
  aliases: ZoneDatabase['aliases'] = new Map(),
): readonly string[] => (kind === 'peer' ? [peerProperty(principals, aliases), ...principals, ...members] : members);

export type Pattern = (name: string) => boolean;

const PATTERN_PART = /\[(\w)-(\w)\]|./g;

/** `*`, `?` and a range such as `[a-f]` as in a shell; anything else is itself. */
export function patternOf(text: string): Pattern {
  const source = text.replaceAll(PATTERN_PART, (part: string, from?: string, to?: string) => {
    if (from !== undefined && to !== undefined && from <= to) return part;
    if (part === '*') return '.*';
    return part === '?' ? '.' : part.replaceAll(/[^\w]/g, (odd) => `\\u{${odd.codePointAt(0)!.toString(16)}}`);
  });
  const expression = new RegExp(`^${source}$`, 'u');
  return (name) => expression.test(name);
}

export interface Wanted {
  readonly cfgs?: Pattern;
  readonly zones?: Pattern;
  readonly aliases?: Pattern;
}

const EVERYTHING: Pattern = () => true;
export const WHOLE: Wanted = { cfgs: EVERYTHING, zones: EVERYTHING, aliases: EVERYTHING };

/** Entries of the defined configuration, configurations first. */
export function definedLines(
  { cfgs, zones, aliases }: ZoneDatabase,
  traits: FirmwareTraits,
  wanted: Wanted = WHOLE,
): string[] {
  const lines = (members: readonly string[]) => wrapped(members).map((line) => (traits.older ? `${line} ` : line));
  const chosen = (map: ReadonlyMap<string, unknown>, pattern: Pattern | undefined) =>
    pattern ? sortedNames(map).filter(pattern) : [];
  return [
    ...chosen(cfgs, wanted.cfgs).flatMap((name) => entryLines('cfg', name, lines(cfgs.get(name)!))),
    ...chosen(zones, wanted.zones).flatMap((name) =>
      entryLines('zone', name, lines(zoneMembers(zones.get(name)!, aliases))),
    ),
    ...chosen(aliases, wanted.aliases).flatMap((name) => entryLines('alias', name, lines(aliases.get(name)!))),
  ];
}

const ACCESS = { 'no-access': 'No Access', 'all-access': 'All Access' } as const satisfies Record<DefaultZone, string>;
export const accessText = (mode: DefaultZone): string => ACCESS[mode];

function effectiveEntries({ cfg, zones }: EffectiveConfiguration, traits: FirmwareTraits): string[] {
  const print = (member: string) => (traits.upperCase && isWwn(member) ? member.toUpperCase() : member);
  const entries = sortedNames(zones).flatMap((name) =>
    entryLines('zone', name, zoneMembers(zones.get(name)!).map(print)),
  );
  return [` cfg:\t${cfg}\t`, ...entries];
}

export function effectiveLines({ effective, defaultZone }: FosFabric, traits: FirmwareTraits): string[] {
  if (effective) return ['Effective configuration:', ...effectiveEntries(effective, traits), ''];
  const none = traits.tellsDefaultZone
    ? `No Effective configuration: (${ACCESS[defaultZone]})`
    : ' no configuration in effect';
  return ['Effective configuration:', none, ''];
}

/** `cfgshow` without arguments, and `zoneshow`: edits that aren't saved are shown as defined. */
export function zoningLines(fabric: FosFabric, traits: FirmwareTraits): string[] {
  const entries = definedLines(shownDatabase(fabric), traits);
  const defined = entries.length > 0 ? entries : [' no configuration defined'];
  return ['Defined configuration:', ...defined, '', ...effectiveLines(fabric, traits)];
}
