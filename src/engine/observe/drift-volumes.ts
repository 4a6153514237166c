/** Drift of recorded volumes: gone, not ours any more, another identity, another size, another name. Internal to observe. */

import { groupBy } from '../../lib/group-by.ts';
import type { VolumeObservation } from '../driver/contract.ts';
import type { ResourceRecord } from '../model/record.ts';
import { formatSize } from '../model/size.ts';
import { addressOf } from './addresses.ts';
import { compareVolume, serviceOf, serviceProblem } from './compare.ts';
import type { SystemContext } from './drift-context.ts';
import { mirrorProblem } from './mirror-drift.ts';
import type { DriftItem } from './observation.ts';
import { isExpected } from './trust.ts';

/** Who shows a WWN, over all systems observed. */
export type WwnHolders = ReadonlyMap<string, readonly { readonly system: string; readonly nativeId: string }[]>;

export function wwnHolders(contexts: readonly SystemContext[]): WwnHolders {
  const all = contexts.flatMap(({ name, observation }) =>
    observation.volumes.flatMap(({ wwn, nativeId }) =>
      wwn === undefined ? [] : [{ wwn: wwn.toLowerCase(), system: name, nativeId }],
    ),
  );
  return groupBy(all, ({ wwn }) => wwn);
}

export function volumeItems(context: SystemContext, holders: WwnHolders): DriftItem[] {
  const seen = new Map(context.observation.volumes.map((volume) => [volume.nativeId, volume]));
  return [...context.volumes.values()].filter(isExpected).flatMap((record) => {
    const observed = seen.get(record.status.device!.nativeId);
    return observed ? presentItems(context, record, observed, holders) : missingItems(context, record);
  });
}

function missingItems(context: SystemContext, record: ResourceRecord<'volume'>): DriftItem[] {
  if (context.observation.trust.level !== 'whole') return [];
  const { nativeId, label, wwn, provisionedBytes } = record.status.device!;
  const sizeBytes = provisionedBytes ?? record.spec.sizeBytes;
  return [
    {
      ...of(context, record),
      class: 'missing',
      summary: `volume ${label} (${nativeId}) is not on ${context.name} any more: its data are gone or elsewhere`,
      recorded: { nativeId, label, wwn, sizeBytes },
    },
  ];
}

function presentItems(
  context: SystemContext,
  record: ResourceRecord<'volume'>,
  observed: VolumeObservation,
  holders: WwnHolders,
): DriftItem[] {
  const base = of(context, record);
  const what = `volume ${observed.name} (${observed.nativeId}) on ${context.name}`;
  const device = record.status.device!;
  const drift = compareVolume(record, observed);
  const items: DriftItem[] = [];
  const { ownership, why } = context.ownershipOfVolume(observed);
  // An older state is one fact about the whole device, told once (drift-foreign.ts).
  const notOurs = ownership !== 'ours' && ownership !== 'state-is-old' && drift.state !== 'identity';
  if (notOurs) items.push({ ...base, class: 'managed', summary: `${what} is not ours any more: ${why}` });
  const twins = (holders.get(observed.wwn?.toLowerCase() ?? '') ?? [])
    .filter(({ system, nativeId }) => system !== context.name || nativeId !== observed.nativeId)
    .map(({ system, nativeId }) => `${nativeId} on ${system}`);
  const wwns = { recorded: { wwn: device.wwn }, observed: { wwn: observed.wwn } };
  if (drift.state === 'identity') {
    const also = twins.length === 0 ? '' : `; ${twins.join(', ')} shows the same`;
    const name = twins.length === 0 ? 'managed' : 'duplicate';
    items.push({ ...base, class: name, summary: `${what} has another identity than recorded${also}`, ...wwns });
  } else if (twins.length > 0) {
    items.push({ ...base, class: 'duplicate', summary: `${what} has the same WWN as ${twins.join(', ')}`, ...wwns });
  }
  // While it is being changed its size is on the way from one to the other.
  if (drift.differences.includes('size') && record.status.phase !== 'updating') {
    const recordedBytes = device.provisionedBytes ?? record.spec.sizeBytes;
    items.push({
      ...base,
      class: 'managed',
      summary: `${what} has ${formatSize(observed.sizeBytes)}, recorded are ${formatSize(recordedBytes)}`,
      recorded: { sizeBytes: recordedBytes },
      observed: { sizeBytes: observed.sizeBytes },
    });
  }
  if (drift.differences.includes('service')) {
    items.push({
      ...base,
      class: 'managed',
      summary: `${what}: ${serviceProblem(device, observed)}`,
      recorded: serviceOf(device),
      observed: serviceOf(observed),
    });
  }
  const mirror = mirrorProblem(record, observed, (urn) => context.volumesByUrn.get(urn));
  if (mirror) items.push({ ...base, class: 'managed', summary: `${what} ${mirror.why}`, ...mirror.facts });
  // Where the name is the mark, a new name was told as lost ownership.
  if (drift.differences.includes('renamed') && !(notOurs && context.driver.ownershipMark === 'name')) {
    items.push({
      ...base,
      class: 'cosmetic',
      summary: `${what} was renamed from ${device.label}`,
      recorded: { label: device.label },
      observed: { label: observed.name },
    });
  }
  return items;
}

function of(context: SystemContext, record: ResourceRecord): Pick<DriftItem, 'address' | 'urn' | 'system'> {
  return { address: addressOf(record), urn: record.urn, system: context.name };
}
