// Ours against terraform in one run: first apply at 1,000, no-op plan and plan with 1 % changed at 10,000; ours also at
// 50,000 with `--large`. For each resource of theirs (terraform_data: no device behind it) ours has a volume on a simulated
// array. Theirs is as shipped; both read everything and compute the whole diff each time. Needs `terraform` on
// PATH and a build; where there is none this says so and does nothing. Usage: npm run bench:terraform [-- --large]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstApply, makeEstate, plan, writePlans } from '../lib/estate.js';
import { costLine, machineLine, measure, median } from '../lib/measure.js';
import { writeConfiguration, writeState } from './configuration.js';

const RUNS = 3;
const APPLIED = 1_000;
const PLANNED = 10_000;
const LARGE = 50_000;
const env = { CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' };

const found = spawnSync('terraform', ['version', '-json'], { encoding: 'utf8', env: { ...process.env, ...env } });
if (found.error || found.status !== 0) {
  console.log('\nSKIPPED: no terraform on PATH, so nothing was compared');
  process.exit(0);
}
const { terraform_version: version } = JSON.parse(found.stdout);
const home = mkdtempSync(join(tmpdir(), 'coprhd-bench-terraform-'));

const terraform = (directory, args) =>
  measure('terraform', [...args, '-input=false', '-no-color'], { cwd: directory, env });

async function terraformIn(name, count) {
  const directory = join(home, name);
  writeConfiguration(directory, count);
  await terraform(directory, ['init']);
  return directory;
}

/** Fails unless terraform planned what it should. Who refers to what changes is changed too, as far as it can know. */
async function terraformPlan(directory, count, changed) {
  const expected = changed ? count / 100 : 0;
  const cost = await terraform(directory, ['plan', `-var=changed=${expected}`]);
  const [, planned = '0'] = /^Plan: 0 to add, (\d+) to change, 0 to destroy\.$/m.exec(cost.stdout) ?? [];
  const told = planned === '0' ? cost.stdout.includes('No changes.') : changed;
  if (!told || Number(planned) < expected || Number(planned) > expected * 1.1) {
    throw new Error(`terraform: not ${expected} to change: ${cost.stdout.slice(-400)}`);
  }
  return cost;
}

function compare(what, theirs, ours, goals) {
  console.log(costLine(`${what}: terraform`, theirs));
  console.log(costLine(`${what}: coprhd`, ours));
  const times = (key) => `${(theirs[key] / ours[key]).toFixed(1)} x`;
  const ratios = `wall ${times('wallMs')}, cpu ${times('cpuMs')}, memory ${(ours.rssBytes / theirs.rssBytes).toFixed(2)} of theirs`;
  console.log(`${' '.repeat(4)}${ratios} (goal: ${goals})`);
}

try {
  console.log(`\nagainst terraform ${version}: ${machineLine()}`);
  const applied = await terraformIn('apply', APPLIED);
  const theirApply = await terraform(applied, ['apply', '-auto-approve']);
  const small = await makeEstate(join(home, 'ours-apply'), APPLIED);
  compare(`first apply of ${APPLIED}`, theirApply, await firstApply(small), '10 x');

  const planned = await terraformIn('plan', PLANNED);
  writeState(planned, PLANNED, version);
  const estate = await makeEstate(join(home, 'ours-plan'), PLANNED);
  console.log(costLine(`first apply of ${PLANNED}: coprhd`, await firstApply(estate)));
  for (const changed of [false, true]) {
    writePlans(estate, changed);
    const theirs = await terraformPlan(planned, PLANNED, changed);
    const what = changed ? `plan with 1 % of ${PLANNED} changed` : `no-op plan of ${PLANNED}`;
    for (const refresh of ['full', 'none']) {
      const ours = await median(RUNS, () => plan(estate, changed, ['--refresh', refresh]));
      compare(`${what}, --refresh ${refresh}`, theirs, ours, '30 x for the no-op plan, a third of the memory');
    }
  }
  if (process.argv.includes('--large')) {
    const large = await makeEstate(join(home, 'ours-large'), LARGE);
    console.log(costLine(`first apply of ${LARGE}: coprhd`, await firstApply(large)));
    for (const changed of [false, true]) {
      writePlans(large, changed);
      const what = changed ? 'plan with 1 % changed' : 'no-op plan';
      for (const refresh of ['full', 'none']) {
        const ours = await median(RUNS, () => plan(large, changed, ['--refresh', refresh]));
        console.log(costLine(`${what} of ${LARGE}, --refresh ${refresh}: coprhd`, ours));
      }
    }
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
