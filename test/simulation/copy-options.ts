/** What decides how much is copied in a run, and how: a part of a run's options (options.ts), each drawn of a stream of its own. */
import { type Rates, Rng, type Span, some, spread } from './core/rng.ts';

/** By name, and what runs policies. */
export const COPY_OPERATIONS = ['take', 'make', 'remove', 'restore', 'resynchronise', 'detach', 'run'] as const;

/** By name, of what follows a volume. `undelete`: of what came into quarantine, and follows nobody since. */
export const MIRROR_OPERATIONS = [
  'make',
  'pause',
  'resume',
  'split',
  'detach',
  'remove',
  'undelete',
  'grow',
  'look',
] as const;
/** By hand, on the array. `follow`: another volume than the one that is recorded, also of one that followed nobody. */
export const MIRROR_EDITS = ['pause', 'resume', 'split', 'follow'] as const;

/** As plan files have it. */
export const QUIESCE_WORDS = ['true', 'try'] as const;
/** `down`: for a while it is not reached. */
export const HOST_FAULTS = [
  'lost-before',
  'lost-after',
  'slow',
  'down',
  'freeze-fails',
  'freeze-hangs',
  'thaw-fails',
] as const;

export type QuiesceWord = (typeof QUIESCE_WORDS)[number];
export type HostFault = (typeof HOST_FAULTS)[number];
export type CopyOperation = (typeof COPY_OPERATIONS)[number];
export type MirrorOperation = (typeof MIRROR_OPERATIONS)[number];
export type MirrorEdit = (typeof MIRROR_EDITS)[number];

/** Snapshots and full copies: in plan files, by name, by policies; and hosts that write what is in them. */
export interface CopyOptions {
  /** Instead of what pools have and how fast volumes are zeroed without copies. */
  readonly poolGib: number;
  readonly mibPerSecond: number;
  readonly copiers: number;
  readonly copierMs: Span;
  readonly does: Rates<CopyOperation>;
  /** Chance that what overwrites is cancelled on the way. */
  readonly cancels: number;
  /** Volumes and groups may have a snapshot policy, of every minute. */
  readonly policies: boolean;
  readonly keep: number;
  readonly writeMs: Span;
  /** Absent or false: nobody lets a volume follow another one. */
  readonly mirrors?: MirrorOptions | false;
  /** Absent or false: all pools share blocks. */
  readonly full?: FullCopyOptions | false;
  /** Absent or false: nobody wants applications at rest. */
  readonly quiesce?: QuiesceOptions | false;
}

/** Pools that share no blocks: snapshots of what is in them are full copies, each a job that comes to nothing when somebody writes meanwhile. */
export interface FullCopyOptions {
  /** So many of each array, the first ones. */
  readonly pools: number;
  /** Chance that what somebody takes by name is cancelled on the way. */
  readonly cancels: number;
}

/** Continuous copies: in plan files, by name, and what people do to them on the arrays. */
export interface MirrorOptions {
  readonly people: number;
  readonly peopleMs: Span;
  readonly does: Rates<MirrorOperation>;
  /** Chance that what was asked for is cancelled on the way. */
  readonly cancels: number;
  readonly hands: number;
  readonly handMs: Span;
  readonly edits: Rates<MirrorEdit>;
}

/** In half of the seeds with copies, of its own: those without it stay as they were. People at arrays in some of them only, for they excuse much. */
function mirrorsOf(seed: number): Pick<CopyOptions, 'mirrors'> {
  const rng = new Rng(seed).fork('mirrors');
  if (!rng.chance(0.5)) return {};
  return {
    mirrors: {
      people: rng.int(1, 2),
      peopleMs: { min: 200, max: rng.pick([2_000, 10_000]) },
      does: { make: 2, pause: 2, resume: 2, ...some(rng, MIRROR_OPERATIONS, 0.7, () => rng.int(1, 4)) },
      cancels: rng.pick([0, 0.3, 0.6]),
      hands: rng.pick([0, 0, 1]),
      handMs: { min: 500, max: rng.pick([5_000, 30_000]) },
      edits: some(rng, MIRROR_EDITS, 0.7, () => rng.int(1, 4)),
    },
  };
}

/** Snapshots of applications at rest: in plan files, by name, by policies. */
export interface QuiesceOptions {
  /** So many hosts say how, the first ones. */
  readonly hosts: number;
  /** So many whole seconds after a freeze each thaws by itself. */
  readonly timeoutS: number;
  /** Chance that a snapshot is to be at rest, or tries to. */
  readonly wishes: Readonly<Record<QuiesceWord, number>>;
  /** Of the policy; absent: it wants nothing. */
  readonly policy?: QuiesceWord;
  /** To a host and back, each. */
  readonly hostMs: Span;
  /** What is run there takes so long. */
  readonly hookMs: Span;
  /** Chance a command, or a program that is run there. */
  readonly faults: Rates<HostFault>;
}

export interface WithCopies {
  readonly copies?: CopyOptions | false;
}

/** What whoever takes a snapshot wants; undefined: nothing of the kind. */
export function wishOf(rng: Rng, { wishes }: QuiesceOptions): QuiesceWord | undefined {
  const drawn = rng.fraction();
  if (drawn < wishes.true) return 'true';
  return drawn < wishes.true + wishes.try ? 'try' : undefined;
}

/** Undefined: nobody wants applications at rest. */
export const quiesceOptionsOf = ({ copies }: WithCopies): QuiesceOptions | undefined =>
  (copies ? copies.quiesce : undefined) || undefined;

/** Undefined: all pools share blocks. */
export const fullCopiesOf = ({ copies }: WithCopies): FullCopyOptions | undefined =>
  (copies ? copies.full : undefined) || undefined;

/** In four of ten seeds with copies, of its own. */
function fullOf(seed: number): Pick<CopyOptions, 'full'> {
  const rng = new Rng(seed).fork('full copies');
  if (!rng.chance(0.4)) return {};
  return { full: { pools: rng.int(1, 3), cancels: rng.pick([0, 0.3, 0.6]) } };
}

/** In four of ten seeds with copies, of its own. */
function quiesceOf(seed: number): Pick<CopyOptions, 'quiesce'> {
  const rng = new Rng(seed).fork('quiesce');
  if (!rng.chance(0.4)) return {};
  const policy = rng.pick([undefined, ...QUIESCE_WORDS]);
  return {
    quiesce: {
      hosts: rng.int(1, 4),
      timeoutS: rng.pick([10, 10, 20, 29]),
      wishes: { true: rng.pick([0.2, 0.5]), try: rng.pick([0.1, 0.4]) },
      ...(policy ? { policy } : {}),
      hostMs: { min: 1, max: rng.pick([50, 400]) },
      hookMs: { min: 10, max: rng.pick([200, 2_000]) },
      faults: some(rng, HOST_FAULTS, rng.pick([0, 0.4, 0.7]), () => spread(rng, 0.01, 0.2)),
    },
  };
}

/** In a third of the seeds, of its own as fabrics are. */
export function copiesOf(seed: number): { readonly troubleMs?: number; readonly copies?: CopyOptions } {
  const rng = new Rng(seed).fork('copies');
  if (!rng.chance(1 / 3)) return {};
  const policies = rng.chance(0.5);
  const mirrors = mirrorsOf(seed);
  const troubleMs = rng.int(60, 150) * 1000;
  return {
    // There are more people then, and a seed shall not take much longer.
    troubleMs: mirrors.mirrors ? troubleMs / 2 : troubleMs,
    copies: {
      poolGib: rng.pick([64, 256, 256]),
      mibPerSecond: rng.pick([64, 256, 1_024]),
      copiers: rng.int(1, 2),
      copierMs: { min: 200, max: rng.pick([2_000, 10_000]) },
      does: {
        take: 2,
        restore: 2,
        ...some(rng, COPY_OPERATIONS, 0.7, () => rng.int(1, 4)),
        ...(policies ? { run: rng.int(2, 4) } : { run: 0 }),
      },
      cancels: rng.pick([0, 0.3, 0.6]),
      policies,
      keep: rng.int(1, 2),
      writeMs: { min: 100, max: rng.pick([2_000, 15_000]) },
      ...mirrors,
      ...fullOf(seed),
      ...quiesceOf(seed),
    },
  };
}
