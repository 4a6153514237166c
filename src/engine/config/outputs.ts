/**
 * `outputs:` of a document: named values for people and scripts, with `${volume.data.wwn}` left in them for what is known
 * only once applied. The value is text, a number, a switch, a list or a map of these; `{ value, description }` explains it.
 */
import { foldName } from '../model/address.ts';
import type { Reference } from '../model/attributes.ts';
import { at, type Complaint, type Path, shown } from './complaints.ts';
import { type Context, report } from './context.ts';
import type { DesiredOutput } from './desired.ts';
import { explainIssues } from './issues.ts';
import { substitute } from './placeholders.ts';
import { isPlainMap } from './resources.ts';
import { outputSchema, VARIABLE_NAME_PATTERN } from './schema/document.ts';
import type { SourceDocument } from './text.ts';

export function readOutputs(document: SourceDocument, context: Context): DesiredOutput[] {
  const { outputs } = document.value as Readonly<Record<string, unknown>>;
  if (outputs === undefined || outputs === null) return [];
  if (!isPlainMap(outputs)) {
    context.complaints.add({
      code: 'COPRHD-CONFIG-004',
      summary: `"outputs" is a map from names to values, not ${shown(outputs)}`,
      fix: 'Write outputs: { NAME: "${volume.data.wwn}" }.',
      span: document.valueSpan(['outputs']),
    });
    return [];
  }
  return Object.entries(outputs).flatMap(([name, written]) => readOutput(document, name, written, context));
}

/** The long form is told by its key "value": a map of values with that name is written in the long form. */
function isLong(written: unknown): written is Readonly<Record<string, unknown>> {
  return isPlainMap(written) && (Object.hasOwn(written, 'value') || Object.hasOwn(written, 'description'));
}

function readOutput(document: SourceDocument, name: string, written: unknown, context: Context): DesiredOutput[] {
  const root = ['outputs', name];
  const complain = (complaint: Omit<Complaint, 'span'>, path: Path, on: 'key' | 'value') => {
    const whole = [...root, ...path];
    const span = on === 'key' ? document.keySpan(whole) : document.valueSpan(whole);
    if (complaint.summary !== '') context.complaints.add({ ...complaint, span });
  };
  if (!VARIABLE_NAME_PATTERN.test(name)) {
    const fix = 'Begin with a letter; then A-Z a-z 0-9 _ -.';
    complain({ code: 'COPRHD-CONFIG-007', summary: `${shown(name)} is not a name for an output`, fix }, [], 'key');
  }
  const body = isLong(written) ? written : { value: written };
  const parsed = outputSchema.safeParse(body);
  if (!parsed.success) {
    const checked = { schema: outputSchema, value: body, place: 'output', what: `output "${name}"` };
    report(explainIssues(parsed.error.issues, checked), document, root, context);
    // The rest of it can be checked all the same.
    if (body.value === undefined || body.value === null) return [];
  }
  if (body.value === undefined || body.value === null) {
    const fix = 'Write its value, such as "${volume.data.wwn}".';
    complain({ code: 'COPRHD-CONFIG-003', summary: `the output "${name}" has no value`, fix }, [], 'key');
    return [];
  }
  const inner = isLong(written) ? ['value'] : [];
  const references = new Map<string, Reference & { readonly span: DesiredOutput['span'] }>();
  const scope = {
    variables: context.variables,
    onReference: (placeholder: string, reference: Reference, path: Path) => {
      const span = () => document.valueSpan([...root, ...path]);
      if (!references.has(placeholder)) references.set(placeholder, { ...reference, span });
    },
  };
  const onComplaint = ({ path, ...complaint }: { path: Path } & Omit<Complaint, 'span'>) => {
    const summary = complaint.summary === '' ? '' : `output "${name}": ${complaint.summary}`;
    complain({ ...complaint, summary }, path, 'value');
  };
  const value = substitute(body.value, scope, onComplaint, inner);
  const description = parsed.data?.description;
  return [
    {
      name,
      value,
      references,
      ...(description === undefined ? {} : { description }),
      span: () => document.keySpan(root),
    },
  ];
}

/** Adds the outputs of a document to those of its stack. */
export function addOutputs(known: DesiredOutput[], more: readonly DesiredOutput[], { complaints }: Context): void {
  const byName = new Map(known.map((output) => [foldName(output.name), output]));
  for (const output of more) {
    const first = byName.get(foldName(output.name));
    if (first === undefined) {
      byName.set(foldName(output.name), output);
      known.push(output);
      continue;
    }
    complaints.add({
      code: 'COPRHD-CONFIG-006',
      summary: `the output "${output.name}" is declared twice`,
      detail: `It is declared at ${at(first.span())} too.`,
      fix: 'Remove one, or give it another name.',
      span: output.span(),
    });
  }
}
