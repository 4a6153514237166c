/** From an open state to a daemon that serves it: users, certificate, listening. */
import { X509Certificate } from 'node:crypto';
import type { LocalClient } from '../engine/operations/local-client.ts';
import { systemClock } from '../lib/clock.ts';
import { fail, OperationError } from '../lib/diagnostic.ts';
import { systemRandom } from '../lib/random.ts';
import { startDaemon } from './daemon.ts';
import { createGate } from './gate.ts';
import type { ServerOptions } from './server.ts';
import { keyPairIn, makeKeyPair } from './tls.ts';

export interface ServeOptions {
  /** `host:port`. */
  readonly listen: string;
  /** Where key and certificate are: a directory, or in state, where they are those of a node. */
  readonly tls: string | { readonly node: string };
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
    await client.ping();
    const { key, cert } =
      typeof options.tls === 'string' ? await keyPair(options.tls) : await pairOf(client, options.tls.node);
    const daemon = await startDaemon({
      client,
      gate: createGate(client),
      clock: systemClock,
      random: systemRandom,
      tls: { key, cert },
      ...addressOf(options),
      version: options.version,
      onError: options.onError,
      services: options.services,
      node: typeof options.tls === 'string' ? undefined : options.tls.node,
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

const LISTEN_DEFAULT = '0.0.0.0:4443';

function addressOf({ listen }: Pick<ServeOptions, 'listen'>): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(listen) ?? [];
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** As the state says of a node. Closes the client. */
export async function servingOf(client: LocalClient, node: string) {
  try {
    const { settings } = await client.call('daemon.settings', { node });
    const { listen = LISTEN_DEFAULT, services, allowLocal = false } = settings;
    return { listen, services: services as ServeOptions['services'], allowLocal, tls: { node } };
  } finally {
    await client.close();
  }
}

/** Made by the node that starts first under that name. */
async function pairOf(client: LocalClient, node: string) {
  const { tls } = await client.call('daemon.identity', { node });
  if (tls) return { key: tls.key, cert: tls.certificate };
  const { key, cert } = await makeKeyPair(systemClock.nowMs());
  await client.call('secret.init', {});
  await client.call('daemon.configure', { node, tls: { key, certificate: cert } });
  return { key, cert };
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

function notServed({ listen }: ServeOptions, error: unknown): OperationError {
  const summary = `the daemon can't serve on ${listen}: ${textOf(error)}`;
  const fix = 'choose another address with --listen, or end what listens there; check tls.key and tls.crt';
  return new OperationError('error', [{ code: 'COPRHD-DAEMON-001', severity: 'error', summary, fix }]);
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
