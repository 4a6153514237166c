/**
 * Waiting for changes under some prefixes of the state: as watches deliver them, and in between once a while, because the
 * death of a process changes no key at once. Keeps the process alive meanwhile, which a watch alone does not.
 */
import type { Clock } from '../../lib/clock.ts';
import { LIMITS } from '../../lib/limits.ts';
import { follow } from '../state/follow.ts';
import type { StateStore } from '../state/store.ts';

/**
 * Yields at once, and after each change; what changes while the caller is at work is one change. Ends without an error
 * when the signal is aborted. Throws StoreError.
 */
export async function* changesUnder(
  { store, clock }: { readonly store: StateStore; readonly clock: Clock },
  prefixes: readonly string[],
  signal: AbortSignal,
): AsyncIterable<void> {
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  let changed = true;
  let failure: { readonly error: unknown } | undefined;
  let wake = () => {};
  const note = () => {
    changed = true;
    wake();
  };
  const watch = async (prefix: string) => {
    try {
      for await (const _ of follow(store, prefix, both)) note();
    } catch (error) {
      failure ??= { error };
      note();
    }
  };
  const beat = async () => {
    while (!both.aborted) {
      await clock.sleep(LIMITS.processLeaseRenewMs, both).catch(() => undefined);
      note();
    }
  };
  both.addEventListener('abort', note, { once: true });
  const working = [...prefixes.map(watch), beat()];
  try {
    for (;;) {
      while (!changed && !signal.aborted) await new Promise<void>((resolve) => void (wake = resolve));
      if (failure) throw failure.error;
      if (signal.aborted) return;
      changed = false;
      yield;
    }
  } finally {
    ended.abort();
    await Promise.allSettled(working);
  }
}
