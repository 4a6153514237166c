/**
 * Watching over a bounded change log that is read synchronously; shared by the memory and the LMDB store. The store says
 * when something may have changed, and what is in its log from a revision on.
 */
import type { Revision, WatchBatch, WatchEvent } from './store.ts';

export interface ChangePage {
  /** Revision of the store. */
  readonly revision: Revision;
  /** First revision that is still in the log; revision + 1 when the log is empty. */
  readonly oldest: Revision;
  readonly rows: readonly { readonly revision: Revision; readonly events: readonly WatchEvent[] }[];
  readonly more: boolean;
}

export interface ChangeSource {
  /** Rows with revision >= from, in order, a bounded number of them. */
  changes(from: Revision): ChangePage;
  /** Calls back whenever there may be something new. Returns how to stop. */
  onMaybeChanged(wake: () => void): () => void;
}

const keyOf = (event: WatchEvent): string => (event.type === 'put' ? event.item.key : event.key);

export async function* watchChanges(
  source: ChangeSource,
  prefix: string,
  fromRevision: Revision,
  signal: AbortSignal,
): AsyncIterable<WatchBatch> {
  let next = Math.max(1, fromRevision);
  let woken = false;
  let resume: (() => void) | undefined;
  const wake = () => {
    woken = true;
    resume?.();
  };
  const stop = source.onMaybeChanged(wake);
  signal.addEventListener('abort', wake);
  try {
    while (!signal.aborted) {
      woken = false;
      const page = source.changes(next);
      if (next < page.oldest && next <= page.revision) {
        next = page.revision + 1;
        yield { type: 'gap', revision: page.revision };
        continue;
      }
      const last = page.rows.at(-1)?.revision;
      if (last !== undefined) next = last + 1;
      const events = page.rows.flatMap((row) => row.events.filter((event) => keyOf(event).startsWith(prefix)));
      if (last !== undefined && events.length > 0) yield { type: 'events', revision: last, events };
      if (page.more || woken) continue;
      await new Promise<void>((resolve) => {
        resume = resolve;
        if (woken) resolve();
      });
      resume = undefined;
    }
  } finally {
    stop();
    signal.removeEventListener('abort', wake);
  }
}
