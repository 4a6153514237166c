/**
 * Takes something while the applications of hosts are at rest. Each host thaws by itself after a while, also when this process dies; what
 * was taken counts as taken at rest only where every host says that it thawed because it was asked to, afterwards.
 */
import { compareText } from '../../../lib/compare-text.ts';
import { DriverError } from '../../driver/errors.ts';
import type { Urn } from '../../model/urn.ts';
import { RefusedError } from '../types.ts';
import type { OpenedHost, Pause, StepIo } from './handler.ts';

export interface Taken<T> {
  readonly value: T;
  /** Why it isn't of applications at rest; absent = it is. */
  readonly why?: string;
  /** Hosts that were at rest, from the request to freeze to the answer to the one to thaw: at most for so long. */
  readonly pauses: readonly Pause[];
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
  io: Pick<StepIo, 'openHost' | 'inTurnOf' | 'nowMs'>,
  rest: Rest,
  take: () => Promise<T>,
): Promise<Taken<T>> => io.inTurnOf(rest.hosts, () => takeInTurn(io, rest, take));

/** A host that may be at rest. */
interface Asked {
  readonly host: OpenedHost;
  /** It said that it is. */
  frozen?: true;
  readonly askedAtMs: number;
}

async function takeInTurn<T>(
  io: Pick<StepIo, 'openHost' | 'nowMs'>,
  { hosts, token, must }: Rest,
  take: () => Promise<T>,
): Promise<Taken<T>> {
  const asked: Asked[] = [];
  try {
    const error = await freeze(io, hosts, token, asked);
    // A part of them at rest is worth nothing, and costs them the time.
    if (error !== undefined) {
      const { pauses } = await thaw(io, asked, token);
      if (must) throw error;
      return { value: await take(), why: error.message, pauses };
    }
    const taken = await take().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    const { why, pauses } = await thaw(io, asked, token);
    if ('error' in taken) throw taken.error;
    return { value: taken.value, ...(why === undefined ? {} : { why }), pauses };
  } finally {
    await Promise.allSettled(asked.map(({ host }) => host.close()));
  }
}

/** The first one alone, then all others at once: each second that one waits for another is one at rest. */
async function freeze(
  io: Pick<StepIo, 'openHost' | 'nowMs'>,
  hosts: readonly Urn[],
  token: string,
  asked: Asked[],
): Promise<Known | undefined> {
  const one = async (urn: Urn) => {
    const each: Asked = { host: await io.openHost(urn), askedAtMs: io.nowMs() };
    asked.push(each);
    await each.host.freeze(token);
    each.frozen = true;
  };
  const [first, ...others] = [...hosts].sort(compareText);
  const tried: PromiseSettledResult<void>[] = await Promise.allSettled(first === undefined ? [] : [one(first)]);
  if (tried.every(({ status }) => status === 'fulfilled')) tried.push(...(await Promise.allSettled(others.map(one))));
  const errors = tried.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  const bug = errors.find((error) => !isKnown(error));
  if (bug !== undefined) {
    await thaw(io, asked, token);
    throw bug;
  }
  return errors.find(isKnown);
}

/** Of all that may be frozen. `why`: what was taken is not of applications at rest, if that is so. */
async function thaw(
  io: Pick<StepIo, 'nowMs'>,
  asked: readonly Asked[],
  token: string,
): Promise<{ readonly why?: string; readonly pauses: readonly Pause[] }> {
  const pauses: Pause[] = [];
  const ended = await Promise.allSettled(
    asked.map(async ({ host, frozen, askedAtMs }) => {
      const thawed = await host.thaw(token);
      if (frozen) pauses.push({ what: 'host', name: host.name, durationMs: io.nowMs() - askedAtMs });
      return thawed;
    }),
  );
  pauses.sort((a, b) => compareText(a.name, b.name));
  for (const each of ended) {
    if (each.status === 'rejected') {
      if (!isKnown(each.reason)) throw each.reason;
      return { why: each.reason.message, pauses };
    }
    if (each.value === 'late') return { why: 'a host had thawed by itself before the snapshot was there', pauses };
  }
  return { pauses };
}
