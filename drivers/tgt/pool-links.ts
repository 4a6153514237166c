/**
 * The path under which tgtd is shown a pool. tgtd itself takes any path but one with a comma in it; tgt-admin, which
 * brings the targets back after a restart, hands paths to a shell between double quotes, where `$(...)` would be run. So a
 * directory whose name isn't plainly harmless is shown as a symbolic link with a harmless name in the driver's own
 * directory. The name has a hash of where the link leads: it never comes to lead to another directory.
 */
import { sha256Hex } from 'coprhd/driver';
import type { TgtClient } from './client.ts';
import { SAFE_PATH } from './configuration.ts';

const HASH_LENGTH = 12;

/** The link of a pool that needs one. Made when its first volume is mapped. */
export function poolLink(client: TgtClient, pool: string): string | undefined {
  const directory = client.configuration.pools[pool]!;
  if (SAFE_PATH.test(directory)) return undefined;
  const hash = sha256Hex(directory).slice(0, HASH_LENGTH);
  return `${client.configuration.configDirectory}/pools/${pool}-${hash}`;
}

export function shownDirectory(client: TgtClient, pool: string): string {
  return poolLink(client, pool) ?? client.configuration.pools[pool]!;
}
