/** A binary heap: the first by the given order on top. Internal to placement. */

export interface Heap<T> {
  readonly top: () => T | undefined;
  readonly pop: () => T | undefined;
  readonly push: (value: T) => void;
  /** Puts another value in the place of the top. */
  readonly replaceTop: (value: T) => void;
}

/** Takes the array over. */
export function createHeap<T>(items: T[], before: (a: T, b: T) => boolean): Heap<T> {
  const sink = (from: number): void => {
    let at = from;
    for (;;) {
      let first = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < items.length && before(items[child]!, items[first]!)) first = child;
      }
      if (first === at) return;
      [items[at], items[first]] = [items[first]!, items[at]!];
      at = first;
    }
  };
  for (let index = (items.length >> 1) - 1; index >= 0; index--) sink(index);
  return {
    top: () => items[0],
    pop: () => {
      const top = items[0];
      const last = items.pop();
      if (items.length > 0 && last !== undefined) {
        items[0] = last;
        sink(0);
      }
      return top;
    },
    push: (value) => {
      let at = items.push(value) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!before(items[at]!, items[parent]!)) return;
        [items[at], items[parent]] = [items[parent]!, items[at]!];
        at = parent;
      }
    },
    replaceTop: (value) => {
      items[0] = value;
      sink(0);
    },
  };
}
