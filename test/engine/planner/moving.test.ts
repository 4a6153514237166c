/** Another virtual pool or virtual array for a volume whose data stays where it is. */
import { describe, expect, it } from 'vitest';
import { changeOf, codes, createEstate, type Estate, lines, stepsOf } from './estate.ts';
import { createAnchoredEstate, fabricText } from './fabric-estate.ts';
import { infrastructure, stack } from './texts.ts';

const pool = (name: string, fields: string) =>
  `  ${name}: { type: block, virtualArrays: [dc1], paths: { min: 1, max: 2 }, ${fields} }\n`;
const POOLS = [
  pool('silver', 'protocols: [iscsi], provisioning: thin'),
  pool('fat', 'protocols: [iscsi], provisioning: thick'),
  pool('slow', 'protocols: [iscsi], provisioning: thin, driveType: hdd'),
  pool('fc', 'protocols: [fc], provisioning: thin'),
  pool('grouped', 'protocols: [iscsi], provisioning: thin, multiVolumeConsistency: true'),
].join('');
const infra = (more = '') =>
  infrastructure({ more })
    .replace('virtualPools:\n', `virtualPools:\n${POOLS}`)
    .replace(
      'virtualArrays:\n',
      'virtualArrays:\n  dc2: { networks: [san], storageSystems: [array-1] }\n  empty: { networks: [san], storageSystems: [] }\n',
    );
const plans = (volume: string, exports: Record<string, string> = {}, more = '') => [
  infra(more),
  stack({ volumes: { a: volume }, exports }),
];
const IN = (virtualPool: string) => `virtualPool: ${virtualPool}`;

const candidates = async (estate: Estate) => {
  const { volumes } = await estate.run('volume.candidates', { addresses: ['s/volume.a'] });
  return volumes[0]!;
};

describe('a volume', () => {
  it('moves to another virtual pool that its place fits, by its record alone, seen by its host all the while', async () => {
    const estate = await createEstate();
    const shown = { e: 'host: h1, volumes: [a]' };
    await estate.applied(plans(IN('gold'), shown));
    const before = JSON.stringify(estate.show());
    const plan = await estate.planned(plans(IN('silver'), shown));
    expect([lines(plan), stepsOf(plan, 's/volume.a')]).toEqual([['update s/volume.a'], []]);
    expect(changeOf(plan, 's/volume.a').fields).toEqual([{ field: 'virtualPool', before: 'gold', after: 'silver' }]);
    await estate.applied(plans(IN('silver'), shown));
    expect(JSON.stringify(estate.show())).toBe(before);
    expect(lines(await estate.planned(plans(IN('silver'), shown)))).toEqual([]);
  });

  it('moves and grows at once', async () => {
    const estate = await createEstate();
    await estate.applied(plans(IN('gold')));
    await estate.applied(plans('virtualPool: silver, size: 20GiB'));
    const { record } = await estate.record('volume', 'a');
    expect([record.spec.sizeBytes, record.status.device!.provisionedBytes]).toEqual([20 * 1024 ** 3, 20 * 1024 ** 3]);
  });

  it('takes its share of quotas along, and is refused where there is none left', async () => {
    const estate = await createEstate();
    const limited = infra()
      .replace('  gold: { type: block,', '  gold: { quota: 20GiB, type: block,')
      .replace('  silver: { type: block,', '  silver: { quota: 10GiB, type: block,');
    const on = (volumes: Record<string, string>) => [
      limited,
      stack({ volumes: Object.fromEntries(Object.entries(volumes).map(([name, pool]) => [name, IN(pool)])) }),
    ];
    await estate.applied(on({ a: 'gold', b: 'gold' }));
    await estate.applied(on({ a: 'silver', b: 'gold' }));
    expect(codes(await estate.plan(on({ a: 'silver', b: 'silver' })))).toEqual(['COPRHD-QUOTA-001']);
    // What it left is there for another, and no more than that.
    await estate.applied(on({ a: 'silver', b: 'gold', c: 'gold' }));
    expect(codes(await estate.plan(on({ a: 'silver', b: 'gold', c: 'gold', d: 'gold' })))).toEqual([
      'COPRHD-QUOTA-001',
    ]);
  });

  it('is told of each virtual pool and virtual array whether it can belong there, and why not; the plan says the same', async () => {
    const estate = await createEstate();
    await estate.applied(plans(IN('gold'), { e: 'host: h1, volumes: [a]' }));
    const { virtualPools, virtualArrays } = await candidates(estate);
    const said = Object.fromEntries(
      [...virtualPools, ...virtualArrays].map(({ name, why, current }) => [name, why ?? current]),
    );
    expect(said).toMatchObject({
      gold: true,
      silver: false,
      grouped: false,
      dc1: true,
      fat: 'it is thin, volumes of virtual pool fat are thick',
      thick: 'it is thin, volumes of virtual pool thick are thick',
      dc2: 'virtual pool gold is not in virtual array dc2',
    });
    expect(said.slow).toMatch(/^its pool fast has drive type .*, virtual pool slow wants hdd$/);
    expect(said.fc).toMatch(/fc/);
    for (const { name, why } of virtualPools) {
      const { plan, diagnostics } = await estate.plan(plans(IN(name), { e: 'host: h1, volumes: [a]' }));
      if (why === undefined) expect(plan).toBeDefined();
      else expect(diagnostics[0]?.summary).toBe(`s/volume.a can't change its virtualPool: ${why}`);
    }
  });

  it('stays with its project, and in its consistency group', async () => {
    const estate = await createEstate();
    const other = plans(IN('gold'), {}, '  other: {}\n');
    await estate.applied(other);
    const moved = [other[0]!, other[1]!.replace('project: p', 'project: other')];
    expect(codes(await estate.plan(moved))).not.toEqual([]);
    const grouped = (virtualPool: string) => [
      infra(),
      stack({
        stack: 'g',
        volumes: { v: `${IN(virtualPool)}, consistencyGroup: cg` },
        more: 'consistencyGroups: { cg: {} }',
      }),
    ];
    await estate.applied(grouped('grouped'));
    const { diagnostics } = await estate.plan(grouped('silver'));
    expect(diagnostics[0]?.summary).toContain('it is in consistency group cg, and virtual pool silver has no');
  });

  it('that a host sees over Fibre Channel is not moved to where that is not', async () => {
    const estate = await createAnchoredEstate();
    const text = fabricText()
      .replace(
        'virtualPools:\n',
        'virtualPools:\n  more: { type: block, protocols: [fc], provisioning: thin, paths: { min: 1, max: 2 }, virtualArrays: [dc1, half] }\n',
      )
      .replace('virtualArrays:\n', 'virtualArrays:\n  half: { networks: [net-a], storageSystems: [array-1] }\n');
    const on = (fields: string) => [text, stack({ volumes: { a: fields }, exports: { e: 'host: h1, volumes: [a]' } })];
    await estate.applied(on(IN('gold')));
    await estate.applied(on(IN('more')));
    const { diagnostics } = await estate.plan(on('virtualPool: more, virtualArray: half'));
    expect(diagnostics[0]?.summary).toContain(
      'host h1 sees it through network net-b, which is not in virtual array half',
    );
  });
});
