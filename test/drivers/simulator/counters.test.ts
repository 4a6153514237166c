/** What a simulated array's ports and directors count: functions of the clock and of loads that somebody sets. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleMetrics } from '../../../drivers/simulator/counters.ts';
import type { HandEdit } from '../../../drivers/simulator/hand.ts';
import { show } from '../../../drivers/simulator/inventory.ts';
import { createMemoryArray } from '../../../drivers/simulator/memory.ts';
import type { OperationName, Operations, Request } from '../../../drivers/simulator/messages.ts';
import { generateTopology } from '../../../drivers/simulator/topology.ts';

const START_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
/** 16 Gbit/s in kilobytes of 1,024 bytes. */
const FC_KILOBYTES_PER_HOUR = 16 * 131_072 * 3_600;
const TICKS_PER_HOUR = 360_000;

function arrayOf(model: 'unified' | 'entry' | 'flash' = 'unified') {
  const [topology] = generateTopology({ arrays: 1, models: [model] });
  const array = createMemoryArray({ topology: topology!, sleep: async () => {} });
  const ask = <K extends OperationName>(operation: K, args: Operations[K]['args'], nowMs: number) =>
    array.handle({ operation, args, nowMs } as Request<K>);
  return {
    kv: array.kv,
    edit: (edit: HandEdit, nowMs: number) => {
      const answer = ask('hand', edit, nowMs);
      if (!answer.ok) throw new Error(answer.error.message);
    },
    reset: (nowMs: number) => ask('reset', {}, nowMs),
    port: (nativeId: string, nowMs: number) =>
      sampleMetrics(array.kv, {}, nowMs).ports.find((port) => port.nativeId === nativeId)!,
    director: (name: string, nowMs: number) =>
      sampleMetrics(array.kv, {}, nowMs).haDomains.find((domain) => domain.name === name)!,
  };
}
type SimulatedArray = ReturnType<typeof arrayOf>;

const kilobytes = (array: SimulatedArray, fromMs: number, toMs: number) =>
  array.port('FC-A1', toMs).kilobytesTransferred - array.port('FC-A1', fromMs).kilobytesTransferred;

test('a port counts what its load and its speed say, from when the load was set', () => {
  const array = arrayOf();
  array.edit({ edit: 'port-load', port: 'FC-A1', percent: 50 }, START_MS);
  expect(array.port('FC-A1', START_MS)).toMatchObject({ speedGbit: 16 });
  expect(kilobytes(array, START_MS, START_MS + HOUR_MS)).toBe(FC_KILOBYTES_PER_HOUR / 2);
  array.edit({ edit: 'port-load', port: 'FC-A1', percent: 100 }, START_MS + HOUR_MS);
  expect(kilobytes(array, START_MS + HOUR_MS, START_MS + 2 * HOUR_MS)).toBe(FC_KILOBYTES_PER_HOUR);
});

test('a director counts ticks, and the idle ones of them', () => {
  const array = arrayOf();
  array.edit({ edit: 'director-load', director: 'SP-A', percent: 75 }, START_MS);
  const [first, second] = [array.director('SP-A', START_MS), array.director('SP-A', START_MS + HOUR_MS)];
  expect(second.totalTicks - first.totalTicks).toBe(TICKS_PER_HOUR);
  expect(second.idleTicks - first.idleTicks).toBe(TICKS_PER_HOUR / 4);
});

test('without a load set, ports and directors have each their own, and the same ones every time', () => {
  const loads = (array: SimulatedArray) =>
    sampleMetrics(array.kv, {}, START_MS).ports.map(({ nativeId }) => {
      const grown =
        array.port(nativeId, START_MS + HOUR_MS).kilobytesTransferred -
        array.port(nativeId, START_MS).kilobytesTransferred;
      const { speedGbit } = array.port(nativeId, START_MS);
      return Math.round((100 * grown) / (speedGbit! * 131_072 * 3_600));
    });
  const seen = loads(arrayOf());
  expect(loads(arrayOf())).toEqual(seen);
  expect(new Set(seen).size).toBeGreaterThan(3);
  expect(Math.min(...seen)).toBeGreaterThanOrEqual(5);
  expect(Math.max(...seen)).toBeLessThanOrEqual(34);
});

test('counters never fall, whatever loads are set when; idle ticks are never more than all', () => {
  const change = fc.record({ afterMs: fc.nat(10 * HOUR_MS), percent: fc.integer({ min: 0, max: 100 }) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
      const array = arrayOf();
      let nowMs = START_MS;
      let before = { kilobytes: 0, idle: 0 };
      for (const { afterMs, percent } of changes) {
        array.edit({ edit: 'port-load', port: 'SP-A1', percent }, nowMs);
        array.edit({ edit: 'director-load', director: 'SP-A', percent }, nowMs);
        nowMs += afterMs;
        const { idleTicks: idle, totalTicks } = array.director('SP-A', nowMs);
        const now = { kilobytes: array.port('SP-A1', nowMs).kilobytesTransferred, idle };
        expect(now.kilobytes).toBeGreaterThanOrEqual(before.kilobytes);
        expect(now.idle).toBeGreaterThanOrEqual(before.idle);
        expect(now.idle).toBeLessThanOrEqual(totalTicks);
        before = now;
      }
    }),
  );
});

test('a restart begins them anew with the loads as they were; a reset forgets the loads too', () => {
  const array = arrayOf();
  array.edit({ edit: 'port-load', port: 'FC-A1', percent: 50 }, START_MS);
  const usual = arrayOf().port('FC-A1', START_MS);
  array.edit({ edit: 'restart' }, START_MS + HOUR_MS);
  expect(array.port('FC-A1', START_MS + HOUR_MS).kilobytesTransferred).toBe(0);
  expect(array.port('FC-A1', START_MS + 2 * HOUR_MS).kilobytesTransferred).toBe(FC_KILOBYTES_PER_HOUR / 2);
  array.reset(START_MS + 2 * HOUR_MS);
  expect(array.port('FC-A1', START_MS)).toEqual(usual);
});

test('what is down is not counted', () => {
  const array = arrayOf();
  array.edit({ edit: 'port', port: 'FC-A1', status: 'down' }, START_MS);
  expect(array.port('FC-A1', START_MS)).toBeUndefined();
  array.edit({ edit: 'director', director: 'SP-B', status: 'down' }, START_MS);
  const { haDomains, ports } = sampleMetrics(array.kv, {}, START_MS);
  expect(haDomains.map(({ name }) => name)).toEqual(['SP-A']);
  expect(ports.map(({ nativeId }) => nativeId)).toEqual(['FC-A2', 'SP-A1', 'SP-A2']);
});

test('sampling and loads are no part of what an array holds', () => {
  const array = arrayOf();
  const before = show(array.kv, START_MS);
  const texts = JSON.stringify([...array.kv.texts]);
  sampleMetrics(array.kv, {}, START_MS);
  expect(JSON.stringify([...array.kv.texts])).toBe(texts);
  array.edit({ edit: 'port-load', port: 'FC-A1', percent: 50 }, START_MS);
  expect(show(array.kv, START_MS)).toEqual(before);
});

test('a model without counters says so beforehand, and refuses to be asked all the same', () => {
  const array = arrayOf('entry');
  expect(show(array.kv, START_MS).identity.lacks).toContain('metrics');
  expect(() => sampleMetrics(array.kv, {}, START_MS)).toThrow('counts nothing');
  expect(show(arrayOf('flash').kv, START_MS).identity.lacks).toBeUndefined();
});

test('no load is set of what is not there', () => {
  const array = arrayOf();
  expect(() => array.edit({ edit: 'port-load', port: 'FC-Z9', percent: 1 }, START_MS)).toThrow('FC-Z9');
  expect(() => array.edit({ edit: 'director-load', director: 'SP-Z', percent: 1 }, START_MS)).toThrow('SP-A, SP-B');
});
