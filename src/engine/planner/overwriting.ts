/**
 * A volume that is overwritten with what another one holds: restored, or resynchronised. It must not be in use, and is kept as a snapshot
 * first, which is also how a copy that fails half-way is undone.
 */

import { sha256Hex } from '../../lib/canonical-json.ts';
import { isoTime } from '../../lib/clock.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { RECORD_SCHEMA_VERSION, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import { formatSize } from '../model/size.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { makeChange } from './base-record.ts';
import { type Draft, liveWrite } from './draft.ts';
import { ableSystems } from './full-copies.ts';
import { changeable, hold, nameOf } from './holds.ts';
import { inUse } from './in-use.ts';
import { followersOf } from './mirrors.ts';
import type { NewSnapshot } from './new-snapshot.ts';
import { observeVolume } from './observed-volume.ts';
import type { Step, Unit } from './plan.ts';
import { SAFETY_TAG } from './snapshot-limits.ts';
import { copiedInUse } from './snapshot-method.ts';
import { snapshotSpec, takeSnapshots } from './snapshots.ts';

type OnArray = ResourceRecord<'volume'>;

export interface Overwrite {
  readonly from: ResourceRecord;
  readonly to: VersionedRecord<'volume'>;
  readonly verb: 'restore' | 'resynchronise';
  /** What is copied is a snapshot that the plan takes of `from`, whoever writes to that. */
  readonly bySnapshot?: true;
  /** What is copied is this snapshot, which the plan takes of `from`; `to` is a copy of it from then on. */
  readonly taken?: Urn;
}

/** By what is overwritten: the snapshot that it is kept as. */
export type Kept = ReadonlyMap<Urn, Urn>;

export function refuse(draft: Draft, address: string, what: string, fix: string): void {
  draft.error({ code: 'COPRHD-PLAN-009', summary: `${address} ${what}`, fix, address });
}

/** Several are asked for together where they are copies of one group: all or none of them are planned, each as a unit of its own. */
export function overwrite(draft: Draft, wanted: readonly Overwrite[]): void {
  const kept = isPossible(draft, wanted) && keepEach(draft, wanted);
  if (!kept) return;
  for (const each of wanted) overwriteTogether(draft, [each], kept);
}

/** False when what is in the way of one of them was said. */
export function isPossible(draft: Draft, wanted: readonly Overwrite[]): boolean {
  const holds = wanted.map((each) => ({ each, why: whyHeld(draft, each) }));
  for (const { each, why } of holds) if (why) hold(draft, targetOf(each.to.record), 'invoke', why);
  if (holds.some(({ why }) => why !== undefined)) return false;
  if (wanted.some((each) => cannot(draft, each))) return false;
  const seen = new Set<Urn>();
  for (const { to } of wanted) {
    const { urn } = to.record;
    if (seen.has(urn) || draft.unitOf(urn) !== undefined) {
      refuse(draft, addressOf(to.record), 'would be overwritten twice', 'name one of what it is to hold');
      return false;
    }
    seen.add(urn);
  }
  return true;
}

export const targetOf = (record: OnArray) => ({
  address: addressOf(record),
  urn: record.urn,
  node: { kind: record.kind },
});

function whyHeld(draft: Draft, { from, to: { record: to }, verb, bySnapshot }: Overwrite): Diagnostic | undefined {
  const place = changeable(draft, to, from);
  if ('why' in place) return place.why;
  const { system } = place;
  const observed = [to, from as OnArray].map((record) => observeVolume(draft, record));
  const held = observed.find((each) => each.hold !== undefined);
  if (held) return held.hold;
  const used = draft.input.attestOffline === undefined ? inUse(draft, to, system, verb) : undefined;
  return used ?? (bySnapshot ? undefined : copiedInUse(draft, from as OnArray, system));
}

function cannot(draft: Draft, { from, to: { record: to } }: Overwrite): boolean {
  const system = draft.get<'storageSystem'>(to.status.device!.system)!;
  const { driver } = draft.observation(system)!;
  const address = addressOf(to);
  if (from.status.device?.system !== system.urn) {
    refuse(draft, address, `is on ${system.name}, and ${addressOf(from)} is not`, 'copy it on a host');
    return true;
  }
  if (!driver.capabilities.includes('copies')) {
    draft.error({
      code: 'COPRHD-DEVICE-007',
      summary: `${address}: ${system.name} can't copy volumes`,
      detail: ableSystems(draft),
      fix: 'copy it on a host',
      address,
    });
    return true;
  }
  const [has, needs] = [bytesOf(to), bytesOf(from as OnArray)];
  if (needs <= has) return false;
  refuse(draft, address, `has ${formatSize(has)}, ${addressOf(from)} has ${formatSize(needs)}`, 'expand it first');
  return true;
}

export const bytesOf = ({ status, spec }: OnArray): number => status.device?.provisionedBytes ?? spec.sizeBytes;

/** What is overwritten, as it is now. It stays until somebody removes it. Undefined when one could not be taken, which was said. */
export function keepEach(draft: Draft, wanted: readonly Overwrite[]): Kept | undefined {
  const kept = wanted.map(({ to: { record }, verb }) => [record.urn, keptAs(draft, record, verb)] as const);
  for (const [, snapshot] of kept) takeSnapshots(draft, [snapshot]);
  return allTaken(draft, kept);
}

/** The same, at one moment where they are of one consistency group. */
export function keepTogether(draft: Draft, wanted: readonly Overwrite[], group: string): Kept | undefined {
  const { verb } = wanted[0]!;
  const set = ownName(draft, group, `before-${verb}`, wanted[0]!.to.record.urn);
  const kept = wanted.map(({ to: { record } }) => [record.urn, keptAs(draft, record, verb, set)] as const);
  takeSnapshots(
    draft,
    kept.map(([, snapshot]) => snapshot),
  );
  return allTaken(draft, kept);
}

const keptAs = (draft: Draft, of: OnArray, verb: Overwrite['verb'], set?: string): NewSnapshot =>
  ownSnapshot(draft, of, {
    ...{ as: { name: of.name, word: `before-${verb}` }, seed: `${of.urn} ${draft.input.seed} before`, tag: SAFETY_TAG },
    reason: `keeps what ${of.name} holds now`,
    ...(set === undefined ? {} : { set }),
  });

function allTaken(draft: Draft, taken: readonly (readonly [Urn, NewSnapshot])[]): Kept | undefined {
  const kept = new Map(taken.map(([urn, { target }]) => [urn, target.urn]));
  // Its own complaint was made where it could not be taken.
  return [...kept.values()].every((urn) => draft.unitOf(urn) !== undefined) ? kept : undefined;
}

/** Two in one second are told apart. */
export function ownName({ input }: Draft, name: string, word: string, urn: Urn): string {
  const stamp = isoTime(input.nowMs).replace(/[-:]|\.\d+/g, '');
  return `${name.slice(0, LIMITS.nameLengthMax - 48)}-${word}-${stamp}-${uuidOf(urn).slice(0, 4)}`;
}

interface Own {
  /** NAME-WORD-TIME-... */
  readonly as: { readonly name: string; readonly word: string };
  readonly seed: string;
  readonly tag: string;
  readonly reason: string;
  /** Its own name when left out. */
  readonly set?: string;
  readonly replaces?: Urn | undefined;
}

/** A snapshot that the plan takes for its own ends, for whoever asks for the plan. */
export function ownSnapshot(draft: Draft, of: OnArray, { as, seed, tag, reason, set, replaces }: Own): NewSnapshot {
  const { nowMs, actor } = draft.input;
  const urn = draft.newUrn('snapshot', seed);
  const name = ownName(draft, as.name, as.word, urn);
  return {
    target: { address: `snapshot.${name}`, urn, node: { kind: 'snapshot' } },
    source: of.urn,
    reason,
    replaces,
    final: (source) => ({
      urn,
      kind: 'snapshot',
      name,
      scope: of.scope,
      owner: { type: 'api', user: actor.name },
      spec: snapshotSpec(source, set ?? name),
      status: { phase: 'ready', sinceMs: nowMs },
      policy: { protect: false, onRemove: 'delete' },
      tags: [tag],
      createdBy: actor,
      createdAtMs: nowMs,
      incarnation: 1,
      schemaVersion: RECORD_SCHEMA_VERSION,
    }),
  };
}

/** One unit: all of them, or none. They are on one storage system. What is `taken` for it goes with its undo. */
export function overwriteTogether(draft: Draft, wanted: readonly Overwrite[], kept: Kept): void {
  const [{ to: first, taken }] = wanted as [Overwrite];
  const target = targetOf(first.record);
  const before = taken && draft.units.find(({ id }) => id === draft.unitOf(taken));
  const sources = wanted.map((each) => each.taken ?? each.from.urn);
  const unit: Unit = {
    id: before?.id ?? draft.nextUnitId(),
    address: target.address,
    urn: target.urn,
    action: 'invoke',
    dependsOn: draft.dependencies([...wanted.map(({ to }) => kept.get(to.record.urn)), ...sources]),
    writes: wanted.map(({ to, taken: source }) => {
      const { record } = to;
      return liveWrite(draft, to, source ? { ...record, spec: { ...record.spec, copyOf: source } } : record);
    }),
    steps: wanted.map((each, index) => copyStep(draft, each, `${before ? 'c' : 's'}${index + 1}`, kept)),
    shared: [...new Set([...sources, first.record.status.device!.system])].filter(
      (urn) => draft.unitOf(urn) === undefined,
    ),
    reservations: [],
    releases: [],
  };
  if (before && taken)
    draft.amend(
      taken,
      () => joined(before, unit),
      (change) => change,
    );
  else draft.addUnit(unit);
  for (const each of wanted) addChange(draft, each, kept, wanted.length - 1);
}

/** The second after the first. */
const joined = (first: Unit, second: Unit): Unit => ({
  ...second,
  dependsOn: [...new Set([...first.dependsOn, ...second.dependsOn])].filter((id) => id !== first.id),
  writes: [...first.writes, ...second.writes],
  steps: [...first.steps, ...second.steps],
  shared: [...new Set([...first.shared, ...second.shared])],
  reservations: [...first.reservations, ...second.reservations],
  releases: [...first.releases, ...second.releases],
});

function copyStep(draft: Draft, { from, to: { record }, verb, taken }: Overwrite, id: string, kept: Kept): Step {
  return {
    id,
    system: record.status.device!.system,
    form: 'job',
    kind: 'volume.copy',
    args: {
      summary: `${verb} from ${sourceText(from, taken)}`,
      copy: sha256Hex(`${draft.input.seed}\n${uuidOf(record.urn)}\ncopy`).slice(0, 32),
      from: taken ?? from.urn,
      to: record.urn,
      putBack: kept.get(record.urn)!,
      ...(draft.input.attestOffline === undefined ? {} : { attested: true }),
    },
  };
}

const sourceText = (from: ResourceRecord, taken?: Urn): string =>
  taken ? `a snapshot of ${addressOf(from)}` : addressOf(from);

function addChange(draft: Draft, { from, to: { record }, verb, taken }: Overwrite, kept: Kept, others: number): void {
  sayWhoFollows(draft, record, verb);
  const together = others > 0 ? `; with ${others} more, all of them or none` : '';
  draft.changes.push(
    makeChange(targetOf(record), {
      action: 'invoke',
      reason: `${verb} from ${sourceText(from, taken)}: what it holds now is overwritten, and kept as ${nameOf(draft, kept.get(record.urn)!)}${together}`,
      facts: {
        verb,
        from: addressOf(from),
        sizeBytes: record.spec.sizeBytes,
        system: nameOf(draft, record.status.device!.system),
        ...(draft.input.attestOffline === undefined ? {} : { attestedBy: draft.input.attestOffline }),
      },
    }),
  );
}

function sayWhoFollows(draft: Draft, record: OnArray, verb: Overwrite['verb']): void {
  const names = followersOf(draft, record.urn)
    .filter(({ spec }) => !spec.paused)
    .map(addressOf);
  if (names.length === 0) return;
  const address = addressOf(record);
  draft.warn({
    code: 'COPRHD-PLAN-009',
    summary: `${verb} of ${address} reaches ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}, too`,
    detail: 'what follows a volume holds what that one holds, also what is put back there',
    fix: `to keep what it holds now: coprhd copy pause ${names[0]}`,
    address,
  });
}
