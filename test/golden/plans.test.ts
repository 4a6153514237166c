/**
 * Plans of plans/quickstart as people, scripts and programs see them, made by the real planner on simulated arrays with a
 * fixed seed and clock. UPDATE_GOLDEN=1 rewrites the files under test/golden/plans.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/engine/planner/plan.ts';
import { jsonDocument } from '../../src/views/json.ts';
import { plainLine } from '../../src/views/plain.ts';
import { planLines } from '../../src/views/plan.ts';
import { planRows } from '../../src/views/plan-plain.ts';
import { createEstate, type Estate, type EstateOptions, TIB } from '../engine/planner/estate.ts';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const read = (name: string) => readFileSync(path(`../../plans/quickstart/${name}`), 'utf8');

function expectGolden(name: string, text: string): void {
  const file = path(`plans/${name}`);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

const infrastructure = read('simulator/infrastructure.simulator.yaml').replace(/default: \S+,/, 'default: /arrays,');
const stack = read('stack.yaml');
const files = (stackText: string) => ({ 'infrastructure.simulator.yaml': infrastructure, 'stack.yaml': stackText });

/** One volume grows, one goes with its LUN, a third comes. */
const changed = stack
  .replace('data-{01..02}:\n    size: 256MiB', 'data-02:\n    size: 512MiB')
  .replace('exports:', '  data-03: { size: 1GiB, virtualPool: gold, virtualArray: dc1, tags: [new] }\nexports:')
  .replace('"data-{01..02}"', '"data-{02..03}"');

/** One is followed by a new one, and does not grow without it. */
const mirrored = stack.replace(
  'exports:',
  '  mirror-01: { size: 256MiB, virtualPool: gold, virtualArray: dc1, copyOf: data-01, continuous: true, protect: false }\nexports:',
);

/** Two more hosts see what one saw; the first doesn't any more. */
const several = stack.replace('host: app-1', 'hosts: ["app-{2..3}"], sharedAccess: cluster-aware');
const moreHosts = {
  'hosts.yaml': `kind: infrastructure
stack: more-hosts
hosts:
  app-{2..3}: { type: linux, initiators: [{ iqn: "iqn.2026-01.io.coprhd.quickstart:\${name}", network: san-ip }] }
`,
};

/** The same arrays, whose pools share no blocks. */
const IN_FULL = {
  pools: ['fast', 'slow'].map((name) => ({ name, totalBytes: 50 * TIB, snapshots: 'full-copy' as const })),
};

const CASES: readonly [string, (estate: Estate) => Promise<Plan>, EstateOptions?][] = [
  ['quickstart-first', (estate) => estate.planned(files(stack))],
  [
    'quickstart-changed',
    async (estate) => {
      await estate.applied(files(stack));
      return estate.planned(files(changed));
    },
  ],
  [
    'quickstart-mirrored',
    async (estate) => {
      await estate.applied(files(stack));
      return estate.planned(files(mirrored));
    },
  ],
  [
    'quickstart-split',
    async (estate) => {
      await estate.applied(files(mirrored));
      const { plan } = await estate.run('copy.invoke', { verb: 'split', addresses: ['volume.mirror-01'] });
      return plan!;
    },
  ],
  [
    'quickstart-several',
    async (estate) => {
      const before = stack.replace('host: app-1', 'hosts: ["app-{1..2}"], sharedAccess: cluster-aware');
      await estate.applied({ ...files(before), ...moreHosts });
      return estate.planned({ ...files(several), ...moreHosts });
    },
  ],
  [
    'quickstart-held',
    async (estate) => {
      await estate.applied(files(stack));
      const { nativeId } = (await estate.record('volume', 'data-01')).record.status.device!;
      estate.edit({ edit: 'delete-volume', volume: nativeId });
      return estate.planned(files(changed));
    },
  ],
  [
    'quickstart-attested',
    async (estate) => {
      await estate.applied(files(stack));
      estate.edit({ edit: 'login', initiator: estate.show().masks[0]!.initiators[0]! });
      const asked = { name: 'before', of: 'quickstart/volume.data-01', attestOffline: 'anna: unmounted on app-1' };
      return (await estate.run('snapshot.take', asked)).plan!;
    },
    { arrays: [IN_FULL] },
  ],
];

describe.each(CASES)('the plan %s looks as recorded', (name, make, options = {}) => {
  const plan = createEstate({ seed: 42, ...options }).then(make);
  it.each([80, 120])('for people, %i columns', async (width) => {
    const made = await plan;
    const style = { width, color: false, nowMs: made.createdAtMs };
    expectGolden(`${name}.human-${width}.txt`, `${planLines(made, style, { detail: 'changes' }).join('\n')}\n`);
  });
  it('for scripts', async () => expectGolden(`${name}.plain.txt`, `${planRows(await plan).map(plainLine).join('\n')}\n`));
  it('as JSON', async () => expectGolden(`${name}.json`, `${jsonDocument({ plan: await plan })}\n`));
});
