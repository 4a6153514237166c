/** A tenant's shares of virtual pools, each a record of its own: so many that one record could not hold them. */
import { describe, expect, it } from 'vitest';
import { isLive } from '../../../src/engine/model/record.ts';
import { checkIntegrity } from '../../../src/engine/state/integrity.ts';
import { changeOf, codes, createEstate, type Estate, GIB, lines } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `pool-${String(i + 1).padStart(3, '0')}`);

const pool = (name: string) =>
  `  ${name}: { type: block, protocols: [iscsi], provisioning: thin, virtualArrays: [dc1], limits: { subscription: 1000% } }`;

/** Virtual pools of which tenant finance may use all, and has these shares. */
const estateText = (pools: readonly string[], shares: Readonly<Record<string, string>>, capacity?: string) => {
  const of = Object.entries(shares).map(([name, size]) => `${name}: ${size}`);
  const quota = [...(capacity ? [`capacity: ${capacity}`] : []), `virtualPools: { ${of.join(', ')} }`];
  const tenant = `  finance: { use: { virtualArrays: [dc1], virtualPools: [${pools.join(', ')}] }, quota: { ${quota.join(', ')} } }`;
  const more = ['  q: { tenant: finance }', 'tenants:', tenant].join('\n');
  return infrastructure({ more, hosts: { h1: ['h1'] }, clusters: {} }).replace(
    'virtualPools:\n',
    `virtualPools:\n${pools.map(pool).join('\n')}\n`,
  );
};

const volumeOf = (virtualPool: string, sizes: Readonly<Record<string, string>>) =>
  stack({
    volumes: Object.fromEntries(
      Object.entries(sizes).map(([name, size]) => [name, `size: ${size}, virtualPool: ${virtualPool}`]),
    ),
  }).replace('project: p', 'project: q');

const shares = async (estate: Estate) =>
  (await estate.records('member')).filter(({ record }) => isLive(record) && record.spec.list === 'quota.virtualPools')
    .length;

describe('shares of virtual pools', () => {
  it('may be 500 for one tenant: planned, applied, kept, and nothing left to do', async () => {
    const estate = await createEstate();
    const pools = numbered(500);
    const text = estateText(pools, Object.fromEntries(pools.map((name, i) => [name, `${i + 10}GiB`])));
    await estate.applied([text, volumeOf('pool-003', { a: '12GiB' })]);
    expect(await shares(estate)).toBe(500);
    expect(lines(await estate.planned([text, volumeOf('pool-003', { a: '12GiB' })]))).toEqual([]);
    const refused = await estate.plan([text, volumeOf('pool-003', { a: '12GiB', b: '1GiB' })]);
    expect(codes(refused)).toEqual(['COPRHD-QUOTA-001']);
    expect(refused.diagnostics[0]?.summary).toBe(
      's/volume.b does not fit the quota of virtual pool pool-003 for tenant finance: it needs 1 GiB, 0 B of 12 GiB are left',
    );
    const { record } = await estate.record('tenant', 'finance');
    expect(JSON.stringify(record).length).toBeLessThan(1024);
    expect((await checkIntegrity(estate.engine.store)).problems).toEqual([]);
  }, 60_000);

  it('change one by one: what is said of the others is not written again', async () => {
    const estate = await createEstate();
    const pools = numbered(4);
    const [one, two, three, four] = pools as [string, string, string, string];
    await estate.applied(estateText(pools, { [one]: '10GiB', [two]: '20GiB', [three]: '30GiB' }));
    const text = estateText([...pools].reverse(), { [four]: '40GiB', [three]: '30GiB', [one]: '15GiB' });
    const plan = await estate.planned(text);
    expect(lines(plan)).toEqual(['update infrastructure/tenant.finance']);
    expect(changeOf(plan, 'infrastructure/tenant.finance').fields).toEqual([
      { field: `quota.virtualPools.${one}.bytes`, before: 10 * GIB, after: 15 * GIB },
      { field: `quota.virtualPools.${two}.bytes`, before: 20 * GIB },
      { field: `quota.virtualPools.${four}.bytes`, after: 40 * GIB },
    ]);
    expect(plan.units[0]?.writes.map(({ final }) => `${final.kind} ${final.status.phase}`)).toEqual([
      'tenant ready',
      'member ready',
      'member deleted',
      'member ready',
    ]);
    await estate.applied(text);
    expect(lines(await estate.planned(text))).toEqual([]);
    const { resources } = await estate.run('show', { address: 'tenant.finance' });
    expect(resources[0]?.attributes).toMatchObject({
      'quota.virtualPools': { [one]: 15 * GIB, [three]: 30 * GIB, [four]: 40 * GIB },
    });
  });

  it('are counted from what is there when they are set, and again when they come back', async () => {
    const estate = await createEstate();
    const pools = numbered(1);
    const [one] = pools as [string];
    const volumes = (size: string) => volumeOf(one, { a: '10GiB', b: size });
    await estate.applied([estateText(pools, {}), volumes('10GiB')]);
    await estate.applied(estateText(pools, { [one]: '25GiB' }));
    expect(codes(await estate.plan(volumes('16GiB')))).toEqual(['COPRHD-QUOTA-001']);
    await estate.applied(estateText(pools, {}));
    await estate.applied(volumes('20GiB'));
    await estate.applied(estateText(pools, { [one]: '35GiB' }));
    expect(codes(await estate.plan(volumes('26GiB')))).toEqual(['COPRHD-QUOTA-001']);
    await estate.applied(volumes('25GiB'));
    const below = await estate.plan(estateText(pools, { [one]: '5GiB' }));
    expect(below.diagnostics.map(({ code }) => code)).toEqual(['COPRHD-QUOTA-002']);
    expect(below.plan?.units[0]?.opens).toBeUndefined();
  });

  it('end with their tenant, and let their virtual pool go in the plan that takes them back', async () => {
    const estate = await createEstate();
    const pools = numbered(2);
    await estate.applied(estateText(pools, { 'pool-001': '10GiB', 'pool-002': '20GiB' }));
    const fewer = estateText(['pool-001'], { 'pool-001': '10GiB' });
    const plan = await estate.planned(fewer);
    expect(lines(plan)).toEqual(['update infrastructure/tenant.finance', 'delete infrastructure/virtualPool.pool-002']);
    await estate.applied(fewer);
    expect(await shares(estate)).toBe(1);
    await estate.applied(infrastructure({ hosts: { h1: ['h1'] }, clusters: {} }));
    expect(await shares(estate)).toBe(0);
    expect((await checkIntegrity(estate.engine.store)).problems).toEqual([]);
  });

  it('make a plan stale that was made before they changed', async () => {
    const estate = await createEstate();
    const pools = numbered(1);
    const [one] = pools as [string];
    await estate.applied(estateText(pools, { [one]: '30GiB' }));
    const plan = await estate.planned(volumeOf(one, { a: '10GiB' }));
    await estate.applied(estateText(pools, { [one]: '40GiB' }));
    const input = { plan, confirmDestroy: 0, skipHeld: false, claimWaitMs: 0 };
    const result = await estate.run('apply', input);
    expect([result.outcome, result.diagnostics[0]?.code]).toEqual(['stale', 'COPRHD-PLAN-001']);
    expect(result.diagnostics[0]?.detail).toContain('It was 30 GiB and is 40 GiB.');
  });

  it('are listed beside what is provisioned of each', async () => {
    const estate = await createEstate();
    const pools = numbered(2);
    const text = estateText(pools, { 'pool-002': '20GiB', 'pool-001': '10GiB' }, '1TiB');
    await estate.applied([text, volumeOf('pool-002', { a: '5GiB' })]);
    const { tenants } = await estate.run('capacity', {});
    const rows = (tenants ?? []).filter(({ name }) => name === 'finance');
    expect(
      rows.map(({ virtualPool, quotaBytes, provisionedBytes }) => [virtualPool, quotaBytes, provisionedBytes]),
    ).toEqual([
      [undefined, 1024 * GIB, 5 * GIB],
      ['pool-001', 10 * GIB, 0],
      ['pool-002', 20 * GIB, 5 * GIB],
    ]);
  });
});
