/**
 * A real OpenSSH server for tests: its own keys, port and configuration in a private directory, users as they are on the
 * machine (root, by key only). Needs root and the packages of scripts/setup.js.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redacted } from '../../../src/lib/redacted.ts';

const READY_MS_MAX = 10_000;
export const HOST_KEY_TYPES = ['ed25519', 'rsa', 'ecdsa'] as const;

export interface SshdOptions {
  readonly hostKeys?: readonly (typeof HOST_KEY_TYPES)[number][];
  readonly lines?: readonly string[];
  /** Root logs in with this password, and with nothing else. The machine's own is not touched: others don't see it. */
  readonly rootPassword?: string;
}

export interface Sshd {
  readonly port: number;
  readonly directory: string;
  /** Private key that root may log in with, and one that nobody may. */
  readonly key: Redacted;
  readonly keyFile: string;
  readonly wrongKey: Redacted;
  readonly wrongKeyFile: string;
  /** As ssh-keygen shows it. */
  fingerprint(type?: (typeof HOST_KEY_TYPES)[number]): string;
  /** Kills the processes of all connections; the server goes on. */
  cut(): void;
  /** How many connections there are. */
  connections(): number;
  /** How many commands were begun since the server started. */
  commands(): number;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops, makes new host keys, starts on the same port. */
  renewHostKeys(): Promise<void>;
  remove(): Promise<void>;
}

export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const { hostKeys = ['ed25519'], lines = [], rootPassword } = options;
  const directory = mkdtempSync(join(tmpdir(), 'coprhd-sshd-'));
  const port = await freePort();
  const file = (name: string) => join(directory, name);
  const keygen = (type: string, name: string) => {
    rmSync(file(name), { force: true });
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file(name)]);
  };
  const makeHostKeys = () => {
    for (const type of hostKeys) keygen(type, `host-${type}`);
  };
  makeHostKeys();
  keygen('ed25519', 'id');
  keygen('ed25519', 'wrong');
  // sshd wants it, and a package that was just installed may not have made it.
  mkdirSync('/run/sshd', { recursive: true });
  const configuration = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    ...hostKeys.map((type) => `HostKey ${file(`host-${type}`)}`),
    'PidFile none',
    `AuthorizedKeysFile ${file('id.pub')}`,
    'StrictModes no',
    'UsePAM no',
    'KbdInteractiveAuthentication no',
    ...(rootPassword === undefined
      ? ['PasswordAuthentication no', 'PermitRootLogin prohibit-password']
      : ['PasswordAuthentication yes', 'PermitRootLogin yes', 'PubkeyAuthentication no']),
    // It says each command that begins.
    'LogLevel VERBOSE',
    'MaxStartups 100:30:200',
    'UseDNS no',
    'PrintMotd no',
    // A bash that thinks that it isn't the first one leaves out root's start-up files, which may be slow.
    'SetEnv SHLVL=2',
    ...lines,
  ];
  writeFileSync(file('sshd_config'), `${configuration.join('\n')}\n`);
  const program = ['/usr/sbin/sshd', '-D', '-e', '-f', file('sshd_config')];
  const argv = rootPassword === undefined ? program : withRootPassword(file('shadow'), rootPassword, program);
  let server: ChildProcess | undefined;
  let commands = 0;
  const start = async () => {
    const started = spawn(argv[0]!, argv.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
    server = started;
    let said = '';
    let line = '';
    started.stderr!.on('data', (chunk: Buffer) => {
      const lines = (line + chunk.toString()).split('\n');
      line = lines.pop()!;
      commands += lines.filter((each) => each.includes('Starting session: ')).length;
      said = (said + chunk.toString()).slice(-10_000);
    });
    for (let waitedMs = 0; !said.includes('Server listening'); waitedMs += 10) {
      if (waitedMs > READY_MS_MAX || started.exitCode !== null) throw new Error(`sshd did not start: ${said}`);
      await sleep(10);
    }
  };
  const children = () => (server?.pid === undefined ? [] : childrenOf(server.pid));
  const cut = () => {
    for (const pid of children()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
  };
  const stop = async () => {
    const ending = server;
    if (!ending) return;
    cut();
    server = undefined;
    if (ending.exitCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill('SIGKILL');
    await ended;
  };
  await start();
  const read = (name: string) => new Redacted(readFileSync(file(name), 'utf8'));
  return {
    port,
    directory,
    key: read('id'),
    keyFile: file('id'),
    wrongKey: read('wrong'),
    wrongKeyFile: file('wrong'),
    fingerprint: (type = hostKeys[0]!) =>
      execFileSync('ssh-keygen', ['-l', '-f', file(`host-${type}.pub`)], { encoding: 'utf8' }).split(' ')[1]!,
    cut,
    connections: () => children().length,
    commands: () => commands,
    start,
    stop,
    renewHostKeys: async () => {
      await stop();
      makeHostKeys();
      await start();
    },
    remove: async () => {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Runs a program that finds another password of root in /etc/shadow than everybody else does. */
function withRootPassword(shadow: string, password: string, program: readonly string[]): string[] {
  const hash = execFileSync('openssl', ['passwd', '-6', '-stdin'], { input: password, encoding: 'utf8' }).trim();
  writeFileSync(shadow, `root:${hash}:19000:0:99999:7:::\n`, { mode: 0o600 });
  const script = 'mount --bind "$0" /etc/shadow && exec "$@"';
  return ['unshare', '--mount', '--propagation', 'slave', 'sh', '-c', script, shadow, ...program];
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        return Number(fields[1]) === parent && fields[0] !== 'Z';
      } catch {
        return false;
      }
    })
    .map(Number);
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
