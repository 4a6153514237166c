/** Results whose form the view doesn't know (simulated arrays): nested names and values. Rows: `value path value`. */
import { fieldWords, formatValue } from './format.ts';
import type { Style } from './style.ts';
import { wrap } from './text.ts';
import type { Row, View } from './view.ts';

const isPlain = (value: unknown): boolean =>
  value === null ||
  typeof value !== 'object' ||
  (Array.isArray(value) && value.every((item) => item === null || typeof item !== 'object'));

function valueLines(name: string, value: unknown, style: Style, indent: string): string[] {
  if (isPlain(value)) return wrap(`${fieldWords(name)}: ${formatValue(name, value)}`, style.width, indent);
  if (Array.isArray(value)) return value.flatMap((item) => itemLines(name, item, style, indent));
  const entries = Object.entries(value as Record<string, unknown>);
  const inner = entries.flatMap(([key, each]) => valueLines(key, each, style, `${indent}  `));
  return [`${indent}${fieldWords(name)}:`, ...(inner.length === 0 ? [`${indent}  none`] : inner)];
}

/** One item of a list: marked with a dash, under the name of the list. */
function itemLines(name: string, item: unknown, style: Style, indent: string): string[] {
  const singular = fieldWords(name).replace(/s$/, '');
  return valueLines(singular, item, style, indent);
}

function valueRows(path: string, value: unknown): Row[] {
  if (value === null || typeof value !== 'object')
    return [['value', path, value as string | number | boolean | undefined]];
  return Object.entries(value).flatMap(([key, inner]) => valueRows(path === '' ? key : `${path}.${key}`, inner));
}

export const genericView: View<{ readonly output: unknown }> = {
  human: ({ output }, style) => {
    if (output === undefined || output === null) return ['Done.'];
    if (isPlain(output)) return [formatValue('', output)];
    return Object.entries(output).flatMap(([key, value]) => valueLines(key, value, style, ''));
  },
  plain: ({ output }) => (output === undefined ? [] : valueRows('', output)),
};
