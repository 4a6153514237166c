/**
 * `show ivr vsan-topology`. Shape: the example in CoprHD's sources (MDSNetworkSystemDevice, Apache-2.0) for the table, and
 * Cisco's IVR configuration guide for what is below it.
 */
import type { MdsState, MdsSwitch } from '../state/types.ts';

/** `1-3,10`. */
function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = parts.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

export function showIvrTopology(
  { switches }: MdsState,
  at: Pick<MdsSwitch, 'name'>,
  vsans: readonly number[],
): string[] {
  const rows = switches.map(
    ({ name, wwn }) => `   1  ${wwn} ${name === at.name ? '*' : ' '}   yes      no  ${ranges(vsans)}`,
  );
  return [
    '',
    'AFID  SWITCH WWN                 Active   Cfg. VSANS',
    '-----------------------------------------------------------',
    ...rows,
    '',
    `Total:   ${rows.length} entries in active and configured IVR VSAN-Topology`,
    '',
  ];
}
