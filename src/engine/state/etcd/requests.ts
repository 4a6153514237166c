/**
 * The contract's requests in etcd's words, and etcd's answers in the contract's. Pure. One installation lives under one
 * prefix: `{prefix}:s/` holds its keys, `{prefix}:q/` what lost-answers.ts keeps beside them; a prefix can't hold a colon,
 * so that no installation lies within another. Only this folder relies on it.
 */
import type { ICompare, IKeyValue, IRangeRequest, IRangeResponse, IRequestOp, ITxnRequest } from 'etcd3';
import { unreachable } from '../../../lib/assert.ts';
import { compareKeys } from '../key-order.ts';
import type { Compare, KeyValue, Operation } from '../store.ts';

/** Where one kind of keys is. */
export interface KeySpace {
  encode(key: string): Buffer;
  decode(bytes: Buffer): string;
}

export function keySpace(prefix: string): KeySpace {
  const length = Buffer.byteLength(prefix);
  return {
    encode: (key) => Buffer.from(`${prefix}${key}`),
    decode: (bytes) => bytes.subarray(length).toString('utf8'),
  };
}

/** The first key behind all keys that begin with these bytes. They never are all 0xff: keys are UTF-8. */
export function endOfPrefix(start: Buffer): Buffer {
  const end = Buffer.from(start);
  end[end.length - 1]! += 1;
  return end;
}

/** All keys under a prefix, behind `after` where that is given. */
export function rangeOf(space: KeySpace, prefix: string, after?: string): { key: Buffer; range_end: Buffer } {
  const start = space.encode(prefix);
  const isLater = after !== undefined && compareKeys(after, prefix) >= 0;
  const key = isLater ? Buffer.concat([space.encode(after), Buffer.of(0)]) : start;
  return { key, range_end: endOfPrefix(start) };
}

export function getRequest(space: KeySpace, key: string, revision?: number): IRangeRequest {
  return { key: space.encode(key), ...(revision === undefined ? {} : { revision }) };
}

export function toKeyValue(space: KeySpace, item: IKeyValue): KeyValue {
  return {
    key: space.decode(item.key),
    value: item.value.toString('utf8'),
    createRevision: Number(item.create_revision),
    modRevision: Number(item.mod_revision),
    ...(item.lease === '0' ? {} : { lease: item.lease }),
  };
}

export function firstItem(space: KeySpace, { kvs }: Pick<IRangeResponse, 'kvs'>): KeyValue | undefined {
  return kvs[0] && toKeyValue(space, kvs[0]);
}

export function toCompare(space: KeySpace, compare: Compare): ICompare {
  const key = space.encode(compare.key);
  if ('modRevision' in compare) {
    return { key, result: 'Equal', target: 'Mod', mod_revision: compare.modRevision };
  }
  if ('exists' in compare) {
    return { key, result: compare.exists ? 'NotEqual' : 'Equal', target: 'Create', create_revision: 0 };
  }
  return { key, result: 'Equal', target: 'Value', value: Buffer.from(compare.value) };
}

export function toRequestOp(space: KeySpace, operation: Operation): IRequestOp {
  switch (operation.type) {
    case 'get':
      return { request_range: getRequest(space, operation.key) };
    case 'put': {
      const { key, value, lease } = operation;
      const leased = lease === undefined ? {} : { lease };
      return { request_put: { key: space.encode(key), value: Buffer.from(value), ...leased } };
    }
    case 'delete':
      return { request_delete_range: { key: space.encode(operation.key) } };
    case 'delete-prefix':
      return { request_delete_range: rangeOf(space, operation.prefix) };
    default:
      return unreachable(operation, 'operation');
  }
}

export const isWrite = ({ type }: Operation): boolean => type !== 'get';

/** `marker`, when given, is written by the branch that runs if it writes anything else. */
export function toTxnRequest(
  space: KeySpace,
  txn: {
    readonly compare?: readonly Compare[];
    readonly success: readonly Operation[];
    readonly failure?: readonly Operation[];
  },
  marker?: (branch: 'success' | 'failure') => IRequestOp,
): ITxnRequest {
  const branch = (name: 'success' | 'failure', operations: readonly Operation[]): IRequestOp[] => [
    ...operations.map((operation) => toRequestOp(space, operation)),
    ...(marker && operations.some(isWrite) ? [marker(name)] : []),
  ];
  return {
    compare: (txn.compare ?? []).map((compare) => toCompare(space, compare)),
    success: branch('success', txn.success),
    failure: branch('failure', txn.failure ?? []),
  };
}
