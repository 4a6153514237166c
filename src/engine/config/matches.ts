/**
 * `{ match: "data-*" }` in lists of references: stands for what the node's own stack declares (in the order of the files),
 * and for what is recorded of the stack and comes from a file that wasn't given, so that giving fewer files never takes
 * anything out of a list. What is in the list by name already isn't added again.
 */
import { globMatcher } from '../../lib/glob.ts';
import { foldName } from '../model/address.ts';
import { type KindName, kindEntry } from '../model/kinds.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { ZONE } from '../model/unique-names.ts';
import { ROOT_TENANT_URN } from '../model/urn.ts';
import { type Complaints, didYouMean, listed, type Path, withFix } from './complaints.ts';
import type { DesiredGraph, DesiredMatch, DesiredNode, DesiredStack } from './desired.ts';

/** Names of a kind that a stack's patterns may stand for. */
type NamesOf = (stack: DesiredStack, kind: KindName) => readonly string[];

export function expandDeclared(stacks: readonly DesiredStack[]): DesiredStack[] {
  return expandAll(stacks, declaredNames);
}

export function expandRecorded(
  graph: DesiredGraph,
  view: RecordedView,
  isGiven: (sourceFile: string) => boolean,
): DesiredGraph {
  if (!graph.stacks.some(hasMatches)) return graph;
  return { ...graph, stacks: expandAll(graph.stacks, (stack, kind) => recordedNames(stack, kind, view, isGiven)) };
}

/** A pattern that stands for nothing is a mistake: an export of nothing would end all its paths. */
export function complainAboutEmpty(graph: DesiredGraph, complaints: Complaints): void {
  for (const stack of graph.stacks) {
    // Others may declare what it stands for.
    if (stack.unclear) continue;
    for (const [address, node] of stack.nodes) {
      for (const { field, pattern, names, span } of node.matches ?? []) {
        const kind = kindOf(node, field);
        if (names.length > 0 || mayMeanGap(graph, kind, pattern)) continue;
        const there = declaredNames(stack, kind);
        complaints.add({
          code: 'COPRHD-CONFIG-005',
          summary: `${address}: no ${kind} of this stack matches "${pattern}"`,
          detail: there.length === 0 ? `The stack declares no ${kind}.` : `There are: ${listed(there)}.`,
          ...withFix(didYouMean(pattern, there) ?? 'Correct the pattern, or remove it.'),
          span: span(),
          address,
        });
      }
    }
  }
}

/** What was declared and not understood may be what the pattern stands for. */
function mayMeanGap({ notUnderstood }: DesiredGraph, kind: KindName, pattern: string): boolean {
  if (notUnderstood === undefined) return false;
  if (notUnderstood.everything || notUnderstood.kinds.has(kind)) return true;
  const fits = globMatcher(pattern);
  return [...notUnderstood.names].some((key) => key.startsWith(`${kind}.`) && fits(key.slice(kind.length + 1)));
}

const hasMatches = (stack: DesiredStack): boolean =>
  [...stack.nodes.values()].some(({ matches }) => matches !== undefined);

const declaredNames: NamesOf = (stack, kind) =>
  [...stack.nodes.values()].filter((node) => node.kind === kind && !node.nameless).map(({ name }) => name);

function recordedNames(
  stack: DesiredStack,
  kind: KindName,
  view: RecordedView,
  isGiven: (sourceFile: string) => boolean,
): string[] {
  const tenant =
    stack.type === 'infrastructure'
      ? ROOT_TENANT_URN
      : view.byName('project', ZONE, stack.project ?? '')?.record.spec.tenant;
  if (tenant === undefined) return [];
  const stays = (record: ResourceRecord) =>
    record.kind === kind &&
    !['deleting', 'deleted', 'quarantined'].includes(record.status.phase) &&
    (record.sourceFile === undefined || !isGiven(record.sourceFile));
  return view
    .inStack(tenant, stack.stack)
    .map(({ record }) => record)
    .filter(stays)
    .map(({ name }) => name);
}

function expandAll(stacks: readonly DesiredStack[], namesOf: NamesOf): DesiredStack[] {
  return stacks.map((stack) => {
    if (!hasMatches(stack)) return stack;
    const nodes = [...stack.nodes].map(([address, node]): [string, DesiredNode] => [
      address,
      node.matches ? expandNode(node, stack, namesOf) : node,
    ]);
    return { ...stack, nodes: new Map(nodes) };
  });
}

function kindOf(node: DesiredNode, field: string): KindName {
  return kindEntry(node.kind).references.find(({ path }) => path.startsWith(`${field}[]`))!.kind;
}

/** An entry of a list: a name, or a map with the name of a volume. */
type Listing = string | { readonly volume: string; readonly hluFrom?: number };
const nameOf = (listing: Listing): string => (typeof listing === 'string' ? listing : listing.volume);

function expandNode(node: DesiredNode, stack: DesiredStack, namesOf: NamesOf): DesiredNode {
  let { spec, spanOf } = node;
  let matches = node.matches ?? [];
  for (const field of new Set(matches.map((match) => match.field))) {
    const written = (spec as unknown as Record<string, readonly Listing[]>)[field]!;
    const named = new Set(written.map((listing) => foldName(nameOf(listing))));
    const candidates = namesOf(stack, kindOf(node, field));
    const list: Listing[] = [];
    const origins: (number | DesiredMatch)[] = [];
    const taken = new Map<DesiredMatch, string[]>();
    const takeUpTo = (index: number) => {
      for (const match of matches.filter((each) => each.field === field && each.at === index)) {
        const fits = globMatcher(match.pattern);
        const found = candidates.filter(fits);
        taken.set(match, found);
        for (const name of found) {
          if (named.has(foldName(name))) continue;
          named.add(foldName(name));
          list.push(listingOf(field, name, match));
          origins.push(match);
        }
      }
    };
    written.forEach((listing, index) => {
      takeUpTo(index);
      list.push(listing);
      origins.push(index);
    });
    takeUpTo(written.length);
    spec = { ...spec, [field]: list } as DesiredNode['spec'];
    spanOf = mapped(spanOf, field, origins);
    matches = matches.map((match) =>
      match.field === field
        ? { ...match, at: list.length, names: [...match.names, ...(taken.get(match) ?? [])] }
        : match,
    );
  }
  return { ...node, spec, spanOf, matches };
}

function listingOf(field: string, name: string, { hluFrom }: DesiredMatch): Listing {
  if (field !== 'volumes') return name;
  return { volume: name, ...(hluFrom === undefined ? {} : { hluFrom }) };
}

/** Positions of a list that has become longer: what a pattern put in stands where the pattern does. */
function mapped(
  spanOf: DesiredNode['spanOf'],
  field: string,
  origins: readonly (number | DesiredMatch)[],
): DesiredNode['spanOf'] {
  return (path: Path = []) => {
    const [first, index, ...rest] = path;
    const origin = first === field && typeof index === 'number' ? origins[index] : undefined;
    if (origin === undefined) return spanOf(path);
    return typeof origin === 'number' ? spanOf([field, origin, ...rest]) : origin.span();
  };
}
