/**
 * Verbs on copies: restore (copy → what it is a copy of), resynchronise (the other way), detach. What is overwritten must not be in use,
 * and is kept as a snapshot first, which is also how a copy that fails half-way is undone.
 */

import { sha256Hex } from '../../lib/canonical-json.ts';
import { isoTime } from '../../lib/clock.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { isFollowing } from '../model/following.ts';
import { sourceOf } from '../model/on-array.ts';
import { isLive, RECORD_SCHEMA_VERSION, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import { formatSize } from '../model/size.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { makeChange } from './base-record.ts';
import { endSources } from './copy-sources.ts';
import { type Draft, liveWrite } from './draft.ts';
import { ableSystems } from './full-copies.ts';
import { hold, nameOf, notManageable, phaseHold, untrusted } from './holds.ts';
import { inUse } from './in-use.ts';
import { drawMirrorVerbs, isMirrorVerb, type MirrorVerb } from './mirror-verbs.ts';
import { followersOf } from './mirrors.ts';
import { observeVolume } from './observed-volume.ts';
import { SAFETY_TAG } from './snapshot-limits.ts';
import { snapshotSpec, takeSnapshots } from './snapshots.ts';

type OnArray = ResourceRecord<'volume'>;

export type CopyVerb = 'restore' | 'resynchronise' | 'detach' | MirrorVerb;

export function drawCopyVerb(draft: Draft, verb: CopyVerb, copies: readonly VersionedRecord[]): void {
  const overwritten: Overwrite[] = [];
  const following: VersionedRecord<'volume'>[] = [];
  for (const copy of copies) {
    const asked = addressOf(copy.record);
    if (isMirrorVerb(verb) || isFollowing(copy.record)) {
      following.push(copy as VersionedRecord<'volume'>);
      continue;
    }
    const source = sourceOf(copy.record);
    const detached = (copy.record.spec as Partial<RecordedSpec<'volume'>>).detached === true;
    if (source === undefined || (detached && verb !== 'detach')) {
      refuse(
        draft,
        asked,
        detached ? 'is detached from what it was a copy of' : 'is no copy',
        'coprhd snapshot list, coprhd copy list',
      );
    } else if (verb === 'detach') {
      detach(draft, copy as VersionedRecord<'volume'>, source);
    } else {
      const other = draft.input.view.get(source);
      if (!other || !isLive(other.record)) {
        refuse(draft, asked, `is a copy of what is gone`, `coprhd show ${asked}`);
      } else if (verb === 'restore' && other.record.kind === 'snapshot') {
        const fix = `restore the volume from ${addressOf(other.record)}`;
        refuse(draft, asked, 'is a copy of a snapshot, which is of its moment for ever', fix);
      } else if (verb === 'restore') {
        overwritten.push({ from: copy.record, to: other as VersionedRecord<'volume'>, verb });
      } else if (copy.record.kind === 'snapshot') {
        refuse(draft, asked, 'is a snapshot, which is of its moment for ever', 'take another snapshot');
      } else overwritten.push({ from: other.record, to: copy as VersionedRecord<'volume'>, verb });
    }
  }
  drawMirrorVerbs(draft, verb, following);
  if (verb === 'detach') {
    endSources(
      draft,
      copies.map(({ record }) => record),
    );
  }
  overwrite(draft, overwritten);
}

function refuse(draft: Draft, address: string, what: string, fix: string): void {
  draft.error({ code: 'COPRHD-PLAN-009', summary: `${address} ${what}`, fix, address });
}

function detach(draft: Draft, copy: VersionedRecord<'volume'>, source: Urn): void {
  const { record } = copy;
  const target = { address: addressOf(record), urn: record.urn, node: { kind: 'volume' as const } };
  const phase = phaseHold(target, record);
  if (phase) {
    hold(draft, target, 'invoke', phase);
    return;
  }
  if (record.kind !== 'volume') {
    refuse(draft, target.address, 'is a snapshot: it can not be without its volume', 'make a full copy of it');
    return;
  }
  if (record.spec.detached) {
    draft.unchanged++;
    return;
  }
  draft.addUnit({
    id: draft.nextUnitId(),
    address: target.address,
    urn: target.urn,
    action: 'invoke',
    dependsOn: [],
    writes: [liveWrite(draft, copy, { ...record, spec: { ...record.spec, detached: true } })],
    steps: [],
    shared: [],
    reservations: [],
    releases: [],
  });
  draft.changes.push(
    makeChange(target, {
      action: 'invoke',
      reason: `detach: it has nothing to do with ${nameOf(draft, source)} any more`,
      facts: { verb: 'detach', from: nameOf(draft, source) },
      reversible: false,
    }),
  );
}

interface Overwrite {
  readonly from: ResourceRecord;
  readonly to: VersionedRecord<'volume'>;
  readonly verb: 'restore' | 'resynchronise';
}

/** Several are asked for together where they are copies of one group: all or none of them are planned. */
function overwrite(draft: Draft, wanted: readonly Overwrite[]): void {
  const holds = wanted.map((each) => ({ each, why: whyHeld(draft, each) }));
  if (holds.some(({ why }) => why !== undefined)) {
    for (const { each, why } of holds) if (why) hold(draft, targetOf(each.to.record), 'invoke', why);
    return;
  }
  if (wanted.some((each) => cannot(draft, each))) return;
  const kept = new Map<Urn, Urn>();
  for (const { to, verb } of wanted) kept.set(to.record.urn, keepSnapshot(draft, to.record, verb));
  // Its own complaint was made where it could not be taken.
  if ([...kept.values()].some((urn) => draft.unitOf(urn) === undefined)) return;
  for (const each of wanted) addUnit(draft, each, kept.get(each.to.record.urn)!);
}

const targetOf = (record: OnArray) => ({
  address: addressOf(record),
  urn: record.urn,
  node: { kind: record.kind },
});

function whyHeld(draft: Draft, { from, to: { record: to }, verb }: Overwrite): Diagnostic | undefined {
  const address = addressOf(to);
  const phase = phaseHold({ address }, to) ?? phaseHold({ address: addressOf(from) }, from);
  if (phase) return phase;
  const device = to.status.device;
  const system = device && draft.get<'storageSystem'>(device.system);
  const seen = system && draft.observation(system);
  if (!device || !system || seen?.observation.trust.level !== 'whole') {
    return untrusted({ address }, system?.name ?? 'its storage system', seen?.observation.trust.why);
  }
  const pool = device.pool && draft.get<'pool'>(device.pool);
  const manage = notManageable(draft, system, pool ? pool.spec.nativeId : undefined);
  if (manage) return manage;
  const observed = [to, from as OnArray].map((record) => observeVolume(draft, record));
  const held = observed.find((each) => each.hold !== undefined);
  if (held) return held.hold;
  return draft.input.attestOffline === undefined ? inUse(draft, to, system, verb) : undefined;
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

const bytesOf = ({ status, spec }: OnArray): number => status.device?.provisionedBytes ?? spec.sizeBytes;

/** What is overwritten, as it is now. It stays until somebody removes it. */
function keepSnapshot(draft: Draft, of: OnArray, verb: CopyVerb): Urn {
  const { nowMs, actor, seed } = draft.input;
  const stamp = isoTime(nowMs).replace(/[-:]|\.\d+/g, '');
  const urn = draft.newUrn('snapshot', `${of.urn} ${seed} before`);
  // Two in one second are told apart.
  const name = `${of.name.slice(0, LIMITS.nameLengthMax - 48)}-before-${verb}-${stamp}-${uuidOf(urn).slice(0, 4)}`;
  const address = `snapshot.${name}`;
  takeSnapshots(draft, [
    {
      target: { address, urn, node: { kind: 'snapshot' } },
      source: of.urn,
      reason: `keeps what ${of.name} holds now`,
      final: (source) => ({
        urn,
        kind: 'snapshot',
        name,
        scope: of.scope,
        owner: { type: 'api', user: actor.name },
        spec: snapshotSpec(source, name),
        status: { phase: 'ready', sinceMs: nowMs },
        policy: { protect: false, onRemove: 'delete' },
        tags: [SAFETY_TAG],
        createdBy: actor,
        createdAtMs: nowMs,
        incarnation: 1,
        schemaVersion: RECORD_SCHEMA_VERSION,
      }),
    },
  ]);
  return urn;
}

function addUnit(draft: Draft, { from, to, verb }: Overwrite, kept: Urn): void {
  const { record } = to;
  sayWhoFollows(draft, record, verb);
  const target = targetOf(record);
  const system = record.status.device!.system;
  const what = `${verb} from ${addressOf(from)}`;
  draft.addUnit({
    id: draft.nextUnitId(),
    address: target.address,
    urn: target.urn,
    action: 'invoke',
    dependsOn: draft.dependencies([kept]),
    writes: [liveWrite(draft, to, record)],
    steps: [
      {
        id: 's1',
        system,
        form: 'job',
        kind: 'volume.copy',
        args: {
          summary: what,
          copy: sha256Hex(`${draft.input.seed}\n${uuidOf(record.urn)}\ncopy`).slice(0, 32),
          from: from.urn,
          to: record.urn,
          putBack: kept,
          ...(draft.input.attestOffline === undefined ? {} : { attested: true }),
        },
      },
    ],
    shared: [from.urn, system].filter((urn) => draft.unitOf(urn) === undefined),
    reservations: [],
    releases: [],
  });
  draft.changes.push(
    makeChange(target, {
      action: 'invoke',
      reason: `${what}: what it holds now is overwritten, and kept as ${nameOf(draft, kept)}`,
      facts: {
        verb,
        from: addressOf(from),
        sizeBytes: record.spec.sizeBytes,
        system: nameOf(draft, system),
        ...(draft.input.attestOffline === undefined ? {} : { attestedBy: draft.input.attestOffline }),
      },
    }),
  );
}

function sayWhoFollows(draft: Draft, record: OnArray, verb: CopyVerb): void {
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
