// What plan and apply cost as an estate grows: simulated array, and LMDB on disk and durable as users have it. The
// commands as people run them (wall, processor, peak memory), and one plan cut into its phases. Nothing is kept between
// runs but the recorded state: each plan reads files, state and devices and computes the whole diff anew.
// Usage: npx tsx test/bench/scale.js [SIZES, by default 1000,10000; 50000 takes minutes]. Needs a build.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { coprhd, firstApply, makeEstate, plan, writePlans } from './lib/estate.js';
import { costLine, machineLine, median } from './lib/measure.js';

const sizes = (process.argv[2] ?? '1000,10000').split(',').map(Number);
const phasesScript = fileURLToPath(new URL('lib/phases.js', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'coprhd-bench-'));
const RUNS = 3;

/** By what is measured: its cost at each size. */
const costs = new Map();
function note(what, count, cost) {
  console.log(costLine(`${String(count).padStart(6)} volumes, ${what}`, cost));
  costs.set(what, [...(costs.get(what) ?? []), { count, ...cost }]);
}

function printPhases(estate, what, input = {}) {
  const text = execFileSync(process.execPath, [phasesScript, estate.directory, JSON.stringify(input)], {
    encoding: 'utf8',
  });
  const parts = Object.entries(JSON.parse(text)).map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`);
  console.log(`${' '.repeat(16)} ${what}: ${parts.join(', ')}`);
}

try {
  console.log(`\nplan and apply by size: ${machineLine()}`);
  for (const count of sizes) {
    const estate = await makeEstate(join(home, String(count)), count);
    note('first apply', count, await firstApply(estate));
    note('start-up alone (--version)', count, await median(RUNS, () => coprhd(estate, ['--version'])));
    for (const changed of [false, true]) {
      writePlans(estate, changed);
      for (const refresh of ['full', 'none']) {
        const what = `${changed ? 'plan with 1 % changed' : 'no-op plan'}, --refresh ${refresh}`;
        note(what, count, await median(RUNS, () => plan(estate, changed, ['--refresh', refresh])));
        printPhases(estate, 'its phases', { refresh });
      }
    }
    estate.remove();
  }
  const ratios = [...costs].filter(([, list]) => list.length > 1);
  console.log('\ngrowth of processor time from size to size, scaled to ten times the work (goal: at most 11 x)');
  for (const [what, list] of ratios) {
    if (what.startsWith('start-up')) continue;
    const steps = list.slice(1).map((to, index) => {
      const from = list[index];
      const exponent = Math.log(to.cpuMs / from.cpuMs) / Math.log(to.count / from.count);
      return `${from.count} to ${to.count}: ${(10 ** exponent).toFixed(1)} x`;
    });
    console.log(`${what.padEnd(38)} ${steps.join('   ')}`);
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
