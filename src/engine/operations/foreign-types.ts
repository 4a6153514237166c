/** What is on storage systems and is nobody's here: seen, and taken over by name. CoprHD's unmanaged volumes. */
import { z } from 'zod';
import { LIMITS } from '../../lib/limits.ts';
import type { Urn } from '../model/urn.ts';
import type { ImportDeclared, ImportSkipped } from './import-types.ts';
import type { PlanReport } from './one-shot.ts';
import type { Report } from './types.ts';

export interface ForeignVolume {
  readonly system: Urn;
  readonly systemName: string;
  readonly nativeId: string;
  /** On the storage system. */
  readonly name: string;
  /** 32 hex digits; absent where it has none. */
  readonly wwn?: string;
  readonly sizeBytes: number;
  readonly allocatedBytes: number;
  readonly provisioning: 'thin' | 'thick';
  /** Of what is recorded; absent where its pool isn't. */
  readonly pool?: Urn;
  readonly poolName?: string;
  /** Native ids of the masks that map it. */
  readonly masks: readonly string[];
  /** Native id of what it is a snapshot of. */
  readonly snapshotOf?: string;
  /** Native id of the volume that it follows. */
  readonly follows?: string;
  /** Why nobody can take it over here, whatever it is taken into. */
  readonly why?: string;
}

export interface ForeignMask {
  readonly system: Urn;
  readonly systemName: string;
  readonly nativeId: string;
  readonly name: string;
  /** Port names, lower case. */
  readonly initiators: readonly string[];
  /** Native ids. */
  readonly ports: readonly string[];
  readonly mappings: readonly { readonly volume: string; readonly hlu: number }[];
  /** It is one of ours, and maps something that isn't. */
  readonly ours: boolean;
}

export interface ForeignOperations {
  'foreign.list': {
    input: { systems?: string[] };
    /** As storage systems were seen last. `unseen`: names of those of which nothing is known. */
    result: Report & {
      volumes: readonly ForeignVolume[];
      masks: readonly ForeignMask[];
      unseen: readonly string[];
    };
  };
  'foreign.adopt': {
    input: z.output<typeof adoptInput>;
    /** `skipped` aren't in the plan. */
    result: PlanReport & { declared: readonly ImportDeclared[]; skipped: readonly ImportSkipped[] };
  };
}

const name = z.string().min(1).max(LIMITS.nameLengthMax);

const adoptInput = z
  .strictObject({
    system: name,
    nativeIds: z.array(z.string().min(1).max(256)).min(1).max(LIMITS.importVolumesMax),
    project: name,
    virtualPool: name,
    virtualArray: name,
    /** To whom they are shown; absent = to nobody. */
    host: name.optional(),
    cluster: name.optional(),
  })
  .refine(({ host, cluster }) => host === undefined || cluster === undefined, 'host or cluster, not both');

export const FOREIGN_INPUTS = {
  'foreign.list': { right: 'read', schema: z.strictObject({ systems: z.array(name).optional() }) },
  'foreign.adopt': { right: 'administer', schema: adoptInput },
} as const;
