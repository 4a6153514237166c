/**
 * The name server: `nsshow` (this switch) and `nscamshow` (the others). Shapes: ttrnecka/brocadesan (test/outputs/ns_1.txt,
 * ns_2.txt, MIT, FOS 6.4); the last lines of an entry since FOS 8 are derived.
 */
import { atLeast } from '../state/firmware.ts';
import { type FosFabric, type FosLogin, type FosPort, type FosSwitch, localSwitch } from '../state/model.ts';
import { portAddress } from './show-switch.ts';

export interface NameEntry {
  readonly own: FosSwitch;
  readonly port: FosPort;
  readonly login: FosLogin;
  /** 0: the physical one. */
  readonly device: number;
}

export const namesOf = (own: FosSwitch): NameEntry[] =>
  own.ports.flatMap((port) => port.logins.map((login, device) => ({ own, port, login, device })));

const ROLES = { initiator: 'Initiator', target: 'Target', unknown: 'Unknown(initiator/target)' } as const;

export const deviceType = ({ login, device }: NameEntry): string =>
  `${device > 0 ? 'NPIV' : 'Physical'} ${ROLES[login.role]}`;

/** WWN of the port of the switch. */
export const fabricPortName = ({ own, port }: NameEntry): string =>
  `20:${(port.index % 256).toString(16).padStart(2, '0')}:${own.wwn.slice(6)}`;

export const permanentPortName = ({ port }: NameEntry): string => port.logins[0]!.wwpn;

/** `[34] "text"`. */
export const symbolText = (text: string): string => `[${text.length}] "${text}"`;

function details(entry: NameEntry, firmware: string): string[] {
  const { login, port } = entry;
  const newer = [
    'LSAN: No',
    'Slow Drain Device: No',
    `Device link speed: ${port.speed.replace(/^N?(\d+)G?$/, '$1G')}`,
    'Connected through AG: No',
    'Real device behind AG: No',
    'FCoE: No',
    ...(login.role === 'unknown' ? [] : [`FC4 Features [FCP]: ${ROLES[login.role]} `]),
  ];
  return [
    'FC4s: FCP ',
    ...(login.portSymbol === undefined ? [] : [`PortSymb: ${symbolText(login.portSymbol)}`]),
    ...(login.nodeSymbol === undefined ? [] : [`NodeSymb: ${symbolText(login.nodeSymbol)}`]),
    `Fabric Port Name: ${fabricPortName(entry)} `,
    `Permanent Port Name: ${permanentPortName(entry)}`,
    `Device type: ${deviceType(entry)}`,
    `Port Index: ${port.index}`,
    'Share Area: No',
    ...(atLeast(firmware, '9.0.0') ? [] : ['Device Shared in Other AD: No']),
    'Redirect: No ',
    'Partial: No',
    ...(atLeast(firmware, '8.0.0') ? newer : []),
  ];
}

function headLine({ own, port, login, device }: NameEntry): string {
  const type = login.loop ? 'NL' : 'N ';
  return ` ${type}   ${portAddress(own, port, device)};      3;${login.wwpn};${login.wwnn};`;
}

export function localNames(fabric: FosFabric, firmware: string): string[] {
  const names = namesOf(localSwitch(fabric));
  if (names.length === 0) return ['There is no entry in the Local Name Server'];
  const entries = names.flatMap((entry) => [
    `${headLine(entry)} na`,
    ...details(entry, firmware).map((line) => `    ${line}`),
  ]);
  const one = names.length === 1;
  const header = ' Type Pid    COS     PortName                NodeName                 TTL(sec)';
  return ['{', header, ...entries, `The Local Name Server has ${names.length} ${one ? 'entry' : 'entries'} }`];
}

export function remoteNames(fabric: FosFabric, firmware: string): string[] {
  const known = fabric.switches.slice(1).map((own) => ({ own, names: namesOf(own) }));
  const head = 'nscam show for remote switches:';
  if (known.every(({ names }) => names.length === 0)) return [head, 'No entry is found!'];
  const entries = known.flatMap(({ own, names }) => [
    `Switch entry for ${own.domain}`,
    '  state  rev    owner  cap_available',
    `  known   v${firmware.replace(/^v(\d)\.(\d)\.(\d).*$/, '$1$2$3')}  0xfffc${localSwitch(fabric).domain.toString(16).padStart(2, '0')} 1`,
    `  Device list: count ${names.length}`,
    '    Type Pid    COS     PortName                NodeName',
    ...names.flatMap((entry) => [
      `   ${headLine(entry)}`,
      ...details(entry, firmware).map((line) => `        ${line}`),
    ]),
    '',
  ]);
  return [head, ...entries];
}
