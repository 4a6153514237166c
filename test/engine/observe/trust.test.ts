import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeTrust, knownObjects, onSystems } from '../../../src/engine/observe/trust.ts';
import { exported, maskSeen, observation, SYSTEM, urn, viewOf, volumeRecord, volumeSeen } from './support.ts';

const ids = (count: number, word = 'vol') => Array.from({ length: count }, (_, i) => `${word}-${i}`);
const seen = (volumes: readonly string[], masks: readonly string[] = []) =>
  observation({
    volumes: volumes.map((nativeId) => volumeSeen(1, { nativeId })),
    masks: masks.map((nativeId) => maskSeen([], { nativeId })),
  });

describe('how far an observation is believed', () => {
  it('is whole while everything known is there', () => {
    expect(judgeTrust(seen(ids(100)), { volumes: ids(100), masks: [] })).toEqual({ level: 'whole', why: '' });
  });

  it('believes that three objects vanished, however few there were', () => {
    expect(judgeTrust(seen([]), { volumes: ids(3), masks: [] }).level).toBe('whole');
  });

  it('does not believe that all of more than three volumes vanished', () => {
    expect(judgeTrust(seen([]), { volumes: ids(4), masks: [] })).toEqual({
      level: 'untrusted',
      why: '4 of 4 known volumes are not there any more, too many to be believed',
    });
  });

  it('does not believe that all masks vanished, though they are few among many volumes', () => {
    const trust = judgeTrust(seen(ids(1_000)), { volumes: ids(1_000), masks: ids(4, 'mask') });
    expect(trust.level).toBe('untrusted');
    expect(trust.why).toContain('4 of 4 known masks');
  });

  it('counts volumes and masks together', () => {
    const known = { volumes: ids(20), masks: ids(20, 'mask') };
    const trust = judgeTrust(seen(ids(18), ids(18, 'mask')), known);
    expect(trust.why).toContain('2 of 20 known volumes and 2 of 20 known masks');
  });

  it('believes more than three when they are no more than 5 % of the known', () => {
    expect(judgeTrust(seen(ids(95)), { volumes: ids(100), masks: [] }).level).toBe('whole');
    expect(judgeTrust(seen(ids(94)), { volumes: ids(100), masks: [] }).level).toBe('untrusted');
  });

  it('never lifts what was less than whole', () => {
    for (const level of ['partial', 'unreachable'] as const) {
      const trust = { level, why: 'volumes not read whole' };
      expect(judgeTrust({ ...seen([]), trust }, { volumes: ids(50), masks: [] })).toEqual(trust);
    }
  });

  it('is untrusted by exactly the rule, for all counts', () => {
    fc.assert(
      fc.property(fc.nat(120), fc.nat(120), fc.nat(120), fc.nat(120), (volumes, masks, lostVolumes, lostMasks) => {
        const lost = [Math.min(volumes, lostVolumes), Math.min(masks, lostMasks)] as const;
        const observed = seen(ids(volumes - lost[0]), ids(masks - lost[1], 'mask'));
        const { level } = judgeTrust(observed, { volumes: ids(volumes), masks: ids(masks, 'mask') });
        const gone = lost[0] + lost[1];
        const expected =
          (gone > 3 && gone * 20 > volumes + masks) ||
          (volumes > 3 && lost[0] === volumes) ||
          (masks > 3 && lost[1] === masks);
        expect(level).toBe(expected ? 'untrusted' : 'whole');
      }),
    );
  });
});

describe('what must be there', () => {
  it('is what has a native object on that system and is not being removed', () => {
    const elsewhere = volumeRecord(5, 'ready', urn('storageSystem', 2));
    const { device: _device, ...notMade } = volumeRecord(6).status;
    const records = [
      ...exported([1]),
      volumeRecord(2, 'quarantined'),
      volumeRecord(3, 'deleting'),
      volumeRecord(4, 'deleted'),
      elsewhere,
      { ...volumeRecord(6), status: notMade },
    ];
    expect(knownObjects(onSystems(viewOf(records)), SYSTEM)).toEqual({
      volumes: ['vol-1', 'vol-2'],
      masks: ['mask-1'],
    });
  });
});
