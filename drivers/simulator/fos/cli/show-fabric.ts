/**
 * `fabricshow`, `lscfg --show`, `version`, `firmwareshow`. Shapes: ttrnecka/brocadesan (test/outputs/fabricshow_1.txt,
 * lscfg_show_1.txt, version_1.txt, MIT, FOS 6.4); firmwareshow as published logs of FOS 5.3 to 9.2 have it.
 */
import { type FosFabric, type FosState, localSwitch } from '../state/model.ts';

const hex = (value: number): string => value.toString(16).padStart(2, '0');

export function fabricLines({ switches, principalDomain }: FosFabric): string[] {
  const rows = switches.map(({ domain, wwn, address, name }) => {
    const mark = domain === principalDomain ? '>' : ' ';
    return `${`${domain}`.padStart(3)}: fffc${hex(domain)} ${wwn} ${address.padEnd(15)} 0.0.0.0        ${mark}"${name}"`;
  });
  return [
    'Switch ID   Worldwide Name           Enet IP Addr    FC IP Addr      Name',
    '-------------------------------------------------------------------------',
    ...rows,
    '',
    `The Fabric has ${switches.length} switch${switches.length === 1 ? '' : 'es'}`,
    '',
  ];
}

/** Which port of the box is in which logical switch. */
export function logicalSwitchLines({ virtualFabrics, fabrics, defaultFid }: FosState): string[] {
  if (!virtualFabrics) return ['Virtual Fabric is not enabled on this platform.'];
  const created = fabrics.map(({ fid }) => (fid === defaultFid ? `${fid}(ds)` : `${fid}`)).join('  ');
  const owners = new Map<string, number>();
  for (const fabric of fabrics) {
    for (const { slot = 0, port } of localSwitch(fabric).ports) owners.set(`${slot}/${port}`, fabric.fid);
  }
  const places = [...owners.keys()].map((key) => key.split('/').map(Number) as [number, number]);
  const slots = [...new Set(places.map(([slot]) => slot))].sort((a, b) => a - b);
  const ports = [...new Set(places.map(([, port]) => port))].sort((a, b) => a - b);
  const cell = (slot: number, port: number) => `${owners.get(`${slot}/${port}`) ?? ''}`.padStart(4);
  const header = `Slot   ${slots.map((slot) => `${slot}`.padStart(4)).join('  ')}`;
  return [
    '',
    `Created switches:  ${created}`,
    header,
    '-'.repeat(header.length + 2),
    'Port',
    ...ports.map((port) => `${`${port}`.padStart(2)}    |${slots.map((slot) => `${cell(slot, port)} |`).join('')}`),
    '',
  ];
}

export const versionLines = ({ firmware }: FosState): string[] => [
  `Kernel:     ${firmware.startsWith('v9') ? '4.1.35rt41' : '2.6.34.6'}`,
  `Fabric OS:  ${firmware}`,
  'Made on:    Tue Jan 17 18:00:10 2023',
  'Flash:\t    Wed Oct 23 08:43:03 2024',
  'BootProm:   4.0.23-sb',
];

export const firmwareLines = ({ firmware }: FosState): string[] => [
  'Appl     Primary/Secondary Versions ',
  '------------------------------------------',
  `FOS      ${firmware}`,
  `         ${firmware}`,
];
