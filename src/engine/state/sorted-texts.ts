/** Texts with what they stand for, in order: those that begin so are found without looking at the others. */
import { compareText } from '../../lib/compare-text.ts';

export interface TextEntry<V> {
  readonly text: string;
  readonly value: V;
}

export interface SortedTexts<V> {
  add(text: string, value: V): void;
  remove(text: string, value: V): void;
  all(): V[];
  /** In order: an equal text comes first. */
  startingWith(prefix: string): TextEntry<V>[];
}

/** Many are added before anybody asks: then it is sorted once. One more is put where it belongs. */
const LOOSE_MAX = 64;

export function createSortedTexts<V extends string>(): SortedTexts<V> {
  let sorted: TextEntry<V>[] = [];
  let loose: TextEntry<V>[] = [];
  const inOrder = (): TextEntry<V>[] => {
    if (loose.length > LOOSE_MAX) sorted = [...sorted, ...loose].sort(compare);
    else for (const entry of loose) sorted.splice(positionOf(sorted, entry), 0, entry);
    loose = [];
    return sorted;
  };
  return {
    add: (text, value) => void loose.push({ text, value }),
    remove: (text, value) => {
      const entry = { text, value };
      const entries = inOrder();
      const position = positionOf(entries, entry);
      if (entries[position] && compare(entries[position], entry) === 0) entries.splice(position, 1);
    },
    all: () => inOrder().map(({ value }) => value),
    startingWith: (prefix) => {
      const entries = inOrder();
      const from = positionOf(entries, { text: prefix, value: '' });
      let to = from;
      while (to < entries.length && entries[to]!.text.startsWith(prefix)) to++;
      return entries.slice(from, to);
    },
  };
}

type Comparable = TextEntry<string>;

function compare(a: Comparable, b: Comparable): number {
  return compareText(a.text, b.text) || compareText(a.value, b.value);
}

/** Of the first entry that is not less. */
function positionOf(entries: readonly Comparable[], entry: Comparable): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(entries[middle]!, entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
