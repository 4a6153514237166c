/** Connections for Graphviz: fabrics and storage systems are boxes with what is in them; what a plan adds and removes has a mark and a colour. */
import type {
  ListedPath,
  Mark,
  Topology,
  TopologyHost,
  TopologyMask,
} from '../engine/operations/connectivity-types.ts';
import { dotString } from './graph.ts';
import { networkText, placeText, zoneText } from './path.ts';

/** In the box of a mask; more are counted. */
const LUNS_DRAWN_MAX = 20;

const COLOURS: Record<Mark, string> = { '+': '#2e7d32', '-': '#c62828' };

interface Node {
  readonly label: string;
  readonly change?: Mark | undefined;
}

/** Everything once, by a key; numbers are names of nodes, so that no name can break out. */
class Drawing {
  readonly #ids = new Map<string, string>();
  readonly #groups = new Map<string, Map<string, string>>();
  readonly #edges = new Map<string, string>();

  node(group: string, key: string, { label, change }: Node): string {
    const id = this.#ids.get(key) ?? `n${this.#ids.size + 1}`;
    if (this.#ids.has(key)) return id;
    this.#ids.set(key, id);
    const members = this.#groups.get(group) ?? new Map<string, string>();
    this.#groups.set(group, members);
    members.set(id, `${id} [label=${dotString(change ? `${change} ${label}` : label)}${lookOf(change)}];`);
    return id;
  }

  edge(from: string, to: string, change: Mark | undefined, dashed = false): void {
    const style = [...(change ? [`color="${COLOURS[change]}"`] : []), ...(dashed ? ['style=dashed'] : [])];
    const key = `${from} -> ${to}`;
    // What stays goes before what comes or goes, where two paths share an arrow.
    if (this.#edges.has(key) && change) return;
    this.#edges.set(key, `${key}${style.length === 0 ? '' : ` [${style.join(', ')}]`};`);
  }

  lines(title: string): string[] {
    const groups = [...this.#groups].flatMap(([group, members], index) =>
      group === ''
        ? [...members.values()].map((node) => `  ${node}`)
        : [
            `  subgraph cluster_${index + 1} {`,
            `    label=${dotString(group)};`,
            ...[...members.values()].map((node) => `    ${node}`),
            '  }',
          ],
    );
    return [
      'digraph coprhd {',
      `  label=${dotString(title)};`,
      '  rankdir=LR;',
      '  node [shape=box, fontname="sans-serif"];',
      ...groups,
      ...[...this.#edges.values()].map((edge) => `  ${edge}`),
      '}',
    ];
  }

  get nodes(): number {
    return this.#ids.size;
  }
}

const lookOf = (change: Mark | undefined): string =>
  change === undefined ? '' : `, color="${COLOURS[change]}", fontcolor="${COLOURS[change]}"`;

export function topologyDot(topology: Topology): { readonly lines: readonly string[]; readonly nodes: number } {
  const drawing = new Drawing();
  for (const host of topology.hosts) drawHost(drawing, host);
  const title = topology.what === 'plan' ? `plan ${topology.about}: + is added, - is removed` : topology.about;
  return { lines: drawing.lines(title), nodes: drawing.nodes };
}

function drawHost(drawing: Drawing, { name, initiators, masks }: TopologyHost): void {
  const host = drawing.node('', `host ${name}`, { label: `host ${name}` });
  for (const { name: own, portName, network, at, paths } of initiators) {
    const lines = [
      own,
      ...(own === portName ? [] : [portName]),
      ...(at ? [placeText(at)] : []),
      ...(paths.length === 0 ? [`${network}: no path`] : []),
    ];
    const initiator = drawing.node('', `initiator ${portName}`, { label: lines.join('\n') });
    drawing.edge(host, initiator, undefined);
    for (const path of paths) drawPath(drawing, initiator, path, masks);
  }
}

function drawPath(drawing: Drawing, initiator: string, path: ListedPath, masks: readonly TopologyMask[]): void {
  const { port, system, change, zones } = path;
  const lines = [port.name, port.address, `HA domain ${port.haDomain}`, ...(port.at ? [placeText(port.at)] : [])];
  const target = drawing.node(`storage system ${system}`, `port ${port.name}`, { label: lines.join('\n') });
  const fabric = `network ${networkText(path)}`;
  for (const zone of zones) {
    const state = zone.change === '+' || zone.state === 'in-effect' ? '' : `\n${zoneText(zone)}`;
    const key = `zone ${path.network} ${zone.name}`;
    const node = drawing.node(fabric, key, { label: `${zone.name}${state}`, change: zone.change });
    drawing.edge(initiator, node, change);
    drawing.edge(node, target, change);
  }
  if (zones.length === 0) drawing.edge(initiator, target, change, path.zoned !== 'not-needed');
  const mask = masks.find((each) => each.system === system);
  if (!mask) return;
  const luns = drawing.node(`storage system ${system}`, `mask ${path.host} ${system}`, {
    label: lunLines(path.host, mask).join('\n'),
    change: mask.change,
  });
  drawing.edge(target, luns, change);
}

function lunLines(host: string, { luns }: TopologyMask): string[] {
  const drawn = luns.slice(0, LUNS_DRAWN_MAX);
  return [
    `LUNs of ${host}`,
    ...drawn.map(({ hlu, volume, change }) => `${change ? `${change} ` : ''}${hlu}: ${volume}`),
    ...(luns.length > drawn.length ? [`and ${luns.length - drawn.length} more`] : []),
  ];
}
