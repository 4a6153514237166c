/**
 * Randomness of a simulation. Every part of it (a process, an array, a person) has a stream of its own, forked by name, so
 * that taking one part away leaves the dice of the others as they were: that is what makes shrinking work.
 */
import type { Random } from '../../../src/lib/random.ts';

/** FNV-1a over the label, mixed with the parent's seed. */
function mix(seed: number, label: string): number {
  let hash = (seed ^ 0x811c9dc5) >>> 0;
  for (let index = 0; index < label.length; index++) {
    hash = Math.imul(hash ^ label.charCodeAt(index), 0x01000193) >>> 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  return (hash ^ (hash >>> 13)) >>> 0;
}

export interface Span {
  readonly min: number;
  readonly max: number;
}

export class Rng implements Random {
  readonly #seed: number;
  #state: number;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
    this.#state = seed >>> 0;
  }

  fork(label: string): Rng {
    return new Rng(mix(this.#seed, label));
  }

  /** In [0, 1): mulberry32. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => Math.floor(this.fraction() * 256));
  }

  chance(probability: number): boolean {
    // Drawn even when it can't be: a rate that is set to 0 shifts nothing else.
    return this.fraction() < probability;
  }

  /** Both ends included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  /** Mostly near the lower end, now and then far out, as latencies are. */
  skewed({ min, max }: Span): number {
    return Math.round(min + (max - min) * this.fraction() ** 3);
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.fraction() * items.length)] as T;
  }

  /** A key by its weight; undefined when all weights are 0. */
  weighted<K extends string>(weights: Readonly<Partial<Record<K, number>>>): K | undefined {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.fraction() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      if (weight > 0 && (left -= weight) < 0) return key;
    }
    return undefined;
  }
}

export type Rates<K extends string> = Readonly<Partial<Record<K, number>>>;

export function some<K extends string>(
  rng: Rng,
  all: readonly K[],
  share: number,
  rate: (kind: K) => number,
): Partial<Record<K, number>> {
  const chosen: Partial<Record<K, number>> = {};
  for (const kind of all) {
    const value = rate(kind);
    if (rng.chance(share)) chosen[kind] = value;
  }
  return chosen;
}

/** Between the two, evenly on a logarithmic scale. */
export const spread = (rng: Rng, low: number, high: number) => low * (high / low) ** rng.fraction();
