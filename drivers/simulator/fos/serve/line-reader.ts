/** Lines typed on a channel, as a terminal gives them: ended by \r or \n, given up with Ctrl-C, mended with backspace, echoed where it is asked. */
import type { ServerChannel } from 'ssh2';

export interface LineReader {
  /** Undefined when nothing more can come. */
  next(): Promise<string | undefined>;
}

const LINES_MAX = 10_000;

export function createLineReader(channel: ServerChannel, { echo }: { readonly echo: boolean }): LineReader {
  const lines: string[] = [];
  const waiting: ((line: string | undefined) => void)[] = [];
  let partial = '';
  let last = '';
  let ended = false;

  const give = (line: string) => {
    const next = waiting.shift();
    if (next) next(line);
    else if (lines.length < LINES_MAX) lines.push(line);
  };
  const end = () => {
    if (ended) return;
    ended = true;
    if (partial !== '') give(partial);
    for (const next of waiting.splice(0)) next(undefined);
  };
  const take = (char: string) => {
    if (char === '\u0004') return end();
    if (char === '\u0003') {
      partial = '';
      if (echo) channel.write('^C\r\n');
      return give('');
    }
    if (char === '\b' || char === '\u007f') {
      partial = partial.slice(0, -1);
      return;
    }
    if (char !== '\r' && char !== '\n') {
      partial += char;
      if (echo) channel.write(char);
      return;
    }
    if (char === '\n' && last === '\r') return;
    if (echo) channel.write('\r\n');
    const line = partial;
    partial = '';
    give(line);
  };
  channel.on('data', (data: Buffer) => {
    for (const char of data.toString('utf8')) {
      take(char);
      last = char;
    }
  });
  channel.on('end', end);
  channel.on('close', end);
  return {
    next: () =>
      new Promise((resolve) => {
        const line = lines.shift();
        if (line !== undefined) resolve(line);
        else if (ended) resolve(undefined);
        else waiting.push(resolve);
      }),
  };
}
