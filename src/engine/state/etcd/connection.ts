/**
 * The members of one etcd cluster, one client each, and which of them is asked. The client library is used with its own
 * retries off, because they repeat transactions whose answer was lost (docs/adr/0011): here a call is one attempt at one
 * member, with a deadline; only what may be repeated is, on the next member. One member is preferred as long as it
 * answers. Only this folder relies on it.
 */
import { Etcd3, type IOptions } from 'etcd3';
import { systemClock } from '../../../lib/clock.ts';
import { LIMITS } from '../../../lib/limits.ts';
import { StoreError } from '../store.ts';
import { isRefusal, reasonOf } from './failures.ts';

export interface Credentials {
  /** Absent: the certificate authorities that Node knows. */
  readonly rootCertificate?: Buffer;
  readonly certChain?: Buffer;
  readonly privateKey?: Buffer;
}

export interface CallOptions {
  readonly deadline: number;
}

interface Member {
  readonly name: string;
  readonly client: Etcd3;
  /** Failed lately: not asked before this time while there are others. */
  avoidUntilMs: number;
}

/** A member that was found silent is left alone this long. */
const AVOID_MS = 5_000;
const BACKOFF_MS = 100;
/** Rounds over all members before a cluster that never answered is given up. */
const FIRST_ROUNDS_MAX = 2;

type Policy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>;
/** No retry, no circuit breaker. The type asks for events that nobody listens to. */
const AS_IT_IS = {
  execute: async (work: (context: unknown) => unknown) => work({ signal: new AbortController().signal }),
} as unknown as Policy;

const CHANNEL_OPTIONS = {
  // Answers are bounded by what was asked for; the library's 4 MiB would refuse a page.
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // Finds a silent member under a watch. etcd cuts off whoever asks more often than every 5 s.
  'grpc.keepalive_time_ms': 6_000,
  'grpc.keepalive_timeout_ms': 2_000,
  // A connection that is given up is not found again by the next one.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
};

export class EtcdConnection {
  readonly #members: readonly Member[];
  #preferred: number;
  #answered = false;
  #closed = false;

  /** `first` in [0, 1) chooses the member to begin with, so that many processes spread over them. */
  constructor(endpoints: readonly string[], options: { credentials?: Credentials; first: number }) {
    const { credentials } = options;
    this.#members = endpoints.map((name) => ({
      name,
      client: new Etcd3({
        hosts: `${credentials ? 'https' : 'http'}://${name}`,
        ...(credentials ? { credentials: credentials as NonNullable<IOptions['credentials']> } : {}),
        grpcOptions: CHANNEL_OPTIONS,
        faultHandling: { global: AS_IT_IS, host: () => AS_IT_IS },
      }),
      avoidUntilMs: 0,
    }));
    this.#preferred = Math.floor(options.first * endpoints.length);
  }

  /** One attempt at one member. A failure that isn't a refusal leaves it open whether the call was carried out. */
  async once<T>(work: (client: Etcd3, options: CallOptions) => Promise<T>): Promise<T> {
    const member = this.#choose();
    try {
      const result = await work(member.client, { deadline: systemClock.nowMs() + LIMITS.etcdAttemptDeadlineMs });
      this.#answered = true;
      return result;
    } catch (error) {
      if (isRefusal(error)) this.#answered = true;
      else member.avoidUntilMs = systemClock.nowMs() + AVOID_MS;
      throw error;
    }
  }

  /** For calls that may be carried out more than once. */
  async repeat<T>(work: (client: Etcd3, options: CallOptions) => Promise<T>): Promise<T> {
    const untilMs = this.deadlineMs();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(work);
      } catch (error) {
        if (isRefusal(error)) throw error;
        await this.pause(error, attempt, untilMs);
      }
    }
  }

  /** Before another attempt. Throws what the last one failed with when there is to be none. */
  async pause(error: unknown, attempt: number, untilMs: number): Promise<void> {
    const isNobodyThere = !this.#answered && attempt >= FIRST_ROUNDS_MAX * this.#members.length;
    if (isNobodyThere) {
      const names = this.#members.map(({ name }) => name).join(', ');
      throw new StoreError(`etcd does not answer at ${names}: ${reasonOf(error)}`, { unknown: false, cause: error });
    }
    if (systemClock.nowMs() + BACKOFF_MS >= untilMs) throw error;
    if (attempt % this.#members.length === 0) await systemClock.sleep(BACKOFF_MS);
  }

  /** The member was found silent outside of a call. */
  avoid(client: Etcd3): void {
    const member = this.#members.find((one) => one.client === client);
    if (member) member.avoidUntilMs = systemClock.nowMs() + AVOID_MS;
  }

  deadlineMs(): number {
    return systemClock.nowMs() + LIMITS.etcdCallDeadlineMs;
  }

  close(): void {
    this.#closed = true;
    for (const { client } of this.#members) client.close();
  }

  #choose(): Member {
    if (this.#closed) throw new StoreError('the store is closed', { unknown: false });
    const nowMs = systemClock.nowMs();
    const count = this.#members.length;
    const order = Array.from({ length: count }, (_, index) => (this.#preferred + index) % count);
    const ready = order.find((index) => this.#members[index]!.avoidUntilMs <= nowMs);
    const soonest = () =>
      order.reduce((a, b) => (this.#members[b]!.avoidUntilMs < this.#members[a]!.avoidUntilMs ? b : a));
    this.#preferred = ready ?? soonest();
    return this.#members[this.#preferred]!;
  }
}
