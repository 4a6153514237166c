/** The part of the one door (types.ts) that makes, changes and removes resources by name, without a file. */

import { z } from 'zod';
import { LIMITS } from '../../lib/limits.ts';
import type { DeclarableKind } from '../config/desired.ts';
import { NAMED_KINDS } from '../model/kinds.ts';
import type { Urn } from '../model/urn.ts';
import type { Plan } from '../planner/plan.ts';
import type { Expected } from './by-name-plans.ts';
import type { MirrorSeen } from './copy-types.ts';
import type { Patch } from './patching.ts';
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
    input: {
      addresses: readonly string[];
      forget?: boolean | undefined;
      /** Also what a plan file declares. Once it is deleted for good, the next plan of that file makes a new one. */
      force?: boolean | undefined;
      attestOffline?: string | undefined;
      /** Who vouches for what is unexported and for the LUN numbers that this frees, and for nothing else. */
      attestUnexports?: string | undefined;
      /** By URN: refused (stale) when one is at another revision. */
      ifRevisions?: Expected | undefined;
    };
    result: Report & { plan?: Plan };
  };
  /**
   * The same change of each, all of one kind and project. What a file declares is changed there, but for size, protection,
   * removal and tags of volumes, which may be overridden.
   */
  'resource.change': {
    input: {
      addresses: readonly string[];
      attestOffline?: string | undefined;
      /** Who vouches for what is unexported and for the LUN numbers that this frees, and for nothing else. */
      attestUnexports?: string | undefined;
      ifRevisions?: Expected | undefined;
      /** New name, of one volume. */
      rename?: string | undefined;
    } & Patch;
    result: Report & { plan?: Plan };
  };
  /**
   * Tags of what no plan file gives any: pools, ports, initiators and IP interfaces of hosts, and devices that no file declares.
   * All are changed, or none.
   */
  'resource.tag': {
    input: {
      addresses: readonly string[];
      add?: readonly string[] | undefined;
      /** Those that it hasn't are no error. */
      remove?: readonly string[] | undefined;
      ifRevisions?: Expected | undefined;
    };
    /** As they are now. */
    result: Report & {
      resources: readonly { readonly urn: Urn; readonly address: string; readonly tags: readonly string[] }[];
    };
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
  /** Of volumes and snapshots. */
  readonly sizeBytes?: number;
  /** Of snapshots and full copies: address of what they are copies of. */
  readonly of?: string;
  /** Of a full copy that has nothing to do with it any more. */
  readonly detached?: boolean;
  /** It follows it, or did so until it was detached. */
  readonly continuous?: boolean;
  /** Of a continuous copy, where its storage system was asked. */
  readonly mirror?: Pick<MirrorSeen, 'state' | 'percent'>;
  /** Of snapshots: by the clock of their storage system. */
  readonly takenAtMs?: number;
  /** Of snapshots: crash = as after a power failure. */
  readonly consistency?: 'application' | 'crash';
  /** Applications should have been at rest for it. */
  readonly notQuiescedWhy?: string;
  /** Of snapshots: how long I/O waited while it was taken, where the storage system measures it. */
  readonly ioPausedMs?: number;
  /** Of snapshots: how long at most the applications of a host were at rest for it. */
  readonly atRestMs?: number;
  readonly set?: string;
}

const kind = z.enum(NAMED_KINDS as [DeclarableKind, ...DeclarableKind[]]);
const name = z.string().min(1).max(LIMITS.nameLengthMax);
const ifRevisions = z.record(z.string(), z.int().min(0)).optional();
const field = z.string().regex(/^[A-Za-z]{1,64}(?:\.[A-Za-z]{1,64})?$/);
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
      addresses: z.array(address).min(1).max(LIMITS.bulkMax),
      forget: z.boolean().optional(),
      force: z.boolean().optional(),
      attestOffline: z.string().min(1).optional(),
      attestUnexports: z.string().min(1).optional(),
      ifRevisions,
    }),
  },
  'resource.change': {
    right: 'provision',
    schema: z
      .strictObject({
        addresses: z.array(address).min(1).max(LIMITS.bulkMax),
        attestOffline: z.string().min(1).optional(),
        attestUnexports: z.string().min(1).optional(),
        ifRevisions,
        set: z.record(field, z.unknown()).optional(),
        add: z.record(field, z.array(z.unknown()).max(LIMITS.bulkMax)).optional(),
        remove: z.record(field, z.array(z.string()).max(LIMITS.bulkMax)).optional(),
        rename: name.optional(),
      })
      .refine(
        ({ set, add, remove, rename }) =>
          rename !== undefined || [set, add, remove].some((part) => Object.keys(part ?? {}).length > 0),
        { error: 'say what is to change' },
      ),
  },
  'resource.tag': {
    right: 'provision',
    schema: z.strictObject({
      addresses: z.array(address).min(1).max(LIMITS.byNameMax),
      add: z.array(name).max(LIMITS.bulkMax).optional(),
      remove: z.array(name).max(LIMITS.bulkMax).optional(),
      ifRevisions,
    }),
  },
  'resource.list': {
    right: 'read',
    schema: z.strictObject({ kind, project: name.optional(), tenant: name.optional() }),
  },
} as const;
