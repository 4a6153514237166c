/** The switch itself and its place in the fabric: version, VSANs, domains, topology, interfaces. */
import {
  type Interface,
  type Link,
  type LinkEnd,
  type MdsState,
  type MdsSwitch,
  switchOf,
  type Vsan,
  vsanWwn,
} from '../state/types.ts';

export const showVersion = ({ name, model, version, serial }: MdsSwitch): string[] => [
  'Cisco Nexus Operating System (NX-OS) Software',
  '',
  'Software',
  '  BIOS:      version 2.1.18',
  `  kickstart: version ${version}`,
  `  system:    version ${version}`,
  '',
  'Hardware',
  `  cisco ${model} Chassis ("2/4/8/16 Gbps FC/Supervisor")`,
  '  Simulated CPU with 4088636 kB of memory.',
  `  Processor Board ID ${serial}`,
  '',
  `  Device name: ${name}`,
  '  bootflash:    4001760 kB',
  'Kernel uptime is 41 day(s), 5 hour(s), 55 minute(s), 5 second(s)',
];

const vsanBlock = ({ id, name, state }: Vsan): string[] => [
  `vsan ${id} information`,
  `         name:${name}  state:${state}`,
  '         interoperability mode:default',
  '         loadbalancing:src-id/dst-id/oxid',
  `         operational state:${state === 'active' ? 'up' : 'down'}`,
  '',
];

/** All of them, with those that every switch has for what is isolated. */
export const showVsans = (vsans: readonly Vsan[]): string[] => [
  ...vsans.flatMap(vsanBlock),
  'vsan 4079:evfp_isolated_vsan',
  '',
  'vsan 4094:isolated_vsan',
];

export const showVsan = (vsan: Vsan): string[] => vsanBlock(vsan).slice(0, -1);

const domainText = (domain: number): string => `0x${domain.toString(16).padStart(2, '0')}(${domain})`;
const RULE = '----------------    -------------    ------------';

const endsOn = ({ ends }: Link, name: string): readonly [LinkEnd, LinkEnd] | undefined => {
  const [a, b] = ends;
  if (a.switch === name) return [a, b];
  return b.switch === name ? [b, a] : undefined;
};

export function showFcdomain(state: MdsState, at: MdsSwitch, vsan: number): string[] {
  const principal = state.switches[0]!;
  const isPrincipal = at === principal;
  const links = state.links.flatMap((link) => endsOn(link, at.name) ?? []).filter((end) => end.switch === at.name);
  return [
    `The local switch is ${isPrincipal ? 'the Principal Switch' : 'a Subordinated Switch'}.`,
    '',
    'Local switch run time information:',
    '        State: Stable',
    `        Local switch WWN:    ${vsanWwn(at, vsan)}`,
    `        Running fabric name: ${vsanWwn(principal, vsan)}`,
    `        Running priority: ${isPrincipal ? 2 : 128}`,
    `        Current domain ID: ${domainText(at.domains[vsan] ?? 0)}`,
    '',
    'Local switch configuration information:',
    '        State: Enabled',
    '        FCID persistence: Enabled',
    '        Auto-reconfiguration: Disabled',
    '        Contiguous-allocation: Disabled',
    '        Configured fabric name: 20:01:00:05:30:00:28:df',
    '        Optimize Mode: Disabled',
    '        Configured priority: 128',
    '        Configured domain ID: 0x00(0) (preferred)',
    '',
    'Principal switch run time information:',
    '        Running priority: 2',
    '',
    'Interface               Role          RCF-reject',
    RULE,
    ...links.map(
      ({ interface: port }) => `${port.padEnd(20)}${(isPrincipal ? 'Downstream' : 'Upstream').padEnd(17)}Disabled`,
    ),
    RULE,
  ];
}

export function showDomainList(state: MdsState, at: MdsSwitch, vsan: number): string[] {
  const rows = state.switches.map((one, index) => {
    const domain = domainText(one.domains[vsan] ?? 0).padStart(9);
    const marks = `${one === at ? ' [Local]' : ''}${index === 0 ? ' [Principal]' : ''}`;
    return `${domain}    ${vsanWwn(one, vsan)}${marks}`;
  });
  return [
    '',
    `Number of domains: ${rows.length}`,
    'Domain ID              WWN',
    '---------    -----------------------',
    ...rows,
  ];
}

const RULE_TOPOLOGY = '-'.repeat(80);

export function showTopology(state: MdsState, at: MdsSwitch, vsan: number): string[] {
  const rows = state.links.flatMap((link) => {
    const ends = endsOn(link, at.name);
    if (!ends) return [];
    const peer = switchOf(state, ends[1].switch);
    const domain = domainText(peer.domains[vsan] ?? 0).padStart(11);
    return [`${ends[0].interface.padStart(16)} ${domain} ${ends[1].interface.padStart(14)}  ${peer.ip}(${peer.name})`];
  });
  return [
    '',
    `FC Topology for VSAN ${vsan} :`,
    RULE_TOPOLOGY,
    '       Interface Peer Domain Peer Interface  Peer IP Address(Switch Name)',
    RULE_TOPOLOGY,
    ...rows,
  ];
}

const RULE_BRIEF = '-'.repeat(89);

const SHOWN: Record<Interface['status'], { admin: string; mode: string; logical: string }> = {
  up: { admin: 'FX', mode: 'F', logical: 'edge' },
  trunking: { admin: 'E', mode: 'TE', logical: 'core' },
  notConnected: { admin: 'FX', mode: '--', logical: '--' },
  down: { admin: 'FX', mode: '--', logical: '--' },
};

function briefRow({ name, vsan, status, speedGbit }: Interface): string {
  const { admin, mode, logical } = SHOWN[status];
  const speed = mode === '--' ? '--' : String(speedGbit);
  const left = `${name.padEnd(12)}${String(vsan).padEnd(7)}${admin.padEnd(7)}on      ${status.padEnd(12)} swl  `;
  return `${left}${mode.padStart(3).padEnd(6)}${speed.padStart(3).padEnd(7)}--       ${logical}`;
}

export const showInterfaceBrief = ({ interfaces, ip }: MdsSwitch): string[] => [
  '',
  RULE_BRIEF,
  'Interface  Vsan   Admin  Admin   Status       SFP    Oper  Oper   Port     Logical',
  '                  Mode   Trunk                       Mode  Speed  Channel   Type',
  '                         Mode                              (Gbps)',
  RULE_BRIEF,
  ...interfaces.map(briefRow),
  '',
  '-------------------------------------------------------------------------------',
  'Interface               Status     IP Address         Speed     MTU',
  '-------------------------------------------------------------------------------',
  `${'mgmt0'.padEnd(25)}up         ${`${ip}/24`.padEnd(20)}1 Gbps   1500`,
];
