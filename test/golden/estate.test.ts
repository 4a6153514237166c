/**
 * plans/estate, planned by the real planner on the simulated arrays that `sim up` makes for it: the plan and the reasons as
 * recorded, limits that hold, and refusals in words. UPDATE_GOLDEN=1 rewrites the files under test/golden/estate.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { generateSan } from '../../drivers/simulator/san/topology.ts';
import type { VersionedRecord } from '../../src/engine/model/record.ts';
import type { Plan } from '../../src/engine/planner/plan.ts';
import { decodeLedger } from '../../src/engine/state/records.ts';
import { groupBy } from '../../src/lib/group-by.ts';
import { auditView } from '../../src/views/audit.ts';
import { diagnosticsLines } from '../../src/views/diagnostics.ts';
import { explainView } from '../../src/views/explain.ts';
import { plainLine } from '../../src/views/plain.ts';
import { planLines } from '../../src/views/plan.ts';
import { planRows } from '../../src/views/plan-plain.ts';
import { metricsView } from '../../src/views/metrics.ts';
import { capacityView, poolFitView, poolListView } from '../../src/views/pool.ts';
import type { View } from '../../src/views/view.ts';
import { whatIfView } from '../../src/views/whatif.ts';
import { whyNotView } from '../../src/views/why-not.ts';
import { type Estate, lines } from '../engine/planner/estate.ts';
import { sourceOf } from '../engine/planner/texts.ts';
import { destroyed, edited, newEstate, SIM_UP, SIMULATED, SYSTEMS, TEXTS } from './estate-support.ts';

const DIRECTORY = fileURLToPath(new URL('estate/', import.meta.url));
const INFRASTRUCTURE = 'infrastructure.yaml';
/** Of what plans/estate/README.md shows. */
const README_WIDTH = 100;
const STACKS = ['ledger', 'risk', 'warehouse', 'shop', 'genomics'];

function expectGolden(name: string, text: string): void {
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(DIRECTORY, { recursive: true });
    writeFileSync(DIRECTORY + name, text);
  }
  expect(text).toBe(readFileSync(DIRECTORY + name, 'utf8'));
}

const style = (width: number, nowMs = 0) => ({ width, color: false, nowMs });
const source = sourceOf(TEXTS);

function tell<R>(name: string, view: View<R>, result: R): void {
  expectGolden(`${name}.txt`, `${view.human(result, style(README_WIDTH)).join('\n')}\n`);
}

describe('the plan of plans/estate', () => {
  const made = newEstate().then((estate) => estate.planned(TEXTS));

  it('is for what it says: 3 models, 2 virtual arrays, 6 virtual pools, 3 tenants, 60 volumes', async () => {
    const { changes } = await made;
    const count = (kind: string) => changes.filter((change) => change.kind === kind).length;
    expect(new Set(SIMULATED.map(({ model }) => model)).size).toBe(3);
    expect(['virtualArray', 'virtualPool', 'tenant', 'volume'].map(count)).toEqual([2, 6, 3, 60]);
    expect(changes.filter(({ action }) => action !== 'create')).toEqual([]);
  });

  it('names the initiators that `sim up` gives its hosts', () => {
    const hosts = generateSan({ fabrics: 2, hosts: SIM_UP.hosts ?? 0, zones: 0, seed: 1 }, SIMULATED).hosts ?? [];
    const known = hosts.flatMap(({ iqn, hbas = [] }) => [iqn.split(':').at(-1)!, ...hbas.map(({ wwpn }) => wwpn)]);
    const named = [...TEXTS[INFRASTRUCTURE]!.matchAll(/host: (host-\d+)|"(10:00:[0-9a-f:]+)"/g)].map(
      ([, host, wwpn]) => host ?? wwpn!,
    );
    expect(named).toHaveLength(12);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  it.each([80, 120])('looks as recorded, %i columns', async (width) => {
    const plan = await made;
    const text = planLines(plan, style(width, plan.createdAtMs), { detail: 'changes' }).join('\n');
    expectGolden(`plan.human-${width}.txt`, `${text}\n`);
  });

  it('looks as recorded for scripts', async () => {
    expectGolden(
      'plan.plain.txt',
      `${planRows(await made)
        .map(plainLine)
        .join('\n')}\n`,
    );
  });
});

describe('why a volume goes where it goes', () => {
  const EXPLAINED = [
    ...['ledger/volume.data-01', 'ledger/volume.log-4', 'ledger/volume.year-2025'],
    ...['risk/volume.model-2', 'risk/volume.history', 'risk/volume.scratch'],
    ...['warehouse/volume.stock-1', 'warehouse/volume.report-2', 'shop/volume.web-2-1', 'shop/volume.images'],
    ...['genomics/volume.reads-02', 'genomics/volume.index-1', 'genomics/volume.results-6'],
  ];
  const ASKED = [
    ['ledger/volume.data-01', 'dc1-engines-2/srp-flash'],
    ['ledger/volume.log-4', 'dc1-engines-2/srp-flash'],
    ['ledger/volume.year-2025', 'dc1-engines-2/srp-disk'],
    ['risk/volume.model-2', 'dc1-engines-1/srp-flash'],
    ['risk/volume.history', 'dc1-unified-1/fast'],
    ['risk/volume.scratch', 'dc1-unified-1/fast'],
    ['warehouse/volume.stock-1', 'dc1-engines-1/srp-flash'],
    ['warehouse/volume.report-2', 'dc1-unified-1/fast'],
    ['shop/volume.images', 'dc2-unified-1/bulk'],
    ['genomics/volume.reads-02', 'dc2-entry-1/mirror'],
    ['genomics/volume.index-1', 'dc2-entry-1/disk'],
    ['genomics/volume.results-6', 'dc1-unified-1/fast'],
  ] as const;

  it('is as recorded, and the plan goes there', async () => {
    const estate = await newEstate();
    const plan = await estate.planned(TEXTS);
    const told = [];
    for (const address of EXPLAINED) {
      const result = await estate.run('explain', { address, source });
      expect(result.explanation?.lines[1]).toContain(`goes to ${homeOf(plan, address)}:`);
      told.push(explainView.human(result, style(100)).join('\n'));
    }
    expectGolden('explain.txt', `${told.join('\n\n')}\n`);
  });

  it('and not elsewhere is as recorded', async () => {
    const estate = await newEstate();
    const told = [];
    for (const [address, pool] of ASKED) {
      told.push(whyNotView.human(await estate.run('why-not', { address, pool, source }), style(100)).join('\n'));
    }
    expectGolden('why-not.txt', `${told.join('\n\n')}\n`);
  });
});

function homeOf(plan: Plan, address: string): string {
  const { facts } = plan.changes.find((change) => change.address === address)!;
  return `${facts.system}/${facts.pool}`;
}

const live = async <K extends 'volume' | 'virtualPool' | 'storageSystem'>(estate: Estate, kind: K) =>
  (await estate.records(kind)).filter(({ record }) => record.status.phase !== 'deleted') as VersionedRecord<K>[];

it('is applied within all limits, planned to nothing, and removed without a trace', async () => {
  const estate = await newEstate();
  const before = SYSTEMS.map((system) => estate.show(system));
  await estate.applied(TEXTS);
  expect(lines(await estate.planned(TEXTS))).toEqual([]);
  await estate.run('discover', {});
  const { pools } = await estate.run('pool.list', {});
  const capacity = await estate.run('capacity', {});
  tell('pool-list', poolListView, { outcome: 'ok', diagnostics: [], pools });
  tell('capacity', capacityView, capacity);
  tell('pool-fit', poolFitView, await estate.run('pool.fit', { virtualPool: 'database' }));
  tell('whatif-lose', whatIfView, await estate.run('whatif', { lose: ['dc1-engines-1'] }));
  tell('whatif-grow', whatIfView, await estate.run('whatif', { grow: { percent: 30 } }));
  tell('audit', auditView('summary'), await estate.run('audit', {}));
  await estate.run('discover.metrics', {});
  for (const port of ['SP-A1', 'SP-B1']) estate.edit({ edit: 'port-load', port, percent: 40 }, 'sim-1');
  estate.clock.advance(3_600_000);
  tell('metrics', metricsView, await estate.run('discover.metrics', {}));

  const virtualPools = new Map((await live(estate, 'virtualPool')).map(({ record }) => [record.urn, record]));
  const systems = (await live(estate, 'storageSystem')).map(({ record }) => record);
  const volumes = (await live(estate, 'volume')).map(({ record }) => record);
  expect(volumes).toHaveLength(60);
  for (const { name, spec, status } of volumes) {
    const pool = pools.find(({ urn }) => urn === status.device!.pool)!;
    expect(pool.virtualPools, name).toContain(virtualPools.get(spec.virtualPool)!.name);
  }
  for (const { name, system, nativeId, urn, capacity: has } of pools) {
    const here = volumes.filter(({ status }) => status.device!.pool === urn);
    const own = systems.find((record) => record.name === system)!.spec.limits?.pools?.[nativeId];
    for (const { limits } of here.map(({ spec }) => virtualPools.get(spec.virtualPool)!.spec)) {
      const at = (limit: number, other = Number.POSITIVE_INFINITY) => has!.totalBytes * Math.min(limit, other);
      expect(has!.usedBytes, name).toBeLessThanOrEqual(at(limits.utilisation, own?.utilisation));
      expect(has!.subscribedBytes, name).toBeLessThanOrEqual(at(limits.subscription, own?.subscription));
    }
  }
  const limited = systems.filter(({ spec }) => spec.limits?.volumes !== undefined);
  expect(limited).toHaveLength(2);
  for (const { urn, spec } of limited) {
    const here = volumes.filter(({ status }) => status.device!.system === urn);
    expect(here.length).toBeLessThanOrEqual(spec.limits!.volumes!);
  }
  const withQuota = [...capacity.virtualPools, ...capacity.projects, ...capacity.tenants].filter(
    ({ quotaBytes }) => quotaBytes,
  );
  expect(withQuota).toHaveLength(10);
  for (const { name, provisionedBytes, quotaBytes } of withQuota) {
    expect(provisionedBytes, name).toBeLessThanOrEqual(quotaBytes!);
    expect(provisionedBytes, name).toBeGreaterThan(0);
  }
  const groups = groupBy(
    volumes.filter(({ spec }) => spec.consistencyGroup),
    ({ spec }) => spec.consistencyGroup!,
  );
  expect([...groups.values()].map((members) => members.length).sort()).toEqual([12, 6]);
  for (const members of groups.values())
    expect(new Set(members.map(({ status }) => status.device!.system)).size).toBe(1);

  const plan = await destroyed(estate, [...STACKS, 'infrastructure']);
  expect(plan.removals.volumes).toBe(60);
  expect(SYSTEMS.map((system) => estate.show(system))).toEqual(before);
  for (const key of await estate.keys('l/')) {
    const { committed, reservations } = decodeLedger((await estate.engine.store.get(key))!);
    expect([committed, reservations]).toEqual([{ allocatedBytes: 0, subscribedBytes: 0, volumes: 0 }, {}]);
  }
});

describe('what is refused', () => {
  const REFUSED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'more than the quota of a project': edited('finance-risk.yaml', 'model-{1..6}', 'model-{1..10}'),
    'a virtual pool that the tenant may not use': edited(INFRASTRUCTURE, '[silver, bronze]', '[bronze]'),
    'a volume that no pool has room for': edited(INFRASTRUCTURE, 'subscription: 120%', 'subscription: 7%'),
    'a consistency group too large for any array': edited(
      INFRASTRUCTURE,
      /( {4}limits: \{ utilisation: 80%, subscription: )150%/,
      '$13%',
    ),
    'volumes shown to a host of another tenant': edited(
      'retail-shop.yaml',
      'web-3: { host: web-3',
      'web-3: { host: hpc-3',
    ),
    'a volume exported over Fibre Channel': {
      ...TEXTS,
      'finance-risk.yaml': `${TEXTS['finance-risk.yaml']}exports: { ora-1: { host: ora-1, volumes: [scratch] } }\n`,
    },
  };

  it('is refused as a whole, in words and with numbers', async () => {
    const estate = await newEstate();
    const told = [];
    for (const [what, texts] of Object.entries(REFUSED)) {
      const { plan, diagnostics } = await estate.plan(texts);
      expect(plan, what).toBeUndefined();
      told.push([`# ${what}`, ...diagnosticsLines(diagnostics, style(100))].join('\n'));
    }
    expectGolden('refused.txt', `${told.join('\n\n')}\n`);
  });
});

it('plans/estate/README.md shows what was recorded here', () => {
  const readme = readFileSync(fileURLToPath(new URL('../../plans/estate/README.md', import.meta.url)), 'utf8');
  const recorded = readdirSync(DIRECTORY).flatMap((name) => readFileSync(DIRECTORY + name, 'utf8').split('\n'));
  // As a shell shows it: files with their folder, and what is typed next.
  const shown = [...readme.matchAll(/^```console\n([^]*?)^```$/gm)].flatMap(([, block]) => block!.split('\n'));
  const said = shown.filter((line) => line !== '' && line !== '...' && !/^(\$|next: |why there: )/.test(line));
  expect(said.length).toBeGreaterThan(60);
  const known = new Set(recorded);
  expect(said.filter((line) => !known.has(line.replaceAll('plans/estate/', '')))).toEqual([]);
});
