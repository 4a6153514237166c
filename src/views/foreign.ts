/**
 * Volumes that are not recorded here. Rows: `foreign system nativeId name wwn sizeBytes provisioning pool masks why` (names of masks, with commas) and
 * `unseen system`.
 */
import type { ResultOf } from '../engine/operations/types.ts';
import { formatBytes, plural } from './format.ts';
import { table, wrap } from './text.ts';
import type { View } from './view.ts';

type Found = ResultOf<'foreign.list'>;

const maskNames = ({ masks }: Found) => {
  const names = new Map(masks.map(({ system, nativeId, name }) => [`${system} ${nativeId}`, name]));
  return ({ system, masks: ids }: Found['volumes'][number]) => ids.map((id) => names.get(`${system} ${id}`) ?? id);
};

export const foreignView: View<Found> = {
  human: (found, style) => {
    const namesOf = maskNames(found);
    const rows = found.volumes.map((volume) => [
      ...[volume.systemName, volume.nativeId, volume.name, formatBytes(volume.sizeBytes), volume.provisioning],
      ...[volume.poolName ?? '', namesOf(volume).join(', '), volume.why ?? ''],
    ]);
    const header = ['SYSTEM', 'ID', 'NAME', 'SIZE', 'PROVISIONING', 'POOL', 'SHOWN BY', 'WHY NOT'];
    return [
      ...(rows.length > 0 ? [...table(rows, { width: style.width, header }), ''] : []),
      `${plural(rows.length, 'volume')} ${rows.length === 1 ? 'is' : 'are'} not recorded here.`,
      ...found.unseen.flatMap((name) => wrap(`${name} has not been seen yet: coprhd discover ${name}`, style.width)),
    ];
  },
  plain: (found) => {
    const namesOf = maskNames(found);
    return [
      ...found.volumes.map((volume) => [
        ...['foreign', volume.systemName, volume.nativeId, volume.name, volume.wwn, volume.sizeBytes],
        ...[volume.provisioning, volume.poolName, namesOf(volume).join(','), volume.why],
      ]),
      ...found.unseen.map((name) => ['unseen', name]),
    ];
  },
};
