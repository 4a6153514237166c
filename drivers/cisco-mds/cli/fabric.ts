/** `show vsan`, `show fcdomain vsan N`, `show fcdomain domain-list vsan N`: VSANs, and the switches in one. */
import { answerLines } from './answer.ts';
import { surprise } from './surprise.ts';

export interface ShownVsan {
  readonly vsan: number;
  readonly name: string;
  /** Of the configuration: `active` or `suspended`. */
  readonly state: string;
  readonly isUp: boolean;
}

export interface ShownDomain {
  readonly domain: number;
  readonly wwn: string;
  readonly isPrincipal: boolean;
  readonly isLocal: boolean;
}

const WWN = '(?:[0-9a-f]{2}:){7}[0-9a-f]{2}';

/** Without 4079 and 4094, which hold what is isolated. */
export function parseVsans(text: string): ShownVsan[] {
  const what = 'show vsan';
  const vsans: { vsan: number; name?: string; state?: string; isUp?: boolean }[] = [];
  for (const line of answerLines(what, text)) {
    const head = /^vsan (\d+) information$/.exec(line);
    if (head) {
      vsans.push({ vsan: Number(head[1]) });
      continue;
    }
    const isKnown = line === '' || /^vsan \d+:\s*\S*isolated_vsan$/.test(line) || /^\s+\S[^:]*:/.test(line);
    const last = vsans.at(-1);
    if (!isKnown || (!last && /^\s+\S/.test(line))) throw surprise(what, text, line);
    const named = /^\s+name:\s*(.*\S)\s+state:\s*(\S+)/.exec(line);
    if (named && last) [last.name, last.state] = [named[1]!, named[2]!];
    const operational = /^\s+operational state:\s*(\S+)/.exec(line);
    if (operational && last) last.isUp = operational[1] === 'up';
  }
  return vsans.map(({ vsan, name, state, isUp }) => {
    if (name === undefined || state === undefined || isUp === undefined) throw surprise(what, text);
    return { vsan, name, state, isUp };
  });
}

/** The WWN that names the fabric: that of its principal switch, unless somebody set another. */
export function parseFabricName(text: string): string {
  const what = 'show fcdomain';
  const body = answerLines(what, text).join('\n');
  const found = new RegExp(`Running fabric name:\\s*(${WWN})`, 'i').exec(body);
  if (!found) throw surprise(what, text);
  return found[1]!.toLowerCase();
}

export function parseDomains(text: string): ShownDomain[] {
  const what = 'show fcdomain domain-list';
  const lines = answerLines(what, text).filter((line) => line !== '');
  const count = /^Number of domains:\s*(\d+)$/.exec(lines.shift() ?? '');
  if (!count) throw surprise(what, text);
  const row = new RegExp(`^\\s*0x[0-9a-f]+\\((\\d+)\\)\\s+(${WWN})((?:\\s+\\[\\w+\\])*)$`, 'i');
  const domains = lines
    .filter((line) => !/^Domain ID\s+WWN$|^[-\s]+$/.test(line))
    .map((line) => {
      const found = row.exec(line);
      if (!found) throw surprise(what, text, line);
      const marks = found[3]!;
      return {
        domain: Number(found[1]),
        wwn: found[2]!.toLowerCase(),
        isPrincipal: marks.includes('[Principal]'),
        isLocal: marks.includes('[Local]'),
      };
    });
  if (domains.length !== Number(count[1])) throw surprise(what, text);
  return domains;
}
