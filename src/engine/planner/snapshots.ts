/**
 * Snapshots: taken where their volume is, those of one set and one consistency group at one moment and in one unit. What is there
 * stays as it was taken: nothing of it changes but its name, tags and protection.
 */

import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { SnapshotMethod } from '../../lib/pool-service.ts';
import type { DesiredSpecs } from '../config/desired.ts';
import { foldName } from '../model/address.ts';
import { isFollowing } from '../model/following.ts';
import type { QuiesceWish } from '../model/quiesce.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { Amounts } from '../model/recorded-view.ts';
import type { RecordedSpec } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { buildRecord, fieldChanges, makeChange } from './base-record.ts';
import { type Draft, liveWrite, type Target } from './draft.ts';
import { hold, holdUntilThere, nameOf, notManageable, phaseHold, untrusted } from './holds.ts';
import { deviceLabel, volumeSerial, volumeWwn } from './identity.ts';
import {
  cannot,
  complain,
  fullPool,
  type Member,
  type NewSnapshot,
  reserve,
  type Snapshot,
  type Source,
} from './new-snapshot.ts';
import { observeVolume } from './observed-volume.ts';
import type { Step, Unit } from './plan.ts';
import { consistencyText, namedHosts, type Quiescing, quiescingOf } from './quiescing.ts';
import { namedFields } from './record-only.ts';
import { noteTaken, tooManySnapshots } from './snapshot-limits.ts';
import { methodText, snapshotMethod, sourceInUse } from './snapshot-method.ts';
import { volumeFacts } from './volumes.ts';

/** Plans those that are recorded, and answers with those that are not. */
export function newSnapshots(draft: Draft): NewSnapshot[] {
  const fresh: NewSnapshot[] = [];
  for (const target of draft.targets('snapshot')) {
    if (draft.isFixed(target)) continue;
    const urn = draft.resolve(target, ['volume']);
    const recorded = target.recorded as VersionedRecord<'snapshot'> | undefined;
    if (recorded) planRecorded(draft, target, recorded, urn);
    else if (urn) fresh.push(declaredSnapshot(draft, target, urn));
  }
  return fresh;
}

function declaredSnapshot(draft: Draft, target: Target, source: Urn): NewSnapshot {
  const { node, address, urn } = target;
  const { set, quiesce } = node.spec as DesiredSpecs['snapshot'];
  return {
    target: { address, urn, node: { kind: 'snapshot', spanOf: node.spanOf } },
    source,
    reason: `new in ${node.file}`,
    final: (volume) =>
      buildRecord<'snapshot'>(
        draft,
        target,
        snapshotSpec(volume, set ?? node.name, quiesce),
      ) as ResourceRecord as Snapshot,
  };
}

function sourceHeld({ target }: NewSnapshot, why: Diagnostic): Diagnostic {
  return { ...why, address: target.address, summary: `${target.address} waits for its volume: ${why.summary}` };
}

export function snapshotSpec(source: Source, set: string, quiesce?: QuiesceWish): RecordedSpec<'snapshot'> {
  const { project, sizeBytes, virtualPool, virtualArray, consistencyGroup } = source.spec;
  const group = consistencyGroup === undefined ? {} : { consistencyGroup };
  return {
    project,
    volume: source.urn,
    sizeBytes,
    virtualPool,
    virtualArray,
    ...group,
    set,
    ...(quiesce ? { quiesce } : {}),
  };
}

function planRecorded(
  draft: Draft,
  target: Target,
  recorded: VersionedRecord<'snapshot'>,
  volume: Source['urn'] | undefined,
): void {
  const { record } = recorded;
  const observed = observeVolume(draft, record as unknown as Source);
  const blocked = phaseHold(target, record) ?? observed.hold;
  if (blocked) {
    hold(draft, target, 'update', blocked);
    return;
  }
  if (volume !== undefined && volume !== record.spec.volume) {
    draft.error({
      code: 'COPRHD-PLAN-009',
      summary: `${target.address} is of ${nameOf(draft, record.spec.volume)}, not of ${nameOf(draft, volume)}`,
      detail: 'a snapshot holds what its volume held when it was taken, and is of that volume for ever',
      fix: 'declare the old volume, or take another snapshot under another name',
      span: target.node.spanOf(['volume']),
    });
    return;
  }
  const final = buildRecord<'snapshot'>(draft, target, record.spec);
  const fields = fieldChanges(record, final);
  if (record.status.undeleted) fields.push({ field: 'state', before: 'brought back', after: 'declared' });
  if (fields.length === 0) {
    draft.unchanged++;
    return;
  }
  draft.addUnit({
    id: draft.nextUnitId(),
    address: target.address,
    urn: target.urn,
    action: 'update',
    dependsOn: [],
    writes: [liveWrite(draft, recorded, final)],
    steps: [],
    shared: [],
    reservations: [],
    releases: [],
  });
  draft.changes.push(
    makeChange(target, {
      action: 'update',
      reason: `differs in ${target.node.file}`,
      fields: namedFields(draft, fields),
      facts: volumeFacts(draft, final),
    }),
  );
}

/** Those of one set and group are one unit. Their volumes have a place, or never will: that was said there. */
export function takeSnapshots(draft: Draft, asked: readonly NewSnapshot[]): void {
  const snapshots = asked.flatMap((snapshot): Member[] => {
    const why = draft.held.get(snapshot.source);
    if (why) hold(draft, snapshot.target, 'create', sourceHeld(snapshot, why));
    const source = why ? undefined : draft.get<'volume'>(snapshot.source);
    return source ? [{ ...snapshot, source, final: snapshot.final(source) }] : [];
  });
  const sets = new Map<string, Member[]>();
  for (const snapshot of snapshots) {
    const { set, consistencyGroup, volume } = snapshot.final.spec;
    const key = `${foldName(set)} ${consistencyGroup ?? volume}`;
    sets.set(key, [...(sets.get(key) ?? []), snapshot]);
  }
  for (const members of sets.values()) takeSet(draft, members);
  sayNotOfOneMoment(draft, snapshots);
}

/** A set that is declared over several groups: of one moment only within each. */
function sayNotOfOneMoment(draft: Draft, snapshots: readonly Member[]): void {
  const bySet = new Map<string, Member[]>();
  for (const snapshot of snapshots) {
    const key = foldName(snapshot.final.spec.set);
    bySet.set(key, [...(bySet.get(key) ?? []), snapshot]);
  }
  for (const members of bySet.values()) {
    const groups = new Set(members.map(({ final }) => final.spec.consistencyGroup ?? final.spec.volume));
    if (groups.size < 2) continue;
    const { target, final } = members[0]!;
    draft.warn({
      code: 'COPRHD-PLAN-009',
      summary: `the ${members.length} snapshots of set ${final.spec.set} are not of one moment`,
      detail: 'only volumes of one consistency group are copied at one moment',
      fix: 'put the volumes into one consistency group, or give each its own set',
      ...(target.node.spanOf ? { span: target.node.spanOf() } : {}),
    });
  }
}

function takeSet(draft: Draft, members: readonly Member[]): void {
  const located = members.map((member) => ({ member, location: draft.locationOf(member.source.urn) }));
  const unplaced = located.find(({ location }) => !location?.pool)?.member.source;
  if (unplaced) {
    for (const { target } of members) holdUntilThere(draft, target, unplaced.urn);
    return;
  }
  const system = draft.get<'storageSystem'>(located[0]!.location!.system);
  if (!system) return;
  const held = whyHeld(draft, members, system);
  if (held) {
    for (const { target } of members) hold(draft, target, 'create', held);
    return;
  }
  const following = members.filter(({ source }) => isFollowing(source));
  for (const { target, source, orHold } of following) {
    const [address, of] = [target.address, nameOf(draft, source.spec.copyOf!)];
    const summary = `${address}: ${source.name} follows ${of}, and no snapshots are taken of it`;
    complain(draft, { target, orHold }, { code: 'COPRHD-PLAN-009', summary, fix: `take it of ${of}`, address });
  }
  if (following.length > 0) return;
  if (areTooMany(draft, members)) return;
  const { driver } = draft.observation(system)!;
  if (!driver.capabilities.includes('copies')) {
    cannot(draft, members, system);
    return;
  }
  const pools = located.map(({ location }) => location!.pool!);
  const method = snapshotMethod(draft, pools);
  const used = method === 'full-copy' && sourceInUse(draft, members, system);
  if (used) {
    for (const { target } of members) hold(draft, target, 'create', used);
    return;
  }
  const quiesced = quiescingOf(draft, members, method);
  if (quiesced && 'summary' in quiesced) {
    for (const { target, orHold } of members) {
      const span = target.node.spanOf ? { span: target.node.spanOf() } : {};
      complain(draft, { target, orHold }, { ...quiesced, address: target.address, ...span });
    }
    return;
  }
  const made = members.map((member) => ({ ...member, final: madeBy(method, quiesced, member.final) }));
  const reservations: Unit['reservations'][number][] = [];
  for (const [index, member] of made.entries()) {
    const reservation = reserve(draft, member, pools[index]!);
    if (!reservation) return;
    reservations.push(reservation);
    draft.promise(reservation.pool, reservation.amounts);
  }
  // Promised one by one above, so that each sees those before; the unit promises them again.
  for (const { pool, amounts } of reservations) draft.promise(pool, negative(amounts));
  addUnit(draft, made, system, reservations, { method, quiesced });
}

/** Says so of each that its virtual pool doesn't allow; then none of the set is taken. */
function areTooMany(draft: Draft, members: readonly Member[]): boolean {
  const problems = members.flatMap((member) => {
    const problem = tooManySnapshots(draft, member, members);
    return problem ? [{ member, problem }] : [];
  });
  for (const { member, problem } of problems) {
    const { address, node } = member.target;
    const span = node.spanOf ? { span: node.spanOf() } : {};
    complain(draft, member, { ...problem, summary: `${address}: ${problem.summary}`, ...span, address });
  }
  return problems.length > 0;
}

function madeBy(method: SnapshotMethod | undefined, quiesced: Quiescing | undefined, final: Snapshot): Snapshot {
  if (method === 'full-copy') return { ...final, spec: { ...final.spec, fullCopy: true } };
  return quiesced ? { ...final, spec: { ...final.spec, ...namedHosts(quiesced) } } : final;
}

const negative = ({ allocatedBytes, subscribedBytes, volumes }: Amounts): Amounts => ({
  allocatedBytes: -allocatedBytes,
  subscribedBytes: -subscribedBytes,
  volumes: -volumes,
});

function whyHeld(
  draft: Draft,
  members: readonly Member[],
  system: ResourceRecord<'storageSystem'>,
): Diagnostic | undefined {
  const seen = draft.observation(system);
  if (seen?.observation.trust.level !== 'whole') {
    return untrusted(members[0]!.target, system.name, seen?.observation.trust.why);
  }
  for (const { source } of members) {
    const pool = draft.locationOf(source.urn)?.pool;
    const nativeId = pool && draft.get<'pool'>(pool)?.spec.nativeId;
    const why = notManageable(draft, system, nativeId);
    if (why) return why;
    const recorded = draft.input.view.get<'volume'>(source.urn)?.record;
    const observed =
      recorded && isLive(recorded) && recorded.status.device ? observeVolume(draft, recorded) : undefined;
    if (observed?.hold) return observed.hold;
    const full = pool && fullPool(draft, pool, system.name);
    if (full) return full;
  }
  return undefined;
}

function addUnit(
  draft: Draft,
  members: readonly Member[],
  system: ResourceRecord<'storageSystem'>,
  reservations: Unit['reservations'],
  { method, quiesced }: { readonly method: SnapshotMethod | undefined; readonly quiesced: Quiescing | undefined },
): void {
  const { installation } = draft.input;
  const { driver } = draft.observation(system)!;
  const serialNumber = system.status.identity?.serialNumber ?? system.urn;
  const made = members.map(({ final, source }) => ({
    snapshot: final.urn,
    volume: source.urn,
    name: deviceLabel(final.name, installation, final.urn, driver, driver.volumeNameLengthMax),
    pool: draft.locationOf(source.urn)!.pool!,
    wwn: volumeWwn(installation, serialNumber, final.urn, final.incarnation),
    serial: volumeSerial(installation, serialNumber, final.urn, final.incarnation),
  }));
  const first = members[0]!;
  const sources = [...new Set(members.map(({ source }) => source.urn))];
  const group = first.final.spec.consistencyGroup;
  const parents = [...sources, ...(group ? [group] : []), first.final.spec.project, system.urn];
  const hosts = quiesced?.hosts ?? [];
  const set = `${first.final.spec.set}-${first.final.urn.slice(-12)}`;
  const attestedBy = draft.input.attestOffline;
  const attested = attestedBy === undefined ? {} : { attested: true };
  const step: Step =
    method === 'full-copy'
      ? {
          ...{ id: 's1', system: system.urn, form: 'job', kind: 'snapshot.copy' },
          args: { set, members: made, ...attested },
        }
      : {
          ...{ id: 's1', system: system.urn, form: 'call', kind: 'snapshot.create' },
          args: { set, members: made, ...(quiesced ? { quiesce: quiesced } : {}) },
        };
  draft.addUnit({
    id: draft.nextUnitId(),
    address: first.target.address,
    urn: first.target.urn,
    action: 'create',
    dependsOn: draft.dependencies([...parents, ...hosts]),
    writes: members.map(({ final }) => liveWrite(draft, draft.input.view.get(final.urn), final)),
    steps: [step],
    shared: [...parents, ...hosts].filter((urn) => draft.unitOf(urn) === undefined),
    reservations,
    releases: [],
  });
  for (const [index, { target, final, source, reason }] of members.entries()) {
    draft.placedOn.set(target.urn, { system: system.urn, pool: made[index]!.pool });
    noteTaken(draft, source, final);
    const others = members.length - 1;
    draft.changes.push(
      makeChange(target, {
        action: 'create',
        reason,
        facts: {
          sizeBytes: final.spec.sizeBytes,
          of: addressOf(source),
          system: system.name,
          pool: nameOf(draft, made[index]!.pool),
          ...(method ? { made: methodText(method, final.spec.sizeBytes) } : {}),
          wwn: made[index]!.wwn,
          ...(method === 'full-copy' && attestedBy !== undefined ? { attestedBy } : {}),
          consistency: consistencyText(draft, quiesced, others > 0 ? `${others} more of set ${final.spec.set}` : ''),
        },
        unknown: ['nativeId'],
      }),
    );
  }
}
