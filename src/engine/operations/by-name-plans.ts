/** What the operations by name share: finding what is named, and planning what a file would say without one. */
import { type Diagnostic, fail, hasErrors } from '../../lib/diagnostic.ts';
import type { DeclarableKind, DesiredGraph, DesiredNode } from '../config/desired.ts';
import { loadPlan } from '../config/load.ts';
import { resolveReferences } from '../config/references.ts';
import { COLLECTIONS } from '../config/schema/document.ts';
import { foldName, NO_STACK } from '../model/address.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import type { Urn } from '../model/urn.ts';
import type { PlanResult } from '../planner/make-plan.ts';
import { systemsOfExport, systemsOfHost, type WantedSystem } from '../planner/systems.ts';
import { openViewLoader, type ViewLoader, withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import type { Call } from './engine.ts';
import { type PlanReport, planReport, withoutSpans } from './one-shot.ts';
import { type Order, planOrder } from './planning.ts';
import type { Attestations } from './types.ts';

/** `like`: as in openViewLoader. */
export async function planned(
  call: Call,
  make: (loader: ViewLoader) => Promise<PlanResult>,
  like?: string,
): Promise<PlanReport> {
  const loader = await openViewLoader(call.engine.store, like);
  try {
    const result = await make(loader);
    return planReport({ ...result, diagnostics: withoutSpans(result.diagnostics) });
  } finally {
    loader.close();
  }
}

/** Revisions at which they were read, by URN: whoever changed one since has changed what the caller relies on. */
export type Expected = Readonly<Record<string, number>>;

export function stillAsRead(named: readonly Named[], expected: Expected = {}): void {
  for (const { record, address } of named) {
    const revision = expected[record.record.urn];
    if (revision === undefined || revision === record.revision) continue;
    fail('stale', {
      code: 'COPRHD-STATE-010',
      summary: `${address} has changed since it was read`,
      detail: `it was at revision ${revision}, and is at ${record.revision}`,
      fix: 'look at it again, then ask again',
    });
  }
}

/** Who vouches for hosts in a request, for the options of a plan. */
export const attestationsIn = ({
  attestOffline,
  attestUnexports,
}: {
  readonly attestOffline?: string | undefined;
  readonly attestUnexports?: string | undefined;
}): Attestations => ({
  ...(attestOffline === undefined ? {} : { attestOffline }),
  ...(attestUnexports === undefined ? {} : { attestUnexports }),
});

export interface Named {
  readonly record: VersionedRecord;
  readonly address: string;
}

/** Each of them; a name that isn't there, or is more than one, is an error of the whole request. */
export async function findAll(loader: ViewLoader, addresses: readonly string[]): Promise<Named[]> {
  const { result } = await withView(loader, (view) => addresses.map((address) => findResource(view, address)));
  const found = new Map<string, Named>();
  for (const one of result) {
    if ('problem' in one) return fail('error', one.problem);
    found.set(one.recorded.record.urn, { record: one.recorded, address: one.address });
  }
  return [...found.values()];
}

/** What a file would say. */
export interface Bodies {
  readonly kind: DeclarableKind;
  readonly project?: string | undefined;
  readonly resources: Readonly<Record<string, unknown>>;
  /** What no file says of them, by name. */
  readonly unsaid?: Readonly<Record<string, object>> | undefined;
  /** What these are made of, by kind; new. */
  readonly with?: Readonly<Partial<Record<DeclarableKind, Readonly<Record<string, unknown>>>>>;
}

export type Loaded = { readonly graph: DesiredGraph } | { readonly diagnostics: readonly Diagnostic[] };

/** In no stack and no file. `changes`: the recorded resource that each is, by name; else they are new. */
export function loadBodies(
  { kind, project, resources, unsaid = {}, with: others = {} }: Bodies,
  operation: string,
  changes: ReadonlyMap<string, Urn> = new Map(),
): Loaded {
  const collectionOf = (one: string) => COLLECTIONS.find((collection) => collection.kind === one)!;
  const { key, declaredIn } = collectionOf(kind);
  const header = project === undefined ? {} : { project };
  const also = Object.fromEntries(Object.entries(others).map(([one, bodies]) => [collectionOf(one).key, bodies]));
  const document = { kind: declaredIn, stack: 'by-name', ...header, ...also, [key]: resources };
  const texts = [{ file: 'by-name.yaml', text: JSON.stringify(document) }];
  const { graph, diagnostics } = loadPlan(texts, { variables: {} });
  if (hasErrors(diagnostics)) return { diagnostics };
  const own = (node: DesiredNode): Partial<DesiredNode> => {
    const urn = changes.get(foldName(node.name));
    const more = node.kind === kind ? unsaid[node.name] : undefined;
    return {
      ...(more ? { spec: { ...node.spec, ...more } as DesiredNode['spec'] } : {}),
      ...(urn ? { changes: urn } : {}),
    };
  };
  return { graph: inNoStack(graph, operation, own) };
}

/** What a text declares, as if somebody had asked for it by name. `own`: what no text says. */
export function inNoStack(
  { stacks }: DesiredGraph,
  operation: string,
  own: (node: DesiredNode) => Partial<DesiredNode> = () => ({}),
): DesiredGraph {
  return {
    stacks: stacks.map((stack) => ({
      ...stack,
      stack: NO_STACK,
      files: [],
      nodes: new Map(
        [...stack.nodes].map(([address, node]) => [address, { ...node, ...own(node), file: `<${operation}>` }]),
      ),
    })),
  };
}

export async function planBodies(
  call: Call,
  loader: ViewLoader,
  { graph, operation, ...rest }: Pick<Order, 'graph' | 'operation' | 'alsoObserve'> & Partial<Pick<Order, 'options'>>,
): Promise<PlanResult> {
  const references = (await withView(loader, (view) => resolveReferences(graph, view))).result;
  if (hasErrors(references.diagnostics)) return { diagnostics: references.diagnostics };
  const order = { operation, graph, texts: [], options: {}, additive: true, apiOwned: true, ...rest };
  return planOrder(call, loader, order, references.bindings);
}

/** The storage systems that its removal, growth or change calls. */
export function systemsUnder(view: RecordedView, record: ResourceRecord): WantedSystem[] {
  const systems = new Set(systemUrns(view, record));
  return [...systems].flatMap((urn) => {
    const system = view.get<'storageSystem'>(urn)?.record;
    return system && isLive(system) ? [{ name: system.name, urn }] : [];
  });
}

function systemUrns(view: RecordedView, record: ResourceRecord): Urn[] {
  switch (record.kind) {
    case 'volume':
    case 'snapshot':
      return record.status.device ? [record.status.device.system] : [];
    case 'export':
      return systemsOfExport(record.urn, view);
    case 'host':
      return systemsOfHost(record.urn, view);
    default:
      return [];
  }
}
