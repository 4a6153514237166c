import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GraphNode, ResourceGraph } from '../../src/engine/operations/types.ts';
import { dotString, graphLines, mermaidString } from '../../src/views/graph.ts';
import { planGraph } from '../../src/views/plan-graph.ts';
import { ADDING_PLAN, REMOVING_PLAN } from './fixtures/plans.ts';
import { expectGolden } from './golden.ts';

const node = (id: string, more: Partial<GraphNode> = {}): GraphNode => ({ id, kind: 'volume', group: 'web', ...more });

const NASTY = ['a"b', "it's", 'back\\slash', 'a]; n1 -> n9 [label="x', '<b>&amp;</b>', 'two\nlines', '#35;', '%% no'];

const NASTY_GRAPH: ResourceGraph = {
  what: 'resources',
  nodes: NASTY.map((id) => node(id, { group: id })),
  edges: [{ from: NASTY[0]!, to: NASTY[1]!, field: 'virtualPool' }],
};

interface Dot {
  readonly labels: Readonly<Record<string, string>>;
  readonly edges: readonly string[];
  readonly clusters: readonly string[];
}

/** Reads the DOT that we write and nothing else: throws at what isn't in that grammar. */
function parseDot(text: string): Dot {
  const labels: Record<string, string> = {};
  const edges: string[] = [];
  const clusters: string[] = [];
  const string = '"((?:[^"\\\\\\n]|\\\\.)*)"';
  const value = `(?:${string}|[a-z]+)`;
  const nodeLine = new RegExp(`^ {4}(n\\d+) \\[label=${string}(?:, [a-z]+=${value})*\\];$`);
  const clusterLabel = new RegExp(`^ {4}label=${string};$`);
  const plain = (label: string) =>
    label.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one)).replaceAll('&amp;', '&');
  let depth = 0;
  for (const line of text.trimEnd().split('\n')) {
    const [, id, label] = nodeLine.exec(line) ?? [];
    const edge = /^ {2}(n\d+ -> n\d+);$/.exec(line)?.[1];
    const cluster = clusterLabel.exec(line)?.[1];
    if (id !== undefined) labels[id] = plain(label!);
    else if (edge !== undefined) edges.push(edge);
    else if (cluster !== undefined) clusters.push(plain(cluster));
    else if (/^(?:digraph coprhd| {2}subgraph cluster_\d+) \{$/.test(line)) depth++;
    else if (/^ *\}$/.test(line)) depth--;
    else if (!/^\/\/ |^ {2}rankdir=LR;$|^ {2}node \[shape=box, fontname="sans-serif"\];$/.test(line))
      throw new Error(`not DOT: ${line}`);
  }
  expect(depth).toBe(0);
  return { labels, edges, clusters };
}

const dot = (graph: ResourceGraph): string => `${graphLines(graph, 'dot').join('\n')}\n`;
const mermaid = (graph: ResourceGraph): string => `${graphLines(graph, 'mermaid').join('\n')}\n`;

describe('graphs as text', () => {
  it.each([
    { name: 'graph-plan-adding', graph: planGraph(ADDING_PLAN) },
    { name: 'graph-plan-removing', graph: planGraph(REMOVING_PLAN) },
    { name: 'graph-nasty-names', graph: NASTY_GRAPH },
  ])('$name looks as recorded', ({ name, graph }) => {
    expectGolden(`${name}.dot`, dot(graph));
    expectGolden(`${name}.mmd`, mermaid(graph));
  });

  it('in DOT keep any name in its quotes, and give it back', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 30 }), { minLength: 1, maxLength: 5 }), (texts) => {
        const names = [...new Set(texts.map((text) => text.replace(/\r\n?/g, '\n')))];
        const graph: ResourceGraph = {
          what: 'resources',
          nodes: names.map((id) => node(id, { group: id })),
          edges: [],
        };
        const parsed = parseDot(dot(graph));
        expect(Object.values(parsed.labels)).toEqual(names);
        expect(parsed.clusters).toEqual(names);
      }),
    );
    expect(parseDot(dot(NASTY_GRAPH)).edges).toEqual(['n1 -> n2']);
  });

  it('in mermaid leave nothing of a name that has a meaning there', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const inner = mermaidString(text).slice(1, -1);
        expect(inner.replace(/#\d+;|<br\/>/g, '')).not.toMatch(/["<>&#;`\\\r\n]/);
      }),
    );
    expect(mermaidString('a"b')).toBe('"a#34;b"');
    expect(dotString('a"b\\')).toBe('"a\\"b\\\\"');
  });

  const installed = spawnSync('dot', ['-V']).status === 0;
  it.skipIf(!installed)('are read by Graphviz', () => {
    for (const graph of [planGraph(ADDING_PLAN), planGraph(REMOVING_PLAN), NASTY_GRAPH]) {
      const ran = spawnSync('dot', ['-Tplain'], { input: dot(graph), encoding: 'utf8' });
      expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: '' });
    }
  });
});

describe('the graph of a plan', () => {
  it('puts each unit one wave after the last one that it waits for, and held changes nowhere', () => {
    const [first, second, third] = ADDING_PLAN.units;
    const units = [first!, { ...second!, dependsOn: [first!.id] }, { ...third!, dependsOn: [first!.id, second!.id] }];
    const graph = planGraph({ ...ADDING_PLAN, units });
    expect(graph.nodes.map(({ wave }) => wave)).toEqual([1, 2, 3]);
    expect(graph.edges).toEqual([
      { from: first!.address, to: second!.address },
      { from: first!.address, to: third!.address },
      { from: second!.address, to: third!.address },
    ]);
    const held = planGraph(REMOVING_PLAN).nodes.filter(({ action }) => action === 'held');
    expect(held.length).toBeGreaterThan(0);
    expect(held.every(({ wave }) => wave === undefined)).toBe(true);
  });

  it('tells two units of one resource apart', () => {
    const [unit] = ADDING_PLAN.units;
    const again = { ...unit!, id: 'u00099', dependsOn: [unit!.id] };
    const ids = planGraph({ ...ADDING_PLAN, units: [unit!, again] }).nodes.map(({ id }) => id);
    expect(ids).toEqual([`${unit!.address} (u00001)`, `${unit!.address} (u00099)`]);
  });
});
