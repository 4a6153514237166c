import { describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { uuidOf } from '../../../src/engine/model/urn.ts';
import { poolAttributes } from '../../../src/engine/observe/attributes.ts';
import { actor, pool, port, recorder } from './recorder.ts';
import { foreignVolume, GIB, INSTALLATION, mark, observation, SYSTEM, urn, volumeSeen } from './support.ts';

describe('attributes of a pool', () => {
  it('sum the volumes of that pool, and apart those without our mark', () => {
    const seen = observation({
      pools: [pool('fast'), pool('slow')],
      volumes: [
        volumeSeen(1, { sizeBytes: 10 * GIB }),
        foreignVolume('x', { sizeBytes: 5 * GIB }),
        volumeSeen(2, { sizeBytes: 3 * GIB, mark: mark(urn('volume', 2), 'vol-2', 1, 'installation-2') }),
        volumeSeen(3, { sizeBytes: 7 * GIB, pool: 'slow' }),
      ],
    });
    expect(poolAttributes(seen, 'fast', INSTALLATION)).toMatchObject({
      name: 'FAST',
      subscribedBytes: 18 * GIB,
      foreignSubscribedBytes: 8 * GIB,
      observedAtMs: 1_000,
    });
    expect(poolAttributes(seen, 'slow', INSTALLATION)).toMatchObject({ subscribedBytes: 7 * GIB });
    expect(poolAttributes(seen, 'slow', 'installation-2')).toMatchObject({ foreignSubscribedBytes: 7 * GIB });
    expect(poolAttributes(seen, 'gone', INSTALLATION)).toBeUndefined();
  });
});

describe('what discovery writes', () => {
  it('is a record owned by the system for each new pool and port', () => {
    const { discover } = recorder();
    const [first, second, third] = discover({ pools: [pool('slow'), pool('fast')], ports: [port('p1')] });
    expect(first).toMatchObject({
      record: {
        kind: 'pool',
        name: 'FAST',
        owner: { type: 'engine', parent: SYSTEM },
        parent: SYSTEM,
        spec: { system: SYSTEM, nativeId: 'fast' },
        status: { phase: 'ready', sinceMs: 1_000 },
        policy: { protect: false, onRemove: 'delete' },
        createdBy: actor,
      },
      attributes: { totalBytes: 100 * GIB, usable: true },
      recordChanged: true,
    });
    expect(first!.previous).toBeUndefined();
    expect(second).toMatchObject({ record: { spec: { nativeId: 'slow' } } });
    expect(third).toMatchObject({
      record: { kind: 'port', spec: { transport: 'ip', address: '10.0.0.1:3260', haDomain: 'controller-a' } },
      attributes: { name: 'p1', status: 'up', observedAtMs: 1_000 },
    });
    expect(uuidOf(first!.record.urn)).not.toBe(uuidOf(second!.record.urn));
  });

  it('is nothing when only time went by', () => {
    const { discover } = recorder();
    discover({ pools: [pool('fast')], ports: [port('p1')] });
    expect(discover({ pools: [pool('fast')], ports: [port('p1')] }, 9_000)).toEqual([]);
  });

  it('is attributes only when free space changed, and keeps the record with its unknown fields', () => {
    const { discover, records } = recorder();
    const [made] = discover({ pools: [pool('fast')] });
    const { urn: id } = made!.record;
    const newer = { ...made!.record, spec: { ...made!.record.spec, later: 'field' } } as ResourceRecord;
    records.set(id, newer);
    const [write] = discover({ pools: [pool('fast', { freeBytes: GIB })] }, 2_000);
    expect(write).toMatchObject({ recordChanged: false, attributes: { freeBytes: GIB, observedAtMs: 2_000 } });
    expect(write!.record).toEqual(newer);
    expect(write!.previous?.record).toEqual(newer);
  });

  it('follows a port that moved', () => {
    const { discover } = recorder();
    discover({ ports: [port('p1')] });
    const [write] = discover({ ports: [port('p1', { address: '10.0.0.9:3260', status: 'down' })] });
    expect(write).toMatchObject({
      recordChanged: true,
      record: { spec: { address: '10.0.0.9:3260' } },
      attributes: { status: 'down' },
    });
  });

  it('keeps what is not reported any more, not visible since then, and takes it back when it comes again', () => {
    const { discover } = recorder();
    discover({ pools: [pool('fast')], ports: [port('p1')] });
    const writes = discover({}, 2_000);
    expect(writes).toMatchObject([
      {
        attributes: {
          ...{ usable: false, notVisibleSinceMs: 2_000, totalBytes: 100 * GIB },
          unusableWhy: 'NOTVISIBLE since 1970-01-01T00:00:02.000Z: not reported any more',
        },
        recordChanged: false,
      },
      { attributes: { status: 'down', notVisibleSinceMs: 2_000 }, recordChanged: false },
    ]);
    expect(discover({}, 3_000)).toEqual([]);
    const [back] = discover({ pools: [pool('fast')] }, 4_000);
    expect(back!.attributes).toMatchObject({ usable: true });
    expect(back!.attributes).not.toHaveProperty('unusableWhy');
    expect(back!.attributes).not.toHaveProperty('notVisibleSinceMs');
  });

  it('tells a port that was down before from one that is not there any more', () => {
    const { discover } = recorder();
    discover({ ports: [port('p1', { status: 'down' })] });
    expect(discover({}, 2_000)).toMatchObject([{ attributes: { status: 'down', notVisibleSinceMs: 2_000 } }]);
    expect(discover({ ports: [port('p1', { status: 'down' })] }, 3_000)[0]?.attributes).toEqual({
      ...{ name: 'p1', status: 'down', observedAtMs: 3_000 },
    });
  });

  it('takes nothing for gone, and no volume for gone from a pool, unless the observation is whole', () => {
    for (const level of ['partial', 'untrusted', 'unreachable'] as const) {
      const { discover } = recorder();
      discover({ pools: [pool('fast'), pool('slow')], ports: [port('p1')], volumes: [foreignVolume('x')] });
      const trust = { level, why: 'x' };
      expect(discover({ trust, pools: [pool('fast')] }, 2_000)).toEqual([]);
      const [fuller] = discover({ trust, pools: [pool('fast', { freeBytes: 0 })] }, 3_000);
      expect(fuller!.attributes).toMatchObject({
        freeBytes: 0,
        subscribedBytes: 10 * GIB,
        foreignSubscribedBytes: 10 * GIB,
      });
    }
  });
});
