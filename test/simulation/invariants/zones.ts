/**
 * What must be true of every change of a fabric, looked at the moment that it happens: it is of a plan that somebody approved,
 * by the only one of ours who changes that fabric now; nothing of others changes, nothing that others saved goes into effect
 * unless it was reviewed as it is; and nobody's path is closed but by the one who plans that path.
 */
import type { StoredAlias, StoredFabric, StoredZone } from '../../../drivers/simulator/san/objects.ts';
import type { ZoneDelta } from '../../../src/engine/driver/network-contract.ts';
import { isLive, type ResourceRecord } from '../../../src/engine/model/record.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import type { Incarnation } from '../world/incarnation.ts';
import type { Change } from '../world/noting-kv.ts';
import type { SimFabric } from '../world/sim-san.ts';
import type { Monitor } from './monitor.ts';
import { approvedItems, itemsOf, zoningWorkflows } from './zone-steps.ts';

type Members = readonly string[];

const parsed = <T>(text: string | undefined): T | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as T);

const sameMembers = (a: Members | undefined, b: Members | undefined) => a?.join() === b?.join();

const isSavedSame = (was: StoredZone | undefined, is: StoredZone | undefined) =>
  sameMembers(was?.members, is?.members) && sameMembers(was?.configurations ?? [], is?.configurations ?? []);

const keyOf = ({ name }: SimFabric, ends: readonly string[]): string => `${name} ${ends.join()}`;

/** A path of a live record, and who is at work on it. */
interface RecordedPath {
  readonly words: string;
  readonly mask: string;
  readonly claimedBy: string | undefined;
  readonly ends: readonly [string, string];
}

export class ZoneWatch {
  readonly #monitor: Monitor;
  /** `fabric/name` of zones and aliases that we made. */
  readonly #ours = new Set<string>();
  /** `fabric/zone` of ours that people changed by hand. */
  readonly touched = new Set<string>();
  /** What an activation would make of a zone whose saved form isn't in effect, with the time since when. */
  readonly #drafts = new Map<string, { readonly text: string; readonly sinceMs: number }[]>();

  /** Workflows that opened a path, by fabric and ends: each may close it again when it is undone. */
  readonly #opened = new Map<string, readonly string[]>();

  constructor(monitor: Monitor) {
    this.#monitor = monitor;
  }

  isOurs(fabric: string, name: string): boolean {
    return this.#ours.has(`${fabric}/${name}`);
  }

  /** The network that stands for a fabric in the state. */
  networkOf({ name }: SimFabric): ResourceRecord<'network'> | undefined {
    const { state } = this.#monitor;
    const system = state
      .recordsOf<'networkSystem'>('networkSystem')
      .find((record) => isLive(record) && record.spec.configuration.fabric === name)?.urn;
    return state
      .recordsOf<'network'>('network')
      .find((record) => isLive(record) && system !== undefined && record.spec.networkSystem === system);
  }

  /** Before a living process's delta arrives. */
  beforeDelta(process: Incarnation, fabric: SimFabric, delta: ZoneDelta): void {
    const { world, state } = this.#monitor;
    if (process.state === 'dead') return;
    const what = `${process.name} changes zones of ${fabric.name}`;
    const network = this.networkOf(fabric);
    const turn = network && parsed<{ process: string }>(state.value(keys.fabricTurn(network.urn)));
    if (!turn || !process.registrations.has(turn.process)) {
      world.violate(
        'one-zoner-a-fabric',
        `${what} while ${turn ? `it is the turn of process ${turn.process}` : "it is nobody's turn"}`,
      );
      return;
    }
    const approved = approvedItems(this.#monitor, process, delta.fabric);
    const strange = itemsOf(delta).find((item) => !approved.has(item));
    if (strange !== undefined) {
      world.violate('applied-is-approved', `${what}: no step of an approved plan that it runs says ${strange}`);
    }
  }

  /** Paths of live records that are open now. */
  openPaths(fabric: SimFabric): readonly RecordedPath[] {
    const zones = fabric.zones().flatMap(({ effective }) => (effective ? [effective] : []));
    return this.recordedPaths(fabric).filter(({ ends }) => joined(zones, ends));
  }

  recordedPaths(fabric: SimFabric): RecordedPath[] {
    const { state } = this.#monitor;
    const network = this.networkOf(fabric)?.urn;
    return state.recordsOf<'path'>('path').flatMap((record): RecordedPath[] => {
      if (!isLive(record) || record.spec.network !== network) return [];
      const from = (state.record(record.spec.initiator)?.spec as { portName?: string } | undefined)?.portName;
      const to = (state.record(record.spec.port)?.spec as { address?: string } | undefined)?.address;
      if (from === undefined || to === undefined) return [];
      const claimedBy = record.claim?.workflow;
      return [{ words: `${record.name} (${record.urn})`, mask: record.spec.mask, claimedBy, ends: [from, to] }];
    });
  }

  /** `before`: what was open. `again`: the same call a second time. */
  afterDelta(
    process: Incarnation,
    fabric: SimFabric,
    delta: ZoneDelta,
    changes: readonly Change[],
    before: readonly RecordedPath[],
    again: boolean,
  ): void {
    const named = new Map([...delta.add, ...delta.change, ...delta.remove].map((zone) => [zone.name, zone]));
    for (const change of changes) {
      const [collection] = change.key.split('/');
      if (collection === `zone.${fabric.name}`) this.#zoneChanged(process, fabric, delta, named, change);
      else if (collection === `alias.${fabric.name}`) this.#aliasChanged(process, fabric, delta, change);
      else if (collection === 'fabric') this.#fabricChanged(process, fabric, delta, change);
    }
    // What a person took away in between, the second arrival makes again: that person's doing.
    if (again) for (const { key } of changes) if (key.startsWith('zone.')) this.#touch(fabric, key, changes);
    this.#pathsStayOpen(process, fabric, before, delta.fabric);
    const opening = zoningWorkflows(this.#monitor, process, delta.fabric, false);
    for (const { ends } of this.openPaths(fabric)) {
      if (!before.some((path) => path.ends.join() === ends.join())) this.#opened.set(keyOf(fabric, ends), opening);
    }
    this.#noteDrafts(fabric);
  }

  #touch(fabric: SimFabric, key: string, changes: readonly Change[]): void {
    const change = changes.find((each) => each.key === key)!;
    const zone = parsed<StoredZone>(change.before ?? change.after)!;
    this.touched.add(`${fabric.name}/${zone.name}`);
  }

  #zoneChanged(
    process: Incarnation,
    fabric: SimFabric,
    delta: ZoneDelta,
    named: ReadonlyMap<string, unknown>,
    change: Change,
  ): void {
    const [was, is] = [parsed<StoredZone>(change.before), parsed<StoredZone>(change.after)];
    const { name } = (was ?? is)!;
    const key = `${fabric.name}/${name}`;
    const isSaved = isSavedSame(was, is);
    if (!named.has(name)) {
      if (!isSaved) this.#violate('foreign-untouched', process, `changed zone ${key}, which its delta does not name`);
      if (!sameMembers(was?.effective, is?.effective)) this.#wentLive(process, fabric, name, is, delta);
      return;
    }
    if (!isSaved && was?.members && !this.#ours.has(key)) {
      this.#violate('foreign-untouched', process, `changed zone ${key}, which is not ours`);
    }
    if (is?.members) this.#ours.add(key);
  }

  /** Into effect by our activation, and not of the delta: ours as it is recorded, or reviewed as it is. */
  #wentLive(process: Incarnation, fabric: SimFabric, name: string, is: StoredZone | undefined, delta: ZoneDelta): void {
    const recorded = this.recordedZone(fabric, name);
    const wanted = recorded?.spec.members.map(({ portName }) => portName).sort();
    if (this.isOurs(fabric.name, name) && wanted && sameMembers(wanted, is?.effective)) return;
    const now = is?.effective?.join() ?? 'removed';
    const drafts = this.#drafts.get(`${fabric.name}/${name}`) ?? [];
    const seenMs = drafts.find(({ text }) => text === now)?.sinceMs ?? Number.POSITIVE_INFINITY;
    const { approvals, world } = this.#monitor;
    const reviews = [...approvals.values()].filter(
      ({ plan, approvedAtMs }) =>
        approvedAtMs >= seenMs &&
        plan.units.some(({ steps }) =>
          steps.some(
            (step) =>
              step.kind === 'zones.apply' &&
              step.args.fabric === delta.fabric &&
              step.args.reviewed.some((each) => each.name === name),
          ),
        ),
    );
    if (reviews.length > 0) world.count('reviewed edits of others put into effect');
    else
      this.#violate('nothing-unreviewed-goes-live', process, `put zone ${fabric.name}/${name} into effect as ${now}`);
  }

  #aliasChanged(process: Incarnation, fabric: SimFabric, delta: ZoneDelta, change: Change): void {
    const [was, is] = [parsed<StoredAlias>(change.before), parsed<StoredAlias>(change.after)];
    const { name } = (was ?? is)!;
    const key = `${fabric.name}/${name}`;
    if (!was && delta.addAliases.some((alias) => alias.name === name)) this.#ours.add(key);
    if (was && !sameMembers(was.members, is?.members) && !this.#ours.has(key)) {
      this.#violate('foreign-untouched', process, `changed alias ${key}, which is not ours`);
    }
  }

  #fabricChanged(process: Incarnation, fabric: SimFabric, delta: ZoneDelta, { before, after }: Change): void {
    const [was, is] = [parsed<StoredFabric>(before)!, parsed<StoredFabric>(after)!];
    const dropped = was.transaction && was.transaction.owner !== delta.owner && !is.transaction;
    if (dropped)
      this.#violate(
        'foreign-untouched',
        process,
        `dropped the transaction of ${was.transaction!.owner} on ${fabric.name}`,
      );
    if (was.effective !== undefined && was.effective !== is.effective) {
      this.#violate(
        'foreign-untouched',
        process,
        `put ${is.effective} into effect on ${fabric.name} in place of ${was.effective}`,
      );
    }
    if (was.defaultZone !== is.defaultZone) {
      this.#violate('foreign-untouched', process, `set the default zone of ${fabric.name} to ${is.defaultZone}`);
    }
  }

  /** What a dead one, or one that had given it up, had sent may still arrive: of its own paths only. */
  #pathsStayOpen(process: Incarnation, fabric: SimFabric, before: readonly RecordedPath[], nativeId: string): void {
    const zones = fabric.zones().flatMap(({ effective }) => (effective ? [effective] : []));
    const { state } = this.#monitor;
    for (const { words, claimedBy, ends } of before) {
      if (joined(zones, ends)) continue;
      const owner = claimedBy === undefined ? undefined : state.owner(claimedBy)?.process;
      if (owner !== undefined && process.registrations.has(owner)) continue;
      // A stranger had closed it before: what opened it in between is undone, and it is as it was.
      const undoing = zoningWorkflows(this.#monitor, process, nativeId, true);
      if (this.#opened.get(keyOf(fabric, ends))?.some((workflow) => undoing.includes(workflow))) continue;
      // Whoever goes on with its work: the call of the dead was for the same.
      if (process.state === 'dead' && claimedBy !== undefined) continue;
      this.#violate(
        'paths-stay-open',
        process,
        `closed path ${words} on ${fabric.name}, which is recorded and not its own`,
      );
      return;
    }
  }

  recordedZone(fabric: SimFabric, name: string): ResourceRecord<'zone'> | undefined {
    const network = this.networkOf(fabric)?.urn;
    return this.#monitor.state
      .recordsOf<'zone'>('zone')
      .find((record) => isLive(record) && record.spec.network === network && record.spec.zoneName === name);
  }

  /** A person edited the zoning. */
  onHandEdit(fabric: SimFabric, changes: readonly Change[]): void {
    for (const { key, before, after } of changes) {
      const [collection] = key.split('/');
      if (collection !== `zone.${fabric.name}` && collection !== `alias.${fabric.name}`) continue;
      const [was, is] = [parsed<StoredZone>(before), parsed<StoredZone>(after)];
      const { name } = (was ?? is)!;
      // Put into effect by somebody else's activation: nothing that we would not have done.
      const isSaved = isSavedSame(was, is);
      if (!isSaved && this.isOurs(fabric.name, name)) this.touched.add(`${fabric.name}/${name}`);
    }
    this.#noteDrafts(fabric);
  }

  #noteDrafts(fabric: SimFabric): void {
    const pending = fabric.drafts();
    if (pending.length === 0) return;
    const aliases = fabric.aliases();
    const { effective = 'legacy' } = fabric.stored;
    const zones = new Map(fabric.zones().map((zone) => [zone.name, zone]));
    for (const name of pending) {
      const zone = zones.get(name);
      const isIn = zone?.members && zone.configurations.includes(effective);
      const members = isIn ? zone.members!.flatMap((member) => aliases.get(member) ?? [member]) : undefined;
      const text = members ? [...new Set(members)].sort().join() : 'removed';
      const key = `${fabric.name}/${name}`;
      const known = this.#drafts.get(key) ?? [];
      if (known.some((draft) => draft.text === text)) continue;
      this.#drafts.set(key, [...known, { text, sinceMs: this.#monitor.world.scheduler.nowMs }]);
    }
  }

  #violate(invariant: string, process: Incarnation, what: string): void {
    this.#monitor.world.violate(invariant, `${process.name} ${what}`);
  }
}

export const joined = (zones: readonly Members[], [a, b]: readonly [string, string]): boolean =>
  zones.some((members) => members.includes(a) && members.includes(b));
