/**
 * Continuous copies: volumes that follow another one until they are split from it. They are full copies that are never done:
 * placed, counted and removed as those are; what is different is here.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { groupBy } from '../../lib/group-by.ts';
import type { Capability, VolumeObservation } from '../driver/contract.ts';
import { type FollowingPair, follows, isFollowing } from '../model/following.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import { formatSize } from '../model/size.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import type { Draft, Target } from './draft.ts';
import { nameOf } from './holds.ts';
import { volumeIndex } from './observed-volume.ts';
import type { Action, Step } from './plan.ts';

type Volume = ResourceRecord<'volume'>;
type Spec = RecordedSpec<'volume'>;

/** Those that follow a volume, as this plan will leave them. */
export function followersOf(draft: Draft, source: Urn): Volume[] {
  return draft.input.view
    .inScope('volume', uuidOf(source))
    .filter(({ record }) => isLive(record) && !draft.isRemoved(record.urn))
    .map(({ record }) => draft.get<'volume'>(record.urn) ?? record)
    .filter(({ spec, status }) => spec.copyOf === source && follows(spec) && status.phase !== 'quarantined');
}

/** Says what is wrong with it; undefined = nothing. `before`: as it is recorded. */
export function mirrorProblem(draft: Draft, target: Target, spec: Spec, before: Spec | undefined): boolean {
  const refuse = (field: string, summary: string, fix: string): true => {
    const span = target.node.spanOf([field]);
    draft.error({ code: 'COPRHD-PLAN-009', summary, fix, span, address: target.address });
    return true;
  };
  const { address } = target;
  if (before && (before.continuous ?? false) !== (spec.continuous ?? false)) {
    if (spec.continuous) {
      const what = before.copyOf === undefined ? 'has data of its own' : 'is a copy of its own';
      return refuse('continuous', `${address} ${what}: it does not begin to follow`, 'declare a new volume that does');
    }
    if (before.detached) return false;
    const fix = `coprhd copy split ${address}, then remove \`copyOf\` and \`continuous\``;
    return refuse('copyOf', `${address} follows ${nameOf(draft, before.copyOf!)} still`, fix);
  }
  if (!spec.continuous || before?.detached) return false;
  const field = (['consistencyGroup', 'snapshotPolicy'] as const).find((key) => spec[key] !== undefined);
  if (field === undefined) return false;
  const what = field === 'consistencyGroup' ? 'is in no consistency group' : 'has no snapshots of its own';
  return refuse(field, `${address} follows ${nameOf(draft, spec.copyOf!)}, and ${what}`, `leave out \`${field}\``);
}

/** Where what a new copy is of has a place: whether it can be copied. Undefined = it can. */
export function sourceProblem(
  draft: Draft,
  target: Pick<Target, 'address' | 'urn'>,
  spec: Spec,
): Omit<Diagnostic, 'severity'> | undefined {
  const { address } = target;
  const source = spec.copyOf === undefined ? undefined : draft.get<'volume'>(spec.copyOf);
  if (source?.kind !== 'volume') return undefined;
  if (isFollowing(source)) {
    const origin = nameOf(draft, source.spec.copyOf!);
    return {
      code: 'COPRHD-PLAN-009',
      summary: `${address} can't be a copy of ${source.name}, which follows ${origin} itself`,
      fix: `make it a copy of ${origin}, or split ${source.name} first: coprhd copy split ${addressOf(source)}`,
      address,
    };
  }
  if (spec.sizeBytes >= source.spec.sizeBytes) return tooMany(draft, target, spec, source);
  return {
    code: 'COPRHD-PLAN-009',
    summary: `${address} is smaller than ${source.name}, which it shall be a copy of`,
    fix: `declare size: ${formatSize(source.spec.sizeBytes)} at least`,
    address,
  };
}

/** Its virtual pool may say how many follow a volume at most. */
function tooMany(
  draft: Draft,
  target: Pick<Target, 'address' | 'urn'>,
  spec: Spec,
  source: Volume,
): Omit<Diagnostic, 'severity'> | undefined {
  const pool = draft.get<'virtualPool'>(source.spec.virtualPool);
  const max = pool?.spec.continuousCopies?.max;
  if (max === undefined || !spec.continuous) return undefined;
  const there = followersOf(draft, source.urn).filter(({ urn }) => urn !== target.urn);
  const fresh = draft
    .targets('volume')
    .filter((each) => !each.recorded && isFollower(each))
    .filter((each) => draft.resolve(each, ['copyOf']) === source.urn);
  const nth = there.length + fresh.findIndex(({ urn }) => urn === target.urn) + 1;
  if (nth <= max) return undefined;
  return {
    code: 'COPRHD-PLAN-009',
    summary: `${target.address} would be the ${nth}. that follows ${source.name}; virtual pool ${pool!.name} allows ${max}`,
    fix: 'split or remove another one, or have an administrator raise `continuousCopies.max`',
    address: target.address,
  };
}

/** A volume does not outgrow what follows it. False when that was complained about. */
export function fitsFollowers(draft: Draft, target: Target, record: Volume, sizeBytes: number): boolean {
  const small = followersOf(draft, record.urn).filter(({ spec }) => spec.sizeBytes < sizeBytes);
  if (small.length === 0) return true;
  const names = small.map(addressOf);
  draft.error({
    code: 'COPRHD-PLAN-009',
    summary: `${target.address} can't grow to ${formatSize(sizeBytes)}: ${names.slice(0, 3).join(', ')} ${names.length === 1 ? 'follows it and is' : 'follow it and are'} smaller`,
    fix: `let what follows it grow first, or in the same plan; or split it: coprhd copy split ${names[0]}`,
    span: target.node.spanOf(['size']),
    address: target.address,
  });
  return false;
}

/** Declared so. What is only referred to (`existing`) says nothing of it. */
const isFollower = ({ node }: Target): boolean =>
  (node.spec as { readonly continuous?: boolean } | undefined)?.continuous === true;

/** Those that follow are looked at before what they follow: they grow first. */
export const followersFirst = (targets: readonly Target[]): readonly Target[] => {
  return targets.some(isFollower)
    ? [...targets.filter(isFollower), ...targets.filter((target) => !isFollower(target))]
    : targets;
};

export const capabilityFor = (spec: Pick<Spec, 'continuous'>): Capability => (spec.continuous ? 'mirrors' : 'copies');

export const mirrorStep = (
  kind: 'mirror.begin' | 'mirror.resume' | 'mirror.split',
  id: string,
  system: Urn,
  args: FollowingPair,
): Step => ({ id, system, form: kind === 'mirror.split' ? 'call' : 'job', kind, args });

/**
 * What has to do with copies and holds the removal of a volume: one that follows and would be left to itself; and on the device,
 * others that follow it, of which nothing is recorded here.
 */
export function mirrorHold(draft: Draft, record: Volume, address: string, action: Action): Diagnostic | undefined {
  const { device } = record.status;
  const system = device && draft.get<'storageSystem'>(device.system);
  if (!device || !system || action === 'forget') return undefined;
  const held = (summary: string, fix: string, detail?: string): Diagnostic => {
    const more = detail === undefined ? {} : { detail };
    return { code: 'COPRHD-HELD-004', severity: 'error', address, summary, ...more, fix };
  };
  const volumes = volumeIndex(draft, system);
  if (isFollowing(record) && action !== 'delete' && action !== 'purge') {
    const split = `split it first: coprhd copy split ${address}`;
    if (action === 'retain') return held(`${address} follows ${nameOf(draft, record.spec.copyOf!)} still`, split);
    const { percent = 100 } = volumes.get(device.nativeId)?.mirror ?? {};
    if (percent < 100) {
      const what = `${address} is ${percent} % in sync: there is nothing in it that could be kept`;
      return held(what, 'wait until it is in sync (coprhd copy list), or remove it with `onRemove: delete`');
    }
  }
  if (action !== 'delete' && action !== 'purge') return undefined;
  const ours = new Set(
    draft.input.view.inScope('volume', uuidOf(record.urn)).map(({ record: copy }) => copy.status.device?.nativeId),
  );
  const strangers = (followersSeen(volumes).get(device.nativeId) ?? []).filter(({ nativeId }) => !ours.has(nativeId));
  if (strangers.length === 0) return undefined;
  const names = strangers.map(({ name }) => name).join(', ');
  return held(`${address} is followed on ${system.name} by ${names}`, 'split these on the device', 'they are not ours');
}

type Seen = ReadonlyMap<string, VolumeObservation>;

const seenOf = new WeakMap<Seen, ReadonlyMap<string, readonly VolumeObservation[]>>();

/** By native id of what they follow. Sorted out once an observation, however many volumes are removed. */
function followersSeen(volumes: Seen): ReadonlyMap<string, readonly VolumeObservation[]> {
  const known = seenOf.get(volumes);
  if (known) return known;
  const found = groupBy(
    [...volumes.values()].filter(({ mirror }) => mirror !== undefined),
    ({ mirror }) => mirror!.source,
  );
  seenOf.set(volumes, found);
  return found;
}

/** Put into quarantine it holds what it held then, and what it followed is free of it. */
export function splitForQuarantine(draft: Draft, record: Volume): { steps: Step[]; spec: Spec } | undefined {
  const { device } = record.status;
  if (!device || !isFollowing(record)) return undefined;
  const system = draft.get<'storageSystem'>(device.system);
  const mirror = system && volumeIndex(draft, system).get(device.nativeId)?.mirror;
  const args = { source: record.spec.copyOf!, target: record.urn };
  const { paused: _paused, ...spec } = record.spec;
  return {
    steps: mirror ? [mirrorStep('mirror.split', 's2', device.system, args)] : [],
    spec: { ...spec, detached: true },
  };
}
