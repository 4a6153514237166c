/** Auto-tiering policies and limits of host I/O: from the virtual pool to the storage system, and what differs later. */
import { describe, expect, it } from 'vitest';
import { codes, createEstate, type Estate, GIB, lines, TIB } from './estate.ts';
import { infrastructure, stack } from './texts.ts';

const MIB = 1024 ** 2;
const POLICIES = [
  { name: 'silver', provisioning: ['thin' as const] },
  { name: 'archive', provisioning: ['thick' as const] },
];
const TIERED = {
  name: 'fast',
  driveType: 'mixed',
  totalBytes: 10 * TIB,
  tiers: [
    { name: 'flash', driveType: 'ssd', totalBytes: TIB },
    { name: 'disk', driveType: 'hdd', totalBytes: 9 * TIB },
  ],
  tieringPolicies: POLICIES,
  ioLimits: true,
};
const estateOf = () =>
  createEstate({ arrays: [{ pools: [{ name: 'fast', totalBytes: 50 * TIB }] }, { pools: [TIERED] }] });
const estateText = (gold = '') =>
  infrastructure({ arrays: ['array-1', 'array-2'], clusters: {} }).replace(
    'provisioning: thin,',
    `provisioning: thin, ${gold}`,
  );
const SERVED = 'autoTieringPolicy: silver, hostIoLimits: { iops: 5000, bandwidth: 200MiB },';
const SERVICE = { tieringPolicy: 'silver', ioLimits: { iops: 5_000, bytesPerSecond: 200 * MIB } };

/** The one volume of the array, as the array shows it. */
function shown(estate: Estate, array = 'sim-2') {
  const [volume, ...more] = estate.show(array).volumes;
  expect(more).toEqual([]);
  return volume!;
}

describe('a volume of a virtual pool with a tiering policy and limits of host I/O', () => {
  it('has them on the storage system that offers them, and the next plan is empty', async () => {
    const estate = await estateOf();
    const texts = [estateText(SERVED), stack({ volumes: { data: null } })];
    await estate.applied(texts);
    expect(shown(estate)).toMatchObject(SERVICE);
    expect((await estate.record('volume', 'data')).record.status.device).toMatchObject(SERVICE);
    expect(lines(await estate.planned(texts))).toEqual([]);
  });

  it('keeps them when it grows and is mapped', async () => {
    const estate = await estateOf();
    await estate.applied([estateText(SERVED), stack({ volumes: { data: null } })]);
    const grown = stack({ volumes: { data: 'size: 20GiB' }, exports: { e: 'host: h1, volumes: [data]' } });
    await estate.applied([estateText(SERVED), grown]);
    expect(shown(estate)).toMatchObject({ ...SERVICE, sizeBytes: 20 * GIB });
    expect(lines(await estate.planned([estateText(SERVED), grown]))).toEqual([]);
  });

  it('is refused where no pool offers them, with what each pool has instead', async () => {
    const estate = await estateOf();
    const result = await estate.plan([estateText('autoTieringPolicy: gold,'), stack({ volumes: { data: null } })]);
    expect(codes(result)).toEqual(['COPRHD-PLACE-001']);
    expect(JSON.stringify(result.diagnostics)).toContain('silver');
    expect(estate.changes).toEqual([]);
  });

  it('goes by what the policy is for: one for thick volumes is none for thin ones', async () => {
    const estate = await estateOf();
    const result = await estate.plan([estateText('autoTieringPolicy: archive,'), stack({ volumes: { data: null } })]);
    expect(codes(result)).toEqual(['COPRHD-PLACE-001']);
  });

  it('may have the one without the other, and one limit without the other', async () => {
    const estate = await estateOf();
    await estate.applied([estateText('hostIoLimits: { bandwidth: 1GiB },'), stack({ volumes: { data: null } })]);
    const volume = shown(estate);
    expect(volume.ioLimits).toEqual({ bytesPerSecond: GIB });
    expect(volume.tieringPolicy).toBeUndefined();
  });

  it('has what it was made with: what the virtual pool says later is for volumes made later', async () => {
    const estate = await estateOf();
    await estate.applied([estateText(SERVED), stack({ volumes: { data: null } })]);
    const later = [
      estateText('autoTieringPolicy: silver, hostIoLimits: { iops: 9000 },'),
      stack({ volumes: { data: null, more: null } }),
    ];
    await estate.applied(later);
    const limits = estate.show('sim-2').volumes.map(({ ioLimits }) => ioLimits);
    expect(limits).toEqual([SERVICE.ioLimits, { iops: 9_000 }]);
    expect(lines(await estate.planned(later))).toEqual([]);
  });
});

describe('a policy or limit changed by hand', () => {
  it('is drift that says what it is and what it was, and nothing else is touched for it', async () => {
    const estate = await estateOf();
    const texts = [estateText(SERVED), stack({ volumes: { data: null } })];
    await estate.applied(texts);
    const { id } = shown(estate);
    const before = estate.changes.length;
    estate.edit({ edit: 'volume-service', volume: id, iops: 100 }, 'sim-2');
    const { items } = await estate.run('drift', {});
    expect(items).toMatchObject([
      {
        address: 's/volume.data',
        class: 'managed',
        recorded: SERVICE,
        observed: { ioLimits: { iops: 100 } },
      },
    ]);
    expect(items[0]!.summary).toContain('auto-tiering policy is none instead of silver');
    await estate.plan(texts);
    expect(estate.changes).toHaveLength(before);
  });
});

describe('taking over a volume by pattern', () => {
  it('fits only a virtual pool that gives volumes what it has', async () => {
    const estate = await estateOf();
    const name = 'theirs';
    estate.edit({ edit: 'add-volume', name, pool: 'fast', sizeBytes: GIB, provisioning: 'thin' }, 'sim-2');
    await estate.applied(estateText(SERVED));
    const found = () =>
      estate.run('import.match', {
        what: 'volumes',
        system: 'array-2',
        pattern: '*',
        stack: 'imported',
        project: 'p',
        virtualPool: 'gold',
        virtualArray: 'dc1',
      });
    const before = await found();
    expect(before.declared).toEqual([]);
    expect(before.skipped[0]!.why).toBe(
      'virtual pool gold gives volumes something else: its auto-tiering policy is none instead of silver',
    );
    const volume = shown(estate).id;
    estate.edit(
      { edit: 'volume-service', volume, tieringPolicy: 'silver', iops: 5_000, bytesPerSecond: 200 * MIB },
      'sim-2',
    );
    const { declared, yaml } = await found();
    expect(declared).toMatchObject([{ name }]);
    const texts = { 'imported.yaml': yaml!, 'infrastructure.yaml': estateText(SERVED) };
    await estate.applied(texts);
    expect((await estate.record('volume', name)).record.status.device).toMatchObject(SERVICE);
    expect(lines(await estate.planned(texts))).toEqual([]);
  });
});
