/** What registers a found system says the same as the scan, whatever a provider calls its systems. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonOrText, parsePairs } from '../../../src/commands/_base/flags.ts';
import { loadPlan } from '../../../src/engine/config/load.ts';
import { addCommand, canBeDeclared, planFileText } from '../../../src/engine/operations/scan-text.ts';
import { shellWord } from '../../../src/lib/shell-word.ts';

/** As a POSIX shell takes quoted words apart. */
function shellWords(line: string): string[] {
  const words = line.match(/(?:'[^']*'|\\.|[^\s'\\])+/gsu) ?? [];
  return words.map((word) => word.replace(/'([^']*)'|\\(.)/gsu, (_, quoted, escaped) => quoted ?? escaped));
}

const key = fc.stringMatching(/^[a-z][A-Za-z0-9]{0,8}$/).filter((name) => name !== '__proto__');
const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1 }),
  fc.constantFrom('12', 'true', 'null', '"x"', '{"a":1}', "it's", 'a: b # c', '- x', '\n', '~', '1e3', '0x1f'),
);
const value = fc.oneof(
  text,
  fc.integer(),
  fc.boolean(),
  fc.array(text),
  fc.dictionary(key, text, { noNullPrototype: true }),
);
const configurations = fc.dictionary(key, value, { noNullPrototype: true });
const REACH = {
  driver: 'acme',
  endpoint: 'https://provider:8443',
  credential: 'vault:acme/site b',
};
const IDENTITY = { model: 'm', firmwareVersion: '1', serialNumber: 's', nativeGuid: 'ACME+s', supported: true };

describe('what registers a found system', () => {
  it('is a command that a shell and device add take back to the same configuration', () => {
    fc.assert(
      fc.property(configurations, (configuration) => {
        const words = shellWords(addCommand(REACH, 'found', configuration));
        const sets = words.flatMap((word, index) => (words[index - 1] === '--set' ? [word] : []));
        const pairs = Object.entries(parsePairs(sets, 'set')).map(([name, given]) => [name, jsonOrText(given)]);
        expect(Object.fromEntries(pairs)).toEqual(configuration);
        expect(words.slice(0, 8)).toEqual([
          'coprhd',
          'device',
          'add',
          'found',
          '--driver',
          'acme',
          '--endpoint',
          REACH.endpoint,
        ]);
      }),
    );
  });

  it('goes through the jump host that the scan went through', () => {
    const ssh = { jump: 'ssh://j@gate', jumpCredential: 'agent' };
    expect(addCommand({ ...REACH, ssh }, 'a', {})).toBe(
      `coprhd device add a --driver acme --endpoint ${REACH.endpoint} --jump ${shellWord(ssh.jump)} --jump-credential agent --credential 'vault:acme/site b'`,
    );
  });

  it('is a plan file that loads to the same configuration, whatever the device is called', () => {
    fc.assert(
      fc.property(configurations, text, (configuration, name) => {
        const system = { ...IDENTITY, name, model: name, firmwareVersion: name, serialNumber: name, configuration };
        fc.pre(canBeDeclared(system));
        const reach = { driver: 'acme', endpoint: REACH.endpoint, credential: 'vault:acme' };
        const file = planFileText(reach, 'on', [{ system, name: '0042' }]);
        const { graph, diagnostics } = loadPlan([{ file: 'a.yaml', text: file }], { variables: {} });
        expect(diagnostics, file).toEqual([]);
        const [stack] = graph.stacks;
        expect([stack!.stack, [...stack!.nodes.values()].map((node) => [node.name, node.spec])]).toEqual([
          'on',
          [['0042', { ...reach, configuration, mode: 'observe', scope: {} }]],
        ]);
      }),
    );
  });

  it('is no plan file where a value would be taken for a placeholder', () => {
    const named = (array: string) => ({ ...IDENTITY, name: 'a', configuration: { array } });
    expect([canBeDeclared(named('a$b')), canBeDeclared(named('${x}'))]).toEqual([true, false]);
  });
});
