/**
 * One watch on one member as an iteration of its answers. The client library's own watcher is not used: it begins again
 * by itself, on any member, and its errors end the process when nobody listens in time. Only etcd-watch.ts relies on it.
 */
import type { Etcd3, IWatchRequest, IWatchResponse } from 'etcd3';
import { systemClock } from '../../../lib/clock.ts';

export interface WatchStream {
  /** Ends when the signal is aborted; throws when the stream ends otherwise. */
  responses(signal: AbortSignal): AsyncIterable<IWatchResponse>;
  cancel(): void;
}

/** Answers that wait for their reader. One that is slower begins again behind what it has read. */
const QUEUE_MAX = 1_000;

/** Resolves when the member has answered the request; rejects when it doesn't before the deadline (time of day). */
export async function openWatchStream(client: Etcd3, request: IWatchRequest, deadline: number): Promise<WatchStream> {
  const stream = await client.watchClient.watch();
  const queue: IWatchResponse[] = [];
  let failure: Error | undefined;
  let wake = () => {};
  // A reference that changes while it is waited for: read anew at each turn.
  const changed = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const fail = (error: Error) => {
    failure ??= error;
    wake();
  };
  stream.on('error', fail);
  stream.on('end', () => fail(new Error('the member ended the watch')));
  stream.on('data', (response) => {
    if (queue.length < QUEUE_MAX) queue.push(response);
    else fail(new Error(`the reader of the watch is ${QUEUE_MAX} answers behind`));
    wake();
  });
  const cancel = () => stream.cancel();
  stream.write(request);
  await untilAnswered(deadline, () => queue.length > 0 || failure !== undefined, changed);
  if (queue.length === 0) {
    cancel();
    throw failure ?? new Error('the member did not answer the watch');
  }
  return {
    cancel,
    responses: async function* (signal) {
      const onAbort = () => wake();
      signal.addEventListener('abort', onAbort);
      try {
        while (!signal.aborted) {
          const response = queue.shift();
          if (response) yield response;
          else if (failure) throw failure;
          else await changed();
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}

async function untilAnswered(deadline: number, done: () => boolean, changed: () => Promise<void>): Promise<void> {
  const answered = new AbortController();
  const late = systemClock.sleep(deadline - systemClock.nowMs(), answered.signal).then(
    () => 'late',
    () => 'answered',
  );
  try {
    while (!done()) if ((await Promise.race([changed(), late])) === 'late') return;
  } finally {
    answered.abort();
  }
}
