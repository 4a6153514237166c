/**
 * Applies at once over one array, and over eight: 64 saved plans from 4 processes on one etcd, each call of an array takes
 * 100 ms, 4 calls at once on each. Prints both rates and their ratio, and fails when anything is lost or left over.
 *
 * Usage: npm run bench:concurrent [-- VOLUMES of each apply, by default 6]
 */

import { startEtcd, whyNoEtcd } from '../support/etcd-cluster.ts';
import { runMany } from '../support/many-applies.ts';

const why = whyNoEtcd();
if (why) {
  console.log(`*** SKIPPED: ${why} ***`);
  process.exit(0);
}
const volumesEach = Number(process.argv[2] ?? 6);
const cluster = await startEtcd({ members: 1, tls: false });
const rates: number[] = [];
try {
  for (const arrays of [1, 8]) {
    const shape = { applies: 64, processes: 4, volumesEach, callMs: 100, callsAtOnce: 4, arrays };
    const result = await runMany({ state: cluster.url(`many-${arrays}`), ...shape });
    const wrong = [...result.outcomes.filter((outcome) => outcome !== 'ok'), ...result.complaints];
    const rate = result.steps / result.seconds;
    rates.push(rate);
    console.log(
      `${arrays} array${arrays > 1 ? 's' : ' '}: ${result.outcomes.length} applies, ${result.units} units, ${result.steps} steps in ${result.seconds.toFixed(1)} s: ${rate.toFixed(1)} steps a second; ${wrong.length} things wrong`,
    );
    if (wrong.length > 0) {
      console.error(wrong.slice(0, 20).join('\n'));
      process.exitCode = 1;
    }
  }
  console.log(`eight arrays do ${(rates[1]! / rates[0]!).toFixed(1)} times the work of one (aim: at least 5)`);
} finally {
  await cluster.stop();
}
