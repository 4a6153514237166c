/** Randomness as a capability (see clock.ts for why). */
import { randomBytes } from 'node:crypto';

export interface Random {
  bytes(count: number): Uint8Array;
  /** A float in [0, 1), for jitter. */
  fraction(): number;
}

const POOL_BYTES = 4_096;
const SMALL_BYTES_MAX = 16;
let pool = Buffer.alloc(0);

/** Ids are asked for by the thousand, and each call of the system costs as much as many of them. What is handed out is wiped. */
function small(count: number): Uint8Array {
  if (pool.length < count) pool = randomBytes(POOL_BYTES);
  const taken = Uint8Array.prototype.slice.call(pool, 0, count);
  pool.fill(0, 0, count);
  pool = pool.subarray(count);
  return taken;
}

export const systemRandom: Random = {
  bytes: (count) => (count <= SMALL_BYTES_MAX ? small(count) : randomBytes(count)),
  fraction: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
};

/** A random UUID, version 4, in canonical lower case. */
export function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** In canonical lower case, of any version. */
export const isUuid = (text: string): boolean => UUID.test(text);

/** Reproducible randomness for tests: mulberry32 over a seed. */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)),
    fraction: next,
  };
}
