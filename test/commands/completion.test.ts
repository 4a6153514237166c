import { describe, expect, it } from 'vitest';
import { type Commands, joinValues, type Wanted, wantedAfter } from '../../src/commands/_base/complete.ts';

const flag = (name: string, more: object = {}) => ({ name, type: 'option' as const, ...more });
const COMMANDS: Commands = {
  plan: {
    summary: 'Plan.',
    args: { path: { name: 'path' } },
    flags: {
      detail: flag('detail', { options: ['summary', 'full'] }),
      out: flag('out', { helpValue: 'FILE' }),
      target: flag('target', { helpValue: 'ADDRESS', multiple: true }),
      system: flag('system', { helpValue: 'NAME', char: 's' }),
      who: flag('who', { helpValue: 'WHO' }),
      color: { name: 'color', type: 'boolean', allowNo: true },
      secret: { name: 'secret', type: 'boolean', hidden: true },
    },
  },
  explain: { args: { address: { name: 'address' }, path: { name: 'path' } }, flags: {} },
  show: { args: { what: { name: 'what' } }, flags: {} },
  'secret:set': { args: { name: { name: 'name' }, value: { name: 'value', hidden: true } }, flags: {} },
  'device:add': { args: { name: { name: 'name' } }, flags: {} },
  'device:review': { args: { name: { name: 'name' } }, flags: {} },
  'task:show': { args: { task: { name: 'task' } }, flags: { workflow: flag('workflow', { helpValue: 'WORKFLOW' }) } },
  'claim:break': { args: { workflow: { name: 'workflow' } }, flags: {} },
  history: { args: { workflow: { name: 'workflow' } }, flags: {} },
  discover: { args: { system: { name: 'system' } }, flags: {} },
  'network:fabrics': { args: { networkSystem: { name: 'networkSystem' } }, flags: {} },
  hidden: { hidden: true, args: {}, flags: {} },
};

const values = (wanted: Wanted) =>
  wanted.type === 'candidates' ? wanted.candidates.map(({ value }) => value) : wanted;
const after = (...words: string[]) => values(wantedAfter(COMMANDS, words));

describe('what could follow', () => {
  it.each([
    [[''], ['claim', 'device', 'discover', 'explain', 'history', 'network', 'plan', 'secret', 'show', 'task']],
    [['p'], ['plan']],
    [
      ['device', ''],
      ['add', 'review'],
    ],
    [['hid'], []],
    [
      ['plan', '--'],
      ['--color', '--detail', '--help', '--no-color', '--out', '--system', '--target', '--who'],
    ],
    [['plan', '--detail', 'full', '--de'], []],
    [['plan', '--target', 'a', '--ta'], ['--target']],
    [
      ['plan', '--detail', ''],
      ['summary', 'full'],
    ],
    [['plan', '--detail=f'], ['full']],
    [['plan', '--nonsense=f'], []],
    [['plan', '--who', ''], []],
    [['device', 'add', ''], []],
    [['unknown', ''], []],
    [['secret', 'set', '--x', 'y', ''], { type: 'names', what: 'secret', prefix: '' }],
    [['plan', '--out', 'x'], { type: 'files' }],
    [['plan', 'a', ''], { type: 'files' }],
    [['plan', '--color', ''], { type: 'files' }],
    [['plan', '-s', 'a'], { type: 'names', what: 'storageSystem', prefix: 'a' }],
    [['plan', '--target', 'a/v'], { type: 'names', what: 'address', prefix: 'a/v' }],
    [['explain', 'a/'], { type: 'names', what: 'address', prefix: 'a/' }],
    [['show', 'a'], { type: 'names', what: 'address', prefix: 'a', orFiles: true }],
    [['explain', 'a/volume.b', ''], { type: 'files' }],
    [['explain', '--', '-a'], { type: 'names', what: 'address', prefix: '-a' }],
    [['task', 'show', 'w'], { type: 'names', what: 'task', prefix: 'w' }],
    [['task', 'show', '--workflow', '4'], { type: 'names', what: 'workflow', prefix: '4' }],
    [['claim', 'break', '4'], { type: 'names', what: 'workflow', prefix: '4' }],
    [['history', '4'], []],
    [['discover', 'a', 'b'], { type: 'names', what: 'device', prefix: 'b' }],
    [['network', 'fabrics', 'x'], { type: 'names', what: 'networkSystem', prefix: 'x' }],
    [['device', 'review', 'x'], { type: 'names', what: 'device', prefix: 'x' }],
  ] as const)('after %j', (words, expected) => {
    expect(after(...words)).toEqual(expected);
  });

  it('is the same where the shell cuts words at =', () => {
    expect(joinValues(['plan', '--detail', '=', 'f'])).toEqual(['plan', '--detail=f']);
    expect(joinValues(['plan', '--detail', '='])).toEqual(['plan', '--detail=']);
    expect(joinValues(['plan', 'a', '=', 'b'])).toEqual(['plan', 'a', '=', 'b']);
  });
});
