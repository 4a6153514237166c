// An installation with one simulated array and plan files that declare so many volumes, each in its own words as people
// write them (no ranges). The state is on disk and durable, as users have it. The simulated array stands for a device, which
// answers from its own memory: its files are in /dev/shm where there is one. Shared by the benchmarks.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { simUp } from '../../../drivers/simulator/manage.ts';
import { measure } from './measure.js';

export const root = fileURLToPath(new URL('../../..', import.meta.url));
const cli = join(root, 'bin', 'run.js');
const TIB = 1024 ** 4;
const POOLS = 16;

const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const infrastructure = (sim) => `kind: infrastructure
networks:
  san-ip: { transport: ip, subnets: [10.0.0.0/16] }
storageSystems:
  array-1:
    driver: simulator
    mode: manage
    scope: { pools: [${Array.from({ length: POOLS }, (_, i) => `pool-${i}`).join(', ')}] }
    configuration: { directory: ${sim}, array: sim-1 }
virtualArrays:
  dc1: { networks: [san-ip], storageSystems: [array-1] }
virtualPools:
  gold: { type: block, protocols: [iscsi], provisioning: thin, virtualArrays: [dc1] }
projects:
  bench: {}
`;

/** The first `changed` volumes are one GiB larger than they are otherwise. */
function stack(count, changed) {
  const lines = ['kind: stack', 'stack: bench', 'project: bench', 'volumes:'];
  for (let i = 0; i < count; i++) {
    const size = 10 + (i % 7) + (i < changed ? 1 : 0);
    lines.push(`  vol-${String(i).padStart(5, '0')}:`, `    size: ${size}GiB`);
    lines.push('    virtualPool: gold', '    virtualArray: dc1', '    onRemove: delete');
  }
  return `${lines.join('\n')}\n`;
}

/** `coprhd` in the estate, measured. */
export const coprhd = (estate, args, options = {}) =>
  measure(process.execPath, [cli, ...args], { cwd: estate.directory, ...options });

/** One volume of a hundred is to grow, or none. The file stays the same one: another name would be a change too. */
export function writePlans({ directory, sim, count }, changed) {
  mkdirSync(join(directory, 'plans'), { recursive: true });
  writeFileSync(join(directory, 'plans', 'infrastructure.yaml'), infrastructure(sim));
  writeFileSync(join(directory, 'plans', 'stack.yaml'), stack(count, changed ? onePercent(count) : 0));
}

const onePercent = (count) => Math.ceil(count / 100);

/** Nothing is applied yet. */
export async function makeEstate(directory, count) {
  const pools = Array.from({ length: POOLS }, (_, i) => ({ name: `pool-${i}`, totalBytes: 4096 * TIB }));
  const ports = [{ name: 'SP-A', address: '10.0.1.10:3260', haDomain: 'SP-A' }];
  mkdirSync(directory, { recursive: true });
  const sim = mkdtempSync(join(memory, 'coprhd-bench-'));
  process.on('exit', () => rmSync(sim, { recursive: true, force: true }));
  await simUp({ directory: sim, arrays: [{ name: 'sim-1', pools, ports }] });
  const remove = () => {
    for (const path of [directory, sim]) rmSync(path, { recursive: true, force: true });
  };
  const estate = { directory, sim, count, remove };
  writePlans(estate, false);
  await coprhd(estate, ['init']);
  return estate;
}

export const firstApply = (estate) => coprhd(estate, ['apply', 'plans', '--yes', '--plain']);

/** Plans what writePlans wrote. Fails unless the plan says what it must: else something else would be measured. */
export async function plan(estate, changed, options = []) {
  const cost = await coprhd(estate, ['plan', 'plans', '--plain', ...options]);
  const [, create, update, remove, held, other, unchanged] = /^summary\t.*$/m
    .exec(cost.stdout)[0]
    .split('\t')
    .map(Number);
  const expected = changed ? onePercent(estate.count) : 0;
  if (update !== expected || create + remove + held + other > 0 || unchanged < estate.count - expected) {
    throw new Error(`not the plan that was expected:\n${cost.stdout.slice(-400)}`);
  }
  return cost;
}
