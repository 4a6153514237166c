/**
 * One document: which kind it is, its header, and its directives (`forget`, `import`); then the documents of a stack merged
 * into one. Resources themselves are read in resources.ts.
 */
import type { SourceSpan } from '../../lib/diagnostic.ts';
import { foldName, INFRASTRUCTURE_STACK, localAddress, parseAddress } from '../model/address.ts';
import { kindEntry } from '../model/kinds.ts';
import { at, type Complaint, didYouMean, listed, type Path, shown, withFix } from './complaints.ts';
import { type Context, nameKey, report } from './context.ts';
import type { DesiredNode, DesiredOutput, DesiredStack } from './desired.ts';
import { explainIssues } from './issues.ts';
import { addOutputs, readOutputs } from './outputs.ts';
import { substitute } from './placeholders.ts';
import { expandName } from './ranges.ts';
import { isPlainMap, namesOf, readCollection } from './resources.ts';
import {
  COLLECTIONS,
  collectionsOf,
  DOCUMENT_TYPES,
  type DocumentType,
  HEADER_SCHEMAS,
  type Import,
  importSchema,
} from './schema/document.ts';
import type { SourceDocument } from './text.ts';

export interface TypedDocument {
  readonly document: SourceDocument;
  readonly type: DocumentType;
}

export interface ReadDocument extends TypedDocument {
  readonly stack: string;
  readonly project?: string;
  readonly nodes: readonly DesiredNode[];
  readonly forget: DesiredStack['forget'];
  readonly imports: DesiredStack['imports'];
  readonly outputs: readonly DesiredOutput[];
}

/** The document's kind, or a complaint. */
export function typeOf(document: SourceDocument, complain: (complaint: Complaint) => void): DocumentType | undefined {
  const { value } = document;
  const form = `Begin it with "kind: infrastructure" or "kind: stack".`;
  const code = 'COPRHD-CONFIG-012';
  if (!isPlainMap(value)) {
    const summary = `a plan document is a map, not ${shown(value)}`;
    complain({ code, summary, fix: form, span: document.valueSpan([]) });
    return undefined;
  }
  const found = DOCUMENT_TYPES.find((type) => type === value.kind);
  if (found) return found;
  if (value.kind === undefined) {
    const key = Object.keys(value).find((name) => COLLECTIONS.some((collection) => collection.key === name));
    const wanted = COLLECTIONS.find((collection) => collection.key === key)?.declaredIn;
    const fix = wanted === undefined ? form : `Begin it with "kind: ${wanted}": it declares ${key}.`;
    complain({ code, summary: 'the document does not say its kind', fix, span: document.valueSpan([]) });
    return undefined;
  }
  complain({
    code,
    summary: `${shown(value.kind)} is not a kind of plan document`,
    detail: `Allowed: ${listed(DOCUMENT_TYPES)}.`,
    fix: (typeof value.kind === 'string' ? didYouMean(value.kind, DOCUMENT_TYPES) : undefined) ?? form,
    span: document.valueSpan(['kind']),
  });
  return undefined;
}

/** Everything of one document; undefined when its header leaves open where it belongs. */
export function readDocument({ document, type }: TypedDocument, context: Context): ReadDocument | undefined {
  const value = document.value as Readonly<Record<string, unknown>>;
  for (const { key, kind, declaredIn } of COLLECTIONS) {
    if (declaredIn === type || !isPlainMap(value[key])) continue;
    // The names are meant to be declared, only elsewhere.
    for (const text of Object.keys(value[key])) {
      for (const { name } of namesOf(document, [key, text], context))
        context.notUnderstood.names.add(nameKey(kind, name));
    }
  }
  const header = readHeader(document, type, context);
  const outputs = readOutputs(document, context);
  const nodes = Object.keys(value).flatMap((key) => {
    const collection = collectionsOf(type).find((candidate) => candidate.key === key);
    return collection ? readCollection(document, collection, context) : [];
  });
  if (header === undefined) {
    for (const { kind, name } of nodes) context.notUnderstood.names.add(nameKey(kind, name));
    return undefined;
  }
  return {
    document,
    type,
    stack: header.stack ?? INFRASTRUCTURE_STACK,
    ...(header.project === undefined ? {} : { project: header.project }),
    nodes,
    forget: readForget(document, type, header.forget, context),
    imports: readImports(document, type, header.imports, context),
    outputs,
  };
}

/** Of directives what has the right form, at its index. */
interface ReadHeader {
  readonly stack?: string | undefined;
  readonly project?: string;
  readonly forget: readonly (string | undefined)[];
  readonly imports: readonly (Import | undefined)[];
}

function readHeader(document: SourceDocument, type: DocumentType, context: Context): ReadHeader | undefined {
  const own = new Set(['variables', 'outputs', ...collectionsOf(type).map(({ key }) => key)]);
  const written = Object.entries(document.value as object).filter(([key]) => !own.has(key));
  let understood = true;
  const unclear: Path[] = [];
  const value = substitute(Object.fromEntries(written), { variables: context.variables }, ({ path, ...complaint }) => {
    understood = false;
    unclear.push(path);
    if (complaint.summary !== '') context.complaints.add({ ...complaint, span: document.valueSpan(path) });
  });
  const schema = HEADER_SCHEMAS[type];
  const parsed = schema.safeParse(value);
  if (parsed.success) return understood ? usableHeader(type, parsed.data) : undefined;
  const findings = explainIssues(parsed.error.issues, {
    schema,
    value,
    place: 'document',
    what: `this document of kind: ${type}`,
    unknownKey: (key, path) => (path.length === 0 ? wrongDocument(key, type) : undefined),
  });
  const clear = findings.filter(({ path }) => !unclear.some((p) => p.every((part, index) => path[index] === part)));
  report(clear.map(withCollections(type)), document, [], context);
  return understood ? usableHeader(type, value as Readonly<Record<string, unknown>>) : undefined;
}

/** The header schema doesn't know resource maps and variables, but they are allowed too. */
function withCollections(type: DocumentType) {
  const maps = collectionsOf(type).map(({ key }) => key);
  const keys = [...Object.keys(HEADER_SCHEMAS[type].shape), 'variables', 'outputs', ...maps];
  return (finding: ReturnType<typeof explainIssues>[number]) => {
    const { path, complaint } = finding;
    if (complaint.code !== 'COPRHD-CONFIG-002' || path.length !== 1) return finding;
    const { fix: _fix, ...rest } = complaint;
    const detail = `Allowed: ${keys.join(', ')}.`;
    return { ...finding, complaint: { ...rest, detail, ...withFix(didYouMean(String(path[0]), keys)) } };
  };
}

/** What can be used of a header; with complaints it may still say where the document belongs. */
function usableHeader(type: DocumentType, value: Readonly<Record<string, unknown>>): ReadHeader | undefined {
  const { kind, stack, project, forget, import: imports } = value;
  const least = { kind, ...(stack === undefined ? {} : { stack }), ...(type === 'stack' ? { project } : {}) };
  const parsed = HEADER_SCHEMAS[type].safeParse(least);
  if (!parsed.success) return undefined;
  const { data } = parsed;
  return {
    stack: data.stack,
    ...(data.kind === 'stack' ? { project: data.project } : {}),
    forget: Array.isArray(forget) ? forget.map((text) => (typeof text === 'string' ? text : undefined)) : [],
    imports: Array.isArray(imports) ? imports.map((entry) => importSchema.safeParse(entry).data) : [],
  };
}

function wrongDocument(key: string, type: DocumentType): Omit<Complaint, 'span'> | undefined {
  const collection = COLLECTIONS.find((candidate) => candidate.key === key);
  if (collection !== undefined) {
    const { declaredIn } = collection;
    const header = declaredIn === 'stack' ? 'kind: stack, stack: NAME and project: NAME' : 'kind: infrastructure';
    return {
      code: 'COPRHD-CONFIG-014',
      summary: `"${key}" can not be declared in a document of kind: ${type}`,
      detail: declaredIn === 'stack' ? 'They belong to a project.' : 'They are shared by all projects.',
      fix: `Move it to a document with ${header}; "---" separates documents in a file.`,
    };
  }
  if (key !== 'project') return undefined;
  return {
    code: 'COPRHD-CONFIG-014',
    summary: '"project" belongs to documents of kind: stack',
    fix: 'Remove it; infrastructure belongs to no project. Projects are declared with "projects".',
  };
}

type Directives = { readonly address: string; readonly span: () => SourceSpan };

/** A local address of this type of document; complains otherwise. */
function checkAddress(text: string, type: DocumentType, say: (summary: string, fix: string) => void): boolean {
  const address = parseAddress(text);
  const kinds = collectionsOf(type).map(({ kind }) => kind);
  if (address === undefined) {
    say(`${shown(text)} is not an address`, `Write KIND.NAME, such as ${localAddress(kinds.at(-2)!, 'data-01')}.`);
  } else if (address.stack !== undefined) {
    say(`${shown(text)} names a stack`, `Inside of a document write "${localAddress(address.kind, address.name)}".`);
  } else if (!kinds.some((kind) => kind === address.kind)) {
    say(`a document of kind: ${type} declares no ${address.kind}`, `Kinds here: ${listed(kinds)}.`);
  } else return true;
  return false;
}

function readForget(
  document: SourceDocument,
  type: DocumentType,
  texts: ReadHeader['forget'],
  context: Context,
): Directives[] {
  return texts.flatMap((text, index) => {
    if (text === undefined) return [];
    const span = () => document.valueSpan(['forget', index]);
    const say = (summary: string, fix: string) =>
      context.complaints.add({ code: 'COPRHD-CONFIG-004', summary: `forget: ${summary}`, fix, span: span() });
    const dot = text.indexOf('.');
    const expansion = expandName(text.slice(dot + 1));
    if (dot > 0 && !text.includes('/') && !expansion.ok) {
      say(expansion.summary, expansion.fix);
      return [];
    }
    const names = dot > 0 && expansion.ok ? expansion.names.map(({ name }) => `${text.slice(0, dot)}.${name}`) : [text];
    if (!checkAddress(names[0]!, type, say)) return [];
    return names.map((address) => ({ address, span }));
  });
}

function readImports(
  document: SourceDocument,
  type: DocumentType,
  entries: ReadHeader['imports'],
  context: Context,
): DesiredStack['imports'] {
  return entries.flatMap((entry, index) => {
    if (entry === undefined) return [];
    const span = () => document.valueSpan(['import', index, 'address']);
    const say = (summary: string, fix: string) =>
      context.complaints.add({ code: 'COPRHD-CONFIG-004', summary: `import: ${summary}`, fix, span: span() });
    if (!checkAddress(entry.address, type, say)) return [];
    const { kind } = parseAddress(entry.address)!;
    if (!kindEntry(kind).holdsData) {
      say(
        `${entry.address} can not be imported`,
        'Only volumes are on a storage system; declare the resource instead.',
      );
      return [];
    }
    return [{ ...entry, span }];
  });
}

interface MergedStack {
  readonly type: DocumentType;
  readonly stack: string;
  readonly project?: string;
  readonly first: SourceDocument;
  readonly nodes: Map<string, DesiredNode>;
  readonly forget: DesiredStack['forget'][number][];
  readonly imports: DesiredStack['imports'][number][];
  readonly outputs: DesiredOutput[];
  readonly files: Set<string>;
}

/** All documents, one stack each name; infrastructure first. */
export function mergeDocuments(documents: readonly ReadDocument[], context: Context): DesiredStack[] {
  const stacks = new Map<string, MergedStack>();
  const declared = new Map<string, DesiredNode>();
  // Infrastructure first, so that a contradiction is blamed on the stack.
  const byType = DOCUMENT_TYPES.flatMap((type) => documents.filter((read) => read.type === type));
  for (const read of byType) {
    const target = stackFor(read, stacks, context);
    const { nodes, forget, imports, outputs, document } = read;
    if (target === undefined) {
      for (const { kind, name } of nodes) context.notUnderstood.names.add(nameKey(kind, name));
      continue;
    }
    for (const node of nodes) addNode(node, target, declared, context);
    target.forget.push(...forget);
    target.imports.push(...imports);
    addOutputs(target.outputs, outputs, context);
    target.files.add(document.file);
  }
  return [...stacks.values()].map(
    ({ first, files, ...stack }): DesiredStack => ({
      ...stack,
      ...(stack.project === undefined ? {} : { projectSpan: () => first.valueSpan(['project']) }),
      files: [...files],
    }),
  );
}

function stackFor(
  { document, type, stack, project }: ReadDocument,
  stacks: Map<string, MergedStack>,
  { complaints }: Context,
): MergedStack | undefined {
  const known = stacks.get(foldName(stack));
  if (known === undefined) {
    const identity = { type, stack, ...(project === undefined ? {} : { project }) };
    const lists = { forget: [], imports: [], outputs: [] };
    const made = { ...identity, ...lists, first: document, nodes: new Map(), files: new Set<string>() };
    stacks.set(foldName(stack), made);
    return made;
  }
  if (known.type !== type) {
    complaints.add({
      code: 'COPRHD-CONFIG-006',
      summary: `the stack "${stack}" is declared both as kind: ${known.type} and as kind: ${type}`,
      detail: `It is kind: ${known.type} at ${at(known.first.keySpan([]))}.`,
      fix: 'Give one of them another name by "stack:".',
      span: document.valueSpan([stack === INFRASTRUCTURE_STACK && type === 'infrastructure' ? 'kind' : 'stack']),
    });
    return undefined;
  }
  if (foldName(known.project ?? '') === foldName(project ?? '')) return known;
  complaints.add({
    code: 'COPRHD-CONFIG-015',
    summary: `the stack "${stack}" is in project "${known.project}" and in project "${project}"`,
    detail: `A stack has one project; it is "${known.project}" at ${at(known.first.valueSpan(['project']))}.`,
    fix: 'Write the same project in both documents, or another stack name in one.',
    span: document.valueSpan(['project']),
  });
  return undefined;
}

function addNode(
  node: DesiredNode,
  stack: MergedStack,
  declared: Map<string, DesiredNode>,
  { complaints }: Context,
): void {
  // Names are unique in the zone, or in the project for what belongs to one.
  const scope = stack.type === 'stack' ? foldName(stack.project ?? '') : '';
  const key = `${nameKey(node.kind, node.name)}/${scope}`;
  const first = declared.get(key);
  if (first === undefined) {
    declared.set(key, node);
    stack.nodes.set(localAddress(node.kind, node.name), node);
    return;
  }
  const address = localAddress(node.kind, node.name);
  complaints.add({
    code: 'COPRHD-CONFIG-006',
    summary: `${address} is declared twice`,
    detail: `It is declared at ${at(first.spanOf())} too${first.name === node.name ? '' : `, as "${first.name}"; names are unique ignoring case`}.`,
    fix: 'Remove one, or give it another name.',
    span: node.spanOf(),
    address,
  });
}
