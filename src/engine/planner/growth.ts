/** Growth of volumes: whether one may, what it takes of its pool, and whom it disturbs. */
import type { DeviceObject, ResourceRecord } from '../model/record.ts';
import { formatSize, roundUp } from '../model/size.ts';
import type { RecordedSpec } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import { charge } from './accounts.ts';
import { poolLimits } from './capacity.ts';
import type { Draft, Target } from './draft.ts';
import { hold, nameOf, notManageable, untrusted } from './holds.ts';
import type { Step, Unit } from './plan.ts';

/** A virtual pool may say that its volumes keep their size; what was lost on a device is mended all the same. */
export function mayGrow(
  draft: Draft,
  target: Target,
  record: ResourceRecord<'volume'>,
  spec: RecordedSpec<'volume'>,
): boolean {
  const fixed = draft.get<'virtualPool'>(spec.virtualPool)?.spec.expandable === false;
  if (!fixed || spec.sizeBytes <= record.spec.sizeBytes) return true;
  draft.error({
    code: 'COPRHD-PLAN-009',
    summary: `${target.address} can't grow from ${formatSize(record.spec.sizeBytes)} to ${formatSize(spec.sizeBytes)}`,
    detail: `virtual pool ${nameOf(draft, spec.virtualPool)} is declared with \`expandable: false\``,
    fix: 'declare the old size, or have an administrator change the virtual pool',
    span: target.node.spanOf(['size']),
    address: target.address,
  });
  return false;
}

/** Why a volume is smaller than recorded: an apply that was cut off has recorded what it was about to do. */
export function growthReason({ node }: Target, { spec, status }: ResourceRecord<'volume'>): string {
  const before = status.previous?.spec as Partial<RecordedSpec<'volume'>> | undefined;
  const isUnfinished = status.phase === 'updating' && (before?.sizeBytes ?? spec.sizeBytes) < spec.sizeBytes;
  return isUnfinished ? `differs in ${node.file}, and an earlier apply did not finish it` : 'repairs drift';
}

export function planGrowth(
  draft: Draft,
  target: Target,
  device: DeviceObject,
  spec: RecordedSpec<'volume'>,
  fromBytes: number,
): { steps: Step[]; reservations: Unit['reservations']; shared: readonly Urn[] } | undefined {
  const system = draft.get<'storageSystem'>(device.system);
  const seen = system && draft.observation(system);
  const pool = device.pool && draft.get<'pool'>(device.pool);
  const trusted = seen?.observation.trust.level === 'whole';
  const why = system && trusted && pool ? notManageable(draft, system, pool.spec.nativeId) : undefined;
  if (!system || !seen || !trusted || !pool || why) {
    const trust = untrusted(target, system?.name ?? 'its storage system', seen?.observation.trust.why);
    hold(draft, target, 'update', why ?? trust);
    return undefined;
  }
  if (!seen.driver.capabilities.includes('expand')) {
    hold(draft, target, 'update', {
      code: 'COPRHD-DEVICE-007',
      severity: 'error',
      summary: `${system.name} can't expand volumes`,
      fix: 'declare the old size',
    });
    return undefined;
  }
  sayIfDisturbing(draft, target, system.name, device.nativeId, seen);
  const thick = draft.get<'virtualPool'>(spec.virtualPool)?.spec.provisioning === 'thick';
  const room = poolLimits(draft, pool, spec.virtualPool);
  const toBytes = roundUp(spec.sizeBytes, room?.granularityBytes ?? 1);
  // What was lost on the device is still promised in the ledger.
  const growth = Math.max(0, toBytes - (device.provisionedBytes ?? fromBytes));
  const amounts = { allocatedBytes: thick ? growth : 0, subscribedBytes: growth, volumes: 0 };
  if (!room || amounts.subscribedBytes > room.freeSubscribedBytes || amounts.allocatedBytes > room.freeAllocatedBytes) {
    draft.error({
      code: 'COPRHD-PLACE-001',
      summary: `${target.address} can't grow by ${formatSize(spec.sizeBytes - fromBytes)}: its pool ${system.name}/${pool.name} has no room`,
      detail: room
        ? `free within limits: ${formatSize(Math.max(0, room.freeSubscribedBytes))} subscribed, ${formatSize(Math.max(0, room.freeAllocatedBytes))} physical`
        : 'the pool was not observed',
      fix: 'free capacity in the pool, raise the limits of the virtual pool, or declare a smaller size',
      span: target.node.spanOf(['size']),
      address: target.address,
    });
    return undefined;
  }
  const charged = charge(draft, target, { spec, system: device.system }, amounts);
  if (!charged) return undefined;
  return {
    shared: charged.shared,
    steps: [
      {
        id: 's1',
        system: device.system,
        form: 'call',
        kind: 'volume.expand',
        args: { volume: target.urn, sizeBytes: spec.sizeBytes },
      },
    ],
    reservations: [{ pool: pool.urn, amounts, limits: room.limits }, ...charged.reservations],
  };
}

/** Some arrays interrupt who is logged in while they expand: that is said before, not after. */
function sayIfDisturbing(
  draft: Draft,
  target: Target,
  system: string,
  nativeId: string,
  { observation, driver }: NonNullable<ReturnType<Draft['observation']>>,
): void {
  const limit = driver.limits.find(({ id }) => id === 'expand-drops-sessions');
  const users = observation.masks
    .filter(({ mappings }) => mappings.some(({ volume }) => volume === nativeId))
    .flatMap(({ loggedIn }) => loggedIn);
  if (!limit || users.length === 0) return;
  draft.warn({
    code: 'COPRHD-DEVICE-007',
    summary: `expanding ${target.address} on ${system} interrupts ${users.join(', ')}, logged in now`,
    detail: limit.text,
    address: target.address,
  });
}
