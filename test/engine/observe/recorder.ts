/** Discovery of one system into a state in memory, for tests. */
import type { PoolObservation, PortObservation } from '../../../src/engine/driver/contract.ts';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import type { PoolAttributes, PortAttributes } from '../../../src/engine/model/specs.ts';
import type { Urn } from '../../../src/engine/model/urn.ts';
import { discoveredWrites } from '../../../src/engine/observe/attributes.ts';
import type { SystemObservation } from '../../../src/engine/observe/observation.ts';
import { GIB, INSTALLATION, observation, SYSTEM, urn, viewOf } from './support.ts';

export const pool = (nativeId: string, more: Partial<PoolObservation> = {}): PoolObservation => ({
  nativeId,
  name: nativeId.toUpperCase(),
  totalBytes: 100 * GIB,
  freeBytes: 60 * GIB,
  provisioning: ['thin', 'thick'],
  protocols: ['iscsi'],
  driveType: 'ssd',
  volumeBytesMin: GIB,
  volumeBytesMax: 50 * GIB,
  granularityBytes: 4096,
  usable: true,
  ...more,
});
export const port = (nativeId: string, more: Partial<PortObservation> = {}): PortObservation => ({
  nativeId,
  name: nativeId,
  transport: 'ip',
  address: `10.0.0.1:3260`,
  haDomain: 'controller-a',
  physicalPort: 'eth0',
  status: 'up',
  ...more,
});
export const actor = { type: 'local' as const, name: 'root' };

/** A state that starts empty and stores what is found. */
export function recorder() {
  const records = new Map<Urn, ResourceRecord>();
  const attributes = new Map<Urn, PoolAttributes | PortAttributes>();
  let made = 0;
  const discover = (seen: Partial<SystemObservation>, nowMs = 1_000) => {
    const writes = discoveredWrites({
      system: SYSTEM,
      observation: observation({ observedAtMs: nowMs, ...seen }),
      view: viewOf([...records.values()], attributes),
      newUrn: (kind) => urn(kind, ++made),
      nowMs,
      actor,
      installation: INSTALLATION,
    });
    for (const write of writes) {
      records.set(write.record.urn, write.record);
      attributes.set(write.record.urn, write.attributes);
    }
    return writes;
  };
  return { discover, records, attributes };
}
