/**
 * Where things stand in a plan file. Built from the parser's own events, and only when somebody asks for a position: a
 * file without complaints never pays for it. Also finds what is wrong with keys, all of it at once, after the parser has
 * stopped at the first. Used by text.ts only.
 */
import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import { LIMITS } from '../../lib/limits.ts';

/** Offsets into the text. `keyOffset` is that of the entry's key; for list items and documents that of the value. */
export interface PositionTree {
  readonly keyOffset: number;
  readonly offset: number;
  readonly entries?: ReadonlyMap<string, PositionTree>;
  readonly items?: readonly PositionTree[];
}

export interface KeyProblem {
  readonly type: 'duplicate' | 'not-text' | 'forbidden' | 'complex';
  readonly key: string;
  readonly offset: number;
  /** duplicate: where it was first. */
  readonly firstOffset: number;
}

export interface Positions {
  readonly documents: readonly PositionTree[];
  readonly problems: readonly KeyProblem[];
}

/** Keys that would touch the prototype of a plain object. */
export const FORBIDDEN_KEY = '__proto__';

/** Plain scalars that YAML's core schema takes for something else than text. */
const NOT_TEXT =
  /^(?:null|Null|NULL|~|true|True|TRUE|false|False|FALSE|[-+]?\d+|0o[0-7]+|0x[\da-fA-F]+|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))?$/;

/** Throws what js-yaml throws. */
export function findPositions(text: string): Positions {
  return new TreeBuilder(text).build();
}

/** Holds the reading position in the event list while the trees are built. */
class TreeBuilder {
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #problems: KeyProblem[] = [];
  #at = 0;
  #anchors = new Map<string, PositionTree>();

  constructor(text: string) {
    this.#text = text;
    this.#events = parseEvents(text, { maxDepth: LIMITS.documentNestingMax });
  }

  build(): Positions {
    const documents: PositionTree[] = [];
    while (this.#at < this.#events.length) {
      this.#at += 1;
      this.#anchors = new Map();
      const next = this.#events[this.#at];
      if (next !== undefined && next.type !== EVENT_ID.POP) documents.push(this.#node());
      else documents.push({ keyOffset: 0, offset: 0 });
      this.#at += 1;
    }
    return { documents, problems: this.#problems };
  }

  #node(keyOffset?: number): PositionTree {
    const event = this.#events[this.#at++]!;
    if (event.type === EVENT_ID.ALIAS) {
      const offset = event.anchorStart - 1;
      const target = this.#anchors.get(this.#text.slice(event.anchorStart, event.anchorEnd));
      return { ...target, keyOffset: keyOffset ?? offset, offset };
    }
    const tree = this.#fresh(event, keyOffset);
    if ('anchorStart' in event && event.anchorStart >= 0) {
      this.#anchors.set(this.#text.slice(event.anchorStart, event.anchorEnd), tree);
    }
    return tree;
  }

  #fresh(event: Event, keyOffset: number | undefined): PositionTree {
    if (event.type === EVENT_ID.MAPPING) {
      const entries = this.#entries();
      return { keyOffset: keyOffset ?? event.start, offset: event.start, entries };
    }
    if (event.type === EVENT_ID.SEQUENCE) {
      const items: PositionTree[] = [];
      while (this.#events[this.#at]!.type !== EVENT_ID.POP) items.push(this.#node());
      this.#at += 1;
      return { keyOffset: keyOffset ?? event.start, offset: event.start, items };
    }
    const offset = event.type === EVENT_ID.SCALAR ? scalarOffset(event) : -1;
    return { keyOffset: keyOffset ?? Math.max(offset, 0), offset: offset < 0 ? (keyOffset ?? 0) : offset };
  }

  #entries(): Map<string, PositionTree> {
    const entries = new Map<string, PositionTree>();
    while (this.#events[this.#at]!.type !== EVENT_ID.POP) {
      const event = this.#events[this.#at]!;
      const keyTree = this.#node();
      const offset = keyTree.offset;
      if (event.type !== EVENT_ID.SCALAR) {
        this.#problems.push({ type: 'complex', key: '', offset, firstOffset: offset });
        this.#node(offset);
        continue;
      }
      const key = event.valueStart < 0 ? '' : getScalarValue(this.#text, event);
      const first = entries.get(key);
      if (first) this.#problems.push({ type: 'duplicate', key, offset, firstOffset: first.keyOffset });
      else if (key === FORBIDDEN_KEY) this.#problems.push({ type: 'forbidden', key, offset, firstOffset: offset });
      else if (event.tagStart < 0 && event.style === SCALAR_STYLE.PLAIN && NOT_TEXT.test(key)) {
        this.#problems.push({ type: 'not-text', key, offset, firstOffset: offset });
      }
      const value = this.#node(offset);
      if (!first) entries.set(key, value);
    }
    this.#at += 1;
    return entries;
  }
}

/** Of the first character a reader sees, quotes included; -1 where the text isn't in one place (block scalars, empty). */
function scalarOffset(event: ScalarEvent): number {
  const quoted = event.style === SCALAR_STYLE.DOUBLE_QUOTED || event.style === SCALAR_STYLE.SINGLE_QUOTED;
  if (quoted) return event.valueStart - 1;
  return event.style === SCALAR_STYLE.PLAIN ? event.valueStart : -1;
}

/** Turns offsets into 1-based lines and columns (UTF-16 units). */
export function createLineIndex(text: string): (offset: number) => { line: number; column: number } {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  };
}
