/** The dialogue by itself, with prompts and questions of no device. */
import type { CallContext, Shell, ShellCommand } from 'coprhd/driver';
import { DriverError } from 'coprhd/driver';
import { describe, expect, it } from 'vitest';
import { createDialog, type DialogSettings } from '../../../drivers/cisco-mds/cli/dialog.ts';
import { shellOf } from './support.ts';

const SETTINGS: DialogSettings = { prompt: /^ready> $/, question: /\? $/, no: 'nope', answerCharsMax: 100 };

/** Says these, one for each line that is sent. */
function dialogOf(...answers: readonly string[]) {
  const sent: ShellCommand[] = [];
  const left = [...answers];
  const shell: Shell = {
    ...shellOf(async (command) => {
      sent.push(command);
      return left.shift() ?? '';
    }),
    close: async () => {},
  };
  return { dialog: createDialog(shell, SETTINGS), sent, lines: () => sent.map(({ line }) => line) };
}

const ctx: CallContext = {
  ...{ nowMs: () => 0, deadlineMs: 5_000, signal: new AbortController().signal, log: { debug: () => {} } },
};

describe('a line', () => {
  it('is answered by what comes until the prompt, with the deadline and the signal of the call', async () => {
    const { dialog, sent } = dialogOf('one\ntwo\nready> ');
    expect(await dialog.say(ctx, 'list')).toBe('one\ntwo\nready> ');
    expect(sent).toMatchObject([{ line: 'list', deadlineMs: 5_000, signal: ctx.signal }]);
    expect(dialog.answered()).toBe(1);
  });

  it('waits for the prompt or a question, and for nothing in between', async () => {
    const { dialog, sent } = dialogOf('ready> ');
    await dialog.say(ctx, 'list');
    const { prompt } = sent[0]!;
    expect(['ready> ', 'Sure? ', 'Really sure (y/n)? '].every((text) => prompt!.test(text))).toBe(true);
    expect(['ready>', 'already> ', 'Sure?', 'ready> x'].some((text) => prompt!.test(text))).toBe(false);
  });

  it('whose answer is longer than it may be is an error with its end', async () => {
    const { dialog } = dialogOf(`${'x'.repeat(100)}\nready> `);
    await expect(dialog.say(ctx, 'list')).rejects.toMatchObject({
      class: 'ambiguous',
      message: '"list": the answer is too long',
    });
  });

  it('that fails in the session fails as it is', async () => {
    const failure = new DriverError({ class: 'transient', message: 'gone' });
    const shell: Shell = { ...shellOf(() => Promise.reject(failure)), close: async () => {} };
    await expect(createDialog(shell, SETTINGS).say(ctx, 'list')).rejects.toBe(failure);
  });
});

describe('a question', () => {
  const known = [
    { asks: /erase.*\? $/, answer: 'yes' },
    { asks: /restart\? $/, answer: 'later' },
  ];

  it('is answered by what it asks, one after the other, in whatever order', async () => {
    const { dialog, lines } = dialogOf('restart? ', 'erase it all? ', 'done\nready> ');
    const text = await dialog.say(ctx, 'go', known);
    expect(lines()).toEqual(['go', 'later', 'yes']);
    expect(text).toBe('restart? later\nerase it all? yes\ndone\nready> ');
  });

  it('that is not known is answered no, and is an error with all that was said', async () => {
    const { dialog, lines } = dialogOf('explode? ', 'cancelled\nready> ');
    await expect(dialog.say(ctx, 'go', known)).rejects.toMatchObject({
      class: 'ambiguous',
      message: '"go": it asked what is not known here, and was told no',
      transcript: 'explode? nope\ncancelled\nready> ',
    });
    expect(lines()).toEqual(['go', 'nope']);
  });

  it('in the text of an answer is none', async () => {
    const { dialog, lines } = dialogOf('what? \nready> ');
    await dialog.say(ctx, 'go');
    expect(lines()).toEqual(['go']);
  });

  it('that comes again and again is an error', async () => {
    const { dialog, lines } = dialogOf(...Array.from({ length: 9 }, () => 'restart? '));
    await expect(dialog.say(ctx, 'go', known)).rejects.toThrow(/it asks and asks/);
    expect(lines()).toEqual(['go', 'later', 'later', 'later', 'later']);
  });
});
