/**
 * Graphs as text for Graphviz (DOT) and mermaid. Names of nodes are numbers in order, what people read is in labels, and
 * labels are escaped: a name can't break out of its quotes. Equal graphs are equal text.
 */
import type { GraphNode, ResourceGraph } from '../engine/operations/types.ts';
import { kindWords, plural } from './format.ts';
import { type ChangeSymbol, symbolOf } from './plan-facts.ts';

export type GraphFormat = 'dot' | 'mermaid';

/** mermaid draws no more than this unless it is told to. */
export const MERMAID_EDGES_MAX = 500;

export function graphLines(graph: ResourceGraph, format: GraphFormat): string[] {
  return format === 'dot' ? dotLines(graph) : mermaidLines(graph);
}

const HEADINGS: Record<ResourceGraph['what'], string> = {
  resources: 'arrows point from a resource to what it refers to',
  plan: 'arrows point from what is done first to what waits for it',
};

const COLOURS: Record<ChangeSymbol, string> = {
  '+': '#2e7d32',
  '~': '#b26a00',
  '-': '#c62828',
  '>': '#1565c0',
  '!': '#6a1b9a',
};

const CLASSES: Record<ChangeSymbol, string> = {
  '+': 'add',
  '~': 'change',
  '-': 'remove',
  '>': 'record',
  '!': 'held',
};

/** What stands in a node: the address, then in a plan what is done and when. */
function labelParts(node: GraphNode): string[] {
  const symbol = symbolOfNode(node);
  if (symbol === undefined) return [node.id];
  const calls = node.deviceCalls ? `, ${plural(node.deviceCalls, 'device call')}` : '';
  const when = node.wave === undefined ? 'not done' : `wave ${node.wave}${calls}`;
  return [`${symbol} ${node.id}`, `${node.action}, ${when}`];
}

const symbolOfNode = ({ action }: GraphNode): ChangeSymbol | undefined => action && symbolOf({ action });

interface Numbered {
  readonly ids: ReadonlyMap<string, string>;
  readonly groups: ReadonlyMap<string, readonly GraphNode[]>;
}

function numbered({ nodes }: ResourceGraph): Numbered {
  const ids = new Map(nodes.map(({ id }, index) => [id, `n${index + 1}`]));
  const groups = new Map<string, GraphNode[]>();
  for (const node of nodes) groups.set(node.group, [...(groups.get(node.group) ?? []), node]);
  return { ids, groups };
}

/** In a DOT string: quotes end it, backslashes and entities mean something in labels. */
export function dotString(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('&', '&amp;')
    .replace(/\r\n|\r|\n/g, '\\n');
  return `"${escaped}"`;
}

function dotLines(graph: ResourceGraph): string[] {
  const { ids, groups } = numbered(graph);
  const node = (each: GraphNode): string => {
    const symbol = symbolOfNode(each);
    const colour = symbol === undefined ? '' : `, color="${COLOURS[symbol]}"`;
    const style = each.recorded || each.action === 'held' ? ', style=dashed' : '';
    const tip = `, tooltip=${dotString(kindWords(each.kind))}`;
    return `    ${ids.get(each.id)} [label=${dotString(labelParts(each).join('\n'))}${colour}${style}${tip}];`;
  };
  return [
    `// ${HEADINGS[graph.what]}`,
    'digraph coprhd {',
    '  rankdir=LR;',
    '  node [shape=box, fontname="sans-serif"];',
    ...[...groups].flatMap(([group, nodes], index) => [
      `  subgraph cluster_${index + 1} {`,
      `    label=${dotString(group)};`,
      ...nodes.map(node),
      '  }',
    ]),
    ...graph.edges.map(({ from, to }) => `  ${ids.get(from)} -> ${ids.get(to)};`),
    '}',
  ];
}

/** In a mermaid label: what has a meaning there, or in HTML, as the number of its character. */
export function mermaidString(text: string): string {
  const escaped = text.replace(/[#"&<>`\\;]/g, (found) => `#${found.charCodeAt(0)};`).replace(/\r\n|\r|\n/g, '<br/>');
  return `"${escaped}"`;
}

function mermaidLines(graph: ResourceGraph): string[] {
  const { ids, groups } = numbered(graph);
  const used = new Map<ChangeSymbol, string[]>();
  for (const node of graph.nodes) {
    const symbol = symbolOfNode(node);
    if (symbol !== undefined) used.set(symbol, [...(used.get(symbol) ?? []), ids.get(node.id)!]);
  }
  const recorded = graph.nodes.filter((node) => node.recorded).map(({ id }) => ids.get(id)!);
  return [
    `%% ${HEADINGS[graph.what]}`,
    'flowchart LR',
    ...[...groups].flatMap(([group, nodes], index) => [
      `  subgraph g${index + 1}[${mermaidString(group)}]`,
      ...nodes.map((node) => `    ${ids.get(node.id)}[${mermaidString(labelParts(node).join('\n'))}]`),
      '  end',
    ]),
    ...graph.edges.map(({ from, to }) => `  ${ids.get(from)} --> ${ids.get(to)}`),
    ...[...used].flatMap(([symbol, members]) => [
      `  classDef ${CLASSES[symbol]} stroke:${COLOURS[symbol]},stroke-width:2px`,
      `  class ${members.join(',')} ${CLASSES[symbol]}`,
    ]),
    ...(recorded.length === 0
      ? []
      : ['  classDef recorded stroke-dasharray:4 3', `  class ${recorded.join(',')} recorded`]),
  ];
}
