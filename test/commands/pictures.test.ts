/** Commands whose result is text for something else: graph, and plan --markdown. */
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writePlan } from '../../src/commands/_base/saved-plan.ts';
import Graph from '../../src/commands/graph.ts';
import PlanCommand from '../../src/commands/plan.ts';
import { MARKDOWN_MARK } from '../../src/views/plan-markdown.ts';
import { ADDING_PLAN } from '../views/fixtures/plans.ts';
import { run } from './harness.ts';

const temporary = () => mkdtempSync(join(tmpdir(), 'coprhd-cli-'));
const file = join(temporary(), 'p.yaml');
writeFileSync(file, '');

describe('graph', () => {
  const graph = {
    what: 'resources',
    nodes: [{ id: 'web/volume.a', kind: 'volume', group: 'web' }],
    edges: [],
  } as const;
  const answers = { graph: { outcome: 'ok', diagnostics: [], graph } } as const;

  it.each([
    { what: [], asks: {} },
    { what: ['web/volume.a'], asks: { address: 'web/volume.a' } },
    { what: [file], asks: { source: { texts: [{ file, text: '' }] } } },
  ])('$what asks the engine for $asks', async ({ what, asks }) => {
    const ran = await run(Graph, what, { answers });
    expect(ran.calls[0]!.input).toMatchObject(asks);
    expect(ran.stdout).toContain('digraph coprhd {');
  });

  it('of a file that is missing complains about it, and asks nothing', async () => {
    const ran = await run(Graph, ['no-such.yaml', '--human'], { answers });
    expect([ran.code, ran.calls]).toEqual([1, []]);
    expect(ran.stderr).toContain("can't read no-such.yaml");
  });

  it('of a saved plan needs no engine', async () => {
    const saved = join(temporary(), 'web.plan');
    await writePlan(saved, ADDING_PLAN);
    const ran = await run(Graph, [saved, '--format', 'mermaid']);
    expect([ran.code, ran.calls]).toEqual([0, []]);
    expect(ran.stdout).toMatch(/^%% .*\nflowchart LR\n/);
  });

  it('goes to a file, and says so to people only', async () => {
    const out = join(temporary(), 'graph.dot');
    const ran = await run(Graph, ['--out', out, '--human'], { answers });
    expect(ran).toMatchObject({ stdout: '', stderr: `written: ${out} (1 resource, 0 arrows)\n` });
    expect(readFileSync(out, 'utf8')).toContain('digraph');
  });

  it.each([['--json'], ['--format', 'json']])('is JSON with %s', async (...flags) => {
    const ran = await run(Graph, flags, { answers });
    expect(JSON.parse(ran.stdout)).toEqual({ schemaVersion: 1, outcome: 'ok', diagnostics: [], graph });
  });
});

describe('plan --markdown', () => {
  const planned = { plan: { outcome: 'ok', diagnostics: [], plan: ADDING_PLAN } } as const;

  it('writes the comment beside the usual output', async () => {
    const [out, saved] = [join(temporary(), 'plan.md'), join(temporary(), 'web.plan')];
    const ran = await run(PlanCommand, [file, '--markdown', out, '--out', saved, '--human'], { answers: planned });
    expect(ran.stdout).toContain('SUMMARY');
    const text = readFileSync(out, 'utf8');
    expect(text.startsWith(MARKDOWN_MARK)).toBe(true);
    expect(text).toContain(saved.replaceAll('_', '&#95;'));
    // The comment is for everybody who may see the merge request; the plan isn't.
    expect(statSync(saved).mode & 0o077).toBe(0);
  });

  it('- prints the comment and nothing else', async () => {
    const ran = await run(PlanCommand, [file, '--markdown', '-', '--exit-code'], { answers: planned });
    expect(ran.code).toBe(2);
    expect(ran.stdout.startsWith(MARKDOWN_MARK)).toBe(true);
    expect(ran.stdout).not.toContain('SUMMARY');
  });

  it('is written, too, when there is no plan', async () => {
    const out = join(temporary(), 'plan.md');
    const problem = { code: 'COPRHD-CONFIG-005', severity: 'error', summary: 'no virtualPool "gld"' } as const;
    const answers = { plan: { outcome: 'error', diagnostics: [problem] } } as const;
    const ran = await run(PlanCommand, [file, '--markdown', out, '--human'], { answers });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('COPRHD-CONFIG-005');
    expect(readFileSync(out, 'utf8')).toContain('COPRHD-CONFIG-005');
  });
});
