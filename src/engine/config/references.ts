/**
 * What names in plan files stand for: first a resource of the given files, else a recorded one. Pure over a RecordedView,
 * which may answer "absent" for what isn't loaded yet and note the need; the operation then runs this again.
 */

import type { Diagnostic, SourceSpan } from '../../lib/diagnostic.ts';
import { foldName, localAddress } from '../model/address.ts';
import { type KindName, kindEntry } from '../model/kinds.ts';
import { isLive } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { ZONE } from '../model/unique-names.ts';
import { ROOT_TENANT_NAME, ROOT_TENANT_URN, type Urn, uuidOf } from '../model/urn.ts';
import { at, type Complaints, createComplaints, didYouMean, listed, type Path } from './complaints.ts';
import { isNotUnderstood, nameKey } from './context.ts';
import type { Binding, DesiredGraph, DesiredNode, DesiredStack } from './desired.ts';
import { complainAboutEmpty, expandRecorded } from './matches.ts';

export interface ResolvedReferences {
  /** With what patterns stand for among the recorded resources. */
  readonly graph: DesiredGraph;
  /**
   * By `${stack}/${localAddress}#${path}`: the path as in kinds.ts with indices, joined by dots (`volumes.0.volume`). For a
   * resource with `existing: true` the path is `existing`, for the storage system of an import `import.system`, for an
   * output (its address is `output.NAME`) the placeholder.
   */
  readonly bindings: ReadonlyMap<string, Binding>;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ReferenceOptions {
  /**
   * Also suggest recorded names. It loads whole kinds, so ask for it only in a second run, after the first complained for
   * good: an absent answer of a view may mean "not loaded yet".
   */
  readonly suggestRecorded?: boolean;
  /** Was this source file (as recorded) given? What is recorded from others still counts for patterns. */
  readonly isGiven?: (sourceFile: string) => boolean;
}

export function bindingKey(stack: string, address: string, path: Path): string {
  return `${stack}/${address}#${path.join('.')}`;
}

export function outputAddress(name: string): string {
  return `output.${name}`;
}

export function resolveReferences(
  given: DesiredGraph,
  view: RecordedView,
  options: ReferenceOptions = {},
): ResolvedReferences {
  const graph = expandRecorded(given, view, options.isGiven ?? (() => false));
  const bindings = new Map<string, Binding>();
  const complaints = createComplaints();
  const finder = createFinder(graph, view);
  const unresolved: Wanted[] = [];
  const bind = (wanted: Wanted, path: Path) => {
    const binding = finder.find(wanted);
    if (binding) bindings.set(bindingKey(wanted.stack.stack, wanted.address, path), binding);
    else if (!isNotUnderstood(graph.notUnderstood, wanted.kind, wanted.name) && !isElsewhere(wanted)) {
      unresolved.push(wanted);
    }
  };
  for (const stack of graph.stacks) {
    for (const [address, node] of stack.nodes) {
      if (node.existing) bindExisting(stack, node, address, finder, bindings, complaints);
      for (const { path, kind, name } of referencesOf(node, stack)) {
        bind({ kind, name, stack, address, span: () => node.spanOf(path) }, path);
      }
    }
    for (const { address, system, span } of stack.imports) {
      if (system !== '') bind({ kind: 'storageSystem', name: system, stack, address, span }, ['import', 'system']);
    }
    for (const { name: output, references } of stack.outputs ?? []) {
      for (const [placeholder, { kind, name, span }] of references) {
        const wanted = { kind, name, stack, address: outputAddress(output), span };
        bind(wanted, [placeholder]);
        const key = bindingKey(stack.stack, wanted.address, [placeholder]);
        const [binding, urn] = [bindings.get(key), finder.recorded(kind, name, stack)];
        // Also when it is declared: outputs are read without a plan too.
        if (binding && urn !== undefined) bindings.set(key, { ...binding, urn });
      }
    }
  }
  complainAboutEmpty(graph, complaints);
  complainAboutUnresolved(unresolved, createCandidates(graph, view, finder, options), finder, complaints);
  return { graph, bindings, diagnostics: complaints.list() };
}

interface Wanted {
  readonly kind: KindName;
  readonly name: string;
  readonly stack: DesiredStack;
  /** Who refers to it. */
  readonly address: string;
  readonly span: () => SourceSpan;
}

interface Reference {
  readonly path: Path;
  readonly kind: KindName;
  readonly name: string;
}

/** All references of a node by the table of kinds. */
export function referencesOf(node: DesiredNode, stack: DesiredStack): Reference[] {
  return kindEntry(node.kind).references.flatMap(({ path, kind }) => {
    if (path === 'project' && stack.project !== undefined && kindEntry(node.kind).scope === 'project') {
      return [{ path: ['project'], kind, name: stack.project }];
    }
    if (node.existing) return [];
    return valuesAt(node.spec, path.split('.'), []).map((found) => ({ ...found, kind }));
  });
}

function valuesAt(value: unknown, parts: readonly string[], path: Path): { path: Path; name: string }[] {
  const [part, ...rest] = parts;
  if (part === undefined) return typeof value === 'string' ? [{ path, name: value }] : [];
  if (value === null || typeof value !== 'object') return [];
  const isList = part.endsWith('[]');
  const key = isList ? part.slice(0, -2) : part;
  const inner = (value as Readonly<Record<string, unknown>>)[key];
  if (!isList) return valuesAt(inner, rest, [...path, key]);
  return Array.isArray(inner) ? inner.flatMap((item, index) => valuesAt(item, rest, [...path, key, index])) : [];
}

interface Finder {
  find(wanted: Wanted): Binding | undefined;
  recorded(kind: KindName, name: string, stack: DesiredStack): Urn | undefined;
  /** Where a name of this kind is unique: the zone, or the uuid of the stack's project if that is recorded. */
  scopeOf(kind: KindName, stack: DesiredStack): string | undefined;
  declared(kind: KindName, name: string, stack: DesiredStack): DesiredNode | undefined;
}

/** What is of a project may be anywhere as long as it isn't known which project it is. */
function isElsewhere({ kind, stack }: Pick<Wanted, 'kind' | 'stack'>): boolean {
  return stack.unclear === true && kindEntry(kind).scope === 'project';
}

function createFinder(graph: DesiredGraph, view: RecordedView): Finder {
  const nodes = new Map<string, DesiredNode>();
  const unclear = graph.stacks.filter((stack) => stack.unclear);
  const projectKey = (kind: KindName, stack: DesiredStack) => {
    if (kindEntry(kind).scope !== 'project') return '';
    return stack.unclear ? `?${unclear.indexOf(stack)}/` : `${foldName(stack.project ?? '')}/`;
  };
  for (const stack of graph.stacks) {
    for (const node of stack.nodes.values())
      nodes.set(projectKey(node.kind, stack) + nameKey(node.kind, node.name), node);
  }
  const projects = new Map<string, string | undefined>();
  const scopeOf: Finder['scopeOf'] = (kind, stack) => {
    if (kindEntry(kind).scope !== 'project') return ZONE;
    const project = stack.project ?? '';
    if (!projects.has(project)) {
      const found = view.byName('project', ZONE, project);
      projects.set(project, found && isLive(found.record) ? uuidOf(found.record.urn) : undefined);
    }
    return projects.get(project);
  };
  const recorded: Finder['recorded'] = (kind, name, stack) => {
    if (kind === 'tenant' && foldName(name) === ROOT_TENANT_NAME) return ROOT_TENANT_URN;
    const scope = scopeOf(kind, stack);
    const found = scope === undefined ? undefined : view.byName(kind, scope, name);
    return found && isLive(found.record) ? found.record.urn : undefined;
  };
  const declared: Finder['declared'] = (kind, name, stack) => nodes.get(projectKey(kind, stack) + nameKey(kind, name));
  return {
    recorded,
    scopeOf,
    declared,
    find: ({ kind, name, stack }) => {
      const node = declared(kind, name, stack);
      if (node !== undefined && !node.existing) return { kind, name: node.name, node };
      const urn = recorded(kind, name, stack);
      // An existing one that isn't recorded is complained about where it is declared.
      if (node !== undefined) return { kind, name: node.name, node, ...(urn === undefined ? {} : { urn }) };
      return urn === undefined ? undefined : { kind, name, urn };
    },
  };
}

function bindExisting(
  stack: DesiredStack,
  node: DesiredNode,
  address: string,
  finder: Finder,
  bindings: Map<string, Binding>,
  complaints: Complaints,
): void {
  const { kind, name } = node;
  const urn = finder.recorded(kind, name, stack);
  if (urn !== undefined) {
    bindings.set(bindingKey(stack.stack, address, ['existing']), { kind, name, node, urn });
    return;
  }
  // With another complaint it isn't sure that it shall exist.
  if (isElsewhere({ kind, stack }) || node.nameless || node.unclear) return;
  complaints.add({
    code: 'COPRHD-CONFIG-005',
    summary: `${address} is declared with existing: true, and no such ${kind} is recorded`,
    fix: 'Correct the name, or remove "existing" and declare it.',
    span: node.spanOf(),
    address,
  });
}

/** Names of a kind that a stack could have meant, sorted. Made once a kind and project. */
type Candidates = (wanted: Wanted) => readonly string[];

function createCandidates(
  graph: DesiredGraph,
  view: RecordedView,
  finder: Finder,
  options: ReferenceOptions,
): Candidates {
  const made = new Map<string, readonly string[]>();
  const make = ({ kind, stack }: Wanted): readonly string[] => {
    const names = new Set<string>(kind === 'tenant' ? [ROOT_TENANT_NAME] : []);
    for (const other of graph.stacks) {
      const isOutside = kindEntry(kind).scope === 'project' && !sameProject(other, stack);
      if (isOutside) continue;
      for (const node of other.nodes.values()) if (node.kind === kind && !node.nameless) names.add(node.name);
    }
    const known = new Set([...names].map(foldName));
    for (const key of graph.notUnderstood?.names ?? []) {
      const name = key.slice(kind.length + 1);
      if (key.startsWith(`${kind}.`) && !known.has(name)) names.add(name);
    }
    if (options.suggestRecorded) {
      const scope = finder.scopeOf(kind, stack);
      const records = scope === ZONE ? view.all(kind) : scope === undefined ? [] : view.inScope(kind, scope);
      for (const { record } of records) if (isLive(record)) names.add(record.name);
    }
    return [...names].sort();
  };
  return (wanted) => {
    const key = kindEntry(wanted.kind).scope === 'project' ? `${wanted.kind}/${wanted.stack.project}` : wanted.kind;
    const known = made.get(key) ?? make(wanted);
    made.set(key, known);
    return known;
  };
}

function sameProject(a: DesiredStack, b: DesiredStack): boolean {
  return foldName(a.project ?? '') === foldName(b.project ?? '');
}

/** One complaint a place: a range may stand for many names, or many resources have the same. */
function complainAboutUnresolved(
  unresolved: readonly Wanted[],
  candidates: Candidates,
  finder: Finder,
  complaints: Complaints,
): void {
  const places = new Map<string, { first: Wanted; span: SourceSpan; others: Set<string> }>();
  for (const wanted of unresolved) {
    const span = wanted.span();
    const key = `${wanted.kind} ${at(span)}`;
    const place = places.get(key);
    if (place === undefined) places.set(key, { first: wanted, span, others: new Set() });
    else if (foldName(place.first.name) !== foldName(wanted.name)) place.others.add(wanted.name);
  }
  const fixes = new Map<string, string>();
  for (const { first, span, others } of places.values()) {
    const { kind, name, address } = first;
    const names = candidates(first);
    const key = `${first.stack.stack}/${kind}/${name}`;
    const fix = fixes.get(key) ?? wayOut(first, finder, names);
    fixes.set(key, fix);
    const more = others.size === 0 ? '' : ` nor ${listed([...others].map((other) => `"${other}"`))}`;
    complaints.add({
      code: 'COPRHD-CONFIG-005',
      summary: `${address}: there is no ${kind} "${name}"${more}`,
      detail: names.length === 0 ? `No ${kind} is declared in the given files.` : `There are: ${listed(names)}.`,
      fix,
      span,
      address,
    });
  }
}

function wayOut({ kind, name, stack }: Wanted, finder: Finder, names: readonly string[]): string {
  const bare = name.startsWith(`${kind}.`) ? name.slice(kind.length + 1) : undefined;
  if (bare !== undefined && names.includes(bare)) return `Write the name alone: "${bare}".`;
  const twins: Partial<Record<KindName, KindName>> = { host: 'cluster', cluster: 'host' };
  const twin = twins[kind];
  if (twin !== undefined && finder.declared(twin, name, stack)) {
    return `"${name}" is a ${twin}: write ${twin}: ${name}.`;
  }
  const near = didYouMean(name, names);
  if (near !== undefined) return near;
  const { collection } = kindEntry(kind);
  return `Declare it under "${collection}", or correct the name. ${localAddress(kind, name)} is not recorded either.`;
}
