/**
 * Golden texts of the zoning. Shapes: ttrnecka/brocadesan (test/outputs/cfgshow_2.txt, cfgshow_4.txt, cfgtransshow_1.txt to
 * _3.txt, MIT, FOS 6.4 and 7); openstack/cinder (cinder/tests/unit/zonemanager/test_brcd_fc_zone_client_cli.py, Apache-2.0,
 * FOS 7); the property of a peer zone: jconsoli/brcddb (util/parse_cli.py, Apache-2.0). Texts without a configuration in
 * effect, cfgsize and `--opentrans`: derived from documentation.
 */
import { describe, expect, test } from 'vitest';
import { fabricOf, stateOf } from '../../../../drivers/simulator/fos/state/build.ts';
import { HOST_0, HOST_1, TARGET_0, TARGET_1, zonedState } from './estate.ts';
import { after, printed } from './support.ts';

const text = (...lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

const EFFECTIVE = [
  'Effective configuration:',
  ' cfg:\tprod\t',
  ' zone:\thost_1_to_array_ports\t',
  `\t\t${HOST_1}`,
  '\t\t1,4',
  `\t\t${TARGET_0}`,
  `\t\t${HOST_0}`,
  `\t\t${TARGET_1}`,
  ` zone:\tz1\t${HOST_0}`,
  `\t\t${TARGET_0}`,
  '',
];

describe('cfgshow', () => {
  test('prints the defined configuration wrapped at 80 columns, then what is in effect with aliases resolved', () => {
    expect(printed(zonedState(), 'cfgshow')).toBe(
      text(
        'Defined configuration:',
        ' cfg:\tprod\tz1; host_1_to_array_ports',
        ' zone:\thost_1_to_array_ports\t',
        `\t\t${HOST_1}; 1,4; array_port_0; a1;`,
        `\t\t${TARGET_1}`,
        ' zone:\tpeer\t00:02:00:00:00:03:01:01; array_port_0; a1',
        ` zone:\tz1\ta1; array_port_0`,
        ' zone:\tz_later\t10:00:00:90:fa:80:01:00; 50:06:01:60:47:80:01:01',
        ` alias:\ta1\t${HOST_0}`,
        ' alias:\tarray_port_0\t',
        `\t\t${TARGET_0}`,
        '',
        ...EFFECTIVE,
      ),
    );
  });

  test('a name as long as the column has its members on lines of their own', () => {
    const state = after(zonedState(), 'zonecreate "z_name_8", "a1"', 'zonecreate "z_nam_7", "a1"');
    expect(printed(state, 'zoneshow "z_nam*"')).toBe(text(' zone:\tz_nam_7\ta1', ' zone:\tz_name_8\t', '\t\ta1'));
  });

  test('before FOS 8 lines of the defined configuration end with a blank', () => {
    const shown = printed(zonedState({ firmware: 'v7.4.2' }), 'zoneshow "h*"');
    expect(shown).toBe(
      text(' zone:\thost_1_to_array_ports\t', `\t\t${HOST_1}; 1,4; array_port_0; a1; `, `\t\t${TARGET_1} `),
    );
  });

  test('names of 64 characters are wider than the line, and are not broken', () => {
    const [first, second] = ['a'.repeat(64), 'b'.repeat(64)];
    const state = after(zonedState(), `zonecreate "wide", "${first};${second}"`);
    expect(printed(state, 'zoneshow wide')).toBe(text(` zone:\twide\t${first};`, `\t\t${second}`));
  });

  test('shows edits that are not saved as defined', () => {
    const state = after(zonedState(), 'zonedelete "z1"');
    expect(printed(state, 'cfgshow')).not.toContain('zone:\tz1\ta1');
    expect(printed(state, 'cfgactvshow')).toBe(text(...EFFECTIVE));
  });

  test('by name prints that configuration only, with its zones as they are named', () => {
    expect(printed(zonedState(), 'cfgshow "prod"')).toBe(text(' cfg:\tprod\tz1; host_1_to_array_ports'));
    expect(printed(zonedState(), 'cfgshow "none"')).toBe(text('error: "none" does not exist.'));
  });

  test('an empty database says so', () => {
    expect(printed(stateOf(), 'cfgshow')).toBe(
      text(
        'Defined configuration:',
        ' no configuration defined',
        '',
        'Effective configuration:',
        'No Effective configuration: (No Access)',
        '',
      ),
    );
  });
});

describe('zoneshow and alishow', () => {
  test('print all of it without an argument, and what matches a pattern with one', () => {
    const state = zonedState();
    expect(printed(state, 'zoneshow')).toBe(printed(state, 'cfgshow'));
    expect(printed(state, 'alishow "a*"')).toBe(
      text(` alias:\ta1\t${HOST_0}`, ' alias:\tarray_port_0\t', `\t\t${TARGET_0}`),
    );
    expect(printed(state, 'alishow "a?"')).toBe(text(` alias:\ta1\t${HOST_0}`));
  });
});

describe('cfgactvshow', () => {
  test('prints WWNs in upper case before FOS 8', () => {
    const shown = printed(zonedState({ firmware: 'v7.4.2' }), 'cfgactvshow');
    expect(shown).toContain(`\t\t${HOST_1.toUpperCase()}\n`);
    expect(shown).not.toContain(HOST_1);
  });

  test('a peer zone begins with its property', () => {
    const state = zonedState(
      {},
      {
        zoning: { zones: { p: { principals: [TARGET_0, TARGET_1], members: [HOST_0] } }, cfgs: { c: ['p'] } },
        effective: 'c',
      },
    );
    expect(printed(state, 'cfgactvshow')).toBe(
      text(
        'Effective configuration:',
        ' cfg:\tc\t',
        ' zone:\tp\t00:02:00:00:00:03:00:02',
        `\t\t${TARGET_0}`,
        `\t\t${TARGET_1}`,
        `\t\t${HOST_0}`,
        '',
      ),
    );
  });

  test.each([
    ['v7.4.2', 'no-access', ' no configuration in effect'],
    ['v8.2.3c', 'no-access', 'No Effective configuration: (No Access)'],
    ['v9.1.1b', 'all-access', 'No Effective configuration: (All Access)'],
  ] as const)('%s with nothing in effect and default zone %s', (firmware, defaultZone, line) => {
    const state = stateOf({ firmware, fabrics: [fabricOf({ defaultZone })] });
    expect(printed(state, 'cfgactvshow')).toBe(text('Effective configuration:', line, ''));
  });
});

describe('cfgtransshow', () => {
  test('no transaction, in FOS 7 no transactions', () => {
    const older = zonedState({ firmware: 'v7.4.2' });
    expect(printed(older, 'cfgtransshow')).toBe(text('There is no outstanding zoning transactions'));
    expect(printed(zonedState(), 'cfgtransshow')).toBe(text('There is no outstanding zoning transaction'));
  });

  test.each([
    ['v7.4.2', /^Current transaction token is 0x[0-9a-f]+\nIt is abortable\n$/],
    ['v8.2.3c', /^Current transaction token is \d+\nIt is abortable\n$/],
  ])('an open one on %s', (firmware, shape) => {
    const state = after(zonedState({ firmware }), 'zonedelete "z1"');
    expect(printed(state, 'cfgtransshow')).toMatch(shape);
  });

  test('--opentrans names the domains that have one open', () => {
    const state = after(zonedState(), 'zonedelete "z1"');
    expect(printed(state, 'cfgtransshow --opentrans')).toMatch(/Current Open Transactions\nDomain List:\n-+\n1\n$/);
  });
});

test('cfgsize counts what is committed and what is open', () => {
  const state = zonedState();
  expect(printed(stateOf(), 'cfgsize')).toBe(
    text(
      'Zone DB max size - 1045274 bytes',
      'Available Zone DB size - 1045274 bytes',
      '\tcommitted - 0',
      '\ttransaction - 0',
    ),
  );
  const committed = Number(/committed - (\d+)/.exec(printed(state, 'cfgsize'))![1]);
  const open = printed(after(state, 'zonecreate "more", "a1"'), 'cfgsize');
  expect(Number(/transaction - (\d+)/.exec(open)![1])).toBeGreaterThan(committed);
  expect(open).toContain(`committed - ${committed}`);
});

test('defzone --show tells what is committed and what is open', () => {
  expect(printed(zonedState(), 'defzone --show')).toBe(
    text('Default Zone Access Mode', '\tcommitted - No Access', '\ttransaction - No Transaction'),
  );
});
