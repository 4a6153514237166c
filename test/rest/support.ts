/** A daemon in this process on a state of its own, and the simulated arrays that it works on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { type Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openRemoteClient } from '../../src/client/remote-client.ts';
import { type Daemon, startDaemon } from '../../src/daemon/daemon.ts';
import type { Gate, Principal } from '../../src/daemon/gate.ts';
import type { ServiceName } from '../../src/daemon/service-names.ts';
import { keyPairIn } from '../../src/daemon/tls.ts';
import type { KeySource } from '../../src/engine/operations/credentials.ts';
import { type LocalClient, openLocalClient } from '../../src/engine/operations/local-client.ts';
import type { EngineClient } from '../../src/engine/operations/types.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { systemRandom } from '../../src/lib/random.ts';

export interface TestDaemon {
  readonly daemon: Daemon;
  readonly url: string;
  readonly certificate: string;
  readonly directory: string;
  readonly local: LocalClient;
  /** What went wrong inside. */
  readonly errors: unknown[];
  as(token: string): EngineClient;
  /** One request on a connection of its own. */
  send(asked: Asked): Promise<Answer>;
  end(): Promise<void>;
}

export interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Keeps connections; without one each request has its own. */
  readonly agent?: Agent;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/** Tokens that are users, by their roles. */
export const USERS: Readonly<Record<string, Principal['roles']>> = {
  admin: ['SYSTEM_ADMIN', 'SYSTEM_MONITOR'],
  monitor: ['SYSTEM_MONITOR'],
  nobody: [],
};

export const plainGate: Gate = {
  login: async (user, password) =>
    password === `${user}-pw` && USERS[user]
      ? { token: user, principal: { user, roles: USERS[user], tenantRoles: [] } }
      : { refused: 'wrong name or password' },
  check: async (token) =>
    USERS[token] ? { user: token, roles: USERS[token], tenantRoles: [] } : { refused: 'not a valid token' },
  logout: async () => {},
  logoutOther: async () => {},
  proxyToken: async () => ({ refused: 'not here' }),
  changePassword: async () => ({ refused: 'not here' }),
};

/** The beginning of a plan file: one simulated array in one virtual array. `sim`: directory of the simulator. */
export const oneArray = (sim: string): string =>
  `
kind: infrastructure
networks: { san: { transport: ip, subnets: [10.0.0.0/8] } }
storageSystems:
  sim-1:
    driver: simulator
    mode: manage
    configuration: { directory: ${JSON.stringify(sim)}, array: sim-1 }
    scope: { pools: [bulk, fast] }
virtualArrays: { dc1: { networks: [san], storageSystems: [sim-1] } }`.trim();

export async function startTestDaemon({
  gate = plainGate,
  allowLocal = true,
  services,
  keySource,
}: {
  /** Or how it is made on the state of the daemon. */
  readonly gate?: Gate | ((client: LocalClient) => Gate);
  readonly allowLocal?: boolean;
  readonly services?: readonly ServiceName[];
  /** Keys of the vault. */
  readonly keySource?: KeySource;
} = {}): Promise<TestDaemon> {
  const directory = mkdtempSync(path.join(tmpdir(), 'coprhd-daemon-'));
  const local = await openLocalClient({
    state: path.join(directory, 'state'),
    actor: { type: 'system', name: 'daemon' },
    allowLocal,
    ...(keySource ? { keySource } : {}),
  });
  await local.call('init', {});
  const errors: unknown[] = [];
  const { key, cert } = await keyPairIn(path.join(directory, 'tls'), systemClock.nowMs());
  const daemon = await startDaemon({
    client: local,
    gate: typeof gate === 'function' ? gate(local) : gate,
    services,
    clock: systemClock,
    random: systemRandom,
    tls: { key, cert },
    host: '127.0.0.1',
    port: 0,
    onError: (error) => errors.push(error),
    version: '0.0.0',
    recoverIntervalMs: 200,
    headDeadlineMs: 1_000,
  });
  const url = `https://127.0.0.1:${daemon.port}`;
  const clients: EngineClient[] = [];
  return {
    daemon,
    url,
    certificate: cert,
    directory,
    local,
    errors,
    as: (token) => {
      const client = openRemoteClient({ url, token, certificate: cert });
      clients.push(client);
      return client;
    },
    send: (asked) => sendTo(url, cert, { ...asked, headers: { accept: 'application/json', ...asked.headers } }),
    end: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await daemon.stop();
      await local.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** `ca`: the certificate that is expected; without one none is looked at. */
export function sendTo(
  url: string,
  ca: string | undefined,
  { method = 'GET', path: where, headers = {}, body, agent }: Asked,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const trust = ca === undefined ? { rejectUnauthorized: false } : { ca, checkServerIdentity: () => undefined };
    // Node says no length by itself where a body is unusual.
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options = { method, headers: { ...length, ...headers }, agent: agent ?? (false as const), ...trust };
    const asked = request(new URL(where, url), options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => {
        let json = {};
        try {
          json = JSON.parse(text) as object;
        } catch {
          // Not every answer is JSON.
        }
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
