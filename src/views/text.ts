/** Layout of lines for people: wrapping and tables. Names, addresses and WWNs are never cut; a line grows instead. */
import { widthOf } from './style.ts';

/** Breaks at spaces only. Every line starts with `indent`. */
export function wrap(text: string, width: number, indent = ''): string[] {
  return text.split('\n').flatMap((paragraph) => wrapParagraph(paragraph, width, indent));
}

function wrapParagraph(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(indent) + widthOf(longer) > width) {
      lines.push(indent + line);
      line = word;
    } else line = longer;
  }
  lines.push(indent + line);
  return lines.map((each) => each.trimEnd());
}

export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

export interface TableOptions {
  readonly width: number;
  readonly indent?: string;
  readonly header?: readonly string[];
}

/**
 * Columns two spaces apart. What doesn't fit in the width goes to the next line under its own column's indent, so that
 * nothing is cut and copy and paste works.
 */
export function table(rows: readonly (readonly string[])[], options: TableOptions): string[] {
  const { width, indent = '', header } = options;
  const all = header ? [header, ...rows] : rows;
  const columns = Math.max(0, ...all.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...all.map((row) => widthOf(row[column] ?? ''))),
  );
  return all.flatMap((row) => tableRow(row, widths, width, indent));
}

function tableRow(row: readonly string[], widths: readonly number[], width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  row.forEach((cell, column) => {
    if (cell === '' && column > 0) {
      line += `  ${' '.repeat(widths[column]!)}`;
      return;
    }
    const gap = column === 0 ? '' : '  ';
    if (column > 0 && widthOf(line) + gap.length + widthOf(cell) > width) {
      lines.push(line.trimEnd());
      line = `${indent}    ${cell}`;
      return;
    }
    line += gap + pad(cell, widths[column]!);
  });
  lines.push(line.trimEnd());
  return lines;
}

/** Title and value, the values under each other: `serial number  SIM1`. */
export function pairs(entries: readonly (readonly [string, string])[], width: number, indent = ''): string[] {
  const title = Math.max(0, ...entries.map(([name]) => widthOf(name)));
  return entries.flatMap(([name, value]) => {
    const hanging = ' '.repeat(widthOf(indent) + title + 2);
    const [first = '', ...rest] = wrap(value, width, hanging);
    return [`${indent}${pad(name, title)}  ${first.trimStart()}`.trimEnd(), ...rest];
  });
}
