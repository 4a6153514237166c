/**
 * Reads of single keys that are asked for in the same turn of the event loop go together in one request: what a call costs
 * here is the call, hardly what is in it. An answer is never older than its question: what is asked for while a request is
 * under way goes with the next. Only etcd-store.ts relies on it.
 */
import { LIMITS } from '../../../lib/limits.ts';
import { keys } from '../keys.ts';
import type { KeyValue, Revision } from '../store.ts';
import type { EtcdConnection } from './connection.ts';
import { firstItem, getRequest, type KeySpace } from './requests.ts';

interface Waiting {
  readonly key: string;
  readonly resolve: (item: KeyValue | undefined) => void;
  readonly reject: (error: unknown) => void;
}

export class BatchedGets {
  readonly #connection: EtcdConnection;
  readonly #space: KeySpace;
  /** By the revision that is read at; undefined = now. */
  readonly #waiting = new Map<Revision | undefined, Waiting[]>();

  constructor(connection: EtcdConnection, space: KeySpace) {
    this.#connection = connection;
    this.#space = space;
  }

  get(key: string, revision?: Revision): Promise<KeyValue | undefined> {
    // Chunks of blobs are large: an answer with many of them would be too.
    if (key.startsWith(keys.blobs)) return this.#alone(key, revision);
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(revision);
      if (waiting) {
        waiting.push({ key, resolve, reject });
        return;
      }
      this.#waiting.set(revision, [{ key, resolve, reject }]);
      setImmediate(() => this.#send(revision));
    });
  }

  #send(revision: Revision | undefined): void {
    const waiting = this.#waiting.get(revision) ?? [];
    this.#waiting.delete(revision);
    for (let at = 0; at < waiting.length; at += LIMITS.txnOperationsMax) {
      void this.#together(waiting.slice(at, at + LIMITS.txnOperationsMax), revision);
    }
  }

  async #together(waiting: readonly Waiting[], revision: Revision | undefined): Promise<void> {
    try {
      const items =
        waiting.length === 1 ? [await this.#alone(waiting[0]!.key, revision)] : await this.#read(waiting, revision);
      for (const [index, { resolve }] of waiting.entries()) resolve(items[index]);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }

  async #read(waiting: readonly Waiting[], revision: Revision | undefined): Promise<(KeyValue | undefined)[]> {
    const success = waiting.map(({ key }) => ({ request_range: getRequest(this.#space, key, revision) }));
    const answer = await this.#connection.repeat((client, options) => client.kv.txn({ success }, options));
    return answer.responses.map(({ response_range }) => firstItem(this.#space, response_range));
  }

  async #alone(key: string, revision: Revision | undefined): Promise<KeyValue | undefined> {
    const request = getRequest(this.#space, key, revision);
    return firstItem(
      this.#space,
      await this.#connection.repeat((client, options) => client.kv.range(request, options)),
    );
  }
}
