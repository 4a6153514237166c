/** Conformance of network systems: what they show, and that looking changes nothing. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { DriverError } from '../errors.ts';
import { allPages } from './fixture.ts';
import { CONFIGURATION, membersOf, type NetworkCaseBody, type NetworkFixture, sameFabric } from './network-fixture.ts';
import { hook } from './target.ts';

const CROWD = 12;
const WWN = /^([0-9a-f]{2}:){7}[0-9a-f]{2}$/;

/** False: a page says that it isn't complete, or the device broke off in the middle. */
async function isWhole(f: NetworkFixture): Promise<boolean> {
  const { network, fabric } = f;
  try {
    let page = await network.listZones(f.ctx(), fabric);
    while (page.complete && page.next !== undefined) page = await network.listZones(f.ctx(), fabric, page.next);
    return page.complete;
  } catch (error) {
    if (error instanceof DriverError && ['transient', 'ambiguous'].includes(error.class)) return false;
    throw error;
  }
}

export const NETWORK_OBSERVE_CASES: readonly NetworkCaseBody[] = [
  {
    id: 'N01-identity',
    title: 'identify is stable, names a serial, and is of this device alone',
    run: async (f) => {
      const first = await f.network.identify(f.ctx());
      assert.deepEqual(await f.network.identify(f.ctx()), first);
      assert.ok(first.serialNumber.length > 0 && first.model.length > 0 && first.firmwareVersion.length > 0);
      assert.ok(first.nativeGuid.endsWith(`+${first.serialNumber}`));
      const other = await hook(f.device.otherDevice, 'another network system')();
      const there = await other.identify(f.ctx());
      assert.notEqual(there.nativeGuid, first.nativeGuid);
      await other.close();
    },
  },
  {
    id: 'N01-fabrics',
    title: 'the fabric is listed with its switches, under a stable native id',
    run: async (f) => {
      const { fabrics } = await f.inventory();
      const mine = fabrics.find(({ nativeId }) => nativeId === f.fabric);
      assert.ok(mine, 'the fabric is not listed');
      assert.ok(mine.switches.length > 0);
      for (const { nativeId, domain } of mine.switches) {
        assert.match(nativeId, WWN);
        assert.ok(domain >= 1 && domain <= 239);
      }
      await f.refused(f.network.readZoning(f.ctx(), 'no-such-fabric'), 'not-found', 'invalid');
    },
  },
  {
    id: 'N02-endpoints',
    title: 'endpoints are the ports that are logged in now, each once, at a port of a listed switch',
    run: async (f) => {
      const { endpoints, fabrics } = await f.inventory();
      assert.ok(endpoints.length > 0, 'nothing is logged in');
      const switches = fabrics.flatMap((fabric) => fabric.switches.map(({ nativeId }) => nativeId));
      assert.equal(new Set(endpoints.map(({ nativeId }) => nativeId)).size, endpoints.length);
      for (const endpoint of endpoints) {
        assert.match(endpoint.nativeId, WWN);
        assert.ok(switches.includes(endpoint.switch) && endpoint.port >= 0);
      }
      const [gone] = endpoints;
      await hook(f.device.hand?.logout, 'ports that log out')(gone!.nativeId);
      const left = (await f.inventory()).endpoints;
      assert.deepEqual(left, endpoints.slice(1));
    },
  },
  {
    id: 'N02-complete',
    title: 'lists of zones show everything, once, past one page, as reads do',
    run: async (f) => {
      const wanted = Array.from({ length: f.device.crowd ?? CROWD }, () => f.zone());
      await f.apply({ add: wanted });
      const zones = await allPages((page) => f.network.listZones(f.ctx(), f.fabric, page));
      assert.deepEqual(zones.map(({ name }) => name).sort(), wanted.map(({ name }) => name).sort());
      const names = zones.map(({ name }) => name);
      assert.deepEqual(await f.network.readZones(f.ctx(), f.fabric, names), zones);
      const some = [names[3]!, 'conf_missing', names[1]!];
      assert.deepEqual(await f.network.readZones(f.ctx(), f.fabric, some), [zones[3], zones[1]]);
    },
  },
  {
    id: 'N02-read-only',
    title: 'observing changes nothing',
    run: async (f) => {
      const { name } = await f.made();
      const before = await f.inventory();
      const writes = f.device.writes?.();
      await f.network.identify(f.ctx());
      await f.read(name);
      await sameFabric(f, before);
      assert.equal(f.device.writes?.(), writes);
    },
  },
  {
    id: 'N02-partial',
    title: 'a list that the device does not show whole says so',
    run: async (f) => {
      await f.apply({ add: [f.zone(), f.zone()] });
      await hook(f.device.faults?.partialZones, 'partial lists')();
      assert.equal(await isWhole(f), false);
    },
  },
  {
    id: 'N40-defined-and-effective',
    title: 'what is saved and what is in effect are told apart: added, changed and removed zones are pending',
    run: async (f) => {
      const hand = f.device.hand ?? {};
      const [create, change, remove] = [
        hook(hand.createZone, 'zones by hand'),
        hook(hand.changeZone, 'changed zones by hand'),
        hook(hand.deleteZone, 'removed zones by hand'),
      ];
      const [stays, changes, goes] = [f.zone(), f.zone(), f.zone()];
      const result = await f.apply({ add: [stays, changes, goes] });
      assert.deepEqual([result.zoning.pending, result.zoning.pendingCount], [[], 0]);
      assert.equal(result.zoning.effectiveConfiguration, CONFIGURATION);
      const added = f.zone();
      await create({ ...added, configuration: CONFIGURATION, enable: false });
      const members = [f.wwpn()];
      await change(changes.name, members, false);
      await remove(goes.name, false);
      const zoning = await f.zoning();
      const expected = [
        { name: added.name, change: 'add' },
        { name: changes.name, change: 'change' },
        { name: goes.name, change: 'remove' },
      ];
      assert.deepEqual(
        zoning.pending,
        expected.sort((a, b) => (a.name < b.name ? -1 : 1)),
      );
      assert.equal(zoning.pendingCount, 3);
      assert.notEqual(zoning.fingerprint, result.zoning.fingerprint);
      const seen = await f.read(changes.name);
      assert.deepEqual([membersOf(seen?.defined), membersOf(seen?.effective)], [members, membersOf(changes.members)]);
      assert.equal((await f.read(added.name))?.effective, undefined);
      const gone = await f.read(goes.name);
      assert.deepEqual([gone?.defined, membersOf(gone?.effective)], [undefined, membersOf(goes.members)]);
    },
  },
  {
    id: 'N40-fingerprint',
    title: 'the fingerprint changes with every edit by hand, and comes back with what was there',
    run: async (f) => {
      const create = hook(f.device.hand?.createZone, 'zones by hand');
      const remove = hook(f.device.hand?.deleteZone, 'removed zones by hand');
      await f.made();
      const { fingerprint } = await f.zoning();
      const foreign = f.zone();
      await create({ ...foreign, configuration: CONFIGURATION, enable: false });
      const saved = (await f.zoning()).fingerprint;
      await remove(foreign.name, false);
      assert.equal((await f.zoning()).fingerprint, fingerprint);
      await create({ ...foreign, configuration: CONFIGURATION, enable: true });
      const enabled = (await f.zoning()).fingerprint;
      assert.equal(new Set([fingerprint, saved, enabled]).size, 3);
    },
  },
  {
    id: 'N41-aliases',
    title: 'aliases are listed, and zones in effect show what they stand for',
    needs: 'aliases',
    run: async (f) => {
      const [host, target] = [f.wwpn(), f.wwpn()];
      const alias = { name: `${f.zone().name}_a`, members: [target] };
      const spec = f.zone([host, { type: 'alias', alias: alias.name }]);
      await f.apply({ addAliases: [alias], add: [spec] });
      assert.deepEqual((await f.inventory()).aliases, [alias]);
      const seen = await f.read(spec.name);
      assert.deepEqual(membersOf(seen?.defined), membersOf(spec.members));
      assert.deepEqual(membersOf(seen?.effective), membersOf([host, target]));
    },
  },
  {
    id: 'N15-secrets',
    title: 'no secret in logs, errors or observations',
    run: async (f) => {
      const secrets = hook(f.device.secrets, 'secrets that the driver is given');
      await f.made();
      const error = await f.refused(f.apply({ base: 'another', add: [f.zone()] }), 'conflict');
      const all = [...f.said, JSON.stringify(await f.inventory()), inspect(error, { depth: 9 })];
      for (const secret of secrets) assert.ok(!all.some((text) => text.includes(secret)), 'a secret was said');
    },
  },
  {
    id: 'N19-declared',
    title: 'what the manifest declares makes sense',
    run: async ({ manifest }) => {
      const { limits, naming, membersMax, supported, concurrencyMax, ownershipMark } = manifest;
      assert.equal(ownershipMark, 'name');
      assert.equal(new Set(limits.map(({ id }) => id)).size, limits.length);
      assert.ok(limits.every(({ text }) => text.length > 0));
      assert.ok(naming.lengthMax >= 32 && membersMax >= 2 && concurrencyMax > 0);
      assert.ok(supported.length > 0 && supported.every(({ model, versions }) => model !== '' && versions !== ''));
    },
  },
];
