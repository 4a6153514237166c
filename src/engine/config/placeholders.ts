/**
 * Placeholders in values and names: `${var.x}` anywhere; in a resource `${name}`, `${n}` (the value of its range),
 * `${each.key}` and `${each.value.x}` (its entry of forEach). A value that is nothing but one placeholder takes the type of
 * what it stands for. `${volume.data.wwn}` is left as it is where a place allows it: it is known only once applied.
 */
import type { DiagnosticCode } from '../../lib/diagnostic-codes.ts';
import { attributeNames, parseReference, type Reference } from '../model/attributes.ts';
import { KIND_NAMES } from '../model/kinds.ts';
import { didYouMean, listed, type Path, shown, withFix } from './complaints.ts';
import { declaredVariables, type Scalar, type Variables, variableNames } from './variables.ts';

/** One entry of forEach. */
export interface Each {
  readonly key: string;
  readonly value: unknown;
}

/** What placeholders may stand for at a place. */
export interface Scope {
  readonly variables: Variables;
  /** In a resource: its name, and its range's value if it has one. */
  readonly resource?: { readonly name: string; readonly value?: string };
  /** `unclear`: there are entries of forEach, but which was complained about. */
  readonly each?: Each | 'unclear' | undefined;
  /** Takes references to attributes; without it they are refused. */
  readonly onReference?: (placeholder: string, reference: Reference, path: Path) => void;
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
  const entries = Object.entries(value).flatMap(([key, inner]) => {
    if (!key.includes('${')) return [[key, substitute(inner, scope, onComplaint, [...path, key])]];
    const summary = `the key "${key}" has a placeholder`;
    const fix = 'Placeholders are replaced in values and in names of resources; write this key out.';
    onComplaint({ path: [...path, key], code: 'COPRHD-CONFIG-008', summary, fix });
    return [];
  });
  return Object.fromEntries(entries);
}

const WHOLE = /^\$\{((?:var|each)\.[^{}]*)\}$/;

function substituteText(text: string, scope: Scope, onComplaint: OnPlaceholder, path: Path): unknown {
  const whole = WHOLE.exec(text);
  if (whole) return lookUp(whole[1]!, scope, onComplaint, path) ?? text;
  const replaced = text.replace(/\$\{([^{}]*)\}/g, (placeholder, inner: string) => {
    const value = lookUp(inner, scope, onComplaint, path);
    if (value === undefined) return placeholder;
    if (typeof value !== 'object') return String(value);
    const summary = `"${placeholder}" stands for ${shown(value)} and can not be a part of a text`;
    onComplaint({ path, code: 'COPRHD-CONFIG-008', summary, fix: 'Let the value be the placeholder alone.' });
    return placeholder;
  });
  if (text.replace(/\$\{[^{}]*\}/g, '').includes('${')) {
    const fix = 'A placeholder ends with "}" and holds no braces.';
    onComplaint({ path, code: 'COPRHD-CONFIG-008', summary: `a placeholder in "${text}" is not closed`, fix });
  }
  return replaced;
}

/** Undefined when it was complained about, or shall stay. */
function lookUp(inner: string, scope: Scope, onComplaint: OnPlaceholder, path: Path): unknown {
  const { resource, each } = scope;
  if (inner.startsWith('var.')) return variable(inner.slice('var.'.length), scope, onComplaint, path);
  if (inner === 'name' && resource) return resource.name;
  if (inner === 'n' && resource?.value !== undefined) return resource.value;
  if (each === 'unclear') {
    if (inner === 'each' || inner.startsWith('each.')) {
      onComplaint({ path, code: 'COPRHD-CONFIG-008', summary: '' });
      return undefined;
    }
  } else if (each !== undefined) {
    if (inner === 'each.key') return each.key;
    if (inner === 'each.value' || inner.startsWith('each.value.')) return eachValue(inner, each, onComplaint, path);
  }
  const reference = parseReference(inner);
  if (reference === undefined) onComplaint({ path, ...refusePlaceholder(inner, scope) });
  else if (scope.onReference === undefined) onComplaint({ path, ...misplaced(inner) });
  else {
    const problem = noAttribute(inner, reference);
    if (problem) onComplaint({ path, ...problem });
    else scope.onReference(`\${${inner}}`, reference, path);
  }
  return undefined;
}

function variable(name: string, { variables }: Scope, onComplaint: OnPlaceholder, path: Path): Scalar | undefined {
  const found = variables.get(name);
  if (found !== undefined) {
    // The lack of a value was complained about where it is declared; an empty complaint only marks the place.
    if (found.value === undefined) onComplaint({ path, code: 'COPRHD-CONFIG-008', summary: '' });
    return found.value;
  }
  onComplaint({
    path,
    code: 'COPRHD-CONFIG-008',
    summary: `the variable "${name}" is not declared`,
    detail: declaredVariables(variables),
    fix: didYouMean(name, variableNames(variables)) ?? `Declare it: variables: { ${name}: { default: ... } }.`,
  });
  return undefined;
}

/** `each.value`, `each.value.size`, `each.value.paths.min`. */
function eachValue(inner: string, { key, value }: Each, onComplaint: OnPlaceholder, path: Path): unknown {
  let found = value;
  for (const part of inner.split('.').slice(2)) {
    const isMap = found !== null && typeof found === 'object' && !Array.isArray(found);
    const keys = isMap ? Object.keys(found as object) : [];
    if (!keys.includes(part)) {
      const has = isMap ? `It has: ${listed(keys)}.` : `It is ${shown(found)}.`;
      const summary = `"\${${inner}}": the entry "${key}" of forEach has no "${part}"`;
      const fix = didYouMean(part, keys) ?? `Write ${part} in the entry "${key}" too.`;
      onComplaint({ path, code: 'COPRHD-CONFIG-008', summary, detail: has, fix });
      return undefined;
    }
    found = (found as Record<string, unknown>)[part];
  }
  return found;
}

function misplaced(inner: string): Omit<PlaceholderComplaint, 'path'> {
  return {
    code: 'COPRHD-CONFIG-017',
    summary: `"\${${inner}}" can not stand here`,
    detail: 'Attributes of resources are known only once applied; a plan decides everything before.',
    fix: 'They may stand in outputs. Here write the value out, or use a variable.',
  };
}

function noAttribute(inner: string, { kind, attribute }: Reference): Omit<PlaceholderComplaint, 'path'> | undefined {
  const names = attributeNames(kind) ?? [];
  if (names.includes(attribute)) return undefined;
  return {
    code: 'COPRHD-CONFIG-017',
    summary: `"\${${inner}}": a ${kind} has no attribute "${attribute}"`,
    detail: `It has: ${names.join(', ')}.`,
    ...withFix(didYouMean(attribute, names)),
  };
}

function refusePlaceholder(inner: string, scope: Scope): Omit<PlaceholderComplaint, 'path'> {
  const { variables, resource } = scope;
  const placeholder = `\${${inner}}`;
  const code = 'COPRHD-CONFIG-008';
  const head = inner.split('.')[0]!;
  if (head === 'each') {
    if (scope.each !== undefined) {
      return { code, summary: `"${placeholder}" is not a placeholder`, fix: 'Write ${each.key} or ${each.value.KEY}.' };
    }
    const fix = 'Add forEach to the resource, or write the value out.';
    return { code, summary: `"${placeholder}" means something in a resource with forEach only`, fix };
  }
  if (inner.includes('.') && KIND_NAMES.some((kind) => kind === head)) {
    const fix = 'Write ${KIND.NAME.ATTRIBUTE}, such as ${volume.data-01.wwn}.';
    return { code: 'COPRHD-CONFIG-017', summary: `"${placeholder}" is not a reference to an attribute`, fix };
  }
  if (inner === 'n' && resource) {
    const fix = 'Name the resource with a range, such as "data-{1..8}", or write the number out.';
    return { code, summary: `"${placeholder}" needs a name range, and "${resource.name}" is none`, fix };
  }
  if (inner === 'n' || inner === 'name') {
    return { code, summary: `"${placeholder}" means something inside of a resource only`, fix: 'Write it out here.' };
  }
  const near = variables.has(inner) ? inner : undefined;
  const words = ['name', 'n', 'each.key', 'var.NAME'];
  return {
    code,
    summary: `"${placeholder}" is not a placeholder`,
    detail:
      'Known: ${var.NAME}; inside of a resource ${name}, ${n} where its name is a range, ${each.key} with forEach.',
    ...withFix(near === undefined ? didYouMean(inner, words) : `Write "\${var.${near}}".`),
  };
}
