/**
 * From a device's endpoint to a session: on this machine, over SSH (perhaps through a jump host), by HTTPS, or
 * none where the driver is the device itself. SSH and HTTPS are loaded only when a device is reached that way.
 */
import type { Clock } from '../../lib/clock.ts';
import { type Endpoint, parseEndpoint } from '../../lib/endpoint.ts';
import type { HostKey } from '../../lib/host-key.ts';
import type { Redacted } from '../../lib/redacted.ts';
import type { DriverManifest } from '../driver/contract.ts';
import { DriverError } from '../driver/errors.ts';
import { agentSocket, createLocalSession } from '../driver/local.ts';
import type { Session } from '../driver/session.ts';
import type { SshHop, SshLogin } from '../driver/ssh/hop.ts';
import type { SshSettings } from '../model/specs.ts';
import type { CredentialResolver } from './credentials.ts';

export interface DeviceSpec {
  readonly name: string;
  readonly driver: string;
  readonly endpoint: string;
  readonly ssh?: SshSettings | undefined;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly credential?: string | undefined;
  /** Tried once where the device refuses `credential`, until then (model/credential-window.ts). */
  readonly fallback?: { readonly credential: string; readonly untilMs: number } | undefined;
  /** Pinned ones. A place that has none is trusted once. */
  readonly hostKeys?: readonly HostKey[] | undefined;
}

export interface OpenedSession {
  readonly session: Session;
  /** What the driver itself logs in with; where the session does, the driver doesn't get it. */
  readonly credential?: Redacted;
  /** Pinned or seen by now. */
  hostKeys(): readonly HostKey[];
}

const HOST_KEY_LIMIT_MS = 10_000;
const NO_KEYS = () => [];
const nothing = async () => {};

export async function openSession(
  spec: DeviceSpec,
  manifest: Pick<DriverManifest, 'session' | 'name'>,
  clock: Clock,
  resolve: CredentialResolver,
): Promise<OpenedSession> {
  const endpoint = parseEndpoint(spec.endpoint);
  if (endpoint === undefined) throw invalid(`${spec.endpoint} is not an endpoint`, 'write local or ssh://user@host');
  const takes = [manifest.session].flat();
  if (takes.includes('command') && endpoint.type === 'ssh') {
    const { createSshSession } = await import('../driver/ssh/session.ts');
    const session = createSshSession({
      name: spec.name,
      hops: await sshHops(spec, resolve),
      hostKeys: spec.hostKeys ?? [],
      clock,
      ...(spec.ssh?.sessionsMax === undefined ? {} : { sessionsMax: spec.ssh.sessionsMax }),
    });
    return { session, hostKeys: session.hostKeys };
  }
  if (takes.includes('rest') && endpoint.type === 'https') {
    const { createRestSession } = await import('../driver/rest/session.ts');
    const { name, hostKeys: pinned = [] } = spec;
    const session = createRestSession({ host: endpoint.host, port: endpoint.port, clock, trust: { name, pinned } });
    return { session, hostKeys: session.hostKeys, ...(await credentialOf(spec, resolve)) };
  }
  if (endpoint.type !== 'local' || takes.every((type) => type === 'rest')) {
    const hint = `write ${takes.map((type) => TAKES[type]).join(' or ')}`;
    throw invalid(`the driver ${manifest.name} does not take endpoint ${spec.endpoint}`, hint);
  }
  const session: Session = takes.includes('command')
    ? createLocalSession(() => clock.nowMs())
    : { type: 'none', close: nothing };
  return { session, hostKeys: NO_KEYS, ...(await credentialOf(spec, resolve)) };
}

async function credentialOf({ credential }: DeviceSpec, resolve: CredentialResolver) {
  return credential === undefined ? {} : { credential: await resolve(credential) };
}

const TAKES: Readonly<Record<Session['type'], string>> = {
  command: 'local or ssh://user@host',
  rest: 'https://host:port',
  none: 'local',
};

/** Jump host first. */
export async function sshHops(
  spec: Pick<DeviceSpec, 'name' | 'endpoint' | 'ssh' | 'credential'>,
  resolve: CredentialResolver,
): Promise<readonly SshHop[]> {
  const device = sshEndpoint(spec.endpoint);
  const login = await sshLogin(spec.credential, spec.name, resolve);
  const hop = ({ user, host, port }: Extract<Endpoint, { type: 'ssh' }>, by: SshLogin) => ({
    user,
    host,
    port,
    login: by,
  });
  const { jump, jumpCredential } = spec.ssh ?? {};
  if (jump === undefined) return [hop(device, login)];
  const jumpLogin = jumpCredential === undefined ? login : await sshLogin(jumpCredential, spec.name, resolve);
  return [hop(sshEndpoint(jump), jumpLogin), hop(device, login)];
}

export async function readHostKeysOf(
  spec: DeviceSpec,
  clock: Clock,
  resolve: CredentialResolver,
): Promise<readonly HostKey[]> {
  const { name, hostKeys: pinned = [] } = spec;
  const endpoint = parseEndpoint(spec.endpoint);
  if (endpoint?.type === 'https') {
    const { readCertificate } = await import('../driver/rest/connect.ts');
    return [await readCertificate({ host: endpoint.host, port: endpoint.port, clock, limitMs: HOST_KEY_LIMIT_MS })];
  }
  const { readHostKeys } = await import('../driver/ssh/route.ts');
  return readHostKeys({ name, hops: await sshHops(spec, resolve), pinned, clock, limitMs: HOST_KEY_LIMIT_MS });
}

function sshEndpoint(text: string): Extract<Endpoint, { type: 'ssh' }> {
  const endpoint = parseEndpoint(text);
  if (endpoint?.type !== 'ssh') throw invalid(`${text} is not reached over SSH`, 'write ssh://user@host:port');
  return endpoint;
}

async function sshLogin(reference: string | undefined, name: string, resolve: CredentialResolver): Promise<SshLogin> {
  if (reference === undefined) {
    throw new DriverError({
      class: 'auth',
      message: `${name} has no credential to log in with`,
      hint: 'give a private key or password by credential: file:PATH, env:NAME or vault:NAME, or write credential: agent',
    });
  }
  if (reference === 'agent') return { type: 'agent', socket: agentSocket() };
  return { type: 'secret', secret: await resolve(reference) };
}

const invalid = (message: string, hint: string) => new DriverError({ class: 'invalid', message, hint });
