/** Commands in a real pseudo-terminal of a given width, by way of Python's pty module; with signals on the way. */
import { spawn, spawnSync } from 'node:child_process';
import { ROOT } from './cli.ts';

export const hasPty = spawnSync('python3', ['-c', 'import pty, termios']).status === 0;

const DRIVER = `
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 40, int(sys.argv[1]), 0, 0))
def typed():
    line = sys.stdin.readline()
    while line:
        os.write(fd, bytes([int(line)]))
        line = sys.stdin.readline()
import threading
threading.Thread(target=typed, daemon=True).start()
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    os.write(1, data)
os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
`;

export interface Terminal {
  /** Everything that was written to it so far, escapes included. */
  readonly text: () => string;
  /** Presses a key: 3 is Ctrl-C, which the terminal turns into the signal. */
  press(code: number): void;
  readonly ended: Promise<number | null>;
}

export function inTerminal(
  columns: number,
  argv: readonly string[],
  options: { readonly cwd: string; readonly env: Record<string, string> },
): Terminal {
  const child = spawn('python3', ['-c', DRIVER, String(columns), process.execPath, `${ROOT}bin/run.js`, ...argv], {
    cwd: options.cwd,
    env: { PATH: process.env.PATH ?? '', HOME: '/tmp', TERM: 'xterm-256color', ...options.env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (part: Buffer) => (text += part.toString()));
  return {
    text: () => text,
    press: (code) => void child.stdin.write(`${code}\n`),
    ended: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        child.stdin.destroy();
        resolve(code);
      });
    }),
  };
}

/** What is left on the screen of that width: escapes of ink and of our colours carried out. */
export function screenOf(text: string): string[] {
  const lines: string[] = [''];
  let row = 0;
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what terminals understand
  for (const [token] of text.matchAll(/\u001b\[[?]?[0-9;]*[a-zA-Z]|\u001b.|[\s\S]/g)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
    const move = /^\u001b\[([?]?)(\d*)([A-Za-z])$/.exec(token);
    if (token === '\n') {
      row += 1;
      lines[row] ??= '';
    } else if (token === '\r') column = 0;
    else if (move?.[3] === 'A') row = Math.max(0, row - Number(move[2] || 1));
    else if (move?.[3] === 'G') column = Math.max(0, Number(move[2] || 1) - 1);
    else if (move?.[3] === 'K') lines[row] = move[2] === '2' ? '' : lines[row]!.slice(0, column);
    else if (!token.startsWith('\u001b')) {
      lines[row] = lines[row]!.slice(0, column).padEnd(column) + token + lines[row]!.slice(column + 1);
      column += 1;
    }
  }
  return lines;
}
