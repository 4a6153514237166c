/**
 * Which storage systems a plan must look at: those declared, those that hold what is recorded, those that may be chosen.
 * Network systems are fabrics-needed.ts's.
 */
import type { Binding, DesiredGraph, DesiredNode, DesiredSpecs } from '../config/desired.ts';
import { foldName } from '../model/address.ts';
import {
  type Reach,
  reachOf,
  recordedConnectivity,
  systemsConnectedTo,
  systemsOfVirtualArray,
} from '../model/connectivity.ts';
import { isLive } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { ZONE } from '../model/unique-names.ts';
import { ROOT_TENANT_URN, type Urn, uuidOf } from '../model/urn.ts';

export interface WantedSystem {
  readonly name: string;
  readonly urn?: Urn;
  readonly node?: DesiredNode;
}

export function systemsToObserve(
  graph: DesiredGraph,
  bindings: ReadonlyMap<string, Binding>,
  view: RecordedView,
): WantedSystem[] {
  const wanted = new Map<string, WantedSystem>();
  const addUrn = (urn: Urn | undefined) => {
    const record = urn === undefined ? undefined : view.get<'storageSystem'>(urn)?.record;
    if (!record || record.status.phase === 'deleted') return;
    const key = foldName(record.name);
    wanted.set(key, { ...wanted.get(key), name: record.name, urn: record.urn });
  };
  for (const [node, stack] of nodesOf(graph, 'storageSystem')) {
    if (node.existing) addUrn(view.byName('storageSystem', ZONE, node.name)?.record.urn);
    else wanted.set(foldName(node.name), declaredDevice(node, stack, view));
  }
  const looked = new Set<Urn>();
  for (const [key, binding] of bindings) {
    if (binding.kind === 'storageSystem') addUrn(binding.urn);
    if (binding.kind === 'volume') addUrn(binding.urn && view.get(binding.urn)?.record.status.device?.system);
    // An export is where its volumes are.
    if (binding.kind !== 'virtualArray' || key.includes('/export.')) continue;
    // Every volume names its virtual array.
    if (binding.urn && !looked.has(binding.urn)) {
      looked.add(binding.urn);
      for (const system of systemsOfVirtualArray(recordedConnectivity(view), binding.urn)) addUrn(system);
    }
    const declared = binding.node && !binding.node.existing && (binding.node.spec as DesiredSpecs['virtualArray']);
    if (!declared) continue;
    for (const name of declared.storageSystems)
      if (!wanted.has(foldName(name))) addUrn(view.byName('storageSystem', ZONE, name)?.record.urn);
    if (declared.storageSystems.length > 0) continue;
    const reach = declaredReach(declared.networks, graph, view);
    for (const system of systemsConnectedTo(recordedConnectivity(view), reach)) addUrn(system);
  }
  for (const stack of graph.stacks) for (const urn of recordedSystems(stack, view)) addUrn(urn);
  return [...wanted.values()];
}

export function nodesOf(graph: DesiredGraph, kind: DesiredNode['kind']): (readonly [DesiredNode, string])[] {
  return graph.stacks.flatMap(({ stack, nodes }) =>
    [...nodes.values()].filter((node) => node.kind === kind).map((node) => [node, stack] as const),
  );
}

/** With its record, if it is recorded as this resource. */
export function declaredDevice(node: DesiredNode, stack: string, view: RecordedView): WantedSystem {
  const [prefix, kind] = [`${node.kind}.`, node.kind];
  const old = node.movedFrom?.startsWith(prefix) ? node.movedFrom.slice(prefix.length) : undefined;
  const recorded =
    view.byAddress(ROOT_TENANT_URN, stack, kind, node.name) ??
    (old === undefined ? undefined : view.byAddress(ROOT_TENANT_URN, stack, kind, old));
  const live = recorded && recorded.record.status.phase !== 'deleted' ? recorded.record.urn : undefined;
  return { name: node.name, node, ...(live ? { urn: live } : {}) };
}

/** Of networks by their names: as they are declared, else as they are recorded. */
function declaredReach(names: readonly string[], graph: DesiredGraph, view: RecordedView): Reach {
  const wanted = new Set(names.map(foldName));
  const nodes = graph.stacks
    .flatMap(({ nodes: all }) => [...all.values()])
    .filter(({ kind, name, existing }) => kind === 'network' && !existing && wanted.delete(foldName(name)))
    .map(({ spec }) => spec as DesiredSpecs['network']);
  const records = [...wanted].flatMap((name) => view.byName('network', ZONE, name)?.record ?? []);
  const declared = new Set(nodes.flatMap(({ endpoints = [] }) => endpoints));
  const { subnets, hasEndpoint } = reachOf(recordedConnectivity(view), records.filter(isLive));
  return {
    subnets: [...subnets, ...nodes.flatMap((node) => node.subnets)],
    ...(declared.size === 0 && !hasEndpoint
      ? {}
      : { hasEndpoint: (portName) => declared.has(portName) || (hasEndpoint?.(portName) ?? false) }),
  };
}

/** Systems that hold what is recorded of the stack now, declared or not. */
function recordedSystems(stack: DesiredGraph['stacks'][number], view: RecordedView): Urn[] {
  const project = stack.project === undefined ? undefined : view.byName('project', ZONE, stack.project)?.record;
  const tenant = stack.type === 'infrastructure' ? ROOT_TENANT_URN : project?.spec.tenant;
  if (!tenant) return [];
  const members = view.inStack(tenant, stack.stack).map(({ record }) => record);
  const exported = members.flatMap((record) => (record.kind === 'export' ? systemsOfExport(record.urn, view) : []));
  const own = members.flatMap((record) => record.status.device?.system ?? []);
  return [...own, ...exported, ...systemsOfHosts(stack, view)];
}

/** Its volumes may be of another stack. */
export function systemsOfExport(urn: Urn, view: RecordedView): Urn[] {
  return view
    .inScope('lunMap', uuidOf(urn))
    .filter(({ record }) => record.status.phase !== 'deleted')
    .flatMap(({ record }) => view.get<'exportMask'>(record.spec.mask)?.record.spec.system ?? []);
}

/** Where hosts are known whose initiators change: there the masks change too. */
function systemsOfHosts(stack: DesiredGraph['stacks'][number], view: RecordedView): Urn[] {
  const systems: Urn[] = [];
  for (const node of stack.nodes.values()) {
    if (node.kind !== 'host' || node.existing) continue;
    const recorded =
      view.byAddress(ROOT_TENANT_URN, stack.stack, 'host', node.movedFrom?.replace(/^host\./, '') ?? node.name) ??
      view.byAddress(ROOT_TENANT_URN, stack.stack, 'host', node.name);
    if (!recorded || sameInitiators(node, recorded.record.urn, view)) continue;
    systems.push(...systemsOfHost(recorded.record.urn, view));
  }
  return systems;
}

/** Those on which it has a mask. */
export const systemsOfHost = (host: Urn, view: RecordedView): Urn[] =>
  view
    .all('storageSystem')
    .map(({ record }) => record.urn)
    .filter((urn) => view.byName('exportMask', uuidOf(urn), uuidOf(host)));

export function sameInitiators(node: DesiredNode, host: Urn, view: RecordedView): boolean {
  const wanted = (node.spec as DesiredSpecs['host']).initiators.map(({ portName }) => portName).sort();
  const recorded = view
    .inScope('initiator', uuidOf(host))
    .filter(({ record }) => record.status.phase !== 'deleted')
    .map(({ record }) => record.spec.portName);
  return wanted.join() === recorded.sort().join();
}
