/** Conformance: what a driver says about itself and its device, and that looking changes nothing. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { BlockArray } from '../contract.ts';
import { allPages, type CaseBody, type Fixture, sameVolume, unchanged } from './fixture.ts';
import { hook } from './target.ts';

const CROWD = 12;

async function observeEverything(f: Fixture): Promise<void> {
  const { volumes, masks } = await f.inventory();
  for (const { nativeId, name } of volumes) {
    await f.array.readVolume(f.ctx(), nativeId);
    await f.array.findVolume(f.ctx(), name);
  }
  for (const { nativeId, name } of masks) {
    await f.array.readMask(f.ctx(), nativeId);
    await f.array.findMask(f.ctx(), name);
  }
  await f.array.identify(f.ctx());
}

const HOSTILE_NAMES = [
  '',
  "a'b",
  'a"b',
  'a b',
  'a;b',
  'a|b',
  'a&b',
  'a$HOME',
  'a$(id)',
  'a`id`',
  'a\\b',
  'a\nb',
  'a/b',
  '../a',
  '-rf',
  'a%s',
  'a*',
  'ä',
  '卷',
  'a\u0000b',
  'x'.repeat(4096),
];

/** A hostile name is either refused as invalid, or kept to the letter; nothing in between, and nothing else is made. */
async function triesNames(
  f: Fixture,
  kind: 'volumes' | 'masks',
  make: (name: string) => Promise<{ readonly name: string }>,
  find: (name: string) => Promise<{ readonly name: string } | undefined>,
): Promise<void> {
  const names = async () => (await f.inventory())[kind].map(({ name }) => name).sort();
  const expected = await names();
  for (const name of HOSTILE_NAMES) {
    const made = await make(name).catch((error: unknown) => error);
    if (made instanceof Error) {
      await f.refused(Promise.reject(made), 'invalid');
    } else {
      assert.equal((made as { name: string }).name, name);
      assert.equal((await find(name))?.name, name);
      expected.push(name);
    }
  }
  assert.deepEqual(await names(), expected.sort());
}

const identityCases: CaseBody[] = [
  {
    id: '01-identity',
    title: 'identify is stable, names a serial, and is of this device alone',
    run: async (f) => {
      const first = await f.array.identify(f.ctx());
      assert.deepEqual(await f.array.identify(f.ctx()), first);
      assert.ok(first.serialNumber.length > 0 && first.model.length > 0 && first.firmwareVersion.length > 0);
      assert.match(first.nativeGuid, /^[^+]+\+.+$/);
      assert.ok(first.nativeGuid.endsWith(`+${first.serialNumber}`));
    },
  },
  {
    id: '01-probe',
    title: 'a read of the missing is undefined, and reads, finds and lists agree about what is there',
    run: async (f) => {
      assert.equal(await f.array.findVolume(f.ctx(), 'confmissing'), undefined);
      assert.equal(await f.array.findMask(f.ctx(), 'confmissing'), undefined);
      const { volume, mask } = await f.makeMapped();
      const { volumes, masks } = await f.inventory();
      const seenVolume = await f.array.readVolume(f.ctx(), volume.seen.nativeId);
      const seenMask = await f.array.readMask(f.ctx(), mask.seen.nativeId);
      assert.ok(seenVolume && seenMask);
      sameVolume(f, await f.array.findVolume(f.ctx(), volume.args.name), seenVolume);
      assert.deepEqual(await f.array.findMask(f.ctx(), mask.args.name), seenMask);
      assert.deepEqual(seenVolume.mappedBy, [mask.seen.nativeId]);
      const listed = volumes.find(({ name }) => name === volume.args.name);
      sameVolume(f, listed, seenVolume);
      assert.deepEqual(
        masks.find(({ name }) => name === mask.args.name),
        seenMask,
      );
      await f.array.removeMapping(f.ctx(), mask.expect, { volume: volume.expect, hlu: 1 });
      await f.array.deleteVolume(f.ctx(), volume.expect);
      assert.equal(await f.array.readVolume(f.ctx(), volume.seen.nativeId), undefined);
      await f.array.deleteMask(f.ctx(), mask.expect);
      assert.equal(await f.array.readMask(f.ctx(), mask.seen.nativeId), undefined);
    },
  },
  {
    id: '21-other-device',
    title: 'two devices of the same kind have different identities',
    run: async (f) => {
      const other: BlockArray = await hook(f.device.otherDevice, 'another device of the kind')();
      try {
        const [here, there] = [await f.array.identify(f.ctx()), await other.identify(f.ctx())];
        assert.notEqual(here.nativeGuid, there.nativeGuid);
        assert.notEqual(here.serialNumber, there.serialNumber);
      } finally {
        await other.close();
      }
    },
  },
];

const readingCases: CaseBody[] = [
  {
    id: '02-complete',
    title: 'lists show everything, once, past one page',
    run: async (f) => {
      const names: string[] = [];
      for (let count = 0; count < (f.device.crowd ?? CROWD); count++) names.push((await f.makeVolume()).args.name);
      const volumes = await allPages((page) => f.array.listVolumes(f.ctx(), page));
      assert.deepEqual(volumes.map(({ name }) => name).sort(), names.sort());
      assert.equal(new Set(volumes.map(({ nativeId }) => nativeId)).size, names.length);
    },
  },
  {
    id: '02-read-only',
    title: 'observing changes nothing',
    run: async (f) => {
      await f.makeMapped();
      const before = await f.inventory();
      const writes = f.device.writes?.();
      await observeEverything(f);
      await unchanged(f, before);
      assert.equal(f.device.writes?.(), writes);
    },
  },
  {
    id: '02-partial',
    title: 'a list that the device does not show whole says so',
    run: async (f) => {
      await f.makeVolume();
      await f.makeVolume();
      await hook(f.device.faults?.partialVolumes, 'partial lists')();
      const pages = [];
      let page = await f.array.listVolumes(f.ctx());
      for (pages.push(page); page.next !== undefined; pages.push(page)) {
        page = await f.array.listVolumes(f.ctx(), page.next);
      }
      assert.ok(pages.some(({ complete }) => !complete));
    },
  },
  {
    id: '13-volume-names',
    title: 'volume names: the longest works; hostile ones are refused or kept to the letter',
    run: async (f) => {
      const longest = 'x'.repeat(f.manifest.naming.volumeLengthMax);
      const { seen, expect } = await f.makeVolume({ name: longest });
      assert.equal(seen.name, longest);
      assert.equal((await f.array.findVolume(f.ctx(), longest))?.nativeId, seen.nativeId);
      await f.array.deleteVolume(f.ctx(), expect);
      const make = async (name: string) => f.array.ensureVolume(f.ctx(), await f.volumeArgs({ name }));
      await triesNames(f, 'volumes', make, (name) => f.array.findVolume(f.ctx(), name));
    },
  },
  {
    id: '13-mask-names',
    title: 'mask names: the longest works; hostile ones are refused or kept to the letter',
    run: async (f) => {
      const longest = 'x'.repeat(f.manifest.naming.maskLengthMax);
      const { seen, expect } = await f.makeMask({ name: longest });
      assert.equal(seen.name, longest);
      await f.array.deleteMask(f.ctx(), expect);
      const make = async (name: string) => f.array.ensureMask(f.ctx(), await f.maskArgs({ name }));
      await triesNames(f, 'masks', make, (name) => f.array.findMask(f.ctx(), name));
    },
  },
  {
    id: '15-secrets',
    title: 'no secret in logs, errors or observations',
    run: async (f) => {
      const secrets = hook(f.device.secrets, 'secrets that the driver is given');
      const { volume, mask } = await f.makeMapped();
      const wrong = { ...volume.expect, mark: { ...volume.expect.mark, installation: 'conformance-c' } };
      const error = await f.refused(f.array.deleteVolume(f.ctx(), wrong), 'conflict');
      const all = [...f.said, JSON.stringify(await f.inventory()), JSON.stringify(mask), inspect(error, { depth: 9 })];
      for (const secret of secrets) assert.ok(!all.some((text) => text.includes(secret)), 'a secret was said');
    },
  },
  {
    id: '19-declared',
    title: 'what the manifest declares is there, and nothing more',
    run: async (f) => {
      const { capabilities, hlu, limits, naming, supported, concurrencyMax } = f.manifest;
      const { lacks = [] } = await f.array.identify(f.ctx());
      for (const name of ['expand', 'zeroing', 'metrics', 'changes', 'copies', 'mirrors'] as const) {
        const has = f.array[name] !== undefined && !lacks.includes(name);
        assert.equal(has, capabilities.includes(name), `capability ${name}`);
      }
      assert.equal(new Set(limits.map(({ id }) => id)).size, limits.length);
      assert.ok(limits.every(({ text }) => text.length > 0));
      assert.ok(hlu.min >= 0 && hlu.max > hlu.min);
      assert.ok(naming.volumeLengthMax > 0 && naming.maskLengthMax > 0 && concurrencyMax > 0);
      assert.ok(supported.length > 0 && supported.every(({ model, versions }) => model !== '' && versions !== ''));
    },
  },
];

export const OBSERVE_CASES: readonly CaseBody[] = [...identityCases, ...readingCases];
