import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import Apply from '../../src/commands/apply.ts';
import Drift from '../../src/commands/drift.ts';
import PlanCommand from '../../src/commands/plan.ts';
import Show from '../../src/commands/show.ts';
import { ADDING_PLAN } from '../views/fixtures/plans.ts';
import { APPLIED, DRIFT, SHOWN } from '../views/fixtures/results.ts';
import { jsonLines, type Options, run, start } from './harness.ts';

const directory = mkdtempSync(join(tmpdir(), 'coprhd-json-to-'));
const planFile = join(directory, 'p.yaml');
writeFileSync(planFile, '');
let made = 0;
const target = () => join(directory, `out-${++made}.json`);
const document = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
const answers: Options['answers'] = {
  show: SHOWN,
  drift: DRIFT,
  plan: { outcome: 'ok', diagnostics: [], plan: ADDING_PLAN },
  apply: (_input, { emit }) => {
    emit({ type: 'workflow.committed', workflow: 'w1', units: 1, steps: 1 });
    return APPLIED;
  },
};

describe('--json-to', () => {
  it.each([
    { name: 'show', command: Show, argv: [] as string[] },
    { name: 'drift', command: Drift, argv: [] as string[] },
    { name: 'plan', command: PlanCommand, argv: [planFile] },
  ])('gives $name for people, and the same document as --json in the file', async ({ command, argv }) => {
    const file = target();
    const both = await run(command, [...argv, '--human', '--json-to', file], { answers });
    const human = await run(command, [...argv, '--human'], { answers });
    const json = await run(command, [...argv, '--json'], { answers });
    expect(both.stdout).toBe(human.stdout);
    expect(both.code).toBe(json.code);
    expect(readFileSync(file, 'utf8')).toBe(json.stdout);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('gives a stream line by line: the file has each event when it is printed', async () => {
    const file = target();
    let seen: Record<string, unknown>[] = [];
    const during: Options['answers'] = {
      ...answers,
      apply: (_input, { emit }) => {
        emit({ type: 'workflow.committed', workflow: 'w1', units: 1, steps: 1 });
        seen = jsonLines(readFileSync(file, 'utf8'));
        return APPLIED;
      },
    };
    const both = await run(Apply, [planFile, '--yes', '--human', '--json-to', file], { answers: during });
    const json = await run(Apply, [planFile, '--yes', '--json'], { answers });
    expect(both.stdout).toContain('SUMMARY');
    expect(seen.map(({ type }) => type)).toEqual(['start', 'workflow.committed']);
    expect(readFileSync(file, 'utf8')).toBe(json.stdout);
  });

  it('keeps what was written when a second Ctrl-C ends the process', async () => {
    const file = target();
    let release = () => {};
    const slow: Options['answers'] = {
      ...answers,
      apply: (_input, { emit }) =>
        new Promise((resolve) => {
          emit({ type: 'workflow.committed', workflow: 'w1', units: 1, steps: 1 });
          release = () => resolve(APPLIED);
        }),
    };
    const running = start(Apply, [planFile, '--yes', '--json-to', file], { answers: slow });
    await new Promise((resolve) => setTimeout(resolve, 200));
    running.interrupt();
    running.interrupt();
    expect(jsonLines(readFileSync(file, 'utf8')).map(({ type }) => type)).toContain('workflow.committed');
    release();
    expect((await running.result).exits).toEqual([130]);
  });

  it('holds the failure when the command fails', async () => {
    const file = target();
    const failing: Options['answers'] = {
      show: () => {
        throw new Error('boom');
      },
    };
    const ran = await run(Show, ['--human', '--json-to', file], { answers: failing });
    expect(ran.code).toBe(1);
    expect(document(file)).toMatchObject({ schemaVersion: 1, outcome: 'error' });
  });

  it('replaces a file only by a whole document, and leaves nothing else', async () => {
    const file = target();
    writeFileSync(file, 'old');
    await run(Show, ['--human', '--json-to', file], { answers });
    expect(document(file)).toMatchObject({ outcome: 'ok' });
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('that can not be written stops an apply before it starts', async () => {
    const ran = await run(Apply, [planFile, '--yes', '--human', '--json-to', join(directory, 'no', 'x')], { answers });
    expect(ran.code).toBe(64);
    expect(ran.stderr).toContain('--json-to');
    expect(ran.calls).toEqual([]);
  });

  it.each([
    { name: 'show', command: Show, argv: [] as string[] },
    { name: 'drift', command: Drift, argv: [] as string[] },
    { name: 'plan', command: PlanCommand, argv: [planFile] },
  ])('that can not be written stops $name before it asks for anything', async ({ command, argv }) => {
    for (const file of [join(directory, 'no', 'x'), directory]) {
      const ran = await run(command, [...argv, '--human', '--json-to', file], { answers });
      expect([ran.code, ran.stdout, ran.calls]).toEqual([64, '', []]);
      expect(ran.stderr).toContain(`--json-to: can't write ${file}`);
    }
  });

  it('is for everybody who does not ask for --json already', async () => {
    expect((await run(Show, ['--json', '--json-to', target()], { answers })).code).toBe(64);
  });
});
