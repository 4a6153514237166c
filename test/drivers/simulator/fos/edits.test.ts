/**
 * The commands that edit zoning: silent when they did it, text when they didn't. What must be in the text of a refusal:
 * dell-asm/dell-brocade (lib/puppet/provider/brocade_responses.rb, no licence: single words); the rest of it is derived.
 */
import { describe, expect, test } from 'vitest';
import { startLine } from '../../../../drivers/simulator/fos/cli/run.ts';
import { HOST_0, HOST_1, TARGET_0, TARGET_1, zonedState } from './estate.ts';
import { after, context, printed } from './support.ts';

const zoned = zonedState();

describe('quoting', () => {
  test.each([
    `zonecreate "z","${HOST_0};${TARGET_0}"`,
    `zonecreate "z", "${HOST_0}; ${TARGET_0}"`,
    `zonecreate 'z', '${HOST_0};${TARGET_0}'`,
    `zoneCreate z,"${HOST_0};${TARGET_0}"`,
  ])('%s', (line) => {
    expect(printed(after(zoned, line), 'zoneshow z')).toBe(` zone:\tz\t${HOST_0}; ${TARGET_0}\n`);
  });

  test('a member list without quotes ends at the semicolon, as in a shell', () => {
    const done = startLine(zoned, `zonecreate z,${HOST_0};${TARGET_0}`, context());
    expect(done.output).toContain('command not found');
    expect(printed(done.state, 'zoneshow z')).toBe(` zone:\tz\t${HOST_0}\n`);
  });

  test('a command within a command keeps its quotes', () => {
    const line = `fosexec --fid 128 -cmd "zonecreate \\"z\\", \\"a1;1,4\\""`;
    const virtual = zonedState({ virtualFabrics: true });
    expect(printed(after(virtual, line), 'zoneshow z')).toBe(' zone:\tz\ta1; 1,4\n');
  });

  test('members by domain and port keep their comma', () => {
    expect(printed(after(zoned, 'zonecreate "z","1,4;2,7"'), 'zoneshow z')).toBe(' zone:\tz\t1,4; 2,7\n');
  });

  test('lines with several commands run them in turn, after && only while they succeed', () => {
    const done = startLine(zoned, 'zonecreate "y","a1" && zonecreate "x","a1"; zonedelete "y"', context());
    expect(done.output).toBe('');
    expect(printed(done.state, 'zoneshow "?"')).toBe(' zone:\tx\ta1\n');
    expect(startLine(zoned, 'frob && zonecreate "y","a1"', context()).state).toBe(zoned);
  });
});

describe('what is made can be changed and deleted', () => {
  test('a zone', () => {
    const made = after(zoned, `zonecreate "z","a1"`, `zoneadd "z","${TARGET_0};${TARGET_1}"`, `zoneremove "z","a1"`);
    expect(printed(made, 'zoneshow z')).toBe(` zone:\tz\t${TARGET_0}; ${TARGET_1}\n`);
    expect(printed(after(made, 'zonedelete "z"'), 'zoneshow z')).toBe('error: "z" does not exist.\n');
  });

  test('an alias', () => {
    const made = after(zoned, `alicreate "h","${HOST_0}"`, `aliadd "h","${HOST_1}"`, `aliremove "h","${HOST_0}"`);
    expect(printed(made, 'alishow h')).toBe(` alias:\th\t${HOST_1}\n`);
    expect(printed(after(made, 'alidelete "h"'), 'alishow h')).toContain('does not exist');
  });

  test('a configuration', () => {
    const made = after(zoned, 'cfgcreate "c","z1"', 'cfgadd "c","z_later"', 'cfgremove "c","z1"');
    expect(printed(made, 'cfgshow c')).toBe(' cfg:\tc\tz_later\n');
    expect(printed(after(made, 'cfgdelete "c"'), 'cfgshow c')).toContain('does not exist');
  });

  test('the last member takes its zone with it', () => {
    const made = after(zoned, 'zonecreate "z","a1"', 'zoneremove "z","a1"');
    expect(printed(made, 'zoneshow z')).toContain('does not exist');
  });
});

describe('peer zones', () => {
  test.each(['zonecreate --peerzone', 'zone --create -peerzone'])(
    '%s puts the property before the principals',
    (verb) => {
      const made = after(zoned, `${verb} "p" -principal "${TARGET_0};${TARGET_1}" -members "${HOST_0}"`);
      expect(printed(made, 'zoneshow p')).toBe(
        ` zone:\tp\t00:02:00:00:00:03:00:02; ${TARGET_0};\n\t\t${TARGET_1}; ${HOST_0}\n`,
      );
      const more = after(made, `zoneadd --peerzone "p" -members "${HOST_1}"`);
      expect(printed(more, 'zoneshow p')).toContain(`${HOST_0};\n\t\t${HOST_1}\n`);
    },
  );

  test('need a principal, and FOS 7.4', () => {
    expect(printed(zoned, `zonecreate --peerzone "p" -members "${HOST_0}"`)).toMatch(/^Usage:/);
    const old = zonedState({ firmware: 'v7.3.2' });
    expect(printed(old, `zonecreate --peerzone "p" -principal "${HOST_0}" -members "a1"`)).toMatch(/^Usage:/);
  });

  test('a property is no member that can be given', () => {
    expect(printed(zoned, 'zonecreate --peerzone "p" -principal "00:02:00:00:00:03:00:01"')).toContain(
      'Error: Invalid zone member',
    );
    expect(printed(zoned, 'alicreate "p", "00:02:00:00:00:03:00:01"')).toContain('Error: Invalid alias member');
  });
});

describe('what is refused is said, and nothing is opened', () => {
  test.each([
    ['zonecreate "z1","a1"', 'duplicate name'],
    ['alicreate "z1","10:00:00:90:fa:80:00:00"', 'duplicate name'],
    ['zoneadd "none","a1"', 'not found'],
    ['zonedelete "none"', 'not found'],
    ['alidelete "none"', 'not found'],
    ['cfgadd "none","z1"', 'not found'],
    ['zoneadd "z1","a1"', 'already contains'],
    ['cfgadd "prod","z1"', 'already contains'],
    ['zoneremove "z1","z_later"', 'is not in'],
    ['cfgremove "prod","z_later"', 'is not in'],
    ['zonecreate "z"', 'Invalid Parameters'],
    ['zonecreate "z",""', 'Invalid Parameters'],
    ['zonedelete "z","a1"', 'Invalid Parameters'],
    ['cfgdelete "prod"', 'should not be deleted'],
    [`zonecreate "${'z'.repeat(65)}","a1"`, 'too long'],
    ['zonecreate "a b","a1"', 'invalid name'],
    ['zonecreate "-z","a1"', 'invalid name'],
    ['zonecreate "z","10:00:00:00:00:00:00"', 'Invalid zone member'],
    ['zonecreate "z","300,1"', 'Invalid zone member'],
    ['alicreate "a","z1"', 'Invalid alias member'],
    ['cfgcreate "c","a b"', 'invalid name'],
  ])('%s: %s', (line, words) => {
    const done = startLine(zoned, line, context());
    expect(done.output).toContain(words);
    expect(done.exitCode).toBe(0);
    expect(done.state).toBe(zoned);
  });

  test('a member that is there in another case is there', () => {
    const made = after(zoned, `zonecreate "z","${HOST_0.toUpperCase()}"`);
    expect(printed(made, `zoneadd "z","${HOST_0}"`)).toContain('already contains');
    expect(printed(made, 'zoneshow z')).toBe(` zone:\tz\t${HOST_0.toUpperCase()}\n`);
  });
});

test.each([
  ['v7.4.2', 'a-1', false],
  ['v7.4.2', '1_a', false],
  ['v7.4.2', 'a_1', true],
  ['v8.2.3c', '1-a$^_', true],
])('names of %s: %s', (firmware, name, isName) => {
  const shown = printed(zonedState({ firmware }), `zonecreate "${name}","a1"`);
  expect(shown).toBe(isName ? '' : `error: "${name}" invalid name\n`);
});

test('what a name stands for is looked at when it is enabled, not when it is written', () => {
  const state = after(zoned, 'zonecreate "z","nobody"', 'cfgadd "prod","z;nothing"');
  const asked = startLine(state, 'cfgenable "prod" -f', context());
  expect(asked.output).toBe('error: "nothing" not found\n');
  expect(asked.state).toBe(state);
});

test('a user without the right sees zoning, and changes none', () => {
  const viewer = { ...context(), role: 'user' as const };
  for (const line of ['zonecreate "z","a1"', 'cfgsave', 'cfgenable "prod"', 'cfgtransabort', 'defzone --noaccess']) {
    expect(startLine(zoned, line, viewer).output).toBe('RBAC permission denied.\n');
  }
  expect(startLine(zoned, 'defzone --show', viewer).output).toContain('committed - No Access');
  expect(startLine(zoned, 'cfgshow', viewer).output).toContain('Defined configuration:');
});
