/** A daemon as people start it: a process of the program that is built. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './cli.ts';

const START_MS_MAX = 30_000;

export interface DaemonProcess {
  readonly daemon: ChildProcess;
  readonly url: string;
  /** Of root; only the first start on a state tells it. */
  readonly password: string | undefined;
}

/** `home`: where it runs and has what is local to it. Resolves when it serves. */
export async function startDaemon(home: string, state: string, first = true): Promise<DaemonProcess> {
  const words = ['daemon', 'start', '--state', state, '--listen', '127.0.0.1:0', '--allow-local', '--plain'];
  const env = { PATH: process.env.PATH, HOME: join(home, 'root'), NO_COLOR: '1' };
  const daemon = spawn(process.execPath, [`${ROOT}bin/run.js`, ...words], { cwd: home, env });
  let said = '';
  let complained = '';
  daemon.stdout.on('data', (part) => (said += part));
  daemon.stderr.on('data', (part) => (complained += part));
  for (let waitedMs = 0; waitedMs < START_MS_MAX; waitedMs += 50) {
    const url = /^daemon\t(\S+)\t/m.exec(said)?.[1];
    const password = /^rootPassword\t(\S+)$/m.exec(said)?.[1];
    if (url && (password || !first)) return { daemon, url, password };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  daemon.kill('SIGKILL');
  throw new Error(`no daemon after ${START_MS_MAX} ms: ${said}${complained}`);
}
