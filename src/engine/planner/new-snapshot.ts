/** What is to be a snapshot, the room that it needs, and how it is refused. */

import type { Diagnostic } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import { attributesOf, poolLimits, snapshotAmounts } from './capacity.ts';
import type { Draft, Target } from './draft.ts';
import { ableSystems } from './full-copies.ts';
import { hold, nameOf } from './holds.ts';

export type Snapshot = ResourceRecord<'snapshot'>;
export type Source = ResourceRecord<'volume'>;

type NodeOf = { readonly kind: 'snapshot'; readonly spanOf?: Target['node']['spanOf'] };

/** To be taken; `final` is made when its volume is known. */
export interface NewSnapshot {
  readonly target: Pick<Target, 'address' | 'urn'> & { readonly node: NodeOf };
  readonly source: Urn;
  readonly reason: string;
  /** What can't be done is held, instead of a mistake that stops the whole plan. */
  readonly orHold?: boolean;
  /** A snapshot that goes in the same plan, once this one is there. */
  readonly replaces?: Urn | undefined;
  /** Ready, without a device. */
  final(source: Source): Snapshot;
}

/** One that is taken now. */
export interface Member extends Omit<NewSnapshot, 'source' | 'final'> {
  readonly source: Source;
  readonly final: Snapshot;
}

/** Watermark: what is written to the sources needs what little is left. */
export function fullPool(draft: Draft, urn: ResourceRecord['urn'], systemName: string): Diagnostic | undefined {
  const pool = draft.get<'pool'>(urn);
  const attributes = pool && attributesOf(draft, pool);
  if (!attributes || attributes.totalBytes === 0) return undefined;
  const fraction = (attributes.totalBytes - attributes.freeBytes) / attributes.totalBytes;
  if (fraction < LIMITS.noSnapshotsFromFraction) return undefined;
  return {
    code: 'COPRHD-PLACE-003',
    severity: 'error',
    summary: `pool ${systemName}/${pool.name} is filled to ${Math.round(fraction * 1_000) / 10} %: no snapshots are taken in it`,
    detail: `from ${LIMITS.noSnapshotsFromFraction * 100} % on what is left is needed by what is there`,
    fix: 'free capacity in it or add to it',
  };
}

export function complain(
  draft: Draft,
  { target, orHold }: { readonly target: NewSnapshot['target']; readonly orHold?: boolean | undefined },
  problem: Omit<Diagnostic, 'severity'>,
): void {
  if (orHold) hold(draft, target, 'create', { severity: 'error', ...problem });
  else draft.error(problem);
}

export function cannot(draft: Draft, members: readonly Member[], system: ResourceRecord<'storageSystem'>): void {
  for (const { target, source, orHold } of members) {
    complain(
      draft,
      { target, orHold },
      {
        code: 'COPRHD-DEVICE-007',
        summary: `${target.address}: ${system.name} can't take snapshots, and ${nameOf(draft, source.urn)} is on it`,
        detail: ableSystems(draft),
        fix: 'have the volume on one that can, or leave the snapshot out',
        ...(target.node.spanOf ? { span: target.node.spanOf() } : {}),
        address: target.address,
      },
    );
  }
}

export function reserve(draft: Draft, { final, target, orHold }: Member, urn: ResourceRecord['urn']) {
  const pool = draft.get<'pool'>(urn);
  const room = pool && poolLimits(draft, pool, final.spec.virtualPool);
  const amounts = snapshotAmounts(draft, final.spec);
  const fraction = final.spec.fullCopy ? 1 : LIMITS.snapshotReserveFraction;
  if (
    pool &&
    room &&
    amounts.subscribedBytes <= room.freeSubscribedBytes &&
    amounts.allocatedBytes <= room.freeAllocatedBytes
  ) {
    return { pool: pool.urn, amounts, limits: room.limits };
  }
  complain(
    draft,
    { target, orHold },
    {
      code: 'COPRHD-PLACE-001',
      summary: `${target.address}: its pool ${pool?.name ?? ''} has no room for ${final.spec.fullCopy ? 'a full copy' : 'what will be overwritten after the snapshot'}`,
      detail: room
        ? `${fraction * 100} % of the volume are reserved; free within limits are ${Math.max(0, Math.min(room.freeSubscribedBytes, amounts.allocatedBytes > 0 ? room.freeAllocatedBytes : Infinity))} bytes`
        : 'the pool was not observed',
      fix: 'free capacity in the pool, or raise the limits of the virtual pool',
      ...(target.node.spanOf ? { span: target.node.spanOf() } : {}),
      address: target.address,
    },
  );
  return undefined;
}
