/** Every JSON line of real runs against the published schema, on stdout and in the file of --json-to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { jsonLineSchema, resultLine, startLine } from '../../src/views/json-lines.ts';
import { ensureBuilt } from './cli.ts';
import { numbered, stack } from './plans.ts';
import { simWorld } from './sim.ts';

beforeAll(ensureBuilt);

function checked(text: string, seen: Set<string>): void {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });
  for (const line of lines) {
    const { success, error } = jsonLineSchema.safeParse(line);
    expect(success, `${JSON.stringify(line).slice(0, 500)}\n${error?.message}`).toBe(true);
    seen.add(line.type);
  }
  startLine.parse(lines[0]);
  resultLine.parse(lines.at(-1));
}

it('JSON lines are what docs/json-lines.schema.json says', async () => {
  const seen = new Set<string>();
  const world = await simWorld(stack(numbered(3, { protect: false, onRemove: 'delete' }), { 'app-1': ['data-01'] }));
  const both = async (code: number, ...argv: string[]) => {
    const file = join(world.directory, 'lines.jsonl');
    await world.expect(code, ...argv, '--human', '--json-to', file);
    checked(readFileSync(file, 'utf8'), seen);
  };
  const json = async (code: number, ...argv: string[]) =>
    checked((await world.expect(code, ...argv, '--json')).stdout, seen);
  await json(64, 'apply', 'plans');
  await world.expect(0, 'sim', 'fault', 'sim-1', 'operation=ensureVolume', 'before=busy', 'times=1');
  await world.expect(0, 'sim', 'fault', 'sim-1', 'operation=ensureVolume', 'before=invalid', 'match=data-03');
  await both(6, 'apply', 'plans', '--yes', '--target', 'web/*');
  await world.expect(0, 'sim', 'fault', 'sim-1', '--clear', 'all');
  await json(0, 'apply', 'plans', '--yes');
  await json(0, 'recover');
  await both(0, 'destroy', '--stack', 'web', '--confirm-destroy=3');
  for (const type of ['observe.started', 'plan', 'plan.made', 'workflow.committed', 'unit.finished', 'step.retry']) {
    expect(seen, type).toContain(type);
  }
});
