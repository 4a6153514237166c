// What one call on a simulated array costs with 100 and with 10,000 pools, as a ratio in one run: it must not grow with
// the size of the array. Part of `npm run bench`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulatedArray } from '../../drivers/simulator/client.ts';
import { createDiskTransport } from '../../drivers/simulator/disk.ts';
import { simUp } from '../../drivers/simulator/manage.ts';

const CALLS = 200;
const directory = mkdtempSync(join(tmpdir(), 'coprhd-bench-'));
const context = () => ({
  nowMs: () => Date.now(),
  deadlineMs: Date.now() + 10_000,
  signal: new AbortController().signal,
  log: { debug: () => {} },
});

async function prepare(pools) {
  const home = join(directory, String(pools));
  const { arrays } = await simUp({ directory: home, generate: { arrays: 1, pools } });
  return { pools, array: createSimulatedArray(createDiskTransport(home, arrays[0].name)), pool: arrays[0].pools[0] };
}

async function volumeLife({ array, pool }, number) {
  const mark = { installation: 'bench', urn: `urn:bench:${number}`, epoch: 1 };
  const wwn = `6${String(number).padStart(31, '0')}`;
  const args = {
    name: `bench-${number}`,
    pool,
    sizeBytes: 1024 ** 3,
    provisioning: 'thin',
    wwn,
    serial: String(number),
    mark,
  };
  const startedAtMs = performance.now();
  const { nativeId } = await array.ensureVolume(context(), args);
  await array.readVolume(context(), nativeId);
  await array.deleteVolume(context(), { nativeId, wwn, mark });
  return performance.now() - startedAtMs;
}

try {
  const arrays = [await prepare(100), await prepare(10_000)];
  const times = arrays.map(() => []);
  // Turn by turn, so that both see the same machine.
  for (let number = 0; number < CALLS; number++) {
    for (const [index, array] of arrays.entries()) times[index].push(await volumeLife(array, number));
  }
  const [small, large] = times.map((list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]);
  console.log(`\nsimulator: create, read and delete a volume, median of ${CALLS}`);
  console.log(`   100 pools  ${small.toFixed(2).padStart(7)} ms   1.00 x`);
  console.log(
    `10,000 pools  ${large.toFixed(2).padStart(7)} ms  ${(large / small).toFixed(2).padStart(5)} x   (goal: under 1.5 x)`,
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}
