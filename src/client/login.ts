/** Logging in to a daemon, and what its certificate is. */
import { connect } from 'node:tls';
import { TOKEN_HEADER } from '../engine/operations/remote-protocol.ts';
import { fail } from '../lib/diagnostic.ts';
import { agentFor, bodyOf, type RemoteServer, send } from './remote-client.ts';

export interface SeenCertificate {
  /** PEM. */
  readonly certificate: string;
  /** `AB:CD:...`, of SHA-256. */
  readonly fingerprint: string;
  /** An authority that this machine trusts vouches for it, and for the name. */
  readonly trusted: boolean;
}

const CONNECT_DEADLINE_MS = 10_000;

/** What the server shows now. Nothing is sent to it. */
export async function readServerCertificate(url: string): Promise<SeenCertificate> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise<SeenCertificate>((resolve, reject) => {
    const servername = /^[\d.:]+$/.test(host) ? {} : { servername: host };
    // It is looked at, and believed only when somebody compared it.
    const socket = connect({ host, port: Number(port || 4_443), rejectUnauthorized: false, ...servername });
    socket.setTimeout(CONNECT_DEADLINE_MS, () => socket.destroy(new Error('it does not answer')));
    socket.on('error', reject);
    socket.on('secureConnect', () => {
      const { raw, fingerprint256 } = socket.getPeerCertificate();
      const base64 = raw
        .toString('base64')
        .replace(/(.{64})/g, '$1\n')
        .trimEnd();
      const certificate = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
      resolve({ certificate, fingerprint: fingerprint256, trusted: socket.authorized });
      socket.destroy();
    });
  }).catch((error: Error) =>
    fail('error', {
      code: 'COPRHD-REMOTE-001',
      summary: `${url} can't be reached: ${error.message}`,
      fix: 'check the address, that the daemon runs, and the network',
    }),
  );
}

/** Rejects with an OperationError where the server refuses. */
export async function logIn(
  { url, certificate }: Pick<RemoteServer, 'url' | 'certificate'>,
  user: string,
  password: string,
): Promise<string> {
  const agent = agentFor(certificate);
  try {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const headers = { authorization, accept: 'application/json' };
    const response = await send({ url, token: '' }, agent, { method: 'GET', path: '/login', headers, body: '' });
    const body = await bodyOf(response);
    const token = response.headers[TOKEN_HEADER];
    if (response.statusCode === 200 && typeof token === 'string') return token;
    return fail('error', {
      code: 'COPRHD-REMOTE-003',
      summary: `${url} refuses ${user}: ${typeof body.details === 'string' ? body.details : response.statusCode}`,
      fix: 'check name and password',
    });
  } finally {
    agent.destroy();
  }
}

/** True when the token is no good any more, by this or before. */
export async function logOut(server: RemoteServer): Promise<boolean> {
  const agent = agentFor(server.certificate);
  try {
    const headers = { accept: 'application/json' };
    const response = await send(server, agent, { method: 'GET', path: '/logout', headers, body: '' });
    response.resume();
    return response.statusCode === 200 || response.statusCode === 401;
  } finally {
    agent.destroy();
  }
}
