/**
 * The built command line as a real process, for the acceptance tests: builds dist/ when it is older than the sources,
 * runs commands, and refuses output that no person should ever see (stacks, objects printed as text).
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Plan } from '../../src/engine/planner/plan.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['src', 'drivers', 'scripts/build.js', 'tsconfig.json', 'tsconfig.build.json', 'package.json'];
const BUILT = ['dist/src/commands/_base/main.js', 'oclif.manifest.json'];
const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;

function newestMs(path: string): number {
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  return Math.max(info.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

/** Tests of an old build would prove nothing. */
export function ensureBuilt(): void {
  const builtMs = Math.min(...BUILT.map((path) => statSync(ROOT + path, { throwIfNoEntry: false })?.mtimeMs ?? 0));
  if (builtMs >= Math.max(...SOURCES.map((path) => newestMs(ROOT + path)))) return;
  const build = spawnSync(process.execPath, ['scripts/build.js'], { cwd: ROOT, encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`dist/ is old and \`npm run build\` fails:\n${build.stdout}${build.stderr}`);
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Stack frames, objects and values of the language, internal errors. */
const NEVER_PRINTED = /\bat .*\.[cm]?[jt]s:\d+|\[object \w+\]|\bundefined\b|\bNaN\b|COPRHD-INTERNAL/;

export function expectForPeople(ran: Ran): void {
  expect(ran.stdout + ran.stderr).not.toMatch(NEVER_PRINTED);
}

export interface SpawnOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly timeoutMs?: number;
}

/** Any program; resolves whatever its exit code is. */
export function spawnProgram(program: string, argv: readonly string[], options: SpawnOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...argv], {
      cwd: options.cwd ?? ROOT,
      env: { PATH, HOME: process.env.HOME ?? '/', LC_ALL: 'C', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 60_000,
    });
    const text = { stdout: '', stderr: '' };
    child.stdout.on('data', (part: Buffer) => (text.stdout += part.toString()));
    child.stderr.on('data', (part: Buffer) => (text.stderr += part.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...text }));
  });
}

/** One state directory and one directory of plan files. */
export interface Cli {
  readonly state: string;
  /** Also the directory that commands run in. */
  readonly directory: string;
  /** Runs `coprhd ...`; the caller judges the exit code. */
  run(...argv: string[]): Promise<Ran>;
  /** The same, expecting this exit code. */
  expect(code: number, ...argv: string[]): Promise<Ran>;
  /** With --json, expecting exit code 0 (or the given one): the one document. */
  json<T>(...argv: [number | string, ...string[]]): Promise<T>;
  /** Of `apply`, `destroy` and their like with --json: the last line, which says how it ended. */
  result(code: number, ...argv: string[]): Promise<ApplyLine>;
}

export interface ApplyLine {
  readonly type: 'result';
  readonly outcome: string;
  readonly plan?: Plan;
  readonly diagnostics: readonly { readonly code: string; readonly summary: string; readonly fix?: string }[];
  readonly counts?: Readonly<Record<string, number>>;
}

export function cliIn(directory: string, state = join(directory, 'state'), more: Record<string, string> = {}): Cli {
  const env = { COPRHD_STATE: state, COPRHD_SIM: join(directory, 'sim'), NO_COLOR: '1', ...more };
  const run: Cli['run'] = async (...argv) => {
    const ran = await spawnProgram(process.execPath, [`${ROOT}bin/run.js`, ...argv], { cwd: directory, env });
    expectForPeople(ran);
    return ran;
  };
  const expectCode: Cli['expect'] = async (code, ...argv) => {
    const ran = await run(...argv);
    expect(ran.code, `coprhd ${argv.join(' ')}\n${(ran.stderr + ran.stdout).slice(0, 3_000)}`).toBe(code);
    return ran;
  };
  return {
    state,
    directory,
    run,
    expect: expectCode,
    json: async <T>(...argv: [number | string, ...string[]]) => {
      const [first, ...rest] = argv;
      const words = typeof first === 'number' ? rest : [first, ...rest];
      const ran = await expectCode(typeof first === 'number' ? first : 0, ...words, '--json');
      const document = JSON.parse(ran.stdout) as T & { schemaVersion: number };
      expect(document.schemaVersion).toBe(1);
      return document;
    },
    result: async (code, ...argv) => {
      const lines = (await expectCode(code, ...argv, '--json')).stdout.trimEnd().split('\n');
      const parsed = lines.map((line) => JSON.parse(line) as ApplyLine);
      const last = parsed.at(-1)!;
      expect(last.type).toBe('result');
      return last;
    },
  };
}

/** Of `coprhd plan --json`. */
export interface PlanDocument {
  readonly outcome: string;
  readonly plan: Plan;
}

/** Of `coprhd show ADDRESS --json`. */
export interface ShownDocument {
  readonly resources: readonly Shown[];
}

export interface Shown {
  readonly address: string;
  readonly kind: string;
  readonly urn: string;
  readonly name: string;
  readonly phase: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly children: readonly Shown[];
}

/** Of `coprhd drift --json`; `foreign` instead of `items` from discover. */
export interface DriftDocument {
  readonly outcome: string;
  readonly items: readonly {
    readonly class: string;
    readonly address: string;
    readonly system: string;
    readonly summary: string;
    readonly observed?: { readonly nativeId?: string };
  }[];
  readonly systems: readonly {
    readonly system: string;
    readonly trust: string;
    readonly ours: number;
    readonly foreign: number;
  }[];
}
export type DiscoverDocument = Omit<DriftDocument, 'items'> & { readonly foreign: DriftDocument['items'] };

/** What a shown volume is known by on its device. */
export interface VolumeFacts {
  readonly urn: string;
  readonly wwn: string;
  readonly label: string;
  readonly nativeId: string;
  readonly phase: string;
}

export async function volumeFacts(cli: Cli, address: string): Promise<VolumeFacts> {
  const shown = (await cli.json<ShownDocument>('show', address)).resources[0]!;
  const { wwn, label, nativeId } = shown.attributes as { wwn: string; label: string; nativeId: string };
  return { urn: shown.urn, wwn, label, nativeId, phase: shown.phase };
}

/** A LUN as `show` tells it to whoever logs in. */
export interface LunFacts {
  readonly volume: string;
  readonly hlu: number;
  readonly wwn: string;
  readonly sizeBytes: number;
  readonly targetName: string;
  readonly portals: readonly string[];
  readonly initiators: readonly string[];
}

export async function lunsOf(cli: Cli, address: string): Promise<LunFacts[]> {
  const shown = (await cli.json<ShownDocument>('show', address)).resources[0]!;
  return shown.children.map(({ attributes }) => attributes as unknown as LunFacts).sort((a, b) => a.hlu - b.hlu);
}

/** The second plan: the acceptance test of everything. */
export async function expectNoChanges(cli: Cli, ...plans: string[]): Promise<void> {
  const ran = await cli.expect(0, 'plan', ...plans, '--exit-code', '--human');
  expect(ran.stdout).toContain('No changes.');
}

export const heldIn = (plan: Plan): { address: string; code: string; fix: string }[] =>
  plan.changes
    .filter((change) => change.action === 'held')
    .map(({ address, held }) => ({ address, code: held!.diagnostic.code, fix: held!.diagnostic.fix ?? '' }));

export const actionsIn = (plan: Plan): Record<string, string> =>
  Object.fromEntries(plan.changes.map(({ address, action }) => [address, action]));
