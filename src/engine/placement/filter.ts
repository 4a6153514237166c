/**
 * What a filter and a scorer are. Both look at one role, one candidate and what this run has placed by now, never at
 * other candidates. The list of those in use is data (policy.ts); a new one is a new file beside the others.
 */
import type { Amounts } from '../model/recorded-view.ts';
import type { Candidate, RoleRequest } from './request.ts';

/** Volumes that this run has placed by now, and so are not on any device yet. */
export interface Placed {
  readonly inPool: number;
  readonly onSystem: number;
  /** Of the role's project, on the candidate's storage system. */
  readonly ofProject: number;
  /** Of the role's hosts, where it asks for affinity: those that see them, and saw nothing on the system before. */
  readonly hosts: number;
}

export const NOTHING_PLACED: Placed = { inPool: 0, onSystem: 0, ofProject: 0, hosts: 0 };

export interface FilterInput {
  readonly role: RoleRequest;
  readonly candidate: Candidate;
  /** Promised in the candidate's pool at this moment: the candidate's own and what was placed since. */
  readonly promised: Amounts;
  readonly placed: Placed;
}

/** Why a candidate doesn't pass; words for people, numbers for ordering. See Rejection. */
export interface Miss {
  readonly fact: string;
  readonly needed: string;
  readonly had: string;
  readonly shortfall: number;
  readonly lackBytes?: number;
}

export interface Filter {
  readonly name: string;
  /**
   * False: the answer depends on role and candidate alone and is kept. True: it depends on `promised` or `placed` too,
   * and must then be monotone: what fails goes on failing when more is placed.
   */
  readonly readsPromised: boolean;
  /**
   * Of those that read: this one reads only what is the same for all pools of a storage system (`FACTS_OF_SYSTEM`,
   * `placed.onSystem`, `placed.ofProject`, `placed.hosts`). Its miss must not change any more once it refuses. All others
   * may read neither these, nor the role's project, hosts and affinity.
   */
  readonly ofSystem?: true;
  /** Undefined = passes. */
  readonly check: (input: FilterInput) => Miss | undefined;
}

export interface Scorer {
  readonly name: string;
  /** A whole number. */
  readonly weight: number;
  /** Reads only what is the same for all pools of a storage system; see Filter. */
  readonly ofSystem?: true;
  /** Decides before room to grow where a consistency group goes; only of a scorer of the system. */
  readonly leads?: true;
  /** 0..1, more is better. Undefined = it has no say in such a request, and counts as 0. */
  readonly raw: (input: FilterInput) => number | undefined;
  /** What the figure is made of, for people; asked only where it is told. */
  readonly tell?: (input: FilterInput) => string | undefined;
}

/** What filters and scorers of the system may read of a candidate; the same for all pools of a system. */
export const FACTS_OF_SYSTEM = [
  'portBusyPercent',
  'systemVolumesLeft',
  'projectVolumesLeft',
  'projectVolumes',
] as const satisfies readonly (keyof Candidate)[];

export interface PlacementPolicy {
  /**
   * A candidate is counted under the first that refuses it: first those that don't read promises, then the others, then
   * those of the system.
   */
  readonly filters: readonly Filter[];
  readonly scorers: readonly Scorer[];
}
