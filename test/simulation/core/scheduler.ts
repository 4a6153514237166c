/**
 * Virtual time: events in a heap by time and order of asking. Between two events everything that promises have to do is
 * done, so that what happens next is decided by the events' times alone, and those by the seed.
 */

/** Whose event it is. What belongs to a frozen one waits until it goes on; what belongs to a dead one never happens. */
export interface Owner {
  readonly state: 'alive' | 'frozen' | 'dead';
  /** Events that came due while it was frozen, in order. */
  readonly deferred: (() => void)[];
}

export interface Handle {
  cancelled: boolean;
}

interface Entry extends Handle {
  readonly timeMs: number;
  readonly seq: number;
  readonly run: () => void;
  readonly owner: Owner | undefined;
}

const isBefore = (a: Entry, b: Entry) => a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.seq < b.seq);

export class Scheduler {
  #nowMs: number;
  #seq = 0;
  readonly #heap: Entry[] = [];
  /** Events that ran. */
  events = 0;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  at(timeMs: number, run: () => void, owner?: Owner): Handle {
    const entry: Entry = { timeMs: Math.max(timeMs, this.#nowMs), seq: ++this.#seq, run, owner, cancelled: false };
    this.#push(entry);
    return entry;
  }

  in(delayMs: number, run: () => void, owner?: Owner): Handle {
    return this.at(this.#nowMs + delayMs, run, owner);
  }

  /** Runs until the time has come, nothing is left, or `until` says so after an event. */
  async run(endMs: number, until?: () => boolean): Promise<void> {
    await drained();
    while (!until?.()) {
      const next = this.#heap[0];
      if (!next || next.timeMs > endMs) {
        this.#nowMs = Math.max(this.#nowMs, endMs);
        return;
      }
      this.#pop();
      const { owner } = next;
      if (next.cancelled || owner?.state === 'dead') continue;
      this.#nowMs = next.timeMs;
      if (owner?.state === 'frozen') {
        owner.deferred.push(() => void (next.cancelled || next.run()));
        continue;
      }
      this.events++;
      next.run();
      await drained();
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

const realImmediate = setImmediate;

/** All that promises have to do is done before a macrotask runs. */
function drained(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve));
}
