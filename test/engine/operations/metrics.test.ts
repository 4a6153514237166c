/** `discover --metrics` on simulated arrays and virtual time: what is sampled, what is kept, and what leaves it alone. */
import { describe, expect, it } from 'vitest';
import type { MetricsSample } from '../../../src/engine/driver/contract.ts';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { answerAbout } from '../../../src/engine/operations/asked-volume.ts';
import type { SampledSystem } from '../../../src/engine/operations/metrics-types.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import { decodeMetrics } from '../../../src/engine/state/records.ts';
import { createEstate, type Estate } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const HOUR_MS = 3_600_000;
const INFRASTRUCTURE = infrastructure({ arrays: ['array-1', 'array-2'] });
const PLAN = [INFRASTRUCTURE, stack({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } })];

const sample = (estate: Estate, ...systems: string[]) =>
  estate.run('discover.metrics', systems.length === 0 ? {} : { systems });

async function sampledAfter(estate: Estate, hours: number, name = 'array-1'): Promise<SampledSystem> {
  estate.clock.advance(hours * HOUR_MS);
  const { systems } = await sample(estate);
  return systems.find(({ system }) => system === name)!;
}

/** Percent of the ports of `sim-1`, and of its directors' processors. */
function setLoads(
  estate: Estate,
  ports: Readonly<Record<string, number>>,
  directors: Readonly<Record<string, number>>,
) {
  for (const [port, percent] of Object.entries(ports)) estate.edit({ edit: 'port-load', port, percent });
  for (const [director, percent] of Object.entries(directors)) {
    estate.edit({ edit: 'director-load', director, percent });
  }
}

const LOADS = { 'SP-A1': 40, 'SP-A2': 20, 'SP-B1': 10, 'SP-B2': 50 };

async function loaded(options: Parameters<typeof createEstate>[0] = {}): Promise<Estate> {
  const estate = await createEstate(options);
  await estate.applied(PLAN);
  setLoads(estate, LOADS, { 'SP-A': 60, 'SP-B': 5 });
  return estate;
}

const rounded = (value: number | undefined) => (value === undefined ? undefined : Math.round(value * 100) / 100);
const portsOf = ({ ports }: SampledSystem) =>
  ports.map(({ name, load, cpuBusyPercent, metricPercent }) => [
    name,
    rounded(load?.busyPercent),
    rounded(load?.averagePercent),
    rounded(cpuBusyPercent),
    rounded(metricPercent),
  ]);

const metricsKeys = async (estate: Estate) => {
  const found: Record<string, string> = {};
  for (const key of await estate.keys('om/')) found[key] = (await estate.engine.store.get(key))!.value;
  return found;
};

async function candidates(estate: Estate) {
  const question = { operation: 'test', address: 's/volume.a' };
  const { answer } = await answerAbout(estate.call(), question, (_draft, asked) => ({ all: asked.candidates }));
  return answer!.all.map(({ systemName, portBusyPercent }) => [systemName, rounded(portBusyPercent)]);
}

describe('discover --metrics', () => {
  it('says after the first sample that busy is known after the next, then how busy ports and directors are', async () => {
    const estate = await loaded();
    const first = await sample(estate);
    expect([first.outcome, first.diagnostics]).toEqual(['ok', []]);
    expect(first.systems.map(({ system, result }) => [system, result])).toEqual([
      ['array-1', 'first'],
      ['array-2', 'first'],
    ]);
    expect(first.systems[0]!.portBusyPercent).toBeUndefined();
    const second = await sampledAfter(estate, 1);
    expect(second.result).toBe('sampled');
    // Port, busy, average, processor, and the metric: (port + processor) / 2; SP-B's 5 % is below the floor of 8.
    expect(portsOf(second)).toEqual([
      ['SP-A1', 40, 40, 60, 50],
      ['SP-A2', 20, 20, 60, 40],
      ['SP-B1', 10, 10, 5, 10],
      ['SP-B2', 50, 50, 5, 50],
    ]);
    expect(rounded(second.portBusyPercent)).toBe(37.5);
    expect(second.haDomains.map(({ name, load }) => [name, rounded(load?.busyPercent)])).toEqual([
      ['SP-A', 60],
      ['SP-B', 5],
    ]);
    setLoads(estate, { 'SP-A1': 80 }, {});
    expect(portsOf(await sampledAfter(estate, 1))[0]).toEqual(['SP-A1', 80, 60, 60, 60]);
  });

  it('changes nothing on a device, and in the state only its own keys', async () => {
    const estate = await loaded();
    const texts = () => JSON.stringify([...estate.array().kv.texts]);
    const others = async () => (await estate.keys('')).filter((key) => !key.startsWith('om/'));
    const before = [texts(), await others(), estate.changes.length];
    await sample(estate);
    await sampledAfter(estate, 1);
    expect([texts(), await others(), estate.changes.length]).toEqual(before);
    expect(await estate.keys('om/port/')).toHaveLength(8);
    expect(await estate.keys('om/storageSystem/')).toHaveLength(2);
  });

  it('is left alone by discover, by apply, and by a plan that was saved before it', async () => {
    const estate = await loaded();
    await sample(estate);
    const saved = await estate.planned([INFRASTRUCTURE, stack({ volumes: { a: null, b: null } })]);
    await sampledAfter(estate, 1);
    const kept = await metricsKeys(estate);
    expect(Object.keys(kept)).toHaveLength(10);
    estate.edit({ edit: 'port', port: 'SP-A1', status: 'down' });
    await estate.run('discover', {});
    expect(await metricsKeys(estate)).toEqual(kept);
    const { outcome } = await estate.run('apply', { plan: saved, skipHeld: true, claimWaitMs: 0 });
    expect(outcome).toBe('ok');
    expect(await metricsKeys(estate)).toEqual(kept);
  });

  it('leaves ports that are down out of the average, and shows what was measured of them and when', async () => {
    const estate = await loaded();
    await sample(estate);
    await sampledAfter(estate, 1);
    const measuredAtMs = estate.clock.nowMs();
    estate.edit({ edit: 'port', port: 'SP-B2', status: 'down' });
    await estate.run('discover', {});
    const third = await sampledAfter(estate, 1);
    expect(rounded(third.portBusyPercent)).toBe(33.33);
    expect(third.ports.find(({ name }) => name === 'SP-B2')).toMatchObject({ status: 'down', load: { measuredAtMs } });
  });

  it('begins anew with counters that fell, and keeps the averages', async () => {
    const estate = await loaded();
    await sample(estate);
    const second = await sampledAfter(estate, 1);
    estate.edit({ edit: 'restart' });
    const third = await sampledAfter(estate, 1);
    expect(portsOf(third)).toEqual(portsOf(second));
    expect(third.ports[0]!.load!.measuredAtMs).toBe(second.ports[0]!.load!.measuredAtMs);
    expect(portsOf(await sampledAfter(estate, 1))).toEqual(portsOf(second));
  });

  it('says of which driver and which model there are no metrics, and asks such a device for none', async () => {
    const estate = await createEstate({ arrays: [{ metrics: false, model: 'Simulated entry array' }, {}] });
    await estate.applied(PLAN);
    const { record, revision } = await estate.record('storageSystem', 'array-2');
    const other = { ...record, spec: { ...record.spec, driver: 'tgt' } } as ResourceRecord;
    await estate.put(other, { record, revision });
    const asked: string[] = [];
    estate.wrap = (array, name) => {
      asked.push(name);
      return { ...array, metrics: { sampleMetrics: () => Promise.reject(new Error('asked')) } };
    };
    const { outcome, systems } = await sample(estate);
    expect([outcome, systems.map(({ result, why }) => [result, why])]).toEqual([
      'ok',
      [
        ['none', "model Simulated entry array doesn't have any"],
        ['none', "driver tgt doesn't have any"],
      ],
    ]);
    expect(asked).toEqual(['sim-1']);
    expect(await estate.keys('om/')).toEqual([]);
  });

  it('samples those that it can reach, and fails naming the others', async () => {
    const estate = await loaded();
    await sample(estate);
    estate.takeDown('sim-2');
    estate.clock.advance(HOUR_MS);
    const { outcome, diagnostics, systems } = await sample(estate);
    expect(outcome).toBe('error');
    expect(diagnostics).toMatchObject([
      {
        code: 'COPRHD-DEVICE-001',
        summary: expect.stringContaining('array-2 could not be read: sim-2 does not answer'),
      },
    ]);
    expect(systems.map(({ result }) => result)).toEqual(['sampled', 'failed']);
    estate.bringUp('sim-2');
    expect((await sampledAfter(estate, 1, 'array-2')).result).toBe('sampled');
  });

  it('samples no other device than the recorded one', async () => {
    const estate = await loaded();
    await sample(estate);
    const kept = await metricsKeys(estate);
    estate.wrap = (array) => ({
      ...array,
      identify: async (ctx) => ({ ...(await array.identify(ctx)), serialNumber: 'OTHER' }),
    });
    const { diagnostics } = await sample(estate, 'array-1');
    expect(diagnostics).toMatchObject([{ code: 'COPRHD-DEVICE-005', detail: expect.stringContaining('OTHER') }]);
    expect(await metricsKeys(estate)).toEqual(kept);
  });

  it('keeps nothing of what is no sample', async () => {
    const estate = await loaded();
    const wrong = (change: (sample: MetricsSample) => unknown) => {
      estate.wrap = (array) => ({
        ...array,
        metrics: {
          sampleMetrics: async (ctx) => change(await array.metrics!.sampleMetrics(ctx)) as MetricsSample,
        },
      });
    };
    for (const change of [
      (seen: MetricsSample) => ({ ...seen, ports: [{ nativeId: 'SP-A1', kilobytesTransferred: Number.NaN }] }),
      (seen: MetricsSample) => ({ ...seen, ports: [...seen.ports, ...seen.ports] }),
      (seen: MetricsSample) => ({ ...seen, sampledAtMs: undefined }),
      () => null,
    ]) {
      wrong(change);
      const { outcome, diagnostics } = await sample(estate, 'array-1');
      expect(outcome).toBe('error');
      expect(diagnostics).toMatchObject([{ summary: expect.stringContaining('something else than counters') }]);
    }
    expect(await estate.keys('om/')).toEqual([]);
    wrong((seen) => ({ ...seen, ports: [...seen.ports, { nativeId: 'new', kilobytesTransferred: 1 }] }));
    expect((await sample(estate, 'array-1')).systems[0]).toMatchObject({ result: 'first', unrecordedPorts: ['new'] });
  });

  it('is counted once when two sample at the same time', async () => {
    const estate = await loaded();
    await sample(estate);
    estate.clock.advance(HOUR_MS);
    let nested = false;
    estate.wrap = (array) => ({
      ...array,
      metrics: {
        sampleMetrics: async (ctx) => {
          const seen = await array.metrics!.sampleMetrics(ctx);
          if (nested) return seen;
          nested = true;
          // In between reading what was kept and writing, somebody else does all of it.
          const { store } = estate.engine;
          const { txn } = store;
          store.txn = async (request) => {
            store.txn = txn;
            expect((await sample(estate, 'array-1')).systems[0]!.result).toBe('sampled');
            return txn.call(store, request);
          };
          return seen;
        },
      },
    });
    const { outcome, diagnostics } = await sample(estate, 'array-1');
    expect([outcome, diagnostics.map(({ code, severity }) => [code, severity])]).toEqual([
      'ok',
      [['COPRHD-APPLY-003', 'warning']],
    ]);
    const system = (await estate.record('storageSystem', 'array-1')).record.urn;
    const port = (await estate.records('port')).find(
      ({ record: { spec } }) => spec.system === system && spec.nativeId === 'SP-A1',
    )!;
    const item = (await estate.engine.store.get(keys.metrics(port.record.urn)))!;
    expect(decodeMetrics('port', item).busy).toMatchObject({ samples: 1 });
  });

  it('is of the storage systems that are named, each once, and of none when one of them is not there', async () => {
    const estate = await loaded();
    const names = async (...asked: string[]) => (await sample(estate, ...asked)).systems.map(({ system }) => system);
    expect(await names('array-2', 'ARRAY-2')).toEqual(['array-2']);
    expect(await names('array-2', 'array-1')).toEqual(['array-1', 'array-2']);
    const kept = await metricsKeys(estate);
    estate.clock.advance(HOUR_MS);
    await expect(sample(estate, 'array-1', 'nope')).rejects.toMatchObject({
      diagnostics: [{ code: 'COPRHD-STATE-005' }],
    });
    expect(await metricsKeys(estate)).toEqual(kept);
  });
});

describe('placement', () => {
  it('knows of each candidate how busy the ports of its storage system are, for 48 hours', async () => {
    const estate = await loaded();
    expect(await candidates(estate)).toEqual([
      ...Array(2).fill(['array-1', undefined]),
      ...Array(2).fill(['array-2', undefined]),
    ]);
    await sample(estate);
    await sampledAfter(estate, 1);
    const busy = new Map((await candidates(estate)) as [string, number][]);
    expect(busy.get('array-1')).toBe(37.5);
    // Loads of its own, between 5 and 34 %, of ports and processors alike.
    expect(busy.get('array-2')).toBeGreaterThan(4);
    expect(busy.get('array-2')).toBeLessThan(35);
    estate.clock.advance(48 * HOUR_MS - 1_000);
    expect((await candidates(estate))[0]).toEqual(['array-1', 37.5]);
    estate.clock.advance(2_000);
    expect((await candidates(estate))[0]).toEqual(['array-1', undefined]);
  });

  it('reads one key a storage system for it, and none of a port', async () => {
    const estate = await loaded();
    await sample(estate);
    const { store } = estate.engine;
    const { snapshot } = store;
    const read: string[] = [];
    store.snapshot = async () => {
      const taken = await snapshot.call(store);
      return {
        ...taken,
        get: (key) => {
          if (key.startsWith('om/')) read.push(key);
          return taken.get(key);
        },
      };
    };
    await candidates(estate);
    expect(read.sort()).toEqual(await estate.keys('om/storageSystem/'));
  });
});
