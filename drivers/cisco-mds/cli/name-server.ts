/** `show fcns database detail vsan N`: the ports that are logged in to the VSAN, one block each, and their number at the end. */
import { answerLines } from './answer.ts';
import { surprise } from './surprise.ts';

export interface ShownPort {
  readonly wwpn: string;
  readonly wwnn?: string;
  /** 24 bits: domain, area, port. */
  readonly fcid: number;
  readonly symbolicName: string;
  /** `fc1/14`; older versions don't tell. */
  readonly interface?: string;
  readonly switchName?: string;
}

export interface NameServer {
  readonly ports: readonly ShownPort[];
  /** The number at the end is there, and is that of the ports. */
  readonly complete: boolean;
}

const WHAT = 'show fcns database detail';
const WWN = /^((?:[0-9a-f]{2}:){7}[0-9a-f]{2})\b/i;
const FIELD = /^([a-zA-Z][\w -]*(?::fc4_features)?(?: \([\w ]+\))?)\s*:(.*)$/;

interface Draft {
  readonly fcid: number;
  readonly fields: Map<string, string>;
}

export function parseNameServer(text: string): NameServer {
  const drafts: Draft[] = [];
  let total: number | undefined;
  for (const line of answerLines(WHAT, text)) {
    if (line === '' || /^-+$/.test(line) || /^VSAN \d+:$/.test(line) || /^\s+\[.*\]$/.test(line)) continue;
    const counted = /^Total number of (?:local )?entries = (\d+)$/.exec(line);
    const head = /^VSAN:\d+\s+FCID:(0x[0-9a-f]{1,6})$/i.exec(line);
    if (counted) total = Number(counted[1]);
    else if (head) drafts.push({ fcid: Number(head[1]), fields: new Map() });
    else readField(drafts.at(-1), line, text);
  }
  return { ports: drafts.map((draft) => finish(draft, text)), complete: total === drafts.length };
}

function readField(draft: Draft | undefined, line: string, text: string): void {
  const found = FIELD.exec(line);
  if (!draft || !found) throw surprise(WHAT, text, line);
  draft.fields.set(found[1]!.trim().toLowerCase(), found[2]!.trim());
}

function finish({ fcid, fields }: Draft, text: string): ShownPort {
  const wwpn = WWN.exec(fields.get('port-wwn (vendor)') ?? '')?.[1];
  const wwnn = WWN.exec(fields.get('node-wwn') ?? '')?.[1];
  // The last field of every version; a block without it was cut.
  const isWhole = fields.has('connected interface') || fields.has('permanent-port-wwn (vendor)');
  if (wwpn === undefined || !isWhole) throw surprise(WHAT, text);
  const at = fields.get('connected interface');
  const on = fields.get('switch name (ip address)')?.replace(/\s*\(.*$/, '');
  return {
    wwpn: wwpn.toLowerCase(),
    ...(wwnn === undefined ? {} : { wwnn: wwnn.toLowerCase() }),
    fcid,
    symbolicName: fields.get('symbolic-port-name') || fields.get('symbolic-node-name') || '',
    ...(at ? { interface: at } : {}),
    ...(on ? { switchName: on } : {}),
  };
}
