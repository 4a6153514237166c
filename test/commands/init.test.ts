import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import Destroy from '../../src/commands/destroy.ts';
import Init from '../../src/commands/init.ts';
import type { InputOf } from '../../src/engine/operations/types.ts';
import { run } from './harness.ts';

const directory = mkdtempSync(join(tmpdir(), 'coprhd-init-'));
const init = { installation: 'i-1', state: '.coprhd' };
const report = { outcome: 'ok', diagnostics: [] } as const;

const OVERVIEW = {
  arrays: ['sim-1'],
  networks: [{ name: 'ip-1', subnet: '10.0.1.0/24' }],
  hosts: [{ name: 'host-1', iqn: 'iqn.2026-01.io.example:host-1' }],
};

/** A simulator with one array, or with nothing. */
const sim = (overview: object) => (input: InputOf<'sim'>) => ({
  ...report,
  output: input.arguments.name === undefined ? overview : { pools: [{ name: 'fast', driveType: 'ssd' }] },
});

describe('init', () => {
  it('writes a first plan for the simulated arrays, with paths from where it is', async () => {
    const plan = join(directory, 'plans-first.yaml');
    const ran = await run(Init, ['--plan', plan, '--directory', join(directory, 'sims'), '--human'], {
      answers: { init, sim: sim(OVERVIEW) },
    });
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain(`next: coprhd plan ${plan}`);
    const text = readFileSync(plan, 'utf8');
    expect(text).toContain('configuration: { directory: sims, array: sim-1 }');
    expect(text).toContain('driveType: ssd');
  });

  it('never overwrites a file', async () => {
    const plan = join(directory, 'mine.yaml');
    writeFileSync(plan, 'mine');
    const ran = await run(Init, ['--plan', plan, '--human'], { answers: { init, sim: sim(OVERVIEW) } });
    expect([ran.code, readFileSync(plan, 'utf8')]).toEqual([0, 'mine']);
    expect(ran.stdout).not.toContain('First plan');
  });

  it('without simulated arrays writes none, and says what may come next', async () => {
    const plan = join(directory, 'none.yaml');
    const ran = await run(Init, ['--plan', plan, '--human'], { answers: { init, sim: sim({ arrays: [] }) } });
    expect([ran.code, existsSync(plan)]).toEqual([0, false]);
    expect(ran.stdout).toContain('next: coprhd sim up');
  });
});

it('destroy of a name that is no file says how a stack is named', async () => {
  const ran = await run(Destroy, ['web', '--human']);
  expect(ran.code).toBe(64);
  expect(ran.stderr).toContain('coprhd destroy --stack web');
});
