/** `show zone`, `show zoneset`, `show fcalias`: databases and what is in effect, as NX-OS prints them. */
import { findFault, halfOf } from '../state/faults.ts';
import { aliasSuffix, loginsOf, memberKey, memberText, roleText } from '../state/members.ts';
import {
  type ActiveSet,
  type MdsState,
  type MdsSwitch,
  type Member,
  type Zone,
  type ZoneDb,
  zoningOf,
} from '../state/types.ts';
import { byName } from '../state/zone-db.ts';

/** Said under a list that isn't whole. */
export const CUT_SHORT = 'Error: zone server did not respond in time, output is incomplete';

interface List {
  readonly state: MdsState;
  readonly at: MdsSwitch;
  readonly vsan: number;
}

const indented = (by: number, lines: readonly string[]): string[] => lines.map((line) => `${' '.repeat(by)}${line}`);

/** Blocks with an empty line between them. */
export const separated = (blocks: readonly (readonly string[])[]): string[] =>
  blocks.flatMap((block, index) => (index === 0 ? block : ['', ...block]));

function fullMember({ state, vsan }: List, db: ZoneDb, member: Member): string[] {
  const own = memberText(state, vsan, member);
  if (member.kind !== 'fcalias') return [own];
  const members = byName(db.fcaliases, member.name)?.members ?? [];
  return [own, ...members.map((one) => `  ${memberText(state, vsan, one)}`)];
}

function fullZone(list: List, db: ZoneDb, { name, members }: Zone): string[] {
  const body = members.flatMap((member) => fullMember(list, db, member));
  return [`zone name ${name} vsan ${list.vsan}`, ...indented(2, body)];
}

/** Online members are starred and show their FCID; one that stands for several ports has a line for each. */
function activeMember({ state, vsan }: List, member: Member): string[] {
  const online = loginsOf(state, vsan, member);
  const alias = member.kind === 'pwwn' ? aliasSuffix(state, member.wwn) : '';
  if (online.length === 0) return [`  ${memberKey(member)}${alias}${roleText(member)}`];
  return online.map(({ fcid, wwpn }) => {
    const suffix = member.kind === 'interface' ? aliasSuffix(state, wwpn) : alias;
    return `* fcid ${fcid} [${memberKey(member)}]${suffix}${roleText(member)}`;
  });
}

function activeZone(list: List, { name, members }: Zone): string[] {
  return [`zone name ${name} vsan ${list.vsan}`, ...members.flatMap((member) => activeMember(list, member))];
}

/** Lines, with what a fault leaves out. */
function listed<T>({ state, at }: List, all: readonly T[], show: (one: T) => string[]): string[] {
  const fault = findFault(state, 'partial-zones', at.name);
  const lines = separated(halfOf(all, fault !== undefined).map(show));
  return fault && !fault.silent ? [...lines, CUT_SHORT] : lines;
}

export const showZones = (list: List, db: ZoneDb): string[] =>
  listed(list, db.zones, (zone) => fullZone(list, db, zone));

export const showActiveZones = (list: List, { zones }: ActiveSet): string[] =>
  listed(list, zones, (zone) => activeZone(list, zone));

function showZoneset(list: List, db: ZoneDb, name: string): string[] {
  const zones = (byName(db.zonesets, name)?.zones ?? []).flatMap((zone) => byName(db.zones, zone) ?? []);
  const body = listed(list, zones, (zone) => fullZone(list, db, zone));
  return [`zoneset name ${name} vsan ${list.vsan}`, ...indentedZones(body)];
}

/** Empty lines stay empty. */
const indentedZones = (lines: readonly string[]): string[] =>
  lines.map((line) => (line === '' || line === CUT_SHORT ? line : `  ${line}`));

export const showZonesets = (list: List, db: ZoneDb): string[] =>
  separated(db.zonesets.map(({ name }) => showZoneset(list, db, name)));

export const showActiveZoneset = (list: List, active: ActiveSet): string[] => [
  `zoneset name ${active.name} vsan ${list.vsan}`,
  ...indentedZones(showActiveZones(list, active)),
];

/** `brief`: zone sets with the names of their zones only. */
export const showZonesetsBrief = (
  { vsan }: List,
  sets: readonly { name: string; zones: readonly string[] }[],
): string[] =>
  separated(
    sets.map(({ name, zones }) => [`zoneset name ${name} vsan ${vsan}`, ...zones.map((zone) => `  zone ${zone}`)]),
  );

export const showFcaliases = ({ state, vsan }: List, db: ZoneDb, name?: string): string[] =>
  separated(
    db.fcaliases
      .filter((one) => name === undefined || one.name === name)
      .map((one) => [
        `fcalias name ${one.name} vsan ${vsan}`,
        ...one.members.map((member) => `  ${memberText(state, vsan, member)}`),
      ]),
  );

/** The full database that commands on this switch see. */
export const dbOf = ({ at, vsan }: List): ZoneDb => zoningOf(at, vsan).db;

/** `show zone member pwwn W`: zones with this port, by itself or by an FC alias. Empty when it is in none. */
export function showMember(list: List, wwn: string, zones: readonly Zone[], db: ZoneDb): string[] {
  const names = list.state.aliases.entries.filter((one) => one.wwn === wwn).map(({ name }) => name);
  const isIt = (member: Member) =>
    (member.kind === 'pwwn' && member.wwn === wwn) || (member.kind === 'device-alias' && names.includes(member.name));
  const direct = zones.filter(({ members }) => members.some(isIt)).map(({ name }) => `  zone ${name}`);
  const fcaliases = db.fcaliases.filter(({ members }) => members.some(isIt));
  const through = fcaliases.flatMap(({ name }) => {
    const using = zones.filter(({ members }) => members.some((one) => one.kind === 'fcalias' && one.name === name));
    return [`  fcalias ${name}`, ...using.map((zone) => `      zone ${zone.name}`)];
  });
  const found = [...through, ...direct];
  return found.length === 0 ? [] : [`pwwn ${wwn} vsan ${list.vsan}${aliasSuffix(list.state, wwn)}`, ...found];
}
