/**
 * The scripts that do several things in one go are killed before each of their lines, as a machine that stops there would
 * do. Asking again must end in the same device as if nothing had happened.
 */
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { BlockArray } from 'coprhd/driver';
import { expect, it } from 'vitest';
import { COPY_START } from '../../../drivers/tgt/copy-scripts.ts';
import { VOLUME_CREATE } from '../../../drivers/tgt/scripts.ts';
import { LUN_NEW } from '../../../drivers/tgt/target-scripts.ts';
import { context, deadly, expectOf, HOST_A, markOf, replacing, useBench, volumeArgs } from './support.ts';

const bench = useBench();

const makeVolume = (driver: BlockArray, name: string) => driver.ensureVolume(context(), volumeArgs(name));

it('a volume is whole or not there, wherever its creation is killed', async () => {
  let killed = 0;
  for (const [index, instead] of deadly(VOLUME_CREATE).entries()) {
    const dying = await bench.connect(replacing(VOLUME_CREATE, instead));
    const name = `v-${index}`;
    const error = await makeVolume(dying, name).catch((reason: unknown) => reason);
    if (!(error instanceof Error)) continue;
    killed++;
    expect(error, instead).toMatchObject({ class: 'ambiguous' });
    const seen = await bench.driver.findVolume(context(), name);
    if (seen) expect(seen.mark, instead).toMatchObject(markOf(name));
    expect(await makeVolume(bench.driver, name), instead).toMatchObject({ name, wwn: volumeArgs(name).wwn });
  }
  expect(killed).toBeGreaterThan(12);
  expect(readdirSync(bench.array.poolDirectory).filter((name) => name.startsWith('.'))).toEqual([]);
}, 300_000);

it('a LUN shows its volume with its identity, or nothing, wherever its mapping is killed', async () => {
  const { driver, array } = bench;
  let killed = 0;
  const volume = await makeVolume(driver, 'mapped');
  const volumeExpect = expectOf(volume, markOf('mapped'));
  const mark = markOf('m');
  const made = await driver.ensureMask(context(), { name: 'm', mark, initiators: [HOST_A], ports: [] });
  const mask = expectOf(made, mark);
  const map = (by: BlockArray) => by.ensureMapping(context(), mask, { volume: volumeExpect, hlu: 3 });
  for (const instead of deadly(LUN_NEW)) {
    const error = await map(await bench.connect(replacing(LUN_NEW, instead))).catch((reason: unknown) => reason);
    if (error instanceof Error) {
      killed++;
      expect(error, instead).toMatchObject({ class: 'ambiguous' });
      const conf = readFileSync(join(array.configDirectory, 'targets', 'm.conf'), 'utf8');
      const { mappings } = (await driver.readMask(context(), made.nativeId))!;
      for (const { wwn } of mappings) expect(wwn, instead).toBe(volume.wwn);
      if (mappings.length === 0) expect(conf, instead).not.toContain(' lun ');
    }
    const after = await map(driver);
    expect(after.mappings, instead).toEqual([{ hlu: 3, volume: volume.nativeId, wwn: volume.wwn }]);
    expect(await array.tgtadm('--op', 'show', '--mode', 'target'), instead).not.toMatch(/State: offline|[.]empty/);
    await driver.removeMapping(context(), mask, { volume: volumeExpect, hlu: 3 });
  }
  expect(killed).toBeGreaterThan(12);
}, 300_000);

it('a copy is done when it says so, wherever its start is killed, and its target is open to logins', async () => {
  const { driver, array } = bench;
  const [from, to] = [await makeVolume(driver, 'from'), await makeVolume(driver, 'to')];
  const mark = markOf('copied');
  const made = await driver.ensureMask(context(), { name: 'copied', mark, initiators: [HOST_A], ports: [] });
  const volume = expectOf(to, markOf('to'));
  const mask = await driver.ensureMapping(context(), expectOf(made, mark), { volume, hlu: 1 });
  const file = (name: string) => join(array.poolDirectory, `${name}.img`);
  const start = (by: BlockArray, copy: string) =>
    by.copies!.startCopy(context(), { copy, from: expectOf(from, markOf('from')), to: volume });
  let killed = 0;
  for (const [index, instead] of deadly(COPY_START).entries()) {
    const word = `word ${index}`;
    for (const name of ['from', 'to']) {
      const opened = openSync(file(name), 'r+');
      writeSync(opened, `${name} ${word}`);
      closeSync(opened);
    }
    const copy = `copy-${index}`;
    const error = await start(await bench.connect(replacing(COPY_START, instead)), copy).catch((reason) => reason);
    if (error instanceof Error) killed++;
    const seen = (await driver.readVolume(context(), to.nativeId))!;
    expect(seen, instead).toMatchObject({ wwn: to.wwn, mark: to.mark, sizeBytes: expect.any(Number) });
    const holds = () => readFileSync(file('to')).toString('utf8', 0, `from ${word}`.length);
    if (seen.copied?.copy === copy && seen.copied.done) expect(holds(), instead).toBe(`from ${word}`);
    await start(driver, copy);
    expect(holds(), instead).toBe(`from ${word}`);
    expect(await driver.readVolume(context(), to.nativeId)).toMatchObject({
      copied: { copy, done: true },
      sizeBytes: to.sizeBytes,
    });
    expect(await driver.readMask(context(), made.nativeId), instead).toEqual(mask);
    expect(await array.tgtadm('--op', 'show', '--mode', 'target'), instead).not.toContain('State: offline');
  }
  expect(killed).toBeGreaterThan(20);
  expect(readdirSync(array.poolDirectory).filter((name) => name.startsWith('.'))).toEqual([]);
}, 600_000);
