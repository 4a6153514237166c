/**
 * The state of one placement run: the candidates in a fixed order, so that the order in which they were given doesn't
 * matter, and what is placed in each by now, counted by pool, storage system and project. Internal to placement.
 */
import { assert } from '../../lib/assert.ts';
import { sameJson } from '../../lib/canonical-json.ts';
import { compareText } from '../../lib/compare-text.ts';
import { type Amounts, addAmounts } from '../model/recorded-view.ts';
import type { Urn } from '../model/urn.ts';
import { amountsIn } from './amounts.ts';
import { FACTS_OF_SYSTEM, type FilterInput, type PlacementPolicy } from './filter.ts';
import type { Candidate, RoleRequest } from './request.ts';

/** A role with the pool that it gets. */
export interface Chosen {
  readonly role: RoleRequest;
  readonly index: number;
}

/** A storage system that has candidates. */
export interface BoardSystem {
  readonly urn: Urn;
  readonly name: string;
  /** Of its candidates, in their order. */
  readonly indexes: readonly number[];
}

export interface Board {
  readonly candidates: readonly Candidate[];
  readonly policy: PlacementPolicy;
  readonly systems: readonly BoardSystem[];
  /** By candidate: position of its system in `systems`. */
  readonly systemOf: readonly number[];
  readonly promised: (index: number) => Amounts;
  readonly take: (chosen: Chosen) => void;
  /** In the order in which they were taken; what is kept over the board catches up along it. */
  readonly takes: readonly Chosen[];
  /** What filters and scorers look at, with what the unit's earlier roles are to take. */
  readonly inputOf: (role: RoleRequest, index: number, before?: readonly Chosen[]) => FilterInput;
  /** A copy of its own with some candidates of one system only, to try things on. */
  readonly excerpt: (system: number, indexes: readonly number[]) => Board;
}

interface Counts {
  readonly promised: Amounts[];
  readonly inPool: number[];
  readonly systems: SystemCounts[];
}

interface SystemCounts {
  placed: number;
  readonly byProject: Map<Urn, number>;
  /** That see volumes placed here. */
  readonly hosts: Set<Urn>;
}

export function createBoard(candidates: readonly Candidate[], policy: PlacementPolicy): Board {
  const sorted = [...candidates].sort(byName);
  assert(new Set(sorted.map((c) => c.pool)).size === sorted.length, 'a pool is a candidate twice');
  return boardOver(sorted, policy);
}

function boardOver(candidates: readonly Candidate[], policy: PlacementPolicy, start?: Counts): Board {
  const { systems, systemOf } = bySystem(candidates);
  const counts = start ?? {
    promised: candidates.map((candidate) => candidate.promised),
    inPool: candidates.map(() => 0),
    systems: systems.map(() => ({ placed: 0, byProject: new Map(), hosts: new Set() })),
  };
  const takes: Chosen[] = [];
  return {
    candidates,
    policy,
    systems,
    systemOf,
    takes,
    promised: (index) => counts.promised[index]!,
    take: (chosen) => {
      const { role, index } = chosen;
      const ofSystem = counts.systems[systemOf[index]!]!;
      counts.promised[index] = addAmounts(counts.promised[index]!, amountsIn(candidates[index]!.attributes, role));
      counts.inPool[index]!++;
      ofSystem.placed++;
      if (role.project) ofSystem.byProject.set(role.project, (ofSystem.byProject.get(role.project) ?? 0) + 1);
      for (const host of role.hosts ?? []) ofSystem.hosts.add(host);
      takes.push(chosen);
    },
    inputOf: (role, index, before) => {
      const ofSystem = counts.systems[systemOf[index]!]!;
      const input = {
        role,
        candidate: candidates[index]!,
        promised: counts.promised[index]!,
        placed: {
          inPool: counts.inPool[index]!,
          onSystem: ofSystem.placed,
          ofProject: (role.project && ofSystem.byProject.get(role.project)) ?? 0,
          hosts: newHosts(role, candidates[index]!, ofSystem.hosts),
        },
      };
      if (before === undefined || before.length === 0) return input;
      return withEarlier(input, index, before, systemOf, ofSystem.hosts);
    },
    excerpt: (system, indexes) => {
      const { placed, byProject, hosts } = counts.systems[system]!;
      return boardOver(
        indexes.map((index) => candidates[index]!),
        policy,
        {
          promised: indexes.map((index) => counts.promised[index]!),
          inPool: indexes.map((index) => counts.inPool[index]!),
          systems: [{ placed, byProject: new Map(byProject), hosts: new Set(hosts) }],
        },
      );
    },
  };
}

function withEarlier(
  input: FilterInput,
  index: number,
  before: readonly Chosen[],
  systemOf: readonly number[],
  hosts: ReadonlySet<Urn>,
): FilterInput {
  const onSystem = before.filter((other) => systemOf[other.index] === systemOf[index]);
  const inPool = onSystem.filter((other) => other.index === index);
  const { project } = input.role;
  const ofProject = project === undefined ? [] : onSystem.filter(({ role }) => role.project === project);
  const { attributes } = input.candidate;
  const seeing = new Set([...hosts, ...onSystem.flatMap(({ role }) => role.hosts ?? [])]);
  return {
    ...input,
    promised: inPool.reduce((sum, { role }) => addAmounts(sum, amountsIn(attributes, role)), input.promised),
    placed: {
      inPool: input.placed.inPool + inPool.length,
      onSystem: input.placed.onSystem + onSystem.length,
      ofProject: input.placed.ofProject + ofProject.length,
      hosts: newHosts(input.role, input.candidate, seeing),
    },
  };
}

/** Of the role's hosts, those that see something on the candidate's system by now, and saw nothing there before. */
function newHosts({ hosts = [], affinity }: RoleRequest, { system }: Candidate, seeing: ReadonlySet<Urn>): number {
  if (affinity === undefined || seeing.size === 0) return 0;
  const before = affinity[system] ?? [];
  return hosts.filter((host) => seeing.has(host) && !before.includes(host)).length;
}

function bySystem(candidates: readonly Candidate[]): { systems: BoardSystem[]; systemOf: number[] } {
  const positions = new Map<Urn, number>();
  const systems: { urn: Urn; name: string; indexes: number[] }[] = [];
  const systemOf = candidates.map(({ system: urn, systemName: name }, index) => {
    const position = positions.get(urn) ?? systems.length;
    if (position === systems.length) {
      positions.set(urn, position);
      systems.push({ urn, name, indexes: [] });
    }
    const { indexes } = systems[position]!;
    assertSameFacts(candidates[indexes[0] ?? index]!, candidates[index]!);
    indexes.push(index);
    return position;
  });
  return { systems, systemOf };
}

/** They are looked at once a system: different ones would be lost in silence. */
function assertSameFacts(a: Candidate, b: Candidate): void {
  for (const fact of FACTS_OF_SYSTEM) {
    assert(sameJson(a[fact], b[fact]), `${fact} differs between ${a.attributes.name} and ${b.attributes.name}`);
  }
}

function byName(a: Candidate, b: Candidate): number {
  return (
    compareText(a.systemName, b.systemName) ||
    compareText(a.attributes.name, b.attributes.name) ||
    compareText(a.pool, b.pool)
  );
}
