/** A real SSH client at a simulated switch: what comes over the wire, as it comes. */
import ssh2 from 'ssh2';
import { type MdsSimulator, startMdsSimulator } from '../../../../drivers/simulator/mds/simulator.ts';
import type { Account } from '../../../../drivers/simulator/mds/ssh/login.ts';
import { buildFabric, type FabricPlan } from '../../../../drivers/simulator/mds/state/build.ts';
import { systemClock } from '../../../../src/lib/clock.ts';

export const ADMIN: Account = { user: 'admin', role: 'network-admin', password: 'secret-1' };

export function startSimulator(
  plan: Partial<FabricPlan> = {},
  accounts: readonly Account[] = [ADMIN],
): Promise<MdsSimulator> {
  const settings = { activationMs: 30, commitMs: 30, copyMs: 10, ...plan.settings };
  const state = buildFabric({ vsans: [{ id: 10 }], hosts: 2, targets: 2, ...plan, settings });
  return startMdsSimulator({ state, clock: systemClock, accounts });
}

export interface LoginOptions {
  readonly on?: string;
  readonly user?: string;
  readonly password?: string;
  readonly privateKey?: string;
  readonly tryKeyboard?: boolean;
}

export function connect(simulator: MdsSimulator, options: LoginOptions = {}): Promise<ssh2.Client> {
  const { host, sshPort } = simulator.at(options.on ?? 'mds-1');
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    client.on('ready', () => resolve(client));
    client.on('keyboard-interactive', (_name, _text, _language, _prompts, finish) =>
      finish([options.password ?? 'secret-1']),
    );
    const login = options.privateKey
      ? { privateKey: options.privateKey }
      : options.tryKeyboard
        ? { tryKeyboard: true }
        : { password: options.password ?? 'secret-1' };
    client.connect({ host, port: sshPort, username: options.user ?? 'admin', ...login });
  });
}

export interface Terminal {
  /** Sends a line and gives all that comes up to the next prompt, with echo and prompt. */
  send(line: string, until?: RegExp): Promise<string>;
  /** Sends keys. */
  keys(text: string, until: RegExp): Promise<string>;
  /** What came before the first prompt. */
  readonly greeting: string;
  readonly client: ssh2.Client;
  close(): void;
}

const PROMPT = /mds-\d(\([a-z-]+\))?# $/;

/** Rejects with what had come when the connection ends first. */
function reader(channel: ssh2.ClientChannel): (until: RegExp) => Promise<string> {
  let text = '';
  let ended = false;
  let look = () => {};
  channel.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    look();
  });
  channel.on('close', () => {
    ended = true;
    look();
  });
  return (until) =>
    new Promise((resolve, reject) => {
      look = () => {
        if (until.test(text)) {
          const found = text;
          text = '';
          resolve(found);
        } else if (ended) reject(new Error(`the connection ended after ${JSON.stringify(text)}`));
      };
      look();
    });
}

export async function openTerminal(simulator: MdsSimulator, options: LoginOptions = {}): Promise<Terminal> {
  const client = await connect(simulator, options);
  client.on('error', () => {});
  const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
    client.shell({ rows: 50, cols: 200 }, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
  const read = reader(channel);
  const keys = (text: string, until: RegExp) => {
    channel.write(text);
    return read(until);
  };
  return {
    greeting: await read(PROMPT),
    send: (line, until = PROMPT) => keys(`${line}\r`, until),
    keys,
    client,
    close: () => client.end(),
  };
}

/** `ssh SWITCH COMMAND`: what it printed and its exit status. */
export async function execute(client: ssh2.Client, command: string): Promise<{ text: string; code: number }> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error);
      let text = '';
      let code: number | undefined;
      channel.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
      });
      channel.on('exit', (status: number) => {
        code = status;
      });
      channel.on('close', () => (code === undefined ? reject(new Error('no exit status')) : resolve({ text, code })));
    });
  });
}
