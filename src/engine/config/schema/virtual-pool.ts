/** Schema of a virtual pool for block storage. */
import { z } from 'zod';
import { LIMITS } from '../../../lib/limits.ts';
import { protocol, provisioning } from '../../model/specs.ts';
import {
  complain,
  nameList,
  oneName,
  percentage,
  quotaSize,
  size,
  someOrNoPools,
  sortedSet,
  utilisation,
} from './leaves.ts';
import { type CrossCheck, defined, listOf, onRemove, origins, resource } from './resource.ts';

const count = z.int().min(1).max(LIMITS.pathsMax);
const PATHS_MIN = 1;
const PATHS_MAX = 2;
const PATHS_PER_INITIATOR = 1;

/** As it is where it isn't given. */
function pathsMax({ min, max, perInitiator }: Readonly<Record<string, unknown>>): number {
  if (typeof max === 'number') return max;
  return Math.max(PATHS_MAX, ...[min, perInitiator].filter((each) => typeof each === 'number'));
}

const checkPool: CrossCheck = (body, ctx) => {
  if (typeof body.paths !== 'object' || body.paths === null) return;
  const { min, max, perInitiator, acrossHaDomains } = body.paths as Record<string, unknown>;
  const code = 'COPRHD-CONFIG-004';
  if (typeof min === 'number' && typeof max === 'number' && max < min) {
    const summary = `${max} is less than paths.min (${min})`;
    complain(ctx, { code, summary, fix: `Write max: ${min} or more.` }, ['paths', 'max']);
  }
  if (typeof perInitiator === 'number' && typeof max === 'number' && perInitiator > max) {
    const summary = `${perInitiator} is more than paths.max (${max})`;
    complain(ctx, { code, summary, fix: `Write perInitiator: ${max} or less.` }, ['paths', 'perInitiator']);
  }
  if (typeof acrossHaDomains === 'number' && acrossHaDomains > pathsMax(body.paths as Record<string, unknown>)) {
    const most = pathsMax(body.paths as Record<string, unknown>);
    const summary = `${most} paths at most can not reach ${acrossHaDomains} HA domains`;
    complain(ctx, { code, summary, fix: `Write paths.max: ${acrossHaDomains} or more.` }, ['paths', 'acrossHaDomains']);
  }
};

const preAllocation = percentage.superRefine((fraction, ctx) => {
  if (fraction <= 1) return;
  const summary = 'no more than the whole volume can be set aside';
  complain(ctx, { code: 'COPRHD-CONFIG-004', summary, fix: 'Write 100%, or less.' });
});

export const virtualPool = resource(
  'virtualPool',
  {
    type: z.literal('block'),
    protocols: z.array(protocol).min(1),
    provisioning: provisioning.default('thin'),
    driveType: z.string().min(1).optional(),
    raidLevels: z
      .array(z.string().min(1))
      .min(1)
      .meta({ description: 'One of these: raid1, raid5, raid6... as the storage system names them.' })
      .optional(),
    systemTypes: z
      .array(z.string().min(1))
      .min(1)
      .meta({ description: 'Only storage systems of one of these drivers.' })
      .optional(),
    paths: z
      .strictObject({
        min: count.optional(),
        max: count.optional(),
        perInitiator: count.optional(),
        acrossHaDomains: count
          .meta({
            description: 'Over Fibre Channel: ports of so many HA domains at least. Default: 2, where there are.',
          })
          .optional(),
      })
      .meta({ description: 'Default: min 1, max 2 (or min, if that is more), perInitiator 1.' })
      .default({}),
    limits: z.strictObject({ utilisation: utilisation.optional(), subscription: percentage.optional() }).default({}),
    virtualArrays: nameList.refine((list) => list.length > 0, { params: { complaint: noVirtualArray() } }),
    quota: quotaSize.optional(),
    thinPreAllocation: preAllocation
      .meta({ description: 'Of a thin volume: how much of it the pool sets aside at once. 20%.' })
      .optional(),
    multiVolumeConsistency: z
      .boolean()
      .meta({ description: 'Only on storage systems that know consistency groups.' })
      .optional(),
    allocation: z
      .enum(['spread', 'pack'])
      .meta({
        description:
          'spread: the emptiest pool first; pack: the fullest that will do. Default: evenly while all are roomy, then one after the other.',
      })
      .optional(),
    arrayAffinity: z
      .boolean()
      .meta({ description: 'Rather on a storage system that serves the host or cluster of the volume already.' })
      .optional(),
    compression: z.boolean().meta({ description: 'Only pools that compress.' }).optional(),
    deduplication: z.boolean().meta({ description: 'Only pools that store equal blocks once.' }).optional(),
    longTermRetention: z
      .boolean()
      .meta({ description: 'Only pools for long-term retention; without it only others.' })
      .optional(),
    autoTieringPolicy: z
      .string()
      .min(1)
      .meta({
        description: 'Name of a policy of the storage system for moving data between tiers; volumes are given it.',
      })
      .optional(),
    hostIoLimits: z
      .strictObject({ iops: z.int().min(1).optional(), bandwidth: size.optional() })
      .refine(({ iops, bandwidth }) => iops !== undefined || bandwidth !== undefined, {
        params: { complaint: noIoLimit() },
      })
      .meta({ description: 'Of each volume, all its hosts together. bandwidth is per second: 200MiB.' })
      .optional(),
    continuousCopies: z
      .strictObject({ max: z.int().min(0).max(LIMITS.continuousCopiesMax), virtualPool: oneName.optional() })
      .meta({
        description:
          'max: so many may follow a volume at most; 0: none. Default: as many as its storage system allows. virtualPool: of which those are that are made by name without one; default: that of the volume.',
      })
      .optional(),
    snapshots: z
      .strictObject({ max: z.int().min(0).max(LIMITS.snapshotsPerVolumeMax) })
      .meta({
        description:
          'max: so many a volume may have at most, those of policies too; 0: none. Default: as many as its storage system allows.',
      })
      .optional(),
    onRemove: onRemove
      .meta({
        description:
          'What becomes of a volume that is made over the REST API when it is deactivated. Default: delete. Plan files say it of each volume.',
      })
      .optional(),
    expandable: z.boolean().meta({ description: 'false: volumes keep the size they were made with.' }).optional(),
    pools: someOrNoPools
      .meta({ description: 'Of the pools that match only these: SYSTEM/POOL with * and ?; [] = none. Default: all.' })
      .optional(),
  },
  (fields) => {
    const virtualArrays = listOf(fields.virtualArrays);
    const { min = PATHS_MIN, perInitiator = PATHS_PER_INITIATOR, acrossHaDomains } = fields.paths;
    const max = pathsMax(fields.paths);
    const { utilisation: used = 1, subscription = 1 } = fields.limits;
    return {
      spec: {
        type: fields.type,
        protocols: [...new Set(fields.protocols)],
        provisioning: fields.provisioning,
        ...(fields.driveType === undefined ? {} : { driveType: fields.driveType }),
        ...(fields.raidLevels === undefined ? {} : { raidLevels: sortedSet(fields.raidLevels) }),
        ...(fields.systemTypes === undefined ? {} : { systemTypes: sortedSet(fields.systemTypes) }),
        paths: { min, max, perInitiator, ...(acrossHaDomains === undefined ? {} : { acrossHaDomains }) },
        limits: { utilisation: used, subscription },
        ...optional(fields),
        virtualArrays: virtualArrays.names,
      },
      ...origins({ virtualArrays }),
    };
  },
  checkPool,
);

/** Said only where it is something else than what nobody says means. */
function optional({
  quota,
  thinPreAllocation,
  multiVolumeConsistency,
  allocation,
  arrayAffinity,
  compression,
  deduplication,
  longTermRetention,
  autoTieringPolicy,
  hostIoLimits: limits,
  continuousCopies,
  snapshots,
  expandable,
  pools,
}: {
  readonly quota?: number | undefined;
  readonly thinPreAllocation?: number | undefined;
  readonly multiVolumeConsistency?: boolean | undefined;
  readonly allocation?: 'spread' | 'pack' | undefined;
  readonly arrayAffinity?: boolean | undefined;
  readonly compression?: boolean | undefined;
  readonly deduplication?: boolean | undefined;
  readonly longTermRetention?: boolean | undefined;
  readonly autoTieringPolicy?: string | undefined;
  readonly hostIoLimits?: { readonly iops?: number | undefined; readonly bandwidth?: number | undefined } | undefined;
  readonly continuousCopies?: { readonly max: number; readonly virtualPool?: string | undefined } | undefined;
  readonly snapshots?: { readonly max: number } | undefined;
  readonly expandable?: boolean | undefined;
  readonly pools?: readonly string[] | undefined;
}) {
  return {
    ...(quota === undefined ? {} : { quotaBytes: quota }),
    ...(thinPreAllocation ? { thinPreAllocation } : {}),
    ...(multiVolumeConsistency ? { multiVolumeConsistency } : {}),
    ...(allocation === undefined ? {} : { allocation }),
    ...(arrayAffinity ? { arrayAffinity } : {}),
    ...(compression ? { compression } : {}),
    ...(deduplication ? { deduplication } : {}),
    ...(longTermRetention ? { longTermRetention } : {}),
    ...(autoTieringPolicy === undefined ? {} : { autoTieringPolicy }),
    ...(limits ? { hostIoLimits: ioLimitsOf(limits) } : {}),
    ...(continuousCopies === undefined ? {} : { continuousCopies: defined(continuousCopies) }),
    ...(snapshots === undefined ? {} : { snapshots }),
    ...(expandable === false ? { expandable } : {}),
    ...(pools ? { pools: sortedSet(pools) } : {}),
  };
}

const ioLimitsOf = ({
  iops,
  bandwidth,
}: {
  readonly iops?: number | undefined;
  readonly bandwidth?: number | undefined;
}) => ({
  ...(iops === undefined ? {} : { iops }),
  ...(bandwidth === undefined ? {} : { bytesPerSecond: bandwidth }),
});

function noIoLimit() {
  return {
    code: 'COPRHD-CONFIG-004',
    summary: 'no limit is given',
    fix: 'Write iops, bandwidth or both; or leave hostIoLimits out.',
  } as const;
}

function noVirtualArray() {
  return {
    code: 'COPRHD-CONFIG-004',
    summary: 'the list of virtual arrays is empty',
    fix: 'Name at least one virtual array in which the pool is offered.',
  } as const;
}
