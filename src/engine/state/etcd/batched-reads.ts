/**
 * Reads of single keys and small ranges that are asked for in the same turn of the event loop go together in one request:
 * what a call costs here is the call, hardly what is in it. An answer is never older than its question: what is asked for
 * while a request is under way goes with the next. Only etcd-store.ts relies on it.
 */
import type { IRangeRequest, IRangeResponse } from 'etcd3';
import { LIMITS } from '../../../lib/limits.ts';
import { keys } from '../keys.ts';
import type { KeyValue, Revision } from '../store.ts';
import type { EtcdConnection } from './connection.ts';
import { firstItem, getRequest, type KeySpace } from './requests.ts';

interface Waiting {
  readonly request: IRangeRequest;
  readonly resolve: (answer: IRangeResponse) => void;
  readonly reject: (error: unknown) => void;
}

/** Keys of one range that go with others: an answer with many large ones would be too large. */
const RANGE_KEYS_MAX = 256;

export class BatchedReads {
  readonly #connection: EtcdConnection;
  readonly #space: KeySpace;
  readonly #blobs: Buffer;
  /** By the revision that is read at; undefined = now. */
  readonly #waiting = new Map<Revision | undefined, Waiting[]>();

  constructor(connection: EtcdConnection, space: KeySpace) {
    this.#connection = connection;
    this.#space = space;
    this.#blobs = space.encode(keys.blobs);
  }

  async get(key: string, revision?: Revision): Promise<KeyValue | undefined> {
    return firstItem(this.#space, await this.#read(getRequest(this.#space, key, revision), revision));
  }

  /** As etcd answers it; the header is the request's. */
  range(request: IRangeRequest & { readonly limit: number; readonly revision?: Revision }): Promise<IRangeResponse> {
    const isSmall = request.limit <= RANGE_KEYS_MAX || request.keys_only === true;
    return isSmall ? this.#read(request, request.revision) : this.#alone(request);
  }

  #read(request: IRangeRequest, revision: Revision | undefined): Promise<IRangeResponse> {
    // Chunks of blobs are large: an answer with many of them would be too.
    if (request.keys_only !== true && startsWith(request.key as Buffer, this.#blobs)) return this.#alone(request);
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(revision);
      if (waiting) {
        waiting.push({ request, resolve, reject });
        return;
      }
      this.#waiting.set(revision, [{ request, resolve, reject }]);
      setImmediate(() => this.#send(revision));
    });
  }

  #send(revision: Revision | undefined): void {
    const waiting = this.#waiting.get(revision) ?? [];
    this.#waiting.delete(revision);
    for (let at = 0; at < waiting.length; at += LIMITS.txnOperationsMax) {
      void this.#together(waiting.slice(at, at + LIMITS.txnOperationsMax));
    }
  }

  async #together(waiting: readonly Waiting[]): Promise<void> {
    try {
      const [only] = waiting;
      const answers = waiting.length === 1 ? [await this.#alone(only!.request)] : await this.#all(waiting);
      for (const [index, { resolve }] of waiting.entries()) resolve(answers[index]!);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }

  async #all(waiting: readonly Waiting[]): Promise<IRangeResponse[]> {
    const success = waiting.map(({ request }) => ({ request_range: request }));
    const { header, responses } = await this.#connection.repeat((client, options) =>
      client.kv.txn({ success }, options),
    );
    return responses.map(({ response_range }) => ({ ...response_range, header }));
  }

  #alone(request: IRangeRequest): Promise<IRangeResponse> {
    return this.#connection.repeat((client, options) => client.kv.range(request, options));
  }
}

const startsWith = (key: Buffer, prefix: Buffer): boolean =>
  key.length >= prefix.length && key.compare(prefix, 0, prefix.length, 0, prefix.length) === 0;
