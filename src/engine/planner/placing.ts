/** Asks placement for pools for all new volumes of a plan at once, and turns its answer into units or complaints. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { groupBy } from '../../lib/group-by.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { inScope } from '../model/mode.ts';
import { poolDeregisteredWhy } from '../model/registration.ts';
import { formatSize } from '../model/size.ts';
import type { RecordedSpec } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import { place } from '../placement/place.ts';
import type { Candidate, PlacementFailure, PlacementResult, PlacementUnit, RoleRequest } from '../placement/request.ts';
import { placeTogether } from '../placement/together.ts';
import { candidatesFor, roleRequest } from './candidates.ts';
import { groupSystem, groupText } from './consistency-groups.ts';
import type { Draft, Target } from './draft.ts';
import { apartFromSource, besideSource, isCopyable } from './full-copies.ts';
import { hold, notManageable, untrusted } from './holds.ts';
import { addNewVolume, type NewVolume } from './volumes.ts';

/** What they are copies of has a place, or will never have one. */
export function placeNewVolumes(draft: Draft, asked: readonly NewVolume[]): void {
  const volumes = asked.filter((volume) => isCopyable(draft, volume));
  if (volumes.length === 0) return;
  const byUnit = groupBy(volumes, ({ spec, target }) => spec.consistencyGroup ?? target.address);
  const units = placementUnits(draft, volumes).map((unit) => atHome(draft, unit, byUnit.get(unit.id) ?? []));
  const candidates = candidatesFor(draft, { units });
  const result = placeApart(draft, units, byUnit, candidates);
  const open = result.failures.length > 0 ? openedUp(draft, candidates) : [];
  draft.decisions.push(...result.decisions);
  const decided = new Map(result.decisions.map((decision) => [decision.unit, decision]));
  const failed = new Map(result.failures.map((failure) => [failure.unit, failure]));
  for (const unit of units) {
    const members = byUnit.get(unit.id) ?? [];
    const decision = decided.get(unit.id);
    if (decision) {
      for (const [role, volume] of members.entries()) addNewVolume(draft, volume, decision.placed[role]!);
      continue;
    }
    const failure = failed.get(unit.id);
    // Without the systems that are complained about, it can't be said whether there is room.
    if (!failure || members.some((volume) => usesUnusable(draft, volume))) continue;
    for (const { target } of members) draft.failures.set(target.address, failure);
    const held = heldInstead(draft, unit, members[0]!, candidates, open);
    if (held) for (const { target } of members) hold(draft, target, 'create', held);
    else complain(draft, members, failure);
  }
}

/** A copy comes to its source's pool only where no other will do. */
function placeApart(
  draft: Draft,
  units: readonly PlacementUnit[],
  byUnit: ReadonlyMap<string, readonly NewVolume[]>,
  candidates: readonly Candidate[],
): PlacementResult {
  const apart = units.map((unit) => apartFromSource(draft, unit, byUnit.get(unit.id) ?? []));
  const { result } = placeTogether(apart, candidates);
  const failed = new Set(result.failures.map(({ unit }) => unit));
  if (!apart.some((unit, index) => unit !== units[index] && failed.has(unit.id))) return result;
  const eased = apart.map((unit, index) => (failed.has(unit.id) ? units[index]! : unit));
  return placeTogether(eased, candidates).result;
}

function complain(draft: Draft, volumes: readonly NewVolume[], failure: PlacementFailure): void {
  const { target, spec } = volumes[0]!;
  const group = spec.consistencyGroup;
  const what = group ? groupText(draft, group, volumes.length) : target.address;
  const bytes = volumes.reduce((sum, volume) => sum + volume.spec.sizeBytes, 0);
  const misses = failure.nearestMisses.map(
    (miss) => `${miss.poolName}: ${miss.fact} (needed ${miss.needed}, had ${miss.had})`,
  );
  draft.error({
    code: 'COPRHD-PLACE-001',
    summary: `no ${group ? 'storage system' : 'pool'} fits ${what} (${formatSize(bytes)}): ${failure.sentence}`,
    ...(misses.length > 0 ? { detail: misses.join('; ') } : {}),
    fix: `coprhd explain${filesOf(draft)} ${target.address}`,
    span: target.node.spanOf(),
    address: target.address,
  });
}

/** The given files as arguments: what isn't recorded yet is explained from them. */
function filesOf(draft: Draft): string {
  const files = new Set(draft.input.graph.stacks.flatMap((stack) => stack.files));
  return [...files].map((file) => ` --from ${shellWord(file)}`).join('');
}

/**
 * A volume that replaces a missing one stays on its storage system: its hosts' masks and LUN numbers are there. All
 * others may go anywhere.
 */
function atHome(draft: Draft, unit: PlacementUnit, volumes: readonly NewVolume[]): PlacementUnit {
  const [volume] = volumes;
  const system = volume && volume.incarnation > 1 ? draft.locationOf(volume.target.urn)?.system : undefined;
  if (system === undefined) return besideSource(draft, unit, volumes);
  return unit.oneSystem ? unit : { ...unit, oneSystem: { system } };
}

/** Why it waits, where it would have a place if only a system were managed or trusted now. */
function heldInstead(
  draft: Draft,
  unit: PlacementUnit,
  volume: NewVolume,
  candidates: readonly Candidate[],
  open: readonly Candidate[],
): Diagnostic | undefined {
  const [placed] = place({ units: [unit] }, open).decisions[0]?.placed ?? [];
  const system = placed && draft.get<'storageSystem'>(placed.system);
  const trust = system && draft.observation(system)?.observation.trust;
  if (!system || candidates.some(({ pool, manageable }) => manageable && pool === placed.pool)) return undefined;
  if (trust && trust.level !== 'whole') return untrusted(volume.target, system.name, trust.why);
  return notManageable(draft, system);
}

/** The candidates as they would be with every system managed and trusted. What is deregistered stays so. */
function openedUp(draft: Draft, candidates: readonly Candidate[]): Candidate[] {
  return candidates.map((candidate) => {
    const system = draft.get<'storageSystem'>(candidate.system)!;
    const pool = draft.get<'pool'>(candidate.pool)!;
    const opens = inScope(system, candidate.poolNativeId) && poolDeregisteredWhy(system, pool) === undefined;
    return { ...candidate, manageable: candidate.manageable || opens };
  });
}

function usesUnusable(draft: Draft, { spec }: NewVolume): boolean {
  if (draft.unusableSystems.size === 0) return false;
  return draft.systemsOf(spec.virtualArray).some((system) => draft.unusableSystems.has(system));
}

/** What to place: a volume is a unit, and all new volumes of a consistency group are one. Also what `explain` recomputes. */
export function placementUnits(draft: Draft, volumes: readonly ToPlace[]): PlacementUnit[] {
  const units = new Map<string, { roles: RoleRequest[]; volumes: string[]; group?: Urn }>();
  for (const { target, spec } of volumes) {
    const role = roleRequest(draft, spec, target.urn);
    if (!role) continue;
    const group = spec.consistencyGroup;
    const id = group ?? target.address;
    const unit = units.get(id) ?? { roles: [], volumes: [], ...(group ? { group } : {}) };
    unit.roles.push(role);
    unit.volumes.push(target.address);
    units.set(id, unit);
  }
  return [...units].map(([id, { roles, group }]) => {
    const system = group && groupSystem(draft, group);
    return { id, roles, constraints: [], ...(group ? { oneSystem: system ? { system } : {} } : {}) };
  });
}

export interface ToPlace {
  readonly target: Pick<Target, 'address' | 'urn'>;
  readonly spec: RecordedSpec<'volume'>;
}

/** Which unit a volume is in, and as which of its roles. */
export function unitOf(volumes: readonly ToPlace[], volume: ToPlace): { readonly id: string; readonly role: number } {
  const group = volume.spec.consistencyGroup;
  if (group === undefined) return { id: volume.target.address, role: 0 };
  const members = volumes.filter(({ spec }) => spec.consistencyGroup === group);
  return { id: group, role: members.findIndex(({ target }) => target.address === volume.target.address) };
}
