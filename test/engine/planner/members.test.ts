/** Lists of references of any length: virtual arrays of many systems, clusters of many hosts, and what a plan of one volume reads. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { isLive } from '../../../src/engine/model/record.ts';
import { checkIntegrity } from '../../../src/engine/state/integrity.ts';
import { EVERYTHING } from '../../long-only.ts';
import { changeOf, codes, createEstate, type Estate, lines, TIB } from './estate.ts';
import { type InfrastructureOptions, infrastructure, stack } from './texts.ts';

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);

/** Arrays with one pool and one port: what is counted here are arrays, not their insides. */
const estateOf = (arrays: number): Promise<Estate> =>
  createEstate({
    arrays: Array.from({ length: arrays }, (_, i) => ({
      name: `sim-${i + 1}`,
      pools: [{ name: 'fast', totalBytes: TIB }],
      ports: [{ name: 'A1', address: `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}:3260`, haDomain: 'A' }],
    })),
  });

const hostsOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, [name]]));

const members = async (estate: Estate) => (await estate.records('member')).filter(({ record }) => isLive(record));

/** Names, as `show` tells them. */
async function shown(estate: Estate, address: string): Promise<Record<string, unknown>> {
  const { resources } = await estate.run('show', { address });
  return resources[0]!.attributes as Record<string, unknown>;
}

describe('a virtual array and a cluster', () => {
  it.each([
    [48, 60],
    [500, 3],
    [1, 500],
  ])(
    'may have %i storage systems and %i hosts: planned, applied, and nothing left to do',
    async (arrays, hosts) => {
      const estate = await estateOf(arrays);
      const [systems, names] = [numbered('array', arrays), numbered('h', hosts)];
      const of = (some: readonly string[]) =>
        infrastructure({ arrays: systems, hosts: hostsOf(names), clusters: { c1: some } });
      await estate.applied([of(names), stack({ volumes: { v: null } })]);
      expect(lines(await estate.planned([of(names), stack({ volumes: { v: null } })]))).toEqual([]);
      expect(await shown(estate, 'virtualArray.dc1')).toMatchObject({ storageSystems: [...systems].sort() });
      expect(await shown(estate, 'cluster.c1')).toMatchObject({ hosts: [...names].sort() });
      expect((await checkIntegrity(estate.engine.store)).problems).toEqual([]);
      expect(await estate.keys('w/')).toEqual([]);
    },
    240_000,
  );

  it.runIf(EVERYTHING)(
    'go through any sizes, up and down, and end with exactly what the last file says',
    async () => {
      const size = fc.integer({ min: 0, max: 70 });
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(size, size), { minLength: 1, maxLength: 3 }), async (steps) => {
          const estate = await estateOf(70);
          const all = numbered('array', 70);
          const names = numbered('h', 70);
          const text = (systems: number, hosts: number) =>
            infrastructure({ arrays: all, hosts: hostsOf(names), clusters: { c1: names.slice(70 - hosts) } }).replace(
              `storageSystems: [${all.join(', ')}]`,
              `storageSystems: [${all.slice(0, systems).reverse().join(', ')}]`,
            );
          for (const [systems, hosts] of steps) {
            await estate.applied(text(systems, hosts));
            expect(lines(await estate.planned(text(systems, hosts)))).toEqual([]);
            const attributes = { ...(await shown(estate, 'virtualArray.dc1')), ...(await shown(estate, 'cluster.c1')) };
            expect(attributes.storageSystems).toEqual(all.slice(0, systems).sort());
            expect(attributes.hosts).toEqual(names.slice(70 - hosts).sort());
            // Two networks and virtual arrays of the two virtual pools beside them.
            expect(await members(estate)).toHaveLength(systems + hosts + 1 + 2);
          }
        }),
        { numRuns: 4, seed: Number(process.env.SEED ?? 1) },
      );
    },
    120_000,
  );
});

describe('a list of references', () => {
  const arrays = ['array-1', 'array-2'];
  const two = (more: InfrastructureOptions = {}) => infrastructure({ arrays, ...more });

  it('changes by what joins and leaves; the order in which it is written means nothing', async () => {
    const estate = await createEstate();
    await estate.applied(two());
    expect(lines(await estate.planned(two({ clusters: { c1: ['h2', 'h1'] } })))).toEqual([]);
    const plan = await estate.planned(two({ clusters: { c1: ['h3', 'h2'] } }));
    const change = changeOf(plan, 'infrastructure/cluster.c1');
    expect(change).toMatchObject({
      action: 'update',
      fields: [{ field: 'hosts', before: ['h1', 'h2'], after: ['h2', 'h3'] }],
    });
    expect(plan.units.map(({ writes }) => writes.map(({ final }) => `${final.kind} ${final.status.phase}`))).toEqual([
      ['cluster ready', 'member ready', 'member deleted'],
    ]);
    await estate.applied(two({ clusters: { c1: ['h3', 'h2'] } }));
    // And back: the ended one doesn't stand in the way.
    await estate.applied(two());
    expect(await shown(estate, 'cluster.c1')).toMatchObject({ hosts: ['h1', 'h2'] });
  });

  it('goes with what has it, and keeps what is in it from going', async () => {
    const estate = await createEstate();
    await estate.applied(two());
    const without = two().replace(/ {2}array-2: .*\n/, '');
    const { plan } = await estate.plan(
      without
        .replace(', array-2]', ', array-2]')
        .replace('storageSystems: [array-1, array-2]', 'storageSystems: [array-1]'),
    );
    expect(lines(plan!)).toEqual([
      'update infrastructure/virtualArray.dc1',
      'delete infrastructure/storageSystem.array-2',
    ]);
    const held = await estate.planned(
      'kind: infrastructure\nprojects: { p: {} }\nnetworks:\n  san: { transport: ip, subnets: [10.0.0.0/16] }\n',
      {
        excludes: ['virtualArray.dc1'],
      },
    );
    expect(lines(held)).not.toContain('delete infrastructure/storageSystem.array-2');
    const all = await estate.planned('kind: infrastructure\nprojects: { p: {} }\n');
    expect(all.changes.every(({ action }) => action === 'delete')).toBe(true);
    await estate.applied('kind: infrastructure\nprojects: { p: {} }\n');
    expect(await members(estate)).toEqual([]);
    expect((await checkIntegrity(estate.engine.store)).problems).toEqual([]);
  });

  it('is seen in the state as an attribute, and its entries only when they are asked for', async () => {
    const estate = await createEstate();
    await estate.applied(two());
    const { resources } = await estate.run('state.list', {});
    expect(resources.filter(({ kind }) => kind === 'member')).toEqual([]);
    expect((await estate.run('state.list', { kind: 'member' })).resources).toHaveLength(7);
    const { record } = await estate.run('state.show', { address: 'cluster.c1' });
    const hosts = [await estate.record('host', 'h1'), await estate.record('host', 'h2')];
    expect((record!.spec as { hosts?: string[] }).hosts).toEqual(hosts.map(({ record: { urn } }) => urn).sort());
    expect((await estate.record('cluster', 'c1')).record.spec).not.toHaveProperty('hosts');
    const { graph } = await estate.run('graph', {});
    expect(graph!.nodes.map(({ kind }) => kind)).not.toContain('member');
    expect(graph!.edges).toContainEqual({
      from: 'infrastructure/cluster.c1',
      to: 'infrastructure/host.h2',
      field: 'hosts',
    });
  });
});

describe('a plan of one volume', () => {
  it('loads the systems of its virtual array and nothing of how they got there, or of who else is in a cluster', async () => {
    const estate = await estateOf(60);
    const names = numbered('h', 60);
    const infra = infrastructure({
      arrays: numbered('array', 60),
      hosts: hostsOf(names),
      clusters: { c1: names },
    });
    await estate.applied([infra, stack({ volumes: { v: null } })]);
    const read: string[] = [];
    const { store } = estate.engine;
    const snapshot = store.snapshot.bind(store);
    vi.spyOn(store, 'snapshot').mockImplementation(async () => {
      const inner = await snapshot();
      const get: typeof inner.get = (key) => {
        read.push(key);
        return inner.get(key);
      };
      const range: typeof inner.range = (options) => {
        read.push(`${options.prefix}*`);
        return inner.range(options);
      };
      return { ...inner, get, range };
    });
    expect(lines(await estate.planned(stack({ volumes: { v: null, w: null } })))).toEqual(['create s/volume.w']);
    const spaces = (pattern: RegExp) => read.filter((key) => pattern.test(key));
    expect(spaces(/^r\/member\//)).toEqual([]);
    // Who is in the virtual array, which networks are, and where each virtual pool is offered.
    expect(spaces(/^u\/member\//).length).toBeLessThanOrEqual(4);
    expect(spaces(/^r\/(host|initiator|cluster)\//)).toEqual([]);
    expect(spaces(/^r\/storageSystem\//).length).toBeLessThanOrEqual(60);
  }, 60_000);
});

describe('what does not fit a record', () => {
  const POOLS = 240;
  const estateOfPools = () =>
    createEstate({
      arrays: [{ pools: ['fast', ...numbered('pool-of-somebody', POOLS)].map((name) => ({ name, totalBytes: TIB })) }],
    });
  const pools = (count: number) => infrastructure({ pools: numbered('pool-of-somebody', count) });
  const tags = (count: number) =>
    stack({ volumes: { v: `tags: [${numbered('a-tag-that-somebody-thought-was-useful', count).join(', ')}]` } });
  const subnets = (count: number) =>
    infrastructure().replace(
      '[10.0.0.0/16]',
      `[${['10.0.0.0/16', ...Array.from({ length: count }, (_, i) => `10.${i % 200}.${Math.floor(i / 200)}.0/24`)].join(', ')}]`,
    );

  it.each([
    ['pools of a scope', pools(POOLS), 'infrastructure.yaml', 'storageSystem.array-1'],
    ['subnets', subnets(500), 'infrastructure.yaml', 'network.san'],
    ['tags', [infrastructure(), tags(100)], 's.yaml', 'volume.v'],
  ])('is a complaint of the plan, with its place: %s', async (_what, texts, file, address) => {
    const estate = await estateOfPools();
    const result = await estate.plan(texts);
    expect(codes(result)).toEqual(['COPRHD-PLAN-011']);
    const [complaint] = result.diagnostics;
    expect(complaint).toMatchObject({ span: { file } });
    expect(complaint!.summary).toContain(address);
    expect(complaint!.detail).toMatch(/takes \d+ bytes, at most \d+/);
    expect(complaint!.fix).toMatch(/shorter/);
  });

  it.runIf(EVERYTHING)(
    'never reaches the store: whatever number of them, a plan is made and applied, or refused',
    async () => {
      let [applied, refused] = [0, 0];
      const count = fc.integer({ min: 1, max: POOLS });
      await fc.assert(
        fc.asyncProperty(fc.constantFrom('tags', 'subnets', 'pools'), count, count, async (what, first, second) => {
          const estate = await estateOfPools();
          for (const number of [first, second]) {
            const texts = [
              what === 'subnets' ? subnets(number) : what === 'pools' ? pools(number) : infrastructure(),
              what === 'tags' ? tags(number) : stack(),
            ];
            const result = await estate.plan(texts);
            if (!result.plan) {
              expect(codes(result)).toEqual(['COPRHD-PLAN-011']);
              refused++;
            } else {
              const held = result.plan.counts.held > 0;
              expect((await estate.apply(texts, { skipHeld: true })).outcome).toBe(held ? 'held' : 'ok');
              applied++;
            }
          }
        }),
        { numRuns: 25, seed: Number(process.env.SEED ?? 1) },
      );
      expect(Math.min(applied, refused)).toBeGreaterThan(5);
    },
    60_000,
  );

  it('is refused in the file where the number is what counts: ports of a host on one system', async () => {
    const estate = await createEstate();
    // Both virtual pools have it.
    const refused = codes(await estate.plan(infrastructure({ paths: '{ min: 1, max: 17 }' })));
    expect(refused).toEqual(['COPRHD-CONFIG-004', 'COPRHD-CONFIG-004']);
  });
});
