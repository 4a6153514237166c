/** What daemons are told: all nodes, or one. What isn't told is as the program has it. Secrets are in the vault. */
import { z } from 'zod';
import { canonicalJson } from '../../lib/canonical-json.ts';
import { keys } from './keys.ts';
import { type Revision, type StateStore, StoreDamagedError } from './store.ts';

/** Loose: another version's fields are kept. */
const SETTINGS = z.looseObject({
  listen: z.string().optional(),
  services: z.array(z.string()).optional(),
  allowLocal: z.boolean().optional(),
  certificate: z.string().optional(),
});

export interface DaemonSettings {
  /** `host:port`. */
  readonly listen?: string | undefined;
  /** Parts of the API that are served. */
  readonly services?: readonly string[] | undefined;
  /** Devices and credentials of the node's own machine are used. */
  readonly allowLocal?: boolean | undefined;
  /** PEM, of one node; its key is the secret `daemon/<node>/tls.key`. */
  readonly certificate?: string | undefined;
}

export interface StoredSettings {
  readonly value: DaemonSettings;
  /** 0: nothing is stored. */
  readonly revision: Revision;
}

/** `node`: undefined = those of all nodes. */
export async function readDaemonSettings(store: StateStore, node: string | undefined): Promise<StoredSettings> {
  const item = await store.get(keys.daemonSettings(node));
  if (!item) return { value: {}, revision: 0 };
  let raw: unknown;
  try {
    raw = JSON.parse(item.value);
  } catch {
    raw = undefined;
  }
  const parsed = SETTINGS.safeParse(raw);
  if (!parsed.success) throw new StoreDamagedError(`${item.key} can't be read`);
  return { value: parsed.data, revision: item.modRevision };
}

/** False when they were changed since they were read. Undefined fields are taken out. */
export async function putDaemonSettings(
  store: StateStore,
  node: string | undefined,
  changes: DaemonSettings,
  previous: StoredSettings,
): Promise<boolean> {
  const key = keys.daemonSettings(node);
  const value = canonicalJson(JSON.parse(JSON.stringify({ ...previous.value, ...changes })));
  const compare = [{ key, modRevision: previous.revision }];
  return (await store.txn({ compare, success: [{ type: 'put', key, value }] })).succeeded;
}
