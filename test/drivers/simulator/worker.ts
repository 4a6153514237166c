/**
 * A process of its own that works on a simulated array on disk: `worker.ts DIRECTORY ARRAY ID COUNT`. Makes a volume, a mask
 * and a mapping and takes every second set away again, COUNT times (0 = until it is killed). Prints `ready` first.
 */
import { createSimulatedArray } from '../../../drivers/simulator/client.ts';
import { createDiskTransport } from '../../../drivers/simulator/disk.ts';
import type { BlockArray } from '../../../src/engine/driver/contract.ts';
import { sha256Hex } from '../../../src/lib/canonical-json.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { callContext } from './target.ts';

const MIB = 1024 ** 2;

async function oneSet(array: BlockArray, id: string, keep: boolean): Promise<void> {
  const ctx = () => callContext(systemClock, { deadlineMs: systemClock.nowMs() + 60_000 });
  const hex = sha256Hex(id);
  const mark = { installation: 'worker', urn: `urn:${id}`, epoch: 1 };
  const { nativeId } = await array.ensureVolume(ctx(), {
    name: `v-${hex.slice(0, 16)}`,
    pool: 'fast',
    sizeBytes: 4 * MIB,
    provisioning: 'thick',
    wwn: `6${hex.slice(0, 31)}`,
    serial: hex.slice(0, 12),
    mark,
  });
  const volume = { nativeId, mark };
  const seen = await array.ensureMask(ctx(), {
    name: `m-${hex.slice(0, 16)}`,
    mark,
    initiators: [`iqn.2026-01.io.test:${hex.slice(0, 12)}`],
    ports: ['SP-A1'],
  });
  const mask = { nativeId: seen.nativeId, mark };
  await array.ensureMapping(ctx(), mask, { volume, hlu: 1 });
  if (keep) return;
  await array.removeMapping(ctx(), mask, { volume, hlu: 1 });
  await array.deleteMask(ctx(), mask);
  await array.deleteVolume(ctx(), volume);
}

const [directory, array, id, count] = process.argv.slice(2) as [string, string, string, string];
const session = createSimulatedArray(createDiskTransport(directory, array));
process.stdout.write('ready\n');
for (let round = 0; count === '0' || round < Number(count); round++)
  await oneSet(session, `${id}-${round}`, round % 2 === 0);
