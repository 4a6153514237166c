/** Quotas, what a tenant may use, and whose hosts its volumes are shown to: at plan time, and where two applies meet. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLive } from '../../../src/engine/model/record.ts';
import type { ApplyInput } from '../../../src/engine/operations/types.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import { decodeLedger } from '../../../src/engine/state/records.ts';
import { accountLedger, quotasOf } from '../../../src/engine/tenancy/quotas.ts';
import { codes, createEstate, type Estate, GIB, lines } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const once = (plan: Plan): ApplyInput => ({
  plan,
  confirmDestroy: plan.removals.volumes,
  skipHeld: false,
  claimWaitMs: 0,
});

const OTHER_HOST = '  h9: { type: linux, initiators: [{ iqn: "iqn.2026-01.com.example:h9", network: san }] }\n';

interface Tenancy {
  readonly projectQuota?: string;
  readonly tenantQuota?: string;
  readonly share?: string;
  readonly poolQuota?: string;
  readonly use?: string;
}

/** Tenant finance with project q; gold may have a quota of its own. */
function estateText({ projectQuota, tenantQuota, share, poolQuota, use }: Tenancy = {}): string {
  const quota = [
    ...(tenantQuota ? [`capacity: ${tenantQuota}`] : []),
    ...(share ? [`virtualPools: { gold: ${share} }`] : []),
  ];
  const fields = [
    `use: ${use ?? '{ virtualArrays: [dc1], virtualPools: [gold, thick] }'}`,
    ...(quota.length > 0 ? [`quota: { ${quota.join(', ')} }`] : []),
  ];
  const more = [
    `  q: { tenant: finance${projectQuota ? `, quota: ${projectQuota}` : ''} }`,
    'tenants:',
    `  finance: { ${fields.join(', ')} }`,
  ].join('\n');
  const text = infrastructure({ more, hosts: { h1: ['h1'] }, clusters: {}, subscription: '1000%' });
  return poolQuota ? text.replace('provisioning: thin,', `provisioning: thin, quota: ${poolQuota},`) : text;
}

const volumes = (sizes: Readonly<Record<string, string>>, name = 's') =>
  stack({
    stack: name,
    volumes: Object.fromEntries(Object.entries(sizes).map(([key, size]) => [key, `size: ${size}, onRemove: delete`])),
  }).replace('project: p', 'project: q');

/** Bytes that the account of every quota has, by what it is of; reservations must be none. */
async function accounts(estate: Estate): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  const records = [
    ...(await estate.records('tenant')),
    ...(await estate.records('member')),
    ...(await estate.records('project')),
    ...(await estate.records('virtualPool')),
  ];
  for (const { record } of records.filter(({ record: each }) => isLive(each))) {
    for (const place of quotasOf(record, () => [])) {
      const item = await estate.engine.store.get(keys.ledger(accountLedger(place)));
      const entry = item && decodeLedger(item);
      expect(entry?.reservations ?? {}).toEqual({});
      found[place.virtualPool ? 'share' : `${record.kind} ${record.name}`] =
        (entry?.committed.subscribedBytes ?? 0) / GIB;
    }
  }
  return found;
}

describe('a quota', () => {
  const each = [
    ['of a project', { projectQuota: '25GiB' }, 'project q'],
    ['of a tenant', { tenantQuota: '25GiB' }, 'tenant finance'],
    ['of a virtual pool for a tenant', { share: '25GiB' }, 'virtual pool gold for tenant finance'],
    ['of a virtual pool', { poolQuota: '25GiB' }, 'virtual pool gold'],
  ] as const;

  it.each(each)('%s is kept by new volumes, and says what is left of it', async (_name, tenancy, what) => {
    const estate = await createEstate();
    await estate.applied([estateText(tenancy), volumes({ a: '10GiB', b: '10GiB' })]);
    const result = await estate.plan(volumes({ a: '10GiB', b: '10GiB', c: '6GiB' }));
    expect(codes(result)).toEqual(['COPRHD-QUOTA-001']);
    expect(result.diagnostics[0]?.summary).toBe(
      `s/volume.c does not fit the quota of ${what}: it needs 6 GiB, 5 GiB of 25 GiB are left`,
    );
    expect(result.diagnostics[0]?.fix).toContain('by 1 GiB');
    await estate.applied(volumes({ a: '10GiB', b: '10GiB', c: '5GiB' }));
    expect(Object.values(await accounts(estate))).toEqual([25]);
  });

  it('counts growth, and has back what is removed', async () => {
    const estate = await createEstate();
    await estate.applied([
      estateText({ projectQuota: '25GiB', tenantQuota: '1TiB' }),
      volumes({ a: '10GiB', b: '10GiB' }),
    ]);
    expect(codes(await estate.plan(volumes({ a: '16GiB', b: '10GiB' })))).toEqual(['COPRHD-QUOTA-001']);
    await estate.applied(volumes({ a: '15GiB', b: '10GiB' }));
    expect(await accounts(estate)).toEqual({ 'tenant finance': 25, 'project q': 25 });
    await estate.applied(volumes({ a: '15GiB' }));
    expect(await accounts(estate)).toEqual({ 'tenant finance': 15, 'project q': 15 });
  });

  it('counts what is quarantined until it is purged', async () => {
    const estate = await createEstate();
    const kept = stack({ volumes: { a: 'size: 10GiB' } }).replace('project: p', 'project: q');
    await estate.applied([estateText({ projectQuota: '15GiB' }), kept]);
    await estate.applied(stack({}).replace('project: p', 'project: q'));
    expect(await accounts(estate)).toEqual({ 'project q': 10 });
    expect(codes(await estate.plan(volumes({ b: '10GiB' })))).toEqual(['COPRHD-QUOTA-001']);
  });

  it('counts what is there already when it is set, and begins anew when it is set again', async () => {
    const estate = await createEstate();
    await estate.applied([estateText(), volumes({ a: '10GiB', b: '10GiB' })]);
    await estate.applied(estateText({ tenantQuota: '25GiB', share: '30GiB' }));
    expect(await accounts(estate)).toEqual({ 'tenant finance': 20, share: 20 });
    expect(codes(await estate.plan(volumes({ a: '10GiB', b: '10GiB', c: '10GiB' })))).toEqual(['COPRHD-QUOTA-001']);
    await estate.applied(estateText());
    await estate.applied(volumes({ a: '10GiB', b: '10GiB', c: '10GiB' }));
    await estate.applied(estateText({ tenantQuota: '35GiB' }));
    expect(await accounts(estate)).toEqual({ 'tenant finance': 30 });
  });

  it('set in the same plan as volumes counts both', async () => {
    const estate = await createEstate();
    await estate.applied([estateText(), volumes({ a: '10GiB' })]);
    const more = volumes({ a: '10GiB', b: '10GiB' });
    expect(codes(await estate.plan([estateText({ projectQuota: '15GiB' }), more]))).toEqual(['COPRHD-QUOTA-001']);
    await estate.applied([estateText({ projectQuota: '20GiB' }), more]);
    expect(await accounts(estate)).toEqual({ 'project q': 20 });
  });

  it('below what is there is said, and lets nothing more in', async () => {
    const estate = await createEstate();
    await estate.applied([estateText({ projectQuota: '1TiB' }), volumes({ a: '10GiB' })]);
    const plan = await estate.planned(estateText({ projectQuota: '5GiB' }));
    expect(plan.diagnostics.map(({ code }) => code)).toEqual(['COPRHD-QUOTA-002']);
    await estate.applied(estateText({ projectQuota: '5GiB' }));
    expect(codes(await estate.plan(volumes({ a: '10GiB', b: '1GiB' })))).toEqual(['COPRHD-QUOTA-001']);
    expect(lines(await estate.planned(volumes({ a: '10GiB' })))).toEqual([]);
  });

  it('that was taken by somebody else since the plan was made refuses the plan', async () => {
    const estate = await createEstate();
    await estate.applied(estateText({ projectQuota: '15GiB' }));
    const first = await estate.planned(volumes({ a: '10GiB' }, 's1'));
    const second = await estate.planned(volumes({ b: '10GiB' }, 's2'));
    expect((await estate.run('apply', once(first))).outcome).toBe('ok');
    const result = await estate.run('apply', once(second));
    expect([result.outcome, result.diagnostics.map(({ code }) => code)]).toEqual(['stale', ['COPRHD-QUOTA-001']]);
    expect(result.diagnostics[0]?.summary).toBe('the quota of project q lacks 5 GiB for this plan');
    expect(await accounts(estate)).toEqual({ 'project q': 10 });
  });

  it.each([
    ['set', {}, { projectQuota: '15GiB' }],
    ['raised', { projectQuota: '15GiB' }, { projectQuota: '16GiB' }],
    ['taken away', { projectQuota: '15GiB' }, {}],
  ] as const)('that was %s since the plan was made makes the plan stale', async (_how, before, after) => {
    const estate = await createEstate();
    await estate.applied(estateText(before));
    const plan = await estate.planned(volumes({ a: '10GiB' }));
    await estate.applied(estateText(after));
    const result = await estate.run('apply', once(plan));
    expect([result.outcome, result.diagnostics.map(({ code }) => code)]).toEqual(['stale', ['COPRHD-PLAN-001']]);
    await estate.applied(volumes({ a: '10GiB' }));
  });

  it('counts what a dead apply had under way when it is set', async () => {
    const estate = await createEstate();
    await estate.applied(estateText());
    estate.crashPoint = (name) => {
      if (name === 'commit:after') throw new Error('killed');
    };
    await expect(estate.apply(volumes({ a: '10GiB' }))).rejects.toThrow('killed');
    estate.crashPoint = undefined;
    estate.restart();
    await estate.applied(estateText({ projectQuota: '25GiB' }));
    expect(await accounts(estate)).toEqual({ 'project q': 10 });
  });

  it('is what the volumes sum up to, whatever came before', async () => {
    const size = fc.integer({ min: 0, max: 4 });
    const step = fc.record({ a: size, b: size, c: size, quota: fc.constantFrom('none', 'low', 'high') });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
        const estate = await createEstate();
        let had = { a: 0, b: 0, c: 0 };
        for (const { quota, ...wanted } of steps) {
          const tenancy = quota === 'none' ? {} : { projectQuota: quota === 'low' ? '6GiB' : '12GiB', share: '9GiB' };
          await estate.applied(estateText(tenancy));
          // Volumes don't shrink.
          const now = {
            a: wanted.a && Math.max(had.a, wanted.a),
            b: wanted.b && Math.max(had.b, wanted.b),
            c: wanted.c && Math.max(had.c, wanted.c),
          };
          const declared = Object.entries(now).flatMap(([name, gib]) => (gib > 0 ? [[name, `${gib}GiB`]] : []));
          const text = volumes(Object.fromEntries(declared));
          const { plan } = await estate.plan(text);
          if (plan) {
            await estate.applied(text);
            had = now;
          }
          const sum = had.a + had.b + had.c;
          const expected = quota === 'none' ? {} : { share: sum, 'project q': sum };
          expect(await accounts(estate)).toEqual(expected);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe('a tenant', () => {
  it('uses the virtual arrays and pools it was given, and no other; the root tenant uses all', async () => {
    const estate = await createEstate();
    await estate.applied([estateText({ use: '{ virtualArrays: [dc1], virtualPools: [thick] }' })]);
    const result = await estate.plan(volumes({ a: '1GiB', b: '1GiB' }));
    expect(codes(result)).toEqual(['COPRHD-TENANT-001']);
    expect(result.diagnostics[0]).toMatchObject({
      summary: 'tenant finance may not use virtual pool gold',
      detail: 'it may use thick',
    });
    await estate.applied(stack({ volumes: { a: null } }));
  });

  it('without a list may use nothing', async () => {
    const estate = await createEstate();
    await estate.applied([estateText({ use: '{}' })]);
    expect(codes(await estate.plan(volumes({ a: '1GiB' })))).toEqual(['COPRHD-TENANT-001', 'COPRHD-TENANT-001']);
  });

  it('keeps the volumes it has when it may no longer use their virtual pool', async () => {
    const estate = await createEstate();
    await estate.applied([estateText(), volumes({ a: '1GiB' })]);
    const plan = await estate.planned(estateText({ use: '{ virtualArrays: [dc1] }' }));
    expect(plan.changes[0]?.fields).toEqual([{ field: 'use.virtualPools', before: ['gold', 'thick'], after: [] }]);
    await estate.applied(estateText({ use: '{ virtualArrays: [dc1] }' }));
    expect(lines(await estate.planned(volumes({ a: '1GiB' })))).toEqual([]);
    expect(codes(await estate.plan(volumes({ a: '1GiB', b: '1GiB' })))).toEqual(['COPRHD-TENANT-001']);
  });

  it('shows its volumes to hosts of its own only', async () => {
    const estate = await createEstate();
    const shown = stack({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } }).replace(
      'project: p',
      'project: q',
    );
    const result = await estate.plan([estateText(), shown]);
    expect(codes(result)).toEqual(['COPRHD-TENANT-002']);
    expect(result.diagnostics[0]?.summary).toBe('s/export.e shows volumes of tenant finance to host h1 of tenant root');
    await estate.applied([estateText().replace('h1: { type: linux,', 'h1: { type: linux, tenant: finance,'), shown]);
  });

  it('shows them to no host of another tenant, though the cluster that it is in is its own', async () => {
    const estate = await createEstate();
    const hosts = (members: string) =>
      `${estateText().replace('h1: { type: linux,', 'h1: { type: linux, tenant: finance,')}
clusters: { c1: { tenant: finance, hosts: [${members}] } }`.replace('hosts:\n', `hosts:\n${OTHER_HOST}`);
    const shown = stack({
      volumes: { a: null },
      exports: { e: 'cluster: c1, sharedAccess: cluster-aware, volumes: [a]' },
    }).replace('project: p', 'project: q');
    expect(codes(await estate.plan([hosts('h1, h9'), shown]))).toEqual(['COPRHD-TENANT-002']);
    await estate.applied([hosts('h1'), shown]);
    const joined = await estate.plan([hosts('h1, h9'), shown]);
    expect(codes(joined)).toEqual(['COPRHD-TENANT-002']);
    expect(joined.diagnostics[0]?.summary).toBe('s/export.e shows volumes of tenant finance to host h9 of tenant root');
  });

  it('keeps the hosts and clusters that see its volumes', async () => {
    const estate = await createEstate();
    const infra = (tenant: string) =>
      `${estateText().replace('h1: { type: linux,', `h1: { type: linux, tenant: ${tenant},`)}
clusters: { c1: { tenant: ${tenant}, hosts: [h1] } }`;
    const shown = (exports: Record<string, string>) =>
      stack({ volumes: { a: null, b: null }, exports }).replace('project: p', 'project: q');
    const exports = { e: 'host: h1, volumes: [a]', f: 'cluster: c1, sharedAccess: cluster-aware, volumes: [b]' };
    await estate.applied([infra('finance'), shown(exports)]);
    const { diagnostics } = await estate.plan([infra('root'), shown(exports)]);
    expect(diagnostics.map(({ code, summary, detail }) => [code, summary, detail])).toEqual([
      [
        'COPRHD-PLAN-009',
        "infrastructure/host.h1 can't change its tenant",
        'it sees volumes of another tenant by s/export.e and 1 more',
      ],
      [
        'COPRHD-PLAN-009',
        "infrastructure/cluster.c1 can't change its tenant",
        'it sees volumes of another tenant by s/export.f',
      ],
    ]);
    await estate.applied([infra('finance'), shown({})]);
    await estate.applied([infra('root'), shown({})]);
  });

  it('keeps its projects while there is something in them, and that is said once', async () => {
    const estate = await createEstate();
    await estate.applied([estateText(), volumes({ a: '1GiB', b: '1GiB' })]);
    const moved = estateText().replace('q: { tenant: finance', 'q: { tenant: root');
    expect(codes(await estate.plan([moved, volumes({ a: '1GiB', b: '1GiB' })]))).toEqual(['COPRHD-PLAN-009']);
    await estate.applied([estateText(), volumes({})]);
    await estate.applied([moved, volumes({})]);
  });
});

it('an optional field that is no longer declared leaves the record', async () => {
  const estate = await createEstate();
  const ssd = infrastructure().replace('provisioning: thin,', 'provisioning: thin, driveType: ssd,');
  await estate.applied(ssd);
  const plan = await estate.planned(infrastructure());
  expect(lines(plan)).toEqual(['update infrastructure/virtualPool.gold']);
  await estate.applied(infrastructure());
  expect((await estate.record('virtualPool', 'gold')).record.spec).not.toHaveProperty('driveType');
});
