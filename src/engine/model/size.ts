/** Sizes: binary units in files and output, exact bytes everywhere else. */
export type SizeBytes = number;

const UNITS: Record<string, number> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
  PiB: 1024 ** 5,
};
const DECIMAL = new Set(['KB', 'MB', 'GB', 'TB', 'PB', 'K', 'M', 'G', 'T', 'P', 'k', 'kB']);

export const SIZE_UNITS = Object.keys(UNITS);

export type SizeParse =
  | { ok: true; bytes: SizeBytes }
  | { ok: false; reason: 'decimal-unit'; suggestion: string }
  | { ok: false; reason: 'malformed' | 'not-whole-bytes' | 'too-large' | 'zero' };

/** `2TiB`, `1.5 GiB`, `512B`. A unit is required; decimal units are refused with the binary one to write instead. */
export function parseSize(text: string): SizeParse {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(text);
  if (!match) return { ok: false, reason: 'malformed' };
  const [, digits, unit] = match as unknown as [string, string, string];
  if (DECIMAL.has(unit)) {
    return { ok: false, reason: 'decimal-unit', suggestion: `${digits}${unit[0]!.toUpperCase()}iB` };
  }
  const factor = UNITS[unit];
  if (factor === undefined) return { ok: false, reason: 'malformed' };
  const bytes = Number(digits) * factor;
  if (bytes === 0) return { ok: false, reason: 'zero' };
  if (!Number.isSafeInteger(bytes))
    return { ok: false, reason: bytes > Number.MAX_SAFE_INTEGER ? 'too-large' : 'not-whole-bytes' };
  return { ok: true, bytes };
}

/** The shortest exact form if there is one with at most two decimals (`1.5 GiB`), else rounded to two decimals. */
export function formatSize(bytes: SizeBytes): string {
  const { value, unit } = inLargestUnit(bytes);
  return `${Number(value.toFixed(2))} ${unit}`;
}

/** The same, never rounded up: of what is left, where just a little is lacking. */
export function formatSizeLeft(bytes: SizeBytes): string {
  const { value, unit } = inLargestUnit(Math.max(0, bytes));
  // What is a hair below a hundredth by the arithmetic alone is that hundredth.
  return `${Math.floor(Number((value * 100).toFixed(9))) / 100} ${unit}`;
}

function inLargestUnit(bytes: SizeBytes): { readonly value: number; readonly unit: string } {
  const units = Object.entries(UNITS).reverse();
  const [unit, factor] = units.find(([, f]) => bytes >= f) ?? ['B', 1];
  return { value: bytes / factor, unit };
}

/** For plan files: exact, in the largest unit that divides it. `1GiB`, `1025B`. */
export function exactSize(bytes: SizeBytes): string {
  const [unit, factor] = Object.entries(UNITS)
    .reverse()
    .find(([, each]) => bytes > 0 && bytes % each === 0) ?? ['B', 1];
  return `${bytes / factor}${unit}`;
}

export function roundUp(bytes: SizeBytes, granularityBytes: number): SizeBytes {
  return Math.ceil(bytes / granularityBytes) * granularityBytes;
}

/** A fraction as people write it: `62.5 %`. */
export const formatPercent = (fraction: number): string => `${Number((fraction * 100).toFixed(1))} %`;
