/** From an open state to a daemon that serves it: users, certificate, listening. */
import { X509Certificate } from 'node:crypto';
import type { LocalClient } from '../engine/operations/local-client.ts';
import { systemClock } from '../lib/clock.ts';
import { fail, OperationError } from '../lib/diagnostic.ts';
import { systemRandom } from '../lib/random.ts';
import { startDaemon } from './daemon.ts';
import { createGate } from './gate.ts';
import type { ServerOptions } from './server.ts';
import { keyPairIn } from './tls.ts';

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** Directory of key and certificate. */
  readonly tls: string;
  /** Of the program. */
  readonly version: string;
  readonly onError: ServerOptions['onError'];
  readonly services?: ServerOptions['services'];
}

export interface Served {
  readonly host: string;
  readonly port: number;
  /** SHA-256 of the certificate: `AB:CD:...`. */
  readonly fingerprint: string;
  /** Made just now, and told only here. */
  readonly rootPassword?: string;
  stop(): Promise<boolean>;
}

/** Rejects with an OperationError. `client` is closed by `stop`, and when this fails. */
export async function serve(client: LocalClient, options: ServeOptions): Promise<Served> {
  try {
    const { key, cert } = await keyPair(options.tls);
    await client.ping();
    const daemon = await startDaemon({
      client,
      gate: createGate(client),
      clock: systemClock,
      random: systemRandom,
      tls: { key, cert },
      host: options.host,
      port: options.port,
      version: options.version,
      onError: options.onError,
      services: options.services,
    });
    // Last, so that a password is told whenever one was made.
    const { rootPassword } = await client.call('user.initialise', {});
    return {
      host: daemon.host,
      port: daemon.port,
      fingerprint: new X509Certificate(cert).fingerprint256,
      ...(rootPassword === undefined ? {} : { rootPassword }),
      stop: async () => {
        const drained = await daemon.stop();
        await client.close();
        return drained;
      },
    };
  } catch (error) {
    await client.close();
    throw error instanceof OperationError ? error : notServed(options, error);
  }
}

async function keyPair(directory: string) {
  try {
    return await keyPairIn(directory, systemClock.nowMs());
  } catch (error) {
    return fail('error', {
      code: 'COPRHD-DAEMON-001',
      summary: `key and certificate in ${directory} can't be used: ${textOf(error)}`,
      fix: 'put both tls.key and tls.crt there, readable for this user, or remove both to have new ones made',
    });
  }
}

function notServed({ host, port }: ServeOptions, error: unknown): OperationError {
  const summary = `the daemon can't serve on ${host}:${port}: ${textOf(error)}`;
  const fix = 'choose another address with --listen, or end what listens there; check tls.key and tls.crt';
  return new OperationError('error', [{ code: 'COPRHD-DAEMON-001', severity: 'error', summary, fix }]);
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
