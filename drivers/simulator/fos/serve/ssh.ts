/**
 * The command line over real SSH: `exec` of one line, and an interactive shell with the switch's prompt. A thin shell: what
 * lines do is the machine's. Leaving a session ends nothing but the session; its open transaction stays, as on a switch.
 */
import { createHash } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ServerChannel, type Session } from 'ssh2';
import { promptOf } from '../cli/run.ts';
import type { CliStep, CliWaiting, FosMachine } from '../machine.ts';
import type { FosAccount } from '../state/model.ts';
import { createLineReader } from './line-reader.ts';
import type { ServerClock } from './time.ts';

export interface SshServer {
  readonly port: number;
  /** `SHA256:...`, as ssh-keygen shows it. */
  readonly fingerprint: string;
  /** Connections since it was opened. */
  logins(): number;
  /** Ends every connection; the server goes on. */
  drop(): void;
  close(): Promise<void>;
}

export interface SshOptions {
  readonly host: string;
  readonly port: number;
  /** PEM or OpenSSH. Made where there is none. */
  readonly hostKey?: string;
}

function fingerprintOf(privateKey: string): string {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  const hash = createHash('sha256').update(key.getPublicSSH()).digest('base64');
  return `SHA256:${hash.replace(/=+$/, '')}`;
}

function hasKey(account: FosAccount, context: Extract<AuthContext, { method: 'publickey' }>): boolean {
  const own = ssh2.utils.parseKey(account.publicKey ?? '');
  if (own instanceof Error) return false;
  if (context.key.algo !== own.type || !context.key.data.equals(own.getPublicSSH())) return false;
  if (!context.signature || !context.blob) return true;
  return own.verify(context.blob, context.signature, context.hashAlgo) === true;
}

function authenticate(context: AuthContext, accounts: readonly FosAccount[]): void {
  const account = accounts.find(({ user }) => user === context.username);
  const { password, publicKey } = account ?? {};
  if (context.method === 'keyboard-interactive') {
    context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => {
      if (password !== undefined && answers[0] === password) context.accept();
      else context.reject();
    });
    return;
  }
  const known =
    (context.method === 'publickey' && account && publicKey !== undefined && hasKey(account, context)) ||
    (context.method === 'password' && password !== undefined && context.password === password);
  if (known) context.accept();
  else context.reject(['password', 'keyboard-interactive', 'publickey']);
}

/** One channel: runs lines one after the other, and asks what a line asks. */
interface Talk {
  readonly machine: FosMachine;
  readonly clock: ServerClock;
  readonly user: string;
  readonly session: string;
  readonly channel: ServerChannel;
  /** Of output lines. */
  readonly newline: string;
  drop(): void;
}

type Step = CliStep & { readonly waiting?: CliWaiting };

/** Prints a step. False: the connection was dropped instead. */
async function show(talk: Talk, { output, ask, effect }: Step): Promise<boolean> {
  await talk.clock.wait(effect.delayMs + (ask === undefined ? effect.flashMs : 0));
  if (effect.loseRequest || (effect.loseReply && ask === undefined)) {
    talk.drop();
    return false;
  }
  talk.channel.write((output + (ask ?? '')).replaceAll('\n', talk.newline));
  if (effect.torn) talk.channel.close();
  return !effect.torn;
}

function exec(talk: Talk, line: string): void {
  const { session, user, machine, clock } = talk;
  const fid = machine.state().defaultFid;
  const who = () => ({ session, user, via: 'cli', fid, nowMs: clock.nowMs() }) as const;
  const finish = (exitCode: number) => {
    talk.channel.exit(exitCode);
    talk.channel.end();
  };
  const reader = createLineReader(talk.channel, { echo: false });
  const proceed = async (step: Step): Promise<void> => {
    if (!(await show(talk, step))) return;
    if (!step.waiting) return finish(step.exitCode);
    const reply = await reader.next();
    talk.channel.write(talk.newline);
    await proceed(machine.reply(step.waiting, reply ?? '', who()));
  };
  void proceed(machine.line(line, who()));
}

async function shell(talk: Talk): Promise<void> {
  const { machine, channel, user, session } = talk;
  const reader = createLineReader(channel, { echo: true });
  let fid = machine.state().defaultFid;
  const who = () => ({ session, user, via: 'cli', fid, nowMs: talk.clock.nowMs() }) as const;
  for (;;) {
    channel.write(promptOf(machine.state(), fid, user));
    const line = await reader.next();
    if (line === undefined) break;
    let step: Step = machine.line(line, who());
    if (!(await show(talk, step))) return;
    while (step.waiting) {
      step = machine.reply(step.waiting, (await reader.next()) ?? '', who());
      if (!(await show(talk, step))) return;
    }
    fid = step.fid;
    if (step.end) break;
  }
  channel.exit(0);
  channel.end();
}

export async function startSshServer(machine: FosMachine, clock: ServerClock, options: SshOptions): Promise<SshServer> {
  const hostKey = options.hostKey ?? ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private;
  const clients = new Set<Connection>();
  let logins = 0;
  let sessions = 0;

  const serve = (session: Session, client: Connection, user: string, id: string) => {
    let pty = false;
    const talkOn = (channel: ServerChannel): Talk => {
      channel.on('error', () => client.end());
      return { machine, clock, user, session: id, channel, newline: pty ? '\r\n' : '\n', drop: () => client.end() };
    };
    session.on('pty', (accept) => {
      pty = true;
      accept?.();
    });
    session.on('env', (accept) => accept?.());
    session.on('shell', (accept) => void shell(talkOn(accept())));
    session.on('exec', (accept, _reject, info) => exec(talkOn(accept()), info.command));
  };

  const ssh = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    let user = '';
    sessions += 1;
    const id = `ssh-${sessions}`;
    clients.add(client);
    client.on('close', () => clients.delete(client));
    client.on('error', () => client.end());
    client.on('authentication', (context) => {
      user = context.username;
      authenticate(context, machine.state().accounts);
    });
    client.on('ready', () => {
      logins += 1;
      client.on('session', (accept) => serve(accept(), client, user, id));
    });
  });
  // As sshd does for a terminal: an echo doesn't wait for the one before to be acknowledged.
  const server = createServer({ noDelay: true }, (socket) => ssh.injectSocket(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const drop = () => {
    for (const client of clients) client.end();
  };
  return {
    port: (server.address() as AddressInfo).port,
    fingerprint: fingerprintOf(hostKey),
    logins: () => logins,
    drop,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        drop();
      }),
  };
}
