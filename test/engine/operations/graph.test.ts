import { describe, expect, it } from 'vitest';
import type { ResourceGraph } from '../../../src/engine/operations/types.ts';
import { graphLines } from '../../../src/views/graph.ts';
import { planGraph } from '../../../src/views/plan-graph.ts';
import { expectGolden } from '../../views/golden.ts';
import { createEstate, type Estate } from '../planner/estate.ts';
import { infrastructure, sourceOf, stack } from '../planner/texts.ts';

const WEB = stack({
  stack: 'web',
  volumes: { a: null, b: null },
  exports: { e: 'host: h1, volumes: [a, b]' },
});
const TEXTS = [infrastructure(), WEB];

async function drawn(estate: Estate, input: { address?: string; texts?: readonly string[] }): Promise<ResourceGraph> {
  const { address, texts } = input;
  const result = await estate.run('graph', {
    ...(address === undefined ? {} : { address }),
    ...(texts ? { source: sourceOf(texts) } : {}),
  });
  expect(result.diagnostics).toEqual([]);
  return result.graph!;
}

const arrows = ({ edges }: ResourceGraph): string[] => edges.map(({ from, to }) => `${from} -> ${to}`);
const ids = ({ nodes }: ResourceGraph): string[] => nodes.map(({ id }) => id);

describe('graph', () => {
  it('of files has what they declare and each reference once, without a state and without devices', async () => {
    const estate = await createEstate();
    estate.takeDown('sim-1');
    const graph = await drawn(estate, { texts: TEXTS });
    expect(arrows(graph).filter((arrow) => arrow.startsWith('web/'))).toEqual([
      'web/export.e -> infrastructure/host.h1',
      'web/export.e -> infrastructure/project.p',
      'web/export.e -> web/volume.a',
      'web/export.e -> web/volume.b',
      ...['a', 'b'].flatMap((name) => [
        `web/volume.${name} -> infrastructure/project.p`,
        `web/volume.${name} -> infrastructure/virtualArray.dc1`,
        `web/volume.${name} -> infrastructure/virtualPool.gold`,
      ]),
    ]);
    expectGolden('graph-files.dot', `${graphLines(graph, 'dot').join('\n')}\n`);
    expectGolden('graph-files.mmd', `${graphLines(graph, 'mermaid').join('\n')}\n`);
    expectGolden('graph-files.json', `${JSON.stringify(graph, undefined, 2)}\n`);
  });

  it('is the same whatever the order of files and of what is in them', async () => {
    const estate = await createEstate();
    const other = stack({ stack: 'web', volumes: { b: null, a: null }, exports: { e: 'volumes: [b, a], host: h1' } });
    expect(await drawn(estate, { texts: [other, infrastructure()] })).toEqual(await drawn(estate, { texts: TEXTS }));
  });

  it('marks what is not in the files but recorded, by name or as existing', async () => {
    const estate = await createEstate();
    await estate.applied(TEXTS);
    const second = stack({
      stack: 'second',
      volumes: { c: null },
      exports: { f: 'host: h2, volumes: [c, a]' },
      more: '',
    }).replace('volumes:\n', 'volumes:\n  a: { existing: true }\n');
    const graph = await drawn(estate, { texts: [second] });
    expect(ids(graph).filter((id) => !id.startsWith('second/'))).toEqual([
      'infrastructure/virtualArray.dc1',
      'infrastructure/virtualPool.gold',
      'infrastructure/project.p',
      'infrastructure/host.h2',
      'web/volume.a',
    ]);
    expect(graph.nodes.filter(({ recorded }) => recorded).length).toBe(5);
    expect(arrows(graph)).toContain('second/export.f -> web/volume.a');
  });

  it('of what is recorded has also where volumes are and what exports map', async () => {
    const estate = await createEstate();
    await estate.applied(TEXTS);
    const graph = await drawn(estate, {});
    const files = await drawn(estate, { texts: TEXTS });
    expect(ids(graph)).toEqual(ids(files));
    const placed = ['a', 'b'].map((name) => `web/volume.${name} -> infrastructure/storageSystem.array-1`);
    expect(arrows(graph)).toEqual([...arrows(files), ...placed].sort());
    expect(graph.nodes.every(({ recorded }) => recorded)).toBe(true);
  });

  it('around an address has what it needs and what needs it, not its siblings', async () => {
    const estate = await createEstate();
    await estate.applied(TEXTS);
    const graph = await drawn(estate, { address: 'web/volume.a' });
    expect(ids(graph)).toEqual([
      'infrastructure/network.san',
      'infrastructure/storageSystem.array-1',
      'infrastructure/virtualArray.dc1',
      'infrastructure/virtualPool.gold',
      'infrastructure/project.p',
      'web/volume.a',
      'web/export.e',
    ]);
    await expect(estate.run('graph', { address: 'nothing' })).rejects.toMatchObject({
      diagnostics: [{ code: 'COPRHD-STATE-005' }],
    });
  });

  it('of a real plan has every unit after all that it waits for', async () => {
    const estate = await createEstate();
    const graph = planGraph(await estate.planned(TEXTS));
    const wave = new Map(graph.nodes.map((node) => [node.id, node.wave!]));
    expect(graph.edges.length).toBeGreaterThan(5);
    for (const { from, to } of graph.edges) expect(wave.get(from)!, `${from} -> ${to}`).toBeLessThan(wave.get(to)!);
    expect(wave.get('web/export.e')).toBe(Math.max(...wave.values()));
    expectGolden('graph-plan.dot', `${graphLines(graph, 'dot').join('\n')}\n`);
    expectGolden('graph-plan.mmd', `${graphLines(graph, 'mermaid').join('\n')}\n`);
  });

  it('of files that are wrong says what is wrong', async () => {
    const estate = await createEstate();
    const result = await estate.run('graph', { source: sourceOf([WEB]) });
    expect([result.outcome, result.graph]).toEqual(['error', undefined]);
    expect(result.diagnostics.map(({ code }) => code)).toContain('COPRHD-CONFIG-005');
  });
});
