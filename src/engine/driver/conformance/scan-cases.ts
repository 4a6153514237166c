/** Conformance: a storage provider lists the systems behind it. Cases apply to drivers that declare `scan`. */
import assert from 'node:assert/strict';
import type { FoundSystem, ScanPage } from '../contract.ts';
import { scanPageSchema } from '../scan-page.ts';
import { type CaseBody, type Fixture, unchanged } from './fixture.ts';
import { hook, type ProviderHooks } from './target.ts';

const PAGES_MAX = 10_000;

const providerOf = (f: Fixture): ProviderHooks => hook(f.device.provider, 'a storage provider');

/** All pages, each of the declared shape, in plain JSON. */
async function scanned(f: Fixture): Promise<ScanPage[]> {
  const schema = scanPageSchema(f.manifest.scan!.systemKeys);
  const pages: ScanPage[] = [];
  let next: string | undefined;
  for (let count = 0; count < PAGES_MAX; count++) {
    const page: ScanPage = await providerOf(f).listSystems(f.ctx(), next);
    assert.deepEqual(JSON.parse(JSON.stringify(page)), page);
    const checked = schema.safeParse(page);
    assert.ok(checked.success, checked.error?.message);
    pages.push(page);
    next = page.next;
    if (next === undefined) return pages;
  }
  throw new assert.AssertionError({ message: 'pages never end' });
}

async function scannedWhole(f: Fixture): Promise<FoundSystem[]> {
  const pages = await scanned(f);
  assert.ok(
    pages.every(({ complete }) => complete),
    'a page is not complete',
  );
  return pages.flatMap(({ systems }) => systems);
}

export const SCAN_CASES: readonly CaseBody[] = [
  {
    id: '33-scan',
    title: 'a scan finds the device and others, each once, and each is who the scan says',
    needs: 'scan',
    run: async (f) => {
      const found = await scannedWhole(f);
      const guids = found.map(({ identity }) => identity.nativeGuid);
      assert.equal(new Set(guids).size, guids.length, 'a system was listed twice');
      assert.ok(guids.length > 1, 'there is only one system: then it is no provider');
      assert.ok(guids.includes((await f.array.identify(f.ctx())).nativeGuid), 'the device itself was not found');
      for (const { configuration, identity } of found) {
        const array = await providerOf(f).connect(configuration);
        try {
          const { serialNumber, model, firmwareVersion, nativeGuid, supported } = await array.identify(f.ctx());
          assert.deepEqual({ serialNumber, model, firmwareVersion, nativeGuid, supported }, identity);
        } finally {
          await array.close();
        }
      }
    },
  },
  {
    id: '33-scan-pages',
    title: 'a scan finds more systems than one page lists',
    needs: 'scan',
    run: async (f) => {
      const before = await scannedWhole(f);
      await hook(providerOf(f).crowd, 'many systems')();
      const pages = await scanned(f);
      assert.ok(pages.length > 1, 'all fit on one page');
      const guids = pages.flatMap(({ systems }) => systems.map(({ identity }) => identity.nativeGuid));
      assert.equal(new Set(guids).size, guids.length, 'a system was listed twice');
      assert.deepEqual(
        before.map(({ identity }) => identity.nativeGuid).filter((guid) => !guids.includes(guid)),
        [],
      );
    },
  },
  {
    id: '33-scan-read-only',
    title: 'scanning changes nothing',
    needs: 'scan',
    run: async (f) => {
      await f.makeMapped();
      const before = await f.inventory();
      const writes = f.device.writes?.();
      const first = await scannedWhole(f);
      assert.deepEqual(await scannedWhole(f), first);
      assert.equal(f.device.writes?.(), writes);
      await unchanged(f, before);
    },
  },
  {
    id: '33-scan-silent',
    title: 'a system that does not answer is said to be missing and hides no other',
    needs: 'scan',
    run: async (f) => {
      const clear = hook(f.device.faults?.clear, 'ending faults');
      const all = await scannedWhole(f);
      await hook(providerOf(f).silenceOne, 'a system that does not answer')();
      const pages = await scanned(f);
      assert.ok(
        pages.some(({ complete, why }) => !complete && why !== undefined),
        'it was left out without a word',
      );
      assert.equal(pages.flatMap(({ systems }) => systems).length, all.length - 1);
      await clear();
      assert.deepEqual(await scannedWhole(f), all);
    },
  },
  {
    id: '33-scan-deadline',
    title: 'a scan without time left, or one that was called off, is transient or busy',
    needs: 'scan',
    run: async (f) => {
      const { listSystems } = providerOf(f);
      const late = f.ctx({ deadlineMs: f.device.clock.nowMs() - 1 });
      await f.refused(listSystems(late), 'transient', 'busy');
      await f.refused(listSystems(f.ctx({ signal: AbortSignal.abort() })), 'transient', 'busy');
      await scannedWhole(f);
    },
  },
];
