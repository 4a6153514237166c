/**
 * Resources and references as a graph: of plan files, without asking any device, or of what is recorded. What the engine
 * makes for itself (masks, LUN maps, initiators) is left out; what it decided (where a volume is) is in.
 */
import { fail, hasErrors } from '../../lib/diagnostic.ts';
import type { Binding, DesiredGraph, DesiredNode } from '../config/desired.ts';
import { bindingKey, referencesOf } from '../config/references.ts';
import { INFRASTRUCTURE_STACK } from '../model/address.ts';
import { KIND_NAMES, type KindName, kindEntry, kindRank } from '../model/kinds.ts';
import { isMemberList } from '../model/members.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { isUrn, ROOT_TENANT_URN, type Urn, uuidOf } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { openViewLoader, withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import type { Call } from './engine.ts';
import { checkSource } from './planning.ts';
import type { GraphNode, InputOf, PlanSource, ResourceGraph, ResultOf } from './types.ts';

type Edge = ResourceGraph['edges'][number];

export async function graph(call: Call, input: InputOf<'graph'>): Promise<ResultOf<'graph'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    if (input.source) return await ofFiles(loader, input.source);
    const { result } = await withView(loader, (view) => ofRecords(view, input.address));
    if ('problem' in result) return fail('error', result.problem);
    return { outcome: 'ok', diagnostics: [], graph: result };
  } finally {
    loader.close();
  }
}

type Loader = Awaited<ReturnType<typeof openViewLoader>>;

async function ofFiles(loader: Loader, source: PlanSource): Promise<ResultOf<'graph'>> {
  const { graph: desired, bindings, diagnostics } = await checkSource(loader, source);
  if (hasErrors(diagnostics)) return { outcome: 'error', diagnostics };
  const { result } = await withView(loader, (view) => declaredGraph(desired, bindings, view));
  return { outcome: 'ok', diagnostics, graph: result };
}

function declaredGraph(
  desired: DesiredGraph,
  bindings: ReadonlyMap<string, Binding>,
  view: RecordedView,
): ResourceGraph {
  const nodes = new Map<string, GraphNode>();
  const edges: Edge[] = [];
  const all = desired.stacks.flatMap((stack) => [...stack.nodes].map(([local, node]) => ({ stack, local, node })));
  /** What only stands for something recorded, as that. */
  const ids = new Map<DesiredNode, string>();
  const recorded = (urn: Urn | undefined): string | undefined => {
    // Everything without a tenant belongs to the root tenant: not worth a line each.
    const record = urn === undefined || urn === ROOT_TENANT_URN ? undefined : view.get(urn)?.record;
    if (!record) return undefined;
    const node = recordedNode(record);
    if (!nodes.has(node.id)) nodes.set(node.id, node);
    return node.id;
  };
  for (const { stack, local, node } of all) {
    const id = node.existing
      ? recorded(bindings.get(bindingKey(stack.stack, local, ['existing']))?.urn)
      : `${stack.stack}/${local}`;
    if (id === undefined) continue;
    ids.set(node, id);
    if (!node.existing) nodes.set(id, { id, kind: node.kind, group: stack.stack });
  }
  for (const { stack, local, node } of all) {
    const from = ids.get(node);
    if (from === undefined || node.existing) continue;
    for (const { path } of referencesOf(node, stack)) {
      const binding = bindings.get(bindingKey(stack.stack, local, path));
      const to = (binding?.node && ids.get(binding.node)) ?? recorded(binding?.urn);
      if (to !== undefined) edges.push({ from, to, field: String(path[0]) });
    }
  }
  return sorted([...nodes.values()], edges);
}

const DRAWN: readonly KindName[] = KIND_NAMES.filter((kind) => kindEntry(kind).collection !== undefined);

function recordedNode(record: ResourceRecord): GraphNode {
  const group = record.owner.type === 'stack' ? record.owner.name : INFRASTRUCTURE_STACK;
  return { id: addressOf(record), kind: record.kind, group, recorded: true };
}

function ofRecords(view: RecordedView, address: string | undefined) {
  const found = address === undefined ? undefined : findResource(view, address);
  if (found && 'problem' in found) return found;
  const records = DRAWN.flatMap((kind) => view.all(kind))
    .map(({ record }) => record as ResourceRecord)
    .filter((record) => isLive(record) && record.urn !== ROOT_TENANT_URN);
  const nodes = new Map(records.map((record) => [record.urn, recordedNode(record)]));
  const edges = records.flatMap((record) =>
    recordedReferences(view, record).flatMap(({ field, urn }): Edge[] => {
      const to = nodes.get(urn);
      return to ? [{ from: nodes.get(record.urn)!.id, to: to.id, field }] : [];
    }),
  );
  const whole = sorted([...nodes.values()], edges);
  return found ? around(whole, found.address) : whole;
}

interface RecordedReference {
  readonly field: string;
  readonly urn: Urn;
}

/** By the table of kinds, and what was decided: volumes of an export are in its LUN map, a volume's array in its status. */
function recordedReferences(view: RecordedView, record: ResourceRecord): RecordedReference[] {
  const references = kindEntry(record.kind).references.flatMap(({ path }) => {
    const list = path.replace(/\[\].*$/, '');
    const field = path.replace(/[[.].*$/, '');
    if (isMemberList(record.kind, list)) return view.members(record.urn, list).map((urn) => ({ field, urn }));
    const value = (record.spec as Readonly<Record<string, unknown>>)[field];
    return typeof value === 'string' && isUrn(value) ? [{ field, urn: value }] : [];
  });
  const system = record.kind === 'volume' ? record.status.device?.system : undefined;
  if (system) references.push({ field: 'placedOn', urn: system });
  const children = (kind: 'lunMap' | 'initiator') =>
    view
      .inScope(kind, uuidOf(record.urn))
      .map(({ record: child }) => child as ResourceRecord)
      .filter(isLive);
  if (record.kind === 'export') {
    for (const { spec } of children('lunMap') as ResourceRecord<'lunMap'>[])
      references.push({ field: 'volumes', urn: spec.volume });
  }
  if (record.kind === 'host') {
    for (const { spec } of children('initiator') as ResourceRecord<'initiator'>[])
      references.push({ field: 'initiators', urn: spec.network });
  }
  return references;
}

/** What it needs, all the way down, and what needs it, all the way up. */
function around({ nodes, edges }: ResourceGraph, address: string): ResourceGraph {
  const below = reach(edges, address, 'from', 'to');
  const above = reach(edges, address, 'to', 'from');
  const kept = new Set([...below, ...above]);
  // Between two of what it needs, or two of what needs it: not from one side to the other.
  const within = ({ from, to }: Edge) => (below.has(from) && below.has(to)) || (above.has(from) && above.has(to));
  return sorted(
    nodes.filter(({ id }) => kept.has(id)),
    edges.filter(within),
  );
}

function reach(edges: readonly Edge[], start: string, near: 'from' | 'to', far: 'from' | 'to'): Set<string> {
  const next = new Map<string, string[]>();
  for (const edge of edges) next.set(edge[near], [...(next.get(edge[near]) ?? []), edge[far]]);
  const found = new Set([start]);
  const open = [start];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const other of next.get(id) ?? []) {
      if (found.has(other)) continue;
      found.add(other);
      open.push(other);
    }
  }
  return found;
}

/** Nodes in the order of the model, edges by their ends; one edge between two, under the first field that makes it. */
function sorted(nodes: readonly GraphNode[], edges: readonly Edge[]): ResourceGraph {
  const once = new Map<string, Edge>();
  const text = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const ordered = [...edges].sort((a, b) => text(a.from, b.from) || text(a.to, b.to) || text(a.field!, b.field!));
  for (const edge of ordered) {
    const key = JSON.stringify([edge.from, edge.to]);
    if (!once.has(key)) once.set(key, edge);
  }
  return {
    what: 'resources',
    nodes: [...nodes].sort((a, b) => kindRank(a.kind) - kindRank(b.kind) || text(a.id, b.id)),
    edges: [...once.values()],
  };
}
