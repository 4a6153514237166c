import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import {
  byNativeId,
  type OwnershipBasis,
  ownershipOfMask,
  ownershipOfVolume,
} from '../../../src/engine/observe/ownership.ts';
import {
  EPOCH,
  foreignVolume,
  INSTALLATION,
  mark,
  maskRecord,
  maskSeen,
  urn,
  volumeRecord,
  volumeSeen,
  wwn,
} from './support.ts';

const basis = (records: readonly ResourceRecord[], more: Partial<OwnershipBasis> = {}): OwnershipBasis => ({
  installation: INSTALLATION,
  epoch: EPOCH,
  ownershipMark: 'tag',
  records: byNativeId(records),
  ...more,
});
const recorded = basis([volumeRecord(1), volumeRecord(2)]);
const withoutMark = (n: number) => {
  const { mark: _mark, ...rest } = volumeSeen(n);
  return rest;
};

describe('whose a volume is', () => {
  it('is ours when record, identity and mark agree', () => {
    expect(ownershipOfVolume(volumeSeen(1), recorded)).toEqual({ ownership: 'ours', why: '' });
  });

  it('is ours with a mark of an earlier epoch, and whatever the case of its WWN', () => {
    const volume = volumeSeen(1, { mark: mark(urn('volume', 1), 'vol-1', EPOCH - 1), wwn: wwn(1).toUpperCase() });
    expect(ownershipOfVolume(volume, recorded).ownership).toBe('ours');
  });

  it('is an orphan without a live record, or when another record has its native id', () => {
    expect(ownershipOfVolume(volumeSeen(7), recorded).ownership).toBe('orphan');
    expect(ownershipOfVolume(volumeSeen(1), basis([volumeRecord(1, 'deleted')])).ownership).toBe('orphan');
    const swapped = volumeSeen(1, { mark: mark(urn('volume', 2), 'vol-1') });
    expect(ownershipOfVolume(swapped, recorded).ownership).toBe('orphan');
    const moved = volumeSeen(1, { nativeId: 'vol-99', mark: mark(urn('volume', 1), 'vol-99') });
    expect(ownershipOfVolume(moved, recorded).ownership).toBe('orphan');
  });

  it('is not ours with another WWN, or when it shows none', () => {
    const other = ownershipOfVolume(volumeSeen(1, { wwn: wwn(77) }), recorded);
    expect(other.ownership).toBe('orphan');
    expect(other.why).toContain(wwn(77));
    const { wwn: _wwn, ...silent } = volumeSeen(1);
    expect(ownershipOfVolume(silent, recorded).ownership).toBe('orphan');
  });

  it("is another installation's, even if it is recorded here", () => {
    const volume = volumeSeen(1, { mark: mark(urn('volume', 1), 'vol-1', EPOCH, 'installation-2') });
    expect(ownershipOfVolume(volume, recorded).ownership).toBe('other-installation');
  });

  it('tells that the state is old when the mark is of a later epoch', () => {
    const volume = volumeSeen(1, { mark: mark(urn('volume', 1), 'vol-1', EPOCH + 1) });
    expect(ownershipOfVolume(volume, recorded).ownership).toBe('state-is-old');
  });

  it('is foreign when its mark was copied from another volume', () => {
    const copyOfKnown = volumeSeen(1, { nativeId: 'vol-9' });
    const byWwn = volumeSeen(1, { nativeId: 'vol-9', wwn: wwn(9), mark: mark(urn('volume', 1), wwn(1)) });
    const blank = volumeSeen(1, { mark: mark(urn('volume', 1), '') });
    for (const volume of [copyOfKnown, byWwn, blank]) {
      expect(ownershipOfVolume(volume, recorded).ownership).toBe('unmarked');
    }
  });

  it("accepts a native identity in the driver's own form", () => {
    const volume = volumeSeen(1, { mark: mark(urn('volume', 1), 'vol-1@filesystem-7') });
    expect(ownershipOfVolume(volume, recorded).ownership).toBe('ours');
  });

  it('is not ours without a mark, recorded or not, where the device can keep one', () => {
    expect(ownershipOfVolume(foreignVolume('x'), recorded).ownership).toBe('unmarked');
    for (const ownershipMark of ['tag', 'comment'] as const) {
      expect(ownershipOfVolume(withoutMark(1), { ...recorded, ownershipMark }).ownership).toBe('unmarked');
    }
  });

  it('goes by record, identity and name where the device can keep no mark', () => {
    for (const ownershipMark of ['name', 'none'] as const) {
      const weak = { ...recorded, ownershipMark };
      expect(ownershipOfVolume(withoutMark(1), weak).ownership).toBe('ours');
      expect(ownershipOfVolume({ ...withoutMark(1), wwn: wwn(5) }, weak).ownership).toBe('unmarked');
      expect(ownershipOfVolume({ ...withoutMark(1), name: 'renamed' }, weak).ownership).toBe('unmarked');
      expect(ownershipOfVolume(foreignVolume('x'), weak).ownership).toBe('unmarked');
    }
  });

  it('is not ours when the record it is looked up by has another native id', () => {
    const mixedUp = { ...recorded, records: new Map([['vol-1', volumeRecord(2)]]) };
    const volume = volumeSeen(2, { nativeId: 'vol-1', mark: mark(urn('volume', 2), 'vol-1') });
    expect(ownershipOfVolume(volume, mixedUp).ownership).toBe('orphan');
  });

  it('is ours only if every single fact agrees', () => {
    fc.assert(
      fc.property(
        fc.record({
          nativeId: fc.constantFrom('vol-1', 'vol-2', 'vol-9'),
          number: fc.constantFrom(1, 2),
          wwnOf: fc.constantFrom(1, 2),
          installation: fc.constantFrom(INSTALLATION, 'installation-2'),
          epoch: fc.integer({ min: 1, max: EPOCH + 2 }),
        }),
        ({ nativeId, number, wwnOf, installation, epoch }) => {
          const volume = volumeSeen(1, {
            nativeId,
            wwn: wwn(wwnOf),
            mark: mark(urn('volume', number), nativeId, epoch, installation),
          });
          const agree =
            nativeId === `vol-${number}` && wwnOf === number && installation === INSTALLATION && epoch <= EPOCH;
          expect(ownershipOfVolume(volume, recorded).ownership === 'ours').toBe(agree);
        },
      ),
    );
  });
});

describe('whose a mask is', () => {
  const masks = basis([maskRecord()]);

  it('is ours when the recorded native id carries its mark', () => {
    expect(ownershipOfMask(maskSeen([]), masks).ownership).toBe('ours');
  });

  it('is not ours under another native id or without mark', () => {
    const moved = maskSeen([], { nativeId: 'mask-2', mark: mark(urn('exportMask', 1), 'mask-2') });
    expect(ownershipOfMask(moved, masks).ownership).toBe('orphan');
    const { mark: _mark, ...bare } = maskSeen([]);
    expect(ownershipOfMask(bare, masks).ownership).toBe('unmarked');
  });
});
