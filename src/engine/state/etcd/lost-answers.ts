/**
 * Transactions, each carried out once, also when the member that was asked dies or falls silent: the marker (markers.ts)
 * decides whether one whose answer was lost was carried out, before it is sent again or called a conflict. When nobody
 * can be asked in time the outcome stays unknown. Only etcd-store.ts relies on it.
 */
import type { IRangeResponse, ITxnRequest, ITxnResponse } from 'etcd3';
import { AssertionError, assert } from '../../../lib/assert.ts';
import { type KeyValue, LeaseLostError, type Operation, type Txn, type TxnResult } from '../store.ts';
import type { EtcdConnection } from './connection.ts';
import { isLeaseGone, isRefusal, toStoreError } from './failures.ts';
import { type Branch, type Markers, markerText, noteLate, putMarker, type Slot, unchanged } from './markers.ts';
import { firstItem, getRequest, isWrite, type KeySpace, toTxnRequest } from './requests.ts';

interface Applied {
  readonly branch: Branch;
  readonly revision: number;
}

export class Transactions {
  readonly #connection: EtcdConnection;
  readonly #space: KeySpace;
  readonly #markers: Markers;
  readonly #what: string;

  constructor(connection: EtcdConnection, space: KeySpace, markers: Markers, description: string) {
    this.#connection = connection;
    this.#space = space;
    this.#markers = markers;
    this.#what = `can't write ${description}`;
  }

  async run(txn: Txn): Promise<TxnResult> {
    if (!txn.success.some(isWrite) && !txn.failure?.some(isWrite)) return this.#read(txn);
    // Once more when the markers' own lease was gone: nothing was written then.
    return (await this.#write(txn)) ?? (await this.#write(txn)) ?? this.#refuseLease();
  }

  async #read(txn: Txn): Promise<TxnResult> {
    const request = toTxnRequest(this.#space, txn);
    return toResult(this.#space, await this.#connection.repeat((client, options) => client.kv.txn(request, options)));
  }

  /** Undefined when the lease of the markers has ended. */
  async #write(txn: Txn): Promise<TxnResult | undefined> {
    const slot = await this.#markers.take();
    const untilMs = this.#connection.deadlineMs();
    for (let attempt = 1; ; attempt++) {
      slot.attempt++;
      try {
        const answer = await this.#send(slot, txn);
        this.#markers.giveBack(slot);
        return answer;
      } catch (error) {
        if (isLeaseGone(error)) return this.#leaseGone(slot, txn);
        if (isRefusal(error)) {
          if (!(error instanceof AssertionError)) this.#markers.giveBack(slot);
          throw error;
        }
        const applied = await this.#settle(slot, error, attempt, untilMs);
        if (!applied) continue;
        this.#markers.giveBack(slot);
        return await this.#reconstruct(txn, applied);
      }
    }
  }

  async #send(slot: Slot, txn: Txn): Promise<TxnResult> {
    const inner = toTxnRequest(this.#space, txn, (branch) => putMarker(slot, branch));
    const request: ITxnRequest = {
      compare: [unchanged(slot)],
      success: [{ request_txn: inner }],
      failure: [noteLate(slot)],
    };
    const answer = await this.#connection.once((client, options) => client.kv.txn(request, options));
    // Nobody else writes this marker; and an attempt that was given up was voided first.
    assert(answer.succeeded, 'the marker of a transaction was changed by somebody else');
    const { succeeded, responses } = answer.responses[0]!.response_txn;
    const operations = succeeded ? txn.success : (txn.failure ?? []);
    if (operations.some(isWrite)) slot.modRevision = Number(answer.header.revision);
    return toResult(this.#space, { header: answer.header, succeeded, responses });
  }

  /**
   * Finds out what became of the attempt, and sees to it that nothing can become of it any more. Undefined = it was not
   * carried out and never will be. Throws StoreError (unknown) when that can't be found out in time.
   */
  async #settle(slot: Slot, lost: unknown, attempt: number, untilMs: number): Promise<Applied | undefined> {
    const wasWritten = (['success', 'failure'] as const).map((branch) => [markerText(slot, branch), branch] as const);
    const voided = markerText(slot, 'void');
    const request: ITxnRequest = {
      compare: [unchanged(slot)],
      success: [putMarker(slot, 'void')],
      failure: [{ request_range: { key: slot.key } }],
    };
    for (let tries = attempt, error = lost; ; tries++) {
      try {
        await this.#connection.pause(error, tries, untilMs);
        const answer = await this.#connection.once((client, options) => client.kv.txn(request, options));
        const marker = answer.succeeded ? undefined : answer.responses[0]!.response_range.kvs[0];
        if (answer.succeeded) slot.modRevision = Number(answer.header.revision);
        else if (!marker) throw error;
        else slot.modRevision = Number(marker.mod_revision);
        const text = marker?.value.toString() ?? voided;
        if (text === voided) return undefined;
        const branch = wasWritten.find(([written]) => written === text)?.[1];
        assert(branch !== undefined, `a marker that nobody wrote: ${text}`);
        return { branch, revision: slot.modRevision };
      } catch (failure) {
        if (failure === error || isRefusal(failure)) throw toStoreError(error, this.#what, { unknown: true });
        error = failure;
      }
    }
  }

  /** What the lost answer said: the store before the transaction's revision is known, and so is what it wrote. */
  async #reconstruct(txn: Txn, { branch, revision }: Applied): Promise<TxnResult> {
    const operations = branch === 'success' ? txn.success : (txn.failure ?? []);
    const gets: (KeyValue | undefined)[] = [];
    for (const [index, operation] of operations.entries()) {
      if (operation.type !== 'get') continue;
      const isOwn = operations.slice(0, index).some((earlier) => writes(earlier, operation.key));
      gets.push(await this.#readAt(operation.key, isOwn ? revision : revision - 1));
    }
    return { succeeded: branch === 'success', revision, gets };
  }

  async #readAt(key: string, revision: number): Promise<KeyValue | undefined> {
    const request = getRequest(this.#space, key, revision);
    return firstItem(
      this.#space,
      await this.#connection.repeat((client, options) => client.kv.range(request, options)),
    );
  }

  /** The transaction's own lease, or only that of its marker? */
  async #leaseGone(slot: Slot, txn: Txn): Promise<undefined> {
    const operations = [...txn.success, ...(txn.failure ?? [])];
    const ids = new Set(
      operations.flatMap((one) => (one.type === 'put' && one.lease !== undefined ? [one.lease] : [])),
    );
    for (const ID of ids) {
      const { TTL } = await this.#connection.repeat((client, options) =>
        client.leaseClient.leaseTimeToLive({ ID }, options),
      );
      if (Number(TTL) > 0) continue;
      this.#markers.giveBack(slot);
      throw new LeaseLostError(`lease ${ID} has ended`);
    }
    this.#markers.forget();
    return undefined;
  }

  #refuseLease(): never {
    throw new LeaseLostError('a lease of the transaction has ended');
  }
}

function writes(operation: Operation, key: string): boolean {
  if (operation.type === 'delete-prefix') return key.startsWith(operation.prefix);
  return operation.type !== 'get' && operation.key === key;
}

function toResult(space: KeySpace, answer: Pick<ITxnResponse, 'header' | 'succeeded' | 'responses'>): TxnResult {
  const ranges = answer.responses.flatMap(({ response_range }): IRangeResponse[] =>
    response_range ? [response_range] : [],
  );
  return {
    succeeded: answer.succeeded,
    revision: Number(answer.header.revision),
    gets: ranges.map((range) => firstItem(space, range)),
  };
}
