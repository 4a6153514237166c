/**
 * The terminal of a session: echo, line editing, pages with `--More--`, questions. Keys are read one by one and wait
 * while the switch works, as they do on a real line.
 */
import type { ServerChannel } from 'ssh2';
import type { Output } from '../cli/run.ts';

export interface Terminal {
  /** Runs a line. */
  run(line: string): Output;
  prompt(): string;
  /** Lines to a page now; 0 = no pages. */
  pageLines(): number;
  sleep(durationMs: number): Promise<void>;
  /** The connection is to be cut. */
  drop(): void;
  /** Keys are shown as they come: the client asked for a terminal. */
  readonly echo: boolean;
}

/** Of one line; more keys are ignored. */
const LINE_MAX = 4_096;
/** Keys that nobody has read yet; who types more is cut off. */
const KEYS_MAX = 1_048_576;
const MORE = '--More--';
const RUB_OUT = `\r${' '.repeat(MORE.length)}\r`;
const GREETING = 'Cisco Nexus Operating System (NX-OS) Software\r\nSimulated switch: it has no ports.\r\n';

/** Keys in the order they came; undefined: no more will come. */
interface Keys {
  next(): Promise<string | undefined>;
}

function keysOf(channel: ServerChannel): Keys {
  const waiting: string[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  const notify = () => {
    wake?.();
    wake = undefined;
  };
  const end = () => {
    ended = true;
    notify();
  };
  channel.on('data', (chunk: Buffer) => {
    for (const key of chunk.toString('latin1')) waiting.push(key);
    if (waiting.length > KEYS_MAX) end();
    else notify();
  });
  channel.on('end', end);
  // Written to after the other end hung up: nobody reads it.
  channel.on('error', end);
  channel.on('close', end);
  return {
    next: async () => {
      while (waiting.length === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return ended && waiting.length > KEYS_MAX ? undefined : waiting.shift();
    },
  };
}

const CTRL_C = '\x03';
const CTRL_D = '\x04';
const CTRL_Z = '\x1a';
const ERASE = new Set(['\x08', '\x7f']);

/** Reads up to the end of a line. A `\n` after a `\r` belongs to the same end. */
async function readLine(keys: Keys, echo: (text: string) => void, after: { cr: boolean }): Promise<string | undefined> {
  let line = '';
  for (;;) {
    const key = await keys.next();
    if (key === undefined || (key === CTRL_D && line === '')) return undefined;
    const isSecond = key === '\n' && after.cr;
    after.cr = key === '\r';
    if (isSecond) continue;
    if (key === '\r' || key === '\n') {
      echo('\r\n');
      return line;
    }
    if (key === CTRL_Z) return 'end';
    if (key === CTRL_C) {
      echo('^C\r\n');
      return '';
    }
    if (ERASE.has(key)) {
      if (line !== '') echo('\b \b');
      line = line.slice(0, -1);
    } else if (key >= ' ' && key <= '~' && line.length < LINE_MAX) {
      line += key;
      echo(key);
    }
  }
}

/** False: whoever reads has had enough, or is gone. */
async function more(keys: Keys, write: (text: string) => void): Promise<'page' | 'line' | 'stop'> {
  write(MORE);
  const key = await keys.next();
  write(RUB_OUT);
  if (key === ' ') return 'page';
  return key === '\r' || key === '\n' ? 'line' : 'stop';
}

async function print(
  lines: readonly string[],
  pageLines: number,
  keys: Keys,
  write: (text: string) => void,
): Promise<void> {
  let left = pageLines === 0 ? Number.POSITIVE_INFINITY : pageLines - 1;
  for (const line of lines) {
    if (left === 0) {
      const wanted = await more(keys, write);
      if (wanted === 'stop') return;
      left = wanted === 'page' ? pageLines - 1 : 1;
    }
    write(`${line}\r\n`);
    left--;
  }
}

/** Until the user leaves or the connection is gone. */
export async function serveShell(channel: ServerChannel, terminal: Terminal): Promise<void> {
  const keys = keysOf(channel);
  const write = (text: string) => {
    if (channel.writable) channel.write(text);
  };
  const echo = (text: string) => {
    if (terminal.echo) write(text);
  };
  const after = { cr: false };
  write(`${GREETING}${terminal.prompt()}`);
  for (;;) {
    const line = await readLine(keys, echo, after);
    if (line === undefined) break;
    const output = terminal.run(line);
    if (output.delayMs > 0) await terminal.sleep(output.delayMs);
    await print(output.lines, output.noMore ? 0 : terminal.pageLines(), keys, write);
    if (output.drops) return terminal.drop();
    if (output.ends) break;
    write(output.question ?? terminal.prompt());
  }
  channel.exit(0);
  channel.end();
}

/** `ssh SWITCH COMMAND`. The exit status is 0 whatever is said: no source tells another. */
export async function serveExec(
  channel: ServerChannel,
  terminal: Pick<Terminal, 'run' | 'sleep' | 'drop'>,
  line: string,
): Promise<void> {
  const output = terminal.run(line);
  if (output.delayMs > 0) await terminal.sleep(output.delayMs);
  const text = [...output.lines, ...(output.question === undefined ? [] : [output.question])];
  for (const one of text) channel.write(`${one}\n`);
  if (output.drops) return terminal.drop();
  channel.exit(0);
  channel.end();
}
