import { describe, expect, it } from 'vitest';
import type { BlockArray, CallContext, Page } from '../../../src/engine/driver/contract.ts';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import { observeSystem } from '../../../src/engine/observe/read-system.ts';
import { NOTHING_KNOWN } from '../../../src/engine/observe/trust.ts';
import { maskSeen, volumeSeen } from './support.ts';

type Readers = Pick<BlockArray, 'identify' | 'listPools' | 'listPorts' | 'listVolumes' | 'listMasks'>;

const whole = <T>(...items: T[]): Page<T> => ({ items, complete: true });
const identity = {
  serialNumber: 'SN1',
  model: 'sim',
  firmwareVersion: '1',
  nativeGuid: 'SIM+SN1',
  supported: true,
};
const down = () => new DriverError({ class: 'transient', message: 'connection refused', hint: 'is it running?' });

/** Reads only: anything else that is called throws, as it isn't there. */
function arrayWith(readers: Partial<Readers>): BlockArray {
  return {
    identify: async () => identity,
    listPools: async () => whole(),
    listPorts: async () => whole(),
    listVolumes: async () => whole(volumeSeen(1)),
    listMasks: async () => whole(maskSeen([1])),
    ...readers,
  } as Readers as BlockArray;
}

function context(more: Partial<CallContext> = {}): CallContext {
  return {
    nowMs: () => 1_000,
    deadlineMs: 2_000,
    signal: new AbortController().signal,
    log: { debug: () => {} },
    ...more,
  };
}

const observe = (readers: Partial<Readers>, ctx = context(), known = NOTHING_KNOWN) =>
  observeSystem({ array: arrayWith(readers), ctx, known });

describe('reading a storage system', () => {
  it('is whole when every collection was read to its end', async () => {
    const seen = await observe({});
    expect(seen).toMatchObject({ observedAtMs: 1_000, trust: { level: 'whole', why: '' }, identity });
    expect([seen.volumes.length, seen.masks.length]).toEqual([1, 1]);
  });

  it('follows pages to the last one', async () => {
    const pages: Record<string, Page<ReturnType<typeof volumeSeen>>> = {
      first: { items: [volumeSeen(1)], complete: true, next: 'second' },
      second: { items: [volumeSeen(2)], complete: true, next: 'third' },
      third: whole(volumeSeen(3)),
    };
    const seen = await observe({ listVolumes: async (_ctx, page) => pages[page ?? 'first']! });
    expect(seen.trust.level).toBe('whole');
    expect(seen.volumes.map(({ nativeId }) => nativeId)).toEqual(['vol-1', 'vol-2', 'vol-3']);
  });

  it('is unreachable when the device does not answer at all, and says why', async () => {
    const seen = await observe({ identify: () => Promise.reject(down()) });
    expect(seen.trust).toEqual({ level: 'unreachable', why: 'connection refused (is it running?)' });
    expect(seen.identity).toBeUndefined();
    expect(seen.volumes).toEqual([]);
  });

  it('is unreachable when it identifies itself and then shows nothing', async () => {
    const refuse = () => Promise.reject(down());
    const seen = await observe({ listPools: refuse, listPorts: refuse, listVolumes: refuse, listMasks: refuse });
    expect(seen.trust.level).toBe('unreachable');
  });

  it('is partial when one collection fails, and keeps what was read of it', async () => {
    const seen = await observe({
      listVolumes: (_ctx, page) =>
        page ? Promise.reject(down()) : Promise.resolve({ items: [volumeSeen(1)], complete: true, next: 'second' }),
    });
    expect(seen.trust).toEqual({
      level: 'partial',
      why: 'volumes not read whole: connection refused (is it running?)',
    });
    expect(seen.volumes).toHaveLength(1);
    expect(seen.masks).toHaveLength(1);
  });

  it('is partial when the device says that it does not show all', async () => {
    const seen = await observe({ listMasks: async () => ({ items: [], complete: false }) });
    expect(seen.trust).toEqual({ level: 'partial', why: 'masks not read whole: the device does not show all of them' });
  });

  it('is partial when an object is listed twice: the collection moved while it was read', async () => {
    const seen = await observe({
      listVolumes: async (_ctx, page) =>
        page ? whole(volumeSeen(1)) : { items: [volumeSeen(1)], complete: true, next: 'second' },
    });
    expect(seen.trust.why).toContain('vol-1 was listed twice');
    expect(seen.volumes).toHaveLength(1);
  });

  it('ends on a device that goes in circles', async () => {
    const seen = await observe({
      listPools: async () => ({ items: [], complete: true, next: 'again' }),
    });
    expect(seen.trust).toEqual({ level: 'partial', why: 'pools not read whole: the listing does not end' });
  });

  it('ends on a device that always has another page', async () => {
    let calls = 0;
    const seen = await observe({ listPorts: async () => ({ items: [], complete: true, next: `page-${++calls}` }) });
    expect(seen.trust.why).toContain('ports not read whole: the listing does not end');
    expect(calls).toBe(10_000);
  });

  it('calls nothing more when its time is over', async () => {
    let nowMs = 1_000;
    let masksAsked = false;
    const ctx = context({ nowMs: () => nowMs });
    const seen = await observe(
      {
        listVolumes: async () => {
          nowMs = 2_000;
          return whole(volumeSeen(1));
        },
        listMasks: async () => {
          masksAsked = true;
          return whole();
        },
      },
      ctx,
    );
    expect(masksAsked).toBe(false);
    expect(seen.trust).toEqual({ level: 'partial', why: 'masks not read whole: no time left' });
    expect(seen.observedAtMs).toBe(1_000);
  });

  it('judges what vanished against what is known', async () => {
    const known = { volumes: ['vol-1', 'vol-2', 'vol-3', 'vol-4', 'vol-5'], masks: ['mask-1'] };
    const seen = await observe({}, context(), known);
    expect(seen.trust.level).toBe('untrusted');
    expect(seen.trust.why).toContain('4 of 5 known volumes');
  });

  it("throws bugs and the caller's abort, never takes them for a device that is down", async () => {
    await expect(observe({ listPorts: () => Promise.reject(new TypeError('bug')) })).rejects.toThrow(TypeError);
    const abort = new AbortController();
    const readers = {
      listPorts: () => {
        abort.abort(new Error('interrupted'));
        return Promise.reject(down());
      },
    };
    await expect(observe(readers, context({ signal: abort.signal }))).rejects.toThrow('interrupted');
  });
});
