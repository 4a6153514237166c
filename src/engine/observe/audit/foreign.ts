/** What others made on a system: one finding a system, because there the number counts. */

import { type AuditFinding, finding, someOf } from '../../model/audit.ts';
import type { SystemContext } from '../drift-context.ts';

export function foreignObjects(context: SystemContext): AuditFinding[] {
  const volumes = context.observation.volumes.filter(
    (volume) => context.ownershipOfVolume(volume).ownership !== 'ours' && !context.volumes.has(volume.nativeId),
  );
  const masks = context.observation.masks.filter(
    (mask) => context.ownershipOfMask(mask).ownership !== 'ours' && !context.masks.has(mask.nativeId),
  );
  if (volumes.length + masks.length === 0) return [];
  const sizeBytes = volumes.reduce((sum, volume) => sum + volume.sizeBytes, 0);
  const installations = new Set(
    [...volumes, ...masks].flatMap(({ mark }) => (mark === undefined ? [] : [mark.installation])),
  );
  return [
    finding('foreign-objects', {
      system: context.name,
      object: context.name,
      summary: `not ours: volumes (${volumes.length}), masks (${masks.length})`,
      evidence: {
        volumes: volumes.length,
        sizeBytes,
        allocatedBytes: volumes.reduce((sum, volume) => sum + volume.allocatedBytes, 0),
        masks: masks.length,
        volumeNames: someOf(volumes.map(({ name }) => name)),
        maskNames: someOf(masks.map(({ name }) => name)),
        markedBy: someOf([...installations].sort()),
      },
    }),
  ];
}
