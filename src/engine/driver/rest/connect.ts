/**
 * Connections with TLS to one device. Whoever answers has to prove that it is the device before anything is sent: by a
 * certificate that a known authority signed for this host, or by the very certificate that was pinned.
 */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';
import type { Clock } from '../../../lib/clock.ts';
import { hostAndPort } from '../../../lib/endpoint.ts';
import { LIMITS } from '../../../lib/limits.ts';
import { DriverError } from '../errors.ts';

/** Without it: the authorities that Node.js trusts (NODE_EXTRA_CA_CERTS adds to them). */
export type RestTls =
  /** PEM; only these are trusted then. */
  | { readonly ca: string }
  /** SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` or ssh-keygen shows hashes. Nothing else counts. */
  | { readonly fingerprint: string };

export interface Connector {
  readonly connect: buildConnector.connector;
  /** Gives up connections that are still being made. */
  close(): void;
}

interface Where {
  readonly host: string;
  readonly port: number;
  readonly tls?: RestTls | undefined;
  readonly clock: Clock;
}

export function createConnector({ host, port, tls, clock }: Where): Connector {
  const at = hostAndPort({ host, port });
  const ca = tls !== undefined && 'ca' in tls ? tls.ca : undefined;
  const pinned = tls !== undefined && 'fingerprint' in tls ? readFingerprint(tls.fingerprint) : undefined;
  const giveUps = new Set<() => void>();

  const connect: buildConnector.connector = (_options, callback) => {
    const socket = connectTls({
      host,
      port,
      ...(isIP(host.replace(/%.*$/, '')) ? {} : { servername: host }),
      ...(ca === undefined ? {} : { ca }),
      ALPNProtocols: ['http/1.1'],
      // Judged by refusal(), which can say which certificate it was.
      rejectUnauthorized: false,
    });
    const timer = new AbortController();
    let ended = false;
    const end = (error: DriverError | undefined) => {
      if (ended) return;
      ended = true;
      timer.abort();
      giveUps.delete(giveUp);
      if (error === undefined) return callback(null, socket);
      socket.destroy();
      callback(error, null);
    };
    const lost = (why: string) =>
      end(new DriverError({ class: 'transient', message: `no connection to ${at}: ${why}` }));
    const giveUp = () => lost('the session was closed');
    giveUps.add(giveUp);
    socket.setNoDelay(true);
    socket.once('secureConnect', () => end(refusal(socket, at, pinned)));
    socket.on('error', (error: NodeJS.ErrnoException) => lost(error.code ?? error.message));
    socket.once('close', () => lost('it was cut'));
    clock.sleep(LIMITS.restConnectDeadlineMs, timer.signal).then(
      () => lost('no answer in time'),
      () => {},
    );
  };
  return {
    connect,
    close: () => {
      for (const giveUp of giveUps) giveUp();
    },
  };
}

function refusal(socket: TLSSocket, at: string, pinned: string | undefined): DriverError | undefined {
  const certificate = socket.getPeerCertificate().raw;
  const shown = certificate === undefined ? 'none' : inPairs(createHash('sha256').update(certificate).digest('hex'));
  if (pinned !== undefined) {
    if (shown === pinned) return undefined;
    return new DriverError({
      class: 'auth',
      message: `${at} shows another certificate than the pinned one: pinned SHA-256 ${pinned}, shown ${shown}`,
      hint: 'find out who answers there; pin the new fingerprint only if the certificate of the device was really renewed',
    });
  }
  if (socket.authorized) return undefined;
  return new DriverError({
    class: 'auth',
    message: `the certificate of ${at} is not trusted (${reason(socket.authorizationError)}): SHA-256 ${shown}`,
    hint: 'give the certificate authority that signed it, or compare the fingerprint with the one that the device shows and pin it',
  });
}

/** Typed as an Error, and in truth mostly its code. */
function reason(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
}

const inPairs = (hex: string): string => hex.toUpperCase().match(/../g)!.join(':');

function readFingerprint(text: string): string {
  const bare = text.replace(/^sha256:/i, '');
  const hex = bare.replaceAll(':', '');
  if (/^[0-9a-f]{64}$/i.test(hex)) return inPairs(hex);
  if (/^[A-Za-z0-9+/]{43}=?$/.test(bare)) return inPairs(Buffer.from(bare, 'base64').toString('hex'));
  throw new DriverError({
    class: 'invalid',
    message: 'the fingerprint is not a SHA-256 hash',
    hint: 'write it as `openssl x509 -noout -fingerprint -sha256` shows it',
  });
}
