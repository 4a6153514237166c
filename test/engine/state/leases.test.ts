/** Processes: registration, loss of the lease, and who is dead. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { keys } from '../../../src/engine/state/keys.ts';
import {
  decodeHolder,
  isHolderDead,
  liveProcesses,
  type ProcessHost,
  registerProcess,
} from '../../../src/engine/state/leases.ts';
import { currentProcessHost } from '../../../src/engine/state/lmdb/host-identity.ts';
import { LeaseLostError, type StateStore, StoreDamagedError, StoreError } from '../../../src/engine/state/store.ts';
import { environment } from './fixtures.ts';

const identity = { host: 'h1', bootId: 'b1', pidNamespace: 'n1', pid: 7, startTime: '100' };
const hostWith = (running: Record<number, string>): ProcessHost => ({
  process: identity,
  startTimeOf: (pid) => running[pid],
});
const settle = () => new Promise((resolve) => setImmediate(resolve));

async function registered(change: (store: StateStore) => StateStore = (store) => store) {
  const env = environment();
  const options = { ...env, host: hostWith({}), installation: 'i1', ttlMs: 10_000, renewMs: 3_000 };
  return { ...env, options, registration: await registerProcess(change(env.store), options) };
}

describe('a registered process', () => {
  it('is known with who and where it is, for as long as it renews', async () => {
    const { store, clock, registration, actor } = await registered();
    expect(await liveProcesses(store)).toEqual([{ ...identity, id: registration.id, installation: 'i1', actor }]);
    expect(registration.leaseDeadlineMs()).toBe(clock.nowMs() + 10_000);
    for (let round = 0; round < 10; round++) {
      clock.advance(3_000);
      await settle();
    }
    expect(registration.leaseDeadlineMs()).toBe(clock.nowMs() + 10_000);
    expect(await liveProcesses(store)).toHaveLength(1);
    expect(registration.signal.aborted).toBe(false);
  });

  it('is gone at once when it closes, without its signal', async () => {
    const { store, clock, registration } = await registered();
    await registration.close();
    expect(await liveProcesses(store)).toEqual([]);
    clock.advance(60_000);
    await settle();
    expect(registration.signal.aborted).toBe(false);
  });

  it('is told when it stood still past the end of its lease', async () => {
    const { store, clock, registration } = await registered();
    let reason: unknown;
    registration.signal.addEventListener('abort', () => {
      reason = registration.signal.reason;
    });
    clock.advance(10_000);
    expect(reason).toBeInstanceOf(LeaseLostError);
    expect(registration.leaseDeadlineMs()).toBeLessThanOrEqual(clock.nowMs());
    expect(await liveProcesses(store)).toEqual([]);
    await registration.close();
  });

  it('is told when the store has forgotten its lease', async () => {
    const { store, clock, registration } = await registered((inner) => ({
      ...inner,
      grantLease: async (ttlMs) => {
        const lease = await inner.grantLease(ttlMs);
        return {
          id: lease.id,
          ttlMs,
          expiresAtMs: lease.expiresAtMs,
          renew: () => Promise.reject(new LeaseLostError('gone')),
          revoke: lease.revoke,
        };
      },
    }));
    clock.advance(3_000);
    await settle();
    expect(registration.signal.aborted).toBe(true);
    expect(await store.get(keys.process(registration.id))).toBeDefined();
  });

  it('bears a store that fails for a while, but not past the end of its lease', async () => {
    let failing = true;
    const flaky = await registered((inner) => ({
      ...inner,
      grantLease: async (ttlMs) => {
        const lease = await inner.grantLease(ttlMs);
        const renew = () => (failing ? Promise.reject(new StoreError('down', { unknown: true })) : lease.renew());
        return Object.create(lease, { renew: { value: renew } }) as typeof lease;
      },
    }));
    const tick = async () => {
      flaky.clock.advance(3_000);
      await settle();
    };
    await tick();
    await tick();
    failing = false;
    await tick();
    failing = true;
    // 9 s after the renewal that worked: a second before its end.
    for (let round = 0; round < 3; round++) await tick();
    expect(flaky.registration.signal.aborted).toBe(false);
    await tick();
    expect(flaky.registration.signal.aborted).toBe(true);
  });

  it('is refused as damaged when its entry is not readable', () => {
    const item = { key: 'p/x', value: '{}', createRevision: 1, modRevision: 1 };
    expect(() => decodeHolder(item)).toThrow(StoreDamagedError);
  });
});

describe('whether a holder is dead', () => {
  const holder = { ...identity, pid: 42, startTime: '500' };

  it('is certain on the same boot and pid namespace', () => {
    expect(isHolderDead(holder, hostWith({ 42: '500' }))).toBe('alive');
    expect(isHolderDead(holder, hostWith({}))).toBe('dead');
    expect(isHolderDead(holder, hostWith({ 42: '501' }))).toBe('dead');
  });

  it('is unknown from anywhere else, and where there is no /proc', () => {
    for (const change of [{ host: 'h2' }, { bootId: 'b2' }, { pidNamespace: 'n2' }, { startTime: 'unknown' }]) {
      expect(isHolderDead({ ...holder, ...change }, hostWith({}))).toBe('unknown');
    }
    const blind: ProcessHost = { process: { ...identity, bootId: 'unknown' }, startTimeOf: () => undefined };
    expect(isHolderDead({ ...holder, bootId: 'unknown' }, blind)).toBe('unknown');
  });

  it('is right about real processes', async () => {
    const self = currentProcessHost();
    expect(isHolderDead(self.process, self)).toBe('alive');
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const startTime = self.startTimeOf(child.pid!);
    expect(startTime).toMatch(/^\d+$/);
    const other = { ...self.process, pid: child.pid!, startTime: startTime! };
    expect(isHolderDead(other, self)).toBe('alive');
    expect(isHolderDead({ ...other, startTime: '1' }, self)).toBe('dead');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isHolderDead(other, self)).toBe('dead');
  });
});
