/** The live view in a real terminal: drawn while an apply works, gone when it ends, and never where nobody looks. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, spawnProgram } from './cli.ts';
import { numbered, stack } from './plans.ts';
import { type SimWorld, simWorld } from './sim.ts';
import { hasPty, inTerminal, screenOf } from './terminal.ts';

beforeAll(ensureBuilt);

const STACK = stack(numbered(6, { protect: false, onRemove: 'delete' }), { 'app-1': ['data-01', 'data-02'] });

async function slowWorld(latencyMs = 400): Promise<SimWorld> {
  const world = await simWorld(STACK);
  await world.expect(0, 'sim', 'fault', 'sim-1', 'operation=ensureVolume', `latencyMs=${latencyMs}`);
  return world;
}

const environment = (world: SimWorld) => ({ COPRHD_STATE: world.state, COPRHD_SIM: join(world.directory, 'sim') });
// biome-ignore lint/suspicious/noControlCharactersInRegex: the cursor is hidden
const DRAWN = /\u001b\[\?25l/;

describe.skipIf(!hasPty)('in a terminal', () => {
  it.each([80, 120])('of %i columns an apply is drawn in one place and ends as plain text', async (columns) => {
    const world = await slowWorld();
    const terminal = inTerminal(columns, ['apply', 'plans', '--yes'], {
      cwd: world.directory,
      env: environment(world),
    });
    expect(await terminal.ended).toBe(0);
    const text = terminal.text();
    expect(text).toMatch(DRAWN);
    expect(text).toMatch(/wave 1\/\d/);
    expect(text).toMatch(/array-1 {2}\d+ steps? running/);
    // It was drawn more than once while the slow calls ran.
    expect(text.match(/wave 1\/\d/g)!.length).toBeGreaterThan(1);
    const screen = screenOf(text).map((line) => line.trimEnd());
    expect(screen.join('\n')).not.toMatch(/wave 1\/\d|Ctrl-C|running/);
    expect(screen.filter((line) => line !== '').at(-1)).toMatch(/^SUMMARY {2}\d+ done in .*workflow [0-9a-f-]+$/);
    expect(screen.every((line) => line.length <= columns)).toBe(true);
    // The cursor is back.
    expect(text.lastIndexOf('\u001b[?25h')).toBeGreaterThan(text.lastIndexOf('\u001b[?25l'));
  });

  it('says the cause once, what became of the rest, and what to type next', async () => {
    const world = await simWorld(STACK);
    await world.expect(0, 'sim', 'fault', 'sim-1', 'operation=ensureVolume', 'before=invalid', 'match=data-03');
    const terminal = inTerminal(80, ['apply', 'plans', '--yes'], { cwd: world.directory, env: environment(world) });
    expect(await terminal.ended).toBe(6);
    const screen = screenOf(terminal.text()).join('\n');
    expect(screen.match(/COPRHD-[A-Z]+-\d+ web\/volume\.data-03/g)).toHaveLength(1);
    expect(screen).toMatch(/undone +web\/volume\.data-03/);
    expect(screen).toMatch(/next: coprhd apply plans/);
    expect(screen).toMatch(/SUMMARY .*1 undone/);
  });

  it.each([
    ['--no-tui', ['--no-tui'], {}],
    ['TERM=dumb', [], { TERM: 'dumb' }],
  ] as const)('nothing is drawn with %s', async (_name, flags, env) => {
    const world = await simWorld(STACK);
    const terminal = inTerminal(80, ['apply', 'plans', '--yes', ...flags], {
      cwd: world.directory,
      env: { ...environment(world), ...env },
    });
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).not.toMatch(DRAWN);
    expect(terminal.text()).not.toContain('\u001b[2K');
  });
});

/** What was loaded of ink by a run. */
async function loadsInk(world: SimWorld, ...argv: string[]): Promise<boolean> {
  const coverage = mkdtempSync(join(tmpdir(), 'coprhd-modules-'));
  const env = { ...environment(world), NODE_V8_COVERAGE: coverage };
  const ran = await spawnProgram(process.execPath, ['bin/run.js', ...argv], { env });
  expect(ran.code, ran.stderr).toBe(0);
  return readdirSync(coverage).some((file) =>
    /node_modules\/(ink|react)\//.test(readFileSync(join(coverage, file), 'utf8')),
  );
}

it('is not loaded where it is not drawn: a start costs nobody anything', async () => {
  const world = await simWorld(STACK);
  const plans = join(world.directory, 'plans');
  expect(await loadsInk(world, 'show', '--human')).toBe(false);
  expect(await loadsInk(world, 'plan', plans, '--human')).toBe(false);
  expect(await loadsInk(world, 'apply', plans, '--yes', '--human')).toBe(false);
});
