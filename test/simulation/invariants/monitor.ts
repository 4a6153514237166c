/**
 * Watches a run: every change of a device when it happens, every acknowledged result, and the whole estate between
 * operations. Each invariant is a small function in the files beside this one; here is what they have to remember.
 */

import type { Request, Response } from '../../../drivers/simulator/messages.ts';
import { readMark } from '../../../drivers/simulator/objects.ts';
import { isLive } from '../../../src/engine/model/record.ts';
import type { ApplyResult, ResultOf } from '../../../src/engine/operations/types.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import type { Operation, Txn } from '../../../src/engine/state/store.ts';
import type { Incarnation } from '../world/incarnation.ts';
import type { Change } from '../world/noting-kv.ts';
import type { SimArray } from '../world/sim-array.ts';
import type { World } from '../world/world.ts';
import { CopyWatch } from './copies.ts';
import { checkEstate } from './estate.ts';
import { FullCopyWatch } from './full-copies.ts';
import { HluWatch } from './hlus.ts';
import { MirrorWatch } from './mirrors.ts';
import { checkCaller, checkEffect } from './mutations.ts';
import { checkJournalWriter, checkMissing, checkPromise } from './promises.ts';
import { QuiesceWatch } from './quiescing.ts';
import { Repeats } from './repeats.ts';
import { checkNoSecret } from './secrets.ts';
import { StateView } from './state-view.ts';
import { ZoneWatch } from './zones.ts';

/** A plan that somebody agreed to, and what was agreed. */
export interface Approval {
  readonly plan: Plan;
  readonly replaceMissing: readonly string[];
  readonly confirmDestroy: number | undefined;
  /** Somebody vouches that hosts have let go. */
  readonly attested: boolean;
  readonly approvedAtMs: number;
}

/** Work of which somebody was told that it is done. */
export interface Acknowledged {
  readonly array: string;
  readonly nativeId: string;
  readonly wwn: string | undefined;
}

export class Monitor {
  readonly world: World;
  readonly state: StateView;
  readonly repeats: Repeats;
  readonly zones = new ZoneWatch(this);
  readonly hlus = new HluWatch(this);
  readonly copies = new CopyWatch(this);
  readonly mirrors = new MirrorWatch(this);
  readonly fullCopies = new FullCopyWatch(this);
  readonly quiescing = new QuiesceWatch(this);
  readonly approvals = new Map<string, Approval>();
  /** By URN. */
  readonly acknowledged = new Map<string, Acknowledged>();
  /** URNs whose end is in plans that were approved, with those plans; until they are known to have come to nothing. */
  readonly mayEnd = new Map<string, Set<string>>();
  /** `array/native id` of ours that a person changed or deleted by hand. */
  readonly touched = new Set<string>();
  /** `array/native id` that a list left out for a while, without saying so. */
  readonly lied = new Set<string>();
  /** `array/native id` that a state put back from a backup can't know any more; URNs of which it knows too much. */
  readonly forgotten = new Set<string>();
  /** Foreign objects that took the name of what was about to be made. */
  squats = 0;
  restored = false;
  /** From the first try to put a state back until it is known what that state can't know. */
  restoring = false;
  installation = '';
  checks = 0;

  constructor(world: World) {
    this.world = world;
    this.state = new StateView(world.store.mirror);
    this.repeats = new Repeats(world);
  }

  /** Marked as ours, on itself. */
  ourUrn(object: { readonly id: string; readonly tag?: string }): string | undefined {
    const mark = readMark(object.tag);
    return mark?.installation === this.installation && mark.nativeIdentity === object.id ? mark.urn : undefined;
  }

  approve(plan: Plan, agreed: Partial<Omit<Approval, 'plan' | 'approvedAtMs'>> = {}): void {
    const approvedAtMs = this.world.scheduler.nowMs;
    const nothing = { replaceMissing: [], confirmDestroy: undefined, attested: false };
    this.approvals.set(plan.id, { plan, approvedAtMs, ...nothing, ...agreed });
    for (const { urn, final } of plan.units.flatMap(({ writes }) => writes)) {
      if (final.status.phase !== 'deleted') continue;
      this.mayEnd.set(urn, (this.mayEnd.get(urn) ?? new Set()).add(plan.id));
    }
  }

  beforeMutation(process: Incarnation, array: SimArray, request: Request): void {
    checkCaller(this, process, array, request);
  }

  afterMutation(process: Incarnation, array: SimArray, request: Request, changes: readonly Change[]): void {
    checkEffect(this, process, array, request, changes);
    this.hlus.afterMutation(process, array, request, changes);
    this.copies.afterMutation(process, array, request, changes);
    this.fullCopies.afterMutation(process, array, request, changes);
    this.mirrors.afterMutation(process, array, request, changes);
    this.quiescing.afterMutation(process, array, request, changes);
  }

  /**
   * A call arrived a second time, before its answer was there. Where somebody deleted by hand in between what it had made, it makes
   * another one: no less by that hand, and an orphan.
   */
  onRepeated(array: SimArray, first: Response, changes: readonly Change[]): void {
    const made = first.ok ? (first.value as { readonly nativeId?: string } | undefined)?.nativeId : undefined;
    if (made === undefined || !this.touched.has(`${array.name}/${made}`)) return;
    for (const { key, before, after } of changes) {
      if (before !== undefined || after === undefined) continue;
      const [kind, id] = key.split('/');
      if (kind === 'volume' || kind === 'mask') this.touched.add(`${array.name}/${id}`);
    }
  }

  beforeStored(operations: readonly Operation[]): void {
    checkPromise(this, operations);
    this.hlus.beforeStored(operations);
    this.copies.beforeStored(operations);
    this.quiescing.beforeStored(operations);
  }

  /** A plan was shown to somebody. */
  onPlan(plan: Plan): void {
    checkMissing(this, plan);
  }

  /** A call leaves the process. */
  onSent(process: Incarnation, array: SimArray, request: Request): void {
    this.repeats.onCall(process, array, request);
  }

  /** A changing call ended without an answer that says what became of it. */
  onAmbiguous(process: Incarnation, array: SimArray, request: Request): void {
    this.repeats.onAmbiguous(process, array, request);
  }

  onRead(process: Incarnation, array: SimArray, request: Request): void {
    this.repeats.onRead(process, array, request);
  }

  onStored(process: Incarnation, txn: Txn): void {
    checkNoSecret(this, process, txn);
    checkJournalWriter(this, process, txn);
    if (process.state !== 'dead') return;
    const commits = txn.success.some(
      (operation) =>
        operation.type === 'put' && operation.key.startsWith('w/') && /"phase":"committed"/.test(operation.value),
    );
    if (commits) this.world.count('commit that arrives after its sender died');
  }

  /** Somebody was told how an apply ended. */
  onResult({ units, plan, workflow }: ApplyResult): void {
    // What was frozen or suspended goes on later, by somebody else perhaps.
    const isOpen = this.state.workflows().some(({ id }) => id === workflow);
    for (const { id, state } of units) {
      const unit = plan?.units.find((candidate) => candidate.id === id);
      if (!plan || !unit) continue;
      for (const { urn, final } of unit.writes) {
        if (final.kind !== 'volume' && final.kind !== 'snapshot') continue;
        if (state === 'done') this.#acknowledge(urn);
        else if (!isOpen && (state === 'undone' || state === 'not-started')) this.mayEnd.get(urn)?.delete(plan.id);
      }
    }
    checkEstate(this);
  }

  /** As `onResult`; what was left open may still come to its end, so nothing is known to have come to nothing. */
  onRun({ units, plan }: ResultOf<'snapshot.run'>): void {
    for (const unit of plan?.units ?? []) {
      if (!units.some(({ id, state }) => id === unit.id && state === 'done')) continue;
      for (const { urn } of unit.writes) this.#acknowledge(urn);
    }
    checkEstate(this);
  }

  #acknowledge(urn: string): void {
    const record = this.state.record(urn);
    const device = record && isLive(record) ? record.status.device : undefined;
    if (!device) this.acknowledged.delete(urn);
    else this.acknowledged.set(urn, { array: this.arrayOf(device.system), nativeId: device.nativeId, wwn: device.wwn });
  }

  /** Name of the array behind a storage system. */
  arrayOf(system: string): string {
    const spec = this.state.record(system)?.spec as { configuration?: { array?: string } } | undefined;
    return spec?.configuration?.array ?? '';
  }

  check(): void {
    this.checks++;
    checkEstate(this);
    this.copies.check();
    this.mirrors.check();
    this.quiescing.check();
  }
}
