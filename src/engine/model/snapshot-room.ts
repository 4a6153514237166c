/** How much of its pool a snapshot is counted with: room for what is overwritten in its volume, or all of it where all was copied. */
import { LIMITS } from '../../lib/limits.ts';

export const snapshotRoomBytes = ({ fullCopy }: { readonly fullCopy?: true | undefined }, sizeBytes: number): number =>
  fullCopy ? sizeBytes : Math.ceil(sizeBytes * LIMITS.snapshotReserveFraction);
