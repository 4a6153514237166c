/** Conformance: counters of ports and directors. Cases apply to drivers that declare `metrics`. */
import assert from 'node:assert/strict';
import type { BlockArray, MetricsSample } from '../contract.ts';
import { METRICS_SAMPLE } from '../metrics-sample.ts';
import { allPages, type CaseBody, type Fixture, unchanged } from './fixture.ts';
import { hook } from './target.ts';

const PAUSE_MS = 100;
const SHORT_MS = 200;

/** Of the declared shape, in plain JSON. */
async function sampled(f: Fixture, array: BlockArray = f.array): Promise<MetricsSample> {
  const sample = await array.metrics!.sampleMetrics(f.ctx());
  assert.deepEqual(JSON.parse(JSON.stringify(sample)), sample);
  const checked = METRICS_SAMPLE.safeParse(sample);
  assert.ok(checked.success, checked.error?.message);
  return sample;
}

const countersOf = ({ ports, haDomains }: MetricsSample) =>
  new Map([
    ...ports.map(({ nativeId, kilobytesTransferred }) => [`port ${nativeId}`, kilobytesTransferred] as const),
    ...haDomains.flatMap(({ name, totalTicks, idleTicks }) => [
      [`ticks of ${name}`, totalTicks] as const,
      [`idle ticks of ${name}`, idleTicks] as const,
    ]),
  ]);

function neverFell(before: MetricsSample, after: MetricsSample): void {
  assert.ok(after.sampledAtMs >= before.sampledAtMs, 'its time went back');
  const later = countersOf(after);
  for (const [counter, value] of countersOf(before)) {
    assert.ok((later.get(counter) ?? value) >= value, `${counter} fell from ${value} to ${later.get(counter)}`);
  }
}

export const METRICS_CASES: readonly CaseBody[] = [
  {
    id: '32-metrics',
    title: 'a sample counts ports and directors that are listed, each once, and something',
    needs: 'metrics',
    run: async (f) => {
      const listed = await allPages((page) => f.array.listPorts(f.ctx(), page));
      const { ports, haDomains } = await sampled(f);
      assert.ok(ports.length > 0, 'nothing is counted: then the driver has no metrics');
      const [portIds, directors] = [listed.map((port) => port.nativeId), listed.map((port) => port.haDomain)];
      assert.deepEqual(
        ports.filter(({ nativeId }) => !portIds.includes(nativeId)),
        [],
      );
      assert.deepEqual(
        haDomains.filter(({ name }) => !directors.includes(name)),
        [],
      );
    },
  },
  {
    id: '32-metrics-grow',
    title: 'counters never fall, whatever is done on the device, and every session shows the same',
    needs: 'metrics',
    run: async (f) => {
      const first = await sampled(f);
      await f.makeMapped();
      await f.device.clock.sleep(PAUSE_MS);
      const second = await sampled(f);
      neverFell(first, second);
      const other = await hook(f.device.secondSession, 'a second session')();
      try {
        neverFell(second, await sampled(f, other));
      } finally {
        await other.close();
      }
    },
  },
  {
    id: '32-metrics-read-only',
    title: 'sampling changes nothing',
    needs: 'metrics',
    run: async (f) => {
      await f.makeMapped();
      const before = await f.inventory();
      const writes = f.device.writes?.();
      await sampled(f);
      await sampled(f);
      assert.equal(f.device.writes?.(), writes);
      await unchanged(f, before);
    },
  },
  {
    id: '32-metrics-restart',
    title: 'counters that a restart begins anew grow from there',
    needs: 'metrics',
    run: async (f) => {
      await hook(f.device.restart, 'a restart')();
      const first = await sampled(f);
      await f.device.clock.sleep(PAUSE_MS);
      neverFell(first, await sampled(f));
    },
  },
  {
    id: '32-metrics-errors',
    title: 'a busy device is busy, a slow one transient at the deadline, one without time left is not asked',
    needs: 'metrics',
    run: async (f) => {
      const faults = f.device.faults;
      const [busy, slow] = [hook(faults?.busy, 'a busy device'), hook(faults?.slow, 'a slow device')];
      const clear = hook(faults?.clear, 'ending faults');
      const sample = (deadlineInMs: number) =>
        f.array.metrics!.sampleMetrics(f.ctx({ deadlineMs: f.device.clock.nowMs() + deadlineInMs }));
      await f.refused(sample(-1), 'transient', 'busy');
      await busy('sampleMetrics');
      await f.refused(f.array.metrics!.sampleMetrics(f.ctx()), 'busy');
      await clear();
      await slow('sampleMetrics', 100 * SHORT_MS);
      // Nothing can have changed, so never `ambiguous`.
      await f.refused(sample(SHORT_MS), 'transient', 'busy');
      await clear();
      await sampled(f);
    },
  },
];
