/**
 * How a transaction whose answer was lost is recognised. Each writing transaction also writes a marker: a key of this
 * client that no other transaction uses at the same time, compared with what it was before. Afterwards the marker tells
 * whether the transaction was carried out and which branch; and who overwrites the marker first makes sure that a
 * transaction still on its way (in a member that is frozen, say) never will be. Markers are under a lease that outlives
 * them by far, so that nothing stays of a client that died. Only lost-answers.ts relies on it.
 */
import type { IRequestOp } from 'etcd3';
import { systemClock } from '../../../lib/clock.ts';
import { type Random, uuid } from '../../../lib/random.ts';
import type { EtcdConnection } from './connection.ts';
import { isLeaseThere } from './failures.ts';
import { leaseIdOf } from './lease-id.ts';
import type { KeySpace } from './requests.ts';

/** Far longer than any call; after half of it a new lease is taken, without any timer. */
const LEASE_TTL_S = 600;

interface Session {
  readonly id: string;
  readonly lease: string;
  readonly endsMs: number;
  readonly free: Slot[];
  slots: number;
}

/** One marker key; used by one transaction at a time. */
export interface Slot {
  readonly key: Buffer;
  readonly lease: string;
  /** Of the marker; 0 = not there yet. */
  modRevision: number;
  /** Grows with each attempt, so that no two attempts write the same. */
  attempt: number;
}

export class Markers {
  readonly #connection: EtcdConnection;
  readonly #space: KeySpace;
  readonly #random: Random;
  #session: Promise<Session> | undefined;
  #current: Session | undefined;

  constructor(connection: EtcdConnection, space: KeySpace, random: Random) {
    this.#connection = connection;
    this.#space = space;
    this.#random = random;
  }

  async take(): Promise<Slot> {
    if (this.#current && systemClock.nowMs() >= this.#current.endsMs) this.forget();
    this.#session ??= this.#begin();
    const session = await this.#session.catch((error: unknown) => {
      this.forget();
      throw error;
    });
    const free = session.free.pop();
    if (free) return free;
    const key = this.#space.encode(`${session.id}/${session.slots++}`);
    return { key, lease: session.lease, modRevision: 0, attempt: 0 };
  }

  /** Only when it is certain what became of its transaction. Otherwise it is never used again. */
  giveBack(slot: Slot): void {
    if (this.#current?.lease === slot.lease) this.#current.free.push(slot);
  }

  /** The lease of the markers is gone, or will be soon. */
  forget(): void {
    this.#session = undefined;
    this.#current = undefined;
  }

  async close(): Promise<void> {
    const session = this.#current;
    this.forget();
    if (!session) return;
    // What isn't taken away now goes with its lease.
    await this.#connection
      .once((client, options) => client.leaseClient.leaseRevoke({ ID: session.lease }, options))
      .catch(() => undefined);
  }

  async #begin(): Promise<Session> {
    const lease = leaseIdOf(this.#random);
    const endsMs = systemClock.nowMs() + (LEASE_TTL_S * 1_000) / 2;
    await this.#connection
      .repeat((client, options) => client.leaseClient.leaseGrant({ ID: lease, TTL: LEASE_TTL_S }, options))
      .catch((error: unknown) => {
        if (!isLeaseThere(error)) throw error;
      });
    this.#current = { id: uuid(this.#random), lease, endsMs, free: [], slots: 0 };
    return this.#current;
  }
}

export type Branch = 'success' | 'failure';

export function markerText(slot: Slot, branch: Branch | 'void'): string {
  return `${branch} ${slot.attempt}`;
}

export function putMarker(slot: Slot, branch: Branch | 'void'): IRequestOp {
  return { request_put: { key: slot.key, value: Buffer.from(markerText(slot, branch)), lease: slot.lease } };
}

/**
 * What a late transaction writes instead of what it was meant to, for nobody to read. It is there because etcd 3.4 holds a
 * transaction against the cluster's quota only when it has a put that is not nested; this is the only one.
 */
export function noteLate(slot: Slot): IRequestOp {
  const key = Buffer.concat([slot.key, Buffer.from('/late')]);
  return { request_put: { key, value: Buffer.from(String(slot.attempt)), lease: slot.lease } };
}

export function unchanged(slot: Slot) {
  return { key: slot.key, result: 'Equal', target: 'Mod', mod_revision: slot.modRevision } as const;
}
