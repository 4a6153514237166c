/** A continuous copy as recorded against what its storage system says of it. How far it is in sync is no drift. Internal to observe. */
import type { VolumeObservation } from '../driver/contract.ts';
import { isFollowing } from '../model/following.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from './addresses.ts';
import type { DriftItem } from './observation.ts';

type Volume = ResourceRecord<'volume'>;

/** Also of a volume that follows somebody although it is recorded as one of its own. */
export function mirrorProblem(
  record: Volume,
  { mirror }: VolumeObservation,
  sourceOf: (urn: Urn) => Volume | undefined,
): { readonly why: string; readonly facts: Pick<DriftItem, 'recorded' | 'observed'> } | undefined {
  // While it is being changed it is on the way from one to the other.
  if (record.status.phase === 'updating' || record.status.phase === 'creating') return undefined;
  const { copyOf, paused } = record.spec;
  const source = isFollowing(record) && copyOf !== undefined ? sourceOf(copyOf) : undefined;
  const of = source ? addressOf(source) : 'nobody';
  const problem = (why: string, recorded: object, observed: object) => ({
    why,
    facts: { recorded: { ...recorded }, observed: { ...observed } },
  });
  if (!isFollowing(record)) {
    return (
      mirror &&
      problem(`follows ${mirror.source}, which overwrites it; it is recorded as a volume of its own`, {}, mirror)
    );
  }
  const state = paused ? 'paused' : 'following';
  if (!mirror) return problem(`was split, and does not follow ${of} any more`, { state }, { state: 'split' });
  const nativeId = source?.status.device?.nativeId;
  if (nativeId !== undefined && mirror.source !== nativeId) {
    return problem(
      `follows ${mirror.source} and not ${of} (${nativeId})`,
      { source: nativeId },
      { source: mirror.source },
    );
  }
  const isPaused = mirror.state === 'paused';
  if (isPaused === (paused ?? false)) return undefined;
  const observed = { state: mirror.state, percent: mirror.percent };
  if (isPaused) return problem(`was paused, and does not follow ${of} at the moment`, { state }, observed);
  return problem(`follows ${of} again, and is recorded as paused`, { state }, observed);
}
