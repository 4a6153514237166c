/** Real clients for a simulated switch: lines over SSH, a shell, and requests over HTTPS. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type ClientChannel, type ConnectConfig } from 'ssh2';
import { type LineContext, startLine } from '../../../../drivers/simulator/fos/cli/run.ts';
import type { FosSimulator } from '../../../../drivers/simulator/fos/simulator.ts';
import type { FosState } from '../../../../drivers/simulator/fos/state/model.ts';
import { makeCertificates } from '../../../support/certificates.ts';

export const NOW_MS = Date.UTC(2026, 4, 13, 1, 15, 39);

export const context = (fid = 128): LineContext => ({
  actor: { session: 's1', user: 'admin', via: 'cli', fid, nowMs: NOW_MS },
  role: 'admin',
});

/** What a line prints on this state, in the pure core. */
export const printed = (state: FosState, line: string, fid = 128): string =>
  startLine(state, line, context(fid)).output;

/** The state after these lines, each of which must print nothing. */
export function after(state: FosState, ...lines: readonly string[]): FosState {
  return lines.reduce((now, line) => {
    const progress = startLine(now, line, context());
    if (progress.output !== '' || progress.waiting) throw new Error(`${line}: ${progress.output}`);
    return progress.state;
  }, state);
}

export interface Finished {
  readonly stdout: string;
  /** Undefined: the connection was lost. */
  readonly code?: number;
}

export interface TestClient {
  /** `replies`: lines for questions; `end`: nothing more is typed. */
  exec(line: string, replies?: readonly string[]): Promise<Finished>;
  shell(): Promise<TestShell>;
  close(): void;
}

export interface TestShell {
  type(text: string): void;
  /** Everything printed so far, once it ends with this. */
  until(end: string): Promise<string>;
  /** Resolves when the session has ended. */
  readonly ended: Promise<void>;
}

const LIMIT_MS = 10_000;

function shellOn(channel: ClientChannel): TestShell {
  let text = '';
  let taken = 0;
  const waiting: (() => void)[] = [];
  channel.on('data', (data: Buffer) => {
    text += data.toString('utf8');
    for (const check of [...waiting]) check();
  });
  return {
    type: (typed) => void channel.write(typed),
    until: (end) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(
          () => reject(new Error(`no ${JSON.stringify(end)} in ${JSON.stringify(text)}`)),
          LIMIT_MS,
        );
        const check = () => {
          if (!text.endsWith(end) || text.length === taken) return;
          clearTimeout(late);
          waiting.splice(waiting.indexOf(check), 1);
          const part = text.slice(taken);
          taken = text.length;
          resolve(part);
        };
        waiting.push(check);
        check();
      }),
    ended: new Promise((resolve) => channel.on('close', () => resolve())),
  };
}

function execOn(client: ssh2.Client, line: string, replies: readonly string[]): Promise<Finished> {
  return new Promise((resolve, reject) => {
    client.on('close', () => resolve({ stdout: '' }));
    client.exec(line, (error, channel) => {
      if (error) return reject(error);
      let stdout = '';
      let code: number | undefined;
      channel.on('data', (data: Buffer) => {
        stdout += data.toString('utf8');
      });
      channel.on('exit', (status: number) => {
        code = status;
      });
      channel.on('close', () => resolve({ stdout, ...(code === undefined ? {} : { code }) }));
      channel.end(replies.map((reply) => `${reply}\n`).join(''));
    });
  });
}

export async function connect(simulator: FosSimulator, config: ConnectConfig = {}): Promise<TestClient> {
  const client = new ssh2.Client();
  client.setMaxListeners(100);
  await new Promise<void>((resolve, reject) => {
    client.once('ready', resolve);
    client.once('error', reject);
    const { host, sshPort: port } = simulator;
    const login = config.privateKey ? {} : { password: 'password' };
    client.on('keyboard-interactive', (_name, _text, _language, _prompts, finish) => finish([config.password ?? '']));
    client.connect({ host, port, username: 'admin', ...login, ...config });
  });
  client.on('error', () => client.end());
  return {
    exec: (line, replies = []) => execOn(client, line, replies),
    shell: () =>
      new Promise((resolve, reject) =>
        client.shell({ term: 'vt100' }, (error, channel) => (error ? reject(error) : resolve(shellOn(channel)))),
      ),
    close: () => void client.end(),
  };
}

export interface TestTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export function makeTls(): TestTls {
  const directory = mkdtempSync(join(tmpdir(), 'coprhd-fos-'));
  const { ca, cert, key } = makeCertificates(directory, ['switch'])('switch');
  const read = (file: string) => readFileSync(file, 'utf8');
  const tls = { ca: read(ca), cert: read(cert), key: read(key) };
  rmSync(directory, { recursive: true });
  return tls;
}

export interface RestReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Of a JSON body. */
  readonly json?: unknown;
}

export interface TestRest {
  ask(method: string, path: string, body?: unknown): Promise<RestReply>;
  readonly authorization: string;
}

const YANG = 'application/yang-data+json';
export const BASIC = `Basic ${Buffer.from('admin:password').toString('base64')}`;

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** One request on a connection of its own. */
export function askOnce({ host, httpsPort }: FosSimulator, { ca }: TestTls, asked: Asked): Promise<RestReply> {
  const agent = new Agent({ ca, servername: 'localhost' });
  const { method, path } = asked;
  const body = asked.body === undefined ? '' : JSON.stringify(asked.body);
  const headers = { ...asked.headers, 'content-length': `${Buffer.byteLength(body)}` };
  return new Promise((resolve, reject) => {
    const sent = request({ host, port: httpsPort, path, method, agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        const isJson = text !== '' && response.headers['content-type']?.includes('json') === true;
        const { statusCode = 0, headers: given } = response;
        resolve({ status: statusCode, headers: given, text, ...(isJson ? { json: JSON.parse(text) } : {}) });
        agent.destroy();
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

export async function logIn(simulator: FosSimulator, tls: TestTls, basic = BASIC): Promise<TestRest> {
  const plain = { accept: YANG, 'content-type': YANG };
  const path = '/rest/login';
  const reply = await askOnce(simulator, tls, { method: 'POST', path, headers: { ...plain, authorization: basic } });
  if (reply.status !== 200) throw new Error(`login: ${reply.status} ${reply.text}`);
  const authorization = String(reply.headers.authorization);
  const headers = { ...plain, authorization };
  return {
    authorization,
    ask: (method, where, body) => askOnce(simulator, tls, { method, path: where, headers, body }),
  };
}
