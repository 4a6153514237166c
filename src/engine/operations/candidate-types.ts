/** `volume candidates`: which virtual pools and virtual arrays a volume could belong to where it is. */
import { z } from 'zod';
import { LIMITS } from '../../lib/limits.ts';
import type { Urn } from '../model/urn.ts';
import type { Report } from './types.ts';

export interface MoveCandidate {
  readonly name: string;
  readonly urn: Urn;
  /** The volume is in it. */
  readonly current: boolean;
  readonly allowed: boolean;
  /** Where it isn't allowed. */
  readonly why?: string;
}

export interface VolumeCandidates {
  readonly address: string;
  readonly urn: Urn;
  /** In its virtual array. */
  readonly virtualPools: readonly MoveCandidate[];
  /** With its virtual pool. */
  readonly virtualArrays: readonly MoveCandidate[];
}

export interface CandidateOperations {
  'volume.candidates': {
    input: { addresses: readonly string[] };
    result: Report & { volumes: readonly VolumeCandidates[] };
  };
}

export const CANDIDATE_INPUTS = {
  'volume.candidates': {
    right: 'read',
    schema: z.strictObject({ addresses: z.array(z.string().min(1)).min(1).max(LIMITS.bulkMax) }),
  },
} as const;
