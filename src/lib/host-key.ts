/**
 * Host keys: by what a device proves that it is the one that was registered, before it is given any secret. SSH servers
 * have one of their own; a server with TLS has its certificate. Plain data: recorded, planned and compared everywhere.
 */
export interface HostKey {
  /** Where it was seen: `ssh 10.0.0.1:22`, `tls 10.0.0.1:8443`. */
  readonly at: string;
  /** `ssh-ed25519`, `ssh-rsa`...; with TLS `certificate`, or `authority` where one that is trusted anyway signed it. */
  readonly type: string;
  /** `SHA256:` and the hash in base64, as ssh-keygen shows it; of a certificate as a whole. */
  readonly fingerprint: string;
}

export const describeHostKey = ({ at, type, fingerprint }: HostKey): string => `${at} ${type} ${fingerprint}`;

/** The one that was pinned for this place. */
export function hostKeyAt(keys: readonly HostKey[], at: string): HostKey | undefined {
  return keys.find((key) => key.at === at);
}

/** Whoever shows this is the one that was pinned. A certificate may be renewed where an authority vouches for both. */
export const provesPinned = (pinned: HostKey, shown: HostKey): boolean =>
  pinned.fingerprint === shown.fingerprint || (pinned.type === 'authority' && shown.type === 'authority');

/** As it is recorded, from how ssh-keygen or `openssl x509 -fingerprint -sha256` show it; undefined: it is no SHA-256 hash. */
export function readFingerprint(text: string): string | undefined {
  const bare = text.trim().replace(/^sha256[: ](fingerprint=)?/i, '');
  const hex = bare.replaceAll(':', '');
  if (/^[0-9a-f]{64}$/i.test(hex)) return fingerprintOf(Buffer.from(hex, 'hex'));
  return /^[A-Za-z0-9+/]{43}=?$/.test(bare) ? `SHA256:${bare.replace('=', '')}` : undefined;
}

/** Of a SHA-256 hash. */
export const fingerprintOf = (hash: Buffer): string => `SHA256:${hash.toString('base64').replace(/=+$/, '')}`;

/** The same as openssl, browsers and devices show it: `AB:CD:...`. */
export const inPairs = (fingerprint: string): string =>
  Buffer.from(fingerprint.slice('SHA256:'.length), 'base64').toString('hex').toUpperCase().match(/../g)!.join(':');
