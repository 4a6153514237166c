/** A unified diff of two texts, with three lines around each change. Exact up to a bound, beyond it coarser but still right. */

const CONTEXT = 3;
/** Cells of the comparison; past it the whole middle counts as changed. */
const CELLS_MAX = 4_000_000;

interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

export function unifiedDiff(file: string, before: string, after: string): string[] {
  if (before === after) return [];
  const lines = compare(linesOf(before), linesOf(after));
  const out = [`--- ${file}`, `+++ ${file} (formatted)`];
  let [oldLine, newLine] = [1, 1];
  for (let at = 0; at < lines.length; ) {
    const end = hunkEnd(lines, at);
    if (end === undefined) {
      const { mark } = lines[at++]!;
      if (mark !== '+') oldLine++;
      if (mark !== '-') newLine++;
      continue;
    }
    const hunk = lines.slice(at, end);
    const [olds, news] = [
      hunk.filter(({ mark }) => mark !== '+').length,
      hunk.filter(({ mark }) => mark !== '-').length,
    ];
    out.push(`@@ -${range(oldLine, olds)} +${range(newLine, news)} @@`);
    out.push(...hunk.map(({ mark, text }) => mark + text));
    oldLine += olds;
    newLine += news;
    at = end;
  }
  return out;
}

/** As `diff -u` counts: nothing of a side stands behind the line before. */
const range = (first: number, count: number): string => `${count === 0 ? first - 1 : first},${count}`;

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Where the hunk that begins here ends; undefined when none begins: no change within the next CONTEXT lines. */
function hunkEnd(lines: readonly Line[], from: number): number | undefined {
  const changedWithin = (start: number, count: number) =>
    lines.slice(start, start + count).some(({ mark }) => mark !== ' ');
  if (!changedWithin(from, CONTEXT + 1)) return undefined;
  let end = from;
  let last = from;
  for (; end < lines.length; end++) {
    if (lines[end]!.mark !== ' ') last = end;
    else if (end - last > CONTEXT && !changedWithin(end, CONTEXT + 1) && changedWithin(from, end - from)) break;
  }
  return end;
}

function compare(a: readonly string[], b: readonly string[]): Line[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const same = (text: string): Line => ({ mark: ' ', text });
  return [...a.slice(0, start).map(same), ...middle(left, right), ...a.slice(a.length - end).map(same)];
}

/** By the longest common subsequence. */
function middle(a: readonly string[], b: readonly string[]): Line[] {
  const removed = (text: string): Line => ({ mark: '-', text });
  const added = (text: string): Line => ({ mark: '+', text });
  if (a.length * b.length > CELLS_MAX) return [...a.map(removed), ...b.map(added)];
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      lines.push({ mark: ' ', text: a[i]! });
      i++;
      j++;
    } else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) lines.push(removed(a[i++]!));
    else lines.push(added(b[j++]!));
  }
  return [...lines, ...a.slice(i).map(removed), ...b.slice(j).map(added)];
}
