/**
 * The REST API from a second process, as ratios in the same run: reads against a bare fastify that answers the same bytes over
 * the same TLS, accepted posts against raw transactions of the same shape on the same etcd (as many, with as many keys and bytes, as
 * the daemon writes for a post and its work), search and start beside a few and beside many volumes.
 *
 * Usage: npm run bench:rest [-- VOLUMES, by default 100000]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResourceRecord } from '../../src/engine/model/record.ts';
import { makeUrn } from '../../src/engine/model/urn.ts';
import { openEtcdStore } from '../../src/engine/state/etcd/etcd-store.ts';
import { keys } from '../../src/engine/state/keys.ts';
import { decodeRecord, putRecordOps } from '../../src/engine/state/records.ts';
import { rangeAll, type StateStore } from '../../src/engine/state/store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { ROOT } from '../e2e/cli.ts';
import { startDaemon } from '../e2e/daemon.ts';
import { startEtcd, whyNoEtcd } from '../support/etcd-cluster.ts';

const MANY = Number(process.argv[2] ?? 100_000);
const FEW = Math.min(1_000, MANY);
const WORKERS = 32;
const SECONDS = 5;

const why = whyNoEtcd();
if (why) {
  console.log(`*** SKIPPED: ${why} ***`);
  process.exit(0);
}

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function ask(url: string, agent: Agent | false, { method = 'GET', path, headers = {}, body }: Asked) {
  return new Promise<{ status: number; headers: Readonly<Record<string, unknown>>; text: string }>(
    (resolve, reject) => {
      const options = { method, headers, agent, rejectUnauthorized: false };
      const asked = request(new URL(path, url), options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
        response.on('error', reject);
      });
      asked.on('error', reject);
      asked.end(body);
    },
  );
}

/** Answers a second, WORKERS at a time. Every one must have this status. */
async function rate(
  url: string,
  status: number,
  make: (worker: number, n: number) => Asked,
  keepAlive = true,
  seconds = SECONDS,
) {
  const agent = keepAlive ? new Agent({ keepAlive: true, maxSockets: WORKERS }) : false;
  const endMs = performance.now() + seconds * 1_000;
  const startedMs = performance.now();
  let answered = 0;
  const worker = async (index: number) => {
    for (let n = 0; performance.now() < endMs; n++) {
      const answer = await ask(url, agent, make(index, n));
      if (answer.status !== status) throw new Error(`${answer.status}: ${answer.text.slice(0, 300)}`);
      answered++;
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, index) => worker(index)));
  if (agent) agent.destroy();
  return answered / ((performance.now() - startedMs) / 1_000);
}

const percent = (part: number, whole: number): string => `${((part / whole) * 100).toFixed(0)} %`;

/** The daemon on arrays that answer at once. */
async function quickDaemon(state: string, directory: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', `${ROOT}test/bench/rest-daemon.ts`, state, directory], {
    cwd: ROOT,
  });
  let said = '';
  child.stdout.on('data', (part) => (said += part));
  child.stderr.pipe(process.stderr);
  while (!said.includes('\n')) await sleep(20);
  const { port, password } = JSON.parse(said) as { port: number; password: string };
  const writtenSoFar = async (): Promise<Written> => {
    said = '';
    child.kill('SIGUSR2');
    while (!said.includes('\n')) await sleep(5);
    return JSON.parse(said) as Written;
  };
  return { child, password, url: `https://127.0.0.1:${port}`, writtenSoFar };
}

interface Written {
  readonly transactions: number;
  readonly compares: number;
  readonly operations: number;
  readonly bytes: number;
}

async function bareServer(directory: string): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, ['--import', 'tsx', `${ROOT}test/bench/rest-bare.ts`, directory], {
    cwd: ROOT,
  });
  let said = '';
  child.stdout.on('data', (part) => (said += part));
  child.stderr.pipe(process.stderr);
  while (!said.includes('\n')) await sleep(20);
  return { child, url: `https://127.0.0.1:${(JSON.parse(said) as { port: number }).port}` };
}

/** Copies of a recorded volume, under names of their own. */
async function fill(store: StateStore, from: number, to: number): Promise<void> {
  let model: ResourceRecord<'volume'> | undefined;
  for await (const item of rangeAll(store, keys.recordsOf('volume'))) model = decodeRecord(item).record as never;
  const AT_ONCE = 20;
  for (let first = from; first < to; first += AT_ONCE * WORKERS) {
    const batches = Array.from({ length: WORKERS }, async (_, worker) => {
      const begin = first + worker * AT_ONCE;
      const ops = [];
      for (let index = begin; index < Math.min(begin + AT_ONCE, to); index++) {
        const hex = index.toString(16).padStart(12, '0');
        const device = { ...model!.status.device!, nativeId: `old-${index}`, label: `old-${index}` };
        const record = {
          ...model!,
          urn: makeUrn('volume', `11111111-1111-4111-8111-${hex}`),
          name: `old-${index}`,
          tags: [`tag-${index}`],
          status: { ...model!.status, device },
        };
        ops.push(...putRecordOps(record).operations);
      }
      if (ops.length > 0) await store.txn({ success: ops });
    });
    await Promise.all(batches);
  }
}

/** Of so many compares and puts, of so many bytes together. */
interface Shape {
  readonly compares: number;
  readonly puts: number;
  readonly bytes: number;
}

/** As the least commit of a workflow: the owner's fence is compared, what it will do and its record are written. */
const COMMIT: Shape = { compares: 1, puts: 2, bytes: 1_020 };

async function rawPerSecond(store: StateStore, { compares, puts, bytes }: Shape): Promise<number> {
  const value = 'x'.repeat(Math.max(1, Math.round(bytes / puts)));
  const { revision } = await store.txn({ success: [{ type: 'put', key: 'raw/owner', value: 'x'.repeat(400) }] });
  let done = 0;
  const endMs = performance.now() + SECONDS * 1_000;
  const worker = async (index: number) => {
    for (let n = 0; performance.now() < endMs; n++) {
      await store.txn({
        compare: Array.from({ length: compares }, () => ({ key: 'raw/owner', modRevision: revision })),
        success: Array.from({ length: puts }, (_, put) => ({
          type: 'put' as const,
          key: `raw/${index}-${n}-${put}`,
          value,
        })),
      });
      done++;
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: WORKERS }, (_, index) => worker(index)));
  return done / ((performance.now() - startedMs) / 1_000);
}

const home = mkdtempSync(join(tmpdir(), 'coprhd-bench-rest-'));
const cluster = await startEtcd({ members: 1, tls: false });
const children: ChildProcess[] = [];
try {
  console.log(`REST: ${cpus().length} cores, Node ${process.version}, ${WORKERS} at a time, ${SECONDS} s each`);
  const state = cluster.url('bench/rest');
  const store = await openEtcdStore({
    location: cluster.location('bench/rest'),
    clock: systemClock,
    random: systemRandom,
  });
  const raw = await rawPerSecond(store, COMMIT);
  const tls = join(home, '.coprhd-daemon');
  mkdirSync(tls);
  const quick = await quickDaemon(state, tls);
  children.push(quick.child);
  const authorization = `Basic ${Buffer.from(`root:${quick.password}`).toString('base64')}`;
  const tokens: string[] = [];
  for (let n = 0; n < WORKERS; n++) {
    const { headers } = await ask(quick.url, false, { path: '/login', headers: { authorization } });
    tokens.push(String(headers['x-sds-auth-token']));
  }
  const headersOf = (worker: number) => ({
    'x-sds-auth-token': tokens[worker]!,
    accept: 'application/json',
    'content-type': 'application/json',
  });
  const get =
    (path: string) =>
    (worker: number): Asked => ({ path, headers: headersOf(worker) });

  const ids = await references(quick.url, headersOf(0));
  const before = await quick.writtenSoFar();
  const accepted = await rate(quick.url, 202, (worker, n) => ({
    method: 'POST',
    path: '/block/volumes',
    headers: headersOf(worker),
    body: JSON.stringify({ name: `new-${worker}-${n}`, size: '16MB', ...ids }),
  }));
  const after = await quick.writtenSoFar();
  quick.child.kill('SIGKILL');
  const posts = accepted * SECONDS;
  const [transactions, compared, keysPut, bytesPut] = (
    ['transactions', 'compares', 'operations', 'bytes'] as const
  ).map((what) => after[what] - before[what]) as [number, number, number, number];
  const shape = {
    compares: Math.max(1, Math.round(compared / transactions)),
    puts: Math.max(1, Math.round(keysPut / transactions)),
    bytes: bytesPut / transactions,
  };
  const alike = ((await rawPerSecond(store, shape)) * posts) / transactions;
  const perPost = (count: number) => (count / posts).toFixed(1);
  console.log(
    `a post and its work: ${perPost(transactions)} transactions, ${perPost(keysPut)} keys, ${perPost(bytesPut / 1_024)} KiB`,
  );
  console.log(
    `posts accepted: ${accepted.toFixed(0)} a second, raw transactions of the same shape ${alike.toFixed(0)}: ${percent(accepted, alike)} (aim: 40 %)`,
  );
  console.log(`one transaction of 2 keys instead: ${raw.toFixed(0)} a second: ${percent(accepted, raw)}`);

  const compareReads = async (url: string) => {
    const byId = `/block/volumes/${makeUrn('volume', '11111111-1111-4111-8111-000000000000')}`;
    for (const [what, path] of [
      ['by id', byId],
      ['a list', '/block/vpools'],
    ] as const) {
      const { text } = await ask(url, false, get(path)(0));
      const directory = join(home, 'bare');
      mkdirSync(directory, { recursive: true });
      for (const name of ['tls.key', 'tls.crt']) copyFileSync(join(tls, name), join(directory, name));
      writeFileSync(join(directory, 'answer.json'), text);
      const bare = await bareServer(directory);
      children.push(bare.child);
      for (const [how, keepAlive] of [
        ['kept alive', true],
        ['new connections', false],
      ] as const) {
        const least = await rate(bare.url, 200, get(path), keepAlive);
        const ours = await rate(url, 200, get(path), keepAlive);
        console.log(
          `read ${what}, ${how}: ${ours.toFixed(0)} a second, bare fastify ${least.toFixed(0)}: ${percent(ours, least)} (aim: 50 %)`,
        );
      }
      bare.child.kill('SIGKILL');
    }
  };

  /** As people start it. */
  const served = async (volumes: number, more: (url: string) => Promise<void> = async () => {}) => {
    const startedMs = performance.now();
    const { daemon, url } = await startDaemon(home, state, false);
    children.push(daemon);
    const last = `old-${volumes - 1}`;
    const { text } = await ask(url, false, { path: `/block/volumes/search?name=${last}`, headers: headersOf(0) });
    const tookMs = performance.now() - startedMs;
    if (!text.includes(`"${last}"`)) throw new Error(text);
    const search = await rate(url, 200, (worker, n) =>
      get(`/block/volumes/search?name=old-${(worker * 3_101 + n * 7) % volumes}`)(worker),
    );
    await more(url);
    daemon.kill('SIGTERM');
    await new Promise((resolve) => daemon.once('close', resolve));
    return { tookMs, search };
  };
  await fill(store, 0, FEW);
  const few = await served(FEW, compareReads);
  const fillMs = performance.now();
  await fill(store, FEW, MANY);
  console.log(`filled to ${MANY} volumes in ${((performance.now() - fillMs) / 1_000).toFixed(0)} s`);
  const many = await served(MANY);
  console.log(
    `start until the first search is answered: ${few.tookMs.toFixed(0)} ms with ${FEW} volumes, ${many.tookMs.toFixed(0)} ms with ${MANY} (aim: under 10 s)`,
  );
  console.log(
    `search by name: ${few.search.toFixed(0)} a second with ${FEW} volumes, ${many.search.toFixed(0)} with ${MANY}: ${percent(many.search, few.search)}`,
  );
  await store.close();
} finally {
  for (const child of children) child.kill('SIGKILL');
  await cluster.stop();
  rmSync(home, { recursive: true, force: true });
}

async function references(url: string, headers: Readonly<Record<string, string>>) {
  const found = async (path: string, key: string) => {
    const { text } = await ask(url, false, { path, headers });
    return (JSON.parse(text) as Record<string, { id: string; name: string }[]>)[key]!;
  };
  const { id: tenant } = JSON.parse((await ask(url, false, { path: '/tenant', headers })).text) as { id: string };
  return {
    project: (await found(`/tenants/${tenant}/projects`, 'project')).find(({ name }) => name === 'p')!.id,
    varray: (await found('/vdc/varrays', 'varray'))[0]!.id,
    vpool: (await found('/block/vpools', 'virtualpool'))[0]!.id,
  };
}
