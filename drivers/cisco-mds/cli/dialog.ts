/**
 * A dialogue with a device's command line: a line, then whatever the device says until it waits again, for the next command
 * or for the answer to a question. A question is answered by what it asks; one that isn't known is answered with no, and is
 * an error. What a prompt and a question look like is the caller's to say. Each wait has the deadline of the call.
 */
import { type CallContext, DriverError, type Shell } from 'coprhd/driver';

export interface DialogSettings {
  /** The last line when the device waits for a command. */
  readonly prompt: RegExp;
  /** The last line when it waits for an answer. */
  readonly question: RegExp;
  /** What is said to a question that isn't known. */
  readonly no: string;
  /** Of one answer. What is longer is no answer. */
  readonly answerCharsMax: number;
}

export interface KnownQuestion {
  /** Against everything said since the line, the question at the end. */
  readonly asks: RegExp;
  readonly answer: string;
}

export interface Dialog {
  /** What the device said, with the prompt as the last line, questions and their answers left in. */
  say(ctx: CallContext, line: string, known?: readonly KnownQuestion[]): Promise<string>;
  /** Does nothing where the session can't wait. */
  pause(ctx: CallContext, durationMs: number): Promise<void>;
  /** Lines answered so far. */
  answered(): number;
  close(): Promise<void>;
}

const QUESTIONS_MAX = 4;
const TRANSCRIPT_CHARS_MAX = 2_000;

export function createDialog(shell: Shell, settings: DialogSettings): Dialog {
  const { prompt, question, no, answerCharsMax } = settings;
  const waits = new RegExp(`(?:${prompt.source})|(?:${question.source})`, 'i');
  let answered = 0;

  const send = async (ctx: CallContext, line: string): Promise<string> => {
    const { deadlineMs, signal } = ctx;
    const said = await shell.exchange({ line, prompt: waits, deadlineMs, signal });
    const text = said.text + said.prompt;
    answered += 1;
    if (text.length > answerCharsMax) throw trouble('the answer is too long', line, text);
    return text;
  };

  const isQuestion = (text: string): boolean => {
    const last = text.slice(text.lastIndexOf('\n') + 1);
    return question.test(last) && !prompt.test(last);
  };

  return {
    say: async (ctx, line, known = []) => {
      let text = await send(ctx, line);
      let unknown = false;
      for (let asked = 0; isQuestion(text); asked++) {
        if (asked >= QUESTIONS_MAX) throw trouble('it asks and asks', line, text);
        const said = text;
        const answer = known.find(({ asks }) => asks.test(said))?.answer;
        unknown ||= answer === undefined;
        text = `${text}${answer ?? no}\n${await send(ctx, answer ?? no)}`;
      }
      if (unknown) throw trouble('it asked what is not known here, and was told no', line, text);
      return text;
    },
    pause: async (ctx, durationMs) => shell.pause?.(durationMs, ctx.signal),
    answered: () => answered,
    close: () => shell.close(),
  };
}

function trouble(what: string, line: string, text: string): DriverError {
  return new DriverError({
    class: 'ambiguous',
    message: `${JSON.stringify(line)}: ${what}`,
    transcript: text.slice(-TRANSCRIPT_CHARS_MAX),
  });
}
