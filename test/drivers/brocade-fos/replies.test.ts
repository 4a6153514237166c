import { describe, expect, it } from 'vitest';
import { commandOf } from '../../../drivers/brocade-fos/cli/commands.ts';
import {
  asksToEnable,
  asksToSave,
  checkEnabled,
  checkSaved,
  checkSilent,
} from '../../../drivers/brocade-fos/cli/replies.ts';
import { refusal } from '../../../drivers/brocade-fos/refusal.ts';
import { Surprise } from '../../../drivers/brocade-fos/surprise.ts';

const CHOICE = '  (yes, y, no, n): [no] ';
const said = (last: string, refused: string[] = []) => ({ text: last, last, refused });

describe('a question', () => {
  it.each([
    `Do you want to save Defined zoning configuration only?${CHOICE}`,
    `Do you want to save the Defined zoning configuration only?${CHOICE}`,
    `WARNING!!!\nThe changes you are attempting to save will render the\nEffective configuration and the Defined configuration\ninconsistent.\nDo you want to proceed with saving the Defined\nzoning configuration only?${CHOICE}`,
  ])('about saving is known in its forms: %j', (question) => {
    expect(asksToSave(question)).toBe(true);
  });

  it.each([
    `Do you want to clear the Defined zoning configuration?${CHOICE}`,
    `Do you want to save the Defined zoning configuration only?\nReally disable zoning?${CHOICE}`,
    'Do you want to save the Defined zoning configuration only?  (yes, y, no, n): [yes] ',
  ])('about something else is not: %j', (question) => {
    expect(asksToSave(question)).toBe(false);
  });

  it('about activating is about one configuration', () => {
    const question = (name: string) => `You are about to.\nDo you want to enable '${name}' configuration${CHOICE}`;
    expect(asksToEnable('prod')(question('prod'))).toBe(true);
    expect(asksToEnable('prod')(question('prod2'))).toBe(false);
    expect(asksToEnable('prod')(`${question('prod')}\nDisable zoning?${CHOICE}`)).toBe(false);
  });
});

describe('an answer', () => {
  it.each([
    ['"x" duplicate name', 'conflict'],
    ['error: "z" not found', 'conflict'],
    ['"a" does not exist.', 'conflict'],
    ['"z" already contains "m"', 'conflict'],
    ['"m" is not in "z"', 'conflict'],
    ['"a" is in use in one or more zones', 'conflict'],
    ['no configuration in effect', 'conflict'],
    ['Invalid Parameters', 'invalid'],
    ['error: name too long', 'invalid'],
    ['error: invalid name', 'invalid'],
    ['RBAC permission denied.', 'auth'],
    ['A transaction is already in progress', 'busy'],
    ['trans_abort: there is an outstanding  transaction', 'busy'],
    ['Commit zone DB larger than supported', 'capacity'],
    ['zonecreate: command not found', 'unsupported'],
    ['Something new', 'ambiguous'],
  ] as const)('%j is %s', (text, expected) => {
    expect(refusal('zonecreate', `${text}\n`).class).toBe(expected);
    expect(() => checkSilent('zonecreate', said(`${text}\n`))).toThrow();
  });

  it('to an edit is nothing; a line of the system log is none', () => {
    checkSilent('zonecreate', said(''));
    checkSilent('zonecreate', said('2020/05/13-01:22:06, [ZONE-1022], 153, FID 128, INFO, SW300, changed.\n'));
    expect(() => checkSilent('zonecreate', said('', ['Sure? [no]']))).toThrow(Surprise);
  });

  it('to saving is that flash is written, or that nothing had changed', () => {
    checkSaved(said('Updating flash ...\n'));
    checkSaved(said('Nothing changed: nothing to save, returning ...\n'));
    expect(() => checkSaved(said('Operation cancelled\n'))).toThrow(Surprise);
  });

  it('to activating is that this configuration is in effect, and nothing else', () => {
    checkEnabled(said('sw0 Updating flash ...\nzone config "prod" is in effect\nUpdating flash ...\n'), 'prod');
    for (const text of [
      '',
      'Updating flash ...\n',
      'zone config "other" is in effect\n',
      'error: something\nzone config "prod" is in effect\n',
    ]) {
      expect(() => checkEnabled(said(text), 'prod'), text).toThrow(Surprise);
    }
  });
});

describe('a command line', () => {
  it('holds names and members in double quotes, and never what a shell would replace', () => {
    const edit = { verb: 'add', object: 'zone', name: 'z-1', members: ['a^b', '1,5'] } as const;
    expect(commandOf(edit)).toBe('zoneadd "z-1","a^b;1,5"');
    expect(() => commandOf({ ...edit, name: 'z$HOME' })).toThrow();
    expect(() => commandOf({ ...edit, members: ['m$x'] })).toThrow();
    expect(() => commandOf({ ...edit, members: ['00:02:00:00:00:02:01:01'] })).toThrow();
    expect(commandOf({ ...edit, verb: 'delete' })).toBe('zonedelete "z-1"');
  });
});
