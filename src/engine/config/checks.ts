/**
 * What can be wrong between resources that are each right: directives that contradict one another, volumes shown to
 * several hosts, initiators of two hosts. Within the given files only; what is recorded is the planner's to compare.
 */
import type { SourceSpan } from '../../lib/diagnostic.ts';
import { foldName, localAddress } from '../model/address.ts';
import { at, type Complaints, didYouMean, listed } from './complaints.ts';
import { isNotUnderstood } from './context.ts';
import type { DesiredGraph, DesiredNode, DesiredStack, NotUnderstood } from './desired.ts';

export function checkGraph(graph: DesiredGraph, complaints: Complaints): void {
  for (const stack of graph.stacks) {
    checkDirectives(stack, complaints);
    checkImports(stack, graph.notUnderstood, complaints);
  }
  checkInitiators(graph, complaints);
  checkInterfaces(graph, complaints);
  checkSharing(graph, complaints);
}

export function isKind<K extends DesiredNode['kind']>(
  node: DesiredNode,
  kind: K,
): node is DesiredNode & DesiredNode<K> {
  return node.kind === kind;
}

const CONFLICT = 'COPRHD-CONFIG-015';

function checkDirectives({ nodes, forget }: DesiredStack, complaints: Complaints): void {
  const declared = new Map([...nodes].map(([address, node]) => [foldName(address), node]));
  const leaving = new Map<string, { what: string; span: () => SourceSpan }>();
  const leave = (address: string, what: string, span: () => SourceSpan, owner?: DesiredNode) => {
    const key = foldName(address);
    const still = declared.get(key);
    const earlier = leaving.get(key);
    if (still !== undefined) {
      complaints.add({
        code: CONFLICT,
        summary: `${what}, and ${address} is still declared`,
        detail: `It is declared at ${at(still.spanOf())}.`,
        fix:
          still === owner
            ? 'Remove movedFrom; it names the resource itself.'
            : `Remove the directive, or the declaration.`,
        span: span(),
      });
    } else if (earlier !== undefined) {
      complaints.add({
        code: CONFLICT,
        summary: `${what}, but ${earlier.what} as well`,
        detail: `See ${at(earlier.span())}.`,
        fix: 'Keep one of them.',
        span: span(),
      });
    } else leaving.set(key, { what, span });
  };
  for (const [address, node] of nodes) {
    if (node.movedFrom === undefined) continue;
    leave(node.movedFrom, `${address} is moved from ${node.movedFrom}`, () => node.spanOf(['movedFrom']), node);
  }
  for (const { address, span } of forget) leave(address, `${address} is to be forgotten`, span);
}

const declaredAs = (address: string, name: string): string =>
  address.startsWith('export.')
    ? `exports: { ${name}: { host: ..., volumes: [...] } }`
    : `volumes: { ${name}: { size: ..., ... } }`;

function checkImports(
  { nodes, imports, unclear }: DesiredStack,
  gaps: NotUnderstood | undefined,
  complaints: Complaints,
): void {
  const declared = new Map([...nodes].map(([address, node]) => [foldName(address), node]));
  const seen = new Map<string, () => SourceSpan>();
  for (const { address, system, nativeId, span } of imports) {
    const node = declared.get(foldName(address));
    const name = address.slice(address.indexOf('.') + 1);
    if (node === undefined) {
      const kind = address.startsWith('export.') ? 'export' : 'volume';
      if (unclear || isNotUnderstood(gaps, kind, name)) continue;
      complaints.add({
        code: 'COPRHD-CONFIG-005',
        summary: `import: ${address} is not declared`,
        detail: 'What is imported must be declared too, so that the plan can compare the two.',
        fix: didYouMean(address, [...nodes.keys()]) ?? `Declare it: ${declaredAs(address, name)}.`,
        span: span(),
      });
      continue;
    }
    if (node.existing || node.movedFrom !== undefined) {
      complaints.add({
        code: CONFLICT,
        summary: `import: ${address} is declared with "${node.existing ? 'existing' : 'movedFrom'}"`,
        detail: 'That says it is recorded already; only what is not recorded can be imported.',
        fix: 'Remove one of them.',
        span: span(),
      });
    }
    // A mask serves several exports, and an export has a mask for each host.
    const isExport = node.kind === 'export';
    const isObject = system !== '' && nativeId !== '' && !isExport;
    const objects = isObject ? [`object ${foldName(system)} ${nativeId}`] : [];
    const identities = [...(isExport ? [] : [`address ${foldName(address)}`]), ...objects];
    for (const identity of identities) {
      const first = seen.get(identity);
      if (first === undefined) seen.set(identity, span);
      else {
        const what = identity.startsWith('address') ? address : `"${nativeId}" of "${system}"`;
        const fix = 'Remove one of them.';
        complaints.add({
          code: CONFLICT,
          summary: `${what} is imported twice`,
          detail: `See ${at(first())}.`,
          fix,
          span: span(),
        });
      }
    }
  }
}

/** Of all stacks, in file order. */
export function* allNodes(graph: DesiredGraph): Generator<{ stack: DesiredStack; node: DesiredNode }> {
  for (const stack of graph.stacks) for (const node of stack.nodes.values()) yield { stack, node };
}

/** An address belongs to one host, once. */
function checkInterfaces(graph: DesiredGraph, complaints: Complaints): void {
  const owners = new Map<string, { node: DesiredNode; index: number }>();
  for (const { node } of allNodes(graph)) {
    if (!isKind(node, 'host') || node.existing) continue;
    node.spec.interfaces?.forEach(({ address: ip }, index) => {
      const first = owners.get(ip);
      if (first === undefined) {
        owners.set(ip, { node, index });
        return;
      }
      const [address, other] = [localAddress('host', node.name), localAddress('host', first.node.name)];
      complaints.add({
        code: 'COPRHD-CONFIG-006',
        summary: `the address ${ip} of ${address} is declared on ${other} too`,
        detail: `It stands at ${at(first.node.spanOf(['interfaces', first.index]))}.`,
        fix: 'Correct the wrong one.',
        span: node.spanOf(['interfaces', index]),
        address,
      });
    });
  }
}

/** A port name belongs to one host in the whole estate, and to a network of its own transport. */
function checkInitiators(graph: DesiredGraph, complaints: Complaints): void {
  const transports = new Map<string, string>();
  for (const { node } of allNodes(graph)) {
    if (isKind(node, 'network') && !node.existing) transports.set(foldName(node.name), node.spec.transport);
  }
  const owners = new Map<string, { node: DesiredNode; index: number }>();
  for (const { node } of allNodes(graph)) {
    if (!isKind(node, 'host') || node.existing) continue;
    node.spec.initiators.forEach(({ portName, protocol, network }, index) => {
      const span = () => node.spanOf(['initiators', index]);
      const address = localAddress('host', node.name);
      const first = owners.get(portName);
      if (first === undefined) owners.set(portName, { node, index });
      else {
        complaints.add({
          code: 'COPRHD-CONFIG-006',
          summary: `the initiator ${portName} of ${address} is declared on ${localAddress('host', first.node.name)} too`,
          detail: `It stands at ${at(first.node.spanOf(['initiators', first.index]))}. A port name belongs to one host; a volume shown to it would reach both.`,
          fix: 'Read the port name on each host and correct the wrong one.',
          span: span(),
          address,
        });
      }
      const transport = transports.get(foldName(network));
      if (transport === undefined || transport === (protocol === 'fc' ? 'fc' : 'ip')) return;
      complaints.add({
        code: 'COPRHD-CONFIG-004',
        summary: `${address}: the initiator ${portName} can not be in network "${network}", whose transport is ${transport}`,
        fix: `Name a network with transport: ${protocol === 'fc' ? 'fc' : 'ip'}.`,
        span: node.spanOf(['initiators', index, 'network']),
        address,
      });
    });
  }
}

interface Showing {
  readonly node: DesiredNode<'export'>;
  readonly index: number;
  /** `host a`. */
  readonly target: string;
  readonly shared: boolean;
  readonly exclusive: boolean;
}

/** A volume reaches several hosts only through a cluster, or where every export of it says that the hosts can share it. */
function checkSharing(graph: DesiredGraph, complaints: Complaints): void {
  const showings = new Map<string, Showing[]>();
  for (const { stack, node } of allNodes(graph)) {
    // What isn't understood of an export may be what makes it right.
    if (!isKind(node, 'export') || node.existing || node.unclear) continue;
    const { sharedAccess, exclusive, volumes } = node.spec;
    const { word, names } = seersIn(node.spec);
    // Nobody sees it yet.
    if (names.length === 0) continue;
    if (names.length > 1 && sharedAccess === undefined) complainAboutSeveral(node, complaints);
    const target = `${names.length > 1 ? `${word}s` : word} ${quotedNames(names)}`;
    volumes.forEach(({ volume }, index) => {
      const project = stack.unclear ? `?${graph.stacks.indexOf(stack)}` : foldName(stack.project ?? '');
      const key = `${project}/${foldName(volume)}`;
      const showing: Showing = {
        node,
        index,
        target,
        shared: sharedAccess !== undefined,
        exclusive: exclusive === true,
      };
      const others = showings.get(key);
      if (others) others.push(showing);
      else showings.set(key, [showing]);
    });
  }
  const groups = new Map<string, { all: Showing[]; volumes: number }>();
  for (const all of showings.values()) {
    const targets = new Set(all.map(({ target }) => foldName(target)));
    if (targets.size < 2 || all.every(({ shared }) => shared)) continue;
    // A range of volumes is one mistake.
    const places = all.map(
      ({ node, index }) => `${localAddress('export', node.name)} ${at(node.spanOf(['volumes', index]))}`,
    );
    const group = groups.get(places.join());
    if (group) group.volumes += 1;
    else groups.set(places.join(), { all, volumes: 1 });
  }
  for (const { all, volumes } of groups.values()) complainAboutSharing(all, volumes, complaints);
}

function seersIn({ host, cluster, hosts = [], clusters = [] }: DesiredNode<'export'>['spec']) {
  const names = [...(host === undefined ? hosts : [host]), ...(cluster === undefined ? clusters : [cluster])];
  return { word: (cluster ?? clusters[0]) === undefined ? 'host' : 'cluster', names };
}

const quotedNames = (names: readonly string[]): string => listed(names.map((name) => `"${name}"`));

/** One export is several where it names several. */
function complainAboutSeveral(node: DesiredNode<'export'>, complaints: Complaints): void {
  const { word, names } = seersIn(node.spec);
  const [first, ...more] = node.spec.volumes;
  if (first === undefined) return;
  const address = localAddress('export', node.name);
  const what = more.length === 0 ? `volume "${first.volume}"` : `volume "${first.volume}" and ${more.length} more`;
  complaints.add({
    code: 'COPRHD-CONFIG-016',
    summary: `${address} shows ${what} to ${word}s ${quotedNames(names)}`,
    detail: 'Two hosts that write to one volume destroy its data unless their software shares it.',
    fix:
      word === 'host'
        ? 'Make the hosts a cluster and export to it, or, if they share safely, add sharedAccess: cluster-aware.'
        : 'If all their hosts share safely, add sharedAccess: cluster-aware; else make an export for each cluster.',
    span: node.spanOf([`${word}s`]),
    address,
  });
}

function complainAboutSharing(all: readonly Showing[], count: number, complaints: Complaints): void {
  const first = all[0]!;
  const second = all.find(({ target }) => foldName(target) !== foldName(first.target))!;
  const [named, other] = second.shared && !first.shared ? [first, second] : [second, first];
  const addressOf = ({ node }: Showing) => localAddress('export', node.name);
  const { volume } = named.node.spec.volumes[named.index]!;
  const alone = all.find(({ exclusive }) => exclusive);
  const what = count === 1 ? `volume "${volume}"` : `volume "${volume}" and ${count - 1} more`;
  const lacking = [...new Set(all.filter(({ shared }) => !shared).map(addressOf))].join(' and ');
  complaints.add({
    code: 'COPRHD-CONFIG-016',
    summary: `${addressOf(named)} shows ${what} to ${named.target}, and ${addressOf(other)} to ${other.target}`,
    detail: `See ${at(other.node.spanOf(['volumes', other.index]))}. Two hosts that write to one volume destroy its data unless their software shares it.`,
    fix: alone
      ? `Leave it out of one of them: ${addressOf(alone)} is exclusive.`
      : `Make the hosts a cluster and export to it, or, if they share safely, add sharedAccess: cluster-aware to ${lacking}.`,
    span: named.node.spanOf(['volumes', named.index]),
    address: addressOf(named),
  });
}
