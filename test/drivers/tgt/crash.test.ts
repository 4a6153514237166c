/**
 * Every call is cut off after each of its commands, as a coprhd that dies there would (dying before a command leaves
 * the device as dying after the one before it does). Asking again must then end in the same device as if nothing had
 * happened, and nobody may have had more access in between.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BlockArray, type CommandSession, DriverError } from 'coprhd/driver';
import { describe, expect, it } from 'vitest';
import { createLocalSession } from '../../../src/engine/driver/local.ts';
import { context, expectOf, HOST_A, HOST_B, MIB, markOf, useBench, volumeArgs } from './support.ts';

const bench = useBench();

/** Dies after the n-th command, and answers nothing from then on. */
function dyingSession(at: number): CommandSession & { readonly died: () => boolean } {
  const real = createLocalSession(Date.now);
  let commands = 0;
  let dead = false;
  const death = () => new DriverError({ class: 'ambiguous', message: `died after command ${at}` });
  return {
    type: 'command',
    died: () => dead,
    run: async (request) => {
      if (dead) throw death();
      const mine = commands++;
      const result = await real.run(request);
      if (mine === at) dead = true;
      if (dead) throw death();
      return result;
    },
    close: async () => {},
  };
}

const targets = () => join(bench.array.configDirectory, 'targets');
const device = { name: 'c', maskName: 'm' };
const volumeMark = markOf(device.name);
const maskMark = markOf(device.maskName);
const mask = { name: device.maskName, mark: maskMark, ports: [] };

async function expectations(driver: BlockArray) {
  const volume = await driver.findVolume(context(), device.name);
  const found = await driver.findMask(context(), device.maskName);
  return {
    volume: expectOf(volume ?? { nativeId: 'main:1.1.000000000' }, volumeMark),
    mask: expectOf(found ?? { nativeId: `iqn.2026-01.io.coprhd:${device.maskName}` }, maskMark),
  };
}

const makeVolume = (driver: BlockArray) => driver.ensureVolume(context(), volumeArgs(device.name));
const makeMask = (driver: BlockArray, initiators = [HOST_A]) => driver.ensureMask(context(), { ...mask, initiators });
const map = async (driver: BlockArray) => {
  const { volume, mask: own } = await expectations(bench.driver);
  return driver.ensureMapping(context(), own, { volume, hlu: 4 });
};
const unmap = async (driver: BlockArray) => {
  const { volume, mask: own } = await expectations(bench.driver);
  return driver.removeMapping(context(), own, { volume, hlu: 4 });
};
const removeMask = async (driver: BlockArray) => driver.deleteMask(context(), (await expectations(bench.driver)).mask);
const removeVolume = async (driver: BlockArray) =>
  driver.deleteVolume(context(), (await expectations(bench.driver)).volume);
const grow = async (driver: BlockArray) =>
  driver.expand!.expandVolume(context(), (await expectations(bench.driver)).volume, { sizeBytes: 24 * MIB });
const rename = (name: string, quarantined: boolean) => async (driver: BlockArray) => {
  const found = (await bench.driver.listVolumes(context())).items.find(
    ({ wwn }) => wwn === volumeArgs(device.name).wwn,
  )!;
  return driver.renameVolume(context(), expectOf(found, volumeMark), { name, quarantined });
};

type Step = (driver: BlockArray) => Promise<unknown>;
const cases: { name: string; given: Step[]; call: Step }[] = [
  { name: 'creating a volume', given: [], call: makeVolume },
  { name: 'removing a volume', given: [makeVolume], call: removeVolume },
  { name: 'quarantining a volume', given: [makeVolume], call: rename('q', true) },
  { name: 'creating a mask', given: [], call: makeMask },
  { name: 'changing who a mask admits', given: [makeMask], call: (driver) => makeMask(driver, [HOST_B]) },
  { name: 'removing a mask', given: [makeMask], call: removeMask },
  { name: 'mapping', given: [makeVolume, makeMask], call: map },
  { name: 'unmapping', given: [makeVolume, makeMask, map], call: unmap },
  { name: 'expanding a mapped volume', given: [makeVolume, makeMask, map], call: grow },
];

async function clear(): Promise<void> {
  const listing = await bench.array.tgtadm('--op', 'show', '--mode', 'target');
  for (const [, tid] of listing.matchAll(/^Target (\d+):/gm)) {
    await bench.array.tgtadm('--op', 'delete', '--mode', 'target', '--force', '--tid', tid!);
  }
  for (const directory of [bench.array.poolDirectory, targets()]) {
    mkdirSync(directory, { recursive: true });
    for (const name of readdirSync(directory)) rmSync(join(directory, name));
  }
}

/** What is there, without what differs between two objects made alike (inode, birth, tid). */
async function outcome(): Promise<unknown> {
  const { items: volumes } = await bench.driver.listVolumes(context());
  const { items: masks } = await bench.driver.listMasks(context());
  const ids = new Map(volumes.map(({ nativeId, name }) => [nativeId, name]));
  const text = JSON.stringify({ volumes, masks });
  return {
    device: JSON.parse([...ids].reduce((all, [id, name]) => all.replaceAll(id, name), text)),
    confs: readdirSync(targets()).map((name) => [name, readFileSync(join(targets(), name), 'utf8')]),
    pool: readdirSync(bench.array.poolDirectory).sort(),
  };
}

/** The file never admits an initiator or shows a LUN that tgtd doesn't. */
async function fileGrantsNoMore(): Promise<void> {
  const running = await bench.driver.findMask(context(), device.maskName);
  let conf = '';
  try {
    conf = readFileSync(join(bench.array.configDirectory, `targets/${device.maskName}.conf`), 'utf8');
  } catch {
    return;
  }
  const names = [...conf.matchAll(/initiator-name (\S+)/g)].map(([, name]) => name);
  const luns = [...conf.matchAll(/ lun (\d+)/g)].map(([, lun]) => Number(lun));
  // A mask that is removed loses its target first; what is left in the file has no LUN, so nobody sees anything.
  if (running) for (const name of names) expect(running.initiators).toContain(name);
  for (const lun of luns) expect(running?.mappings.map(({ hlu }) => hlu)).toContain(lun);
}

describe.each(cases)('$name', ({ given, call }) => {
  it('can be cut off after each command and asked for again', async () => {
    const prepare = async () => {
      await clear();
      for (const step of given) await step(bench.driver);
    };
    await prepare();
    await call(bench.driver);
    const expected = await outcome();
    let at = 0;
    for (; ; at++) {
      await prepare();
      const session = dyingSession(at);
      const dying = await bench.connect(session);
      const error = await call(dying).catch((reason: unknown) => reason);
      if (!session.died()) break;
      expect(error, `after command ${at}`).toMatchObject({ class: 'ambiguous' });
      await fileGrantsNoMore();
      await call(bench.driver);
      expect(await outcome(), `after command ${at}`).toEqual(expected);
    }
    // A look and a change at least; what happens within a change: script-crash.test.ts.
    expect(at).toBeGreaterThanOrEqual(2);
    await clear();
  }, 300_000);
});

describe('a LUN that was left without its volume', () => {
  it('is finished by asking again, and is no mapping until then', async () => {
    const { array, driver } = bench;
    await clear();
    await makeVolume(driver);
    const made = await makeMask(driver);
    const expected = await map(driver);
    const listing = await array.tgtadm('--op', 'show', '--mode', 'target');
    const tid = new RegExp(`Target (\\d+): ${made.nativeId}\n`).exec(listing)![1]!;
    const lun = ['--mode', 'logicalunit', '--tid', tid, '--lun', '4'];
    await array.tgtadm('--op', 'delete', ...lun);
    await array.tgtadm('--op', 'new', ...lun, '-b', join(array.configDirectory, '.empty'));
    expect((await driver.readMask(context(), made.nativeId))!.mappings).toEqual([]);
    expect(await map(driver)).toEqual(expected);
    await array.tgtadm('--op', 'delete', ...lun);
    await array.tgtadm('--op', 'new', ...lun, '-b', join(array.configDirectory, '.empty'));
    expect(await unmap(driver)).toMatchObject({ mappings: [] });
    expect(await array.tgtadm('--op', 'show', '--mode', 'target')).not.toContain('.empty');
    await clear();
  });

  it('and a target left offline are repaired when the expansion is asked for again', async () => {
    const { array, driver } = bench;
    await makeVolume(driver);
    const made = await makeMask(driver);
    await map(driver);
    const listing = await array.tgtadm('--op', 'show', '--mode', 'target');
    const tid = new RegExp(`Target (\\d+): ${made.nativeId}\n`).exec(listing)![1]!;
    await array.tgtadm('--op', 'update', '--mode', 'target', '--tid', tid, '-n', 'state', '-v', 'offline');
    await grow(driver);
    expect(await array.tgtadm('--op', 'show', '--mode', 'target')).not.toContain('offline');
    await clear();
  });
});
