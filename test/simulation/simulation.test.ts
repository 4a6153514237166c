/**
 * The simulator's short form, in processes of their own (docs/simulation.md): runs are reproducible, what once failed passes,
 * seeds pass until the time is up, and every canary is noticed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WORKERS = String(Math.min(2, availableParallelism()));
/** So long seeds are tried; the rest of the suite's time is for the canaries. */
const SECONDS = 10;

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill();
});

function script(name: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`scripts/${name}`, ...args, '--workers', WORKERS], { cwd: ROOT });
    running.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      running.delete(child);
      resolve({ code, output });
    });
  });
}

describe('the simulator', () => {
  it('runs a seed twice to the very same log', async () => {
    const { code, output } = await script('sim.js', '--twice', '--from', '3', '--count', '4');
    expect(output).toContain('4 seeds twice: the same');
    expect(code).toBe(0);
  });

  it('finds nothing any more where it once found something', async () => {
    const { code, output } = await script('sim.js', '--regress');
    expect(output).toMatch(/[1-9]\d* regressions/);
    expect(code, output).toBe(0);
  });

  it('finds no violation in as many seeds as there is time for', async () => {
    const { code, output } = await script(
      'sim.js',
      '--from',
      '1',
      '--count',
      '2000',
      '--seconds',
      String(SECONDS),
      '--no-shrink',
    );
    console.log(output.trim());
    expect(code, output).toBe(0);
    // How many there is time for is the machine's affair.
    expect(Number(/^(\d+) seeds/m.exec(output)?.[1])).toBeGreaterThan(0);
  });
});

describe('every canary', () => {
  it('is noticed within its seeds, which the unbroken engine passes', async () => {
    const { code, output } = await script('sim-canaries.js');
    console.log(output.trim());
    expect(code, output).toBe(0);
  });
});
