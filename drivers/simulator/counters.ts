/**
 * Counters of the simulated array's ports and directors. They are functions of the clock: each counts at a steady load from
 * some moment on, so that reading writes nothing. A load is the model's own (a figure made of the serial number and the name)
 * until somebody sets another by hand; only that is stored, with what had been counted by then.
 */
import { DriverError, type HaDomainCounters, hashOf, type MetricsSample, type PortCounters } from 'coprhd/driver';
import { type Kv, table } from './kv.ts';
import { arrays, invalid, ports, SELF, type StoredPort } from './objects.ts';
import { isPortUp } from './san/links.ts';

/** From `sinceMs` on it is busy to `percent`, and had counted so much before: kilobytes of a port, idle ticks of a director. */
interface StoredLoad {
  /** The key that it is under. */
  readonly of: string;
  readonly percent: number;
  readonly sinceMs: number;
  readonly countedBefore: number;
}

export const LOAD_COLLECTION = 'load';
const loads = table<StoredLoad>(LOAD_COLLECTION, 'load');
const portKey = (nativeId: string) => `port ${nativeId}`;
const directorKey = (haDomain: string) => `director ${haDomain}`;

const KILOBYTES_PER_GBIT = 131_072;
const SPEED_GBIT = { fc: 16, ip: 10 } as const;
const TICK_MS = 10;
/** Loads that nobody set are between these. */
const USUAL_PERCENT = { min: 5, max: 34 } as const;

function usualLoad(kv: Kv, key: string): StoredLoad {
  const { serialNumber, countersZeroAtMs = 0 } = arrays.need(kv, SELF);
  const spread = USUAL_PERCENT.max - USUAL_PERCENT.min + 1;
  const percent = USUAL_PERCENT.min + (Number.parseInt(hashOf(`${serialNumber} ${key}`).slice(0, 6), 16) % spread);
  return { of: key, percent, sinceMs: countersZeroAtMs, countedBefore: 0 };
}

const loadOf = (kv: Kv, key: string): StoredLoad => loads.get(kv, key) ?? usualLoad(kv, key);
const elapsedMs = ({ sinceMs }: StoredLoad, nowMs: number) => Math.max(0, nowMs - sinceMs);

function kilobytesAt(load: StoredLoad, { transport }: StoredPort, nowMs: number): number {
  const perSecond = (SPEED_GBIT[transport] * KILOBYTES_PER_GBIT * load.percent) / 100;
  return load.countedBefore + Math.floor((perSecond * elapsedMs(load, nowMs)) / 1_000);
}

function idleTicksAt(load: StoredLoad, nowMs: number): number {
  return load.countedBefore + Math.floor((elapsedMs(load, nowMs) * (100 - load.percent)) / 100 / TICK_MS);
}

/** Throws `invalid`, naming those that there are. */
export function checkDirector(kv: Kv, haDomain: string): void {
  const known = [...new Set(ports.list(kv).map((id) => ports.listed(kv, id).haDomain))].sort();
  if (!known.includes(haDomain)) throw invalid(`no director ${haDomain}: there are ${known.join(', ')}`);
}

/** A port that is down, and a director whose ports all are, show no counters. */
export function sampleMetrics(kv: Kv, _args: unknown, nowMs: number): MetricsSample {
  const { model, metrics = true, countersZeroAtMs = 0 } = arrays.need(kv, SELF);
  if (!metrics) throw new DriverError({ class: 'unsupported', message: `a ${model} counts nothing` });
  const up = ports
    .list(kv)
    .map((id) => ports.listed(kv, id))
    .filter(({ nativeId }) => isPortUp(kv, nativeId))
    .sort((a, b) => (a.nativeId < b.nativeId ? -1 : 1));
  const counted = up.map((port): PortCounters => {
    const { nativeId, transport } = port;
    const kilobytesTransferred = kilobytesAt(loadOf(kv, portKey(nativeId)), port, nowMs);
    return { nativeId, kilobytesTransferred, speedGbit: SPEED_GBIT[transport] };
  });
  const running = [...new Set(up.map(({ haDomain }) => haDomain))].sort();
  const haDomains = running.map((name): HaDomainCounters => {
    const idleTicks = idleTicksAt(loadOf(kv, directorKey(name)), nowMs);
    return { name, totalTicks: Math.floor(Math.max(0, nowMs - countersZeroAtMs) / TICK_MS), idleTicks };
  });
  return { sampledAtMs: nowMs, ports: counted, haDomains };
}

/** From now on the port is so busy. Throws `not-found`. */
export function setPortLoad(kv: Kv, nativeId: string, percent: number, nowMs: number): void {
  const port = ports.need(kv, nativeId);
  const countedBefore = kilobytesAt(loadOf(kv, portKey(nativeId)), port, nowMs);
  const of = portKey(nativeId);
  loads.put(kv, of, { of, percent, sinceMs: nowMs, countedBefore });
}

/** From now on the director's processor is so busy. Throws `invalid`. */
export function setDirectorLoad(kv: Kv, haDomain: string, percent: number, nowMs: number): void {
  checkDirector(kv, haDomain);
  const countedBefore = idleTicksAt(loadOf(kv, directorKey(haDomain)), nowMs);
  const of = directorKey(haDomain);
  loads.put(kv, of, { of, percent, sinceMs: nowMs, countedBefore });
}

/** All counters start anew, as when the array restarts. Loads stay. */
export function zeroCounters(kv: Kv, nowMs: number): void {
  arrays.put(kv, SELF, { ...arrays.need(kv, SELF), countersZeroAtMs: nowMs });
  for (const id of loads.list(kv)) {
    const load = loads.listed(kv, id);
    loads.put(kv, load.of, { ...load, sinceMs: nowMs, countedBefore: 0 });
  }
}
