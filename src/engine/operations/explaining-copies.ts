/**
 * What a volume is a copy of, in which state, and what keeps what: by what is recorded and its storage system says now. What may be done to a copy is asked of the
 * planner.
 */
import { isoTime } from '../../lib/clock.ts';
import { isFollowing } from '../model/following.ts';
import { heldSince } from '../model/on-array.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { SOURCE_TAG } from '../planner/copy-sources.ts';
import { type CopyVerb, drawCopyVerb } from '../planner/copy-verbs.ts';
import type { PlannerInput } from '../planner/draft.ts';
import { entriesOf } from '../planner/export-seers.ts';
import { volumeIndex } from '../planner/observed-volume.ts';
import { copiesOf } from '../planner/volume-removal.ts';
import type { CopyVerbAnswer, Explanation } from './explain-types.ts';
import { asideOf } from './explaining-source.ts';

type Volume = ResourceRecord<'volume'>;

/** What is added to an explanation. */
export type CopyPart = Pick<Explanation, 'copy' | 'neededBy' | 'lines'>;

/** Names of a list that people are told. */
const NAMED_MAX = 5;

export const some = (names: readonly string[]): string =>
  `${names.slice(0, NAMED_MAX).join(', ')}${names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : ''}`;

export const addressIn = (view: RecordedView, urn: Urn): string => {
  const record = view.get(urn)?.record;
  return record ? addressOf(record) : urn;
};

/** What a volume is a copy of, if it is one, and what is a copy of it. */
export function volumeAsCopy(input: PlannerInput, record: Volume): CopyPart {
  const own = record.spec.copyOf === undefined ? undefined : copyPart(input, record, record.spec.copyOf);
  const neededBy = neededByOf(input.view, record);
  return {
    ...own,
    ...(neededBy.length > 0 ? { neededBy } : {}),
    lines: [...(own?.lines ?? []), ...neededLines(neededBy)],
  };
}

export function neededByOf(view: RecordedView, record: Pick<ResourceRecord, 'urn' | 'kind'>): string[] {
  const copies = copiesOf(view, record).map(addressOf);
  if (record.kind !== 'snapshot') return copies.sort();
  const maps = view.inScope('lunMap', uuidOf(record.urn)).filter((map) => isLive(map.record));
  const shown = maps.map((map) => map.record.spec.export);
  const waiting = entriesOf(view, record.urn).map(({ spec }) => spec.of);
  return [...copies, ...new Set([...shown, ...waiting].map((urn) => addressIn(view, urn)))].sort();
}

export const neededLines = (neededBy: readonly string[]): string[] =>
  neededBy.length === 0 ? [] : [`is needed by ${some(neededBy)}, and not removed before`];

type Part = Required<Pick<CopyPart, 'copy'>> & Pick<CopyPart, 'lines'>;

function copyPart(input: PlannerInput, record: Volume, source: Urn): Part {
  const { view } = input;
  const of = addressIn(view, source);
  return record.spec.continuous ? mirrorPart(input, record, of) : fullCopyPart(input, record, source, of);
}

function fullCopyPart(input: PlannerInput, record: Volume, source: Urn, of: string): Part {
  const { phase } = record.status;
  const detached = record.spec.detached === true;
  const state = phase !== 'ready' ? phase : detached ? 'detached' : 'attached';
  const said = `is a full copy of ${of}, made ${isoTime(record.createdAtMs)}`;
  const held = heldSince(record);
  const since =
    held.takenAtMs === undefined
      ? []
      : [`was filled with what that held ${isoTime(held.takenAtMs)}, ${held.consistency}-consistent`];
  if (detached) {
    return {
      copy: { form: 'full-copy', of, state, ...held, verbs: [] },
      lines: [`${said}, and detached from it: neither needs the other any more`, ...since],
    };
  }
  const verbs = verbsOf(input, record, ['restore', 'resynchronise', 'detach']);
  return {
    copy: { form: 'full-copy', of, state, ...held, verbs },
    lines: [
      `${said}, and attached to it${phase === 'ready' ? '' : ` (${phase})`}`,
      ...since,
      keepsLine(input.view, source, record),
      ...verbLines(verbs),
    ],
  };
}

/** A snapshot that was taken for copies alone goes with the last of them. */
function keepsLine(view: RecordedView, source: Urn, record: Volume): string {
  const keeps = `keeps ${addressIn(view, source)} until it is detached or removed`;
  const found = view.get(source)?.record;
  if (!found?.tags?.includes(SOURCE_TAG)) return keeps;
  const others = copiesOf(view, found)
    .filter(({ urn }) => urn !== record.urn)
    .map(addressOf);
  const too = others.length === 0 ? 'this is the last' : `the others are ${some(others)}`;
  return `${keeps}; that was taken for full copies alone and goes with the last of them: ${too}`;
}

const SYNC_WORDS: Readonly<Record<string, string>> = {
  synchronizing: 'on its way: nobody knows what it holds until it is in sync',
  synchronized: 'in sync: it holds what that one holds, whatever is written there',
  paused: 'paused: it stays as it was then',
  split: 'follows nobody on its storage system: somebody split it there',
  missing: 'not there on its storage system',
  unknown: 'not known now how far it is: its storage system does not answer',
};

function mirrorPart(input: PlannerInput, record: Volume, of: string): Part {
  if (!isFollowing(record)) {
    return {
      copy: { form: 'continuous-copy', of, state: 'split', verbs: [] },
      lines: [`followed ${of} until it was split from it: it is a volume of its own`],
    };
  }
  const { state, percent } = followingNow(input, record);
  const verbs = verbsOf(input, record, ['pause', 'resume', 'split']);
  const far = percent === undefined || percent === 100 ? '' : ` (${percent} %)`;
  return {
    copy: { form: 'continuous-copy', of, state, ...(percent === undefined ? {} : { percent }), verbs },
    lines: [
      `is a continuous copy of ${of}, made ${isoTime(record.createdAtMs)}`,
      `is ${SYNC_WORDS[state]}${far}`.replace('is follows', 'follows'),
      `keeps ${of}, which does not outgrow it, until it is split; no host sees it before`,
      ...verbLines(verbs),
    ],
  };
}

function followingNow(input: PlannerInput, record: Volume): { readonly state: string; readonly percent?: number } {
  const draft = asideOf(input);
  const { device } = record.status;
  const system = device && draft.get<'storageSystem'>(device.system);
  const seen = system && draft.observation(system)?.observation;
  if (!device || !system || !seen || seen.trust.level === 'unreachable') return { state: 'unknown' };
  const volume = volumeIndex(draft, system).get(device.nativeId);
  if (!volume) return { state: seen.trust.level === 'whole' ? 'missing' : 'unknown' };
  return volume.mirror ? { state: volume.mirror.state, percent: volume.mirror.percent } : { state: 'split' };
}

const COMMANDS: Readonly<Record<CopyVerb, string>> = {
  restore: 'copy restore',
  resynchronise: 'copy resync',
  detach: 'copy detach',
  pause: 'copy pause',
  resume: 'copy resume',
  split: 'copy split',
};

/** Asked of the planner itself, on plans that nobody applies. What changes nothing is left out. */
export function verbsOf(input: PlannerInput, record: ResourceRecord, verbs: readonly CopyVerb[]): CopyVerbAnswer[] {
  const address = addressOf(record);
  const versioned = input.view.get(record.urn);
  if (!versioned) return [];
  return verbs.flatMap((verb): CopyVerbAnswer[] => {
    const draft = asideOf({ ...input, apiOwned: true });
    drawCopyVerb(draft, verb, [versioned as VersionedRecord]);
    const held = draft.changes.find((change) => change.held)?.held?.diagnostic;
    const refused = held ?? draft.diagnostics.find(({ severity }) => severity === 'error');
    const words = record.kind === 'snapshot' ? `snapshot ${verb}` : COMMANDS[verb];
    const answer = { verb, command: `coprhd ${words} ${address}` };
    if (refused)
      return [{ ...answer, why: refused.summary, ...(refused.fix === undefined ? {} : { fix: refused.fix }) }];
    return draft.units.length === 0 ? [] : [answer];
  });
}

export const verbLines = (verbs: readonly CopyVerbAnswer[]): string[] => {
  const may = verbs.filter(({ why }) => why === undefined).map(({ command }) => command);
  return [
    ...(may.length === 0 ? [] : [`may be done now: ${may.join('; ')}`]),
    ...verbs.flatMap(({ verb, why, fix }) =>
      why === undefined ? [] : [`not ${verb}: ${why}${fix === undefined ? '' : `; ${fix}`}`],
    ),
  ];
};
