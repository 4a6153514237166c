/**
 * Golden texts of switches, ports and the name server. Shapes: ttrnecka/brocadesan (test/outputs/switch_1.txt, switch_2.txt,
 * vf_switch_1.txt, ns_1.txt, ns_2.txt, fabricshow_1.txt, lscfg_show_1.txt, version_1.txt, MIT, FOS 6.4 and 7);
 * openstack/cinder (cinder/tests/unit/zonemanager/test_brcd_fc_zone_client_cli.py, Apache-2.0). The last lines of an entry of
 * the name server since FOS 8, and firmwareshow: derived from published logs.
 */
import { describe, expect, test } from 'vitest';
import { fabricOf, stateOf } from '../../../../drivers/simulator/fos/state/build.ts';
import type { FosFabric } from '../../../../drivers/simulator/fos/state/model.ts';
import { virtualState, zonedState } from './estate.ts';
import { printed } from './support.ts';

const text = (...lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

describe('switchshow', () => {
  test('a fixed switch without virtual fabrics', () => {
    expect(printed(zonedState({}, { npiv: 1 }), 'switchshow')).toBe(
      text(
        'switchName:\tfab_sw1',
        'switchType:\t109.1',
        'switchState:\tOnline   ',
        'switchMode:\tNative',
        'switchRole:\tPrincipal',
        'switchDomain:\t1',
        'switchId:\tfffc01',
        'switchWwn:\t10:00:00:05:1e:80:01:00',
        'zoning:\t\tON (prod)',
        'switchBeacon:\tOFF',
        'FC Router:\tOFF',
        '',
        'Index Port Address  Media Speed       State   Proto',
        '===================================================',
        '   0   0   010000   id    N16    Online      FC  F-Port  1 N Port + 1 NPIV public ',
        '   1   1   010100   id    N16    Online      FC  F-Port  50:06:01:60:47:80:00:01 ',
        '   2   2   010200   id    N16    Online      FC  E-Port  10:00:00:05:1e:80:02:00 "fab_sw2" ',
        '   3   3   010300   id    N16    No_Light    FC  ',
        '   4   4   010400   --    N16    No_Module   FC  ',
      ),
    );
  });

  test('a director of a virtual fabric has slots and says its FID', () => {
    const shown = printed(
      stateOf({ virtualFabrics: true, fabrics: [fabricOf({ director: true, hosts: 1 })] }),
      'switchshow',
    );
    expect(shown).toContain('LS Attributes:\t[FID: 128, Base Switch: No, Default Switch: Yes, Address Mode 0]\n');
    expect(shown).toContain('zoning:\t\tOFF\n');
    expect(shown).toContain(
      text(
        'Index Slot Port Address Media  Speed        State    Proto',
        '==========================================================',
        '   0   1    0   010000   id    N16    Online      FC  F-Port  10:00:00:90:fa:80:00:00 ',
      ),
    );
    expect(shown).toContain('   4   1    4   ------   --    N16    No_Module   FC  \n');
  });

  test('a subordinate switch says where its principal is', () => {
    const fabric = fabricOf();
    const turned: FosFabric = { ...fabric, switches: [...fabric.switches].reverse() };
    const shown = printed(stateOf({ fabrics: [turned] }), 'switchshow');
    expect(shown).toContain('switchRole:\tSubordinate\nswitchDomain:\t2\nswitchId:\tfffc02\n');
    expect(shown).toContain('E-Port  10:00:00:05:1e:80:01:00 "fab_sw1" (upstream) \n');
  });
});

describe('the name server', () => {
  test('nsshow of FOS 7: the devices of this switch', () => {
    const state = zonedState({ firmware: 'v7.4.2' }, { hosts: 1, targets: 0 });
    expect(printed(state, 'nsshow')).toBe(
      text(
        '{',
        ' Type Pid    COS     PortName                NodeName                 TTL(sec)',
        ' N    010000;      3;10:00:00:90:fa:80:00:00;20:00:00:90:fa:80:00:00; na',
        '    FC4s: FCP ',
        '    NodeSymb: [41] "Emulex LPe31002 FV12.8.351.6901 HN:host-0"',
        '    Fabric Port Name: 20:00:00:05:1e:80:01:00 ',
        '    Permanent Port Name: 10:00:00:90:fa:80:00:00',
        '    Device type: Physical Initiator',
        '    Port Index: 0',
        '    Share Area: No',
        '    Device Shared in Other AD: No',
        '    Redirect: No ',
        '    Partial: No',
        'The Local Name Server has 1 entry }',
      ),
    );
  });

  test('nscamshow of FOS 9: the devices of the other switches, without the TTL column', () => {
    const state = zonedState({ firmware: 'v9.1.1b' }, { hosts: 0, targets: 2 });
    expect(printed(state, 'nscamshow')).toBe(
      text(
        'nscam show for remote switches:',
        'Switch entry for 2',
        '  state  rev    owner  cap_available',
        '  known   v911  0xfffc01 1',
        '  Device list: count 1',
        '    Type Pid    COS     PortName                NodeName',
        '    N    020000;      3;50:06:01:60:47:80:01:01;50:06:01:60:47:80:01:00;',
        '        FC4s: FCP ',
        '        PortSymb: [20] "CLARiiON::::SPB1::FC"',
        '        Fabric Port Name: 20:00:00:05:1e:80:02:00 ',
        '        Permanent Port Name: 50:06:01:60:47:80:01:01',
        '        Device type: Physical Target',
        '        Port Index: 0',
        '        Share Area: No',
        '        Redirect: No ',
        '        Partial: No',
        '        LSAN: No',
        '        Slow Drain Device: No',
        '        Device link speed: 16G',
        '        Connected through AG: No',
        '        Real device behind AG: No',
        '        FCoE: No',
        '        FC4 Features [FCP]: Target ',
        '',
      ),
    );
  });

  test('virtual ports are devices of their own, behind the port of the first', () => {
    const shown = printed(zonedState({}, { hosts: 1, targets: 0, npiv: 2 }), 'nsshow');
    expect(shown.match(/^ N {4}01000\d;/gm)).toEqual([' N    010000;', ' N    010001;', ' N    010002;']);
    expect(shown.match(/Permanent Port Name: .*/g)).toEqual(
      Array.from({ length: 3 }, () => 'Permanent Port Name: 10:00:00:90:fa:80:00:00'),
    );
    expect(shown).toContain('Device type: NPIV Initiator\n');
  });

  test('a fabric without devices', () => {
    const state = stateOf({ fabrics: [fabricOf({ hosts: 0, targets: 0 })] });
    expect(printed(state, 'nsshow')).toBe(text('There is no entry in the Local Name Server'));
    expect(printed(state, 'nscamshow')).toBe(text('nscam show for remote switches:', 'No entry is found!'));
  });
});

test('fabricshow marks the principal switch', () => {
  expect(printed(zonedState(), 'fabricshow')).toBe(
    text(
      'Switch ID   Worldwide Name           Enet IP Addr    FC IP Addr      Name',
      '-------------------------------------------------------------------------',
      '  1: fffc01 10:00:00:05:1e:80:01:00 10.77.128.1     0.0.0.0        >"fab_sw1"',
      '  2: fffc02 10:00:00:05:1e:80:02:00 10.77.128.2     0.0.0.0         "fab_sw2"',
      '',
      'The Fabric has 2 switches',
      '',
    ),
  );
});

test('lscfg --show lists the logical switches and whose each port is', () => {
  const lines = printed(virtualState(), 'lscfg --show').split('\n');
  expect(lines.slice(0, 6)).toEqual([
    '',
    'Created switches:  128(ds)  20',
    'Slot      0',
    '-------------',
    'Port',
    ' 0    | 128 |',
  ]);
  expect(lines).toContain('16    |  20 |');
});

test('version and firmwareshow tell the version', () => {
  const state = zonedState({ firmware: 'v9.1.1b' });
  expect(printed(state, 'version')).toContain('\nFabric OS:  v9.1.1b\n');
  expect(printed(state, 'firmwareshow')).toBe(
    text(
      'Appl     Primary/Secondary Versions ',
      '------------------------------------------',
      'FOS      v9.1.1b',
      '         v9.1.1b',
    ),
  );
});

test('commands are the same in any case, and what is none is not found', () => {
  const state = zonedState();
  expect(printed(state, 'cfgActvShow')).toBe(printed(state, 'cfgactvshow'));
  expect(printed(state, 'frobnicate --all')).toBe(text('rbash: frobnicate: command not found'));
});

test('grep keeps the lines with one of its texts', () => {
  const state = zonedState();
  expect(printed(state, 'cfgshow | grep -e cfg: -e configuration:')).toBe(
    text(
      'Defined configuration:',
      ' cfg:\tprod\tz1; host_1_to_array_ports',
      'Effective configuration:',
      ' cfg:\tprod\t',
    ),
  );
  expect(printed(state, 'version | grep -i "fabric os"')).toBe(text('Fabric OS:  v8.2.3c'));
});

describe('virtual fabrics', () => {
  test.each(['fosexec --fid 20 -cmd "switchshow"', "fosexec --fid 20 'switchshow'"])('%s runs it there', (line) => {
    const shown = printed(virtualState(), line);
    expect(shown).toContain('switchName:\ttst_sw1\n');
    expect(shown).toContain('[FID: 20, Base Switch: No, Default Switch: No, Address Mode 0]');
    expect(shown).toBe(printed(virtualState(), 'switchshow', 20));
  });

  test('a FID that is none, and a switch without virtual fabrics, refuse', () => {
    expect(printed(virtualState(), 'fosexec --fid 99 -cmd "switchshow"')).toBe(
      text('Logical switch with FID 99 does not exist.'),
    );
    expect(printed(zonedState(), 'fosexec --fid 128 -cmd "switchshow"')).toBe(
      text('fosexec: Virtual Fabric is not enabled.'),
    );
    expect(printed(zonedState(), 'lscfg --show')).toBe(text('Virtual Fabric is not enabled on this platform.'));
  });
});
