/** `switchshow` and `fabricshow`: the switch itself, its ports, and the switches of its fabric. */
import type { SwitchObservation } from 'coprhd/driver';
import { isWwn, normalWwn } from '../../model/names.ts';
import { Surprise } from '../../surprise.ts';
import { filledLines } from './lines.ts';

export interface ShownSwitch {
  readonly name: string;
  readonly type: string;
  readonly wwn: string;
  readonly domain: number;
  readonly online: boolean;
  /** With virtual fabrics. */
  readonly virtualFabric?: number;
  /** It routes between fabrics. */
  readonly router: boolean;
  /** N ports that are logged in at it, as its table of ports counts them; NPIV ports have no line of their own. */
  readonly loggedIn: number;
}

const HEAD = /^([A-Za-z][\w /]*?):\s*(.*)$/;
const RULE = /^=+$/;
/** Index, slot where there are slots, port, address: the rest differs from model to model. */
const PORT = /^\s*\d+\s+(?:\d+\s+)?\d+\s+(?:[0-9a-f]{6}|-{6})\s+(.*)$/i;
const NPIV = /F-Port\s+(\d+) N Port \+ (\d+) NPIV public/;

export function parseSwitch(text: string): ShownSwitch {
  const lines = filledLines(text);
  const rule = lines.findIndex((line) => RULE.test(line.trim()));
  const head = new Map(
    lines.slice(0, Math.max(0, rule)).flatMap((line): [string, string][] => {
      const [, key, value] = HEAD.exec(line.trim()) ?? [];
      return key === undefined ? [] : [[key, value ?? '']];
    }),
  );
  const need = (key: string): string => {
    const value = head.get(key);
    if (value === undefined || value === '') throw new Surprise(`switchshow (${key})`, text, lines[0]);
    return value;
  };
  const wwn = need('switchWwn');
  const domain = Number(/^\d+/.exec(need('switchDomain'))?.[0] ?? Number.NaN);
  if (!isWwn(wwn) || !(domain >= 1 && domain <= 239)) throw new Surprise('switchshow', text, lines[0]);
  const fid = /\bFID:\s*(\d+)/.exec(head.get('LS Attributes') ?? '')?.[1];
  return {
    name: need('switchName'),
    type: need('switchType'),
    wwn: normalWwn(wwn),
    domain,
    online: need('switchState') === 'Online',
    ...(fid === undefined ? {} : { virtualFabric: Number(fid) }),
    router: head.get('FC Router') === 'ON',
    loggedIn: lines.slice(rule + 1).reduce((sum, line) => sum + loggedInAt(text, line), 0),
  };
}

function loggedInAt(text: string, line: string): number {
  const [, rest] = PORT.exec(line) ?? [];
  // GE and VE ports of extension switches have other columns, and nobody logs in there.
  if (rest === undefined) {
    if (/\bF-Port\b/.test(line)) throw new Surprise('switchshow', text, line);
    return 0;
  }
  const [, physical, virtual] = NPIV.exec(rest) ?? [];
  if (physical !== undefined) return Number(physical) + Number(virtual);
  return /\bF-Port\s+[0-9a-f:]{23}\b/i.test(rest) ? 1 : 0;
}

export interface ShownFabric {
  /** WWN of the principal switch. */
  readonly principal: string;
  readonly switches: readonly SwitchObservation[];
  /** The count at the end agrees. */
  readonly whole: boolean;
}

const SWITCH = /^\s*(\d+):\s+[0-9a-f]{6}\s+(\S+)\s+.*?(>?)"([^"]*)"\s*(?:\[[^\]]*\])?$/i;
const COUNT = /^The Fabric has (\d+) switch(?:es)?\b/i;

export function parseFabric(text: string): ShownFabric {
  const switches: SwitchObservation[] = [];
  let principal: string | undefined;
  let count: number | undefined;
  for (const line of filledLines(text)) {
    const [, domain, wwn, marked, name] = SWITCH.exec(line) ?? [];
    const [, counted] = COUNT.exec(line.trim()) ?? [];
    if (counted !== undefined) count = Number(counted);
    else if (domain !== undefined && isWwn(wwn ?? '')) {
      switches.push({ nativeId: normalWwn(wwn!), name: name!, domain: Number(domain), status: 'up' });
      if (marked === '>') principal = normalWwn(wwn!);
    } else if (!/^(?:Switch ID\b|-+$|Fabric (?:Name|UPT)|\(Fabric)/i.test(line.trim())) {
      throw new Surprise('fabricshow', text, line);
    }
  }
  if (principal === undefined) throw new Surprise('fabricshow', text);
  return { principal, switches, whole: count === switches.length };
}
