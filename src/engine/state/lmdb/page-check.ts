/**
 * Looks at the pages of an LMDB file before LMDB does: it trusts them, and a page that a disk or a person overwrote ends
 * the process with an assertion, or hides keys so that a state looks like none. Reads what each page says of itself
 * (number, kind, where its nodes are) from the root down; not whether values make sense. Only lmdb-env.ts relies on it.
 *
 * Formats are liblmdb's (mdb.c, data version 2), 64-bit and little-endian.
 */
import { readSync } from 'node:fs';

/** Where the trees are and how far the file goes, by the newest meta page. */
export interface TreeRoots {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly main: { readonly root: bigint; readonly depth: number };
}

const NO_PAGE = 0xffff_ffff_ffff_ffffn;
/** MDB_page: number, transaction, pad, flags, lower, upper, then the offsets of the nodes. */
const PAGE = { number: 0, flags: 18, lower: 20, upper: 22, nodes: 24 } as const;
const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
const KINDS = 0x0f;
/** MDB_node: two halves of a page number or size, flags (of a branch: the highest bits of the page number), key's size. */
const NODE = { low: 0, high: 2, flags: 4, keySize: 6, data: 8 } as const;
const IN_OVERFLOW = 0x01;
/** Larger states are looked at in part: the check must not be felt, and damage is seldom a single page. */
const PAGES_MAX = 1_024;

/** What is wrong, in words; undefined when nothing was found. */
export function findDamage(fd: number, { pageSize, lastPage, main }: TreeRoots): string | undefined {
  if (main.root === NO_PAGE) return undefined;
  const page = Buffer.alloc(pageSize);
  let left = PAGES_MAX;
  const visit = (number: bigint, depth: number): string | undefined => {
    if (left-- <= 0) return undefined;
    const wrong = (what: string) => `page ${number} ${what}`;
    if (number > BigInt(lastPage)) return wrong('is beyond its end');
    const isRead = readSync(fd, page, 0, pageSize, Number(number) * pageSize) === pageSize;
    if (!isRead || page.readBigUInt64LE(PAGE.number) !== number) return wrong('is another page');
    const kind = page.readUInt16LE(PAGE.flags) & KINDS;
    if (kind !== (depth > 1 ? BRANCH : LEAF)) return wrong('is of another kind');
    const offsets = nodesOf(page, pageSize);
    if (offsets === undefined) return wrong('has no readable list of its nodes');
    const next = offsets.flatMap((offset): { number: bigint; depth: number }[] => {
      if (depth > 1) return [{ number: childOf(page, offset), depth: depth - 1 }];
      const overflow = overflowOf(page, offset);
      return overflow === undefined ? [] : [{ number: overflow, depth: 0 }];
    });
    for (const { number: child, depth: level } of next) {
      const found = level === 0 ? overflowDamage(child) : visit(child, level);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const header = Buffer.alloc(PAGE.nodes);
  const overflowDamage = (number: bigint): string | undefined => {
    if (left-- <= 0) return undefined;
    const isRead = readSync(fd, header, 0, header.length, Number(number) * pageSize) === header.length;
    const fits = isRead && header.readBigUInt64LE(PAGE.number) === number;
    if (fits && (header.readUInt16LE(PAGE.flags) & KINDS) === OVERFLOW) return undefined;
    return `page ${number} is not the long value that it should be`;
  };
  return visit(main.root, main.depth);
}

function nodesOf(page: Buffer, pageSize: number): number[] | undefined {
  // Counted from the end of the header, all of them.
  const placeAt = (at: number) => page.readUInt16LE(at) + PAGE.nodes;
  const [lower, upper] = [placeAt(PAGE.lower), placeAt(PAGE.upper)];
  if (lower > upper || upper > pageSize || lower % 2 !== 0) return undefined;
  const offsets: number[] = [];
  for (let at: number = PAGE.nodes; at < lower; at += 2) {
    const offset = placeAt(at);
    if (offset < upper || offset + NODE.data > pageSize) return undefined;
    const end = offset + NODE.data + page.readUInt16LE(offset + NODE.keySize);
    if (end > pageSize) return undefined;
    offsets.push(offset);
  }
  return offsets;
}

function childOf(page: Buffer, node: number): bigint {
  const [low, high] = [page.readUInt16LE(node + NODE.low), page.readUInt16LE(node + NODE.high)];
  return BigInt(low) | (BigInt(high) << 16n) | (BigInt(page.readUInt16LE(node + NODE.flags)) << 32n);
}

/** The page of a value that doesn't fit beside its key. */
function overflowOf(page: Buffer, node: number): bigint | undefined {
  if ((page.readUInt16LE(node + NODE.flags) & IN_OVERFLOW) === 0) return undefined;
  const data = node + NODE.data + page.readUInt16LE(node + NODE.keySize);
  return data + 8 > page.length ? NO_PAGE : page.readBigUInt64LE(data);
}
