/** What is asked of snapshots and full copies beside what is asked of any resource. */
import { z } from 'zod';
import { LIMITS } from '../../lib/limits.ts';
import type { MirrorState } from '../driver/mirrors-contract.ts';
import { type QuiesceWish, quiesceWish } from '../model/quiesce.ts';
import type { OnRemove } from '../model/record.ts';
import type { CopyVerb } from '../planner/copy-verbs.ts';
import type { Plan } from '../planner/plan.ts';
import type { Expected } from './by-name-plans.ts';
import type { ListedByName } from './by-name-types.ts';
import type { ApplyResult, Report } from './types.ts';

export interface CopyOperations {
  /** Of one volume, or of volumes of a consistency group at one moment: then each is NAME-VOLUME, and NAME is their set. */
  'snapshot.take': {
    input: {
      name: string;
      /** Address or URN. */
      of: string;
      /** Of a group: these alone (URNs), and not all. */
      volumes?: readonly string[] | undefined;
      /** Of a group: NAME-1, NAME-2... in the order of the volumes' names. */
      numbered?: boolean | undefined;
      protect?: boolean | undefined;
      onRemove?: OnRemove | undefined;
      tags?: readonly string[] | undefined;
      /** With the applications of its hosts at rest; try: else crash-consistent. */
      quiesce?: QuiesceWish | undefined;
      /** Who says that no host uses what is copied in full. */
      attestOffline?: string | undefined;
    };
    result: Report & { plan?: Plan };
  };
  /** Full copies of one volume or snapshot: NAME, or NAME-1, NAME-2... where there are to be several. */
  'copy.make': {
    input: {
      name: string;
      of: string;
      count?: number | undefined;
      /** It follows the volume. */
      continuous?: boolean | undefined;
      /** Of a group: NAME-1, NAME-2... in the order of the volumes' names instead of NAME-VOLUME. */
      numbered?: boolean | undefined;
      /** Those of what is copied where they are left out. */
      virtualPool?: string | undefined;
      virtualArray?: string | undefined;
      protect?: boolean | undefined;
      onRemove?: OnRemove | undefined;
      /** Of a group: the snapshots that are taken first are of applications at rest. */
      quiesce?: QuiesceWish | undefined;
      /** Of a group: who says that no host uses what is copied in full for the snapshots that are taken first. */
      attestOffline?: string | undefined;
    };
    result: Report & { plan?: Plan };
  };
  /**
   * Takes the snapshots that policies say are due, removes those that are more than they keep, and applies that. What can't be done now is held, and
   * tried again by the next run. `dryRun`: only says what it would do.
   */
  'snapshot.run': {
    input: { policies?: readonly string[] | undefined; dryRun?: boolean | undefined; claimWaitMs?: number | undefined };
    result: Report & {
      plan?: Plan;
      units: ApplyResult['units'];
      taken: number;
      expired: number;
      held: number;
    };
  };
  /** Full and continuous copies; where these are in sync their storage systems are asked. */
  'copy.list': {
    input: { project?: string | undefined; tenant?: string | undefined };
    result: Report & { resources: readonly ListedByName[] };
  };
  /** Asks the storage systems of continuous copies how far these are in sync; of all, where none are named. */
  'copy.states': {
    input: { urns?: readonly string[] | undefined };
    result: Report & { mirrors: readonly MirrorSeen[] };
  };
  /**
   * `wholeSet`: with all snapshots of the same set and group; restored or resynchronised, with all full copies that were made together of one
   * group. A group: what follows its volumes; restored or resynchronised, its full copies, where there is one set of them.
   */
  'copy.invoke': {
    input: {
      verb: CopyVerb;
      addresses: readonly string[];
      wholeSet?: boolean | undefined;
      /** Who says that no host uses what is overwritten. */
      attestOffline?: string | undefined;
      /** By URN: refused (stale) when one is at another revision. */
      ifRevisions?: Expected | undefined;
    };
    result: Report & { plan?: Plan };
  };
}

export interface MirrorSeen {
  readonly urn: string;
  readonly address: string;
  /** `split`: it follows nobody on its storage system. `unknown`: that does not answer. */
  readonly state: MirrorState['state'] | 'split' | 'missing' | 'unknown';
  readonly percent?: number;
}

const name = z.string().min(1).max(LIMITS.nameLengthMax);
const address = z.string().min(1).max(1_024);
const attestOffline = z.string().min(1).optional();
const policy = {
  protect: z.boolean().optional(),
  onRemove: z.enum(['quarantine', 'retain', 'delete']).optional(),
};

export const COPY_INPUTS = {
  'snapshot.take': {
    right: 'provision',
    schema: z.strictObject({
      ...{ name, of: address, ...policy },
      volumes: z.array(address).min(1).max(LIMITS.bulkMax).optional(),
      numbered: z.boolean().optional(),
      tags: z.array(z.string()).max(LIMITS.bulkMax).optional(),
      quiesce: quiesceWish.optional(),
      attestOffline,
    }),
  },
  'snapshot.run': {
    right: 'provision',
    schema: z.strictObject({
      policies: z.array(address).max(LIMITS.byNameMax).optional(),
      dryRun: z.boolean().optional(),
      claimWaitMs: z.int().min(0).optional(),
    }),
  },
  'copy.make': {
    right: 'provision',
    schema: z.strictObject({
      name,
      of: address,
      count: z.int().min(1).max(LIMITS.byNameMax).optional(),
      continuous: z.boolean().optional(),
      numbered: z.boolean().optional(),
      virtualPool: name.optional(),
      virtualArray: name.optional(),
      quiesce: quiesceWish.optional(),
      ...policy,
      attestOffline,
    }),
  },
  'copy.list': {
    right: 'read',
    schema: z.strictObject({ project: name.optional(), tenant: name.optional() }),
  },
  'copy.states': {
    right: 'read',
    schema: z.strictObject({ urns: z.array(address).max(LIMITS.bulkMax).optional() }),
  },
  'copy.invoke': {
    right: 'provision',
    schema: z.strictObject({
      verb: z.enum(['restore', 'resynchronise', 'detach', 'pause', 'resume', 'split']),
      addresses: z.array(address).min(1).max(LIMITS.bulkMax),
      wholeSet: z.boolean().optional(),
      attestOffline,
      ifRevisions: z.record(z.string(), z.int().min(0)).optional(),
    }),
  },
} as const;

/** Which full copies of a group were made together. */
export { copySetKey } from '../model/copy-set.ts';
