/**
 * Takes something while the applications of hosts are at rest. Each host thaws by itself after a while, also when this process dies; what
 * was taken counts as taken at rest only where every host says that it thawed because it was asked to, afterwards.
 */
import { DriverError } from '../../driver/errors.ts';
import type { QuiescingHost } from '../../driver/quiesce.ts';
import type { Urn } from '../../model/urn.ts';
import { RefusedError } from '../types.ts';
import type { StepIo } from './handler.ts';

export interface Taken<T> {
  readonly value: T;
  /** Why it isn't of applications at rest; absent = it is. */
  readonly why?: string;
}

type Known = DriverError | RefusedError;

const isKnown = (error: unknown): error is Known => error instanceof DriverError || error instanceof RefusedError;

/** `must`: where a host can't be brought to rest nothing is taken, and that is thrown. What `take` throws comes after the thaw. */
export async function takeAtRest<T>(
  io: Pick<StepIo, 'openHost'>,
  { hosts, token, must }: { readonly hosts: readonly Urn[]; readonly token: string; readonly must: boolean },
  take: () => Promise<T>,
): Promise<Taken<T>> {
  const opened: QuiescingHost[] = [];
  try {
    const frozen = await freeze(io, hosts, token, opened);
    // A part of them at rest is worth nothing, and costs them the time.
    if (frozen !== undefined) {
      await thaw(opened, token);
      if (must) throw frozen;
      return { value: await take(), why: frozen.message };
    }
    const taken = await take().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    const why = await thaw(opened, token);
    if ('error' in taken) throw taken.error;
    return { value: taken.value, ...(why === undefined ? {} : { why }) };
  } finally {
    await Promise.allSettled(opened.map((host) => host.close()));
  }
}

/** All at once: each second that one waits for another is one at rest. */
async function freeze(
  io: Pick<StepIo, 'openHost'>,
  hosts: readonly Urn[],
  token: string,
  opened: QuiescingHost[],
): Promise<Known | undefined> {
  const tried = await Promise.allSettled(
    hosts.map(async (urn) => {
      const host = await io.openHost(urn);
      opened.push(host);
      await host.freeze(token);
    }),
  );
  const errors = tried.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  const bug = errors.find((error) => !isKnown(error));
  if (bug !== undefined) {
    await thaw(opened, token);
    throw bug;
  }
  return errors.find(isKnown);
}

/** Of all that may be frozen. Why what was taken is not of applications at rest, if that is so. */
async function thaw(hosts: readonly QuiescingHost[], token: string): Promise<string | undefined> {
  const ended = await Promise.allSettled(hosts.map((host) => host.thaw(token)));
  for (const each of ended) {
    if (each.status === 'rejected') {
      if (!isKnown(each.reason)) throw each.reason;
      return each.reason.message;
    }
    if (each.value === 'late') return 'a host had thawed by itself before the snapshot was there';
  }
  return undefined;
}
