/**
 * The switch as the rest of the driver sees it: `show` for reading, `configure` for a line in a mode of the configuration.
 * It knows in which mode the session is, and goes where it must be. Every line of ours is one that this driver made of
 * checked names, so nothing here quotes.
 */
import { type CallContext, DriverError } from 'coprhd/driver';
import { modeOf, PROMPT } from './answer.ts';
import type { Dialog, DialogSettings, KnownQuestion } from './dialog.ts';
import { readRejection, rejectionOf } from './rejection.ts';
import { surprise } from './surprise.ts';

export const DIALOG: DialogSettings = {
  prompt: PROMPT,
  question: /(?:\(y\/n\)|\[y\/n\]|\(yes\/no\)|\[yes\/no\])[^\n]*$/,
  no: 'n',
  answerCharsMax: 16 * 1024 ** 2,
};

export interface Switch {
  /** The answer, with the prompt as its last line. Throws what the switch refuses. */
  show(ctx: CallContext, line: string): Promise<string>;
  /** A line in `config` or below it; afterwards the switch is in `mode`. What it said, trimmed, without the prompt. */
  configure(ctx: CallContext, line: string, mode?: string, known?: readonly KnownQuestion[]): Promise<string>;
  /** A line in exec mode that may ask. What it said, trimmed, without the prompt. */
  execute(ctx: CallContext, line: string, known?: readonly KnownQuestion[]): Promise<string>;
  /** Out of the configuration. */
  leave(ctx: CallContext): Promise<void>;
  pause(ctx: CallContext, durationMs: number): Promise<void>;
}

const CONFIG = 'config';

export function createSwitch(dialog: Dialog): Switch {
  let mode = 'exec';

  const say = async (ctx: CallContext, line: string, known?: readonly KnownQuestion[]): Promise<string> => {
    if (ctx.nowMs() >= ctx.deadlineMs)
      throw new DriverError({ class: 'transient', message: `no time left for ${line}` });
    const text = await dialog.say(ctx, line, known);
    mode = modeOf(text);
    ctx.log.debug(`mds: ${line}`, { mode });
    return text;
  };
  const move = async (ctx: CallContext, line: string, to: string) => {
    const text = await say(ctx, line);
    if (mode !== to) throw rejectionOf(line, bodyOf(text)) ?? surprise(line, text);
  };
  const leave = async (ctx: CallContext) => {
    if (mode !== 'exec') await move(ctx, 'end', 'exec');
  };
  const goto = async (ctx: CallContext, wanted: 'config' | 'sub') => {
    if (mode === 'exec') await move(ctx, 'configure terminal', CONFIG);
    if (wanted === 'config' && mode !== CONFIG) await move(ctx, 'exit', CONFIG);
  };

  return {
    show: async (ctx, line) => {
      await leave(ctx);
      const text = await say(ctx, line);
      const rejected = readRejection(line, bodyOf(text));
      if (rejected) throw rejected;
      return text;
    },
    configure: async (ctx, line, after = CONFIG, known) => {
      const isMember = /^(?:no )?member /.test(line);
      await goto(ctx, isMember ? 'sub' : 'config');
      const before = mode;
      const text = await say(ctx, line, known);
      const body = bodyOf(text);
      if (mode !== (isMember ? before : after)) throw rejectionOf(line, body) ?? surprise(line, text);
      return body;
    },
    execute: async (ctx, line, known) => {
      await leave(ctx);
      return bodyOf(await say(ctx, line, known));
    },
    leave,
    pause: (ctx, durationMs) => dialog.pause(ctx, durationMs),
  };
}

/** The same switch, to which nothing is said from `untilMs` on, though the call goes on. */
export function heardUntil(device: Switch, untilMs: number): Switch {
  const check = ({ nowMs }: CallContext, line: string) => {
    if (nowMs() < untilMs) return;
    const message = `the switch answers too slowly for ${line}: what is left of the time is for giving up`;
    throw new DriverError({ class: 'transient', message, hint: 'fewer zones at once' });
  };
  return {
    ...device,
    show: async (ctx, line) => {
      check(ctx, line);
      return device.show(ctx, line);
    },
    configure: async (ctx, line, ...more) => {
      check(ctx, line);
      return device.configure(ctx, line, ...more);
    },
  };
}

/** Without the prompt. */
const bodyOf = (text: string): string => text.slice(0, text.lastIndexOf('\n') + 1).trim();
