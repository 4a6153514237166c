/**
 * Plan files in one form: two spaces, known keys in one order, `{ a: 1 }` and `[a, b]`, at most one blank line, one entry a
 * line where a line would be too long. Comments and quotes stay. Formatting never changes what a file says: the result is
 * read again and compared. The one place that uses the `yaml` library, which is slow; loaded only to format.
 */
import {
  type Document,
  type DocumentOptions,
  isCollection,
  isMap,
  isPair,
  isScalar,
  Lexer,
  type Pair,
  parseAllDocuments,
  type SchemaOptions,
  stringify,
  visit,
  type YAMLMap,
} from 'yaml';
import { canonicalJson } from '../../lib/canonical-json.ts';
import { type Complaints, createComplaints, type Path } from './complaints.ts';
import type { PlanText } from './desired.ts';
import {
  collectionsOf,
  DOCUMENT_TYPES,
  type DocumentType,
  HEADER_SCHEMAS,
  RESOURCE_SCHEMAS,
} from './schema/document.ts';
import { keysAt } from './schema/keys.ts';
import { readPlanText } from './text.ts';

const LINE_MAX = 120;
const INDENT = 2;
const STYLE = { indent: INDENT, lineWidth: 0, nullStr: '' } as const;

/** Every scalar is text, so that none is rewritten; what is empty stays empty. */
const READING: DocumentOptions & SchemaOptions = { schema: 'failsafe', version: '1.2', customTags: ['null'] };

/** The text in its form; undefined when it can't be read, which is complained about. */
export function formatPlanText(source: PlanText, complaints: Complaints): string | undefined {
  const before = readPlanText(source, complaints);
  if (before === undefined || complaints.count > 0) return undefined;
  const text = isJson(source.file) ? formatJson(source.text) : formatYaml(source.text);
  const again = createComplaints();
  const after = readPlanText({ ...source, text }, again);
  const values = (documents: typeof before) => canonicalJson(documents.map(({ value }) => value));
  const same = after !== undefined && again.count === 0 && values(before) === values(after);
  if (same && (isJson(source.file) || commentsOf(source.text) === commentsOf(text))) return text;
  complaints.add({
    code: 'COPRHD-CONFIG-018',
    summary: `${source.file} can not be formatted without changing what it says`,
    detail: 'It is left as it is.',
    fix: 'Anchors, tags, or comments in unusual places are in the way; write them plainly.',
    span: { file: source.file, line: 1, column: 1 },
  });
  return undefined;
}

const isJson = (file: string): boolean => file.toLowerCase().endsWith('.json');

function formatJson(text: string): string {
  const value: unknown = JSON.parse(text);
  return `${JSON.stringify(ordered(value, typeOf(value), []), null, INDENT)}\n`;
}

function ordered(value: unknown, type: DocumentType | undefined, path: Path): unknown {
  if (Array.isArray(value)) return value.map((item, index) => ordered(item, type, [...path, index]));
  if (value === null || typeof value !== 'object') return value;
  const rank = rankAt(type, path);
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [
    key,
    ordered(inner, type, [...path, key]),
  ]);
  return Object.fromEntries(entries.sort(([a], [b]) => rank(a) - rank(b)));
}

function formatYaml(text: string): string {
  const documents = parseAllDocuments(text.replace(/\r\n?/g, '\n'), READING);
  if (!Array.isArray(documents) || documents.length === 0) return text;
  const parts = documents.map((document, index) => {
    tidy(document);
    // The first one needs no `---`, every other one does.
    if (document.directives) document.directives.docStart = index > 0 ? true : null;
    return document.toString(STYLE);
  });
  return `${tightBrackets(parts.join(''))
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}

function tidy(document: Document.Parsed): void {
  const { contents } = document;
  if (!isMap(contents)) return;
  const kind: unknown = contents.get('kind');
  const type = DOCUMENT_TYPES.find((each) => each === kind);
  let anchored = false;
  visit(document, { Node: (_key, node) => void (anchored ||= 'anchor' in node && node.anchor !== undefined) });
  // An alias must not come before its anchor.
  if (!anchored) sortKeys(contents, type, []);
  openLong(contents, 0);
}

/** Known keys first, in the schema's order, the others as they are. A heading over the whole map stays on top. */
function sortKeys(node: unknown, type: DocumentType | undefined, path: Path): void {
  if (!isCollection(node)) return;
  if (!isMap(node)) {
    for (const [index, item] of node.items.entries()) sortKeys(item, type, [...path, index]);
    return;
  }
  for (const { key, value } of node.items) sortKeys(value, type, [...path, String(isScalar(key) ? key.value : key)]);
  const rank = rankAt(type, path);
  const rankOf = ({ key }: Pair) => rank(String(isScalar(key) ? key.value : key));
  const before = [...node.items];
  const first = before[0];
  const sorted = before.sort((a, b) => rankOf(a) - rankOf(b));
  if (first === undefined || sorted[0] === first) return;
  moveHeading(first, sorted[0]!, path.length === 0);
  (node as YAMLMap).items = sorted as typeof node.items;
}

function moveHeading(from: Pair, to: Pair, isTop: boolean): void {
  const [a, b] = [from.key, to.key];
  if (!isScalar(a) || !isScalar(b)) return;
  // No blank line at the beginning; what followed another key keeps its distance to the key that is moved.
  if (b.spaceBefore) {
    b.spaceBefore = false;
    a.spaceBefore = true;
  }
  if (!isTop || typeof a.commentBefore !== 'string') return;
  const cut = a.commentBefore.lastIndexOf('\n\n');
  const heading = cut < 0 ? a.commentBefore : a.commentBefore.slice(0, cut);
  const own = cut < 0 ? null : a.commentBefore.slice(cut + 2);
  b.commentBefore = typeof b.commentBefore === 'string' ? `${heading}\n\n${b.commentBefore}` : heading;
  a.commentBefore = own;
  if (own !== null) a.spaceBefore = true;
}

/** `{ ... }` and `[ ... ]` that don't fit on a line, or hold comments, are written one entry a line. */
function openLong(node: unknown, column: number): void {
  if (isPair(node)) {
    const key = String(isScalar(node.key) ? (node.key.source ?? node.key.value) : node.key);
    if (isCollection(node.value)) openFlow(node.value, column + key.length + 2, column);
    return;
  }
  if (!isCollection(node)) return;
  for (const item of node.items) {
    if (isPair(item)) openLong(item, column);
    else if (isCollection(item)) openFlow(item, column + INDENT, column);
  }
}

function openFlow(node: unknown, column: number, parentColumn: number): void {
  if (!isCollection(node)) return;
  if (node.flow) {
    const { comment } = node;
    node.comment = null;
    const line = stringify(node, { ...STYLE, flowCollectionPadding: true }).trimEnd();
    node.comment = comment ?? null;
    // The seldom case of brackets' padding makes this at most a few columns too strict.
    if (!line.includes('\n') && column + line.length <= LINE_MAX) return;
    node.flow = false;
  }
  openLong(node, parentColumn + INDENT);
}

/** Ranks of keys at a place of a document; what is not known there comes last. */
function rankAt(type: DocumentType | undefined, path: Path): (key: string) => number {
  const keys = type === undefined ? [] : knownKeys(type, path);
  const ranks = new Map(keys.map((key, index) => [key, index]));
  return (key) => ranks.get(key) ?? keys.length;
}

function knownKeys(type: DocumentType, path: Path): readonly string[] {
  const [top, name, ...rest] = path;
  const maps = collectionsOf(type);
  if (top === undefined) {
    const ends = ['import', 'forget', 'outputs'];
    const header = Object.keys(HEADER_SCHEMAS[type].shape).filter((key) => !ends.includes(key));
    return [...header, 'variables', ...maps.map(({ key }) => key), ...ends];
  }
  const collection = maps.find(({ key }) => key === top);
  if (collection === undefined) return keysAt(HEADER_SCHEMAS[type], path);
  if (name === undefined) return [];
  const keys = keysAt(RESOURCE_SCHEMAS[collection.kind].body, rest);
  return rest.length === 0 ? ['existing', 'forEach', ...keys.filter((key) => key !== 'forEach')] : keys;
}

function typeOf(value: unknown): DocumentType | undefined {
  const kind = (value as { kind?: unknown } | null)?.kind;
  return DOCUMENT_TYPES.find((type) => type === kind);
}

/** The lexer's marks of what is not in the text. */
const CONTROL = new Set(['\u0002', '\u0018', '\u001f', '\u{FEFF}']);

function lexemes(text: string): string[] {
  return [...new Lexer().lex(text)].filter((lexeme) => !CONTROL.has(lexeme));
}

/** `[ a, b ]` to `[a, b]`: the library pads lists as it pads maps. */
function tightBrackets(text: string): string {
  const all = lexemes(text);
  const isPadding = (lexeme: string, index: number) =>
    /^ +$/.test(lexeme) && (all[index - 1] === '[' || all[index + 1] === ']');
  return all.filter((lexeme, index) => !isPadding(lexeme, index)).join('');
}

function commentsOf(text: string): string {
  return lexemes(text)
    .filter((lexeme) => lexeme.startsWith('#'))
    .map((comment) => comment.trimEnd())
    .sort()
    .join('\n');
}
