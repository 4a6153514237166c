/**
 * The candidates for one sort of request by storage system, best pool first, kept up to date while units are placed.
 * Whoever asks for the same shares it, whatever the project: what is of the system is put on top in ranking.ts.
 *
 * A pool's score may grow or shrink when something is placed in it, so each take puts a fresh entry into the heap of
 * its system and the one before is dropped when it comes up. Filters are monotone (filter.ts): who is refused stays so.
 * Internal to placement.
 */
import { assert } from '../../lib/assert.ts';
import type { Amounts } from '../model/recorded-view.ts';
import { volumeBytesLeft } from './amounts.ts';
import type { Board } from './board.ts';
import { createHeap, type Heap } from './heap.ts';
import { partOf, type Refusal, refusalBy } from './judge.ts';
import { createTally, type Tally } from './refusals.ts';
import type { RoleRequest } from './request.ts';

export interface PoolTop {
  readonly index: number;
  /** What the pool itself adds to its total. */
  readonly part: number;
}

export interface PoolOrder {
  /** Looks at what was taken since; before anything else is asked. */
  readonly catchUp: () => void;
  /** The best pool of a system that passes all filters but those of the system. */
  readonly top: (system: number) => PoolTop | undefined;
  /** Pools of a system that aren't refused for what they are, whatever they hold. */
  readonly suited: (system: number) => readonly number[];
  /** Bytes that those may still take together. */
  readonly roomBytes: (system: number) => number;
  /** Why a pool is refused for what it is; undefined = it is not. */
  readonly unsuited: (index: number) => Refusal | undefined;
  readonly isRefused: (index: number) => boolean;
  /** All that are known not to pass, with the numbers of now. */
  readonly tally: () => Tally;
  /** Another number whenever `tally` would say something else. */
  readonly version: () => number;
}

interface Entry extends PoolTop {
  /** What was promised when the score was computed: while it is the same value, the score holds. */
  readonly promised: Amounts;
  passed: boolean;
}

export function createPoolOrder(board: Board, role: RoleRequest): PoolOrder {
  const unsuited = new Map<number, Refusal>();
  const full = new Map<number, Refusal>();
  const base = createTally();
  const heaps: Heap<Entry>[] = [];
  const suited: number[][] = [];
  const entryOf = (index: number): Entry => ({
    index,
    part: partOf(board, 'pool', role, index),
    promised: board.promised(index),
    passed: false,
  });
  for (const { indexes } of board.systems) {
    const open = indexes.filter((index) => {
      const refusal = refusalBy(board, ['facts'], role, index);
      if (!refusal) return true;
      unsuited.set(index, refusal);
      base.add(refusal);
      return false;
    });
    suited.push(open);
    heaps.push(createHeap(open.map(entryOf), (a, b) => a.part > b.part || (a.part === b.part && a.index < b.index)));
  }
  const rooms: (number | undefined)[] = [];
  let seen = board.takes.length;
  let version = 0;

  const refuse = (refusal: Refusal): void => {
    full.set(refusal.index, refusal);
    version++;
  };

  return {
    catchUp: () => {
      const taken = new Set<number>();
      for (; seen < board.takes.length; seen++) taken.add(board.takes[seen]!.index);
      for (const index of taken) {
        if (unsuited.has(index)) continue;
        rooms[board.systemOf[index]!] = undefined;
        if (!full.has(index)) {
          heaps[board.systemOf[index]!]!.push(entryOf(index));
          continue;
        }
        // What was refused for space is told with the numbers of now.
        const refusal = refusalBy(board, ['pool'], role, index);
        assert(refusal, 'a filter passes what it refused when less was promised');
        refuse(refusal);
      }
    },
    top: (system) => {
      const heap = heaps[system]!;
      for (let top = heap.top(); top !== undefined; top = heap.top()) {
        if (top.promised === board.promised(top.index)) {
          if (top.passed) return top;
          const refusal = refusalBy(board, ['pool'], role, top.index);
          if (!refusal) {
            top.passed = true;
            return top;
          }
          refuse(refusal);
        }
        heap.pop();
      }
      return undefined;
    },
    suited: (system) => suited[system]!,
    roomBytes: (system) => {
      rooms[system] ??= suited[system]!.reduce(
        (sum, index) => sum + volumeBytesLeft(board.candidates[index]!, role, board.promised(index)),
        0,
      );
      return rooms[system];
    },
    unsuited: (index) => unsuited.get(index),
    isRefused: (index) => unsuited.has(index) || full.has(index),
    tally: () => {
      const tally = base.copy();
      for (const refusal of full.values()) tally.add(refusal);
      return tally;
    },
    version: () => version,
  };
}
