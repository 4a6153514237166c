/**
 * From counters to how busy ports, directors and storage systems are, as CoprHD averages it: differences of two samples, a
 * short average of the present period, a long one over periods, floors. Pure: what was kept and a new sample in, what to keep
 * out. `discover --metrics` keeps it, placement and port selection go by it.
 */
import type { HaDomainCounters, MetricsSample, PortCounters } from '../driver/contract.ts';
import type { BusyAverage, HaDomainMetrics, PortMetrics, SystemMetrics } from '../model/metrics.ts';
import type { Urn } from '../model/urn.ts';

const HOUR_MS = 3_600_000;

/** The figures of CoprHD, by their names there. */
export const METRICS = {
  /** KBYTES_PER_GBIT: a kilobyte has 1,024 bytes, a gigabit 1,024³ bits. */
  kilobytesPerGbit: 131_072,
  /** Taken where a port doesn't say what it runs at. */
  speedGbit: { fc: 8, ip: 1 },
  /** PortAllocationDaysToAverageUtilization: a day. */
  periodMs: 24 * HOUR_MS,
  /** PortAllocationEmaFactor */
  emaFactor: 0.6,
  /** PortAllocationPortUtilizationFloor, PortAllocationCpuUtilizationFloor: less counts as nothing. */
  portFloorPercent: 3,
  cpuFloorPercent: 8,
  /** SECONDS_PER_YEAR: a sample so long after the last one says nothing of how busy it is now. */
  gapMaxMs: 365 * 24 * HOUR_MS,
  /** MAX_SAMPLE_AGE_MSEC: what was measured longer ago isn't gone by. */
  ageMaxMs: 48 * HOUR_MS,
} as const;

/** Ours: the seconds of two samples are divided by, and a sample that comes at once says nothing. */
const INTERVAL_MIN_MS = 1_000;

interface Taken {
  readonly sampledAtMs: number;
  readonly receivedAtMs: number;
}

type Interval = 'short' | 'unusable' | number;

/** Seconds from one sample to the next by the device's clock, which may have been set. */
function secondsBetween(previous: Taken, now: Taken): Interval {
  const elapsedMs = now.sampledAtMs - previous.sampledAtMs;
  if (elapsedMs >= 0 && elapsedMs < INTERVAL_MIN_MS) return 'short';
  return elapsedMs < 0 || elapsedMs >= METRICS.gapMaxMs ? 'unusable' : elapsedMs / 1_000;
}

const clipped = (percent: number): number => Math.min(100, Math.max(0, percent));

/**
 * One sample more. The period begins with the sample that the first difference was taken from, and ends with the first one
 * after a day: its average goes into the long one then, and the next sample begins anew.
 */
export function averaged(
  previous: BusyAverage | undefined,
  busyPercent: number,
  { fromMs, nowMs }: { readonly fromMs: number; readonly nowMs: number },
): BusyAverage {
  const { averagePercent = 0, samples = 0, periodStartedAtMs = fromMs, longAveragePercent: long } = previous ?? {};
  const average = clipped(busyPercent / (samples + 1) + (samples / (samples + 1)) * averagePercent);
  const measured = { lastPercent: busyPercent, averagePercent: average, measuredAtMs: nowMs };
  if (nowMs - periodStartedAtMs <= METRICS.periodMs) {
    const kept = long === undefined ? {} : { longAveragePercent: long };
    return { ...measured, samples: samples + 1, periodStartedAtMs, ...kept };
  }
  return { ...measured, samples: 0, periodStartedAtMs: nowMs, longAveragePercent: mixed(average, long) };
}

/** Before a period has ended there is no long average, and the short one stands for it. */
const mixed = (short: number, long: number = short): number =>
  clipped(short * METRICS.emaFactor + (1 - METRICS.emaFactor) * long);

/** By both averages: portBusy, cpuBusy of CoprHD. */
export const busyPercent = ({ averagePercent, longAveragePercent }: BusyAverage): number =>
  mixed(averagePercent, longAveragePercent);

export interface PortFacts {
  readonly transport: 'fc' | 'ip';
  /** Its director's, by both averages. */
  readonly cpuBusyPercent?: number;
}

/** What to keep of a port. Counters that fell (they wrapped, or began anew) and times that make no sense only start again. */
export function nextPortMetrics(
  previous: PortMetrics | undefined,
  counters: PortCounters,
  taken: Taken,
  { transport, cpuBusyPercent }: PortFacts,
): PortMetrics {
  const { kilobytesTransferred, speedGbit } = counters;
  const seconds = previous ? secondsBetween(previous, taken) : 'unusable';
  if (previous && seconds === 'short') return previous;
  const next = { ...previous, ...times(taken), kilobytesTransferred };
  if (!previous || typeof seconds !== 'number') return next;
  const kilobytes = kilobytesTransferred - previous.kilobytesTransferred;
  if (kilobytes < 0) return next;
  const perSecondMax = (speedGbit || METRICS.speedGbit[transport]) * METRICS.kilobytesPerGbit;
  const percent = clipped((kilobytes / seconds / perSecondMax) * 100);
  const busy = averaged(previous.busy, percent, { fromMs: previous.receivedAtMs, nowMs: taken.receivedAtMs });
  const { cpuBusyPercent: _before, ...rest } = next;
  return { ...rest, busy, ...(cpuBusyPercent === undefined ? {} : { cpuBusyPercent }) };
}

/** What to keep of a director. Ticks are compared with ticks, so that the time in between only decides whether it counts. */
export function nextHaDomainMetrics(
  previous: HaDomainMetrics | undefined,
  { name, totalTicks, idleTicks }: HaDomainCounters,
  taken: Taken,
): HaDomainMetrics {
  const seconds = previous ? secondsBetween(previous, taken) : 'unusable';
  if (previous && seconds === 'short') return previous;
  const next = { ...previous, name, ...times(taken), totalTicks, idleTicks };
  if (!previous || typeof seconds !== 'number') return next;
  const total = totalTicks - previous.totalTicks;
  const idle = idleTicks - previous.idleTicks;
  if (total <= 0 || idle < 0) return next;
  const percent = clipped(((total - idle) / total) * 100);
  return {
    ...next,
    busy: averaged(previous.busy, percent, { fromMs: previous.receivedAtMs, nowMs: taken.receivedAtMs }),
  };
}

const times = ({ sampledAtMs, receivedAtMs }: Taken): Taken => ({ sampledAtMs, receivedAtMs });

const isRecent = (measuredAtMs: number, nowMs: number): boolean => nowMs - measuredAtMs <= METRICS.ageMaxMs;

/** The port metric of CoprHD: smaller is better. Undefined: not measured, or too long ago. */
export function portMetricPercent(metrics: PortMetrics | undefined, nowMs: number): number | undefined {
  if (!metrics?.busy || !isRecent(metrics.busy.measuredAtMs, nowMs)) return undefined;
  const own = busyPercent(metrics.busy);
  const port = own < METRICS.portFloorPercent ? 0 : own;
  const cpu = metrics.cpuBusyPercent;
  return cpu === undefined || cpu < METRICS.cpuFloorPercent ? port : (port + cpu) / 2;
}

/** What placement goes by. Undefined: unknown, or measured too long ago. */
export function systemBusyPercent(metrics: SystemMetrics | undefined, nowMs: number): number | undefined {
  const usable = metrics?.usablePorts;
  return usable && isRecent(usable.measuredAtMs, nowMs) ? usable.busyPercent : undefined;
}

/** A recorded port, and what is kept of it. */
export interface MeasuredPort {
  readonly urn: Urn;
  readonly nativeId: string;
  readonly transport: 'fc' | 'ip';
  readonly haDomain: string;
  /** Hosts may be given paths through it. */
  readonly usable: boolean;
  readonly metrics?: PortMetrics;
}

export interface MeasureRequest {
  readonly sample: MetricsSample;
  readonly nowMs: number;
  /** Of this storage system, all that are recorded. */
  readonly ports: readonly MeasuredPort[];
  readonly system?: SystemMetrics;
}

export interface Measured {
  readonly system: SystemMetrics;
  /** As given, with what to keep of them now. */
  readonly ports: readonly MeasuredPort[];
  /** Native ids that the sample counts and nobody has recorded. */
  readonly unrecorded: readonly string[];
}

/** What to keep of a storage system and its ports after a sample. What is not in the sample stays as it was, and ages. */
export function measured({ sample, nowMs, ports, system }: MeasureRequest): Measured {
  const taken = { sampledAtMs: sample.sampledAtMs, receivedAtMs: nowMs };
  const counters = new Map(sample.ports.map((port) => [port.nativeId, port]));
  const recorded = new Set(ports.map(({ nativeId }) => nativeId));
  const haDomains = measuredDomains(sample, taken, system, new Set(ports.map(({ haDomain }) => haDomain)));
  const cpus = new Map(haDomains.map(({ name, busy }) => [name, busy]));
  const next = ports.map((port): MeasuredPort => {
    const counted = counters.get(port.nativeId);
    if (!counted) return port;
    const cpu = cpus.get(port.haDomain);
    const cpuBusyPercent = cpu && isRecent(cpu.measuredAtMs, nowMs) ? busyPercent(cpu) : undefined;
    const facts = { transport: port.transport, ...(cpuBusyPercent === undefined ? {} : { cpuBusyPercent }) };
    return { ...port, metrics: nextPortMetrics(port.metrics, counted, taken, facts) };
  });
  const usablePorts = averageOf(next, nowMs);
  return {
    system: { receivedAtMs: nowMs, ...(usablePorts ? { usablePorts } : {}), haDomains },
    ports: next,
    unrecorded: [...counters.keys()].filter((nativeId) => !recorded.has(nativeId)).sort(),
  };
}

/** Of the directors that recorded ports have. */
function measuredDomains(
  sample: MetricsSample,
  taken: Taken,
  system: SystemMetrics | undefined,
  known: ReadonlySet<string>,
): HaDomainMetrics[] {
  const domains = new Map(system?.haDomains.map((domain) => [domain.name, domain]));
  for (const domain of sample.haDomains) {
    domains.set(domain.name, nextHaDomainMetrics(domains.get(domain.name), domain, taken));
  }
  return [...domains.values()].filter(({ name }) => known.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** As CoprHD: over usable ports, and nothing is known unless every one of them was measured lately. */
function averageOf(ports: readonly MeasuredPort[], nowMs: number): SystemMetrics['usablePorts'] {
  const usable = ports.filter((port) => port.usable);
  const percents = usable.flatMap(({ metrics }) => portMetricPercent(metrics, nowMs) ?? []);
  if (usable.length === 0 || percents.length < usable.length) return undefined;
  return {
    busyPercent: percents.reduce((sum, percent) => sum + percent, 0) / percents.length,
    measuredAtMs: Math.min(...usable.map(({ metrics }) => metrics!.busy!.measuredAtMs)),
  };
}
