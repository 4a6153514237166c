/**
 * Which network systems a plan must look at: those that are declared, and those of the fabrics that hosts are in whose paths
 * may change, because an export is declared or goes, or their initiators or clusters change. Without a Fibre Channel network
 * that somebody zones nothing is looked at.
 */
import type { Binding, DesiredGraph, DesiredNode, DesiredSpecs } from '../config/desired.ts';
import { foldName } from '../model/address.ts';
import { hostsSeeing } from '../model/export-seers.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { ZONE } from '../model/unique-names.ts';
import { ROOT_TENANT_URN, type Urn, uuidOf } from '../model/urn.ts';
import { declaredDevice, nodesOf, sameInitiators, type WantedSystem } from './systems.ts';

export function networkSystemsToObserve(
  graph: DesiredGraph,
  bindings: ReadonlyMap<string, Binding>,
  view: RecordedView,
): WantedSystem[] {
  const wanted = new Map<string, WantedSystem>();
  for (const [node, stack] of nodesOf(graph, 'networkSystem')) {
    if (!node.existing) wanted.set(foldName(node.name), declaredDevice(node, stack, view));
  }
  const addUrn = (urn: Urn | undefined) => {
    const record = urn && live(view.get<'networkSystem'>(urn)?.record);
    if (record && !wanted.has(foldName(record.name))) {
      wanted.set(foldName(record.name), { name: record.name, urn: record.urn });
    }
  };
  // Networks say whose they are.
  for (const { kind, urn } of bindings.values()) if (kind === 'networkSystem') addUrn(urn);
  const networks = networksNeeded(graph, view);
  for (const urn of networks.recorded) addUrn(live(view.get<'network'>(urn)?.record)?.spec.networkSystem);
  for (const name of networks.named) {
    // A declared one has said it above.
    addUrn(live(view.byName('network', ZONE, name)?.record)?.spec.networkSystem);
  }
  return [...wanted.values()];
}

/** Of its fabrics, by what is recorded of its initiators. */
export function networkSystemsOfHost(host: Urn, view: RecordedView): WantedSystem[] {
  const systems = recordedNetworks(host, view).flatMap((urn) => {
    const system = live(view.get<'network'>(urn)?.record)?.spec.networkSystem;
    return system === undefined ? [] : [system];
  });
  return [...new Set(systems)].flatMap((urn) => {
    const record = live(view.get<'networkSystem'>(urn)?.record);
    return record ? [{ name: record.name, urn: record.urn }] : [];
  });
}

export function networkSystemsOfExport(urn: Urn, view: RecordedView): WantedSystem[] {
  const record = live(view.get<'export'>(urn)?.record);
  return record ? hostsOfExport(record, view).flatMap((host) => networkSystemsOfHost(host, view)) : [];
}

const live = <R extends ResourceRecord>(record: R | undefined): R | undefined =>
  record && isLive(record) ? record : undefined;

interface Networks {
  readonly recorded: ReadonlySet<Urn>;
  readonly named: ReadonlySet<string>;
}

function networksNeeded(graph: DesiredGraph, view: RecordedView): Networks {
  const [recorded, named] = [new Set<Urn>(), new Set<string>()];
  const hosts = new Map(nodesOf(graph, 'host').map(([node]) => [foldName(node.name), node]));
  const clusters = new Map(nodesOf(graph, 'cluster').map(([node]) => [foldName(node.name), node]));
  const addHost = (host: Urn) => {
    for (const urn of recordedNetworks(host, view)) recorded.add(urn);
  };
  const addNode = (node: DesiredNode | undefined) => {
    if (!node || node.existing) return;
    for (const { protocol, network } of (node.spec as DesiredSpecs['host']).initiators) {
      if (protocol === 'fc') named.add(network);
    }
  };
  const addHostNamed = (name: string) => {
    addNode(hosts.get(foldName(name)));
    const host = live(view.byName('host', ZONE, name)?.record);
    if (host) addHost(host.urn);
  };
  const addClusterNamed = (name: string) => {
    const node = clusters.get(foldName(name));
    if (node && !node.existing) for (const host of (node.spec as DesiredSpecs['cluster']).hosts) addHostNamed(host);
    const cluster = live(view.byName('cluster', ZONE, name)?.record);
    for (const host of cluster ? view.members(cluster.urn, 'hosts') : []) addHost(host);
  };
  for (const stack of graph.stacks) {
    for (const urn of exportsOf(stack, view)) for (const host of hostsOfExport(urn, view)) addHost(host);
    for (const node of stack.nodes.values()) {
      if (node.existing) continue;
      if (node.kind === 'export') {
        const { host, cluster, hosts = [], clusters = [] } = node.spec as DesiredSpecs['export'];
        for (const name of host === undefined ? hosts : [host]) addHostNamed(name);
        for (const name of cluster === undefined ? clusters : [cluster]) addClusterNamed(name);
      }
      if (node.kind === 'host' && changesInitiators(node, stack.stack, view)) addHostNamed(node.name);
      if (node.kind === 'cluster' && changesHosts(node, view)) addClusterNamed(node.name);
    }
  }
  return { recorded, named };
}

/** Of its Fibre Channel initiators. */
function recordedNetworks(host: Urn, view: RecordedView): Urn[] {
  return view
    .inScope('initiator', uuidOf(host))
    .filter(({ record }) => isLive(record) && record.spec.protocol === 'fc')
    .map(({ record }) => record.spec.network);
}

/** Declared ones may go, too. */
function exportsOf(stack: DesiredGraph['stacks'][number], view: RecordedView): ResourceRecord<'export'>[] {
  if (stack.project === undefined) return [];
  const project = live(view.byName('project', ZONE, stack.project)?.record);
  if (!project) return [];
  return view
    .inStack(project.spec.tenant, stack.stack)
    .flatMap(({ record }) => (record.kind === 'export' && isLive(record) ? [record as ResourceRecord<'export'>] : []));
}

const hostsOfExport = (record: ResourceRecord<'export'>, view: RecordedView): readonly Urn[] =>
  hostsSeeing(record, (of, list) => view.members(of, list));

/** Of a host that is recorded: a new one has no paths yet. */
function changesInitiators(node: DesiredNode, stack: string, view: RecordedView): boolean {
  const old = node.movedFrom?.replace(/^host\./, '') ?? node.name;
  const recorded =
    node.changes === undefined
      ? (view.byAddress(ROOT_TENANT_URN, stack, 'host', old) ??
        view.byAddress(ROOT_TENANT_URN, stack, 'host', node.name))
      : view.get<'host'>(node.changes);
  return recorded !== undefined && isLive(recorded.record) && !sameInitiators(node, recorded.record.urn, view);
}

function changesHosts(node: DesiredNode, view: RecordedView): boolean {
  const cluster = live(view.byName('cluster', ZONE, node.name)?.record);
  if (!cluster) return false;
  const recorded = view.members(cluster.urn, 'hosts').map((urn) => foldName(view.get(urn)?.record.name ?? urn));
  const declared = (node.spec as DesiredSpecs['cluster']).hosts.map(foldName);
  return recorded.sort().join() !== declared.sort().join();
}
