import { describe, expect, it } from 'vitest';
import { resolveReferences } from '../../../src/engine/config/references.ts';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { ROOT_TENANT_URN } from '../../../src/engine/model/urn.ts';
import { globMatcher } from '../../../src/lib/glob.ts';
import { brief, load, nodeOf, record, stackText, viewOf } from './support.ts';

const body = '{ size: 1GiB, virtualPool: gold, virtualArray: dc1 }';
const volumes = (names: string) =>
  `volumes: { ${names
    .split(' ')
    .map((name) => `"${name}": ${body}`)
    .join(', ')} }`;

describe('match', () => {
  it('stands for what the stack declares, in the order of the file, once each', () => {
    const text = `${volumes('data-{1..3} log DATA-x')}\nexports: { e: { host: h, volumes: [log, { volume: data-2, hlu: 3 }, { match: "data-*", hlu: 10.. }] } }`;
    const result = load(stackText(text));
    expect(result.diagnostics).toEqual([]);
    expect(nodeOf(result, 'export.e').spec).toMatchObject({
      volumes: [
        { volume: 'log' },
        { volume: 'data-2', hlu: 3 },
        { volume: 'data-1', hluFrom: 10 },
        { volume: 'data-3', hluFrom: 10 },
        { volume: 'DATA-x', hluFrom: 10 },
      ],
    });
  });

  it('stands in every list of references, and what it stands for has its position', () => {
    const text =
      'kind: infrastructure\nhosts: { "h-{1..2}": { type: linux } }\nclusters:\n  c: { hosts: [x, { match: "h-*" }] }';
    const result = load(text);
    const cluster = nodeOf(result, 'cluster.c');
    expect(cluster.spec).toMatchObject({ hosts: ['x', 'h-1', 'h-2'] });
    expect([0, 1, 2].map((index) => cluster.spanOf(['hosts', index]).column)).toEqual([16, 19, 19]);
  });

  it('does not reach into another stack', () => {
    const other = stackText(`${volumes('data-1 data-2')}\n`).replace('stack: s', 'stack: other');
    const text = `${other}---\n${stackText(`${volumes('data-9')}\nexports: { e: { host: h, volumes: [{ match: "data-*" }] } }`)}`;
    expect(nodeOf(load(text), 'export.e').spec).toMatchObject({ volumes: [{ volume: 'data-9' }] });
  });

  describe('with recorded resources', () => {
    const owned = (name: string, sourceFile: string, phase: ResourceRecord['status']['phase'] = 'ready') => ({
      ...record('volume', name, {}, phase),
      owner: { type: 'stack', tenant: ROOT_TENANT_URN, name: 's' } as const,
      sourceFile,
    });
    const project = record('project', 'p', { tenant: ROOT_TENANT_URN });
    const resolve = (text: string, records: readonly ResourceRecord[]) => {
      const view = { ...viewOf([project]), inStack: () => records.map((each) => ({ record: each, revision: 1 })) };
      return resolveReferences(load(stackText(text)).graph, view, { isGiven: (source) => source === 'given.yaml' });
    };
    const exported = 'exports: { e: { host: h, volumes: [{ match: "data-*", hlu: 5.. }] } }';

    it('stands for those of files that were not given, too: less text never takes a volume away', () => {
      const records = [
        owned('data-1', 'other.yaml'),
        owned('data-2', 'given.yaml'),
        owned('data-3', 'other.yaml', 'quarantined'),
        owned('log', 'other.yaml'),
      ];
      const { graph } = resolve(`${volumes('data-0')}\n${exported}`, records);
      const node = graph.stacks[0]?.nodes.get('export.e');
      expect(node?.spec).toMatchObject({ volumes: ['data-0', 'data-1'].map((volume) => ({ volume, hluFrom: 5 })) });
      expect(node?.spanOf(['volumes', 1])).toMatchObject({ line: 5, column: 36 });
    });

    it('must stand for something', () => {
      expect(brief(resolve(`${volumes('log')}\n${exported}`, []).diagnostics)).toContain(
        '005 5:36 export.e: no volume of this stack matches "data-*"',
      );
      const found = resolve(exported, [owned('data-1', 'other.yaml')]).diagnostics.map(({ summary }) => summary);
      expect(found.join()).not.toContain('matches');
    });
  });
});

describe('a pattern over names', () => {
  it.each([
    ['*', '', true],
    ['data-*', 'DATA-', true],
    ['data-*', 'dat', false],
    ['*a*b', 'xaxxbab', true],
    ['*a*b', 'xaxxbax', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['?', '', false],
    ['a.c', 'abc', false],
  ])('%s on %j: %s', (pattern, name, fits) => {
    expect(globMatcher(pattern)(name)).toBe(fits);
  });

  it('ends in time also where it almost fits', () => {
    expect(globMatcher(`${'*a'.repeat(40)}b`)('a'.repeat(10_000))).toBe(false);
  });
});
