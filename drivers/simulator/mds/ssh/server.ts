/** A switch's SSH server: logins, shells and single commands, on a port of its own. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import { type CliSession, openCli, promptOf } from '../cli/context.ts';
import { type Machine, runLine, runOnce } from '../cli/run.ts';
import { type Account, authenticate } from './login.ts';
import { serveExec, serveShell, type Terminal } from './shell.ts';

export interface Clock {
  nowMs(): number;
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export interface ServerOptions {
  readonly machine: Machine;
  /** Name of the switch. */
  readonly switch: string;
  readonly clock: Clock;
  readonly accounts: readonly Account[];
  /** PEM. */
  readonly hostKey: string;
  /** 0 = any. */
  readonly port: number;
  /** A bug of the simulator: the connection was cut. */
  readonly onBug: (error: unknown) => void;
}

export interface MdsServer {
  readonly port: number;
  /** How often somebody logged in. */
  logins(): number;
  /** Cuts every connection. */
  dropAll(): void;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

interface Connection {
  readonly options: ServerOptions;
  readonly socket: Socket;
  readonly account: Account;
  /** Aborted when the connection is gone. */
  readonly gone: AbortController;
}

/** Sleeps until then, or until nobody waits any more. */
async function sleepUnlessGone({ options, gone }: Connection, durationMs: number): Promise<void> {
  await options.clock.sleep(durationMs, gone.signal).catch((error: unknown) => {
    if (!gone.signal.aborted) throw error;
  });
}

function terminalOf(connection: Connection, cli: CliSession, echo: boolean, run: typeof runLine): Terminal {
  const { options, socket } = connection;
  return {
    run: (line) => run(options.machine, cli, line, options.clock.nowMs()),
    prompt: () => promptOf(cli),
    pageLines: () => cli.terminalLength,
    sleep: (durationMs) => sleepUnlessGone(connection, durationMs),
    drop: () => void socket.destroy(),
    echo,
  };
}

function serveSession(connection: Connection, session: ssh2.Session): void {
  const { options, socket, account } = connection;
  let hasPty = false;
  const guard = (work: Promise<void>) =>
    work.catch((error: unknown) => {
      options.onBug(error);
      socket.destroy();
    });
  const cli = () => openCli(account.user, account.role, options.switch);
  session.on('pty', (accept) => {
    hasPty = true;
    accept?.();
  });
  session.on('window-change', (accept) => accept?.());
  session.on('shell', (accept) => {
    void guard(serveShell(accept(), terminalOf(connection, cli(), hasPty, runLine)));
  });
  session.on('exec', (accept, _reject, { command }) => {
    void guard(serveExec(accept(), terminalOf(connection, cli(), false, runOnce), command));
  });
}

export async function listen(options: ServerOptions): Promise<MdsServer> {
  // Sockets are ours, so that one can be cut without a goodbye. By the number of the client's port.
  const sockets = new Map<number | undefined, Socket>();
  let logins = 0;
  const ssh = new ssh2.Server({ hostKeys: [options.hostKey] }, (client, { port }) => {
    const socket = sockets.get(port);
    const gone = new AbortController();
    let account: Account | undefined;
    // A client that hangs up in the middle is its own affair.
    client.on('error', () => gone.abort());
    client.on('close', () => gone.abort());
    client.on('authentication', (attempt) =>
      authenticate(options.accounts, attempt, (one) => {
        account = one;
      }),
    );
    client.on('ready', () => {
      logins++;
    });
    client.on('session', (accept) => {
      if (account && socket) serveSession({ options, socket, account, gone }, accept());
    });
  });
  const server = createServer((socket) => {
    const { remotePort } = socket;
    // Echoes are many small packets: none waits for the one before to be acknowledged.
    socket.setNoDelay(true);
    sockets.set(remotePort, socket);
    socket.on('close', () => sockets.delete(remotePort));
    ssh.injectSocket(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(options.port, HOST, resolve);
  });
  const dropAll = () => {
    for (const socket of sockets.values()) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    logins: () => logins,
    dropAll,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        dropAll();
      }),
  };
}
