/** Continuous copies of the simulated array: volumes that follow others, as a word per volume tells (hand.ts). Pure. */
import type { Expectation, JobHandle, JobProgress, MirrorPair, VolumeObservation } from 'coprhd/driver';
import { contentAt } from './copies.ts';
import type { Kv } from './kv.ts';
import {
  arrays,
  checkExpected,
  copiedBytesAt,
  invalid,
  masks,
  mirrorJobs,
  refuse,
  SELF,
  type StoredMirror,
  type StoredVolume,
  volumes,
} from './objects.ts';
import type { PauseMirrorsArgs } from './requests.ts';
import { volumeView } from './views.ts';

type Following = StoredVolume & { readonly mirror: StoredMirror };

const follows = (volume: StoredVolume): volume is Following => volume.mirror !== undefined;
const speedOf = (kv: Kv): number => arrays.need(kv, SELF).zeroingBytesPerSecond;

const doneBytes = (kv: Kv, { mirror }: Following, nowMs: number): number =>
  mirror.pausedBytes ?? copiedBytesAt(mirror, speedOf(kv), nowMs);

function pairOf(kv: Kv, { source, target }: MirrorPair): { from: StoredVolume; to: StoredVolume } {
  const [from, to] = [volumes.need(kv, source.nativeId), volumes.need(kv, target.nativeId)];
  checkExpected(from, source);
  checkExpected(to, target);
  return { from, to };
}

/** The pair, in which one follows the other already. */
function boundPair(kv: Kv, pair: MirrorPair): { from: StoredVolume; to: Following } {
  const { from, to } = pairOf(kv, pair);
  if (follows(to) && to.mirror.source === from.id) return { from, to };
  throw refuse(`${to.name} does not follow ${from.name}`, follows(to) ? [to.mirror.source] : []);
}

export function ensureMirror(kv: Kv, pair: MirrorPair, nowMs: number): JobHandle {
  const { from, to } = pairOf(kv, pair);
  if (follows(to)) return resumeMirror(kv, pair, nowMs);
  checkPair(kv, from, to);
  return follow(kv, from, to, nowMs);
}

function checkPair(kv: Kv, from: StoredVolume, to: StoredVolume): void {
  if (from.id === to.id) throw invalid('a volume does not follow itself');
  if (from.sizeBytes > to.sizeBytes) throw invalid(`${from.name} is larger than ${to.name}`);
  for (const volume of [from, to]) {
    if (volume.snapshot) throw refuse(`${volume.name} is a snapshot`);
    if (volume.quarantined) throw refuse(`volume ${volume.name} is in quarantine`);
  }
  if (from.mirror) throw refuse(`${from.name} follows another volume itself`, [from.mirror.source]);
  const holders = [
    ...to.mappings.map(({ mask }) => masks.need(kv, mask).name),
    ...[...(to.mirrors ?? []), ...(to.snapshots ?? [])].map((id) => volumes.need(kv, id).name),
  ];
  if (holders.length > 0) throw refuse(`${to.name} is in use: ${holders.join(', ')}`, holders);
}

/** What it held, and how far it got before, is overwritten. */
export function follow(kv: Kv, from: StoredVolume, to: StoredVolume, nowMs: number): JobHandle {
  const { content: _content, copy: _copy, ...rest } = to;
  const mirror: StoredMirror = { source: from.id, startedMs: nowMs, bytes: Math.max(1, from.allocatedBytes) };
  // All that was written to it is overwritten, whatever was left of its zeroing.
  volumes.put(kv, to.id, { ...rest, ...(to.provisioning === 'thick' ? { zeroedBytes: to.sizeBytes } : {}), mirror });
  const others = (from.mirrors ?? []).filter((id) => id !== to.id);
  volumes.put(kv, from.id, { ...from, mirrors: [...others, to.id].sort() });
  mirrorJobs.put(kv, to.id, from.id);
  return { source: from.id };
}

export function pollMirror(
  kv: Kv,
  { expect, handle }: { readonly expect: Expectation; readonly handle: JobHandle },
  nowMs: number,
): JobProgress {
  const volume = volumes.need(kv, expect.nativeId);
  checkExpected(volume, expect);
  if (!follows(volume) || volume.mirror.source !== handle.source || volume.mirror.pausedBytes !== undefined) {
    return { state: 'lost', doneBytes: 0, totalBytes: 1 };
  }
  const { bytes } = volume.mirror;
  const done = doneBytes(kv, volume, nowMs);
  if (done === bytes) mirrorJobs.delete(kv, volume.id);
  return { state: done === bytes ? 'done' : 'running', doneBytes: done, totalBytes: bytes };
}

/** One request is one moment. */
export function pauseMirrors(kv: Kv, { pairs }: PauseMirrorsArgs, nowMs: number): readonly VolumeObservation[] {
  const bound = pairs.map((pair) => boundPair(kv, pair));
  return bound.map(({ to }) => volumeView(kv, pause(kv, to, nowMs), nowMs));
}

export function pause(kv: Kv, volume: StoredVolume, nowMs: number): StoredVolume {
  if (!follows(volume) || volume.mirror.pausedBytes !== undefined) return volume;
  const content = contentAt(kv, volume, nowMs);
  const mirror = { ...volume.mirror, pausedBytes: doneBytes(kv, volume, nowMs) };
  const paused = { ...volume, ...(content === undefined ? {} : { content }), mirror };
  volumes.put(kv, volume.id, paused);
  mirrorJobs.delete(kv, volume.id);
  return paused;
}

export function resumeMirror(kv: Kv, pair: MirrorPair, nowMs: number): JobHandle {
  const { from, to } = boundPair(kv, pair);
  if (to.mirror.pausedBytes === undefined) return { source: from.id };
  if (to.mappings.length > 0) {
    const holders = to.mappings.map(({ mask }) => masks.need(kv, mask).name);
    throw refuse(`volume ${to.name} is mapped by ${holders.join(', ')}`, holders);
  }
  return follow(kv, from, to, nowMs);
}

export function splitMirror(kv: Kv, pair: MirrorPair, nowMs: number): VolumeObservation {
  const { to } = pairOf(kv, pair);
  if (!follows(to)) return volumeView(kv, to, nowMs);
  boundPair(kv, pair);
  if (doneBytes(kv, to, nowMs) < to.mirror.bytes) throw refuse(`${to.name} is not whole yet: it would hold neither`);
  return volumeView(kv, split(kv, to, nowMs), nowMs);
}

/** With what it holds. */
export function split(kv: Kv, volume: StoredVolume, nowMs: number): StoredVolume {
  const paused = pause(kv, volume, nowMs);
  if (!follows(paused)) return paused;
  const { mirror, ...free } = paused;
  volumes.put(kv, free.id, free);
  const source = volumes.get(kv, mirror.source);
  if (source) volumes.put(kv, source.id, { ...source, mirrors: source.mirrors!.filter((id) => id !== free.id) });
  return free;
}

/** Before it goes: what followed it stays as it is. */
export function splitAll(kv: Kv, volume: StoredVolume, nowMs: number): StoredVolume {
  for (const id of volume.mirrors ?? []) split(kv, volumes.need(kv, id), nowMs);
  return volumes.need(kv, volume.id);
}
