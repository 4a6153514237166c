/** Volumes that take space and that nobody can use, because no mask maps them. */

import { type AuditFinding, finding } from '../../model/audit.ts';
import { addressOf } from '../addresses.ts';
import type { SystemContext } from '../drift-context.ts';

/** One look shows that nothing maps it now. That it was never exported can only be known of what we made ourselves. */
export function unexportedVolumes(context: SystemContext): AuditFinding[] {
  return context.observation.volumes
    .filter((volume) => volume.mappedBy.length === 0 && !volume.quarantined)
    .map((volume) => {
      const record = context.volumes.get(volume.nativeId);
      const ours = record !== undefined && context.ownershipOfVolume(volume).ownership === 'ours';
      return finding('volume-never-exported', {
        system: context.name,
        object: volume.name,
        ...(ours ? { address: addressOf(record) } : {}),
        summary: `${ours ? 'our volume' : 'volume'} ${volume.name} in pool ${volume.pool} is mapped by no mask`,
        evidence: {
          nativeId: volume.nativeId,
          pool: volume.pool,
          sizeBytes: volume.sizeBytes,
          allocatedBytes: volume.allocatedBytes,
          ...(volume.wwn === undefined ? {} : { wwn: volume.wwn }),
          mappedBy: [],
        },
      });
    });
}
