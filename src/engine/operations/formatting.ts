/** Operations on plan text that need no state: its one form, and the JSON Schema for editors. */
import { type Diagnostic, hasErrors, sortDiagnostics } from '../../lib/diagnostic.ts';
import { createComplaints } from '../config/complaints.ts';
import { formatPlanText } from '../config/format.ts';
import { planJsonSchema } from '../config/json-schema.ts';
import type { InputOf, ResultOf } from './types.ts';

/** Every file on its own: one that can't be read doesn't keep the others from being formatted. */
export async function fmt({ texts }: InputOf<'fmt'>): Promise<ResultOf<'fmt'>> {
  const diagnostics: Diagnostic[] = [];
  const files = texts.map((source) => {
    const complaints = createComplaints();
    const text = formatPlanText(source, complaints);
    diagnostics.push(...complaints.list());
    const { file } = source;
    return text === undefined ? { file, changed: false } : { file, changed: text !== source.text, text };
  });
  return { outcome: hasErrors(diagnostics) ? 'error' : 'ok', diagnostics: sortDiagnostics(diagnostics), files };
}

export async function schema(): Promise<ResultOf<'schema'>> {
  return { outcome: 'ok', diagnostics: [], schema: planJsonSchema() };
}
