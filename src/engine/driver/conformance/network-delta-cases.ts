/** Conformance of network systems: deltas of zones, what they must refuse, and what they must leave alone. */
import assert from 'node:assert/strict';
import type { ZoneDelta } from '../network-contract.ts';
import { CONFIGURATION, membersOf, type NetworkCaseBody, type NetworkFixture, sameFabric } from './network-fixture.ts';
import { hook } from './target.ts';

/** A foreign zone that is in effect, beside one of ours. */
async function withForeign(f: NetworkFixture) {
  const ours = await f.made();
  const foreign = f.zone();
  const create = hook(f.device.hand?.createZone, 'zones by hand');
  await create({ ...foreign, configuration: CONFIGURATION, enable: true });
  return { ours, foreign, seen: await f.read(foreign.name) };
}

async function refusedUnchanged(
  f: NetworkFixture,
  changes: Partial<ZoneDelta>,
  ...classes: Parameters<typeof f.refused>[1][]
) {
  const delta = await f.delta(changes);
  const before = await f.inventory();
  const error = await f.refused(f.network.applyZoneDelta(f.ctx(), delta), ...classes);
  await sameFabric(f, before);
  return error;
}

const HOSTILE_NAMES = [
  '',
  "a'b",
  'a"b',
  'a b',
  'a;b',
  'a|b',
  'a$(id)',
  'a`id`',
  'a\\b',
  'a\nb',
  'a,b',
  'ä',
  '卷',
  'a\u0000b',
];

const doing: NetworkCaseBody[] = [
  {
    id: 'N03-add',
    title: 'a zone that was added is saved and in effect, with exactly these members',
    run: async (f) => {
      const spec = f.zone();
      const { zoning, zones } = await f.apply({ add: [spec] });
      const seen = await f.read(spec.name);
      assert.deepEqual(zones, [seen]);
      assert.deepEqual(membersOf(seen?.defined), membersOf(spec.members));
      assert.deepEqual(membersOf(seen?.effective), membersOf(spec.members));
      assert.deepEqual(seen?.configurations, [CONFIGURATION]);
      assert.deepEqual(zoning, await f.zoning());
      const { configurations } = await f.inventory();
      assert.deepEqual(configurations, [{ name: CONFIGURATION, zones: 1, effective: true }]);
    },
  },
  {
    id: 'N03-twice',
    title: 'the same delta twice is one change, though the zoning is not as planned any more',
    run: async (f) => {
      const [kept, gone] = [await f.made(), await f.made()];
      const to = [f.wwpn()];
      const delta = await f.delta({
        add: [f.zone()],
        change: [{ name: kept.name, from: kept.members, to }],
        remove: [gone],
      });
      const first = await f.network.applyZoneDelta(f.ctx(), delta);
      const writes = f.device.writes?.();
      assert.deepEqual(await f.network.applyZoneDelta(f.ctx(), delta), first);
      assert.equal(f.device.writes?.(), writes);
    },
  },
  {
    id: 'N03-change-and-remove',
    title: 'zones are changed and removed, saved and in effect; removing the missing is fine',
    run: async (f) => {
      const [changed, gone] = [await f.made(), await f.made()];
      const to = [f.wwpn(), f.wwpn(), f.wwpn()];
      await f.apply({ change: [{ name: changed.name, from: changed.members, to }], remove: [gone, f.zone()] });
      const seen = await f.read(changed.name);
      assert.deepEqual([membersOf(seen?.defined), membersOf(seen?.effective)], [membersOf(to), membersOf(to)]);
      assert.equal(await f.read(gone.name), undefined);
    },
  },
  {
    id: 'N03-save-only',
    title: 'a delta that is not activated is saved and pending, and goes into effect with the same delta later',
    run: async (f) => {
      await f.made();
      const spec = f.zone();
      await f.apply({ add: [spec], activate: false });
      assert.equal((await f.read(spec.name))?.effective, undefined);
      assert.deepEqual((await f.zoning()).pending, [{ name: spec.name, change: 'add' }]);
      await f.apply({ add: [spec] });
      assert.deepEqual(membersOf((await f.read(spec.name))?.effective), membersOf(spec.members));
    },
  },
  {
    id: 'N20-undo',
    title: 'the inverse delta restores what was observed, to the byte',
    run: async (f) => {
      const { ours } = await withForeign(f);
      const before = await f.inventory();
      const [added, to] = [f.zone(), [f.wwpn()]];
      await f.apply({ add: [added], change: [{ name: ours.name, from: ours.members, to }] });
      await f.apply({ remove: [added], change: [{ name: ours.name, from: to, to: ours.members }] });
      await sameFabric(f, before);
    },
  },
  {
    id: 'N42-foreign',
    title: 'foreign zones stay identical while ours are added, changed and removed',
    run: async (f) => {
      const { ours, foreign, seen } = await withForeign(f);
      const same = async () => assert.deepEqual(await f.read(foreign.name), seen);
      const added = f.zone();
      await f.apply({ add: [added] });
      await same();
      await f.apply({ change: [{ name: ours.name, from: ours.members, to: [f.wwpn()] }] });
      await same();
      await f.apply({ remove: [added] });
      await same();
    },
  },
];

const refusing: NetworkCaseBody[] = [
  {
    id: 'N16-stale',
    title: 'an edit by hand between plan and apply is noticed, and nothing is done',
    run: async (f) => {
      await f.made();
      const { fingerprint: base } = await f.zoning();
      const create = hook(f.device.hand?.createZone, 'zones by hand');
      await create({ ...f.zone(), configuration: CONFIGURATION, enable: true });
      await refusedUnchanged(f, { base, add: [f.zone()] }, 'conflict');
    },
  },
  {
    id: 'N16-other-members',
    title: 'a zone that is not as the delta says is neither changed nor removed nor taken over',
    run: async (f) => {
      const { ours, foreign } = await withForeign(f);
      const wrong = [f.wwpn()];
      const changed = { name: ours.name, from: wrong, to: [f.wwpn()] };
      await refusedUnchanged(f, { change: [changed] }, 'conflict');
      await refusedUnchanged(f, { change: [{ ...changed, name: f.zone().name }] }, 'not-found', 'conflict');
      await refusedUnchanged(f, { remove: [{ name: foreign.name, members: wrong }] }, 'conflict');
      await refusedUnchanged(f, { add: [{ name: foreign.name, members: wrong }] }, 'conflict');
    },
  },
  {
    id: 'N43-transaction',
    title: "somebody's open transaction is shown and respected; nothing of it is aborted",
    run: async (f) => {
      await f.made();
      await hook(f.device.hand?.openTransaction, 'open transactions')('alice');
      const { owner = '' } = (await f.zoning()).transaction ?? {};
      const named = f.device.transactionOwner === false ? owner : 'alice';
      assert.ok(named !== '' && owner.includes(named), `the transaction is shown as one of "${owner}"`);
      const error = await refusedUnchanged(f, { add: [f.zone()] }, 'busy');
      assert.ok(
        error.holders.some((holder) => holder.includes(named)),
        'the owner is not named',
      );
    },
  },
  {
    id: 'N43-own-transaction',
    title: 'a transaction that is provably ours, left by a crash, is dropped and the delta done',
    run: async (f) => {
      await f.made();
      const delta = await f.delta({ add: [f.zone()] });
      if (f.device.leaveTransaction) await f.device.leaveTransaction(delta);
      else await hook(f.device.hand?.openTransaction, 'open transactions')(delta.owner);
      const { zoning, zones } = await f.network.applyZoneDelta(f.ctx(), delta);
      assert.equal(zones.length, 1);
      assert.equal(zoning.transaction, undefined);
    },
  },
  {
    id: 'N44-pending',
    title: "what somebody saved and didn't enable stays so: an activation that would enable it is refused, naming it",
    run: async (f) => {
      await f.made();
      const foreign = f.zone();
      const create = hook(f.device.hand?.createZone, 'zones by hand');
      await create({ ...foreign, configuration: CONFIGURATION, enable: false });
      const error = await refusedUnchanged(f, { add: [f.zone()] }, 'conflict');
      assert.deepEqual(error.holders, [foreign.name]);
      // Reviewed, it may go with it.
      await f.apply({ add: [f.zone()], activatePending: true });
      assert.deepEqual(membersOf((await f.read(foreign.name))?.effective), membersOf(foreign.members));
    },
  },
  {
    id: 'N44-pending-alias',
    title: 'an alias that somebody changed is pending in every zone that names it',
    needs: 'aliases',
    run: async (f) => {
      const alias = { name: `${f.zone().name}_a`, members: [f.wwpn()] };
      const spec = f.zone([f.wwpn(), { type: 'alias', alias: alias.name }]);
      await f.apply({ addAliases: [alias], add: [spec] });
      await hook(f.device.hand?.changeAlias, 'changed aliases by hand')(alias.name, [f.wwpn()]);
      assert.deepEqual((await f.zoning()).pending, [{ name: spec.name, change: 'change' }]);
      await refusedUnchanged(f, { add: [f.zone()] }, 'conflict');
    },
  },
  {
    id: 'N45-activation-fails',
    title: 'an activation that the fabric rejects leaves it as it was, and works afterwards',
    run: async (f) => {
      const { ours } = await withForeign(f);
      const changes = { add: [f.zone()], remove: [ours] };
      const delta = await f.delta(changes);
      const before = await f.inventory();
      await hook(f.device.faults?.rejectActivation, 'rejected activations')();
      await f.refused(f.network.applyZoneDelta(f.ctx(), delta), 'transient', 'busy', 'conflict', 'invalid');
      await sameFabric(f, before);
      await f.network.applyZoneDelta(f.ctx(), delta);
      assert.ok((await f.read(changes.add[0]!.name))?.effective);
    },
  },
  {
    id: 'N46-default-zone',
    title: 'zoning is refused while the default zone permits',
    run: async (f) => {
      await f.made();
      await hook(f.device.hand?.defaultZone, 'the default zone')('permit');
      assert.equal((await f.zoning()).defaultZone, 'permit');
      await refusedUnchanged(f, { add: [f.zone()] }, 'conflict');
    },
  },
  {
    id: 'N47-last-zone',
    title: 'the last zone of what is in effect is never removed, and the configuration never replaced by another',
    run: async (f) => {
      const only = await f.made();
      await refusedUnchanged(f, { remove: [only] }, 'conflict');
      const error = await refusedUnchanged(f, { add: [f.zone()], configuration: 'conf_other' }, 'conflict');
      assert.deepEqual(error.holders, [CONFIGURATION]);
    },
  },
  {
    id: 'N41-alias-in-use',
    title: 'an alias is removed when no zone names it any more, not before',
    needs: 'aliases',
    run: async (f) => {
      await f.made();
      const alias = { name: `${f.zone().name}_a`, members: [f.wwpn()] };
      const spec = f.zone([f.wwpn(), { type: 'alias', alias: alias.name }]);
      await f.apply({ addAliases: [alias], add: [spec] });
      await refusedUnchanged(f, { removeAliases: [alias] }, 'conflict');
      await refusedUnchanged(f, { removeAliases: [{ ...alias, members: [f.wwpn()] }], remove: [spec] }, 'conflict');
      await f.apply({ remove: [spec], removeAliases: [alias] });
      assert.deepEqual((await f.inventory()).aliases, []);
      const missing = f.zone([{ type: 'alias', alias: alias.name }]);
      await refusedUnchanged(f, { add: [missing] }, 'conflict', 'not-found', 'invalid');
    },
  },
  {
    id: 'N13-names',
    title: 'names: the longest works; longer and hostile ones are refused or kept to the letter',
    run: async (f) => {
      const { lengthMax } = f.manifest.naming;
      const longest = { ...f.zone(), name: 'x'.repeat(lengthMax) };
      await f.apply({ add: [longest] });
      assert.equal((await f.read(longest.name))?.name, longest.name);
      await refusedUnchanged(f, { add: [{ ...f.zone(), name: 'x'.repeat(lengthMax + 1) }] }, 'invalid');
      for (const name of HOSTILE_NAMES) await refusedUnchanged(f, { add: [{ ...f.zone(), name }] }, 'invalid');
      await refusedUnchanged(f, { add: [f.zone([{ type: 'wwpn', wwpn: "1'; reboot" }])] }, 'invalid');
      await refusedUnchanged(f, { add: [f.zone([{ type: 'other', text: 'fcid 0x010000' }])] }, 'invalid');
      await refusedUnchanged(f, { add: [f.zone([])] }, 'invalid');
    },
  },
  {
    id: 'N14-size',
    title: 'a delta that the zoning database has no room for is refused whole',
    run: async (f) => {
      const { zones, members } = hook(f.device.overflow, 'a database that can be filled');
      await f.made();
      const add = Array.from({ length: zones }, (_, index) => ({
        name: `conf_${index}_`.padEnd(f.manifest.naming.lengthMax, 'x'),
        members: Array.from({ length: members }, () => f.wwpn()),
      }));
      await refusedUnchanged(f, { add }, 'capacity');
    },
  },
  {
    id: 'N14-members',
    title: 'a zone of more members than the manifest allows is refused',
    run: async (f) => {
      const members = Array.from({ length: f.manifest.membersMax + 1 }, () => f.wwpn());
      await refusedUnchanged(f, { add: [f.zone(members)] }, 'invalid', 'capacity');
    },
  },
];

export const NETWORK_DELTA_CASES: readonly NetworkCaseBody[] = [...doing, ...refusing];
