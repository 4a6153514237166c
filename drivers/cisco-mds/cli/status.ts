/** `show zone status vsan N`: the mode, who holds the session, how large the databases are, what came of the last operation. */
import { answerLines } from './answer.ts';
import { surprise } from './surprise.ts';

export interface ZoneStatus {
  readonly defaultZone: 'deny' | 'permit';
  readonly mode: 'basic' | 'enhanced';
  /** Undefined: nobody has a session open. */
  readonly session?: ZoneSession;
  readonly full: { readonly zonesets: number; readonly zones: number; readonly aliases: number };
  readonly active?: { readonly name: string; readonly zones: number };
  readonly usedBytes: number;
  readonly maxBytes: number;
  /** What came of the last operation; empty when there was none. */
  readonly last: string;
}

export interface ZoneSession {
  /** `cli`, `remote`, `snmp`... */
  readonly from: string;
  /** The user, or the switch that has it; where neither is told, the whole text. */
  readonly holder: string;
}

/** A commit or an activation of anybody goes on: what is shown now may be of before it and of after it. */
export const isInProgress = ({ last }: ZoneStatus): boolean => /in progress|initiated/i.test(last);

const WHAT = 'show zone status';
/** Of switches that don't tell; those of NX-OS 5 and 6 have this one. */
const DATABASE_BYTES_MAX = 2_097_152;

export function parseZoneStatus(text: string): ZoneStatus {
  const body = answerLines(WHAT, text).join('\n');
  const need = (pattern: RegExp): RegExpExecArray => {
    const found = pattern.exec(body);
    if (!found) throw surprise(WHAT, text);
    return found;
  };
  const [, defaultZone] = need(/^VSAN:\s*\d+\s+default-zone:\s*(deny|permit)\b/m);
  const [, mode] = need(/^\s*mode:\s*(basic|enhanced)\b/m);
  const [, session] = need(/^\s*session:\s*(\S.*)$/m);
  const [, fullText, activeText] = need(
    /^Full Zoning Database\s*:\s*\n((?: .*\n)+)Active Zoning Database\s*:\s*\n((?: .*\n)+)/m,
  );
  const [, last] = need(/^Status:[ \t]*([\s\S]*)$/m);
  const full = /Zonesets:\s*(\d+)\s+Zones:\s*(\d+)\s+Aliases:\s*(\d+)/.exec(fullText!);
  if (!full) throw surprise(WHAT, text, fullText!);
  const active = parseActive(activeText!, text);
  const usage = /^(?:Current )?Total Zone DB Usage:\s*(\d+)\s*\/\s*(\d+) bytes/m.exec(body);
  return {
    defaultZone: defaultZone as ZoneStatus['defaultZone'],
    mode: mode as ZoneStatus['mode'],
    ...(session === 'none' ? {} : { session: parseSession(session!) }),
    full: { zonesets: Number(full[1]), zones: Number(full[2]), aliases: Number(full[3]) },
    ...(active ? { active } : {}),
    usedBytes: usage ? Number(usage[1]) : sizeOf(fullText!) + sizeOf(activeText!),
    maxBytes: usage ? Number(usage[2]) : DATABASE_BYTES_MAX,
    last: last!.trim().replace(/\s+/g, ' '),
  };
}

function parseSession(text: string): ZoneSession {
  const [, from, holder] = /^(\S+)\s*(?:\[(.+)\])?/.exec(text)!;
  return { from: from!, holder: holder?.trim() || text.trim() };
}

function parseActive(section: string, text: string): ZoneStatus['active'] {
  if (/Database Not Available/i.test(section)) return undefined;
  const found = /Name:\s*(\S+)\s+Zonesets:\s*(\d+)\s+Zones:\s*(\d+)/.exec(section);
  if (!found) throw surprise(WHAT, text, section);
  return { name: found[1]!, zones: Number(found[3]) };
}

const sizeOf = (section: string): number => Number(/DB size:\s*(\d+)/i.exec(section)?.[1] ?? 0);
