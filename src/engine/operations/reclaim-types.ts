/** `reclaim report`: what could be given back, whose it is, and how. Bytes; times are by our clock. */
import { z } from 'zod';
import { LIMITS } from '../../lib/limits.ts';
import { RECLAIM_REASON_NAMES, type ReclaimWhy } from '../model/reclaim.ts';
import type { Report } from './types.ts';

export interface ReclaimReason {
  readonly reason: ReclaimWhy;
  readonly sinceMs?: number;
  /** `sinceMs` is the latest that it can be: it may be so for longer. */
  readonly orBefore?: boolean;
  /** What was concluded from a look at the device: when that was. */
  readonly observedAtMs?: number;
  /** quarantined: when it is purged. */
  readonly untilMs?: number;
  /** beyond-policy: which one removes it with its next run. */
  readonly policy?: string;
  /** What else is to be known. */
  readonly detail?: string;
}

export interface ReclaimItem {
  readonly address: string;
  readonly kind: 'volume' | 'snapshot';
  readonly urn: string;
  /** Absent: nobody's, or not known. */
  readonly tenant?: string;
  readonly project?: string;
  /** Who made it. */
  readonly by?: string;
  readonly system?: string;
  readonly pool?: string;
  readonly createdAtMs?: number;
  readonly sizeBytes: number;
  /** What it takes of what its pool may promise: of a snapshot what is reserved for it. */
  readonly subscribedBytes: number;
  /** What its pool gives it physically, by the last look. Absent: not known. */
  readonly allocatedBytes?: number;
  /** All there are; at least one. */
  readonly reasons: readonly ReclaimReason[];
  /** What has to go first, the first few of `neededByCount`. */
  readonly neededBy: readonly { readonly address: string; readonly urn: string }[];
  readonly neededByCount: number;
  /** What somebody would do to remove it, one after the other. Nothing of it is done here. */
  readonly remove: readonly string[];
}

export interface ReclaimSum {
  readonly objects: number;
  readonly subscribedBytes: number;
  /** Of those of which it is known. */
  readonly allocatedBytes: number;
  readonly allocatedUnknown: number;
}

export interface ReclaimOwner extends ReclaimSum {
  readonly tenant?: string;
  readonly project?: string;
  readonly by?: string;
}

export interface ReclaimOperations {
  'reclaim.report': {
    input: {
      project?: string | undefined;
      system?: string | undefined;
      reasons?: readonly ReclaimWhy[] | undefined;
      /** Of snapshots and copies LIMITS.reclaimAgeMs without it; of all else only what can't be so for so long is left out by it. */
      olderThanMs?: number | undefined;
    };
    result: Report & {
      /** Each once, however many reasons it has; the largest first. */
      items: readonly ReclaimItem[];
      /** The same by whose it is, the largest first. */
      owners: readonly ReclaimOwner[];
      total: ReclaimSum;
      /** When each was looked at last. Absent: nothing that was seen of it can be gone by. */
      systems: readonly { readonly system: string; readonly observedAtMs?: number }[];
    };
  };
}

export const RECLAIM_INPUTS = {
  'reclaim.report': {
    right: 'read',
    schema: z.strictObject({
      project: z.string().min(1).optional(),
      system: z.string().min(1).optional(),
      reasons: z
        .array(z.enum(RECLAIM_REASON_NAMES as [ReclaimWhy, ...ReclaimWhy[]]))
        .min(1)
        .optional(),
      olderThanMs: z.int().min(1).max(LIMITS.spanMaxMs).optional(),
    }),
  },
} as const;
