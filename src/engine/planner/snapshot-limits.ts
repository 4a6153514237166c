/**
 * A virtual pool may say how many snapshots a volume of it has at most. The snapshot that is taken before data are overwritten is
 * always taken. A policy takes the new one first and removes the oldest then: what counts is how many it leaves.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import type { Draft } from './draft.ts';

type Snapshot = ResourceRecord<'snapshot'>;

interface Taken {
  readonly source: ResourceRecord<'volume'>;
  readonly final: Snapshot;
  /** Goes in the same plan, once this one is there. */
  readonly replaces?: Urn | undefined;
}

/** By volume: what each plan takes of it. */
const taken = new WeakMap<Draft, Map<Urn, Snapshot[]>>();

const takenOf = (draft: Draft, volume: Urn): readonly Snapshot[] => taken.get(draft)?.get(volume) ?? [];

export function noteTaken(draft: Draft, { urn }: Pick<ResourceRecord, 'urn'>, snapshot: Snapshot): void {
  const all = taken.get(draft) ?? new Map<Urn, Snapshot[]>();
  taken.set(draft, all.set(urn, [...takenOf(draft, urn), snapshot]));
}

export const SAFETY_TAG = 'safety';

const isSafety = ({ tags = [] }: Pick<ResourceRecord, 'tags'>): boolean => tags.includes(SAFETY_TAG);

/** What is dropped from the files is there still when the new ones are taken. */
function kept(draft: Draft, source: Urn, replaced: ReadonlySet<Urn>): Snapshot[] {
  return draft.input.view
    .inScope('snapshot', uuidOf(source))
    .map(({ record }) => record)
    .filter(
      (record) => isLive(record) && !isSafety(record) && !draft.isRemoved(record.urn) && !replaced.has(record.urn),
    );
}

/** How many there will be when all of these are taken, by volume; a policy's own count as far as it keeps them. */
function countAfter(draft: Draft, source: Urn, fresh: readonly Snapshot[], replaced: ReadonlySet<Urn>): number {
  const byPolicy = new Map<Urn | undefined, number>();
  for (const { spec } of [...kept(draft, source, replaced), ...fresh]) {
    const policy = spec.policy?.urn;
    byPolicy.set(policy, (byPolicy.get(policy) ?? 0) + 1);
  }
  let count = 0;
  for (const [policy, there] of byPolicy) {
    const keep = policy === undefined ? undefined : draft.get<'snapshotPolicy'>(policy)?.spec.keep;
    count += keep === undefined ? there : Math.min(there, keep);
  }
  return count;
}

/** Why this one is too many among those that are taken at the same moment; undefined = it isn't. */
export function tooManySnapshots(
  draft: Draft,
  { source, final }: Taken,
  members: readonly Taken[],
): Omit<Diagnostic, 'severity' | 'address'> | undefined {
  const pool = draft.get<'virtualPool'>(final.spec.virtualPool);
  const max = pool?.spec.snapshots?.max;
  if (max === undefined || isSafety(final)) return undefined;
  const same = members.filter((other) => other.source.urn === source.urn);
  const fresh = [...takenOf(draft, source.urn), ...same.map((other) => other.final)];
  const count = countAfter(draft, source.urn, fresh, new Set(same.flatMap(({ replaces = [] }) => replaces)));
  if (count <= max) return undefined;
  return {
    code: 'COPRHD-PLAN-009',
    summary: `${source.name} would have ${count} snapshots; virtual pool ${pool!.name} allows ${max}`,
    fix: 'remove another one, or have an administrator raise `snapshots.max`',
  };
}
