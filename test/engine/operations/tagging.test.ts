/** Tags of what no plan file gives any: pools, ports, initiators, IP interfaces, and devices that no file declares. */
import { describe, expect, it } from 'vitest';
import { putRecordOps } from '../../../src/engine/state/records.ts';
import { OperationError } from '../../../src/lib/diagnostic.ts';
import { ACTOR, createEstate, type Estate } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const withInterface = (bits: number) =>
  infrastructure({ pools: ['fast', 'slow'] }).replace(
    'type: linux,',
    `type: linux, interfaces: [{ address: 10.1.0.9, prefixLength: ${bits} }],`,
  );
const INFRASTRUCTURE = withInterface(24);
const KINDS = ['pool', 'port', 'initiator', 'ipInterface'] as const;

async function refused(work: Promise<unknown>): Promise<[string | undefined, string | undefined]> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OperationError)) throw error ?? new Error('it was not refused');
  return [error.diagnostics[0]?.code, error.diagnostics[0]?.summary];
}

const one = async (estate: Estate, kind: (typeof KINDS)[number] | 'storageSystem' | 'host') =>
  (await estate.records(kind))[0]!;
const tagsOf = async (estate: Estate, kind: (typeof KINDS)[number]) => (await one(estate, kind)).record.tags ?? [];

describe('tags of what no file gives any', () => {
  it.each(KINDS)('are added and taken away, of a %s', async (kind) => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    const { urn } = (await one(estate, kind)).record;
    const tagged = await estate.run('resource.tag', { addresses: [urn], add: ['gold', 'old', 'gold'] });
    expect(tagged).toMatchObject({ outcome: 'ok', resources: [{ urn, tags: ['gold', 'old'] }] });
    const changed = await estate.run('resource.tag', { addresses: [urn], add: ['new'], remove: ['old', 'never'] });
    expect(changed.resources).toMatchObject([{ urn, tags: ['gold', 'new'] }]);
    const { revision } = await one(estate, kind);
    await estate.run('resource.tag', { addresses: [urn], add: ['new'] });
    expect((await one(estate, kind)).revision).toBe(revision);
    await estate.run('resource.tag', { addresses: [urn], remove: ['gold', 'new'] });
    expect((await one(estate, kind)).record).not.toHaveProperty('tags');
    const audited = await estate.engine.log.read('audit');
    const said = audited.filter(({ event }) => event === 'resource.tag');
    expect(said.map(({ actor, urn: of, tags }) => [actor, of, tags])).toEqual([
      [ACTOR, urn, ['gold', 'old']],
      [ACTOR, urn, ['gold', 'new']],
      [ACTOR, urn, []],
    ]);
  });

  it('stay through discovery, and through plans of their storage system and of their host', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    const addresses = await Promise.all(KINDS.map(async (kind) => (await one(estate, kind)).record.urn));
    await estate.run('resource.tag', { addresses, add: ['kept'] });
    const kept = async () => Promise.all(KINDS.map((kind) => tagsOf(estate, kind)));
    const { plan } = await estate.plan([INFRASTRUCTURE]);
    expect(plan!.changes.filter(({ action }) => action !== 'noop')).toEqual([]);
    const all = KINDS.map(() => ['kept']);
    const names = async () => [(await one(estate, 'pool')).record.name, (await one(estate, 'port')).record.name];
    const before = await names();
    // They had other names on the array when they were seen last.
    for (const kind of ['pool', 'port'] as const) {
      const recorded = await one(estate, kind);
      const { compare, operations } = putRecordOps({ ...recorded.record, name: 'older' }, recorded);
      await estate.engine.store.txn({ compare, success: operations });
    }
    await estate.run('discover', {});
    expect(await names()).toEqual(before);
    expect(await kept()).toEqual(all);
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } })]);
    await estate.applied([withInterface(16).replaceAll('type: linux', 'type: other'), stack()]);
    expect(await kept()).toEqual(all);
  });

  it('are all changed, or none, and only at the revision that was read', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    const [pool, port] = [await one(estate, 'pool'), await one(estate, 'port')];
    const addresses = [pool.record.urn, port.record.urn];
    const ifRevisions = { [port.record.urn]: port.revision + 1 };
    expect((await refused(estate.run('resource.tag', { addresses, add: ['x'], ifRevisions })))[0]).toBe(
      'COPRHD-STATE-010',
    );
    const absent = pool.record.urn.replace(/[0-9a-f]{12}:/, '000000000000:');
    expect((await refused(estate.run('resource.tag', { addresses: [...addresses, absent], add: ['x'] })))[0]).toBe(
      'COPRHD-STATE-005',
    );
    expect([await tagsOf(estate, 'pool'), await tagsOf(estate, 'port')]).toEqual([[], []]);
    await estate.run('resource.tag', { addresses, add: ['x'] });
    expect([await tagsOf(estate, 'pool'), await tagsOf(estate, 'port')]).toEqual([['x'], ['x']]);
  });

  it('of what a file declares are changed there, others by name, and no more fit than a record holds', async () => {
    const estate = await createEstate();
    await estate.applied(INFRASTRUCTURE);
    const [system, host, pool] = [
      await one(estate, 'storageSystem'),
      await one(estate, 'host'),
      await one(estate, 'pool'),
    ];
    const tag = (urn: string, add = ['x']) => refused(estate.run('resource.tag', { addresses: [urn], add }));
    expect(await tag(system.record.urn)).toEqual([
      'COPRHD-PLAN-009',
      expect.stringMatching(/^.*array-1 is declared in .*, and is changed there$/),
    ]);
    expect(await tag(host.record.urn)).toEqual(['COPRHD-USAGE-001', expect.stringContaining('host')]);
    const many = Array.from({ length: 100 }, (_, index) => `${'long-'.repeat(20)}${index}`);
    expect((await tag(pool.record.urn, many))[0]).toBe('COPRHD-PLAN-011');
    expect(await tagsOf(estate, 'pool')).toEqual([]);
  });
});
