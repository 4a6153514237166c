/** Verbs on continuous copies: pause (it stays as it is), resume (it follows again), split (it is a volume of its own from then on). */

import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { MirrorState } from '../driver/mirrors-contract.ts';
import { isFollowing } from '../model/following.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { addressOf } from '../observe/addresses.ts';
import { makeChange } from './base-record.ts';
import { type Draft, liveWrite } from './draft.ts';
import { hold, nameOf, notManageable, phaseHold, untrusted } from './holds.ts';
import { inUse } from './in-use.ts';
import { mirrorStep } from './mirrors.ts';
import { observeVolume, volumeIndex } from './observed-volume.ts';
import type { Step } from './plan.ts';

type Volume = ResourceRecord<'volume'>;
type Spec = RecordedSpec<'volume'>;

export type MirrorVerb = 'pause' | 'resume' | 'split';

export const isMirrorVerb = (verb: string): verb is MirrorVerb => ['pause', 'resume', 'split'].includes(verb);

type Refuse = (what: string, fix: string) => void;

/** `verb`: also those of full copies; to detach is to split, the others are refused. */
export function drawMirrorVerb(draft: Draft, verb: string, copy: VersionedRecord<'volume'>): void {
  const { record } = copy;
  const address = addressOf(record);
  const refuse: Refuse = (what, fix) =>
    draft.error({ code: 'COPRHD-PLAN-009', summary: `${address} ${what}`, fix, address });
  if (!isFollowing(record)) {
    if (record.kind === 'volume' && record.spec.continuous && verb === 'split') draft.unchanged++;
    else refuse(record.spec.continuous ? 'follows nobody any more' : 'is no continuous copy', 'coprhd copy list');
    return;
  }
  const source = nameOf(draft, record.spec.copyOf!);
  if (verb === 'restore') {
    refuse(`follows ${source}: it is not restored from`, `restore a snapshot or a full copy of ${source}`);
  } else if (verb === 'resynchronise') {
    refuse(`follows ${source} by itself`, `where it is paused: coprhd copy resume ${address}`);
  } else drawOn(draft, verb === 'detach' ? 'split' : (verb as MirrorVerb), copy, refuse);
}

function drawOn(draft: Draft, verb: MirrorVerb, copy: VersionedRecord<'volume'>, refuse: Refuse): void {
  const { record } = copy;
  const source =
    draft.get<'volume'>(record.spec.copyOf!) ?? draft.input.view.get<'volume'>(record.spec.copyOf!)?.record;
  const target = { address: addressOf(record), urn: record.urn, node: { kind: 'volume' as const } };
  const held = source ? whyHeld(draft, record, source, verb) : undefined;
  if (held) {
    hold(draft, target, 'invoke', held);
    return;
  }
  const { device } = record.status;
  const system = device && draft.get<'storageSystem'>(device.system);
  if (!source || !device || !system) {
    refuse('follows what is gone', `coprhd show ${target.address}`);
    return;
  }
  const seen = volumeIndex(draft, system).get(device.nativeId)?.mirror;
  if (seen && seen.source !== source.status.device?.nativeId) {
    refuse(`follows ${seen.source} on ${system.name}, and not ${source.name}`, `coprhd drift; split it on the device`);
    return;
  }
  const drawn = DRAW[verb](record, seen, refuse);
  if (drawn === 'refused') return;
  if (drawn === 'nothing') draft.unchanged++;
  else addUnit(draft, copy, source, { ...drawn, verb });
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
  const address = addressOf(record);
  const phase = phaseHold({ address }, record) ?? phaseHold({ address: addressOf(source) }, source);
  if (phase) return phase;
  const { device } = record.status;
  const system = device && draft.get<'storageSystem'>(device.system);
  const seen = system && draft.observation(system);
  if (!device || !system || seen?.observation.trust.level !== 'whole') {
    return untrusted({ address }, system?.name ?? 'its storage system', seen?.observation.trust.why);
  }
  const pool = device.pool && draft.get<'pool'>(device.pool);
  const manage = notManageable(draft, system, pool ? pool.spec.nativeId : undefined);
  if (manage) return manage;
  // Split on the device already, it is only recorded, whatever became of its source.
  const isSplit = volumeIndex(draft, system).get(device.nativeId)?.mirror === undefined;
  const held = [record, ...(verb === 'split' && isSplit ? [] : [source])]
    .map((each) => observeVolume(draft, each))
    .find((each) => each.hold !== undefined);
  if (held) return held.hold;
  return verb === 'resume' ? inUse(draft, record, system, verb) : undefined;
}

function addUnit(
  draft: Draft,
  copy: VersionedRecord<'volume'>,
  source: Volume,
  { verb, spec, onDevice, reason, reversible }: Drawn & { readonly verb: MirrorVerb },
): void {
  const { record } = copy;
  const target = { address: addressOf(record), urn: record.urn, node: { kind: 'volume' as const } };
  const { system } = record.status.device!;
  // What is so already may have been made so by somebody who takes it back meanwhile: the step looks. Only to split there is no way back.
  const steps: Step[] =
    onDevice || verb !== 'split'
      ? [mirrorStep(`mirror.${verb}`, 's1', system, { source: source.urn, target: record.urn })]
      : [];
  draft.addUnit({
    id: draft.nextUnitId(),
    address: target.address,
    urn: target.urn,
    action: 'invoke',
    dependsOn: [],
    writes: [liveWrite(draft, copy, { ...record, spec })],
    steps,
    shared: [source.urn, system],
    reservations: [],
    releases: [],
  });
  draft.changes.push(
    makeChange(target, {
      action: 'invoke',
      reason: onDevice ? reason : `${verb}: so it is on ${nameOf(draft, system)} already; that is recorded`,
      facts: { verb, from: addressOf(source), system: nameOf(draft, system) },
      reversible: reversible || !onDevice,
    }),
  );
}
