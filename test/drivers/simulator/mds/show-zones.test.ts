/**
 * What `show zone`, `show zoneset` and `show fcalias` print. All names and WWNs are made up; where the shapes are from:
 * - `show zoneset active`, online and offline members, device aliases, the empty line between zones: Cisco-SAN/mdssdk,
 *   output/shzonesact.txt (Apache-2.0, NX-OS version not stated), and hosseinoliabak/cisco, Datacenter/04-01 Introduction to
 *   Storage and Storage Networking.md (no licence stated, lab recording, version not stated)
 * - `show zone`, `show zone name`, active zones, all kinds of members, smart roles, `show fcalias`: Cisco-SAN/mdssdk,
 *   templates/cisco_nxos_show_zone.textfsm, _show_zone_name_active.textfsm, _show_fcalias_name.textfsm (Apache-2.0)
 * - members of an FC alias below it: jconsoli/brcddb, parse_nx.py (Apache-2.0 with an added condition)
 * - `show zone member pwwn`: CoprHD/coprhd-controller, networksystem-mds-dialog.properties (match expressions; licence not checked), and public notes of an
 *   administrator; derived where both are silent
 * - "not present" texts: a public lab recording (MDS and Nexus 5000)
 * - brief, pending, several ports behind one interface: derived
 */
import { describe, expect, test } from 'vitest';
import { HOST, startFabric, TARGET, zoned } from './prompt.ts';

const ALL_KINDS = [
  `member pwwn ${HOST(1)}`,
  'member pwwn 21:0:0:E0:8b:0:0:99 initiator',
  'member fcid 0x010400',
  'member device-alias array_1 target',
  'member fcalias hosts',
  'member fwwn 20:03:00:0d:ec:00:10:02',
  'member interface fc1/3',
  'member interface fc1/4 swwn 20:00:00:0d:ec:00:10:02',
  'member interface fc1/9 domain-id 2',
  'member interface port-channel 3 domain-id 7',
  'member ip-address 192.0.2.200',
  'member symbolic-nodename host-2',
];

function everyKind() {
  const fabric = startFabric({
    vsans: [{ id: 10, mode: 'enhanced', smartZoning: true }],
    aliasMode: 'enhanced',
    npivPerHost: 1,
  });
  const admin = fabric.open();
  admin('conf t', 'device-alias database', `device-alias name array_1 pwwn ${TARGET(1)}`);
  admin(`device-alias name host_1 pwwn ${HOST(1)}`, 'device-alias commit');
  admin('fcalias name hosts vsan 10', `member pwwn ${HOST(2)}`, 'member pwwn 21:00:00:e0:8b:00:00:98');
  const said = admin('zone name all vsan 10', ...ALL_KINDS);
  admin('zoneset name zs vsan 10', 'member all', 'zoneset activate name zs vsan 10', 'zone commit vsan 10', 'end');
  fabric.wait(1_000);
  return { ...fabric, admin, said };
}

describe('full databases', () => {
  test('show zone lists each zone with its members, an empty line between zones', () => {
    const { admin } = zoned();
    expect(admin('show zone vsan 10')).toBe(`zone name z1 vsan 10
  pwwn 10:00:00:00:c9:0a:00:01
  pwwn 50:06:01:60:00:0a:00:01

zone name z2 vsan 10
  pwwn 10:00:00:00:c9:0a:00:02
  pwwn 21:00:00:e0:8b:00:00:99`);
    expect(admin('show zone name z1 vsan 10')).toBe(`zone name z1 vsan 10
  pwwn 10:00:00:00:c9:0a:00:01
  pwwn 50:06:01:60:00:0a:00:01`);
    expect(admin('show zone name z1')).toBe(admin('show zone name z1 vsan 10'));
  });

  test('show zoneset lists zone sets with their zones', () => {
    const { admin } = zoned();
    expect(admin('show zoneset vsan 10')).toBe(`zoneset name zs vsan 10
  zone name z1 vsan 10
    pwwn 10:00:00:00:c9:0a:00:01
    pwwn 50:06:01:60:00:0a:00:01

  zone name z2 vsan 10
    pwwn 10:00:00:00:c9:0a:00:02
    pwwn 21:00:00:e0:8b:00:00:99`);
    expect(admin('show zoneset name zs vsan 10')).toBe(admin('show zoneset vsan 10'));
    expect(admin('show zoneset brief vsan 10')).toBe('zoneset name zs vsan 10\n  zone z1\n  zone z2');
  });

  test('every kind of member has its own form', () => {
    const { admin, said } = everyKind();
    expect(said).toBe('');
    expect(admin('show zone name all vsan 10')).toBe(`zone name all vsan 10
  pwwn 10:00:00:00:c9:0a:00:01 [host_1]
  pwwn 21:00:00:e0:8b:00:00:99 init
  fcid 0x010400
  device-alias array_1 target
  fcalias name hosts vsan 10
    pwwn 10:00:00:00:c9:0a:00:02
    pwwn 21:00:00:e0:8b:00:00:98
  fwwn 20:03:00:0d:ec:00:10:02
  interface fc1/3 swwn 20:00:00:0d:ec:00:10:01
  interface fc1/4 swwn 20:00:00:0d:ec:00:10:02
  interface fc1/9 domain-id 2
  interface port-channel 3 domain-id 7
  ip-address 192.0.2.200
  symbolic-nodename host-2`);
    expect(admin('show fcalias vsan 10')).toBe(`fcalias name hosts vsan 10
  pwwn 10:00:00:00:c9:0a:00:02
  pwwn 21:00:00:e0:8b:00:00:98`);
    expect(admin('show fcalias name hosts vsan 10')).toBe(admin('show fcalias'));
  });

  test('what is empty or unknown is said', () => {
    const admin = startFabric().open();
    expect(admin('show zone vsan 10')).toBe('Zone not present');
    expect(admin('show zone name nothing')).toBe('Zone not present');
    expect(admin('show zone active')).toBe('Zone not present');
    expect(admin('show zoneset vsan 10')).toBe('Zoneset not present');
    expect(admin('show zoneset active vsan 10')).toBe('Zoneset not present');
    expect(admin('show fcalias')).toBe('Alias not present');
    expect(admin('show zoneset active vsan 99')).toBe('VSAN 99 is not configured');
  });
});

describe('what is in effect', () => {
  test('stars members that are logged in and shows their FCID', () => {
    const { admin } = zoned();
    expect(admin('show zoneset active vsan 10')).toBe(`zoneset name zs vsan 10
  zone name z1 vsan 10
  * fcid 0x010300 [pwwn 10:00:00:00:c9:0a:00:01]
  * fcid 0x010400 [pwwn 50:06:01:60:00:0a:00:01]

  zone name z2 vsan 10
  * fcid 0x020300 [pwwn 10:00:00:00:c9:0a:00:02]
    pwwn 21:00:00:e0:8b:00:00:99`);
    expect(admin('show zone active vsan 10')).toBe(`zone name z1 vsan 10
* fcid 0x010300 [pwwn 10:00:00:00:c9:0a:00:01]
* fcid 0x010400 [pwwn 50:06:01:60:00:0a:00:01]

zone name z2 vsan 10
* fcid 0x020300 [pwwn 10:00:00:00:c9:0a:00:02]
  pwwn 21:00:00:e0:8b:00:00:99`);
    expect(admin('show zone name z2 active vsan 10').split('\n')).toHaveLength(3);
  });

  test('FC aliases are resolved, roles and device aliases shown, and each port behind an interface has a line', () => {
    const { admin } = everyKind();
    expect(admin('show zoneset active vsan 10')).toBe(`zoneset name zs vsan 10
  zone name all vsan 10
  * fcid 0x010300 [pwwn 10:00:00:00:c9:0a:00:01] [host_1]
    pwwn 21:00:00:e0:8b:00:00:99 init
  * fcid 0x010400 [fcid 0x010400]
  * fcid 0x010400 [device-alias array_1] target
  * fcid 0x020300 [pwwn 10:00:00:00:c9:0a:00:02]
    pwwn 21:00:00:e0:8b:00:00:98
  * fcid 0x020300 [fwwn 20:03:00:0d:ec:00:10:02]
  * fcid 0x020301 [fwwn 20:03:00:0d:ec:00:10:02]
  * fcid 0x010300 [interface fc1/3 swwn 20:00:00:0d:ec:00:10:01] [host_1]
  * fcid 0x010301 [interface fc1/3 swwn 20:00:00:0d:ec:00:10:01]
  * fcid 0x020400 [interface fc1/4 swwn 20:00:00:0d:ec:00:10:02]
    interface fc1/9 domain-id 2
    interface port-channel 3 domain-id 7
    ip-address 192.0.2.200
  * fcid 0x020300 [symbolic-nodename host-2]
  * fcid 0x020301 [symbolic-nodename host-2]`);
  });

  test('a change of the full database is not in effect', () => {
    const { admin } = zoned();
    const before = admin('show zoneset active vsan 10');
    admin('conf t', 'zone name z1 vsan 10', 'member pwwn 21:00:00:e0:8b:00:00:77', 'end');
    expect(admin('show zoneset active vsan 10')).toBe(before);
    expect(admin('show zone name z1')).toContain('21:00:00:e0:8b:00:00:77');
  });
});

test('show zone member finds a port by itself, by its device alias and by an FC alias', () => {
  const { admin } = everyKind();
  expect(admin(`show zone member pwwn ${HOST(1)} vsan 10`)).toBe(`pwwn ${HOST(1)} vsan 10 [host_1]\n  zone all`);
  expect(admin(`show zone member pwwn ${TARGET(1)} vsan 10`)).toContain('  zone all');
  expect(admin(`show zone member pwwn ${HOST(2)} vsan 10`)).toBe(
    `pwwn ${HOST(2)} vsan 10\n  fcalias hosts\n      zone all`,
  );
  expect(admin(`show zone member pwwn ${HOST(2)} active vsan 10`)).toContain('  zone all');
  expect(admin(`show zone member pwwn ${TARGET(2)} vsan 10`)).toBe('');
});
