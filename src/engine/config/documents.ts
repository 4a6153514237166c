/**
 * One document: which kind it is, its header, and its directives (`forget`, `import`). Resources themselves are read in
 * resources.ts, the documents of a stack are put together in merge.ts.
 */
import type { SourceSpan } from '../../lib/diagnostic.ts';
import { INFRASTRUCTURE_STACK, localAddress, parseAddress } from '../model/address.ts';
import { kindEntry } from '../model/kinds.ts';
import { type Complaint, didYouMean, listed, type Path, shown, withFix } from './complaints.ts';
import { type Context, report } from './context.ts';
import type { DesiredNode, DesiredOutput, DesiredStack } from './desired.ts';
import { explainIssues } from './issues.ts';
import { readOutputs } from './outputs.ts';
import { substitute } from './placeholders.ts';
import { expandName } from './ranges.ts';
import { isPlainMap, readCollection } from './resources.ts';
import {
  COLLECTIONS,
  collectionsOf,
  DOCUMENT_TYPES,
  type DocumentType,
  HEADER_SCHEMAS,
  type Import,
  importSchema,
} from './schema/document.ts';
import { oneName } from './schema/leaves.ts';
import type { SourceDocument } from './text.ts';

export interface TypedDocument {
  readonly document: SourceDocument;
  readonly type: DocumentType;
}

export interface ReadDocument extends TypedDocument {
  readonly stack: string;
  readonly project?: string;
  /** Where it belongs isn't known. */
  readonly unclear?: true;
  readonly nodes: readonly DesiredNode[];
  readonly forget: DesiredStack['forget'];
  readonly imports: DesiredStack['imports'];
  readonly outputs: readonly DesiredOutput[];
}

/** The document's kind; with a complaint, if what it declares tells the kind too. */
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
    return impliedType(value);
  }
  complain({
    code,
    summary: `${shown(value.kind)} is not a kind of plan document`,
    detail: `Allowed: ${listed(DOCUMENT_TYPES)}.`,
    fix: (typeof value.kind === 'string' ? didYouMean(value.kind, DOCUMENT_TYPES) : undefined) ?? form,
    span: document.valueSpan(['kind']),
  });
  return impliedType(value);
}

function impliedType(value: Readonly<Record<string, unknown>>): DocumentType | undefined {
  const types = COLLECTIONS.filter(({ key }) => Object.hasOwn(value, key)).map(({ declaredIn }) => declaredIn);
  return types.every((type) => type === types[0]) ? types[0] : undefined;
}

/** Everything of one document, in parts that each belong to one stack. */
export function readDocument(typed: TypedDocument, context: Context): ReadDocument[] {
  const { document, type } = typed;
  const value = document.value as Readonly<Record<string, unknown>>;
  const header = readHeader(document, type, context);
  const outputs = readOutputs(document, context);
  const nodesOf = (declaredIn: DocumentType) =>
    Object.keys(value).flatMap((key) => {
      const collection = collectionsOf(declaredIn).find((candidate) => candidate.key === key);
      return collection ? readCollection(document, collection, context) : [];
    });
  const nodes = nodesOf(type);
  const own: ReadDocument = {
    document,
    type,
    nodes,
    stack: header.stack ?? (header.unclear ? UNCLEAR_STACK : INFRASTRUCTURE_STACK),
    ...(header.unclear ? { unclear: true } : {}),
    ...(header.project === undefined ? {} : { project: header.project }),
    forget: readForget(document, type, header.forget, context),
    imports: readImports(document, type, header.imports, context),
    outputs,
  };
  // Meant to be declared, only elsewhere: where, isn't known.
  const other = DOCUMENT_TYPES.find((each) => each !== type)!;
  const strays = nodesOf(other).filter(({ kind }) => kindEntry(kind).declaredIn === other);
  if (strays.length === 0) return [own];
  const nothing = { forget: [], imports: [], outputs: [] };
  return [own, { document, type: other, stack: UNCLEAR_STACK, unclear: true, nodes: strays, ...nothing }];
}

/** No stack has this name. */
const UNCLEAR_STACK = '?';

/** Of directives what has the right form, at its index. */
interface ReadHeader {
  readonly stack?: string | undefined;
  readonly project?: string | undefined;
  readonly unclear: boolean;
  readonly forget: readonly (string | undefined)[];
  readonly imports: readonly (Import | undefined)[];
}

function readHeader(document: SourceDocument, type: DocumentType, context: Context): ReadHeader {
  const own = new Set(['kind', 'variables', 'outputs', ...collectionsOf(type).map(({ key }) => key)]);
  const written = Object.entries(document.value as object).filter(([key]) => !own.has(key));
  const unclear: Path[] = [];
  // What is wrong with the kind was said already.
  const value = substitute(
    { kind: type, ...Object.fromEntries(written) },
    { variables: context.variables },
    ({ path, ...complaint }) => {
      unclear.push(path);
      if (complaint.summary !== '') context.complaints.add({ ...complaint, span: document.valueSpan(path) });
    },
  );
  const schema = HEADER_SCHEMAS[type];
  const parsed = schema.safeParse(value);
  if (parsed.success && unclear.length === 0) return usableHeader(type, parsed.data, unclear);
  const findings = explainIssues(parsed.error?.issues ?? [], {
    schema,
    value,
    place: 'document',
    what: `this document of kind: ${type}`,
    unknownKey: (key, path) => (path.length === 0 ? wrongDocument(key, type) : undefined),
  });
  const clear = findings.filter(({ path }) => !unclear.some((p) => p.every((part, index) => path[index] === part)));
  report(clear.map(withCollections(type)), document, [], context);
  return usableHeader(type, value as Readonly<Record<string, unknown>>, unclear);
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
function usableHeader(type: DocumentType, value: Readonly<Record<string, unknown>>, lost: readonly Path[]): ReadHeader {
  const inside = (key: string) => lost.filter(([first]) => first === key).map((path) => path.slice(1));
  const nameAt = (key: string): string | undefined =>
    inside(key).length > 0 ? undefined : oneName.safeParse(value[key]).data;
  const listAt = (key: string): readonly unknown[] => (Array.isArray(value[key]) ? value[key] : []);
  const isLost = (key: string, index: number) => inside(key).some(([first]) => first === index || first === undefined);
  const [stack, project] = [nameAt('stack'), type === 'stack' ? nameAt('project') : undefined];
  const hasStack = type === 'infrastructure' ? stack !== undefined || value.stack === undefined : stack !== undefined;
  const unclear = !hasStack || (type === 'stack' && project === undefined);
  return {
    unclear,
    // Half of where it belongs would put it to resources that it has nothing to do with.
    ...(unclear ? {} : { stack }),
    ...(project === undefined ? {} : { project }),
    forget: listAt('forget').map((text, index) =>
      typeof text === 'string' && !isLost('forget', index) ? text : undefined,
    ),
    imports: listAt('import').map((entry, index) =>
      readImport(entry, isLost('import', index) ? inside('import') : [], index),
    ),
  };
}

/** What isn't understood of it is empty; undefined when it isn't known what shall be imported. */
function readImport(written: unknown, lost: readonly Path[], index: number): Import | undefined {
  if (!isPlainMap(written)) return undefined;
  const textAt = (key: keyof typeof importSchema.shape): string => {
    const isLost = lost.some(
      ([at, inner]) => (at === undefined || at === index) && (inner === undefined || inner === key),
    );
    return isLost ? '' : (importSchema.shape[key].safeParse(written[key]).data ?? '');
  };
  const address = textAt('address');
  return address === '' ? undefined : { address, system: textAt('system'), nativeId: textAt('nativeId') };
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
    say(
      `${shown(text)} is not an address`,
      `Write KIND.NAME, such as ${localAddress(kinds.find((kind) => kind === 'volume') ?? kinds.at(-2)!, 'data-01')}.`,
    );
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
    if (!kindEntry(kind).holdsData && kind !== 'export') {
      say(
        `${entry.address} can not be imported`,
        'Only volumes, and exports by their masks, are on a storage system; declare the resource instead.',
      );
      return [];
    }
    return [{ ...entry, span }];
  });
}
