/** The pipelines of docs/ci.md: their commands are run as written, job by job, against a simulated array. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { MARKDOWN_MARK } from '../../src/views/plan-markdown.ts';
import { ensureBuilt, expectForPeople, type Ran, ROOT, spawnProgram } from './cli.ts';
import { numbered, stack } from './plans.ts';
import { type SimWorld, simWorld } from './sim.ts';

beforeAll(ensureBuilt);

const DOCUMENT = readFileSync(`${ROOT}docs/ci.md`, 'utf8');

interface Step {
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** Also after a step that failed. */
  readonly always: boolean;
}

type Pipeline = Readonly<Record<string, readonly Step[]>>;

const blocks = (language: string): string[] =>
  [...DOCUMENT.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, name]) => name === language).map(([, , text]) => text!);

interface GithubStep {
  readonly run?: string;
  readonly if?: string;
  readonly env?: Record<string, string>;
}

function github(text: string): Pipeline {
  const { jobs } = load(text) as { jobs: Record<string, { steps: GithubStep[] }> };
  return Object.fromEntries(
    Object.entries(jobs).map(([name, { steps }]) => [
      name,
      steps.flatMap(({ run, env = {}, if: when }) =>
        run === undefined ? [] : [{ script: run, env, always: when === 'always()' }],
      ),
    ]),
  );
}

function gitlab(text: string): Pipeline {
  const document = load(text) as Record<string, { script?: string[]; after_script?: string[] }>;
  return Object.fromEntries(
    Object.entries(document)
      .filter(([, job]) => job.script !== undefined)
      .map(([name, { script = [], after_script: after = [] }]) => [
        name,
        [
          { script: script.join('\n'), env: {}, always: false },
          ...after.map((each) => ({ script: each, env: {}, always: true })),
        ],
      ]),
  );
}

/** What the system would put in the place of its expressions. */
const EXPRESSIONS: Record<string, (confirm: string) => string> = {
  'github.token': () => 'token',
  'github.event.number': () => '17',
  'inputs.confirm_destroy': (confirm) => confirm,
};

const expand = (value: string, confirm: string): string =>
  value.replace(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => EXPRESSIONS[expression]!(confirm));

interface Runner {
  /** Runs a job's steps; its exit code is that of the first step that failed. */
  job(name: string, confirm?: string): Promise<Ran>;
  file(name: string): string;
  /** What was called in the place of `gh` and `curl`. */
  calls(): string;
}

function runner(world: SimWorld, pipeline: Pipeline): Runner {
  const bin = join(world.directory, 'bin');
  mkdirSync(bin);
  const program = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const calls = join(world.directory, 'calls.txt');
  writeFileSync(calls, '');
  program('coprhd', `exec "${process.execPath}" "${ROOT}bin/run.js" "$@"`);
  for (const name of ['gh', 'curl']) program(name, `echo ${name} "$@" >> "${calls}"; test -s plan.md`);
  const file = (name: string) => join(world.directory, name);
  return {
    file,
    calls: () => readFileSync(calls, 'utf8'),
    job: async (name, confirm = '') => {
      const ended = { code: 0, stdout: '', stderr: '' } as { code: number | null; stdout: string; stderr: string };
      expect(pipeline[name]?.length, `job ${name}`).toBeGreaterThan(0);
      for (const { script, env, always } of pipeline[name]!) {
        if (ended.code !== 0 && !always) continue;
        const own = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, expand(value, confirm)]));
        const ran = await spawnProgram('bash', ['-eo', 'pipefail', '-c', script], {
          cwd: world.directory,
          env: {
            PATH: `${bin}:${process.env.PATH}`,
            CI: 'true',
            COPRHD_STATE: world.state,
            COPRHD_SIM: file('sim'),
            CONFIRM_DESTROY: confirm,
            GITHUB_STEP_SUMMARY: file('summary.md'),
            COMMENT_TOKEN: 'token',
            CI_API_V4_URL: 'https://gitlab.example/api/v4',
            CI_PROJECT_ID: '4',
            CI_MERGE_REQUEST_IID: '17',
            ...own,
          },
        });
        expectForPeople(ran);
        ended.stdout += ran.stdout;
        ended.stderr += ran.stderr;
        if (ended.code === 0) ended.code = ran.code;
      }
      return ended;
    },
  };
}

const VOLUMES = numbered(2, { protect: false, onRemove: 'delete' });
const [GITHUB, GITLAB] = blocks('yaml');

const SYSTEMS = [
  { name: 'GitHub Actions', pipeline: github(GITHUB!), comment: 'gh pr comment 17 --body-file plan.md' },
  { name: 'GitLab CI', pipeline: gitlab(GITLAB!), comment: '/projects/4/merge_requests/17/notes' },
];

describe.concurrent.each(SYSTEMS)('the pipeline for $name', ({ pipeline, comment }) => {
  /** A state made as the document says, plan files, nothing applied. */
  async function start(): Promise<{ world: SimWorld; run: Runner }> {
    const world = await simWorld(stack(VOLUMES, { 'app-1': Object.keys(VOLUMES) }));
    rmSync(world.state, { recursive: true });
    const once = runner(world, { once: blocks('sh').map((script) => ({ script, env: {}, always: false })) });
    expect((await once.job('once')).code).toBe(0);
    rmSync(join(world.directory, 'bin'), { recursive: true });
    return { world, run: runner(world, pipeline) };
  }

  it('has no job beyond those that are run here', () => {
    expect(Object.keys(pipeline).sort()).toEqual(['apply', 'drift', 'plan', 'review']);
  });

  it('comments, applies exactly what was planned, and refuses it the second time', async () => {
    const { world, run } = await start();
    const review = await run.job('review');
    expect(review.code, review.stderr).toBe(0);
    expect(readFileSync(run.file('plan.md'), 'utf8')).toMatch(
      new RegExp(`^${MARKDOWN_MARK}\n### coprhd plan: 10 to add`),
    );
    expect(run.calls()).toContain(comment);
    expect((await world.device()).volumes).toEqual([]);

    expect((await run.job('plan')).code).toBe(0);
    // A later job may run elsewhere: all that it has is the artefact.
    copyFileSync(run.file('storage.plan'), run.file('kept.plan'));
    rmSync(run.file('plans'), { recursive: true });
    const applied = await run.job('apply');
    expect(applied.code, applied.stderr).toBe(0);
    expect((await world.device()).volumes).toHaveLength(2);

    const again = await run.job('apply');
    expect(again.code).toBe(4);
    expect(again.stderr).toContain('COPRHD-PLAN-002');
    expect((await run.job('drift')).code).toBe(0);
  });

  it('a stale plan changes nothing, ends with 4 and says what to do', async () => {
    const { world, run } = await start();
    expect((await run.job('plan')).code).toBe(0);
    await world.expect(0, 'apply', 'plans', '--yes');
    const before = await world.device();
    const stale = await run.job('apply');
    expect(stale.code).toBe(4);
    expect(stale.stderr).toMatch(/COPRHD-PLAN-001.*Make the plan again/s);
    expect(await world.device()).toEqual(before);
  });

  it('comments also when the plan fails', async () => {
    const { world, run } = await start();
    world.writeStack(stack(VOLUMES).replace('project: e2e', 'project: e2'));
    expect((await run.job('review')).code).toBe(1);
    expect(readFileSync(run.file('plan.md'), 'utf8')).toContain('coprhd: no plan, 1 error');
    expect(run.calls()).toContain(comment);
    expect(existsSync(run.file('storage.plan'))).toBe(false);
  });

  it('a removal waits for its number', async () => {
    const { world, run } = await start();
    await world.expect(0, 'apply', 'plans', '--yes');
    world.writeStack(stack({}));
    expect((await run.job('plan')).code).toBe(0);
    const refused = await run.job('apply');
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('--confirm-destroy=2');
    expect((await run.job('apply', '1')).code).toBe(3);
    expect((await world.device()).volumes).toHaveLength(2);
    expect((await run.job('apply', '2')).code).toBe(0);
    expect((await world.device()).volumes).toEqual([]);
  });

  it('drift ends with 2 and says what is missing', async () => {
    const { world, run } = await start();
    await world.expect(0, 'apply', 'plans', '--yes');
    const [volume] = (await world.device()).volumes;
    await world.edit({ edit: 'delete-volume', volume: volume!.id });
    const drift = await run.job('drift');
    expect(drift.code).toBe(2);
    expect(drift.stdout).toMatch(/missing.*volume\.data-0/);
  });
});
