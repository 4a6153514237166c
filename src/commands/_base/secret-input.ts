/** How a secret comes into the process: over standard input, or typed at a terminal that doesn't show it. Never as an argument. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Writable } from 'node:stream';

/** All of the stream; undefined when it is longer than `bytesMax` or not UTF-8. Rejects with the signal's reason. */
export async function readAll(stream: Readable, bytesMax: number, signal: AbortSignal): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  const stop = () => stream.destroy(signal.reason instanceof Error ? signal.reason : new Error('interrupted'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const part of stream) {
      parts.push(part as Buffer);
      bytes += (part as Buffer).length;
      if (bytes > bytesMax) return undefined;
    }
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts));
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

interface TerminalInput extends Readable {
  readonly isTTY?: boolean;
}

/** One line, with editing but without echo; undefined at the end of input or when the signal fires. */
export async function askSecret(
  input: TerminalInput,
  output: NodeJS.WritableStream,
  question: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  output.write(question);
  // readline writes what is typed to its output: it gets one that shows nothing. `terminal` switches the echo of the
  // terminal itself off.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  return new Promise((resolve) => {
    const reader = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
    const end = (answer: string | undefined) => {
      resolve(answer);
      reader.close();
    };
    // In raw mode readline sees Ctrl-C itself; it is handed on as the signal that it is.
    reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    reader.on('close', () => end(undefined));
    signal.addEventListener('abort', () => end(undefined), { once: true });
    reader.question('', (answer) => {
      output.write('\n');
      end(answer);
    });
  });
}
