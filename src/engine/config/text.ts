/**
 * Plan text to plain values: YAML 1.2 (core schema) or JSON, several documents a file, within bounds. Keys are text, no key
 * twice, no custom tags. Says what can't be read and gives back what can. Positions are found when asked for (positions.ts).
 */
import {
  CORE_SCHEMA,
  constructFromEvents,
  defineMappingTag,
  defineSequenceTag,
  EVENT_ID,
  type Event,
  parseEvents,
  YAMLException,
} from 'js-yaml';
import type { SourceSpan } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { at, type Complaints, type Path } from './complaints.ts';
import type { PlanText } from './desired.ts';
import { createLineIndex, FORBIDDEN_KEY, findPositions, type KeyProblem, type PositionTree } from './positions.ts';

/** One YAML document of a file. */
export interface SourceDocument {
  readonly file: string;
  readonly value: unknown;
  /** Of the key at the path, or of the nearest thing above it that is written down. */
  keySpan(path: Path): SourceSpan;
  valueSpan(path: Path): SourceSpan;
}

export const PLAN_FILE_EXTENSIONS = ['.yaml', '.yml', '.json'];

type PlainMap = Record<string, unknown>;

const addItem = (list: unknown[], item: unknown) => {
  list.push(item);
};

/** `finalize` makes js-yaml refuse recursive aliases. */
const listTag = defineSequenceTag('tag:yaml.org,2002:seq', {
  create: (): unknown[] => [],
  addItem,
  finalize: (list) => list,
  identify: Array.isArray,
});

/** Maps with text keys only. Lenient: takes what it can, for reading on after complaints about keys. */
const mapTag = (lenient: boolean) =>
  defineMappingTag('tag:yaml.org,2002:map', {
    create: (): PlainMap => ({}),
    addPair: (map, key, value) => {
      if (typeof key !== 'string' || key === FORBIDDEN_KEY) return lenient ? '' : 'the key is not text';
      if (!Object.hasOwn(map, key)) map[key] = value;
      return '';
    },
    has: (map, key) => typeof key === 'string' && Object.hasOwn(map, key),
    keys: (map) => Object.keys(map),
    get: (map, key) => map[String(key)],
    finalize: (map) => map,
    identify: () => false,
  });

const STRICT = CORE_SCHEMA.withTags(mapTag(false), listTag);
const LENIENT = CORE_SCHEMA.withTags(mapTag(true), listTag);

/** The documents of a file; complaints for what could not be read. Undefined = nothing of the file could be. */
export function readPlanText(source: PlanText, complaints: Complaints): SourceDocument[] | undefined {
  const { file, text } = source;
  if (!PLAN_FILE_EXTENSIONS.some((extension) => file.toLowerCase().endsWith(extension))) {
    complaints.add({
      code: 'COPRHD-CONFIG-013',
      summary: `"${file}" is not a plan file`,
      fix: `Plan files end in ${PLAN_FILE_EXTENSIONS.join(', ')}.`,
      span: { file, line: 1, column: 1 },
    });
    return undefined;
  }
  if (text.length > LIMITS.planFileBytesMax) {
    complaints.add({
      code: 'COPRHD-CONFIG-013',
      summary: `"${file}" is larger than ${LIMITS.planFileBytesMax / 1024 ** 2} MiB`,
      fix: 'Split it into several files; files given together are merged.',
      span: { file, line: 1, column: 1 },
    });
    return undefined;
  }
  const values = readValues(source, complaints);
  if (values === undefined) return undefined;
  const lookup = lazy(() => ({ trees: findPositions(text).documents, lineOf: createLineIndex(text) }));
  return values.map((value, index) => {
    const spanAt = (path: Path, which: 'keyOffset' | 'offset'): SourceSpan => {
      const { trees, lineOf } = lookup();
      const found = walk(trees[index], path);
      return { file, ...lineOf(found === undefined ? 0 : found.tree[found.whole ? which : 'keyOffset']) };
    };
    return {
      file,
      value,
      keySpan: (path) => spanAt(path, 'keyOffset'),
      valueSpan: (path) => spanAt(path, 'offset'),
    };
  });
}

/** As deep along the path as something is written down. */
function walk(root: PositionTree | undefined, path: Path): { tree: PositionTree; whole: boolean } | undefined {
  let tree = root;
  for (const part of path) {
    const next: PositionTree | undefined = typeof part === 'number' ? tree?.items?.[part] : tree?.entries?.get(part);
    if (next === undefined) return tree && { tree, whole: false };
    tree = next;
  }
  return tree && { tree, whole: true };
}

function readValues({ file, text }: PlanText, complaints: Complaints): unknown[] | undefined {
  const options = { source: text, filename: file, maxAliases: LIMITS.rangeExpansionMax };
  try {
    const events = parseEvents(text, { maxDepth: LIMITS.documentNestingMax });
    try {
      return bounded(constructFromEvents(events, { ...options, schema: STRICT }), events, text);
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      const { problems } = findPositions(text);
      if (problems.length === 0) throw error;
      complainAboutKeys(file, text, problems, complaints);
      return bounded(constructFromEvents(events, { ...options, schema: LENIENT, json: true }), events, text);
    }
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    complainAboutSyntax(file, text, error, complaints);
    return undefined;
  }
}

/** Aliases make a small text stand for a huge tree; without them depth and size are bounded by the text itself. */
function bounded(values: unknown[], events: readonly Event[], text: string): unknown[] {
  const alias = events.find((event) => event.type === EVENT_ID.ALIAS);
  if (alias === undefined) return values;
  let budget = text.length + LIMITS.rangeExpansionMax * LIMITS.documentNestingMax;
  const visit = (value: unknown, depth: number): void => {
    budget -= 1;
    if (budget < 0 || depth > LIMITS.documentNestingMax) {
      YAMLException.throwAt(text, alias.anchorStart, 'aliases stand for more than a plan file may hold');
    }
    if (value === null || typeof value !== 'object') return;
    for (const inner of Object.values(value)) visit(inner, depth + 1);
  };
  for (const value of values) visit(value, 0);
  return values;
}

function complainAboutKeys(file: string, text: string, problems: readonly KeyProblem[], complaints: Complaints): void {
  const lineOf = createLineIndex(text);
  for (const { type, key, offset, firstOffset } of problems) {
    const span = { file, ...lineOf(offset) };
    const say = (summary: string, fix: string) => complaints.add({ code: 'COPRHD-CONFIG-001', summary, fix, span });
    if (type === 'duplicate') {
      const first = at({ file, ...lineOf(firstOffset) });
      say(
        `the key "${key}" stands twice in one map`,
        `It is at ${first} already; remove one, or give it another name.`,
      );
    } else if (type === 'forbidden') say(`"${key}" can not be a key`, 'Choose another name.');
    else if (type === 'complex')
      say('a list or map can not be a key', 'Keys are names; quote one with special characters.');
    else say(`YAML does not take the key ${key || '(empty)'} for text`, `Write it in quotes: "${key}".`);
  }
}

function complainAboutSyntax(file: string, text: string, error: YAMLException, complaints: Complaints): void {
  const span = { file, line: (error.mark?.line ?? 0) + 1, column: (error.mark?.column ?? 0) + 1 };
  const line = text.split(/\r\n|\n|\r/)[span.line - 1] ?? '';
  complaints.add({
    code: 'COPRHD-CONFIG-001',
    summary: `the file is not readable ${file.endsWith('.json') ? 'JSON' : 'YAML'}: ${reasonOf(error)}`,
    fix: syntaxHint(error.reason, line),
    span,
  });
}

/** js-yaml's words, but for those that are about its own insides. */
function reasonOf({ reason }: YAMLException): string {
  const alias = /^recursive alias "(.*?)"/.exec(reason)?.[1];
  if (alias !== undefined) return `the alias "${alias}" stands for something that contains it`;
  const tag = /^unknown \w+ tag !<(.*)>$/.exec(reason)?.[1];
  return tag === undefined ? reason : `the tag "${tag}" is not known`;
}

function syntaxHint(reason: string, line: string): string {
  if (reason.includes('tab ')) return 'Indent with spaces; YAML does not allow tabs there.';
  if (reason.includes('maxDepth')) return `At most ${LIMITS.documentNestingMax} levels; write it flatter.`;
  if (/unknown .*tag/.test(reason)) return 'Plan files have no tags; write the value without "!".';
  if (reason.includes('alias')) return 'Write the value out where it is needed.';
  const broken = /[\w.-]*\$?\{[^{}\s:]*\}[\w.-]*/.exec(line)?.[0];
  if (broken !== undefined) return `Inside of { } or [ ] write it in quotes: "${broken}".`;
  if (/:\s+[@`%]/.test(line)) return 'A value that starts with @, ` or % needs quotes.';
  if (/:\s[^"'#]*:\s/.test(line)) return 'A value with ": " in it needs quotes.';
  if (reason.includes('missed comma')) {
    return 'Put a comma between entries (it may be missing on the line above); quote values with { } [ ] or , in them.';
  }
  if (reason.includes('deficient indentation')) return 'Indent deeper, or close a quote that was opened above.';
  if (reason.includes('quoted scalar')) return 'A quote was opened and never closed.';
  return 'Check indentation, brackets and quotes at and above this line.';
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
