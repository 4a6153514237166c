/** How people call what drift finds: stack resources by their address, engine-owned ones by what they belong to. */
import { formatAddress } from '../model/address.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { uuidOf } from '../model/urn.ts';

export function addressOf(record: ResourceRecord): string {
  const { kind, name, owner } = record;
  return formatAddress(owner.type === 'stack' ? { stack: owner.name, kind, name } : { kind, name });
}

/** Address of the export that a LUN map was made for. */
export function addressOfLunMap(view: RecordedView, lunMap: ResourceRecord<'lunMap'>): string {
  const owner = view.get<'export'>(lunMap.spec.export)?.record;
  return owner ? addressOf(owner) : lunMap.spec.export;
}

/**
 * Addresses of all exports that a mask serves, sorted; that of its host while it serves none. Exports of one host share
 * its mask, so one problem of a mask may concern several of them.
 */
export function addressesOfMask(
  view: RecordedView,
  mask: ResourceRecord<'exportMask'>,
  lunMaps: readonly ResourceRecord<'lunMap'>[],
): readonly [string, ...string[]] {
  const addresses = new Set(lunMaps.filter(isLive).map((lunMap) => addressOfLunMap(view, lunMap)));
  const [first, ...others] = [...addresses].sort();
  if (first !== undefined) return [first, ...others];
  const host = view.get<'host'>(mask.spec.host)?.record;
  return [host ? addressOf(host) : mask.spec.host];
}

/** Port names, lower case and sorted, that a mask shall admit: over iSCSI all of its host, over Fibre Channel those with a path. */
export function expectedInitiators(view: RecordedView, mask: ResourceRecord<'exportMask'>): string[] {
  const found =
    mask.spec.transport === 'fc'
      ? view
          .inScope('path', uuidOf(mask.urn))
          .filter(({ record }) => isLive(record))
          .map(({ record }) => view.get<'initiator'>(record.spec.initiator)?.record)
      : view
          .inScope('initiator', uuidOf(mask.spec.host))
          .map(({ record }) => record)
          .filter((record) => isLive(record) && record.spec.protocol === 'iscsi');
  return [...new Set(found.flatMap((record) => record?.spec.portName.toLowerCase() ?? []))].sort();
}
