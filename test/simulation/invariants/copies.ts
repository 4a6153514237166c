/**
 * Data, as far as snapshots and copies have to do with them: what each volume must hold is known from what hosts wrote and from the
 * work that came to its end; what one set holds is of one moment; what is overwritten was kept first; who sees what beside what.
 */

import { contentAt } from '../../../drivers/simulator/copies.ts';
import type { Request } from '../../../drivers/simulator/messages.ts';
import type { StoredMask, StoredVolume } from '../../../drivers/simulator/objects.ts';
import { isLive, type ResourceRecord } from '../../../src/engine/model/record.ts';
import type { Plan, Unit } from '../../../src/engine/planner/plan.ts';
import type { Operation } from '../../../src/engine/state/store.ts';
import type { UnitEntry, WorkflowRecord } from '../../../src/engine/workflow/types.ts';
import type { Incarnation } from '../world/incarnation.ts';
import type { Change } from '../world/noting-kv.ts';
import type { SimArray } from '../world/sim-array.ts';
import { checkBeside } from './copies-beside.ts';
import { isTaking } from './full-copies.ts';
import type { Monitor } from './monitor.ts';
import { approvalOf, urnsOf } from './mutations.ts';

/** Neither one thing nor the other: what a volume holds while it is being overwritten, and where that was cut off. */
export const HALF = 'undefined';

interface Started {
  readonly where: string;
  /** What the source held when the copy began, the last time that it did. */
  readonly content: string | undefined;
  /** Of a source that people have changed by hand. */
  readonly isExcused: boolean;
}

export class CopyWatch {
  readonly #monitor: Monitor;
  /** `array/native id` of volumes → what they hold when nobody is at work on them. */
  readonly #holds = new Map<string, string | undefined>();
  /** `array/native id` of snapshots → at which moment each was taken: each write and each change of an array is one. */
  readonly #takenAt = new Map<string, number>();
  /** By the id that the plan gave the copy. */
  readonly #started = new Map<string, Started>();
  #moment = 0;

  constructor(monitor: Monitor) {
    this.#monitor = monitor;
  }

  /** A host wrote to a volume. */
  onWrite(array: SimArray, { id }: StoredVolume, content: string): void {
    this.#moment++;
    this.#holds.set(`${array.name}/${id}`, content);
    this.#monitor.fullCopies.onWrite(`${array.name}/${id}`);
  }

  /** It followed another volume until now. */
  onSplit(where: string, content: string | undefined): void {
    this.#holds.set(where, content);
  }

  afterMutation(process: Incarnation, array: SimArray, request: Request, changes: readonly Change[]): void {
    if (!this.#monitor.world.options.copies) return;
    this.#moment++;
    for (const { key, before, after } of changes) {
      if (key.startsWith('mask/') && after !== undefined) {
        if (process.state !== 'dead') checkBeside(this.#monitor, process, array, JSON.parse(after) as StoredMask);
        continue;
      }
      if (!key.startsWith('volume/')) continue;
      const was = before === undefined ? undefined : (JSON.parse(before) as StoredVolume);
      const is = after === undefined ? undefined : (JSON.parse(after) as StoredVolume);
      const where = `${array.name}/${(was ?? is)!.id}`;
      if (is?.snapshot && !was) this.#takenAt.set(where, this.#moment);
      if (was?.snapshot && is) this.#neverChanges(process, request, where, was, is);
      if (is?.copy && (is.copy.id !== was?.copy?.id || is.copy.startedMs !== was.copy.startedMs)) {
        this.#overwritten(process, array, request, was, is);
      }
      if (was?.snapshot && !is) this.#expired(process, request, was);
    }
  }

  #neverChanges({ name }: Incarnation, request: Request, where: string, was: StoredVolume, is: StoredVolume): void {
    if (was.content === is.content && is.snapshot?.takenAtMs === was.snapshot?.takenAtMs && !is.copy) return;
    this.#monitor.world.violate(
      'snapshots-never-change',
      `${name}: ${request.operation} changed what ${where} (${was.name}) holds: ${was.content}, now ${is.content}`,
    );
  }

  /** A copy onto the volume has begun. What it held is in one of our snapshots, unless it is being made. */
  #overwritten(
    { name }: Incarnation,
    array: SimArray,
    request: Request,
    was: StoredVolume | undefined,
    is: StoredVolume,
  ): void {
    const { id, content } = is.copy!;
    const where = `${array.name}/${is.id}`;
    const { from } = request.args as { readonly from?: { readonly nativeId: string } };
    this.#started.set(id, { where, content, isExcused: this.#isLost(`${array.name}/${from?.nativeId}`) });
    const nowMs = this.#monitor.world.scheduler.nowMs;
    const held = was && contentAt(array.kv, was, nowMs);
    if (held === undefined || held === HALF || this.#isLost(where)) return;
    const kept = (is.snapshots ?? []).some((snapshot) => {
      const text = array.texts.get(`volume/${snapshot}`);
      return text !== undefined && (JSON.parse(text) as StoredVolume).content === held;
    });
    // A put-back begun after the copy had come to its end: what goes is what the copy brought.
    if (kept || held !== this.#holds.get(where)) return;
    this.#monitor.world.violate(
      'kept-first',
      `${name} overwrites ${where} (${is.name}), and no snapshot has its ${held}`,
    );
  }

  /** By a run of policies: so many newer ones of its volume stay. */
  #expired(process: Incarnation, request: Request, was: StoredVolume): void {
    const { state, world, restored } = this.#monitor;
    const urn = this.#monitor.ourUrn(was);
    if (urn === undefined || process.state === 'dead' || restored || request.operation !== 'deleteVolume') return;
    const record = state.record(urn) as ResourceRecord<'snapshot'> | undefined;
    const by = record?.spec.policy;
    const approval = approvalOf(this.#monitor, process, urnsOf(request));
    // Neither what people remove nor an undo of what was just taken.
    if (!record || !by || approval?.plan.operation !== 'snapshot run' || record.status.phase === 'creating') return;
    const policy = state.record(by.urn) as ResourceRecord<'snapshotPolicy'>;
    const newer = state.recordsOf('snapshot').filter(({ urn: other, spec, status }) => {
      if (other === urn || spec.volume !== record.spec.volume || spec.policy?.urn !== by.urn) return false;
      return status.phase === 'ready' && status.device !== undefined && spec.policy.momentMs > by.momentMs;
    });
    if (newer.length >= policy.spec.keep) return;
    world.violate(
      'retention-keeps',
      `${process.name} removed ${record.name}: only ${newer.length} newer ones are there, ${policy.name} keeps ${policy.spec.keep}`,
    );
  }

  /** People changed it by hand, or the state does not know it as it is. */
  #isLost(where: string): boolean {
    const { touched, forgotten, lied, restored } = this.#monitor;
    return restored || touched.has(where) || forgotten.has(where) || lied.has(where);
  }

  beforeStored(operations: readonly Operation[]): void {
    const { state, world } = this.#monitor;
    if (!world.options.copies || state.value('m/importing') !== undefined) return;
    for (const operation of operations) {
      if (operation.type !== 'put') continue;
      const [, workflowId, unitId] = /^wj\/([^/]+)\/([^/]+)\/~state$/.exec(operation.key) ?? [];
      if (workflowId === undefined) continue;
      const entry = JSON.parse(operation.value) as UnitEntry;
      if (entry.state !== 'done' && entry.state !== 'undone') continue;
      const workflow = state.value(`w/${workflowId}`);
      const plan = workflow === undefined ? undefined : state.plan(JSON.parse(workflow) as WorkflowRecord);
      const unit = plan?.units.find(({ id }) => id === unitId);
      if (!plan || !unit) continue;
      this.#ended(plan, unit, entry.state);
      if (entry.state === 'done') this.#monitor.mirrors.onDone(unit);
    }
  }

  #ended(plan: Plan, unit: Unit, state: 'done' | 'undone'): void {
    for (const step of unit.steps) {
      if (isTaking(step) && state === 'done') {
        for (const { snapshot } of step.args.members) this.#ofOneMoment(setOf(plan, snapshot));
      }
      if (step.kind !== 'volume.copy') continue;
      const { to, copy, putBack } = step.args;
      const started = this.#started.get(copy);
      if (state === 'done') this.#copied(unit, to, started);
      else if (putBack !== undefined && started)
        this.#isAsKnown(to, started.where, `after "${step.args.summary}" was undone`);
    }
  }

  #ofOneMoment(urns: ReadonlySet<string>): void {
    const there = new Map<number, string>();
    for (const array of this.#monitor.world.arrays.values()) {
      for (const [key, text] of array.texts) {
        if (!key.startsWith('volume/')) continue;
        const volume = JSON.parse(text) as StoredVolume;
        const where = `${array.name}/${volume.id}`;
        const urn = volume.snapshot && this.#monitor.ourUrn(volume);
        const moment = this.#takenAt.get(where);
        if (urn === undefined || moment === undefined || !urns.has(urn) || this.#isLost(where)) continue;
        there.set(moment, volume.name);
      }
    }
    if (there.size <= 1) return;
    const names = [...there.values()].join(' and ');
    this.#monitor.world.violate('sets-are-of-one-moment', `${names} are of one set and were taken one after the other`);
  }

  /** It holds from now on what its source held when the copy began. */
  #copied({ address }: Unit, to: string, started: Started | undefined): void {
    if (!started) {
      if (this.#monitor.restored) return;
      this.#monitor.world.violate('data-are-as-known', `${address} is done, and nothing was copied to ${to}`);
      return;
    }
    const { where, content, isExcused } = started;
    this.#holds.set(where, content);
    if (content === HALF && !isExcused && !this.#isLost(where)) {
      this.#monitor.world.violate(
        'data-are-as-known',
        `${address} was filled from what was half one and half the other`,
      );
    }
    this.#isAsKnown(to, where, 'once it was copied');
  }

  #isAsKnown(urn: string, where: string, when: string): void {
    if (this.#isLost(where)) return;
    const [name, id] = where.split('/') as [string, string];
    const array = this.#monitor.world.arrays.get(name)!;
    const text = array.texts.get(`volume/${id}`);
    const volume = text === undefined ? undefined : (JSON.parse(text) as StoredVolume);
    // What follows another volume holds what that one does.
    if (!volume || volume.mirror || this.#monitor.ourUrn(volume) !== urn) return;
    const is = contentAt(array.kv, volume, this.#monitor.world.scheduler.nowMs);
    const wanted = this.#holds.get(where);
    if (is === wanted) return;
    this.#monitor.world.violate('data-are-as-known', `${volume.name} (${where}) holds ${is} ${when}, not ${wanted}`);
  }

  /** Between operations. */
  check(): void {
    if (!this.#monitor.world.options.copies || this.#monitor.restored) return;
    for (const { urn, status, claim, ...record } of this.#monitor.state.recordsOf('volume')) {
      if (!isLive({ urn, status, ...record }) || claim || !status.device || status.phase === 'suspect') continue;
      const where = `${this.#monitor.arrayOf(status.device.system)}/${status.device.nativeId}`;
      this.#isAsKnown(urn, where, 'and nobody is at work on it');
    }
    this.#oneEachMoment();
  }

  #oneEachMoment(): void {
    const seen = new Set<string>();
    for (const record of this.#monitor.state.recordsOf('snapshot')) {
      const { policy, volume } = record.spec;
      if (!policy || !isLive(record)) continue;
      const key = `${policy.urn} ${volume} ${policy.momentMs}`;
      if (seen.has(key)) this.#monitor.world.violate('one-a-moment', `${record.name} is there twice: ${key}`);
      seen.add(key);
    }
  }
}

/** With what a plan takes a snapshot: those of the same set and consistency group, in whatever units they are. */
function setOf({ units }: Plan, urn: string): ReadonlySet<string> {
  const taken = units.flatMap(({ action, writes }) =>
    writes.flatMap(({ final }) =>
      action === 'create' && final.kind === 'snapshot' ? [final as ResourceRecord<'snapshot'>] : [],
    ),
  );
  const of = taken.find((snapshot) => snapshot.urn === urn)?.spec;
  const same = taken.filter(
    ({ spec }) =>
      spec.consistencyGroup !== undefined && spec.consistencyGroup === of?.consistencyGroup && spec.set === of.set,
  );
  return new Set(same.map((snapshot) => snapshot.urn));
}
