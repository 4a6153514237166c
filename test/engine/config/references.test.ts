import { describe, expect, it } from 'vitest';
import { resolveReferences } from '../../../src/engine/config/references.ts';
import { ROOT_TENANT_URN } from '../../../src/engine/model/urn.ts';
import { brief, GOOD_PLAN, load, nodeOf, record, stackText, viewOf } from './support.ts';

const VOLUME = 'size: 1GiB, virtualPool: gold, virtualArray: dc1';
const pool = record('virtualPool', 'Gold');
const array = record('virtualArray', 'dc1');
const project = record('project', 'p');
const host = record('host', 'web-01');
const shared = [pool, array, project, host];

describe('references', () => {
  it('of a plan that declares everything are resources of the plan', () => {
    const result = load(GOOD_PLAN);
    const { bindings, diagnostics } = resolveReferences(result.graph, viewOf([]));
    expect(diagnostics).toEqual([]);
    const of = (key: string) => bindings.get(key);
    expect(of('oracle-prod/volume.ora-data-01#virtualPool')?.node).toBe(nodeOf(result, 'virtualPool.gold'));
    expect(of('oracle-prod/volume.ora-data-01#project')?.node).toBe(nodeOf(result, 'project.oracle'));
    expect(of('oracle-prod/export.ora-data#volumes.7.volume')?.node).toBe(nodeOf(result, 'volume.ora-data-08'));
    expect(of('infrastructure/host.ora-1#tenant')?.node).toBe(nodeOf(result, 'tenant.finance'));
    expect(of('infrastructure/virtualArray.dc1#storageSystems.0')?.node).toBe(nodeOf(result, 'storageSystem.array-1'));
  });

  it('to what is not declared are recorded resources, ignoring case', () => {
    const { graph } = load(stackText(`volumes: { a: { ${VOLUME} } }\nexports: { e: { host: WEB-01, volumes: [a] } }`));
    const { bindings, diagnostics } = resolveReferences(graph, viewOf(shared));
    expect(diagnostics).toEqual([]);
    expect(bindings.get('s/volume.a#virtualPool')).toEqual({ kind: 'virtualPool', name: 'gold', urn: pool.urn });
    expect(bindings.get('s/volume.a#project')?.urn).toBe(project.urn);
    expect(bindings.get('s/export.e#host')?.urn).toBe(host.urn);
  });

  it('to the root tenant hold even when nothing is loaded', () => {
    const { graph } = load('kind: infrastructure\nprojects: { p: {} }');
    const { bindings, diagnostics } = resolveReferences(graph, viewOf([]));
    expect(diagnostics).toEqual([]);
    expect(bindings.get('infrastructure/project.p#tenant')?.urn).toBe(ROOT_TENANT_URN);
  });

  it('find volumes of other stacks of the same project, recorded or declared, and of no other project', () => {
    const exporting = stackText('exports: { e: { host: web-01, volumes: [elsewhere] } }');
    const volume = record('volume', 'elsewhere', { project: project.urn });
    const { bindings } = resolveReferences(load(exporting).graph, viewOf([...shared, volume]));
    expect(bindings.get('s/export.e#volumes.0.volume')?.urn).toBe(volume.urn);

    const declaring = stackText(`volumes: { elsewhere: { ${VOLUME} } }`).replace('stack: s', 'stack: t');
    const both = load(`${exporting}\n---\n${declaring}`);
    const found = resolveReferences(both.graph, viewOf(shared));
    expect(found.bindings.get('s/export.e#volumes.0.volume')?.node).toBe(nodeOf(both, 'volume.elsewhere'));

    const foreign = record('volume', 'elsewhere', { project: record('project', 'q').urn });
    expect(brief(resolveReferences(load(exporting).graph, viewOf([...shared, foreign])).diagnostics)).toEqual([
      '005 4:41 export.e: there is no volume "elsewhere"',
    ]);
  });

  it('do not hold on to what is deleted', () => {
    const { graph } = load(stackText(`volumes: { a: { ${VOLUME} } }`));
    const gone = viewOf([array, project, { ...pool, status: { phase: 'deleted', sinceMs: 0 } }]);
    expect(brief(resolveReferences(graph, gone).diagnostics)).toEqual([
      '005 4:42 volume.a: there is no virtualPool "gold"',
    ]);
  });

  it('never load a whole kind unless suggestions of recorded names are asked for', () => {
    const { graph } = load(stackText('volumes: { a: { size: 1GiB, virtualPool: glod, virtualArray: dc1 } }'));
    const view = viewOf(shared);
    expect(resolveReferences(graph, view).diagnostics[0]?.fix).not.toContain('Gold');
    expect(view.wholeKinds).toEqual([]);
    expect(resolveReferences(graph, view, { suggestRecorded: true }).diagnostics[0]?.fix).toBe('Did you mean "Gold"?');
    expect(view.wholeKinds).toEqual(['virtualPool']);
  });

  it('that stand at one place are complained about once', () => {
    const { graph } = load(
      stackText(`volumes: { "a-{1..50}": { ${VOLUME} } }\nexports: { e: { host: web-01, volumes: ["b-{1..50}"] } }`),
    );
    expect(brief(resolveReferences(graph, viewOf([array, project, host])).diagnostics)).toEqual([
      '005 4:52 volume.a-1: there is no virtualPool "gold"',
      expect.stringMatching(/^005 5:41 export.e: there is no volume "b-1" nor "b-2", .* and 37 more$/),
    ]);
  });
});

describe('existing: true', () => {
  const text = stackText('volumes: { a: { existing: true } }\nexports: { e: { host: web-01, volumes: [a] } }');

  it('binds to the recorded resource, and so do references to it', () => {
    const volume = record('volume', 'a', { project: project.urn });
    const { bindings, diagnostics } = resolveReferences(load(text).graph, viewOf([...shared, volume]));
    expect(diagnostics).toEqual([]);
    expect(bindings.get('s/volume.a#existing')?.urn).toBe(volume.urn);
    expect(bindings.get('s/export.e#volumes.0.volume')?.urn).toBe(volume.urn);
  });

  it('is complained about once, where it stands, when nothing such is recorded', () => {
    expect(brief(resolveReferences(load(text).graph, viewOf(shared)).diagnostics)).toEqual([
      '005 4:12 volume.a is declared with existing: true, and no such volume is recorded',
    ]);
  });
});

describe('an import', () => {
  it('binds the storage system', () => {
    const system = record('storageSystem', 'array-1');
    const text = stackText(
      `volumes: { a: { ${VOLUME} } }\nimport: [{ address: volume.a, system: array-1, nativeId: "17" }]`,
    );
    const { bindings, diagnostics } = resolveReferences(load(text).graph, viewOf([...shared, system]));
    expect(diagnostics).toEqual([]);
    expect(bindings.get('s/volume.a#import.system')?.urn).toBe(system.urn);
  });
});

describe('what was complained about already', () => {
  it('is not reported as missing a second time', () => {
    const text =
      'kind: infrastructure\nnetworks: { lan: { transport: ib } }\nvirtualArrays: { dc1: { networks: [lan] } }';
    const { graph, diagnostics } = load(text);
    expect(diagnostics).toHaveLength(1);
    expect(resolveReferences(graph, viewOf([])).diagnostics).toEqual([]);
  });

  it('makes no name missing while a file can not be read', () => {
    const { graph } = load([
      { file: 'a.yaml', text: 'kind: infrastructure\nvirtualArrays: { dc1: { networks: [lan] } }' },
      { file: 'b.yaml', text: 'kind: infrastructure\nnetworks: { lan: { transport: ip }' },
    ]);
    expect(resolveReferences(graph, viewOf([])).diagnostics).toEqual([]);
  });
});
