/** Asks placement for pools for all new volumes of a plan at once, and turns its answer into units or complaints. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { inScope } from '../model/mode.ts';
import type { ResourceRecord } from '../model/record.ts';
import { addAmounts, NO_AMOUNTS } from '../model/recorded-view.ts';
import { poolDeregisteredWhy } from '../model/registration.ts';
import { formatSize } from '../model/size.ts';
import type { Urn } from '../model/urn.ts';
import { demandOf } from '../placement/matching.ts';
import { place } from '../placement/place.ts';
import type { Candidate, PlacementRequest, PlacementResult, PlacementUnit } from '../placement/request.ts';
import { attributesOf, reservedIn } from './capacity.ts';
import type { Draft } from './draft.ts';
import { hold, notManageable, untrusted } from './holds.ts';
import { byName } from './members.ts';
import { addNewVolume, type NewVolume } from './volumes.ts';

export function placeNewVolumes(draft: Draft, volumes: readonly NewVolume[]): void {
  if (volumes.length === 0) return;
  const units = volumes.map((volume) => placementUnit(draft, volume)).filter((unit) => unit !== undefined);
  const candidates = candidatesFor(draft, { units });
  const result = placeAll(draft, volumes, units, candidates);
  const open = result.failures.length > 0 ? openedUp(draft, candidates) : [];
  draft.decisions.push(...result.decisions);
  const decided = new Map(result.decisions.map((decision) => [decision.unit, decision]));
  const failed = new Map(result.failures.map((failure) => [failure.unit, failure]));
  const files = filesOf(draft);
  for (const volume of volumes) {
    const { target } = volume;
    const placed = decided.get(target.address)?.placed[0];
    if (placed) {
      addNewVolume(draft, volume, placed);
      continue;
    }
    const failure = failed.get(target.address);
    // Without the systems that are complained about, it can't be said whether there is room.
    if (!failure || usesUnusable(draft, volume)) continue;
    const held = heldInstead(draft, volume, candidates, open);
    if (held) {
      hold(draft, target, 'create', held);
      continue;
    }
    const misses = failure.nearestMisses.map(
      (miss) => `${miss.poolName}: ${miss.fact} (needed ${miss.needed}, had ${miss.had})`,
    );
    draft.error({
      code: 'COPRHD-PLACE-001',
      summary: `no pool fits ${target.address} (${formatSize(volume.spec.sizeBytes)}): ${failure.sentence}`,
      ...(misses.length > 0 ? { detail: misses.join('; ') } : {}),
      fix: `coprhd explain${files} ${target.address}`,
      span: target.node.spanOf(),
      address: target.address,
    });
  }
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
function placeAll(
  draft: Draft,
  volumes: readonly NewVolume[],
  units: readonly PlacementUnit[],
  candidates: readonly Candidate[],
): PlacementResult {
  const homes = new Map(
    volumes.map(({ target, incarnation }) => [
      target.address,
      incarnation > 1 ? draft.locationOf(target.urn)?.system : undefined,
    ]),
  );
  const free = units.filter(({ id }) => homes.get(id) === undefined);
  const results = [place({ units: free }, candidates)];
  for (const unit of units.filter(({ id }) => homes.get(id) !== undefined)) {
    const home = homes.get(unit.id);
    results.push(
      place(
        { units: [unit] },
        candidates.filter(({ system }) => system === home),
      ),
    );
  }
  return {
    decisions: results.flatMap(({ decisions }) => decisions),
    failures: results.flatMap(({ failures }) => failures),
  };
}

/** Why it waits, where it would have a place if only a system were managed or trusted now. */
function heldInstead(
  draft: Draft,
  volume: NewVolume,
  candidates: readonly Candidate[],
  open: readonly Candidate[],
): Diagnostic | undefined {
  const unit = placementUnit(draft, volume);
  if (!unit) return undefined;
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
  return draft.membersOf(spec.virtualArray, 'storageSystems').some((system) => draft.unusableSystems.has(system));
}

/** The request of one volume; also what `explain` recomputes. */
export function placementUnit(
  draft: Draft,
  volume: Pick<NewVolume, 'spec'> & { readonly target: { readonly address: string } },
): PlacementUnit | undefined {
  const virtualPool = draft.get<'virtualPool'>(volume.spec.virtualPool);
  if (!virtualPool) return undefined;
  return {
    id: volume.target.address,
    roles: [
      {
        role: 'source',
        sizeBytes: volume.spec.sizeBytes,
        virtualArray: volume.spec.virtualArray,
        ...demandOf(virtualPool),
      },
    ],
    constraints: [],
  };
}

/** Every pool of every system in the virtual arrays that were asked for, once. */
export function candidatesFor(draft: Draft, request: PlacementRequest): Candidate[] {
  const arraysBySystem = new Map<Urn, Set<Urn>>();
  for (const virtualArray of new Set(request.units.flatMap((unit) => unit.roles.map((role) => role.virtualArray)))) {
    for (const system of byName(draft, draft.membersOf(virtualArray, 'storageSystems'))) {
      const arrays = arraysBySystem.get(system) ?? new Set();
      arraysBySystem.set(system, arrays.add(virtualArray));
    }
  }
  const candidates: Candidate[] = [];
  for (const [systemUrn, arrays] of arraysBySystem) {
    const system = draft.get<'storageSystem'>(systemUrn);
    if (!system) continue;
    for (const pool of draft.childrenOf('pool', systemUrn)) {
      const candidate = candidateOf(draft, system, pool, [...arrays]);
      if (candidate) candidates.push(candidate);
    }
  }
  return candidates;
}

/** Undefined when nothing is known of the pool yet. */
export function candidateOf(
  draft: Draft,
  system: ResourceRecord<'storageSystem'>,
  pool: ResourceRecord<'pool'>,
  virtualArrays: readonly Urn[],
): Candidate | undefined {
  const attributes = attributesOf(draft, pool);
  if (!attributes) return undefined;
  const why = notManageableWhy(draft, system, pool);
  return {
    pool: pool.urn,
    poolNativeId: pool.spec.nativeId,
    system: system.urn,
    systemName: system.name,
    systemType: system.spec.driver,
    manageable: why === undefined,
    ...(why === undefined ? {} : { notManageableWhy: why }),
    virtualArrays,
    attributes,
    promised: promisedBeyond(draft, pool.urn),
  };
}

/** Promised and not on the device yet. What is adopted is there already. */
function promisedBeyond(draft: Draft, pool: Urn) {
  const adopted = draft.adopted.get(pool) ?? NO_AMOUNTS;
  return addAmounts(addAmounts(reservedIn(draft, pool), draft.promisedIn(pool)), adopted, -1);
}

function notManageableWhy(
  draft: Draft,
  system: ResourceRecord<'storageSystem'>,
  pool: ResourceRecord<'pool'>,
): string | undefined {
  const trust = draft.observation(system)?.observation.trust;
  if (trust && trust.level !== 'whole') return `${system.name} is ${trust.level}: ${trust.why}`;
  const held = notManageable(draft, system);
  if (held) return held.summary;
  if (!inScope(system, pool.spec.nativeId)) return `pool ${pool.name} is outside the scope of ${system.name}`;
  return poolDeregisteredWhy(system, pool);
}
