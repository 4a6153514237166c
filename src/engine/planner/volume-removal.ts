/** The end of a volume: quarantined, retained, deleted, purged or forgotten; and the way back from quarantine. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { maintenanceDiagnostic, maintenanceOf } from '../model/maintenance.ts';
import { sourceOf } from '../model/on-array.ts';
import { isLive, type ResourceRecord, type Status, type VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { formatSize } from '../model/size.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { credit } from './accounts.ts';
import { makeChange } from './base-record.ts';
import { amountsOf } from './capacity.ts';
import { type Draft, endingWrite, liveWrite } from './draft.ts';
import { entriesOf } from './export-seers.ts';
import { droppedReason, hold, nameOf, notManageable, phaseHold, untrusted } from './holds.ts';
import { quarantineLabel } from './identity.ts';
import { mirrorHold, splitForQuarantine } from './mirrors.ts';
import { ownershipHold, volumeIndex } from './observed-volume.ts';
import type { Action, PlannedWrite, Step } from './plan.ts';
import { plannedCopies } from './planned-copies.ts';
import { volumeFacts } from './volumes.ts';

export type Ending = 'policy' | 'forget' | 'purge';

/** Snapshots end as volumes do. */
const isSnapshot = ({ kind }: ResourceRecord): boolean => kind === 'snapshot';

/** `after`: what has to be there by then. */
export function removeVolume(
  draft: Draft,
  recorded: VersionedRecord<'volume'>,
  ending: Ending,
  after: readonly Urn[] = [],
): void {
  const { record } = recorded;
  const address = addressOf(record);
  const target = { address, urn: record.urn, node: { kind: record.kind } };
  const quarantined = record.status.phase === 'quarantined';
  // Waiting in quarantine is not news; `show` has it.
  if (ending === 'policy' && quarantined) return;
  const action = actionFor(record, ending);
  const held = whyHeld(draft, recorded, action, ending);
  if (held) {
    hold(draft, target, action, held);
    return;
  }
  const { steps, write } = endingOf(draft, recorded, action);
  const device = record.status.device;
  const amounts = action === 'quarantine' || !device?.pool ? undefined : amountsOf(draft, record);
  const counted = isSnapshot(record) ? undefined : amounts;
  const credited = counted && credit(draft, { spec: record.spec, system: device?.system }, counted);
  draft.addUnit({
    id: draft.nextUnitId(),
    address,
    urn: record.urn,
    action,
    dependsOn: [...new Set([...exportUnits(draft, record), ...copyUnits(draft, record), ...draft.dependencies(after)])],
    writes: [write],
    steps,
    shared: [...new Set([...(device ? [device.system] : []), ...(credited?.shared ?? [])])],
    reservations: [],
    releases: amounts && device?.pool ? [{ pool: device.pool, amounts }, ...(credited?.releases ?? [])] : [],
  });
  draft.changes.push(
    makeChange(target, {
      action,
      reason:
        ending === 'forget'
          ? 'named under forget: it stays on the device'
          : ending === 'purge'
            ? 'quarantine ends'
            : droppedReason(draft),
      facts: { ...volumeFacts(draft, record), label: device?.label ?? '' },
      reversible: action === 'quarantine' || action === 'forget' || action === 'retain',
    }),
  );
}

function actionFor(record: ResourceRecord<'volume'>, ending: Ending): Action {
  if (ending === 'forget') return 'forget';
  return ending === 'purge' ? 'purge' : record.policy.onRemove;
}

function whyHeld(
  draft: Draft,
  recorded: VersionedRecord<'volume'>,
  action: Action,
  ending: Ending,
): Diagnostic | undefined {
  const { record } = recorded;
  const address = addressOf(record);
  const phase = ending === 'purge' ? undefined : phaseHold({ address }, record);
  if (phase) return phase;
  if (record.status.undeleted && ending === 'policy') {
    return {
      code: 'COPRHD-HELD-013',
      severity: 'error',
      address,
      summary: `${address} was brought back and is not declared`,
      fix: `declare it again, or name it under \`forget:\``,
    };
  }
  if (record.policy.protect && ending === 'policy') return protectedHold(draft, record, address);
  return (
    inUse(draft, record, address) ??
    copiesHold(draft, record, address, action) ??
    deviceHold(draft, record, address, action) ??
    mirrorHold(draft, record, address, action)
  );
}

function protectedHold(draft: Draft, record: ResourceRecord<'volume'>, address: string): Diagnostic {
  if (record.owner.type === 'api') {
    return {
      code: 'COPRHD-HELD-002',
      severity: 'error',
      address,
      summary: `${address} is protected`,
      detail: `${formatSize(record.spec.sizeBytes)} of data would be unreachable`,
      fix: `coprhd volume change ${address} --no-protect`,
    };
  }
  const like = draft
    .planned('volume')
    .find(
      (fresh) =>
        fresh.status.device === undefined &&
        fresh.spec.sizeBytes === record.spec.sizeBytes &&
        fresh.spec.virtualPool === record.spec.virtualPool,
    );
  const offer = like ? `if it was renamed, write \`movedFrom: volume.${record.name}\` on volume.${like.name}; ` : '';
  return {
    code: 'COPRHD-HELD-002',
    severity: 'error',
    address,
    summary: `${address} is protected and not declared any more`,
    detail: `${formatSize(record.spec.sizeBytes)} of data would be unreachable; protection is lifted only in the file`,
    fix: `${offer}to remove it declare it with \`protect: false\`, apply, then drop it`,
  };
}

/** Mapped by an export that stays, now or by this plan. */
function inUse(draft: Draft, record: ResourceRecord<'volume'>, address: string): Diagnostic | undefined {
  const recorded = draft.input.view
    .inScope('lunMap', uuidOf(record.urn))
    .filter((map) => map.record.status.phase !== 'deleted' && !draft.isRemoved(map.record.urn))
    .map((map) => draft.input.view.get(map.record.spec.export)?.record);
  const waiting = entriesOf(draft.input.view, record.urn)
    .filter(({ urn }) => !draft.isRemoved(urn))
    .map(({ spec }) => draft.input.view.get(spec.of)?.record);
  const users = [...recorded, ...waiting, ...(draft.mappedBy.get(record.urn) ?? [])];
  if (users.length === 0) return undefined;
  const holders = [...new Set(users.map((by) => (by ? addressOf(by) : 'an export')))];
  return {
    code: 'COPRHD-HELD-004',
    severity: 'error',
    address,
    summary: `${address} is exported by ${holders.join(', ')}`,
    fix: 'remove it from these exports first',
  };
}

/** Before anything destructive: the device must be trusted, managed, and show our object, held by nobody else. */
function deviceHold(
  draft: Draft,
  record: ResourceRecord<'volume'>,
  address: string,
  action: Action,
): Diagnostic | undefined {
  const device = record.status.device;
  const system = device && draft.get<'storageSystem'>(device.system);
  if (!device) return undefined;
  const seen = system && draft.observation(system);
  if (!system || !seen || seen.observation.trust.level !== 'whole') {
    return untrusted({ address }, system?.name ?? 'its storage system', seen?.observation.trust.why);
  }
  // Even what is only forgotten is looked at on the device, which may not show all that it has now.
  const maintenance = maintenanceOf(system, draft.input.nowMs);
  if (maintenance) return { ...maintenanceDiagnostic(system, maintenance), address };
  const observed = volumeIndex(draft, system).get(device.nativeId);
  // Forgetting what isn't ours any more only forgets: the device is left alone.
  if (action === 'forget' && observed && ownershipHold(draft, record, system)) return undefined;
  if (!observed) {
    if (action === 'forget' || action === 'purge') return undefined;
    return {
      code: 'COPRHD-HELD-001',
      severity: 'error',
      address,
      summary: `${address} is missing on ${system.name}; its record is not removed by dropping it from the file`,
      fix: `name it under \`forget:\` once you know where its data went`,
    };
  }
  const pool = device.pool && draft.get<'pool'>(device.pool);
  const manage = notManageable(draft, system, pool ? pool.spec.nativeId : observed.pool);
  if (manage) return { ...manage, address };
  const foreign = ownershipHold(draft, record, system);
  if (foreign) return foreign;
  const ours = new Set(unmappedMasks(draft, record));
  const others = observed.mappedBy.filter((mask) => !ours.has(mask));
  if (others.length === 0) return undefined;
  return {
    code: 'COPRHD-HELD-004',
    severity: 'error',
    address,
    summary: `${address} is mapped on ${system.name} by ${others.join(', ')}`,
    detail: 'these mappings are not ours',
    fix: 'remove them on the device',
  };
}

/** Live snapshots of it, and full copies that were not detached; with quarantined ones, which still need it. */
export function copiesOf(view: RecordedView, record: Pick<ResourceRecord, 'urn'>): ResourceRecord[] {
  const of = uuidOf(record.urn);
  const snapshots = view.inScope('snapshot', of).map(({ record: copy }) => copy as ResourceRecord);
  const full = view
    .inScope('volume', of)
    .filter(({ record: copy }) => copy.spec.copyOf === record.urn && !copy.spec.detached)
    .map(({ record: copy }) => copy as ResourceRecord);
  return [...snapshots, ...full].filter(isLive);
}

const copyUnits = (draft: Draft, record: ResourceRecord<'volume'>): string[] =>
  draft.dependencies(copiesOf(draft.input.view, record).map(({ urn }) => urn));

/** What has copies stays: they need it, and nobody could tell any more what they are copies of. */
function copiesHold(
  draft: Draft,
  record: ResourceRecord<'volume'>,
  address: string,
  action: Action,
): Diagnostic | undefined {
  const staying = [...copiesOf(draft.input.view, record), ...plannedCopies(draft, record.urn)].filter(
    (copy) =>
      !draft.isRemoved(copy.urn) &&
      !isFree(draft.get(copy.urn), record.urn) &&
      !(action === 'quarantine' && draft.get(copy.urn)?.status.phase === 'quarantined'),
  );
  if (staying.length === 0) return undefined;
  const names = [...new Set(staying.map(addressOf))];
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  const full = staying.some(({ kind }) => kind === 'volume');
  return {
    code: 'COPRHD-HELD-004',
    severity: 'error',
    address,
    summary: `${address} has copies: ${names.slice(0, 3).join(', ')}${more}`,
    fix: full ? 'remove them first, or detach full copies (coprhd copy detach)' : 'remove them first',
  };
}

/** A copy that this plan detaches from what it is of, or makes one of something else. */
const isFree = (copy: ResourceRecord | undefined, of: Urn): boolean =>
  copy !== undefined && ((copy.spec as { detached?: boolean }).detached === true || sourceOf(copy) !== of);

function unmappedMasks(draft: Draft, record: ResourceRecord<'volume'>): string[] {
  return draft.input.view
    .inScope('lunMap', uuidOf(record.urn))
    .map((map) => draft.input.view.get(map.record.spec.mask)?.record.status.device?.nativeId)
    .filter((nativeId) => nativeId !== undefined);
}

function exportUnits(draft: Draft, record: ResourceRecord<'volume'>): string[] {
  const maps = draft.input.view.inScope('lunMap', uuidOf(record.urn)).map((map) => map.record.urn);
  return draft.dependencies(maps);
}

function endingOf(
  draft: Draft,
  recorded: VersionedRecord<'volume'>,
  action: Action,
): { steps: Step[]; write: PlannedWrite } {
  const { record } = recorded;
  const device = record.status.device;
  if (!device || !mayBeOurs(draft, record)) return { steps: [], write: endingWrite(draft, recorded) };
  const step = { id: 's1', system: device.system, form: 'call' } as const;
  switch (action) {
    case 'quarantine': {
      const lengthMax = driverOf(draft, record)?.volumeNameLengthMax ?? 64;
      const to = quarantineLabel(device.label, lengthMax);
      const status: Status = {
        ...record.status,
        phase: 'quarantined',
        sinceMs: draft.input.nowMs,
        untilMs: draft.input.nowMs + LIMITS.quarantineTtlMs,
      };
      const split = splitForQuarantine(draft, record);
      const args = { volume: record.urn, from: device.label, to, quarantined: true };
      return {
        steps: [{ ...step, kind: 'volume.rename', args }, ...(split?.steps ?? [])],
        write: liveWrite(draft, recorded, { ...record, spec: split?.spec ?? record.spec, status }),
      };
    }
    case 'forget':
    case 'retain':
      return {
        steps: [{ ...step, kind: 'volume.unmark', args: { volume: record.urn } }],
        write: endingWrite(draft, recorded),
      };
    default:
      return {
        steps: [{ ...step, kind: 'volume.delete', args: { volume: record.urn } }],
        write: endingWrite(draft, recorded),
      };
  }
}

/**
 * Ours on the device, as far as is known: else there is nothing to do there. A list that has left it out without a word is
 * not proof enough to let go of what may still carry our mark: the step looks at the object itself.
 */
function mayBeOurs(draft: Draft, record: ResourceRecord<'volume'>): boolean {
  const device = record.status.device!;
  const system = draft.get<'storageSystem'>(device.system);
  if (system === undefined) return false;
  if (volumeIndex(draft, system).has(device.nativeId)) return ownershipHold(draft, record, system) === undefined;
  const pool = device.pool && draft.get<'pool'>(device.pool);
  return notManageable(draft, system, pool ? pool.spec.nativeId : undefined) === undefined;
}

function driverOf(draft: Draft, record: ResourceRecord<'volume'>) {
  const system = record.status.device && draft.get<'storageSystem'>(record.status.device.system);
  return system && draft.observation(system)?.driver;
}

/** Brings a quarantined volume back: same URN and WWN, without its exports; held until declared or forgotten. */
export function undeleteVolume(draft: Draft, recorded: VersionedRecord<'volume'>): void {
  const { record } = recorded;
  const address = addressOf(record);
  const target = { address, urn: record.urn, node: { kind: record.kind } };
  const device = record.status.device;
  const held = deviceHold(draft, record, address, 'undelete');
  if (held || !device) {
    hold(draft, target, 'undelete', held ?? untrusted({ address }, 'its storage system'));
    return;
  }
  const { untilMs: _until, ...status } = record.status;
  const base = record.name;
  const to = device.label.replace(/^quarantined-/, '');
  draft.addUnit({
    id: draft.nextUnitId(),
    address,
    urn: record.urn,
    action: 'undelete',
    dependsOn: [],
    writes: [
      liveWrite(draft, recorded, {
        ...record,
        status: { ...status, phase: 'ready', sinceMs: draft.input.nowMs, undeleted: true },
      }),
    ],
    steps: [
      {
        id: 's1',
        system: device.system,
        form: 'call',
        kind: 'volume.rename',
        args: { volume: record.urn, from: device.label, to, quarantined: false },
      },
    ],
    shared: [device.system],
    reservations: [],
    releases: [],
  });
  draft.changes.push(
    makeChange(target, {
      action: 'undelete',
      reason: `${base} comes back with its data and WWN; its exports don't`,
      facts: { ...volumeFacts(draft, record), system: nameOf(draft, device.system) },
    }),
  );
}
