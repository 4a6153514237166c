/** A volume reaches several hosts only through a cluster, or where every export of it says that the hosts share it. */

import type { DesiredSpecs } from '../config/desired.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import type { Draft } from './draft.ts';
import { type ExportWork, planError, type VolumeEntry } from './export-work.ts';
import { nameOf } from './holds.ts';

/** False when it was complained about. Exports of the same files are compared by config. */
export function sharingAllowed(
  draft: Draft,
  work: ExportWork,
  entry: VolumeEntry,
  volume: ResourceRecord<'volume'>,
): boolean {
  for (const { record } of draft.input.view.inScope('lunMap', uuidOf(volume.urn))) {
    if (record.status.phase === 'deleted' || record.spec.export === work.target.urn) continue;
    const mask = draft.get<'exportMask'>(record.spec.mask);
    const other = draft.input.view.get(record.spec.export)?.record;
    const otherAddress = other ? addressOf(other) : record.spec.export;
    if (mask && entry.hosts.some((host) => host.urn === mask.spec.host)) {
      const what = `is exported to ${nameOf(draft, mask.spec.host)} by ${otherAddress} already`;
      const fix = 'remove it from one of the two exports and apply before declaring it in the other';
      return planError(draft, work, entry, what, fix);
    }
    const both = [work.target.urn, record.spec.export].map((urn) => sharingOf(draft, urn));
    if (both.every(({ sharedAccess }) => sharedAccess !== undefined)) continue;
    const isExclusive = both.some(({ exclusive }) => exclusive);
    const fix = isExclusive
      ? 'remove it from one of the two exports: one of them is exclusive'
      : 'export it to a cluster, or write `sharedAccess: cluster-aware` on both';
    return planError(draft, work, entry, `is exported to another host by ${otherAddress}`, fix, 'COPRHD-CONFIG-016');
  }
  return true;
}

/** As declared now, else as recorded. */
function sharingOf(draft: Draft, urn: Urn): Pick<RecordedSpec<'export'>, 'sharedAccess' | 'exclusive'> {
  const target = draft.targetByUrn(urn);
  if (target && !draft.isFixed(target)) return target.node.spec as DesiredSpecs['export'];
  return (draft.input.view.get(urn)?.record.spec as RecordedSpec<'export'> | undefined) ?? {};
}
