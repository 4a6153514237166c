import { describe, expect, it } from 'vitest';
import type { DesiredNode } from '../../../src/engine/config/desired.ts';
import { brief, GOOD_PLAN, load, nodeOf, stackOf, stackText } from './support.ts';

const VOLUME = 'size: 1GiB, virtualPool: gold, virtualArray: dc1';

describe('a good plan', () => {
  const result = load(GOOD_PLAN);

  it('has no complaints and both stacks, infrastructure first', () => {
    expect(result.diagnostics).toEqual([]);
    expect(result.graph.stacks.map(({ type, stack, project }) => [type, stack, project])).toEqual([
      ['infrastructure', 'infrastructure', undefined],
      ['stack', 'oracle-prod', 'oracle'],
    ]);
    expect(result.graph.notUnderstood).toBeUndefined();
  });

  it('keeps the order of the file', () => {
    const infrastructure = [...stackOf(result, 'infrastructure').nodes.keys()];
    expect(infrastructure[0]).toBe('network.storage-lan');
    expect(infrastructure.at(-1)).toBe('project.oracle');
  });

  it('declares one resource for each name of a range', () => {
    const names = [...stackOf(result, 'oracle-prod').nodes.keys()].filter((address) => address.includes('data-'));
    expect(names).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `volume.ora-data-0${n}`));
  });

  it('replaces the value and the name of the range inside of the resource', () => {
    expect(nodeOf(result, 'export.ora-boot-3').spec).toEqual({ host: 'ora-3', volumes: [{ volume: 'ora-boot-3' }] });
    expect(nodeOf(result, 'host.ora-2').spec).toMatchObject({
      initiators: [{ protocol: 'iscsi', portName: 'iqn.2024-01.com.example:ora-2', network: 'storage-lan' }],
    });
  });

  it('expands ranges in references and counts host LUN numbers up', () => {
    expect(nodeOf(result, 'cluster.ora-prod').spec).toEqual({
      tenant: 'finance',
      hosts: ['ora-1', 'ora-2', 'ora-3', 'ora-4'],
    });
    const volumes = Array.from({ length: 8 }, (_, index) => ({ volume: `ora-data-0${index + 1}`, hlu: 10 + index }));
    expect(nodeOf(result, 'export.ora-data').spec).toEqual({ cluster: 'ora-prod', volumes });
  });

  it('gives sizes in bytes and limits as fractions', () => {
    expect(nodeOf(result, 'volume.ora-data-01').spec).toMatchObject({ sizeBytes: 2 * 1024 ** 4 });
    expect(nodeOf(result, 'virtualPool.gold').spec).toMatchObject({
      limits: { utilisation: 0.8, subscription: 2.5 },
      paths: { min: 2, max: 4, perInitiator: 1 },
    });
  });

  it('protects and quarantines volumes unless told otherwise, and nothing else', () => {
    expect(nodeOf(result, 'volume.ora-data-01').policy).toEqual({ protect: true, onRemove: 'quarantine' });
    expect(nodeOf(result, 'volume.ora-boot-1').policy).toEqual({ protect: false, onRemove: 'delete' });
    expect(nodeOf(result, 'export.ora-data').policy).toEqual({ protect: false, onRemove: 'delete' });
  });

  it('points at the line of each resource and field, through ranges', () => {
    const line = (text: string) => GOOD_PLAN.split('\n').findIndex((found) => found.includes(text)) + 1;
    const data = nodeOf(result, 'export.ora-data');
    expect(data.spanOf()).toMatchObject({ file: 'plan.yaml', line: line('  ora-data: {'), column: 3 });
    const first = data.spanOf(['volumes', 0, 'volume']);
    expect(data.spanOf(['volumes', 5, 'volume'])).toEqual(first);
    expect(GOOD_PLAN.split('\n')[first.line - 1]?.slice(first.column - 1)).toMatch(/^"ora-data-\{01\.\.08\}"/);
    expect(nodeOf(result, 'volume.ora-boot-2').spanOf(['project']).line).toBe(line('project: oracle'));
    const size = nodeOf(result, 'volume.ora-boot-2').spanOf(['sizeBytes']);
    expect(GOOD_PLAN.split('\n')[size.line - 1]?.slice(size.column - 1)).toMatch(/^100GiB/);
  });
});

describe('defaults', () => {
  const result = load(`kind: infrastructure
storageSystems: { a: { driver: tgt } }
virtualPools: { p: { type: block, protocols: [fc, fc], virtualArrays: [v] } }
virtualArrays: { v: }
hosts: { h: { type: linux } }
`);

  it('are what the plan language says', () => {
    expect(result.diagnostics).toEqual([]);
    expect(nodeOf(result, 'storageSystem.a').spec).toEqual({
      driver: 'tgt',
      endpoint: 'local',
      configuration: {},
      mode: 'observe',
      scope: {},
    });
    expect(nodeOf(result, 'virtualPool.p').spec).toEqual({
      type: 'block',
      protocols: ['fc'],
      provisioning: 'thin',
      paths: { min: 1, max: 2, perInitiator: 1 },
      limits: { utilisation: 1, subscription: 1 },
      virtualArrays: ['v'],
    });
    expect(nodeOf(result, 'virtualArray.v').spec).toEqual({ networks: [], storageSystems: [] });
    expect(nodeOf(result, 'host.h').spec).toEqual({ type: 'linux', tenant: 'root', initiators: [] });
  });

  it('raise paths.max to paths.min when only the latter is given', () => {
    const pool =
      'kind: infrastructure\nvirtualPools: { p: { type: block, protocols: [fc], virtualArrays: [v], paths: { min: 4 } } }';
    expect(nodeOf(load(pool), 'virtualPool.p').spec).toMatchObject({ paths: { min: 4, max: 4 } });
  });
});

describe('names on the wire', () => {
  it('are normalised to lower case, WWPNs with colons', () => {
    const result = load(`kind: infrastructure
hosts:
  h:
    type: linux
    initiators:
      - { iqn: "IQN.2024-01.com.Example:A", network: lan }
      - { iqn: eui.0123456789ABCDEF, network: lan }
      - { wwpn: 10000090FA123456, network: san }
`);
    expect(result.diagnostics).toEqual([]);
    const { initiators } = (nodeOf(result, 'host.h') as DesiredNode<'host'>).spec;
    expect(initiators.map(({ protocol, portName }) => [protocol, portName])).toEqual([
      ['iscsi', 'iqn.2024-01.com.example:a'],
      ['iscsi', 'eui.0123456789abcdef'],
      ['fc', '10:00:00:90:fa:12:34:56'],
    ]);
  });
});

describe('several documents', () => {
  const a = { file: 'a.yaml', text: stackText(`volumes: { one: { ${VOLUME} } }\nforget: ["volume.old-{1..2}"]`) };
  const b = { file: 'b.yaml', text: stackText(`volumes: { two: { ${VOLUME} } }`) };

  it('of one stack are merged, each resource with its own file', () => {
    const result = load([a, b]);
    expect(result.diagnostics).toEqual([]);
    const stack = stackOf(result, 's');
    expect(stack.files).toEqual(['a.yaml', 'b.yaml']);
    expect([...stack.nodes.values()].map(({ name, file }) => [name, file])).toEqual([
      ['one', 'a.yaml'],
      ['two', 'b.yaml'],
    ]);
    expect(stack.forget.map(({ address }) => address)).toEqual(['volume.old-1', 'volume.old-2']);
  });

  it('may declare the same volume name in different projects only', () => {
    const other = stackText(`volumes: { ONE: { ${VOLUME} } }`).replace('stack: s', 'stack: t');
    expect(brief(load([a, { file: 'c.yaml', text: other }]).diagnostics)).toEqual([
      '006 4:12 volume.ONE is declared twice',
    ]);
    const elsewhere = other.replace('project: p', 'project: q');
    expect(load([a, { file: 'c.yaml', text: elsewhere }]).diagnostics).toEqual([]);
  });

  it('given twice are refused', () => {
    expect(brief(load([a, a]).diagnostics)).toEqual(['006 - the plan file "a.yaml" is given twice']);
  });

  it('may be empty, but not all of a file: what it declared would be taken for removed', () => {
    expect(load(`${a.text}\n---\n`).diagnostics).toEqual([]);
    for (const text of ['', '# only a comment\n', 'null\n', '---\n---\n']) {
      expect(brief(load(text).diagnostics)).toEqual(['013 1:1 "plan.yaml" holds no document']);
    }
  });
});

describe('JSON', () => {
  it('is read as well, indented with tabs too', () => {
    const text = JSON.stringify(
      {
        kind: 'stack',
        stack: 's',
        project: 'p',
        volumes: { a: { size: '1GiB', virtualPool: 'g', virtualArray: 'd' } },
      },
      null,
      '\t',
    );
    const result = load([{ file: 'plan.json', text }]);
    expect(result.diagnostics).toEqual([]);
    expect(nodeOf(result, 'volume.a').spec).toMatchObject({ sizeBytes: 1024 ** 3 });
    expect(nodeOf(result, 'volume.a').spanOf()).toMatchObject({ line: 6, column: 3 });
  });

  it('is what an ending other than .yaml, .yml or .json is not', () => {
    expect(brief(load([{ file: 'plan.toml', text: '' }]).diagnostics)).toEqual([
      '013 1:1 "plan.toml" is not a plan file',
    ]);
  });
});

describe('existing and moved resources', () => {
  it('have no spec, or the address they had', () => {
    const result = load(
      stackText(`volumes: { a: { existing: true, tags: [x] }, b: { ${VOLUME}, movedFrom: volume.c } }`),
    );
    expect(result.diagnostics).toEqual([]);
    expect(nodeOf(result, 'volume.a')).toMatchObject({ existing: true, spec: undefined, tags: ['x'] });
    expect(nodeOf(result, 'volume.b')).toMatchObject({ existing: false, movedFrom: 'volume.c' });
  });
});

describe('complaints', () => {
  it('leave the rest of the graph usable', () => {
    const result = load(stackText(`volumes: { good: { ${VOLUME} }, bad: { ${VOLUME}, colour: red } }`));
    expect(brief(result.diagnostics)).toHaveLength(1);
    expect([...stackOf(result, 's').nodes.keys()]).toEqual(['volume.good', 'volume.bad']);
    expect(nodeOf(result, 'volume.good').unclear).toBeUndefined();
    expect(nodeOf(result, 'volume.bad').unclear).toBeDefined();
    expect(result.graph.notUnderstood).toBeUndefined();
  });

  it('about a range are made once, not for each of its names', () => {
    const text = stackText('volumes: { "a-{1..500}": { size: 1TB, virtualPool: "p${n}", virtualArray: dc1 } }');
    const { diagnostics } = load(text);
    expect(brief(diagnostics)).toEqual(['011 4:34 volume.a-1, size: "1TB" has a decimal unit']);
  });
});

describe('sharing', () => {
  const text = (first: string, second: string) =>
    stackText(`exports:\n  a: { host: one, volumes: [v]${first} }\n  b: { host: two, volumes: [V]${second} }\n`);
  const shared = ', sharedAccess: cluster-aware';

  it('of a volume between hosts needs sharedAccess on every export of it', () => {
    expect(load(text('', '')).diagnostics.map(({ code }) => code)).toEqual(['COPRHD-CONFIG-016']);
    expect(brief(load(text('', shared)).diagnostics)[0]).toMatch(/^016 5:29 export.a shows/);
    expect(load(text(shared, shared)).diagnostics).toEqual([]);
  });

  it('is no matter when both exports are for the same host', () => {
    expect(load(text('', '').replace('host: two', 'host: ONE')).diagnostics).toEqual([]);
  });
});
