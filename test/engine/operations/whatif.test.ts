import { describe, expect, it } from 'vitest';
import type { InputOf } from '../../../src/engine/operations/types.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import { createEstate, type Estate, GIB } from '../planner/estate.ts';
import { infrastructure, sourceOf, stack } from '../planner/texts.ts';

const ARRAYS = ['array-1', 'array-2'];
const BOTH = infrastructure({ arrays: ARRAYS });
const FIRST = infrastructure();

const estateOf = (poolGib = 100): Promise<Estate> => createEstate({ poolBytes: poolGib * GIB });

async function ask(estate: Estate, input: InputOf<'whatif'>) {
  const { whatIf, diagnostics } = await estate.run('whatif', input);
  expect(whatIf, JSON.stringify(diagnostics)).toBeDefined();
  return whatIf!;
}

/** What is said of each volume. */
const fates = ({ volumes }: Awaited<ReturnType<typeof ask>>) =>
  volumes.map(({ reason, address, fate, pool }) =>
    [reason, address, fate, ...(pool === undefined ? [] : [pool])].join(' '),
  );

async function refusal(estate: Estate, input: InputOf<'whatif'>) {
  const thrown = await estate.run('whatif', input).catch((error: unknown) => error as { diagnostics: [] });
  const [{ code, summary, detail, fix }] = thrown.diagnostics as never as [Record<string, string | undefined>];
  return { code, text: [summary, detail, fix].join('; ') };
}

describe('whatif --grow', () => {
  it('says which volumes could grow where they are, what the others lack, and how far all could', async () => {
    const estate = await estateOf();
    const texts = [
      FIRST,
      stack({ volumes: { a: 'size: 100GiB', b: 'size: 60GiB', c: 'size: 1GiB, virtualPool: thick' } }),
    ];
    await estate.applied(texts);
    const answer = await ask(estate, { grow: { percent: 50 } });
    expect(answer).toMatchObject({ fits: false, counts: { fits: 2, refused: 1, held: 0, unchanged: 0 } });
    expect(fates(answer)).toEqual([
      'grown s/volume.a refused array-1/fast',
      'grown s/volume.b fits array-1/fast',
      'grown s/volume.c fits array-1/fast',
    ]);
    expect(answer.volumes[0]).toMatchObject({ fromBytes: 100 * GIB, sizeBytes: 150 * GIB });
    expect(answer.volumes[0]!.why).toMatch(/^needs 50 GiB more; free within limits: 39 GiB subscribed, .* physical$/);
    expect(answer.growth).toEqual({ percent: 50, fitsUpToPercent: 24, firstShort: 'array-1/fast' });
    expect(answer.pools[0]).toMatchObject({
      name: 'array-1/fast',
      added: false,
      before: { usedBytes: GIB, subscribedBytes: 161 * GIB, watermark: 'ok' },
      after: { usedBytes: 1.5 * GIB, subscribedBytes: 191.5 * GIB },
    });
  });

  it('is not of volumes that no plan would let grow', async () => {
    const estate = await estateOf();
    const fixed = FIRST.replace('provisioning: thick,', 'provisioning: thick, expandable: false,');
    const volumes = { a: 'size: 10GiB', c: 'size: 10GiB, virtualPool: thick' };
    await estate.applied([fixed, stack({ volumes })]);
    const answer = await ask(estate, { grow: { percent: 50 } });
    expect(fates(answer)).toEqual(['grown s/volume.a fits array-1/fast']);
    expect(answer.pools[0]!.after).toMatchObject({ usedBytes: 10 * GIB, subscribedBytes: 25 * GIB });
    // The files may give them their size, and the files may be those that let them grow.
    expect(fates(await ask(estate, { grow: { percent: 50 }, source: sourceOf(stack({ volumes })) }))).toEqual([
      'grown s/volume.a fits array-1/fast',
      'planned s/volume.c unchanged array-1/fast',
    ]);
    const freed = [FIRST, stack({ volumes })];
    expect(fates(await ask(estate, { grow: { percent: 50 }, source: sourceOf(freed) }))).toEqual([
      'grown s/volume.a fits array-1/fast',
      'grown s/volume.c fits array-1/fast',
    ]);
  });

  it('is of the volumes of a project, of a virtual pool, or of both', async () => {
    const estate = await estateOf();
    await estate.applied([
      infrastructure({ more: '  q: {}' }),
      stack({ volumes: { a: null, b: 'virtualPool: thick' } }),
      stack({ stack: 't', volumes: { a: null, b: 'virtualPool: thick' } }).replace('project: p', 'project: q'),
    ]);
    const asked = async (grow: object) => fates(await ask(estate, { grow: { percent: 10, ...grow } }));
    expect(await asked({ project: 'q' })).toHaveLength(2);
    expect(await asked({ virtualPool: 'thick' })).toHaveLength(2);
    expect(await asked({ project: 'q', virtualPool: 'thick' })).toEqual(['grown t/volume.b fits array-1/fast']);
    expect((await refusal(estate, { grow: { percent: 10, project: 'r' } })).code).toBe('COPRHD-STATE-005');
    expect((await refusal(estate, { grow: { percent: 10, project: 'volume.a' } })).code).toBe('COPRHD-STATE-007');
  });

  it('holds what the planner would hold, and then not everything fits', async () => {
    const estate = await estateOf();
    await estate.applied([FIRST, stack({ volumes: { a: null } })]);
    await estate.applied([infrastructure({ mode: 'observe' }), stack({ volumes: { a: null } })]);
    const answer = await ask(estate, { grow: { percent: 10 } });
    expect(answer).toMatchObject({ fits: false, counts: { held: 1 } });
    expect(answer.volumes[0]!.why).toContain('array-1 is in mode observe');
  });

  it('never makes a volume of the given files smaller than they say', async () => {
    const estate = await estateOf();
    await estate.applied([FIRST, stack({ volumes: { a: null, b: null } })]);
    const source = sourceOf([stack({ volumes: { a: 'size: 12GiB', b: 'size: 20GiB', c: null } })]);
    const answer = await ask(estate, { grow: { percent: 50 }, source });
    expect(answer.volumes.map(({ address, reason, sizeBytes }) => [address, reason, sizeBytes / GIB])).toEqual([
      ['s/volume.a', 'grown', 15],
      ['s/volume.b', 'grown', 20],
      ['s/volume.c', 'planned', 10],
    ]);
  });

  it('tells apart the volumes of two tenants whose stacks have one name', async () => {
    const estate = await estateOf();
    const tenants = infrastructure({
      more: '  q: { tenant: other }\ntenants:\n  other: { use: { virtualPools: [gold], virtualArrays: [dc1] } }',
    });
    await estate.applied([tenants, stack({ volumes: { a: null } })]);
    await estate.applied([stack({ volumes: { a: 'size: 20GiB' } }).replace('project: p', 'project: q')]);
    const answer = await ask(estate, { grow: { percent: 10 } });
    expect(answer.volumes.map(({ address, project, sizeBytes }) => [address, project, sizeBytes / GIB])).toEqual([
      ['s/volume.a (p)', 'p', 11],
      ['s/volume.a (q)', 'q', 22],
    ]);
  });
});

describe('whatif and quotas', () => {
  const limited = (quota: string) => BOTH.replace('  p: {}', `  p: { quota: ${quota} }`);
  // One on each, however placement would spread them.
  const on = (array: string) => `placement: { require: ["${array}/*"] }`;
  const volumes = stack({ volumes: { a: `size: 40GiB, ${on('array-1')}`, b: `size: 41GiB, ${on('array-2')}` } });
  const anywhere = stack({ volumes: { a: 'size: 40GiB', b: 'size: 41GiB' } });

  it('growth stops where a quota does, which is no pool that is short', async () => {
    const estate = await estateOf();
    await estate.applied([limited('100GiB'), volumes]);
    const answer = await ask(estate, { grow: { percent: 30 } });
    expect(fates(answer)).toEqual(['grown s/volume.a fits array-1/fast', 'grown s/volume.b refused array-2/fast']);
    expect(answer.volumes[1]!.why).toContain('does not fit the quota of project p');
    expect(answer.growth).toEqual({ percent: 30, fitsUpToPercent: 23 });
  });

  it('what is lost does not count any more, so that it can be made again', async () => {
    const estate = await estateOf();
    await estate.applied([limited('100GiB'), volumes]);
    await estate.applied(anywhere);
    const answer = await ask(estate, { lose: ['array-1'] });
    expect(fates(answer)).toEqual(['lost s/volume.a fits array-2/fast']);
    const larger = await ask(estate, { lose: ['array-1'], grow: { percent: 30 } });
    expect(fates(larger)).toEqual(['lost s/volume.a refused', 'grown s/volume.b fits array-2/fast']);
    expect(larger.volumes[0]!.why).toContain('does not fit the quota of project p');
  });

  it('a tenant that may not use the virtual pool any more gets nothing of it again', async () => {
    const estate = await estateOf();
    const use = (pools: string) =>
      BOTH.replace('  p: {}', '  p: { tenant: t }').concat(
        `tenants:\n  t: { use: { virtualPools: [${pools}], virtualArrays: [dc1] } }\n`,
      );
    await estate.applied([use('gold, thick'), volumes]);
    await estate.applied([use('thick'), volumes]);
    const answer = await ask(estate, { lose: ARRAYS });
    expect(answer.volumes.map(({ fate, why }) => [fate, why])).toEqual(
      ['a', 'b'].map(() => ['refused', 'tenant t may not use virtual pool gold any more']),
    );
  });
});

describe('whatif and consistency groups', () => {
  const INFRASTRUCTURE = BOTH.replace('  gold: { type: block,', '  gold: { type: block, multiVolumeConsistency: true,');
  const grouped = (size: string) =>
    stack({
      volumes: { a: `size: ${size}, consistencyGroup: g`, b: `size: ${size}, consistencyGroup: g` },
      more: 'consistencyGroups:\n  g: {}',
    });

  it('a lost group is made again on one system, or not at all', async () => {
    const estate = await estateOf();
    await estate.applied([
      INFRASTRUCTURE.replace('storageSystems: [array-1, array-2]', 'storageSystems: [array-1]'),
      grouped('60GiB'),
    ]);
    await estate.applied([INFRASTRUCTURE, grouped('60GiB')]);
    expect(fates(await ask(estate, { lose: ['array-1'] }))).toEqual([
      'lost s/volume.a fits array-2/fast',
      'lost s/volume.b fits array-2/fast',
    ]);
    const larger = await ask(estate, { lose: ['array-1'], grow: { percent: 80 } });
    expect(fates(larger)).toEqual(['lost s/volume.a refused', 'lost s/volume.b refused']);
    const like = await ask(estate, { lose: ARRAYS, like: { system: 'array-1', name: 'array-9' } });
    expect(fates(like)).toEqual(['lost s/volume.a fits array-9/fast', 'lost s/volume.b fits array-9/fast']);
  });
});

describe('whatif --lose', () => {
  const volumes = { a: 'size: 60GiB', b: 'size: 61GiB', c: 'size: 62GiB' };
  const STACK = stack({ volumes, exports: { one: 'host: h1, volumes: [a, b]', all: 'cluster: c1, volumes: [c]' } });

  /** a and c are on array-1, b is on array-2, however placement would spread them. */
  async function settled(infrastructure = BOTH): Promise<Estate> {
    const estate = await estateOf();
    const only = (array: string) =>
      infrastructure.replace('storageSystems: [array-1, array-2]', `storageSystems: [${array}]`);
    await estate.applied([only('array-1'), stack({ volumes: { a: volumes.a, c: volumes.c } })]);
    await estate.applied([only('array-2'), stack({ volumes })]);
    await estate.applied([infrastructure, STACK]);
    return estate;
  }

  it('says whose data and paths go', async () => {
    const estate = await settled();
    estate.edit({ edit: 'add-volume', name: 'theirs', pool: 'slow', sizeBytes: 5 * GIB, provisioning: 'thin' });
    await estate.run('discover', {});
    const { loss } = await ask(estate, { lose: ['array-1'] });
    expect(loss).toEqual({
      systems: ['array-1'],
      volumes: 2,
      bytes: 122 * GIB,
      quarantinedVolumes: 0,
      quarantinedBytes: 0,
      foreignBytes: 5 * GIB,
      capacityBytes: 200 * GIB,
      exports: [
        { name: 's/export.all', lost: 1, of: 1 },
        { name: 's/export.one', lost: 1, of: 2 },
      ],
      hosts: [
        { name: 'h1', lost: 2, of: 3, ports: 2 },
        { name: 'h2', lost: 1, of: 1, ports: 2 },
      ],
      projects: [{ name: 'p', volumes: 2, bytes: 122 * GIB }],
      tenants: [{ name: 'root', volumes: 2, bytes: 122 * GIB }],
    });
  });

  it('counts what is quarantined apart, and does not make it again', async () => {
    const estate = await estateOf();
    await estate.applied([BOTH, stack({ volumes: { a: null, b: null, c: null } })]);
    await estate.applied([BOTH, stack({ volumes: { b: null, c: null } })]);
    const answer = await ask(estate, { lose: ARRAYS });
    expect(answer.loss).toMatchObject({ volumes: 2, quarantinedVolumes: 1, quarantinedBytes: 10 * GIB });
    expect(fates(answer)).toEqual(['lost s/volume.b refused', 'lost s/volume.c refused']);
    expect(answer.volumes[0]!.why).toBe('there is no storage pool to choose from');
    expect(answer.pools).toEqual([]);
  });

  it('makes the lost ones again where there is room, with the nearest miss of the others in numbers', async () => {
    const estate = await settled(infrastructure({ arrays: ARRAYS, subscription: '130%' }));
    const answer = await ask(estate, { lose: ['array-1'] });
    expect(fates(answer)).toEqual(['lost s/volume.a fits array-2/fast', 'lost s/volume.c refused']);
    expect(answer.volumes[1]).toMatchObject({
      why: 'needs 53 GiB more on array-2/fast (subscription limit 130 %)',
      nearestMisses: [{ pool: 'array-2/fast', filter: 'capacity', lackBytes: 53 * GIB }, { pool: 'array-2/slow' }],
    });
    expect(answer.pools.map(({ name }) => name)).toEqual(['array-2/fast', 'array-2/slow']);
    expect(answer.pools[0]).toMatchObject({ limits: { subscribedBytesMax: 130 * GIB } });
  });

  it('does not look at what is lost, though the given files declare it', async () => {
    const estate = await settled();
    estate.takeDown('sim-1');
    estate.events.length = 0;
    const source = sourceOf([BOTH, STACK]);
    const answer = await ask(estate, { lose: ['array-1'], source, refresh: 'full' });
    expect(estate.events.flatMap((event) => (event.type === 'observe.started' ? [event.system] : []))).toEqual([
      'array-2',
    ]);
    expect(fates(answer)).toEqual([
      'lost s/volume.a fits array-2/fast',
      'lost s/volume.c fits array-2/fast',
      'planned s/volume.b unchanged array-2/fast',
    ]);
  });

  it('says which volumes of the given files have a place now and then no more', async () => {
    const estate = await estateOf();
    await estate.applied([
      infrastructure({ arrays: ARRAYS, subscription: '100%' }),
      stack({ volumes: { a: 'size: 60GiB' } }),
    ]);
    const source = sourceOf([stack({ stack: 't', volumes: { x: 'size: 30GiB', y: 'size: 90GiB' } })]);
    const answer = await ask(estate, { lose: ['array-1'], source });
    expect(answer.volumes.map(({ address, fate, fateNow }) => [address, fate, fateNow])).toEqual([
      ['s/volume.a', 'fits', undefined],
      ['t/volume.x', 'fits', 'fits'],
      ['t/volume.y', 'refused', 'fits'],
    ]);
  });

  it('says nothing of now when nothing is known of what is lost', async () => {
    const estate = await estateOf();
    await estate.applied([BOTH, stack({ volumes: { a: null } })]);
    const { urn } = (await estate.record('storageSystem', 'array-1')).record;
    await estate.engine.store.txn({ success: [{ type: 'delete', key: keys.observed(urn) }] });
    const source = sourceOf([stack({ stack: 't', volumes: { x: null } })]);
    const { volumes } = await ask(estate, { lose: ['array-1'], source });
    expect(volumes[1]).toMatchObject({ address: 't/volume.x', fate: 'fits', pool: 'array-2/fast' });
    expect(volumes[1]).not.toHaveProperty('fateNow');
  });

  it('knows when a virtual pool has left the virtual array meanwhile', async () => {
    const estate = await estateOf();
    const two = BOTH.replace('virtualPools:', '  dc2: { networks: [san], storageSystems: [array-2] }\nvirtualPools:');
    await estate.applied([two, stack({ volumes: { a: null } })]);
    await estate.applied([
      two.replaceAll('virtualArrays: [dc1] }', 'virtualArrays: [dc2] }'),
      stack({ volumes: { a: null } }),
    ]);
    const { volumes } = await ask(estate, { lose: ['array-1'] });
    expect(volumes).toMatchObject([{ fate: 'refused', why: 'virtual pool gold is not in virtual array dc1 any more' }]);
  });

  it('refuses what is no storage system', async () => {
    const estate = await estateOf();
    await estate.applied([FIRST]);
    expect(await refusal(estate, { lose: ['aray-1'] })).toMatchObject({ text: expect.stringContaining('array-1') });
    expect((await refusal(estate, { lose: ['virtualPool.gold'] })).text).toContain('is a virtualPool');
  });
});

describe('whatif --add and --like', () => {
  const NEW = [
    'kind: infrastructure',
    'stack: new',
    'storageSystems:',
    '  array-2: { driver: simulator, mode: manage, configuration: { directory: /arrays, array: sim-2 }, scope: { pools: [fast] } }',
    '',
  ].join('\n');
  const source = (...texts: string[]) => ({ source: sourceOf(texts), adds: ['new.yaml'] });
  const BIG = stack({ stack: 't', volumes: { x: 'size: 150GiB', y: 'size: 150GiB' } });

  it('says what could be placed then and not now', async () => {
    const estate = await estateOf();
    await estate.applied([FIRST]);
    const answer = await ask(estate, source(NEW, BIG));
    expect(answer.added).toEqual(['array-2']);
    expect(answer.volumes.map(({ address, fateNow, fate, pool }) => [address, fateNow, fate, pool])).toEqual([
      ['t/volume.x', 'fits', 'fits', 'array-1/fast'],
      ['t/volume.y', 'refused', 'fits', 'array-2/fast'],
    ]);
    expect(answer.pools.filter(({ added }) => added).map(({ name }) => name)).toEqual(['array-2/fast', 'array-2/slow']);
  });

  it('a copy is empty, whatever its model holds, and may stand in for it', async () => {
    const estate = await estateOf();
    await estate.applied([FIRST, BIG.replace('y: { size: 150GiB', 'y: { size: 20GiB')]);
    const answer = await ask(estate, { lose: ['array-1'], like: { system: 'array-1', name: 'array-9' } });
    expect(fates(answer)).toEqual(['lost t/volume.x fits array-9/fast', 'lost t/volume.y fits array-9/fast']);
    expect(answer.pools[0]).toMatchObject({ name: 'array-9/fast', added: true, before: { subscribedBytes: 0 } });
    expect((await ask(estate, { like: { system: 'array-1' } })).added).toEqual(['array-1-copy']);
    expect((await refusal(estate, { like: { system: 'array-1', name: 'ARRAY-1' } })).code).toBe('COPRHD-STATE-006');
  });

  it('asks which virtual array it joins where that is not clear', async () => {
    const estate = await estateOf();
    const two = FIRST.replace('virtualPools:', '  dc2: { networks: [], storageSystems: [] }\nvirtualPools:');
    await estate.applied([two]);
    const { outcome, diagnostics, whatIf } = await estate.run('whatif', source(NEW, BIG));
    expect([outcome, whatIf]).toEqual(['error', undefined]);
    expect(diagnostics).toMatchObject([
      {
        summary: 'storage system array-2 is in no virtual array: nothing would be placed on it',
        detail: 'there are dc1, dc2',
      },
    ]);
    const counts = async (into: string) => (await ask(estate, { ...source(NEW, BIG), into: [into] })).counts;
    expect(await counts('dc1')).toMatchObject({ fits: 2 });
    expect(await counts('dc2')).toMatchObject({ fits: 1, refused: 1 });
  });

  it('refuses a file that adds nothing, and a device that does not answer', async () => {
    const estate = await estateOf();
    await estate.applied([BOTH]);
    expect((await refusal(estate, source(NEW))).text).toContain('registered already: array-2');
    const other = await estateOf();
    await other.applied([FIRST]);
    other.takeDown('sim-2');
    const { outcome, diagnostics } = await other.run('whatif', source(NEW, BIG));
    expect([outcome, diagnostics[0]!.code]).toEqual(['error', 'COPRHD-DEVICE-001']);
  });
});
