/**
 * Variables: `variables:` of all documents given together are one set, each with a value from `--var` or its default.
 * What `${var.x}` and the other placeholders are replaced by is in placeholders.ts.
 */
import type { z } from 'zod';
import { at, type Complaints, didYouMean, listed } from './complaints.ts';
import type { variableSchema } from './schema/document.ts';
import type { SourceDocument } from './text.ts';

export type Scalar = string | number | boolean;

export interface Variable {
  readonly type: 'string' | 'number' | 'boolean';
  /** Undefined = something about it was complained about already. */
  readonly value?: Scalar;
}

export type Variables = ReadonlyMap<string, Variable>;

/** A declaration as it stands in a document, already checked for its form. */
export interface Declaration {
  readonly name: string;
  readonly body: z.output<typeof variableSchema>;
  readonly document: SourceDocument;
  /** The declaration was complained about: the variable exists, its value is unknown. */
  readonly malformed?: boolean;
}

export const RESERVED_VARIABLES = ['var', 'each', 'n', 'name'];

/** Declarations of all documents and `--var` made into values. */
export function resolveVariables(
  declarations: readonly Declaration[],
  given: Readonly<Record<string, string>>,
  complaints: Complaints,
): Map<string, Variable> {
  const variables = new Map<string, Variable>();
  const first = new Map<string, Declaration>();
  for (const declaration of declarations) {
    const { name, body, document } = declaration;
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, declaration);
      variables.set(name, initialValue(declaration, Object.hasOwn(given, name) ? given[name] : undefined, complaints));
    } else if (earlier.malformed || declaration.malformed) {
      // Which value it has is open already.
    } else if (earlier.body.default !== body.default || typeOf(earlier) !== typeOf(declaration)) {
      complaints.add({
        code: 'COPRHD-CONFIG-006',
        summary: `the variable "${name}" is declared twice with different values`,
        detail: `It is declared at ${at(earlier.document.keySpan(['variables', name]))} too. Variables are seen in all files given together.`,
        fix: 'Give both the same default and type, remove one, or rename one.',
        span: document.keySpan(['variables', name]),
      });
    }
  }
  for (const name of Object.keys(given)) {
    if (variables.has(name)) continue;
    complaints.add({
      code: 'COPRHD-CONFIG-008',
      summary: `--var ${name} names a variable that no plan file declares`,
      detail: declaredVariables(variables),
      fix: didYouMean(name, variableNames(variables)) ?? `Declare it: variables: { ${name}: {} }.`,
    });
  }
  return variables;
}

export function variableNames(variables: Variables): string[] {
  return [...variables.keys()].filter((name) => !RESERVED_VARIABLES.includes(name));
}

export function declaredVariables(variables: Variables): string {
  const names = variableNames(variables);
  return names.length === 0 ? 'No variable is declared.' : `Declared: ${listed(names)}.`;
}

function typeOf({ body }: Declaration): Variable['type'] {
  if (body.type !== undefined) return body.type;
  return body.default === undefined ? 'string' : (typeof body.default as Variable['type']);
}

function initialValue(declaration: Declaration, given: string | undefined, complaints: Complaints): Variable {
  const { name, body, document } = declaration;
  const type = typeOf(declaration);
  if (declaration.malformed) return { type };
  const span = document.keySpan(['variables', name]);
  if (given === undefined && body.default === undefined) {
    complaints.add({
      code: 'COPRHD-CONFIG-008',
      summary: `the variable "${name}" has no value`,
      detail: 'It has no default, so it must be given.',
      fix: `Give it: --var ${name}=VALUE, or write a default.`,
      span,
    });
    return { type };
  }
  if (given === undefined) {
    if (typeof body.default === type) return { type, value: body.default! };
    complaints.add({
      code: 'COPRHD-CONFIG-004',
      summary: `the default of the variable "${name}" is not a ${type}`,
      fix: type === 'string' ? 'Write it in quotes.' : `Write a ${type}, or another type.`,
      span: document.valueSpan(['variables', name, 'default']),
    });
    return { type };
  }
  const value = convert(given, type);
  if (value !== undefined) return { type, value };
  complaints.add({
    code: 'COPRHD-CONFIG-004',
    summary: `--var ${name} is not a ${type}, as its declaration says`,
    fix: type === 'boolean' ? 'Give true or false.' : 'Give a number in digits.',
    span,
  });
  return { type };
}

function convert(text: string, type: Variable['type']): Scalar | undefined {
  if (type === 'string') return text;
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
