/** Continuous copies as recorded: volumes that follow another one until they are split from it. */
import type { ResourceRecord } from './record.ts';
import type { RecordedSpec } from './specs.ts';
import type { Urn } from './urn.ts';

/** Nobody but the storage system writes to it. */
export const follows = ({ continuous, detached }: Pick<RecordedSpec<'volume'>, 'continuous' | 'detached'>): boolean =>
  continuous === true && detached !== true;

/** Of whatever is a volume to an array. */
export const isFollowing = ({ kind, spec }: Pick<ResourceRecord, 'kind' | 'spec'>): boolean =>
  kind === 'volume' && follows(spec as RecordedSpec<'volume'>);

/** `target` follows `source`, or does so no more. */
export interface FollowingPair {
  readonly source: Urn;
  readonly target: Urn;
}
