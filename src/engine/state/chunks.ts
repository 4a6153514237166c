/** Cuts many writes into transactions within the store's ceilings; what belongs together stays together. */
import { assert } from '../../lib/assert.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { RecordWrite } from './records.ts';
import type { Compare, Operation, Txn } from './store.ts';

/** In the given order, as full as the ceilings allow. One write that alone is over them is a bug of its maker. */
export function chunkWrites(
  writes: readonly RecordWrite[],
  /** Places that the caller fills itself in each transaction. */
  reserved: { readonly compares: number } = { compares: 0 },
): (Txn & { readonly compare: readonly Compare[] })[] {
  const fits = (compares: number, operations: number, size: number) =>
    isWithin(compares + reserved.compares, operations, size);
  const chunks: { compare: Compare[]; success: Operation[] }[] = [];
  let current = { compare: [] as Compare[], success: [] as Operation[] };
  let bytes = 0;
  for (const write of writes) {
    const size = sizeOf(write);
    assert(fits(write.compare.length, write.operations.length, size), 'a single write is over the ceilings of a txn');
    const compares = current.compare.length + write.compare.length;
    if (!fits(compares, current.success.length + write.operations.length, bytes + size)) {
      chunks.push(current);
      current = { compare: [], success: [] };
      bytes = 0;
    }
    current.compare.push(...write.compare);
    current.success.push(...write.operations);
    bytes += size;
  }
  if (current.success.length + current.compare.length > 0) chunks.push(current);
  return chunks;
}

function isWithin(compares: number, operations: number, bytes: number): boolean {
  return (
    compares <= LIMITS.txnOperationsMax && operations <= LIMITS.txnOperationsMax && bytes <= LIMITS.requestBytesMax
  );
}

function sizeOf(write: RecordWrite): number {
  const entries: readonly (Compare | Operation)[] = [...write.compare, ...write.operations];
  let bytes = 0;
  for (const entry of entries) {
    bytes += Buffer.byteLength('prefix' in entry ? entry.prefix : entry.key);
    if ('value' in entry) bytes += Buffer.byteLength(entry.value);
  }
  return bytes;
}
