import { describe, expect, test } from 'vitest';
import { readSources, type SourceFile, type SourceImport } from './sources.ts';

const sources = readSources(['src', 'drivers']);

/** Layer of a file: the first that matches. */
const LAYERS: readonly (readonly [string, RegExp])[] = [
  ['commands', /^src\/commands\//],
  ['views', /^src\/views\//],
  ['daemon', /^src\/daemon\//],
  ['client', /^src\/client\//],
  ['lib', /^src\/lib\//],
  ['operations', /^src\/engine\/operations\//],
  ['model', /^src\/engine\/model\//],
  ['config', /^src\/engine\/config\//],
  ['state', /^src\/engine\/state\//],
  ['observe', /^src\/engine\/observe\//],
  ['placement', /^src\/engine\/placement\//],
  ['paths', /^src\/engine\/paths\//],
  ['zoning', /^src\/engine\/zoning\//],
  ['tenancy', /^src\/engine\/tenancy\//],
  ['planner', /^src\/engine\/planner\//],
  ['workflow', /^src\/engine\/workflow\//],
  ['driver', /^src\/engine\/driver\//],
  ['drivers', /^drivers\//],
];

const layerOf = (path: string): string => LAYERS.find(([, pattern]) => pattern.test(path))?.[0] ?? 'unknown';

/**
 * Who may import whom at run time; `types` adds those of which only types may be used. Wider than it was drawn first in
 * two places, for the reasons in docs/adr/0004-layers.md: the planner composes the other pure parts, and workflow uses
 * the pure ledger.
 */
const RULES: Record<string, { readonly run: readonly string[]; readonly types?: readonly string[] }> = {
  commands: {
    run: ['commands', 'views', 'operations', 'client', 'daemon', 'lib'],
    types: ['model', 'planner', 'config'],
  },
  // Both ends of a connection know the operations, and nothing behind them.
  daemon: { run: ['daemon', 'operations', 'tenancy', 'lib'], types: ['model', 'workflow'] },
  client: { run: ['client', 'operations', 'lib'] },
  views: {
    run: ['views', 'lib', 'model'],
    types: ['operations', 'planner', 'observe', 'placement', 'paths', 'zoning', 'config'],
  },
  lib: { run: ['lib'] },
  model: { run: ['model', 'lib'] },
  config: { run: ['config', 'model', 'lib'] },
  placement: { run: ['placement', 'model', 'lib'] },
  paths: { run: ['paths', 'model', 'lib'] },
  zoning: { run: ['zoning', 'model', 'lib'], types: ['observe', 'driver'] },
  tenancy: { run: ['tenancy', 'model', 'lib'] },
  planner: {
    run: ['planner', 'placement', 'paths', 'zoning', 'tenancy', 'observe', 'model', 'lib'],
    types: ['config', 'driver'],
  },
  observe: { run: ['observe', 'driver', 'model', 'lib'], types: ['state'] },
  state: { run: ['state', 'model', 'lib'] },
  workflow: {
    run: ['workflow', 'state', 'driver', 'model', 'lib', 'placement', 'zoning', 'tenancy', 'observe'],
    types: ['planner', 'operations'],
  },
  driver: { run: ['driver', 'lib'] },
  operations: {
    run: [
      'operations',
      'config',
      'state',
      'observe',
      'placement',
      'paths',
      'zoning',
      'tenancy',
      'planner',
      'workflow',
      'driver',
      'model',
      'lib',
    ],
  },
  drivers: { run: ['drivers'] },
};

/** Names the built-in drivers, to load one when it is needed. */
const LOADS_DRIVERS = 'src/engine/operations/built-in-drivers.ts';

const describeImport = (source: SourceFile, { target, typeOnly }: SourceImport) =>
  `${source.path} imports ${typeOnly ? 'types of ' : ''}${target}`;

test('every file belongs to a layer', () => {
  expect(sources.filter(({ path }) => layerOf(path) === 'unknown').map(({ path }) => path)).toEqual([]);
});

test('imports go only where the house allows', () => {
  const wrong = sources.flatMap((source) => {
    const rule = RULES[layerOf(source.path)]!;
    return source.imports
      .filter(({ own }) => own)
      .filter(({ target, typeOnly, lazy }) => {
        const layer = layerOf(target);
        if (lazy && layer === 'drivers' && source.path === LOADS_DRIVERS) return false;
        return !rule.run.includes(layer) && !(typeOnly && rule.types?.includes(layer));
      })
      .map((one) => describeImport(source, one));
  });
  expect(wrong).toEqual([]);
});

test('planner and placement use only the pure files of observe', () => {
  const wrong = sources
    .filter(({ path }) => layerOf(path) === 'planner')
    .flatMap((source) =>
      source.imports
        .filter(({ target, typeOnly }) => !typeOnly && /observe\/read-(system|changes)/.test(target))
        .map((one) => describeImport(source, one)),
    );
  expect(wrong).toEqual([]);
});

test('a driver imports coprhd/driver, never the engine or another driver', () => {
  const wrong = sources
    .filter(({ path }) => path.startsWith('drivers/'))
    .flatMap((source) => {
      const folder = source.path.split('/').slice(0, 2).join('/');
      return source.imports
        .filter(({ own, target }) => own && !target.startsWith(`${folder}/`))
        .map((one) => describeImport(source, one));
    });
  expect(wrong).toEqual([]);
});

test('each client library is imported in one place', () => {
  const PLACES: Record<string, RegExp> = {
    etcd3: /^src\/engine\/state\/etcd\//,
    lmdb: /^src\/engine\/state\/lmdb\//,
    fastify: /^src\/daemon\//,
    selfsigned: /^src\/daemon\//,
    'fast-xml-parser': /^src\/daemon\/wire\//,
    undici: /^src\/engine\/driver\/rest\//,
    ssh2: /^(src\/engine\/driver\/ssh|drivers\/simulator\/(fos\/serve|mds\/ssh))\//,
    'js-yaml': /^src\/engine\/config\//,
    yaml: /^src\/engine\/config\//,
    '@oclif/core': /^src\/commands\//,
    'fastest-levenshtein': /^src\/lib\/suggest\.ts$/,
    '@viz-js/viz': /^src\/views\/topology-svg\.ts$/,
    ink: /^src\/views\/tui\//,
    react: /^src\/views\/tui\//,
  };
  const wrong = sources.flatMap((source) =>
    source.imports
      .filter(({ own, target }) => {
        const name = target
          .split('/')
          .slice(0, target.startsWith('@') ? 2 : 1)
          .join('/');
        return !own && PLACES[name] !== undefined && !PLACES[name].test(source.path);
      })
      .map((one) => describeImport(source, one)),
  );
  expect(wrong).toEqual([]);
});

test('the live view is loaded when there is something to draw, never with a command', () => {
  const eager = sources
    .filter(({ path }) => !path.startsWith('src/views/tui/'))
    .flatMap((source) =>
      source.imports
        .filter(({ target, typeOnly, lazy }) => !typeOnly && !lazy && target.startsWith('src/views/tui/'))
        .map((one) => describeImport(source, one)),
    );
  expect(eager).toEqual([]);
});

describe('cycles', () => {
  test('no file imports itself through others', () => {
    expect(findCycle(sources)).toBeUndefined();
  });

  test('the search finds a cycle when there is one', () => {
    const file = (path: string, target: string): SourceFile =>
      ({ path, imports: [{ target, own: true, typeOnly: false }] }) as unknown as SourceFile;
    expect(findCycle([file('a', 'b'), file('b', 'c'), file('c', 'b')])).toEqual(['b', 'c', 'b']);
  });
});

/** Run-time imports only: types vanish. */
function findCycle(files: readonly SourceFile[]): string[] | undefined {
  const edges = new Map(
    files.map(({ path, imports }) => [
      path,
      imports.filter((one) => one.own && !one.typeOnly).map(({ target }) => target),
    ]),
  );
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] | undefined => {
    const start = trail.indexOf(path);
    if (start >= 0) return [...trail.slice(start), path];
    if (done.has(path)) return undefined;
    for (const next of edges.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle) return cycle;
    }
    done.add(path);
    return undefined;
  };
  for (const path of edges.keys()) {
    const cycle = visit(path, []);
    if (cycle) return cycle;
  }
  return undefined;
}
