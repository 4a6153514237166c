/** What the operations on devices take and give, as far as it is more than a line (types.ts has all operations). */
import type { HostKey } from '../../lib/host-key.ts';
import type { SshSettings } from '../model/specs.ts';

export interface DeviceAddInput {
  name: string;
  driver: string;
  configuration: Record<string, unknown>;
  mode: 'observe' | 'propose' | 'manage';
  pools: readonly string[];
  /** Default `local`. */
  endpoint?: string;
  ssh?: SshSettings;
  credential?: string;
}

export interface DeviceTrustInput {
  name: string;
  /** Fingerprints that somebody compared; without them nothing is changed. */
  accept?: readonly string[];
}

export interface DeviceTrustResult {
  name: string;
  /** `shown` is absent where an unknown key stands before it on the way. */
  keys: readonly { at: string; pinned: HostKey | undefined; shown: HostKey | undefined }[];
  /** A changed key was pinned now. */
  trusted: boolean;
}

export interface ListedDriver {
  readonly name: string;
  readonly kind: string;
  readonly summary: string;
  readonly capabilities: readonly string[];
  readonly ownershipMark: string;
  readonly supported: readonly { readonly model: string; readonly versions: string; readonly evidence: string }[];
  readonly limits: readonly { readonly id: string; readonly text: string }[];
}
