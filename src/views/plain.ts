/**
 * Plain output: rows of cells with tabs between them, ASCII only, one row a line, never wrapped. For scripts (`cut -f`,
 * `awk -F'\t'`) and logs.
 */
import type { Diagnostic } from '../lib/diagnostic.ts';
import type { Cell, Row } from './view.ts';

const ESCAPED: Record<string, string> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' };

function cellText(cell: Cell): string {
  if (cell === undefined) return '';
  return String(cell)
    .replace(/[\t\n\r\\]/g, (found) => ESCAPED[found]!)
    .replace(/[^\x20-\x7e]/gu, (found) => `\\u{${found.codePointAt(0)!.toString(16)}}`);
}

export function plainLine(row: Row): string {
  return row.map(cellText).join('\t');
}

/** A value in one cell: text as it is, everything else as JSON. */
export function jsonCell(value: unknown): Cell {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `diagnostic severity code file line column address summary detail fix` */
export function diagnosticRow(d: Diagnostic): Row {
  const { span } = d;
  return [
    'diagnostic',
    d.severity,
    d.code,
    span?.file,
    span?.line,
    span?.column,
    d.address,
    d.summary,
    d.detail,
    d.fix,
  ];
}
