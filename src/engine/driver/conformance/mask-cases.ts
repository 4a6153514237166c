/** Conformance: masks, who they admit, and what they map. */
import assert from 'node:assert/strict';
import { type CaseBody, OTHER_INSTALLATION, unchanged } from './fixture.ts';
import { hook } from './target.ts';

const maskCases: CaseBody[] = [
  {
    id: '03-mask-twice',
    title: 'a mask ensured twice is one mask, and admits exactly who was asked for',
    run: async (f) => {
      const { args, seen } = await f.makeMask();
      assert.equal(seen.name, args.name);
      assert.deepEqual(seen.initiators, [...args.initiators].sort());
      assert.deepEqual(seen.mappings, []);
      assert.deepEqual(seen.loggedIn, []);
      assert.equal(seen.mark?.urn, args.mark.urn);
      const before = await f.inventory();
      const writes = f.device.writes?.();
      assert.deepEqual(await f.array.ensureMask(f.ctx(), args), seen);
      await unchanged(f, before);
      assert.equal(f.device.writes?.(), writes);
    },
  },
  {
    id: '03-mask-corrects',
    title: 'a mask ensured with other initiators admits exactly those, and keeps what it maps',
    run: async (f) => {
      const { mask, volume, hlu } = await f.makeMapped();
      const wanted = [await f.initiator(), await f.initiator()].sort();
      const seen = await f.array.ensureMask(f.ctx(), { ...mask.args, initiators: wanted });
      assert.deepEqual(seen.initiators, wanted);
      assert.equal(seen.nativeId, mask.seen.nativeId);
      assert.deepEqual(seen.mappings, [{ hlu, volume: volume.seen.nativeId, wwn: volume.args.wwn }]);
      assert.deepEqual(await f.array.ensureMask(f.ctx(), mask.args), mask.seen);
    },
  },
  {
    id: '05-delete-missing-mask',
    title: 'deleting a mask twice succeeds',
    run: async (f) => {
      const { expect } = await f.makeMask();
      await f.array.deleteMask(f.ctx(), expect);
      await f.array.deleteMask(f.ctx(), expect);
      assert.equal(await f.array.readMask(f.ctx(), expect.nativeId), undefined);
    },
  },
  {
    id: '07-foreign-mask',
    title: 'a mask without a mark is left alone',
    run: async (f) => {
      const addForeignMask = hook(f.device.hand?.addForeignMask, 'foreign masks');
      const args = await f.maskArgs();
      const nativeId = await addForeignMask({ name: args.name, initiators: args.initiators });
      const volume = await f.makeVolume();
      const before = await f.inventory();
      assert.equal((await f.array.readMask(f.ctx(), nativeId))?.mark, undefined);
      const expect = { nativeId, mark: args.mark };
      const mapping = { volume: volume.expect, hlu: f.manifest.hlu.max };
      await f.refused(f.array.ensureMask(f.ctx(), args), 'conflict');
      await f.refused(f.array.deleteMask(f.ctx(), expect), 'conflict');
      await f.refused(f.array.ensureMapping(f.ctx(), expect, mapping), 'conflict');
      await unchanged(f, before);
    },
  },
  {
    id: '07-mask-taken-over',
    title:
      'a mask without a mark gets one when that is asked for, stays as it is, and is left alone again once it is taken off',
    run: async (f) => {
      const addForeignMask = hook(f.device.hand?.addForeignMask, 'foreign masks');
      const args = await f.maskArgs();
      const nativeId = await addForeignMask({ name: args.name, initiators: args.initiators });
      const expect = { nativeId, mark: args.mark };
      const seen = await f.array.readMask(f.ctx(), nativeId);
      assert.ok(seen && seen.mark === undefined);
      await f.refused(f.array.markMask(f.ctx(), expect), 'conflict');
      await f.refused(f.array.markMask(f.ctx(), { ...expect, nativeId: `${nativeId}0` }), 'not-found');

      const { mark, ...marked } = await f.array.markMask(f.ctx(), { ...expect, unmarked: true });
      assert.equal(mark?.urn, args.mark.urn);
      assert.deepEqual(marked, seen);
      assert.deepEqual(await f.array.markMask(f.ctx(), { ...expect, unmarked: true }), { mark, ...marked });
      const other = { ...args.mark, installation: OTHER_INSTALLATION };
      await f.refused(f.array.markMask(f.ctx(), { nativeId, mark: other, unmarked: true }), 'conflict');
      await f.refused(f.array.unmarkMask(f.ctx(), { nativeId, mark: other }), 'conflict');

      // It is one of ours now: it is found by its name, and maps what is ours.
      const volume = await f.makeVolume();
      const mapping = { volume: volume.expect, hlu: f.manifest.hlu.max };
      assert.equal((await f.array.findMask(f.ctx(), marked.name))?.nativeId, nativeId);
      const ensured = await f.array.ensureMask(f.ctx(), { ...args, name: marked.name, ports: marked.ports });
      assert.deepEqual(ensured, { mark, ...marked });
      await f.array.ensureMapping(f.ctx(), expect, mapping);
      await f.array.removeMapping(f.ctx(), expect, mapping);

      await f.array.unmarkMask(f.ctx(), expect);
      await f.array.unmarkMask(f.ctx(), expect);
      assert.deepEqual(await f.array.readMask(f.ctx(), nativeId), seen);
      await f.refused(f.array.deleteMask(f.ctx(), expect), 'conflict');
    },
  },
  {
    id: '07-mask-of-another',
    title: 'the mask of another installation is refused in every change',
    run: async (f) => {
      const { mask, volume, hlu } = await f.makeMapped();
      const mark = { ...mask.args.mark, installation: OTHER_INSTALLATION };
      const expect = { ...mask.expect, mark };
      const before = await f.inventory();
      await f.refused(f.array.ensureMask(f.ctx(), { ...mask.args, mark }), 'conflict');
      await f.refused(f.array.deleteMask(f.ctx(), expect), 'conflict');
      await f.refused(f.array.removeMapping(f.ctx(), expect, { volume: volume.expect, hlu }), 'conflict');
      await unchanged(f, before);
    },
  },
  {
    id: '16-mask-by-hand',
    title: 'initiators and mappings changed by hand are seen, and ensure repairs them',
    run: async (f) => {
      const addInitiator = hook(f.device.hand?.addInitiator, 'adding initiators by hand');
      const removeInitiator = hook(f.device.hand?.removeInitiator, 'removing initiators by hand');
      const deleteMapping = hook(f.device.hand?.deleteMapping, 'deleting mappings by hand');
      const { mask, volume, hlu } = await f.makeMapped();
      const [before] = [await f.inventory()];
      const [mine] = mask.args.initiators as [string];
      const intruder = await f.initiator();
      await addInitiator(mask.seen.nativeId, intruder);
      await removeInitiator(mask.seen.nativeId, mine);
      await deleteMapping(mask.seen.nativeId, hlu);
      const edited = await f.array.readMask(f.ctx(), mask.seen.nativeId);
      assert.deepEqual(edited?.initiators, [intruder]);
      assert.deepEqual(edited?.mappings, []);
      await f.array.ensureMask(f.ctx(), mask.args);
      await f.array.ensureMapping(f.ctx(), mask.expect, { volume: volume.expect, hlu });
      await unchanged(f, before);
    },
  },
  {
    id: '23-logged-in',
    title: 'a mask shows which of its initiators are logged in',
    run: async (f) => {
      const login = hook(f.device.hand?.login, 'logging an initiator in');
      const { mask } = await f.makeMapped();
      const [initiator] = mask.args.initiators as [string];
      await login(initiator);
      assert.deepEqual((await f.array.readMask(f.ctx(), mask.seen.nativeId))?.loggedIn, [initiator]);
    },
  },
];

const mappingCases: CaseBody[] = [
  {
    id: '03-mapping-twice',
    title: 'a mapping ensured twice is one mapping, and shows the identity of the volume',
    run: async (f) => {
      const { mask, volume, hlu } = await f.makeMapped();
      assert.deepEqual(mask.seen.mappings, [{ hlu, volume: volume.seen.nativeId, wwn: volume.args.wwn }]);
      const before = await f.inventory();
      const writes = f.device.writes?.();
      const again = await f.array.ensureMapping(f.ctx(), mask.expect, { volume: volume.expect, hlu });
      assert.deepEqual(again, mask.seen);
      await unchanged(f, before);
      assert.equal(f.device.writes?.(), writes);
    },
  },
  {
    id: '04-hlu-taken',
    title: 'an HLU that another volume has is a conflict, for mapping and for unmapping',
    run: async (f) => {
      const { mask, hlu } = await f.makeMapped();
      const other = await f.makeVolume();
      const before = await f.inventory();
      const error = await f.refused(
        f.array.ensureMapping(f.ctx(), mask.expect, { volume: other.expect, hlu }),
        'conflict',
      );
      assert.ok(error.holders.length > 0, 'the holder is not named');
      await f.refused(f.array.removeMapping(f.ctx(), mask.expect, { volume: other.expect, hlu }), 'conflict');
      await unchanged(f, before);
    },
  },
  {
    id: '04-hlu-range',
    title: 'the last HLU works; the ones outside the declared range are refused',
    run: async (f) => {
      const { min, max } = f.manifest.hlu;
      const volume = await f.makeVolume();
      const mask = await f.makeMask();
      for (const hlu of [min - 1, max + 1, 1.5]) {
        await f.refused(f.array.ensureMapping(f.ctx(), mask.expect, { volume: volume.expect, hlu }), 'invalid');
      }
      const seen = await f.array.ensureMapping(f.ctx(), mask.expect, { volume: volume.expect, hlu: max });
      assert.deepEqual(
        seen.mappings.map(({ hlu }) => hlu),
        [max],
      );
    },
  },
  {
    id: '05-unmap-missing',
    title: 'removing a mapping twice succeeds',
    run: async (f) => {
      const { mask, volume, hlu } = await f.makeMapped();
      const args = { volume: volume.expect, hlu };
      assert.deepEqual((await f.array.removeMapping(f.ctx(), mask.expect, args)).mappings, []);
      assert.deepEqual((await f.array.removeMapping(f.ctx(), mask.expect, args)).mappings, []);
      assert.deepEqual((await f.array.readVolume(f.ctx(), volume.seen.nativeId))?.mappedBy, []);
    },
  },
  {
    id: '05-map-missing',
    title: 'mapping what is not there is refused as not found',
    run: async (f) => {
      const volume = await f.makeVolume();
      const mask = await f.makeMask();
      const gone = await f.makeVolume();
      const goneMask = await f.makeMask();
      await f.array.deleteVolume(f.ctx(), gone.expect);
      await f.array.deleteMask(f.ctx(), goneMask.expect);
      const hlu = f.manifest.hlu.max;
      await f.refused(f.array.ensureMapping(f.ctx(), mask.expect, { volume: gone.expect, hlu }), 'not-found');
      await f.refused(f.array.ensureMapping(f.ctx(), goneMask.expect, { volume: volume.expect, hlu }), 'not-found');
    },
  },
  {
    id: '06-delete-mapped',
    title: 'deleting a mapped volume, or a mask that maps, is refused and names the holders',
    run: async (f) => {
      const { mask, volume } = await f.makeMapped();
      const before = await f.inventory();
      const first = await f.refused(f.array.deleteVolume(f.ctx(), volume.expect), 'conflict');
      assert.ok([mask.seen.name, mask.seen.nativeId].some((name) => first.holders.includes(name)));
      const second = await f.refused(f.array.deleteMask(f.ctx(), mask.expect), 'conflict');
      assert.ok([volume.seen.name, volume.seen.nativeId].some((name) => second.holders.includes(name)));
      await unchanged(f, before);
    },
  },
  {
    id: '24-shared',
    title: 'one volume through two masks names both, and leaves one without touching the other',
    run: async (f) => {
      const { mask, volume, hlu } = await f.makeMapped();
      const second = await f.makeMask();
      const seen = await f.array.ensureMapping(f.ctx(), second.expect, { volume: volume.expect, hlu });
      const both = [mask.seen.nativeId, second.seen.nativeId].sort();
      assert.deepEqual((await f.array.readVolume(f.ctx(), volume.seen.nativeId))?.mappedBy, both);
      await f.array.removeMapping(f.ctx(), mask.expect, { volume: volume.expect, hlu });
      assert.deepEqual(await f.array.readMask(f.ctx(), second.seen.nativeId), seen);
      await f.refused(f.array.deleteVolume(f.ctx(), volume.expect), 'conflict');
    },
  },
];

export const MASK_CASES: readonly CaseBody[] = [...maskCases, ...mappingCases];
