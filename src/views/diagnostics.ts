/** Diagnostics as people read them: where, what, why, what to do. */
import type { Diagnostic } from '../lib/diagnostic.ts';
import { paint, type Style } from './style.ts';
import { wrap } from './text.ts';

/** `file:line:column: CODE summary`, then the detail and the fix indented. Warnings and notes say that they are. */
export function diagnosticLines(diagnostic: Diagnostic, style: Style, indent = ''): string[] {
  const { span, code, severity, summary, detail, fix, address } = diagnostic;
  const where = span ? `${span.file}:${span.line}:${span.column}: ` : '';
  const word = severity === 'error' ? '' : severity === 'warning' ? 'warning: ' : 'note: ';
  const named = address !== undefined && !summary.includes(address) ? `${address}: ` : '';
  const head = wrap(`${where}${code} ${word}${named}${summary}`, style.width, indent);
  const tone = severity === 'error' ? 'remove' : severity === 'warning' ? 'change' : 'other';
  const inner = `${indent}  `;
  return [
    ...head.map((line) => line.replace(code, () => paint(style, tone, code))),
    ...(detail === undefined ? [] : wrap(detail, style.width, inner)),
    ...(fix === undefined ? [] : hanging('fix: ', fix, style.width, inner)),
  ];
}

/** A command is never broken: it is there to be copied. */
function hanging(title: string, text: string, width: number, indent: string): string[] {
  if (text.startsWith('coprhd ')) return [`${indent}${title}${text}`];
  const [first = '', ...rest] = wrap(text, width, indent + ' '.repeat(title.length));
  return [`${indent}${title}${first.trimStart()}`, ...rest];
}

export function diagnosticsLines(diagnostics: readonly Diagnostic[], style: Style, indent = ''): string[] {
  return diagnostics.flatMap((diagnostic) => diagnosticLines(diagnostic, style, indent));
}

const same = (d: Diagnostic): string => JSON.stringify([d.code, d.summary, d.span, d.address]);

/** Those that weren't said already. */
export function notSaidIn(diagnostics: readonly Diagnostic[], said: readonly Diagnostic[]): Diagnostic[] {
  const known = new Set(said.map(same));
  return diagnostics.filter((diagnostic) => !known.has(same(diagnostic)));
}
