/** Numbers and names as text: sizes in binary units, durations, times, kinds. Used by every view, and pure. */
import { isoTime } from '../lib/clock.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `2 TiB`, `1.5 GiB`; rounded to two decimals. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number(value.toFixed(2))} ${UNITS[unit]}`;
}

/** `820 ms`, `3.2 s`, `3 min 40 s`, `2 h 5 min`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  const seconds = durationMs / 1000;
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const DAY_MS = 86_400_000;

/** For ages and forecasts, as exact as anybody wants them: `7 h`, `9 d`, `6 wk`, `7 mo`, `3 y`. */
export function formatSpan(durationMs: number): string {
  const days = Math.max(0, durationMs) / DAY_MS;
  if (days < 2) return `${Math.round(days * 24)} h`;
  if (days < 21) return `${Math.round(days)} d`;
  if (days < 70) return `${Math.round(days / 7)} wk`;
  return days < 730 ? `${Math.round(days / 30.44)} mo` : `${Math.round(days / 365.25)} y`;
}

export function formatAgo(timeMs: number, nowMs: number): string {
  const agoMs = nowMs - timeMs;
  return agoMs < 1000 ? 'just now' : `${formatDuration(Math.floor(agoMs / 1000) * 1000)} ago`;
}

const WORDS: Record<string, string> = { lunMap: 'LUN map' };

/** `storageSystem` as `storage system`; plural when the count isn't 1. */
export function kindWords(kind: string, count = 1): string {
  const singular = WORDS[kind] ?? kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return count === 1 ? singular : `${singular}s`;
}

export function plural(count: number, singular: string, many = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : many}`;
}

/** Any JSON value in one line, by the unit in its name: `sizeBytes` as a size, `observedAtMs` as a time. */
export function formatValue(name: string, value: unknown): string {
  if (value === undefined || value === null) return '-';
  if (typeof value === 'number') return formatNumber(name, value);
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : value.map((item) => formatValue(name, item)).join(', ');
  const parts = Object.entries(value as Record<string, unknown>).filter(([, inner]) => inner !== undefined);
  return parts.length === 0
    ? 'none'
    : parts.map(([key, inner]) => `${fieldWords(key)} ${formatValue(key, inner)}`).join(', ');
}

const SIZE_NAMES = new Set(['size', 'capacity']);

function formatNumber(name: string, value: number): string {
  if (/(?:Bytes|\.bytes)$/.test(name) || SIZE_NAMES.has(name)) return formatBytes(value);
  if (/AtMs$|untilMs$|sinceMs$/i.test(name)) return isoTime(value);
  if (/Ms$/.test(name)) return formatDuration(value);
  return String(value);
}

/** Field names as people say them: `sizeBytes` as `size`, `observedAtMs` as `observed at`; a path with a name in it as it is. */
export function fieldWords(name: string): string {
  if (name.endsWith('.bytes')) return name.slice(0, -'.bytes'.length);
  return name.replace(/(Bytes|Ms)$/, '').replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
