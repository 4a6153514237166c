/**
 * The dialogue with a device's own command line, for devices that know no commands by themselves: wait for the prompt,
 * send a line, take what comes until the next prompt, without the echo. What paging is called is the driver's business.
 */
import { StringDecoder } from 'node:string_decoder';
import type { ClientChannel } from 'ssh2';
import type { Clock } from '../../../lib/clock.ts';
import { DriverError } from '../errors.ts';
import type { Shell, ShellAnswer, ShellCommand, ShellRequest } from '../session.ts';
import { OUTPUT_BYTES_MAX } from './execute.ts';
import type { ConnectedHop } from './hop.ts';

/** So wide that no line is broken. */
const WINDOW = { term: 'dumb', cols: 1_000, rows: 1_000, width: 0, height: 0 };
const TRANSCRIPT_MAX = 2_000;
/** A prompt is looked for in this much of the end. */
const PROMPT_MAX = 4_096;
const ESC = '\u001b';
const BACKSPACE = '\u0008';
const RUBBED_OUT = new RegExp(`[^\\n${BACKSPACE}]${BACKSPACE}`, 'g');
/** Colours, cursor movements, window titles. */
const CONTROL = new RegExp(`${ESC}(?:\\[[0-9;?]*[A-Za-z]|\\][^\\u0007]*\\u0007|[()][A-Za-z0-9]|[=>])`, 'g');

interface Waiting {
  readonly prompt: RegExp;
  readonly found: (text: string) => void;
  readonly lost: (message: string) => void;
}

export async function openShell(
  hop: ConnectedHop,
  clock: Clock,
  request: ShellRequest,
  release: () => void,
): Promise<Shell> {
  const stream = await openChannel(hop, clock, request);
  let text = '';
  let bytes = 0;
  let ended: string | undefined;
  let waiting: Waiting | undefined;
  const end = (why: string) => {
    if (ended !== undefined) return;
    ended = why;
    release();
    stream.close();
    waiting?.lost(why);
  };
  const decoder = new StringDecoder('utf8');
  const look = () => {
    if (waiting?.prompt.test(lastLine(clean(text.slice(-PROMPT_MAX))))) waiting.found(clean(text));
  };
  const take = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > OUTPUT_BYTES_MAX) return end('the device printed too much');
    text += decoder.write(chunk);
    look();
  };
  stream.on('data', take);
  stream.stderr.on('data', take);
  stream.on('error', () => {});
  stream.on('close', () => end('the device closed the shell'));

  /** `sent`: from then on an error is `ambiguous`. */
  const expect = (prompt: RegExp, deadlineMs: number, signal: AbortSignal | undefined, sent: boolean) =>
    new Promise<string>((resolve, reject) => {
      const timer = new AbortController();
      const onAbort = () => end('interrupted');
      const settle = () => {
        waiting = undefined;
        timer.abort();
        signal?.removeEventListener('abort', onAbort);
      };
      waiting = {
        prompt,
        found: (shown) => {
          settle();
          text = '';
          bytes = 0;
          resolve(shown);
        },
        lost: (message) => {
          settle();
          const transcript = clean(text).slice(-TRANSCRIPT_MAX);
          reject(new DriverError({ class: sent ? 'ambiguous' : 'transient', message, transcript }));
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted) return onAbort();
      clock.sleep(Math.max(0, deadlineMs - clock.nowMs()), timer.signal).then(
        () => end('no prompt in time'),
        () => {},
      );
      look();
    });

  const greeting = withoutLastLine(await expect(request.prompt, request.deadlineMs, request.signal, false));
  const exchange = async (command: ShellCommand): Promise<ShellAnswer> => {
    const { line, prompt = request.prompt, deadlineMs, signal } = command;
    if (ended !== undefined) throw new DriverError({ class: 'transient', message: `the shell is closed: ${ended}` });
    if (waiting) throw new TypeError('one command at a time');
    if (/[\r\n\0]/.test(line)) throw new DriverError({ class: 'invalid', message: 'a command is one line' });
    // What came unasked since the last prompt isn't the answer.
    text = '';
    const answer = expect(prompt, deadlineMs, signal, true);
    stream.write(`${line}\n`);
    const said = withoutEcho(await answer, line);
    return { text: withoutLastLine(said), prompt: lastLine(said) };
  };
  return {
    greeting,
    exchange,
    send: async (command) => (await exchange(command)).text,
    pause: (durationMs, signal) => clock.sleep(durationMs, signal),
    close: async () => end('closed'),
  };
}

function openChannel(hop: ConnectedHop, clock: Clock, request: ShellRequest): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const timer = new AbortController();
    const refuse = (message: string, cause?: unknown) => {
      timer.abort();
      reject(new DriverError({ class: 'transient', message }, cause));
    };
    clock.sleep(Math.max(0, request.deadlineMs - clock.nowMs()), timer.signal).then(
      () => refuse('the device opened no shell in time'),
      () => {},
    );
    try {
      hop.client.shell(WINDOW, (error, stream) => {
        if (error) return refuse(`the device opens no shell: ${error.message}`, error);
        if (timer.signal.aborted) return stream.destroy();
        timer.abort();
        resolve(stream);
      });
    } catch (error) {
      refuse('the connection is gone', error);
    }
  });
}

/** Without control sequences; a character and its backspace cancel each other. */
function clean(text: string): string {
  let plain = text.replace(CONTROL, '').replace(/\r+\n/g, '\n');
  for (let before = ''; before !== plain; ) {
    before = plain;
    plain = plain.replaceAll(RUBBED_OUT, '');
  }
  return plain.replaceAll(BACKSPACE, '').replaceAll('\r', '');
}

const lastLine = (text: string): string => text.slice(text.lastIndexOf('\n') + 1);
const withoutLastLine = (text: string): string => text.slice(0, text.lastIndexOf('\n') + 1);

/** The blank that ends a prompt may come after the prompt was known, and stands before the echo then. */
function withoutEcho(text: string, line: string): string {
  const said = text.replace(/^ +/, '');
  if (!said.startsWith(line)) return text;
  return said.slice(line.length).replace(/^\n/, '');
}
