/**
 * Everything that decides a run, as plain JSON: made of the seed by `swarm`, cut down by the shrinker, kept in regression
 * files. Swarm: each seed has only some of the operations and faults, at rates of its own, because a mix of everything all
 * the time hides what only shows when something else is absent.
 */
import { type CopyOptions, copiesOf } from './copy-options.ts';
import { type Rates, Rng, type Span, some, spread } from './core/rng.ts';

export const STORE_FAULTS = ['request-lost', 'answer-lost', 'unavailable', 'disk-full', 'watch-gap'] as const;
export const DEVICE_FAULTS = [
  'lost-before',
  'lost-after',
  'twice',
  'slow',
  'busy',
  'refused',
  'auth',
  'unavailable',
  'partial',
  'vanish',
] as const;
export const PROCESS_FAULTS = ['kill', 'freeze', 'interrupt'] as const;
export const HAND_EDITS = [
  'foreign-volume',
  'foreign-mask',
  'foreign-change',
  'steal-capacity',
  'clone-ours',
  'delete-ours',
  'rename-ours',
  'resize-ours',
  'untag-ours',
  'mask-change',
  'mask-delete',
  'port',
  'pool',
  'restart',
  'write',
  'squat-name',
] as const;
export const CLI_OPERATIONS = [
  'apply',
  'saved',
  'destroy',
  'undelete',
  'purge',
  'replace-missing',
  'import',
  'target',
  'read',
  'recover',
  'discover',
  'infrastructure',
  'task',
  'freeze',
] as const;

/** What a switch does beside what any device does: it rejects the activation, the connection ends between saving and
 * activating, somebody edits the zoning between our look and our change. */
export const FABRIC_FAULTS = ['rejected', 'cut', 'fenced'] as const;
/** Of the administrators of the switches. */
export const ZONE_EDITS = [
  'add',
  'save',
  'change',
  'remove',
  'alias',
  'enable',
  'transaction',
  'default-zone',
  'remove-ours',
  'change-ours',
  'rename-ours',
] as const;

export type FabricFault = (typeof FABRIC_FAULTS)[number];
export type ZoneEditKind = (typeof ZONE_EDITS)[number];
export type StoreFault = (typeof STORE_FAULTS)[number];
export type DeviceFault = (typeof DEVICE_FAULTS)[number];
export type ProcessFault = (typeof PROCESS_FAULTS)[number];
export type HandEditKind = (typeof HAND_EDITS)[number];
export type CliOperation = (typeof CLI_OPERATIONS)[number];

/** Two fabrics, and volumes that are exported over Fibre Channel. */
export interface FabricOptions {
  readonly style: 'pair' | 'single-initiator';
  readonly members: 'pwwn' | 'alias';
  /** Zones of others that are there from the start. */
  readonly foreignZones: number;
  /** People who edit the zoning by hand. */
  readonly zoners: number;
  readonly zonerMs: Span;
  readonly edits: Rates<ZoneEditKind>;
  /** Chance a change of a fabric. */
  readonly faults: Rates<FabricFault>;
  /** Chance that somebody at the command line reviews what others have saved, and lets it go into effect. */
  readonly reviews: number;
}

export interface SimOptions {
  readonly seed: number;
  /** How long things go wrong, virtual milliseconds; then comes the phase in which everything must end. */
  readonly troubleMs: number;
  readonly arrays: number;
  readonly pools: number;
  readonly poolGib: number;
  readonly hosts: number;
  readonly stacks: number;
  readonly volumesPerStack: number;
  readonly machines: number;
  /** Daemon-like: recover all the time. */
  readonly workers: number;
  readonly clis: number;
  /** People who edit arrays by hand. */
  readonly hands: number;
  /** People choose what becomes of failures (suspend, continue), and plans that are all or nothing. */
  readonly policies: boolean;
  /** Processes that only follow what happens in the state. */
  readonly followers: number;
  /** Somebody puts an old export of the state back, once. */
  readonly restores: boolean;
  readonly thinkMs: Span;
  readonly handMs: Span;
  readonly storeMs: Span;
  readonly deviceMs: Span;
  readonly zeroingMibPerSecond: number;
  /** The project has a quota, which administrators set, change and take away; absent = never. */
  readonly quotaGib?: number;
  /** Half of the thin volumes of each stack are in its consistency group. */
  readonly groups?: boolean;
  /** Exports of several hosts, or of none, to which hosts are added and from which they are taken. */
  readonly seers?: boolean;
  /** Absent or false: arrays and hosts talk over IP. */
  readonly fabrics?: FabricOptions | false;
  /** Absent or false: nobody copies. Else there are consistency groups, too. */
  readonly copies?: CopyOptions | false;
  readonly pageItems: number;
  /** Most that the clocks of two machines differ by. */
  readonly skewMs: number;
  readonly cli: Rates<CliOperation>;
  readonly edits: Rates<HandEditKind>;
  /** Chance a call. */
  readonly store: Rates<StoreFault>;
  readonly device: Rates<DeviceFault>;
  /** Chance a call of any kind that the process makes (interrupt: an operation). */
  /** `commit`: a commit is its sender's last act. Only where it is asked for, or it would be one time in a hundred seeds. */
  readonly process: Rates<ProcessFault> & { readonly commit?: number };
}

/**
 * In a third of the seeds. Of its own: what the seed draws otherwise stays what it was, but for what makes exports, without
 * which there are no zones: time for them, and people who are not slow.
 */
function fabricsOf(seed: number): Partial<SimOptions> {
  const rng = new Rng(seed).fork('fabrics');
  if (!rng.chance(1 / 3)) return {};
  const calm = rng.chance(0.2);
  return {
    troubleMs: rng.int(50, 120) * 1000,
    thinkMs: { min: 100, max: rng.pick([3_000, 8_000]) },
    ...(rng.chance(0.7) ? { deviceMs: { min: 10, max: 200 } } : {}),
    hosts: rng.int(2, 4),
    clis: rng.int(2, 4),
    fabrics: {
      style: rng.pick(['pair', 'single-initiator']),
      members: rng.pick(['pwwn', 'alias']),
      foreignZones: rng.pick([0, 2, 4, 8]),
      zoners: calm ? 0 : rng.pick([1, 1, 2]),
      zonerMs: { min: 500, max: rng.pick([5_000, 40_000]) },
      edits: some(rng, ZONE_EDITS, 0.5, () => rng.int(1, 5)),
      faults: some(rng, FABRIC_FAULTS, calm ? 0 : 0.5, () => spread(rng, 0.02, 0.3)),
      reviews: rng.pick([0, 0, 0.2]),
    },
  };
}

export function swarm(seed: number): SimOptions {
  const rng = new Rng(seed).fork('swarm');
  // Of its own: what is drawn below stays what it was for each seed.
  const quotaGib = new Rng(seed).fork('quota').pick([undefined, undefined, 30, 150]);
  const calm = rng.chance(0.1);
  const share = calm ? 0 : rng.pick([0.2, 0.4, 0.7]);
  return {
    seed,
    troubleMs: rng.int(40, 200) * 1000,
    arrays: rng.pick([1, 1, 1, 2, 2, 3, 4]),
    pools: rng.int(1, 3),
    poolGib: rng.pick([12, 24, 64, 256]),
    hosts: rng.int(1, 4),
    stacks: rng.int(1, 4),
    volumesPerStack: rng.int(2, 6),
    machines: rng.int(1, 3),
    workers: rng.int(0, 3),
    clis: rng.int(1, 4),
    hands: rng.pick([0, 0, 1, 1, 2]),
    policies: rng.chance(0.5),
    followers: rng.int(0, 1),
    restores: rng.chance(0.08),
    thinkMs: rng.pick([
      { min: 100, max: 3_000 },
      { min: 1_000, max: 20_000 },
    ]),
    handMs: { min: 500, max: 40_000 },
    storeMs: rng.pick([
      { min: 1, max: 10 },
      { min: 1, max: 150 },
    ]),
    deviceMs: rng.pick([
      { min: 10, max: 200 },
      { min: 50, max: 2_500 },
    ]),
    zeroingMibPerSecond: rng.pick([256, 1_024, 100_000]),
    ...(quotaGib === undefined ? {} : { quotaGib }),
    ...(new Rng(seed).fork('groups').chance(0.4) ? { groups: true } : {}),
    ...(new Rng(seed).fork('seers').chance(0.4) ? { seers: true } : {}),
    pageItems: rng.pick([3, 500, 500]),
    skewMs: rng.pick([0, 0, 500, 30_000]),
    cli: { apply: 6, ...some(rng, CLI_OPERATIONS, 0.5, () => rng.int(1, 6)) },
    edits: some(rng, HAND_EDITS, 0.4, () => rng.int(1, 5)),
    store: some(rng, STORE_FAULTS, share, (kind) =>
      kind === 'unavailable' || kind === 'disk-full' ? spread(rng, 0.0002, 0.002) : spread(rng, 0.001, 0.02),
    ),
    device: some(rng, DEVICE_FAULTS, share, (kind) =>
      kind === 'unavailable' ? spread(rng, 0.001, 0.01) : spread(rng, 0.005, kind === 'refused' ? 0.05 : 0.15),
    ),
    process: some(rng, PROCESS_FAULTS, calm ? 0 : 0.6, (kind) =>
      kind === 'interrupt' ? spread(rng, 0.02, 0.3) : spread(rng, 0.0005, kind === 'kill' ? 0.01 : 0.004),
    ),
    ...fabricsOf(seed),
    ...copiesOf(seed),
  };
}
