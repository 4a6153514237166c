/** `show ivr vsan-topology`: VSANs between which there is routing, by the switches that they are on. */
import type { RoutedFabric } from 'coprhd/driver';
import { answerLines } from './answer.ts';
import { surprise } from './surprise.ts';

const WHAT = 'show ivr vsan-topology';
const VSAN_MAX = 4_093;
/** AFID, WWN of the switch (`*` = this one), active, configured, VSANs. */
const ROW = /^\s*\d+\s+((?:[0-9a-f]{2}:){7}[0-9a-f]{2})\s+(?:\*\s+)?(yes|no)\s+(?:yes|no)\s+(\d[\d,-]*)$/i;

/** Only what is active. */
export function parseRouted(text: string): RoutedFabric[] {
  const routed: RoutedFabric[] = [];
  for (const line of answerLines(WHAT, text)) {
    const [, wwn, active, vsans] = ROW.exec(line) ?? [];
    if (wwn === undefined && /^\s*\d/.test(line)) throw surprise(WHAT, text, line);
    if (active?.toLowerCase() !== 'yes') continue;
    const name = wwn!.toLowerCase();
    for (const virtualFabric of numbersIn(vsans!, () => surprise(WHAT, text, line))) {
      routed.push({ switch: name, virtualFabric });
    }
  }
  return routed;
}

/** `1-3,10`. */
function numbersIn(list: string, wrong: () => Error): number[] {
  return list.split(',').flatMap((part) => {
    const [from, to = from] = part.split('-').map(Number);
    if (!from || !to || to < from || to > VSAN_MAX) throw wrong();
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
