/**
 * A real etcd cluster of the test's own, of one member or three, plain or with TLS, client certificates and users: on free
 * ports of the loopback, in a directory of its own that goes with it. Members can be killed, frozen and started again.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EtcdLocation, TlsFiles } from '../../src/engine/state/location.ts';
import { parseStateLocation } from '../../src/engine/state/location.ts';
import { makeCertificates } from './certificates.ts';

const READY_MS_MAX = 30_000;
const BIN = ['/usr/bin', '/usr/local/bin'];
const program = (name: string) => BIN.map((path) => join(path, name)).find((path) => existsSync(path));

/** Why a test on real etcd servers can't run here; undefined when it can. */
export function whyNoEtcd(): string | undefined {
  const missing = ['etcd', 'etcdctl', 'openssl'].filter((name) => program(name) === undefined);
  return missing.length === 0 ? undefined : `${missing.join(', ')} missing: run node scripts/setup.js as root`;
}

/** For describe.skipIf, with a line that nobody overlooks. */
export function skipWithoutEtcd(): boolean {
  const why = whyNoEtcd();
  if (why !== undefined) console.warn(`*** SKIPPED, tests on real etcd servers: ${why} ***`);
  return why !== undefined;
}

export interface EtcdMember {
  readonly endpoint: string;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** After `kill`; with the data that it had. */
  restart(): Promise<void>;
}

export interface EtcdCluster {
  readonly members: readonly EtcdMember[];
  /** Of its data and logs. */
  readonly directory: string;
  /** As `--state` takes it, for the user that may write under /test/. */
  url(prefix: string): string;
  location(prefix: string): EtcdLocation;
  /** Certificates by CN, where there are any. */
  tls(user: string): TlsFiles | undefined;
  /** As the administrator of the cluster. */
  ctl(...args: readonly string[]): string;
  /** Forgets all revisions before the newest. */
  compact(): void;
  leader(): Promise<EtcdMember>;
  stop(): Promise<void>;
}

/** Users of a cluster with TLS: `root`; `coprhd`, who may do everything under /test/; `nobody`, who may do nothing. */
export async function startEtcd(options: {
  readonly members: 1 | 3;
  readonly tls: boolean;
  /** Further flags of each member. */
  readonly flags?: Readonly<Record<string, string>>;
}): Promise<EtcdCluster> {
  // Memory-backed where the machine has such a place: what is tested is the protocol, not the disk.
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'coprhd-etcd-'));
  const certificates = options.tls ? makeCertificates(root, ['server', 'root', 'coprhd', 'nobody']) : undefined;
  const scheme = options.tls ? 'https' : 'http';
  const ports = await freePorts(2 * options.members);
  const peers = Array.from({ length: options.members }, (_, at) => `${scheme}://127.0.0.1:${ports[2 * at + 1]}`);
  const running = new Set<ChildProcess>();
  const members = peers.map((peer, index) =>
    createMember({
      ...{ root, scheme, peer, running, name: `m${index}`, port: ports[2 * index]!, more: options.flags ?? {} },
      cluster: peers.map((url, at) => `m${at}=${url}`).join(','),
      ...(certificates ? { tls: certificates('server') } : {}),
    }),
  );
  const endpoints = members.map(({ endpoint }) => endpoint);
  const ctl = (...args: readonly string[]) => {
    const tls = certificates?.('root');
    const secure = tls ? [`--cacert=${tls.ca}`, `--cert=${tls.cert}`, `--key=${tls.key}`] : [];
    const urls = endpoints.map((endpoint) => `${scheme}://${endpoint}`).join(',');
    return execFileSync(program('etcdctl')!, [`--endpoints=${urls}`, ...secure, ...args], {
      encoding: 'utf8',
      env: { ETCDCTL_API: '3' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };
  const url = (prefix: string) => {
    const tls = certificates?.('coprhd');
    const query = tls ? `?ca=${tls.ca}&cert=${tls.cert}&key=${tls.key}` : '';
    // By name where there is TLS: Node warns of certificates for addresses.
    const hosts = tls ? endpoints.map((endpoint) => endpoint.replace('127.0.0.1', 'localhost')) : endpoints;
    return `${tls ? 'etcds' : 'etcd'}://${hosts.join(',')}/${prefix}${query}`;
  };
  const stop = async () => {
    for (const child of running) child.kill('SIGKILL');
    await Promise.all([...running].map((child) => once(child, 'exit')));
    rmSync(root, { recursive: true, force: true });
  };
  try {
    for (const member of members) member.start();
    await untilReady(root, ctl);
    if (certificates) enableUsers(ctl);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    members,
    directory: root,
    url,
    location: (prefix) => parseStateLocation(url(prefix)) as EtcdLocation,
    tls: (user) => certificates?.(user),
    ctl,
    compact: () => {
      const [{ Status }] = JSON.parse(ctl('endpoint', 'status', '-w', 'json')) as [{ Status: StatusOfMember }];
      ctl('compact', String(Status.header.revision));
    },
    leader: async () => {
      for (let waitedMs = 0; waitedMs < READY_MS_MAX; waitedMs += 100) {
        const all = JSON.parse(ctl('endpoint', 'status', '-w', 'json')) as {
          Endpoint: string;
          Status: StatusOfMember;
        }[];
        const found = all.find(({ Status }) => Status.leader === Status.header.member_id);
        if (found) return members.find(({ endpoint }) => found.Endpoint.endsWith(endpoint))!;
        await sleep(100);
      }
      throw new Error('the cluster has no leader');
    },
    stop,
  };
}

interface StatusOfMember {
  readonly header: { readonly revision: number; readonly member_id: number };
  readonly leader: number;
}

interface MemberOptions {
  readonly root: string;
  readonly scheme: string;
  readonly name: string;
  readonly port: number;
  readonly peer: string;
  readonly cluster: string;
  readonly tls?: TlsFiles;
  readonly more: Readonly<Record<string, string>>;
  readonly running: Set<ChildProcess>;
}

function createMember(options: MemberOptions): EtcdMember & { start(): void } {
  const { root, scheme, name, port, peer, cluster, tls, running, more } = options;
  const client = `${scheme}://127.0.0.1:${port}`;
  const data = join(root, name);
  let child: ChildProcess | undefined;
  const start = () => {
    const log = openSync(join(root, `${name}.log`), 'a');
    const flags = {
      ...{ name, 'data-dir': data, 'initial-cluster': cluster, 'initial-cluster-token': root },
      'initial-cluster-state': existsSync(join(data, 'member')) ? 'existing' : 'new',
      ...{ 'listen-client-urls': client, 'advertise-client-urls': client },
      ...{ 'listen-peer-urls': peer, 'initial-advertise-peer-urls': peer },
      ...{ 'heartbeat-interval': '100', 'election-timeout': '1000', logger: 'zap', 'log-level': 'warn' },
      ...more,
    };
    const secure = tls && [
      ...[`--cert-file=${tls.cert}`, `--key-file=${tls.key}`, `--trusted-ca-file=${tls.ca}`, '--client-cert-auth'],
      ...[`--peer-cert-file=${tls.cert}`, `--peer-key-file=${tls.key}`, `--peer-trusted-ca-file=${tls.ca}`],
      '--peer-client-cert-auth',
    ];
    const given = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    const started = spawn(program('etcd')!, [...given, ...(secure ?? [])], { stdio: ['ignore', log, log] });
    child = started;
    running.add(started);
    started.on('exit', () => running.delete(started));
  };
  return {
    endpoint: `127.0.0.1:${port}`,
    start,
    kill: async () => {
      const ended = once(child!, 'exit');
      child!.kill('SIGKILL');
      await ended;
    },
    freeze: () => void child!.kill('SIGSTOP'),
    thaw: () => void child!.kill('SIGCONT'),
    restart: async () => start(),
  };
}

async function untilReady(root: string, ctl: EtcdCluster['ctl']): Promise<void> {
  const untilMs = Date.now() + READY_MS_MAX;
  for (;;) {
    try {
      ctl('--command-timeout=1s', 'get', 'ready');
      return;
    } catch (error) {
      if (Date.now() < untilMs) await sleep(50);
      else
        throw new Error(`etcd does not start: ${readFileSync(join(root, 'm0.log'), 'utf8').slice(-2_000)}`, {
          cause: error,
        });
    }
  }
}

/** Clients are known by the CN of their certificate; passwords are made up and used by nobody. */
function enableUsers(ctl: EtcdCluster['ctl']): void {
  const noPassword = '--no-password';
  for (const user of ['root', 'coprhd', 'nobody']) ctl('user', 'add', user, noPassword);
  ctl('role', 'add', 'coprhd');
  ctl('role', 'grant-permission', 'coprhd', 'readwrite', '--prefix=true', '/test/');
  ctl('user', 'grant-role', 'coprhd', 'coprhd');
  ctl('user', 'grant-role', 'root', 'root');
  ctl('auth', 'enable');
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
