/** Volumes of a consistency group are on one storage system, found together or not at all. */
import { describe, expect, it } from 'vitest';
import { codes, createEstate, type Estate, lines, TIB } from './estate.ts';
import { infrastructure, stack } from './texts.ts';

const INFRASTRUCTURE = infrastructure({ arrays: ['array-1', 'array-2', 'array-3'], subscription: '100%' }).replace(
  'provisioning: thin,',
  'provisioning: thin, multiVolumeConsistency: true,',
);
const GROUP = 'consistencyGroups: { cg: {} }';
const grouped = (volumes: Readonly<Record<string, string>>, more = GROUP) =>
  stack({
    volumes: Object.fromEntries(
      Object.entries(volumes).map(([name, size]) => [name, `size: ${size}, consistencyGroup: cg`]),
    ),
    more,
  });

const threeArrays = (poolBytes = TIB) => createEstate({ arrays: [{}, {}, {}], poolBytes });

async function systemsOf(estate: Estate): Promise<string[]> {
  const systems = new Map((await estate.records('storageSystem')).map(({ record }) => [record.urn, record.name]));
  const volumes = (await estate.records('volume')).filter(({ record }) => record.status.phase !== 'deleted');
  return [...new Set(volumes.map(({ record }) => systems.get(record.status.device!.system)!))];
}

describe('a consistency group', () => {
  it('has its volumes on one storage system, also those that come later', async () => {
    const estate = await threeArrays();
    await estate.applied([INFRASTRUCTURE, grouped({ a: '100GiB', b: '100GiB', c: '100GiB' })]);
    const [system, ...others] = await systemsOf(estate);
    expect(others).toEqual([]);
    await estate.applied(grouped({ a: '100GiB', b: '100GiB', c: '100GiB', d: '300GiB' }));
    expect(await systemsOf(estate)).toEqual([system]);
    expect(lines(await estate.planned(grouped({ a: '100GiB', b: '100GiB', c: '100GiB', d: '300GiB' })))).toEqual([]);
  });

  it('is refused as a whole where no storage system has room for all of it', async () => {
    const estate = await threeArrays();
    await estate.applied(INFRASTRUCTURE);
    const result = await estate.plan(grouped({ a: '600GiB', b: '600GiB' }));
    expect(codes(result)).toEqual(['COPRHD-PLACE-001']);
    expect(result.diagnostics[0]?.summary).toMatch(
      /^no storage system fits s\/consistencyGroup\.cg \(2 volumes\) \(1\.17 TiB\): 1 of 2 have a place on array-1; needs 176 GiB more/,
    );
    await estate.applied(stack({ volumes: { a: 'size: 600GiB', b: 'size: 600GiB' } }));
  });

  it('wants a virtual pool that says so, on storage systems that know groups', async () => {
    const estate = await threeArrays();
    await estate.applied(infrastructure({ arrays: ['array-1', 'array-2', 'array-3'] }));
    expect(codes(await estate.plan(grouped({ a: '1GiB', b: '1GiB' })))).toEqual(['COPRHD-PLAN-009']);
    const entry = await createEstate({ arrays: [{ model: 'Simulated entry array' }] });
    const one = infrastructure().replace('provisioning: thin,', 'provisioning: thin, multiVolumeConsistency: true,');
    await entry.applied(one);
    const refused = await entry.plan(grouped({ a: '1GiB' }));
    expect(refused.diagnostics[0]?.summary).toContain('consistency groups');
  });

  it('takes in a volume of its own storage system only, and lets go of any', async () => {
    const estate = await threeArrays(40 * TIB);
    const apart = (array: number, more: string) => `size: 1GiB, placement: { require: [array-${array}/*] }${more}`;
    const join = ', consistencyGroup: cg';
    const volumes = (a: string, b: string, c: string) =>
      stack({ volumes: { a: apart(1, a), b: apart(1, b), c: apart(2, c) }, more: GROUP });
    await estate.applied([INFRASTRUCTURE, volumes(join, '', '')]);
    const refused = await estate.plan(volumes(join, '', join));
    expect(codes(refused)).toEqual(['COPRHD-PLAN-009']);
    expect(refused.diagnostics[0]?.detail).toContain('it is on array-2, the group is on array-1');
    await estate.applied(volumes(join, join, ''));
    await estate.applied(volumes('', join, ''));
    expect((await estate.record('volume', 'a')).record.spec.consistencyGroup).toBeUndefined();
    expect(lines(await estate.planned(volumes('', join, '')))).toEqual([]);
  });

  it('stays where it is while the last one leaves and another comes, and may go elsewhere after that', async () => {
    const estate = await threeArrays(40 * TIB);
    const on = (array: number, more: string) => `size: 1GiB, placement: { require: [array-${array}/*] }${more}`;
    const join = ', consistencyGroup: cg';
    const volumes = (a: string, b?: string) =>
      stack({ volumes: { a: on(1, a), ...(b === undefined ? {} : { b: on(2, b) }) }, more: GROUP });
    await estate.applied([INFRASTRUCTURE, volumes(join)]);
    expect(codes(await estate.plan(volumes('', join)))).toEqual(['COPRHD-PLACE-001']);
    await estate.applied(volumes(''));
    await estate.applied(volumes('', join));
    expect(lines(await estate.planned(volumes('', join)))).toEqual([]);
  });

  it('goes only when nothing is in it', async () => {
    const estate = await threeArrays();
    await estate.applied([INFRASTRUCTURE, grouped({ a: '1GiB' })]);
    const kept = await estate.planned(grouped({ a: '1GiB' }, ''));
    expect(lines(kept)).toEqual(['held s/consistencyGroup.cg COPRHD-HELD-004']);
    await estate.applied(stack({ volumes: { a: 'size: 1GiB' } }));
    expect((await estate.record('volume', 'a')).record.spec.consistencyGroup).toBeUndefined();
    expect((await estate.records('consistencyGroup')).map(({ record }) => record.status.phase)).toEqual(['deleted']);
  });
});
