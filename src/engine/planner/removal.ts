/**
 * What is recorded and not declared any more: removed as its policy says, or held with the reason. Exports go first,
 * then volumes, then infrastructure from the leaves up.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { DesiredStack } from '../config/desired.ts';
import { foldName, localAddress } from '../model/address.ts';
import { KIND_NAMES, type KindName, kindEntry, kindRank } from '../model/kinds.ts';
import { isOnArray, sourceOf } from '../model/on-array.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { parseUrn, ROOT_TENANT_URN, type Urn, uuidOf } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { makeChange } from './base-record.ts';
import { type Draft, endingWrite } from './draft.ts';
import { entriesOf } from './export-seers.ts';
import { type ExportWork, emptyWork } from './export-work.ts';
import { addRemoval, recordedMaps } from './exports.ts';
import { droppedReason, hold, phaseHold } from './holds.ts';
import type { MaskContexts } from './masks.ts';
import { endedMembers, hasMember } from './members.ts';
import { staysWith } from './part.ts';
import type { ChildChange, PlannedWrite } from './plan.ts';
import type { StackScope } from './targets.ts';
import { removeVolume } from './volume-removal.ts';

export interface Dropped {
  readonly record: VersionedRecord;
  readonly address: string;
  readonly forget: boolean;
  /** Although a file declares it that wasn't given. */
  readonly force?: boolean;
  readonly stack: DesiredStack;
}

export function findDropped(draft: Draft, scopes: ReadonlyMap<DesiredStack, StackScope>): Dropped[] {
  const dropped: Dropped[] = [];
  for (const [stack, scope] of scopes) {
    const forgotten = new Map(stack.forget.map((entry) => [foldName(entry.address), entry]));
    const found = new Set<string>();
    for (const recorded of draft.input.view.inStack(scope.tenant, stack.stack)) {
      const { record } = recorded;
      if (record.status.phase === 'deleted' || draft.isDesired(record.urn) || record.urn === ROOT_TENANT_URN) continue;
      const local = foldName(localAddress(record.kind, record.name));
      found.add(local);
      dropped.push({ record: recorded, address: addressOf(record), forget: forgotten.has(local), stack });
    }
    for (const [local, entry] of forgotten) {
      if (found.has(local)) continue;
      draft.warn({
        code: 'COPRHD-STATE-005',
        summary: `${entry.address} is to be forgotten, but it is not recorded`,
        fix: 'remove it from `forget`',
        span: entry.span(),
      });
    }
  }
  return dropped;
}

/** A resource whose file was not given is held, not removed. */
function fileHold(draft: Draft, entry: Dropped): Diagnostic | undefined {
  const { sourceFile } = entry.record.record;
  if (
    draft.input.destroy ||
    entry.forget ||
    entry.force ||
    sourceFile === undefined ||
    entry.stack.files.some((file) => draft.input.sourceOf(file) === sourceFile)
  )
    return undefined;
  return {
    code: 'COPRHD-HELD-009',
    severity: 'error',
    address: entry.address,
    summary: `${entry.address} was declared in ${sourceFile}, which was not given`,
    detail: 'it is not removed on the strength of the other files',
    fix: `give ${sourceFile} too; if that file is gone for good, name the resource under \`forget:\` or use \`coprhd destroy\``,
  };
}

export function dropExports(draft: Draft, contexts: MaskContexts, dropped: readonly Dropped[]): ExportWork[] {
  const works: ExportWork[] = [];
  for (const entry of dropped) {
    const { record } = entry.record;
    if (record.kind !== 'export') continue;
    const target = { address: entry.address, urn: record.urn, node: { kind: 'export' as const } };
    const maps = recordedMaps(draft, record.urn);
    const held =
      fileHold(draft, entry) ??
      phaseHold(target, record) ??
      (entry.forget && maps.length > 0
        ? ({
            code: 'COPRHD-PLAN-009',
            severity: 'error',
            address: entry.address,
            summary: `${entry.address} can't be forgotten while it maps volumes`,
            fix: 'drop it from the file without `forget`: it holds no data, and unexporting removes what it made',
          } satisfies Diagnostic)
        : undefined);
    if (held) {
      hold(draft, target, 'delete', held);
      continue;
    }
    const work = emptyWork(target, entry.record, undefined);
    if (maps.every((map) => addRemoval(draft, contexts, work, map))) works.push(work);
  }
  return works;
}

/** How many copies lie between it and what is no copy. */
function copyDepth(draft: Draft, record: ResourceRecord): number {
  const seen = new Set<Urn>([record.urn]);
  let source = sourceOf(record);
  while (source !== undefined && !seen.has(source)) {
    seen.add(source);
    const next = draft.input.view.get(source)?.record;
    source = next && sourceOf(next);
  }
  return seen.size;
}

/** Copies go before what they are copies of. */
export function dropVolumes(draft: Draft, dropped: readonly Dropped[]): void {
  const depths = new Map(dropped.map((entry) => [entry, copyDepth(draft, entry.record.record)]));
  for (const entry of [...dropped].sort((a, b) => depths.get(b)! - depths.get(a)!)) {
    const { record } = entry.record;
    if (!isOnArray(record)) continue;
    const recorded = entry.record as VersionedRecord<'volume'>;
    // Its removal was agreed to long ago, whichever files are given now.
    if (record.status.phase === 'quarantined' && !entry.forget) {
      if ((record.status.untilMs ?? Number.POSITIVE_INFINITY) <= draft.input.nowMs)
        removeVolume(draft, recorded, 'purge');
      continue;
    }
    if (staysWith(draft, entry, exportsOf(draft, record.urn))) continue;
    const held = fileHold(draft, entry);
    const target = { address: entry.address, urn: record.urn, node: { kind: record.kind } };
    if (held) hold(draft, target, 'quarantine', held);
    else removeVolume(draft, recorded, entry.forget ? 'forget' : 'policy');
  }
}

function exportsOf(draft: Draft, volume: Urn): Urn[] {
  const mapped = draft.input.view
    .inScope('lunMap', uuidOf(volume))
    .filter(({ record }) => record.status.phase !== 'deleted')
    .map(({ record }) => record.spec.export);
  return [...mapped, ...entriesOf(draft.input.view, volume).map(({ spec }) => spec.of)];
}

export function dropInfrastructure(draft: Draft, dropped: readonly Dropped[]): void {
  const rest = dropped.filter(({ record: { record } }) => !isOnArray(record) && record.kind !== 'export');
  if (rest.length === 0) return;
  rest.sort((a, b) => kindRank(b.record.record.kind) - kindRank(a.record.record.kind));
  const users = usersOf(draft, new Set(rest.map(({ record: { record } }) => record.urn)));
  for (const entry of rest) {
    const { record } = entry.record;
    const target = { address: entry.address, urn: record.urn, node: { kind: record.kind } };
    const using = (users.get(record.urn) ?? []).map(({ urn }) => urn);
    if (staysWith(draft, entry, using)) continue;
    const held =
      fileHold(draft, entry) ??
      phaseHold(target, record) ??
      protectedHold(entry) ??
      usedHold(draft, entry, users.get(record.urn) ?? []);
    if (held) {
      hold(draft, target as Parameters<typeof hold>[1], 'delete', held);
      continue;
    }
    const children = childWrites(draft, record);
    draft.addUnit({
      id: draft.nextUnitId(),
      address: entry.address,
      urn: record.urn,
      action: entry.forget ? 'forget' : 'delete',
      dependsOn: draft.dependencies(using),
      writes: [endingWrite(draft, entry.record), ...children.writes],
      steps: [],
      shared: [],
      reservations: [],
      releases: [],
    });
    draft.changes.push(
      makeChange(target, {
        action: entry.forget ? 'forget' : 'delete',
        reason: entry.forget ? 'named under forget' : droppedReason(draft),
        children: children.changes,
      }),
    );
  }
}

function protectedHold(entry: Dropped): Diagnostic | undefined {
  if (!entry.record.record.policy.protect || entry.forget) return undefined;
  return {
    code: 'COPRHD-HELD-002',
    severity: 'error',
    address: entry.address,
    summary: `${entry.address} is protected and not declared any more`,
    fix: 'declare it with `protect: false`, apply, then remove it',
  };
}

/** Pools and ports go with their system, initiators with their host, endpoints with their network, and the lists of references with what has them. */
function childWrites(draft: Draft, record: ResourceRecord): { writes: PlannedWrite[]; changes: ChildChange[] } {
  const children = (CHILDREN[record.kind] ?? [])
    .flatMap((kind) => draft.input.view.inScope(kind, uuidOf(record.urn)))
    .filter((child) => child.record.status.phase !== 'deleted');
  return {
    writes: [...children.map((child) => endingWrite(draft, child)), ...endedMembers(draft, record)],
    changes: children.map(({ record: child }) => ({
      kind: child.kind,
      urn: child.urn,
      action: 'delete',
      summary: child.name,
    })),
  };
}

const CHILDREN: Partial<Record<KindName, readonly KindName[]>> = {
  storageSystem: ['pool', 'port'],
  host: ['initiator', 'ipInterface'],
  network: ['endpoint'],
};

/** Recorded live records that refer to one of these, by it. One look through the kinds, however much is dropped. */
function usersOf(draft: Draft, wanted: ReadonlySet<Urn>): Map<Urn, ResourceRecord[]> {
  const users = new Map<Urn, ResourceRecord[]>();
  const add = (urn: Urn, user: ResourceRecord) => {
    const known = users.get(urn);
    if (known) known.push(user);
    else users.set(urn, [user]);
  };
  const kinds = new Set([...wanted].map((urn) => parseUrn(urn).kind));
  for (const kind of KIND_NAMES) {
    const paths = kindEntry(kind).references.filter((reference) => kinds.has(reference.kind));
    const onDevice = kinds.has('storageSystem') && (kind === 'volume' || kind === 'snapshot' || kind === 'exportMask');
    if (paths.length === 0 && !onDevice) continue;
    for (const { record } of draft.input.view.all(kind)) {
      if (record.status.phase === 'deleted') continue;
      if (kind === 'member') {
        // The one that has the list is the user.
        const { of, member } = record.spec as RecordedSpec<'member'>;
        const user = wanted.has(member) ? draft.input.view.get(of)?.record : undefined;
        if (user) add(member, user);
        continue;
      }
      for (const urn of referredTo(
        record,
        paths.map(({ path }) => path),
      )) {
        if (wanted.has(urn) && !CHILDREN[parseUrn(urn).kind]?.includes(kind)) add(urn, record);
      }
    }
  }
  return users;
}

function referredTo(record: ResourceRecord, paths: readonly string[]): Set<Urn> {
  const spec = record.spec as Record<string, unknown>;
  const at = (path: string) =>
    path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], spec);
  const values = paths.flatMap((path) => at(path) ?? []);
  const device = record.status.device?.system;
  return new Set([...(values as Urn[]), ...(device ? [device] : [])]);
}

/** Those of its users that stay, and still refer to it when this plan is done. */
function usedHold(draft: Draft, entry: Dropped, users: readonly ResourceRecord[]): Diagnostic | undefined {
  const { urn } = entry.record.record;
  const staying = users.filter((user) => {
    if (draft.isRemoved(user.urn)) return false;
    const now = draft.get(user.urn) ?? user;
    const scalars = kindEntry(now.kind).references.filter(({ path }) => !path.endsWith('[]'));
    const refers = referredTo(
      now,
      scalars.map(({ path }) => path),
    );
    return refers.has(urn) || hasMember(draft, now, urn);
  });
  if (staying.length === 0) return undefined;
  const named = staying.slice(0, 3).map(addressOf).join(', ');
  return {
    code: 'COPRHD-HELD-004',
    severity: 'error',
    address: entry.address,
    summary: `${entry.address} is used by ${named}${staying.length > 3 ? ` and ${staying.length - 3} more` : ''}`,
    fix: 'remove these first, or keep it declared',
  };
}
