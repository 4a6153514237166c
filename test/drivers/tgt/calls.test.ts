/** What is known when a call to a real tgt array fails, and pool directories with names that mean something to shells. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DriverError } from 'coprhd/driver';
import { describe, expect, it } from 'vitest';
import manifest from '../../../drivers/tgt/index.ts';
import { createLocalSession } from '../../../src/engine/driver/local.ts';
import { context, expectOf, markOf, useBench, volumeArgs } from './support.ts';

const bench = useBench();
const inPool = (name: string) => join(bench.array.poolDirectory, name);

describe('a call', () => {
  it('whose time is over starts nothing', async () => {
    const late = context(Date.now() - 1);
    await expect(bench.driver.ensureVolume(late, volumeArgs('late'))).rejects.toMatchObject({ class: 'transient' });
    expect(await bench.driver.findVolume(context(), 'late')).toBeUndefined();
  });

  it('that fails after its effect says that the effect is not known, whatever the failure', async () => {
    const real = createLocalSession(Date.now);
    let commands = 0;
    const driver = await bench.connect({
      ...real,
      run: (request) => {
        if (commands++ < 4) return real.run(request);
        throw new DriverError({ class: 'transient', message: 'the connection was refused' });
      },
    });
    const args = { name: 'unknown', mark: markOf('unknown'), initiators: [], ports: [] };
    await expect(driver.ensureMask(context(), args)).rejects.toMatchObject({ class: 'ambiguous' });
    expect(await bench.driver.findMask(context(), 'unknown')).toBeDefined();
  });

  it('whose script fails after its effect says so too, though a failure like it means that nothing was done', async () => {
    const real = createLocalSession(Date.now);
    const failing = 'effect_begins\nfail 75 "the pool is locked"\n';
    const driver = await bench.connect({
      ...real,
      run: ({ argv, ...request }) =>
        real.run({ ...request, argv: argv.map((word) => word.replace('effect_begins\nsync', `${failing}sync`)) }),
    });
    const error = await driver.ensureVolume(context(), volumeArgs('half')).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ class: 'ambiguous', message: 'create volume half: the pool is locked' });
    expect(await bench.driver.findVolume(context(), 'half')).toBeDefined();
  });

  it('whose input is cut off on its way changes nothing', async () => {
    const real = createLocalSession(Date.now);
    const cutting = await bench.connect({
      ...real,
      run: ({ input, ...request }) =>
        real.run({ ...request, ...(input === undefined ? {} : { input: input.slice(0, -7) }) }),
    });
    const cut = { class: 'transient', message: expect.stringContaining('was cut off') as string };
    await expect(cutting.ensureVolume(context(), volumeArgs('cut'))).rejects.toMatchObject(cut);
    expect(await bench.driver.findVolume(context(), 'cut')).toBeUndefined();
    const args = { name: 'cut', mark: markOf('cut'), initiators: [], ports: [] };
    await expect(cutting.ensureMask(context(), args)).rejects.toMatchObject(cut);
    expect(await bench.driver.findMask(context(), 'cut')).toBeUndefined();
  });

  it('on a pool that somebody else locks waits, and then says busy', async () => {
    const holder = lockDirectory(bench.array.poolDirectory);
    try {
      await holder.locked;
      await expect(bench.driver.ensureVolume(context(), volumeArgs('locked'))).rejects.toMatchObject({ class: 'busy' });
    } finally {
      holder.release();
    }
  });
});

describe('a pool directory of any name', () => {
  it('holds volumes that are removed only when nothing has them open', async () => {
    const directory = inPool(`[x]* 'y' \\ $(touch z)`);
    mkdirSync(directory);
    const configuration = { ...bench.configuration(), pools: { main: directory } };
    const driver = await manifest.connect({ configuration, session: createLocalSession(Date.now) });
    const made = await driver.ensureVolume(context(), volumeArgs('odd'));
    expect((await driver.listVolumes(context())).items).toEqual([made]);
    const handle = openSync(join(directory, 'odd.img'), 'r');
    const removal = () => driver.deleteVolume(context(), expectOf(made, markOf('odd')));
    try {
      await expect(removal()).rejects.toMatchObject({ class: 'conflict' });
    } finally {
      closeSync(handle);
    }
    await removal();
    expect(readdirSync(directory)).toEqual([]);
    rmSync(directory, { recursive: true });
  });
});

/** Holds the exclusive lock of a directory in another process until released. */
function lockDirectory(directory: string) {
  const child = spawn('flock', ['-x', directory, 'sh', '-c', 'echo locked; read -r _'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const locked = new Promise((resolve) => child.stdout.once('data', resolve));
  return { locked, release: () => child.stdin.end('\n') };
}
