/** Starting apply-child.ts and reading what it has reported. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformSync } from 'esbuild';
import type { ApplyResult, EngineEvent, PlanOptions, PlanSource } from '../../../src/engine/operations/types.ts';
import { ensureBuilt } from '../../e2e/cli.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const CHILD = fileURLToPath(new URL('apply-child.ts', import.meta.url));
const ENGINE = pathToFileURL(path.join(ROOT, 'dist/src/engine/operations/local-client.js')).href;
const POLL_POINT = 'job:poll:';

export interface ApplyJob {
  readonly state: string;
  readonly actor: string;
  readonly source: PlanSource & PlanOptions;
  readonly confirmDestroy: number;
  readonly claimWaitMs: number;
  readonly report: string;
  /** Module of the built engine, and how the crash points begin that are not counted. */
  readonly engine: string;
  readonly pollPoint: string;
  /** Home of logs, where the state is no directory. */
  readonly stateHome?: string;
  /** How long its leases last, instead of as long as always. */
  readonly leaseMs?: number;
  /** Index of the crash point at which it kills itself, polls of jobs not counted. */
  readonly dieAt?: number;
  /** When that point is right before a call of the device: how far into the call, milliseconds. */
  readonly intoCallMs?: number;
}

export type ReportLine =
  | { readonly type: 'point'; readonly name: string; readonly atMs: number }
  | { readonly type: 'event'; readonly event: EngineEvent }
  | { readonly type: 'result'; readonly result: ApplyResult };

export const isPoll = (point: string): boolean => point.startsWith(POLL_POINT);

export type ApplyOrder = Omit<ApplyJob, 'report' | 'engine' | 'pollPoint'>;

let built = false;
/** The program of the child, in the directory; the engine is built first where it is older than its source. */
function childIn(directory: string): string {
  if (!built) ensureBuilt();
  built = true;
  const program = path.join(directory, 'apply-child.mjs');
  if (!existsSync(program)) {
    writeFileSync(program, transformSync(readFileSync(CHILD, 'utf8'), { loader: 'ts', format: 'esm' }).code);
  }
  return program;
}

export interface ChildReport {
  readonly pid: number;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly endedAtMs: number;
  readonly points: readonly string[];
  readonly events: readonly EngineEvent[];
  readonly result?: ApplyResult;
  readonly stderr: string;
}

export interface RunningChild {
  /** What it has reported so far. */
  points(): readonly string[];
  events(): readonly EngineEvent[];
  readonly ended: Promise<ChildReport>;
  hasEnded(): boolean;
  /** Harmless when it has ended already. */
  kill(): void;
}

export function startApply(directory: string, job: ApplyOrder): RunningChild {
  mkdirSync(directory, { recursive: true });
  const file = path.join(directory, `${job.actor}.job.json`);
  const report = path.join(directory, `${job.actor}.report.jsonl`);
  rmSync(report, { force: true });
  writeFileSync(file, JSON.stringify({ ...job, report, engine: ENGINE, pollPoint: POLL_POINT }));
  const points = () => readLines(report).flatMap((line) => (line.type === 'point' ? [line.name] : []));
  const events = () => readLines(report).flatMap((line) => (line.type === 'event' ? [line.event] : []));
  let open = true;
  const node = startNode([childIn(directory), file]);
  const ended = node.ended.then((end) => {
    open = false;
    const result = readLines(report).find((line) => line.type === 'result')?.result;
    return { ...end, points: points(), events: events(), ...(result ? { result } : {}) };
  });
  return { points, events, ended, hasEnded: () => !open, kill: node.kill };
}

/** Whole lines only: the last one may be half written. */
function readLines(report: string): ReportLine[] {
  const text = existsSync(report) ? readFileSync(report, 'utf8') : '';
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ReportLine);
}

/** Resolves when the process has ended, however. */
export function applyInChild(directory: string, job: ApplyOrder): Promise<ChildReport> {
  return startApply(directory, job).ended;
}

export interface Ended {
  readonly pid: number;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly endedAtMs: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts Node in the project's folder. */
export function startNode(args: readonly string[]): { readonly ended: Promise<Ended>; kill(): void } {
  const env = { ...process.env, TSX_TSCONFIG_PATH: path.join(ROOT, 'tsconfig.json'), NO_COLOR: '1' };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) =>
      resolve({ pid: child.pid!, exitCode, signal, endedAtMs: Date.now(), stdout, stderr }),
    );
  });
  return { ended, kill: () => void child.kill('SIGKILL') };
}
