/**
 * One SSH connection: to a device, or to a jump host on the way. The server proves by its host key who it is before
 * it is told anything about the user; then the user logs in by key, agent or password. What goes wrong up to here has
 * changed nothing on the device.
 */
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import ssh2, { type AnyAuthMethod, type ServerHostKeyAlgorithm } from 'ssh2';
import type { Clock } from '../../../lib/clock.ts';
import { hostAndPort } from '../../../lib/endpoint.ts';
import type { HostKey } from '../../../lib/host-key.ts';
import type { Redacted } from '../../../lib/redacted.ts';
import { DriverError } from '../errors.ts';

export type SshLogin =
  /** A private key in PEM or OpenSSH form, or a password; told apart by the text. */
  { readonly type: 'secret'; readonly secret: Redacted } | { readonly type: 'agent'; readonly socket: string };

export interface SshHop {
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly login: SshLogin;
}

export interface ConnectedHop {
  readonly client: ssh2.Client;
  readonly hostKey: HostKey;
  isAlive(): boolean;
  close(): void;
}

export interface ConnectHopOptions {
  readonly hop: SshHop;
  readonly clock: Clock;
  readonly limitMs: number;
  /** The way to it through a jump host. */
  readonly through?: Duplex;
  /** The host key that it must have. */
  readonly pinned?: HostKey;
  /** Sees the host key before anything is trusted; what it throws is why the connection isn't made. */
  readonly verify: (key: HostKey) => void;
}

const KEEP_ALIVE_MS = 10_000;
const KEEP_ALIVES_LOST_MAX = 3;

export const placeOf = (hop: SshHop): string => `ssh ${hostAndPort(hop)}`;

/** Newest first; a pinned key's kind is asked for before the others, else another key of the same server would answer. */
const KEY_ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];
/** Signature algorithms of a kind of key, where they differ. */
const RSA_ALGORITHMS: readonly ServerHostKeyAlgorithm[] = ['rsa-sha2-512', 'rsa-sha2-256'];

export function connectHop(options: ConnectHopOptions): Promise<ConnectedHop> {
  const { hop, clock, limitMs, through, pinned, verify } = options;
  const where = hostAndPort(hop);
  const methods = loginMethods(hop);
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    const limit = new AbortController();
    let hostKey: HostKey | undefined;
    let alive = false;
    let settled = false;
    const refuse = (error: DriverError) => {
      if (settled) return;
      settled = true;
      limit.abort();
      client.destroy();
      reject(error);
    };
    clock.sleep(limitMs, limit.signal).then(
      () => refuse(new DriverError({ class: 'transient', message: `${where} does not answer` })),
      () => {},
    );
    client.on('ready', () => {
      if (settled || hostKey === undefined) return;
      settled = alive = true;
      limit.abort();
      const close = () => {
        alive = false;
        client.end();
      };
      resolve({ client, hostKey, isAlive: () => alive, close });
    });
    // Also after the connection was made: what it is used for then learns of it by its own channel.
    client.on('error', (error) => {
      alive = false;
      refuse(connectError(hop, error));
    });
    client.on('close', () => {
      alive = false;
      refuse(new DriverError({ class: 'transient', message: `${where} closed the connection` }));
    });
    try {
      client.connect({
        ...(through ? { sock: through } : { host: hop.host, port: hop.port }),
        username: hop.user,
        authHandler: methods,
        algorithms: { serverHostKey: keyAlgorithms(pinned) },
        hostVerifier: (blob: Buffer) => {
          try {
            hostKey = readHostKey(placeOf(hop), blob);
            verify(hostKey);
            return true;
          } catch (error) {
            refuse(error as DriverError);
            return false;
          }
        },
        readyTimeout: 0,
        keepaliveInterval: KEEP_ALIVE_MS,
        keepaliveCountMax: KEEP_ALIVES_LOST_MAX,
      });
    } catch (error) {
      refuse(new DriverError({ class: 'invalid', message: `${where}: ${(error as Error).message}` }, error));
    }
  });
}

function keyAlgorithms(pinned: HostKey | undefined): ServerHostKeyAlgorithm[] {
  if (pinned === undefined) return [...KEY_ALGORITHMS];
  const first = pinned.type === 'ssh-rsa' ? RSA_ALGORITHMS : KEY_ALGORITHMS.filter((name) => name === pinned.type);
  return [...first, ...KEY_ALGORITHMS.filter((name) => !first.includes(name))];
}

/** The blob begins with the kind of the key: its length in four bytes, and its name. */
function readHostKey(at: string, blob: Buffer): HostKey {
  const type = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('ascii');
  const hash = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  return { at, type, fingerprint: `SHA256:${hash}` };
}

const isPrivateKey = (text: string): boolean => /^\s*(?:-----BEGIN |PuTTY-User-Key-File-)/.test(text);

function loginMethods({ user, login }: SshHop): AnyAuthMethod[] {
  if (login.type === 'agent') return [{ type: 'agent', username: user, agent: login.socket }];
  const secret = login.secret.reveal();
  if (!isPrivateKey(secret)) {
    return [
      { type: 'password', username: user, password: secret },
      {
        type: 'keyboard-interactive',
        username: user,
        // Only what isn't shown while it is typed is asked as a secret.
        prompt: (_name, _instructions, _language, prompts, finish) =>
          finish(prompts.map(({ echo }) => (echo ? '' : secret))),
      },
    ];
  }
  const key = ssh2.utils.parseKey(secret);
  if (key instanceof Error) {
    const encrypted = /passphrase|encrypted/i.test(key.message);
    throw new DriverError({
      class: 'auth',
      message: encrypted ? 'the private key is encrypted' : 'the private key is not readable',
      hint: encrypted
        ? 'load it into ssh-agent and write credential: agent'
        : 'give a private key in OpenSSH or PEM form',
    });
  }
  return [{ type: 'publickey', username: user, key: secret }];
}

function connectError(hop: SshHop, error: Error & { level?: string; code?: string }): DriverError {
  const where = hostAndPort(hop);
  if (error.level === 'client-authentication') {
    return new DriverError(
      {
        class: 'auth',
        message: `${where} refused the login of ${hop.user} by ${loginName(hop.login)}`,
        hint: 'check the user in the endpoint and the credential',
      },
      error,
    );
  }
  if (error.level === 'agent') {
    return new DriverError({ class: 'auth', message: `ssh-agent does not answer: ${error.message}` }, error);
  }
  const why = error.code ?? error.message;
  return new DriverError({ class: 'transient', message: `could not connect to ${where}: ${why}` }, error);
}

function loginName(login: SshLogin): string {
  if (login.type === 'agent') return 'ssh-agent';
  return isPrivateKey(login.secret.reveal()) ? 'private key' : 'password';
}
