/**
 * Variables and placeholders. `variables:` of all documents given together are one set; `${var.x}` is replaced anywhere in
 * string values and in names, and a value that is nothing but `${var.x}` takes the variable's type. In a resource,
 * `${name}` is its name and `${n}` the value of its range.
 */
import type { z } from 'zod';
import type { DiagnosticCode } from '../../lib/diagnostic-codes.ts';
import { KIND_NAMES } from '../model/kinds.ts';
import { at, type Complaints, didYouMean, listed, type Path, withFix } from './complaints.ts';
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
      detail: declared(variables),
      fix: didYouMean(name, namesOf(variables)) ?? `Declare it: variables: { ${name}: {} }.`,
    });
  }
  return variables;
}

function namesOf(variables: Variables): string[] {
  return [...variables.keys()].filter((name) => !RESERVED_VARIABLES.includes(name));
}

function declared(variables: Variables): string {
  const names = namesOf(variables);
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

/** What placeholders may stand for at a place. */
export interface Scope {
  readonly variables: Variables;
  /** In a resource: its name, and its range's value if it has one. */
  readonly resource?: { readonly name: string; readonly value?: string };
}

export interface PlaceholderComplaint {
  readonly path: Path;
  readonly code: DiagnosticCode;
  readonly summary: string;
  readonly detail?: string;
  readonly fix?: string;
}

export type OnPlaceholder = (complaint: PlaceholderComplaint) => void;

export function hasPlaceholder(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('${');
  if (value === null || typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.some(hasPlaceholder);
  return Object.entries(value).some(([key, inner]) => key.includes('${') || hasPlaceholder(inner));
}

/** A copy with every placeholder replaced; the value itself where there is none. */
export function substitute(value: unknown, scope: Scope, onComplaint: OnPlaceholder, path: Path = []): unknown {
  if (typeof value === 'string') return value.includes('${') ? substituteText(value, scope, onComplaint, path) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item, index) => substitute(item, scope, onComplaint, [...path, index]));
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (key.includes('${')) {
      const summary = `the key "${key}" has a placeholder`;
      const fix = 'Placeholders are replaced in values and in names of resources; write this key out.';
      onComplaint({ path: [...path, key], code: 'COPRHD-CONFIG-008', summary, fix });
      continue;
    }
    result[key] = substitute(inner, scope, onComplaint, [...path, key]);
  }
  return result;
}

const WHOLE_VARIABLE = /^\$\{var\.([^{}]*)\}$/;

function substituteText(text: string, scope: Scope, onComplaint: OnPlaceholder, path: Path): unknown {
  const whole = WHOLE_VARIABLE.exec(text);
  if (whole) return lookUp(`var.${whole[1]}`, scope, onComplaint, path) ?? text;
  const replaced = text.replace(/\$\{([^{}]*)\}/g, (placeholder, inner: string) => {
    const value = lookUp(inner, scope, onComplaint, path);
    return value === undefined ? placeholder : String(value);
  });
  if (text.replace(/\$\{[^{}]*\}/g, '').includes('${')) {
    const fix = 'A placeholder ends with "}" and holds no braces.';
    onComplaint({ path, code: 'COPRHD-CONFIG-008', summary: `a placeholder in "${text}" is not closed`, fix });
  }
  return replaced;
}

function lookUp(inner: string, scope: Scope, onComplaint: OnPlaceholder, path: Path): Scalar | undefined {
  const { variables, resource } = scope;
  if (inner.startsWith('var.')) {
    const name = inner.slice('var.'.length);
    const variable = variables.get(name);
    if (variable !== undefined) {
      // The lack of a value was complained about where it is declared; an empty complaint only marks the place.
      if (variable.value === undefined) onComplaint({ path, code: 'COPRHD-CONFIG-008', summary: '' });
      return variable.value;
    }
    onComplaint({
      path,
      code: 'COPRHD-CONFIG-008',
      summary: `the variable "${name}" is not declared`,
      detail: declared(variables),
      fix: didYouMean(name, namesOf(variables)) ?? `Declare it: variables: { ${name}: { default: ... } }.`,
    });
    return undefined;
  }
  if (inner === 'name' && resource) return resource.name;
  if (inner === 'n' && resource?.value !== undefined) return resource.value;
  onComplaint({ path, ...refusePlaceholder(inner, scope) });
  return undefined;
}

function refusePlaceholder(inner: string, { variables, resource }: Scope): Omit<PlaceholderComplaint, 'path'> {
  const placeholder = `\${${inner}}`;
  const head = inner.split('.')[0]!;
  if (head === 'each' || (inner.includes('.') && KIND_NAMES.some((kind) => kind === head))) {
    return {
      code: 'COPRHD-CONFIG-010',
      summary: `"${placeholder}" is known to the plan language but not built yet`,
      fix: 'Write the value out.',
    };
  }
  const code = 'COPRHD-CONFIG-008';
  if (inner === 'n' && resource) {
    const fix = 'Name the resource with a range, such as "data-{1..8}", or write the number out.';
    return { code, summary: `"${placeholder}" needs a name range, and "${resource.name}" is none`, fix };
  }
  if (inner === 'n' || inner === 'name') {
    return { code, summary: `"${placeholder}" means something inside of a resource only`, fix: 'Write it out here.' };
  }
  const near = variables.has(inner) ? inner : undefined;
  return {
    code,
    summary: `"${placeholder}" is not a placeholder`,
    detail: 'Known: ${var.NAME}; inside of a resource ${name}, and ${n} where its name is a range.',
    ...withFix(near === undefined ? didYouMean(inner, ['name', 'n', 'var.NAME']) : `Write "\${var.${near}}".`),
  };
}
