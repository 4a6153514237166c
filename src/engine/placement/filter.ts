/**
 * What a filter and a scorer are. Both look at one role and one candidate only. The list of those in use is data
 * (policy.ts); a new one is a new file beside the others.
 */
import type { Amounts } from '../model/recorded-view.ts';
import type { Candidate, RoleRequest } from './request.ts';

export interface FilterInput {
  readonly role: RoleRequest;
  readonly candidate: Candidate;
  /** Promised in the candidate's pool at this moment: the candidate's own and what was placed since. */
  readonly promised: Amounts;
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
   * False: the answer depends on role and candidate alone and is kept. True: it depends on `promised` too, and must
   * then be monotone: what fails goes on failing when more is promised.
   */
  readonly readsPromised: boolean;
  /** Undefined = passes. */
  readonly check: (input: FilterInput) => Miss | undefined;
}

export interface Scorer {
  readonly name: string;
  readonly weight: number;
  /** More is better. Must not grow when more is promised. */
  readonly raw: (input: FilterInput) => number;
}

export interface PlacementPolicy {
  /** A candidate is counted under the first that refuses it: first those that don't read promises, then the others. */
  readonly filters: readonly Filter[];
  readonly scorers: readonly Scorer[];
}
