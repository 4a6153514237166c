/** `fcrfabricshow`: the fabrics at the EX_Ports of the FC routers of this backbone. */
import { isWwn, normalWwn } from '../../model/names.ts';
import { Surprise } from '../../surprise.ts';
import { filledLines } from './lines.ts';

/** EX_Port, FID, address, WWN and name of the switch behind it. */
const ROW = /^\s*\d+\s+\d{1,3}\s+\S.*?\s((?:[0-9a-f]{2}:){7}[0-9a-f]{2})\s+"[^"]*"\s*$/i;
const ROUTER = /^FC Router WWN:\s*((?:[0-9a-f]{2}:){7}[0-9a-f]{2})/i;

/** WWNs of switches, one at least of each fabric. */
export function parseRouted(text: string): string[] {
  const switches = new Set<string>();
  for (const line of filledLines(text)) {
    const wwn = ROUTER.exec(line.trim())?.[1] ?? ROW.exec(line)?.[1];
    if (wwn !== undefined && isWwn(wwn)) switches.add(normalWwn(wwn));
    else if (/^\s*\d/.test(line)) throw new Surprise('fcrfabricshow', text, line);
  }
  return [...switches];
}
