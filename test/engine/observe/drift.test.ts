import { describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { countVolumes, findDrift } from '../../../src/engine/observe/drift.ts';
import type { DriftRequest } from '../../../src/engine/observe/drift-context.ts';
import type { DriverFacts, SystemObservation } from '../../../src/engine/observe/observation.ts';
import {
  DRIVER,
  EPOCH,
  exported,
  foreignVolume,
  GIB,
  INITIATORS,
  INSTALLATION,
  lunMapRecord,
  mark,
  maskRecord,
  maskSeen,
  observation,
  PROJECT,
  record,
  SYSTEM,
  urn,
  viewOf,
  volumeRecord,
  volumeSeen,
  wwn,
} from './support.ts';

function request(
  records: readonly ResourceRecord[],
  seen: Partial<SystemObservation>,
  driver: Partial<DriverFacts> = {},
): DriftRequest {
  return {
    view: viewOf(records),
    observed: new Map([['array-1', { observation: observation(seen), driver: { ...DRIVER, ...driver } }]]),
    systems: [{ name: 'Array-1', urn: SYSTEM }],
    installation: INSTALLATION,
    epoch: EPOCH,
  };
}
const drift = (...args: Parameters<typeof request>) => findDrift(request(...args));
/** Class, address and summary: what people see first. */
const lines = (...args: Parameters<typeof request>) =>
  drift(...args).map((item) => `${item.class} ${item.address}: ${item.summary}`);

const healthy = { volumes: [volumeSeen(1), volumeSeen(2)], masks: [maskSeen([1, 2])] };

describe('drift of volumes', () => {
  it('is nothing when record and device agree', () => {
    expect(drift(exported([1, 2]), healthy)).toEqual([]);
  });

  it('tells a missing volume once, with the facts to look for it, and not its mapping again', () => {
    const items = drift(exported([1, 2]), { volumes: [volumeSeen(1)], masks: [maskSeen([1])] });
    expect(items).toEqual([
      {
        class: 'missing',
        address: 'databases/volume.data-2',
        urn: urn('volume', 2),
        system: 'Array-1',
        summary: 'volume label-2 (vol-2) is not on Array-1 any more: its data are gone or elsewhere',
        recorded: { nativeId: 'vol-2', label: 'label-2', wwn: wwn(2), sizeBytes: 10 * GIB },
      },
    ]);
  });

  it('tells no absence on the strength of an observation that is not whole', () => {
    for (const level of ['partial', 'untrusted', 'unreachable'] as const) {
      const seen = { volumes: [volumeSeen(1, { sizeBytes: GIB })], trust: { level, why: 'x' } };
      expect(lines(exported([1, 2]), seen)).toEqual([
        'managed databases/volume.data-1: volume label-1 (vol-1) on Array-1 has 1 GiB, recorded are 10 GiB',
      ]);
    }
  });

  it('tells a changed size as managed and a changed name as cosmetic', () => {
    const seen = { ...healthy, volumes: [volumeSeen(1, { name: 'theirs', sizeBytes: 20 * GIB }), volumeSeen(2)] };
    expect(lines(exported([1, 2]), seen)).toEqual([
      'managed databases/volume.data-1: volume theirs (vol-1) on Array-1 has 20 GiB, recorded are 10 GiB',
      'cosmetic databases/volume.data-1: volume theirs (vol-1) on Array-1 was renamed from label-1',
    ]);
  });

  it('tells another identity, and a duplicate when something else shows the same one', () => {
    const changed = { ...healthy, volumes: [volumeSeen(1, { wwn: wwn(50) }), volumeSeen(2)] };
    expect(drift(exported([1, 2]), changed)).toMatchObject([
      { class: 'managed', recorded: { wwn: wwn(1) }, observed: { wwn: wwn(50) } },
    ]);
    const taken = { ...healthy, volumes: [volumeSeen(1, { wwn: wwn(2) }), volumeSeen(2)] };
    expect(drift(exported([1, 2]), taken)).toMatchObject([
      { class: 'duplicate', address: 'databases/volume.data-1' },
      { class: 'duplicate', address: 'databases/volume.data-2' },
    ]);
  });

  it('finds the same WWN on another storage system', () => {
    const base = request([volumeRecord(1)], { volumes: [volumeSeen(1)] });
    const elsewhere = { observation: observation({ volumes: [foreignVolume('z', { wwn: wwn(1) })] }), driver: DRIVER };
    const items = findDrift({
      ...base,
      observed: new Map([...base.observed, ['array-2', elsewhere]]),
      systems: [...base.systems, { name: 'array-2', urn: urn('storageSystem', 2) }],
    });
    expect(items.map((item) => [item.class, item.system])).toEqual([
      ['duplicate', 'Array-1'],
      ['foreign', 'array-2'],
    ]);
    expect(items[0]!.summary).toContain('same WWN as z on array-2');
  });

  it('tells when a volume of ours lost its mark or got another one', () => {
    const { mark: _mark, ...bare } = volumeSeen(1);
    const theirs = volumeSeen(2, { mark: mark(urn('volume', 2), 'vol-2', EPOCH, 'installation-2') });
    expect(lines([volumeRecord(1), volumeRecord(2)], { volumes: [bare, theirs] })).toEqual([
      'managed databases/volume.data-1: volume label-1 (vol-1) on Array-1 is not ours any more: it is recorded as data-1, but carries no mark of ours any more',
      'managed databases/volume.data-2: volume label-2 (vol-2) on Array-1 is not ours any more: it carries the mark of installation installation-2',
    ]);
  });

  it('takes a changed name for lost ownership where the name is the mark', () => {
    const { mark: _mark, ...bare } = volumeSeen(1, { name: 'other' });
    const items = drift([volumeRecord(1)], { volumes: [bare] }, { ownershipMark: 'name' });
    expect(items.map((item) => item.class)).toEqual(['managed']);
  });

  it('leaves alone what is being changed right now', () => {
    const records = [volumeRecord(1, 'deleting'), volumeRecord(2, 'updating'), volumeRecord(3, 'deleted')];
    expect(drift(records, { volumes: [volumeSeen(2, { sizeBytes: 11 * GIB })] })).toEqual([]);
    const { device: _device, ...status } = volumeRecord(4, 'creating').status;
    const halfMade = { ...volumeRecord(4), status };
    expect(drift([halfMade], { volumes: [volumeSeen(4)] })).toEqual([]);
  });

  it('watches quarantined volumes too', () => {
    expect(drift([volumeRecord(1, 'quarantined')], {})).toMatchObject([{ class: 'missing' }]);
  });
});

describe('drift of masks', () => {
  it('tells a missing mask once, under its export', () => {
    expect(lines(exported([1, 2]), { volumes: healthy.volumes })).toEqual([
      'managed databases/export.db: mask mask-label (mask-1) is not on Array-1 any more, with 2 mappings',
    ]);
  });

  it('names all exports that share the mask', () => {
    const other = urn('export', 2);
    const records = [
      ...exported([1]),
      record('export', 2, 'reports', { project: PROJECT }),
      volumeRecord(2),
      lunMapRecord(2, 'ready', other),
    ];
    const [item] = drift(records, { volumes: healthy.volumes });
    expect(item!.address).toBe('databases/export.db');
    expect(item!.summary).toContain('databases/export.reports uses it too');
  });

  it('shows a mask that serves no export under its host', () => {
    const records = exported([]);
    expect(drift(records, {})).toMatchObject([{ class: 'managed', address: 'databases/host.host-1' }]);
  });

  it('names the initiators that are missing and those that nobody recorded', () => {
    const seen = { ...healthy, masks: [maskSeen([1, 2], { initiators: [INITIATORS[0]!, 'iqn.x:intruder'] })] };
    const items = drift(exported([1, 2]), seen);
    expect(items.map(({ summary }) => summary)).toEqual([
      'mask mask-label (mask-1) on Array-1 admits iqn.x:intruder, not recorded',
      `mask mask-label (mask-1) on Array-1 does not admit ${INITIATORS[1]} any more`,
    ]);
    expect(items[0]!.recorded).toEqual({ initiators: INITIATORS });
  });

  it('expects only the iSCSI initiators of its own host', () => {
    const stray = [
      record('initiator', 8, '50:01:43:80', {
        host: maskRecord().spec.host,
        protocol: 'fc',
        portName: '50:01:43:80',
        network: urn('network', 1),
      }),
      record('initiator', 9, 'iqn.other', {
        host: urn('host', 2),
        protocol: 'iscsi',
        portName: 'iqn.other',
        network: urn('network', 1),
      }),
    ];
    expect(drift([...exported([1, 2]), ...stray], healthy)).toEqual([]);
  });

  it('tells mappings that are gone, moved, added or of another identity', () => {
    const mappings = [
      { hlu: 7, volume: 'vol-2', wwn: wwn(2) },
      { hlu: 3, volume: 'vol-3', wwn: wwn(99) },
      { hlu: 8, volume: 'theirs' },
      { hlu: 9, volume: 'vol-4', wwn: wwn(4) },
    ];
    const records = [...exported([1, 2, 3]), volumeRecord(4)];
    const volumes = [1, 2, 3, 4].map((n) => volumeSeen(n));
    expect(lines(records, { volumes, masks: [maskSeen([], { mappings })] })).toEqual([
      'managed databases/export.db: mask mask-label (mask-1) on Array-1 does not map volume label-1 (vol-1) at HLU 1 any more',
      'managed databases/export.db: mask mask-label (mask-1) on Array-1 maps volume label-2 (vol-2) at HLU 7, recorded is 2',
      'managed databases/export.db: mask mask-label (mask-1) on Array-1 maps volume label-4 (vol-4) at HLU 9, not recorded',
      'managed databases/export.db: mask mask-label (mask-1) on Array-1 shows another WWN than recorded for volume label-3 (vol-3) at HLU 3',
      'foreign databases/export.db: mask mask-label (mask-1) on Array-1 maps foreign volume theirs at HLU 8, not recorded',
    ]);
  });

  it('leaves alone mappings and initiators that are being changed right now', () => {
    const records = [
      ...exported([1, 2]).filter(({ kind }) => kind !== 'exportMask' && kind !== 'lunMap'),
      maskRecord('updating'),
      lunMapRecord(1, 'creating'),
      lunMapRecord(2, 'deleting'),
    ];
    expect(drift(records, { ...healthy, masks: [maskSeen([2], { initiators: [] })] })).toEqual([]);
  });
});

describe('what nobody recorded', () => {
  it('is foreign, and says when it carries our mark', () => {
    const seen = {
      volumes: [foreignVolume('x'), volumeSeen(7)],
      masks: [maskSeen([], { nativeId: 'mask-9', name: 'lost', mark: mark(urn('exportMask', 9), 'mask-9') })],
    };
    const items = drift([], seen);
    expect(items.map((item) => [item.class, item.address, item.system])).toEqual(
      Array.from({ length: 3 }, () => ['foreign', '', 'Array-1']),
    );
    expect(items.map(({ summary }) => summary)).toEqual([
      `mask lost (mask-9) on Array-1: it carries our mark (${urn('exportMask', 9)}) and is not recorded`,
      `volume label-7 (vol-7) on Array-1: it carries our mark (${urn('volume', 7)}) and is not recorded`,
      'volume theirs-x (x) on Array-1 is foreign: it carries no mark of ours',
    ]);
  });

  it('survives a mark that names nothing of this world', () => {
    const odd = volumeSeen(7, {
      mark: { installation: INSTALLATION, urn: 'nonsense', nativeIdentity: 'vol-7', epoch: 1 },
    });
    expect(drift([], { volumes: [odd] })).toMatchObject([{ class: 'foreign' }]);
  });

  it('says once that the device was written by a newer state', () => {
    const volumes = [1, 2, 3].map((n) => volumeSeen(n, { mark: mark(urn('volume', n), `vol-${n}`, EPOCH + 1) }));
    const items = drift([volumeRecord(1)], { volumes });
    expect(items).toMatchObject([{ class: 'managed', urn: SYSTEM, observed: { objects: 3 } }]);
    expect(items[0]!.summary).toContain('Array-1 was written by a newer state than this one');
    expect(items[0]!.summary).toContain('2 more');
  });
});

describe('the systems', () => {
  it('that were not observed have no drift', () => {
    expect(findDrift({ ...request(exported([1]), {}), observed: new Map() })).toEqual([]);
  });

  it('count only what is certainly ours as ours', () => {
    const volumes = [volumeSeen(1), volumeSeen(2, { wwn: wwn(9) }), volumeSeen(7), foreignVolume('x')];
    const counts = countVolumes(request([volumeRecord(1), volumeRecord(2)], { volumes }));
    expect(counts.get('Array-1')).toEqual({ ours: 1, foreign: 3 });
  });

  it('do not mix records: a volume of another system is not missing here', () => {
    expect(drift([volumeRecord(1, 'ready', urn('storageSystem', 2))], {})).toEqual([]);
  });
});
