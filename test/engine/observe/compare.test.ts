import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MaskObservation } from '../../../src/engine/driver/contract.ts';
import { compareMask, compareVolume } from '../../../src/engine/observe/compare.ts';
import { GIB, INITIATORS, lunMapRecord, maskRecord, maskSeen, volumeRecord, volumeSeen, wwn } from './support.ts';

describe('a volume against its device', () => {
  const record = volumeRecord(1);

  it('is the same', () => {
    expect(compareVolume(record, volumeSeen(1))).toMatchObject({ state: 'same', differences: [], why: '' });
  });

  it('is missing when it was not seen, or was never made', () => {
    expect(compareVolume(record, undefined).state).toBe('missing');
    const { device: _device, ...status } = record.status;
    expect(compareVolume({ ...record, status }, volumeSeen(1)).state).toBe('missing');
  });

  it('tells the worst difference and all of them', () => {
    const drift = compareVolume(record, volumeSeen(1, { wwn: wwn(9), sizeBytes: 12 * GIB, name: 'new' }));
    expect(drift.state).toBe('identity');
    expect(drift.differences).toEqual(['identity', 'size', 'renamed']);
    expect(drift).toMatchObject({ sizeBytes: 12 * GIB, label: 'new', wwn: wwn(9) });
    expect(compareVolume(record, volumeSeen(1, { sizeBytes: 12 * GIB })).state).toBe('size');
    expect(compareVolume(record, volumeSeen(1, { name: 'new' })).state).toBe('renamed');
  });

  it('may be larger than declared while its real size was not recorded', () => {
    const { provisionedBytes: _bytes, ...device } = record.status.device!;
    const unsized = { ...record, status: { ...record.status, device } };
    expect(compareVolume(unsized, volumeSeen(1, { sizeBytes: 10 * GIB + 1 })).state).toBe('same');
    expect(compareVolume(unsized, volumeSeen(1, { sizeBytes: 10 * GIB - 1 })).state).toBe('size');
  });
});

describe('a mask against its device', () => {
  const volumes = [1, 2, 3];
  const compare = (observation: MaskObservation | undefined, numbers = volumes) =>
    compareMask({
      mask: maskRecord(),
      lunMaps: numbers.map((n) => lunMapRecord(n)),
      volumesByUrn: new Map(numbers.map((n) => [volumeRecord(n).urn, volumeRecord(n)])),
      initiators: INITIATORS,
      observation,
    });
  const nothing = {
    missing: false,
    initiatorsMissing: [],
    initiatorsExtra: [],
    mappingsMissing: [],
    mappingsWrong: [],
    foreignMappings: [],
  };

  it('is the same, whatever the order and case', () => {
    const seen = maskSeen(volumes);
    expect(compare(seen)).toEqual(nothing);
    const shuffled = {
      ...seen,
      initiators: seen.initiators.map((name) => name.toUpperCase()).reverse(),
      mappings: [...seen.mappings].reverse(),
    };
    expect(compare(shuffled)).toEqual(nothing);
  });

  it('lacks everything when it is missing', () => {
    const drift = compare(undefined);
    expect(drift).toMatchObject({ missing: true, initiatorsMissing: INITIATORS, foreignMappings: [] });
    expect(drift.mappingsMissing).toHaveLength(3);
  });

  it('names initiators that are missing and those that are too many', () => {
    const drift = compare(maskSeen(volumes, { initiators: [INITIATORS[1]!, 'iqn.x:intruder'] }));
    expect(drift.initiatorsMissing).toEqual([INITIATORS[0]]);
    expect(drift.initiatorsExtra).toEqual(['iqn.x:intruder']);
  });

  it('finds a mapping at another HLU, with another identity, and none at all', () => {
    const drift = compare(
      maskSeen([], {
        mappings: [
          { hlu: 7, volume: 'vol-1', wwn: wwn(1) },
          { hlu: 2, volume: 'vol-2', wwn: wwn(99) },
        ],
      }),
    );
    expect(drift.mappingsWrong.map(({ lunMap, why }) => [lunMap.spec.hlu, why])).toEqual([
      [1, 'other-hlu'],
      [2, 'other-wwn'],
    ]);
    expect(drift.mappingsMissing.map(({ spec }) => spec.hlu)).toEqual([3]);
    expect(drift.foreignMappings).toEqual([]);
  });

  it('keeps apart what no record stands for: a foreign volume on our HLU, a second mapping of ours', () => {
    const taken = { hlu: 3, volume: 'theirs' };
    const second = { hlu: 9, volume: 'vol-1', wwn: wwn(1) };
    const drift = compare(maskSeen([], { mappings: [second, ...maskSeen([1, 2]).mappings, taken] }));
    expect(drift.mappingsMissing.map(({ spec }) => spec.hlu)).toEqual([3]);
    expect(drift.mappingsWrong).toEqual([]);
    expect(drift.foreignMappings).toEqual([second, taken]);
  });

  it('does not find an identity wrong that the device does not tell', () => {
    expect(compare(maskSeen([], { mappings: volumes.map((n) => ({ hlu: n, volume: `vol-${n}` })) }))).toEqual(nothing);
  });

  it('accounts for each record and each mapping exactly once', () => {
    const mapping = fc.record({
      hlu: fc.integer({ min: 1, max: 6 }),
      volume: fc.integer({ min: 1, max: 6 }).map((n) => `vol-${n}`),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 6 })),
        fc.uniqueArray(mapping, { selector: ({ hlu }) => hlu }),
        (numbers, mappings) => {
          const drift = compare(maskSeen([], { mappings }), numbers);
          const right = numbers.filter((n) => mappings.some((m) => m.hlu === n && m.volume === `vol-${n}`)).length;
          expect(right + drift.mappingsMissing.length + drift.mappingsWrong.length).toBe(numbers.length);
          expect(right + drift.mappingsWrong.length + drift.foreignMappings.length).toBe(mappings.length);
        },
      ),
    );
  });
});
