/** Conformance: making, finding, marking, renaming and removing volumes. */
import assert from 'node:assert/strict';
import type { EnsureVolumeArgs } from '../contract.ts';
import { type CaseBody, OTHER_INSTALLATION, sameVolume, unchanged } from './fixture.ts';
import { hook } from './target.ts';

const makingCases: CaseBody[] = [
  {
    id: '03-volume-twice',
    title: 'a volume ensured twice is one volume, with the identity and the mark that were asked for',
    run: async (f) => {
      const { args, seen } = await f.makeVolume();
      assert.equal(seen.name, args.name);
      assert.equal(seen.pool, args.pool);
      assert.equal(seen.wwn, args.wwn);
      assert.equal(seen.provisioning, args.provisioning);
      assert.equal(seen.quarantined, false);
      assert.deepEqual(seen.mappedBy, []);
      assert.ok(seen.mark, 'no mark');
      const { nativeIdentity, ...mark } = seen.mark;
      assert.deepEqual(mark, args.mark);
      assert.ok(nativeIdentity.length > 0);
      const before = await f.inventory();
      sameVolume(f, await f.array.ensureVolume(f.ctx(), args), seen);
      await unchanged(f, before);
      assert.equal(before.volumes.length, 1);
    },
  },
  {
    id: '03-volume-one-write',
    title: 'a volume ensured twice is one change of the device',
    run: async (f) => {
      const writes = hook(f.device.writes, 'counting changes');
      const { args } = await f.makeVolume();
      const after = writes();
      await f.array.ensureVolume(f.ctx(), args);
      assert.equal(writes(), after);
    },
  },
  {
    id: '04-volume-differs',
    title: 'the same name with another size, identity, mark or provisioning is a conflict and changes nothing',
    run: async (f) => {
      const { args } = await f.makeVolume();
      const other = await f.volumeArgs();
      const pool = await f.pool();
      const others: Partial<EnsureVolumeArgs>[] = [
        { sizeBytes: args.sizeBytes + pool.granularityBytes },
        { wwn: other.wwn },
        { mark: other.mark },
        { mark: { ...args.mark, installation: OTHER_INSTALLATION } },
        ...(args.provisioning === 'thin' && pool.provisioning.includes('thick')
          ? [{ provisioning: 'thick' as const }]
          : []),
      ];
      const second = (await f.inventory()).pools.find(
        (candidate) => candidate.nativeId !== args.pool && candidate.usable,
      );
      if (second) others.push({ pool: second.nativeId });
      const before = await f.inventory();
      for (const difference of others) {
        await f.refused(f.array.ensureVolume(f.ctx(), { ...args, ...difference }), 'conflict');
        await unchanged(f, before);
      }
    },
  },
  {
    id: '04-no-such-pool',
    title: 'a volume in a pool that is not there is refused and nothing is made',
    run: async (f) => {
      const args = await f.volumeArgs({ pool: 'conf-no-such-pool' });
      const before = await f.inventory();
      await f.refused(f.array.ensureVolume(f.ctx(), args), 'not-found', 'invalid');
      await unchanged(f, before);
    },
  },
  {
    id: '05-delete-missing',
    title: 'deleting a volume twice succeeds',
    run: async (f) => {
      const { expect } = await f.makeVolume();
      await f.array.deleteVolume(f.ctx(), expect);
      await f.array.deleteVolume(f.ctx(), expect);
      assert.equal(await f.array.readVolume(f.ctx(), expect.nativeId), undefined);
    },
  },
  {
    id: '14-sizes',
    title: 'sizes round up to the granularity, the real one is reported, and the same request is still the same volume',
    run: async (f) => {
      const { granularityBytes } = await f.pool();
      const { sizeBytes } = await f.volumeArgs();
      const wanted = sizeBytes + 1;
      const rounded = Math.ceil(wanted / granularityBytes) * granularityBytes;
      const { args, seen } = await f.makeVolume({ sizeBytes: wanted });
      assert.equal(seen.sizeBytes, rounded);
      sameVolume(f, await f.array.ensureVolume(f.ctx(), args), seen);
      sameVolume(f, await f.array.ensureVolume(f.ctx(), { ...args, sizeBytes: rounded }), seen);
    },
  },
  {
    id: '14-too-large',
    title: 'a volume above the largest size is refused and nothing is made',
    run: async (f) => {
      const { volumeBytesMax, granularityBytes } = await f.pool();
      const args = await f.volumeArgs({ sizeBytes: volumeBytesMax + granularityBytes });
      const before = await f.inventory();
      await f.refused(f.array.ensureVolume(f.ctx(), args), 'invalid', 'capacity');
      await unchanged(f, before);
    },
  },
  {
    id: '14-no-room',
    title: 'a thick volume larger than what is free is refused for capacity and nothing is left of it',
    run: async (f) => {
      const pool = await f.pool('thick');
      const sizeBytes = (Math.floor(pool.freeBytes / pool.granularityBytes) + 1) * pool.granularityBytes;
      const args = await f.volumeArgs({ pool: pool.nativeId, provisioning: 'thick', sizeBytes });
      const before = await f.inventory();
      await f.refused(f.array.ensureVolume(f.ctx(), args), 'capacity', 'invalid');
      await unchanged(f, before);
    },
  },
  {
    id: '21-identity',
    title: 'a volume keeps native id and WWN over a rename; made again it is another one',
    run: async (f) => {
      const { args, seen, expect } = await f.makeVolume();
      const { name } = await f.volumeArgs();
      const renamed = await f.array.renameVolume(f.ctx(), expect, { name, quarantined: false });
      sameVolume(f, { ...renamed, name: args.name }, seen);
      await f.array.deleteVolume(f.ctx(), expect);
      const { wwn, serial } = await f.volumeArgs();
      const again = await f.array.ensureVolume(f.ctx(), { ...args, wwn, serial });
      assert.notEqual(again.nativeId, seen.nativeId);
      assert.notEqual(again.mark?.nativeIdentity, seen.mark?.nativeIdentity);
      assert.equal(again.wwn, wwn);
      // What was known of the first one must not hit the second.
      await f.array.deleteVolume(f.ctx(), expect);
      sameVolume(f, await f.array.readVolume(f.ctx(), again.nativeId), again);
    },
  },
  {
    id: '21-restart',
    title: 'volumes, masks and mappings are the same after a restart of the device',
    run: async (f) => {
      const restart = hook(f.device.restart, 'a restart of the device');
      await f.makeMapped();
      await f.makeVolume();
      const before = await f.inventory();
      await restart();
      await unchanged(f, before);
    },
  },
];

const ownershipCases: CaseBody[] = [
  {
    id: '07-foreign',
    title: 'a volume without a mark is left alone until it is asked to be marked, and again after forgetting',
    run: async (f) => {
      const { name, pool, sizeBytes, wwn, serial, mark, provisioning } = await f.volumeArgs();
      const nativeId = await hook(f.device.hand?.addForeignVolume, 'foreign volumes')({ name, pool, sizeBytes });
      const before = await f.inventory();
      const seen = await f.array.readVolume(f.ctx(), nativeId);
      assert.ok(seen && seen.mark === undefined);
      const expect = { nativeId, mark, ...(seen.wwn === undefined ? {} : { wwn: seen.wwn }) };
      const args = { name, pool, sizeBytes, wwn: seen.wwn ?? wwn, serial, mark, provisioning };
      await f.refused(f.array.ensureVolume(f.ctx(), args), 'conflict');
      await f.refused(f.array.deleteVolume(f.ctx(), expect), 'conflict');
      await f.refused(f.array.renameVolume(f.ctx(), expect, { name: 'confother', quarantined: true }), 'conflict');
      await f.refused(f.array.markVolume(f.ctx(), expect), 'conflict');
      await unchanged(f, before);
      const marked = await f.array.markVolume(f.ctx(), { ...expect, unmarked: true });
      assert.equal(marked.mark?.urn, mark.urn);
      await f.array.unmarkVolume(f.ctx(), expect);
      await f.array.unmarkVolume(f.ctx(), expect);
      assert.equal((await f.array.readVolume(f.ctx(), nativeId))?.mark, undefined);
      await f.refused(f.array.deleteVolume(f.ctx(), expect), 'conflict');
    },
  },
  {
    id: '07-other-installation',
    title: 'the volume of another installation is refused in every change',
    run: async (f) => {
      const { args, expect: theirs } = await f.makeVolume();
      const mark = { ...args.mark, installation: OTHER_INSTALLATION };
      const expect = { ...theirs, mark };
      const { expect: mask } = await f.makeMask({ mark });
      const before = await f.inventory();
      await f.refused(f.array.deleteVolume(f.ctx(), expect), 'conflict');
      await f.refused(f.array.renameVolume(f.ctx(), expect, { name: 'confother', quarantined: true }), 'conflict');
      await f.refused(f.array.markVolume(f.ctx(), { ...expect, unmarked: true }), 'conflict');
      await f.refused(f.array.unmarkVolume(f.ctx(), expect), 'conflict');
      const hlu = f.manifest.hlu.max;
      await f.refused(f.array.ensureMapping(f.ctx(), mask, { volume: expect, hlu }), 'conflict');
      if (f.array.expand) {
        const sizeBytes = args.sizeBytes * 2;
        await f.refused(f.array.expand.expandVolume(f.ctx(), expect, { sizeBytes }), 'conflict');
      }
      await unchanged(f, before);
    },
  },
  {
    id: '07-identity-differs',
    title: 'a volume whose identity is not the expected one is refused',
    run: async (f) => {
      const { expect } = await f.makeVolume();
      const { wwn } = await f.volumeArgs();
      const before = await f.inventory();
      await f.refused(f.array.deleteVolume(f.ctx(), { ...expect, wwn }), 'conflict');
      await f.refused(
        f.array.renameVolume(f.ctx(), { ...expect, wwn }, { name: 'confother', quarantined: true }),
        'conflict',
      );
      await unchanged(f, before);
    },
  },
  {
    id: '07-epoch',
    title: 'a mark of an earlier epoch is ours and can be renewed',
    run: async (f) => {
      const { args, expect } = await f.makeVolume();
      const later = { ...expect, mark: { ...args.mark, epoch: 2 } };
      const marked = await f.array.markVolume(f.ctx(), later);
      assert.equal(marked.mark?.epoch, 2);
      await f.array.deleteVolume(f.ctx(), { ...expect, mark: { ...args.mark, epoch: 3 } });
      assert.equal(await f.array.readVolume(f.ctx(), expect.nativeId), undefined);
    },
  },
  {
    id: '07-copy',
    title: 'a copy that has the mark copied too is not ours',
    run: async (f) => {
      const copyVolume = hook(f.device.hand?.copyVolume, "the device's own copies");
      const { args, seen, expect } = await f.makeVolume();
      const nativeId = await copyVolume(seen.nativeId, (await f.volumeArgs()).name);
      const before = await f.inventory();
      const copy = await f.array.readVolume(f.ctx(), nativeId);
      assert.ok(copy, 'the copy is not shown');
      // Either the driver says that it has no mark of its own, or whoever compares it with the source can tell.
      if (copy.mark) assert.equal(copy.mark.nativeIdentity, seen.mark?.nativeIdentity);
      const stolen = { ...expect, nativeId, ...(copy.wwn === undefined ? {} : { wwn: copy.wwn }), mark: args.mark };
      await f.refused(f.array.deleteVolume(f.ctx(), stolen), 'conflict');
      await f.refused(f.array.renameVolume(f.ctx(), stolen, { name: 'confother', quarantined: true }), 'conflict');
      await unchanged(f, before);
    },
  },
  {
    id: '16-by-hand',
    title: 'edits by hand are seen by the next read, and what is gone stays gone',
    run: async (f) => {
      const renameVolume = hook(f.device.hand?.renameVolume, 'renaming by hand');
      const deleteVolume = hook(f.device.hand?.deleteVolume, 'deleting by hand');
      const { args, seen, expect } = await f.makeVolume();
      const { name } = await f.volumeArgs();
      await renameVolume(seen.nativeId, name);
      assert.equal((await f.array.readVolume(f.ctx(), seen.nativeId))?.name, name);
      assert.equal(await f.array.findVolume(f.ctx(), args.name), undefined);
      await deleteVolume(seen.nativeId);
      assert.equal(await f.array.readVolume(f.ctx(), seen.nativeId), undefined);
      await f.refused(f.array.renameVolume(f.ctx(), expect, { name: args.name, quarantined: false }), 'not-found');
      await f.refused(f.array.markVolume(f.ctx(), expect), 'not-found');
      await f.array.deleteVolume(f.ctx(), expect);
    },
  },
  {
    id: '16-resized-by-hand',
    title: 'a volume that was resized by hand is a conflict for who still wants the old size',
    run: async (f) => {
      const growVolume = hook(f.device.hand?.growVolume, 'resizing by hand');
      const { args, seen } = await f.makeVolume();
      await growVolume(seen.nativeId, seen.sizeBytes * 2);
      assert.equal((await f.array.readVolume(f.ctx(), seen.nativeId))?.sizeBytes, seen.sizeBytes * 2);
      await f.refused(f.array.ensureVolume(f.ctx(), args), 'conflict');
    },
  },
];

const quarantineCases: CaseBody[] = [
  {
    id: '22-quarantine',
    title: 'a volume goes into quarantine under another name and comes back as it was, each once',
    run: async (f) => {
      const { args, seen, expect } = await f.makeVolume();
      const { name } = await f.volumeArgs();
      const away = await f.array.renameVolume(f.ctx(), expect, { name, quarantined: true });
      sameVolume(f, away, { ...seen, name, quarantined: true });
      const writes = f.device.writes?.();
      sameVolume(f, await f.array.renameVolume(f.ctx(), expect, { name, quarantined: true }), away);
      assert.equal(f.device.writes?.(), writes);
      const back = await f.array.renameVolume(f.ctx(), expect, { name: args.name, quarantined: false });
      sameVolume(f, back, seen);
    },
  },
  {
    id: '22-name-taken',
    title: 'a rename onto a taken name is a conflict and changes nothing',
    run: async (f) => {
      const first = await f.makeVolume();
      const second = await f.makeVolume();
      const before = await f.inventory();
      const change = { name: first.args.name, quarantined: false };
      await f.refused(f.array.renameVolume(f.ctx(), second.expect, change), 'conflict');
      await unchanged(f, before);
    },
  },
];

export const VOLUME_CASES: readonly CaseBody[] = [...makingCases, ...ownershipCases, ...quarantineCases];
