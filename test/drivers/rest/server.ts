/** A real HTTPS server with a certificate of its own making, which remembers what reached it. */
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from '../../support/certificates.ts';

export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (request: Arrived, response: ServerResponse) => void | Promise<void>;

export interface RestServer {
  readonly port: number;
  /** PEM. */
  readonly ca: string;
  /** SHA-256 of its certificate. */
  readonly hash: Buffer;
  /** Shows a new certificate from now on: of the same authority, or of another, which is `ca` then. Ends all connections. */
  renew(authority: 'same' | 'other'): void;
  /** Since the last `reset`. */
  readonly arrived: Arrived[];
  connections(): number;
  openNow(): Promise<number>;
  endIdle(): void;
  answer: Answer;
  reset(answer: Answer): void;
  close(): Promise<void>;
}

export async function startRestServer(): Promise<RestServer> {
  let authority = makeAuthority();
  let shown = authority();
  let connections = 0;
  const arrived: Arrived[] = [];
  const server = createServer(
    { cert: shown.cert, key: shown.key, keepAliveTimeout: 60_000 },
    async (request, response) => {
      const parts: Buffer[] = [];
      request.on('error', () => {});
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const one = {
          method: request.method!,
          path: request.url!,
          headers: request.headers,
          body: Buffer.concat(parts).toString('utf8'),
        };
        arrived.push(one);
        void self.answer(one, response);
      });
    },
  );
  server.on('secureConnection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const self: RestServer = {
    port: (server.address() as AddressInfo).port,
    get ca() {
      return shown.ca;
    },
    get hash() {
      return createHash('sha256').update(new X509Certificate(shown.cert).raw).digest();
    },
    renew: (by) => {
      if (by === 'other') authority = makeAuthority();
      shown = authority();
      server.setSecureContext(shown);
      server.closeAllConnections();
    },
    arrived,
    connections: () => connections,
    openNow: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    endIdle: () => server.closeIdleConnections(),
    answer: (_request, response) => void response.end(),
    reset: (answer) => {
      connections = 0;
      arrived.length = 0;
      self.answer = answer;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return self;
}

/** Each call gives another certificate. */
function makeAuthority(): () => { readonly ca: string; readonly cert: string; readonly key: string } {
  const directory = mkdtempSync(join(tmpdir(), 'coprhd-rest-'));
  const names = ['array', 'array-2', 'array-3'];
  const filesOf = makeCertificates(directory, names);
  const all = names.map((name) => {
    const { ca, cert, key } = filesOf(name);
    return { ca: readFileSync(ca, 'utf8'), cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  });
  rmSync(directory, { recursive: true });
  return () => {
    const next = all.shift();
    if (next === undefined) throw new Error('no certificate is left');
    return next;
  };
}
