/** A command in a real pseudo-terminal (`script`, part of Debian's base), with somebody who answers its questions. */
import { spawn } from 'node:child_process';

export interface Conversation {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** When this is on the screen, type that. Each once, in order. */
  readonly answers?: readonly { readonly to: RegExp; readonly type: string }[];
}

/** Everything that was on the screen, escapes removed, and the exit code. */
export function inTerminal(line: string, { cwd, env, answers = [] }: Conversation) {
  return new Promise<{ code: number | null; screen: string }>((resolve, reject) => {
    const child = spawn('script', ['-qefc', line, '/dev/null'], {
      cwd,
      env: { HOME: '/', LC_ALL: 'C.UTF-8', TERM: 'xterm-256color', COLUMNS: '100', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: 60_000,
    });
    const open = [...answers];
    let screen = '';
    child.stdout.on('data', (part: Buffer) => {
      screen += bare(part.toString());
      if (open[0]?.to.test(screen)) child.stdin.write(`${open.shift()!.type}\n`);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, screen }));
  });
}

/** Without what only moves the cursor or colours. */
function bare(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is removed
  return text.replace(/\u001b(?:\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>78])|\r/g, '');
}
