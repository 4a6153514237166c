/**
 * Processes and whether they live. A process that changes anything registers first: a key under a lease, renewed while
 * the process runs. Workflows are owned by such a process; who wants to take one over asks `isHolderDead`. Device calls
 * must end before `leaseDeadlineMs`, and the session closes when `signal` is aborted.
 */
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { LIMITS } from '../../lib/limits.ts';
import { type Random, uuid } from '../../lib/random.ts';
import type { Actor } from '../model/record.ts';
import { keys } from './keys.ts';
import { type KeyValue, LeaseLostError, rangeAll, type StateStore, StoreDamagedError } from './store.ts';

/** A process among all that may share the state. */
export interface ProcessIdentity {
  readonly host: string;
  /** Random, new at each boot of the machine. */
  readonly bootId: string;
  readonly pidNamespace: string;
  readonly pid: number;
  /** Tells a process from a later one with the same pid. */
  readonly startTime: string;
}

/** This process, and how it sees others on its machine. */
export interface ProcessHost {
  readonly process: ProcessIdentity;
  /** Undefined when no process has this pid now. */
  startTimeOf(pid: number): string | undefined;
}

export interface Holder extends ProcessIdentity {
  readonly id: string;
  readonly installation: string;
  readonly actor: Actor;
}

export interface ProcessRegistration {
  readonly id: string;
  readonly holder: Holder;
  /** Keys put with it vanish with this process. */
  readonly leaseId: string;
  /** When the lease ends unless renewed; on the clock given. Nothing may be changed at or after it. */
  leaseDeadlineMs(): number;
  /** Aborted, with a LeaseLostError as reason, when the lease is lost. */
  readonly signal: AbortSignal;
  /** Gives the lease back. The signal is not aborted by it. */
  close(): Promise<void>;
}

export interface RegisterOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly host: ProcessHost;
  readonly installation: string;
  readonly actor: Actor;
  readonly ttlMs?: number;
  readonly renewMs?: number;
}

export async function registerProcess(store: StateStore, options: RegisterOptions): Promise<ProcessRegistration> {
  const { clock, host, installation, actor, ttlMs = LIMITS.processLeaseTtlMs } = options;
  const id = uuid(options.random);
  const holder: Holder = { id, ...host.process, installation, actor };
  const lease = await store.grantLease(ttlMs);
  const value = JSON.stringify(holder);
  await store.txn({ success: [{ type: 'put', key: keys.process(id), value, lease: lease.id }] });

  const lost = new AbortController();
  let renewing: Promise<void> | undefined;
  const lose = (reason: unknown) => {
    stop();
    lost.abort(new LeaseLostError('the lease of this process has ended', { cause: reason }));
  };
  const renew = async () => {
    try {
      await lease.renew();
    } catch (error) {
      // A store that fails for a while is borne until the lease has run out.
      if (error instanceof LeaseLostError || clock.nowMs() >= lease.expiresAtMs) lose(error);
    } finally {
      renewing = undefined;
    }
  };
  const stop = clock.every(options.renewMs ?? LIMITS.processLeaseRenewMs, () => {
    if (clock.nowMs() >= lease.expiresAtMs) lose(undefined);
    else renewing ??= renew();
  });
  return {
    id,
    holder,
    leaseId: lease.id,
    leaseDeadlineMs: () => lease.expiresAtMs,
    signal: lost.signal,
    close: async () => {
      stop();
      await renewing;
      if (!lost.signal.aborted) await lease.revoke();
    },
  };
}

const HOLDER = z.looseObject({
  id: z.string(),
  host: z.string(),
  bootId: z.string(),
  pidNamespace: z.string(),
  pid: z.int(),
  startTime: z.string(),
  installation: z.string(),
  actor: z.looseObject({ type: z.enum(['local', 'user', 'system']), name: z.string() }),
});

/** The holder written under `p/{id}`. Throws StoreDamagedError. */
export function decodeHolder(item: KeyValue): Holder {
  try {
    return HOLDER.parse(JSON.parse(item.value)) as Holder;
  } catch (cause) {
    throw new StoreDamagedError(`the state is damaged: ${item.key} is not a process`, { cause });
  }
}

/** Everybody registered whose lease has not ended. Such a process may still be dead: see isHolderDead. */
export async function liveProcesses(store: StateStore): Promise<Holder[]> {
  const holders: Holder[] = [];
  for await (const item of rangeAll(store, keys.processes)) holders.push(decodeHolder(item));
  return holders;
}

/**
 * Where both are on one machine since the same boot and see the same pids, the answer is certain, and a dead holder may be
 * taken over at once. Elsewhere it is unknown, and the lease decides.
 */
export function isHolderDead(holder: ProcessIdentity, self: ProcessHost): 'dead' | 'alive' | 'unknown' {
  const { process } = self;
  const fields = ['host', 'bootId', 'pidNamespace'] as const;
  if (fields.some((field) => holder[field] !== process[field] || holder[field] === 'unknown')) return 'unknown';
  if (holder.startTime === 'unknown') return 'unknown';
  return self.startTimeOf(holder.pid) === holder.startTime ? 'alive' : 'dead';
}
