/**
 * The way in: plan texts to the desired graph. Pure; nothing is read but what is given, nothing thrown whatever is in the
 * text. Every complaint comes with its place; the graph holds whatever could be understood.
 */

import type { KindName } from '../model/kinds.ts';
import { checkGraph } from './checks.ts';
import { type Complaint, type Complaints, createComplaints, shown } from './complaints.ts';
import { type Context, report } from './context.ts';
import type { ConfigOptions, ConfigResult, DesiredGraph, PlanText } from './desired.ts';
import { readDocument, type TypedDocument, typeOf } from './documents.ts';
import { checkEndpoints } from './endpoint-checks.ts';
import { explainIssues } from './issues.ts';
import { expandDeclared } from './matches.ts';
import { mergeDocuments } from './merge.ts';
import { hasPlaceholder } from './placeholders.ts';
import { isPlainMap } from './resources.ts';
import { VARIABLE_NAME_PATTERN, variableSchema } from './schema/document.ts';
import { readPlanText, type SourceDocument } from './text.ts';
import { type Declaration, RESERVED_VARIABLES, resolveVariables } from './variables.ts';

/**
 * Parses, expands and checks plan files given together. References stay names: see references.ts.
 * The graph is complete only when no diagnostic is an error.
 */
export function loadPlan(texts: readonly PlanText[], options: ConfigOptions): ConfigResult {
  const complaints = createComplaints();
  const notUnderstood = { names: new Set<string>(), kinds: new Set<KindName>(), everything: false };
  const documents: TypedDocument[] = [];
  const declarations: Declaration[] = [];
  const nameless: Context = { complaints, notUnderstood, variables: new Map() };
  for (const text of givenOnce(texts, complaints)) {
    const read = readPlanText(text, complaints);
    if (read === undefined) notUnderstood.everything = true;
    else if (read.every(({ value }) => value === null)) complaints.add(isEmpty(text.file));
    for (const document of read ?? []) {
      // What is behind the last `---` of a file.
      if (document.value === null) continue;
      const type = typeOf(document, complaints.add);
      if (isPlainMap(document.value)) declarations.push(...readVariables(document, nameless));
      if (type) documents.push({ document, type });
      else notUnderstood.everything = true;
    }
  }
  const variables = resolveVariables(declarations, options.variables, complaints);
  const context: Context = { complaints, notUnderstood, variables };
  const read = documents.flatMap((document) => readDocument(document, context));
  const stacks = expandDeclared(mergeDocuments(read, context));
  const gaps = notUnderstood.everything || notUnderstood.kinds.size > 0 || notUnderstood.names.size > 0;
  const graph: DesiredGraph = { stacks, ...(gaps ? { notUnderstood } : {}) };
  checkGraph(graph, complaints);
  checkEndpoints(graph, complaints);
  return { graph, diagnostics: complaints.list() };
}

/** What a file declared and declares no longer is removed: a file that lost its content must not look like that. */
function isEmpty(file: string): Complaint {
  return {
    code: 'COPRHD-CONFIG-013',
    summary: `"${file}" holds no document`,
    detail: 'What was declared in it before would be taken for removed.',
    fix: 'Write a document in it (kind: infrastructure or kind: stack). To remove what it declared: coprhd destroy, or a document without it.',
    span: { file, line: 1, column: 1 },
  };
}

function givenOnce(texts: readonly PlanText[], complaints: Complaints): PlanText[] {
  const seen = new Set<string>();
  return texts.filter(({ file }) => {
    if (!seen.has(file)) return seen.add(file);
    const fix = 'Name each file once.';
    complaints.add({ code: 'COPRHD-CONFIG-006', summary: `the plan file "${file}" is given twice`, fix });
    return false;
  });
}

/** The declarations of one document that have the right form. */
function readVariables(document: SourceDocument, context: Context): Declaration[] {
  const { variables } = document.value as Readonly<Record<string, unknown>>;
  if (variables === undefined || variables === null) return [];
  if (!isPlainMap(variables)) {
    context.complaints.add({
      code: 'COPRHD-CONFIG-004',
      summary: `"variables" is a map from names to declarations, not ${shown(variables)}`,
      fix: 'Write variables: { NAME: { default: VALUE } }.',
      span: document.valueSpan(['variables']),
    });
    return [];
  }
  return Object.entries(variables).flatMap(([name, written]) => readVariable(document, name, written, context));
}

function readVariable(document: SourceDocument, name: string, written: unknown, context: Context): Declaration[] {
  const root = ['variables', name];
  let malformed = false;
  const refuse = (summary: string, fix: string) => {
    malformed = true;
    context.complaints.add({ code: 'COPRHD-CONFIG-007', summary, fix, span: document.keySpan(root) });
  };
  if (RESERVED_VARIABLES.includes(name)) {
    refuse(`"${name}" can not be a variable: the plan language uses the word itself`, 'Choose another name.');
  } else if (!VARIABLE_NAME_PATTERN.test(name)) {
    refuse(`${shown(name)} is not a name for a variable`, 'Begin with a letter; then A-Z a-z 0-9 _ -.');
  }
  if (written !== null && typeof written !== 'object') {
    context.complaints.add({
      code: 'COPRHD-CONFIG-004',
      summary: `the variable "${name}" is declared by a map, not ${shown(written)}`,
      fix: `Write ${name}: { default: ${shown(written)} }.`,
      span: document.valueSpan(root),
    });
    return [{ name, body: {}, document, malformed: true }];
  }
  const value = written ?? {};
  const parsed = variableSchema.safeParse(value);
  if (!parsed.success) {
    const checked = { schema: variableSchema, value, place: 'variable', what: `variable "${name}"` };
    report(explainIssues(parsed.error.issues, checked), document, root, context);
    return [{ name, body: {}, document, malformed: true }];
  }
  if (hasPlaceholder(parsed.data.default)) {
    context.complaints.add({
      code: 'COPRHD-CONFIG-008',
      summary: `the default of the variable "${name}" has a placeholder`,
      fix: 'Write the value out; variables are not made of one another.',
      span: document.valueSpan([...root, 'default']),
    });
  }
  return [{ name, body: parsed.data, document, malformed }];
}
