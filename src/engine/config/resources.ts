/**
 * The resource maps of one document: names and ranges expanded, placeholders replaced, each body checked by its kind's
 * schema and made into desired nodes. A range's complaint is made once, for its first name.
 */
import { foldName, localAddress, parseAddress } from '../model/address.ts';
import { kindEntry } from '../model/kinds.ts';
import type { Policy } from '../model/record.ts';
import { ROOT_TENANT_NAME } from '../model/urn.ts';
import { type Complaint, type Path, shown } from './complaints.ts';
import { type Context, nameKey, report } from './context.ts';
import { DEFAULT_ON_REMOVE, type DeclarableKind, type DesiredMatch, type DesiredNode } from './desired.ts';
import { readForEach } from './for-each.ts';
import { type Checked, explainIssues, type Finding } from './issues.ts';
import { type Each, hasPlaceholder, type OnPlaceholder, substitute } from './placeholders.ts';
import { type ExpandedName, expandName } from './ranges.ts';
import { type Collection, RESOURCE_SCHEMAS } from './schema/document.ts';
import { existingSchema, type ListedMatch, type ResourceBody, type SalvagedBody } from './schema/resource.ts';
import type { SourceDocument } from './text.ts';

type PlainMap = Readonly<Record<string, unknown>>;

export function isPlainMap(value: unknown): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One entry of a resource map, as written. */
interface Entry {
  readonly document: SourceDocument;
  readonly kind: DeclarableKind;
  readonly root: readonly [collection: string, key: string];
  readonly context: Context;
  /** Complaints about this entry; the same key and code is said once for all names of a range. */
  readonly said: Set<string>;
}

/** All nodes that a map declares. */
export function readCollection(document: SourceDocument, collection: Collection, context: Context): DesiredNode[] {
  const { key, kind } = collection;
  const map = (document.value as PlainMap)[key];
  if (map === null || map === undefined) return [];
  if (!isPlainMap(map)) {
    context.notUnderstood.kinds.add(kind);
    context.complaints.add({
      code: 'COPRHD-CONFIG-004',
      summary: `"${key}" is a map from names to resources, not ${shown(map)}`,
      fix: `Write ${key}: { NAME: { ... } }.`,
      span: document.valueSpan([key]),
    });
    return [];
  }
  return Object.entries(map).flatMap(([text, body]) =>
    readEntry({ document, kind, root: [key, text], context, said: new Set() }, body),
  );
}

/** Names that a key of a resource map declares; nothing when it is not a name, which is complained about. */
function namesOf({ document, kind, root, context }: Entry, each?: Each | 'unclear'): readonly ExpandedName[] {
  const text = String(root.at(-1));
  const span = () => document.keySpan(root);
  let name = text;
  if (text.includes('${')) {
    let understood = true;
    const result = substitute(text, { variables: context.variables, each }, ({ path: _path, ...complaint }) => {
      understood = false;
      if (complaint.summary !== '') context.complaints.add({ ...complaint, span: span() });
    });
    if (!understood) {
      context.notUnderstood.kinds.add(kind);
      return [];
    }
    name = String(result);
  }
  const expansion = expandName(name);
  if (expansion.ok) return expansion.names;
  // A range that is wrong may have meant any names; what is no name at all can't be referred to.
  if (name.includes('{')) context.notUnderstood.kinds.add(kind);
  context.complaints.add({ code: 'COPRHD-CONFIG-007', summary: expansion.summary, fix: expansion.fix, span: span() });
  return [];
}

function readEntry(entry: Entry, written: unknown): DesiredNode[] {
  const body = written === null ? {} : written;
  if (isPlainMap(body) && Object.hasOwn(body, 'forEach')) return readRepeated(entry, body);
  return readNamed(entry, body, namesOf(entry));
}

/** With forEach: the names and bodies of each of its entries. */
function readRepeated(entry: Entry, body: PlainMap): DesiredNode[] {
  const { document, root, context, kind } = entry;
  const { forEach, ...rest } = body;
  let understood = true;
  const complain = (complaint: Omit<Complaint, 'span'>, path: Path) => {
    understood = false;
    if (complaint.summary === '') return;
    const summary = `${localAddress(kind, root[1])}: ${complaint.summary}`;
    context.complaints.add({ ...complaint, summary, span: document.valueSpan([...root, 'forEach', ...path]) });
  };
  const value = substitute(forEach, { variables: context.variables }, ({ path, ...complaint }) =>
    complain(complaint, path),
  );
  const entries = understood ? readForEach(value, complain) : undefined;
  if (entries === undefined) return readNamed(entry, rest, namesOf(entry, 'unclear'), 'unclear');
  if (!root[1].includes('${each.')) {
    const summary = 'forEach makes several resources, and the name is one';
    complain({ code: 'COPRHD-CONFIG-007', summary, fix: `Write "${root[1]}-\${each.key}" as the name.` }, []);
    context.notUnderstood.kinds.add(kind);
    return readNamed(entry, rest, [], entries[0]);
  }
  return entries.flatMap((each) => readNamed(entry, rest, namesOf(entry, each), each));
}

/** Without names, because the key was complained about, the body is checked all the same. */
function readNamed(
  entry: Entry,
  body: unknown,
  names: readonly ExpandedName[],
  each?: Each | 'unclear',
): DesiredNode[] {
  if (names.length === 0) {
    const node = readBody(entry, body, { name: entry.root[1], value: '1' }, each)?.(entry.root[1]);
    return node === undefined ? [] : [{ ...node, nameless: true }];
  }
  const { kind, context } = entry;
  const varies = hasPlaceholder(body);
  let shared: ((name: string) => DesiredNode) | undefined;
  const nodes: DesiredNode[] = [];
  for (const expanded of names) {
    if (varies || nodes.length === 0) shared = readBody(entry, body, expanded, each);
    if (shared) nodes.push(shared(expanded.name));
    else {
      const failed = varies ? [expanded] : names;
      for (const { name } of failed) context.notUnderstood.names.add(nameKey(kind, name));
      if (!varies) return [];
    }
  }
  return nodes;
}

/** Checks a body for one name; gives what makes the node for each name that shares it. */
function readBody(
  entry: Entry,
  written: unknown,
  expanded: ExpandedName,
  each: Each | 'unclear' | undefined,
): ((name: string) => DesiredNode) | undefined {
  const { kind, root, context, document } = entry;
  const address = localAddress(kind, expanded.name);
  const findings: Finding[] = [];
  const unclear: Path[] = [];
  const onPlaceholder: OnPlaceholder = ({ path, ...complaint }) => {
    unclear.push(path);
    const summary = `${address}: ${complaint.summary}`;
    if (complaint.summary !== '') findings.push({ path, on: 'value', complaint: { ...complaint, summary } });
  };
  const value = substitute(written, { variables: context.variables, resource: expanded, each }, onPlaceholder);
  const result =
    isPlainMap(value) && 'existing' in value ? readExisting(value, address) : readDeclared(kind, value, address);
  for (const finding of result.findings) {
    const isUnclear = unclear.some((path) => path.every((part, index) => finding.path[index] === part));
    if (!isUnclear) findings.push(finding);
  }
  const fresh = findings.filter(({ path, complaint }) => {
    const key = JSON.stringify([complaint.code, path, complaint.summary.replaceAll(expanded.name, '')]);
    return !entry.said.has(key) && entry.said.add(key);
  });
  report(fresh, document, root, context, address);
  const { body } = result;
  if (body !== undefined && findings.length === 0 && unclear.length === 0) {
    return (name) => makeNode(entry, name, body, result.existing);
  }
  const rest = whatIsLeft(kind, value, result, unclear);
  return rest && ((name) => ({ ...makeNode(entry, name, rest.body, result.existing), unclear: rest.unclear }));
}

/** `existing: true` declares nothing (desired.ts). */
const NOTHING_DECLARED = { spec: {} } as ResourceBody<DeclarableKind>;

/** Of a body with complaints, to check it against other resources; undefined when that would only mislead. */
function whatIsLeft(
  kind: DeclarableKind,
  value: unknown,
  { existing, moved, isRefused }: Reading,
  unclear: readonly Path[],
): SalvagedBody<DeclarableKind> | undefined {
  const written = isPlainMap(value) ? value : {};
  if (existing) return written.existing === true ? { body: NOTHING_DECLARED, unclear: new Set() } : undefined;
  if (isRefused) return undefined;
  const { movedFrom: _movedFrom, ...rest } = written;
  const left = RESOURCE_SCHEMAS[kind].salvage(rest, unclear);
  return moved === undefined ? left : { ...left, body: { ...left.body, movedFrom: moved } };
}

interface Reading {
  readonly findings: readonly Finding[];
  readonly existing: boolean;
  readonly body?: ResourceBody<DeclarableKind>;
  /** The address in `movedFrom`, if it is one. */
  readonly moved?: string;
  /** No such resource can be declared at all. */
  readonly isRefused?: boolean;
}

function readExisting(value: PlainMap, address: string): Reading {
  const parsed = existingSchema.safeParse(value);
  if (parsed.success) {
    const { tags } = parsed.data;
    return { findings: [], existing: true, body: { ...NOTHING_DECLARED, ...(tags ? { tags } : {}) } };
  }
  const unknownKey = (key: string): Omit<Complaint, 'span'> => ({
    code: 'COPRHD-CONFIG-015',
    summary: `${address}: "${key}" can not stand beside "existing"`,
    detail: 'existing: true says that the resource is recorded already and is never changed; only tags may be added.',
    fix: `Remove "${key}", or remove "existing" to declare the resource here.`,
  });
  const checked: Checked = { schema: existingSchema, value, place: 'existing', what: address, unknownKey };
  return { findings: explainIssues(parsed.error.issues, checked), existing: true };
}

function readDeclared(kind: DeclarableKind, value: unknown, address: string): Reading {
  const schema = RESOURCE_SCHEMAS[kind].body;
  const parsed = schema.safeParse(value);
  const findings: Finding[] = [];
  if (!parsed.success) {
    const unknownKey = (key: string, path: Path) => (path.length === 0 ? refusedHere(kind, key, address) : undefined);
    findings.push(...explainIssues(parsed.error.issues, { schema, value, place: kind, what: address, unknownKey }));
  }
  const isRoot = kind === 'tenant' && foldName(address) === localAddress('tenant', ROOT_TENANT_NAME);
  if (isRoot) {
    const fix = 'Remove it, or write existing: true.';
    const summary = `the tenant "${ROOT_TENANT_NAME}" is there from the beginning and can not be declared`;
    findings.push({ path: [], on: 'key', complaint: { code: 'COPRHD-CONFIG-006', summary, fix } });
  }
  const moved = isPlainMap(value) && typeof value.movedFrom === 'string' ? movedFrom(kind, value.movedFrom) : undefined;
  if (moved?.complaint) findings.push({ path: ['movedFrom'], on: 'value', complaint: moved.complaint });
  const from = moved?.address;
  const about = { findings, existing: false, isRefused: isRoot, ...(from === undefined ? {} : { moved: from }) };
  if (!parsed.success) return about;
  const body = parsed.data as ResourceBody<DeclarableKind>;
  return { ...about, body: from === undefined ? body : { ...body, movedFrom: from } };
}

function refusedHere(kind: DeclarableKind, key: string, address: string): Omit<Complaint, 'span'> | undefined {
  if (key !== 'onRemove') return undefined;
  return {
    code: 'COPRHD-CONFIG-002',
    summary: `${address}: "onRemove" is for volumes only`,
    detail: `A ${kind} holds no data: removing it from the file removes it.`,
    fix: 'Remove it; protect: true keeps the resource from being removed.',
  };
}

function movedFrom(kind: DeclarableKind, text: string): { address?: string; complaint?: Omit<Complaint, 'span'> } {
  const address = parseAddress(text);
  if (address !== undefined && address.stack === undefined && address.kind === kind) return { address: text };
  const name = address?.name ?? (/[./]/.test(text) ? 'OLD-NAME' : text);
  return {
    complaint: {
      code: 'COPRHD-CONFIG-004',
      summary: `movedFrom: ${shown(text)} is not the address of a ${kind} in this stack`,
      fix: `Write movedFrom: ${localAddress(kind, name)}.`,
    },
  };
}

/** Keys whose names differ between file and spec. */
const WRITTEN_AS: Readonly<Record<string, string>> = { sizeBytes: 'size' };

function makeNode(entry: Entry, name: string, body: ResourceBody<DeclarableKind>, existing: boolean): DesiredNode {
  const { document, kind, root } = entry;
  const { holdsData } = kindEntry(kind);
  const policy: Policy = {
    protect: body.protect ?? holdsData,
    onRemove: body.onRemove ?? (holdsData ? DEFAULT_ON_REMOVE : 'delete'),
  };
  const written = (path: Path): Path => {
    const [field, index, ...rest] = path;
    const origin = typeof field === 'string' ? body.origins?.[field] : undefined;
    const key = typeof field === 'string' ? (WRITTEN_AS[field] ?? field) : field!;
    if (index === undefined) return [...root, key];
    return [...root, key, typeof index === 'number' ? (origin?.[index] ?? index) : index, ...rest];
  };
  const matchOf = ({ from, ...match }: ListedMatch): DesiredMatch => ({
    ...match,
    names: [],
    span: () => document.valueSpan([...root, match.field, from]),
  });
  return {
    kind,
    name,
    existing,
    spec: existing ? (undefined as never) : body.spec,
    policy,
    tags: body.tags ?? [],
    ...(body.movedFrom === undefined ? {} : { movedFrom: body.movedFrom }),
    ...(body.matches === undefined ? {} : { matches: body.matches.map(matchOf) }),
    file: document.file,
    spanOf: (path = []) => {
      if (path.length === 0) return document.keySpan(root);
      // The project is the document's, not the resource's.
      if (path[0] === 'project' && kindEntry(kind).scope === 'project') return document.valueSpan(['project']);
      return document.valueSpan(written(path));
    },
  };
}
