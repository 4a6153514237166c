/** What one process remembers of logins: who failed, who was looked up lately, how many hashes are being made. */
import { fail } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { StoredToken } from '../state/logins.ts';
import type { LocalUser } from '../tenancy/local-users.ts';
import type { Engine } from './engine.ts';
import { createLockout, type Lockout } from './lockout.ts';

interface Memory {
  readonly lockout: Lockout;
  /** By the hash of a token whose signature is right. */
  readonly checked: Map<string, { readonly user: LocalUser; readonly token: StoredToken; readonly atMs: number }>;
  /** Grows with whatever ends tokens: what was read before is not remembered after. */
  ended: number;
  hashing: number;
  key: string | undefined;
}

const memories = new WeakMap<Engine['store'], Memory>();

export function memoryOf({ store }: Engine): Memory {
  const found = memories.get(store) ?? {
    lockout: createLockout(),
    checked: new Map(),
    ended: 0,
    hashing: 0,
    key: undefined,
  };
  memories.set(store, found);
  return found;
}

export function forgetChecked(engine: Engine): void {
  const memory = memoryOf(engine);
  memory.ended++;
  memory.checked.clear();
}

/** Of an address with too many wrong ones nothing is looked at. `counts`: a right one is right. */
export async function guess(
  engine: Engine,
  address: string,
  isRight: () => Promise<boolean>,
  counts: boolean,
): Promise<boolean> {
  const { lockout } = memoryOf(engine);
  const nowMs = engine.clock.nowMs();
  const lockedUntilMs = lockout.lockedUntilMs(address, nowMs);
  if (lockedUntilMs !== undefined) {
    const minutes = Math.ceil((lockedUntilMs - nowMs) / 60_000);
    return refuse(`too many wrong passwords came from ${address}`, `try again in ${minutes} min`);
  }
  if (!lockout.begin(address, nowMs)) return tooMany();
  const right = await isRight().catch((error: unknown) => {
    lockout.dropped(address);
    throw error;
  });
  if (right && counts) lockout.succeeded(address);
  else lockout.failed(address, engine.clock.nowMs());
  return right && counts;
}

/** Each takes a core and 32 MiB for a moment: strangers can't have many at once. */
export async function slowly<T>(engine: Engine, work: () => Promise<T>): Promise<T> {
  const memory = memoryOf(engine);
  if (memory.hashing >= LIMITS.hashesAtOnceMax) return tooMany();
  memory.hashing++;
  try {
    return await work();
  } finally {
    memory.hashing--;
  }
}

const tooMany = (): never => refuse('too many logins at once', 'try again in a moment');

export function refuse(summary: string, fix = 'log in again'): never {
  return fail('error', { code: 'COPRHD-LOGIN-001', summary, fix });
}
