/** The part of the one door (types.ts) that makes, changes and removes resources by name, without a file. */
import { z } from 'zod';
import { LIMITS } from '../../lib/limits.ts';
import type { DeclarableKind } from '../config/desired.ts';
import { NAMED_KINDS } from '../model/kinds.ts';
import type { OnRemove } from '../model/record.ts';
import type { Plan } from '../planner/plan.ts';
import type { ListedResource, Report } from './types.ts';

export interface ByNameOperations {
  /** Plans resources as a plan file would; they belong to who asks for them, not to a stack. */
  'resource.create': {
    input: {
      kind: DeclarableKind;
      /** Of what is in projects: volumes, exports, consistency groups. */
      project?: string | undefined;
      /** By name, as in a plan file. */
      resources: Readonly<Record<string, unknown>>;
    };
    result: Report & { plan?: Plan };
  };
  /** Addresses or URNs. `forget`: what is on devices stays there. */
  'resource.remove': {
    input: { addresses: readonly string[]; forget?: boolean | undefined; attestOffline?: string | undefined };
    result: Report & { plan?: Plan };
  };
  /** Only of a volume that no file declares. */
  'volume.change': {
    input: {
      address: string;
      /** As in a plan file, or bytes. */
      size?: string | number | undefined;
      protect?: boolean | undefined;
      onRemove?: OnRemove | undefined;
    };
    result: Report & { plan?: Plan };
  };
  'resource.list': {
    input: { kind: DeclarableKind; project?: string | undefined; tenant?: string | undefined };
    result: Report & { resources: readonly ListedByName[] };
  };
}

export interface ListedByName extends ListedResource {
  readonly name: string;
  readonly project?: string;
  readonly tenant?: string;
  /** Its stack, or whose it is. */
  readonly owner: string;
  /** Of volumes. */
  readonly sizeBytes?: number;
}

const kind = z.enum(NAMED_KINDS as [DeclarableKind, ...DeclarableKind[]]);
const name = z.string().min(1).max(LIMITS.nameLengthMax);
const address = z.string().min(1).max(1_024);

export const BY_NAME_INPUTS = {
  'resource.create': {
    right: 'provision',
    schema: z.strictObject({
      kind,
      project: name.optional(),
      resources: z
        .record(name, z.unknown())
        .refine((named) => Object.keys(named).length > 0, 'name at least one')
        .refine((named) => Object.keys(named).length <= LIMITS.byNameMax, `at most ${LIMITS.byNameMax} at once`),
    }),
  },
  'resource.remove': {
    right: 'provision',
    schema: z.strictObject({
      addresses: z.array(address).min(1).max(LIMITS.byNameMax),
      forget: z.boolean().optional(),
      attestOffline: z.string().min(1).optional(),
    }),
  },
  'volume.change': {
    right: 'provision',
    schema: z
      .strictObject({
        address,
        size: z.union([z.string(), z.int().positive()]).optional(),
        protect: z.boolean().optional(),
        onRemove: z.enum(['quarantine', 'retain', 'delete']).optional(),
      })
      .refine(({ address: _, ...change }) => Object.keys(change).length > 0, 'say what is to change'),
  },
  'resource.list': {
    right: 'read',
    schema: z.strictObject({ kind, project: name.optional(), tenant: name.optional() }),
  },
} as const;
