/**
 * Why a snapshot is as it is, and how long it stays: of one that is there by what is recorded and what its pool says now, of one that is only
 * declared by the plan that would take it.
 */
import { isoTime } from '../../lib/clock.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { SnapshotMethod } from '../../lib/pool-service.ts';
import { foldName } from '../model/address.ts';
import { type SnapshotFacts, snapshotFacts } from '../model/on-array.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { formatPercent, formatSize } from '../model/size.ts';

import { addressOf } from '../observe/addresses.ts';
import { attributesOf } from '../planner/capacity.ts';
import { ofOneMoment } from '../planner/consistency-groups.ts';
import { SOURCE_TAG } from '../planner/copy-sources.ts';
import type { PlannerInput } from '../planner/draft.ts';
import type { Change, Plan } from '../planner/plan.ts';
import { keepingOf } from '../planner/retention.ts';
import { SAFETY_TAG } from '../planner/snapshot-limits.ts';
import { findResource } from './addresses.ts';
import { systemsUnder } from './by-name-plans.ts';
import type { Call } from './engine.ts';
import type { CopyExplanation, Explanation } from './explain-types.ts';
import { addressIn, type CopyPart, neededByOf, neededLines, some, verbLines, verbsOf } from './explaining-copies.ts';
import { asideOf, explainFrom, heldExplanation } from './explaining-source.ts';
import type { InputOf, ResultOf } from './types.ts';

type Snapshot = ResourceRecord<'snapshot'>;

export function explainSnapshot(call: Call, input: InputOf<'explain'>): Promise<ResultOf<'explain'>> {
  const { address } = input;
  return explainFrom(call, input, {
    kind: 'snapshot',
    systems: (view) => {
      const record = recordedIn(view, address);
      const volume = record && view.get(record.spec.volume)?.record;
      return record
        ? [record, ...(volume && isLive(volume) ? [volume] : [])].flatMap((each) => systemsUnder(view, each))
        : [];
    },
    // What is there is told by its record, whatever a plan changes of it.
    ofPlan: ({ view }, plan, change) =>
      view.get(change.urn) ? undefined : (heldExplanation(change) ?? ofPlan(plan, change)),
    ofRecorded: (planner) => {
      const found = findResource(planner.view, address, 'snapshot');
      if ('problem' in found) return found;
      const part = snapshotPart(planner, found.recorded.record as Snapshot);
      return { address: found.address, rejections: [], ...part };
    },
  });
}

function recordedIn(view: RecordedView, address: string): Snapshot | undefined {
  const found = findResource(view, address, 'snapshot');
  return 'problem' in found ? undefined : (found.recorded.record as Snapshot);
}

function ofPlan(plan: Plan, { address, urn, facts, reason }: Change): Explanation {
  const steps = plan.units
    .filter(({ writes }) => writes.some((write) => write.urn === urn))
    .flatMap((unit) => unit.steps);
  const method = steps.some(({ kind }) => kind === 'snapshot.copy')
    ? 'full-copy'
    : facts.made === undefined
      ? undefined
      : 'copy-on-write';
  const pool = `${facts.system ?? '?'}/${facts.pool ?? '?'}`;
  return {
    address,
    rejections: [],
    copy: { form: 'snapshot', of: String(facts.of), state: 'planned', ...(method ? { method } : {}), pool, verbs: [] },
    lines: [
      `is taken of ${facts.of} by the apply of this plan (${reason})`,
      ...(method ? [methodLine(method, { name: pool, says: method })] : []),
      String(facts.consistency),
    ],
  };
}

/** A snapshot that is recorded. */
function snapshotPart(input: PlannerInput, record: Snapshot): CopyPart {
  const { view, nowMs } = input;
  const { spec, status } = record;
  const of = addressIn(view, spec.volume);
  const { takenAtMs } = snapshotFacts(record);
  const neededBy = neededByOf(view, record);
  const together = togetherWith(view, record);
  const verbs = status.phase === 'ready' ? verbsOf(input, record, ['restore']) : [];
  const made = methodPart(input, record, together);
  const rest = restPart(view, record);
  const policy = policyPart(view, record, nowMs);
  const group = spec.consistencyGroup && addressIn(view, spec.consistencyGroup);
  const isSet = together.length > 0 || group !== undefined || foldName(spec.set) !== foldName(record.name);
  return {
    copy: {
      ...{ form: 'snapshot' as const, of, state: status.phase, takenAtMs, ...made.facts, ...rest.facts },
      set: spec.set,
      ...(group ? { consistencyGroup: group } : {}),
      together: together.map(addressOf),
      ...(policy ? { policy } : {}),
      ...(status.phase === 'quarantined' && status.untilMs !== undefined ? { untilMs: status.untilMs } : {}),
      verbs,
    },
    ...(neededBy.length > 0 ? { neededBy } : {}),
    lines: [
      `is of ${of}, as that was ${isoTime(takenAtMs)} by the clock of its storage system: ${formatSize(spec.sizeBytes)}`,
      made.line,
      ...rest.lines,
      ...(isSet ? [setLine(spec.set, group, together)] : []),
      ...keptLines(view, record, policy, nowMs),
      ...neededLines(neededBy),
      ...verbLines(verbs),
    ],
  };
}

/** One set and one group: taken by one call, unless it was declared into the set later. */
function togetherWith(view: RecordedView, record: Snapshot): Snapshot[] {
  return ofOneMoment(view, record)
    .map(({ record: other }) => other)
    .filter(({ urn }) => urn !== record.urn)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const setLine = (set: string, group: string | undefined, together: readonly Snapshot[]): string => {
  const of = group === undefined ? '' : ` of ${group}`;
  return together.length === 0
    ? `of set ${set}${of}: no other of it is of its moment`
    : `of set ${set}${of}: of one moment with ${some(together.map(addressOf))}`;
};

interface Made {
  readonly facts: Pick<CopyExplanation, 'method' | 'pool' | 'poolSays'>;
  readonly line: string;
}

interface PoolSaying {
  readonly name: string;
  readonly says: SnapshotMethod | undefined;
}

function methodPart(input: PlannerInput, record: Snapshot, together: readonly Snapshot[]): Made {
  const own = poolOf(input, record);
  const says = own?.says;
  const method: SnapshotMethod | undefined = record.spec.fullCopy
    ? 'full-copy'
    : says === undefined
      ? undefined
      : 'copy-on-write';
  const facts = {
    ...(method ? { method } : {}),
    ...(own ? { pool: own.name } : {}),
    ...(says ? { poolSays: says } : {}),
  };
  if (method === undefined) {
    return {
      facts,
      line: `made as its storage system does it: ${own ? `pool ${own.name}` : 'its pool'} does not say how`,
    };
  }
  const other = together.map((each) => poolOf(input, each)).find((pool) => pool?.says === 'full-copy');
  return { facts, line: methodLine(method, own, other?.name) };
}

/** `own`: its pool, with what that says now; `other`: a pool of the same set that shares no blocks. */
function methodLine(method: SnapshotMethod, own: PoolSaying | undefined, other?: string): string {
  const pool = own ? `pool ${own.name}` : 'its pool';
  if (method === 'copy-on-write') {
    const changed = own?.says === 'full-copy' ? ' shared blocks then, and shares none now' : ' shares blocks';
    return `made by copy-on-write: ${pool}${changed}; it grows as the volume is overwritten, and ${formatPercent(LIMITS.snapshotReserveFraction)} of the volume are reserved`;
  }
  const why =
    own?.says === 'full-copy'
      ? `${pool} shares no blocks of a volume with its snapshots`
      : other !== undefined
        ? `all of its set is, and pool ${other} shares no blocks of a volume with its snapshots`
        : `${pool} shared no blocks then${own?.says ? ', and says copy-on-write now' : ''}`;
  return `made by full copy: ${why}; all of the volume is reserved`;
}

function poolOf(input: PlannerInput, { status }: ResourceRecord): PoolSaying | undefined {
  const draft = asideOf(input);
  const pool = status.device?.pool && draft.get<'pool'>(status.device.pool);
  if (!pool) return undefined;
  const system = draft.get(pool.spec.system)?.name ?? '?';
  return { name: `${system}/${pool.name}`, says: attributesOf(draft, pool)?.snapshots };
}

interface Rest {
  readonly facts: Pick<CopyExplanation, 'hosts' | 'moreHosts'> & Partial<SnapshotFacts>;
  readonly lines: readonly string[];
}

function restPart(view: RecordedView, record: Snapshot): Rest {
  const { spec } = record;
  const { takenAtMs: _taken, ...known } = snapshotFacts(record);
  const { consistency, notQuiescedWhy } = known;
  if (!consistency) return { facts: {}, lines: [] };
  if (consistency === 'application') {
    const { quiesceHosts = [], quiesceHostsMore: more = 0 } = spec;
    const hosts = quiesceHosts.map((urn) => view.get(urn)?.record.name ?? urn);
    const whose =
      hosts.length === 0 ? 'all hosts that saw it' : `${hosts.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    return {
      facts: { ...known, hosts, ...(more > 0 ? { moreHosts: more } : {}) },
      lines: [
        `application-consistent: the applications of ${whose} were at rest when it was taken`,
        ...pauseLines(known),
      ],
    };
  }
  const how = spec.fullCopy
    ? 'crash-consistent: nobody wrote to the volume while it was copied'
    : 'crash-consistent, as after a power failure';
  return {
    facts: known,
    lines: [
      notQuiescedWhy === undefined
        ? how
        : `${how}: applications should have been at rest, and were not (${notQuiescedWhy})`,
      ...pauseLines(known),
    ],
  };
}

const pauseLines = ({ ioPausedMs, atRestMs }: Partial<SnapshotFacts>): string[] => [
  ...(ioPausedMs === undefined
    ? []
    : [ioPausedMs === 0 ? 'no I/O waited for it' : `I/O waited ${ioPausedMs} ms for it`]),
  ...(atRestMs === undefined ? [] : [`hosts were at rest for it for ${atRestMs} ms at most`]),
];

function policyPart(view: RecordedView, record: Snapshot, nowMs: number): CopyExplanation['policy'] {
  const by = record.spec.policy;
  if (!by) return undefined;
  const name = view.get(by.urn)?.record.name ?? by.urn;
  return { name, momentMs: by.momentMs, ...keepingOf(view, record, nowMs) };
}

/** Who took it, and until when it stays. */
function keptLines(view: RecordedView, record: Snapshot, policy: CopyExplanation['policy'], nowMs: number): string[] {
  const { status, owner, createdBy, tags = [], sourceFile } = record;
  if (status.phase === 'quarantined') {
    const until = status.untilMs === undefined ? '' : ` until ${isoTime(status.untilMs)}`;
    return [`was removed, and is quarantined${until}: coprhd undelete ${addressOf(record)}`];
  }
  if (policy) return [`taken by policy ${policy.name} for ${isoTime(policy.momentMs)}`, policyEnd(policy, nowMs)];
  const who = `taken by ${createdBy.name}`;
  const end = endWords(record);
  if (owner.type === 'stack') {
    return [
      `${who}, declared${sourceFile === undefined ? '' : ` in ${sourceFile}`}`,
      `stays as long as it is declared; then it is ${end}`,
    ];
  }
  if (tags.includes(SOURCE_TAG)) {
    return [`${who} for full copies alone`, 'goes with the last of them that is detached or removed'];
  }
  const why = tags.includes(SAFETY_TAG)
    ? ` to keep what ${addressIn(view, record.spec.volume)} held before it was overwritten`
    : '';
  return [
    `${who}${why}`,
    `stays until somebody removes it (coprhd snapshot delete ${addressOf(record)}); then it is ${end}`,
  ];
}

const endWords = ({ policy: { protect, onRemove } }: Snapshot): string => {
  const end = { delete: 'deleted', quarantine: 'quarantined', retain: 'let go, and stays on its storage system' }[
    onRemove
  ];
  return protect ? `${end}, once it is not protected any more` : end;
};

function policyEnd({ name, place, keep, goesAtMs }: NonNullable<CopyExplanation['policy']>, nowMs: number): string {
  if (place === undefined || keep === undefined || goesAtMs === undefined) {
    return `its volume does not follow policy ${name} any more: it stays until somebody removes it`;
  }
  const rank = `is number ${place} of the newest`;
  if (goesAtMs <= nowMs) return `${rank}, and ${keep} stay: the next run removes it, unless something needs it`;
  const newer = keep - place + 1;
  const when = newer === 1 ? 'with the next one' : `when ${newer} newer ones are there`;
  return `${rank} ${keep} that stay: it goes ${when}, not before ${isoTime(goesAtMs)}`;
}
