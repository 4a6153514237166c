/**
 * Watching in etcd, over any number of members: a stream that ends is begun again on the next member, behind the last
 * revision that was handed out, so that nothing is left out and nothing told twice. When what comes next has been
 * compacted away the watcher is told of the gap, with the revision to list at. Only etcd-store.ts relies on it.
 */
import type { Etcd3, IWatchResponse } from 'etcd3';
import { systemClock } from '../../../lib/clock.ts';
import { type Revision, StoreError, type WatchBatch, type WatchEvent } from '../store.ts';
import type { EtcdConnection } from './connection.ts';
import { isRefusal, toStoreError } from './failures.ts';
import { type KeySpace, rangeOf, toKeyValue } from './requests.ts';
import { openWatchStream, type WatchStream } from './watch-stream.ts';

const RESTART_MS = 100;
const RESTART_MAX_MS = 2_000;

export interface WatchOptions {
  readonly connection: EtcdConnection;
  readonly space: KeySpace;
  readonly description: string;
  /** The store's revision now. */
  readonly currentRevision: () => Promise<Revision>;
}

export async function* watchEtcd(
  options: WatchOptions,
  prefix: string,
  fromRevision: Revision,
  signal: AbortSignal,
): AsyncIterable<WatchBatch> {
  let next = Math.max(1, fromRevision);
  for (let failures = 0; !signal.aborted; failures++) {
    let opened: { readonly stream: WatchStream; readonly client: Etcd3 } | undefined;
    try {
      opened = await openAt(options, prefix, next);
      for await (const response of opened.stream.responses(signal)) {
        failures = 0;
        const batch = await read(options, response);
        if (batch) {
          next = batch.revision + 1;
          yield batch;
        } else if (!response.created) {
          // An answer without events only says how far the member has come.
          next = Math.max(next, Number(response.header.revision) + 1);
        }
        if (response.canceled) break;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (isRefusal(error)) throw toStoreError(error, `can't watch ${options.description}`, { unknown: false });
      if (opened) options.connection.avoid(opened.client);
    } finally {
      opened?.stream.cancel();
    }
    const pauseMs = Math.min(RESTART_MS * 2 ** failures, RESTART_MAX_MS);
    if (!signal.aborted) await systemClock.sleep(pauseMs, signal).catch(() => undefined);
  }
}

/** Once the member has answered at all. */
async function openAt(options: WatchOptions, prefix: string, from: Revision) {
  const range = rangeOf(options.space, prefix);
  return options.connection.once(async (client, { deadline }) => {
    const request = { create_request: { ...range, start_revision: from, progress_notify: true } };
    return { client, stream: await openWatchStream(client, request, deadline) };
  });
}

async function read(options: WatchOptions, response: IWatchResponse): Promise<WatchBatch | undefined> {
  if (response.canceled) {
    if (Number(response.compact_revision) > 0) return { type: 'gap', revision: await options.currentRevision() };
    throw new StoreError(`can't watch ${options.description}: ${response.cancel_reason}`, { unknown: false });
  }
  const last = response.events.at(-1);
  if (!last) return undefined;
  const { space } = options;
  const events = response.events.map(({ type, kv }): WatchEvent => {
    if (type === 'Put') return { type: 'put', item: toKeyValue(space, kv) };
    return { type: 'delete', key: space.decode(kv.key), modRevision: Number(kv.mod_revision) };
  });
  return { type: 'events', revision: Number(last.kv.mod_revision), events };
}
