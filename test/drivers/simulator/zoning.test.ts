import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSanTransport, createUnit } from '../../../drivers/simulator/disk.ts';
import manifest, { networkSystem } from '../../../drivers/simulator/index.ts';
import { simBreak, simEdit, simFault, simLook, simReset, simUp } from '../../../drivers/simulator/manage.ts';
import { handleSan, type SanRequest } from '../../../drivers/simulator/san/core.ts';
import { createMemorySan, type MemorySan } from '../../../drivers/simulator/san/memory.ts';
import {
  SAN_UNIT,
  type StoredAlias,
  type StoredConfiguration,
  type StoredFabric,
  type StoredMembership,
  type StoredZone,
} from '../../../drivers/simulator/san/objects.ts';
import { buildSan } from '../../../drivers/simulator/san/topology.ts';
import type { ZoneDelta, ZoneMember, ZoningObservation } from '../../../src/engine/driver/network-contract.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { DEAD, Killed, killedAt } from './killed.ts';
import { askSan, smallSan } from './network-target.ts';
import { callContext, temporaryDirectory } from './target.ts';

const FABRIC = 'fabric-a';
const wwpnOf = (digit: string) => `10:00:00:00:00:00:00:0${digit}`;
const member = (digit: string): ZoneMember => ({ type: 'wwpn', wwpn: wwpnOf(digit) });

function valuesOf<T>(san: MemorySan, collection: string): T[] {
  const prefix = `${collection}.${FABRIC}/`;
  return [...san.kv.texts].filter(([key]) => key.startsWith(prefix)).map(([, text]) => JSON.parse(text) as T);
}

const fabricOf = (san: MemorySan) => san.kv.get(`fabric/${FABRIC}`) as StoredFabric;
const sortedJson = (items: readonly unknown[]) => items.map((item) => JSON.stringify(item)).sort();

/** All that is said twice in the store agrees. */
function checkZoning(san: MemorySan): void {
  const fabric = fabricOf(san);
  const zones = valuesOf<StoredZone>(san, 'zone');
  const aliases = valuesOf<StoredAlias>(san, 'alias');
  const plain = (names: readonly string[]) =>
    [...new Set(names.flatMap((name) => aliases.find((alias) => alias.name === name)?.members ?? [name]))].sort();
  const wanted = (zone: StoredZone) =>
    zone.members && fabric.effective !== undefined && zone.configurations.includes(fabric.effective)
      ? plain(zone.members)
      : undefined;
  const pending = zones.filter((zone) => JSON.stringify(wanted(zone)) !== JSON.stringify(zone.effective));
  assert.deepEqual(valuesOf<string>(san, 'pending').sort(), pending.map(({ name }) => name).sort(), 'pending');
  for (const { name, uses } of aliases) {
    assert.equal(uses, zones.filter(({ members }) => members?.includes(name)).length, `uses of ${name}`);
  }
  for (const { name, zones: count } of valuesOf<StoredConfiguration>(san, 'configuration')) {
    assert.equal(count, zones.filter(({ configurations }) => configurations.includes(name)).length, name);
  }
  const members = [...new Set(zones.flatMap(({ effective }) => effective ?? []))];
  const memberships = members.map((one): StoredMembership => {
    const names = zones.filter(({ effective }) => effective?.includes(one)).map(({ name }) => name);
    return { member: one, count: names.length, zones: names.sort() };
  });
  assert.deepEqual(sortedJson(valuesOf<StoredMembership>(san, 'membership')), sortedJson(memberships), 'members');
  assert.equal(fabric.zones, zones.filter((zone) => zone.members).length);
  assert.ok(fabric.databaseBytes >= 0 && fabric.databaseBytes <= fabric.databaseBytesMax);
}

/** What the fingerprint is of. */
const content = (san: MemorySan) =>
  JSON.stringify([
    fabricOf(san).effective,
    ...['zone', 'alias', 'configuration'].map((collection) => sortedJson(valuesOf(san, collection))),
  ]);

const name = fc.constantFrom('z1', 'z2', 'z3', 'bad name');
const alias = fc.constantFrom('a1', 'a2');
const text = fc.constantFrom(wwpnOf('1'), wwpnOf('2'), wwpnOf('3'), '1,4', 'a1', 'a2');
const members = fc.array(text, { minLength: 1, maxLength: 3 });
const configuration = fc.constantFrom('prod', 'prod', 'prod', 'test');
const enable = fc.boolean();
const edits = fc.oneof(
  fc.record({ edit: fc.constant('create-zone' as const), zone: name, members, configuration, enable }),
  fc.record({ edit: fc.constant('change-zone' as const), zone: name, members, enable }),
  fc.record({ edit: fc.constant('rename-zone' as const), zone: name, name, enable }),
  fc.record({ edit: fc.constant('delete-zone' as const), zone: name, enable }),
  fc.record({ edit: fc.constant('create-alias' as const), alias, members }),
  fc.record({ edit: fc.constant('change-alias' as const), alias, members, enable }),
  fc.record({ edit: fc.constant('delete-alias' as const), alias }),
  fc.record({ edit: fc.constant('create-configuration' as const), configuration }),
  fc.record({ edit: fc.constant('delete-configuration' as const), configuration }),
  fc.record({ edit: fc.constant('enable-configuration' as const), configuration }),
  fc.record({ edit: fc.constant('disable-configuration' as const) }),
);
const memberList = fc.array(fc.constantFrom('1', '2', '3').map(member), { minLength: 1, maxLength: 2 });
const specs = fc.array(fc.record({ name, members: memberList }), { maxLength: 1 });
const deltas = fc.record({
  add: specs,
  remove: specs,
  change: fc.array(fc.record({ name, from: memberList, to: memberList }), { maxLength: 1 }),
  configuration,
  activate: fc.boolean(),
  activatePending: fc.boolean(),
});
const requests = fc.oneof({ weight: 3, arbitrary: edits }, { weight: 2, arbitrary: deltas });

test('any sequence of edits and deltas keeps the zoning whole; equal zoning has equal fingerprints; the refused changes nothing', () => {
  const ends = new Map<string, number>();
  const byContent = new Map<string, string>();
  fc.assert(
    fc.property(fc.array(requests, { minLength: 10, maxLength: 40, size: 'max' }), (all) => {
      const san = createMemorySan({ topology: smallSan(), sleep: async () => {} });
      const { nativeId } = fabricOf(san);
      const read = () => {
        const answer = san.handle({ operation: 'readZoning', args: { system: FABRIC, fabric: nativeId }, nowMs: 0 });
        if (!answer.ok) throw new Error(answer.error.message);
        return answer.value as ZoningObservation;
      };
      for (const one of all) {
        const before = new Map(san.kv.texts);
        const delta = {
          fabric: nativeId,
          base: read().fingerprint,
          owner: 'us',
          addAliases: [],
          removeAliases: [],
          ...one,
        };
        const request = (
          'edit' in one
            ? { operation: 'editFabric', args: { fabric: FABRIC, edit: one }, nowMs: 0 }
            : { operation: 'applyZoneDelta', args: { system: FABRIC, delta }, nowMs: 0 }
        ) as SanRequest;
        const answer = handleSan(san.kv, request);
        checkZoning(san);
        if (!answer.ok) expect(san.kv.texts).toEqual(before);
        if (answer.ok && !('edit' in one)) {
          const { zoning } = answer.value as { zoning: ZoningObservation };
          expect(zoning).toEqual(read());
          const again = handleSan(san.kv, request);
          expect(again).toEqual(answer);
        }
        const { fingerprint } = read();
        const known = byContent.get(content(san));
        expect(fingerprint).toBe(known ?? fingerprint);
        byContent.set(content(san), fingerprint);
        const end = `${'edit' in one ? one.edit : 'delta'} ${answer.ok ? 'ok' : answer.error.class}`;
        ends.set(end, (ends.get(end) ?? 0) + 1);
      }
    }),
    { numRuns: 200, seed: 20_260_102 },
  );
  expect(new Set(byContent.values()).size).toBe(byContent.size);
  for (const end of ['delta ok', 'delta conflict', 'create-zone ok', 'rename-zone ok', 'enable-configuration ok']) {
    expect(ends.get(end) ?? 0, end).toBeGreaterThan(5);
  }
});

describe('on disk', () => {
  let directory: string;
  let remove: () => void;
  beforeEach(() => {
    ({ directory, remove } = temporaryDirectory());
  });
  afterEach(() => remove());
  const ctx = () => callContext(systemClock);
  const session = { type: 'none' as const, close: async () => {} };

  test('a delta, or a pulled cable, is done whole or not at all, at every file operation of a killed process', async () => {
    const alive = createSanTransport(directory);
    const cases = ['delta', 'cable'] as const;
    for (const which of cases) {
      const seen = new Set<string>();
      let ended = false;
      for (let count = 1; !ended; count++) {
        for (const torn of [false, true]) {
          remove();
          createUnit(directory, SAN_UNIT, (kv) => buildSan(kv, smallSan()));
          const state = async () =>
            JSON.stringify([
              await askSan(alive, systemClock, 'showSan', {}),
              await askSan(alive, systemClock, 'showSan', { name: FABRIC }),
            ]);
          const before = await state();
          const { nativeId } = (await askSan(alive, systemClock, 'listFabrics', { system: FABRIC })).items[0]!;
          const { fingerprint } = await askSan(alive, systemClock, 'readZoning', { system: FABRIC, fabric: nativeId });
          const delta: ZoneDelta = {
            ...{ fabric: nativeId, base: fingerprint, owner: 'us', configuration: 'prod' },
            ...{ addAliases: [], removeAliases: [], change: [], remove: [] },
            add: [{ name: 'z1', members: [member('1'), member('2')] }],
            ...{ activate: true, activatePending: false },
          };
          const run = (transport: typeof alive) =>
            which === 'delta'
              ? askSan(transport, systemClock, 'applyZoneDelta', { system: FABRIC, delta })
              : askSan(transport, systemClock, 'breakSan', { fault: 'pull-cable', cable: 'host-1:hba0' });
          const dying = createSanTransport(directory, { files: killedAt(count, torn), self: DEAD });
          const outcome: unknown = await run(dying).catch((error: unknown) => error);
          ended = !(outcome instanceof Killed);
          const after = await state();
          seen.add(after === before ? 'not done' : 'done');
          if (ended) expect(after).not.toBe(before);
          if (after === before) await run(alive);
          expect(await state()).not.toBe(before);
        }
      }
      expect([...seen].sort(), which).toEqual(['done', 'not done']);
    }
  });

  test('a host logs in to a storage port as soon as a zone in effect joins them, and no longer than that', async () => {
    await simUp({ directory });
    const { ports } = (await simLook({ directory, name: 'host-1' })) as unknown as { ports: { wwpn?: string }[] };
    const wwpn = ports[0]!.wwpn!;
    const array = await manifest.connect({ configuration: { directory, array: 'sim-1' }, session });
    const { items } = await array.listPorts(ctx());
    const target = items.find(({ nativeId }) => nativeId === 'FC-A1')!.address;
    await simEdit({ directory, array: 'sim-1', edit: { edit: 'add-mask', name: 'm', initiators: [wwpn] } });
    const loggedIn = async () => (await array.findMask(ctx(), 'm'))!.loggedIn;
    const edit = (change: Parameters<typeof simEdit>[0]['edit']) => simEdit({ directory, array: FABRIC, edit: change });
    expect((await array.findMask(ctx(), 'm'))!.ports).toEqual(['FC-A1', 'FC-A2', 'FC-B1', 'FC-B2']);
    expect(await loggedIn()).toEqual([]);
    await edit({ edit: 'create-zone', zone: 'z', members: [wwpn, target], configuration: 'prod' });
    expect(await loggedIn()).toEqual([]);
    await edit({ edit: 'enable-configuration', configuration: 'prod' });
    expect(await loggedIn()).toEqual([wwpn]);
    await simBreak({ directory, fault: { fault: 'pull-cable', cable: 'sim-1:FC-A1' } });
    expect(await loggedIn()).toEqual([]);
    await simBreak({ directory, fault: { fault: 'plug-cable' } });
    // By the ports of the switch they stand for, members mean whoever is plugged in there: the host is at port 4.
    await edit({ edit: 'change-zone', zone: 'z', members: ['1,4', target], enable: true });
    expect(await loggedIn()).toEqual([wwpn]);
    await simEdit({
      directory,
      array: 'host-1',
      edit: { edit: 'move-cable', port: 'hba0', switch: 'fabric-a-sw1', switchPort: 40 },
    });
    expect(await loggedIn()).toEqual([]);
    await edit({ edit: 'disable-configuration' });
    await edit({ edit: 'default-zone', access: 'permit' });
    expect(await loggedIn()).toEqual([wwpn]);
    // Another HBA is another initiator: the mask still waits for the old one.
    await simEdit({ directory, array: 'host-1', edit: { edit: 'replace-hba', hba: 'hba0' } });
    expect(await loggedIn()).toEqual([]);
    await simReset({ directory });
    const { endpoints, zones } = (await simLook({ directory, name: FABRIC })) as unknown as Record<
      'endpoints' | 'zones',
      { items: { wwpn: string }[] }
    >;
    expect(endpoints.items.map((endpoint) => endpoint.wwpn)).toContain(wwpn);
    expect(zones.items).toEqual([]);
  });

  test('a fault set by command is met by the driver of the fabric; unknown edits and fabrics are named', async () => {
    await simUp({ directory });
    const network = await networkSystem.connect({ configuration: { directory, fabric: FABRIC }, session });
    const add = { operation: 'identify', before: 'auth' as const };
    expect((await simFault({ directory, array: FABRIC, add })).faults).toEqual([{ id: 1, ...add }]);
    await expect(network.identify(ctx())).rejects.toMatchObject({ class: 'auth' });
    expect((await simFault({ directory, array: FABRIC, clear: 'all' })).cleared).toBe(1);
    expect((await network.identify(ctx())).supported).toBe(true);
    const wrong = { directory, array: FABRIC, edit: { edit: 'create-zones' } } as unknown as Parameters<
      typeof simEdit
    >[0];
    await expect(simEdit(wrong)).rejects.toMatchObject({ class: 'invalid' });
    await expect(simFault({ directory, array: 'fabric-z', add })).rejects.toMatchObject({ class: 'not-found' });
    const operation = { operation: 'ensureVolume', before: 'auth' as const };
    await expect(simFault({ directory, array: FABRIC, add: operation })).rejects.toMatchObject({ class: 'invalid' });
  });
});
