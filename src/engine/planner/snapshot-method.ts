/**
 * How a set of snapshots is made. Where one of its pools shares no blocks all of the set is copied, which takes long: that is of one moment only
 * as long as nobody writes to any of the volumes, so hosts must not use them meanwhile.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { SnapshotMethod } from '../../lib/pool-service.ts';
import type { ResourceRecord } from '../model/record.ts';
import { formatSize } from '../model/size.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { attributesOf } from './capacity.ts';
import type { Draft } from './draft.ts';
import { usedDiagnostic, usersOf } from './in-use.ts';
import type { Member } from './new-snapshot.ts';

/** Undefined where the device doesn't tell, and makes them as it does. */
export function snapshotMethod(draft: Draft, pools: readonly Urn[]): SnapshotMethod | undefined {
  const methods = pools.map((urn) => {
    const pool = draft.get<'pool'>(urn);
    return pool && attributesOf(draft, pool)?.snapshots;
  });
  return methods.find((method) => method === 'full-copy') ?? methods.find((method) => method !== undefined);
}

/** For a line of the plan. */
export const methodText = (method: SnapshotMethod, sizeBytes: number): string =>
  method === 'full-copy' ? `by full copy, ${formatSize(sizeBytes)}` : 'by copy-on-write';

/**
 * A volume that is copied as it is now, in a pool that shares no blocks, is not written to meanwhile. Nobody can vouch for that to the device, which
 * looks itself; a snapshot can be vouched for, and copied.
 */
export function copiedInUse(
  draft: Draft,
  source: ResourceRecord<'volume'>,
  system: ResourceRecord<'storageSystem'>,
): Diagnostic | undefined {
  const { device } = source.status;
  if ((source.kind as string) !== 'volume' || !device?.pool) return undefined;
  if (snapshotMethod(draft, [device.pool]) !== 'full-copy') return undefined;
  const users = usersOf(draft, device.nativeId, system);
  if (users === undefined) return undefined;
  return usedDiagnostic(source, users, {
    detail: `its pool on ${system.name} shares no blocks, so that copying it takes long: what hosts write meanwhile would be in some of the copy and not in the rest`,
    fix: `unmount it and log out; or take a snapshot once somebody has seen to it that no host uses it (coprhd snapshot create NAME --of ${addressOf(source)} --attest WHO), and copy that`,
  });
}

/** Who uses one of them now; one that this plan makes is used by nobody. */
export function sourceInUse(
  draft: Draft,
  members: readonly Pick<Member, 'source' | 'orHold'>[],
  system: ResourceRecord<'storageSystem'>,
): Diagnostic | undefined {
  if (draft.input.attestOffline !== undefined) return undefined;
  for (const { source, orHold } of members) {
    const users = source.status.device ? usersOf(draft, source.status.device.nativeId, system) : undefined;
    if (users === undefined) continue;
    return usedDiagnostic(source, users, {
      detail: `${system.name} makes its snapshots by full copy, which takes long: what hosts write meanwhile would be in some of it and not in the rest`,
      fix: `unmount it and log out; or ${orHold ? byNameOf(draft, source, members.length > 1) : BY_WHOM}; or have it in a pool whose snapshots are copy-on-write`,
    });
  }
  return undefined;
}

const BY_WHOM = 'say who has seen to it that no host uses it (--attest-offline WHO)';

/** Nobody looks after each moment of a policy, so nobody vouches for it: a person takes one by name. */
function byNameOf(draft: Draft, source: ResourceRecord<'volume'>, isGroup: boolean): string {
  const group = source.spec.consistencyGroup && draft.get(source.spec.consistencyGroup);
  const of = addressOf(isGroup && group ? group : source);
  return `take one by name once somebody has seen to it that no host uses it (coprhd snapshot create NAME --of ${of} --attest WHO)`;
}
