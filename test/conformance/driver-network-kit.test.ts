/**
 * The network conformance kit against drivers that are wrong on purpose: each defect must make the case that is about it
 * fail. A suite that passes everything would pass these too.
 */
import { expect, test } from 'vitest';
import { networkConformance } from '../../src/engine/driver/conformance/network-suite.ts';
import type { NetworkConformanceTarget, OpenNetwork } from '../../src/engine/driver/conformance/network-target.ts';
import { DriverError } from '../../src/engine/driver/errors.ts';
import type { NetworkSystem, ZoneDelta } from '../../src/engine/driver/network-contract.ts';
import { memoryNetwork } from '../drivers/simulator/network-target.ts';

/** The fabric in memory with one thing made wrong. */
function broken(
  spoil: (network: NetworkSystem, device: OpenNetwork) => Partial<NetworkSystem>,
  facts: Partial<OpenNetwork> = {},
): NetworkConformanceTarget {
  return {
    manifest: memoryNetwork.manifest,
    open: async () => {
      const device = await memoryNetwork.open();
      return { ...device, ...facts, network: { ...device.network, ...spoil(device.network, device) } };
    },
  };
}

const withDelta = (change: (delta: ZoneDelta) => Partial<ZoneDelta>) =>
  broken((network) => ({
    applyZoneDelta: (ctx, delta) => network.applyZoneDelta(ctx, { ...delta, ...change(delta) }),
  }));

const DEFECTS: Record<string, { target: NetworkConformanceTarget; failing: string }> = {
  'shows only the first page': {
    target: broken((network) => ({
      listZones: async (ctx, fabric, page) => {
        const { items, complete } = await network.listZones(ctx, fabric, page);
        return { items, complete };
      },
    })),
    failing: 'N02-complete',
  },
  'claims that a partial list is complete': {
    target: broken((network) => ({
      listZones: async (ctx, fabric, page) => ({ ...(await network.listZones(ctx, fabric, page)), complete: true }),
    })),
    failing: 'N02-partial',
  },
  'keeps ports in the list that have logged out': {
    target: broken((network) => {
      const first = new Map<string, Awaited<ReturnType<NetworkSystem['listEndpoints']>>>();
      return {
        listEndpoints: async (ctx, fabric, page) => {
          const key = page ?? '';
          const seen = first.get(key) ?? (await network.listEndpoints(ctx, fabric, page));
          first.set(key, seen);
          return seen;
        },
      };
    }),
    failing: 'N02-endpoints',
  },
  'takes the saved zones for those in effect': {
    target: broken((network) => ({
      readZones: async (ctx, fabric, names) =>
        (await network.readZones(ctx, fabric, names)).map((zone) =>
          zone.defined ? { ...zone, effective: zone.defined } : zone,
        ),
    })),
    failing: 'N40-defined-and-effective',
  },
  'does not notice an edit by hand': {
    target: broken((network) => ({
      applyZoneDelta: async (ctx, delta) => {
        const { fingerprint } = await network.readZoning(ctx, delta.fabric);
        return network.applyZoneDelta(ctx, { ...delta, base: fingerprint });
      },
    })),
    failing: 'N16-stale',
  },
  'enables what others saved': { target: withDelta(() => ({ activatePending: true })), failing: 'N44-pending' },
  'only saves': { target: withDelta(() => ({ activate: false })), failing: 'N03-add' },
  'aborts the transaction of somebody else': {
    target: broken((network) => ({
      applyZoneDelta: (ctx, delta) =>
        network.applyZoneDelta(ctx, delta).catch((error: DriverError) => {
          if (error.class !== 'busy' || error.holders.length === 0) throw error;
          return network.applyZoneDelta(ctx, { ...delta, owner: error.holders[0]! });
        }),
    })),
    failing: 'N43-transaction',
  },
  'says busy and not with whom': {
    target: broken(
      (network) => ({
        applyZoneDelta: (ctx, delta) =>
          network.applyZoneDelta(ctx, delta).catch((error: DriverError) => {
            if (error.class !== 'busy') throw error;
            throw new DriverError({ class: 'busy', message: error.message });
          }),
      }),
      { transactionOwner: false },
    ),
    failing: 'N43-transaction',
  },
  'takes a broken list for the whole': {
    target: broken((network) => ({
      listZones: async (ctx, fabric, page) => {
        const seen = await network.listZones(ctx, fabric, page);
        if (seen.complete) return seen;
        return { items: [], complete: true };
      },
    })),
    failing: 'N02-partial',
  },
  'leaves saved zones behind when the activation fails': {
    target: broken((network) => ({
      applyZoneDelta: async (ctx, delta) => {
        const { zoning } = await network.applyZoneDelta(ctx, { ...delta, activate: false });
        return network.applyZoneDelta(ctx, { ...delta, base: zoning.fingerprint });
      },
    })),
    failing: 'N45-activation-fails',
  },
  'touches a foreign zone': {
    target: broken((network, device) => ({
      applyZoneDelta: async (ctx, delta) => {
        const { items } = await network.listZones(ctx, delta.fabric);
        const own = [...delta.add, ...delta.change, ...delta.remove].map(({ name }) => name);
        const foreign = items.find(({ name }) => !own.includes(name));
        const result = await network.applyZoneDelta(ctx, delta);
        if (foreign) await device.hand!.changeZone!(foreign.name, [...foreign.defined!].slice(1), true);
        return result;
      },
    })),
    failing: 'N42-foreign',
  },
  'calls a lost answer transient': {
    target: broken((network) => ({
      applyZoneDelta: (ctx, delta) =>
        network.applyZoneDelta(ctx, delta).catch(() => {
          throw new DriverError({ class: 'transient', message: 'again, please' });
        }),
    })),
    failing: 'N08-reply-lost',
  },
  'hammers a busy device': {
    target: broken((network) => ({
      applyZoneDelta: async (ctx, delta) => {
        for (let attempt = 1; attempt < 20; attempt++) {
          const done = await network.applyZoneDelta(ctx, delta).catch(() => undefined);
          if (done) return done;
        }
        return network.applyZoneDelta(ctx, delta);
      },
    })),
    failing: 'N10-busy',
  },
  'cuts names off': {
    target: withDelta(({ add }) => ({ add: add.map((zone) => ({ ...zone, name: zone.name.slice(0, 64) })) })),
    failing: 'N13-names',
  },
  'starts although the deadline is over': {
    target: broken((network, { clock }) => ({
      applyZoneDelta: (ctx, delta) => network.applyZoneDelta({ ...ctx, deadlineMs: clock.nowMs() + 1_000 }, delta),
    })),
    failing: 'N18-no-time',
  },
};

test.each(Object.entries(DEFECTS))('a network driver that %s is caught', async (_defect, { target, failing }) => {
  const found = networkConformance(target).find(({ id }) => id === failing);
  expect(found, failing).toBeDefined();
  await expect(found!.run()).rejects.toMatchObject({ name: expect.stringMatching(/^(AssertionError|DriverError)$/) });
});

test('cases of a capability that is not declared are left out, and ids are unique', () => {
  const all = networkConformance(memoryNetwork).map(({ id }) => id);
  const manifest = { ...memoryNetwork.manifest, capabilities: [] };
  const fewer = networkConformance({ ...memoryNetwork, manifest }).map(({ id }) => id);
  expect(new Set(all).size).toBe(all.length);
  expect(all.filter((id) => !fewer.includes(id)).sort()).toEqual([
    'N41-alias-in-use',
    'N41-aliases',
    'N44-pending-alias',
  ]);
});
