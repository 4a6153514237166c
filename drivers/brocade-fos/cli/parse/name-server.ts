/** `nsshow` (ports at this switch) and `nscamshow` (ports at the others): who is logged in to the name server now. */
import { isWwn, normalWwn, symbolOf } from '../../model/names.ts';
import { Surprise } from '../../surprise.ts';
import { filledLines } from './lines.ts';

export interface ShownPort {
  readonly wwpn: string;
  readonly wwnn: string;
  /** Domain of its switch: the first byte of its address. */
  readonly domain: number;
  /** The port's index at its switch; where it isn't printed, the second byte of the address, which is the same on most. */
  readonly port: number;
  readonly symbol?: string;
}

/** ` N    010000;      3;50:...;20:...; na`: type, address, classes of service, port, node, time to live. */
const DEVICE = /^\s*(?:N|NL|F|FL|U)\s+([0-9a-f]{6});\s*([\d,]*);\s*(\S+?);\s*([0-9a-f:]{23})\s*;?\s*(?:na|\d+)?\s*$/i;
/** `FC4 Features [FCP]: Target`, `Port Index: 4`; an address is followed by `;`. */
const DETAIL = /^\s+([A-Z][^:;]*):\s*(.*)$/;
const LOCAL_COUNT = /^The Local Name Server has (\d+) entr(?:y|ies)\b/i;
const LOCAL_NONE = /^There is no entry in the Local Name Server/i;
const IGNORED = /^(?:\{|\}|Type Pid\b.*|state\s+rev\b.*|(?:known|unknown)\s+\S+\s+\S+.*)$/i;

interface Reader {
  readonly what: string;
  readonly text: string;
  readonly ports: ShownPort[];
}

/** True when the line was about a port. */
function readPort({ what, text, ports }: Reader, line: string): boolean {
  const [, address, , wwpn, wwnn] = DEVICE.exec(line) ?? [];
  if (address !== undefined) {
    if (!isWwn(wwpn!) || !isWwn(wwnn!)) throw new Surprise(what, text, line);
    const [domain, port] = [address.slice(0, 2), address.slice(2, 4)].map((byte) => Number.parseInt(byte, 16));
    ports.push({ wwpn: normalWwn(wwpn!), wwnn: normalWwn(wwnn!), domain: domain!, port: port! });
    return true;
  }
  const [, key, value] = DETAIL.exec(line) ?? [];
  const last = ports.at(-1);
  if (key === undefined || last === undefined) return false;
  ports[ports.length - 1] = { ...last, ...detailOf(key, value!) };
  return true;
}

function detailOf(key: string, value: string): Partial<ShownPort> {
  if (key === 'Port Index' && /^\d+$/.test(value)) return { port: Number(value) };
  const symbol = key === 'PortSymb' ? symbolOf(value) : '';
  return symbol === '' ? {} : { symbol };
}

/** `whole`: the count at the end agrees. Some versions print none: `undefined` then. */
export function parseLocalPorts(text: string): { readonly ports: readonly ShownPort[]; readonly whole?: boolean } {
  const reader: Reader = { what: 'nsshow', text, ports: [] };
  let count: number | undefined;
  const lines = filledLines(text);
  for (const line of lines) {
    const plain = line.trim();
    const [, counted] = LOCAL_COUNT.exec(plain) ?? [];
    if (counted !== undefined) count = Number(counted);
    else if (LOCAL_NONE.test(plain)) count = 0;
    else if (!IGNORED.test(plain) && !readPort(reader, line)) throw new Surprise('nsshow', text, line);
  }
  if (lines.length === 0) throw new Surprise('nsshow', text);
  const { ports } = reader;
  return { ports, ...(count === undefined ? {} : { whole: count === ports.length }) };
}

const ENTRY = /^Switch entry for\s+(\d+)/i;
const REMOTE_COUNT = /^Device list: count (\d+)/i;
const REMOTE_NONE = /^No (?:entry|device) is found!?/i;

interface RemoteSwitch {
  readonly domain: number;
  count?: number;
  ports: number;
}

/** `remote`: domains of the other switches of the fabric. `whole`: each of them is there, with as many ports as it says. */
export function parseRemotePorts(
  text: string,
  remote: readonly number[],
): { readonly ports: readonly ShownPort[]; readonly whole: boolean } {
  const reader: Reader = { what: 'nscamshow', text, ports: [] };
  const switches: RemoteSwitch[] = [];
  let none = false;
  for (const line of filledLines(text)) {
    const plain = line.trim();
    const current = switches.at(-1);
    const before = reader.ports.length;
    if (/^nscam show for remote switches:/i.test(plain)) continue;
    if (REMOTE_NONE.test(plain)) none = true;
    else if (ENTRY.test(plain)) switches.push({ domain: Number(ENTRY.exec(plain)![1]), ports: 0 });
    else if (current && REMOTE_COUNT.test(plain)) current.count = Number(REMOTE_COUNT.exec(plain)![1]);
    else if (!IGNORED.test(plain) && !(current && readPort(reader, line))) throw new Surprise('nscamshow', text, line);
    if (current) current.ports += reader.ports.length - before;
  }
  const right = switches.every(({ count, ports }) => count === ports);
  const all = remote.every((domain) => switches.some((one) => one.domain === domain));
  return { ports: reader.ports, whole: right && (all || (none && switches.length === 0)) };
}
