/** Verbs on continuous copies: pause (it stays as it is), resume (it follows again), split (it is a volume of its own from then on). */

import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { MirrorState } from '../driver/mirrors-contract.ts';
import { type FollowingPair, isFollowing } from '../model/following.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import type { RecordedSpec } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { makeChange } from './base-record.ts';
import { type Draft, liveWrite } from './draft.ts';
import { changeable, hold, nameOf } from './holds.ts';
import { inUse } from './in-use.ts';
import { mirrorStep } from './mirrors.ts';
import { observeVolume, volumeIndex } from './observed-volume.ts';
import type { Step } from './plan.ts';

type Volume = ResourceRecord<'volume'>;
type Spec = RecordedSpec<'volume'>;

export type MirrorVerb = 'pause' | 'resume' | 'split';

export const isMirrorVerb = (verb: string): verb is MirrorVerb => ['pause', 'resume', 'split'].includes(verb);

type Refuse = (what: string, fix: string) => void;

/**
 * `verb`: also those of full copies; to detach is to split, the others are refused. Those that are paused together and follow volumes of one
 * consistency group are of one moment.
 */
export function drawMirrorVerbs(draft: Draft, verb: string, copies: readonly VersionedRecord<'volume'>[]): void {
  const groups = new Map<Urn, Asked[]>();
  for (const copy of copies) {
    const asked = askedOf(draft, verb, copy);
    if (!asked) continue;
    const key = asked.source.spec.consistencyGroup ?? copy.record.urn;
    groups.set(key, [...(groups.get(key) ?? []), asked]);
  }
  for (const group of groups.values()) {
    if (verb === 'pause') addTogether(draft, group);
    else for (const asked of group) addTogether(draft, [asked]);
    if (verb === 'split' || verb === 'detach') warnOfMoments(draft, group);
  }
}

/** Where they are not paused each is split by itself. */
function warnOfMoments(draft: Draft, group: readonly Asked[]): void {
  const going = group.filter(({ copy, outcome }) => !('held' in outcome) && !copy.record.spec.paused);
  if (going.length < 2) return;
  draft.warn({
    code: 'COPRHD-PLAN-009',
    summary: `${going.length} continuous copies of one consistency group are split one after the other, and not at one moment`,
    fix: 'pause them first, all at once: coprhd copy pause consistencyGroup.NAME; then split them',
  });
}

/** One of them, and what becomes of it. */
interface Asked {
  readonly copy: VersionedRecord<'volume'>;
  readonly source: Volume;
  readonly outcome: (Drawn & { readonly verb: MirrorVerb }) | { readonly held: Diagnostic };
}

/** Undefined where nothing is to be done, or that was complained about. */
function askedOf(draft: Draft, verb: string, copy: VersionedRecord<'volume'>): Asked | undefined {
  const { record } = copy;
  const address = addressOf(record);
  const refuse: Refuse = (what, fix) =>
    draft.error({ code: 'COPRHD-PLAN-009', summary: `${address} ${what}`, fix, address });
  if (!isFollowing(record)) {
    if (record.kind === 'volume' && record.spec.continuous && verb === 'split') draft.unchanged++;
    else refuse(record.spec.continuous ? 'follows nobody any more' : 'is no continuous copy', 'coprhd copy list');
    return undefined;
  }
  const source = nameOf(draft, record.spec.copyOf!);
  if (verb === 'restore') {
    refuse(`follows ${source}: it is not restored from`, `restore a snapshot or a full copy of ${source}`);
  } else if (verb === 'resynchronise') {
    refuse(`follows ${source} by itself`, `where it is paused: coprhd copy resume ${address}`);
  } else return drawOn(draft, verb === 'detach' ? 'split' : (verb as MirrorVerb), copy, refuse);
  return undefined;
}

function drawOn(draft: Draft, verb: MirrorVerb, copy: VersionedRecord<'volume'>, refuse: Refuse): Asked | undefined {
  const { record } = copy;
  const address = addressOf(record);
  const source =
    draft.get<'volume'>(record.spec.copyOf!) ?? draft.input.view.get<'volume'>(record.spec.copyOf!)?.record;
  const held = source ? whyHeld(draft, record, source, verb) : undefined;
  if (source && held) return { copy, source, outcome: { held } };
  const { device } = record.status;
  const system = device && draft.get<'storageSystem'>(device.system);
  if (!source || !device || !system) {
    refuse('follows what is gone', `coprhd show ${address}`);
    return undefined;
  }
  const seen = volumeIndex(draft, system).get(device.nativeId)?.mirror;
  if (seen && seen.source !== source.status.device?.nativeId) {
    refuse(`follows ${seen.source} on ${system.name}, and not ${source.name}`, `coprhd drift; split it on the device`);
    return undefined;
  }
  const drawn = DRAW[verb](record, seen, refuse);
  if (drawn === 'refused') return undefined;
  if (drawn !== 'nothing') return { copy, source, outcome: { ...drawn, verb } };
  draft.unchanged++;
  return undefined;
}

const targetOf = ({ record }: VersionedRecord<'volume'>) => ({
  address: addressOf(record),
  urn: record.urn,
  node: { kind: 'volume' as const },
});

/** All of them or none: what can't be paused holds those that would be of its moment. */
function addTogether(draft: Draft, group: readonly Asked[]): void {
  const stuck = group.find(({ outcome }) => 'held' in outcome);
  const ready: Ready[] = [];
  for (const { copy, source, outcome } of group) {
    if ('held' in outcome) hold(draft, targetOf(copy), 'invoke', outcome.held);
    else if (stuck) hold(draft, targetOf(copy), 'invoke', waitsFor(copy, stuck.copy));
    else ready.push({ copy, source, ...outcome });
  }
  if (ready.length > 0) addUnit(draft, ready);
}

function waitsFor({ record }: VersionedRecord<'volume'>, stuck: VersionedRecord<'volume'>): Diagnostic {
  const [address, other] = [addressOf(record), addressOf(stuck.record)];
  return {
    code: 'COPRHD-HELD-014',
    severity: 'error',
    summary: `${address} waits for ${other}, which is held`,
    detail: 'they follow volumes of one consistency group, and are paused at one moment',
    fix: `see to ${other}, or name only this one`,
  };
}

interface Drawn {
  /** What changes in the record. */
  readonly spec: Spec;
  /** False: it is so on the device already, and only the record doesn't know it. */
  readonly onDevice: boolean;
  readonly reason: string;
  readonly reversible: boolean;
}

type Draw = (record: Volume, seen: MirrorState | undefined, refuse: Refuse) => Drawn | 'nothing' | 'refused';

const DRAW: Readonly<Record<MirrorVerb, Draw>> = {
  pause: (record, seen, refuse) => {
    if (!seen) return splitByHand(record, refuse);
    const onDevice = seen.state !== 'paused';
    if (!onDevice && record.spec.paused) return 'nothing';
    const whole =
      seen.percent === 100 ? '' : `; it is ${seen.percent} % in sync, so that is neither one thing nor the other`;
    const reason = `pause: it stays as it is now, until it is resumed or split${whole}`;
    return { spec: { ...record.spec, paused: true }, onDevice, reason, reversible: true };
  },
  resume: (record, seen, refuse) => {
    if (!seen) return splitByHand(record, refuse);
    const { paused, ...spec } = record.spec;
    const onDevice = seen.state === 'paused';
    if (!onDevice && !paused) return 'nothing';
    const reason = 'resume: it follows again, and loses what it held since the pause';
    return { spec, onDevice, reason, reversible: false };
  },
  split: (record, seen, refuse) => {
    if (seen && seen.percent < 100) {
      refuse(
        `is ${seen.percent} % in sync: split now it would hold neither one thing nor the other`,
        seen.state === 'paused'
          ? `coprhd copy resume ${addressOf(record)}`
          : 'wait until it is in sync: coprhd copy list',
      );
      return 'refused';
    }
    const { paused: _paused, ...spec } = record.spec;
    const reason = 'split: it is a volume of its own, with what it holds now';
    return { spec: { ...spec, detached: true }, onDevice: seen !== undefined, reason, reversible: false };
  },
};

function splitByHand(record: Volume, refuse: Refuse): 'refused' {
  refuse('was split on the device, and follows nobody', `to have it recorded: coprhd copy split ${addressOf(record)}`);
  return 'refused';
}

function whyHeld(draft: Draft, record: Volume, source: Volume, verb: MirrorVerb): Diagnostic | undefined {
  const place = changeable(draft, record, source);
  if ('why' in place) return place.why;
  const { system, nativeId } = place;
  // Split on the device already, it is only recorded, whatever became of its source.
  const isSplit = volumeIndex(draft, system).get(nativeId)?.mirror === undefined;
  const held = [record, ...(verb === 'split' && isSplit ? [] : [source])]
    .map((each) => observeVolume(draft, each))
    .find((each) => each.hold !== undefined);
  if (held) return held.hold;
  return verb === 'resume' ? inUse(draft, record, system, verb) : undefined;
}

interface Ready extends Drawn {
  readonly copy: VersionedRecord<'volume'>;
  readonly source: Volume;
  readonly verb: MirrorVerb;
}

const pairOf = ({ copy, source }: Ready): FollowingPair => ({ source: source.urn, target: copy.record.urn });

/**
 * What is so already may have been made so by somebody who takes it back meanwhile: a step of its own looks, and undoes nothing. Only to
 * split there is no way back.
 */
function stepsOf(system: Urn, ready: readonly Ready[]): Step[] {
  const { verb } = ready[0]!;
  const fresh = ready.filter(({ onDevice }) => onDevice);
  const looked = verb === 'split' ? [] : ready.filter(({ onDevice }) => !onDevice);
  const sets = [fresh, ...looked.map((each) => [each])].filter((set) => set.length > 0);
  return sets.map((set, index): Step => {
    const id = `s${index + 1}`;
    const pairs = set.map(pairOf);
    // The others are asked for one by one (addTogether).
    if (verb !== 'pause') return mirrorStep(`mirror.${verb}`, id, system, pairs[0]!);
    return { id, system, form: 'call', kind: 'mirror.pause', args: { pairs } };
  });
}

function addUnit(draft: Draft, ready: readonly Ready[]): void {
  const first = ready[0]!;
  const target = targetOf(first.copy);
  const { system } = first.copy.record.status.device!;
  const fresh = ready.filter(({ onDevice }) => onDevice);
  draft.addUnit({
    id: draft.nextUnitId(),
    address: target.address,
    urn: target.urn,
    action: 'invoke',
    dependsOn: [],
    writes: ready.map(({ copy, spec }) => liveWrite(draft, copy, { ...copy.record, spec })),
    steps: stepsOf(system, ready),
    shared: [...new Set([...ready.map(({ source }) => source.urn), system])],
    reservations: [],
    releases: [],
  });
  for (const each of ready) {
    const { copy, source, verb, onDevice, reason, reversible } = each;
    const others = fresh.length - 1;
    const moment = onDevice && others > 0 ? `; of one moment with ${others} more` : '';
    draft.changes.push(
      makeChange(targetOf(copy), {
        action: 'invoke',
        reason: onDevice
          ? `${reason}${moment}`
          : `${verb}: so it is on ${nameOf(draft, system)} already; that is recorded`,
        facts: { verb, from: addressOf(source), system: nameOf(draft, system) },
        reversible: reversible || !onDevice,
      }),
    );
  }
}
