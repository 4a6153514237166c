/**
 * A plan being made: the input, the recorded view with the planned records laid over it, and what has been decided so
 * far. The planner's parts add to it in order; nothing outside planner/ sees it.
 */
import { sameJson } from '../../lib/canonical-json.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { Binding, DesiredGraph, DesiredNode, DesiredStack } from '../config/desired.ts';
import { foldName } from '../model/address.ts';
import { systemsOfVirtualArray } from '../model/connectivity.ts';
import type { KindName } from '../model/kinds.ts';
import { type Actor, isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import { type Amounts, addAmounts, NO_AMOUNTS, type RecordedView } from '../model/recorded-view.ts';
import { ZONE } from '../model/unique-names.ts';
import { parseUrn, type Urn, urnFromSeed, uuidOf } from '../model/urn.ts';
import type { ObservedNetworks } from '../observe/network-observation.ts';
import type { DriverFacts, ObservedEstate, SystemObservation } from '../observe/observation.ts';
import type { PlacementDecision, PlacementFailure } from '../placement/request.ts';
import type { PathDecision } from './path-decisions.ts';
import type { Change, PartialPlan, PlannedWrite, Unit } from './plan.ts';

export interface PlannerInput {
  readonly operation: string;
  readonly graph: DesiredGraph;
  readonly bindings: ReadonlyMap<string, Binding>;
  readonly view: RecordedView;
  readonly observed: ObservedEstate;
  /** Empty where no network system is looked at. */
  readonly observedNetworks: ObservedNetworks;
  readonly installation: string;
  readonly epoch: number;
  readonly actor: Actor;
  readonly nowMs: number;
  /** Workflows whose reservations count; absent = all that there are. */
  readonly reserving?: ReadonlySet<string>;
  /** Random hex; the plan's id and all new URNs come from it. */
  readonly seed: string;
  /** Local or full addresses for which a new, empty object may be made (or a lost LUN mapped again). */
  readonly replaceMissing: readonly string[];
  /** Patterns of addresses: only these and what they need; never these and what needs them. */
  readonly targets?: readonly string[];
  readonly excludes?: readonly string[];
  readonly attestOffline?: string;
  /** Who vouches for what this plan unexports and the numbers that it frees alone. */
  readonly attestUnexports?: string;
  /** Hosts that are logged in are waited for before they lose access; so long without a logout is too long. */
  readonly waitIdleMs?: number;
  /** What others have saved on a fabric and not enabled was reviewed, and may go into effect. */
  readonly activatePending?: boolean;
  /** What is recorded as the source of a resource declared in this file. */
  readonly sourceOf: (file: string) => string | undefined;
  /** Only adds what is declared: nothing counts as dropped (import of one object, device add). */
  readonly additive?: boolean;
  /** New records belong to the caller, not to a stack (device add). */
  readonly apiOwned?: boolean;
  /** `destroy`: everything of the given stacks goes, whichever file declared it. */
  readonly destroy?: boolean;
}

/** A node with everything known about it. */
export interface Target {
  readonly stack: DesiredStack;
  readonly node: DesiredNode;
  readonly tenant: Urn;
  readonly project?: Urn;
  readonly urn: Urn;
  readonly recorded?: VersionedRecord;
  /** `stack/kind.name`. */
  readonly address: string;
}

export class Draft {
  readonly input: PlannerInput;
  readonly changes: Change[] = [];
  readonly units: Unit[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly decisions: PlacementDecision[] = [];
  readonly pathDecisions: PathDecision[] = [];
  /** Of volumes without a place, by their address. Complained about, or held, too. */
  readonly failures = new Map<string, PlacementFailure>();
  /** By kind and urn: the final records that this plan will leave. */
  readonly #finals = new Map<KindName, Map<Urn, ResourceRecord>>();
  /** By `kind parent`: those of them that belong to another record. */
  readonly #children = new Map<string, Map<Urn, ResourceRecord>>();
  readonly #removed = new Set<Urn>();
  /** By `list urn`: who will be in a list of references that this plan may change. */
  readonly #members = new Map<string, readonly Urn[]>();
  /** By `kind scope name`: entries of lists, and endpoints of networks, that this plan writes. */
  readonly #named = new Map<string, ResourceRecord>();
  readonly #systems = new Map<Urn, readonly Urn[]>();
  readonly #unitByUrn = new Map<Urn, string>();
  readonly #targets = new Map<KindName, Target[]>();
  readonly #targetByUrn = new Map<Urn, Target>();
  readonly #byNode = new Map<DesiredNode, Target>();
  readonly #promised = new Map<Urn, Amounts>();
  /** What --replace-missing names, and whether it was needed. */
  readonly replaceable = new Map<Urn, { readonly address: string; used: boolean }>();
  /** Held resources, so that what depends on them is held too. */
  readonly held = new Map<Urn, Diagnostic>();
  /** Where volumes made or adopted by this plan will be. */
  readonly placedOn = new Map<Urn, { readonly system: Urn; readonly pool: Urn }>();
  /** What volumes adopted by this plan take already, by pool: the device counts it, the ledger not yet. */
  readonly adopted = new Map<Urn, Amounts>();
  /** Declared devices that can't be used at all; why was said there. */
  readonly unusableSystems = new Set<Urn>();
  /** Recorded hosts whose initiators this plan changes. */
  readonly hostsWithNewInitiators = new Set<Urn>();
  /** By volume: the exports that map it by this plan. */
  readonly mappedBy = new Map<Urn, ResourceRecord[]>();
  /** Left out of a plan of a part (part.ts): declared or dropped, they stay as they are recorded. */
  readonly leftOut = new Set<Urn>();
  /** What --target names itself. */
  readonly named = new Set<Urn>();
  part: (Omit<PartialPlan, 'leftOut' | 'dependants'> & { readonly dependants: string[] }) | undefined;
  /** What was complained about once and would be said again and again. */
  readonly complained = new Set<string>();
  unchanged = 0;

  constructor(input: PlannerInput) {
    this.input = input;
  }

  newUrn = (kind: KindName, text: string): Urn => urnFromSeed(this.input.seed, kind, text);

  addTarget(target: Target): void {
    const same = this.#targets.get(target.node.kind);
    if (same) same.push(target);
    else this.#targets.set(target.node.kind, [target]);
    this.#byNode.set(target.node, target);
    // Whoever declares it comes before those who only refer to it.
    if (!target.node.existing || !this.#targetByUrn.has(target.urn)) this.#targetByUrn.set(target.urn, target);
  }

  targets(kind: KindName): readonly Target[] {
    return this.#targets.get(kind) ?? [];
  }

  allTargets(): Target[] {
    return [...this.#targets.values()].flat();
  }

  targetOf(node: DesiredNode): Target | undefined {
    return this.#byNode.get(node);
  }

  targetByUrn(urn: Urn): Target | undefined {
    return this.#targetByUrn.get(urn);
  }

  /** Declared, but not to be changed by this plan. */
  isFixed({ node, urn }: Target): boolean {
    return node.existing || this.leftOut.has(urn);
  }

  isDesired(urn: Urn): boolean {
    return this.#targetByUrn.has(urn);
  }

  /** The URN that a reference field of a node stands for; undefined when it was not resolved (reported by config). */
  resolve(target: Target, path: readonly (string | number)[]): Urn | undefined {
    const { kind, name } = target.node;
    return this.urnAt(`${target.stack.stack}/${kind}.${name}#${path.join('.')}`);
  }

  /** By the key of a binding (config's references.ts). */
  urnAt(key: string): Urn | undefined {
    const binding = this.input.bindings.get(key);
    if (!binding) return undefined;
    return (binding.node && this.#byNode.get(binding.node)?.urn) ?? binding.urn;
  }

  /** Record as it will be after this plan; undefined when it is absent or will be gone. */
  get<K extends KindName>(urn: Urn): ResourceRecord<K> | undefined {
    if (this.#removed.has(urn)) return undefined;
    const planned = this.#finals.get(parseUrn(urn).kind)?.get(urn);
    if (planned) return planned as ResourceRecord<K>;
    const recorded = this.input.view.get<K>(urn)?.record;
    return recorded && recorded.status.phase !== 'deleted' ? recorded : undefined;
  }

  /** Live records of a kind that belong to another one (pools of a system, initiators of a host), those of this plan included. */
  childrenOf<K extends KindName>(kind: K, parent: Urn): ResourceRecord<K>[] {
    const found = new Map<Urn, ResourceRecord<K>>();
    for (const { record } of this.input.view.inScope(kind, uuidOf(parent))) {
      if (record.status.phase !== 'deleted' && !this.#removed.has(record.urn)) found.set(record.urn, record);
    }
    for (const [urn, record] of this.#children.get(`${kind} ${parent}`) ?? []) {
      if (!this.#removed.has(urn)) found.set(urn, record as ResourceRecord<K>);
    }
    return [...found.values()];
  }

  /** Who is in a list of references after this plan (model/members.ts). In no order that means anything. */
  membersOf(urn: Urn, list: string): readonly Urn[] {
    return this.#members.get(`${list} ${urn}`) ?? this.input.view.members(urn, list);
  }

  /** The entry of a list of references, by its name (model/members.ts), as it will be after this plan. */
  memberOf(of: Urn, name: string): ResourceRecord<'member'> | undefined {
    return this.#byName('member', uuidOf(of), name);
  }

  /** Of which Fibre Channel network a WWPN will be an endpoint. */
  networkOf(portName: string): Urn | undefined {
    return this.endpointOf(portName)?.spec.network;
  }

  /** As it will be after this plan. */
  endpointOf(portName: string): ResourceRecord<'endpoint'> | undefined {
    return this.#byName('endpoint', ZONE, portName);
  }

  #byName<K extends 'member' | 'endpoint'>(kind: K, scope: string, name: string): ResourceRecord<K> | undefined {
    const planned = this.#named.get(`${kind} ${scope} ${name}`) as ResourceRecord<K> | undefined;
    const found = planned ?? this.input.view.byName(kind, scope, name)?.record;
    return found && isLive(found) && !this.#removed.has(found.urn) ? found : undefined;
  }

  /** Storage systems of a virtual array after this plan, named or connected (model/connectivity.ts). */
  systemsOf(virtualArray: Urn): readonly Urn[] {
    const known = this.#systems.get(virtualArray);
    if (known) return known;
    const found = systemsOfVirtualArray(this, virtualArray);
    // What isn't loaded yet is asked for again.
    if (found.length > 0) this.#systems.set(virtualArray, found);
    return found;
  }

  /** Whatever is named or connected: these it has. */
  setSystemsOf(virtualArray: Urn, systems: readonly Urn[]): void {
    this.#systems.set(virtualArray, systems);
  }

  /** Live records of a kind after this plan. Loads the whole kind. */
  all<K extends KindName>(kind: K): ResourceRecord<K>[] {
    const recorded = this.input.view.all(kind).map(({ record }) => record.urn);
    const urns = new Set([...recorded, ...this.planned(kind).map(({ urn }) => urn)]);
    return [...urns].flatMap((urn) => this.get<K>(urn) ?? []);
  }

  setMembers(urn: Urn, list: string, members: readonly Urn[]): void {
    this.#members.set(`${list} ${urn}`, members);
  }

  /** All records that this plan writes, of a kind. */
  planned<K extends KindName>(kind: K): ResourceRecord<K>[] {
    return [...(this.#finals.get(kind)?.values() ?? [])] as ResourceRecord<K>[];
  }

  /** Says that a record will have ended, before the unit that ends it is built (so that others can look). */
  markRemoved(urn: Urn): void {
    this.#removed.add(urn);
  }

  isRemoved(urn: Urn): boolean {
    return this.#removed.has(urn);
  }

  addUnit(unit: Unit): void {
    this.units.push(unit);
    for (const { urn, final } of unit.writes) {
      this.#unitByUrn.set(urn, unit.id);
      if (final.status.phase === 'deleted') this.#removed.add(urn);
      else this.#addFinal(final);
    }
    for (const { pool, amounts } of unit.reservations) this.promise(pool, amounts);
  }

  /** Counts as reserved by this plan; less than nothing is room that was supposed to be given back. */
  promise(pool: Urn, amounts: Amounts): void {
    this.#promised.set(pool, addAmounts(this.promisedIn(pool), amounts));
  }

  #addFinal(final: ResourceRecord): void {
    const { kind, urn, parent, name } = final;
    if (kind === 'endpoint') this.#named.set(`endpoint ${ZONE} ${name}`, final);
    if (kind === 'member' && parent) this.#named.set(`member ${uuidOf(parent)} ${name}`, final);
    const ofKind = this.#finals.get(kind) ?? new Map();
    this.#finals.set(kind, ofKind.set(urn, final));
    if (parent === undefined) return;
    const key = `${kind} ${parent}`;
    this.#children.set(key, (this.#children.get(key) ?? new Map()).set(urn, final));
  }

  /** Puts something else in the place of a unit and its change; ids stay. */
  amend(urn: Urn, amendUnit: (unit: Unit) => Unit, amendChange: (change: Change) => Change): void {
    const id = this.#unitByUrn.get(urn);
    const unit = this.units.findIndex((candidate) => candidate.id === id);
    const change = this.changes.findIndex((candidate) => candidate.urn === urn);
    const amended = amendUnit(this.units[unit]!);
    this.units[unit] = amended;
    for (const write of amended.writes) {
      this.#unitByUrn.set(write.urn, amended.id);
      if (write.final.status.phase !== 'deleted') this.#addFinal(write.final);
    }
    this.changes[change] = amendChange(this.changes[change]!);
  }

  /** Capacity that units of this plan reserve in a pool. */
  promisedIn(pool: Urn): Amounts {
    return this.#promised.get(pool) ?? NO_AMOUNTS;
  }

  /** Id of the unit that writes a record in this plan. */
  unitOf(urn: Urn): string | undefined {
    return this.#unitByUrn.get(urn);
  }

  nextUnitId(): string {
    return `u${String(this.units.length + 1).padStart(5, '0')}`;
  }

  dependencies(urns: readonly (Urn | undefined)[]): string[] {
    const ids = urns.map((urn) => (urn === undefined ? undefined : this.#unitByUrn.get(urn)));
    return [...new Set(ids.filter((id): id is string => id !== undefined))];
  }

  /** System and pool of a volume, recorded or placed by this plan. */
  locationOf(volume: Urn): { readonly system: Urn; readonly pool?: Urn } | undefined {
    if (this.placedOn.has(volume)) return this.placedOn.get(volume);
    const device = this.get(volume)?.status.device ?? this.input.view.get(volume)?.record.status.device;
    return device && { system: device.system, ...(device.pool ? { pool: device.pool } : {}) };
  }

  observation(system: ResourceRecord): { observation: SystemObservation; driver: DriverFacts } | undefined {
    return this.input.observed.get(foldName(system.name));
  }

  /** Asked only where something is missing. */
  mayReplace(target: Pick<Target, 'urn'>): boolean {
    const asked = this.replaceable.get(target.urn);
    if (asked) asked.used = true;
    return asked !== undefined;
  }

  error(diagnostic: Omit<Diagnostic, 'severity'>): void {
    this.diagnostics.push({ severity: 'error', ...diagnostic });
  }

  warn(diagnostic: Omit<Diagnostic, 'severity'>): void {
    this.diagnostics.push({ severity: 'warning', ...diagnostic });
  }
}

/** A write that leaves a live record. */
export function liveWrite(
  draft: Draft,
  recorded: VersionedRecord | undefined,
  final: ResourceRecord,
  attributes?: PlannedWrite['attributes'],
): PlannedWrite {
  const nowMs = draft.input.nowMs;
  const before = recorded === undefined ? undefined : withoutClaim(recorded.record);
  // An ended record that is taken up again (its HLU, its mask) starts anew.
  const status: ResourceRecord['status'] =
    before && before.status.phase !== 'deleted'
      ? {
          ...before.status,
          phase: 'updating',
          sinceMs: nowMs,
          previous: {
            ...(sameJson(before.spec, final.spec) ? {} : { spec: before.spec }),
            phase: before.status.phase,
          },
        }
      : { ...final.status, phase: 'creating', sinceMs: nowMs };
  return {
    urn: final.urn,
    base: recorded?.revision ?? 0,
    ...(before ? { before } : {}),
    intent: { ...final, status },
    final,
    ...(attributes ? { attributes } : {}),
  };
}

/** A write that ends a record: tombstone. */
export function endingWrite(
  draft: Draft,
  recorded: VersionedRecord,
  extra: Partial<ResourceRecord['status']> = {},
): PlannedWrite {
  const nowMs = draft.input.nowMs;
  const before = withoutClaim(recorded.record);
  const { previous: _previous, ...status } = before.status;
  return {
    urn: before.urn,
    base: recorded.revision,
    before,
    intent: {
      ...before,
      status: { ...status, phase: 'deleting', sinceMs: nowMs, previous: { phase: status.phase } },
    },
    final: { ...before, status: { ...status, ...extra, phase: 'deleted', sinceMs: nowMs } },
  };
}

export function withoutClaim<K extends KindName>(record: ResourceRecord<K>): ResourceRecord<K> {
  const { claim: _claim, ...rest } = record;
  return rest;
}
