/**
 * Takes something while the applications of hosts are at rest. Each host thaws by itself after a while, also when this process dies; what
 * was taken counts as taken at rest only where every host says that it thawed because it was asked to, afterwards.
 */
import { compareText } from '../../../lib/compare-text.ts';
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

interface Rest {
  readonly hosts: readonly Urn[];
  readonly token: string;
  /** Where a host can't be brought to rest nothing is taken, and that is thrown. */
  readonly must: boolean;
}

/**
 * What `take` throws comes after the thaw. Two sets of the same hosts must not each have one of them and wait for the other until both have thawed:
 * within a process they take turns, and between processes whoever has the first host has them all, where they are the same ones.
 */
export const takeAtRest = <T>(
  io: Pick<StepIo, 'openHost' | 'inTurnOf'>,
  rest: Rest,
  take: () => Promise<T>,
): Promise<Taken<T>> => io.inTurnOf(rest.hosts, () => takeInTurn(io, rest, take));

async function takeInTurn<T>(
  io: Pick<StepIo, 'openHost'>,
  { hosts, token, must }: Rest,
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

/** The first one alone, then all others at once: each second that one waits for another is one at rest. */
async function freeze(
  io: Pick<StepIo, 'openHost'>,
  hosts: readonly Urn[],
  token: string,
  opened: QuiescingHost[],
): Promise<Known | undefined> {
  const one = async (urn: Urn) => {
    const host = await io.openHost(urn);
    opened.push(host);
    await host.freeze(token);
  };
  const [first, ...others] = [...hosts].sort(compareText);
  const tried: PromiseSettledResult<void>[] = await Promise.allSettled(first === undefined ? [] : [one(first)]);
  if (tried.every(({ status }) => status === 'fulfilled')) tried.push(...(await Promise.allSettled(others.map(one))));
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
