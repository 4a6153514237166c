/**
 * Following a few keys: what is under a prefix now, and again after each change, until the signal is aborted. On top of
 * `watch`: after a gap everything is listed again, so that nobody goes by what was there before it. For small prefixes
 * (control keys, the journal of one workflow); each step hands out all of it.
 */
import { type KeyValue, type Revision, rangeAll, type StateStore, type WatchEvent } from './store.ts';

/** By key. Not changed after it was handed out. */
export type Followed = ReadonlyMap<string, KeyValue>;

/** Ends without an error when the signal is aborted. Throws StoreError. */
export async function* follow(store: StateStore, prefix: string, signal: AbortSignal): AsyncIterable<Followed> {
  let { items, revision } = await list(store, prefix);
  yield items;
  for await (const batch of store.watch(prefix, revision + 1, signal)) {
    if (batch.type === 'gap') {
      ({ items, revision } = await list(store, prefix));
      yield items;
      continue;
    }
    // What came before the list is in it already.
    const fresh = batch.events.filter((event) => revisionOf(event) > revision);
    if (fresh.length === 0) continue;
    items = new Map(items);
    for (const event of fresh) {
      if (event.type === 'put') items.set(event.item.key, event.item);
      else items.delete(event.key);
    }
    yield items;
  }
}

const revisionOf = (event: WatchEvent): Revision => (event.type === 'put' ? event.item.modRevision : event.modRevision);

async function list(store: StateStore, prefix: string): Promise<{ items: Map<string, KeyValue>; revision: Revision }> {
  const snapshot = await store.snapshot();
  try {
    const items = new Map<string, KeyValue>();
    for await (const item of rangeAll(snapshot, prefix)) items.set(item.key, item);
    return { items, revision: snapshot.revision };
  } finally {
    snapshot.close();
  }
}
