/**
 * Many applies at once, from several real processes on one etcd, over simulated arrays of which each call takes a while: to
 * see that nothing is lost, nobody waits for ever, and that arrays work beside each other. Saved plans, one a stack, each
 * on one array; each process takes its share of an array's calls at once.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { simFault, simShow, simUp } from '../../drivers/simulator/manage.ts';
import { openLocalClient } from '../../src/engine/operations/local-client.ts';
import type { ApplyResult, EngineClient } from '../../src/engine/operations/types.ts';
import type { StateStore } from '../../src/engine/state/store.ts';
import { type DeviceFacts, disagreements } from '../crash/support/device-facts.ts';
import { readFacts, type StateFacts } from '../crash/support/state-facts.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CHILD = fileURLToPath(new URL('many-applies-child.ts', import.meta.url));

export interface ManyOptions {
  /** URL of the state. */
  readonly state: string;
  readonly arrays: number;
  readonly processes: number;
  readonly applies: number;
  readonly volumesEach: number;
  readonly callMs: number;
  /** Calls at once on one array, over all processes: a multiple of their number. */
  readonly callsAtOnce: number;
}

export interface ManyResult {
  readonly outcomes: readonly ApplyResult['outcome'][];
  /** From the first apply's beginning to the last one's end. */
  readonly seconds: number;
  /** Units and device steps that were done. */
  readonly units: number;
  readonly steps: number;
  /** What is wrong in state or on arrays afterwards. */
  readonly complaints: readonly string[];
}

export interface ChildJob {
  readonly state: string;
  readonly stateHome: string;
  readonly plans: readonly string[];
  readonly deviceLimit: number;
  readonly report: string;
}

export interface ChildEnd {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly outcomes: readonly ApplyResult['outcome'][];
  readonly problems: readonly string[];
}

const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

function siteText(arrays: string, options: ManyOptions): string {
  const names = range(options.arrays);
  return `
kind: infrastructure
networks: { lan: { transport: ip, subnets: [10.0.0.0/8] } }
storageSystems:
${names.map((n) => `  sim-${n}: { driver: simulator, mode: manage, scope: { pools: [fast] }, configuration: { directory: "${arrays}", array: sim-${n} } }`).join('\n')}
virtualArrays:
${names.map((n) => `  dc${n}: { networks: [lan], storageSystems: [sim-${n}] }`).join('\n')}
virtualPools:
${names.map((n) => `  gold-${n}: { type: block, protocols: [iscsi], provisioning: thin, paths: { min: 1, max: 2 }, virtualArrays: [dc${n}] }`).join('\n')}
hosts:
${range(options.applies)
  .map((n) => `  h${n}: { type: linux, initiators: [{ iqn: "iqn.2026-01.example:h${n}", network: lan }] }`)
  .join('\n')}
projects: { many: {} }
`;
}

function stackText(number: number, { arrays, volumesEach }: ManyOptions): string {
  const array = ((number - 1) % arrays) + 1;
  const volumes = range(volumesEach).map((n) => `s${number}-v${n}`);
  return `
kind: stack
stack: s${number}
project: many
volumes:
${volumes.map((name) => `  ${name}: { size: 1GiB, virtualPool: gold-${array}, virtualArray: dc${array}, protect: false }`).join('\n')}
exports: { s${number}: { host: h${number}, volumes: [${volumes.join(', ')}] } }
`;
}

export async function runMany(options: ManyOptions): Promise<ManyResult> {
  // Memory-backed where the machine has such a place: the arrays stand for devices that answer from their own memory.
  const home = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'coprhd-many-'));
  const arrays = join(home, 'arrays');
  const stateHome = join(home, 'local');
  try {
    await simUp({
      directory: arrays,
      arrays: range(options.arrays).map((n) => ({
        name: `sim-${n}`,
        pools: [{ name: 'fast', totalBytes: 1024 ** 5 }],
        ports: [1, 2].map((port) => ({
          name: `SP-${port}`,
          address: `10.${n}.${port}.10:3260`,
          haDomain: `SP-${port}`,
        })),
      })),
    });
    let store: StateStore | undefined;
    const client = await openLocalClient({
      state: options.state,
      actor: { type: 'local', name: 'many', uid: 0 },
      surroundings: { stateHome },
      wrapStore: (real) => (store = real),
    });
    try {
      const plans = await prepare(client, home, arrays, options);
      for (const n of range(options.arrays)) {
        await simFault({ directory: arrays, array: `sim-${n}`, add: { operation: '*', latencyMs: options.callMs } });
      }
      const ends = await runChildren(home, stateHome, plans, options);
      for (const n of range(options.arrays)) await simFault({ directory: arrays, array: `sim-${n}`, clear: 'all' });
      const state = await readFacts(store!);
      const seconds = (Math.max(...ends.map((e) => e.endedAtMs)) - Math.min(...ends.map((e) => e.startedAtMs))) / 1_000;
      return {
        outcomes: ends.flatMap(({ outcomes }) => outcomes),
        seconds,
        units: options.applies * (options.volumesEach + 1),
        steps: options.applies * (2 * options.volumesEach + 1),
        complaints: [
          ...ends.flatMap(({ problems }) => problems),
          ...state.complaints,
          ...(await deviceComplaints(arrays, state, options)),
        ],
      };
    } finally {
      await client.close();
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function prepare(client: EngineClient, home: string, arrays: string, options: ManyOptions): Promise<string[]> {
  await client.call('init', {});
  const source = (text: string) => ({ texts: [{ file: 'many.yaml', text }], variables: {} });
  const made = await client.call('apply', {
    source: source(siteText(arrays, options)),
    skipHeld: false,
    claimWaitMs: 0,
  });
  if (made.outcome !== 'ok') throw new Error(`the site: ${JSON.stringify(made.diagnostics)}`);
  mkdirSync(join(home, 'plans'));
  const files: string[] = [];
  for (const number of range(options.applies)) {
    const { plan, diagnostics } = await client.call('plan', { ...source(stackText(number, options)), refresh: 'auto' });
    if (!plan) throw new Error(`stack ${number}: ${JSON.stringify(diagnostics)}`);
    const file = join(home, 'plans', `${number}.json`);
    writeFileSync(file, JSON.stringify(plan));
    files.push(file);
  }
  return files;
}

async function runChildren(
  home: string,
  stateHome: string,
  plans: readonly string[],
  { state, processes, callsAtOnce }: ManyOptions,
): Promise<ChildEnd[]> {
  const deviceLimit = Math.max(1, Math.floor(callsAtOnce / processes));
  return Promise.all(
    range(processes).map(async (number) => {
      const report = join(home, `child-${number}.json`);
      // Neighbours in the list are on different arrays: each process works on all of them.
      const own = plans.filter((_, index) => Math.floor(index / (plans.length / processes)) === number - 1);
      const job: ChildJob = { state, stateHome, plans: own, deviceLimit, report };
      const file = join(home, `child-${number}.job.json`);
      writeFileSync(file, JSON.stringify(job));
      const child = spawn(process.execPath, ['--import', 'tsx', CHILD, file], {
        cwd: ROOT,
        env: { ...process.env, TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.json') },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
      if (code !== 0) throw new Error(`process ${number} ended with ${code}`);
      return JSON.parse(readFileSync(report, 'utf8')) as ChildEnd;
    }),
  );
}

async function deviceComplaints(arrays: string, state: StateFacts, options: ManyOptions): Promise<string[]> {
  const complaints: string[] = [];
  for (const n of range(options.arrays)) {
    const system = state.live.find(({ kind, name }) => kind === 'storageSystem' && name === `sim-${n}`);
    const { volumes, masks } = await simShow({ directory: arrays, array: `sim-${n}` });
    const marked = (tag: string | undefined) => ({ markedAs: (JSON.parse(tag ?? '{}') as { urn?: string }).urn });
    const facts = {
      volumes: volumes.map(({ id, ...volume }) => ({ nativeId: id, ...volume, ...marked(volume.tag) })),
      masks: masks.map(({ id, ...mask }) => ({ nativeId: id, ...mask, ...marked(mask.tag) })),
    } as unknown as DeviceFacts;
    const own: StateFacts = {
      ...state,
      onDevice: state.onDevice.filter(({ status }) => status.device!.system === system?.urn),
    };
    complaints.push(...disagreements(own, facts).map((text) => `sim-${n}: ${text}`));
  }
  return complaints;
}
