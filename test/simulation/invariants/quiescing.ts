/**
 * Applications at rest: nothing stays frozen for longer than its host's administrator has said, whatever dies; what is said to be of applications at rest
 * was taken while all hosts that saw its volumes were; and nobody is frozen but by a plan that somebody approved.
 */
import type { Request } from '../../../drivers/simulator/messages.ts';
import type { StoredVolume } from '../../../drivers/simulator/objects.ts';
import { isLive, type ResourceRecord } from '../../../src/engine/model/record.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import type { Operation } from '../../../src/engine/state/store.ts';
import { quiesceOptionsOf } from '../copy-options.ts';
import type { Incarnation } from '../world/incarnation.ts';
import type { Change } from '../world/noting-kv.ts';
import type { SimArray } from '../world/sim-array.ts';
import type { Frozen, SimHost } from '../world/sim-hosts.ts';
import type { Monitor } from './monitor.ts';
import { approvalOf, urnsOf } from './mutations.ts';

/** What `timeout` adds, and looking for it ten times a second. */
const SLACK_MS = 2_000;

/** When a snapshot was taken. */
interface Taken {
  /** Names of hosts that saw its volume and were not at rest. */
  readonly awake: readonly string[];
}

export class QuiesceWatch {
  readonly #monitor: Monitor;
  /** `array/native id` of snapshots. */
  readonly #taken = new Map<string, Taken>();

  constructor(monitor: Monitor) {
    this.#monitor = monitor;
  }

  get #hosts(): ReadonlyMap<string, SimHost> {
    return this.#monitor.world.hosts;
  }

  /** Hosts that see the volume, by their names: nobody is at work on that any more, or not yet. */
  seersOf(volume: string, without: ReadonlySet<string> = new Set()): string[] {
    const { state } = this.#monitor;
    return state.recordsOf('lunMap').flatMap((map) => {
      if (map.spec.volume !== volume || without.has(map.urn)) return [];
      if (!isLive(map) || map.claim || map.status.phase !== 'ready') return [];
      const mask = state.record(map.spec.mask) as ResourceRecord<'exportMask'> | undefined;
      const host = mask && state.record(mask.spec.host);
      return host ? [host.name] : [];
    });
  }

  /** One of its hosts is frozen, at least in part: nobody writes from there. */
  isHeldStill(volume: string): boolean {
    if (this.#hosts.size === 0) return false;
    return this.seersOf(volume).some((name) => this.#hosts.get(name)?.frozen);
  }

  /** A command leaves the process; it may arrive late, when nobody wants it any more. */
  onSent(process: Incarnation, host: SimHost, argv: readonly string[]): void {
    const { state, world, approvals } = this.#monitor;
    const freezes = argv.length > 6;
    if (!freezes) return;
    const record = state.recordsOf('host').find(({ name }) => name === host.name);
    const approved = state.workflows().some((workflow) => {
      const owner = state.owner(workflow.id);
      const plan = owner && process.registrations.has(owner.process) ? state.plan(workflow) : undefined;
      return (
        plan !== undefined &&
        approvals.has(plan.id) &&
        plan.units.some(({ steps }) =>
          steps.some(
            (step) => step.kind === 'snapshot.create' && step.args.quiesce?.hosts.some((urn) => urn === record?.urn),
          ),
        )
      );
    });
    if (!approved)
      world.violate('applied-is-approved', `${process.name} freezes ${host.name}, and no approved plan says so`);
  }

  /** A keeper begins. */
  onFrozen(host: SimHost, frozen: Frozen): void {
    const { world, state } = this.#monitor;
    const record = state.recordsOf('host').find(({ name }) => name === host.name);
    const declaredMs = record?.spec.quiesce?.timeoutMs ?? 0;
    const hookMs = quiesceOptionsOf(world.options)!.hookMs.max;
    const late = () => {
      // Where its command fails it is tried again, and nobody can do more.
      if (host.frozen !== frozen || frozen.thawFails) return;
      const forMs = world.scheduler.nowMs - frozen.sinceMs;
      world.violate('nothing-stays-frozen', `${host.name} is frozen for ${forMs} ms, and thaws after ${declaredMs} ms`);
    };
    world.scheduler.in(declaredMs + hookMs + SLACK_MS, late);
  }

  afterMutation(process: Incarnation, array: SimArray, request: Request, changes: readonly Change[]): void {
    if (this.#hosts.size === 0) return;
    const plan = approvalOf(this.#monitor, process, urnsOf(request))?.plan;
    // To whom only this plan shows it nothing of it is in memory yet.
    const shownNow = new Set<string>(plan?.units.flatMap(({ writes }) => writes.map(({ urn }) => urn)));
    for (const { key, before, after } of changes) {
      if (!key.startsWith('volume/') || before !== undefined || after === undefined) continue;
      const { id, snapshot } = JSON.parse(after) as StoredVolume;
      if (!snapshot) continue;
      const text = array.texts.get(`volume/${snapshot.source}`);
      const source = text === undefined ? undefined : this.#monitor.ourUrn(JSON.parse(text) as StoredVolume);
      const seers = source === undefined ? [] : this.seersOf(source, shownNow);
      this.#taken.set(`${array.name}/${id}`, { awake: seers.filter((name) => !this.#hosts.get(name)?.isAtRest) });
    }
  }

  beforeStored(operations: readonly Operation[]): void {
    if (this.#hosts.size === 0) return;
    for (const operation of operations) {
      if (operation.type !== 'put' || !operation.key.startsWith(keys.recordsOf('snapshot'))) continue;
      const { name, status } = JSON.parse(operation.value) as ResourceRecord<'snapshot'>;
      if (status.device?.consistency !== 'application') continue;
      const where = `${this.#monitor.arrayOf(status.device.system)}/${status.device.nativeId}`;
      const awake = this.#taken.get(where)?.awake ?? [];
      if (awake.length === 0) continue;
      this.#monitor.world.violate(
        'at-rest-means-at-rest',
        `${name} (${where}) is said to be of applications at rest, and ${awake.join(' and ')} was not when it was taken`,
      );
    }
  }

  /** Between operations. */
  check(): void {
    if (this.#hosts.size === 0 || this.#monitor.restored) return;
    for (const record of this.#monitor.state.recordsOf('snapshot')) {
      const { spec, status, claim, name } = record;
      if (!isLive(record) || claim || status.phase !== 'ready' || spec.quiesce !== true) continue;
      if (!status.device || status.device.consistency === 'application') continue;
      this.#monitor.world.violate(
        'at-rest-or-not-there',
        `${name} was to be of applications at rest, and is there without that`,
      );
    }
  }

  /** Once nothing goes on any more. */
  checkAtRest(): void {
    for (const { name, frozen } of this.#hosts.values()) {
      if (frozen) this.#monitor.world.violate('nothing-stays-frozen', `${name} is frozen for ever`);
    }
  }
}
