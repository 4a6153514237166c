/**
 * One page of the contract from as many answers of etcd as its size needs, all at one revision: an answer has no bound in
 * bytes, so the number of keys asked for follows from the sizes seen. Only etcd-store.ts relies on it.
 */
import type { IRangeResponse } from 'etcd3';
import { LIMITS } from '../../../lib/limits.ts';
import type { KeyValue, RangeRequest, RangeResult, Revision } from '../store.ts';
import { type KeySpace, rangeOf, toKeyValue } from './requests.ts';

const FIRST_KEYS = 256;
const ANSWER_KEYS_MAX = LIMITS.rangePageMax;
/** What one answer should come to. */
const ANSWER_BYTES = 4 * 1024 * 1024;
/** A page ends early beyond this. */
const PAGE_BYTES_MAX = 32 * 1024 * 1024;

export type ReadRange = (request: {
  readonly key: Buffer;
  readonly range_end: Buffer;
  readonly limit: number;
  readonly keys_only: boolean;
  readonly revision?: number;
}) => Promise<IRangeResponse>;

export async function readPage(
  read: ReadRange,
  space: KeySpace,
  request: RangeRequest,
  atRevision?: Revision,
): Promise<RangeResult> {
  const limit = Math.min(request.limit ?? LIMITS.rangePageMax, LIMITS.rangePageMax);
  const keys_only = request.keysOnly ?? false;
  const items: KeyValue[] = [];
  let { after } = request;
  let revision = atRevision;
  let bytes = 0;
  let count = keys_only ? ANSWER_KEYS_MAX : FIRST_KEYS;
  for (;;) {
    const range = rangeOf(space, request.prefix, after);
    const at = revision === undefined ? {} : { revision };
    const answer = await read({ ...range, limit: Math.min(count, limit - items.length), keys_only, ...at });
    revision ??= Number(answer.header.revision);
    for (const item of answer.kvs) {
      bytes += item.key.length + item.value.length;
      items.push(toKeyValue(space, item));
    }
    if (!answer.more || items.length >= limit || bytes >= PAGE_BYTES_MAX) {
      return { revision, items, more: answer.more };
    }
    after = items.at(-1)!.key;
    count = Math.max(1, Math.min(ANSWER_KEYS_MAX, Math.floor((ANSWER_BYTES * items.length) / bytes)));
  }
}
