/** The part of the one door (types.ts) that hands out records by what they have in common, for who shows them himself. */
import { z } from 'zod';
import { LIMITS } from '../../lib/limits.ts';
import { KIND_NAMES, type KindName } from '../model/kinds.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { PoolAttributes, PortAttributes } from '../model/specs.ts';
import type { Report } from './types.ts';

/** One of these. Names and tags: those that begin so; names ignore case, an equal one comes first. */
export type FindBy =
  | { readonly urns: readonly string[] }
  | { readonly name: string }
  | { readonly tag: string }
  /** In a project or tenant, or of a storage system, host, cluster, export, mask, volume, consistency group. */
  | { readonly under: string }
  | { readonly all: true };

export interface FoundRecord {
  readonly record: ResourceRecord;
  /** At which it was last written. */
  readonly revision?: number;
  /** The name or tag that was found. */
  readonly match?: string;
  /** Of pools and ports: what discovery knows. */
  readonly observed?: PoolAttributes | PortAttributes;
}

export interface RecordOperations {
  /**
   * Live records, by name; with `urns` dead ones too, in the order asked for; as this process has written them, if it has.
   * `names`: of every record that a found one refers to.
   */
  'record.find': {
    input: { kind: KindName; by: FindBy };
    result: Report & { records: readonly FoundRecord[]; names: Readonly<Record<string, string>> };
  };
}

const urns = z.array(z.string().max(256)).max(LIMITS.bulkMax);

export const RECORD_INPUTS = {
  'record.find': {
    right: 'read',
    schema: z.strictObject({
      kind: z.enum(KIND_NAMES as [KindName, ...KindName[]]),
      by: z.union([
        z.strictObject({ urns }),
        z.strictObject({ name: z.string() }),
        z.strictObject({ tag: z.string() }),
        z.strictObject({ under: z.string().max(256) }),
        z.strictObject({ all: z.literal(true) }),
      ]),
    }),
  },
} as const;
