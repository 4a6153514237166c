/** Volumes: created where placement says, grown, adopted, renamed; held when missing, suspect, or not ours to touch. */
import type { DesiredSpecs } from '../config/desired.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import { addAmounts, NO_AMOUNTS } from '../model/recorded-view.ts';
import { formatSize } from '../model/size.ts';
import type { RecordedSpec } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { wantedService } from '../observe/compare.ts';
import type { RolePlacement } from '../placement/request.ts';
import { mayUse } from './access.ts';
import { charge, credit, transfer } from './accounts.ts';
import { buildRecord, fieldChanges, makeChange } from './base-record.ts';
import { amountsOf, poolLimits } from './capacity.ts';
import { bindGroup, fitsGroup } from './consistency-groups.ts';
import { type Draft, liveWrite, type Target, withoutClaim } from './draft.ts';
import { replacementHold } from './export-holds.ts';
import { copyProblem, copySteps } from './full-copies.ts';
import { growthReason, mayGrow, planGrowth } from './growth.ts';
import { hold, nameOf, phaseHold } from './holds.ts';
import { deviceLabel, volumeSerial, volumeWwn } from './identity.ts';
import { byName } from './members.ts';
import { fitsFollowers, followersFirst, followersOf, mirrorProblem } from './mirrors.ts';
import { moveProblem } from './moving.ts';
import { observeVolume } from './observed-volume.ts';
import { overriddenReason, overriddenSize } from './overriding.ts';
import type { Action, Step, Unit } from './plan.ts';
import { namedFields } from './record-only.ts';

export interface NewVolume {
  readonly target: Target;
  readonly spec: RecordedSpec<'volume'>;
  /** +1 when it replaces a missing one. */
  readonly incarnation: number;
}

type Wish = (target: Target, declared: RecordedSpec<'volume'>) => RecordedSpec<'volume'> | undefined;

/** Sorts volumes into those to be placed (returned) and those that exist (planned here); those that `wish` drops are neither. */
export function planExistingVolumes(draft: Draft, wish: Wish = (_, declared) => declared): NewVolume[] {
  const fresh: NewVolume[] = [];
  for (const target of followersFirst(draft.targets('volume'))) {
    if (draft.isFixed(target)) continue;
    const declared = volumeSpec(draft, target);
    const spec = declared && wish(target, declared);
    if (!spec) continue;
    const { recorded } = target;
    if (isImported(target)) continue;
    if (!recorded) fresh.push({ target, spec, incarnation: 1 });
    else planRecordedVolume(draft, target, spec, recorded as VersionedRecord<'volume'>, fresh);
  }
  return fresh;
}

export function volumeSpec(draft: Draft, target: Target): RecordedSpec<'volume'> | undefined {
  const spec = target.node.spec as DesiredSpecs['volume'];
  const virtualPool = draft.resolve(target, ['virtualPool']);
  const virtualArray = draft.resolve(target, ['virtualArray']);
  if (!virtualPool || !virtualArray || !target.project) return undefined;
  const allowed = draft.membersOf(virtualPool, 'virtualArrays');
  if (!target.recorded && !allowed.includes(virtualArray)) {
    draft.error({
      code: 'COPRHD-PLAN-009',
      summary: `virtual pool ${spec.virtualPool} is not in virtual array ${spec.virtualArray}`,
      detail: `it is in ${byName(draft, allowed)
        .map((urn) => nameOf(draft, urn))
        .join(', ')}`,
      fix: 'choose one of these, or add the virtual array to the virtual pool',
      span: target.node.spanOf(['virtualPool']),
    });
    return undefined;
  }
  if (!target.recorded) {
    const may = [
      mayUse(draft, target, 'virtualPool', virtualPool),
      mayUse(draft, target, 'virtualArray', virtualArray),
    ];
    if (may.includes(false)) return undefined;
  }
  const group = spec.consistencyGroup === undefined ? undefined : draft.resolve(target, ['consistencyGroup']);
  if (spec.consistencyGroup !== undefined && group === undefined) return undefined;
  const snapshotPolicy = spec.snapshotPolicy === undefined ? undefined : draft.resolve(target, ['snapshotPolicy']);
  if (spec.snapshotPolicy !== undefined && snapshotPolicy === undefined) return undefined;
  const copied = (['copyOf', 'copyOfSnapshot'] as const).find((field) => spec[field] !== undefined);
  const copyOf = copied && draft.resolve(target, [copied]);
  if (copied && copyOf === undefined) return undefined;
  const before = target.recorded?.record as ResourceRecord<'volume'> | undefined;
  const { sizeBytes, placement } = spec;
  const recorded = { project: target.project, sizeBytes, virtualPool, virtualArray };
  // Given even when undefined: what is no longer declared doesn't stay in the record.
  const made = {
    ...recorded,
    consistencyGroup: group,
    snapshotPolicy,
    copyOf,
    continuous: spec.continuous,
    ...(spec.copySet === undefined ? {} : { copySet: spec.copySet }),
    placement: placement && duplicate(placement),
  };
  if (copyProblem(draft, target, made, before?.spec) || mirrorProblem(draft, target, made, before?.spec))
    return undefined;
  return fitsGroup(draft, target, made, before) ? made : undefined;
}

const duplicate = ({ require, avoid }: NonNullable<DesiredSpecs['volume']['placement']>) => ({
  ...(require ? { require: [...require] } : {}),
  ...(avoid ? { avoid: [...avoid] } : {}),
});

/** Declared under `import:` and not recorded yet: adopt.ts plans it. */
export function isImported(target: Target): boolean {
  const local = `volume.${target.node.name}`;
  return !target.recorded && target.stack.imports.some(({ address }) => address === local);
}

export function planRecordedVolume(
  draft: Draft,
  target: Target,
  spec: RecordedSpec<'volume'>,
  recorded: VersionedRecord<'volume'>,
  fresh: NewVolume[],
): void {
  const { record } = recorded;
  const observed = observeVolume(draft, record);
  const blocked =
    phaseHold(target, record) ??
    (observed.state === 'missing' && draft.mayReplace(target) ? replacementHold(draft, record) : observed.hold);
  if (blocked) {
    hold(draft, target, 'update', blocked);
    return;
  }
  if (observed.state === 'missing') {
    fresh.push({ target, spec, incarnation: record.incarnation + 1 });
    return;
  }
  if (!sameplace(draft, target, record, spec)) return;
  const device = record.status.device;
  const wantedBytes = Math.max(spec.sizeBytes, record.spec.sizeBytes);
  const hasBytes = observed.sizeBytes ?? device?.provisionedBytes ?? record.spec.sizeBytes;
  if (spec.sizeBytes < record.spec.sizeBytes) {
    const overridden = overriddenSize(target, record);
    if (overridden) {
      hold(draft, target, 'update', overridden);
      return;
    }
    draft.error({
      code: 'COPRHD-PLAN-009',
      summary: `${target.address} can't shrink from ${formatSize(record.spec.sizeBytes)} to ${formatSize(spec.sizeBytes)}`,
      detail: 'shrinking a volume destroys what lies beyond its new end',
      fix: 'declare the old size; to have a smaller one make a new volume and copy',
      span: target.node.spanOf(['size']),
    });
    return;
  }
  if (!mayGrow(draft, target, record, spec)) return;
  const final = buildRecord<'volume'>(draft, target, spec);
  const fields = fieldChanges(record, final).filter(({ field }) => field !== 'sizeBytes');
  if (record.status.undeleted) fields.push({ field: 'state', before: 'brought back', after: 'declared' });
  const grows = wantedBytes > hasBytes;
  if (grows && !fitsFollowers(draft, target, record, wantedBytes)) return;
  if (fields.length === 0 && !grows && spec.sizeBytes === record.spec.sizeBytes) {
    draft.unchanged++;
    return;
  }
  addUpdate(draft, target, recorded, final, namedFields(draft, fields), grows ? hasBytes : undefined);
}

/** Its data stays where it is: what may change is what it belongs to there. */
function sameplace(
  draft: Draft,
  target: Target,
  record: ResourceRecord<'volume'>,
  spec: RecordedSpec<'volume'>,
): boolean {
  const [moved, ...others] = (['project', 'virtualPool', 'virtualArray'] as const).filter(
    (key) => record.spec[key] !== spec[key],
  );
  if (moved === undefined) return true;
  const may = [moved, ...others].map((key) => key === 'project' || mayUse(draft, target, key, spec[key]));
  if (may.includes(false)) return false;
  const why = moved === 'project' ? 'it stays with its project' : moveProblem(draft, record, spec);
  if (why === undefined) return true;
  draft.error({
    code: 'COPRHD-PLAN-009',
    summary: `${target.address} can't change its ${[moved, ...others].join(' and ')}: ${why}`,
    detail: `it is in ${nameOf(draft, record.spec[moved])}, the file says ${nameOf(draft, spec[moved])}`,
    fix: `declare the old ${moved}, or make a new volume; \`coprhd volume candidates ${target.address}\` shows where it can go`,
    span: target.node.spanOf([moved]),
    address: target.address,
  });
  return false;
}

function addUpdate(
  draft: Draft,
  target: Target,
  recorded: VersionedRecord<'volume'>,
  final: ResourceRecord,
  fields: ReturnType<typeof fieldChanges>,
  growsFromBytes: number | undefined,
): void {
  const record = recorded.record;
  const device = record.status.device;
  const spec = final.spec as RecordedSpec<'volume'>;
  let steps: Step[] = [];
  let reservations: Unit['reservations'] = [];
  let shared: readonly Urn[] = device ? [device.system] : [];
  if (growsFromBytes !== undefined && device) {
    const grown = planGrowth(draft, target, device, spec, growsFromBytes);
    if (!grown) return;
    ({ steps, reservations } = grown);
    shared = [...new Set([device.system, ...grown.shared])];
  }
  const amounts = amountsOf(draft, record);
  const change = device && transfer(draft, target, { from: record.spec, to: spec, system: device.system }, amounts);
  if (change === undefined && device) return;
  reservations = [...reservations, ...(change?.reservations ?? [])];
  shared = [...new Set([...shared, ...(change?.shared ?? [])])];
  const group = spec.consistencyGroup;
  const bound = device && group !== record.spec.consistencyGroup ? bindGroup(draft, group, device.system) : [];
  if (group !== undefined && bound.length === 0 && draft.unitOf(group) === undefined) shared = [...shared, group];
  const moved = record.name !== final.name || addressOf(record) !== addressOf(final);
  const action: Action = moved ? 'move' : 'update';
  draft.addUnit({
    id: draft.nextUnitId(),
    address: target.address,
    urn: target.urn,
    action,
    dependsOn: draft.dependencies([
      spec.virtualPool,
      spec.virtualArray,
      spec.project,
      spec.consistencyGroup,
      spec.snapshotPolicy,
      ...followersOf(draft, record.urn).map(({ urn }) => urn),
    ]),
    writes: [liveWrite(draft, recorded, final), ...bound],
    steps,
    shared,
    reservations,
    releases: change?.releases ?? [],
  });
  const size =
    spec.sizeBytes !== record.spec.sizeBytes || growsFromBytes !== undefined
      ? [{ field: 'size', before: growsFromBytes ?? record.spec.sizeBytes, after: spec.sizeBytes }]
      : [];
  draft.changes.push(
    makeChange(target, {
      action,
      reason:
        growsFromBytes !== undefined && spec.sizeBytes === record.spec.sizeBytes
          ? growthReason(target, record)
          : (overriddenReason(target, record, fields) ?? `differs in ${target.node.file}`),
      fields: [...size, ...fields],
      facts: volumeFacts(draft, final),
      reversible: steps.length === 0,
      ...(moved ? { movedFrom: addressOf(record) } : {}),
    }),
  );
}

/** Adds the unit of a volume that placement has found a pool for. */
export function addNewVolume(draft: Draft, volume: NewVolume, placed: RolePlacement): void {
  const { target, spec, incarnation } = volume;
  const { installation } = draft.input;
  const system = draft.get<'storageSystem'>(placed.system)!;
  const pool = draft.get<'pool'>(placed.pool)!;
  const { driver } = draft.observation(system)!;
  const serialNumber = system.status.identity?.serialNumber ?? system.urn;
  const wwn = volumeWwn(installation, serialNumber, target.urn, incarnation);
  const name = deviceLabel(target.node.name, installation, target.urn, driver, driver.volumeNameLengthMax);
  const virtualPool = draft.get<'virtualPool'>(spec.virtualPool)?.spec;
  const thick = virtualPool?.provisioning === 'thick';
  // Made anew it follows, whatever became of the one that is missing.
  const begins = spec.continuous ? { ...spec, detached: undefined, paused: undefined } : spec;
  const final = { ...buildRecord<'volume'>(draft, target, begins), incarnation };
  const { device: _old, ...status } = final.status;
  const steps: Step[] = [
    {
      id: 's1',
      system: system.urn,
      form: 'call',
      kind: 'volume.create',
      args: {
        volume: target.urn,
        name,
        pool: pool.urn,
        poolNativeId: placed.poolNativeId,
        sizeBytes: spec.sizeBytes,
        provisioning: thick ? 'thick' : 'thin',
        ...(!thick && placed.amounts.allocatedBytes > 0 ? { setAsideBytes: placed.amounts.allocatedBytes } : {}),
        ...(virtualPool ? wantedService(virtualPool) : {}),
        wwn,
        serial: volumeSerial(installation, serialNumber, target.urn, incarnation),
      },
    },
  ];
  if (thick)
    steps.push({ id: 's2', system: system.urn, form: 'job', kind: 'volume.zero', args: { volume: target.urn } });
  const room = poolLimits(draft, pool, spec.virtualPool);
  steps.push(...copySteps(draft, target, spec, system));
  const parents = [
    ...(spec.copyOf ? [spec.copyOf] : []),
    ...(spec.snapshotPolicy ? [spec.snapshotPolicy] : []),
    spec.virtualPool,
    spec.virtualArray,
    spec.project,
    system.urn,
    ...(spec.consistencyGroup ? [spec.consistencyGroup] : []),
  ];
  // The one that is replaced took its capacity with it.
  const lost = target.recorded?.record;
  const lostPool = lost?.status.device?.pool;
  const lostAmounts = lostPool ? amountsOf(draft, lost as ResourceRecord<'volume'>) : NO_AMOUNTS;
  const more = addAmounts(placed.amounts, lostAmounts, -1);
  const charged =
    more.subscribedBytes >= 0
      ? charge(draft, target, { spec, system: system.urn }, more)
      : credit(draft, { spec, system: system.urn }, addAmounts(NO_AMOUNTS, more, -1));
  if (!charged) return;
  const bound = bindGroup(draft, spec.consistencyGroup, system.urn);
  draft.addUnit({
    id: draft.nextUnitId(),
    address: target.address,
    urn: target.urn,
    action: 'create',
    dependsOn: draft.dependencies(parents),
    writes: [liveWrite(draft, target.recorded, { ...final, status }), ...bound],
    steps,
    shared: [
      ...new Set([
        ...parents.filter((urn) => draft.unitOf(urn) === undefined && bound.every((write) => write.urn !== urn)),
        ...charged.shared,
      ]),
    ],
    reservations: [
      ...(room ? [{ pool: pool.urn, amounts: placed.amounts, limits: room.limits }] : []),
      ...charged.reservations,
    ],
    releases: [...(lostPool ? [{ pool: lostPool, amounts: lostAmounts }] : []), ...charged.releases],
  });
  draft.placedOn.set(target.urn, { system: system.urn, pool: pool.urn });
  const replaces = incarnation > 1;
  draft.changes.push(
    makeChange(target, {
      action: 'create',
      reason: replaces
        ? `replaces a missing volume: the new one ${spec.copyOf ? 'is a copy again' : 'is empty'} and has a new WWN`
        : `new in ${target.node.file}`,
      facts: {
        sizeBytes: spec.sizeBytes,
        provisioning: thick ? 'thick' : 'thin',
        system: system.name,
        pool: pool.name,
        wwn,
        ...(spec.copyOf ? { [spec.continuous ? 'follows' : 'copyOf']: nameOf(draft, spec.copyOf) } : {}),
        ...(replaces && !spec.copyOf ? { empty: true } : {}),
      },
      unknown: ['nativeId'],
    }),
  );
}

export function volumeFacts(draft: Draft, record: ResourceRecord): Record<string, string | number> {
  const spec = record.spec as RecordedSpec<'volume'>;
  const device = withoutClaim(record).status.device;
  return {
    sizeBytes: spec.sizeBytes,
    ...(device ? { system: nameOf(draft, device.system), wwn: device.wwn ?? '' } : {}),
    ...(device?.pool ? { pool: nameOf(draft, device.pool) } : {}),
  };
}
