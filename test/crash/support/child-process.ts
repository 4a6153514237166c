/** Starting apply-child.ts and reading what it has reported. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ApplyResult, EngineEvent, PlanOptions, PlanSource } from '../../../src/engine/operations/types.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const CHILD = fileURLToPath(new URL('apply-child.ts', import.meta.url));

export interface ApplyJob {
  readonly state: string;
  readonly actor: string;
  readonly source: PlanSource & PlanOptions;
  readonly confirmDestroy: number;
  readonly claimWaitMs: number;
  readonly report: string;
  /** Index of the crash point at which it kills itself, polls of jobs not counted. */
  readonly dieAt?: number;
  /** When that point is right before a call of the device: how far into the call, milliseconds. */
  readonly intoCallMs?: number;
}

export type ReportLine =
  | { readonly type: 'point'; readonly name: string; readonly atMs: number }
  | { readonly type: 'event'; readonly event: EngineEvent }
  | { readonly type: 'result'; readonly result: ApplyResult };

export const isPoll = (point: string): boolean => point.startsWith('job:poll:');

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

export function startApply(directory: string, job: Omit<ApplyJob, 'report'>): RunningChild {
  mkdirSync(directory, { recursive: true });
  const file = path.join(directory, `${job.actor}.job.json`);
  const report = path.join(directory, `${job.actor}.report.jsonl`);
  rmSync(report, { force: true });
  writeFileSync(file, JSON.stringify({ ...job, report }));
  const points = () => readLines(report).flatMap((line) => (line.type === 'point' ? [line.name] : []));
  const events = () => readLines(report).flatMap((line) => (line.type === 'event' ? [line.event] : []));
  let open = true;
  const node = startNode(['--import', 'tsx', CHILD, file]);
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
export function applyInChild(directory: string, job: Omit<ApplyJob, 'report'>): Promise<ChildReport> {
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
