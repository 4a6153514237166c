/** How daemons serve, kept in state, so that a node needs to be told no more than where the state is and who it is. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { fail } from '../../lib/diagnostic.ts';
import { DriverError } from '../driver/errors.ts';
import { type DaemonSettings, putDaemonSettings, readDaemonSettings } from '../state/daemon-settings.ts';
import { readSecret } from '../state/vault.ts';
import { audit } from './auditing.ts';
import { createCredentialResolver } from './credentials.ts';
import type { Call, Engine } from './engine.ts';
import { secretSet } from './secrets.ts';
import type { InputOf, ResultOf } from './types.ts';

const secretOf = (node: string): string => `daemon/${node}/tls.key`;

async function settingsFor({ store }: Engine, node: string | undefined): Promise<DaemonSettings> {
  const [all, own] = await Promise.all([
    readDaemonSettings(store, undefined),
    node === undefined ? undefined : readDaemonSettings(store, node),
  ]);
  return { ...all.value, ...own?.value };
}

export async function daemonSettings(
  { engine }: Call,
  { node }: InputOf<'daemon.settings'>,
): Promise<ResultOf<'daemon.settings'>> {
  const settings = await settingsFor(engine, node);
  return { outcome: 'ok', diagnostics: [], settings, ...(node === undefined ? {} : { node }) };
}

export async function daemonConfigure(
  call: Call,
  input: InputOf<'daemon.configure'>,
): Promise<ResultOf<'daemon.configure'>> {
  const { node, tls, ...told } = input;
  const { store } = call.engine;
  if (tls) fits(tls);
  const changes = Object.fromEntries(Object.entries(told).map(([field, value]) => [field, value ?? undefined]));
  // The key first: a certificate alone would let nobody in.
  if (tls && node !== undefined) await secretSet(call, { name: secretOf(node), value: tls.key });
  const before = await readDaemonSettings(store, node);
  await audit(call, 'daemon.configure', { node: node ?? 'all', ...changes, ...(tls ? { certificate: true } : {}) });
  const certificate = tls ? { certificate: tls.certificate } : {};
  if (!(await putDaemonSettings(store, node, { ...changes, ...certificate }, before))) {
    fail('claimed', {
      code: 'COPRHD-DAEMON-002',
      summary: `the settings of ${node === undefined ? 'all nodes' : `node ${node}`} were changed meanwhile`,
      fix: 'look at them, and try again',
    });
  }
  return daemonSettings(call, { node });
}

function fits({ key, certificate }: { readonly key: string; readonly certificate: string }): void {
  try {
    if (new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) return;
  } catch {
    // What can't be read fits nothing; and what was wrong with a key is not repeated.
  }
  fail('error', {
    code: 'COPRHD-DAEMON-002',
    summary: 'key and certificate do not belong together, or are not PEM',
    fix: 'give the certificate (with those that vouch for it behind it), and its own key without a passphrase',
  });
}

export async function daemonIdentity(
  { engine }: Call,
  { node }: InputOf<'daemon.identity'>,
): Promise<ResultOf<'daemon.identity'>> {
  const { certificate } = (await readDaemonSettings(engine.store, node)).value;
  const isKept = (await readSecret(engine.store, secretOf(node))) !== undefined;
  if (certificate === undefined || !isKept) return { outcome: 'ok', diagnostics: [] };
  try {
    const key = await createCredentialResolver(engine.store, engine.keySource)(`vault:${secretOf(node)}`);
    return { outcome: 'ok', diagnostics: [], tls: { key: key.reveal(), certificate } };
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    const summary = `the TLS key of node ${node} can't be had: ${error.message}`;
    return fail('error', { code: 'COPRHD-DAEMON-002', summary, ...(error.hint ? { fix: error.hint } : {}) });
  }
}
