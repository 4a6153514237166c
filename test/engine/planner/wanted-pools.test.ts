/** Limits of storage systems and pools, pools named by administrators, pre-allocation, affinity: from the file to the device. */
import { describe, expect, it } from 'vitest';
import { codes, createEstate, type Estate, GIB, lines, TIB } from './estate.ts';
import { infrastructure, stack } from './texts.ts';

const ARRAYS = ['array-1', 'array-2'];
const two = (poolBytes = 10 * TIB) => createEstate({ arrays: [{}, {}], poolBytes });
const estateText = (limits = '', gold = '') =>
  infrastructure({ arrays: ARRAYS, subscription: '1000%', clusters: {} })
    .replace(/array-1: \{/, `array-1: { ${limits === '' ? '' : `limits: ${limits}, `}`)
    .replace('provisioning: thin,', `provisioning: thin, ${gold}`);
const many = (count: number, fields = 'size: 1GiB') =>
  stack({ volumes: Object.fromEntries(Array.from({ length: count }, (_, i) => [`v${i}`, fields])) });

/** How many volumes each storage system has. */
async function counts(estate: Estate): Promise<Record<string, number>> {
  const names = new Map((await estate.records('storageSystem')).map(({ record }) => [record.urn, record.name]));
  const found: Record<string, number> = {};
  for (const { record } of await estate.records('volume')) {
    const name = record.status.device && names.get(record.status.device.system);
    if (name && record.status.phase === 'ready') found[name] = (found[name] ?? 0) + 1;
  }
  return found;
}

describe('a limit on how many volumes', () => {
  it('a storage system has is kept, and others are taken', async () => {
    const estate = await two();
    await estate.applied([estateText('{ volumes: 2 }'), many(6)]);
    expect(await counts(estate)).toEqual({ 'array-1': 2, 'array-2': 4 });
    await estate.applied(many(8));
    expect(await counts(estate)).toEqual({ 'array-1': 2, 'array-2': 6 });
  });

  it('a pool has is kept', async () => {
    const estate = await two();
    await estate.applied([estateText('{ pools: { fast: { volumes: 1 } } }'), many(5)]);
    expect(await counts(estate)).toEqual({ 'array-1': 1, 'array-2': 4 });
  });

  it('is for a pool that is there', async () => {
    const estate = await two();
    const result = await estate.plan(estateText('{ pools: { fsat: { volumes: 1 } } }'));
    expect(codes(result)).toEqual(['COPRHD-DEVICE-004']);
    expect(result.diagnostics[0]).toMatchObject({
      summary: 'storage system array-1 has no pool fsat',
      fix: 'correct `limits.pools`',
    });
  });

  it('counts what is there when it is set, and holds where two plans meet', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const text = (limits: string) =>
      infrastructure({ subscription: '1000%', clusters: {} }).replace('array-1: {', `array-1: { limits: ${limits},`);
    await estate.applied([text('{}'), many(2)]);
    await estate.applied(text('{ volumes: 3 }'));
    const plans = await Promise.all(
      ['x', 'y'].map((name) => estate.planned(stack({ stack: name, volumes: { [name]: 'size: 1GiB' } }))),
    );
    const apply = (plan: (typeof plans)[number]) =>
      estate.run('apply', { plan, confirmDestroy: 0, skipHeld: false, claimWaitMs: 0 });
    expect((await apply(plans[0]!)).outcome).toBe('ok');
    const second = await apply(plans[1]!);
    expect([second.outcome, second.diagnostics.map(({ code }) => code)]).toEqual(['stale', ['COPRHD-QUOTA-001']]);
    const full = await estate.plan(stack({ stack: 'z', volumes: { z: 'size: 1GiB' } }));
    expect(codes(full)).toEqual(['COPRHD-PLACE-001']);
    // What is there may grow all the same.
    await estate.applied(many(2, 'size: 2GiB'));
  });
});

describe('a limit on how many volumes of a project a storage system has', () => {
  const text = (max: string) => estateText().replace('  p: {}', `  p: { ${max} }`);

  it('is kept over several plans, counts what is there when it is set, and has back what goes', async () => {
    const estate = await two();
    const pinned = many(3, 'size: 1GiB, onRemove: delete, placement: { require: [array-1/*] }');
    await estate.applied([text(''), pinned]);
    const set = await estate.planned(text('volumesPerSystem: 2'));
    expect(set.diagnostics.map(({ code }) => code)).toEqual(['COPRHD-QUOTA-002']);
    await estate.applied(text('volumesPerSystem: 4'));
    const more = (count: number) =>
      stack({
        stack: 't',
        volumes: Object.fromEntries(Array.from({ length: count }, (_, n) => [`w${n}`, 'size: 1GiB'])),
      });
    await estate.applied(more(5));
    expect(await counts(estate)).toEqual({ 'array-1': 4, 'array-2': 4 });
    const full = await estate.plan(more(6));
    expect(full.diagnostics[0]?.summary).toContain('volumes of the project');
    await estate.applied(many(2, 'size: 1GiB, onRemove: delete, placement: { require: [array-1/*] }'));
    await estate.applied(more(6));
    expect(await counts(estate)).toEqual({ 'array-1': 4, 'array-2': 4 });
  });

  it('holds where two plans meet', async () => {
    const estate = await two();
    await estate.applied(text('volumesPerSystem: 1'));
    const plans = await Promise.all(
      ['x', 'y'].map((name) =>
        estate.planned(stack({ stack: name, volumes: { [name]: 'size: 1GiB, placement: { require: [array-2/*] }' } })),
      ),
    );
    const apply = (plan: (typeof plans)[number]) =>
      estate.run('apply', { plan, confirmDestroy: 0, skipHeld: false, claimWaitMs: 0 });
    expect((await apply(plans[0]!)).outcome).toBe('ok');
    expect((await apply(plans[1]!)).outcome).toBe('stale');
  });
});

describe('limits of space', () => {
  it('of a pool itself hold beside those of the virtual pool', async () => {
    const estate = await createEstate({ poolBytes: 100 * GIB });
    const text = infrastructure({ subscription: '1000%' }).replace(
      'array-1: {',
      'array-1: { limits: { pools: { fast: { subscription: 150% } } },',
    );
    await estate.applied([text, many(1, 'size: 140GiB')]);
    const result = await estate.plan(stack({ stack: 't', volumes: { w: 'size: 20GiB' } }));
    expect(result.diagnostics[0]?.summary).toContain('needs 10 GiB more on array-1/fast');
    expect(codes(await estate.plan(many(1, 'size: 160GiB')))).toEqual(['COPRHD-PLACE-001']);
  });
});

describe('pre-allocation', () => {
  it('is set aside on the device, counted, and given back', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const text = infrastructure({ subscription: '1000%' }).replace(
      'provisioning: thin,',
      'provisioning: thin, thinPreAllocation: 25%,',
    );
    await estate.applied([text, many(1, 'size: 100GiB, onRemove: delete')]);
    expect(estate.show().volumes[0]?.allocatedBytes).toBe(25 * GIB);
    expect((await estate.ledger())?.committed).toMatchObject({ allocatedBytes: 25 * GIB, subscribedBytes: 100 * GIB });
    await estate.applied(stack({}));
    expect((await estate.ledger())?.committed).toMatchObject({ allocatedBytes: 0, subscribedBytes: 0, volumes: 0 });
    expect(codes(await estate.plan(many(1, 'size: 4TiB')))).toEqual(['COPRHD-PLACE-001']);
  });
});

describe('pools by name', () => {
  it('are the only ones that are taken, or the ones that are not', async () => {
    const estate = await two();
    await estate.applied([estateText(), many(3, 'size: 1GiB, placement: { require: [array-2/*] }')]);
    expect(await counts(estate)).toEqual({ 'array-2': 3 });
    const avoiding = stack({
      stack: 't',
      volumes: { a: 'placement: { avoid: [array-2/*] }', b: 'placement: { avoid: ["*/fast"] }' },
    });
    const result = await estate.plan(avoiding);
    expect(codes(result)).toEqual(['COPRHD-PLACE-001']);
    expect(result.diagnostics[0]?.address).toBe('t/volume.b');
  });
});

describe('array affinity', () => {
  it('puts a volume where its host has others already, and only there where it was asked for', async () => {
    const place = async (gold: string) => {
      const estate = await two();
      const first = stack({
        volumes: { a: 'size: 5TiB, placement: { require: [array-2/*] }' },
        exports: { e: 'host: h1, volumes: [a]' },
      });
      await estate.applied([estateText('', gold), first]);
      await estate.applied(
        stack({ stack: 't', volumes: { b: 'size: 1GiB' }, exports: { f: 'host: h1, volumes: [b]' } }),
      );
      return counts(estate);
    };
    expect(await place('arrayAffinity: true,')).toEqual({ 'array-2': 2 });
    expect(await place('')).toEqual({ 'array-1': 1, 'array-2': 1 });
  });

  it('keeps what one host sees together in a plan that makes all of it', async () => {
    const place = async (gold: string) => {
      const estate = await two();
      await estate.applied([
        estateText('', gold),
        stack({
          volumes: Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, 'size: 1GiB'])),
          exports: {
            e1: 'host: h1, volumes: [a, d, e]',
            e2: 'host: h2, volumes: [b, c]',
            e3: 'host: h1, volumes: [f]',
          },
        }),
      ]);
      const systemsOf = new Map<string, Set<string>>();
      for (const { record } of await estate.records('exportMask')) {
        const host = record.spec.host;
        systemsOf.set(host, (systemsOf.get(host) ?? new Set()).add(record.spec.system));
      }
      return [...systemsOf.values()].map(({ size }) => size);
    };
    expect(await place('arrayAffinity: true,')).toEqual([1, 1]);
    expect(await place('')).toEqual([2, 2]);
  });
});

describe('allocation', () => {
  it('pack fills one pool before the next, spread takes turns', async () => {
    const place = async (gold: string) => {
      const estate = await two();
      await estate.applied([estateText('', gold), many(6, 'size: 10GiB')]);
      return counts(estate);
    };
    expect(Object.values(await place('allocation: pack,'))).toEqual([6]);
    expect(await place('')).toEqual({ 'array-1': 3, 'array-2': 3 });
  });

  it('changes nothing that is there already', async () => {
    const estate = await two();
    await estate.applied([estateText(), many(4)]);
    await estate.applied(estateText('', 'allocation: pack,'));
    expect(lines(await estate.planned(many(4)))).toEqual([]);
  });
});

describe('a virtual pool', () => {
  it('that names pools uses only these, and pool fit says why', async () => {
    const estate = await two();
    await estate.applied([estateText('', 'pools: [array-2/*],'), many(3)]);
    expect(await counts(estate)).toEqual({ 'array-2': 3 });
    const { pools } = await estate.run('pool.fit', { virtualPool: 'gold' });
    const refused = pools.find(({ pool }) => pool === 'array-1/fast')!;
    expect(refused.misses).toEqual([
      { filter: 'assigned-pools', fact: 'assigned pools', needed: 'array-2/*', had: 'array-1/fast' },
    ]);
  });

  it('whose volumes are not expandable refuses growth, and mends what a device lost', async () => {
    const estate = await createEstate();
    const text = infrastructure().replace('provisioning: thin,', 'provisioning: thin, expandable: false,');
    await estate.applied([text, many(1, 'size: 10GiB')]);
    const grown = await estate.plan(many(1, 'size: 20GiB'));
    expect(codes(grown)).toEqual(['COPRHD-PLAN-009']);
    expect(grown.diagnostics[0]?.detail).toContain('expandable: false');
    expect(lines(await estate.planned(many(1, 'size: 10GiB')))).toEqual([]);
  });
});

it('what somebody adds to a pre-allocated volume while it is made is counted as logical space only, and given back', async () => {
  const estate = await createEstate({ poolBytes: TIB });
  const text = infrastructure({ subscription: '1000%' }).replace(
    'provisioning: thin,',
    'provisioning: thin, thinPreAllocation: 25%,',
  );
  await estate.applied(text);
  estate.fault({ operation: 'ensureVolume', after: true, times: 1 });
  let grown = false;
  estate.crashPoint = () => {
    const [volume] = estate.show().volumes;
    if (grown || !volume) return;
    grown = true;
    estate.edit({ edit: 'resize-volume', volume: volume.id, sizeBytes: 150 * GIB });
  };
  await estate.applied(many(1, 'size: 100GiB, onRemove: delete'));
  estate.crashPoint = undefined;
  expect(grown).toBe(true);
  expect((await estate.ledger())?.committed).toEqual({
    allocatedBytes: 25 * GIB,
    subscribedBytes: 150 * GIB,
    volumes: 1,
  });
  await estate.applied(stack({}));
  expect((await estate.ledger())?.committed).toEqual({ allocatedBytes: 0, subscribedBytes: 0, volumes: 0 });
});
