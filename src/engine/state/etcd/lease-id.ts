/** Ids of leases are chosen here and not by etcd, so that a grant whose answer was lost can be sent again. */
import type { Random } from '../../../lib/random.ts';

/** 62 random bits in decimal: etcd's ids are positive 64-bit integers. */
export function leaseIdOf(random: Random): string {
  const bytes = Buffer.from(random.bytes(8));
  return String((bytes.readBigUInt64BE() & 0x3fff_ffff_ffff_ffffn) | 1n);
}
