/**
 * From a reference to a secret to the secret: the one place where that happens. `env` and `file` are looked up by this
 * process; `vault:NAME` is opened with the keys that this process was given. Whoever gets the secret gets it Redacted.
 */
import { type Diagnostic, fail } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { Redacted } from '../../lib/redacted.ts';
import { parseSealingKeys, type SealingKey } from '../../lib/sealing.ts';
import { DriverError } from '../driver/errors.ts';
import { readCredential } from '../driver/local.ts';
import { CREDENTIAL_FORMS, parseCredential } from '../model/credential.ts';
import type { StateStore } from '../state/store.ts';
import { openSecret, readSecret } from '../state/vault.ts';

/** Where the keys of the vault come from. The process that has the engine gives it; the engine knows no files of keys. */
export interface KeySource {
  /** For messages: `COPRHD_KEY`, `the key file /home/ada/.config/coprhd/key`. */
  readonly description: string;
  /** Undefined = there are none. Throws OperationError when they can't be read, or others can read them. */
  read(): Promise<Redacted | undefined>;
  /** Adds a line at the end, in one write; the file is made, for its owner only, when there is none. */
  readonly append?: (line: Redacted) => Promise<void>;
}

/** For engines that were given no keys. */
export const NO_KEYS: KeySource = { description: 'no keys were given', read: async () => undefined };

export const KEY_FIX =
  'give the key by COPRHD_KEY_FILE or COPRHD_KEY, or make one with `coprhd secret init` if there is none';

/** Oldest first; empty when there are none. */
export async function readKeyRing(source: KeySource): Promise<readonly SealingKey[]> {
  const text = await source.read();
  if (text === undefined) return [];
  const parsed = parseSealingKeys(text);
  if (!parsed.ok) return keyProblem(`${source.description}: line ${parsed.line} is not a key`);
  if (parsed.keys.length > LIMITS.keyRingMax) {
    return keyProblem(`${source.description}: ${parsed.keys.length} keys, at most ${LIMITS.keyRingMax} are allowed`);
  }
  return parsed.keys;
}

function keyProblem(summary: string): never {
  return fail('error', {
    code: 'COPRHD-SECRET-001',
    summary,
    detail: 'a key is 32 bytes in base64 or hex, one a line, the newest last',
    fix: 'correct it; `coprhd secret init` and `coprhd secret rotate` write such lines, so does `openssl rand -base64 32`',
  });
}

export type CredentialResolver = (reference: string) => Promise<Redacted>;

/** Rejects with a DriverError of class auth: for whoever connects, a secret that isn't there is a login that fails. */
export function createCredentialResolver(store: StateStore, source: KeySource): CredentialResolver {
  return async (text) => {
    const reference = parseCredential(text);
    if (reference === undefined) {
      const message = 'the credential is not a reference to a secret';
      throw new DriverError({ class: 'auth', message, hint: `write ${CREDENTIAL_FORMS}` });
    }
    if (reference.scheme === 'agent') {
      throw new DriverError({
        class: 'auth',
        message: 'credential agent: only a login over SSH can be made by ssh-agent',
        hint: 'write env:NAME, file:PATH or vault:NAME',
      });
    }
    return reference.scheme === 'vault' ? fromVault(store, source, reference.name) : readCredential(text);
  };
}

async function fromVault(store: StateStore, source: KeySource, name: string): Promise<Redacted> {
  const secret = await readSecret(store, name);
  const refuse = (why: string, hint: string): never => {
    throw new DriverError({ class: 'auth', message: `credential vault:${name}: ${why}`, hint });
  };
  if (secret === undefined) return refuse('there is no such secret', `coprhd secret set ${name}`);
  const ring = await readKeyRing(source);
  const value = openSecret(secret.value, ring);
  if (value !== undefined) return value;
  const { keyId } = secret.value;
  if (ring.length === 0) return refuse(`it is sealed under key ${keyId}, and no key was given`, KEY_FIX);
  if (!ring.some(({ id }) => id === keyId)) return refuse(wrongKey(keyId, ring, source), KEY_FIX);
  return refuse('its sealed text is damaged', `coprhd secret set ${name}`);
}

export function wrongKey(keyId: string, ring: readonly SealingKey[], source: KeySource): string {
  const has = ring.length === 0 ? 'no key' : `key ${ring.map(({ id }) => id).join(', ')}`;
  return `it is sealed under key ${keyId}; ${source.description} has ${has}`;
}

export function noSuchSecret(name: string): Omit<Diagnostic, 'severity'> {
  return {
    code: 'COPRHD-SECRET-002',
    summary: `there is no secret ${JSON.stringify(name)} in the vault`,
    fix: `coprhd secret set ${name}; coprhd secret list shows those that there are`,
  };
}
