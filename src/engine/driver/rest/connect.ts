/**
 * Connections with TLS to one device. Whoever answers has to prove that it is the device before anything is sent: by a
 * certificate that a known authority signed for this host, or by the very certificate that was pinned.
 */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';
import type { Clock } from '../../../lib/clock.ts';
import { hostAndPort } from '../../../lib/endpoint.ts';
import { fingerprintOf, type HostKey, hostKeyAt, inPairs, provesPinned } from '../../../lib/host-key.ts';
import { LIMITS } from '../../../lib/limits.ts';
import { DriverError } from '../errors.ts';

export interface RestTls {
  /** PEM; only these authorities are trusted then. Without it: those that Node.js trusts (NODE_EXTRA_CA_CERTS adds to them). */
  readonly ca?: string;
}

/** Of a device that is registered, or is being registered: what it showed first is pinned. */
export interface RestTrust {
  /** Of the device, for messages. */
  readonly name: string;
  readonly pinned: readonly HostKey[];
}

export interface Connector {
  readonly connect: buildConnector.connector;
  /** Pinned, or seen by now. */
  hostKeys(): readonly HostKey[];
  /** Gives up connections that are still being made. */
  close(): void;
}

interface Where {
  readonly host: string;
  readonly port: number;
  readonly tls?: RestTls | undefined;
  /** Without it only authorities are trusted, and nothing is pinned. */
  readonly trust?: RestTrust | undefined;
  readonly clock: Clock;
}

const placeOf = (where: { readonly host: string; readonly port: number }): string => `tls ${hostAndPort(where)}`;

export function createConnector({ host, port, tls, trust, clock }: Where): Connector {
  const at = hostAndPort({ host, port });
  let pinned = trust && hostKeyAt(trust.pinned, placeOf({ host, port }));
  const giveUps = new Set<GiveUp>();

  /** Why nothing may be sent to whoever answered. */
  const refusal = (socket: TLSSocket): DriverError | undefined => {
    const shown = shownBy(socket, { host, port });
    if (shown === undefined) return new DriverError({ class: 'auth', message: `${at} shows no certificate` });
    if (trust === undefined) return socket.authorized ? undefined : untrusted(at, socket, shown);
    pinned ??= shown;
    return provesPinned(pinned, shown) ? undefined : changedCertificate(trust.name, pinned, shown);
  };

  const connect: buildConnector.connector = (_options, callback) => {
    const giveUp = shakeHands({ host, port, tls, clock }, LIMITS.restConnectDeadlineMs, refusal, (error, socket) => {
      giveUps.delete(giveUp);
      if (error === undefined) callback(null, socket);
      else callback(error, null);
    });
    giveUps.add(giveUp);
  };
  return {
    connect,
    hostKeys: () => (pinned === undefined ? [] : [pinned]),
    close: () => {
      for (const giveUp of giveUps) giveUp('the session was closed');
    },
  };
}

/** The certificate that a device shows now. Nothing is sent to it. */
export function readCertificate(where: Where & { readonly limitMs: number }): Promise<HostKey> {
  return new Promise((resolve, reject) => {
    let shown: HostKey | undefined;
    const look = (socket: TLSSocket) => {
      shown = shownBy(socket, where);
      return shown === undefined ? noConnection(where, 'it shows no certificate') : undefined;
    };
    shakeHands(where, where.limitMs, look, (error, socket) => {
      socket.destroy();
      if (shown === undefined || error) reject(error);
      else resolve(shown);
    });
  });
}

type GiveUp = (why: string) => void;

/** Connects, and ends once: with what `judge` says of who answered, or with why nobody did. `limitMs`: no longer than this. */
function shakeHands(
  where: Where,
  limitMs: number,
  judge: (socket: TLSSocket) => DriverError | undefined,
  onEnd: (error: DriverError | undefined, socket: TLSSocket) => void,
): GiveUp {
  const socket = connectTls(tlsOptions(where.host, where.port, where.tls));
  const timer = new AbortController();
  let ended = false;
  const end = (error: DriverError | undefined) => {
    if (ended) return;
    ended = true;
    timer.abort();
    if (error !== undefined) socket.destroy();
    onEnd(error, socket);
  };
  const lost = (why: string) => end(noConnection(where, why));
  socket.setNoDelay(true);
  socket.once('secureConnect', () => end(judge(socket)));
  socket.on('error', (error: NodeJS.ErrnoException) => lost(error.code ?? error.message));
  socket.once('close', () => lost('it was cut'));
  where.clock.sleep(limitMs, timer.signal).then(
    () => lost('no answer in time'),
    () => {},
  );
  return lost;
}

const noConnection = (where: Where, why: string): DriverError =>
  new DriverError({ class: 'transient', message: `no connection to ${hostAndPort(where)}: ${why}` });

function tlsOptions(host: string, port: number, tls: RestTls | undefined): ConnectionOptions {
  return {
    host,
    port,
    ...(isIP(host.replace(/%.*$/, '')) ? {} : { servername: host }),
    ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
    ALPNProtocols: ['http/1.1'],
    // Judged by us, who can say which certificate it was.
    rejectUnauthorized: false,
  };
}

function shownBy(socket: TLSSocket, where: { readonly host: string; readonly port: number }): HostKey | undefined {
  const certificate = socket.getPeerCertificate().raw;
  if (certificate === undefined) return undefined;
  const fingerprint = fingerprintOf(createHash('sha256').update(certificate).digest());
  return { at: placeOf(where), type: socket.authorized ? 'authority' : 'certificate', fingerprint };
}

function untrusted(at: string, socket: TLSSocket, { fingerprint }: HostKey): DriverError {
  return new DriverError({
    class: 'auth',
    message: `the certificate of ${at} is not trusted (${reason(socket.authorizationError)}): SHA-256 ${inPairs(fingerprint)}`,
    hint: 'give the certificate authority that signed it (NODE_EXTRA_CA_CERTS)',
  });
}

function changedCertificate(name: string, pinned: HostKey, shown: HostKey): DriverError {
  const vouched =
    pinned.type === 'authority' ? 'one that a trusted authority signed' : `SHA-256 ${inPairs(pinned.fingerprint)}`;
  return new DriverError({
    class: 'auth',
    message: `the certificate of ${name} at ${shown.at} has changed: pinned is ${vouched}, it shows SHA-256 ${inPairs(shown.fingerprint)}; nothing was sent to it`,
    hint: `somebody may be between; if its certificate was renewed, compare the fingerprint there and run coprhd device trust ${name}`,
  });
}

/** Typed as an Error, and in truth mostly its code. */
function reason(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
}
