/** What a plan was allowed when it was made is looked at once more when it is applied. */
import { describe, expect, it } from 'vitest';
import type { ApplyInput } from '../../../src/engine/operations/types.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { codes, createEstate, type Estate, lines } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const once = (plan: Plan): ApplyInput => ({ plan, confirmDestroy: 0, skipHeld: false, claimWaitMs: 0 });
const outcome = async (estate: Estate, plan: Plan) => {
  const { outcome: ended, diagnostics } = await estate.run('apply', once(plan));
  return [ended, ...diagnostics.map(({ code }) => code)];
};
const STALE = ['stale', 'COPRHD-PLAN-001'];

interface Wishes {
  readonly use?: string;
  readonly tenantOfQ?: string;
  readonly tenantOfHost?: string;
  readonly gold?: string;
}

/** Two arrays; tenants finance and sales; project q. */
function text({ use = '[gold]', tenantOfQ = 'finance', tenantOfHost = 'finance', gold = '' }: Wishes = {}): string {
  const tenant = (name: string) => `  ${name}: { use: { virtualArrays: [dc1], virtualPools: ${use} } }`;
  const more = [`  q: { tenant: ${tenantOfQ} }`, 'tenants:', tenant('finance'), tenant('sales')].join('\n');
  return infrastructure({ arrays: ['array-1', 'array-2'], more, hosts: { h1: ['h1'] }, clusters: {} })
    .replace('h1: { type: linux,', `h1: { type: linux, tenant: ${tenantOfHost},`)
    .replace('provisioning: thin,', `provisioning: thin, multiVolumeConsistency: true, ${gold}`);
}
const inQ = (options: Parameters<typeof stack>[0]) => stack(options).replace('project: p', 'project: q');
const volume = inQ({ volumes: { a: null } });

describe('a saved plan is stale when meanwhile', () => {
  it.each([
    ['its tenant may no longer use the virtual pool', { use: '[thick]' }],
    ['its virtual pool asks for something else', { gold: 'driveType: hdd,' }],
    ['its project is of another tenant', { tenantOfQ: 'sales' }],
  ] as const)('%s', async (_what, change) => {
    const estate = await createEstate();
    await estate.applied(text());
    const plan = await estate.planned(volume);
    await estate.applied(text(change));
    expect(await outcome(estate, plan)).toEqual(expect.arrayContaining(STALE));
    expect((await estate.records('volume')).length).toBe(0);
  });

  it('the host that it shows volumes to is of another tenant', async () => {
    const estate = await createEstate();
    await estate.applied([text(), volume]);
    const shown = inQ({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } });
    const plan = await estate.planned(shown);
    await estate.applied(text({ tenantOfHost: 'sales' }));
    expect(await outcome(estate, plan)).toEqual(STALE);
    expect(codes(await estate.plan(shown))).toEqual(['COPRHD-TENANT-002']);
  });

  it('something was made in a project that it gives to another tenant', async () => {
    const estate = await createEstate();
    await estate.applied(text());
    const plan = await estate.planned(text({ tenantOfQ: 'sales' }));
    await estate.applied(volume);
    expect(await outcome(estate, plan)).toEqual(STALE);
    expect(lines(await estate.planned(volume))).toEqual([]);
  });
});

describe('a consistency group', () => {
  const cg = 'consistencyGroups: { cg: {} }';
  const one = (name: string, array: number) =>
    inQ({ stack: name, volumes: { [name]: `consistencyGroup: cg, placement: { require: [array-${array}/*] }` } });
  const systems = async (estate: Estate) =>
    new Set((await estate.records('volume')).map(({ record }) => record.status.device?.system)).size;

  it('that two plans bring their first volume to is on one storage system', async () => {
    const estate = await createEstate();
    await estate.applied([text(), inQ({ stack: 'g', more: cg })]);
    const [first, second] = [await estate.planned(one('a', 1)), await estate.planned(one('b', 2))];
    expect(await outcome(estate, first)).toEqual(['ok']);
    expect((await outcome(estate, second))[0]).toBe('stale');
    expect(await systems(estate)).toBe(1);
    expect(codes(await estate.plan(one('b', 2)))).toEqual(['COPRHD-PLACE-001']);
    await estate.applied(one('b', 1));
  });

  it('that two volumes of two storage systems join takes one of them', async () => {
    const estate = await createEstate();
    const apart = (name: string, array: number) => one(name, array).replace('consistencyGroup: cg, ', '');
    await estate.applied([text(), inQ({ stack: 'g', more: cg }), apart('a', 1), apart('b', 2)]);
    const [first, second] = [await estate.planned(one('a', 1)), await estate.planned(one('b', 2))];
    expect(await outcome(estate, first)).toEqual(['ok']);
    expect((await outcome(estate, second))[0]).toBe('stale');
  });

  it('that a volume joins is not removed meanwhile, and the other way round', async () => {
    const estate = await createEstate();
    const group = inQ({ stack: 'g', more: cg });
    const apart = one('a', 1).replace('consistencyGroup: cg, ', '');
    await estate.applied([text(), group, apart]);
    const joins = await estate.planned(one('a', 1));
    await estate.applied(inQ({ stack: 'g' }));
    expect((await outcome(estate, joins))[0]).toBe('stale');
    expect((await estate.record('volume', 'a')).record.spec.consistencyGroup).toBeUndefined();
  });

  it('may go elsewhere once nothing is in it any more', async () => {
    const estate = await createEstate();
    await estate.applied([
      text(),
      inQ({ stack: 'g', more: cg }),
      one('a', 1).replace('{ consist', '{ onRemove: delete, consist'),
    ]);
    await estate.applied(inQ({ stack: 'a' }));
    await estate.applied(one('b', 2));
    expect(lines(await estate.planned(one('b', 2)))).toEqual([]);
  });
});

it('an export that shows too much already shows no more', async () => {
  const estate = await createEstate();
  const shown = (volumes: string) =>
    inQ({ volumes: { a: null, b: null }, exports: { e: `host: h1, volumes: [${volumes}]` } });
  await estate.applied([text(), shown('a')]);
  const host = await estate.record('host', 'h1');
  const sales = (await estate.record('tenant', 'sales')).record.urn;
  await estate.put({ ...host.record, spec: { ...host.record.spec, tenant: sales } }, host);
  expect(lines(await estate.planned(shown('a')))).toEqual([]);
  expect(codes(await estate.plan(shown('a, b')))).toEqual(['COPRHD-TENANT-002']);
});

it('a virtual pool of which a tenant has a share stays', async () => {
  const estate = await createEstate();
  const shared = (pool: string) =>
    `kind: infrastructure\nstack: more\nvirtualPools:\n${pool}tenants:\n  t: { quota: { virtualPools: { silver: 1TiB } } }\n`;
  const silver = '  silver: { type: block, protocols: [iscsi], virtualArrays: [dc1] }\n';
  await estate.applied([infrastructure({ arrays: ['array-1', 'array-2'] }), shared(silver)]);
  const rest =
    'kind: infrastructure\nstack: more\nvirtualPools: {}\ntenants:\n  t: { quota: { virtualPools: { silver: 1TiB } } }\n';
  expect(lines(await estate.planned(rest))).toEqual(['held more/virtualPool.silver COPRHD-HELD-004']);
});
