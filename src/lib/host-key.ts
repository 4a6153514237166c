/**
 * Host keys: by what a device proves that it is the one that was registered, before it is given any secret. SSH servers
 * have one of their own; a server with TLS has its certificate. Plain data: recorded, planned and compared everywhere.
 */
export interface HostKey {
  /** Where it was seen: `ssh 10.0.0.1:22`, `tls 10.0.0.1:8443`. */
  readonly at: string;
  /** `ssh-ed25519`, `ssh-rsa`, `certificate`... */
  readonly type: string;
  /** `SHA256:` and the hash in base64, as ssh-keygen shows it. */
  readonly fingerprint: string;
}

export const describeHostKey = ({ at, type, fingerprint }: HostKey): string => `${at} ${type} ${fingerprint}`;

/** The one that was pinned for this place. */
export function hostKeyAt(keys: readonly HostKey[], at: string): HostKey | undefined {
  return keys.find((key) => key.at === at);
}
