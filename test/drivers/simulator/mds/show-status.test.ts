/**
 * `show zone status`, `show zone pending-diff`, `show zone analysis`. Shapes:
 * - status, basic mode: hosseinoliabak/cisco, Datacenter/04-01 Introduction to Storage and Storage Networking.md (no licence
 *   stated, lab recording) and openstack/cinder, test_cisco_fc_zone_client_cli.py (Apache-2.0); without an active set: a
 *   public paste of an 8.x switch
 * - what the last line says: CoprHD/coprhd-controller, networksystem-mds-dialog.properties (match expressions; licence not checked) ("Commit in progress", "Commit
 *   complete", "Operation failed"), the recording ("Activation completed at"), Cisco-SAN/mdssdk,
 *   cisco_nxos_show_zone_status.textfsm (an error takes two lines). The words within an error: derived
 * - session of another switch, pending-diff, analysis, all sizes: derived from Cisco's configuration guides
 */
import { expect, test } from 'vitest';
import { HOST, startFabric, zoned } from './prompt.ts';

const statusOf = (said: string) => said.slice(said.indexOf('Status:'));
const line = (said: string, start: string) => said.split('\n').find((one) => one.trim().startsWith(start));

test('the status of a zoned VSAN in basic mode', () => {
  const { admin } = zoned();
  expect(admin('show zone status vsan 10')).toBe(`VSAN: 10 default-zone: deny distribute: active only Interop: default
    mode: basic merge-control: allow
    session: none
    hard-zoning: enabled broadcast: unsupported
    smart-zoning: disabled
    rscn-format: fabric-address
    activation overwrite control: disabled
Default zone:
    qos: none broadcast: unsupported ronly: unsupported
Full Zoning Database :
    DB size: 348 bytes
    Zonesets:  1 Zones: 2 Aliases: 0
Active Zoning Database :
    DB Size: 216 bytes
    Name: zs Zonesets: 1 Zones: 2
Current Total Zone DB Usage: 564 / 4000000 bytes (0 % used)
Pending (Session) DB size:
    Full DB Copy size: n/a
    Active DB Copy size: n/a
SFC size: 564 / 4000000 bytes (0 % used)
Status: Activation completed at 01:25:26 UTC May 14 2023`);
});

test('an untouched VSAN has no active database and an empty status', () => {
  const said = startFabric().open()('show zone status vsan 10');
  expect(said).toContain('Active Zoning Database :\n    Database Not Available\n');
  expect(said).toContain('    DB size: 124 bytes\n    Zonesets:  0 Zones: 0 Aliases: 0\n');
  expect(statusOf(said)).toBe('Status:');
});

test('without a VSAN all are shown', () => {
  const said = startFabric().open()('show zone status');
  expect(said.match(/^VSAN: \d+/gm)).toEqual(['VSAN: 1', 'VSAN: 10']);
});

test('an open session is shown with its user, on other switches with its switch', () => {
  const fabric = startFabric({ vsans: [{ id: 10, mode: 'enhanced' }] });
  const admin = fabric.open();
  admin('conf t', 'zone name z1 vsan 10', 'end');
  const here = admin('show zone status vsan 10');
  expect(line(here, 'session:')).toBe('    session: cli [admin]');
  expect(line(here, 'VSAN:')).toContain('distribute: full');
  expect(line(here, 'Zonesets:')).toBe('    Zonesets:  0 Zones: 0 Aliases: 0 Attribute-groups: 1');
  expect(line(here, 'Full DB Copy')).toBe('    Full DB Copy size: 152 bytes');
  const there = fabric.open({ on: 'mds-2' })('show zone status vsan 10');
  expect(line(there, 'session:')).toBe('    session: remote [dom: 1][ip: 192.0.2.11]');
});

test('a commit is in progress, then complete', () => {
  const fabric = startFabric({ vsans: [{ id: 10, mode: 'enhanced' }] });
  const admin = fabric.open();
  admin('conf t', 'zone name z1 vsan 10', 'zone commit vsan 10');
  expect(statusOf(admin('show zone status vsan 10'))).toBe('Status: Commit in progress');
  fabric.wait(1_000);
  expect(statusOf(admin('show zone status vsan 10'))).toBe('Status: Commit complete at 01:25:26 UTC May 14 2023');
});

test('a failed operation says why, on two lines', () => {
  const fabric = startFabric({ vsans: [{ id: 10, mode: 'enhanced' }] });
  fabric.state.faults.push({ kind: 'reject-activation', how: 'failed' });
  const admin = fabric.open();
  admin('conf t', 'zone name z1 vsan 10', 'zone commit vsan 10');
  fabric.wait(1_000);
  expect(statusOf(admin('show zone status vsan 10'))).toBe(
    'Status: Operation failed: Commit failed [Error: Unsuccessful reply Dom 2]:\n        at 01:25:26 UTC May 14 2023',
  );
});

test('the pending diff shows what a commit would change', () => {
  const fabric = startFabric({ vsans: [{ id: 10, mode: 'enhanced' }] });
  const admin = fabric.open();
  expect(admin('show zone pending-diff vsan 10')).toBe('No pending info found');
  admin('conf t', 'zone name z1 vsan 10', `member pwwn ${HOST(1)}`, 'zone name old vsan 10');
  admin('zoneset name zs vsan 10', 'member z1', 'zone commit vsan 10', 'end');
  fabric.wait(1_000);
  admin('conf t', 'zone name z2 vsan 10', `member pwwn ${HOST(2)}`, 'no zone name old vsan 10');
  admin('zone name z1 vsan 10', `no member pwwn ${HOST(1)}`, 'zoneset name zs vsan 10', 'member z2');
  admin('zoneset activate name zs vsan 10', 'y', 'zone default-zone permit vsan 10', 'end');
  expect(admin('show zone pending-diff vsan 10')).toBe(`-default-zone deny
+default-zone permit
-zone name old vsan 10
 zoneset name zs vsan 10
+  zone name z2 vsan 10
 zone name z1 vsan 10
-  pwwn 10:00:00:00:c9:0a:00:01
+zone name z2 vsan 10
+  pwwn 10:00:00:00:c9:0a:00:02
+zoneset activate name zs vsan 10`);
});

test('the analysis counts what is zoned and what is in no zone set', () => {
  const { admin } = zoned();
  admin('conf t', 'zone name spare vsan 10', 'end');
  expect(admin('show zone analysis vsan 10')).toBe(`Zoning database analysis vsan 10
  Full zoning database
    Num zonesets: 1
    Num zones: 3
    Num aliases: 0
    Num attribute groups: 0
    Formatted size: 380 bytes / 4000 Kb

  Unassigned Zones: 1
   zone name spare vsan 10`);
  expect(admin('show zone analysis active vsan 10')).toBe(`Zoning database analysis vsan 10
  Active zoneset: zs
    Default zone policy: Deny
    Number of devices zoned in vsan: 3/4 (Unzoned: 1)
    Number of zone members resolved: 3/4 (Unresolved: 1)
    Num zones: 2
    Number of IVR zones: 0
    Number of IPS zones: 0
    Formatted size: 216 bytes / 4000 Kb`);
  expect(startFabric().open()('show zone analysis active vsan 10')).toContain('  Active zoneset: None');
});
