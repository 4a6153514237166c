/**
 * Orphans: what carries this installation's mark on a device and is not in state. Left by a state that was lost, restored
 * from an older copy, or edited. Pure; nothing is concluded from absence, so a partial observation still shows what it shows.
 */
import type { MaskObservation, OwnershipMark } from '../driver/contract.ts';
import type { Actor, ResourceRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from './addresses.ts';
import { compareMask } from './compare.ts';
import { type DriftRequest, type SystemContext, systemContexts } from './drift-context.ts';
import type { OwnershipVerdict } from './ownership.ts';

export interface Orphan {
  readonly kind: 'volume' | 'exportMask' | 'lunMap';
  readonly system: string;
  readonly nativeId: string;
  readonly name: string;
  /** Of the mark; of a mapping: its mask's. */
  readonly urn: string;
  readonly epoch: number;
  /** The mark is of a later epoch than the state: this state is an old copy. */
  readonly stateIsOld: boolean;
  readonly why: string;
  readonly pool?: string;
  readonly sizeBytes?: number;
  readonly allocatedBytes?: number;
  readonly wwn?: string;
  /** Volumes: masks that map it. Masks: who may log in. */
  readonly mappedBy?: readonly string[];
  readonly initiators?: readonly string[];
  readonly loggedIn?: readonly string[];
  /** LUN numbers with native ids of volumes. */
  readonly mappings?: readonly { readonly hlu: number; readonly volume: string }[];
  /** What state still knows of the URN: the tombstone of something removed, or a record that is another object now. */
  readonly recorded?: {
    readonly address: string;
    readonly phase: string;
    readonly createdAtMs: number;
    readonly createdBy: Actor;
    readonly sinceMs: number;
  };
}

/** By system in the order given, then volumes, masks and mappings in the order of the device. */
export function findOrphans(request: DriftRequest): Orphan[] {
  return systemContexts(request).flatMap((context) => [...volumes(context), ...masks(context), ...mappings(context)]);
}

interface Marked {
  readonly nativeId: string;
  readonly name: string;
  readonly mark?: OwnershipMark;
}

function orphan(
  context: SystemContext,
  kind: Orphan['kind'],
  { nativeId, name, mark }: Marked,
  verdict: OwnershipVerdict,
): Orphan | undefined {
  const stateIsOld = verdict.ownership === 'state-is-old';
  if (mark === undefined || (verdict.ownership !== 'orphan' && !stateIsOld)) return undefined;
  // Being made right now, by somebody else.
  if (context.inTheMaking.has(mark.urn)) return undefined;
  return {
    ...{ kind, system: context.name, nativeId, name, urn: mark.urn, epoch: mark.epoch, stateIsOld, why: verdict.why },
    ...recordedOf(context, mark.urn),
  };
}

function recordedOf({ view }: SystemContext, urn: string): Pick<Orphan, 'recorded'> {
  const record = view.get(urn as Urn)?.record;
  if (record === undefined) return {};
  const { createdAtMs, createdBy, status } = record;
  return {
    recorded: { address: addressOf(record), phase: status.phase, createdAtMs, createdBy, sinceMs: status.sinceMs },
  };
}

function volumes(context: SystemContext): Orphan[] {
  return context.observation.volumes.flatMap((volume) => {
    if (context.volumes.has(volume.nativeId)) return [];
    const found = orphan(context, 'volume', volume, context.ownershipOfVolume(volume));
    const { pool, sizeBytes, allocatedBytes, wwn, mappedBy } = volume;
    return found
      ? [{ ...found, pool, sizeBytes, allocatedBytes, mappedBy, ...(wwn === undefined ? {} : { wwn }) }]
      : [];
  });
}

function masks(context: SystemContext): Orphan[] {
  return context.observation.masks.flatMap((mask) => {
    if (context.masks.has(mask.nativeId)) return [];
    const found = orphan(context, 'exportMask', mask, context.ownershipOfMask(mask));
    const { initiators, loggedIn } = mask;
    const shown = mask.mappings.map(({ hlu, volume }) => ({ hlu, volume }));
    return found ? [{ ...found, initiators, loggedIn, mappings: shown }] : [];
  });
}

/** In a mask of ours, and not recorded. A mapping carries no mark: somebody may have made it by hand. */
function mappings(context: SystemContext): Orphan[] {
  return context.observation.masks.flatMap((observation) => {
    const mask = context.masks.get(observation.nativeId);
    return mask === undefined ? [] : mappingsOf(context, mask, observation);
  });
}

function mappingsOf(
  context: SystemContext,
  mask: ResourceRecord<'exportMask'>,
  observation: MaskObservation,
): Orphan[] {
  if (!observation.mark || context.ownershipOfMask(observation).ownership !== 'ours') return [];
  const { volumesByUrn } = context;
  const lunMaps = context.lunMapsOf(mask.urn);
  const drift = compareMask({ mask, lunMaps, volumesByUrn, initiators: [], observation });
  const { urn, epoch } = observation.mark;
  return drift.foreignMappings.map(({ hlu, volume, wwn }) => ({
    kind: 'lunMap',
    system: context.name,
    nativeId: `${observation.nativeId} LUN ${hlu}`,
    name: `${observation.name} LUN ${hlu}`,
    ...{ urn, epoch, stateIsOld: false },
    why: `our mask maps volume ${volume} at HLU ${hlu}, which is not recorded: a lost state, or somebody by hand`,
    mappings: [{ hlu, volume }],
    ...(wwn === undefined ? {} : { wwn }),
  }));
}
