/**
 * Continuous copies: who sees what follows, who may let it follow, go on or be split, and what it holds then. What people do to one on the
 * array is theirs; what we make of it afterwards is not.
 */

import { contentAt } from '../../../drivers/simulator/copies.ts';
import type { Request } from '../../../drivers/simulator/messages.ts';
import {
  copiedBytesAt,
  type StoredMask,
  type StoredMirror,
  type StoredVolume,
} from '../../../drivers/simulator/objects.ts';
import { type FollowingPair, isFollowing } from '../../../src/engine/model/following.ts';
import { isLive, type ResourceRecord } from '../../../src/engine/model/record.ts';
import type { Step, Unit } from '../../../src/engine/planner/plan.ts';
import type { WorkflowRecord } from '../../../src/engine/workflow/types.ts';
import type { Incarnation } from '../world/incarnation.ts';
import type { Change } from '../world/noting-kv.ts';
import type { SimArray } from '../world/sim-array.ts';
import { MIB } from '../world/topology.ts';
import { HALF } from './copies.ts';
import type { Monitor } from './monitor.ts';

type Volume = ResourceRecord<'volume'>;

/** A person at the array. */
const BY_HAND = 'by hand';

interface Paused {
  readonly content: string | undefined;
  /** Workflow, or BY_HAND. */
  readonly by: string;
  readonly atMs: number;
}

const parsed = <T>(text: string | undefined): T | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as T);

const isPaused = (volume: StoredVolume | undefined): boolean => volume?.mirror?.pausedBytes !== undefined;

const mirrorsOf = (step: Step): readonly (FollowingPair & { readonly kind: Step['kind'] })[] => {
  if (step.kind === 'mirror.pause') return step.args.pairs.map((pair) => ({ kind: step.kind, ...pair }));
  if (step.kind !== 'mirror.begin' && step.kind !== 'mirror.resume' && step.kind !== 'mirror.split') return [];
  return [{ kind: step.kind, ...step.args }];
};

export class MirrorWatch {
  readonly #monitor: Monitor;
  /** `array/native id` of what is paused. */
  readonly #paused = new Map<string, Paused>();
  /** `array/native id` of what people let follow, paused, resumed or split on the array, the last time that it changed. */
  readonly byHand = new Set<string>();

  constructor(monitor: Monitor) {
    this.#monitor = monitor;
  }

  get #isOn(): boolean {
    const { copies } = this.#monitor.world.options;
    return copies ? !!copies.mirrors : false;
  }

  #violate(invariant: string, message: string): void {
    this.#monitor.world.violate(invariant, message);
  }

  onHand(array: SimArray, changes: readonly Change[]): void {
    if (!this.#isOn) return;
    for (const { key, before, after } of changes) {
      if (!key.startsWith('volume/')) continue;
      const [was, is] = [parsed<StoredVolume>(before), parsed<StoredVolume>(after)];
      if (JSON.stringify(was?.mirror) === JSON.stringify(is?.mirror)) continue;
      const where = `${array.name}/${(was ?? is)!.id}`;
      this.byHand.add(where);
      this.#note(array, where, was, is, BY_HAND);
    }
  }

  afterMutation(process: Incarnation, array: SimArray, request: Request, changes: readonly Change[]): void {
    if (!this.#isOn) return;
    for (const { key, before, after } of changes) {
      if (key.startsWith('mask/')) {
        this.#shown(process, array, parsed<StoredMask>(before), parsed<StoredMask>(after));
        continue;
      }
      if (!key.startsWith('volume/')) continue;
      const [was, is] = [parsed<StoredVolume>(before), parsed<StoredVolume>(after)];
      this.#sourceStays(process, array, was, is);
      this.#madeOfIt(process, array, request, was, is);
      if (JSON.stringify(was?.mirror) === JSON.stringify(is?.mirror) && !isPaused(is)) continue;
      const where = `${array.name}/${(was ?? is)!.id}`;
      if (is?.mirror && is.mirror.source !== was?.mirror?.source) this.#begins(process, array, is);
      else if (is?.mirror && isPaused(was) && !isPaused(is)) this.#resumed(process, where, is);
      if (was?.mirror && is && !is.mirror) this.#isSplit(process, array, was, is);
      this.#note(array, where, was, is, this.#workflowThatHas(is ?? was!)?.id ?? '');
    }
  }

  /** What it holds from now on. */
  #note(array: SimArray, where: string, was: StoredVolume | undefined, is: StoredVolume | undefined, by: string): void {
    const atMs = this.#monitor.world.scheduler.nowMs;
    if (!is || !isPaused(is)) this.#paused.delete(where);
    else if (!isPaused(was)) this.#paused.set(where, { content: contentAt(array.kv, is, atMs), by, atMs });
    if (was?.mirror && is && !is.mirror) this.#monitor.copies.onSplit(where, contentAt(array.kv, is, atMs));
  }

  #workflowThatHas(volume: StoredVolume): WorkflowRecord | undefined {
    const { state } = this.#monitor;
    const urn = this.#monitor.ourUrn(volume);
    return urn === undefined ? undefined : state.workflows().find(({ id }) => state.isClaimed(urn, id));
  }

  #shown({ name }: Incarnation, array: SimArray, was: StoredMask | undefined, is: StoredMask | undefined): void {
    if (!is || this.#monitor.ourUrn(is) === undefined) return;
    const before = new Set(was?.mappings.map(({ volume }) => volume));
    for (const { volume: id } of is.mappings) {
      const volume = parsed<StoredVolume>(array.texts.get(`volume/${id}`));
      if (before.has(id) || !volume?.mirror) continue;
      const who = is.initiators.join(' and ');
      this.#violate(
        'nobody-sees-what-follows',
        `${name} shows ${who} ${volume.name} (${array.name}/${id}), which follows ${volume.mirror.source}`,
      );
    }
  }

  #sourceStays({ name }: Incarnation, array: SimArray, was: StoredVolume | undefined, is: StoredVolume | undefined) {
    const followers = (is ?? was)?.mirrors ?? [];
    if (!was || followers.length === 0) return;
    if (!is) {
      this.#violate(
        'what-is-followed-stays',
        `${name} deleted ${was.name} (${array.name}/${was.id}), which ${followers.join(' and ')} follow`,
      );
    } else if (is.sizeBytes > was.sizeBytes) {
      const small = followers.filter(
        (id) => parsed<StoredVolume>(array.texts.get(`volume/${id}`))!.sizeBytes < is.sizeBytes,
      );
      if (small.length === 0) return;
      this.#violate('what-is-followed-stays', `${name} let ${is.name} outgrow ${small.join(' and ')}, which follow it`);
    }
  }

  /** Neither a snapshot nor a copy, of it or onto it. */
  #madeOfIt(
    { name }: Incarnation,
    array: SimArray,
    request: Request,
    was: StoredVolume | undefined,
    is: StoredVolume | undefined,
  ): void {
    const stored = (id: string | undefined) => parsed<StoredVolume>(array.texts.get(`volume/${id}`));
    const taken = is?.snapshot && !was ? stored(is.snapshot.source) : undefined;
    const { from } = request.args as { readonly from?: { readonly nativeId: string } };
    const copied = is?.copy && is.copy.id !== was?.copy?.id ? [stored(from?.nativeId), was] : [];
    const following = [taken, ...copied].find((volume) => volume?.mirror !== undefined);
    // What people let follow in that moment is theirs.
    if (!following || this.byHand.has(`${array.name}/${following.id}`)) return;
    this.#violate(
      'nothing-is-made-of-what-follows',
      `${name}: ${request.operation} with ${following.name} (${array.name}/${following.id}), which follows ${following.mirror!.source}`,
    );
  }

  /** What somebody was told of is never overwritten so: whoever sent that, and however late it arrives. */
  #begins({ name }: Incarnation, array: SimArray, is: StoredVolume): void {
    const urn = this.#monitor.ourUrn(is);
    const known = urn === undefined ? undefined : this.#monitor.acknowledged.get(urn);
    if (known?.nativeId !== is.id || known.array !== array.name) return;
    this.#violate(
      'acknowledged-never-begins-to-follow',
      `${name} lets ${is.name} (${array.name}/${is.id}) follow ${is.mirror!.source}: it was acknowledged before that`,
    );
  }

  /** By a plan that says so, or to undo a pause of the same plan. */
  #resumed(process: Incarnation, where: string, is: StoredVolume): void {
    const paused = this.#paused.get(where);
    const urn = this.#monitor.ourUrn(is);
    // As long as a call of the dead may arrive, people may pause what it resumes.
    if (!paused || (process.state === 'dead' && paused.by === BY_HAND)) return;
    const workflow = this.#workflowThatHas(is);
    const plan = workflow && this.#monitor.state.plan(workflow);
    // What an older state, that was put back, had begun is of before the pause.
    const isOld = plan !== undefined && plan.epoch < Number(this.#monitor.state.value('m/epoch') ?? 0);
    if (workflow && plan && !isOld && this.#monitor.approvals.has(plan.id)) {
      for (const unit of plan.units) {
        for (const step of unit.steps) {
          const own = mirrorsOf(step).find(({ target }) => target === urn);
          if (own && this.#mayResume(workflow, unit, own.kind, paused)) return;
        }
      }
    }
    this.#violate(
      'paused-stays-as-it-is',
      `${process.name} resumed ${is.name} (${where}), which ${paused.by} paused, and no plan says so`,
    );
  }

  #mayResume(workflow: WorkflowRecord, unit: Unit, kind: string, paused: Paused): boolean {
    const entry = this.#monitor.state.unit(workflow.id, unit.id);
    const undoing = entry?.state === 'undoing' || entry?.direction === 'undo';
    // Also when it is being undone: what was sent before may still arrive, which an undo waits for.
    if (kind === 'mirror.begin' || kind === 'mirror.resume') return true;
    if (kind !== 'mirror.pause' || !undoing) return false;
    // Somebody's pause in the middle of ours can't be told from ours.
    return paused.by === workflow.id || (paused.by === BY_HAND && paused.atMs >= workflow.createdAtMs);
  }

  #isSplit({ name }: Incarnation, array: SimArray, was: StoredVolume, is: StoredVolume): void {
    const { world } = this.#monitor;
    const { nowMs } = world.scheduler;
    if (this.#isWhole(was.mirror!, nowMs)) {
      const source = `${array.name}/${was.mirror!.source}`;
      const content = contentAt(array.kv, is, nowMs);
      if (content !== HALF || this.#isExcused(source) || this.byHand.has(`${array.name}/${is.id}`)) return;
      this.#violate(
        'only-what-is-whole-is-split',
        `${name} split ${is.name} (${array.name}/${is.id}) while its source was half one and half the other`,
      );
      return;
    }
    this.#violate(
      'only-what-is-whole-is-split',
      `${name} split ${is.name} (${array.name}/${is.id}), which was not in sync: it holds neither`,
    );
  }

  #isWhole(mirror: StoredMirror, nowMs: number): boolean {
    const { copies } = this.#monitor.world.options;
    const bytesPerSecond = (copies ? copies.mibPerSecond : 0) * MIB;
    return (mirror.pausedBytes ?? copiedBytesAt(mirror, bytesPerSecond, nowMs)) === mirror.bytes;
  }

  /** What people did by hand or lists left out, or the state can't know. */
  #isExcused(where: string): boolean {
    const { touched, forgotten, lied, restored } = this.#monitor;
    return restored || touched.has(where) || forgotten.has(where) || lied.has(where);
  }

  /** A unit has ended well: what began to follow is in sync by then. */
  onDone({ steps }: Unit): void {
    if (!this.#isOn || this.#monitor.restored) return;
    for (const mirror of steps.flatMap(mirrorsOf)) {
      if (mirror.kind !== 'mirror.begin' && mirror.kind !== 'mirror.resume') continue;
      const found = this.#stored(this.#monitor.state.record(mirror.target) as Volume | undefined);
      if (!found || this.byHand.has(found.where) || this.#isExcused(found.where)) continue;
      const state = found.volume.mirror;
      if (state && this.#isWhole(state, this.#monitor.world.scheduler.nowMs)) continue;
      this.#violate(
        'what-follows-holds-the-same',
        `"${mirror.kind}" is done, and ${found.volume.name} (${found.where}) is not in sync`,
      );
    }
  }

  #stored(record: Volume | undefined): { array: SimArray; where: string; volume: StoredVolume } | undefined {
    const device = record?.status.device;
    const array = device && this.#monitor.world.arrays.get(this.#monitor.arrayOf(device.system));
    const volume = array && parsed<StoredVolume>(array.texts.get(`volume/${device!.nativeId}`));
    if (!array || !volume || this.#monitor.ourUrn(volume) !== record!.urn) return undefined;
    return { array, where: `${array.name}/${volume.id}`, volume };
  }

  /** Between operations. */
  check(): void {
    if (!this.#isOn || this.#monitor.restored || this.#monitor.restoring) return;
    for (const record of this.#monitor.state.recordsOf('volume')) {
      const found = isLive(record) && !record.claim ? this.#stored(record) : undefined;
      if (!found || record.status.phase === 'suspect') continue;
      this.#pausedIsTheSame(found);
      if (this.byHand.has(found.where) || this.#isExcused(found.where)) continue;
      const why = this.differenceOf(record, found.volume);
      if (why !== undefined) {
        this.#violate('mirrors-are-as-recorded', `${record.name} (${found.where}) ${why}, and nobody is at work on it`);
      } else this.#holdsTheSame(record, found);
    }
    this.#noneIsExported();
  }

  #pausedIsTheSame({ array, where, volume }: { array: SimArray; where: string; volume: StoredVolume }): void {
    const paused = this.#paused.get(where);
    const is = contentAt(array.kv, volume, this.#monitor.world.scheduler.nowMs);
    if (!paused || paused.content === is) return;
    this.#violate(
      'paused-stays-as-it-is',
      `${volume.name} (${where}) was paused with ${paused.content} and holds ${is}`,
    );
  }

  #holdsTheSame(record: Volume, { array, where, volume }: { array: SimArray; where: string; volume: StoredVolume }) {
    const { nowMs } = this.#monitor.world.scheduler;
    const { mirror } = volume;
    if (!mirror || isPaused(volume) || !this.#isWhole(mirror, nowMs)) return;
    const source = this.#stored(this.#monitor.state.record(record.spec.copyOf!) as Volume | undefined);
    if (!source || this.#isExcused(source.where)) return;
    const [is, wanted] = [contentAt(array.kv, volume, nowMs), contentAt(source.array.kv, source.volume, nowMs)];
    if (is === wanted) return;
    this.#violate(
      'what-follows-holds-the-same',
      `${volume.name} (${where}) holds ${is}, ${source.volume.name} holds ${wanted}`,
    );
  }

  /** How the array differs from the record; undefined: not at all, or what it is compared with isn't there. */
  differenceOf(record: Volume, { mirror }: StoredVolume): string | undefined {
    if (!isFollowing(record)) return mirror && `follows ${mirror.source} and is recorded as a volume of its own`;
    if (!mirror) return 'follows nobody and is recorded as following';
    const source = this.#stored(this.#monitor.state.record(record.spec.copyOf!) as Volume | undefined);
    if (source && source.volume.id !== mirror.source)
      return `follows ${mirror.source}, recorded is ${source.volume.id}`;
    const paused = mirror.pausedBytes !== undefined;
    if (paused === (record.spec.paused ?? false)) return undefined;
    return paused ? 'is paused and not recorded so' : 'is recorded as paused and is not';
  }

  #noneIsExported(): void {
    for (const { spec, status, name } of this.#monitor.state.recordsOf('lunMap')) {
      const record = status.phase === 'ready' ? (this.#monitor.state.record(spec.volume) as Volume) : undefined;
      if (!record || !isLive(record) || !isFollowing(record)) continue;
      this.#violate('nobody-sees-what-follows', `${name} shows ${record.name}, which is recorded as following`);
    }
  }

  /** URNs of what differs from its record once nothing goes on any more; people must have done that, and drift says so. */
  differing(): Map<string, string> {
    const found = new Map<string, string>();
    if (!this.#isOn || this.#monitor.restored) return found;
    for (const record of this.#monitor.state.recordsOf('volume')) {
      const { phase } = record.status;
      if (!isLive(record) || record.claim || (phase !== 'ready' && phase !== 'quarantined')) continue;
      const stored = this.#stored(record);
      const why = stored && this.differenceOf(record, stored.volume);
      if (why !== undefined) found.set(record.urn, `${record.name} (${stored!.where}) ${why}`);
    }
    return found;
  }
}
