/**
 * A case of the plan fuzzer, as plain data that a file can hold: what was declared and applied without trouble, what people
 * then did by hand, what is declared now, how the array behaves from now on, and the one operation that is tried.
 */
import fc from 'fast-check';
import { infrastructure, stack } from '../engine/planner/texts.ts';

const VOLUMES = ['v0', 'v1', 'v2', 'v3', 'v4', 'v5'] as const;
const TO = ['host: h1', 'host: h2', 'host: h3', 'cluster: c1'] as const;

export interface WantedVolume {
  readonly gib: number;
  readonly pool: 'gold' | 'thick';
  readonly onRemove: 'delete' | 'quarantine' | 'retain';
  readonly protect: boolean;
}

export interface Declaration {
  /** By name; undefined: not declared. */
  readonly volumes: readonly (WantedVolume | null)[];
  readonly exports: readonly {
    readonly to: number;
    readonly volumes: readonly number[];
    readonly pin: number | null;
  }[];
  readonly cluster: readonly string[];
  /** h1 has a second initiator. */
  readonly extra: boolean;
  readonly mode: 'manage' | 'propose' | 'observe';
  readonly paths: 1 | 2;
  /** A declared volume (index of the first, of the second) takes over what another one was. */
  readonly moved: readonly [number, number] | null;
  readonly forget: number | null;
  /** Volumes may shrink, change their pool, be in two exports: refused, and nothing happens. */
  readonly careless: boolean;
}

/** `at` chooses among the objects that are there. */
export interface ByHand {
  readonly what:
    | 'delete-volume'
    | 'rename-volume'
    | 'grow-volume'
    | 'tag-volume'
    | 'clone-volume'
    | 'take-name'
    | 'delete-mask'
    | 'delete-mapping'
    | 'add-initiator'
    | 'remove-initiator'
    | 'login'
    | 'port'
    | 'pool';
  readonly at: number;
}

export interface Behaviour {
  readonly operation: string;
  readonly how: 'transient' | 'busy' | 'conflict' | 'invalid' | 'capacity' | 'auth' | 'after' | 'partial' | 'vanish';
  readonly times: number;
}

export type Tried =
  | { readonly name: 'plan' | 'drift' | 'discover' | 'destroy' | 'recover' }
  | { readonly name: 'undelete' | 'purge'; readonly volume: number }
  | {
      readonly name: 'apply';
      readonly onError: 'rollback' | 'suspend' | 'continue';
      readonly atomic: boolean;
      readonly skipHeld: boolean;
      readonly confirm: boolean;
      readonly replaceMissing: boolean;
      readonly attest: boolean;
    };

export interface FuzzCase {
  readonly seed: number;
  readonly arrays: 1 | 2;
  readonly before: readonly Declaration[];
  readonly byHand: readonly ByHand[];
  readonly now: Declaration;
  readonly behaviours: readonly Behaviour[];
  readonly tried: Tried;
}

const volume: fc.Arbitrary<WantedVolume> = fc.record({
  gib: fc.integer({ min: 1, max: 5 }),
  pool: fc.constantFrom('gold', 'gold', 'thick'),
  onRemove: fc.constantFrom('delete', 'quarantine', 'retain'),
  protect: fc.nat(9).map((n) => n === 9),
});

const index = fc.nat(VOLUMES.length - 1);

const declaration: fc.Arbitrary<Declaration> = fc.record({
  volumes: fc.array(fc.option(volume, { freq: 3 }), { minLength: VOLUMES.length, maxLength: VOLUMES.length }),
  exports: fc.array(
    fc.record({
      to: fc.nat(TO.length - 1),
      volumes: fc.uniqueArray(index, { maxLength: 4 }),
      pin: fc.option(fc.integer({ min: 1, max: 9 }), { freq: 2 }),
    }),
    { maxLength: 3 },
  ),
  cluster: fc.subarray(['h1', 'h2', 'h3'], { minLength: 1 }),
  extra: fc.boolean(),
  mode: fc.nat(19).map((n) => (n === 18 ? 'propose' : n === 19 ? 'observe' : 'manage')),
  paths: fc.constantFrom(1, 1, 1, 2),
  moved: fc.nat(9).chain((n) => (n < 1 ? fc.tuple(index, index) : fc.constant(null))),
  forget: fc.nat(19).chain((n) => (n < 2 ? index : fc.constant(null))),
  careless: fc.nat(11).map((n) => n === 11),
});

const byHand: fc.Arbitrary<ByHand> = fc.record({
  what: fc.constantFrom(
    ...(['delete-volume', 'rename-volume', 'grow-volume', 'tag-volume', 'clone-volume', 'take-name'] as const),
    ...(['delete-mask', 'delete-mapping', 'add-initiator', 'remove-initiator', 'login', 'port', 'pool'] as const),
  ),
  at: fc.nat(7),
});

const READS = [
  '*',
  'identify',
  'listVolumes',
  'listMasks',
  'listPools',
  'listPorts',
  'readVolume',
  'findVolume',
  'readMask',
];
const CHANGES = [
  ...['ensureVolume', 'deleteVolume', 'renameVolume', 'markVolume', 'unmarkVolume', 'expandVolume', 'startZeroing'],
  ...['ensureMask', 'deleteMask', 'ensureMapping', 'ensureMapping', 'removeMapping'],
];

/** Mostly of the calls that change something: an array that can't be read is not planned on. */
const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      operation: fc.constantFrom(...CHANGES),
      how: fc.constantFrom('invalid', 'invalid', 'conflict', 'capacity', 'after', 'transient', 'busy', 'auth'),
      times: fc.constantFrom(1, 2, 30),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      operation: fc.constantFrom(...READS),
      how: fc.constantFrom('transient', 'busy', 'invalid', 'auth'),
      times: fc.constantFrom(1, 2, 30),
    }),
  },
  {
    // Out of a list, perhaps without a word; never out of a direct look: then the array has lost it for all we can know.
    weight: 1,
    arbitrary: fc.record({
      operation: fc.constantFrom('listVolumes', 'listMasks'),
      how: fc.constantFrom('partial', 'vanish'),
      times: fc.constantFrom(1, 2, 30),
    }),
  },
);

const tried: fc.Arbitrary<Tried> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      name: fc.constant('apply' as const),
      onError: fc.constantFrom('rollback', 'rollback', 'suspend', 'continue'),
      atomic: fc.nat(5).map((n) => n === 5),
      skipHeld: fc.boolean(),
      confirm: fc.nat(3).map((n) => n < 3),
      replaceMissing: fc.boolean(),
      attest: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ name: fc.constantFrom('plan', 'drift', 'discover', 'destroy', 'recover') }),
  },
  { weight: 1, arbitrary: fc.record({ name: fc.constantFrom('undelete', 'purge'), volume: index }) },
);

/** As people edit: sizes grow, but of the careless. */
function careful(tried: FuzzCase): FuzzCase {
  const largest: number[] = [];
  const grown = (declared: Declaration): Declaration => ({
    ...declared,
    volumes: declared.volumes.map((wanted, at) => {
      if (wanted === null) return null;
      const gib = declared.careless ? wanted.gib : Math.max(wanted.gib, largest[at] ?? 0);
      largest[at] = Math.max(gib, largest[at] ?? 0);
      return { ...wanted, gib };
    }),
  });
  return { ...tried, before: tried.before.map(grown), now: grown(tried.now) };
}

const anyCase: fc.Arbitrary<FuzzCase> = fc.record({
  seed: fc.nat(1_000_000),
  arrays: fc.constantFrom(1, 1, 2),
  before: fc.array(declaration, { minLength: 1, maxLength: 2 }),
  byHand: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(byHand, { maxLength: 4 }) },
  ),
  now: declaration,
  behaviours: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 3, arbitrary: fc.array(behaviour, { minLength: 1, maxLength: 3 }) },
  ),
  tried,
});

export const fuzzCase = anyCase.map(careful);

export const volumeName = (at: number): string => VOLUMES[at % VOLUMES.length]!;

/** The plan files that say so. */
export function textsOf(declared: Declaration, arrays: number): Readonly<Record<string, string>> {
  const { volumes, exports, cluster, extra, mode, paths, moved, forget, careless } = declared;
  const lines: Record<string, string> = {};
  /** Of a move within a pool, if the one that it becomes is declared. */
  const source = moved !== null && moved[0] !== moved[1] && volumes[moved[0]] ? moved[1] : undefined;
  volumes.forEach((wanted, at) => {
    if (wanted === null || at === forget) return;
    if (at === source && !careless) return;
    const { gib, onRemove, protect } = wanted;
    const pool = careless ? wanted.pool : (['thick', 'gold'] as const)[at % 2];
    const from = source !== undefined && moved![0] === at ? `, movedFrom: volume.${volumeName(source)}` : '';
    lines[volumeName(at)] = `size: ${gib}GiB, virtualPool: ${pool}, onRemove: ${onRemove}, protect: ${protect}${from}`;
  });
  const taken = new Set<string>();
  const entries = exports.map(({ to, volumes: listed, pin }, at) => {
    const names = listed.map(volumeName).filter((name) => name in lines && (careless || !taken.has(name)));
    for (const name of names) taken.add(name);
    const shown = names.map((name, place) => (place === 0 && pin !== null ? `{ volume: ${name}, hlu: ${pin} }` : name));
    return [`e${at}`, `${TO[to]}, volumes: [${shown.join(', ')}]`] as const;
  });
  return {
    'infrastructure.yaml': infrastructure({
      arrays: Array.from({ length: arrays }, (_, at) => `array-${at + 1}`),
      hosts: { h1: extra ? ['h1', 'extra'] : ['h1'], h2: ['h2'], h3: ['h3'] },
      clusters: { c1: cluster },
      paths: `{ min: ${paths}, max: 2 }`,
      mode,
    }),
    'stack.yaml': stack({
      volumes: lines,
      exports: Object.fromEntries(entries),
      more: forget === null ? '' : `forget: [volume.${volumeName(forget)}]`,
    }),
  };
}
