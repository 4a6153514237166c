import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSanTransport } from '../../../drivers/simulator/disk.ts';
import { type FileOperations, realFiles } from '../../../drivers/simulator/disk-files.ts';
import manifest, { networkSystem } from '../../../drivers/simulator/index.ts';
import { simLook, simShow, simUp } from '../../../drivers/simulator/manage.ts';
import { MODELS } from '../../../drivers/simulator/models/catalogue.ts';
import { createSimulatedFabric } from '../../../drivers/simulator/san/client.ts';
import { driverFacts } from '../../../src/engine/operations/drivers.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { EVERYTHING } from '../../long-only.ts';
import { callContext, temporaryDirectory } from './target.ts';

let directory: string;
let remove: () => void;
beforeEach(() => {
  ({ directory, remove } = temporaryDirectory());
});
afterEach(() => remove());
const ctx = () => callContext(systemClock);
const session = { type: 'none' as const, close: async () => {} };

test('arrays of several models, each with its directors, pools and limits, and addresses of its own', async () => {
  const models = ['unified', 'entry', 'engines', 'flash'] as const;
  const { arrays } = await simUp({ directory, generate: { arrays: 8, models: [...models] } });
  const addresses = arrays.flatMap(({ ports }) => ports);
  expect(new Set(addresses).size).toBe(addresses.length);
  for (const { id, model, directors, fcPorts, iscsiPorts, hluMax, nameLengthMax } of MODELS) {
    const name = `sim-${models.indexOf(id as 'entry') + 1}`;
    const { ports, pools, identity } = await simShow({ directory, array: name });
    expect(ports).toHaveLength(directors.length * (fcPorts + iscsiPorts));
    expect([...new Set(ports.map(({ haDomain }) => haDomain))].sort()).toEqual([...directors].sort());
    expect(identity).toMatchObject({ model, supported: true });
    expect(pools.every(({ raidLevels }) => raidLevels !== undefined && raidLevels.length > 0)).toBe(true);
    // What the engine plans with is what this array can do, not what the driver's other arrays can.
    const facts = driverFacts(manifest, identity);
    expect([facts.hluMax, facts.volumeNameLengthMax]).toEqual([hluMax, nameLengthMax]);
  }
  expect((await simShow({ directory, array: 'sim-1' })).identity.limits).toBeUndefined();
});

test('the same seed makes the same zones, another one others; all are in effect, none is pending', async () => {
  const zonesOf = async (home: string, seed: number) => {
    await simUp({ directory: `${directory}/${home}`, generate: { hosts: 10, zones: 60, seed } });
    const shown = await simLook({ directory: `${directory}/${home}`, name: 'fabric-b' });
    return shown as unknown as { zones: { items: unknown[] }; pending: { items: unknown[] } };
  };
  const [first, again, other] = [await zonesOf('a', 1), await zonesOf('b', 1), await zonesOf('c', 2)];
  expect(first.zones.items).toHaveLength(30);
  expect(first.pending.items).toEqual([]);
  expect(again).toEqual(first);
  expect(other.zones).not.toEqual(first.zones);
});

/** File operations of one zone added, seen and removed again, and of a pulled cable. */
async function costs(home: string): Promise<Record<string, number>> {
  let count = 0;
  const counted =
    <A extends unknown[], R>(run: (...args: A) => R) =>
    (...args: A) => {
      count++;
      return run(...args);
    };
  const files: FileOperations = {
    read: counted(realFiles.read),
    write: counted(realFiles.write),
    rename: counted(realFiles.rename),
    remove: counted(realFiles.remove),
    names: counted(realFiles.names),
  };
  const network = createSimulatedFabric(createSanTransport(home, { files }), 'fabric-a');
  const fabric = (await network.listFabrics(ctx())).items[0]!.nativeId;
  const result: Record<string, number> = {};
  const measure = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    count = 0;
    const value = await run();
    result[name] = count;
    return value;
  };
  const { fingerprint } = await measure('readZoning', () => network.readZoning(ctx(), fabric));
  const zone = {
    name: 'ours',
    members: ['1', '2'].map((digit) => ({ type: 'wwpn' as const, wwpn: `10:00:00:00:00:00:00:0${digit}` })),
  };
  const nothing = { addAliases: [], removeAliases: [], add: [], change: [], remove: [] };
  const base = { ...nothing, fabric, owner: 'us', configuration: 'legacy', activate: true, activatePending: false };
  const added = await measure('add', () => network.applyZoneDelta(ctx(), { ...base, base: fingerprint, add: [zone] }));
  await measure('readZones', () => network.readZones(ctx(), fabric, ['ours']));
  await measure('remove', () =>
    network.applyZoneDelta(ctx(), { ...base, base: added.zoning.fingerprint, remove: [zone] }),
  );
  return result;
}

test.runIf(EVERYTHING)(
  'a change of a fabric costs the same with 50 and with 5,000 zones',
  { timeout: 120_000 },
  async () => {
    await simUp({ directory: `${directory}/small`, generate: { hosts: 10, zones: 100 } });
    await simUp({ directory: `${directory}/large`, generate: { hosts: 500, zones: 10_000 } });
    const [small, large] = [await costs(`${directory}/small`), await costs(`${directory}/large`)];
    console.table({ small, large });
    for (const [operation, count] of Object.entries(small))
      expect(large[operation]! / count, operation).toBeLessThan(1.5);
  },
);

test('the driver of fabrics takes what sim up made', async () => {
  await simUp({ directory, generate: { zones: 4 } });
  const configuration = networkSystem.configuration.parse({ directory, fabric: 'fabric-a' });
  const network = await networkSystem.connect({ configuration, session });
  const fabric = (await network.listFabrics(ctx())).items[0]!.nativeId;
  expect((await network.listConfigurations(ctx(), fabric)).items).toEqual([
    { name: 'legacy', zones: 2, effective: true },
  ]);
});
