/**
 * What the executor costs on top of the store: transactions a step, and steps a second against raw transactions of the
 * same shape on the same store in the same run. LMDB on disk, flushed at each commit; one etcd member of the benchmark's own,
 * where etcd is installed. The arrays are in memory and answer at once, so that what is left is the executor and the store.
 *
 * Usage: npm run bench:workflow [-- VOLUMES, by default 600]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEtcdStore } from '../../src/engine/state/etcd/etcd-store.ts';
import { openLmdbStore } from '../../src/engine/state/lmdb/lmdb-store.ts';
import type { StateStore } from '../../src/engine/state/store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { createEstate } from '../engine/planner/estate.ts';
import { infrastructure } from '../engine/planner/texts.ts';
import { startEtcd, whyNoEtcd } from '../support/etcd-cluster.ts';

const VOLUMES = Number(process.argv[2] ?? 600);
const VOLUMES_AN_EXPORT = 5;
const IN_FLIGHT = 64;
/** So many that their limits of calls at once (4 each) are not what is measured. */
const ARRAYS = Array.from({ length: 16 }, (_, n) => `array-${n + 1}`);
const RAW_TRANSACTIONS = 3_000;

interface Counted {
  readonly store: StateStore;
  transactions(): number;
}

function counted(store: StateStore): Counted {
  let transactions = 0;
  return {
    transactions: () => transactions,
    store: new Proxy(store, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        if (name === 'txn') {
          return (...args: Parameters<StateStore['txn']>) => {
            transactions++;
            return target.txn(...args);
          };
        }
        return value.bind(target);
      },
    }),
  };
}

function stackText(volumes: number, hosts: number): string {
  const names = Array.from({ length: volumes }, (_, n) => `v${n}`);
  const lines = ['kind: stack', 'stack: bench', 'project: p', 'volumes:'];
  for (const name of names) lines.push(`  ${name}: { size: 1GiB, virtualPool: gold, virtualArray: dc1 }`);
  lines.push('exports:');
  for (let host = 0; host < hosts; host++) {
    const own = names.slice(host * VOLUMES_AN_EXPORT, (host + 1) * VOLUMES_AN_EXPORT);
    lines.push(`  e${host}: { host: h${host}, volumes: [${own.join(', ')}] }`);
  }
  return `${lines.join('\n')}\n`;
}

function siteText(hosts: number): string {
  const names = Array.from({ length: hosts }, (_, host) => `h${host}`);
  return infrastructure({
    arrays: ARRAYS,
    hosts: Object.fromEntries(names.map((name) => [name, [name]])),
    clusters: {},
  });
}

/** As an intent or outcome: the fence is compared, a journal entry and a record are written. */
async function rawPerSecond(store: StateStore): Promise<number> {
  const { revision } = await store.txn({ success: [{ type: 'put', key: 'raw/owner', value: 'x'.repeat(400) }] });
  let next = 0;
  const worker = async () => {
    for (let n = next++; n < RAW_TRANSACTIONS; n = next++) {
      await store.txn({
        compare: [{ key: 'raw/owner', modRevision: revision }],
        success: [
          { type: 'put', key: `raw/journal/${n}`, value: 'x'.repeat(120) },
          { type: 'put', key: `raw/record/${n}`, value: 'x'.repeat(900) },
        ],
      });
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return RAW_TRANSACTIONS / ((performance.now() - startedMs) / 1_000);
}

async function bench(name: string, aim: number, open: () => Promise<StateStore>): Promise<void> {
  const { store, transactions } = counted(await open());
  try {
    const raw = await rawPerSecond(store);
    const estate = await createEstate({
      store,
      arrays: ARRAYS.map(() => ({})),
      clock: { ...systemClock, advance: () => {} },
    });
    const hosts = Math.ceil(VOLUMES / VOLUMES_AN_EXPORT);
    await estate.applied({ 'site.yaml': siteText(hosts) });
    let ended = { atMs: 0, transactions: 0 };
    let committed = { atMs: 0, transactions: 0, steps: 0 };
    const before = transactions();
    const events = estate.events.length;
    const input = { 'site.yaml': siteText(hosts), 'bench.yaml': stackText(VOLUMES, hosts) };
    const plan = await estate.planned(input);
    const call = estate.call();
    const emit = call.ctx.emit;
    const { apply } = await import('../../src/engine/operations/apply.ts');
    const result = await apply(
      {
        ...call,
        ctx: {
          ...call.ctx,
          emit: (event) => {
            emit(event);
            if (event.type === 'unit.finished') ended = { atMs: performance.now(), transactions: transactions() };
            if (event.type !== 'workflow.committed') return;
            committed = { atMs: performance.now(), transactions: transactions(), steps: event.steps };
          },
        },
      },
      { plan, skipHeld: false, claimWaitMs: 0 },
    );
    if (result.outcome !== 'ok')
      throw new Error(`the apply ended ${result.outcome}: ${JSON.stringify(result.diagnostics)}`);
    const lastStep = estate.events.slice(events).filter(({ type }) => type === 'unit.finished').length;
    const seconds = (ended.atMs - committed.atMs) / 1_000;
    const { steps } = committed;
    const perStep = (ended.transactions - committed.transactions) / steps;
    const overall = (transactions() - before) / steps;
    const rate = steps / seconds;
    console.log(
      `\n${name}: ${VOLUMES} volumes, ${hosts} exports, ${lastStep} units, ${steps} steps, ${IN_FLIGHT} units in flight`,
    );
    console.log(
      `  transactions a step      ${perStep.toFixed(2)} from commit to the last end, ${overall.toFixed(2)} in the whole apply (aim: at most 1.5)`,
    );
    console.log(`  steps a second           ${rate.toFixed(0)}`);
    console.log(`  raw transactions a second ${raw.toFixed(0)}, ${IN_FLIGHT} at a time`);
    console.log(`  ratio                    ${((rate / raw) * 100).toFixed(0)} % (aim: ${aim} %)`);
  } finally {
    await store.close();
  }
}

const directory = mkdtempSync(join(tmpdir(), 'coprhd-bench-'));
console.log(`executor and store: ${cpus().length} cores, Node ${process.version}`);
try {
  await bench('LMDB, flushed', 20, () =>
    openLmdbStore({ directory, clock: systemClock, random: systemRandom, create: true }),
  );
  const why = whyNoEtcd();
  if (why) console.log(`\n*** SKIPPED, etcd: ${why} ***`);
  else {
    const cluster = await startEtcd({ members: 1, tls: false });
    try {
      await bench('etcd, one member', 50, () =>
        openEtcdStore({ location: cluster.location('bench'), clock: systemClock, random: systemRandom }),
      );
    } finally {
      await cluster.stop();
    }
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
