/**
 * The dialogue with the command line of a switch: one shell, kept, made again when it ended between two commands. A question
 * is answered by what it asks; one that isn't expected is answered no. What a command prints is given back as it is.
 */
import { type CallContext, type CommandSession, DriverError, type Shell, type ShellAnswer } from 'coprhd/driver';
import { createQueue } from '../queue.ts';
import { Surprise } from '../surprise.ts';

/** `SWITCH:admin> `, `SWITCH:FID128:admin> `, with admin domains `SWITCH:AD0:admin> `. */
const PROMPT = /^[^\s:>]+(?::FID(?<fid>\d{1,3})|:AD\d{1,3})*:[\w.@-]+> ?$/;
/** Every question of Fabric OS ends with its default, or with what may be answered. */
const QUESTION = /(?:\[(?:no|yes|n|y)\]|\((?:y\/n|yes\/no)\))[:?]? ?$/i;
const PROMPT_OR_QUESTION = new RegExp(`${PROMPT.source.replace('?<fid>', '')}|${QUESTION.source}`, 'i');
const QUESTIONS_MAX = 3;

export interface Said {
  /** All that was printed. */
  readonly text: string;
  /** What was printed after the last answer; all of it when nothing was asked. */
  readonly last: string;
  /** Questions that were not expected, and so answered no. */
  readonly refused: readonly string[];
}

export interface Dialogue {
  /** A command that only shows something. */
  show(ctx: CallContext, line: string): Promise<string>;
  /** A command that changes something. `agreed`: whether this question is the one to say yes to. */
  change(ctx: CallContext, line: string, agreed?: (question: string) => boolean): Promise<Said>;
  close(): Promise<void>;
}

const never = () => false;

export function createDialogue(session: CommandSession, virtualFabric: number | undefined): Dialogue {
  const inTurn = createQueue();
  let shell: Shell | undefined;

  const exchange = async (ctx: CallContext, on: Shell, line: string): Promise<ShellAnswer> => {
    const { deadlineMs, signal } = ctx;
    if (ctx.nowMs() >= deadlineMs) throw new DriverError({ class: 'transient', message: 'no time left' });
    const answer = await on.exchange({ line, prompt: PROMPT_OR_QUESTION, deadlineMs, signal });
    checkFabric(answer, virtualFabric);
    return answer;
  };

  const open = async (ctx: CallContext): Promise<Shell> => {
    if (session.openShell === undefined) {
      throw new DriverError({ class: 'invalid', message: 'a switch is reached over SSH: ssh://user@host' });
    }
    const made = await session.openShell({ prompt: PROMPT, deadlineMs: ctx.deadlineMs, signal: ctx.signal });
    try {
      if (virtualFabric !== undefined) await enterFabric(ctx, made, virtualFabric);
    } catch (error) {
      await made.close();
      throw error;
    }
    shell = made;
    return made;
  };

  /**
   * A shell that ended since the last command is made again, once: when nothing was sent on it, and also when the connection was
   * lost with a command that only looks.
   */
  const begin = async (ctx: CallContext, line: string, looks: boolean): Promise<{ on: Shell; answer: ShellAnswer }> => {
    const kept = shell;
    if (kept !== undefined) {
      try {
        return { on: kept, answer: await exchange(ctx, kept, line) };
      } catch (error) {
        shell = undefined;
        await kept.close();
        const harmless = error instanceof DriverError && (looks ? isLost(error) : error.class === 'transient');
        if (!harmless || ctx.signal.aborted || ctx.nowMs() >= ctx.deadlineMs) throw error;
      }
    }
    const on = await open(ctx);
    return { on, answer: await lastly(ctx, on, line) };
  };

  /** Whatever fails, this shell is of no more use. */
  const lastly = async (ctx: CallContext, on: Shell, line: string): Promise<ShellAnswer> => {
    try {
      return await exchange(ctx, on, line);
    } catch (error) {
      shell = undefined;
      await on.close();
      throw error;
    }
  };

  const converse = async (ctx: CallContext, line: string, agreed?: (question: string) => boolean): Promise<Said> => {
    const first = await begin(ctx, line, agreed === undefined);
    let { answer } = first;
    let text = answer.text;
    const refused: string[] = [];
    for (let count = 0; QUESTION.test(answer.prompt); count++) {
      const asked = answer.text + answer.prompt;
      const yes = count < QUESTIONS_MAX && refused.length === 0 && agreed?.(asked) === true;
      if (!yes) refused.push(answer.prompt.trim());
      if (count >= 2 * QUESTIONS_MAX) {
        shell = undefined;
        await first.on.close();
        throw new Surprise(word(line), text, answer.prompt);
      }
      ctx.log.debug(`brocade-fos: ${answer.prompt.trim()} ${yes ? 'y' : 'no'}`);
      text += `${answer.prompt}${yes ? 'y' : 'no'}\n`;
      answer = await lastly(ctx, first.on, yes ? 'y' : 'no');
      text += answer.text;
    }
    ctx.log.debug(`brocade-fos: ${word(line)}`);
    return { text, last: answer.text, refused };
  };

  return {
    show: (ctx, line) =>
      inTurn(async () => {
        const { text, refused } = await converse(ctx, line);
        if (refused.length > 0) throw new Surprise(word(line), text, refused[0]);
        return text;
      }),
    change: (ctx, line, agreed = never) => inTurn(() => converse(ctx, line, agreed)),
    close: async () => {
      await shell?.close();
      shell = undefined;
      await session.close();
    },
  };
}

/** Not what the switch said, but that it didn't say it. */
const isLost = (error: DriverError): boolean =>
  !(error instanceof Surprise) && (error.class === 'transient' || error.class === 'ambiguous');

const word = (line: string): string => line.split(' ', 1)[0]!;

async function enterFabric(ctx: CallContext, shell: Shell, virtualFabric: number): Promise<void> {
  const { deadlineMs, signal } = ctx;
  const answer = await shell.exchange({ line: `setcontext ${virtualFabric}`, deadlineMs, signal });
  const fid = PROMPT.exec(answer.prompt)?.groups?.fid;
  // Where the prompt doesn't name it, switchshow does, before anything else is done.
  const silent = fid === undefined && PROMPT.test(answer.prompt) && answer.text.trim() === '';
  if (fid === String(virtualFabric) || silent) return;
  throw new DriverError({
    class: 'not-found',
    message: `the switch has no virtual fabric ${virtualFabric} for this user`,
    hint: 'see lscfg --show and userconfig --show on the switch',
    transcript: (answer.text + answer.prompt).slice(0, 1_000),
  });
}

/** Every prompt says which fabric the next command is for, where the switch has more than one. */
function checkFabric({ prompt }: ShellAnswer, virtualFabric: number | undefined): void {
  const fid = PROMPT.exec(prompt)?.groups?.fid;
  if (virtualFabric === undefined || fid === undefined || fid === String(virtualFabric)) return;
  throw new Surprise('a command', prompt, `virtual fabric ${fid}, not ${virtualFabric}`);
}
