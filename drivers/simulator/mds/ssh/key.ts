/** Host keys of the simulated switches: made when none is given, and shown as ssh-keygen does. */
import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';

/** PEM. Of a kind that ssh2 always reads again (one in 500 of its ed25519 keys it can't). */
export const makeHostKey = (): string => ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private;

export function parsedKey(text: string): ssh2.ParsedKey {
  const parsed = ssh2.utils.parseKey(text);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || key instanceof Error) throw new TypeError(`not a key: ${key?.message ?? 'empty'}`);
  return key;
}

export interface PublicHostKey {
  /** `ecdsa-sha2-nistp256`. */
  readonly type: string;
  /** `SHA256:` and the hash in base64 without padding. */
  readonly fingerprint: string;
}

export function publicHostKey(pem: string): PublicHostKey {
  const key = parsedKey(pem);
  const hash = createHash('sha256').update(key.getPublicSSH()).digest('base64');
  return { type: key.type, fingerprint: `SHA256:${hash.replace(/=+$/, '')}` };
}
