/**
 * The switch, the fabric, logins and device aliases. Shapes:
 * - `show fcns database`, `show flogi database`: hosseinoliabak/cisco, Datacenter/04-01 Introduction to Storage and Storage
 *   Networking.md (no licence stated, lab recording); device aliases below a port: a public lab recording
 * - `detail`: an administrator's public notes with recorded output, and Cisco-SAN/mdssdk,
 *   templates/cisco_nxos_show_fcns_database_detail.textfsm (Apache-2.0)
 * - `show interface brief`: Cisco-SAN/mdssdk, output/shintbrief.txt (Apache-2.0)
 * - `show version`, `show topology`, `show vsan`, `show device-alias status`: Cisco-SAN/mdssdk, templates and parsers
 *   (Apache-2.0); `show vsan`, `show wwn switch`: CoprHD/coprhd-controller, networksystem-mds-dialog.properties (match expressions; licence not checked)
 * - `show fcdomain`: jconsoli/brcddb, parse_nx.py (Apache-2.0 with an added condition), and Cisco's configuration guides; domain-list derived
 * - `show device-alias database`: public lab recordings; pending and empty ones derived
 * - running-config: hosseinoliabak/cisco as above
 */
import { describe, expect, test } from 'vitest';
import { HOST, startFabric, TARGET, zoned } from './prompt.ts';

const aliased = () => {
  const fabric = startFabric();
  const admin = fabric.open();
  admin('conf t', 'device-alias database', `device-alias name host_1 pwwn ${HOST(1)}`);
  return { ...fabric, admin };
};

describe('logins', () => {
  test('the name server shows the ports of both switches in order of FCID, flogi those of one', () => {
    const { admin } = aliased();
    admin('device-alias commit', 'end');
    expect(admin('show fcns database vsan 10')).toBe(`
VSAN 10:
--------------------------------------------------------------------------
FCID        TYPE  PWWN                    (VENDOR)        FC4-TYPE:FEATURE
--------------------------------------------------------------------------
0x010300    N     10:00:00:00:c9:0a:00:01 (Emulex)        scsi-fcp:init
                  [host_1]
0x010400    N     50:06:01:60:00:0a:00:01 (Clariion)      scsi-fcp:target
0x020300    N     10:00:00:00:c9:0a:00:02 (Emulex)        scsi-fcp:init
0x020400    N     50:06:01:60:00:0a:00:02 (Clariion)      scsi-fcp:target

Total number of entries = 4`);
    expect(admin('show flogi database')).toBe(`${'-'.repeat(80)}
INTERFACE        VSAN    FCID           PORT NAME               NODE NAME
${'-'.repeat(80)}
fc1/3            10    0x010300  10:00:00:00:c9:0a:00:01 20:00:00:00:c9:0a:00:01
                           [host_1]
fc1/4            10    0x010400  50:06:01:60:00:0a:00:01 50:06:01:60:80:0a:00:01

Total number of flogi = 2.`);
    expect(admin('show fcns database local vsan 10')).toContain('Total number of local entries = 2');
  });

  test('detail tells where a port is', () => {
    const { admin } = aliased();
    admin('device-alias commit', 'end');
    const said = admin('show fcns database detail vsan 10');
    expect(said.slice(0, said.indexOf('\n\n'))).toBe(`------------------------
VSAN:10     FCID:0x010300
------------------------
port-wwn (vendor)           :10:00:00:00:c9:0a:00:01 (Emulex)
                             [host_1]
node-wwn                    :20:00:00:00:c9:0a:00:01
class                       :3
node-ip-addr                :0.0.0.0
ipa                         :ff ff ff ff ff ff ff ff
fc4-types:fc4_features      :scsi-fcp:init
symbolic-port-name          :
symbolic-node-name          :host-1
port-type                   :N
port-ip-addr                :0.0.0.0
fabric-port-wwn             :20:03:00:0d:ec:00:10:01
hard-addr                   :0x000000
permanent-port-wwn (vendor) :10:00:00:00:c9:0a:00:01 (Emulex)
connected interface         :fc1/3
switch name (IP address)    :mds-1 (192.0.2.11)`);
    expect(said.endsWith('Total number of entries = 4')).toBe(true);
  });

  test('virtual ports share the interface of their host, vendors and features may be missing, loops are NL', () => {
    const { state, open } = startFabric({ hosts: 1, targets: 1, npivPerHost: 2 });
    state.logins.push({
      wwpn: '21:00:00:20:37:00:00:01',
      wwnn: '20:00:00:20:37:00:00:01',
      vsan: 10,
      switch: 'mds-2',
      interface: 'fc1/4',
      fcid: '0x0204d9',
      type: 'NL',
      feature: '',
      online: true,
    });
    const admin = open();
    expect(admin('show flogi database | include fc1/3').split('\n')).toHaveLength(3);
    expect(admin('show fcns database vsan 10')).toContain(
      '\n0x0204d9    NL    21:00:00:20:37:00:00:01                 scsi-fcp\n',
    );
  });

  test('a port that logged out is in neither; an empty VSAN is shown only when asked for', () => {
    const { state, open } = startFabric();
    state.logins.find(({ wwpn }) => wwpn === HOST(1))!.online = false;
    const admin = open();
    expect(admin('show fcns database')).not.toContain(HOST(1));
    expect(admin('show flogi database')).toContain('Total number of flogi = 1.');
    expect(admin('show fcns database')).not.toContain('VSAN 1:');
    expect(admin('show fcns database vsan 1')).toContain('VSAN 1:');
  });
});

test('show version names model, release and switch', () => {
  const lines = startFabric().open()('show version').split('\n');
  expect(lines).toContain('  system:    version 8.4(2c)');
  expect(lines).toContain('  cisco MDS 9148S 16G 48 FC (1 Slot) Chassis ("2/4/8/16 Gbps FC/Supervisor")');
  expect(lines).toContain('  Device name: mds-1');
});

test('show vsan lists the isolated ones too', () => {
  const admin = startFabric({ vsans: [{ id: 10, name: 'prod' }] }).open();
  expect(admin('show vsan')).toBe(`vsan 1 information
         name:VSAN0001  state:active
         interoperability mode:default
         loadbalancing:src-id/dst-id/oxid
         operational state:up

vsan 10 information
         name:prod  state:active
         interoperability mode:default
         loadbalancing:src-id/dst-id/oxid
         operational state:up

vsan 4079:evfp_isolated_vsan

vsan 4094:isolated_vsan`);
  expect(admin('show vsan 10').split('\n')[0]).toBe('vsan 10 information');
  expect(admin('show vsan 11')).toBe('VSAN 11 is not configured');
});

test('the name of the fabric is the WWN of the principal switch in that VSAN', () => {
  const fabric = startFabric();
  const first = fabric.open()('show fcdomain vsan 10').split('\n');
  expect(first.slice(0, 8)).toEqual([
    'The local switch is the Principal Switch.',
    '',
    'Local switch run time information:',
    '        State: Stable',
    '        Local switch WWN:    20:0a:00:0d:ec:00:10:01',
    '        Running fabric name: 20:0a:00:0d:ec:00:10:01',
    '        Running priority: 2',
    '        Current domain ID: 0x01(1)',
  ]);
  const second = fabric.open({ on: 'mds-2' })('show fcdomain vsan 10').split('\n');
  expect(second[0]).toBe('The local switch is a Subordinated Switch.');
  expect(second[4]).toBe('        Local switch WWN:    20:0a:00:0d:ec:00:10:02');
  expect(second[5]).toBe(first[5]);
  expect(
    fabric
      .open()('show fcdomain')
      .match(/^VSAN \d+$/gm),
  ).toEqual(['VSAN 1', 'VSAN 10']);
  expect(fabric.open()('show fcdomain domain-list vsan 10')).toBe(`
Number of domains: 2
Domain ID              WWN
---------    -----------------------
  0x01(1)    20:0a:00:0d:ec:00:10:01 [Local] [Principal]
  0x02(2)    20:0a:00:0d:ec:00:10:02`);
  expect(fabric.open()('show wwn switch')).toBe('Switch WWN is 20:00:00:0d:ec:00:10:01');
});

test('the topology names peers with their domain and address', () => {
  expect(startFabric().open()('show topology vsan 10')).toBe(`
FC Topology for VSAN 10 :
${'-'.repeat(80)}
       Interface Peer Domain Peer Interface  Peer IP Address(Switch Name)
${'-'.repeat(80)}
           fc1/1     0x02(2)          fc1/1  192.0.2.12(mds-2)
           fc1/2     0x02(2)          fc1/2  192.0.2.12(mds-2)`);
});

test('show interface brief has trunks, edge ports and free ports', () => {
  expect(startFabric().open()('show interface brief').split('\n').slice(1, 11)).toEqual([
    '-'.repeat(89),
    'Interface  Vsan   Admin  Admin   Status       SFP    Oper  Oper   Port     Logical',
    '                  Mode   Trunk                       Mode  Speed  Channel   Type',
    '                         Mode                              (Gbps)',
    '-'.repeat(89),
    'fc1/1       1      E      on      trunking     swl   TE    32    --       core',
    'fc1/2       1      E      on      trunking     swl   TE    32    --       core',
    'fc1/3       10     FX     on      up           swl    F    16    --       edge',
    'fc1/4       10     FX     on      up           swl    F    16    --       edge',
    'fc1/5       1      FX     on      notConnected swl   --    --    --       --',
  ]);
});

test('device aliases: database, pending changes, status with the lock', () => {
  const { admin } = aliased();
  expect(admin('show device-alias database')).toBe('There are no entries in the database');
  expect(admin('show device-alias pending')).toBe(
    `device-alias name host_1 pwwn ${HOST(1)}\n\nTotal number of entries = 1`,
  );
  const status = admin('show device-alias status').split('\n');
  expect(status.slice(0, 2)).toEqual(['Fabric Distribution : Enabled', 'Database:- Device Aliases 0  Mode: Basic']);
  expect(status[2]).toMatch(/^ {11}Checksum: 0x[0-9a-f]{32}$/);
  expect(status.slice(3)).toEqual([
    'Locked By:- User "CLI/SNMPv3:admin" SWWN 20:00:00:0d:ec:00:10:01',
    'Pending Database:- Device Aliases 1  Mode: Basic',
  ]);
  admin('device-alias commit');
  expect(admin('show device-alias pending')).toBe('There are no pending changes');
  expect(admin('show device-alias database')).toContain(`device-alias name host_1 pwwn ${HOST(1)}`);
  expect(admin('show device-alias status')).not.toContain('Locked');
});

test('the running configuration has the active and the full database of each VSAN', () => {
  const { admin } = zoned();
  admin('conf t', 'device-alias database', `device-alias name array_1 pwwn ${TARGET(1)}`, 'device-alias commit', 'end');
  const said = admin('show running-config vsan 10');
  expect(said).toContain(`!Active Zone Database Section for vsan 10
zone name z1 vsan 10
    member pwwn 10:00:00:00:c9:0a:00:01
    member pwwn 50:06:01:60:00:0a:00:01
!           [array_1]

zone name z2 vsan 10
`);
  expect(said).toContain(`zoneset name zs vsan 10
    member z1
    member z2

zoneset activate name zs vsan 10
do clear zone database vsan 10
!Full Zone Database Section for vsan 10
zone name z1 vsan 10
`);
  expect(admin('show running-config')).toContain(`  device-alias name array_1 pwwn ${TARGET(1)}\n`);
});
