/**
 * `discover --metrics`: samples the counters of ports and directors, and keeps what follows from them. Devices are asked
 * side by side; nobody else writes these keys, and two who sample at once don't overwrite each other.
 */
import { z } from 'zod';
import { atMost } from '../../lib/at-most.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { MetricsSample } from '../driver/contract.ts';
import { DriverError } from '../driver/errors.ts';
import { METRICS_SAMPLE } from '../driver/metrics-sample.ts';
import type { BusyAverage, SystemMetrics } from '../model/metrics.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import {
  busyPercent,
  type Measured,
  type MeasuredPort,
  measured,
  portMetricPercent,
  systemBusyPercent,
} from '../observe/metrics.ts';
import { chunkWrites } from '../state/chunks.ts';
import { keys } from '../state/keys.ts';
import { decodeMetrics, encodeMetrics, type RecordWrite } from '../state/records.ts';
import type { StateStore } from '../state/store.ts';
import { openViewLoader, type ViewLoader, withView } from '../state/view.ts';
import { failureOf } from '../workflow/step-common.ts';
import { callContext } from './call-context.ts';
import { deviceSpec } from './devices.ts';
import { loadBlockArray } from './drivers.ts';
import type { Call } from './engine.ts';
import { systemsAsked } from './looking.ts';
import type { Load, SampledSystem } from './metrics-types.ts';
import type { InputOf, ResultOf } from './types.ts';

type System = ResourceRecord<'storageSystem'>;

export async function discoverMetrics(
  call: Call,
  { systems: names = [] }: InputOf<'discover.metrics'>,
): Promise<ResultOf<'discover.metrics'>> {
  const loader = await openViewLoader(call.engine.store);
  let asked: { readonly system: System; readonly ports: readonly RecordedPort[] }[];
  try {
    asked = await withPorts(loader, await systemsAsked(loader, names));
  } finally {
    loader.close();
  }
  const done = await atMost(LIMITS.devicesSampledMax, asked, ({ system, ports }) => sampleSystem(call, system, ports));
  const diagnostics = done.flatMap(({ diagnostic }) => (diagnostic ? [diagnostic] : []));
  const outcome = diagnostics.some(({ severity }) => severity === 'error') ? 'error' : 'ok';
  return { outcome, diagnostics, systems: done.map(({ sampled }) => sampled) };
}

interface RecordedPort {
  readonly record: ResourceRecord<'port'>;
  readonly status: 'up' | 'down';
}

async function withPorts(loader: ViewLoader, systems: readonly System[]) {
  const { result } = await withView(loader, (view) =>
    systems.map((system) => {
      const ports = view.inScope('port', uuidOf(system.urn)).flatMap(({ record }): RecordedPort[] => {
        const attributes = view.port(record.urn);
        return isLive(record) && attributes ? [{ record, status: attributes.status }] : [];
      });
      return { system, ports };
    }),
  );
  return result;
}

interface Done {
  readonly sampled: SampledSystem;
  readonly diagnostic?: Diagnostic;
}

async function sampleSystem(call: Call, system: System, ports: readonly RecordedPort[]): Promise<Done> {
  const { ctx, engine } = call;
  const startedAtMs = engine.clock.nowMs();
  ctx.emit({ type: 'observe.started', system: system.name });
  const done = await askAndKeep(call, system, ports);
  const trust = done.sampled.result === 'failed' ? 'unreachable' : 'whole';
  const durationMs = engine.clock.nowMs() - startedAtMs;
  ctx.emit({ type: 'observe.finished', system: system.name, trust, durationMs });
  return done;
}

async function askAndKeep(call: Call, system: System, ports: readonly RecordedPort[]): Promise<Done> {
  try {
    const answer = await ask(call, system);
    if ('none' in answer) return { sampled: without(system, 'none', answer.none) };
    if ('other' in answer) return failed(system, anotherDevice(system, answer.other));
    const { store, clock } = call.engine;
    const kept = await keepSample(store, system.urn, ports, answer.sample, clock.nowMs());
    if (kept) return { sampled: sampledSystem(system, ports, kept, clock.nowMs()) };
    return failed(system, sampledMeanwhile(system));
  } catch (error) {
    call.ctx.signal.throwIfAborted();
    if (!(error instanceof DriverError)) throw error;
    const { code, message, hint } = failureOf(error);
    return failed(system, {
      code,
      severity: 'error',
      summary: `the counters of storage system ${system.name} could not be read: ${message}`,
      fix: hint ?? 'check the device and the configuration of its storage system',
    });
  }
}

const failed = (system: System, diagnostic: Diagnostic): Done => ({
  sampled: without(system, 'failed', diagnostic.summary),
  diagnostic,
});

const anotherDevice = ({ name, status }: System, serialNumber: string): Diagnostic => ({
  code: 'COPRHD-DEVICE-005',
  severity: 'error',
  summary: `storage system ${name} is another device than the recorded one`,
  detail: `recorded serial number ${status.identity?.serialNumber}, the device says ${serialNumber}`,
  fix: 'correct its endpoint and configuration; register a new device under a new name',
});

const sampledMeanwhile = ({ name }: System): Diagnostic => ({
  code: 'COPRHD-APPLY-003',
  severity: 'warning',
  summary: `somebody else sampled storage system ${name} at the same time: theirs is kept`,
  fix: 'none is needed; sample at longer intervals, from one place',
});

/** `other`: the serial number of a device that isn't the recorded one. */
type Answer = { readonly sample: MetricsSample } | { readonly none: string } | { readonly other: string };

async function ask({ engine, ctx }: Call, system: System): Promise<Answer> {
  const { capabilities } = await loadBlockArray(system.spec.driver);
  if (!capabilities.includes('metrics')) return { none: `driver ${system.spec.driver} doesn't have any` };
  const { array } = await engine.devices.connect(deviceSpec(system));
  const deviceCtx = callContext(engine.clock, ctx.signal, LIMITS.discoveryDeadlineMs);
  const { serialNumber, model, lacks = [] } = await array.identify(deviceCtx);
  const recorded = system.status.identity?.serialNumber;
  if (recorded !== undefined && recorded !== serialNumber) return { other: serialNumber };
  if (!array.metrics || lacks.includes('metrics')) return { none: `model ${model} doesn't have any` };
  const checked = METRICS_SAMPLE.safeParse(await array.metrics.sampleMetrics(deviceCtx));
  if (checked.success) return { sample: checked.data };
  const why = z.prettifyError(checked.error).replaceAll('\n', ' ');
  throw new DriverError({ class: 'invalid', message: `its driver gave something else than counters: ${why}` });
}

/** Undefined: somebody else wrote meanwhile. */
async function keepSample(
  store: StateStore,
  system: Urn,
  ports: readonly RecordedPort[],
  sample: MetricsSample,
  nowMs: number,
): Promise<Measured | undefined> {
  const revisions = new Map<string, number>();
  const read = async (urn: Urn) => {
    const item = await store.get(keys.metrics(urn));
    revisions.set(urn, item?.modRevision ?? 0);
    return item;
  };
  const before = await read(system);
  const known = await atMost(LIMITS.readsMax, ports, async ({ record, status }): Promise<MeasuredPort> => {
    const item = await read(record.urn);
    const { nativeId, transport, haDomain } = record.spec;
    const metrics = item ? { metrics: decodeMetrics('port', item) } : {};
    return { urn: record.urn, nativeId, transport, haDomain, usable: status === 'up', ...metrics };
  });
  const previous: SystemMetrics | undefined = before && decodeMetrics('storageSystem', before);
  const next = measured({ sample, nowMs, ports: known, ...(previous ? { system: previous } : {}) });
  const write = (urn: Urn, value: string): RecordWrite => {
    const key = keys.metrics(urn);
    return { compare: [{ key, modRevision: revisions.get(urn)! }], operations: [{ type: 'put', key, value }] };
  };
  const changed = next.ports.filter(({ metrics }, index) => metrics && metrics !== known[index]!.metrics);
  const writes = changed.map(({ urn, metrics }) => write(urn, encodeMetrics('port', metrics!)));
  // Last, so that its average is never of ports that are not kept.
  writes.push(write(system, encodeMetrics('storageSystem', next.system)));
  for (const txn of chunkWrites(writes)) if (!(await store.txn(txn)).succeeded) return undefined;
  return next;
}

const without = (system: System, result: 'none' | 'failed', why: string): SampledSystem => ({
  system: system.name,
  driver: system.spec.driver,
  result,
  why,
  ports: [],
  haDomains: [],
  unrecordedPorts: [],
});

function sampledSystem(
  { name, spec }: System,
  recorded: readonly RecordedPort[],
  { system, ports, unrecorded }: Measured,
  nowMs: number,
): SampledSystem {
  const portBusyPercent = systemBusyPercent(system, nowMs);
  const shown = ports.map(({ metrics, haDomain }, index) => {
    const { record, status } = recorded[index]!;
    const metricPercent = portMetricPercent(metrics, nowMs);
    return {
      name: record.name,
      haDomain,
      status,
      ...withLoad(metrics?.busy),
      ...(metrics?.cpuBusyPercent === undefined ? {} : { cpuBusyPercent: metrics.cpuBusyPercent }),
      ...(metricPercent === undefined ? {} : { metricPercent }),
    };
  });
  return {
    system: name,
    driver: spec.driver,
    result: ports.some(({ metrics }) => metrics?.busy) ? 'sampled' : 'first',
    ...(portBusyPercent === undefined ? {} : { portBusyPercent }),
    ports: shown.sort((a, b) => (a.name < b.name ? -1 : 1)),
    haDomains: system.haDomains.map((domain) => ({ name: domain.name, ...withLoad(domain.busy) })),
    unrecordedPorts: unrecorded,
  };
}

function withLoad(busy: BusyAverage | undefined): { readonly load?: Load } {
  if (!busy) return {};
  const { lastPercent, measuredAtMs } = busy;
  return { load: { busyPercent: lastPercent, averagePercent: busyPercent(busy), measuredAtMs } };
}
