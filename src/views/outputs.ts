/**
 * Outputs of plan files. Plain rows: `output stack name value unknown`, the value as JSON, or text as it is when one output
 * is asked for by name.
 */
import type { OutputValue } from '../engine/planner/plan.ts';
import { jsonCell } from './plain.ts';
import { paint, type Style } from './style.ts';
import { table } from './text.ts';
import type { Row } from './view.ts';

export function outputLines(outputs: readonly OutputValue[], style: Style): string[] {
  if (outputs.length === 0) return [];
  const rows = outputs.map(({ stack, name, value, unknown, description }) => {
    const text = unknown ? paint(style, 'dim', `(known after apply: ${unknown.join(', ')})`) : shown(value);
    return [`${stack}/${name}`, description === undefined ? text : `${text}  ${paint(style, 'dim', description)}`];
  });
  return ['', paint(style, 'strong', 'outputs'), ...table(rows, { width: style.width, indent: '  ' })];
}

export function outputRows(outputs: readonly OutputValue[]): Row[] {
  return outputs.map(
    ({ stack, name, value, unknown }): Row => [
      'output',
      stack,
      name,
      unknown ? '' : jsonCell(value),
      unknown?.join(','),
    ],
  );
}

/** For scripts that ask for one: nothing but the value. */
export function outputText({ value }: OutputValue): string {
  return shown(value);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
