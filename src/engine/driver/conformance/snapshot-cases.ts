/** Conformance: snapshots of sets of volumes; see copies-cases.ts. */
import assert from 'node:assert/strict';
import type { VolumeObservation } from '../contract.ts';
import type { EnsureSnapshotsArgs, SnapshotMember } from '../copies-contract.ts';
import { allThere, contents, ensure, expectOf, one, snapshotArgs, snapshotMember } from './copies-fixture.ts';
import { type CaseBody, OTHER_INSTALLATION, sameVolume, unchanged } from './fixture.ts';
import { hook } from './target.ts';

export const SNAPSHOT_CASES: CaseBody[] = [
  {
    id: '34-snapshot',
    title:
      'a snapshot is a volume of the size of its source with a name, an identity and a mark of its own, and says what it is of',
    run: async (f) => {
      const source = await f.makeVolume();
      const { args, seen } = await one(f, source);
      const [member] = args.members as [SnapshotMember];
      assert.equal(seen.name, member.name);
      assert.equal(seen.wwn, member.wwn);
      assert.equal(seen.sizeBytes, source.seen.sizeBytes);
      assert.equal(seen.quarantined, false);
      assert.deepEqual(seen.mappedBy, []);
      assert.notEqual(seen.nativeId, source.seen.nativeId);
      const { nativeIdentity, ...mark } = seen.mark!;
      assert.deepEqual(mark, member.mark);
      assert.notEqual(nativeIdentity, source.seen.mark?.nativeIdentity);
      assert.equal(seen.snapshot?.source, source.seen.nativeId);
      assert.equal(seen.snapshot.set, args.set);
      assert.ok(seen.snapshot.takenAtMs > 0);
      await allThere(f, [seen]);
      sameVolume(f, await f.array.readVolume(f.ctx(), source.seen.nativeId), source.seen);
    },
  },
  {
    id: '34-set-twice',
    title: 'a set ensured twice is one set, of one moment',
    run: async (f) => {
      const args = await snapshotArgs(f, await f.makeVolume(), await f.makeVolume());
      const seen = await ensure(f, args);
      assert.deepEqual(
        seen.map(({ name }) => name),
        args.members.map(({ name }) => name),
      );
      assert.equal(new Set(seen.map(({ snapshot }) => snapshot?.takenAtMs)).size, 1);
      const before = await f.inventory();
      const writes = f.device.writes?.();
      const again = await ensure(f, args);
      for (const [index, snapshot] of again.entries()) sameVolume(f, snapshot, seen[index]!);
      await unchanged(f, before);
      assert.equal(f.device.writes?.(), writes);
      assert.equal(before.volumes.length, 4);
    },
  },
  {
    id: '34-set-in-part',
    title: 'a set that is there in part is made anew, whole, as of now',
    run: async (f) => {
      const args = await snapshotArgs(f, await f.makeVolume(), await f.makeVolume());
      const [first, second] = (await ensure(f, args)) as [VolumeObservation, VolumeObservation];
      await f.array.deleteVolume(f.ctx(), expectOf(second, args.members[1]!));
      await f.device.clock.sleep(10);
      const seen = await ensure(f, args);
      assert.notEqual(seen[0]!.nativeId, first.nativeId);
      assert.ok(seen[0]!.snapshot!.takenAtMs > first.snapshot!.takenAtMs, 'a part is older than the whole');
      assert.equal(seen[1]!.snapshot?.takenAtMs, seen[0]!.snapshot?.takenAtMs);
      await allThere(f, seen);
      assert.equal((await f.inventory()).volumes.length, 4);
    },
  },
  {
    id: '34-part-mapped',
    title: 'a part of a set that somebody maps is not taken away',
    run: async (f) => {
      const args = await snapshotArgs(f, await f.makeVolume(), await f.makeVolume());
      const [first, second] = (await ensure(f, args)) as [VolumeObservation, VolumeObservation];
      const mask = await f.makeMask();
      const volume = expectOf(first, args.members[0]!);
      await f.array.ensureMapping(f.ctx(), mask.expect, { volume, hlu: Math.max(1, f.manifest.hlu.min) });
      await f.array.deleteVolume(f.ctx(), expectOf(second, args.members[1]!));
      const before = await f.inventory();
      await f.refused(ensure(f, args), 'conflict');
      await unchanged(f, before);
    },
  },
  {
    id: '34-all-or-none',
    title: 'when one of a set can not be made, none is',
    run: async (f) => {
      const [source, taken] = [await f.makeVolume(), await f.makeVolume()];
      const args = await snapshotArgs(f, source, taken);
      const [first, second] = args.members as [SnapshotMember, SnapshotMember];
      const spoilt: SnapshotMember[] = [
        { ...second, name: taken.args.name },
        { ...second, source: { ...second.source, nativeId: `${second.source.nativeId}9` } },
        { ...second, source: { ...second.source, wwn: first.wwn } },
      ];
      const before = await f.inventory();
      for (const member of spoilt) {
        await f.refused(ensure(f, { ...args, members: [first, member] }), 'conflict', 'not-found', 'invalid');
        await unchanged(f, before);
      }
    },
  },
  {
    id: '34-snapshot-differs',
    title: 'the same name with another identity, mark, source or set is a conflict and changes nothing',
    run: async (f) => {
      const [source, another] = [await f.makeVolume(), await f.makeVolume()];
      const { args } = await one(f, source);
      const [member] = args.members as [SnapshotMember];
      const other = await snapshotMember(f, source);
      const others: EnsureSnapshotsArgs[] = [
        { wwn: other.wwn },
        { serial: other.serial },
        { mark: other.mark },
        { mark: { ...member.mark, installation: OTHER_INSTALLATION } },
        { source: another.expect },
      ].map((difference) => ({ ...args, members: [{ ...member, ...difference }] }));
      const before = await f.inventory();
      for (const differing of [...others, { ...args, set: `${args.set}x` }]) {
        await f.refused(ensure(f, differing), 'conflict');
        await unchanged(f, before);
      }
      // And nobody takes it for a volume that he wanted.
      const { name, wwn, serial, mark } = member;
      await f.refused(f.array.ensureVolume(f.ctx(), { ...source.args, name, wwn, serial, mark }), 'conflict');
      await unchanged(f, before);
    },
  },
  {
    id: '34-source-of-another',
    title: 'no snapshot is made of what another installation owns, or of what was marked later than the state knows',
    run: async (f) => {
      const source = await f.makeVolume();
      const args = await snapshotArgs(f, source);
      const before = await f.inventory();
      for (const over of [{ installation: OTHER_INSTALLATION }, { epoch: 0 }]) {
        const expect = { ...source.expect, mark: { ...source.args.mark, ...over } };
        await f.refused(ensure(f, { ...args, members: [{ ...args.members[0]!, source: expect }] }), 'conflict');
      }
      await unchanged(f, before);
    },
  },
  {
    id: '34-content',
    title: 'a snapshot holds what its source held, whatever is written to that later',
    run: async (f) => {
      const { write, read } = contents(f);
      const sources = [await f.makeVolume(), await f.makeVolume()] as const;
      for (const { seen } of sources) await write(seen.nativeId, 'before');
      const taken = await ensure(f, await snapshotArgs(f, ...sources));
      for (const { seen } of sources) await write(seen.nativeId, 'after');
      for (const { nativeId } of taken) assert.equal(await read(nativeId), 'before');
      for (const { seen } of sources) assert.equal(await read(seen.nativeId), 'after');
    },
  },
  {
    id: '34-snapshot-mapped',
    title: 'a snapshot is mapped with its own identity, beside its source',
    run: async (f) => {
      const { volume, mask, hlu } = await f.makeMapped();
      const { seen, expect } = await one(f, volume);
      const after = await f.array.ensureMapping(f.ctx(), mask.expect, { volume: expect, hlu: hlu + 1 });
      const mapping = { hlu: hlu + 1, volume: seen.nativeId, wwn: expect.wwn };
      assert.deepEqual(after.mappings, [...mask.seen.mappings, mapping]);
      assert.deepEqual((await f.array.readVolume(f.ctx(), seen.nativeId))?.mappedBy, [mask.seen.nativeId]);
      await f.refused(f.array.deleteVolume(f.ctx(), expect), 'conflict');
      await f.array.removeMapping(f.ctx(), mask.expect, { volume: expect, hlu: hlu + 1 });
      await f.array.deleteVolume(f.ctx(), expect);
      assert.deepEqual(await f.array.readMask(f.ctx(), mask.seen.nativeId), mask.seen);
    },
  },
  {
    id: '34-source-deleted',
    title: 'a source goes with its snapshots kept, or is refused while one of them needs it',
    run: async (f) => {
      const read = f.device.hand?.readContent;
      const source = await f.makeVolume();
      await f.device.hand?.writeContent?.(source.seen.nativeId, 'kept');
      const { seen, expect } = await one(f, source);
      const removed = await f.array.deleteVolume(f.ctx(), source.expect).then(
        () => true,
        (error: unknown) => f.refused(Promise.reject(error), 'conflict').then(() => false),
      );
      assert.equal((await f.array.readVolume(f.ctx(), source.seen.nativeId)) === undefined, removed);
      await allThere(f, [seen]);
      if (read) assert.equal(await read(seen.nativeId), 'kept');
      await f.array.deleteVolume(f.ctx(), expect);
      await f.array.deleteVolume(f.ctx(), source.expect);
      assert.deepEqual((await f.inventory()).volumes, []);
    },
  },
  {
    id: '34-snapshot-deleted',
    title: 'deleting a snapshot twice succeeds, and its source is as it was before it',
    run: async (f) => {
      const source = await f.makeVolume();
      const before = await f.inventory();
      const { seen, expect } = await one(f, source);
      const foreign = { ...expect, mark: { ...expect.mark, installation: OTHER_INSTALLATION } };
      await f.refused(f.array.deleteVolume(f.ctx(), foreign), 'conflict');
      await f.array.deleteVolume(f.ctx(), expect);
      await f.array.deleteVolume(f.ctx(), expect);
      assert.equal(await f.array.readVolume(f.ctx(), seen.nativeId), undefined);
      await unchanged(f, before);
    },
  },
  {
    id: '34-snapshot-kept',
    title: 'a renamed snapshot is still one, also after a restart; what it is of is told as before',
    run: async (f) => {
      const source = await f.makeVolume();
      const { args, seen, expect } = await one(f, source);
      const { name } = await f.volumeArgs();
      const renamed = await f.array.renameVolume(f.ctx(), expect, { name, quarantined: true });
      sameVolume(f, renamed, { ...seen, name, quarantined: true });
      await f.device.restart?.();
      sameVolume(f, await f.array.readVolume(f.ctx(), seen.nativeId), renamed);
      await f.array.renameVolume(f.ctx(), expect, { name: args.members[0]!.name, quarantined: false });
      sameVolume(f, (await ensure(f, args))[0], seen);
    },
  },
  {
    id: '34-snapshot-fixed',
    title: 'nothing is copied onto a snapshot, and it does not grow',
    run: async (f) => {
      const source = await f.makeVolume();
      const { seen, expect } = await one(f, source);
      const before = await f.inventory();
      const args = { copy: 'onto-a-snapshot', from: source.expect, to: expect };
      await f.refused(f.array.copies!.startCopy(f.ctx(), args), 'conflict', 'invalid');
      const sizeBytes = seen.sizeBytes * 2;
      if (f.array.expand)
        await f.refused(f.array.expand.expandVolume(f.ctx(), expect, { sizeBytes }), 'conflict', 'invalid');
      await unchanged(f, before);
    },
  },
  {
    id: '34-two-sessions',
    title: 'the same set ensured from two sessions at once is one set',
    run: async (f) => {
      const second = await hook(f.device.secondSession, 'a second session')();
      try {
        const args = await snapshotArgs(f, await f.makeVolume(), await f.makeVolume());
        const race = [f.array, second].map((array) => ensure(f, args, array));
        for (const result of await Promise.allSettled(race)) {
          if (result.status === 'rejected')
            await f.refused(Promise.reject(result.reason), 'busy', 'transient', 'conflict', 'exists');
        }
        const seen = await ensure(f, args);
        assert.equal(new Set(seen.map(({ snapshot }) => snapshot?.takenAtMs)).size, 1);
        await allThere(f, seen);
        assert.equal((await f.inventory()).volumes.length, 4);
      } finally {
        await second.close();
      }
    },
  },
];
