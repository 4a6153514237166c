/**
 * How a command line is read: abbreviations, errors with their caret, pipes, several commands in a line. Error texts are
 * those of NX-OS as public documentation and Cisco-SAN/mdssdk's tests (Apache-2.0) quote them; "Incomplete" and
 * "Ambiguous" and all places of the caret are derived.
 */
import { describe, expect, test } from 'vitest';
import { expand } from '../../../../drivers/simulator/mds/cli/grammar.ts';
import { HOST, startFabric, zoned } from './prompt.ts';

const flat = (pattern: string) =>
  expand(pattern).map((elements) =>
    elements.map((one) => ('keyword' in one ? one.keyword : `<${one.argument}>`)).join(' '),
  );

test('a pattern stands for all its forms', () => {
  expect(flat('show [{a|b c}] zone [vsan <n:vsan>]')).toEqual([
    'show zone',
    'show zone vsan <n>',
    'show a zone',
    'show a zone vsan <n>',
    'show b c zone',
    'show b c zone vsan <n>',
  ]);
});

describe('keywords', () => {
  test('may be shortened as far as only one fits', () => {
    const { admin, log } = zoned();
    admin('sh zones ac vs 10', 'copy run start', 'conf t', 'no zones act nam zs vsan 10', 'end');
    expect(log.slice(-5).map(({ command }) => command)).toEqual([
      'show zoneset active vsan 10',
      'copy running-config startup-config',
      'configure terminal',
      'no zoneset activate name zs vsan 10',
      'end',
    ]);
  });

  test('a whole keyword wins over longer ones', () => {
    expect(zoned().admin('show zone name z1')).toContain('zone name z1 vsan 10');
  });

  test('may be in capitals; names keep theirs', () => {
    const admin = startFabric().open();
    admin('CONF T', 'Zone Name ESX_a-1$^ vsan 10', `MEMBER PWWN ${HOST(1).toUpperCase()}`, 'END');
    expect(admin('show zone vsan 10')).toBe(`zone name ESX_a-1$^ vsan 10\n  pwwn ${HOST(1)}`);
  });
});

describe('a line that is no command', () => {
  const admin = startFabric().open();

  test('gets a caret under the word that was not understood, the prompt counted', () => {
    expect(admin('show zonk vsan 10')).toBe("            ^\n% Invalid command at '^' marker.");
    expect(admin('shw')).toBe("       ^\n% Invalid command at '^' marker.");
    expect(admin('show vsan 4095')).toBe("                 ^\n% Invalid command at '^' marker.");
    expect(admin('show version now')).toBe("                    ^\n% Invalid command at '^' marker.");
  });

  test('that could be several is ambiguous, one that ends too early incomplete', () => {
    expect(admin('show zo')).toBe("            ^\n% Ambiguous command at '^' marker.");
    expect(admin('show')).toBe('% Incomplete command');
    expect(admin('show device-alias')).toBe('% Incomplete command');
  });

  test('with a name of more than 64 characters says so, and makes nothing', () => {
    admin('conf t');
    const long = 'z'.repeat(65);
    expect(admin(`zone name ${long} vsan 10`)).toContain('% String exceeded max length of (64)');
    expect(admin(`zone name ${'z'.repeat(64)} vsan 10`)).toBe('');
    expect(admin('zone name 1st vsan 10')).toBe('Illegal name 1st');
    expect(admin('zone name a.b vsan 10')).toBe('Illegal name a.b');
    expect(admin('end', 'show zone vsan 10')).toBe(`zone name ${'z'.repeat(64)} vsan 10`);
  });

  test('that is wrong leaves the prompt where it was', () => {
    admin('conf t', 'zone name a vsan 10');
    admin('member pwwn nonsense');
    expect(admin.prompt()).toBe('mds-1(config-zone)# ');
    expect(admin('member pwwn 1:2:3:4:5:6:7')).toContain('% Invalid command');
    admin('end');
  });
});

test('empty lines and comments do nothing', () => {
  expect(startFabric().open()('', '   ', '! show version')).toBe('');
});

describe('prompts', () => {
  test('follow the mode, and exit goes one up', () => {
    const admin = startFabric().open();
    const after = (line: string) => {
      admin(line);
      return admin.prompt();
    };
    expect(admin.prompt()).toBe('mds-1# ');
    expect(admin('configure terminal')).toBe('Enter configuration commands, one per line.  End with CNTL/Z.');
    expect(admin.prompt()).toBe('mds-1(config)# ');
    expect(after('zone name z1 vsan 10')).toBe('mds-1(config-zone)# ');
    expect(after('zoneset name zs vsan 10')).toBe('mds-1(config-zoneset)# ');
    expect(after('zone name z2')).toBe('mds-1(config-zoneset-zone)# ');
    expect(after('exit')).toBe('mds-1(config-zoneset)# ');
    expect(after('fcalias name a vsan 10')).toBe('mds-1(config-fcalias)# ');
    expect(after('device-alias database')).toBe('mds-1(config-device-alias-db)# ');
    expect(after(`device-alias name host_1 pwwn ${HOST(1)}`)).toBe('mds-1(config-device-alias-db)# ');
    expect(after('device-alias commit')).toBe('mds-1(config)# ');
    expect(after('exit')).toBe('mds-1# ');
    expect(after('conf t')).toBe('mds-1(config)# ');
    expect(after('zone name z1 vsan 10')).toBe('mds-1(config-zone)# ');
    expect(after('end')).toBe('mds-1# ');
    expect(admin('exit')).toBe('');
    expect(admin.last().ends).toBe(true);
  });

  test('shows work in every mode, also with do', () => {
    const admin = startFabric().open();
    admin('conf t', 'zone name z1 vsan 10');
    expect(admin('do show switchname')).toBe('mds-1');
    expect(admin('show switchname')).toBe('mds-1');
    expect(admin.prompt()).toBe('mds-1(config-zone)# ');
  });

  test('commands of the config prompt work from below it, and lead there', () => {
    const admin = startFabric({ vsans: [{ id: 10, mode: 'enhanced' }] }).open();
    admin('conf t', 'zone name z1 vsan 10');
    expect(admin('zone commit vsan 10')).toBe('Commit operation initiated. Check zone status');
    expect(admin.prompt()).toBe('mds-1(config)# ');
  });

  test('what belongs to the config prompt is unknown at the exec prompt', () => {
    expect(startFabric().open()('zone name z1 vsan 10')).toContain('% Invalid command');
  });
});

describe('pipes', () => {
  const { admin } = zoned();

  test('choose lines', () => {
    expect(admin('show zone vsan 10 | include name')).toBe('zone name z1 vsan 10\nzone name z2 vsan 10');
    expect(admin('show zone vsan 10 | inc name | excl z1')).toBe('zone name z2 vsan 10');
    expect(admin('show zone vsan 10 | begin z2').split('\n')).toHaveLength(3);
    expect(admin('show zone vsan 10 | count')).toBe('7');
  });

  test('no-more shows all in one page', () => {
    admin('show zone vsan 10 | no-more');
    expect(admin.last().noMore).toBe(true);
    admin('show zone vsan 10');
    expect(admin.last().noMore).toBe(false);
  });

  test('take patterns, in quotes where they hold a bar', () => {
    expect(admin('show zone vsan 10 | include "name z1|e0:8b"').split('\n')).toEqual([
      'zone name z1 vsan 10',
      '  pwwn 21:00:00:e0:8b:00:00:99',
    ]);
    expect(admin('show zone vsan 10 | egrep ^zone | count')).toBe('2');
  });

  test('that are unknown are refused, and patterns that are none', () => {
    expect(admin('show zone | tac')).toContain('% Invalid command');
    expect(admin('show zone | include (')).toContain('% Invalid command');
  });
});

test('several commands stand in a line with semicolons', () => {
  const { admin, log } = zoned();
  admin('conf ; zoneset name zs vsan 10 ; zone name z3 ; member pwwn 21:00:00:e0:8b:00:00:55 ; end');
  expect(admin.prompt()).toBe('mds-1# ');
  expect(log.slice(-5).map(({ command }) => command)).toEqual([
    'configure',
    'zoneset name zs vsan 10',
    'zone name z3',
    'member pwwn 21:00:00:e0:8b:00:00:55',
    'end',
  ]);
  expect(admin('show zoneset brief vsan 10')).toBe('zoneset name zs vsan 10\n  zone z1\n  zone z2\n  zone z3');
});

describe('an operator', () => {
  test('may look and not touch', () => {
    const fabric = zoned();
    const operator = fabric.open({ user: 'viewer', role: 'network-operator' });
    expect(operator('show zoneset active vsan 10')).toContain('zoneset name zs');
    for (const line of ['configure terminal', 'copy running-config startup-config', 'clear zone lock vsan 10']) {
      expect(operator(line), line).toBe('% Permission denied for the role');
    }
    expect(operator.prompt()).toBe('mds-1# ');
  });
});
